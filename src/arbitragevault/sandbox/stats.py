"""Keepa's ``stats`` object, computed from csv series by the rules that recordings confirm.

Averages are floored time-weighted means over the minutes with a value; out-of-stock percentages
count the time before the first point as out of stock and round up; rank drops are counted by the
size of the step. Source: keepa-api reference, "Algorithms", fitted on recorded answers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from arbitragevault.adapters.keepa import schema
from arbitragevault.sandbox.catalogue import MINUTES_PER_DAY
from arbitragevault.sandbox.observation import Flat

_PRICE_SLOTS: Final = frozenset(
    slot.index for slot in schema.SLOTS if slot.value is schema.ValueKind.PRICE
)
_UNAVERAGED: Final = 15
_AMAZON: Final = 0
_RANK: Final = 3
_WINDOWS: Final = (30, 90, 180, 365)


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

    def between(self, window: Window) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Lengths and values of the constant pieces inside a window, from the first point on."""
        first = int(np.searchsorted(self.minutes, window.start, side="right"))
        last = int(np.searchsorted(self.minutes, window.end, side="left"))
        inner = self.minutes[first:last]
        if first == 0:
            edges = np.append(inner, window.end)
            return np.diff(edges), self.values[:last]
        edges = np.concatenate(([window.start], inner, [window.end]))
        return np.diff(edges), self.values[first - 1 : last]


def landed_series(csv: dict[int, Flat]) -> dict[int, Landed]:
    """Every series with one value per point."""
    found: dict[int, Landed] = {}
    for index, flat in csv.items():
        slot = schema.SLOTS[index]
        if not slot.is_triplet:
            found[index] = Landed(flat[0::2], flat[1::2])
            continue
        price, shipping = flat[1::3], flat[2::3]
        total = np.where(price < 0, price, price + np.maximum(shipping, 0))
        found[index] = Landed(flat[0::3], total)
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
    windows = {days: Window(now - days * MINUTES_PER_DAY, now) for days in _WINDOWS}
    every = range(slots)

    def per_slot(rule: Any, missing: Any) -> list[Any]:  # noqa: ANN401  # values differ by field
        return [rule(index, series[index]) if index in series else missing for index in every]

    ages = Window(tracking_since, now)
    result: dict[str, Any] = {
        "current": per_slot(lambda _, one: int(one.values[-1]), -1),
        "avg": per_slot(lambda index, one: _average(index, one, interval), -1),
    }
    for days, window in windows.items():
        result[f"avg{days}"] = per_slot(lambda index, one, w=window: _average(index, one, w), -1)
    result["atIntervalStart"] = per_slot(lambda _, one: _value_at(one, interval.start), -1)
    for name, pick in (("min", np.argmin), ("max", np.argmax)):
        result[name] = per_slot(
            lambda index, one, p=pick: _extreme(index, one.minutes, one.values, p), None
        )
        result[f"{name}InInterval"] = per_slot(
            lambda index, one, p=pick: _extreme_in(index, one, interval, p), None
        )
    result["isLowest"] = per_slot(lambda _, one: _is_lowest(one, ages), False)
    result["isLowest90"] = per_slot(lambda _, one: _is_lowest(one, windows[90]), False)
    result["outOfStockPercentageInInterval"] = per_slot(
        lambda index, one: _out_of_stock(index, one, interval, tracking_since), -1
    )
    for days, window in windows.items():
        result[f"outOfStockPercentage{days}"] = per_slot(
            lambda index, one, w=window: _out_of_stock(index, one, w, tracking_since), -1
        )
    amazon = series.get(_AMAZON)
    for days in (30, 90):
        result[f"outOfStockCountAmazon{days}"] = _times_gone(amazon, windows[days])
    counts = [max(result["current"][slot], 0) for slot in (11, 12, 13, 14)]
    result["totalOfferCount"] = sum(counts)
    for days, window in windows.items():
        result[f"salesRankDrops{days}"] = _rank_drops(series.get(_RANK), window)
    return result


def _average(index: int, series: Landed, window: Window) -> int:
    if index == _UNAVERAGED:
        return -1
    lasting, values = series.between(window)
    known = values >= 0
    total = int(lasting[known].sum())
    return int((lasting[known] * values[known]).sum() // total) if total else -1


def _value_at(series: Landed, minute: int) -> int:
    index = int(np.searchsorted(series.minutes, minute, side="right")) - 1
    return int(series.values[index]) if index >= 0 else -1


def _extreme(
    index: int,
    minutes: NDArray[np.int64],
    values: NDArray[np.int64],
    pick: Any,  # noqa: ANN401  # argmin or argmax
) -> list[int] | None:
    """First moment and size of an extreme; None if there is no value."""
    known = np.flatnonzero(values >= 0)
    if index == _UNAVERAGED or not known.size:
        return None
    place = known[pick(values[known])]
    return [int(minutes[place]), int(values[place])]


def _extreme_in(
    index: int,
    series: Landed,
    window: Window,
    pick: Any,  # noqa: ANN401  # argmin or argmax
) -> list[int] | None:
    first = max(0, int(np.searchsorted(series.minutes, window.start, side="right")) - 1)
    last = int(np.searchsorted(series.minutes, window.end, side="left"))
    minutes = np.maximum(series.minutes[first:last], window.start)
    found = _extreme(index, minutes, series.values[first:last], pick)
    # Recorded: a series without a value in the interval, but with one before, gives -1 twice.
    was_ever = index != _UNAVERAGED and bool((series.values >= 0).any())
    return [-1, -1] if found is None and was_ever else found


def _is_lowest(series: Landed, window: Window) -> bool:
    current = int(series.values[-1])
    _, values = series.between(window)
    known = values[values >= 0]
    return current >= 0 and (not known.size or current <= int(known.min()))


def _out_of_stock(index: int, series: Landed, window: Window, tracking_since: int) -> int:
    if index not in _PRICE_SLOTS:
        return -1
    start = max(window.start, tracking_since)
    length = window.end - start
    if length <= 0:
        return -1
    lasting, values = series.between(Window(start, window.end))
    present = int(lasting[values >= 0].sum())
    return -(-100 * (length - present) // length)


def _times_gone(series: Landed | None, window: Window) -> int:
    """Stretches without an offer inside a window, one that lasts all along included (recorded)."""
    if series is None:
        return 0
    _, values = series.between(window)
    gone = values < 0
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
