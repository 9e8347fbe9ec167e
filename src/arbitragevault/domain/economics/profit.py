"""Profit, ROI and margin, defined once, and the exact inverses over the whole chain."""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from math import ceil

import numpy as np
from numpy.typing import NDArray

from arbitragevault.domain.economics.costs import (
    CostAssumptions,
    max_unit_cost,
    max_unit_costs,
)
from arbitragevault.domain.economics.exactly import scaled_down
from arbitragevault.domain.economics.fees.curve import ProceedsCurve
from arbitragevault.domain.economics.fees.curves import ProceedsCurves


def profit(net_proceeds_cents: int, landed_cents: int) -> int:
    """Net proceeds minus landed cost, in minor units."""
    return net_proceeds_cents - landed_cents


def profit_array(net_proceeds_cents: NDArray[np.float64], landed_cents: int) -> NDArray[np.float64]:
    """`profit` of many net proceeds at once; NaN stays NaN."""
    return net_proceeds_cents - landed_cents


def roi(profit_cents: float, landed_cents: int) -> float | None:
    """Profit / landed cost; None for a unit that costs nothing."""
    return profit_cents / landed_cents if landed_cents > 0 else None


def roi_array(profit_cents: NDArray[np.float64], landed_cents: int) -> NDArray[np.float64]:
    """`roi` of many profits at once; NaN for a unit that costs nothing."""
    if landed_cents <= 0:
        return np.full(np.shape(profit_cents), np.nan)
    return profit_cents / landed_cents


def margin(profit_cents: float, price_cents: int) -> float | None:
    """Profit / sale price; None for a price of 0."""
    return profit_cents / price_cents if price_cents > 0 else None


def margin_array(
    profit_cents: NDArray[np.float64], price_cents: NDArray[np.int64]
) -> NDArray[np.float64]:
    """`margin` of many profits at once; NaN for a price of 0."""
    known = np.where(price_cents > 0, price_cents, np.nan)
    return profit_cents / known


def meets_targets(
    profit_cents: int, landed_cents: int, min_profit_cents: int, min_roi: float
) -> bool:
    """Does a profit reach both targets, compared exactly?

    The ROI target is profit >= ROI x landed cost, so a unit that costs nothing meets every one.

    Args:
        profit_cents: The profit.
        landed_cents: The landed cost.
        min_profit_cents: Least profit.
        min_roi: Least ROI as written: 0.3 means three tenths.
    """
    wanted = exact(min_roi) * landed_cents
    return profit_cents >= min_profit_cents and Fraction(profit_cents) >= wanted


