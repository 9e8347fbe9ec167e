"""The token bucket, as Keepa describes it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from arbitragevault.sandbox.bucket import TokenBucket


class Clock:
    def __init__(self) -> None:
        self.seconds = 1_000.0

    def __call__(self) -> float:
        return self.seconds


def test_a_new_bucket_is_full_for_an_hour() -> None:
    bucket = TokenBucket(20, Clock())
    assert bucket.capacity == 1_200
    assert bucket.charge(0).balance == 1_200


def test_tokens_come_once_a_minute() -> None:
    clock = Clock()
    bucket = TokenBucket(5, clock, tokens=0)
    clock.seconds += 59.9
    assert bucket.charge(0).balance == 0
    clock.seconds += 0.1
    assert bucket.charge(0).balance == 5
    clock.seconds += 150
    assert bucket.charge(0).balance == 15


def test_the_next_tick_is_announced() -> None:
    clock = Clock()
    bucket = TokenBucket(5, clock)
    assert bucket.charge(0).refill_in_ms == 60_000
    clock.seconds += 20.5
    assert bucket.charge(0).refill_in_ms == 39_500
    clock.seconds += 50
    assert bucket.charge(0).refill_in_ms == 49_500


def test_one_token_admits_a_dear_request_and_the_debt_is_paid_off() -> None:
    clock = Clock()
    bucket = TokenBucket(5, clock, tokens=1)
    assert bucket.admits()
    assert bucket.charge(100).balance == -99
    assert not bucket.admits()
    clock.seconds += 60 * 20
    assert bucket.charge(0).balance == 1
    assert bucket.admits()


@given(st.lists(st.tuples(st.integers(0, 300), st.integers(0, 200)), max_size=30))
def test_the_balance_is_what_came_less_what_went(steps: list[tuple[int, int]]) -> None:
    clock = Clock()
    bucket = TokenBucket(20, clock, tokens=100)
    expected, ticks = 100, 0
    for wait, cost in steps:
        clock.seconds += wait
        due = int((clock.seconds - 1_000) // 60)
        for _ in range(due - ticks):
            expected = min(1_200, expected + 20)
        ticks = due
        expected -= cost
        assert bucket.charge(cost).balance == expected
