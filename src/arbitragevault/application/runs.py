"""Runs: look at them, follow them, cancel and resume them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from arbitragevault.adapters.postgres.repositories import run_events
from arbitragevault.adapters.postgres.repositories import runs as run_rows
from arbitragevault.application.services import Services
from arbitragevault.domain.decision.runs import RunState, check_transition
from arbitragevault.domain.errors import ConflictError, NotFoundError

FOLLOW_SECONDS: Final = 0.4
"""How often a followed run is read: quick enough to look live, rare enough to cost nothing."""


@dataclass(frozen=True, slots=True)
class RunCounts:
    """Rows by verdict; ``errors`` are rows that could not be used at all (also in unknown)."""

    buy: int
    review: int
    skip: int
    unknown: int
    errors: int


@dataclass(frozen=True, slots=True)
class RunTokens:
    """Keepa tokens: the estimate made before, and what was spent."""

    estimated: int | None
    spent: int


@dataclass(frozen=True, slots=True)
class RunFailure:
    """Why a run failed."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class RunView:
    """A run as every door shows it."""

    id: UUID
    kind: str
    state: RunState
    source: str
    policy: str
    marketplace: str
    rows: int
    done: int
    counts: RunCounts
    tokens: RunTokens
    waiting_until: datetime | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    error: RunFailure | None


@dataclass(frozen=True, slots=True)
class RunEvent:
    """Something that happened to a run.

    Args:
        id: Increases over time; a reader goes on after the last one that it saw.
        name: ``state`` or ``progress``.
        run: The run as it is now.
    """

    id: int
    name: str
    run: RunView


def run_view(run: run_rows.Run) -> RunView:
    """A stored run as every door shows it."""
    return RunView(
        id=run.id,
        kind=run.kind,
        state=run.state,
        source=run.source,
        policy=run.policy_name,
        marketplace=run.marketplace,
        rows=run.rows,
        done=run.done,
        counts=RunCounts(run.buy, run.review, run.skip, run.unknown, run.errors),
        tokens=RunTokens(run.tokens_estimated, run.tokens_spent),
        waiting_until=run.waiting_until,
        created_at=run.created_at,
        started_at=run.started_at,
        finished_at=run.finished_at,
        error=RunFailure(run.error_code, run.error_message or "") if run.error_code else None,
    )


async def require_run(session: AsyncSession, services: Services, run_id: UUID) -> run_rows.Run:
    """The stored run; one over the other side's data does not exist here.

    Raises:
        NotFoundError: If there is none.
    """
    run = await run_rows.get(session, run_id)
    if run is None or run.is_sandbox != services.is_sandbox:
        raise NotFoundError(f"There is no run {run_id}. `arbitragevault runs` lists them.")
    return run


async def get_run(services: Services, run_id: UUID) -> RunView:
    """One run."""
    return run_view(await services.database.read(require_run, services, run_id))


async def list_runs(services: Services, limit: int = 20) -> list[RunView]:
    """The newest runs."""
    newest = await services.database.read(run_rows.newest, limit, is_sandbox=services.is_sandbox)
    return [run_view(run) for run in newest]


async def cancel_run(services: Services, run_id: UUID) -> RunView:
    """Stop a run; what it has decided stays.

    Raises:
        ConflictError: If it has already ended.
    """
    return await services.database.write(_move, services, run_id, RunState.CANCELLED)


async def resume_run(services: Services, run_id: UUID) -> RunView:
    """Take up a cancelled, failed or waiting run where it stopped.

    Raises:
        ConflictError: If it is under way or has succeeded.
    """
    view = await services.database.write(_move, services, run_id, RunState.QUEUED)
    services.wake.set()
    return view


async def _move(
    session: AsyncSession, services: Services, run_id: UUID, state: RunState
) -> RunView:
    await require_run(session, services, run_id)
    current = await run_events.lock(session, run_id)
    check_transition(current, state)
    if (current, state) == (RunState.RUNNING, RunState.QUEUED):
        # Its worker may give it back; taking it away would pay for its batch twice.
        raise ConflictError("The run is under way; cancel it before taking it up again.")
    return run_view(await run_rows.set_state(session, run_id, state, at=services.clock.now()))


async def follow_run(services: Services, run_id: UUID, after: int = 0) -> AsyncIterator[RunEvent]:
    """What happens to a run, from an event on, until it has ended.

    Events that were missed between two looks are told as the newest of their kind: each carries the
    whole run, so nothing is lost by that.

    Args:
        services: The running program.
        run_id: The run.
        after: Id of the last event seen; 0 starts with the present state.

    Raises:
        NotFoundError: If there is no such run.
    """
    while True:
        was_final, events, view = await services.database.read(_news, services, run_id, after)
        newest = {event.kind: event.id for event in events}
        for name, event_id in sorted(newest.items(), key=lambda kind_and_id: kind_and_id[1]):
            yield RunEvent(event_id, name, view)
        after = max((event.id for event in events), default=after)
        if not was_final:
            await asyncio.sleep(FOLLOW_SECONDS)
        elif not events:
            return


async def _news(
    session: AsyncSession, services: Services, run_id: UUID, after: int
) -> tuple[bool, list[run_events.Event], RunView]:
    """Whether a run had ended, the events since the last look, and the run as it is after them."""
    before = await require_run(session, services, run_id)
    events = await run_events.events_after(session, run_id, after)
    # Read again: what an event says is never newer than the run beside it.
    return before.state.is_final, events, run_view(await require_run(session, services, run_id))
