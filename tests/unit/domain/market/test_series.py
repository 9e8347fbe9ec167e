"""Step series against brute force: every minute written out and counted."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from arbitragevault.domain.errors import SeriesError
from arbitragevault.domain.market.series import StepSeries

LAST = 120
values = st.one_of(st.just(float("nan")), st.integers(0, 9).map(float))
points = st.dictionaries(st.integers(-20, LAST), values, max_size=30)
series_of_minutes = points.map(
    lambda drawn: StepSeries.from_unordered(list(drawn.keys()), list(drawn.values()))
)
windows = st.tuples(st.integers(-30, LAST + 30), st.integers(-30, LAST + 30))


def every_minute(series: StepSeries, start: int, end: int) -> NDArray[np.float64]:
    """The value at each minute of [start, end), found by walking through the points."""
    values_by_minute = []
    for minute in range(start, end):
        value = math.nan
        for at, what in zip(series.minutes.tolist(), series.values.tolist(), strict=True):
            if at <= minute:
                value = what
        values_by_minute.append(value)
    return np.array(values_by_minute, dtype=np.float64)


class TestAgainstBruteForce:
    @given(series_of_minutes, windows)
    def test_value_and_sample(self, series: StepSeries, window: tuple[int, int]) -> None:
        start, end = window
        expected = every_minute(series, start, end)
        np.testing.assert_array_equal(series.sample(range(start, max(start, end))), expected)
        np.testing.assert_array_equal(
            [series.value_at(minute) for minute in range(start, end)], expected
        )

    @given(series_of_minutes, windows)
    def test_stretches_cover_the_window(self, series: StepSeries, window: tuple[int, int]) -> None:
        start, end = window
        lasting, held = series.stretches(start, end)
        assert (lasting > 0).all()
        np.testing.assert_array_equal(np.repeat(held, lasting), every_minute(series, start, end))

    @given(series_of_minutes, windows)
    def test_mean_and_share_unknown(self, series: StepSeries, window: tuple[int, int]) -> None:
        minutes = every_minute(series, *window)
        known = minutes[~np.isnan(minutes)]
        mean = known.mean() if known.size else math.nan
        assert series.mean(*window) == pytest.approx(mean, nan_ok=True)
        unknown = 1 - known.size / minutes.size if minutes.size else 1.0
        assert series.share_unknown(*window) == pytest.approx(unknown)

    @given(series_of_minutes, windows, st.lists(st.integers(0, 100), min_size=1, max_size=9))
    def test_quantiles(
        self, series: StepSeries, window: tuple[int, int], percents: list[int]
    ) -> None:
        minutes = every_minute(series, *window)
        known = np.sort(minutes[~np.isnan(minutes)])
        # The smallest value that was not exceeded for this share of the time, in whole numbers.
        expected = [
            known[max(0, -(-percent * known.size // 100) - 1)] if known.size else math.nan
            for percent in percents
        ]
        found = series.quantiles(*window, [percent / 100 for percent in percents])
        np.testing.assert_array_equal(found, expected)
        if 50 in percents:
            np.testing.assert_equal(series.median(*window), found[percents.index(50)])

    @given(
        st.dictionaries(st.integers(0, 20_000), st.integers(-5, 500), max_size=60),
        st.integers(0, 21_000),
        st.integers(0, 20),
    )
    def test_once_a_day(self, points: dict[int, int], now: int, days: int) -> None:
        series = StepSeries.from_unordered(list(points), list(points.values()))
        at = now - 1_440 * np.arange(days - 1, -1, -1)
        expected = series.sample(at)
        np.testing.assert_array_equal(series.daily(now, days), expected)
        logs = [math.log(value) if value > 0 else math.nan for value in expected]
        np.testing.assert_allclose(series.daily_logs(now, days), logs)

    @given(series_of_minutes, st.integers(-30, LAST + 30), values)
    def test_followed_by(self, series: StepSeries, minute: int, value: float) -> None:
        expected = every_minute(series, -40, LAST + 40)
        expected[minute + 40 :] = value
        longer = series.followed_by(minute, value)
        np.testing.assert_array_equal(every_minute(longer, -40, LAST + 40), expected)

    @given(st.lists(series_of_minutes, max_size=4))
    def test_lowest(self, series: list[StepSeries]) -> None:
        each = [every_minute(one, -30, LAST + 30) for one in (StepSeries.empty(), *series)]
        found = every_minute(StepSeries.lowest(series), -30, LAST + 30)
        np.testing.assert_array_equal(found, np.fmin.reduce(each))

    @given(series_of_minutes, windows, st.integers(1, 50))
    def test_resample(self, series: StepSeries, window: tuple[int, int], step: int) -> None:
        start, end = window
        expected = [series.mean(edge, edge + step) for edge in range(start, end - step + 1, step)]
        np.testing.assert_allclose(
            series.resample(start, end, step), expected, atol=1e-9, equal_nan=True
        )

    @given(series_of_minutes, st.integers(-30, LAST + 30))
    def test_the_past_is_unchanged_and_the_future_gone(
        self, series: StepSeries, minute: int
    ) -> None:
        past = series.up_to(minute)
        assert all(past.minutes <= minute)
        np.testing.assert_array_equal(
            every_minute(past, -20, minute + 1), every_minute(series, -20, minute + 1)
        )
        assert past.up_to(minute) is past


class TestBuilding:
    def test_of_points_at_one_minute_the_last_counts(self) -> None:
        series = StepSeries.from_unordered([5, 1, 5, 3], [1, 2, 3, 4])
        assert series == StepSeries(np.array([1, 3, 5]), np.array([2.0, 4.0, 3.0]))

    @pytest.mark.parametrize(
        ("minutes", "levels"),
        [([1, 2], [1.0]), ([1], [1.0, 2.0]), ([[1]], [[1.0]]), ([1, 2], [1.0, 2.0, 3.0])],
    )
    def test_arrays_that_do_not_belong_together(
        self, minutes: list[int], levels: list[float]
    ) -> None:
        with pytest.raises(SeriesError, match="two flat arrays of one length"):
            StepSeries(np.array(minutes), np.array(levels))
        with pytest.raises(SeriesError, match="two flat arrays of one length"):
            StepSeries.from_unordered(minutes, levels)

    @pytest.mark.parametrize("minutes", [[2, 1], [1, 1]])
    def test_minutes_must_increase(self, minutes: list[int]) -> None:
        with pytest.raises(SeriesError, match="must increase strictly"):
            StepSeries(np.array(minutes), np.array([1.0, 2.0]))

    def test_a_series_cannot_be_changed(self) -> None:
        series = StepSeries(np.array([1, 2]), np.array([1.0, 2.0]))
        with pytest.raises(ValueError, match="read-only"):
            series.minutes[0] = 0
        with pytest.raises(ValueError, match="read-only"):
            series.values[0] = 0
        with pytest.raises(TypeError, match="unhashable"):
            hash(series)

    @given(st.lists(series_of_minutes, max_size=5))
    def test_cutting_arrays_into_series(self, whole: list[StepSeries]) -> None:
        minutes = np.concatenate([np.empty(0, np.int32), *(one.minutes for one in whole)])
        held = np.concatenate([np.empty(0), *(one.values for one in whole)])
        parts = StepSeries.split(minutes, held, [len(one) for one in whole])
        assert parts == whole
        assert not any(part.values.flags.writeable for part in parts)

    def test_cutting_refuses_what_does_not_fit(self) -> None:
        with pytest.raises(SeriesError, match="3 points were to be cut from arrays of the shapes"):
            StepSeries.split([1, 2], [1.0, 2.0], [1, 2])
        with pytest.raises(SeriesError, match="2 points were to be cut"):
            StepSeries.split([1, 2], [1.0], [2])
        with pytest.raises(SeriesError, match="must increase strictly"):
            StepSeries.split([1, 3, 2, 1], [1.0, 2.0, 3.0, 4.0], [1, 3])


class TestOddCases:
    def test_an_empty_series_is_unknown(self) -> None:
        empty = StepSeries.empty()
        assert len(empty) == 0
        assert math.isnan(empty.value_at(5))
        assert np.isnan(empty.sample([1, 2])).all()
        assert math.isnan(empty.mean(0, 10))
        assert math.isnan(empty.median(0, 10))
        assert np.isnan(empty.resample(0, 10, 5)).all()
        assert empty.resample(0, 10, 5).shape == (2,)
        assert empty.share_unknown(0, 10) == 1
        assert empty.up_to(3) is empty

    def test_equality(self) -> None:
        one = StepSeries(np.array([1]), np.array([np.nan]))
        assert one == StepSeries(np.array([1]), np.array([np.nan]))
        assert one != StepSeries(np.array([2]), np.array([np.nan]))
        assert one != "a series"

    def test_a_price_that_held_for_a_day_counts_more_than_ten_that_held_for_minutes(self) -> None:
        flurry = [(1_440 + minute, 60.0 + minute) for minute in range(10)]
        minutes, levels = zip((0, 89.0), *flurry, strict=True)
        series = StepSeries(np.array(minutes), np.array(levels))
        assert series.median(0, 1_450) == 89.0
        assert np.median(series.values) < 70

    @given(arrays(np.float64, st.integers(1, 40), elements=st.floats(0, 1e7)), st.integers(1, 9))
    def test_quantiles_rise_with_their_level(self, levels: NDArray[np.float64], every: int) -> None:
        series = StepSeries(every * np.arange(levels.size, dtype=np.int32), levels)
        found = series.quantiles(0, every * levels.size, np.linspace(0, 1, 21))
        assert (np.diff(found) >= 0).all()
        assert found[0] == levels.min()
        assert found[-1] == levels.max()
