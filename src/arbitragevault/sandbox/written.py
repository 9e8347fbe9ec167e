"""How Keepa writes a series down: minute and value in turn, only where the value changes.

Compiled (see ``compiled``): plain functions over arrays, and nothing from other rooms.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from arbitragevault.sandbox.compiled import compiled

if TYPE_CHECKING:
    from arbitragevault.sandbox.shelf import Shelf

NO_VALUE: Final = -1

Flat = NDArray[np.int64]
"""int64 [points x 2 or 3]: minute, value (, shipping), as Keepa writes a series."""

SIDE: Final = 0
COUNT: Final = 1
LATE_COUNT: Final = 2
BOX: Final = 3
PRICE: Final = 4
LANDED: Final = 5
TOTAL: Final = 6
"""What a series of a page is made of: rows of ``Shelf.sides`` and ``Shelf.counts``, the latter also
since offers are counted by channel; the New Buy Box; rows of ``Shelf.prices``, without and with
shipping; the number of offers on the page."""
_FETCHED: Final = 40
"""Offers on the pages that a look reads."""
_MONTH: Final = 30 * 1_440


class Page(NamedTuple):
    """What looks at the shelf brought: series one after the other, and where each ends in ``flat``.

    ``held`` is int64 [looks at prices] the offer that held the New Buy Box, -1 for none.
    """

    flat: Flat
    ends: NDArray[np.int64]
    held: NDArray[np.int64]


@compiled
def page_of(
    plan: NDArray[np.int64],
    minutes: NDArray[np.int64],
    at: NDArray[np.int64],
    reads: NDArray[np.int64],
    shelf: Shelf,
    boxes: NDArray[np.int64],
    counted_since: int,
) -> Page:
    """Write down the shelf and the New Buy Box.

    Args:
        plan: int64 [series, 3] of each what it is made of, which row of it, and whether it is left
            out if it never holds anything.
        minutes: int64 [n] market minutes of the looks at prices.
        at: int64 [k] those of the looks that read the offers page.
        reads: int64 [k] which of the looks they are.
        shelf: What they saw.
        boxes: int64 [4, boxes] minutes, holders, prices and shipping of the Buy Box.
        counted_since: Market minute since which offers are counted by channel.
    """
    box = _boxes_at(minutes, boxes)
    flat = np.empty(3 * plan.shape[0] * minutes.size, dtype=np.int64)
    ends, end, late = np.empty(plan.shape[0], dtype=np.int64), 0, 0
    while late < minutes.size and minutes[late] < counted_since:
        late += 1
    for series in range(plan.shape[0]):
        source, row, is_optional = plan[series]
        if source in (SIDE, COUNT):
            values = shelf.sides[row] if source == SIDE else shelf.counts[row]
            if not is_optional or begin(values) < values.size:
                end = add_pairs(flat, end, minutes, values)
        elif source == LATE_COUNT:
            end = add_pairs(flat, end, minutes[late:], shelf.counts[row, late:])
        elif source == BOX:
            end = _add_triplets(flat, end, minutes, box[1], box[2])
        elif source == PRICE:
            first = begin(shelf.prices[row])
            end = add_pairs(flat, end, at[first:], shelf.prices[row, first:])
        elif source == LANDED:
            end = _add_triplets(flat, end, at, shelf.prices[row], shelf.shipping[row])
        else:
            end = _add_totals(flat, end, at, reads, shelf.counts[row])
        ends[series] = end
    return Page(flat[:end].copy(), ends, box[0].copy())


@compiled
def _boxes_at(minutes: NDArray[np.int64], boxes: NDArray[np.int64]) -> NDArray[np.int64]:
    """int64 [3, looks]: who held the Buy Box at each look, its price and its shipping."""
    found, place = np.empty((3, minutes.size), dtype=np.int64), 0
    for look in range(minutes.size):
        while place < boxes.shape[1] and boxes[0, place] <= minutes[look]:
            place += 1
        for column in range(3):
            found[column, look] = boxes[column + 1, place - 1] if place else NO_VALUE
    return found


@compiled
def _add_totals(
    flat: Flat,
    size: int,
    minutes: NDArray[np.int64],
    reads: NDArray[np.int64],
    counts: NDArray[np.int64],
) -> int:
    """Add how many offers each look found, less than nothing where there were more than it read."""
    for look in range(minutes.size):
        total = max(counts[reads[look]], 0)
        flat[size], flat[size + 1] = minutes[look], -_FETCHED if total > _FETCHED else total
        size += 2
    return size


@compiled
def add_pairs(flat: Flat, size: int, minutes: NDArray[np.int64], values: NDArray[np.int64]) -> int:
    """Add a series of one value, int64 [n] columns; where it ends."""
    for place in range(minutes.size):
        if not place or values[place] != values[place - 1]:
            flat[size], flat[size + 1] = minutes[place], values[place]
            size += 2
    return size


@compiled
def _add_triplets(
    flat: Flat,
    size: int,
    minutes: NDArray[np.int64],
    values: NDArray[np.int64],
    more: NDArray[np.int64],
) -> int:
    """Add a series of a value and its shipping that begins only when it first holds something."""
    first = begin(values)
    for place in range(first, minutes.size):
        if place == first or values[place] != values[place - 1] or more[place] != more[place - 1]:
            flat[size], flat[size + 1], flat[size + 2] = minutes[place], values[place], more[place]
            size += 3
    return size


@compiled
def begin(values: NDArray[np.int64]) -> int:
    """The place at which a series first holds something; its length if it never does."""
    place = 0
    while place < values.size and values[place] == NO_VALUE:
        place += 1
    return place


@compiled
def pairs(minutes: NDArray[np.int64], values: NDArray[np.int64]) -> Flat:
    """A series of one value, int64 [n] columns."""
    flat = np.empty(2 * minutes.size, dtype=np.int64)
    return flat[: add_pairs(flat, 0, minutes, values)].copy()


@compiled
def badges(
    minutes: NDArray[np.int64], sold: NDArray[np.int64], units: int, steps: NDArray[np.int64]
) -> Flat:
    """The "bought in past month" badge: the highest step that the last 30 days' units reach.

    Args:
        minutes: int64 [n] market minutes of the looks.
        sold: int64 [sales] market minutes of the sales, ascending.
        units: Units per sale.
        steps: int64 [steps] what a badge may say, ascending.
    """
    shown = np.empty(minutes.size, dtype=np.int64)
    until, since = 0, 0
    for look in range(minutes.size):
        while until < sold.size and sold[until] < minutes[look]:
            until += 1
        while since < sold.size and sold[since] < minutes[look] - _MONTH:
            since += 1
        shown[look] = NO_VALUE
        for step in steps:
            if (until - since) * units < step:
                break
            shown[look] = step
    first = begin(shown)
    return pairs(minutes[first:], shown[first:])


@compiled
def reviews(
    minutes: NDArray[np.int64],
    sold: NDArray[np.int64],
    units: int,
    rated: tuple[int, float],
    level: int,
) -> tuple[Flat, Flat]:
    """Rating and number of ratings, which follow the sales.

    Args:
        minutes: int64 [n] market minutes of the looks.
        sold: int64 [sales] market minutes of the sales, ascending.
        units: Units per sale.
        rated: How many ratings there were at first, and how many come with a unit sold.
        level: The usual rating, in tenths of a star.
    """
    at, stars = np.empty_like(minutes), np.empty_like(minutes)
    ratings, size, sales = np.empty_like(minutes), 0, 0
    for look in range(minutes.size):
        while sales < sold.size and sold[sales] < minutes[look]:
            sales += 1
        count = rated[0] + int(sales * units * rated[1])
        if count > 0:
            at[size], ratings[size] = minutes[look], count
            stars[size] = min(max(level + (math.sin(count / 40.0) > 0.8), 10), 50)
            size += 1
    return pairs(at[:size], stars[:size]), pairs(at[:size], ratings[:size])
