"""The token bucket."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from arbitragevault.adapters.keepa.envelope import Envelope
from arbitragevault.adapters.keepa.tokens import (
    FIRST_ANSWER_SECONDS,
    RECHECK_SECONDS,
    Reading,
    Reservation,
    TokenBucket,
    product_cost,
)
from arbitragevault.domain.errors import InvalidInputError


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


def bucket_with(left: int, **told: float) -> TokenBucket:
    bucket = TokenBucket()
    assert bucket.learn(answer(left, **told), now=0.0)  # type: ignore[arg-type]
    return bucket


def reserved(bucket: TokenBucket, tokens: int, now: float = 0.0) -> Reservation:
    granted = bucket.reserve(tokens, now)
    assert isinstance(granted, Reservation)
    return granted


class TestCost:
    """Against the costs in Keepa's documentation and in recorded answers."""

    def test_plain(self) -> None:
        assert product_cost(1) == 1
        assert product_cost(100) == 100

    def test_rating_and_buy_box(self) -> None:
        assert product_cost(1, buybox=True, rating=True) == 4

    def test_offers_replace_the_base_price_and_contain_the_buy_box(self) -> None:
        assert product_cost(1, offers=20) == 12
        assert product_cost(2, offers=100, buybox=True) == 120
        assert product_cost(1, offers=21) == 18

    def test_what_may_be_added(self) -> None:
        assert product_cost(1, offers=20, stock=True, rating=True, update_hours=0) == 16
        assert product_cost(1, update_hours=5, historical_variations=True) == 2


class TestPrediction:
    def test_tokens_come_once_a_minute(self) -> None:
        bucket = bucket_with(10)
        seen = [bucket.balance(now) for now in (0, 29.9, 30, 89.9, 90, 150)]
        assert seen == [10, 10, 15, 15, 20, 25]

    def test_the_bucket_holds_sixty_minutes(self) -> None:
        bucket = bucket_with(290)
        assert bucket.capacity == 300
        assert bucket.balance(10_000) == 300

    def test_a_balance_above_the_capacity_is_believed(self) -> None:
        assert bucket_with(310).balance(10_000) == 310

    def test_trackings_take_their_share(self) -> None:
        bucket = bucket_with(0, reduction=4.5)
        assert bucket.refill_per_minute == 0.5
        assert [bucket.balance(now) for now in (30, 90, 150)] == [0, 1, 1]

    @pytest.mark.parametrize(("now", "wait"), [(0, 30), (29, 1), (30, 60), (31, 59), (200, 10)])
    def test_next_refill(self, now: float, wait: float) -> None:
        assert bucket_with(0).seconds_to_refill(now) == wait

    def test_a_refill_time_that_makes_no_sense_is_cut(self) -> None:
        assert bucket_with(0, refill_in=-5).balance(0) == 5
        assert bucket_with(0, refill_in=999_999).seconds_to_refill(0) == 60

    def test_nothing_is_known_at_first(self) -> None:
        bucket = TokenBucket()
        assert bucket.balance(0) is None
        assert bucket.capacity is None
        assert bucket.refill_per_minute is None
        assert bucket.seconds_to_refill(0) is None
        assert bucket.reading is None

    @pytest.mark.parametrize(
        "told",
        [
            Envelope(timestamp_ms=1, tokens_left=0, refill_in_ms=0, refill_rate=0),
            Envelope(timestamp_ms=1, tokens_left=0, refill_rate=-5),
            Envelope(timestamp_ms=1, refill_rate=5),
            Envelope(timestamp_ms=1, tokens_left=7),
            Envelope(tokens_left=7, refill_rate=5),
            Envelope(),
        ],
    )
    def test_answers_that_tell_no_balance_are_ignored(self, told: Envelope) -> None:
        bucket = bucket_with(77)
        assert not bucket.learn(told, now=1.0)
        assert bucket.balance(1.0) == 77


