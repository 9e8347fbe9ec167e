"""The state of a price: where it stands against its own past, and how restless it has been."""

from __future__ import annotations

from dataclasses import dataclass
from math import isnan, log, log1p, nan, sqrt
from typing import Final

import numpy as np
from numpy.typing import NDArray

FEATURES: Final = (
    "log_moves_90",
    "log_moves_365",
    "log_deviation_365",
    "log_deviation_90",
    "log_age",
    "above_year",
    "below_year",
    "above_quarter",
    "below_quarter",
)
"""Names of ``PriceState.features``. Moves: mean absolute daily log change over so many days, each
change cut at 0.3. Deviation: standard deviation of the log price. Age: days since the last change.
Above / below: distance of the log price from its mean over a year or a quarter, cut at 1.5."""

MOST_MOVE: Final = 0.3
"""A larger daily log change says no more about restlessness: it is a seller who came or went."""

MOST_DISTANCE: Final = 1.5
LEAST_CHANGE: Final = 1e-9
"""Smaller log differences are rounding, not changes of price."""


@dataclass(frozen=True, slots=True, eq=False)
class PriceState:
    """What of a price's past tells how far it will move.

    Args:
        features: float64 [len(FEATURES)]; NaN where too little is known.
        place: Log of the price over its yearly level; NaN if unknown.
        moved: Log of the price over its mean of 30 days: how far it has just moved; NaN if unknown.
        age_days: Days since the price last changed.
        logs: [days] log prices of the last year, one a day, the last one now; NaN where unknown.
    """

    features: NDArray[np.float64]
    place: float
    moved: float
    age_days: int
    logs: NDArray[np.float64]


def price_state(logs: NDArray[np.float64], place: float) -> PriceState:
    """The state of the last of some daily log prices.

    Args:
        logs: [days] log prices, one a day, the last one now; NaN where unknown. All of one meaning:
            days before a change of basis left out.
        place: Log of the price now over its yearly level; NaN if unknown.
    """
    year = logs[-365:]
    days = np.isfinite(year).nonzero()[0]
    seen = year[days]
    changes = np.abs(seen[1:] - seen[:-1])
    moving = (changes > LEAST_CHANGE).nonzero()[0]
    age = year.size - 1 - (days.item(moving[-1] + 1) if moving.size else 0)
    size = np.minimum(changes, MOST_MOVE)
    late = days.searchsorted(year.size - 90)
    level = year.item(-1)
    quarter_mean, quarter_deviation = _usual(seen[late:], 90)
    annual_mean, annual_deviation = _usual(seen, 365)
    month = seen[days.searchsorted(year.size - 30) :]
    moved = level - _usual(month, 30)[0]
    quarter, annual = level - quarter_mean, level - annual_mean
    up, up_quarter = _clipped(annual), _clipped(quarter)
    features = np.array(
        [
            log(size[max(late - 1, 0) :].sum() / min(year.size, 90) + 0.002),
            log(size.sum() / year.size + 0.002),
            log(annual_deviation + 0.02),
            log(quarter_deviation + 0.02),
            log1p(age),
            # NaN stays NaN, because it comes first.
            max(up, 0.0),
            max(-up, 0.0),
            max(up_quarter, 0.0),
            max(-up_quarter, 0.0),
        ]
    )
    return PriceState(features=features, place=place, moved=moved, age_days=age, logs=year)


def _usual(recent: NDArray[np.float64], days: int) -> tuple[float, float]:
    """Mean and standard deviation of the known log prices of the last so many days."""
    if recent.size < 0.3 * min(days, 60):
        return nan, nan
    mean = float(recent.sum()) / recent.size
    off = recent - mean
    return mean, sqrt(float(off @ off) / recent.size)


def _clipped(distance: float) -> float:
    """Within the bounds; NaN stays NaN."""
    return max(-MOST_DISTANCE, min(distance, MOST_DISTANCE)) if not isnan(distance) else nan
