"""Sell-through: how likely q units sell within h days, and how long the whole quantity takes.

Our sales are a Poisson process whose rate is demand x share, both uncertain. Their product is
matched by a Gamma distribution with the same mean and variance, so the number sold within h days is
negative binomial and every question has a closed form in the regularised incomplete beta function.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, overload

import numpy as np
from numpy.typing import NDArray
from scipy import special

from arbitragevault.domain.market.demand import Demand
from arbitragevault.domain.market.share import Share

LONGEST_DAYS: Final = 3_650.0
"""Times to sell beyond ten years are given as this."""

Floats = float | NDArray[np.float64]
Counts = int | NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class SellThrough:
    """Our sales over time: a Gamma-Poisson process for one quantity.

    The questions are the functions below for one process, in plain numbers.

    Args:
        mean_per_day: Our expected sales per day.
        shape: Shape of the Gamma distribution of our rate.
        quantity: Units to sell.
        median_days: The days within which the whole quantity sells as likely as not.
    """

    mean_per_day: float
    shape: float
    quantity: int
    median_days: float = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "median_days", self.days(0.5))

    def probability(self, days: float, units: int | None = None) -> float:
        """The probability (0-1) that the units (default: the whole quantity) sell within days."""
        wanted = self.quantity if units is None else units
        return float(special.betainc(wanted, self.shape, self._odds(days)))

    def days(self, level: float) -> float:
        """The days within which the whole quantity sells with this probability."""
        odds = float(special.betaincinv(self.quantity, self.shape, level))
        if odds >= 1.0 or self.mean_per_day <= 0.0:
            return LONGEST_DAYS
        return min(LONGEST_DAYS, self.shape / self.mean_per_day * odds / (1.0 - odds))

    def sold_share(self, days: float) -> float:
        """The expected share (0-1) of the quantity that sells within days."""
        units, shape, odds = self.quantity, self.shape, self._odds(days)
        share = float(special.betainc(units, shape, odds))
        if units > 1:
            fewer = float(special.betaincc(units - 1, shape + 1.0, odds))
            share += self.mean_per_day * days * fewer / units
        return min(share, 1.0)

    def _odds(self, days: float) -> float:
        """The success parameter of the negative binomial after some days."""
        return _odds(self.mean_per_day, self.shape, days)


def probability_sold(mean_per_day: Floats, shape: Floats, units: Counts, days: float) -> Floats:
    """The probability that units sell within days, for one process or many.

    Args:
        mean_per_day: Our expected sales per day.
        shape: Shape of the Gamma distribution of our rate.
        units: Units to sell, at least 1.
        days: Days from now.
    """
    sold: Floats = special.betainc(units, shape, _odds(mean_per_day, shape, days))
    return sold


def days_until_sold(mean_per_day: Floats, shape: Floats, units: Counts, level: float) -> Floats:
    """The days within which units sell with a probability, at most ``LONGEST_DAYS``."""
    odds = special.betaincinv(units, shape, level)
    with np.errstate(divide="ignore"):
        days: Floats = np.minimum(LONGEST_DAYS, shape / mean_per_day * odds / (1.0 - odds))
    return days


def share_sold(mean_per_day: Floats, shape: Floats, units: Counts, days: float) -> Floats:
    """The expected share of the units that sells within days.

    E[min(N, q)] / q of the negative binomial number N of sales: q P(N >= q), and for each k below q
    k P(N = k), which is E[N] P(M = k - 1) for the M whose shape is greater by one.
    """
    odds = _odds(mean_per_day, shape, days)
    before = np.maximum(units - 1, 1)
    fewer = np.where(units > 1, special.betaincc(before, shape + 1.0, odds), 0.0)
    share = special.betainc(units, shape, odds) + mean_per_day * days * fewer / units
    capped: Floats = np.minimum(share, 1.0)
    return capped


@overload
def _odds(mean_per_day: float, shape: float, days: float) -> float: ...
@overload
def _odds(mean_per_day: Floats, shape: Floats, days: float) -> Floats: ...
def _odds(mean_per_day: Floats, shape: Floats, days: float) -> Floats:
    """The success parameter of the negative binomial after some days."""
    expected = mean_per_day * days
    return expected / (shape + expected)


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
