"""Season of a price: did what happened at one time of the year happen again a year later?

A textbook rises before each term, year after year; most prices do nothing of the kind. So windows
that began at the same time of the year speak for the coming one only as far as the product's own
past repeats: the correlation of outcomes a year apart, shrunk towards none.
"""

from __future__ import annotations

from math import sqrt
from typing import Final

import numpy as np
from numpy.typing import NDArray

from arbitragevault.domain.market.windows import STEP_DAYS, YEAR_DAYS, PastWindows

SEASON_WIDTH_DAYS: Final = 30.0
"""Standard deviation of the kernel around this time of the year, days."""

_APART_DAYS: Final = YEAR_DAYS // STEP_DAYS * STEP_DAYS
_LEAST_PAIRS: Final = 20
_PRIOR_PAIRS: Final = 26.0
"""Weekly pairs of windows a year apart that the belief in "no season" is worth: half a year."""

_MOST_MOVE: Final = 0.5
"""Log moves are cut off here, so that a single spike does not look like a season."""


def nearness(past: PastWindows) -> NDArray[np.float64]:
    """[n] how near past windows began to this time of the year, 0 to 1."""
    half = YEAR_DAYS // 2
    distance = np.abs((past.age_days + half) % YEAR_DAYS - half) / SEASON_WIDTH_DAYS
    near: NDArray[np.float64] = np.exp(-0.5 * distance**2)
    return near


def repeats(past: PastWindows) -> float:
    """How far the product's outcomes came again a year later, from 0 (not at all) to below 1.

    0 where fewer than twenty pairs of windows a year apart are known, which takes two years.
    """
    # Ages fall, so the windows a year before are found from the other end.
    ages = past.age_days[::-1]
    earlier = ages.searchsorted(ages + _APART_DAYS)
    paired = earlier < ages.size
    paired[paired] = ages[earlier[paired]] == ages[paired] + _APART_DAYS
    count = int(np.count_nonzero(paired))
    if count < _LEAST_PAIRS:
        return 0.0
    moves = np.minimum(np.maximum(past.outcome[::-1], -_MOST_MOVE), _MOST_MOVE)
    now, before = moves[paired], moves[earlier[paired]]
    now, before = now - now.sum() / count, before - before.sum() / count
    spread = sqrt(float(now @ now) * float(before @ before))
    if spread <= 0.0:
        return 0.0
    return max(0.0, float(now @ before) / spread) * count / (count + _PRIOR_PAIRS)
