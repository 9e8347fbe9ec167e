"""Decisions are stored as they are told, and found again."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from arbitragevault.adapters.postgres.engine import Database
from arbitragevault.adapters.postgres.repositories import decisions, markets, run_items
from arbitragevault.domain.market.market import Market

RunMaker = Callable[..., Awaitable[UUID]]
RowMaker = Callable[..., dict[str, Any]]
MarketMaker = Callable[..., Market]


async def test_a_stored_row_comes_back_with_its_identity(
    database: Database, a_run: RunMaker, a_row: RowMaker, now: datetime
) -> None:
    row = a_row(3, title="Nul \0 inside", notes="kept", evidence=[{"figure": "roi"}])
    async with database.begin() as session:
        run_id = await a_run(session, 3)
        ids = await decisions.insert(session, run_id, [row], now)
        stored = await decisions.get(session, ids[3])
        assert stored is not None
        assert stored.body == row | {
            "title": "Nul  inside",
            "id": ids[3],
            "run_id": str(run_id),
            "decided_at": now.isoformat(),
        }
        assert await decisions.get(session, ids[3] + 1) is None
        assert await decisions.get(session, 2**70) is None
        assert await decisions.insert(session, run_id, [], now) == {}


async def test_the_longest_title_can_be_stored_and_sorted(
    database: Database, a_row: RowMaker, now: datetime
) -> None:
    # Signs at random do not compress: an index entry of all of them would be too large.
    rng = random.Random(1)  # noqa: S311 - not for secrets
    title = "".join(chr(rng.randrange(0x4E00, 0x9F00)) for _ in range(4_000))
    async with database.begin() as session:
        ids = await decisions.insert(session, None, [a_row(1, title=title)], now)
        stored = await decisions.get(session, ids[1])
    assert stored is not None
    assert stored.body["title"] == title


async def test_ids_are_told_by_row_number(
    database: Database, a_row: RowMaker, now: datetime
) -> None:
    rows = [a_row(number) for number in (5, 2, 9)]
    async with database.begin() as session:
        ids = await decisions.insert(session, None, rows, now)
        for number, decision_id in ids.items():
            stored = await decisions.get(session, decision_id)
            assert stored is not None
            assert (stored.body["row"], stored.body["run_id"]) == (number, None)


async def test_rows_of_a_run_are_told_in_order_up_to_the_first_open_one(
    database: Database, a_run: RunMaker, a_row: RowMaker, now: datetime
) -> None:
    async with database.begin() as session:
        run_id = await a_run(session, 5)

        async def finish(*ordinals: int) -> list[int]:
            lease = uuid4()
            until = now + timedelta(minutes=1)
            await run_items.claim_items(session, run_id, lease=lease, limit=9, until=until, at=now)
            ids = await decisions.insert(session, run_id, [a_row(n) for n in ordinals], now)
            await run_items.finish_items(session, run_id, lease, ids)
            await run_items.release_items(session, run_id, lease)
            told = await decisions.contiguous(session, run_id, 0, 100)
            return [one.body["row"] for one in told]

        assert await finish(1, 3) == [1]
        assert await finish(2) == [1, 2, 3]
        assert await finish(4, 5) == [1, 2, 3, 4, 5]
        rest = await decisions.contiguous(session, run_id, 2, 2)
        assert [one.body["row"] for one in rest] == [3, 4]


async def test_a_product_knows_its_newest_decisions(
    database: Database, a_row: RowMaker, a_market: MarketMaker, now: datetime
) -> None:
    market = a_market("B000000001")
    async with database.begin() as session:
        await markets.save_markets(
            session, [market], is_sandbox=True, fetched_at=now, depth="history"
        )
        rows = [a_row(n, asin="B000000001") for n in (1, 2, 3)]
        await decisions.insert(session, None, rows, now)
        await decisions.insert(session, None, [a_row(4, asin="B000000001", sandbox=False)], now)
        newest = await decisions.latest_of_product(
            session, "US", "B000000001", is_sandbox=True, limit=2
        )
        assert [one.body["row"] for one in newest] == [3, 2]
        linked = await session.execute(
            text("SELECT product_id IS NOT NULL AS is_linked FROM decisions ORDER BY ordinal")
        )
        assert [row.is_linked for row in linked] == [True, True, True, False]


async def test_decisions_need_not_wait_for_a_refresh_of_their_product(
    database: Database, a_row: RowMaker, a_market: MarketMaker, now: datetime
) -> None:
    async def save(session: AsyncSession) -> None:
        await markets.save_markets(
            session, [a_market("B000000001")], is_sandbox=True, fetched_at=now, depth="history"
        )

    async with database.begin() as session:
        await save(session)
    async with database.begin() as refreshing:
        await save(refreshing)
        async with database.begin() as deciding:
            await deciding.execute(text("SET LOCAL lock_timeout = '1s'"))
            ids = await decisions.insert(deciding, None, [a_row(1, asin="B000000001")], now)
    assert list(ids) == [1]
