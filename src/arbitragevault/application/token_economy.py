"""The token ledger of the running program: one bucket per Keepa key, and what it was spent for.

The bucket lies in the database, so that every process that uses the key sees the same one. Each
verb is one short transaction that locks the bucket's row, and none is open while Keepa is asked.
The time is the database's: the clocks of the machines need not agree.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final, TypeAlias, TypeVar

from sqlalchemy.ext.asyncio import AsyncSession

from arbitragevault.adapters.keepa.bucket import (
    ELSEWHERE,
    Account,
    Claim,
    ClaimState,
    Demand,
    Priority,
    Refusal,
    Reservation,
    Spend,
    TokenBucket,
)
from arbitragevault.adapters.keepa.envelope import Envelope
from arbitragevault.adapters.keepa.ledger import Standing
from arbitragevault.adapters.keepa.tokens import Reading
from arbitragevault.adapters.postgres.engine import Database
from arbitragevault.adapters.postgres.repositories import runs as stored_runs
from arbitragevault.adapters.postgres.repositories import tokens as stored
from arbitragevault.domain.errors import TokenCapError

T = TypeVar("T")

_Step: TypeAlias = Callable[[AsyncSession, TokenBucket, datetime], Awaitable[T]]
"""One change of a bucket."""

_SPENDABLE: Final = (ClaimState.RESERVED, ClaimState.LOST, ClaimState.CLEARED)


@dataclass(frozen=True, slots=True)
class SpentToday:
    """Tokens spent since midnight UTC.

    Attributes:
        tokens: Altogether; of requests whose cost is not known yet, the worst case.
        by_purpose: By what for; ``elsewhere`` are tokens that left the key and that none of our
            requests can have cost, so another program uses it.
    """

    tokens: int
    by_purpose: dict[str, int]


class TokenEconomy:
    """A ``TokenLedger`` in the database.

    Args:
        database: The database.
        key_digest: Digest of the Keepa key.
        per_day: Most tokens that we may spend in a day (UTC); None for no cap.
        own_bucket: Keep the bucket in this process instead: the built-in sandbox is part of the
            process, so that each one has a bucket of its own. What is spent is booked all the same.
        clock: The time instead of the database's, where a test moves it.
    """

    def __init__(
        self,
        database: Database,
        key_digest: str,
        *,
        per_day: int | None = None,
        own_bucket: bool = False,
        clock: Callable[[], datetime] | None = None,
    ) -> None:
        self._database = database
        self._key = key_digest
        self.per_day = per_day
        self._own = TokenBucket() if own_bucket else None
        self._one_at_a_time = asyncio.Lock()
        self._clock = clock

    async def reserve(self, demand: Demand, *, has_asked: bool = False) -> Reservation | Refusal:
        """Speak for the worst case, within the caps of the day and of the run.

        Raises:
            InvalidInputError: If the bucket can never hold even the least that would do.
            TokenCapError: If the run may not spend even that.
        """

        async def step(
            session: AsyncSession, bucket: TokenBucket, now: datetime
        ) -> Reservation | Refusal:
            room = None
            if demand.tokens > 0:
                in_day = await self._room_in_day(session, bucket, now)
                if in_day is not None and in_day < demand.least:
                    return Refusal(_seconds_to_midnight(now))
                in_run = await self._room_in_run(session, bucket, demand)
                room = min((one for one in (in_day, in_run) if one is not None), default=None)
            return bucket.reserve(demand, now.timestamp(), has_asked=has_asked, room=room)

        return await self._change(step)

    async def settle(self, reservation: Reservation, envelope: Envelope) -> None:
        """Close a reservation with its answer, and book what it did cost."""

        async def step(session: AsyncSession, bucket: TokenBucket, now: datetime) -> None:
            spends = bucket.settle(reservation, envelope, now.timestamp())
            await self._book(session, spends, now)

        await self._change(step)

    async def release(self, reservation: Reservation) -> None:
        """Close a reservation of a request that was never executed."""

        async def step(_: AsyncSession, bucket: TokenBucket, _now: datetime) -> None:
            bucket.release(reservation)

        await self._change(step)

    async def forfeit(self, reservation: Reservation, *, is_charged: bool) -> None:
        """Close a reservation of a request whose cost is unknown."""

        async def step(_: AsyncSession, bucket: TokenBucket, now: datetime) -> None:
            bucket.forfeit(reservation, now.timestamp(), is_charged=is_charged)

        await self._change(step)

    async def standing(self) -> Standing:
        """How the bucket stands."""
        found, now = await self._database.read(stored.read_bucket, self._key, self._at())
        return Standing.of(self._own or _bucket(found), now.timestamp())

    async def spent_today(self) -> SpentToday:
        """What was spent since midnight UTC, and what for."""
        return (await self._database.read(self.statement))[1]

    async def statement(self, session: AsyncSession) -> tuple[Standing, SpentToday]:
        """How the bucket stands, and what was spent today, within a transaction."""
        found, now = await stored.read_bucket(session, self._key, self._at())
        spent = await stored.spent_by_purpose(session, self._key, _midnight(now))
        bucket = self._own or _bucket(found)
        for claim in bucket.claims.values():
            if claim.state in (ClaimState.LOST, ClaimState.CLEARED):
                purpose = claim.account.purpose
                spent[purpose] = spent.get(purpose, 0) + claim.tokens
        standing = Standing.of(bucket, now.timestamp())
        return standing, SpentToday(sum(spent.values()), spent)

    async def _change(self, step: _Step[T]) -> T:
        """Change the bucket by one step, which may be taken again: it sees a bucket of its own."""
        if self._own is None:
            return await self._database.write(self._change_shared, step)
        async with self._one_at_a_time:
            result, self._own = await self._database.write(self._change_own, self._own, step)
        return result

    async def _change_shared(self, session: AsyncSession, step: _Step[T]) -> T:
        before, now = await stored.lock_bucket(session, self._key, self._at())
        bucket = _bucket(before)
        result = await step(session, bucket, now)
        await stored.save_bucket(session, self._key, before, _stored(bucket))
        return result

    async def _change_own(
        self, session: AsyncSession, before: TokenBucket, step: _Step[T]
    ) -> tuple[T, TokenBucket]:
        bucket = replace(before, claims=dict(before.claims))
        now = await stored.moment(session, self._at())
        return await step(session, bucket, now), bucket

    def _at(self) -> datetime | None:
        return None if self._clock is None else self._clock()

    async def _room_in_day(
        self, session: AsyncSession, bucket: TokenBucket, now: datetime
    ) -> int | None:
        """Tokens that may still be spent today; None without a cap."""
        if self.per_day is None:
            return None
        spent = await stored.spent_by_purpose(session, self._key, _midnight(now))
        ours = sum(spent.values()) - spent.get(ELSEWHERE, 0)
        return self.per_day - ours - _spoken_for(bucket)

    async def _room_in_run(
        self, session: AsyncSession, bucket: TokenBucket, demand: Demand
    ) -> int | None:
        """Tokens that the run may still spend; None without a cap."""
        run_id, most = demand.account.run_id, demand.account.most_tokens
        if run_id is None or most is None:
            return None
        spent = await stored.spent_by_run(session, run_id)
        room = most - spent - _spoken_for(bucket, demand.account)
        if room < demand.least:
            raise TokenCapError(
                f"The run may spend {most} tokens and has spent {spent}; the next product may "
                f"cost {demand.least}. Scan again with a higher cap: what is paid for stays."
            )
        return room

    async def _book(self, session: AsyncSession, spends: Sequence[Spend], now: datetime) -> None:
        """Write down what is known to have been spent."""
        for spend in spends:
            run_id = spend.account.run_id
            await stored.record_spend(
                session,
                key_digest=self._key,
                run_id=run_id,
                purpose=spend.account.purpose,
                reserved=spend.reserved,
                consumed=spend.consumed,
                balance_after=spend.balance_after,
                at=now,
            )
            if run_id is not None:
                await stored_runs.spend(session, run_id, spend.consumed)


def _spoken_for(bucket: TokenBucket, account: Account | None = None) -> int:
    """Tokens that claims may cost or may have cost: all of them, or those of a run."""
    return sum(
        claim.tokens
        for claim in bucket.claims.values()
        if claim.state in _SPENDABLE and (account is None or claim.account.run_id == account.run_id)
    )


def _bucket(found: stored.StoredBucket) -> TokenBucket:
    """A stored bucket as the arithmetic has it."""
    told = found.reading
    reading = None
    if told is not None:
        reading = Reading(
            balance=told.balance,
            tick_at=told.tick_at.timestamp(),
            refill_rate=told.refill_rate,
            flow_reduction=told.flow_reduction,
            stamp_ms=told.stamp_ms,
            tick_ms=told.tick_ms,
        )
    return TokenBucket(
        reading,
        float("-inf") if told is None else told.heard_at.timestamp(),
        found.granted,
        found.unexplained,
        {row.number: _claim(row) for row in found.claims},
    )


def _claim(row: stored.ClaimRow) -> Claim:
    return Claim(
        number=row.number,
        tokens=row.tokens,
        account=Account(row.purpose, Priority(row.priority), row.run_id),
        state=ClaimState(row.state),
        granted_at=row.granted_at.timestamp(),
        until=row.until.timestamp(),
    )


def _stored(bucket: TokenBucket) -> stored.StoredBucket:
    """A bucket as it is stored."""
    reading = None
    if bucket.reading is not None:
        reading = stored.ReadingRow(
            balance=bucket.reading.balance,
            refill_rate=bucket.reading.refill_rate,
            flow_reduction=bucket.reading.flow_reduction,
            tick_at=_time(bucket.reading.tick_at),
            stamp_ms=bucket.reading.stamp_ms,
            tick_ms=bucket.reading.tick_ms,
            heard_at=_time(bucket.heard_at),
        )
    claims = tuple(_row(claim) for claim in bucket.claims.values())
    return stored.StoredBucket(reading, bucket.granted, bucket.unexplained, claims)


def _row(claim: Claim) -> stored.ClaimRow:
    return stored.ClaimRow(
        number=claim.number,
        tokens=claim.tokens,
        purpose=claim.account.purpose,
        priority=int(claim.account.priority),
        run_id=claim.account.run_id,
        state=claim.state.value,
        granted_at=_time(claim.granted_at),
        until=_time(claim.until),
    )


def _time(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _midnight(now: datetime) -> datetime:
    return now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def _seconds_to_midnight(now: datetime) -> float:
    return (_midnight(now) + timedelta(days=1) - now).total_seconds()