class TestReservations:
    def test_only_what_is_there(self) -> None:
        bucket = bucket_with(10)
        first = reserved(bucket, 6)
        assert bucket.reserved == 6
        assert bucket.reserve(5, 0) == 30.0
        assert reserved(bucket, 4).number != first.number

    def test_a_free_request_is_always_granted(self) -> None:
        assert reserved(bucket_with(-50), 0).tokens == 0

    def test_the_first_request_finds_out(self) -> None:
        bucket = TokenBucket()
        first = reserved(bucket, 12)
        assert bucket.reserve(1, 0.0) == FIRST_ANSWER_SECONDS
        bucket.settle(first, answer(100, consumed=6), 1.0)
        assert bucket.balance(1.0) == 100
        assert bucket.reserved == 0
        assert bucket.spent == 6

    def test_more_than_the_bucket_ever_holds(self) -> None:
        with pytest.raises(InvalidInputError, match="does not fit a bucket of 300"):
            bucket_with(300).reserve(301, 0)

    def test_waiting_for_others_to_settle(self) -> None:
        bucket = bucket_with(300)
        reserved(bucket, 290)
        wait = bucket.reserve(100, 0)
        assert not isinstance(wait, Reservation)
        assert 0 < wait <= 60

    def test_while_trackings_eat_everything(self) -> None:
        assert bucket_with(3, reduction=5.0).reserve(4, 0) == RECHECK_SECONDS

    def test_settling_without_a_balance_charges_the_cost(self) -> None:
        bucket = bucket_with(10)
        bucket.settle(reserved(bucket, 5), Envelope(tokens_consumed=3), 0.0)
        assert bucket.balance(0) == 7
        assert bucket.reserved == 0

    def test_released_tokens_are_free_again(self) -> None:
        bucket = bucket_with(10)
        bucket.release(reserved(bucket, 10))
        assert reserved(bucket, 10).tokens == 10
        assert bucket.spent == 0

    def test_forfeited_tokens_count_as_spent_until_a_later_request_is_answered(self) -> None:
        bucket = bucket_with(300)
        before, lost = reserved(bucket, 50), reserved(bucket, 100)
        bucket.forfeit(lost)
        bucket.forfeit(lost)
        assert bucket.balance(0.0) == 200
        assert bucket.reserved == 50
        bucket.settle(before, answer(290, consumed=10, stamp=2), 1.0)
        assert bucket.balance(1.0) == 190
        after = reserved(bucket, 190, 1.0)
        bucket.settle(after, answer(275, consumed=5, stamp=3), 2.0)
        assert bucket.balance(2.0) == 275

    def test_forfeiting_before_anything_is_known(self) -> None:
        bucket = TokenBucket()
        bucket.forfeit(reserved(bucket, 10))
        assert bucket.balance(0) is None
        assert bucket.reserved == 0
        bucket.settle(reserved(bucket, 0), answer(90), 0.0)
        assert bucket.balance(0) == 90

    def test_answers_that_overtake_each_other(self) -> None:
        bucket = bucket_with(100, stamp=10)
        slow, fast = reserved(bucket, 10), reserved(bucket, 10)
        bucket.settle(fast, answer(80, consumed=10, stamp=30), 1.0)
        bucket.settle(slow, answer(90, consumed=10, stamp=20), 2.0)
        assert bucket.balance(2.0) == 80
        assert bucket.spent == 20

    def test_of_two_answers_of_one_moment_the_lower_counts(self) -> None:
        bucket = bucket_with(100, stamp=10)
        bucket.learn(answer(90, stamp=10), 0.0)
        bucket.learn(answer(95, stamp=10), 0.0)
        assert bucket.balance(0) == 90

    @given(
        balance=st.integers(-500, 300),
        refill_in=st.integers(0, 60_000),
        rate=st.integers(5, 250),
        reduction=st.floats(0, 4.9),
        elapsed=st.floats(0, 4_000),
        tokens=st.integers(1, 300),
    )
    def test_whoever_waits_is_served(
        self,
        *,
        balance: int,
        refill_in: int,
        rate: int,
        reduction: float,
        elapsed: float,
        tokens: int,
    ) -> None:
        told = answer(balance, refill_in=refill_in, rate=rate, reduction=reduction)
        reading = Reading.of(told, now=1_000.0)
        assert reading is not None
        now = 1_000.0 + elapsed
        wait = reading.seconds_until(tokens, now)
        assert reading.balance_at(now + wait + 1e-6) >= tokens
        if wait > 0:
            assert reading.balance_at(now + wait - 1.0) < tokens or wait < 1.0

    @given(
        balance=st.integers(-50, 400),
        refill_in=st.integers(0, 60_000),
        spent=st.integers(0, 100),
        at=st.floats(0, 4_000),
        later=st.floats(0, 4_000),
    )
    def test_what_is_charged_never_comes_back(
        self, balance: int, refill_in: int, spent: int, at: float, later: float
    ) -> None:
        reading = Reading.of(answer(balance, refill_in=refill_in), now=0.0)
        assert reading is not None
        charged = reading.charged(spent, at)
        assert charged.balance_at(at) == reading.balance_at(at) - spent
        assert charged.balance_at(at + later) <= reading.balance_at(at + later) + 1e-9
        assert charged.balance_at(at + later) >= reading.balance_at(at + later) - spent


class BucketAgainstKeepa(RuleBasedStateMachine):
    """Many requests at once against a bucket that behaves as Keepa's does.

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
        self.running: list[tuple[Reservation, int]] = []
        self.done: list[tuple[Reservation, Envelope]] = []
        self.bucket.learn(self.envelope(0), 0.0)

    def envelope(self, consumed: int) -> Envelope:
        return answer(
            self.balance,
            consumed=consumed,
            refill_in=math.ceil((self.tick_at - self.now) * 1_000),
            rate=self.rate,
            stamp=int(self.now * 1_000) + 1,
        )

    @rule(seconds=st.floats(0.001, 200.0))
    def time_passes(self, seconds: float) -> None:
        self.now += seconds
        while self.tick_at <= self.now:
            self.balance = min(self.balance + self.rate, 60 * self.rate)
            self.tick_at += 60.0

    @rule(worst=st.integers(1, 80), share=st.floats(0, 1))
    def start(self, worst: int, share: float) -> None:
        granted = self.bucket.reserve(worst, self.now)
        if isinstance(granted, Reservation):
            self.running.append((granted, int(share * worst)))
            expected = self.bucket.balance(self.now)
            assert expected is not None
            assert self.bucket.reserved <= expected
        else:
            assert granted > 0

    @precondition(lambda self: self.running)
    @rule(data=st.data())
    def keepa_finishes(self, data: st.DataObject) -> None:
        at = data.draw(st.integers(0, len(self.running) - 1))
        reservation, cost = self.running.pop(at)
        self.balance -= cost
        self.done.append((reservation, self.envelope(cost)))

    @precondition(lambda self: self.done)
    @rule()
    def answers_arrive(self) -> None:
        for reservation, told in self.done:
            self.bucket.settle(reservation, told, self.now)
        self.done.clear()

    @precondition(lambda self: self.running)
    @rule(data=st.data())
    def answer_is_lost(self, data: st.DataObject) -> None:
        at = data.draw(st.integers(0, len(self.running) - 1))
        reservation, cost = self.running.pop(at)
        self.balance -= cost
        self.bucket.forfeit(reservation)

    @invariant()
    def never_overdrawn(self) -> None:
        assert self.balance >= 0


TestBucketAgainstKeepa = BucketAgainstKeepa.TestCase
