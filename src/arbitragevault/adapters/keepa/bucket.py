"""The token bucket of one Keepa key: what is left, and who may spend it.

A bucket is a state without a clock and without a place: every verb is given the time, in seconds of
one clock, and changes the state at once. A process may keep one in memory, and several processes
may share one that lies in a table (``ledger``).

A claim passes through these states:

* ``reserved``: a request is under way; what it may cost at worst is spoken for. A process that dies
  leaves it so; after its time it counts as lost.
* ``lost``: nobody knows what the request did cost; the worst case is assumed. After its time Keepa
  has charged it if ever, so the next request to be answered tells a balance that includes it.
* ``cleared``: the balance includes it, and as soon as nothing else is under way the tokens that
  are missing in it say what it did cost.
* ``waiting``: a request that could not be paid for. Who comes later and is less urgent leaves it
  its tokens until its time is over.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import IntEnum, StrEnum
from typing import Final
from uuid import UUID

from arbitragevault.adapters.keepa.envelope import Envelope
from arbitragevault.adapters.keepa.tokens import Reading
from arbitragevault.domain.errors import InvalidInputError

FIRST_ANSWER_SECONDS: Final = 1.0
"""How long to wait for the answer from which the balance will be known."""
UNDER_WAY_SECONDS: Final = 2.0
"""How soon to look again while requests under way hold more than they may turn out to cost; Keepa
takes about 0.6 s for one."""
YIELD_SECONDS: Final = 3.0
"""How soon to look again while a more urgent request waits: it may be served or give up any time.
Longer than `UNDER_WAY_SECONDS`, so that who yields is seen to wait."""
STALE_SECONDS: Final = 60.0
"""A balance older than this is asked for again, which is free, before a request is refused for it:
another program may use the same key. Keepa wants it asked rarely, and adds tokens once a minute."""
TRUSTED_SECONDS: Final = 300.0
"""A balance older than this is asked for again before anything is granted on it: the prediction
rests on a clock that may have been set, and Keepa recomputes the flow reduction every five
minutes."""
PATIENCE_SECONDS: Final = 10.0
"""How long after its time the tokens of a waiting request are kept for it."""
ELSEWHERE: Final = "elsewhere"
"""The purpose of tokens that left the key and that none of our requests can have cost."""


class Priority(IntEnum):
    """How urgent a request is; lower comes first."""

    PERSON = 0
    RUN = 1
    SCHEDULE = 2


class ClaimState(StrEnum):
    """What is known of a claim; see the module."""

    WAITING = "waiting"
    RESERVED = "reserved"
    LOST = "lost"
    CLEARED = "cleared"


@dataclass(frozen=True, slots=True)
class Account:
    """On whose account tokens are spent.

    Args:
        purpose: What for, in one word.
        priority: How urgent it is.
        run_id: The run that pays, if one does.
        most_tokens: Most tokens that the run may spend altogether; None for no cap.
    """

    purpose: str = "lookup"
    priority: Priority = Priority.PERSON
    run_id: UUID | None = None
    most_tokens: int | None = None


@dataclass(frozen=True, slots=True)
class Demand:
    """What a request asks of the bucket.

    Args:
        tokens: What it costs at worst.
        least: What the smallest request costs that would do instead; it is what is waited for.
        account: On whose account.
        lasts: Seconds after which Keepa can no longer charge for it, whatever happens.
    """

    tokens: int
    least: int
    account: Account = field(default_factory=Account)
    lasts: float = 0.0


@dataclass(frozen=True, slots=True)
class Claim:
    """Tokens that somebody has, may have spent, or wants.

    Args:
        number: Its number among the claims of the key.
        tokens: How many.
        account: Whose.
        state: What is known of it.
        granted_at: When it was made.
        until: When its state ends by itself.
    """

    number: int
    tokens: int
    account: Account
    state: ClaimState
    granted_at: float
    until: float


@dataclass(frozen=True, slots=True)
class Reservation:
    """Leave to send a request; number 0 for a free one, of which nothing is kept."""

    number: int
    tokens: int
    granted_at: float


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why there is no reservation.

    Args:
        wait: Seconds after which the least that would do can be expected to be granted.
        affordable: Tokens that a smaller request would be granted now.
        should_ask: The balance is unknown or stale: ask Keepa, which is free, and try again.
    """

    wait: float
    affordable: int = 0
    should_ask: bool = False


@dataclass(frozen=True, slots=True)
class Spend:
    """What a request did cost, to be booked.

    Args:
        account: On whose account.
        reserved: What it might have cost.
        consumed: What it did cost.
        balance_after: What Keepa said was left; None if it was not said.
    """

    account: Account
    reserved: int
    consumed: int
    balance_after: int | None


