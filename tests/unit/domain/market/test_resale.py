"""Resale price: the reference series, the past windows and the forecast."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from arbitragevault.domain.catalog.product import Channel, Condition
from arbitragevault.domain.market.abstention import Abstention
from arbitragevault.domain.market.clock import MINUTES_PER_DAY
from arbitragevault.domain.market.market import LANDED_PRICE_CHANGE, Market, Offer, SeriesKind
from arbitragevault.domain.market.reference import (
    ReferenceSeries,
    lowest_live,
    reference_series,
)
from arbitragevault.domain.market.resale import (
    ResaleForecast,
    forecast_resale,
    probability_below,
)
from arbitragevault.domain.market.resale_prior import LEVELS, PLACE_NODES, shipped_prior
from arbitragevault.domain.market.resale_state import price_state
from arbitragevault.domain.market.series import StepSeries
from arbitragevault.domain.market.windows import past_windows

MakeMarket = Callable[..., Market]
MakeSeries = Callable[..., StepSeries]
DAY = MINUTES_PER_DAY


def chosen(market: Market, condition: Condition, channel: Channel = Channel.FBA) -> ReferenceSeries:
    found = reference_series(market, condition, channel)
    assert isinstance(found, ReferenceSeries)
    return found


def forecast(market: Market, condition: Condition = Condition.NEW) -> ResaleForecast:
    found = forecast_resale(market, condition, Channel.FBA, (15, 75))
    assert isinstance(found, ResaleForecast)
    return found


def offer(condition: Condition | None, cents: float, **fields: object) -> Offer:
    known = {"is_live": True, "is_shippable": True, **fields}
    return Offer(
        offer_id=1,
        seller="A",
        condition=condition,
        condition_code=3,
        channel=Channel.FBM,
        price=StepSeries.from_unordered([1], [cents]),
        shipping=StepSeries.from_unordered([1], [399]),
        last_seen=1,
        **known,  # type: ignore[arg-type]
    )


def test_new_takes_the_buy_box_then_its_channel_then_the_lowest_new(
    made_market: MakeMarket, made_series: MakeSeries
) -> None:
    fba, fbm = made_series(100, lambda _: 3100.0), made_series(100, lambda _: 3200.0)
    both = {SeriesKind.NEW_FBA: fba, SeriesKind.NEW_FBM: fbm}
    first = chosen(made_market(history=both), Condition.NEW)
    assert (first.kind, first.fallback) == ("buy_box", False)
    no_box = made_market(history={**both, SeriesKind.BUY_BOX: None})
    second = chosen(no_box, Condition.NEW)
    assert (second.kind, second.fallback) == ("new_fba", True)
    assert chosen(no_box, Condition.NEW, Channel.FBM).kind == "new_fbm"
    last = chosen(made_market(history={SeriesKind.BUY_BOX: None}), Condition.NEW)
    assert (last.kind, last.fallback, last.basis_change) == ("new", True, LANDED_PRICE_CHANGE)
    assert "better sources" in last.text


def test_used_takes_the_lowest_offer_of_the_grade_or_better(
    made_market: MakeMarket, made_series: MakeSeries
) -> None:
    market = made_market(
        history={
            SeriesKind.USED_LIKE_NEW: made_series(300, lambda t: np.where(t < 100, 1000, 3000.0)),
            SeriesKind.USED_VERY_GOOD: made_series(200, lambda _: 2000.0),
            SeriesKind.USED_ACCEPTABLE: made_series(300, lambda _: 100.0),
        }
    )
    found = chosen(market, Condition.GOOD)
    assert found.kind == "used_good_or_better"
    assert not found.fallback
    now = market.observed_minute
    assert found.series.value_at(now) == 2000
    assert found.series.value_at(now - 250 * DAY) == 1000
    assert chosen(market, Condition.LIKE_NEW).series.value_at(now) == 3000
    assert chosen(market, Condition.ACCEPTABLE).series.value_at(now) == 100


def test_used_falls_back_to_the_used_buy_box_and_to_the_lowest_used(
    made_market: MakeMarket, made_series: MakeSeries
) -> None:
    box = {SeriesKind.BUY_BOX_USED: made_series(50, lambda _: 1500.0)}
    assert chosen(made_market(history=box), Condition.GOOD).kind == "buy_box_used"
    assert chosen(made_market(), Condition.GOOD).kind == "used"


def test_live_offers_have_the_last_word(made_market: MakeMarket, made_series: MakeSeries) -> None:
    market = made_market(
        history={SeriesKind.USED_GOOD: made_series(300, lambda _: 2000.0)},
        offers=(
            offer(Condition.GOOD, 1300),
            offer(Condition.ACCEPTABLE, 100),
            offer(Condition.GOOD, 50, is_shippable=False),
            offer(None, 10),
            offer(Condition.VERY_GOOD, 900, is_live=False),
        ),
    )
    assert chosen(market, Condition.GOOD).series.value_at(market.observed_minute) == 1699
    assert np.isnan(lowest_live((), Condition.GOOD))
    gone = made_market(
        history={SeriesKind.USED_GOOD: made_series(300, lambda _: 2000.0)}, offers=()
    )
    assert chosen(gone, Condition.GOOD).kind == "used"


def test_series_that_only_offers_updates_feed_are_not_trusted_when_stale(
    made_market: MakeMarket, made_series: MakeSeries
) -> None:
    long_ago = StepSeries.from_unordered([made_series(100, lambda _: 1.0).minutes[0]], [9.0])
    lately = made_series(10, lambda _: 9.0)
    grade = {SeriesKind.USED_GOOD: made_series(300, lambda _: 2000.0)}
    stale = made_market(history={**grade, SeriesKind.OFFER_UPDATES: long_ago})
    fresh = made_market(history={**grade, SeriesKind.OFFER_UPDATES: lately})
    assert chosen(stale, Condition.GOOD).kind == "used"
    assert chosen(stale, Condition.NEW).kind == "new"
    assert chosen(fresh, Condition.GOOD).kind == "used_good_or_better"


def test_without_a_price_now_there_is_no_reference(
    made_market: MakeMarket, made_series: MakeSeries
) -> None:
    gone = made_series(300, lambda t: np.where(t < 290, 2000.0, np.nan))
    market = made_market(history={SeriesKind.USED: gone})
    found = forecast_resale(market, Condition.GOOD, Channel.FBA, (15, 75))
    assert isinstance(found, Abstention)
    assert found.code == "no_price_now"
    assert "used good" in found.reason


def test_a_value_without_history_is_too_little_history(made_market: MakeMarket) -> None:
    market = made_market(
        history={SeriesKind.BUY_BOX: None, SeriesKind.NEW: None},
        current={SeriesKind.BUY_BOX: 2500.0},
    )
    found = forecast_resale(market, Condition.NEW, Channel.FBA, (15, 75))
    assert isinstance(found, Abstention)
    assert found.code == "too_little_history"


def test_lowest_of_nothing_and_of_one() -> None:
    one = StepSeries.from_unordered([1, 2], [3.0, 4.0])
    assert StepSeries.lowest([]) == StepSeries.empty()
    assert StepSeries.lowest([StepSeries.empty(), one]) == one


def test_windows_that_are_not_over_have_no_outcome(made_series: MakeSeries) -> None:
    series = made_series(400, lambda t: 1000.0 + t)
    now = int(series.minutes[-1]) + DAY
    past = past_windows(series, now, window_days=(15, 75))
    assert past.age_days.min() >= 75
    assert past.age_days.max() <= 400
    altered = StepSeries(series.minutes, series.values).up_to(now)
    assert np.array_equal(past.outcome, past_windows(altered, now, window_days=(15, 75)).outcome)


def test_the_outcome_is_the_median_of_the_window(made_series: MakeSeries) -> None:
    series = made_series(200, lambda t: np.where(t < 100, 1000.0, 2000.0))
    now = int(series.minutes[-1]) + DAY
    past = past_windows(series, now, window_days=(15, 75))
    assert set(np.round(past.outcome, 6)) == {0.0, round(float(np.log(2)), 6)}
    assert past.place_now == pytest.approx(np.log(2) / 2, abs=0.02)
    assert past.known_days == 201


def test_thinly_known_windows_and_zero_prices_have_no_outcome(made_series: MakeSeries) -> None:
    series = made_series(300, lambda t: np.where(t % 60 < 5, 1000.0, np.nan))
    past = past_windows(series, int(series.minutes[-1]), window_days=(15, 75))
    assert past.outcome.size == 0
    assert np.isnan(past.place_now)
    zero = made_series(300, lambda _: 0.0)
    assert past_windows(zero, int(zero.minutes[-1]), window_days=(15, 75)).known_days == 0
    empty = past_windows(StepSeries.empty(), 10, window_days=(15, 75))
    assert (empty.outcome.size, empty.known_days) == (0, 0)
    assert past_windows(series, int(series.minutes[0]) - 1, window_days=(1, 2)).known_days == 0


def made_step(made_series: MakeSeries, *, step: float) -> tuple[StepSeries, int]:
    """A year of a flat price that jumps at Keepa's change of basis, 150 days before its end."""
    flat = made_series(365, lambda _: 1000.0)
    shift = LANDED_PRICE_CHANGE - int(flat.minutes[215])
    minutes = flat.minutes + shift
    values = np.where(minutes >= LANDED_PRICE_CHANGE, 1000.0 * step, 1000.0)
    return StepSeries(minutes, values), int(minutes[-1])


