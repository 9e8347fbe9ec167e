"""Keepa's ``stats`` object, computed from csv series by the rules that recordings confirm.

Averages are floored time-weighted means over the minutes with a value; out-of-stock percentages
count the time before the first point as out of stock and round up; rank drops are counted by the
size of the step. Prices far above everything else are left out of averages and maxima. Source:
keepa-api reference, "Algorithms", fitted on recorded answers.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import accumulate
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
    since = [now - days * MINUTES_PER_DAY for days in _DAYS]
    windows = np.array([(interval.start, interval.end), *((start, now) for start in since)])
    said = figures.said(*_joined(csv), windows, tracking_since, now, slots)
    said.table[figures.MEANS : figures.PERCENTAGES, _UNAVERAGED] = figures.GONE
    table = said.table.tolist()
    result: dict[str, Any] = {"current": table[figures.CURRENT]}
    result |= zip(_AVERAGES, table[figures.MEANS : figures.PERCENTAGES], strict=True)
    result["atIntervalStart"] = table[figures.AT_START]
    result |= _extremes(csv, said.extremes, slots)
    result["isLowest"] = list(map(bool, table[figures.LOWEST_EVER]))
    result["isLowest90"] = list(map(bool, table[figures.LOWEST_LATELY]))
    result |= zip(_PERCENTAGES, table[figures.PERCENTAGES :], strict=True)
    amazon, rank = csv.get(_AMAZON), csv.get(_RANK)
    for days, start in zip(_DAYS[:2], since, strict=False):
        result[f"outOfStockCountAmazon{days}"] = (
            0 if amazon is None else _times_gone(amazon, start, now)
        )
    result["totalOfferCount"] = sum(max(result["current"][slot], 0) for slot in (11, 12, 13, 14))
    ranks = None if rank is None else figures.landed(rank, 2)
    for days, start in zip(_DAYS, since, strict=True):
        result[f"salesRankDrops{days}"] = (
            -1 if ranks is None else figures.rank_drops(ranks[0], ranks[1], start)
        )
    return result


def _times_gone(flat: Flat, start: int, end: int) -> int:
    minutes, values = figures.landed(flat, schema.SLOTS[_AMAZON].width)
    return figures.times_gone(minutes, values, start, end)


def _joined(csv: dict[int, Flat]) -> tuple[Flat, NDArray[np.int64]]:
    """Series and parts as ``figures.said`` takes them."""
    if not csv:
        return np.empty(0, dtype=np.int64), np.empty((0, 4), dtype=np.int64)
    ends = accumulate(flat.size for flat in csv.values())
    parts = [
        (index, schema.SLOTS[index].width, end, index in _PRICE_SLOTS)
        for index, end in zip(csv, ends, strict=True)
    ]
    return np.concatenate(list(csv.values())), np.array(parts)


_AVERAGES: Final = ("avg", *(f"avg{days}" for days in _DAYS))
_PERCENTAGES: Final = tuple(
    f"outOfStockPercentage{name}" for name in ("InInterval", *map(str, _DAYS))
)
_EXTREMES: Final = ("min", "minInInterval", "max", "maxInInterval")


def _extremes(
    csv: Iterable[int], found: NDArray[np.int64], slots: int
) -> dict[str, list[list[int] | None]]:
    """The lowest and highest points of each slot, None where there is none."""
    result: dict[str, list[list[int] | None]] = {name: [None] * slots for name in _EXTREMES}
    for index in csv:
        if index == _UNAVERAGED:
            continue
        there = False
        for name, point in zip(_EXTREMES, found[:, index].tolist(), strict=True):
            # Recorded: without a value in the interval, but with one before, it is -1 twice.
            if point[1] >= 0 or (there and name.endswith("InInterval")):
                result[name][index] = point
            there = point[1] >= 0
    return result
