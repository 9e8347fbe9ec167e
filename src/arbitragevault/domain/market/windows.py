"""Past windows of a price or count series: where it stood, and what came after, when already known.

Everything that learns from a product's own past looks at the same windows: a start each week, the
value in force then, its place against the yearly level of that day, and the time-weighted median of
the window that followed. Windows that are not over yet have no outcome and are not formed, so that
nothing looks ahead.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp
from typing import Final

import numpy as np
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
    logs = series.daily_logs(now, days)
    known = _counted(np.isfinite(logs))
    change = days if basis_change is None else _first_day_from(basis_change, now, days)
    same = change if change < days else 0
    first, last = window_days
    begins = _window_starts(days, last, change)
    begins = begins[known[begins + 1] > known[begins]]
    at_start = logs[begins]
    reached = _medians(logs, known, begins + first, last - first)
    told = np.isfinite(reached)
    begins, at_start, reached = begins[told], at_start[told], reached[told]
    level, place = np.nan, np.full(begins.size, np.nan)
    if with_place and days:
        of_days = np.concatenate((begins, [days - 1]))
        levels = _yearly_levels(logs, known, of_days, same)
        level, place = levels.item(-1), at_start - levels[:-1]
    return PastWindows(
        age_days=days - 1 - begins,
        place=place,
        outcome=reached - at_start,
        reached=reached if not same else np.where(begins >= same, reached, np.nan),
        logs=logs[max(same, days - YEAR_DAYS) :],
        place_now=logs.item(-1) - level if days else np.nan,
        level_now=exp(level),
        known_days=known.item(-1),
    )


def _days_to_look_at(series: StepSeries, now: int, most: int) -> int:
    """Days of history from the first point on, the last instant included."""
    if not len(series) or series.minutes[0] > now:
        return 0
    return min(most, int(now - series.minutes[0]) // MINUTES_PER_DAY + 1)


def _first_day_from(minute: int, now: int, days: int) -> int:
    """The first of the days up to now that does not end before a minute; ``days`` if none."""
    return min(max(days - 1 - (now - minute) // MINUTES_PER_DAY, 0), days)


def _window_starts(days: int, last: int, change: int) -> NDArray[np.int64]:
    """Days on which windows start, oldest first, none of which reaches across a change."""
    starts = np.arange((days - 1 - last) % STEP_DAYS, days - last, STEP_DAYS)
    if change < days:
        return starts[(starts >= change) | (starts + last < change)]
    return starts


def _counted(known: NDArray[np.bool_]) -> NDArray[np.int64]:
    """[n + 1] how many of the days before each are known."""
    counted = np.zeros(known.size + 1, np.int64)
    known.cumsum(out=counted[1:])
    return counted


def _yearly_levels(
    logs: NDArray[np.float64],
    known: NDArray[np.int64],
    days: NDArray[np.int64],
    change: int,
) -> NDArray[np.float64]:
    """The mean log over the year up to and including some days, not reaching across a change."""
    total = np.zeros(logs.size + 1)
    np.where(known[1:] > known[:-1], logs, 0.0).cumsum(out=total[1:])
    begin = np.maximum(days - (YEAR_DAYS - 1), 0)
    if change:
        begin = np.where(days >= change, np.maximum(begin, change), begin)
    covered = known[days + 1] - known[begin]
    level: NDArray[np.float64] = (total[days + 1] - total[begin]) / np.maximum(covered, 1)
    level[covered < LEAST_LEVEL_DAYS] = np.nan
    return level


def _medians(
    values: NDArray[np.float64], known: NDArray[np.int64], starts: NDArray[np.int64], length: int
) -> NDArray[np.float64]:
    """Medians of the known days of equally long windows; NaN where too few are known."""
    if not starts.size:
        return np.empty(0)
    # One row per day, of which the windows are some; the rows share their memory.
    shape = values.size - length + 1, length
    every = np.ndarray(shape, buffer=values, strides=2 * values.strides)
    ordered = np.sort(every[starts], axis=1)
    count = known[starts + length] - known[starts]
    middle: NDArray[np.float64] = ordered[np.arange(starts.size), np.maximum(count - 1, 0) // 2]
    middle[count < max(1, LEAST_KNOWN_SHARE * length)] = np.nan
    return middle
