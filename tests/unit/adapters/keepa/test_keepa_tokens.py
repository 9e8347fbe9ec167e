"""What requests cost, and how a balance grows."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arbitragevault.adapters.keepa.envelope import Envelope
from arbitragevault.adapters.keepa.tokens import RECHECK_SECONDS, Reading, product_cost


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


def reading(left: int, **told: float) -> Reading:
    found = Reading.of(answer(left, **told), now=0.0)  # type: ignore[arg-type]
    assert found is not None
    return found


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
        seen = [reading(10).balance_at(now) for now in (0, 29.9, 30, 89.9, 90, 150)]
        assert seen == [10, 10, 15, 15, 20, 25]

    @pytest.mark.parametrize(("rate", "capacity"), [(5, 300), (20, 1_200), (60, 3_600)])
    def test_the_bucket_of_a_plan_holds_sixty_minutes(self, rate: int, capacity: int) -> None:
        assert reading(290, rate=rate).capacity == capacity
        assert reading(290, rate=rate).balance_at(1e6) == capacity

    def test_a_balance_above_the_capacity_is_believed(self) -> None:
        assert reading(310).balance_at(10_000) == 310

    def test_trackings_take_their_share(self) -> None:
        found = reading(0, reduction=4.5)
        assert found.growth == 0.5
        assert [found.balance_at(now) for now in (30, 90, 150)] == [0, 1, 1]
        assert reading(3, reduction=5.0).seconds_until(4, 0) == RECHECK_SECONDS

    @pytest.mark.parametrize(("now", "wait"), [(0, 30), (29, 1), (30, 60), (31, 59), (200, 10)])
    def test_next_refill(self, now: float, wait: float) -> None:
        assert reading(0).seconds_to_refill(now) == wait

    def test_a_refill_time_that_makes_no_sense_is_cut(self) -> None:
        assert reading(0, refill_in=-5).balance_at(0) == 5
        assert reading(0, refill_in=999_999).seconds_to_refill(0) == 60

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
    def test_answers_that_tell_no_balance(self, told: Envelope) -> None:
        assert Reading.of(told, 1.0) is None

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


class TestWhatIsMissing:
    def test_by_keepas_clock(self) -> None:
        first = reading(100, stamp=1_000, refill_in=30_000)
        assert first.unexplained(reading(90, stamp=30_999), 10) == 0
        assert first.unexplained(reading(95, stamp=31_000), 10) == 0
        assert first.unexplained(reading(70, stamp=91_001), 10) == 30
        assert first.unexplained(reading(120, stamp=1_001), 0) == -20

    def test_another_plan_starts_anew(self) -> None:
        assert reading(100).unexplained(reading(1_000, rate=20, stamp=2), 10) == 0
