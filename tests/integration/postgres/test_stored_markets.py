"""Markets come back as they were stored."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypedDict

import numpy as np
import pytest
from sqlalchemy import event, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from arbitragevault.adapters.keepa.wire import decode_keepa
from arbitragevault.adapters.postgres.engine import Database
from arbitragevault.adapters.postgres.repositories import (
    features,
    markets,
    product_codes,
    staging,
)
from arbitragevault.adapters.postgres.tables import history_segments, products
from arbitragevault.domain.catalog.marketplace import MARKETPLACES
from arbitragevault.domain.errors import HistoryCodecError
from arbitragevault.domain.market.market import Market, SeriesKind
from arbitragevault.domain.market.series import StepSeries

MarketMaker = Callable[..., Market]
ONE = ("US", "0593655036")


class Asked(TypedDict):
    is_sandbox: bool
    fetched_since: datetime
    depth: markets.Depth


async def test_a_market_comes_back_exactly(
    database: Database, a_market: MarketMaker, now: datetime
) -> None:
    market = a_market()
    async with database.begin() as session:
        await markets.save_markets(
            session, [market], is_sandbox=True, fetched_at=now, depth="offers"
        )
    async with database.begin() as session:
        stored = await markets.load_markets(session, [ONE, ("US", "B000000000")], is_sandbox=True)
    assert list(stored) == [ONE]
    back = stored[ONE]
    assert (back.fetched_at, back.depth) == (now, "offers")
    assert repr(back.market.current) == repr(market.current)  # NaN differs from itself
    assert _without_current(back.market) == _without_current(market)


@pytest.mark.recorded
async def test_every_recorded_product_comes_back_exactly(
    database: Database, recordings: Path, now: datetime
) -> None:
    files = sorted((recordings / "products").glob("*.json"))
    recorded = {m.product.key: m for file in files for m in decode_keepa(file.read_bytes())}
    assert len(recorded) >= 10
    async with database.begin() as session:
        await markets.save_markets(
            session, recorded.values(), is_sandbox=False, fetched_at=now, depth="offers"
        )
        stored = await markets.load_markets(session, recorded, is_sandbox=False)
    assert {key: one.market for key, one in stored.items()} == recorded


@pytest.mark.parametrize("few", [0, 2_000], ids=["by COPY", "as parameters"])
async def test_many_products_are_merged_into_what_is_stored(
    database: Database,
    a_market: MarketMaker,
    now: datetime,
    few: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """However many rows travel, and twice in one transaction."""
    monkeypatch.setattr(staging, "FEW", few)
    codes = ("US", "DE", "GB", "FR")
    first = [a_market(seed=place, marketplace=MARKETPLACES[c]) for place, c in enumerate(codes)]
    again = [
        a_market(seed=place + 9, marketplace=MARKETPLACES[c]) for place, c in enumerate(codes[:2])
    ]
    keys = [market.product.key for market in first]
    async with database.begin() as session:
        for some in (first, again):
            await markets.save_markets(
                session, some, is_sandbox=True, fetched_at=now, depth="offers"
            )
    async with database.begin() as session:
        stored = await markets.load_markets(session, keys, is_sandbox=True)
        found = await features.page(
            session,
            features.ProductFilters(is_sandbox=True, text="0593655036"),
            sort="title",
            descending=False,
            after=None,
            limit=9,
        )
    for market in (*again, *first[2:]):
        back = _without_current(stored[market.product.key].market)
        assert back == _without_current(market)
    assert len(found) == len(codes)


async def test_sandbox_data_never_answer_for_keepa(
    database: Database, a_market: MarketMaker, now: datetime
) -> None:
    async with database.begin() as session:
        await markets.save_markets(
            session, [a_market(seed=1)], is_sandbox=True, fetched_at=now, depth="history"
        )
        assert await markets.load_markets(session, [ONE], is_sandbox=False) == {}
        await markets.save_markets(
            session, [a_market(seed=2)], is_sandbox=False, fetched_at=now, depth="history"
        )
        for seed, is_sandbox in ((1, True), (2, False)):
            stored = await markets.load_markets(session, [ONE], is_sandbox=is_sandbox)
            assert stored[ONE].market.history == a_market(seed=seed).history


async def test_the_same_asin_on_two_marketplaces_is_two_products(
    database: Database, a_market: MarketMaker, now: datetime
) -> None:
    german = a_market(seed=2, marketplace=MARKETPLACES["DE"])
    async with database.begin() as session:
        await markets.save_markets(
            session, [a_market(), german], is_sandbox=True, fetched_at=now, depth="history"
        )
        stored = await markets.load_markets(session, [("DE", ONE[1])], is_sandbox=True)
    assert [one.market.product.marketplace for one in stored.values()] == [MARKETPLACES["DE"]]


async def test_a_refresh_writes_only_the_years_that_changed(
    database: Database, a_market: MarketMaker, now: datetime
) -> None:
    before = a_market()
    later = a_market(observed_at=now + timedelta(minutes=10))
    after = Market(
        product=before.product,
        observed_minute=later.observed_minute,
        history={**before.history, SeriesKind.SALES_RANK: _extended(before, later)},
    )

    async def versions(session: AsyncSession) -> dict[int, str]:
        found = await session.execute(text("SELECT year, xmin::text AS by FROM history_segments"))
        return {row.year: row.by for row in found}

    async with database.begin() as session:
        await markets.save_markets(
            session, [_history_only(before)], is_sandbox=True, fetched_at=now, depth="history"
        )
    async with database.begin() as session:
        old = await versions(session)
        await markets.save_markets(
            session, [after], is_sandbox=True, fetched_at=now, depth="history"
        )
        new = await versions(session)
    changed = {year for year in new if new[year] != old[year]}
    assert changed == {2026}
    assert len(new) >= 3


async def test_years_that_keepa_no_longer_sends_are_removed(
    database: Database, a_market: MarketMaker, now: datetime
) -> None:
    market = a_market(with_offers=False)
    async with database.begin() as session:
        for one in (market, Market(market.product, market.observed_minute)):
            await markets.save_markets(
                session, [one], is_sandbox=True, fetched_at=now, depth="history"
            )
        assert (await session.scalars(select(history_segments.c.year))).all() == []
        stored = await markets.load_markets(session, [ONE], is_sandbox=True)
    assert stored[ONE].market == Market(market.product, market.observed_minute)


async def test_offers_stay_while_the_observation_is_the_same(
    database: Database, a_market: MarketMaker, now: datetime
) -> None:
    first, same = a_market(), a_market(with_offers=False)
    later = a_market(with_offers=False, observed_at=now + timedelta(hours=1))
    async with database.begin() as session:

        async def save(market: Market, depth: markets.Depth) -> markets.StoredMarket:
            await markets.save_markets(
                session, [market], is_sandbox=True, fetched_at=now, depth=depth
            )
            return (await markets.load_markets(session, [ONE], is_sandbox=True))[ONE]

        assert (await save(first, "offers")).market.offers == first.offers
        kept = await save(same, "history")
        assert (kept.market.offers, kept.depth) == (first.offers, "offers")
        gone = await save(later, "history")
        assert (gone.market.offers, gone.depth) == (None, "history")
        asked = await save(same, "offers")
        assert (asked.market.offers, asked.depth) == (None, "offers")


async def test_stale_and_shallow_data_are_left_out(
    database: Database, a_market: MarketMaker, now: datetime
) -> None:
    hour = timedelta(hours=1)
    async with database.begin() as session:
        await markets.save_markets(
            session, [a_market()], is_sandbox=True, fetched_at=now - hour, depth="history"
        )

        async def found(since: datetime, depth: markets.Depth) -> bool:
            asked: Asked = {"is_sandbox": True, "fetched_since": since, "depth": depth}
            loaded = await markets.load_markets(session, [ONE], **asked)
            assert await markets.fresh_keys(session, [ONE], **asked) == set(loaded)
            return ONE in loaded

        assert await found(now - 2 * hour, "history")
        assert not await found(now, "history")
        assert not await found(now - 2 * hour, "offers")


async def test_a_batch_takes_the_same_few_statements_however_large(
    database: Database, a_market: MarketMaker, now: datetime
) -> None:
    statements: list[str] = []

    def note(*arguments: object) -> None:
        statements.append(str(arguments[2]))

    async def count(batch: list[Market]) -> tuple[int, int]:
        async with database.begin() as session:
            await session.execute(text("SELECT 1"))
            statements.clear()
            await markets.save_markets(
                session, batch, is_sandbox=True, fetched_at=now, depth="offers"
            )
            saved = len(statements)
            await markets.load_markets(session, [m.product.key for m in batch], is_sandbox=True)
            return saved, len(statements) - saved

    event.listen(database.engine.sync_engine, "before_cursor_execute", note)
    try:
        few = await count([a_market(f"B{n:09}", seed=n) for n in range(2)])
        many = await count([a_market(f"C{n:09}", seed=n) for n in range(40)])
    finally:
        event.remove(database.engine.sync_engine, "before_cursor_execute", note)
    assert few == many
    assert few <= (5, 2)


async def test_altered_bytes_are_a_typed_error(
    database: Database, a_market: MarketMaker, now: datetime
) -> None:
    async with database.begin() as session:
        await markets.save_markets(
            session, [a_market()], is_sandbox=True, fetched_at=now, depth="history"
        )
        await session.execute(update(history_segments).values(data=b"\x01nonsense"))
        with pytest.raises(HistoryCodecError, match="Fetch the product again"):
            await markets.load_markets(session, [ONE], is_sandbox=True)


async def test_titles_that_postgresql_cannot_hold_do_not_stop_a_batch(
    database: Database, a_market: MarketMaker, now: datetime
) -> None:
    market = a_market()
    market = replace(market, product=replace(market.product, title="Nul \0 inside"))
    async with database.begin() as session:
        await markets.save_markets(
            session, [market], is_sandbox=True, fetched_at=now, depth="history"
        )
        assert await session.scalar(select(products.c.title)) == "Nul  inside"
        stored = await markets.load_markets(session, [ONE], is_sandbox=True)
    assert stored[ONE].market.product == market.product


async def test_codes_remember_what_they_mean_and_that_they_mean_nothing(
    database: Database, now: datetime
) -> None:
    async with database.begin() as session:
        await product_codes.save_codes(
            session, "US", {"9780593655030": ("A", "B"), "0": ()}, now, is_sandbox=True
        )
        await product_codes.save_codes(session, "US", {"0": ("C",)}, now, is_sandbox=False)
        await product_codes.save_codes(session, "US", {}, now, is_sandbox=False)

        async def known(
            *codes: str, since: datetime | None = None, is_sandbox: bool = True
        ) -> dict[str, tuple[str, ...]]:
            return await product_codes.codes_to_asins(
                session, "US", codes, since, is_sandbox=is_sandbox
            )

        assert await known("9780593655030", "0", "1") == {"9780593655030": ("A", "B"), "0": ()}
        assert await known("0", is_sandbox=False) == {"0": ("C",)}
        assert await known("0", since=now + timedelta(seconds=1)) == {}
        assert await known() == {}
        await product_codes.save_codes(session, "US", {"0": ("D",)}, now, is_sandbox=True)
        assert await known("0") == {"0": ("D",)}


def _without_current(market: Market) -> Market:
    return replace(market, current={})


def _history_only(market: Market) -> Market:
    return Market(market.product, market.observed_minute, history=market.history)


def _extended(before: Market, later: Market) -> StepSeries:
    """The rank of a market with one more point."""
    rank = before.series("sales_rank")
    return StepSeries(np.append(rank.minutes, later.observed_minute), np.append(rank.values, 42.0))
