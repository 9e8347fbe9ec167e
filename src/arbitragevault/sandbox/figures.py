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
CURRENT: Final = 0
AT_START: Final = 1
LOWEST_EVER: Final = 2
LOWEST_LATELY: Final = 3
MEANS: Final = 4
PERCENTAGES: Final = 9
"""Rows of ``Said.table``: from ``MEANS`` on time-weighted means, and from ``PERCENTAGES`` on per
cent of the time without a value, a row for each of five windows."""
_LOWEST: Final = 1
_HIGHEST: Final = -1
_LATELY: Final = 2
_NEVER: Final = 1 << 62
"""A moment after all others."""
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


class Said(NamedTuple):
    """What is said of some series, by slot; ``GONE`` wherever nothing can be said.

    ``table`` is int64 [rows, slots], its rows named above. ``extremes`` is int64 [4, slots, 2],
    minute and value of the lowest and of the highest, each of all and of those in the first window.
    """

    table: NDArray[np.int64]
    extremes: NDArray[np.int64]


def said(
    flat: NDArray[np.int64],
    parts: NDArray[np.int64],
    windows: NDArray[np.int64],
    tracking_since: int,
    now: int,
    slots: int,
) -> Said:
    """What is said of every series of a product.

    Args:
        flat: int64, series as Keepa writes them, one after the other; each has a point.
        parts: int64 [series, 4] of each its slot, how many numbers make a point, where it ends in
            ``flat``, and whether it is of prices: then values far above all others are left out of
            means and maxima, and the time without a value is told.
        windows: int64 [windows, 2] market minutes, start and end. The first is the interval of the
            request, the third one that of ``LOWEST_LATELY``.
        tracking_since: Market minute of the first observation.
        now: Market minute at which the last value of each series ends.
        slots: How many slots there are.
    """
    table = np.full((PERCENTAGES + len(windows), slots), GONE)
    table[LOWEST_EVER : LOWEST_LATELY + 1] = 0
    extremes = np.full((4, slots, 2), GONE)
    say(flat, parts, windows, tracking_since, now, table, extremes)
    return Said(table, extremes)


@compiled
def say(
    flat: NDArray[np.int64],
    parts: NDArray[np.int64],
    windows: NDArray[np.int64],
    tracking_since: int,
    now: int,
    table: NDArray[np.int64],
    extremes: NDArray[np.int64],
) -> None:
    """Fill in what is ``said``."""
    begin = 0
    for part in range(parts.shape[0]):
        slot, end = parts[part, 0], parts[part, 2]
        points = landed(flat[begin:end], parts[part, 1])
        minutes, values = points[0], points[1]
        usual = without_spikes(minutes, values, now) if parts[part, 3] else values
        _say(minutes, values, usual, windows, table[:, slot], extremes[:, slot])
        since = tracking_since if parts[part, 3] else _NEVER
        _over_windows(minutes, values, usual, windows, since, table[MEANS:, slot])
        begin = end


@compiled
def _say(
    minutes: NDArray[np.int64],
    values: NDArray[np.int64],
    usual: NDArray[np.int64],
    windows: NDArray[np.int64],
    column: NDArray[np.int64],
    extremes: NDArray[np.int64],
) -> None:
    """Fill in what is not reckoned over time: the present, the first window's start, extremes."""
    start = windows[0, 0]
    first, last = within(minutes, start, windows[0, 1])
    for row, ones, sign in ((0, values, _LOWEST), (2, usual, _HIGHEST)):
        for place, begin, end in ((row, 0, values.size), (row + 1, first, last)):
            found = _first(ones[begin:end], sign)
            if found != GONE:
                extremes[place, 0] = minutes[begin + found]
                extremes[place, 1] = ones[begin + found]
        if extremes[row + 1, 1] != GONE:
            extremes[row + 1, 0] = max(extremes[row + 1, 0], start)
    begin, end = within(minutes, windows[_LATELY, 0], windows[_LATELY, 1])
    column[CURRENT] = values[-1]
    column[AT_START] = GONE if minutes[0] > start else values[first]
    column[LOWEST_EVER] = 0 <= values[-1] <= extremes[0, 1]
    column[LOWEST_LATELY] = _is_lowest(values[begin:end])


@compiled
def within(minutes: NDArray[np.int64], start: int, end: int) -> tuple[int, int]:
    """The points in force at some time in [start, end): the first, and the one after the last."""
    return max(_before(minutes, start + 1) - 1, 0), _before(minutes, end)


@compiled
def _before(minutes: NDArray[np.int64], moment: int) -> int:
    """How many of ascending minutes lie before a moment."""
    low, high = 0, minutes.size
    while low < high:
        middle = (low + high) // 2
        if minutes[middle] < moment:
            low = middle + 1
        else:
            high = middle
    return low


@compiled
def without_spikes(
    minutes: NDArray[np.int64], values: NDArray[np.int64], now: int
) -> NDArray[np.int64]:
    """The values with those far above the time-weighted mean of the others taken for missing."""
    kept, count = np.empty_like(values), 0
    lasting = np.empty_like(minutes)
    for place in range(values.size):
        until = minutes[place + 1] if place + 1 < values.size else max(now, minutes[place])
        lasting[place] = until - minutes[place]
        kept[place] = values[place]
        count += values[place] >= 0
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
    found: NDArray[np.int64],
) -> None:
    """Fill in the means of the usual values, and then per cent of the time without any value."""
    count = windows.shape[0]
    for number in range(count):
        start, end = windows[number, 0], windows[number, 1]
        since = max(start, tracking_since)
        lasted, total, there = 0, 0, 0
        for place in range(max(_before(minutes, start + 1) - 1, 0), minutes.size):
            begin, until = minutes[place], end
            if begin >= end:
                break
            if place + 1 < minutes.size:
                until = min(minutes[place + 1], end)
            if usual[place] >= 0:
                lasted += until - max(begin, start)
                total += usual[place] * (until - max(begin, start))
            if values[place] >= 0:
                there += max(until - max(begin, since), 0)
        if lasted:
            found[number] = total // lasted
        if end > since:
            found[count + number] = -(-100 * (end - since - there) // (end - since))


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
