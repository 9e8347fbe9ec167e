"""The token bucket: its verbs, and many requests at once against a bucket like Keepa's."""

from __future__ import annotations

import math
from dataclasses import dataclass

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from arbitragevault.adapters.keepa.bucket import (
    ELSEWHERE,
    FIRST_ANSWER_SECONDS,
    PATIENCE_SECONDS,
    STALE_SECONDS,
    TRUSTED_SECONDS,
    UNDER_WAY_SECONDS,
    YIELD_SECONDS,
    Account,
    Demand,
    Priority,
    Refusal,
    Reservation,
    Spend,
    TokenBucket,
)
from arbitragevault.adapters.keepa.envelope import Envelope
from arbitragevault.domain.errors import InvalidInputError

PERSON, RUN = Account(), Account("scan", Priority.RUN)
LASTS = 100.0


def answer(
    left: int,
    *,
    consumed: int = 0,
    refill_in: int = 30_000,
    rate: int = 5,
    reduction: float = 0.0,
    stamp: int = 1,
) -> Envelope:
    return Envelope(
        timestamp_ms=stamp,
        tokens_left=left,
        refill_in_ms=refill_in,
        refill_rate=rate,
        token_flow_reduction=reduction,
        tokens_consumed=consumed,
    )


def bucket_with(left: int, now: float = 0.0, **told: float) -> TokenBucket:
    bucket = TokenBucket()
    learn(bucket, answer(left, **told), now)  # type: ignore[arg-type]
    return bucket


def learn(bucket: TokenBucket, told: Envelope, now: float) -> list[Spend]:
    """Ask for the balance, which is free."""
    free = bucket.reserve(Demand(0, 0), now)
    assert isinstance(free, Reservation)
    return bucket.settle(free, told, now)


def reserved(
    bucket: TokenBucket, tokens: int, now: float = 0.0, account: Account = PERSON
) -> Reservation:
    granted = bucket.reserve(Demand(tokens, tokens, account, LASTS), now)
    assert isinstance(granted, Reservation)
    return granted


def refused(
    bucket: TokenBucket,
    tokens: int,
    now: float = 0.0,
    account: Account = PERSON,
    *,
    least: int | None = None,
) -> Refusal:
    demand = Demand(tokens, tokens if least is None else least, account, LASTS)
    refusal = bucket.reserve(demand, now)
    assert isinstance(refusal, Refusal)
    return refusal


class TestReserving:
    def test_only_what_is_there(self) -> None:
        bucket = bucket_with(10)
        first = reserved(bucket, 6)
        assert bucket.reserved == 6
        assert refused(bucket, 5).affordable == 4
        assert reserved(bucket, 4).number != first.number
        assert bucket.balance(0.0) == 10

    def test_a_free_request_is_always_granted(self) -> None:
        assert reserved(bucket_with(-50), 0) == Reservation(0, 0, 0.0)

    def test_what_is_unknown_is_asked_for_first(self) -> None:
        bucket = TokenBucket()
        assert bucket.balance(0.0) is None
        assert refused(bucket, 12) == Refusal(FIRST_ANSWER_SECONDS, should_ask=True)

    def test_if_keepa_tells_no_balance_one_request_finds_it_out(self) -> None:
        bucket = TokenBucket()
        demand = Demand(12, 12, PERSON, LASTS)
        first = bucket.reserve(demand, 0.0, has_asked=True)
        assert isinstance(first, Reservation)
        assert bucket.reserve(demand, 0.0, has_asked=True) == Refusal(FIRST_ANSWER_SECONDS)
        bucket.settle(first, answer(100, consumed=6), 1.0)
        assert bucket.balance(1.0) == 100

    def test_an_old_balance_is_asked_for_again(self) -> None:
        bucket = bucket_with(300)
        reserved(bucket, 1, TRUSTED_SECONDS - 1)
        assert refused(bucket, 1, TRUSTED_SECONDS).should_ask
        assert refused(bucket, 1, -1.0).should_ask  # the clock was set back
        assert isinstance(
            bucket.reserve(Demand(1, 1), TRUSTED_SECONDS, has_asked=True), Reservation
        )

    def test_a_stale_balance_is_asked_for_again_before_it_refuses(self) -> None:
        bucket = bucket_with(0)
        assert not refused(bucket, 50, STALE_SECONDS - 1).should_ask
        assert refused(bucket, 50, STALE_SECONDS).should_ask

    def test_more_than_the_bucket_ever_holds(self) -> None:
        with pytest.raises(InvalidInputError, match="does not fit a bucket of 300"):
            bucket_with(300).reserve(Demand(301, 301), 0)
        assert refused(bucket_with(300), 301, least=1).affordable == 300

    def test_a_cap_leaves_less_than_there_is(self) -> None:
        bucket = bucket_with(300)
        refusal = bucket.reserve(Demand(50, 1), 0.0, room=20)
        assert isinstance(refusal, Refusal)
        assert refusal.affordable == 20
        assert isinstance(bucket.reserve(Demand(20, 1), 0.0, room=20), Reservation)


