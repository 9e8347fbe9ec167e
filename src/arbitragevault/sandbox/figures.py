"""What Keepa's ``stats`` say of one series, by the rules that ``stats`` tells.

Compiled (see ``compiled``): plain functions over arrays, and nothing from other rooms.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from arbitragevault.sandbox.compiled import compiled

GONE: Final = -1
_SPIKE: Final = 9.0
"""Times the time-weighted mean of the rest: fitted on ten recordings, where it gives 145 of 148
maxima (140 without it) and 554 of 592 averages (547)."""
_LOWEST: Final = 1
_HIGHEST: Final = -1
_LATELY: Final = 2
_SURE_DROP_ABOVE: Final = 10_000
_SMALL_STEP_ABOVE: Final = 100_000


@compiled
def landed(flat: NDArray[np.int64], width: int) -> NDArray[np.int64]:
    """int64 [2, points]: minutes, and prices with known shipping."""
    found = np.empty((2, flat.size // width), dtype=np.int64)
    for place in range(found.shape[1]):
        found[0, place], value = flat[place * width], flat[place * width + 1]
        shipping = flat[place * width + 2] if width > 2 else 0
        found[1, place] = value + max(shipping, 0) if value >= 0 else value
    return found


class Figures(NamedTuple):
    """What is said of one series.

    ``extremes`` is int64 [4, 2], minute and value of the lowest and the highest, each of all and of
    those in the first window; ``GONE`` twice where there is none. ``means`` and ``percentages`` are
    int64 [windows]: time-weighted means, and per cent of the time without a value; ``GONE`` where
    neither can be said.
    """

    at_start: int
    is_lowest: bool
    is_lowest_lately: bool
    extremes: NDArray[np.int64]
    means: NDArray[np.int64]
    percentages: NDArray[np.int64]


@compiled
def figures(
    minutes: NDArray[np.int64],
    values: NDArray[np.int64],
    usual: NDArray[np.int64],
    windows: NDArray[np.int64],
    tracking_since: int,
) -> Figures:
    """What is said of a series.

    Args:
        minutes: int64 [points] market minutes, ascending; at least one.
        values: int64 [points] values from these minutes on; ``GONE`` where there is none.
        usual: int64 [points] the values that count for means and maxima.
        windows: int64 [windows, 2] market minutes, start and end. The first is the interval of the
            request, the third one that of ``is_lowest_lately``.
        tracking_since: Market minute of the first observation.
    """
    start = windows[0, 0]
    first, last = within(minutes, start, windows[0, 1])
    extremes = np.full((4, 2), GONE)
    for row, ones, sign in ((0, values, _LOWEST), (2, usual, _HIGHEST)):
        for place, begin, end in ((row, 0, values.size), (row + 1, first, last)):
            found = _first(ones[begin:end], sign)
            if found != GONE:
                extremes[place, 0] = minutes[begin + found]
                extremes[place, 1] = ones[begin + found]
        if extremes[row + 1, 1] != GONE:
            extremes[row + 1, 0] = max(extremes[row + 1, 0], start)
    begin, end = within(minutes, windows[_LATELY, 0], windows[_LATELY, 1])
    means, percentages = _over_windows(minutes, values, usual, windows, tracking_since)
    at_start = GONE if minutes[0] > start else values[first]
    lowest, lowest_lately = _is_lowest(values), _is_lowest(values[begin:end])
    return Figures(at_start, lowest, lowest_lately, extremes, means, percentages)


@compiled
def within(minutes: NDArray[np.int64], start: int, end: int) -> tuple[int, int]:
    """The points in force at some time in [start, end): the first, and the one after the last."""
    first = int(np.searchsorted(minutes, start, side="right")) - 1
    return max(first, 0), int(np.searchsorted(minutes, end, side="left"))


@compiled
def without_spikes(
    minutes: NDArray[np.int64], values: NDArray[np.int64], now: int
) -> NDArray[np.int64]:
    """The values with those far above the time-weighted mean of the others taken for missing."""
    kept, count = values.copy(), int(np.count_nonzero(values >= 0))
    lasting = np.empty_like(minutes)
    lasting[:-1] = minutes[1:] - minutes[:-1]
    lasting[-1] = max(0, now - int(minutes[-1]))
    while True:
        lasted, total, left = 0, 0, 0
        for place in range(kept.size):
            if kept[place] >= 0:
                lasted += int(lasting[place])
                total += int(kept[place] * lasting[place])
        if not lasted:
            return kept
        limit = _SPIKE * (total / lasted)
        for place in range(kept.size):
            left += 0 <= kept[place] <= limit
        if left == count:
            return kept
        count = left
        for place in range(kept.size):
            if kept[place] > limit:
                kept[place] = GONE


@compiled
def _over_windows(
    minutes: NDArray[np.int64],
    values: NDArray[np.int64],
    usual: NDArray[np.int64],
    windows: NDArray[np.int64],
    tracking_since: int,
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Time-weighted means of the usual values, and per cent of the time without any value."""
    # Of every point: whether it has a value, whether a usual one, and which.
    points = np.empty((minutes.size, 3), dtype=np.int64)
    sums = np.zeros((minutes.size, 3), dtype=np.int64)
    for place in range(minutes.size):
        points[place, 0], points[place, 1] = values[place] >= 0, usual[place] >= 0
        points[place, 2] = max(usual[place], 0)
    for place in range(1, minutes.size):
        lasting = minutes[place] - minutes[place - 1]
        for column in range(3):
            sums[place, column] = sums[place - 1, column] + lasting * points[place - 1, column]
    means = np.full(windows.shape[0], GONE)
    percentages = np.full(windows.shape[0], GONE)
    at_start, at_since, at_end = np.zeros(3, np.int64), np.zeros(3, np.int64), np.zeros(3, np.int64)
    for number in range(windows.shape[0]):
        start, end = windows[number, 0], windows[number, 1]
        since = max(start, tracking_since)
        for moment, found in ((start, at_start), (since, at_since), (end, at_end)):
            _up_to(minutes, points, sums, moment, found)
        known = at_end[1] - at_start[1]
        if known:
            means[number] = (at_end[2] - at_start[2]) // known
        if end > since:
            gone = end - since - (at_end[0] - at_since[0])
            percentages[number] = -(-100 * gone // (end - since))
    return means, percentages


@compiled
def _up_to(
    minutes: NDArray[np.int64],
    points: NDArray[np.int64],
    sums: NDArray[np.int64],
    moment: int,
    found: NDArray[np.int64],
) -> None:
    """What the points come to from the first one to a moment: each counts while it is in force."""
    place = int(np.searchsorted(minutes, moment, side="left")) - 1
    if place < 0:
        found[:] = 0
        return
    for column in range(found.size):
        found[column] = sums[place, column] + points[place, column] * (moment - minutes[place])


@compiled
def _first(values: NDArray[np.int64], sign: int) -> int:
    """Place of the first lowest value that is there (``sign`` 1), or highest (-1); else -1."""
    found = GONE
    for place in range(values.size):
        value = values[place]
        if value >= 0 and (found < 0 or value * sign < values[found] * sign):
            found = place
    return found


@compiled
def _is_lowest(values: NDArray[np.int64]) -> bool:
    """Whether the last value is the lowest of all."""
    place = _first(values, _LOWEST)
    return bool(place >= 0 and 0 <= values[-1] <= values[place])


@compiled
def times_gone(minutes: NDArray[np.int64], values: NDArray[np.int64], start: int, end: int) -> int:
    """Stretches without a value in [start, end), one that lasts all along included (recorded)."""
    first, last = within(minutes, start, end)
    count = 0
    for place in range(first, last):
        count += values[place] < 0 and (place == first or values[place - 1] >= 0)
    return count


@compiled
def rank_drops(minutes: NDArray[np.int64], ranks: NDArray[np.int64], start: int) -> int:
    """Steps to a better rank that Keepa takes for sales, from the rank at ``start`` on."""
    before, count = GONE, 0
    for place in range(minutes.size):
        after = ranks[place]
        if after < 0:
            continue
        # What was known last at the start is where the first step begins.
        if minutes[place] > start and before >= 0:
            needed = 0.03 if before < _SMALL_STEP_ABOVE else 0.05
            if before < _SURE_DROP_ABOVE:
                needed = 0.0
            count += after < before and (before - after) / max(after, 1) >= needed
        before = after
    return count
