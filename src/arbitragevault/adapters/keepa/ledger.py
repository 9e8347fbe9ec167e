"""The doors to a key's token bucket.

The client asks a ledger before every request and tells it the outcome. Two are used: the one here
keeps its bucket in the process, for tools and for tests; the one of the running program keeps it in
the database, for all its processes (``application.token_economy``).
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Protocol, Self

from arbitragevault.adapters.keepa.bucket import (
    Demand,
    Refusal,
    Reservation,
    TokenBucket,
)
from arbitragevault.adapters.keepa.envelope import Envelope
from arbitragevault.adapters.keepa.tokens import Reading


def key_digest(api_key: str) -> str:
    """What a key is called in books and logs; the key itself is never written down."""
    return hashlib.sha256(api_key.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Standing:
    """How a bucket stands.

    Args:
        reading: What Keepa told last; None before the first answer.
        now: The time of the ledger's clock, which the reading counts in.
        reserved: Tokens that requests under way may cost.
        lost: Tokens that requests may have cost of which no answer came.
    """

    reading: Reading | None
    now: float
    reserved: int
    lost: int

    @classmethod
    def of(cls, bucket: TokenBucket, now: float) -> Standing:
        """How a bucket stands now."""
        return cls(bucket.reading, now, bucket.reserved, bucket.lost)

    @property
    def balance(self) -> int | None:
        """The expected balance, reserved tokens included; None before the first answer."""
        return None if self.reading is None else self.reading.balance_at(self.now) - self.lost

    def seconds_until(self, tokens: int) -> float | None:
        """How long, from the next refill on, until so many are there; None if unknown."""
        if self.reading is None:
            return None
        target = min(max(tokens, 1), self.reading.capacity)
        return max(
            self.reading.seconds_until(target, self.now), self.reading.seconds_to_refill(self.now)
        )


class TokenLedger(Protocol):
    """Reserve what a request may cost at worst; then settle, release or forfeit it."""

    async def reserve(self, demand: Demand, *, has_asked: bool = False) -> Reservation | Refusal:
        """Speak for the worst case; see ``TokenBucket.reserve``.

        Raises:
            InvalidInputError: If the bucket can never hold even the least that would do.
            TokenCapError: If a cap of the account leaves less than that.
        """

    async def settle(self, reservation: Reservation, envelope: Envelope) -> None:
        """Close a reservation with its answer."""

    async def release(self, reservation: Reservation) -> None:
        """Close a reservation of a request that was never executed."""

    async def forfeit(self, reservation: Reservation, *, is_charged: bool) -> None:
        """Close a reservation of a request whose cost is unknown; see ``TokenBucket.forfeit``."""

    async def standing(self) -> Standing:
        """How the bucket stands."""


class LocalLedger:
    """A bucket in the memory of this process; it knows no caps and keeps no books.

    Args:
        clock: A clock in seconds that never runs backwards.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.bucket = TokenBucket()
        self.spent = 0
        self._clock = clock

    async def reserve(self, demand: Demand, *, has_asked: bool = False) -> Reservation | Refusal:
        """Speak for the worst case."""
        return self.bucket.reserve(demand, self._clock(), has_asked=has_asked)

    async def settle(self, reservation: Reservation, envelope: Envelope) -> None:
        """Close a reservation with its answer."""
        spends = self.bucket.settle(reservation, envelope, self._clock())
        self.spent += sum(spend.consumed for spend in spends)

    async def release(self, reservation: Reservation) -> None:
        """Close a reservation of a request that was never executed."""
        self.bucket.release(reservation)

    async def forfeit(self, reservation: Reservation, *, is_charged: bool) -> None:
        """Close a reservation of a request whose cost is unknown."""
        self.bucket.forfeit(reservation, self._clock(), is_charged=is_charged)

    async def standing(self) -> Standing:
        """How the bucket stands."""
        return Standing.of(self.bucket, self._clock())


class Hold:
    """A reservation for as long as its request is under way, as an async context manager.

    Whatever has not been settled or released by the end may have been paid for: an answer that was
    lost, a task that was cancelled.

    Args:
        ledger: Where it was made.
        reservation: The reservation.

    Attributes:
        is_charged: An answer has come, so that Keepa has charged the request.
    """

    def __init__(self, ledger: TokenLedger, reservation: Reservation) -> None:
        self.is_charged = False
        self._ledger = ledger
        self._reservation = reservation
        self._is_open = reservation.number > 0

    @property
    def tokens(self) -> int:
        """What the request costs at worst."""
        return self._reservation.tokens

    async def settle(self, envelope: Envelope) -> None:
        """The answer came."""
        await self._ledger.settle(self._reservation, envelope)
        self._is_open = False

    async def release(self) -> None:
        """The request was never executed."""
        if self._is_open:
            await self._ledger.release(self._reservation)
        self._is_open = False

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._is_open:
            await self._ledger.forfeit(self._reservation, is_charged=self.is_charged)