class TestWaiting:
    def test_for_the_least_that_would_do(self) -> None:
        assert refused(bucket_with(0), 100, least=1).wait == 30.0
        assert refused(bucket_with(0), 10).wait == 90.0

    def test_for_requests_under_way_only_a_moment(self) -> None:
        bucket = bucket_with(300)
        reserved(bucket, 290)
        assert refused(bucket, 100).wait == UNDER_WAY_SECONDS

    def test_for_a_lost_request_until_keepa_can_tell(self) -> None:
        bucket = bucket_with(250)
        lost = reserved(bucket, 240)
        bucket.forfeit(lost, 5.0, is_charged=False)
        assert refused(bucket, 100, 10.0).wait == LASTS - 10.0
        assert refused(bucket, 100, LASTS + 1).should_ask
        assert [spend.consumed for spend in learn(bucket, answer(255, stamp=101_000), 101.0)] == [5]
        reserved(bucket, 100, 102.0)

    def test_a_person_goes_before_a_run(self) -> None:
        bucket = bucket_with(0)
        wait = refused(bucket, 8, account=PERSON, least=5).wait
        assert wait == 30.0
        assert refused(bucket, 5, 31.0, account=RUN).affordable == 0
        assert reserved(bucket, 5, 31.0, account=PERSON).tokens == 5

    def test_who_does_not_come_back_is_not_waited_for(self) -> None:
        bucket = bucket_with(0)
        wait = refused(bucket, 5, account=PERSON).wait
        assert refused(bucket, 5, 0.0, account=RUN).wait == wait
        assert refused(bucket, 5, wait, account=RUN).wait == YIELD_SECONDS
        assert reserved(bucket, 5, wait + PATIENCE_SECONDS, account=RUN).tokens == 5

    def test_who_yields_soon_looks_again_because_the_other_may_be_served_early(self) -> None:
        bucket = bucket_with(10)
        reserved(bucket, 6)
        refused(bucket, 8, account=PERSON)
        assert refused(bucket, 4, account=RUN).wait == YIELD_SECONDS

    def test_a_run_does_not_keep_a_person_waiting(self) -> None:
        bucket = bucket_with(0)
        refused(bucket, 5, account=RUN)
        assert reserved(bucket, 5, 30.0, account=PERSON).tokens == 5

    def test_who_waits_twice_waits_once(self) -> None:
        bucket = bucket_with(0)
        refused(bucket, 5)
        refused(bucket, 4)
        assert [claim.tokens for claim in bucket.claims.values()] == [4]


