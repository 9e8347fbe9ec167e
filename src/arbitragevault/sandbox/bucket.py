"""Keepa's token bucket: R tokens once a minute, 60 x R at most, and it may go below zero."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

from arbitragevault.adapters.keepa import schema

Clock = Callable[[], float]
"""Unix time in seconds."""


@dataclass(frozen=True, slots=True)
class Reading:
    """The bucket after a request.

    Args:
        balance: Tokens left; may be negative.
        refill_in_ms: Milliseconds until the next tick.
        refill_rate: Tokens per tick.
    """

    balance: int
    refill_in_ms: int
    refill_rate: int


class TokenBucket:
    """One key's tokens.

    Args:
        refill_per_minute: Tokens that each tick adds.
        clock: Unix time in seconds.
        tokens: Balance at the start; None fills the bucket.
    """

    def __init__(self, refill_per_minute: int, clock: Clock, *, tokens: int | None = None) -> None:
        self._rate = refill_per_minute
        self._clock = clock
        self._tick_seconds = schema.REFILL_TICK_MS / 1_000
        self._last_tick = clock()
        self._balance = self.capacity if tokens is None else tokens
        self._lock = threading.Lock()

    @property
    def capacity(self) -> int:
        """The most that the bucket holds."""
        return self._rate * schema.TOKEN_LIFETIME_MINUTES

    def admits(self) -> bool:
        """Whether a request would be executed now: its cost is charged afterwards."""
        with self._lock:
            self._refill()
            return self._balance > 0

    def charge(self, tokens: int) -> Reading:
        """Take the cost of a request, whatever is left."""
        with self._lock:
            now = self._refill()
            self._balance -= tokens
            waited = now - self._last_tick
            return Reading(
                self._balance,
                max(0, schema.REFILL_TICK_MS - int(waited * 1_000)),
                self._rate,
            )

    def _refill(self) -> float:
        now = self._clock()
        ticks = int((now - self._last_tick) // self._tick_seconds)
        if ticks > 0:
            self._balance = min(self.capacity, self._balance + ticks * self._rate)
            self._last_tick += ticks * self._tick_seconds
        return now
