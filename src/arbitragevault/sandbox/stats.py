"""Keepa's ``stats`` object, computed from csv series by the rules that recordings confirm.

Averages are floored time-weighted means over the minutes with a value; out-of-stock percentages
count the time before the first point as out of stock and round up; rank drops are counted by the
size of the step. Prices far above everything else are left out of averages and maxima. Source:
keepa-api reference, "Algorithms", fitted on recorded answers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from arbitragevault.adapters.keepa import schema
from arbitragevault.sandbox.catalogue import MINUTES_PER_DAY
from arbitragevault.sandbox.compiled import compiled
from arbitragevault.sandbox.observation import Flat

_PRICE_SLOTS: Final = frozenset(
    slot.index for slot in schema.SLOTS if slot.value is schema.ValueKind.PRICE
)
_UNAVERAGED: Final = 15
_GONE: Final = -1
_SPIKE: Final = 9.0
"""Times the time-weighted mean of the rest: fitted on ten recordings, where it gives 145 of 148
maxima (140 without it) and 554 of 592 averages (547)."""
_AMAZON: Final = 0
_RANK: Final = 3
_DAYS: Final = (30, 90, 180, 365)
_LOWEST: Final = 1
_HIGHEST: Final = -1


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of market minutes, [start, end)."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Landed:
    """A csv series as one value per point: triplets with known shipping added."""

    minutes: NDArray[np.int64]
    values: NDArray[np.int64]

    def within(self, window: Window) -> slice:
        """The points in force at some time inside a window."""
        first = int(np.searchsorted(self.minutes, window.start, side="right")) - 1
        last = int(np.searchsorted(self.minutes, window.end, side="left"))
        return slice(max(0, first), max(last, 0))

    def without_spikes(self, now: int) -> Landed:
        """The series with prices far above the mean of the others taken for missing.

        Args:
            now: Market minute until which the last value holds.
        """
        lasting = np.diff(self.minutes, append=max(now, int(self.minutes[-1])))
        kept = self.values >= 0
        while True:
            minutes = int(lasting[kept].sum())
            mean = int((self.values * lasting)[kept].sum()) / minutes if minutes else np.inf
            usual = kept & (self.values <= _SPIKE * mean)
            if usual.all() or not (kept & ~usual).any():
                break
            kept = usual
        if np.count_nonzero(kept) == np.count_nonzero(self.values >= 0):
            return self
        return Landed(self.minutes, np.where(kept, self.values, _GONE))

    def integrals(self, moments: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Minutes with a value, and value times minutes, from the first point to each moment."""
        found = _integrals(self.minutes, self.values, moments)
        return found[0], found[1]


@compiled
def _integrals(
    minutes: NDArray[np.int64], values: NDArray[np.int64], moments: NDArray[np.int64]
) -> NDArray[np.int64]:
    """[2, moments]: minutes with a value, and value times minutes, from the first point on."""
    sums = np.zeros((2, minutes.size), dtype=np.int64)
    for place in range(1, minutes.size):
        lasting, value = minutes[place] - minutes[place - 1], values[place - 1]
        sums[0, place] = sums[0, place - 1] + (lasting if value >= 0 else 0)
        sums[1, place] = sums[1, place - 1] + lasting * max(value, 0)
    found = np.zeros((2, moments.size), dtype=np.int64)
    for number in range(moments.size):
        place = np.searchsorted(minutes, moments[number], side="right") - 1
        if place >= 0:
            since, value = moments[number] - minutes[place], values[place]
            found[0, number] = sums[0, place] + (since if value >= 0 else 0)
            found[1, number] = sums[1, place] + since * max(value, 0)
    return found


@compiled
def _first(values: NDArray[np.int64], sign: int) -> int:
    """Place of the first lowest value that is there (``sign`` 1), or highest (-1); else -1."""
    found = -1
    for place in range(values.size):
        value = values[place]
        if value >= 0 and (found < 0 or value * sign < values[found] * sign):
            found = place
    return found


def landed_series(csv: dict[int, Flat]) -> dict[int, Landed]:
    """Every series with one value per point."""
    found: dict[int, Landed] = {}
    for index, flat in csv.items():
        slot = schema.SLOTS[index]
        if not slot.is_triplet:
            found[index] = Landed(*np.ascontiguousarray(flat.reshape(-1, 2).T))
            continue
        price, shipping = flat[1::3], flat[2::3]
        total = np.where(price < 0, price, price + np.maximum(shipping, 0))
        found[index] = Landed(np.ascontiguousarray(flat[0::3]), total)
    return found


def series_stats(
    csv: dict[int, Flat], interval: Window, *, now: int, tracking_since: int, slots: int
) -> dict[str, Any]:
    """The part of ``stats`` that follows from the csv series.

    Args:
        csv: Flat series by slot, cut at ``now``.
        interval: The interval of the request.
        now: Market minute of the request.
        tracking_since: Market minute of the first observation.
        slots: Length of the arrays.
    """
    series = landed_series(csv)
    windows = _Windows(interval, now, tracking_since)
    figures = {index: _figures(index, one, windows) for index, one in series.items()}
    result: dict[str, Any] = {
        name: [figures[index][name] if index in figures else missing for index in range(slots)]
        for name, missing in _MISSING.items()
    }
    for days in (30, 90):
        result[f"outOfStockCountAmazon{days}"] = _times_gone(
            series.get(_AMAZON), windows.last(days)
        )
    result["totalOfferCount"] = sum(max(result["current"][slot], 0) for slot in (11, 12, 13, 14))
    for days in _DAYS:
        result[f"salesRankDrops{days}"] = _rank_drops(series.get(_RANK), windows.last(days))
    return result


