"""Sales ranks: recent sales, fading, placed on the curve of the whole category.

Amazon's rank moves with fading recent sales. Here a sale counts on two time scales, the rank is
worked out once an hour, and the whole category's season shifts it: in December the same sales buy
a worse place.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from arbitragevault.sandbox.catalogue import MINUTES_PER_DAY, Entry
from arbitragevault.sandbox.compiled import compiled
from arbitragevault.sandbox.economy import Economy
from arbitragevault.sandbox.fading import faded
from arbitragevault.sandbox.kinds import RANK_CURVE, rate_at_rank
from arbitragevault.sandbox.latent import seasonal
from arbitragevault.sandbox.randomness import Purpose, stream

_FAST_DAYS: Final = 2.2
_SLOW_DAYS: Final = 18.0
_FAST_SHARE: Final = 0.55
_NOTHING_SOLD: Final = 1e-5
"""Score in units per day of a product that has not sold for years."""
_WOBBLE_STEP: Final = 360
_WOBBLE: Final = 0.004
"""Everyday movement of log10(rank) per six hours: others sell too."""


def ranks_at(
    entry: Entry, economy: Economy, seed: int, minutes: NDArray[np.int64]
) -> NDArray[np.int64]:
    """The sales rank in the root category.

    Args:
        entry: The product.
        economy: What happened.
        seed: The marketplace's seed.
        minutes: int64 [n] market minutes within the simulated time.

    Returns:
        [n] ranks, 1 and worse.
    """
    hour = np.maximum((minutes - _first_minute(economy)) // 60 - 1, 0)
    root = entry.kind.root
    busy = seasonal(root.demand, minutes // MINUTES_PER_DAY)
    score = _score(entry, economy, hour)
    height = np.log10(score) - (root.volume + busy) / np.log(10)
    log_rank = np.interp(height, RANK_CURVE[::-1, 1], RANK_CURVE[::-1, 0])
    log_rank += _wobble(entry, economy, seed, minutes)
    ranks: NDArray[np.int64] = np.maximum(np.rint(10**log_rank), 1).astype(np.int64)
    return ranks


def _first_minute(economy: Economy) -> int:
    return economy.latent.first_day * MINUTES_PER_DAY


def _score(entry: Entry, economy: Economy, hours: NDArray[np.int64]) -> NDArray[np.float64]:
    """Faded sales per day at the end of the given hours since the first day, ascending."""
    usual = rate_at_rank(entry.kind.root, entry.log_rank)
    fading = []
    for share, days in ((_FAST_SHARE, _FAST_DAYS), (1 - _FAST_SHARE, _SLOW_DAYS)):
        keep = np.exp(-1 / (24 * days))
        # What was sold before the first day fades from the usual level.
        fading.append((share / days, keep, usual * share * keep))
    sold = (economy.ranked_sales - _first_minute(economy)) // 60
    return scores(sold, float(economy.sales.units), np.array(fading), hours)


@compiled
def scores(
    sold: NDArray[np.int64],
    units: float,
    fading: NDArray[np.float64],
    hours: NDArray[np.int64],
) -> NDArray[np.float64]:
    """Sums of sales that fade, hour by hour.

    Args:
        sold: int64 [sales] the hour of each sale, ascending.
        units: What a sale counts.
        fading: float64 [2, 3] by time scale: what a unit adds to the sum, share of the sum that is
            left after an hour, and what is left in the first hour of what was sold before.
        hours: int64 [n] hours at whose end the sums are taken, ascending.

    Returns:
        [n] the sums of both time scales.
    """
    (fast_gain, fast_keep, fast), (slow_gain, slow_keep, slow) = fading
    found = np.empty(hours.size)
    hour, sale, fast_sum, slow_sum = -1, 0, 0.0, 0.0
    for place in range(hours.size):
        while hour < hours[place]:
            hour += 1
            before = sale
            while sale < sold.size and sold[sale] == hour:
                sale += 1
            count = (sale - before) * units
            fast_sum, slow_sum = fast + count * fast_gain, slow + count * slow_gain
            fast, slow = fast_keep * fast_sum, slow_keep * slow_sum
        found[place] = _NOTHING_SOLD + fast_sum + slow_sum
    return found


def _wobble(
    entry: Entry, economy: Economy, seed: int, minutes: NDArray[np.int64]
) -> NDArray[np.float64]:
    steps = economy.latent.demand.size * MINUTES_PER_DAY // _WOBBLE_STEP
    normals = stream(seed, entry.index, Purpose.RANK_WOBBLE).standard_normal(steps)
    walk = faded(normals, _WOBBLE, 0.95)
    place = (minutes - _first_minute(economy)) / _WOBBLE_STEP
    wobble: NDArray[np.float64] = np.interp(place, np.arange(steps), walk)
    return wobble
