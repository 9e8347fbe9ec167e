"""Decisions are listed in any order, page by page, without gaps or repeats."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from arbitragevault.adapters.postgres.engine import Database
from arbitragevault.adapters.postgres.repositories import decisions, markets, run_items
from arbitragevault.domain.errors import InvalidInputError
from arbitragevault.domain.market.market import Market

RunMaker = Callable[..., Awaitable[UUID]]
RowMaker = Callable[..., dict[str, Any]]
MarketMaker = Callable[..., Market]


def varied_rows(a_row: RowMaker, number: int) -> list[dict[str, Any]]:
    """Rows with many equal and many missing values."""
    rng = random.Random(5)  # noqa: S311 - not for secrets

    def maybe(value: object) -> Any:  # noqa: ANN401 - a field
        return None if rng.random() < 0.3 else value

    return [
        a_row(
            row,
            title=maybe(rng.choice(["alpha", "Beta", "\u00c9toile", "Z"])),
            verdict=rng.choice(["buy", "review", "skip", "unknown"]),
            unit_cost=maybe(rng.randint(1, 5)),
            max_cost=maybe(rng.randint(1, 5)),
            profit=maybe({"p50": rng.randint(-3, 3)}),
            resale=maybe({"p50": rng.randint(1, 5)}),
            roi=maybe(rng.choice([-0.5, 0.0, 0.1, 0.3])),
            probability_of_profit=maybe(rng.choice([0.0, 0.5, 1.0])),
            days_to_sell=maybe({"p50": rng.choice([1.5, 30.0])}),
            sales_rank=maybe(rng.randint(1, 5)),
            supplier=maybe(rng.choice(["Acme", "Bolt"])),
        )
        for row in range(1, number + 1)
    ]


async def read_all(
    session: AsyncSession, filters: decisions.Filters, sort: str, *, descending: bool
) -> list[decisions.StoredDecision]:
    """Every page of a list, positions carried as JSON like a cursor does."""
    found: list[decisions.StoredDecision] = []
    after: decisions.Position | None = None
    while True:
        page = await decisions.page(
            session, filters, sort=sort, descending=descending, after=after, limit=7
        )
        found += page
        if len(page) < 7:
            return found
        value, last_id = orjson.loads(orjson.dumps([page[-1].sort_value, page[-1].id]))
        after = value, last_id


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("sort", decisions.SORTS)
async def test_every_sort_gives_each_decision_once_with_unknown_values_last(
    database: Database,
    a_run: RunMaker,
    a_row: RowMaker,
    sort: str,
    descending: bool,  # noqa: FBT001
) -> None:
    from datetime import UTC

    start = datetime(2026, 11, 20, tzinfo=UTC)
    rows = varied_rows(a_row, 60)
    async with database.begin() as session:
        run_id = await a_run(session, 1)
        for part in range(3):
            batch = rows[part * 20 : part * 20 + 20]
            await decisions.insert(session, run_id, batch, start + timedelta(seconds=part))
        for filters in (
            decisions.Filters(is_sandbox=True),
            decisions.Filters(is_sandbox=True, run_id=run_id, verdicts=("buy", "skip")),
        ):
            found = await read_all(session, filters, sort, descending=descending)
            expected = [r for r in rows if not filters.verdicts or r["verdict"] in filters.verdicts]
            assert sorted(one.body["row"] for one in found) == [r["row"] for r in expected]
            known = [(one.sort_value, one.id) for one in found if one.sort_value is not None]
            unknown = [one.id for one in found if one.sort_value is None]
            assert [one.sort_value for one in found[: len(known)]] == [v for v, _ in known]
            assert known == sorted(known, reverse=descending)
            assert unknown == sorted(unknown, reverse=descending)


async def test_a_stored_row_comes_back_with_its_identity(
    database: Database, a_run: RunMaker, a_row: RowMaker, now: datetime
) -> None:
    row = a_row(3, title="Nul \0 inside", notes="kept")
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


async def test_words_must_all_occur_and_are_taken_literally(
    database: Database, a_row: RowMaker, now: datetime
) -> None:
    rows = [
        a_row(1, title="The Anxious Generation", asin="0593655036"),
        a_row(2, title="100% Anxious", identifier="9780593655030"),
        a_row(3, title=None, asin=None, identifier="nonsense_1"),
    ]

    async with database.begin() as session:
        await decisions.insert(session, None, rows, now)

        async def found(words: str) -> list[int]:
            filters = decisions.Filters(is_sandbox=True, text=words)
            every = await read_all(session, filters, "row", descending=False)
            return [one.body["row"] for one in every]

        assert await found("anxious") == [1, 2]
        assert await found("ANXIOUS gener") == [1]
        assert await found("0593655036") == [1]
        assert await found("593655030") == [2]
        assert await found("%") == [2]
        assert await found("nonsense_") == [3]
        assert await found("n%e") == []
        assert await found(" \0 ") == [1, 2, 3]


async def test_counts_ignore_the_chosen_verdicts_only(
    database: Database, a_row: RowMaker, now: datetime
) -> None:
    rows = [
        a_row(1, verdict="buy", supplier="Acme"),
        a_row(2, verdict="skip", supplier="Acme"),
        a_row(3, verdict="skip", supplier="Bolt"),
    ]
    async with database.begin() as session:
        await decisions.insert(session, None, rows, now)
        filters = decisions.Filters(is_sandbox=True, verdicts=("buy",), supplier="Acme")
        assert await decisions.counts(session, filters) == {
            "buy": 1,
            "review": 0,
            "skip": 1,
            "unknown": 0,
        }
        found = await read_all(session, filters, "row", descending=False)
        assert [one.body["row"] for one in found] == [1]


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


@pytest.mark.parametrize(
    ("sort", "after"),
    [
        ("max_cost", ("text", 1)),
        ("max_cost", (2**70, 1)),
        ("max_cost", (1.5, 1)),
        ("max_cost", (1, 2**70)),
        ("roi", ("text", 1)),
        ("title", (5, 1)),
        ("decided_at", ("yesterday", 1)),
    ],
)
async def test_a_position_that_does_not_fit_is_refused(
    database: Database, sort: str, after: decisions.Position
) -> None:
    async with database.begin() as session:
        with pytest.raises(InvalidInputError, match="first page"):
            await decisions.page(
                session,
                decisions.Filters(is_sandbox=True),
                sort=sort,
                descending=False,
                after=after,
                limit=1,
            )


async def test_a_position_beyond_a_small_column_is_simply_the_end(database: Database) -> None:
    async with database.begin() as session:
        found = await decisions.page(
            session,
            decisions.Filters(is_sandbox=True),
            sort="row",
            descending=False,
            after=(2**40, 1),
            limit=1,
        )
    assert found == []
