"""Sell-through: how likely q units sell within h days, and how long the whole quantity takes.

Our sales are a Poisson process whose rate is demand x share, both uncertain. Their product is
matched by a Gamma distribution with the same mean and variance, so the number sold within h days is
negative binomial and every question has a closed form in the regularised incomplete beta function.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy import special

from arbitragevault.domain.market.competition import Share
from arbitragevault.domain.market.demand import Demand

LONGEST_DAYS: Final = 3_650.0
"""Times to sell beyond ten years are given as this."""

_MOST_TERMS: Final = 200


@dataclass(frozen=True, slots=True)
class SellThrough:
    """Our sales over time: a Gamma-Poisson process for one quantity.

    Args:
        mean_per_day: Our expected sales per day.
        shape: Shape of the Gamma distribution of our rate.
        quantity: Units to sell.
    """

    mean_per_day: float
    shape: float
    quantity: int

    def probability(self, days: float, units: int | None = None) -> float:
        """The probability (0-1) that the units (default: the whole quantity) sell within days."""
        wanted = self.quantity if units is None else units
        return float(special.betainc(wanted, self.shape, self._odds(days)))

    def days(self, level: float) -> float:
        """The days within which the whole quantity sells with this probability."""
        odds = float(special.betaincinv(self.quantity, self.shape, level))
        if odds >= 1.0:
            return LONGEST_DAYS
        return min(LONGEST_DAYS, self.shape / self.mean_per_day * odds / (1.0 - odds))

    def sold_share(self, days: float) -> float:
        """The expected share (0-1) of the quantity that sells within days."""
        # For large quantities the mean over evenly spaced units stands for all of them.
        terms = min(self.quantity, _MOST_TERMS)
        units = np.ceil((np.arange(terms) + 1) * (self.quantity / terms))
        return float(special.betainc(units, self.shape, self._odds(days)).mean())

    def _odds(self, days: float) -> float:
        """The success parameter of the negative binomial after some days."""
        expected = self.mean_per_day * days
        return expected / (self.shape + expected)


def sell_through(demand: Demand, share: Share, quantity: int) -> SellThrough:
    """Combine demand and share into our sales.

    Args:
        demand: Units sold per day by everyone.
        share: Our part of them.
        quantity: Units to sell, at least 1.
    """
    spread = (1 + demand.cv**2) * (1 + share.cv**2) - 1
    return SellThrough(
        mean_per_day=demand.mean_per_day * share.mean, shape=1 / spread, quantity=quantity
    )
