"""The token bucket of one Keepa key: what is left, what comes, what is spoken for.

Keepa charges after the fact and lets the balance fall below zero, so requests that run side by
side have to set aside what each may cost at worst before they start. The bucket learns its balance
from every answer and foresees the refill. It has no clock of its own: the time is an argument, in
seconds of any clock that never runs backwards.

``Reading`` is a value and holds all the arithmetic; ``TokenBucket`` adds the reservations of one
process. A ledger that several processes share keeps a reading and its reservations in a table and
offers the same verbs: reserve, settle, release, forfeit, learn.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Final

from arbitragevault.adapters.keepa import schema
from arbitragevault.adapters.keepa.envelope import Envelope
from arbitragevault.domain.errors import InvalidInputError

TICK_SECONDS: Final = schema.REFILL_TICK_MS / 1_000
RECHECK_SECONDS: Final = 300.0
"""How long to wait while trackings eat the whole refill: Keepa recomputes their share every five
minutes."""
FIRST_ANSWER_SECONDS: Final = 1.0
"""How long to wait for the answer from which the balance will be known."""


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

    Args:
        balance: Tokens at the time of reading; may be negative.
        tick_at: When tokens are added next, seconds.
        refill_rate: Tokens added per minute.
        flow_reduction: Tokens per minute that trackings take away.
        stamp_ms: Keepa's clock at the reading, Unix milliseconds; orders readings.
    """

    balance: int
    tick_at: float
    refill_rate: int
    flow_reduction: float = 0.0
    stamp_ms: int = 0

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

    def charged(self, tokens: int, now: float) -> Reading:
        """The reading to expect after something was spent now."""
        return replace(
            self,
            balance=self.balance_at(now) - tokens,
            tick_at=now + self.seconds_to_refill(now),
        )

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


@dataclass(frozen=True, slots=True)
class Reservation:
    """Tokens that are spoken for until the answer tells what the request did cost."""

    number: int
    tokens: int


@dataclass(frozen=True, slots=True)
class _Doubt:
    """Tokens that a lost request may have cost.

    Answers to requests that were sent before it was lost may tell a balance from before its charge;
    ``after`` is the number of the last of them.
    """

    tokens: int
    after: int


class TokenBucket:
    """The bucket as one process sees it; for use by one thread or one event loop.

    Reservations that the bucket grants never add up to more than the balance that it expects.
    """

    def __init__(self) -> None:
        self._reading: Reading | None = None
        self._reserved: dict[int, int] = {}
        self._in_doubt: list[_Doubt] = []
        self._granted = 0
        self._spent = 0

    @property
    def reading(self) -> Reading | None:
        """The newest reading; None before the first answer."""
        return self._reading

    @property
    def reserved(self) -> int:
        """Tokens that are spoken for."""
        return sum(self._reserved.values())

    @property
    def spent(self) -> int:
        """Tokens that settled requests did cost since the start of the process."""
        return self._spent

    @property
    def capacity(self) -> int | None:
        """Most tokens that the bucket holds; None before the first answer."""
        return None if self._reading is None else self._reading.capacity

    @property
    def refill_per_minute(self) -> float | None:
        """Tokens per minute that really arrive; None before the first answer."""
        return None if self._reading is None else self._reading.growth

    def balance(self, now: float) -> int | None:
        """The expected balance, reserved tokens included; None before the first answer."""
        reading = self._reading
        return None if reading is None else reading.balance_at(now) - self._doubtful()

    def seconds_to_refill(self, now: float) -> float | None:
        """How long until tokens are added next; None before the first answer."""
        return None if self._reading is None else self._reading.seconds_to_refill(now)

    def reserve(self, tokens: int, now: float) -> Reservation | float:
        """Speak for what a request may cost at worst.

        While no balance is known, one request at a time may go ahead and find it out.

        Args:
            tokens: The worst case; 0 for a free request, which is always granted.
            now: The time.

        Returns:
            The reservation, or the seconds after which asking again makes sense.

        Raises:
            InvalidInputError: If the bucket can never hold so many tokens.
        """
        reading = self._reading
        if tokens <= 0:
            return self._grant(0)
        if reading is None:
            return FIRST_ANSWER_SECONDS if self.reserved else self._grant(tokens)
        if tokens > reading.capacity:
            raise InvalidInputError(
                f"A request that may cost {tokens} tokens does not fit a bucket of "
                f"{reading.capacity}; ask for fewer products at once."
            )
        wanted = tokens + self.reserved + self._doubtful()
        if reading.balance_at(now) >= wanted:
            return self._grant(tokens)
        return reading.seconds_until(min(wanted, reading.capacity), now) or FIRST_ANSWER_SECONDS

    def settle(self, reservation: Reservation, envelope: Envelope, now: float) -> None:
        """Close a reservation with the answer, which tells the cost and the balance."""
        self._close(reservation)
        self._spent += envelope.tokens_consumed
        if self.learn(envelope, now):
            self._in_doubt = [one for one in self._in_doubt if one.after >= reservation.number]
        elif self._reading is not None:
            self._reading = self._reading.charged(envelope.tokens_consumed, now)

    def release(self, reservation: Reservation) -> None:
        """Close a reservation of a request that cost nothing, because it was never sent."""
        self._close(reservation)

    def forfeit(self, reservation: Reservation) -> None:
        """Close a reservation of a request whose fate is unknown: assume the worst case.

        The answer to any request that is sent from now on tells the truth.
        """
        tokens = self._close(reservation)
        if tokens:
            self._in_doubt.append(_Doubt(tokens, self._granted))

    def learn(self, envelope: Envelope, now: float) -> bool:
        """Take over the balance of an answer.

        Answers that overtook each other are told apart by Keepa's clock; of two readings of one
        moment the lower one counts.

        Returns:
            True if the answer told a balance, be it an outdated one.
        """
        reading = Reading.of(envelope, now)
        if reading is None:
            return False
        known = self._reading
        if known is None or reading.is_newer_than(known):
            self._reading = reading
        return True

    def _grant(self, tokens: int) -> Reservation:
        self._granted += 1
        self._reserved[self._granted] = tokens
        return Reservation(self._granted, tokens)

    def _close(self, reservation: Reservation) -> int:
        return self._reserved.pop(reservation.number, 0)

    def _doubtful(self) -> int:
        return sum(one.tokens for one in self._in_doubt)
