"""Past windows of a price or count series: where it stood, and what came after, when already known.

Everything that learns from a product's own past looks at the same windows: a start each week, the
value in force then, its place against the yearly level of that day, and the time-weighted median of
the window that followed. Windows that are not over yet have no outcome and are not formed, so that
nothing looks ahead.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from arbitragevault.domain.market.clock import MINUTES_PER_DAY
from arbitragevault.domain.market.series import StepSeries

STEP_DAYS: Final = 7
"""Days between the starts of two windows."""

PAST_DAYS: Final = 1_460
"""How far back windows are formed. Older ones would carry little weight anyway."""

YEAR_DAYS: Final = 365
LEAST_LEVEL_DAYS: Final = 60
"""Known days that a yearly level needs at least."""

LEAST_KNOWN_SHARE: Final = 0.2
"""Share of a window that must be known for its median to count as its outcome."""


@dataclass(frozen=True, slots=True, eq=False)
class PastWindows:
    """The weekly windows of a series whose outcome is known at its end, oldest first.

    Args:
        age_days: int64 [n]: days between each start and the end of the series.
        place: [n]: log of the value at the start over the yearly level of that day; NaN if the
            year before was too thinly known.
        outcome: [n]: log of the median over the window that followed over the value at the start.
        reached: [n]: log of that median itself; NaN before a change of what the series means.
        logs: Daily log values up to the end, of one meaning, the last year at most; NaN where
            unknown.
        place_now: The place at the end of the series; NaN if unknown.
        level_now: Yearly level (geometric time-weighted mean) at the end; NaN if unknown.
        known_days: Days on which the value was known, of those looked at.
    """

    age_days: NDArray[np.int64]
    place: NDArray[np.float64]
    outcome: NDArray[np.float64]
    reached: NDArray[np.float64]
    logs: NDArray[np.float64]
    place_now: float
    level_now: float
    known_days: int


def past_windows(
    series: StepSeries,
    now: int,
    *,
    window_days: tuple[int, int],
    basis_change: int | None = None,
    past_days: int = PAST_DAYS,
    with_place: bool = True,
) -> PastWindows:
    """Form the past windows of a price or count series.

    The value in force is read once a day, so the median of a window is that of its days.

    Args:
        series: Values; NaN where unknown. Zero and less count as unknown.
        now: Market minute of the last instant that may be looked at.
        window_days: First and last day of a window, counted from its start.
        basis_change: Minute at which the series changed its meaning. No window and no yearly level
            reaches across it.
        past_days: How far back windows are formed.
        with_place: Work out places against the yearly level; without it they are NaN.
    """
    days = _days_to_look_at(series, now, past_days)
    at = now - MINUTES_PER_DAY * np.arange(days - 1, -1, -1, dtype=np.int64)
    values = series.sample(at)
    logs = np.log(np.where(values > 0, values, np.nan))
    known = ~np.isnan(logs)
    change = days if basis_change is None else int(np.searchsorted(at, basis_change))
    level = np.full(days, np.nan)
    if with_place:
        level = _yearly_levels(logs, known, change if change < days else 0)
    first, last = window_days
    starts = np.arange(days - 1 - last, -1, -STEP_DAYS)[::-1]
    if change < days:
        starts = starts[(starts >= change) | (starts + last < change)]
    starts = starts[known[starts]]
    outcome = _medians(logs, starts + first, last - first) - logs[starts]
    told = ~np.isnan(outcome)
    starts, outcome = starts[told], outcome[told]
    same = change if change < days else 0
    return PastWindows(
        age_days=days - 1 - starts,
        place=logs[starts] - level[starts],
        outcome=outcome,
        reached=np.where(starts >= same, outcome + logs[starts], np.nan),
        logs=logs[max(same, days - YEAR_DAYS) :],
        place_now=float(logs[-1] - level[-1]) if days else float("nan"),
        level_now=float(np.exp(level[-1])) if days else float("nan"),
        known_days=int(known.sum()),
    )


def _days_to_look_at(series: StepSeries, now: int, most: int) -> int:
    """Days of history from the first point on, the last instant included."""
    if not len(series) or series.minutes[0] > now:
        return 0
    return min(most, int(now - series.minutes[0]) // MINUTES_PER_DAY + 1)


def _yearly_levels(
    logs: NDArray[np.float64], known: NDArray[np.bool_], change: int
) -> NDArray[np.float64]:
    """The mean log over the year up to and including each day, not reaching across a change."""
    total = np.concatenate(([0.0], np.cumsum(np.where(known, logs, 0.0))))
    count = np.concatenate(([0], np.cumsum(known)))
    day = np.arange(logs.size)
    begin = np.maximum(day - YEAR_DAYS + 1, 0)
    if change:
        begin = np.where(day >= change, np.maximum(begin, change), begin)
    covered = count[day + 1] - count[begin]
    level = np.full(logs.shape, np.nan)
    np.divide(total[day + 1] - total[begin], covered, out=level, where=covered >= LEAST_LEVEL_DAYS)
    return level


def _medians(
    values: NDArray[np.float64], starts: NDArray[np.int64], length: int
) -> NDArray[np.float64]:
    """Medians of the known days of equally long windows; NaN where too few are known."""
    if not starts.size:
        return np.empty(0)
    ordered = np.sort(sliding_window_view(values, length)[starts], axis=1)
    count = length - np.isnan(ordered).sum(axis=1)
    middle = ordered[np.arange(starts.size), np.maximum(count - 1, 0) // 2]
    return np.where(count >= max(1, LEAST_KNOWN_SHARE * length), middle, np.nan)
