"""Cutting flat arrays into many series."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from arbitragevault.domain.errors import SeriesError
from arbitragevault.domain.market.series import SeriesRow, StepSeries


@given(st.lists(st.lists(st.integers(0, 1_000), unique=True, max_size=6), max_size=6))
def test_the_parts_are_the_series(parts: list[list[int]]) -> None:
    parts = [sorted(part) for part in parts]
    minutes = np.array([minute for part in parts for minute in part], np.int64)
    values = minutes * 0.5
    series = StepSeries.split(minutes, values, [len(part) for part in parts])
    assert series == [StepSeries(np.array(p, np.int32), np.array(p) * 0.5) for p in parts]
    row = SeriesRow.of(minutes, values, [len(part) for part in parts])
    assert [row[place] for place in range(len(row))] == series
    assert not any(one.minutes.flags.writeable or one.values.flags.writeable for one in series)


@given(st.lists(st.integers(0, 9), min_size=1, max_size=8), st.integers(0, 8))
def test_order_is_checked_within_a_series_only(minutes: list[int], cut: int) -> None:
    cut = min(cut, len(minutes))
    lengths = [cut, len(minutes) - cut]
    in_order = all(part == sorted(set(part)) for part in (minutes[:cut], minutes[cut:]))
    if in_order:
        assert len(StepSeries.split(minutes, minutes, lengths)) == 2
    else:
        with pytest.raises(SeriesError, match="increase strictly"):
            StepSeries.split(minutes, minutes, lengths)


@pytest.mark.parametrize(
    ("minutes", "values", "lengths"),
    [([1, 2], [1.0], [2]), ([1, 2], [1.0, 2.0], [1]), ([1], [1.0], []), ([[1]], [[1.0]], [1])],
)
def test_lengths_that_do_not_fit(
    minutes: list[int], values: list[float], lengths: list[int]
) -> None:
    with pytest.raises(SeriesError, match="were to be cut"):
        StepSeries.split(minutes, values, lengths)


def test_nothing() -> None:
    assert StepSeries.split([], [], []) == []
    assert StepSeries.split([], [], [0, 0]) == [StepSeries.empty(), StepSeries.empty()]
