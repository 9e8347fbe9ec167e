"""Resale price: the price at which this unit would sell, as a distribution.

Method (first version; ``docs/explanation/decision.md`` has the formulas). The forecast is about the
time-weighted median of a reference series over the days in which the unit will sell. It is a
weighted mixture of two samples of log ratios (median of the window / price at its start):

* the product's own past windows whose outcome is already known, weighted by age (half-life two
  years) and by how similar their place against the yearly level was (Gaussian kernel);
* a pooled prior of the condition for the present place band (``resale_prior.py``), which counts as
  much as four independent own windows.

Prices far above their yearly level tend to come down and the other way round; conditioning on the
place carries that mean reversion without assuming its shape.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from arbitragevault.domain.catalog.product import Channel, Condition
from arbitragevault.domain.market.abstention import Abstention
from arbitragevault.domain.market.clock import MINUTES_PER_DAY
from arbitragevault.domain.market.market import Market
from arbitragevault.domain.market.reference import ReferenceSeries, reference_series
from arbitragevault.domain.market.resale_prior import LEVELS, PRIOR, ResalePrior
from arbitragevault.domain.market.windows import STEP_DAYS, PastWindows, past_windows
from arbitragevault.domain.market.wording import days_in_words

HALF_LIFE_DAYS: Final = 730.0
"""Age at which an own window counts half."""

PLACE_WIDTH: Final = 0.3
"""Width of the kernel over place, in log units: a window that stood 35 % higher counts 61 %."""

PRIOR_WINDOWS: Final = 4.0
"""Independent own windows that weigh as much as the pooled prior."""

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
    below = int(np.searchsorted(ascending, value, side="left"))
    if below == 0:
        return 0.0
    if below == ascending.size:
        return 1.0
    low, high = float(ascending[below - 1]), float(ascending[below])
    inside = (value - low) / (high - low)
    return float(LEVELS[below - 1] + inside * (LEVELS[below] - LEVELS[below - 1]))


def forecast_resale(
    market: Market,
    condition: Condition,
    channel: Channel,
    window_days: tuple[int, int],
    *,
    prior: ResalePrior = PRIOR,
) -> ResaleForecast | Abstention:
    """Forecast the price at which a unit of this condition and channel will sell.

    Args:
        market: The market as known at the moment of decision (``Market.as_of`` for the past).
        condition: Condition of the unit.
        channel: Who will ship it.
        window_days: First and last day ahead between which the unit will sell.
        prior: Pooled quantiles; another one is passed when scoring by folds.

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
    ratios, own_weight = _mixture(past, window_days, prior.ratios(condition, past.place_now))
    has_level = not np.isnan(past.place_now)
    return ResaleForecast(
        reference=reference,
        minute=now,
        now_cents=price,
        window=(now + window_days[0] * MINUTES_PER_DAY, now + window_days[1] * MINUTES_PER_DAY),
        prices=price * np.exp(ratios),
        place=past.place_now if has_level else None,
        level_cents=past.level_now if has_level else None,
        own_windows=int(past.outcome.size),
        own_weight=own_weight,
        known_days=past.known_days,
    )


def pooled_prices(
    condition: Condition, forecast: ResaleForecast, *, placed: bool
) -> NDArray[np.float64]:
    """What the pooled prior alone would have forecast, at ``LEVELS``: a yardstick.

    Args:
        condition: Condition of the unit.
        forecast: The forecast to compare with.
        placed: Take the place against the yearly level into account.
    """
    place = forecast.place if placed and forecast.place is not None else float("nan")
    return forecast.now_cents * np.exp(PRIOR.ratios(condition, place))


def _mixture(
    past: PastWindows, window_days: tuple[int, int], pooled: NDArray[np.float64]
) -> tuple[NDArray[np.float64], float]:
    """Quantiles at ``LEVELS`` of own log ratios mixed with the pooled ones, and the own share."""
    weight = 0.5 ** (past.age_days / HALF_LIFE_DAYS)
    if not np.isnan(past.place_now):
        distance = (past.place - past.place_now) / PLACE_WIDTH
        weight = weight * np.where(np.isnan(distance), 0.0, np.exp(-0.5 * distance**2))
    total = float(weight.sum())
    # Weekly windows overlap: only one in (length / step) is independent of the others.
    independent = total * STEP_DAYS / max(STEP_DAYS, window_days[1] - window_days[0])
    own_share = independent / (independent + PRIOR_WINDOWS)
    if own_share < 1e-6:
        return pooled, 0.0
    values = np.concatenate((past.outcome, pooled))
    weights = np.concatenate(
        (weight * (own_share / total), np.full(pooled.size, (1.0 - own_share) / pooled.size))
    )
    order = np.argsort(values, kind="stable")
    ordered = weights[order]
    middle = np.cumsum(ordered) - 0.5 * ordered
    return np.interp(LEVELS, middle, values[order]), own_share
