"""Season: only what came again a year later speaks for the coming weeks."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from arbitragevault.domain.market.clock import MINUTES_PER_DAY
from arbitragevault.domain.market.season import nearness, repeats
from arbitragevault.domain.market.series import StepSeries
from arbitragevault.domain.market.windows import PastWindows, past_windows

DAYS = 4 * 365


def windows(price: Callable[[int], float], days: int = DAYS) -> PastWindows:
    """The past of a price of which one value a day is made by hand."""
    at = [MINUTES_PER_DAY * (day + 1) for day in range(days)]
    series = StepSeries.from_unordered(at, [price(day) for day in range(days)])
    return past_windows(series, at[-1], window_days=(15, 75))


def textbook(day: int) -> float:
    """Dearer by two thirds in the last quarter of each year that ends now."""
    return 5000.0 if (DAYS - day) % 365 < 91 else 3000.0


def restless(day: int) -> float:
    return 3000.0 * float(np.exp(0.2 * np.random.default_rng(day // 30).standard_normal()))


def test_what_comes_every_year_repeats() -> None:
    assert repeats(windows(textbook)) > 0.6


@pytest.mark.parametrize("price", [lambda _: 3000.0, restless], ids=["constant", "restless"])
def test_what_does_not_come_again_is_no_season(price: Callable[[int], float]) -> None:
    assert repeats(windows(price)) < 0.15


def test_once_is_no_season() -> None:
    assert repeats(windows(textbook, 365 + 75)) == 0.0


def test_the_other_way_round_a_year_later_is_no_season() -> None:
    def alternating(day: int) -> float:
        return 5000.0 if (DAYS - day) % 730 < 365 else 3000.0

    assert repeats(windows(alternating)) == 0.0


def test_windows_of_this_time_of_the_year_are_near() -> None:
    past = windows(textbook)
    near = nearness(past)
    away = np.abs((past.age_days + 182) % 365 - 182)
    assert near[away < 7].min() > 0.97
    assert near[away > 170].max() < 0.001