def landed_limit(
    net_proceeds_cents: int, min_profit_cents: int = 0, min_roi: float = 0.0
) -> int | None:
    """The highest landed cost that still meets both targets at these net proceeds.

    It is below 0 where not even a free unit would do.

    Args:
        net_proceeds_cents: What Amazon pays out.
        min_profit_cents: Least profit.
        min_roi: Least ROI, -1 or more; at -1 any landed cost will do.

    Returns:
        Minor units; None if no landed cost meets an ROI of -1 (net proceeds below 0).
    """
    by_profit = net_proceeds_cents - min_profit_cents
    growth = growth_by(min_roi)
    if growth.numerator <= 0:
        return by_profit if net_proceeds_cents >= 0 else None
    return min(by_profit, net_proceeds_cents * growth.denominator // growth.numerator)


def landed_limit_array(
    net_proceeds_cents: NDArray[np.float64], min_profit_cents: int = 0, min_roi: float = 0.0
) -> NDArray[np.float64]:
    """`landed_limit` of many net proceeds at once; NaN where there is none or proceeds are NaN."""
    by_profit = net_proceeds_cents - min_profit_cents
    growth = growth_by(min_roi)
    if growth <= 0:
        return np.where(net_proceeds_cents >= 0, by_profit, np.nan)
    known = np.isfinite(net_proceeds_cents)
    net = np.where(known, net_proceeds_cents, 0).astype(np.int64)
    by_roi = scaled_down(net, growth.denominator, growth.numerator)
    limit: NDArray[np.float64] = np.where(known, np.minimum(by_profit, by_roi), np.nan)
    return limit


def breakeven_price(curve: ProceedsCurve, landed_cents: int) -> int | None:
    """The lowest sale price with profit >= 0; None if there is none or fees are unknown."""
    return price_for_profit(curve, landed_cents, 0)


def price_for_profit(curve: ProceedsCurve, landed_cents: int, profit_cents: int) -> int | None:
    """The lowest sale price at which the profit reaches an amount.

    "Lowest" is exact across the cliffs: at 10.00 a fee band may begin in which less is left than at
    9.99, so a somewhat higher price than the answer can bring less.

    Args:
        curve: Net proceeds by price.
        landed_cents: The landed cost.
        profit_cents: The profit to reach.
    """
    return curve.lowest_price(landed_cents + profit_cents)


def price_for_roi(curve: ProceedsCurve, landed_cents: int, target: float) -> int | None:
    """The lowest sale price at which profit >= target x landed cost.

    Args:
        curve: Net proceeds by price.
        landed_cents: The landed cost.
        target: ROI as written: 0.3 means three tenths.
    """
    return curve.lowest_price(landed_cents + ceil(exact(target) * landed_cents))


def max_cost_at(
    curve: ProceedsCurve,
    price_cents: int,
    costs: CostAssumptions,
    weight_grams: int | None,
    *,
    min_profit_cents: int = 0,
    min_roi: float = 0.0,
) -> int | None:
    """The highest unit cost that meets both targets when the unit sells at a price.

    Exact with all rounding: one minor unit more would miss a target.

    Args:
        curve: Net proceeds by price.
        price_cents: The sale price.
        costs: What turns a unit cost into a landed cost.
        weight_grams: The unit's weight.
        min_profit_cents: Least profit.
        min_roi: Least ROI.

    Returns:
        Minor units; None if not even a free unit meets the targets, or if a fee or cost is unknown.
    """
    net = curve.net_at(price_cents)
    limit = None if net is None else landed_limit(net, min_profit_cents, min_roi)
    return None if limit is None else max_unit_cost(limit, costs, weight_grams)


def breakeven_prices(
    curves: ProceedsCurves, landed_cents: NDArray[np.float64]
) -> NDArray[np.float64]:
    """`breakeven_price` of many units at once; NaN where there is none or something is unknown."""
    return curves.lowest_price(landed_cents)


def prices_for_roi(
    curves: ProceedsCurves, landed_cents: NDArray[np.float64], target: float
) -> NDArray[np.float64]:
    """`price_for_roi` of many units at once; NaN where there is none or something is unknown.

    Args:
        curves: Net proceeds by price.
        landed_cents: Landed costs, whole minor units; NaN where unknown.
        target: ROI as written.
    """
    share, known = exact(target), np.isfinite(landed_cents)
    landed = np.where(known, landed_cents, 0).astype(np.int64)
    wanted = landed - scaled_down(-landed, share.numerator, share.denominator)
    return curves.lowest_price(np.where(known, wanted, np.nan))


def max_costs_at(
    curves: ProceedsCurves,
    price_cents: NDArray[np.int64],
    costs: CostAssumptions,
    weight_grams: NDArray[np.float64],
    *,
    min_profit_cents: int = 0,
    min_roi: float = 0.0,
) -> NDArray[np.float64]:
    """`max_cost_at` of many units at once, to the cent; NaN where it answers None.

    Args:
        curves: Net proceeds by price.
        price_cents: The sale price of each unit.
        costs: What turns a unit cost into a landed cost.
        weight_grams: Weights; NaN where unknown.
        min_profit_cents: Least profit.
        min_roi: Least ROI.
    """
    limits = landed_limit_array(curves.net(price_cents), min_profit_cents, min_roi)
    return max_unit_costs(limits, costs, weight_grams)


@lru_cache(maxsize=256)
def exact(share: float) -> Fraction:
    """A share as written: 0.3 is three tenths, not the nearest binary fraction."""
    return Fraction(str(share))


@lru_cache(maxsize=256)
def growth_by(roi: float) -> Fraction:
    """What a landed cost becomes at an ROI as written: 0.3 makes thirteen tenths of it."""
    return 1 + exact(roi)
