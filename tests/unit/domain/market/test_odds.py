"""Chances of a crash and a swarm: signs, outcomes, the logistic model, and no look ahead."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from arbitragevault.domain.market.clock import MINUTES_PER_DAY
from arbitragevault.domain.market.market import Market, SeriesKind
from arbitragevault.domain.market.odds import (
    CRASH,
    ODDS,
    SIGN_NAMES,
    SWARM,
    OddsModel,
    daily_prices,
    happened,
    market_signs,
)
from arbitragevault.domain.market.series import StepSeries

MakeMarket = Callable[..., Market]
MakeSeries = Callable[..., StepSeries]
DAY = MINUTES_PER_DAY
MODEL = OddsModel(("a", "b"), (1.0, 0.0), (2.0, 1.0), (0.5, -1.0), -1.0, 0.2)


def signs_of(market: Market, price: StepSeries, since: int | None = None) -> dict[str, float]:
    """The signs of a New unit."""
    prices = daily_prices(price, market.observed_minute, since)
    return market_signs(market, prices, SeriesKind.COUNT_NEW)


def test_signs_are_what_they_are_called(made_market: MakeMarket, made_series: MakeSeries) -> None:
    price = made_series(800, lambda t: np.where(t < 790, 1000.0, 2000.0))
    offers = made_series(800, lambda t: np.where(t < 790, 8.0, 4.0))
    amazon = made_series(800, lambda t: np.where(t < 755, np.nan, 900.0))
    market = made_market(history={SeriesKind.COUNT_NEW: offers, SeriesKind.AMAZON: amazon})
    signs = signs_of(market, price)
    assert set(signs) == set(SIGN_NAMES)
    for sign in ("over_quarter", "over_low_tenth", "over_quarter_low"):
        assert signs[sign] == pytest.approx(np.log(2))
    assert signs["over_year"] == pytest.approx(np.log(2) * (1 - 11 / 365), rel=0.01)
    assert signs["quarter_swing"] == pytest.approx(np.log(np.log(2) / np.sqrt(89) + 0.01))
    assert signs["offers"] == pytest.approx(np.log(4))
    assert signs["offers_over_quarter"] == pytest.approx(-np.log(2))
    assert signs["amazon_share"] == pytest.approx(46 / 90)
    assert signs["amazon_sells"] == 1
    assert signs["new_over_used"] == pytest.approx(np.log(0.95 / 0.5), rel=0.01)


def test_what_is_not_known_is_no_sign(made_market: MakeMarket) -> None:
    nothing = dict.fromkeys(
        (SeriesKind.COUNT_NEW, SeriesKind.USED, SeriesKind.NEW, SeriesKind.AMAZON)
    )
    signs = signs_of(made_market(history=nothing), StepSeries.empty())
    known = {name for name, value in signs.items() if not np.isnan(value)}
    assert known == {"amazon_share", "amazon_sells"}
    for risk in (CRASH, SWARM):
        assert 0 < ODDS[risk, False].chance(signs).probability < 1


def test_a_changed_meaning_is_no_move(made_market: MakeMarket, made_series: MakeSeries) -> None:
    price = made_series(400, lambda t: np.where(t < 380, 1000.0, 1700.0))
    since = int(price.minutes[380])
    signs = signs_of(made_market(), price, since)
    assert signs["over_year"] == pytest.approx(0, abs=1e-9)
    assert signs["year_swing"] == pytest.approx(np.log(0.01))
    later = signs_of(made_market(), price, since + 1_000 * DAY)
    assert later["over_year"] > 0


def test_drivers_add_up_to_the_odds() -> None:
    found = MODEL.chance({"a": 3.0, "b": 2.0})
    assert [(one.name, one.effect) for one in found.drivers] == [("b", -2.0), ("a", 0.5)]
    assert found.probability == pytest.approx(1 / (1 + np.exp(2.5)))
    unknown = MODEL.chance({"a": float("nan"), "b": 0.0})
    assert unknown.probability == pytest.approx(1 / (1 + np.exp(1)))


@pytest.mark.parametrize(
    ("values", "factor", "came"),
    [
        ([100.0, 69.0], 0.7, True),
        ([100.0, 71.0], 0.7, False),
        ([4.0, 6.0], 1.5, False),
        ([4.0, 7.0], 1.5, True),
        ([np.nan, 7.0], 1.5, None),
    ],
)
def test_a_week_within_sixty_days_decides(
    values: list[float], factor: float, *, came: bool | None
) -> None:
    series = StepSeries.from_unordered([0, 1], values)
    assert happened(series, 0, factor) is came


def test_weeks_that_are_not_known_tell_nothing() -> None:
    gone = StepSeries.from_unordered([0, 61 * DAY], [np.nan, 4.0])
    assert happened(gone, 0, 1.5) is None
    known_now_only = StepSeries.from_unordered([0, DAY], [4.0, np.nan])
    # The week has one known day: its median is that day's value.
    assert happened(known_now_only, 0, 1.5) is False


def test_a_move_of_three_days_or_after_sixty_does_not_count() -> None:
    short = StepSeries.from_unordered([0, 10 * DAY, 13 * DAY], [100.0, 50.0, 100.0])
    late = StepSeries.from_unordered([0, 61 * DAY], [100.0, 50.0])
    assert happened(short, 0, 0.7) is False
    assert happened(late, 0, 0.7) is False


@given(
    prices=st.lists(st.floats(100, 9_000), min_size=3, max_size=40),
    counts=st.lists(st.integers(1, 60), min_size=3, max_size=40),
    future=st.floats(1, 1e6),
)
def test_chances_are_probabilities_and_never_look_ahead(
    made_market: MakeMarket, prices: list[float], counts: list[int], future: float
) -> None:
    now = made_market().observed_minute - 30 * DAY
    past = now - DAY * np.arange(len(prices) - 1, -1, -1) * 9

    def signs(after: list[float]) -> dict[str, float]:
        minutes = np.append(past, [now + DAY] * len(after))
        price = StepSeries(minutes, np.array([*prices, *after]))
        at = now - DAY * np.arange(len(counts) - 1, -1, -1) * 9
        offers = StepSeries(np.append(at, [now + DAY] * len(after)), np.array([*counts, *after]))
        market = made_market(history={SeriesKind.COUNT_USED: offers}).as_of(now)
        known = daily_prices(price.up_to(now), now, None)
        return market_signs(market, known, SeriesKind.COUNT_USED)

    plain, scrambled = signs([]), signs([future])
    assert plain == pytest.approx(scrambled, nan_ok=True)
    for model in ODDS.values():
        assert 0 <= model.chance(plain).probability <= 1
