"""The items of a run: taken in by COPY, leased in batches, finished under the lease."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row, and_, any_, case, exists, func, or_, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from arbitragevault.adapters.postgres.plain import plain, to_json
from arbitragevault.adapters.postgres.repositories.arrays import as_table
from arbitragevault.adapters.postgres.repositories.markets import Depth
from arbitragevault.adapters.postgres.repositories.run_events import lock
from arbitragevault.adapters.postgres.tables import product_codes, products, run_items, runs
from arbitragevault.adapters.postgres.tenancy import with_rights_of_login
from arbitragevault.domain.decision.runs import ItemState
from arbitragevault.domain.errors import ConflictError

_INTAKE_SECONDS: Final = 3_600  # a file of 200 MB is read while it is copied in
_COLUMNS: Final = (
    "run_id",
    "ordinal",
    "identifier",
    "kind",
    "asin",
    "code",
    "lead",
    "state",
    "error_code",
    "error_message",
    "attempts",
)


@dataclass(frozen=True, slots=True)
class NewItem:
    """An item to add.

    Args:
        ordinal: Its row number, unique in the run.
        identifier: As the user gave it.
        kind / asin / code: What it was understood as.
        lead: The lead as plain values; None if the row could not be read.
        error_code / error_message: Why the row cannot be used.
    """

    ordinal: int
    identifier: str
    kind: str | None
    asin: str | None
    code: str | None
    lead: Mapping[str, Any] | None
    error_code: str | None = None
    error_message: str | None = None


@dataclass(frozen=True, slots=True)
class Item:
    """A leased item; as ``NewItem``, and how often it has been leased, this time included."""

    ordinal: int
    identifier: str
    kind: str | None
    asin: str | None
    code: str | None
    lead: dict[str, Any] | None
    error_code: str | None
    error_message: str | None
    attempts: int


async def add_items(session: AsyncSession, run_id: UUID, items: AsyncIterable[NewItem]) -> int:
    """Stream items into a run and return how many they were; memory stays flat.

    Args:
        session: The transaction in which the run was created.
        run_id: The run.
        items: The items; read while they are written.

    Raises:
        NotFoundError: If there is no such run.
    """
    await lock(session, run_id)
    added = 0

    async def records() -> AsyncIterator[tuple[Any, ...]]:
        nonlocal added
        async for item in items:
            added += 1
            yield (
                run_id,
                item.ordinal,
                plain(item.identifier),
                item.kind,
                plain(item.asin),
                plain(item.code),
                None if item.lead is None else to_json(item.lead),
                ItemState.PENDING.value,
                item.error_code,
                plain(item.error_message),
                0,
            )

    await session.execute(text(f"SET LOCAL statement_timeout = '{_INTAKE_SECONDS}s'"))
    connection = await (await session.connection()).get_raw_connection()
    driver: Any = connection.driver_connection
    async with with_rights_of_login(session):
        await driver.copy_records_to_table(
            run_items.name, records=records(), columns=_COLUMNS, timeout=_INTAKE_SECONDS
        )
    return added


async def count_to_fetch(
    session: AsyncSession, run_id: UUID, *, fetched_since: datetime, depth: Depth
) -> int:
    """How many different products and codes of a run are not stored and fresh.

    Args:
        session: The transaction.
        run_id: The run.
        fetched_since: What was fetched before this moment is not fresh.
        depth: ``offers`` counts products without fetched offers too.
    """
    wanted = (
        select(runs.c.is_sandbox, runs.c.marketplace, run_items.c.asin, run_items.c.code)
        .join(runs, runs.c.id == run_items.c.run_id)
        .where(run_items.c.run_id == run_id, run_items.c.error_code.is_(None))
        .distinct()
        .subquery()
    )
    is_usable = and_(
        products.c.is_sandbox == wanted.c.is_sandbox,
        products.c.marketplace == wanted.c.marketplace,
        products.c.fetched_at >= fetched_since,
        products.c.depth.in_(("offers",) if depth == "offers" else ("history", "offers")),
    )
    is_stored = exists().where(is_usable, products.c.asin == wanted.c.asin)
    usable_behind_code = (
        select(func.count())
        .where(is_usable, products.c.asin == any_(product_codes.c.asins))
        .scalar_subquery()
    )
    is_known = exists().where(
        product_codes.c.is_sandbox == wanted.c.is_sandbox,
        product_codes.c.marketplace == wanted.c.marketplace,
        product_codes.c.code == wanted.c.code,
        product_codes.c.checked_at >= fetched_since,
        func.cardinality(product_codes.c.asins) == usable_behind_code,
    )
    query = select(func.count()).select_from(wanted).where(~is_stored, ~is_known)
    return await session.scalar(query) or 0


async def claim_items(
    session: AsyncSession,
    run_id: UUID,
    *,
    lease: UUID,
    limit: int,
    until: datetime,
    at: datetime,
) -> list[Item]:
    """Lease the next open items: pending ones, and those whose lease has run out.

    Args:
        session: The transaction.
        run_id: The run.
        lease: Token by which the items will be known as ours.
        limit: Most items.
        until: When the lease runs out unless it is renewed.
        at: Now.

    Returns:
        The items in order; none if the run has ended.

    Raises:
        NotFoundError: If there is no such run.
    """
    if (await lock(session, run_id)).is_final:
        return []
    open_items = (
        select(run_items.c.ordinal)
        .where(
            run_items.c.run_id == run_id,
            or_(
                run_items.c.state == ItemState.PENDING,
                and_(run_items.c.state == ItemState.LEASED, run_items.c.lease_until < at),
            ),
        )
        .order_by(run_items.c.ordinal)
        .limit(limit)
        .with_for_update(skip_locked=True)
        # As a subquery the plan may run it once for every row, and each time lock others.
        .cte("open_items")
    )
    claimed = await session.execute(
        update(run_items)
        .where(run_items.c.run_id == run_id, run_items.c.ordinal == open_items.c.ordinal)
        .values(
            state=ItemState.LEASED,
            lease_token=lease,
            lease_until=until,
            attempts=run_items.c.attempts + 1,
        )
        .returning(run_items)
    )
    return sorted((_item(row) for row in claimed), key=lambda item: item.ordinal)


async def renew_lease(session: AsyncSession, lease: UUID, *, until: datetime) -> None:
    """Keep the items of a lease for longer."""
    # Locked in the order of the items, as everybody does: two transactions wait, not deadlock.
    held = _held(lease).with_for_update().cte("held")
    await session.execute(
        update(run_items)
        .where(run_items.c.run_id == held.c.run_id, run_items.c.ordinal == held.c.ordinal)
        .values(lease_until=until)
    )


async def hold_lease(session: AsyncSession, run_id: UUID, lease: UUID, items: int) -> bool:
    """Make sure that a whole batch is still ours, until the transaction ends.

    Args:
        session: The transaction.
        run_id: The run.
        lease: The token of the lease.
        items: How many items were leased.

    Returns:
        False if another worker took over, or the run has ended meanwhile.

    Raises:
        NotFoundError: If there is no such run.
    """
    if (await lock(session, run_id)).is_final:
        return False
    held = await session.execute(_held(lease).with_for_update())
    return len(held.all()) == items


async def finish_items(
    session: AsyncSession, run_id: UUID, lease: UUID, decision_ids: Mapping[int, int]
) -> None:
    """Mark leased items as answered; ``failed`` are those that could not be used.

    Args:
        session: The transaction.
        run_id: The run.
        lease: The token of the lease.
        decision_ids: The decision of each item, by ordinal.

    Raises:
        ConflictError: If the lease was lost; the transaction must not be committed then.
    """
    columns = [run_items.c.ordinal, run_items.c.decision_id]
    answers = as_table("answers", columns, decision_ids.items())
    finished = await session.execute(
        update(run_items)
        .where(
            run_items.c.run_id == run_id,
            run_items.c.lease_token == lease,
            run_items.c.ordinal == answers.c.ordinal,
        )
        .values(
            state=case(
                (run_items.c.error_code.is_(None), ItemState.DONE.value),
                else_=ItemState.FAILED.value,
            ),
            decision_id=answers.c.decision_id,
            lease_token=None,
            lease_until=None,
        )
        .returning(run_items.c.ordinal)
    )
    if len(finished.all()) != len(decision_ids):
        raise ConflictError(
            f"The lease on items of run {run_id} was lost: another worker has taken them over."
        )


async def release_items(session: AsyncSession, run_id: UUID, lease: UUID) -> None:
    """Give back the items of a lease that were not finished."""
    await session.execute(
        update(run_items)
        .where(run_items.c.run_id == run_id, run_items.c.lease_token == lease)
        .values(state=ItemState.PENDING, lease_token=None, lease_until=None)
    )


async def has_open_items(session: AsyncSession, run_id: UUID) -> bool:
    """True if a run has items without an answer."""
    is_open = run_items.c.state.in_([ItemState.PENDING, ItemState.LEASED])
    query = select(exists().where(run_items.c.run_id == run_id, is_open))
    return bool(await session.scalar(query))


def _held(lease: UUID) -> Any:  # noqa: ANN401 - an SQL expression
    """The items of a lease, in order."""
    return (
        select(run_items.c.run_id, run_items.c.ordinal)
        .where(run_items.c.lease_token == lease)
        .order_by(run_items.c.run_id, run_items.c.ordinal)
    )


def _item(row: Row[Any]) -> Item:
    return Item(
        ordinal=row.ordinal,
        identifier=row.identifier,
        kind=row.kind,
        asin=row.asin,
        code=row.code,
        lead=row.lead,
        error_code=row.error_code,
        error_message=row.error_message,
        attempts=row.attempts,
    )
