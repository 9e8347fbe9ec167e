"""When they come who come at a rate that changes from day to day.

Compiled (see ``compiled``): plain functions over arrays, and nothing from other rooms.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from arbitragevault.sandbox.compiled import compiled

_SPARE: Final = 16
"""Draws beyond the usual number and eight standard deviations, so that they never run out."""


def arrivals(rates: NDArray[np.float64], draws: np.random.Generator) -> NDArray[np.float64]:
    """Days after the first one on which somebody comes, ascending.

    Args:
        rates: float64 [days] how many come per day.
        draws: Random numbers for it.
    """
    expected = np.zeros(rates.size + 1)
    np.cumsum(rates, out=expected[1:])
    return arrivals_by(expected, draws)


def arrivals_by(expected: NDArray[np.float64], draws: np.random.Generator) -> NDArray[np.float64]:
    """``arrivals`` by float64 [days + 1] how many have come until the beginning of each day."""
    total = float(expected[-1])
    waits = draws.standard_exponential(int(total + 8 * np.sqrt(total) + _SPARE))
    return came(waits, expected)


@compiled
def came(waits: NDArray[np.float64], expected: NDArray[np.float64]) -> NDArray[np.float64]:
    """The days on which the expected number reaches the sums of waits."""
    days, size, day, total = np.empty(waits.size), 0, 0, 0.0
    for wait in waits:
        total += wait
        if total >= expected[-1]:
            break
        while expected[day + 1] <= total:
            day += 1
        slope = 1.0 / (expected[day + 1] - expected[day])
        days[size] = slope * (total - expected[day]) + day
        size += 1
    return days[:size].copy()