class TestSettling:
    def test_without_a_balance_the_cost_is_taken_off(self) -> None:
        bucket = bucket_with(10)
        assert bucket.settle(reserved(bucket, 5), Envelope(tokens_consumed=3), 0.0) == []
        assert (bucket.balance(0), bucket.reserved) == (7, 0)
        booked = learn(bucket, answer(7, stamp=2), 1.0)
        assert booked == [Spend(PERSON, 3, 3, None)]

    def test_released_tokens_are_free_again(self) -> None:
        bucket = bucket_with(10)
        bucket.release(reserved(bucket, 10))
        assert reserved(bucket, 10).tokens == 10

    def test_what_a_lost_request_did_cost_is_told_by_what_is_missing(self) -> None:
        bucket = bucket_with(300, stamp=1)
        before, lost = reserved(bucket, 50, account=RUN), reserved(bucket, 100)
        bucket.forfeit(lost, 0.5, is_charged=True)
        bucket.forfeit(lost, 0.5, is_charged=True)
        assert (bucket.balance(0.5), bucket.reserved, bucket.lost) == (200, 50, 100)
        told = bucket.settle(before, answer(280, consumed=10, stamp=2), 1.0)
        assert told == [Spend(RUN, 50, 10, 280)]
        assert bucket.balance(1.0) == 180  # sent before: it may be from before the charge
        after = reserved(bucket, 180, 1.0)
        told = bucket.settle(after, answer(245, consumed=5, stamp=3), 2.0)
        assert told == [Spend(PERSON, 180, 5, 245), Spend(PERSON, 100, 40, None)]
        assert bucket.balance(2.0) == 245

    def test_what_nobody_of_ours_can_have_spent_went_elsewhere(self) -> None:
        bucket = bucket_with(300)
        told = bucket.settle(reserved(bucket, 10), answer(200, consumed=10, stamp=2), 1.0)
        assert told == [Spend(PERSON, 10, 10, 200), Spend(Account(ELSEWHERE), 0, 90, 200)]

    def test_a_process_that_died_is_charged_the_worst_until_keepa_tells(self) -> None:
        bucket = bucket_with(200)
        dead = reserved(bucket, 120)
        assert refused(bucket, 200, LASTS + 1).should_ask
        assert (bucket.reserved, bucket.lost) == (0, 120)
        assert learn(bucket, answer(205, stamp=101_000), 101.0) == [Spend(PERSON, 120, 5, None)]
        # It was alive after all: its cost is known already.
        assert bucket.settle(dead, answer(195, consumed=5, stamp=500), 102.0) == []
        assert bucket.balance(102.0) == 205

    def test_answers_that_overtake_each_other(self) -> None:
        bucket = bucket_with(100, stamp=10)
        slow, fast = reserved(bucket, 10), reserved(bucket, 10)
        told = bucket.settle(fast, answer(80, consumed=10, stamp=30), 1.0)
        told += bucket.settle(slow, answer(90, consumed=10, stamp=20), 2.0)
        assert [spend.consumed for spend in told] == [10, 10]
        assert bucket.balance(2.0) == 80

    def test_of_two_answers_of_one_moment_the_lower_counts(self) -> None:
        bucket = bucket_with(100, stamp=10)
        one, two = reserved(bucket, 10), reserved(bucket, 5)
        bucket.settle(two, answer(85, consumed=5, stamp=10), 0.0)
        assert bucket.settle(one, answer(90, consumed=10, stamp=10), 0.0) == [
            Spend(PERSON, 10, 10, 90)
        ]
        assert bucket.balance(0) == 85

    def test_keepas_clock_may_be_set_back(self) -> None:
        bucket = bucket_with(100, stamp=9_000_000)
        bucket.settle(reserved(bucket, 10, 1.0), answer(95, consumed=5, stamp=4_000), 2.0)
        assert bucket.balance(2.0) == 95


@dataclass
class Request:
    """A request of ours, as it is on Keepa's side."""

    reservation: Reservation
    cost: int


