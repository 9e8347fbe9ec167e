"""Step series: values that hold until the next change, and their time-weighted statistics."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from math import isnan, nan
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from arbitragevault.domain.errors import SeriesError
from arbitragevault.domain.market.clock import MINUTES_PER_DAY

_NO_MINUTES: Final = np.empty(0, dtype=np.int32)
_NO_VALUES: Final = np.empty(0, dtype=np.float64)
_NO_MINUTES.flags.writeable = _NO_VALUES.flags.writeable = False

_SLACK_MINUTES: Final = 1e-6
"""Far above the rounding of a level times decades of minutes, far below one minute."""


@dataclass(frozen=True, slots=True, eq=False)
class StepSeries:
    """Values over time; each holds from its minute until the next one.

    Args:
        minutes: int32 [n], strictly increasing market minutes.
        values: float64 [n]; NaN where nothing is known or nothing was on offer.

    The arrays are read-only. Before the first minute the series is unknown; after the last one the
    last value holds.
    """

    minutes: NDArray[np.int32]
    values: NDArray[np.float64]

    def __post_init__(self) -> None:
        minutes = np.ascontiguousarray(self.minutes, dtype=np.int32)
        values = np.ascontiguousarray(self.values, dtype=np.float64)
        if minutes.ndim != 1 or minutes.shape != values.shape:
            raise SeriesError(
                f"A series needs two flat arrays of one length, were {minutes.shape} and "
                f"{values.shape}."
            )
        if not (minutes[1:] > minutes[:-1]).all():
            raise SeriesError("The minutes of a series must increase strictly.")
        minutes.flags.writeable = False
        values.flags.writeable = False
        object.__setattr__(self, "minutes", minutes)
        object.__setattr__(self, "values", values)

    @classmethod
    def empty(cls) -> StepSeries:
        """A series of which nothing is known."""
        return _EMPTY

    @classmethod
    def from_unordered(cls, minutes: ArrayLike, values: ArrayLike) -> StepSeries:
        """Build a series from points in any order; of points at one minute the last one counts.

        Args:
            minutes: [n] market minutes.
            values: [n] values.

        Raises:
            SeriesError: If the arrays are not flat or not of one length.
        """
        at = np.asarray(minutes, dtype=np.int32)
        what = np.asarray(values, dtype=np.float64)
        if at.ndim != 1 or at.shape != what.shape:
            raise SeriesError(
                f"A series needs two flat arrays of one length, were {at.shape} and {what.shape}."
            )
        order = np.argsort(at, kind="stable")
        at, what = at[order], what[order]
        last_of_minute = np.append(at[1:] != at[:-1], True) if at.size else np.empty(0, bool)
        return cls(at[last_of_minute], what[last_of_minute])

    @classmethod
    def split(
        cls, minutes: ArrayLike, values: ArrayLike, lengths: Sequence[int]
    ) -> list[StepSeries]:
        """Cut two flat arrays into consecutive series; much faster than building each alone.

        Args:
            minutes: [n] market minutes; strictly increasing within each series.
            values: [n] values.
            lengths: How many points each series has, summing to n.

        Raises:
            SeriesError: If the lengths do not fit or a series does not increase.
        """
        return list(SeriesRow.of(minutes, values, lengths))

    def __len__(self) -> int:
        return self.minutes.size

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, StepSeries):
            return NotImplemented
        return np.array_equal(self.minutes, other.minutes) and np.array_equal(
            self.values, other.values, equal_nan=True
        )

    __hash__ = None  # type: ignore[assignment]  # arrays have no stable hash

    @classmethod
    def lowest(cls, series: Sequence[StepSeries]) -> StepSeries:
        """The element-wise minimum of step series; unknown only where all of them are."""
        present = [one for one in series if len(one)]
        if len(present) < 2:
            return present[0] if present else _EMPTY
        # The parts are sorted, which a stable sort merges much faster than ``unique`` finds them.
        every = np.concatenate([one.minutes for one in present])
        every.sort(kind="stable")
        first = np.empty(every.size, np.bool_)
        first[0], first[1:] = True, every[1:] != every[:-1]
        minutes = every[first]
        values = present[0].sample_in_order(minutes)
        for one in present[1:]:
            np.fmin(values, one.sample_in_order(minutes), out=values)
        minutes.flags.writeable = values.flags.writeable = False
        return _checked(minutes, values)

    def followed_by(self, minute: int, value: float) -> StepSeries:
        """The series as it was before a minute, with a value in force from then on."""
        end = self._counted_by(minute - 1)
        minutes, values = np.empty(end + 1, np.int32), np.empty(end + 1)
        minutes[:end], minutes[end] = self.minutes[:end], minute
        values[:end], values[end] = self.values[:end], value
        minutes.flags.writeable = values.flags.writeable = False
        return _checked(minutes, values)

    def up_to(self, minute: int) -> StepSeries:
        """The series as it was known at a minute: later points removed."""
        end = self._counted_by(minute)
        return self if end == len(self) else _checked(self.minutes[:end], self.values[:end])

    def value_at(self, minute: int) -> float:
        """The value in force at a minute; NaN before the first point."""
        end = self._counted_by(minute)
        return self.values.item(end - 1) if end else nan

    def _counted_by(self, minute: int) -> int:
        """How many points there are up to a minute.

        Most questions are about the last moment, when it is all of them without searching.
        """
        count = self.minutes.size
        if not count or self.minutes.item(-1) <= minute:
            return count
        return bisect_right(self.minutes.data, minute)

    def sample(self, minutes: ArrayLike) -> NDArray[np.float64]:
        """The values in force at each of the given minutes; NaN before the first point.

        Args:
            minutes: [m] market minutes in any order.
        """
        at = np.asarray(minutes)
        if not len(self):
            return np.full(at.shape, np.nan)
        index = self.minutes.searchsorted(at, side="right") - 1
        return np.where(index >= 0, self.values[np.maximum(index, 0)], np.nan)

    def sample_in_order(self, minutes: NDArray[np.int32]) -> NDArray[np.float64]:
        """``sample`` at ascending minutes, for a series that is not empty."""
        index = self.minutes.searchsorted(minutes, side="right")
        index -= 1
        values = self.values.take(index)
        values[: bisect_left(minutes.data, self.minutes.item(0))] = nan
        return values

    def daily(self, now: int, days: int) -> NDArray[np.float64]:
        """The values in force once a day, the last time at a minute; NaN before the first point.

        The same as ``sample`` at those minutes, but each point is put in its place instead of being
        looked for each day.

        Args:
            now: Market minute of the last day.
            days: How many days.
        """
        first, last = self._in_force(now, days)
        return self._by_day(self.values[first:last], first, last, now, days)

    def daily_logs(self, now: int, days: int) -> NDArray[np.float64]:
        """Natural logs of ``daily``; NaN where unknown, zero or less."""
        first, last = self._in_force(now, days)
        # Points are fewer than days, mostly.
        logs = self.values[first:last].copy()
        logs[logs <= 0] = nan
        return self._by_day(np.log(logs, out=logs), first, last, now, days)

    def _in_force(self, now: int, days: int) -> tuple[int, int]:
        """The first and the one after the last point that is in force on some of the days."""
        start = now - (days - 1) * MINUTES_PER_DAY
        last = self._counted_by(now)
        return min(max(0, self._counted_by(start) - 1), last), last

    def _by_day(
        self, values: NDArray[np.float64], first: int, last: int, now: int, days: int
    ) -> NDArray[np.float64]:
        """The values of some points once a day for as long as each is in force."""
        if not values.size:
            return np.full(days, nan)
        # From which of the days on the first point, and each one after it, is in force.
        begin = max(0, days - 1 - (now - self.minutes.item(first)) // MINUTES_PER_DAY)
        if values.size == 1 and not begin:
            return np.full(days, values.item(0))
        begins = days - 1 - (now - self.minutes[first + 1 : last]) // MINUTES_PER_DAY
        held = np.empty(values.size, np.int64)
        held[0], held[1:] = begin, begins
        held[:-1] = begins - held[:-1]
        held[-1] = days - held[-1]
        by_day = values.repeat(held)
        return np.concatenate((np.full(begin, nan), by_day)) if begin else by_day

    def stretches(self, start: int, end: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """The pieces of constant value that cover [start, end).

        Returns:
            minutes [k]: how long each piece lasts (all > 0, summing to ``end - start``).
            values [k]: its value, NaN where unknown (also before the first point).
        """
        if end <= start:
            return np.empty(0, np.int64), _NO_VALUES
        first = bisect_right(self.minutes.data, start)
        last = self._counted_by(end - 1)
        edges = np.empty(last - first + 2, np.int64)
        edges[0], edges[1:-1], edges[-1] = start, self.minutes[first:last], end
        lasting = edges[1:] - edges[:-1]
        if first:
            return lasting, self.values[first - 1 : last]
        values = np.empty(last + 1)
        values[0], values[1:] = np.nan, self.values[:last]
        return lasting, values

    def known_stretches(
        self, start: int, end: int
    ) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """The ``stretches`` whose value is known."""
        lasting, values = self.stretches(start, end)
        known = np.isfinite(values)
        if np.count_nonzero(known) == known.size:
            return lasting, values
        return lasting[known], values[known]

    def share_unknown(self, start: int, end: int) -> float:
        """The share (0-1) of [start, end) in which the value is unknown; 1 for an empty window."""
        if end <= start:
            return 1.0
        lasting, values = self.stretches(start, end)
        if values.size == 1:
            return float(isnan(values.item(0)))
        return 1.0 - int(lasting @ np.isfinite(values)) / (end - start)

    def mean(self, start: int, end: int) -> float:
        """The time-weighted mean over [start, end), unknown stretches left out; NaN if all are."""
        lasting, values = self.known_stretches(start, end)
        total = int(lasting.sum())
        return float(lasting @ values) / total if total else float("nan")

    def quantiles(
        self, start: int, end: int, levels: Sequence[float] | NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Time-weighted quantiles over [start, end), unknown stretches left out.

        The quantile at level q is the smallest value that was not exceeded for a share q of the
        known time.

        Args:
            start: First minute.
            end: Minute after the last.
            levels: [q] levels between 0 and 1.

        Returns:
            [q] values; NaN throughout if nothing is known.
        """
        return np.array(self._reached(start, end, np.asarray(levels, np.float64).tolist()))

    def median(self, start: int, end: int) -> float:
        """The time-weighted median over [start, end); NaN if nothing is known."""
        return self._reached(start, end, (0.5,))[0]

    def _reached(self, start: int, end: int, levels: Sequence[float]) -> list[float]:
        """The ``quantiles`` as plain numbers: few levels are found faster one by one."""
        lasting, values = self.known_stretches(start, end)
        if values.size < 2:
            return [values.item(0) if values.size else nan] * len(levels)
        order = values.argsort()
        elapsed, last = lasting[order].cumsum().data, values.size - 1
        # The slack keeps a level that falls on an edge (0.1 x 30 > 3 in floats) from passing it.
        places = [bisect_left(elapsed, level * elapsed[last] - _SLACK_MINUTES) for level in levels]
        return [values.item(order.item(min(place, last))) for place in places]

    def resample(self, start: int, end: int, step: int) -> NDArray[np.float64]:
        """Time-weighted means over consecutive bins of equal length.

        Args:
            start: First minute of the first bin.
            end: Minute after the last bin; a last bin that would be incomplete is left out.
            step: Length of a bin in minutes.

        Returns:
            [(end - start) // step] means; NaN where a bin is unknown throughout.
        """
        bins = max(0, (end - start) // step)
        edges = start + step * np.arange(bins + 1, dtype=np.int64)
        known = np.nan_to_num(self.values, nan=0.0)
        weight = (~np.isnan(self.values)).astype(np.float64)
        area = _area_at(self.minutes, known, edges)
        span = _area_at(self.minutes, weight, edges)
        covered = np.diff(span)
        means = np.full(covered.shape, np.nan)
        np.divide(np.diff(area), covered, out=means, where=covered > 0)
        return means


@dataclass(frozen=True, slots=True, eq=False)
class SeriesRow:
    """Many series one behind the other, checked together and made when they are looked at.

    Args:
        minutes: int32 [n], strictly increasing within each series; read-only.
        values: float64 [n]; read-only.
        ends: Where each series ends, with a 0 before.
    """

    minutes: NDArray[np.int32]
    values: NDArray[np.float64]
    ends: Sequence[int]

    @classmethod
    def of(cls, minutes: ArrayLike, values: ArrayLike, lengths: Iterable[int]) -> SeriesRow:
        """The series that two flat arrays hold; see ``StepSeries.split``.

        Raises:
            SeriesError: If the lengths do not fit or a series does not increase.
        """
        at = np.ascontiguousarray(minutes, dtype=np.int32)
        what = np.ascontiguousarray(values, dtype=np.float64)
        ends = list(accumulate(lengths, initial=0))
        total = ends[-1]
        if at.shape != what.shape or at.shape != (total,):
            raise SeriesError(
                f"Series of {total} points were to be cut from arrays of the shapes {at.shape} "
                f"and {what.shape}."
            )
        falls = (at[1:] <= at[:-1]).nonzero()[0] + 1
        if not set(ends).issuperset(falls.tolist()):
            raise SeriesError("The minutes of a series must increase strictly.")
        at.flags.writeable = False
        what.flags.writeable = False
        return cls(at, what, ends)

    def __len__(self) -> int:
        return len(self.ends) - 1

    def __getitem__(self, place: int) -> StepSeries:
        span = slice(self.ends[place], self.ends[place + 1])
        return _checked(self.minutes[span], self.values[span])

    def __iter__(self) -> Iterator[StepSeries]:
        at, what = self.minutes, self.values
        return (_checked(at[start:end], what[start:end]) for start, end in pairwise(self.ends))


def _checked(minutes: NDArray[np.int32], values: NDArray[np.float64]) -> StepSeries:
    """A series of arrays that are known to be read-only and in order."""
    series = _new(StepSeries)
    _set_minutes(series, minutes)
    _set_values(series, values)
    return series


# The slots themselves: half the time of ``object.__setattr__``.
_new: Final = object.__new__
_set_minutes: Final = StepSeries.__dict__["minutes"].__set__
_set_values: Final = StepSeries.__dict__["values"].__set__
_EMPTY: Final = StepSeries(_NO_MINUTES, _NO_VALUES)


def _area_at(
    minutes: NDArray[np.int32], values: NDArray[np.float64], at: NDArray[np.int64]
) -> NDArray[np.float64]:
    """The integral of a step function from its first point to each of the given minutes."""
    if not minutes.size:
        return np.zeros(at.shape)
    before = np.concatenate(([0.0], np.cumsum(np.diff(minutes.astype(np.int64)) * values[:-1])))
    index = np.searchsorted(minutes, at, side="right") - 1
    inside = np.maximum(index, 0)
    area: NDArray[np.float64] = before[inside] + values[inside] * (at - minutes[inside])
    return np.where(index >= 0, area, 0.0)
