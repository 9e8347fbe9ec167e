"""Keepa tokens: what was spent, and the buckets that processes share."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    DateTime,
    Row,
    delete,
    func,
    insert,
    literal,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from arbitragevault.adapters.postgres.tables import token_buckets, token_claims, token_ledger


@dataclass(frozen=True, slots=True)
class ReadingRow:
    """A balance that Keepa told; see ``adapters.keepa.tokens.Reading``.

    Args:
        balance: Tokens.
        refill_rate: Tokens added per minute.
        flow_reduction: Tokens per minute that trackings take away.
        tick_at: When tokens are added next.
        stamp_ms / tick_ms: When it was told and when tokens are added next, by Keepa's clock.
        heard_at: When the last answer with a balance arrived.
    """

    balance: int
    refill_rate: int
    flow_reduction: float
    tick_at: datetime
    stamp_ms: int
    tick_ms: int
    heard_at: datetime


@dataclass(frozen=True, slots=True)
class ClaimRow:
    """Tokens that somebody has, may have spent, or wants; see ``adapters.keepa.bucket.Claim``."""

    number: int
    tokens: int
    purpose: str
    priority: int
    run_id: UUID | None
    state: str
    granted_at: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class StoredBucket:
    """The bucket of a key.

    Args:
        reading: What Keepa told last.
        granted: Number of the newest claim.
        unexplained: Tokens missing and not yet accounted for.
        claims: Its claims.
    """

    reading: ReadingRow | None = None
    granted: int = 0
    unexplained: int = 0
    claims: tuple[ClaimRow, ...] = ()


async def record_spend(
    session: AsyncSession,
    *,
    key_digest: str,
    run_id: UUID | None,
    purpose: str,
    reserved: int,
    consumed: int | None,
    balance_after: int | None,
    at: datetime,
) -> None:
    """Write down what one request cost.

    Args:
        session: The transaction.
        key_digest: Digest of the Keepa key; the key itself is never stored.
        run_id: The run that paid.
        purpose: What for.
        reserved: Worst case that was set aside before.
        consumed: What Keepa charged; None if its answer did not say.
        balance_after: What Keepa said was left.
        at: When.
    """
    await session.execute(
        insert(token_ledger).values(
            key_digest=key_digest,
            run_id=run_id,
            purpose=purpose,
            reserved=reserved,
            consumed=consumed,
            balance_after=balance_after,
            at=at,
        )
    )


async def spent_by_purpose(
    session: AsyncSession, key_digest: str, since: datetime
) -> dict[str, int]:
    """Tokens spent with a key since a moment, by what for; an unknown cost counts in full."""
    query = (
        select(token_ledger.c.purpose, _cost())
        .where(token_ledger.c.key_digest == key_digest, token_ledger.c.at >= since)
        .group_by(token_ledger.c.purpose)
        .order_by(token_ledger.c.purpose)
    )
    return {purpose: int(spent) for purpose, spent in await session.execute(query)}


async def spent_by_run(session: AsyncSession, run_id: UUID) -> int:
    """Tokens that a run has spent."""
    return int(await session.scalar(select(_cost()).where(token_ledger.c.run_id == run_id)) or 0)


async def moment(session: AsyncSession, at: datetime | None = None) -> datetime:
    """The time by the database's clock, which all processes share.

    Args:
        session: The transaction.
        at: The time instead, where a test moves it.
    """
    if at is not None:
        return at
    now: datetime = (await session.execute(select(func.clock_timestamp()))).scalar_one()
    return now


async def lock_bucket(
    session: AsyncSession, key_digest: str, at: datetime | None = None
) -> tuple[StoredBucket, datetime]:
    """The bucket of a key, locked until the transaction ends, and the time once it is.

    Args:
        session: The transaction.
        key_digest: Digest of the Keepa key.
        at: The time instead of the database's, where a test moves it.
    """
    locked = select(token_buckets).where(token_buckets.c.key_digest == key_digest)
    found = (await session.execute(locked.with_for_update())).one_or_none()
    if found is None:
        await session.execute(
            upsert(token_buckets)
            .values(key_digest=key_digest, granted=0, unexplained=0)
            .on_conflict_do_nothing()
        )
        found = (await session.execute(locked.with_for_update())).one()
    # A statement of its own: the time before the wait for the lock would be too early.
    return await _with_claims(session, found, at)


async def read_bucket(
    session: AsyncSession, key_digest: str, at: datetime | None = None
) -> tuple[StoredBucket, datetime]:
    """The bucket of a key as it stands, without a lock, and the time."""
    query = select(token_buckets).where(token_buckets.c.key_digest == key_digest)
    found = (await session.execute(query)).one_or_none()
    if found is None:
        return StoredBucket(), await moment(session, at)
    return await _with_claims(session, found, at)


async def save_bucket(
    session: AsyncSession, key_digest: str, before: StoredBucket, after: StoredBucket
) -> None:
    """Store what has changed in a locked bucket."""
    same = (before.reading, before.granted, before.unexplained)
    if (after.reading, after.granted, after.unexplained) != same:
        reading = {} if after.reading is None else asdict(after.reading)
        await session.execute(
            update(token_buckets)
            .where(token_buckets.c.key_digest == key_digest)
            .values(granted=after.granted, unexplained=after.unexplained, **reading)
        )
    old = {claim.number: claim for claim in before.claims}
    new = {claim.number: claim for claim in after.claims}
    await _delete_claims(session, key_digest, old.keys() - new.keys())
    await _put_claims(
        session, key_digest, [claim for claim in after.claims if old.get(claim.number) != claim]
    )


async def _with_claims(
    session: AsyncSession, found: Row[Any], at: datetime | None
) -> tuple[StoredBucket, datetime]:
    """A bucket with its claims, and the time."""
    clock: ColumnElement[datetime] = (
        func.clock_timestamp() if at is None else literal(at, DateTime(timezone=True))
    )
    time = select(clock.label("now")).subquery()
    rows = (
        await session.execute(
            select(time.c.now, *(token_claims.c[name] for name in ClaimRow.__slots__))
            .select_from(time)
            .outerjoin(token_claims, token_claims.c.key_digest == found.key_digest)
            .order_by(token_claims.c.number)
        )
    ).all()
    reading = None
    if found.balance is not None:
        reading = ReadingRow(**{name: getattr(found, name) for name in ReadingRow.__slots__})
    claims = tuple(ClaimRow(*row[1:]) for row in rows if row.number is not None)
    return StoredBucket(reading, found.granted, found.unexplained, claims), rows[0].now


async def _delete_claims(session: AsyncSession, key_digest: str, numbers: Collection[int]) -> None:
    if numbers:
        await session.execute(
            delete(token_claims).where(
                token_claims.c.key_digest == key_digest, token_claims.c.number.in_(numbers)
            )
        )


async def _put_claims(session: AsyncSession, key_digest: str, claims: Iterable[ClaimRow]) -> None:
    for claim in claims:
        values = asdict(claim)
        statement = upsert(token_claims).values(key_digest=key_digest, **values)
        await session.execute(
            statement.on_conflict_do_update(
                index_elements=["key_digest", "number"],
                set_={name: statement.excluded[name] for name in values},
            )
        )


def _cost() -> ColumnElement[int]:
    """The sum of what rows of the ledger did cost."""
    cost = func.coalesce(token_ledger.c.consumed, token_ledger.c.reserved)
    return func.coalesce(func.sum(cost), 0)
