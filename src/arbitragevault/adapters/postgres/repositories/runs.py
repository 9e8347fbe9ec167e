"""Runs: what is under way, how far it is, and how it ended."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Row, case, exists, func, insert, literal, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from arbitragevault.adapters.postgres.plain import plain
from arbitragevault.adapters.postgres.repositories.run_events import add_event, lock
from arbitragevault.adapters.postgres.tables import run_items, runs
from arbitragevault.domain.decision.runs import (
    UNFINISHED,
    ItemState,
    RunState,
    check_transition,
)


@dataclass(frozen=True, slots=True)
class Run:
    """A stored run.

    Args:
        id: Its id.
        kind: What it does, for example ``scan``.
        state: Where it stands.
        is_sandbox: It works on the sandbox's data.
        source: Where its leads came from.
        policy_name / policy_body: The policy as it was when the run was created.
        marketplace: Code of the marketplace.
        params: How it was asked for.
        rows: Items altogether.
        done: Items with an answer.
        buy / review / skip / unknown: Answers by verdict; ``errors`` are among the unknown.
        tokens_estimated / tokens_spent: Keepa tokens, before and so far.
        waiting_until: When it goes on, if it waits for tokens.
        attempt: Times that it was taken up.
        error_code / error_message: Why it failed.
    """

    id: UUID
    kind: str
    state: RunState
    is_sandbox: bool
    source: str
    policy_name: str
    policy_body: dict[str, Any]
    marketplace: str
    params: dict[str, Any]
    rows: int
    done: int
    buy: int
    review: int
    skip: int
    unknown: int
    errors: int
    tokens_estimated: int | None
    tokens_spent: int
    waiting_until: datetime | None
    attempt: int
    error_code: str | None
    error_message: str | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    heartbeat_at: datetime | None


@dataclass(frozen=True, slots=True)
class Due:
    """What a worker should do next.

    Args:
        run_id: The run to work on; None if there is none right now.
        wait_seconds: How long until there is one; None if nothing is unfinished.
    """

    run_id: UUID | None
    wait_seconds: float | None


async def create(
    session: AsyncSession,
    *,
    kind: str,
    is_sandbox: bool,
    source: str,
    policy_name: str,
    policy_body: Mapping[str, Any],
    marketplace: str,
    params: Mapping[str, Any],
    params_digest: str | None,
    at: datetime,
) -> UUID:
    """Create a run without items; ``queue`` it in the same transaction once they are added."""
    run_id = uuid4()
    await session.execute(
        insert(runs).values(
            id=run_id,
            kind=kind,
            state=RunState.QUEUED,
            is_sandbox=is_sandbox,
            source=plain(source),
            policy_name=plain(policy_name),
            policy=policy_body,
            marketplace=marketplace,
            params=params,
            params_digest=params_digest,
            created_at=at,
        )
    )
    return run_id


async def queue(
    session: AsyncSession, run_id: UUID, *, rows: int, tokens_estimated: int, at: datetime
) -> None:
    """Say that all items of a new run are there, how many they are, and what they may cost."""
    await session.execute(
        update(runs)
        .where(runs.c.id == run_id)
        .values(total=rows, tokens_estimated=tokens_estimated)
    )
    await add_event(session, run_id, "state", {"state": RunState.QUEUED, "done": 0}, at)


async def get(session: AsyncSession, run_id: UUID) -> Run | None:
    """A run, or None."""
    row = (await session.execute(select(runs).where(runs.c.id == run_id))).one_or_none()
    return None if row is None else _run(row)


async def newest(session: AsyncSession, limit: int, *, is_sandbox: bool) -> list[Run]:
    """The newest runs over the sandbox's data, or over Keepa's, newest first."""
    query = (
        select(runs)
        .where(runs.c.is_sandbox == is_sandbox)
        .order_by(runs.c.created_at.desc(), runs.c.id.desc())
        .limit(limit)
    )
    return [_run(row) for row in await session.execute(query)]


async def find_unfinished(session: AsyncSession, params_digest: str) -> Run | None:
    """The newest run of equal work that has not ended.

    Whoever asks second waits for the transaction of whoever asked first, so that two that start the
    same work at once share one run.
    """
    await session.execute(
        select(func.pg_advisory_xact_lock(func.hashtextextended(params_digest, 0)))
    )
    query = (
        select(runs)
        .where(runs.c.params_digest == params_digest, runs.c.state.in_(UNFINISHED))
        .order_by(runs.c.created_at.desc())
        .limit(1)
    )
    row = (await session.execute(query)).one_or_none()
    return None if row is None else _run(row)


async def count_active(session: AsyncSession, *, is_sandbox: bool) -> int:
    """Runs over the sandbox's data, or over Keepa's, that have not ended."""
    query = (
        select(func.count())
        .select_from(runs)
        .where(runs.c.state.in_(UNFINISHED), runs.c.is_sandbox == is_sandbox)
    )
    return await session.scalar(query) or 0


async def set_state(
    session: AsyncSession,
    run_id: UUID,
    state: RunState,
    *,
    at: datetime,
    waiting_until: datetime | None = None,
    error: tuple[str, str] | None = None,
) -> Run:
    """Bring a run to a state, as far as the rules allow it, and tell its followers.

    Setting the state that it already has only renews ``waiting_until``. A run that stops or goes
    back to the queue gives up the items that a worker holds.

    Args:
        session: The transaction.
        run_id: The run.
        state: The state.
        at: Now.
        waiting_until: When a waiting run goes on.
        error: Code and message of a failed run.

    Raises:
        NotFoundError: If there is no such run.
        ConflictError: If the rules do not allow it.
    """
    current = await lock(session, run_id)
    if current is not state:
        check_transition(current, state)
    code, message = error or (None, None)
    values: dict[str, Any] = {
        "state": state,
        "waiting_until": waiting_until,
        "error_code": code,
        "error_message": plain(message),
        "finished_at": at if state.is_final else None,
        "heartbeat_at": at,
    }
    if state is RunState.RUNNING:
        values["started_at"] = func.coalesce(runs.c.started_at, at)
        values["attempt"] = runs.c.attempt + int(current is RunState.QUEUED)
    if state in (RunState.QUEUED, RunState.FAILED, RunState.CANCELLED):
        await session.execute(
            update(run_items)
            .where(run_items.c.run_id == run_id, run_items.c.state == ItemState.LEASED)
            .values(state=ItemState.PENDING, lease_token=None, lease_until=None)
        )
    changed = await session.execute(
        update(runs).where(runs.c.id == run_id).values(values).returning(runs)
    )
    run = _run(changed.one())
    await add_event(session, run_id, "state", {"state": state, "done": run.done}, at)
    return run


async def wait_for_tokens(
    session: AsyncSession, run_id: UUID, *, until: datetime, at: datetime
) -> Run:
    """Park a run until there are tokens.

    Raises:
        ConflictError: If it has ended meanwhile.
    """
    return await set_state(session, run_id, RunState.WAITING_TOKENS, at=at, waiting_until=until)


async def fail(
    session: AsyncSession, run_id: UUID, *, code: str, message: str, at: datetime
) -> None:
    """End a run that cannot go on; one that has already ended stays as it is."""
    if not (await lock(session, run_id)).is_final:
        await set_state(session, run_id, RunState.FAILED, at=at, error=(code, message))


async def count(
    session: AsyncSession,
    run_id: UUID,
    *,
    verdicts: Sequence[str],
    errors: int,
    at: datetime,
) -> Run:
    """Add a finished batch to a run's counters, and tell its followers.

    Args:
        session: The transaction.
        run_id: The run.
        verdicts: The verdicts of the batch.
        errors: How many of them are answers to rows that could not be used.
        at: Now.
    """
    by_verdict = Counter(verdicts)
    added = {
        "done": len(verdicts),
        **{f"count_{word}": by_verdict[word] for word in ("buy", "review", "skip", "unknown")},
        "count_errors": errors,
    }
    changed = await session.execute(
        update(runs)
        .where(runs.c.id == run_id)
        .values(heartbeat_at=at, **{name: runs.c[name] + more for name, more in added.items()})
        .returning(runs)
    )
    run = _run(changed.one())
    await add_event(session, run_id, "progress", {"state": run.state, "done": run.done}, at)
    return run


async def spend(session: AsyncSession, run_id: UUID, tokens: int) -> None:
    """Add to what a run has cost, in the transaction that stores what was paid for.

    What it decides with it may be lost to a cancellation or a crash; what it cost is not.
    """
    await session.execute(
        update(runs).where(runs.c.id == run_id).values(tokens_spent=runs.c.tokens_spent + tokens)
    )


async def next_due(session: AsyncSession, now: datetime, *, is_sandbox: bool) -> Due:
    """The run that can be worked on at once and has waited longest, or when there will be one.

    A run whose items are all done or all missing is due too: somebody has to end it. Only runs over
    the sandbox's data, or only over Keepa's, are looked at: the other ones are not ours to pay for.
    """
    of_run = run_items.c.run_id == runs.c.id
    is_pending = exists().where(of_run, run_items.c.state == ItemState.PENDING)
    lease_ends = (
        select(func.min(run_items.c.lease_until))
        .where(of_run, run_items.c.state == ItemState.LEASED)
        .scalar_subquery()
    )
    at = case(
        (runs.c.state == RunState.WAITING_TOKENS, runs.c.waiting_until),
        (is_pending, runs.c.created_at),
        else_=func.coalesce(lease_ends, runs.c.created_at),
    )
    due_at = func.coalesce(at, literal(now)).label("due_at")
    query = (
        select(runs.c.id, due_at)
        .where(runs.c.state.in_(UNFINISHED), runs.c.is_sandbox == is_sandbox)
        # Whoever was served longest ago comes first, so that a long run holds up nobody.
        .order_by(
            func.greatest(due_at, now),
            func.coalesce(runs.c.heartbeat_at, runs.c.created_at),
            runs.c.id,
        )
        .limit(1)
    )
    first = (await session.execute(query)).one_or_none()
    if first is None:
        return Due(None, None)
    if first.due_at <= now:
        return Due(first.id, 0.0)
    return Due(None, (first.due_at - now).total_seconds())


def _run(row: Row[Any]) -> Run:
    return Run(
        id=row.id,
        kind=row.kind,
        state=RunState(row.state),
        is_sandbox=row.is_sandbox,
        source=row.source,
        policy_name=row.policy_name,
        policy_body=row.policy,
        marketplace=row.marketplace,
        params=row.params,
        rows=row.total,
        done=row.done,
        buy=row.count_buy,
        review=row.count_review,
        skip=row.count_skip,
        unknown=row.count_unknown,
        errors=row.count_errors,
        tokens_estimated=row.tokens_estimated,
        tokens_spent=row.tokens_spent,
        waiting_until=row.waiting_until,
        attempt=row.attempt,
        error_code=row.error_code,
        error_message=row.error_message,
        created_at=row.created_at,
        started_at=row.started_at,
        finished_at=row.finished_at,
        heartbeat_at=row.heartbeat_at,
    )
