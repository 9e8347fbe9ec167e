"""Keepa's ``stats`` object, computed from csv series by the rules that recordings confirm.

Averages are floored time-weighted means over the minutes with a value; out-of-stock percentages
count the time before the first point as out of stock and round up; rank drops are counted by the
size of the step. Prices far above everything else are left out of averages and maxima. Source:
keepa-api reference, "Algorithms", fitted on recorded answers.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from arbitragevault.adapters.keepa import schema
from arbitragevault.sandbox import figures
from arbitragevault.sandbox.catalogue import MINUTES_PER_DAY
from arbitragevault.sandbox.written import Flat

_PRICE_SLOTS: Final = frozenset(
    slot.index for slot in schema.SLOTS if slot.value is schema.ValueKind.PRICE
)
_UNAVERAGED: Final = 15
_AMAZON: Final = 0
_RANK: Final = 3
_DAYS: Final = (30, 90, 180, 365)


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


def landed_series(csv: dict[int, Flat]) -> dict[int, Landed]:
    """Every series with one value per point."""
    return {
        index: Landed(*figures.landed(flat, schema.SLOTS[index].width))
        for index, flat in csv.items()
    }


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
    since = {days: now - days * MINUTES_PER_DAY for days in _DAYS}
    windows = np.array(
        [(interval.start, interval.end), *((start, now) for start in since.values())]
    )
    result: dict[str, Any] = {name: [missing] * slots for name, missing in _MISSING.items()}
    for index, one in series.items():
        usual = one.values
        if index in _PRICE_SLOTS:
            usual = figures.without_spikes(one.minutes, one.values, now)
        found = figures.figures(one.minutes, one.values, usual, windows, tracking_since)
        result["current"][index] = int(one.values[-1])
        for name, figure in _fields(index, found):
            result[name][index] = figure
    amazon, rank = series.get(_AMAZON), series.get(_RANK)
    for days in (30, 90):
        result[f"outOfStockCountAmazon{days}"] = (
            figures.times_gone(amazon.minutes, amazon.values, since[days], now) if amazon else 0
        )
    result["totalOfferCount"] = sum(max(result["current"][slot], 0) for slot in (11, 12, 13, 14))
    for days in _DAYS:
        result[f"salesRankDrops{days}"] = (
            figures.rank_drops(rank.minutes, rank.values, since[days]) if rank else -1
        )
    return result


_AVERAGES: Final = ("avg", *(f"avg{days}" for days in _DAYS))
_PERCENTAGES: Final = tuple(
    f"outOfStockPercentage{name}" for name in ("InInterval", *map(str, _DAYS))
)
_EXTREMES: Final = ("min", "minInInterval", "max", "maxInInterval")
_MISSING: Final[dict[str, Any]] = {
    "current": -1,
    **dict.fromkeys(_AVERAGES, -1),
    "atIntervalStart": -1,
    **dict.fromkeys(_EXTREMES),
    "isLowest": False,
    "isLowest90": False,
    **dict.fromkeys(_PERCENTAGES, -1),
}
"""Every array of ``stats`` and what it holds for a slot without a series."""


def _fields(index: int, found: figures.Figures) -> Iterator[tuple[str, Any]]:
    """One slot's place in every array but ``current``."""
    yield "atIntervalStart", found.at_start
    yield "isLowest", found.is_lowest
    yield "isLowest90", found.is_lowest_lately
    if index in _PRICE_SLOTS:
        yield from zip(_PERCENTAGES, found.percentages.tolist(), strict=True)
    if index == _UNAVERAGED:
        return
    yield from zip(_AVERAGES, found.means.tolist(), strict=True)
    there: list[int] | None = None
    for name, point in zip(_EXTREMES, found.extremes.tolist(), strict=True):
        if point[1] >= 0:
            yield name, point
        elif name.endswith("InInterval") and there is not None:
            # Recorded: without a value in the interval, but with one before, it is -1 twice.
            yield name, point
        there = None if point[1] < 0 else point
