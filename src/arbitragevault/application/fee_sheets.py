"""What a stored product's fees would be: at another price, on another day, by either channel."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np
from sqlalchemy.ext.asyncio import AsyncSession

from arbitragevault.application.policies import load_policy
from arbitragevault.application.products import ProductTerms, lead_on, stored_product
from arbitragevault.application.services import Services
from arbitragevault.domain.catalog.product import Channel
from arbitragevault.domain.decision.decide import decide
from arbitragevault.domain.decision.decision import Decision
from arbitragevault.domain.decision.policy import Policy
from arbitragevault.domain.decision.profit_distribution import (
    fee_assumptions,
    fulfilment_seen_by_keepa,
    lost_by_return,
    needed_net,
    storage_days,
)
from arbitragevault.domain.economics.fees.curve import ProceedsCurve
from arbitragevault.domain.economics.fees.engine import calibrate, covered_days, proceeds_curve
from arbitragevault.domain.economics.fees.model import FeeCode, FeeLine, FulfilmentObservation
from arbitragevault.domain.economics.fees.rate_card import Section, rate_cards
from arbitragevault.domain.economics.fees.referral_check import check_referral
from arbitragevault.domain.economics.profit import breakeven_price, profit, roi
from arbitragevault.domain.errors import InvalidInputError
from arbitragevault.domain.market.abstention import Abstention
from arbitragevault.domain.market.market import Market, SeriesKind
from arbitragevault.domain.money import Money

NEAREST_JUMPS = 6
"""Jumps that a sheet lists: those nearest to the price."""


@dataclass(frozen=True, slots=True)
class FeeQuestion:
    """A what-if about a product's fees; None takes what the decision takes.

    Args:
        price: Sale price as written by the user.
        on: Day on which the unit ships.
        channel: Who ships it; None asks for both.
    """

    price: str | None = None
    on: date | None = None
    channel: Channel | None = None


@dataclass(frozen=True, slots=True)
class RuleSource:
    """A dated table behind a fee line; no last day is open."""

    id: str
    kind: str
    unit: str
    first_day: date | None
    last_day: date | None
    confidence: str | None
    sources: list[str]
    note: str | None


@dataclass(frozen=True, slots=True)
class FeeLineView:
    """One fee, opened to its rule and sources; an unknown one says why."""

    code: str
    amount: int | None
    rule: str
    inputs: dict[str, Any]
    reason: str | None
    sources: list[RuleSource]


@dataclass(frozen=True, slots=True)
class PriceJump:
    """A price at which net proceeds fall, or rise by more than the price."""

    price: int
    change: int
    codes: list[str]


@dataclass(frozen=True, slots=True)
class Comparison:
    """A fee that Keepa shows beside ours for the same day and price."""

    fee: str
    keepa: int
    ours: int | None
    difference: int | None
    on: date
    price: int | None
    causes: list[str]


@dataclass(frozen=True, slots=True)
class FeeSheet:
    """Every fee of one sale through one channel, and what it leaves.

    Args:
        channel: Who ships.
        size_tier / fee_category / rate_card: What the fees go by; null if unknown.
        first_day / last_day: The days for which fees are known; no last day is open.
        lines: The fees.
        total / net_proceeds: Their sum and what Amazon pays out; null if a line is unknown.
        returns_allowance: Expected loss by returns.
        landed_cost: What the unit costs; null without a cost.
        profit / roi: Of a unit that sells at this price.
        breakeven_price: Lowest price without a loss.
        target_price: Lowest price that reaches the policy's profit and ROI.
        jumps: Price jumps, those nearest to the price.
    """

    channel: str
    size_tier: str | None
    fee_category: str | None
    rate_card: str | None
    first_day: date | None
    last_day: date | None
    lines: list[FeeLineView]
    total: int | None
    net_proceeds: int | None
    returns_allowance: int | None
    landed_cost: int | None
    profit: int | None
    roi: float | None
    breakeven_price: int | None
    target_price: int | None
    jumps: list[PriceJump]


@dataclass(frozen=True, slots=True)
class ProductFees:
    """The fees of one unit of a product, for one price and day, by channel."""

    marketplace: str
    asin: str
    currency: str
    price: int
    price_basis: str
    on: date
    sheets: list[FeeSheet]
    keepa: list[Comparison]


async def view_fees(
    services: Services, marketplace: str, asin: str, question: FeeQuestion, terms: ProductTerms
) -> ProductFees:
    """The fees of a stored product under a what-if.

    Raises:
        ProductNotStoredError: If the product is not stored.
        MoneyError: If price or cost is no amount in the marketplace's currency.
        InvalidInputError: If no price is asked for and none can be told.
    """

    async def unit(session: AsyncSession) -> tuple[Market, Policy]:
        stored = await stored_product(session, marketplace, asin, is_sandbox=services.is_sandbox)
        return stored.market, await load_policy(session, terms.policy)

    market, policy = await services.database.read(unit)
    lead = lead_on(market.product, terms)
    decisions = [
        decide(lead, market, replace(policy, channel=channel))
        for channel in ([question.channel] if question.channel else Channel)
    ]
    price, basis = _price(question, decisions[0])
    on = question.on or decisions[0].study.sale_on
    return ProductFees(
        *market.product.key,
        market.product.marketplace.currency,
        price,
        basis,
        on,
        [_sheet(decision, price, on) for decision in decisions],
        [*_fulfilment_of_keepa(market), *_referral_of_keepa(market)],
    )


def _price(question: FeeQuestion, decision: Decision) -> tuple[int, str]:
    """The price to ask for, and what it is: asked for, the resale median, or the price now."""
    market, proceeds = decision.study.market, decision.study.proceeds
    if question.price:
        price = Money.parse(question.price, market.product.marketplace.currency).minor
        if price < 0:
            raise InvalidInputError(f"A sale price of {question.price} is negative.")
        return price, "asked"
    if not isinstance(proceeds, Abstention):
        return proceeds.price_cents, "resale_median"
    for kind in (SeriesKind.BUY_BOX, SeriesKind.NEW):
        if not np.isnan(market.now(kind)):
            return int(market.now(kind)), kind.value
    raise InvalidInputError("No price is known for this product; give a sale price.")


def _sheet(decision: Decision, price: int, on: date) -> FeeSheet:
    """What the decision's channel would charge at a price on a day."""
    study = decision.study
    product, policy = study.market.product, study.policy
    is_fba = policy.channel is Channel.FBA
    curve = proceeds_curve(
        product,
        on,
        policy.channel,
        fee_assumptions(policy, storage_days(policy, study.sales)),
        observation=fulfilment_seen_by_keepa(study.market) if is_fba else None,
    )
    breakdown = curve.at(price)
    net = breakdown.net_proceeds_cents
    returns = None if net is None else round(policy.returns_share * lost_by_return(breakdown))
    landed = None if study.landed is None else study.landed.total_cents
    left = None
    if net is not None and landed is not None:
        left = profit(net - (returns or 0), landed)
    first, last = covered_days(product.marketplace.code, policy.channel) or (None, None)
    cost = None if landed is None or returns is None else landed + returns
    return FeeSheet(
        channel=policy.channel.value,
        size_tier=breakdown.size_tier,
        fee_category=breakdown.fee_category,
        rate_card=breakdown.rate_card,
        first_day=first,
        last_day=_closed(last),
        lines=[_line(line, on) for line in breakdown.lines],
        total=breakdown.total_cents,
        net_proceeds=net,
        returns_allowance=returns,
        landed_cost=landed,
        profit=left,
        roi=None if left is None or landed is None else roi(left, landed),
        breakeven_price=None if cost is None else breakeven_price(curve, cost),
        target_price=None
        if landed is None or returns is None
        else curve.lowest_price(needed_net(landed, policy) + returns),
        jumps=_jumps(curve, price),
    )


