"""How Keepa writes a series down: minute and value in turn, only where the value changes.

Compiled (see ``compiled``): plain functions over arrays, and nothing from other rooms.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from arbitragevault.sandbox.compiled import compiled

NO_VALUE: Final = -1

Flat = NDArray[np.int64]
"""int64 [points x 2 or 3]: minute, value (, shipping), as Keepa writes a series."""


@compiled
def pairs(minutes: NDArray[np.int64], values: NDArray[np.int64]) -> Flat:
    """A series of one value, int64 [n] columns."""
    flat, size = np.empty(2 * minutes.size, dtype=np.int64), 0
    for place in range(minutes.size):
        if not place or values[place] != values[place - 1]:
            flat[size], flat[size + 1] = minutes[place], values[place]
            size += 2
    return flat[:size].copy()


@compiled
def begun_pairs(minutes: NDArray[np.int64], values: NDArray[np.int64]) -> Flat:
    """A series of one value that begins only when it first holds something."""
    first = begin(values)
    return pairs(minutes[first:], values[first:])


@compiled
def begun_triplets(
    minutes: NDArray[np.int64], values: NDArray[np.int64], more: NDArray[np.int64]
) -> Flat:
    """A series of a value and its shipping that begins only when it first holds something."""
    flat, size, first = np.empty(3 * minutes.size, dtype=np.int64), 0, begin(values)
    for place in range(first, minutes.size):
        if place == first or values[place] != values[place - 1] or more[place] != more[place - 1]:
            flat[size], flat[size + 1], flat[size + 2] = minutes[place], values[place], more[place]
            size += 3
    return flat[:size].copy()


@compiled
def begin(values: NDArray[np.int64]) -> int:
    """The place at which a series first holds something; its length if it never does."""
    place = 0
    while place < values.size and values[place] == NO_VALUE:
        place += 1
    return place