@dataclass(slots=True)
class TokenBucket:
    """The state of a key's bucket; for use by one at a time.

    What the bucket grants never adds up to more than the balance that it expects.

    Args:
        reading: The newest reading; None before the first answer.
        heard_at: When the last answer with a balance arrived.
        granted: Number of the newest claim.
        unexplained: Tokens missing in the readings so far and not yet accounted for.
        claims: By number.
    """

    reading: Reading | None = None
    heard_at: float = float("-inf")
    granted: int = 0
    unexplained: int = 0
    claims: dict[int, Claim] = field(default_factory=dict)

    @property
    def reserved(self) -> int:
        """Tokens that requests under way may cost."""
        return self._sum(ClaimState.RESERVED)

    def balance(self, now: float) -> int | None:
        """The expected balance, reserved tokens included; None before the first answer."""
        return None if self.reading is None else self.reading.balance_at(now) - self.lost

    @property
    def lost(self) -> int:
        """Tokens that requests may have cost of which no answer came."""
        return self._sum(ClaimState.LOST)

    def reserve(
        self, demand: Demand, now: float, *, has_asked: bool = False, room: int | None = None
    ) -> Reservation | Refusal:
        """Speak for what a request may cost at worst.

        Args:
            demand: What is wanted; a free request is always granted.
            now: The time.
            has_asked: The caller has just asked Keepa for the balance.
            room: Most tokens that a cap allows; None for no cap.

        Raises:
            InvalidInputError: If the bucket can never hold even the least that would do.
        """
        self._age(now)
        if demand.tokens <= 0:
            return Reservation(0, 0, now)
        if not has_asked and not self._is_trusted(now):
            return Refusal(FIRST_ANSWER_SECONDS, should_ask=True)
        reading = self.reading
        if reading is None:
            # Keepa told no balance when it was asked; one request at a time may find it out.
            return Refusal(FIRST_ANSWER_SECONDS) if self.reserved else self._grant(demand, now)
        if demand.least > reading.capacity:
            raise InvalidInputError(
                f"A request that may cost {demand.least} tokens does not fit a bucket of "
                f"{reading.capacity}; ask for less at once."
            )
        blockers = self._blockers(demand.account, now)
        free = reading.balance_at(now) - sum(tokens for _, tokens in blockers)
        affordable = max(free if room is None else min(free, room), 0)
        if affordable >= demand.tokens:
            return self._grant(demand, now)
        wait = _earliest(reading, demand.least, blockers, now)
        if affordable < demand.least:
            self._let_wait(demand, now, wait)
        return Refusal(wait, affordable, should_ask=not has_asked and self._is_worth_asking(now))

    def settle(self, reservation: Reservation, envelope: Envelope, now: float) -> list[Spend]:
        """Close a reservation with the answer, which tells the cost and the balance.

        Returns:
            What is now known to have been spent.
        """
        self._age(now)
        claim = self.claims.pop(reservation.number, None)
        # A claim that was given up has been accounted for by what was missing.
        consumed = envelope.tokens_consumed if claim else 0
        if self._learn(envelope, consumed, reservation.granted_at, now):
            self._clear(reservation.granted_at)
        elif claim and consumed:
            # The next answer will show it.
            self._keep(replace(claim, tokens=consumed, state=ClaimState.LOST, until=now))
            claim = None
        told = Spend(claim.account, claim.tokens, consumed, envelope.tokens_left) if claim else None
        return [*([told] if told else []), *self._account()]

    def release(self, reservation: Reservation) -> None:
        """Close a reservation of a request that cost nothing, because it was never executed."""
        self.claims.pop(reservation.number, None)

    def forfeit(self, reservation: Reservation, now: float, *, is_charged: bool) -> None:
        """Close a reservation of a request whose cost is unknown: assume the worst.

        Args:
            reservation: The reservation.
            now: The time.
            is_charged: An answer came, if a broken one, so Keepa has charged it by now; otherwise
                it may still be working on it.
        """
        claim = self.claims.get(reservation.number)
        if claim is not None:
            until = now if is_charged else claim.until
            self._keep(replace(claim, state=ClaimState.LOST, until=until))

    def _learn(self, envelope: Envelope, consumed: int, asked_at: float, now: float) -> bool:
        """Take over the balance of an answer; False if it told none.

        Answers that overtook each other are told apart by Keepa's clock, unless the request was
        only sent after the known one had been heard: Keepa's clock may be set back.
        """
        reading, known = Reading.of(envelope, now), self.reading
        if reading is None:
            return False
        if known is None:
            self.reading = reading
        elif asked_at > self.heard_at or reading.is_newer_than(known):
            self.unexplained += known.unexplained(reading, consumed)
            self.reading = reading
        else:
            self.unexplained -= consumed  # it was missing in the known one
        self.heard_at = now
        return True

    def _clear(self, asked_at: float) -> None:
        """A request that was sent then told a balance: it includes what was certain before."""
        for claim in self._in(ClaimState.LOST):
            if claim.until < asked_at:
                self._keep(replace(claim, state=ClaimState.CLEARED))

    def _account(self) -> list[Spend]:
        """Say what lost requests did cost, once nothing is under way that confuses it."""
        if self.reading is None or self._in(ClaimState.RESERVED) or self._in(ClaimState.LOST):
            return []
        missing, spends = max(self.unexplained, 0), []
        for claim in self._in(ClaimState.CLEARED):
            cost = min(missing, claim.tokens)
            missing -= cost
            spends.append(Spend(claim.account, claim.tokens, cost, None))
            del self.claims[claim.number]
        if missing:
            spends.append(Spend(Account(ELSEWHERE), 0, missing, self.reading.balance))
        self.unexplained = 0
        return spends

    def _blockers(self, account: Account, now: float) -> list[tuple[float, int]]:
        """What this account may not touch: in how many seconds it may be gone, and the tokens."""
        found = []
        for claim in self.claims.values():
            seconds = UNDER_WAY_SECONDS
            if claim.state is ClaimState.CLEARED:
                continue
            if claim.state is ClaimState.LOST:
                seconds = max(claim.until - now, seconds)
            elif claim.state is ClaimState.WAITING:
                if claim.account.priority >= account.priority:
                    continue
                seconds = YIELD_SECONDS
            found.append((seconds, claim.tokens))
        return sorted(found)

    def _let_wait(self, demand: Demand, now: float, wait: float) -> None:
        """Keep the tokens of a refused request from those that are less urgent."""
        self._stop_waiting(demand.account)
        self.granted += 1
        until = now + wait + PATIENCE_SECONDS
        self._keep(
            Claim(self.granted, demand.tokens, demand.account, ClaimState.WAITING, now, until)
        )

    def _stop_waiting(self, account: Account) -> None:
        who = (account.purpose, account.priority, account.run_id)
        for claim in self._in(ClaimState.WAITING):
            if (claim.account.purpose, claim.account.priority, claim.account.run_id) == who:
                del self.claims[claim.number]

    def _grant(self, demand: Demand, now: float) -> Reservation:
        self._stop_waiting(demand.account)
        self.granted += 1
        until = now + demand.lasts
        self._keep(
            Claim(self.granted, demand.tokens, demand.account, ClaimState.RESERVED, now, until)
        )
        return Reservation(self.granted, demand.tokens, now)

    def _age(self, now: float) -> None:
        """End the states whose time is over."""
        for claim in list(self.claims.values()):
            if claim.until > now:
                continue
            if claim.state is ClaimState.WAITING:
                del self.claims[claim.number]
            elif claim.state is ClaimState.RESERVED:
                self._keep(replace(claim, state=ClaimState.LOST))

    def _is_trusted(self, now: float) -> bool:
        """A balance is known, and not so old that anything may have happened since."""
        return self.reading is not None and 0 <= now - self.heard_at < TRUSTED_SECONDS

    def _is_worth_asking(self, now: float) -> bool:
        """An answer might tell of more tokens than are expected."""
        clears = any(claim.until < now for claim in self._in(ClaimState.LOST))
        return clears or now - self.heard_at >= STALE_SECONDS

    def _keep(self, claim: Claim) -> None:
        self.claims[claim.number] = claim

    def _in(self, state: ClaimState) -> list[Claim]:
        return [claim for claim in self.claims.values() if claim.state is state]

    def _sum(self, state: ClaimState) -> int:
        return sum(claim.tokens for claim in self._in(state))


def _earliest(reading: Reading, least: int, blockers: list[tuple[float, int]], now: float) -> float:
    """In how many seconds a request can be granted at the earliest, as blockers go one by one."""
    standing = sum(tokens for _, tokens in blockers)

    def until_grown() -> float:
        return reading.seconds_until(min(least + standing, reading.capacity), now)

    earliest = until_grown()
    for seconds, tokens in blockers:
        standing -= tokens
        earliest = min(earliest, max(seconds, until_grown()))
    return earliest or UNDER_WAY_SECONDS
