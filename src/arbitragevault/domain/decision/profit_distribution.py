"""Profit of a unit as a distribution, and the max cost as its exact inverse.

Two questions are kept apart. *Given that a unit sells*, only its price is uncertain: that is the
profit interval, ROI, P(profit), P(target) and the max cost. *A unit bought* may also not sell
within the policy's horizon and is then liquidated: that is the expected profit, P(loss) and the
profit per dollar and day.

Net proceeds at each of the forecast's equally likely prices, its lower half read deeper
(``bid_levels.py``), form a sample; sorted, they are the quantiles of what a sold unit brings.
P(net >= x) and its inverse both interpolate between them, so the max cost is the highest cent at
which P(target) still reaches the confidence.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from math import floor, isnan
from typing import Final

import numpy as np
from numpy.typing import NDArray

from arbitragevault.domain.catalog.product import Channel
from arbitragevault.domain.decision.bid_levels import bid_levels
from arbitragevault.domain.decision.policy import Policy
from arbitragevault.domain.economics.costs import max_unit_cost
from arbitragevault.domain.economics.fees.curve import ProceedsCurve
from arbitragevault.domain.economics.fees.engine import calibrated_curve
from arbitragevault.domain.economics.fees.model import (
    Calibration,
    FeeAssumptions,
    FeeBreakdown,
    FeeCode,
    FulfilmentObservation,
    VatStatus,
)
from arbitragevault.domain.economics.fees.sizing import sizing_text
from arbitragevault.domain.economics.profit import (
    breakeven_price,
    growth_by,
    landed_limit,
    margin,
    roi,
)
from arbitragevault.domain.market.abstention import Abstention
from arbitragevault.domain.market.clock import to_date
from arbitragevault.domain.market.interpolation import interpolated
from arbitragevault.domain.market.market import Market, SeriesKind
from arbitragevault.domain.market.resale import ResaleForecast, probability_below
from arbitragevault.domain.market.resale_prior import LEVELS
from arbitragevault.domain.market.sellthrough import SellThrough

_SHOWN: Final = (0.1, 0.5, 0.9)
"""Levels of the profit interval."""

SLACK: Final = 1e-9
"""Probabilities closer than this to the confidence reach it: interpolation rounds."""


@dataclass(frozen=True, slots=True, eq=False)
class UnitProceeds:
    """What one unit brings when it sells.

    Args:
        curve: Net proceeds by price on the day of sale.
        price_cents: The resale median.
        low_price_cents: The resale price that a unit bid for exceeds with the policy's confidence.
        returned_cents: What is lost when a sold unit comes back.
        returns_cents: Allowance for returns, part of every profit figure.
        prices: Resale prices of a unit bid for at ``LEVELS``: the forecast, read as learned.
        nets: Net proceeds less the allowance at those prices, ascending: quantiles at ``LEVELS``.
        liquidation_cents: What an unsold unit brings after the horizon, 0 or more.
        calibration: Keepa's fulfilment fee beside ours; None where Keepa gives none.
    """

    curve: ProceedsCurve
    price_cents: int
    low_price_cents: int
    returned_cents: int
    returns_cents: int
    prices: NDArray[np.float64]
    nets: NDArray[np.float64]
    liquidation_cents: int
    calibration: Calibration | None

    @property
    def fees(self) -> FeeBreakdown:
        """Every fee at the resale median, written out for whoever reads it."""
        return self.curve.at(self.price_cents)


@dataclass(frozen=True, slots=True)
class Profit:
    """Profit figures of one unit at one landed cost, minor units.

    Args:
        landed_cents: The landed cost.
        p10 / p50 / p90: Profit of a unit that sells.
        roi: p50 / landed cost; None for a unit that costs nothing.
        margin: p50 / resale median.
        probability_of_profit: P(profit >= 0) of a unit that sells.
        probability_of_target: P(profit and ROI reach the policy's targets) of a unit that sells.
        sold_share: Expected share of the units that sells within the horizon; None without a sales
            estimate, and then the following are None too.
        probability_of_loss: P(profit < 0) of a unit bought.
        expected_cents: Expected profit of a unit bought.
        per_dollar_day: Expected profit / landed cost / median days to sell.
    """

    landed_cents: int
    p10: int
    p50: int
    p90: int
    roi: float | None
    margin: float | None
    probability_of_profit: float
    probability_of_target: float
    sold_share: float | None
    probability_of_loss: float | None
    expected_cents: int | None
    per_dollar_day: float | None


def unit_proceeds(
    forecast: ResaleForecast,
    market: Market,
    policy: Policy,
    on: date,
    storage_days: int,
    *,
    levels: NDArray[np.float64] | None = None,
) -> UnitProceeds | Abstention:
    """What a unit brings at every price of the forecast.

    Args:
        forecast: The resale price.
        market: The product, for its fees, and what Keepa says about them.
        policy: Channel, returns and liquidation.
        on: Day of sale.
        storage_days: Days in Amazon's store that are charged.
        levels: [LEVELS.size] levels at which the forecast is read; None takes the learned ones.

    Returns:
        The proceeds, or an abstention that names the unknown fee.
    """
    assumptions = fee_assumptions(policy, market, storage_days)
    seen = fulfilment_seen_by_keepa(market) if policy.channel is Channel.FBA else None
    curve, calibration = calibrated_curve(
        market.product, on, policy.channel, assumptions, observation=seen
    )
    levels = bid_levels(market.product.asin) if levels is None else levels
    read = np.interp(levels, LEVELS, forecast.prices)
    prices = np.rint(read).astype(np.int64)
    middle = int(prices[LEVELS.size // 2])
    nets = curve.net(prices)
    if isnan(nets.sum()):  # as soon as one is unknown
        return Abstention("unknown_fees", _sentence(curve.unknown_reasons, curve.at(middle)))
    fulfilment = curve.cents_at(FeeCode.FULFILMENT, middle)
    returned = lost_by_return(curve.net_at(middle), fulfilment)
    returns = round(policy.returns_share * returned)
    liquidation = round(policy.liquidation_share * middle)
    nets.sort()
    nets -= returns
    return UnitProceeds(
        curve=curve,
        price_cents=middle,
        low_price_cents=round(interpolated(1.0 - policy.confidence, LEVELS, read)),
        returned_cents=returned,
        returns_cents=returns,
        prices=read,
        nets=nets,
        liquidation_cents=max(0, curve.net_at(liquidation) or 0),
        calibration=calibration,
    )


def storage_days(policy: Policy, sales: SellThrough | None) -> int:
    """Days of storage that are charged: the policy's, else the median time to sell.

    Args:
        policy: Its days in store, window and horizon.
        sales: Our sales over time; None if they cannot be told.
    """
    if policy.storage_days is not None:
        return policy.storage_days
    days = sum(policy.window_days) / 2 if sales is None else sales.median_days
    return round(min(days, policy.horizon_days))


def fee_assumptions(policy: Policy, market: Market, storage_days: int) -> FeeAssumptions:
    """What a policy and Keepa's closing fee say to the fee engine.

    Args:
        policy: The policy.
        market: The product and what Keepa says about its fees.
        storage_days: Days in Amazon's store that are charged if Amazon ships.
    """
    return _assumptions(
        storage_days if policy.channel is Channel.FBA else 0,
        policy.fbm_shipping_cents,
        market.fees.closing_cents,
        policy.vat,
        policy.seller_country,
    )


# Made once for each of the few days in store and closing fees that occur under a policy.
@lru_cache(maxsize=1024)
def _assumptions(
    storage_days: int,
    fbm_shipping_cents: int | None,
    closing_cents: int | None,
    vat: VatStatus,
    seller_country: str | None,
) -> FeeAssumptions:
    return FeeAssumptions(
        storage_days=storage_days,
        fbm_shipping_cents=fbm_shipping_cents,
        closing_cents=closing_cents,
        vat=vat,
        seller_country=seller_country,
    )


def fulfilment_seen_by_keepa(market: Market) -> FulfilmentObservation | None:
    """Keepa's own fulfilment fee, dated, with the New price that was in force then."""
    cents, minute = market.fees.fulfilment_cents, market.fees.fulfilment_minute
    if cents is None or minute is None:
        return None
    prices = (market.series(kind).value_at(minute) for kind in (SeriesKind.BUY_BOX, SeriesKind.NEW))
    price = next((int(value) for value in prices if not isnan(value)), None)
    return FulfilmentObservation(cents, to_date(minute), price)


def max_cost(proceeds: UnitProceeds, policy: Policy, weight_grams: int | None) -> int | None:
    """The highest unit cost with P(profit and ROI reach their targets) >= the confidence.

    Args:
        proceeds: What a sold unit brings.
        policy: Targets, confidence and costs.
        weight_grams: The unit's weight, for inbound shipping by weight.

    Returns:
        Minor units; None if not even a free unit does, or if a cost is unknown.
    """
    net = interpolated(1.0 - policy.confidence, LEVELS, proceeds.nets)
    limit = landed_limit(floor(net + SLACK), policy.min_profit_cents, policy.min_roi)
    return None if limit is None else max_unit_cost(limit, policy.unit_costs, weight_grams)


def profit_at(
    proceeds: UnitProceeds, landed_cents: int, policy: Policy, sales: SellThrough | None
) -> Profit:
    """The profit figures of a unit.

    Args:
        proceeds: What a sold unit brings.
        landed_cents: What it cost.
        policy: Targets and horizon.
        sales: Our sales over time; None if they cannot be told.
    """
    nets = proceeds.nets
    p10, p50, p90 = (round(interpolated(q, LEVELS, nets)) - landed_cents for q in _SHOWN)
    below_cost = probability_below(nets, landed_cents)
    below_target = probability_below(nets, needed_net(landed_cents, policy))
    sold = expected = loss = per_day = None
    if sales is not None:
        sold = sales.sold_share(policy.horizon_days)
        unsold_loses = proceeds.liquidation_cents < landed_cents
        loss = sold * below_cost + (1.0 - sold) * unsold_loses
        mean = float(nets.sum()) / nets.size
        expected = sold * mean + (1.0 - sold) * proceeds.liquidation_cents
        expected -= landed_cents
        if landed_cents > 0:
            per_day = expected / landed_cents / max(1.0, sales.median_days)
    return Profit(
        landed_cents=landed_cents,
        p10=p10,
        p50=p50,
        p90=p90,
        roi=roi(p50, landed_cents),
        margin=margin(p50, proceeds.price_cents),
        probability_of_profit=1.0 - below_cost,
        probability_of_target=1.0 - below_target,
        sold_share=sold,
        probability_of_loss=loss,
        expected_cents=None if expected is None else round(expected),
        per_dollar_day=per_day,
    )


def breakeven(proceeds: UnitProceeds, landed_cents: int) -> int | None:
    """The lowest sale price with profit >= 0, returns allowed for; None if there is none."""
    return breakeven_price(proceeds.curve, landed_cents + proceeds.returns_cents)


def needed_net(landed_cents: int, policy: Policy) -> int:
    """The least net proceeds, after the returns allowance, that reach both targets."""
    growth = growth_by(policy.min_roi)
    by_roi = -(-growth.numerator * landed_cents // growth.denominator)
    return max(landed_cents + policy.min_profit_cents, by_roi)


def reaches_confidence(probability: float, policy: Policy) -> bool:
    """A probability is at least the policy's confidence."""
    return probability >= policy.confidence - SLACK


def lost_by_return(net_cents: int | None, fulfilment_cents: int | None) -> int:
    """What is lost when a sold unit comes back: the proceeds, and the fulfilment for nothing.

    A returned unit is taken as lost; Amazon pays back referral and closing fee but not fulfilment.

    Args:
        net_cents: Net proceeds of the sale; None, where unknown, counts for nothing.
        fulfilment_cents: Its fulfilment fee, likewise.
    """
    return max(0, net_cents or 0) + (fulfilment_cents or 0)


def _sentence(reasons: tuple[str, ...], breakdown: FeeBreakdown) -> str:
    sizing, problem = sizing_text(breakdown), breakdown.sizing and breakdown.sizing.problem
    others = [reason for reason in reasons if sizing is None or reason != problem]
    known = f"Fees are not known: {'; '.join(others)}." if others else "Fees are not known."
    return known if sizing is None else f"{known} {sizing}"