def _jumps(curve: ProceedsCurve, price: int) -> list[PriceJump]:
    nearest = sorted(curve.jumps(), key=lambda jump: abs(jump.price_cents - price))
    return [
        PriceJump(jump.price_cents, jump.change_cents, [code.value for code in jump.codes])
        for jump in sorted(nearest[:NEAREST_JUMPS], key=lambda jump: jump.price_cents)
    ]


def _line(line: FeeLine, on: date) -> FeeLineView:
    return FeeLineView(
        line.code.value,
        line.amount_cents,
        line.rule,
        dict(line.inputs),
        line.unknown_reason,
        [_source(section, on) for section in rate_cards().behind(line.rule)],
    )


def _source(section: Section, on: date) -> RuleSource:
    """A section, with the stretch of days around a day in which it holds."""
    around = [(first, last) for first, last in section.windows if first <= on <= last]
    first, last = around[0] if around else (section.windows[0][0], section.windows[-1][1])
    return RuleSource(
        section.id,
        section.kind.value,
        section.unit,
        first,
        _closed(last),
        None if section.confidence is None else section.confidence.value,
        list(section.sources),
        section.note,
    )


def _closed(last: date | None) -> date | None:
    """A last day; None where it is open."""
    return None if last == date.max else last


def _fulfilment_of_keepa(market: Market) -> list[Comparison]:
    """Keepa's fulfilment fee beside ours for its own day and price."""
    seen: FulfilmentObservation | None = fulfilment_seen_by_keepa(market)
    if seen is None:
        return []
    found = calibrate(market.product, seen)
    return [
        Comparison(
            FeeCode.FULFILMENT.value,
            seen.cents,
            found.ours_cents,
            found.difference_cents,
            seen.on,
            seen.price_cents,
            list(found.causes),
        )
    ]


def _referral_of_keepa(market: Market) -> list[Comparison]:
    """Keepa's referral percentage at the price now beside our referral fee, as amounts."""
    percent = market.fees.referral_percent
    price = market.now(SeriesKind.BUY_BOX)
    price = market.now(SeriesKind.NEW) if np.isnan(price) else price
    if percent is None or np.isnan(price) or price <= 0:
        return []
    on = market.observed_at.date()
    found = check_referral(market.product, percent, int(price), on)
    theirs = round(percent * price / 100)
    ours = found.ours_cents
    difference = None if ours is None else 0 if found.agrees else theirs - ours
    causes = [] if found.agrees else [f"charged as {one}" for one in found.categories]
    return [Comparison("referral", theirs, ours, difference, on, int(price), causes)]
