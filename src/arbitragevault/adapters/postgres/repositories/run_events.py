"""What happens to runs, in the order in which readers see it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from arbitragevault.adapters.postgres.tables import run_events, runs
from arbitragevault.domain.decision.runs import RunState
from arbitragevault.domain.errors import NotFoundError


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to a run; ids increase in the order in which readers see them."""

    id: int
    kind: str
    payload: dict[str, Any]
    at: datetime


async def lock(session: AsyncSession, run_id: UUID) -> RunState:
    """Keep others from changing a run until the transaction ends, and say where it stands.

    Always taken before locks on the run's items, so that two transactions never wait for each
    other.

    Raises:
        NotFoundError: If there is no such run.
    """
    query = select(runs.c.state).where(runs.c.id == run_id).with_for_update(key_share=True)
    state = await session.scalar(query)
    if state is None:
        raise NotFoundError(f"There is no run {run_id}.")
    return RunState(state)


async def add_event(
    session: AsyncSession, run_id: UUID, kind: str, payload: Mapping[str, Any], at: datetime
) -> int:
    """Append an event and return its id.

    The run is locked until the transaction ends: a later id can then never be seen before an
    earlier one, and a reader that goes on after the last id misses nothing.
    """
    await lock(session, run_id)
    added = await session.execute(
        insert(run_events)
        .values(run_id=run_id, kind=kind, payload=payload, at=at)
        .returning(run_events.c.id)
    )
    return int(added.scalar_one())


async def events_after(
    session: AsyncSession, run_id: UUID, after: int, limit: int = 1_000
) -> list[Event]:
    """The events of a run after an id, oldest first."""
    query = (
        select(run_events.c.id, run_events.c.kind, run_events.c.payload, run_events.c.at)
        .where(run_events.c.run_id == run_id, run_events.c.id > after)
        .order_by(run_events.c.id)
        .limit(limit)
    )
    found = await session.execute(query)
    return [Event(row.id, row.kind, row.payload, row.at) for row in found]


async def forget_before(session: AsyncSession, moment: datetime) -> int:
    """Remove the events of runs that ended before a moment; how many there were."""
    ended = select(runs.c.id).where(runs.c.finished_at < moment)
    gone = delete(run_events).where(run_events.c.run_id.in_(ended)).returning(run_events.c.id).cte()
    return await session.scalar(select(func.count()).select_from(gone)) or 0
