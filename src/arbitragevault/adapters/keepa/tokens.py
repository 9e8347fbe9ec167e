"""What requests cost, and how the balance of a Keepa key grows.

Keepa charges after the fact and lets the balance fall below zero, so requests that run side by
side have to set aside what each may cost at worst before they start. ``Reading`` is a balance that
Keepa told, with the arithmetic of its refill; ``bucket`` adds what is spoken for, and ``ledger``
the doors to it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Final

from arbitragevault.adapters.keepa import schema
from arbitragevault.adapters.keepa.envelope import Envelope

TICK_SECONDS: Final = schema.REFILL_TICK_MS / 1_000
RECHECK_SECONDS: Final = 300.0
"""How long to wait while trackings eat the whole refill: Keepa recomputes their share every five
minutes."""


def product_cost(
    products: int,
    *,
    offers: int | None = None,
    buybox: bool = False,
    rating: bool = False,
    stock: bool = False,
    update_hours: int | None = None,
    historical_variations: bool = False,
) -> int:
    """Tokens that a product request costs at worst.

    Args:
        products: How many products it may return; for codes, the codes times ``code-limit``.
        offers: Offers asked for per product, 20-100; each page of ten found costs six tokens
            instead of the one for the product, and a request that finds none costs five.
        buybox: Ask for the Buy Box; contained in ``offers``.
        rating: Ask for rating and reviews.
        stock: Ask for stock; needs ``offers``.
        update_hours: Keepa's ``update``; 0 forces a refresh, which may cost one more.
        historical_variations: Ask for past variations.
    """
    if offers is None:
        each = schema.PRODUCT.tokens + (schema.TOKENS_BUYBOX if buybox else 0)
    else:
        pages = math.ceil(offers / schema.OFFERS_PER_PAGE)
        each = max(schema.TOKENS_PER_OFFER_PAGE * pages, schema.TOKENS_OFFERS_FRESH)
        each += schema.TOKENS_STOCK if stock else 0
    each += schema.TOKENS_RATING if rating else 0
    each += schema.TOKENS_FORCED_UPDATE if update_hours == 0 else 0
    each += schema.TOKENS_HISTORICAL_VARIATIONS if historical_variations else 0
    return products * each


@dataclass(frozen=True, slots=True)
class Reading:
    """A balance that Keepa told, and how it grows.

    It has no clock: the time is an argument, in seconds of the clock that ``of`` was given.

    Args:
        balance: Tokens at the time of reading; may be negative.
        tick_at: When tokens are added next, seconds.
        refill_rate: Tokens added per minute, which is the plan.
        flow_reduction: Tokens per minute that trackings take away.
        stamp_ms: Keepa's clock at the reading, Unix milliseconds; orders readings.
        tick_ms: When tokens are added next, by Keepa's clock.
    """

    balance: int
    tick_at: float
    refill_rate: int
    flow_reduction: float = 0.0
    stamp_ms: int = 0
    tick_ms: int = 0

    @classmethod
    def of(cls, envelope: Envelope, now: float) -> Reading | None:
        """The reading in an answer that arrived now; None if it tells no balance.

        The answer to a bad key says that everything is 0, which is no balance.
        """
        rate, left, stamp = envelope.refill_rate, envelope.tokens_left, envelope.timestamp_ms
        if rate is None or rate <= 0 or left is None or stamp is None:
            return None
        until_tick = min(max(envelope.refill_in_ms or 0, 0), schema.REFILL_TICK_MS)
        return cls(
            balance=left,
            tick_at=now + until_tick / 1_000,
            refill_rate=rate,
            flow_reduction=max(envelope.token_flow_reduction or 0.0, 0.0),
            stamp_ms=stamp,
            tick_ms=stamp + until_tick,
        )

    def is_newer_than(self, other: Reading) -> bool:
        """Whether this one counts; of two readings of one moment the lower one does."""
        if self.stamp_ms == other.stamp_ms:
            return self.balance <= other.balance
        return self.stamp_ms > other.stamp_ms

    @property
    def capacity(self) -> int:
        """Most tokens that the bucket holds: each lives for sixty minutes."""
        return self.refill_rate * schema.TOKEN_LIFETIME_MINUTES

    @property
    def growth(self) -> float:
        """Tokens per minute that really arrive."""
        return max(self.refill_rate - self.flow_reduction, 0.0)

    def balance_at(self, now: float) -> int:
        """The balance to expect if nothing is spent."""
        ticks = 0 if now < self.tick_at else 1 + math.floor((now - self.tick_at) / TICK_SECONDS)
        grown = self.balance + math.floor(ticks * self.growth)
        return max(self.balance, min(grown, self.capacity))

    def unexplained(self, later: Reading, consumed: int) -> int:
        """Tokens that are missing in a later reading; negative if it has more than expected.

        Counted by Keepa's clock alone, so that it is exact; only charges while the bucket was full
        cannot be told from refill that was lost.

        Args:
            later: The later reading.
            consumed: What the request that it came with did cost.
        """
        if later.refill_rate != self.refill_rate:
            return 0  # another plan: Keepa may have set the balance anew
        by_keepa = replace(self, tick_at=self.tick_ms / 1_000)
        return by_keepa.balance_at(later.stamp_ms / 1_000) - consumed - later.balance

    def seconds_until(self, target: int, now: float) -> float:
        """How long until the balance reaches a target, which the bucket must be able to hold."""
        if self.balance_at(now) >= target:
            return 0.0
        if self.growth <= 0:
            return RECHECK_SECONDS
        ticks = math.ceil((target - self.balance) / self.growth)
        return max(self.tick_at + (ticks - 1) * TICK_SECONDS - now, 0.0)

    def seconds_to_refill(self, now: float) -> float:
        """How long until tokens are added next."""
        if now < self.tick_at:
            return self.tick_at - now
        return TICK_SECONDS - (now - self.tick_at) % TICK_SECONDS
