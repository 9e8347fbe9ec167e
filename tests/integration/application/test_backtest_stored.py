"""Stored products replayed: read from PostgreSQL in batches, the same as those at hand."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

from arbitragevault.adapters.postgres.repositories.markets import save_markets
from arbitragevault.application.evidence import backtest, in_turn, one_by_one, stored_sources
from arbitragevault.application.services import Services
from arbitragevault.bootstrap import sandbox_markets
from arbitragevault.domain.decision.policy import Policy
from arbitragevault.domain.market.clock import MINUTES_PER_DAY
from arbitragevault.domain.market.market import Market
from arbitragevault.sandbox.marketplace import Marketplace

Open = Callable[..., AbstractAsyncContextManager[Services]]


async def test_stored_products_are_replayed_like_those_at_hand(
    open_services: Open, market: Marketplace
) -> None:
    async with open_services() as services:
        asked = (market.seed, market.size, market.asins[:4])
        markets = [_young(one) for one in await asyncio.to_thread(sandbox_markets, *asked)]
        async with services.database.begin() as session:
            await save_markets(
                session,
                markets,
                is_sandbox=True,
                fetched_at=services.clock.now(),
                depth="history",
            )
        sources = [source async for source in stored_sources(services)]
        stored = await backtest(in_turn(sources), Policy(), source="stored", workers=1)
    at_hand = await backtest(in_turn(one_by_one(markets)), Policy(), source="stored", workers=1)
    assert stored["products"] == len(markets)
    assert stored["windows"] > 0
    assert stored | {"seconds": 0} == at_hand | {"seconds": 0}


def _young(market: Market) -> Market:
    """The product when its price history was little older than what a replay needs."""
    first = min(int(one.minutes[0]) for one in market.history.values())
    return market.as_of(first + 470 * MINUTES_PER_DAY)
