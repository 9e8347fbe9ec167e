"""Keepa's flat integer arrays as step series.

The integers go from the JSON text into numpy without becoming Python objects on the way: simdjson
hands a whole array over as one buffer, which is a copy and thus outlives the parser. All arrays of
one width are joined and converted at once, and the series are views of the result: a product has
some forty short series, and numpy's cost per call would outweigh the work.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Final, Generic, TypeVar

import numpy as np
import simdjson
from numpy.typing import NDArray

from arbitragevault.adapters.keepa.wire_fields import whole
from arbitragevault.domain.errors import PayloadError
from arbitragevault.domain.market.series import SeriesRow, StepSeries

FAR_FUTURE: Final = int(np.iinfo(np.int32).max)
"""No market minute lies beyond it: the end of the 32-bit minutes of a step series."""
PAIR: Final = 2
TRIPLET: Final = 3

Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Columns(Generic[Key]):
    """The points of many series below each other.

    Args:
        keys: What each series is.
        minutes: int32 [n], strictly increasing within each series.
        numbers: int64 [n, width - 1], Keepa's numbers as they were sent.
        lengths: How many of the points belong to each series.
    """

    keys: Sequence[Key]
    minutes: NDArray[np.int32]
    numbers: NDArray[np.int64]
    lengths: Sequence[int]

    def series(self, values: NDArray[np.float64]) -> list[StepSeries]:
        """The series that these values form with the minutes, in the order of the keys."""
        if not self.lengths:
            return []
        values.flags.writeable = self.minutes.flags.writeable = False
        return list(SeriesRow(self.minutes, values, [0, *accumulate(self.lengths)]))

    def by_key(self, values: NDArray[np.float64]) -> dict[Key, StepSeries]:
        """The same by key; those without a single point are left out."""
        found = zip(self.keys, self.series(values), self.lengths, strict=True)
        return {key: series for key, series, length in found if length}

    def some(self, places: Sequence[int]) -> Columns[Key]:
        """The series at some places alone."""
        ends = list(accumulate(self.lengths))
        spans = [slice(ends[place] - self.lengths[place], ends[place]) for place in places]
        nothing = slice(0, 0)
        return Columns(
            [self.keys[place] for place in places],
            np.concatenate([self.minutes[span] for span in spans or [nothing]]),
            np.concatenate([self.numbers[span] for span in spans or [nothing]]),
            [self.lengths[place] for place in places],
        )

    def span(self, key: Key) -> slice:
        """The rows of one series; an empty slice if there is none."""
        if key not in self.keys:
            return slice(0, 0)
        index = self.keys.index(key)
        start = sum(self.lengths[:index])
        return slice(start, start + self.lengths[index])


class FlatArrays(Generic[Key]):
    """Collects flat arrays [minute, number, ...] of one width, then converts them together.

    Args:
        width: Integers per point.
    """

    def __init__(self, width: int) -> None:
        self._width = width
        self._buffers: list[bytes] = []
        self._sizes: list[int] = []
        self._keys: list[Key] = []

    def add(self, key: Key, element: object, name: str) -> None:
        """Take one more array.

        Args:
            key: What it is.
            element: A simdjson array, or None for one without points.
            name: What it holds, for the error.

        Raises:
            PayloadError: If it is no list, or holds anything else than whole numbers of 64 bits.
        """
        self._keys.append(key)
        if element is None:
            self._sizes.append(0)
            return
        if not isinstance(element, simdjson.Array):
            raise PayloadError(f"{name} is no list; ask Keepa again.")
        try:
            self._buffers.append(element.as_buffer(of_type="i"))
        except (TypeError, ValueError) as error:
            raise PayloadError(
                f"{name} holds something else than whole numbers; ask Keepa again."
            ) from error
        self._sizes.append(len(element))

    def extend(self, keys: Iterable[Key], elements: Sequence[object], name: str) -> None:
        """Take many arrays of one name, which is faster than one by one.

        Raises:
            PayloadError: If one is no list, or holds anything else than whole numbers of 64 bits.
        """
        try:
            buffers = [element.as_buffer(of_type="i") for element in elements]  # type: ignore[attr-defined]
        except (AttributeError, TypeError, ValueError):
            for key, element in zip(keys, elements, strict=True):
                self.add(key, element, name)
            return
        self._keys.extend(keys)
        self._buffers.extend(buffers)
        self._sizes.extend(map(len, elements))  # type: ignore[arg-type]

    def columns(self, limit: int) -> Columns[Key]:
        """Convert what was taken, in the order of taking.

        An incomplete last point, points before 2011 and points after ``limit`` are left out; of
        points at one minute the last one counts.

        Args:
            limit: Last minute that can have been observed.

        Raises:
            PayloadError: If there were lists within a list.
        """
        if not self._buffers:
            return self._columns(np.empty((0, self._width), np.int64), self._sizes)
        joined = np.frombuffer(b"".join(self._buffers), np.int64)
        if joined.size != sum(self._sizes):
            raise PayloadError("A history holds lists within the list; ask Keepa again.")
        lengths = [size // self._width for size in self._sizes]
        if sum(lengths) * self._width == joined.size:
            table = joined.reshape(-1, self._width)
            minutes = np.ascontiguousarray(table[:, 0])
            if is_in_order(minutes, lengths, limit):
                return self._columns(table, lengths)
        parts = np.split(joined, np.cumsum(self._sizes)[:-1])
        tables = [_points(part, self._width, limit) for part in parts]
        return self._columns(np.concatenate(tables), [len(table) for table in tables])

    def _columns(self, table: NDArray[np.int64], lengths: list[int]) -> Columns[Key]:
        return Columns(self._keys, table[:, 0].astype(np.int32), table[:, 1:], lengths)


def is_in_order(minutes: NDArray[np.int64], lengths: Sequence[int], limit: int) -> bool:
    """True if every series increases strictly and no minute is impossible.

    Args:
        minutes: int64 [n], of many series one after the other.
        lengths: How many points each series has, summing to n.
        limit: Last minute that can have been observed.
    """
    if not minutes.size:
        return True
    if int(minutes.min()) < 0 or int(minutes.max()) > limit:
        return False
    falls = (minutes[1:] <= minutes[:-1]).nonzero()[0] + 1
    return set(accumulate(lengths)).issuperset(falls.tolist())


def usable_points(minutes: NDArray[np.int64], limit: int) -> NDArray[np.int64]:
    """Where the usable points of one series are, oldest first; of one minute the last counts.

    Args:
        minutes: int64 [n], in any order.
        limit: Last minute that can have been observed.
    """
    if is_in_order(minutes, [minutes.size], limit):
        return np.arange(minutes.size)
    usable = np.flatnonzero((minutes >= 0) & (minutes <= limit))
    usable = usable[np.argsort(minutes[usable], kind="stable")]
    chosen: NDArray[np.int64] = usable[np.append(np.diff(minutes[usable]) > 0, True)[: usable.size]]
    return chosen


def few_points(told: object, limit: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Minutes and numbers of one short flat list that is Python objects already.

    Points that are no whole numbers, or lie at impossible minutes, are left out.

    Args:
        told: ``[minute, number, ...]``; anything but a list has no points.
        limit: Last minute that can have been observed.
    """
    entries = told if isinstance(told, list) else []
    pairs = ((whole(at), whole(what)) for at, what in zip(*[iter(entries)] * PAIR, strict=False))
    points = [(at, what) for at, what in pairs if at is not None and what is not None]
    table = np.array(points, np.int64).reshape(-1, PAIR)
    places = usable_points(table[:, 0], limit)
    return table[places, 0], table[places, 1]


def _points(numbers: NDArray[np.int64], width: int, limit: int) -> NDArray[np.int64]:
    """The usable points [points, width] of one flat array, whatever its order."""
    table = numbers[: numbers.size // width * width].reshape(-1, width)
    table = table[(table[:, 0] >= 0) & (table[:, 0] <= limit)]
    table = table[np.argsort(table[:, 0], kind="stable")]
    last_of_minute = np.append(table[1:, 0] != table[:-1, 0], True)[: len(table)]
    chosen: NDArray[np.int64] = table[last_of_minute]
    return chosen


def known(numbers: NDArray[np.int64]) -> NDArray[np.float64]:
    """Numbers as floats; Keepa's negative sentinels become NaN."""
    floats = numbers.astype(np.float64)
    np.putmask(floats, floats < 0, np.nan)
    return floats


def landed(numbers: NDArray[np.int64]) -> NDArray[np.float64]:
    """[n, 2] prices and shipping as landed prices; a negative shipping is never added."""
    return known(numbers[:, 0]) + np.maximum(numbers[:, 1], 0)
