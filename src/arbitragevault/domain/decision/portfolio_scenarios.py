"""Scenarios of a buy list: equally likely futures in which prices and sales come out together.

Each pool's price comes out at a quantile of its own forecast. Prices of different products have a
shared part, so that a list of many leads does not look safer than it is; what sells is each pool's
own. Quantiles are spread evenly over the scenarios (a Latin hypercube), so that few scenarios
cover each forecast well; the order in which a pool meets them follows from the seed and its key.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import special

from arbitragevault.domain.decision.portfolio import Pool
from arbitragevault.domain.market.resale_prior import LEVELS

COUNT: Final = 200
"""Scenarios; the worst 5 % are ten of them."""

SHARED_PART: Final = 0.25
"""Share of the variance of prices that all products have in common (assumption)."""


@dataclass(frozen=True, slots=True)
class Scenarios:
    """How futures are drawn.

    Args:
        seed: Another seed pairs the quantiles of different pools differently.
        count: How many.
        shared_part: Share (0-1) of the variance of prices that is common to all.
    """

    seed: int = 0
    count: int = COUNT
    shared_part: float = SHARED_PART

    def proceeds(self, pool: Pool, units: int) -> NDArray[np.float64]:
        """[units, count] what each unit of a pool brings in each scenario, minor units.

        Within a scenario no unit brings more than the one before it.
        """
        grid = (np.arange(self.count) + 0.5) / self.count
        draws = np.random.Generator(np.random.PCG64([self.seed, _number(pool.key)]))
        shared = special.ndtri(grid)
        own = special.ndtri(draws.permutation(grid))
        part = self.shared_part
        level = special.ndtr(np.sqrt(part) * shared + np.sqrt(1.0 - part) * own)
        net = np.interp(level, LEVELS, pool.nets)
        sold = draws.permutation(grid) < pool.sold(units)[:, None]
        brought: NDArray[np.float64] = np.where(sold, net, np.minimum(net, pool.liquidation_cents))
        return brought


def loss_tail(profits: NDArray[np.float64], tail: float) -> float:
    """Mean loss over the worst share of equally likely scenarios (conditional value at risk).

    Args:
        profits: Profit of each scenario.
        tail: The share, above 0 and at most 1; the last scenario counts by the part that fits.
    """
    losses = np.sort(-profits)[::-1]
    wanted = tail * losses.size
    weights = np.clip(wanted - np.arange(losses.size), 0.0, 1.0)
    return float(weights @ losses / wanted)


def _number(key: str) -> int:
    return int.from_bytes(blake2b(key.encode(), digest_size=8).digest())
