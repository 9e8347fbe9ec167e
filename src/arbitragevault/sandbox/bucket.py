"""Keepa's token bucket: R tokens once a minute, 60 x R at most, and it may go below zero."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from arbitragevault.adapters.keepa import schema

_REDUCTION_SECONDS: Final = 300.0
"""Keepa recomputes ``tokenFlowReduction`` every five minutes."""

Clock = Callable[[], float]
"""Unix time in seconds."""


@dataclass(frozen=True, slots=True)
class Reading:
    """The bucket after a request.

    Args:
        balance: Tokens left; may be negative.
        refill_in_ms: Milliseconds until the next tick.
        refill_rate: Tokens per tick.
        flow_reduction: Tokens per tick that trackings take away.
    """

    balance: int
    refill_in_ms: int
    refill_rate: int
    flow_reduction: float = 0.0


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
        self._flow_reduction = 0.0
        self._reduced_at = -_REDUCTION_SECONDS
        self._lock = threading.Lock()

    def reduce(self, reduction: Callable[[], float]) -> None:
        """Work out anew, at most every five minutes, what trackings take from the refill.

        Args:
            reduction: Gives tokens per minute.
        """
        with self._lock:
            now = self._refill()
            if now - self._reduced_at >= _REDUCTION_SECONDS:
                self._flow_reduction, self._reduced_at = reduction(), now

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
                self._flow_reduction,
            )

    @property
    def _growth(self) -> int:
        """Tokens per tick after trackings took theirs; never below none."""
        return max(0, self._rate - round(self._flow_reduction))

    def _refill(self) -> float:
        now = self._clock()
        ticks = int((now - self._last_tick) // self._tick_seconds)
        if ticks > 0:
            self._balance = min(self.capacity, self._balance + ticks * self._growth)
            self._last_tick += ticks * self._tick_seconds
        return now