def test_the_change_from_listing_to_landed_price_is_no_price_move(made_series: MakeSeries) -> None:
    series, now = made_step(made_series, step=1.4)
    read = past_windows(series, now, window_days=(15, 75), basis_change=LANDED_PRICE_CHANGE)
    naive = past_windows(series, now, window_days=(15, 75))
    assert np.all(read.outcome == 0)
    assert read.place_now == pytest.approx(0)
    assert naive.outcome.max() > 0.3
    assert naive.place_now > 0.1
    before = past_windows(
        series.up_to(LANDED_PRICE_CHANGE - 1),
        LANDED_PRICE_CHANGE - 1,
        window_days=(15, 75),
        basis_change=LANDED_PRICE_CHANGE,
    )
    assert before.outcome.size > 10


def test_the_change_of_basis_moves_no_forecast(
    made_market: MakeMarket, made_series: MakeSeries
) -> None:
    def forecast_of(step: float) -> ResaleForecast:
        series, now = made_step(made_series, step=step)
        market = made_market(
            history={SeriesKind.BUY_BOX: None, SeriesKind.NEW: series}, observed_minute=now
        )
        return forecast(market)

    plain, stepped = forecast_of(1.0), forecast_of(1.4)
    # The cents on both sides of "no change" do not scale.
    assert stepped.prices == pytest.approx(1.4 * plain.prices, abs=1)
    assert stepped.place == pytest.approx(0)


