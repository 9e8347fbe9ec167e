"""The stages in which a batch gets its market data: histories first, offers where they matter."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import replace

import msgspec
import structlog

from arbitragevault.adapters.keepa.bucket import Account
from arbitragevault.adapters.postgres.repositories.run_items import Item
from arbitragevault.adapters.postgres.repositories.runs import Run
from arbitragevault.application.acquire import Acquisition, Wanted, acquire
from arbitragevault.application.policies import policy_from_body
from arbitragevault.application.services import Services
from arbitragevault.domain.catalog.marketplace import marketplace_by_code
from arbitragevault.domain.decision.decide import decide
from arbitragevault.domain.decision.lead import Lead
from arbitragevault.domain.decision.policy import Policy
from arbitragevault.domain.decision.screening import offers_can_change
from arbitragevault.domain.market.market import Market, SeriesKind

log = structlog.get_logger()


async def acquire_for(
    services: Services, run: Run, items: Sequence[Item], account: Account
) -> Acquisition:
    """Acquire what a batch of a run needs, in as many stages as the run was told to take.

    With screening everybody's history is acquired and decided on first; offers follow for those
    whose verdict they can change. Nothing of the first stage is kept but what was paid for: after a
    crash the histories are stored and fresh, and lead to the same offers.

    Args:
        services: The running program.
        run: The run.
        items: The items that can be decided.
        account: On whose account tokens are spent.
    """
    where = marketplace_by_code(run.marketplace)
    since = run.created_at if run.params["refresh"] else None
    is_screened = run.params.get("screening", False)
    is_deep = run.params["offers"] and not is_screened
    result = await acquire(
        services,
        where,
        [wanted_by(item) for item in items],
        depth="offers" if is_deep else "history",
        account=account,
        refreshed_since=since,
    )
    if not is_screened:
        return result
    policy = policy_from_body(run.policy_body)
    survivors = await asyncio.to_thread(
        lambda: tuple(dict.fromkeys(_survivors(items, result, policy)))
    )
    # While Keepa is in trouble, whoever needs offers waits with those who have no history yet.
    deeper = Acquisition(trouble=result.trouble)
    if result.trouble is None and survivors:
        wishes = [Wanted(asin=asin, code=None) for asin in survivors]
        deeper = await acquire(
            services, where, wishes, depth="offers", account=account, refreshed_since=since
        )
    result.deepen(survivors, deeper)
    return result


def wanted_by(item: Item) -> Wanted:
    """The product that an item is about."""
    return Wanted(asin=item.asin, code=item.code)


def likeliest(markets: Sequence[Market]) -> Market:
    """The best-selling of the markets that an identifier led to; unranked ones come last."""
    return min(markets, key=_main_rank)


def lead_of(item: Item, markets: Sequence[Market]) -> Lead:
    """The lead of an item, with the listings that its identifier led to if they are several."""
    lead = msgspec.convert(item.lead, Lead)
    if len(markets) == 1:
        return lead
    return replace(lead, matches=tuple(market.product.asin for market in markets))


def _survivors(items: Sequence[Item], acquired: Acquisition, policy: Policy) -> Iterator[str]:
    """ASINs of the products whose verdict live offers can change for any of their leads."""
    for item in items:
        markets = acquired.of(wanted_by(item))
        if not markets:
            continue
        market = likeliest(markets)
        try:
            decision = decide(lead_of(item, markets), market, policy)
            screening = offers_can_change(decision)
        except Exception as error:  # noqa: BLE001  # the row is answered with its reason later
            log.debug("not screened", row=item.ordinal, reason=repr(error))
            continue
        if screening.worth:
            yield market.product.asin


def _main_rank(market: Market) -> float:
    rank = market.now(SeriesKind.SALES_RANK)
    return rank if rank > 0 else float("inf")
