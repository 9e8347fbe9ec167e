"""Runs, their items and their events on a real server, with several workers."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from arbitragevault.adapters.postgres.engine import Database
from arbitragevault.adapters.postgres.repositories import run_events, run_items, runs
from arbitragevault.adapters.postgres.tables import run_items as items_table
from arbitragevault.domain.decision.runs import RunState
from arbitragevault.domain.errors import ConflictError, NotFoundError

RunMaker = Callable[..., Awaitable[UUID]]
MINUTE = timedelta(minutes=1)


async def claim(
    session: AsyncSession, run_id: UUID, at: datetime, limit: int = 100
) -> tuple[UUID, list[run_items.Item]]:
    lease = uuid4()
    claimed = await run_items.claim_items(
        session, run_id, lease=lease, limit=limit, until=at + MINUTE, at=at
    )
    return lease, claimed


async def test_a_new_run_is_queued_with_all_its_items(
    database: Database, a_run: RunMaker, now: datetime
) -> None:
    async with database.begin() as session:
        run_id = await a_run(session, 9)
        run = await runs.get(session, run_id)
        assert run is not None
        assert (run.state, run.rows, run.done) == (RunState.QUEUED, 9, 0)
        assert (run.created_at, run.started_at, run.params) == (now, None, {"offers": False})
        _, claimed = await claim(session, run_id, now)
    assert [item.ordinal for item in claimed] == list(range(1, 10))
    assert claimed[0].lead == {"quantity": 1, "notes": "caf\u00e9 "}
    assert (claimed[2].lead, claimed[2].error_code) == (None, "invalid_identifier")


async def test_intake_and_run_are_one_transaction(database: Database, a_run: RunMaker) -> None:
    async def create_and_fail() -> None:
        async with database.begin() as session:
            await a_run(session, 9)
            raise LookupError

    with pytest.raises(LookupError):
        await create_and_fail()
    async with database.begin() as session:
        assert await session.scalar(select(func.count()).select_from(items_table)) == 0
        assert await runs.newest(session, 10, is_sandbox=True) == []


async def test_items_of_an_unknown_run_are_refused(database: Database, now: datetime) -> None:
    async with database.begin() as session:
        assert await runs.get(session, uuid4()) is None
        with pytest.raises(NotFoundError):
            await run_items.claim_items(session, uuid4(), lease=uuid4(), limit=1, until=now, at=now)


async def test_two_workers_never_hold_the_same_item(
    database: Database, a_run: RunMaker, now: datetime
) -> None:
    async with database.begin() as session:
        run_id = await a_run(session, 200)

    async def work() -> list[int]:
        mine: list[int] = []
        while True:
            async with database.begin() as session:
                _, claimed = await claim(session, run_id, now, limit=7)
            if not claimed:
                return mine
            mine += [item.ordinal for item in claimed]

    found = await asyncio.gather(*(work() for _ in range(6)))
    assert sorted(sum(found, [])) == list(range(1, 201))  # noqa: RUF017 - six short lists


async def test_a_lease_that_ran_out_is_taken_over_and_its_holder_is_refused(
    database: Database, a_run: RunMaker, now: datetime
) -> None:
    later = now + 2 * MINUTE
    async with database.begin() as session:
        run_id = await a_run(session, 3)
        dead, first = await claim(session, run_id, now)
        assert (await claim(session, run_id, now))[1] == []
        alive, second = await claim(session, run_id, later)
    assert [item.attempts for item in first + second] == [1, 1, 1, 2, 2, 2]
    async with database.begin() as session:
        assert not await run_items.hold_lease(session, run_id, dead, 3)
        assert await run_items.hold_lease(session, run_id, alive, 3)
        with pytest.raises(ConflictError, match="was lost"):
            await run_items.finish_items(session, run_id, dead, {1: 11})


async def test_a_renewed_lease_holds(database: Database, a_run: RunMaker, now: datetime) -> None:
    async with database.begin() as session:
        run_id = await a_run(session, 3)
        lease, _ = await claim(session, run_id, now)
        await run_items.renew_lease(session, lease, until=now + 10 * MINUTE)
        assert (await claim(session, run_id, now + 2 * MINUTE))[1] == []


async def test_a_finished_batch_counts_and_leaves_the_rest_open(
    database: Database, a_run: RunMaker, now: datetime
) -> None:
    async with database.begin() as session:
        run_id = await a_run(session, 4)
        await runs.set_state(session, run_id, RunState.RUNNING, at=now)
        lease, _ = await claim(session, run_id, now)
        await run_items.finish_items(session, run_id, lease, {1: 101, 3: 103})
        await run_items.release_items(session, run_id, lease)
        await runs.spend(session, run_id, 7)
        run = await runs.count(session, run_id, verdicts=["buy", "unknown"], errors=1, at=now)
        assert await run_items.has_open_items(session, run_id)
        states = await session.execute(
            select(items_table.c.state, items_table.c.decision_id).order_by(items_table.c.ordinal)
        )
        _, claimed = await claim(session, run_id, now)
    assert [tuple(row) for row in states] == [
        ("done", 101),
        ("pending", None),
        ("failed", 103),
        ("pending", None),
    ]
    assert [item.ordinal for item in claimed] == [2, 4]
    assert (run.done, run.buy, run.unknown, run.errors, run.tokens_spent) == (2, 1, 1, 1, 7)


async def test_states_follow_the_rules_and_leave_their_times(
    database: Database, a_run: RunMaker, now: datetime
) -> None:
    async with database.begin() as session:
        run_id = await a_run(session)
        run = await runs.set_state(session, run_id, RunState.RUNNING, at=now)
        assert (run.started_at, run.attempt) == (now, 1)
        run = await runs.wait_for_tokens(session, run_id, until=now + MINUTE, at=now)
        assert (run.state, run.waiting_until) == (RunState.WAITING_TOKENS, now + MINUTE)
        run = await runs.set_state(session, run_id, RunState.RUNNING, at=now + MINUTE)
        assert (run.waiting_until, run.started_at, run.attempt) == (None, now, 1)
        await runs.fail(session, run_id, code="internal", message="Broke \0.", at=now + MINUTE)
        failed = await runs.get(session, run_id)
        assert failed is not None
        assert (failed.error_code, failed.error_message) == ("internal", "Broke .")
        assert failed.finished_at == now + MINUTE
        with pytest.raises(ConflictError):
            await runs.set_state(session, run_id, RunState.SUCCEEDED, at=now)
        run = await runs.set_state(session, run_id, RunState.QUEUED, at=now)
        assert (run.error_code, run.finished_at) == (None, None)
        with pytest.raises(NotFoundError):
            await runs.set_state(session, uuid4(), RunState.RUNNING, at=now)


async def test_failing_an_ended_run_changes_nothing(
    database: Database, a_run: RunMaker, now: datetime
) -> None:
    async with database.begin() as session:
        run_id = await a_run(session)
        cancelled = await runs.set_state(session, run_id, RunState.CANCELLED, at=now)
        await runs.fail(session, run_id, code="internal", message="Broke.", at=now)
        assert await runs.get(session, run_id) == cancelled


async def test_a_cancelled_run_gives_up_its_leases_and_takes_no_more_answers(
    database: Database, a_run: RunMaker, now: datetime
) -> None:
    async with database.begin() as session:
        run_id = await a_run(session, 3)
        await runs.set_state(session, run_id, RunState.RUNNING, at=now)
        lease, _ = await claim(session, run_id, now)
    async with database.begin() as session:
        await runs.set_state(session, run_id, RunState.CANCELLED, at=now)
    async with database.begin() as session:
        assert not await run_items.hold_lease(session, run_id, lease, 3)
        assert (await claim(session, run_id, now))[1] == []
        await runs.set_state(session, run_id, RunState.QUEUED, at=now)
        assert len((await claim(session, run_id, now))[1]) == 3


async def test_cancelling_while_a_worker_claims_never_deadlocks(
    database: Database, a_run: RunMaker, now: datetime
) -> None:
    async with database.begin() as session:
        run_id = await a_run(session, 60)

    async def work() -> None:
        for _ in range(15):
            async with database.begin() as session:
                lease, claimed = await claim(session, run_id, now, limit=4)
            async with database.begin() as session:
                await run_items.renew_lease(session, lease, until=now + MINUTE)
            async with database.begin() as session:
                if await run_items.hold_lease(session, run_id, lease, len(claimed)):
                    await run_items.release_items(session, run_id, lease)

    async def stop_and_go() -> None:
        for state in (RunState.CANCELLED, RunState.QUEUED) * 10:
            async with database.begin() as session:
                await runs.set_state(session, run_id, state, at=now)

    await asyncio.gather(work(), work(), work(), stop_and_go())


async def test_unfinished_equal_work_is_found(
    database: Database, a_run: RunMaker, now: datetime
) -> None:
    async with database.begin() as session:
        assert await runs.find_unfinished(session, "same") is None
        run_id = await a_run(session, digest="same")
        await a_run(session)
        found = await runs.find_unfinished(session, "same")
        assert found is not None
        assert found.id == run_id
        assert await runs.count_active(session, is_sandbox=True) == 2
        await runs.set_state(session, run_id, RunState.CANCELLED, at=now)
        assert await runs.find_unfinished(session, "same") is None
        assert await runs.count_active(session, is_sandbox=True) == 1


async def test_runs_are_listed_newest_first(
    database: Database, a_run: RunMaker, now: datetime
) -> None:
    async with database.begin() as session:
        ids = [await a_run(session, created_at=now + n * MINUTE) for n in range(3)]
        assert [run.id for run in await runs.newest(session, 2, is_sandbox=True)] == [
            ids[2],
            ids[1],
        ]


async def test_events_are_read_on_from_the_last_one_seen(
    database: Database, a_run: RunMaker, now: datetime
) -> None:
    async with database.begin() as session:
        run_id = await a_run(session)
        await runs.set_state(session, run_id, RunState.RUNNING, at=now)
        await runs.count(session, run_id, verdicts=["buy"], errors=0, at=now)
        events = await run_events.events_after(session, run_id, 0)
        assert [event.kind for event in events] == ["state", "state", "progress"]
        assert events[-1].payload == {"state": "running", "done": 1}
        assert await run_events.events_after(session, run_id, events[1].id) == events[2:]


async def test_events_of_concurrent_writers_are_seen_in_the_order_of_their_ids(
    database: Database, a_run: RunMaker, now: datetime
) -> None:
    async with database.begin() as session:
        run_id = await a_run(session)
    seen: list[int] = []
    done = asyncio.Event()

    async def write() -> None:
        for _ in range(10):
            async with database.begin() as session:
                await run_events.add_event(session, run_id, "progress", {}, now)
                await session.execute(text("SELECT pg_sleep(random() * 0.005)"))

    async def read() -> None:
        while True:
            is_last = done.is_set()
            async with database.begin() as session:
                after = seen[-1] if seen else 0
                seen.extend(
                    event.id for event in await run_events.events_after(session, run_id, after)
                )
            if is_last:
                return

    reader = asyncio.create_task(read())
    await asyncio.gather(*(write() for _ in range(4)))
    done.set()
    await reader
    async with database.begin() as session:
        assert seen == [event.id for event in await run_events.events_after(session, run_id, 0)]
    assert len(seen) == 41


async def test_what_is_due_follows_creation_tokens_and_leases(
    database: Database, a_run: RunMaker, now: datetime
) -> None:
    async with database.begin() as session:
        assert await runs.next_due(session, now, is_sandbox=True) == runs.Due(None, None)
        second = await a_run(session, 2, created_at=now - MINUTE)
        first = await a_run(session, 2, created_at=now - 2 * MINUTE)
        assert await runs.next_due(session, now, is_sandbox=True) == runs.Due(first, 0.0)

        await runs.set_state(session, first, RunState.RUNNING, at=now)
        await runs.wait_for_tokens(session, first, until=now + 3 * MINUTE, at=now)
        assert await runs.next_due(session, now, is_sandbox=True) == runs.Due(second, 0.0)

        await runs.set_state(session, second, RunState.RUNNING, at=now)
        lease, _ = await claim(session, second, now)
        assert await runs.next_due(session, now, is_sandbox=True) == runs.Due(None, 60.0)
        assert await runs.next_due(session, now + 2 * MINUTE, is_sandbox=True) == runs.Due(
            second, 0.0
        )

        await run_items.finish_items(session, second, lease, {1: 1, 2: 2})
        assert await runs.next_due(session, now, is_sandbox=True) == runs.Due(
            second, 0.0
        )  # somebody must end it
        await runs.set_state(session, second, RunState.SUCCEEDED, at=now)
        assert await runs.next_due(session, now, is_sandbox=True) == runs.Due(None, 180.0)
        assert await runs.next_due(session, now + 4 * MINUTE, is_sandbox=True) == runs.Due(
            first, 0.0
        )


async def test_a_long_run_holds_up_nobody(
    database: Database, a_run: RunMaker, now: datetime
) -> None:
    async with database.begin() as session:
        long = await a_run(session, 2, created_at=now - 2 * MINUTE)
        short = await a_run(session, 2, created_at=now - MINUTE)
        await runs.set_state(session, long, RunState.RUNNING, at=now)
        assert await runs.next_due(session, now, is_sandbox=True) == runs.Due(short, 0.0)
        await runs.set_state(session, short, RunState.RUNNING, at=now + MINUTE)
        later = now + 2 * MINUTE
        assert await runs.next_due(session, later, is_sandbox=True) == runs.Due(long, 0.0)


async def test_who_asks_second_for_equal_work_waits_for_who_asked_first(
    database: Database,
) -> None:
    order: list[str] = []

    async def ask(name: str, holding: float) -> None:
        async with database.begin() as session:
            await runs.find_unfinished(session, "the same")
            order.append(f"{name} in")
            await asyncio.sleep(holding)
            order.append(f"{name} out")

    first = asyncio.create_task(ask("first", 0.2))
    await asyncio.sleep(0.05)
    await asyncio.gather(first, ask("second", 0))
    assert order == ["first in", "first out", "second in", "second out"]
