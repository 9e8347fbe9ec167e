"""One stored product: its market, its decision under given terms, its series."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from sqlalchemy.ext.asyncio import AsyncSession

from arbitragevault.adapters.postgres.repositories import decisions as decision_rows
from arbitragevault.adapters.postgres.repositories import markets as stored_markets
from arbitragevault.application import product_views as views
from arbitragevault.application.policies import load_policy
from arbitragevault.application.services import Services
from arbitragevault.domain.catalog.marketplace import marketplace_by_code
from arbitragevault.domain.catalog.product import Channel, Condition, Product
from arbitragevault.domain.decision.decide import decide
from arbitragevault.domain.decision.lead import Lead
from arbitragevault.domain.decision.policy import Policy
from arbitragevault.domain.decision.record import decision_record
from arbitragevault.domain.errors import ProductNotStoredError
from arbitragevault.domain.market.clock import MINUTES_PER_DAY, to_datetime
from arbitragevault.domain.market.market import SeriesKind
from arbitragevault.domain.money import Money


@dataclass(frozen=True, slots=True)
class ProductTerms:
    """On which terms a product is looked at; None takes the policy's or says unknown.

    Args:
        cost: Unit cost as written by the user.
        condition: Condition of the unit.
        channel: Who would ship it.
        quantity: Units.
        policy: Name of the policy.
    """

    cost: str | None = None
    condition: Condition | None = None
    channel: Channel | None = None
    quantity: int | None = None
    policy: str = "default"


async def view_product(
    services: Services, marketplace: str, asin: str, terms: ProductTerms
) -> views.ProductView:
    """Everything that is known of a stored product, decided under the given terms.

    Raises:
        ProductNotStoredError: If the product is not stored.
        MoneyError: If the cost is no amount in the marketplace's currency.
    """
    is_sandbox = services.is_sandbox

    async def unit(
        session: AsyncSession,
    ) -> tuple[stored_markets.StoredMarket, Policy, list[decision_rows.StoredDecision]]:
        stored = await stored_product(session, marketplace, asin, is_sandbox=is_sandbox)
        others = await decision_rows.latest_of_product(
            session, *stored.market.product.key, is_sandbox=is_sandbox, limit=10
        )
        return stored, await load_policy(session, terms.policy), others

    stored, policy, others = await services.database.read(unit)
    market = stored.market
    policy = _under(policy, terms)
    decision = decide(lead_on(market.product, terms), market, policy)
    return views.ProductView(
        product=views.facts(market.product),
        market=views.MarketView(
            observed_at=market.observed_at,
            retrieved_at=views.moment(market.retrieved_minute),
            fetched_at=stored.fetched_at,
            depth=stored.depth,
            sandbox=services.is_sandbox,
            now=views.values_now(market),
            averages=views.averages(market),
        ),
        offers=views.offers(decision),
        buy_box_share=views.buy_box_share(decision),
        decision=decision_record(decision),
        other_leads=[one.body for one in others],
    )


async def view_series(
    services: Services,
    marketplace: str,
    asin: str,
    *,
    kinds: Iterable[SeriesKind],
    days: int | None,
    terms: ProductTerms,
) -> views.SeriesView:
    """A product's series as columns, cut to the last days, with forecast and max cost.

    Args:
        services: The running program.
        marketplace: Marketplace code.
        asin: The product.
        kinds: Which series.
        days: Length of the past to show; None for all of it.
        terms: Terms of the decision whose forecast is drawn.

    Raises:
        ProductNotStoredError: If the product is not stored.
    """

    async def unit(session: AsyncSession) -> tuple[stored_markets.StoredMarket, Policy]:
        stored = await stored_product(session, marketplace, asin, is_sandbox=services.is_sandbox)
        return stored, await load_policy(session, terms.policy)

    stored, policy = await services.database.read(unit)
    policy = _under(policy, terms)
    market = stored.market
    record = decision_record(decide(lead_on(market.product, terms), market, policy))
    start = None if days is None else market.observed_minute - days * MINUTES_PER_DAY
    resale = record["resale"]
    first, last = policy.window_days
    return views.SeriesView(
        observed_at=market.observed_at,
        series={kind.value: views.points(market, kind, start) for kind in kinds},
        forecast=resale
        and views.Forecast(
            start=to_datetime(market.observed_minute + first * MINUTES_PER_DAY),
            end=to_datetime(market.observed_minute + last * MINUTES_PER_DAY),
            p10=resale["p10"],
            p50=resale["p50"],
            p90=resale["p90"],
        ),
        max_cost=record["max_cost"],
    )


async def find_product(services: Services, marketplace: str, asin: str) -> Product | None:
    """The catalogue facts of a stored product; None if it is not stored."""
    try:
        stored = await services.database.read(
            stored_product, marketplace, asin, is_sandbox=services.is_sandbox
        )
    except ProductNotStoredError:
        return None
    return stored.market.product


async def stored_product(
    session: AsyncSession, marketplace: str, asin: str, *, is_sandbox: bool
) -> stored_markets.StoredMarket:
    """The stored market, or the error that says how to get it."""
    key = marketplace_by_code(marketplace).code, asin.strip().upper()
    stored = (await stored_markets.load_markets(session, [key], is_sandbox=is_sandbox)).get(key)
    if stored is None:
        raise ProductNotStoredError(
            f"{key[1]} is not stored for {key[0]}. Scan or look it up first: it costs one token."
        )
    return stored


def lead_on(product: Product, terms: ProductTerms) -> Lead:
    """The product as a lead on the given terms."""
    cost = terms.cost and Money.parse(terms.cost, product.marketplace.currency)
    return Lead(
        identifier=product.asin,
        unit_cost=cost or None,
        quantity=terms.quantity,
        condition=terms.condition,
    )


def _under(policy: Policy, terms: ProductTerms) -> Policy:
    """The policy with the channel that the terms ask for."""
    return policy if terms.channel is None else replace(policy, channel=terms.channel)