def test_a_price_that_never_moved_is_forecast_narrowly(
    made_market: MakeMarket, made_series: MakeSeries
) -> None:
    flat = forecast(made_market(history={SeriesKind.BUY_BOX: made_series(900, lambda _: 2000.0)}))
    wild = forecast(made_market(wobble=3.0, days=900))
    assert flat.quantile(0.5) == pytest.approx(2000)
    assert flat.own_weight > 0.4
    width = flat.quantile(0.9) - flat.quantile(0.1)
    assert width < (wild.quantile(0.9) - wild.quantile(0.1)) * 2000 / wild.now_cents


def test_a_price_far_above_its_year_is_expected_to_come_down(
    made_market: MakeMarket, made_series: MakeSeries
) -> None:
    spiked = made_series(800, lambda t: np.where(t < 795, 2000.0, 6000.0))
    found = forecast(made_market(history={SeriesKind.BUY_BOX: spiked}))
    assert found.place is not None
    assert found.place > 0.6
    assert found.quantile(0.5) < 6000
    assert found.level_cents is not None
    assert found.level_cents < 2200


def test_a_short_history_leans_on_the_prior(
    made_market: MakeMarket, made_series: MakeSeries
) -> None:
    young = forecast(made_market(history={SeriesKind.BUY_BOX: made_series(40, lambda _: 2000.0)}))
    assert young.own_windows == 0
    assert young.place is None
    assert young.level_cents is None
    old = forecast(made_market(history={SeriesKind.BUY_BOX: made_series(900, lambda _: 2000.0)}))
    assert young.own_weight < old.own_weight