@dataclass(frozen=True, slots=True)
class _Windows:
    """The stretches over which figures are taken."""

    interval: Window
    now: int
    tracking_since: int

    def last(self, days: int) -> Window:
        """The last so many days."""
        return Window(self.now - days * MINUTES_PER_DAY, self.now)

    def averaged(self) -> dict[str, Window]:
        """By suffix of the field."""
        return {"InInterval": self.interval, **{str(days): self.last(days) for days in _DAYS}}


_MISSING: Final[dict[str, Any]] = {
    "current": -1,
    "avg": -1,
    **{f"avg{days}": -1 for days in _DAYS},
    "atIntervalStart": -1,
    "min": None,
    "minInInterval": None,
    "max": None,
    "maxInInterval": None,
    "isLowest": False,
    "isLowest90": False,
    "outOfStockPercentageInInterval": -1,
    **{f"outOfStockPercentage{days}": -1 for days in _DAYS},
}
"""Every array of ``stats`` and what it holds for a slot without a series."""


def _figures(index: int, series: Landed, windows: _Windows) -> dict[str, Any]:
    """One slot's place in every array."""
    values = series.values
    inside = series.within(windows.interval)
    early = int(series.minutes[0]) > windows.interval.start
    found: dict[str, Any] = {
        "current": int(values[-1]),
        "atIntervalStart": -1 if early else int(values[inside.start]),
        "isLowest": _is_lowest(values),
        "isLowest90": _is_lowest(values[series.within(windows.last(90))]),
    }
    minutes = np.maximum(series.minutes[inside], windows.interval.start)
    usual = series.without_spikes(windows.now) if index in _PRICE_SLOTS else series
    for name, sign, ones in (("min", _LOWEST, values), ("max", _HIGHEST, usual.values)):
        found[name] = _extreme(index, series.minutes, ones, sign)
        here = _extreme(index, minutes, ones[inside], sign)
        # Recorded: a series without a value in the interval, but with one before, gives -1 twice.
        found[f"{name}InInterval"] = [-1, -1] if here is None and found[name] else here
    return found | _averages(index, series, usual, windows)


def _averages(index: int, series: Landed, usual: Landed, windows: _Windows) -> dict[str, int]:
    """Time-weighted means (without spikes) and out-of-stock percentages over all windows."""
    names, spans = zip(*windows.averaged().items(), strict=True)
    starts = np.array([window.start for window in spans])
    ends = np.array([window.end for window in spans])
    since = np.maximum(starts, windows.tracking_since)
    moments = np.concatenate((starts, since, ends))
    known, area = usual.integrals(moments)
    (start_known, _, end_known), (start_area, _, end_area) = (
        known.reshape(3, -1),
        area.reshape(3, -1),
    )
    stocked = known if usual is series else series.integrals(moments)[0]
    _, since_stocked, end_stocked = stocked.reshape(3, -1)
    found: dict[str, int] = {}
    for place, name in enumerate(names):
        minutes = int(end_known[place] - start_known[place])
        mean = int(end_area[place] - start_area[place]) // minutes if minutes else -1
        found["avg" + name.removeprefix("InInterval")] = -1 if index == _UNAVERAGED else mean
        length = int(ends[place] - since[place])
        present = int(end_stocked[place] - since_stocked[place])
        found[f"outOfStockPercentage{name}"] = (
            -(-100 * (length - present) // length) if index in _PRICE_SLOTS and length > 0 else -1
        )
    return found


def _extreme(
    index: int, minutes: NDArray[np.int64], values: NDArray[np.int64], sign: int
) -> list[int] | None:
    """First moment and size of an extreme; None if there is no value."""
    place = -1 if index == _UNAVERAGED else _first(values, sign)
    return None if place < 0 else [int(minutes[place]), int(values[place])]


def _is_lowest(values: NDArray[np.int64]) -> bool:
    """Whether the last value is the lowest of all."""
    place = _first(values, _LOWEST)
    return bool(place >= 0 and 0 <= values[-1] <= values[place])


def _times_gone(series: Landed | None, window: Window) -> int:
    """Stretches without an offer inside a window, one that lasts all along included (recorded)."""
    if series is None:
        return 0
    gone = series.values[series.within(window)] < 0
    return int(gone[:1].sum()) + int(np.count_nonzero(gone[1:] & ~gone[:-1]))


_SURE_DROP_ABOVE: Final = 10_000
_SMALL_STEP_ABOVE: Final = 100_000


def _rank_drops(series: Landed | None, window: Window) -> int:
    """Steps to a better rank that Keepa takes for sales."""
    if series is None:
        return -1
    known = series.values >= 0
    minutes, ranks = series.minutes[known], series.values[known]
    first = max(0, int(np.searchsorted(minutes, window.start, side="right")) - 1)
    before, after = ranks[first:-1], ranks[first + 1 :]
    gain = (before - after) / np.maximum(after, 1)
    needed = np.where(
        before < _SURE_DROP_ABOVE, 0.0, np.where(before < _SMALL_STEP_ABOVE, 0.03, 0.05)
    )
    return int(np.count_nonzero((after < before) & (gain >= needed)))
