"""Interpolation of single numbers against numpy's of many."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from arbitragevault.domain.market.interpolation import interpolated

numbers = st.integers(-10_000, 10_000).map(lambda whole: whole / 7)


@given(st.lists(numbers, min_size=1, max_size=9, unique=True), st.data())
def test_it_is_numpys_to_the_last_digit(drawn: list[float], data: st.DataObject) -> None:
    places = np.sort(np.array(drawn))
    values = np.array(data.draw(st.lists(numbers, min_size=len(drawn), max_size=len(drawn))))
    at = data.draw(st.one_of(numbers, st.sampled_from(drawn)))
    assert interpolated(at, places, values) == np.interp(at, places, values)
