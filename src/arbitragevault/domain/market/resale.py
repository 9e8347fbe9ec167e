"""Resale price: the price at which this unit would sell, as a distribution.

Method (``docs/explanation/resale.md`` has formulas, reasons and evidence): the forecast is about
the time-weighted median of a reference series over the days in which the unit will sell. A pooled
prior (``resale_prior.py``) and the product's own past are weighed in a mixture
(``resale_mixture.py``).
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from math import isnan
from typing import Final

import numpy as np
from numpy.typing import NDArray

from arbitragevault.domain.catalog.product import Channel, Condition
from arbitragevault.domain.market.abstention import Abstention
from arbitragevault.domain.market.clock import MINUTES_PER_DAY
from arbitragevault.domain.market.market import Market
from arbitragevault.domain.market.reference import ReferenceSeries, reference_series
from arbitragevault.domain.market.resale_mixture import mixed_prices
from arbitragevault.domain.market.resale_prior import LEVELS, shipped_prior
from arbitragevault.domain.market.resale_state import PriceState, price_state
from arbitragevault.domain.market.windows import past_windows
from arbitragevault.domain.market.wording import days_in_words

LEAST_KNOWN_DAYS: Final = 30
"""Known days of the reference series below which there is no forecast."""


@dataclass(frozen=True, slots=True, eq=False)
class ResaleForecast:
    """The distribution of the resale price over a window of days ahead.

    Args:
        reference: The series that is forecast.
        minute: Market minute of the forecast.
        now_cents: Its value then.
        window: First and last market minute of the window.
        prices: [LEVELS.size] quantiles in minor units at ``LEVELS``, ascending. The levels are the
            midpoints of equally likely slices, so a mean over ``prices`` is an expectation.
        place: Log of the price now over its yearly level; None if the year is too thinly known.
        level_cents: The yearly level; None if unknown.
        own_windows: Past windows of the product that were used.
        own_weight: Share (0-1) of the product's own past in the mixture; the rest is the prior.
        state: What of the past told how far the price will move.
        known_days: Days of the last four years on which the reference was known.
    """

    reference: ReferenceSeries
    minute: int
    now_cents: float
    window: tuple[int, int]
    prices: NDArray[np.float64]
    place: float | None
    level_cents: float | None
    own_windows: int
    own_weight: float
    known_days: int
    state: PriceState

    def quantile(self, level: float) -> float:
        """The price that will not be exceeded with this probability, minor units.

        Levels outside the grid give its outermost price: tails beyond 1.2 % are not forecast.
        """
        return float(np.interp(level, LEVELS, self.prices))

    def probability_below(self, cents: float) -> float:
        """The probability (0-1) that the resale price is below a price."""
        return probability_below(self.prices, cents)

    @property
    def mean_cents(self) -> float:
        """The expected resale price, minor units."""
        return float(self.prices.mean())


def probability_below(ascending: NDArray[np.float64], value: float) -> float:
    """The probability that a quantity whose quantiles at ``LEVELS`` are given is below a value.

    Between two quantiles it is interpolated; a spike of equal quantiles counts only when the value
    is above it.
    """
    below = bisect_left(ascending.data, value)
    if below == 0:
        return 0.0
    if below == ascending.size:
        return 1.0
    low, high = ascending.item(below - 1), ascending.item(below)
    inside = (value - low) / (high - low)
    lower, upper = LEVELS.item(below - 1), LEVELS.item(below)
    return lower + inside * (upper - lower)


def forecast_resale(
    market: Market,
    condition: Condition,
    channel: Channel,
    window_days: tuple[int, int],
) -> ResaleForecast | Abstention:
    """Forecast the price at which a unit of this condition and channel will sell.

    Args:
        market: The market as known at the moment of decision (``Market.as_of`` for the past).
        condition: Condition of the unit.
        channel: Who will ship it.
        window_days: First and last day ahead between which the unit will sell.

    Returns:
        The forecast, or an abstention when nobody offers it now or history is too short.
    """
    reference = reference_series(market, condition, channel)
    if isinstance(reference, Abstention):
        return reference
    now = market.observed_minute
    price = reference.series.value_at(now)
    past = past_windows(
        reference.series, now, window_days=window_days, basis_change=reference.basis_change
    )
    if past.known_days < LEAST_KNOWN_DAYS:
        return Abstention(
            "too_little_history",
            f"The price is known for {days_in_words(past.known_days)} only; a forecast needs "
            f"{LEAST_KNOWN_DAYS}.",
        )
    state = price_state(past.logs, past.place_now)
    pooled = shipped_prior().for_product(market.product.asin).of(condition)
    prices, own_weight = mixed_prices(past, window_days, price, state, pooled.scaled_moves(state))
    has_level = not isnan(past.place_now)
    return ResaleForecast(
        reference=reference,
        minute=now,
        now_cents=price,
        window=(now + window_days[0] * MINUTES_PER_DAY, now + window_days[1] * MINUTES_PER_DAY),
        prices=prices,
        place=past.place_now if has_level else None,
        level_cents=past.level_now if has_level else None,
        own_windows=int(past.outcome.size),
        own_weight=own_weight,
        known_days=past.known_days,
        state=state,
    )


def pooled_prices(
    asin: str, condition: Condition, forecast: ResaleForecast, *, placed: bool
) -> NDArray[np.float64]:
    """What the pooled prior alone would have forecast, at ``LEVELS``: a yardstick.

    Args:
        asin: The product; it is judged by a prior that never saw it.
        condition: Condition of the unit.
        forecast: The forecast to compare with.
        placed: Take the place against the yearly level into account.
    """
    pooled = shipped_prior().for_product(asin).of(condition)
    place = forecast.state.place if placed else float("nan")
    return forecast.now_cents * np.exp(pooled.plain_ratios(place))