class BucketAgainstKeepa(RuleBasedStateMachine):
    """Requests, losses and deaths against a bucket that behaves as Keepa's does.

    Keepa runs a request whenever the balance is positive and charges it when it is done, so only
    the reservations keep the balance from falling below zero.
    """

    rate = 5

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.balance = 60
        self.tick_at = 20.0
        self.bucket = TokenBucket()
        self.running: list[Request] = []
        self.given_up: list[Request] = []
        self.done: list[tuple[Reservation, Envelope]] = []
        self.charged = self.booked = 0
        self.was_full = False
        self.book(learn(self.bucket, self.envelope(0), 0.0))

    def envelope(self, consumed: int) -> Envelope:
        return answer(
            self.balance,
            consumed=consumed,
            refill_in=math.ceil((self.tick_at - self.now) * 1_000),
            rate=self.rate,
            stamp=int(self.now * 1_000) + 1,
        )

    def charge(self, request: Request) -> None:
        self.balance -= request.cost
        self.charged += request.cost

    def book(self, spends: list[Spend]) -> None:
        self.booked += sum(spend.consumed for spend in spends)
        assert all(spend.consumed <= spend.reserved or self.was_full for spend in spends)

    @rule(seconds=st.integers(1, 250))
    def time_passes(self, seconds: int) -> None:
        over = self.now + seconds - LASTS
        if any(reservation.granted_at <= over for reservation, _ in self.done):
            self.answers_arrive(backwards=False)
        for request in list(self.running):
            if request.reservation.granted_at <= over:  # the client has stopped listening
                self.running.remove(request)
                self.given_up.append(request)
        for request in list(self.given_up):
            if request.reservation.granted_at <= over:
                self.given_up.remove(request)
                self.charge(request)  # at the last moment at which it can happen
        self.now += seconds
        while self.tick_at <= self.now:
            self.was_full |= self.balance + self.rate > 60 * self.rate
            self.balance = min(self.balance + self.rate, 60 * self.rate)
            self.tick_at += 60.0

    @rule(worst=st.integers(1, 80), share=st.floats(0, 1), least=st.integers(1, 80))
    def start(self, worst: int, share: float, least: int) -> None:
        demand = Demand(worst, min(worst, least), PERSON, LASTS)
        granted = self.bucket.reserve(demand, self.now)
        if isinstance(granted, Refusal) and granted.should_ask:
            self.ask()
            granted = self.bucket.reserve(demand, self.now, has_asked=True)
        if isinstance(granted, Refusal) and granted.affordable >= demand.least:
            granted = self.bucket.reserve(Demand(granted.affordable, 1, PERSON, LASTS), self.now)
            assert isinstance(granted, Reservation)
        if isinstance(granted, Reservation):
            self.running.append(Request(granted, int(share * granted.tokens)))
            expected = self.bucket.balance(self.now)
            assert expected is not None
            assert self.bucket.reserved <= expected
        else:
            assert granted.wait > 0
            # What is free is never withheld: all of it is spoken for or too little.
            expected = self.bucket.balance(self.now)
            assert expected is not None
            assert expected - self.bucket.reserved < demand.least

    @rule()
    def ask(self) -> None:
        self.book(learn(self.bucket, self.envelope(0), self.now))

    def some(self, data: st.DataObject) -> Request:
        return self.running.pop(data.draw(st.integers(0, len(self.running) - 1)))

    @precondition(lambda self: self.running)
    @rule(data=st.data())
    def keepa_finishes(self, data: st.DataObject) -> None:
        request = self.some(data)
        self.charge(request)
        self.done.append((request.reservation, self.envelope(request.cost)))

    @precondition(lambda self: self.done)
    @rule(backwards=st.booleans())
    def answers_arrive(self, backwards: bool) -> None:  # noqa: FBT001 - drawn
        for reservation, told in reversed(self.done) if backwards else self.done:
            self.book(self.bucket.settle(reservation, told, self.now))
        self.done.clear()

    @precondition(lambda self: self.running)
    @rule(data=st.data())
    def answer_is_broken(self, data: st.DataObject) -> None:
        request = self.some(data)
        self.charge(request)
        self.bucket.forfeit(request.reservation, self.now, is_charged=True)

    @precondition(lambda self: self.running)
    @rule(data=st.data(), dies=st.booleans())
    def nobody_listens(self, data: st.DataObject, dies: bool) -> None:  # noqa: FBT001 - drawn
        request = self.some(data)
        self.given_up.append(request)
        if not dies:
            self.bucket.forfeit(request.reservation, self.now, is_charged=False)

    @invariant()
    def never_overdrawn(self) -> None:
        assert self.balance >= 0

    def teardown(self) -> None:
        for request in self.running:
            self.charge(request)
            self.done.append((request.reservation, self.envelope(request.cost)))
        self.running.clear()
        self.answers_arrive(backwards=True)
        self.time_passes(int(LASTS) + 1)
        self.ask()
        assert self.bucket.balance(self.now) == self.balance
        assert not self.bucket.reserved
        if not self.was_full:
            assert self.booked == self.charged


TestBucketAgainstKeepa = BucketAgainstKeepa.TestCase
