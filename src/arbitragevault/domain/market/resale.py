"""Resale price: the price at which this unit would sell, as a distribution.

Method (``docs/explanation/resale.md`` has formulas, reasons and evidence). The forecast is about
the time-weighted median of a reference series over the days in which the unit will sell. It is a
weighted mixture of six answers to "where will the price be", each a sample of log ratios to now:

* *pooled*: a scale that fits how restless this price is, times the moves of other products' prices
  from a similar place against the yearly level (``resale_prior.py``);
* *own moves*: what followed in the product's own past weeks, and
* *own similar moves*: the same from a similar place, so that mean reversion needs no assumed shape;
* *own seasonal moves*: the same at this time of the year, as far as years repeat (``season.py``);
* *own levels*: where the price stood in past windows, and
* *recent levels*: where it stood in the last months: a price that has just moved often goes back.

What has just moved leans on the levels; what has long stood still does not. The mixture of samples
is wider than each of them, so it is narrowed by a fixed map of levels.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from math import exp, isnan, log
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaincinv

from arbitragevault.domain.catalog.product import Channel, Condition
from arbitragevault.domain.market.abstention import Abstention
from arbitragevault.domain.market.clock import MINUTES_PER_DAY
from arbitragevault.domain.market.market import Market
from arbitragevault.domain.market.reference import ReferenceSeries, reference_series
from arbitragevault.domain.market.resale_prior import LEVELS, shipped_prior
from arbitragevault.domain.market.resale_state import PriceState, price_state
from arbitragevault.domain.market.season import nearness, repeats
from arbitragevault.domain.market.windows import STEP_DAYS, PastWindows, past_windows
from arbitragevault.domain.market.wording import days_in_words

HALF_LIFE_DAYS: Final = 730.0
"""Age at which an own move counts half."""

LEVEL_HALF_LIFE_DAYS: Final = 300.0
"""Age at which an own level counts half: levels drift with inflation and editions."""

PLACE_WIDTH: Final = 0.3
"""Width of the kernel over place, in log units: a window that stood 35 % higher counts 61 %."""

PRIOR_WINDOWS: Final = 4.0
"""Independent own windows at which an own sample has half of its weight."""

POOLED_WEIGHT: Final = 0.5
SIMILAR_WEIGHT: Final = 0.3
SEASON_WEIGHT: Final = 0.5
MOVES_WEIGHT: Final = 0.1
LEVELS_WEIGHT: Final = 0.15
RECENT_WEIGHT: Final = 0.1
"""Weights of the six samples, before they are shrunk and normalised."""

RECENT_DAYS: Final = (60, 120)
JUMP_WIDTH: Final = 0.15
"""Log distance from the mean of 30 days at which a price has moved."""

STAND_DAYS: Final = 45.0
STAND_LEAST: Final = 0.35
"""A price that stands goes back less and less: the levels' weight falls to this share."""

NARROWING: Final = 1.15
"""Parameter of the symmetric Beta map of levels; 1 would leave the mixture as it is."""

ATOM_BELOW: Final = 0.08
ATOM_ABOVE: Final = 0.11
"""Shares of the forecast mass at "no change" that are put one minor unit below and above it. Prices
that do not move are forecast to within a cent; without this, a level that falls into that mass says
nothing."""

LEAST_ATOM: Final = 3
"""Levels at "no change" from which there is a mass to be spread."""

LEAST_WEIGHT: Final = 1e-9

