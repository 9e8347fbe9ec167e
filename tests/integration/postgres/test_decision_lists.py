"""Decisions are listed in any order, page by page, without gaps or repeats."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from arbitragevault.adapters.postgres.engine import Database
from arbitragevault.adapters.postgres.repositories import (
    decision_lists,
    decisions,
    keyset,
    markets,
    runs,
)
from arbitragevault.domain.decision.runs import RunState
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
    session: AsyncSession, filters: decision_lists.Filters, sort: str, *, descending: bool
) -> list[decisions.StoredDecision]:
    """Every page of a list, positions carried as JSON like a cursor does."""
    found: list[decisions.StoredDecision] = []
    after: keyset.Position | None = None
    while True:
        page = await decision_lists.page(
            session, filters, sort=sort, descending=descending, after=after, limit=7
        )
        found += page
        if len(page) < 7:
            return found
        value, last_id = orjson.loads(orjson.dumps([page[-1].sort_value, page[-1].id]))
        after = value, last_id


async def store(
    session: AsyncSession, run_id: UUID, rows: list[dict[str, Any]], at: datetime
) -> None:
    """Rows as a run stores them: with its counters."""
    await decisions.insert(session, run_id, rows, at)
    await runs.count(session, run_id, verdicts=[row["verdict"] for row in rows], errors=0, at=at)


@pytest.mark.parametrize("few", [0, keyset.FEW])
@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("sort", decision_lists.SORTS)
async def test_every_sort_gives_each_decision_once_with_unknown_values_last(
    *,
    database: Database,
    a_run: RunMaker,
    a_row: RowMaker,
    monkeypatch: pytest.MonkeyPatch,
    sort: str,
    descending: bool,
    few: int,
) -> None:
    """Whether the rows of a list are few, and gathered, or many, and met along an index."""
    monkeypatch.setattr(keyset, "FEW", few)
    start = datetime(2026, 11, 20, tzinfo=UTC)
    rows = varied_rows(a_row, 60)
    everything = decision_lists.Filters(is_sandbox=True)
    async with database.begin() as session:
        run_id = await a_run(session, 1, created_at=start)
        for part in range(3):
            batch = rows[part * 20 : part * 20 + 20]
            await store(session, run_id, batch, start + timedelta(seconds=part))
        await store(session, await a_run(session, 1, created_at=start), rows[:9], start)
        for filters, expected in (
            (everything, [*rows, *rows[:9]]),
            (replace(everything, verdicts=("review",)), [*rows, *rows[:9]]),
            (replace(everything, run_id=run_id), rows),
            (replace(everything, run_id=run_id, verdicts=("buy", "skip")), rows),
            (replace(everything, supplier="Acme"), [*rows, *rows[:9]]),
            (replace(everything, run_id=run_id, supplier="Acme", text="b00"), rows),
            (replace(everything, run_id=uuid4()), []),
        ):
            found = await read_all(session, filters, sort, descending=descending)
            wanted = sorted(
                row["row"]
                for row in expected
                if (not filters.verdicts or row["verdict"] in filters.verdicts)
                and filters.supplier in (None, row["supplier"])
            )
            assert sorted(one.body["row"] for one in found) == wanted
            known = [(one.sort_value, one.id) for one in found if one.sort_value is not None]
            unknown = [one.id for one in found if one.sort_value is None]
            assert [one.sort_value for one in found[: len(known)]] == [v for v, _ in known]
            assert known == sorted(known, reverse=descending)
            assert unknown == sorted(unknown, reverse=descending)


async def test_a_finished_run_is_listed_by_time_without_those_before_and_after(
    database: Database, a_run: RunMaker, a_row: RowMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keyset, "FEW", 0)
    start = datetime(2026, 11, 20, tzinfo=UTC)
    async with database.begin() as session:
        run_id = await a_run(session, 1, created_at=start)
        await store(session, run_id, [a_row(1), a_row(2)], start + timedelta(seconds=1))
        for state in (RunState.RUNNING, RunState.SUCCEEDED):
            await runs.set_state(session, run_id, state, at=start + timedelta(seconds=2))
        filters = decision_lists.Filters(is_sandbox=True, run_id=run_id)
        found = await read_all(session, filters, "decided_at", descending=True)
    assert [one.body["row"] for one in found] == [2, 1]


@pytest.mark.parametrize(("few", "many"), [(9, 9), (0, 9), (0, 0)], ids=["few", "many", "most"])
async def test_words_of_the_product_are_found_by_their_beginnings(
    *,
    database: Database,
    a_market: MarketMaker,
    a_run: RunMaker,
    a_row: RowMaker,
    now: datetime,
    monkeypatch: pytest.MonkeyPatch,
    few: int,
    many: int,
) -> None:
    monkeypatch.setattr(keyset, "FEW", few)
    monkeypatch.setattr(decision_lists, "FEW_PRODUCTS", few)
    monkeypatch.setattr(decision_lists, "MANY_PRODUCTS", many)

    def product(asin: str, title: str, **facts: object) -> Market:
        market = a_market(asin)
        changed = replace(market.product, title=title, eans=(), **facts)  # type: ignore[arg-type]
        return replace(market, product=changed)

    stored = [
        product("0593655036", "The Anxious Generation", author="Jonathan Haidt"),
        product("B000000002", "100% Anxious stra\u00dfe", upcs=("012345678905",)),
    ]
    rows = [
        a_row(1, asin="0593655036", identifier="9780593655030"),
        a_row(2, asin="B000000002"),
        a_row(3, title=None, asin=None, identifier="Nonsense_1"),
    ]
    async with database.begin() as session:
        await markets.save_markets(
            session, stored, is_sandbox=True, fetched_at=now, depth="history"
        )
        await store(session, await a_run(session, 3), rows, now)

        async def found(words: str) -> list[int]:
            filters = decision_lists.Filters(is_sandbox=True, text=words)
            every = await read_all(session, filters, "row", descending=False)
            counted = await decision_lists.counts(session, filters)
            number = sum(counted.by_verdict.values())
            assert number == len(every) or (counted.are_minimum and number < len(every))
            return [one.body["row"] for one in every]

        assert await found("anxious") == [1, 2]
        assert await found("ANXIOUS gener") == [1]
        assert await found("haidt anx") == [1]
        assert await found("brand") == [1, 2]
        assert await found("0593655036") == [1]
        assert await found("978059365") == [1]
        assert await found("01234567890") == [2]
        assert await found("STRASS 100") == [2]
        assert await found("nonsense_") == [3]
        assert await found("onsense") == []
        assert await found("%") == []
        assert await found("n%e") == []
        assert await found("' | x:*") == []
        assert await found(" \0 ") == [1, 2, 3]


async def test_counts_ignore_the_chosen_verdicts_only(
    database: Database,
    a_run: RunMaker,
    a_row: RowMaker,
    now: datetime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rows = [
        a_row(1, verdict="buy", supplier="Acme"),
        a_row(2, verdict="skip", supplier="Acme"),
        a_row(3, verdict="skip", supplier="Bolt"),
    ]
    async with database.begin() as session:
        await store(session, await a_run(session, 3), rows, now)
        run_id = await a_run(session, 1)
        await store(session, run_id, rows[:1], now)

        async def counted(**fields: Any) -> decision_lists.Counts:  # noqa: ANN401 - any filter
            filters = decision_lists.Filters(is_sandbox=True, verdicts=("buy",), **fields)
            return await decision_lists.counts(session, filters)

        def numbers(buy: int, skip: int) -> dict[str, int]:
            return {"buy": buy, "review": 0, "skip": skip, "unknown": 0}

        assert await counted() == decision_lists.Counts(numbers(2, 2), are_minimum=False)
        assert (await counted(run_id=run_id)).by_verdict == numbers(1, 0)
        assert (await counted(run_id=uuid4())).by_verdict == numbers(0, 0)
        assert (await counted(supplier="Acme")).by_verdict == numbers(2, 1)
        monkeypatch.setattr(decision_lists, "MOST_COUNTED", 1)
        assert await counted(supplier="Acme") == decision_lists.Counts(numbers(1, 1), True)


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
    database: Database, sort: str, after: keyset.Position
) -> None:
    async with database.begin() as session:
        with pytest.raises(InvalidInputError, match="first page"):
            await decision_lists.page(
                session,
                decision_lists.Filters(is_sandbox=True),
                sort=sort,
                descending=False,
                after=after,
                limit=1,
            )


async def test_a_position_beyond_a_small_column_is_simply_the_end(database: Database) -> None:
    async with database.begin() as session:
        found = await decision_lists.page(
            session,
            decision_lists.Filters(is_sandbox=True),
            sort="row",
            descending=False,
            after=(2**40, 1),
            limit=1,
        )
    assert found == []
