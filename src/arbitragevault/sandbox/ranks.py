"""Sales ranks: recent sales, fading, placed on the curve of the whole category.

Amazon's rank moves with fading recent sales. Here a sale counts on two time scales, the rank is
worked out once an hour, and the whole category's season shifts it: in December the same sales buy
a worse place.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from arbitragevault.sandbox.catalogue import MINUTES_PER_DAY, Entry
from arbitragevault.sandbox.compiled import compiled
from arbitragevault.sandbox.economy import Economy
from arbitragevault.sandbox.kinds import RANK_CURVE, rate_at_rank
from arbitragevault.sandbox.latent import waves
from arbitragevault.sandbox.randomness import Purpose, stream

_FAST_DAYS: Final = 2.2
_SLOW_DAYS: Final = 18.0
_FAST_SHARE: Final = 0.55
_SLOW_SHARE: Final = 1 - _FAST_SHARE
_FAST_KEEP: Final = math.exp(-1 / (24 * _FAST_DAYS))
_SLOW_KEEP: Final = math.exp(-1 / (24 * _SLOW_DAYS))
"""Share of what was sold that still counts an hour later."""
_NOTHING_SOLD: Final = 1e-5
"""Score in units per day of a product that has not sold for years."""
_NO_RANK: Final = -1
_DAY: Final = 1_440
_WOBBLE_STEP: Final = 360
_WOBBLE: Final = 0.004
_WOBBLE_KEEP: Final = 0.95
"""Everyday movement of log10(rank) per six hours: others sell too."""


def ranks_at(
    entry: Entry,
    economy: Economy,
    seed: int,
    minutes: NDArray[np.int64],
    lost: tuple[int, int],
    share: float,
) -> NDArray[np.int64]:
    """The sales rank in the root category and in the product's own topic.

    Args:
        entry: The product.
        economy: What happened.
        seed: The marketplace's seed.
        minutes: int64 [n] market minutes within the simulated time, ascending.
        lost: First day on which it has no rank, and the one after the last.
        share: Rank in the topic over that in the root category.

    Returns:
        [2, n] ranks, 1 and worse; -1 where it has none.
    """
    root, first_day = entry.kind.root, economy.latent.first_day
    steps = economy.latent.demand.size * MINUTES_PER_DAY // _WOBBLE_STEP
    wobble = stream(seed, entry.index, Purpose.RANK_WOBBLE).standard_normal(steps)
    score = scores(
        economy.ranked_sales,
        float(economy.buyers.units),
        rate_at_rank(root, entry.log_rank),
        minutes,
        first_day * MINUTES_PER_DAY,
    )
    busy = root.volume, waves(root.demand), math.log(10)
    return ranked(minutes, score, busy, (RANK_CURVE[::-1, 1], RANK_CURVE[::-1, 0]),
                  wobble, first_day, lost, share)  # fmt: skip


@compiled
def ranked(
    minutes: NDArray[np.int64],
    score: NDArray[np.float64],
    busy: tuple[float, NDArray[np.float64], float],
    curve: tuple[NDArray[np.float64], NDArray[np.float64]],
    wobble: NDArray[np.float64],
    first_day: int,
    lost: tuple[int, int],
    share: float,
) -> NDArray[np.int64]:
    """The arithmetic of ``ranks_at``.

    Args:
        minutes: int64 [n] market minutes.
        score: float64 [n] faded sales per day.
        busy: How much the whole category sells, usually and float64 [days since 2011] by season,
            as natural logarithms, and what makes those decimal.
        curve: float64 [points] each, decimal logarithms of sales, ascending, and of ranks.
        wobble: float64 [steps] normal numbers.
        first_day: Day since 2011-01-01 on which the product's life begins.
        lost: First day without a rank, and the one after the last.
        share: Rank in the topic over that in the root category.
    """
    walk, left = np.empty_like(wobble), 0.0
    for step in range(wobble.size):
        walk[step] = left + wobble[step] * _WOBBLE
        left = _WOBBLE_KEEP * walk[step]
    ranks = np.empty((2, minutes.size), dtype=np.int64)
    for look in range(minutes.size):
        day = minutes[look] // _DAY
        height = math.log10(score[look]) - (busy[0] + busy[1][day]) / busy[2]
        place = (minutes[look] - first_day * _DAY) / _WOBBLE_STEP
        log_rank = _on_curve(height, curve[0], curve[1]) + _on_walk(place, walk)
        rank = max(np.rint(10.0**log_rank), 1.0)
        if lost[0] <= day < lost[1]:
            ranks[0, look] = ranks[1, look] = _NO_RANK
        else:
            ranks[0, look], ranks[1, look] = int(rank), int(max(1.0, np.rint(rank * share)))
    return ranks


@compiled
def _on_curve(at: float, places: NDArray[np.float64], values: NDArray[np.float64]) -> float:
    """Straight lines between points with ascending places, level beyond them."""
    if at < places[0]:
        return float(values[0])
    last = places.size - 1
    if at >= places[last]:
        return float(values[last])
    point = 0
    while places[point + 1] <= at:
        point += 1
    if places[point] == at:
        return float(values[point])
    slope = (values[point + 1] - values[point]) / (places[point + 1] - places[point])
    return float(slope * (at - places[point]) + values[point])


@compiled
def _on_walk(at: float, walk: NDArray[np.float64]) -> float:
    """Straight lines between values at 0, 1, 2 ..., level after the last one."""
    step = int(at)
    if step >= walk.size - 1:
        return float(walk[-1])
    return float((walk[step + 1] - walk[step]) * (at - step) + walk[step])


@compiled
def scores(
    sold: NDArray[np.int64],
    units: float,
    usual: float,
    minutes: NDArray[np.int64],
    first_minute: int,
) -> NDArray[np.float64]:
    """Faded sales per day at the end of the last full hour before each look.

    Args:
        sold: int64 [sales] market minutes of the sales, ascending.
        units: What a sale counts.
        usual: Units per day that were sold before the first one.
        minutes: int64 [n] market minutes of the looks, ascending.
        first_minute: Market minute at which the hours begin.

    Returns:
        [n] the sums of both time scales.
    """
    fast, slow = usual * _FAST_SHARE * _FAST_KEEP, usual * _SLOW_SHARE * _SLOW_KEEP
    fast_gain, slow_gain = _FAST_SHARE / _FAST_DAYS, _SLOW_SHARE / _SLOW_DAYS
    found = np.empty(minutes.size)
    hour, sale, fast_sum, slow_sum = -1, 0, 0.0, 0.0
    for place in range(minutes.size):
        until = max((minutes[place] - first_minute) // 60 - 1, 0)
        while hour < until:
            hour += 1
            before, end = sale, first_minute + 60 * (hour + 1)
            while sale < sold.size and sold[sale] < end:
                sale += 1
            count = (sale - before) * units
            fast_sum, slow_sum = fast + count * fast_gain, slow + count * slow_gain
            fast, slow = _FAST_KEEP * fast_sum, _SLOW_KEEP * slow_sum
        found[place] = _NOTHING_SOLD + fast_sum + slow_sum
    return found