NARROWED: Final[NDArray[np.float64]] = betaincinv(NARROWING, NARROWING, LEVELS)
"""The levels of the mixture that are read for ``LEVELS``."""

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
    ratios, own_weight = _mixture(past, window_days, log(price), state, pooled.scaled_moves(state))
    has_level = not isnan(past.place_now)
    return ResaleForecast(
        reference=reference,
        minute=now,
        now_cents=price,
        window=(now + window_days[0] * MINUTES_PER_DAY, now + window_days[1] * MINUTES_PER_DAY),
        prices=_priced(price, ratios),
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


_Sample = tuple[NDArray[np.float64], NDArray[np.float64] | None, float]
"""Values, their weights (None: all the same), and the weight of the whole."""


def _mixture(
    past: PastWindows,
    window_days: tuple[int, int],
    now: float,
    state: PriceState,
    pooled: NDArray[np.float64],
) -> tuple[NDArray[np.float64], float]:
    """Quantiles at ``LEVELS`` of the mixed log ratios, and the share of the product's own past."""
    # Weekly windows overlap: only one in (length / step) is independent of the others.
    overlap = STEP_DAYS / max(STEP_DAYS, window_days[1] - window_days[0])
    weight = np.exp2(past.age_days / -HALF_LIFE_DAYS)
    similar = weight * _similarity(past.place, state.place)
    level = np.exp2(past.age_days / -LEVEL_HALF_LIFE_DAYS) * np.isfinite(past.reached)
    enough = _shrunk(float(weight.sum()) * overlap)
    close = _shrunk(float(similar.sum()) * overlap)
    back, again = _goes_back(state), repeats(past)
    samples: list[_Sample] = [
        (pooled, None, POOLED_WEIGHT),
        (past.outcome, weight, MOVES_WEIGHT * enough),
        (past.outcome, similar, SIMILAR_WEIGHT * close),
        (past.outcome, weight * nearness(past), SEASON_WEIGHT * again / (1.0 - again)),
        (past.reached - now, level, LEVELS_WEIGHT * back * enough),
    ]
    for days in RECENT_DAYS:
        recent = past.logs[-days:]
        samples.append((recent[np.isfinite(recent)] - now, None, RECENT_WEIGHT / 2 * back))
    return _mixed(samples)


def _mixed(
    samples: list[_Sample],
) -> tuple[NDArray[np.float64], float]:
    """Mix samples, the pooled one first."""
    every, weighed = [], []
    for sample, inner, whole in samples:
        inside = sample.size if inner is None else float(inner.sum())
        if whole > LEAST_WEIGHT and inside > LEAST_WEIGHT:
            each = whole / inside
            every.append(sample)
            weighed.append(np.full(sample.size, each) if inner is None else inner * each)
    values, weights = np.concatenate(every), np.concatenate(weighed)
    kept = weights > 0
    values, weights = values[kept], weights[kept]
    order = values.argsort(kind="stable")
    ordered = weights[order]
    reached = ordered.cumsum()
    total = reached.item(-1)
    middle = (reached - 0.5 * ordered) / total
    return np.interp(NARROWED, middle, values[order]), 1.0 - POOLED_WEIGHT / total


def _similarity(places: NDArray[np.float64], place: float) -> NDArray[np.float64]:
    """How similar the places of past windows were to a place, 0 to 1; all are to an unknown one."""
    if isnan(place):
        return np.ones(places.shape)
    distance = (places - place) / PLACE_WIDTH
    similar: NDArray[np.float64] = np.exp(-0.5 * distance * distance)
    similar[np.isnan(similar)] = 0.0
    return similar


def _goes_back(state: PriceState) -> float:
    """How much the levels count: up to double after a move, less for a price that stands."""
    jump = 0.0
    if not isnan(state.moved):
        jump = 1.0 - exp(-0.5 * (state.moved / JUMP_WIDTH) ** 2)
    stands = exp(-state.age_days / STAND_DAYS)
    return (1.0 + jump) * (STAND_LEAST + (1.0 - STAND_LEAST) * stands)


def _shrunk(independent: float) -> float:
    """The share of its weight that an own sample of so many independent windows has."""
    return independent / (independent + PRIOR_WINDOWS)


def _priced(price: float, ratios: NDArray[np.float64]) -> NDArray[np.float64]:
    """Log ratios as prices, ascending; the mass at "no change" is spread to the next cents."""
    prices: NDArray[np.float64] = price * np.exp(ratios)
    same = (np.abs(prices - price) < 0.5).nonzero()[0]
    if same.size >= LEAST_ATOM and price > 1.0:
        prices[same] = price
        prices[same[: round(ATOM_BELOW * same.size)]] = price - 1.0
        prices[same[same.size - round(ATOM_ABOVE * same.size) :]] = price + 1.0
    prices.sort()
    return prices
