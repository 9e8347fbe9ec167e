"""Refresh planning: which stored products are worth a token now."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import structlog

from arbitragevault.adapters.keepa.tokens import product_cost
from arbitragevault.adapters.postgres.repositories import latest_decisions
from arbitragevault.adapters.postgres.repositories import markets as stored_markets
from arbitragevault.adapters.postgres.repositories.latest_decisions import DecidedLead
from arbitragevault.application.acquire import fresh_since
from arbitragevault.application.policies import policy_from_body
from arbitragevault.application.services import Services
from arbitragevault.domain.decision.decide import decide
from arbitragevault.domain.decision.refresh import value_of_refresh
from arbitragevault.domain.errors import ArbitrageVaultError
from arbitragevault.domain.market.clock import to_datetime
from arbitragevault.domain.market.market import Market

log = structlog.get_logger()

MOST_LEADS: Final = 10_000
"""Leads that are weighed, the newest first; a decision takes about a millisecond."""

CHUNK: Final = 200
"""Products that are loaded and weighed at a time."""

_Product = tuple[str, str]


@dataclass(frozen=True, slots=True)
class PlannedRefresh:
    """A stored product that may be refreshed.

    Attributes:
        marketplace / asin: The product.
        per_token: Verdicts that are expected to change for each token.
        tokens: What the refresh costs.
        leads: Leads about the product.
        age_days: Age of its data.
    """

    marketplace: str
    asin: str
    per_token: float
    tokens: int
    leads: int
    age_days: float


async def plan_refresh(services: Services, tokens: int) -> list[PlannedRefresh]:
    """The products of leads to refresh with so many tokens, the most worth while first.

    Data that still count as fresh are left alone, and so is a product whose verdicts cannot change.

    Args:
        services: The running program.
        tokens: Tokens that may be spent.
    """
    leads = await services.database.read(
        latest_decisions.newest_per_lead,
        is_sandbox=services.is_sandbox,
        fetched_before=fresh_since(services),
        limit=MOST_LEADS,
    )
    by_product: dict[_Product, list[DecidedLead]] = defaultdict(list)
    for lead in leads:
        by_product[lead.marketplace, lead.asin].append(lead)
    keys = list(by_product)
    planned: list[PlannedRefresh] = []
    now = services.clock.now()
    for start in range(0, len(keys), CHUNK):
        some = keys[start : start + CHUNK]
        stored = await services.database.read(
            stored_markets.load_markets, some, is_sandbox=services.is_sandbox
        )
        pairs = [(by_product[key], stored[key].market) for key in some if key in stored]
        planned += await asyncio.to_thread(_weigh, pairs, now)
    planned.sort(key=lambda one: (-one.per_token, one.marketplace, one.asin))
    return planned[: max(0, tokens) // product_cost(1)]


def _weigh(
    pairs: Iterable[tuple[list[DecidedLead], Market]], now: datetime
) -> list[PlannedRefresh]:
    """What a refresh of each product is worth: the sum over its leads."""
    cost = product_cost(1)
    weighed = []
    for leads, market in pairs:
        age = max(0.0, (now - to_datetime(market.observed_minute)).total_seconds() / 86_400)
        worth = sum(_worth(lead, market, age, cost) for lead in leads)
        if worth > 0:
            key = market.product.marketplace.code, market.product.asin
            weighed.append(PlannedRefresh(*key, worth, cost, len(leads), age))
    return weighed


def _worth(decided: DecidedLead, market: Market, age_days: float, tokens: int) -> float:
    """What a refresh is worth for one lead; nothing if it cannot be decided any more."""
    try:
        decision = decide(decided.as_lead(), market, policy_from_body(decided.policy_body))
    except ArbitrageVaultError as error:
        log.debug("not weighed", decision=decided.decision_id, reason=error.message)
        return 0.0
    return value_of_refresh(decision, age_days, tokens=tokens).per_token
