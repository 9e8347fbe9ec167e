"""The state of a price: where it stands against its own past, and how restless it has been."""

from __future__ import annotations

from dataclasses import dataclass
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
    """

    features: NDArray[np.float64]
    place: float
    moved: float
    age_days: int


def price_state(logs: NDArray[np.float64], place: float) -> PriceState:
    """The state of the last of some daily log prices.

    Args:
        logs: [days] log prices, one a day, the last one now; NaN where unknown. All of one meaning:
            days before a change of basis left out.
        place: Log of the price now over its yearly level; NaN if unknown.
    """
    year = logs[-365:]
    known = ~np.isnan(year)
    changes = _changes(year, known)
    moving = np.flatnonzero(np.abs(changes) > LEAST_CHANGE)
    age = int(year.size - 1 - moving[-1]) if moving.size else int(year.size - 1)
    size = np.minimum(np.abs(changes), MOST_MOVE)
    quarter, quarter_deviation = _place(year, known, 90)
    annual, annual_deviation = _place(year, known, 365)
    moved, _ = _place(year, known, 30)
    up, up_quarter = _clipped(annual), _clipped(quarter)
    features = np.array(
        [
            np.log(size[-90:].mean() + 0.002),
            np.log(size.mean() + 0.002),
            np.log(annual_deviation + 0.02),
            np.log(quarter_deviation + 0.02),
            np.log1p(age),
            np.maximum(up, 0.0),
            np.maximum(-up, 0.0),
            np.maximum(up_quarter, 0.0),
            np.maximum(-up_quarter, 0.0),
        ]
    )
    return PriceState(features=features, place=place, moved=moved, age_days=age)


def _changes(logs: NDArray[np.float64], known: NDArray[np.bool_]) -> NDArray[np.float64]:
    """The change from the last known day before to each day; 0 where either is unknown."""
    day = np.arange(logs.size)
    last = np.maximum.accumulate(np.where(known, day, -1))
    before = np.concatenate(([-1], last[:-1]))
    both = known & (before >= 0)
    return np.where(both, logs - logs[np.maximum(before, 0)], 0.0)


def _place(logs: NDArray[np.float64], known: NDArray[np.bool_], days: int) -> tuple[float, float]:
    """The last log price over its mean, and the standard deviation, of the last so many days."""
    recent = logs[-days:][known[-days:]]
    if recent.size < 0.3 * min(days, 60):
        return float("nan"), float("nan")
    return float(logs[-1] - recent.mean()), float(recent.std())


def _clipped(distance: float) -> float:
    return float(np.clip(distance, -MOST_DISTANCE, MOST_DISTANCE))