def test_a_price_that_has_just_moved_may_go_back_where_it_was(
    made_market: MakeMarket, made_series: MakeSeries
) -> None:
    def chance_below(days_ago: int) -> float:
        moved = made_series(800, lambda t: np.where(t < 800 - days_ago, 2000.0, 3000.0))
        found = forecast(made_market(history={SeriesKind.BUY_BOX: moved}))
        assert found.state.age_days == pytest.approx(days_ago, abs=1)
        return found.probability_below(2500)

    assert chance_below(5) > chance_below(60) + 0.05


def test_what_does_not_change_is_forecast_to_within_a_cent(
    made_market: MakeMarket, made_series: MakeSeries
) -> None:
    flat = forecast(made_market(history={SeriesKind.BUY_BOX: made_series(900, lambda _: 2000.0)}))
    inside = flat.prices[np.abs(flat.prices - 2000) <= 1]
    assert set(np.unique(inside)) == {1999.0, 2000.0, 2001.0}
    assert (inside == 2000).sum() > (inside != 2000).sum()


def test_the_prior_is_ascending_and_judges_nobody_that_it_saw() -> None:
    prior = shipped_prior()
    state = price_state(np.log(np.full(400, 2000.0)), 0.0)
    for learned in (prior.everything, *prior.folds):
        for moves in (learned.new, learned.used):
            assert moves.scale(state) >= 0.01
            assert np.all(np.diff(moves.scaled_moves(state)) >= 0)
            for place in (np.nan, -3.0, *PLACE_NODES, 0.05, 3.0):
                assert moves.plain_ratios(place).shape == LEVELS.shape
                assert np.all(np.diff(moves.plain_ratios(place)) >= 0)
    for asin, fold in prior.fold_of.items():
        assert prior.for_product(asin) is prior.folds[fold]
        assert prior.folds[fold].new.products < prior.everything.new.products + 1
    assert prior.for_product("B000000000") is prior.everything


def test_a_restless_price_has_a_larger_scale() -> None:
    day = np.arange(400)
    calm = np.log(2000 + 10.0 * (day % 30 == 0))
    wild = np.log(2000 + 900.0 * (day % 7 < 3))
    moves = shipped_prior().everything.used
    assert moves.scale(price_state(wild, 0.0)) > 2 * moves.scale(price_state(calm, 0.0))
    unknown = price_state(np.append(np.full(10, np.nan), 7.6), float("nan"))
    assert np.isnan(unknown.moved)
    assert moves.scale(unknown) > 0


def test_a_forecast_scales_with_the_price(made_market: MakeMarket) -> None:
    small = forecast(made_market(price=3000, wobble=0.0))
    large = forecast(made_market(price=6000, wobble=0.0))
    assert large.prices == pytest.approx(2 * small.prices, abs=1)
    assert large.mean_cents == pytest.approx(2 * small.mean_cents, abs=1)


@given(
    values=st.lists(st.integers(0, 50), min_size=41, max_size=41),
    at=st.floats(-5, 60, allow_nan=False),
)
def test_probability_below_is_a_distribution(values: list[int], at: float) -> None:
    ascending = np.sort(np.array(values, dtype=np.float64))
    below = probability_below(ascending, at)
    assert 0 <= below <= 1
    assert below <= probability_below(ascending, at + 1) + 1e-12
    level = float(np.interp(0.2, LEVELS, ascending))
    assert probability_below(ascending, np.floor(level)) <= 0.2 + 1e-9


def test_quantile_and_probability_are_inverse(made_market: MakeMarket) -> None:
    found = forecast(made_market())
    for level in (0.1, 0.3, 0.5, 0.9):
        assert found.probability_below(found.quantile(level)) <= level + 1e-9
    assert found.probability_below(0) == 0
    assert found.probability_below(1e9) == 1


def test_a_season_that_came_every_year_is_expected_again(
    made_market: MakeMarket, made_series: MakeSeries
) -> None:
    def dear(first: int) -> ResaleForecast:
        """A made price that is two thirds dearer for 60 days of each year of 365."""

        def price(day: NDArray[np.float64]) -> NDArray[np.float64]:
            away = (day - 1_460) % 365 - first
            return np.where((away >= 0) & (away < 60), 5000.0, 3000.0)

        return forecast(made_market(history={SeriesKind.BUY_BOX: made_series(1_460, price)}))

    soon, late = dear(15), dear(180)
    assert soon.now_cents == late.now_cents == 3000.0
    assert soon.quantile(0.75) > 4000.0
    assert late.quantile(0.75) < 3100.0
