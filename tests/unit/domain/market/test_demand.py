"""Demand: rank drops, the Gamma-Poisson rate, the badge and shared ranks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from arbitragevault.domain.catalog.marketplace import MARKETPLACES
from arbitragevault.domain.catalog.product import Category
from arbitragevault.domain.market.abstention import Abstention
from arbitragevault.domain.market.clock import MINUTES_PER_DAY
from arbitragevault.domain.market.demand import (
    Demand,
    DemandSigns,
    demand_of,
    estimate_demand,
    rank_drops,
    units_per_month_at,
)
from arbitragevault.domain.market.demand_model import MODEL, DemandModel
from arbitragevault.domain.market.market import Market, SeriesKind
from arbitragevault.domain.market.series import StepSeries

MakeMarket = Callable[..., Market]
MakeSeries = Callable[..., StepSeries]


MADE = DemandModel(
    ranks=np.array([1.0, 3.0, 5.0, 7.0]),
    units=np.log([5_000.0, 1_000.0, 15.0, 0.1]),
    roots={283155: 0.0, 1055398: 1.0},
    prior_events=0.6,
    drop_weight=1.0,
    saturation=50.0,
    spread=0.3,
    spread_slope=0.0,
    season_weight=0.5,
    badge_events=5.0,
    badge_mean=1.4,
    badge_floor=1.0,
    split_cv=1.0,
    level_nodes=np.array([1.0, 4.0]),
    stated=np.array([0.1, 0.5, 0.9]),
    levels=np.array([[0.1, 0.5, 0.9], [0.1, 0.5, 0.9]]),
    name="made",
)


def demand(market: Market) -> Demand:
    found = estimate_demand(market, MADE)
    assert isinstance(found, Demand)
    return found


@pytest.mark.parametrize(
    ("before", "after", "counts"),
    [
        (9_999, 9_998, True),
        (10_000, 9_999, False),
        (50_000, 48_543, True),  # 3.001 % of the new rank
        (50_000, 48_544, False),  # 2.999 %
        (300_000, 285_714, True),  # 5.0001 %
        (300_000, 285_715, False),  # 4.9998 %
        (300_000, 400_000, False),
        (300_000, 300_000, False),
    ],
)
def test_an_improvement_counts_by_its_size(before: int, after: int, *, counts: bool) -> None:
    rank = StepSeries.from_unordered([10, 20], [before, after])
    assert rank_drops(rank, 10, 20).tolist() == ([20] if counts else [])


def test_unranked_stretches_are_skipped_and_the_window_is_half_open() -> None:
    rank = StepSeries.from_unordered([10, 20, 30, 40, 50], [9000, np.nan, 8000, 7000, 6000])
    assert rank_drops(rank, 0, 100).tolist() == [30, 40, 50]
    assert rank_drops(rank, 30, 50).tolist() == [40, 50]
    assert rank_drops(rank, 20, 40).tolist() == [30, 40]
    assert rank_drops(StepSeries.empty(), 0, 10).tolist() == []


def test_the_curve_falls_with_rank_and_differs_by_category() -> None:
    ranks = [1, 10, 1e3, 1e5, 1e6, 1e8]
    for model in (MADE, MODEL):
        units = [units_per_month_at(rank, 283155, model) for rank in ranks]
        assert units == sorted(units, reverse=True)
    assert units_per_month_at(1e4, 1055398, MADE) > units_per_month_at(1e4, 283155, MADE)
    assert units_per_month_at(1e5, 7, MADE) == pytest.approx(15 * np.exp(0.5))
    assert units_per_month_at(1e5, None, MADE) == pytest.approx(15)


def test_regular_sales_are_found(made_market: MakeMarket) -> None:
    found = demand(made_market(sale_every=2.0))
    assert found.events == 182
    assert found.exposed_days == pytest.approx(365, abs=1)
    assert found.drops_per_month == pytest.approx(15, rel=0.02)
    # A drop in one of four looks: what a Poisson process of -ln(1 - 2/4) / 2 sales per look shows.
    assert found.mean_per_day * 30 == pytest.approx(-30 * np.log(0.5), rel=0.05)
    assert found.per_month(0.1) < found.per_month(0.5) < found.per_month(0.9)
    slow = demand(made_market(sale_every=20.0))
    assert slow.mean_per_day < found.mean_per_day / 5
    assert slow.cv > found.cv


def test_quantiles_are_those_of_the_gamma_distribution(made_market: MakeMarket) -> None:
    found = demand(made_market())
    gamma = stats.gamma(found.shape, scale=30 * found.mean_per_day / found.shape)
    for level in (0.1, 0.5, 0.9):
        assert found.per_month(level) == pytest.approx(gamma.ppf(level))


def test_recent_months_weigh_more(made_market: MakeMarket, made_series: MakeSeries) -> None:
    def rank(*, busy_lately: bool) -> StepSeries:
        def value(since: np.ndarray) -> np.ndarray:
            busy = (since > 540) if busy_lately else (since < 540)
            return np.where(busy, 200_000 + 60_000 * (since % 2), 200_000)

        return made_series(600, value, every=0.5)

    lately = demand(made_market(history={SeriesKind.SALES_RANK: rank(busy_lately=True)}))
    before = demand(made_market(history={SeriesKind.SALES_RANK: rank(busy_lately=False)}))
    assert lately.events < before.events
    assert lately.drops_per_month is not None
    assert before.drops_per_month is not None
    assert lately.drops_per_month > 0.5 * before.drops_per_month


def test_sales_between_two_looks_are_allowed_for(made_market: MakeMarket) -> None:
    sales = np.cumsum(np.random.default_rng(5).exponential(2.0, 400))

    def seen(every: float) -> Demand:
        looks = np.arange(10, 600, every)
        since = looks - sales[np.searchsorted(sales, looks) - 1]
        minutes = made_market().observed_minute - ((600 - looks) * MINUTES_PER_DAY).astype(np.int64)
        rank = StepSeries.from_unordered(minutes, 200_000 * 1.3**since)
        return demand(made_market(history={SeriesKind.SALES_RANK: rank}))

    often, rarely = seen(0.25), seen(2.0)
    assert rarely.events < 0.6 * often.events
    assert often.mean_per_day == pytest.approx(0.5, rel=0.2)
    assert rarely.mean_per_day == pytest.approx(0.5, rel=0.25)


def test_unranked_time_is_no_exposure(made_market: MakeMarket, made_series: MakeSeries) -> None:
    half = made_series(
        800,
        lambda t: np.where(t < 700, 200_000 + 60_000 * (t % 2), np.nan),
        every=0.5,
    )
    found = demand(made_market(history={SeriesKind.SALES_RANK: half}))
    assert found.exposed_days == pytest.approx(265, abs=1)
    assert found.mean_per_day * 30 == pytest.approx(20.0, rel=0.05)


def test_saturated_drops_lose_their_say(made_market: MakeMarket, made_series: MakeSeries) -> None:
    busy = made_series(400, lambda t: 50 + 20 * (t % 0.25 > 0.1), every=0.125)
    sure = replace(MADE, prior_events=6.0, saturation=10.0)
    found = estimate_demand(made_market(history={SeriesKind.SALES_RANK: busy}), sure)
    assert isinstance(found, Demand)
    assert found.drops_per_month == pytest.approx(120, rel=0.05)
    assert found.trust_in_drops < 0.001
    assert found.curve_per_month is not None
    assert found.mean_per_day * 30 > 0.5 * found.curve_per_month > 120


def test_the_badge_is_a_floor(made_market: MakeMarket, made_series: MakeSeries) -> None:
    badge = {SeriesKind.MONTHLY_SOLD: made_series(30, lambda _: 16.0)}
    plain, floored = demand(made_market()), demand(made_market(history=badge))
    assert floored.monthly_sold == 16
    assert floored.mean_per_day > plain.mean_per_day
    assert floored.mean_per_day * 30 > 16
    # The badge is worth five events at 1.4 times its bound, then nothing below the bound is left.
    shape = plain.shape + 5
    mean = shape / (plain.shape / (30 * plain.mean_per_day) + 5 / (1.4 * 16))
    draws = stats.gamma(shape, scale=mean / shape).rvs(200_000, random_state=1)
    kept = draws[draws > 16]
    assert floored.mean_per_day * 30 == pytest.approx(kept.mean(), rel=0.01)
    assert floored.cv == pytest.approx(kept.std() / kept.mean(), rel=0.05)


def test_a_badge_that_contradicts_the_drops_speaks_alone(
    made_market: MakeMarket, made_series: MakeSeries
) -> None:
    badge = {SeriesKind.MONTHLY_SOLD: made_series(30, lambda _: 1000.0)}
    found = demand(made_market(history=badge))
    assert found.mean_per_day * 30 == pytest.approx(1400)
    unranked = demand(made_market(history={**badge, SeriesKind.SALES_RANK: None}))
    assert unranked.mean_per_day * 30 == pytest.approx(1400)
    assert unranked.rank_level is None
    assert unranked.drops_per_month is None


def test_variations_split_the_demand_widely(made_market: MakeMarket) -> None:
    alone = demand(made_market())
    shared = demand(made_market(product={"variation_asins": ("A", "B", "C")}))
    assert shared.shared_by == 3
    assert shared.mean_per_day == pytest.approx(alone.mean_per_day / 3)
    assert shared.cv > 1


def test_other_categories_and_marketplaces_have_their_own_prior(made_market: MakeMarket) -> None:
    other = demand(made_market(product={"root_category": Category(1055398, "Home")}))
    rootless = demand(made_market(product={"root_category": None}))
    book = demand(made_market())
    assert other.curve_per_month != book.curve_per_month
    assert rootless.cv > book.cv
    abroad = demand(made_market(product={"marketplace": MARKETPLACES["GB"]}))
    assert abroad.cv > book.cv


def test_last_years_season_is_carried_over_in_part(
    made_market: MakeMarket, made_series: MakeSeries
) -> None:
    # A year ago the rank was ten times better in the 60 days that follow this day of the year.
    term = made_series(800, lambda t: np.where((t >= 435) & (t < 495), 2e4, 2e5))
    found = demand(made_market(history={SeriesKind.SALES_RANK: term}))
    swing = units_per_month_at(2e4, 283155, MADE) / units_per_month_at(2e5, 283155, MADE)
    assert found.season == pytest.approx(swing**0.5)
    young = made_series(400, lambda _: 2e5)
    assert demand(made_market(history={SeriesKind.SALES_RANK: young})).season == 1


def test_stated_levels_are_the_learned_ones(made_market: MakeMarket) -> None:
    wide = replace(MADE, levels=np.array([[0.05, 0.6, 0.95], [0.05, 0.6, 0.95]]))
    found, plain = estimate_demand(made_market(), wide), demand(made_market())
    assert isinstance(found, Demand)
    assert found.per_month(0.1) == pytest.approx(plain.per_month(0.05))
    assert found.per_month(0.5) == pytest.approx(plain.per_month(0.6))
    assert wide.level(0.0, 5) == 0
    assert wide.level(1.0, 5) == 1


@given(
    drops=st.integers(0, 60),
    more=st.integers(1, 60),
    rank=st.floats(2, 7),
    badge=st.one_of(st.none(), st.integers(50, 1000)),
    stated=st.floats(0.02, 0.98),
)
def test_more_events_never_mean_fewer_sales_and_levels_never_cross(
    drops: int, more: int, rank: float, badge: int | None, stated: float
) -> None:
    def found(count: int) -> Demand:
        return demand_of(
            DemandSigns(
                root=283155,
                is_us=True,
                rank_level=10**rank,
                season_ranks=None,
                badge=badge,
                shared_by=1,
                drops=count,
                events=float(count),
                sales=1.2 * count,
                days=3_000.0,
                exposed_days=365.0,
            ),
            MODEL,
        )

    few, many = found(drops), found(drops + more)
    # Over 3,000 days this is under two drops a month, where they are not saturated.
    assert many.mean_per_day >= few.mean_per_day * (1 - 1e-9)
    assert 0 < few.per_month(stated) <= few.per_month(stated + 0.01)


def test_without_rank_and_badge_it_abstains(made_market: MakeMarket) -> None:
    found = estimate_demand(made_market(history={SeriesKind.SALES_RANK: None}))
    assert isinstance(found, Abstention)
    assert found.code == "no_demand_signal"


def test_a_rank_without_history_or_of_long_ago_still_places_on_the_curve(
    made_market: MakeMarket, made_series: MakeSeries
) -> None:
    now_only = demand(
        made_market(history={SeriesKind.SALES_RANK: None}, current={SeriesKind.SALES_RANK: 1e5})
    )
    assert now_only.curve_per_month == pytest.approx(15)
    assert now_only.mean_per_day * 30 == pytest.approx(15)
    ended = made_series(365, lambda t: np.where(t < 200, 1e5, np.nan))
    found = demand(made_market(history={SeriesKind.SALES_RANK: ended}))
    assert found.rank_level == 1e5
    assert found.events == 0


def test_nothing_after_the_moment_is_read(made_market: MakeMarket) -> None:
    market = made_market()
    then = market.observed_minute - 200 * MINUTES_PER_DAY
    busy = StepSeries.from_unordered(then + np.arange(1, 500), 1e5 * (1 + np.arange(1, 500) % 2))
    past = market.series(SeriesKind.SALES_RANK).up_to(then)
    altered = made_market(
        history={
            SeriesKind.SALES_RANK: StepSeries(
                np.concatenate((past.minutes, busy.minutes)),
                np.concatenate((past.values, busy.values)),
            )
        }
    )
    assert demand(market.as_of(then)) == demand(altered.as_of(then))
    assert demand(market) != demand(altered)
