"""The mixture behind a resale forecast.

It weighs six answers to "where will the price be", each a sample of log ratios to the price now:

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

from dataclasses import dataclass
from functools import lru_cache
from math import exp, isnan, log
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaincinv

from arbitragevault.domain.market.resale_prior import LEVELS
from arbitragevault.domain.market.resale_state import PriceState
from arbitragevault.domain.market.season import nearness, repeats
from arbitragevault.domain.market.windows import STEP_DAYS, PastWindows


@dataclass(frozen=True, slots=True)
class MixtureWeights:
    """How the samples are weighed.

    The weight and width of the season were chosen on simulated products with seasons. The other
    values were found by ``tools/weigh_resale.py`` on the recordings: the lowest loss that keeps
    coverage near its levels, for all windows and within thirds of rank, place and offers.

    Args:
        pooled / similar / season / moves / levels / recent: Weights of the six samples, before they
            are shrunk and normalised.
        half_life_days: Age at which an own move counts half.
        level_half_life_days: Age at which an own level counts half: levels drift with inflation and
            editions.
        place_width: Width of the kernel over place, in log units.
        prior_windows: Independent own windows at which an own sample has half of its weight.
        jump_width: Log distance from the mean of 30 days at which a price has moved.
        stand_days / stand_least: A price that stands goes back less and less: within such a time
            the levels' weight falls towards this share.
        narrowing: Parameter of the symmetric Beta map of levels; 1 leaves the mixture as it is.
        atom_below / atom_above: Shares of the forecast mass at "no change" that are put one minor
            unit below and above it. Prices that do not move are forecast to within a cent; without
            this, a level that falls into that mass says nothing.
    """

    pooled: float = 0.471
    similar: float = 0.374
    season: float = 0.5
    moves: float = 0.109
    levels: float = 0.138
    recent: float = 0.123
    half_life_days: float = 1040.0
    level_half_life_days: float = 516.0
    place_width: float = 0.45
    prior_windows: float = 6.3
    jump_width: float = 0.143
    stand_days: float = 40.8
    stand_least: float = 0.231
    narrowing: float = 1.17
    atom_below: float = 0.0216
    atom_above: float = 0.115


WEIGHTS: Final = MixtureWeights()
"""The weights of every forecast."""

RECENT_DAYS: Final = (60, 120)
LEAST_ATOM: Final = 3
"""Levels at "no change" from which there is a mass to be spread."""

LEAST_WEIGHT: Final = 1e-9

_Sample = tuple[NDArray[np.float64], NDArray[np.float64] | float]
"""Values, and the weight of each."""


def mixed_prices(
    past: PastWindows,
    window_days: tuple[int, int],
    price: float,
    state: PriceState,
    pooled: NDArray[np.float64],
    *,
    weights: MixtureWeights = WEIGHTS,
) -> tuple[NDArray[np.float64], float]:
    """Weigh the samples.

    Args:
        past: The product's own past windows.
        window_days: First and last day ahead between which the unit will sell.
        price: The price now, minor units.
        state: The state of the price now.
        pooled: [LEVELS.size] log ratios that other products let expect.
        weights: How the samples are weighed.

    Returns:
        [LEVELS.size] prices at ``LEVELS``, ascending, minor units; and the share (0-1) of the
        product's own past in the mixture.
    """
    samples = _samples(past, window_days, log(price), state, pooled, weights=weights)
    ratios, own_weight = _mixed(samples, _narrowed(weights.narrowing))
    return _priced(price, ratios, weights), own_weight


def _samples(
    past: PastWindows,
    window_days: tuple[int, int],
    now: float,
    state: PriceState,
    pooled: NDArray[np.float64],
    *,
    weights: MixtureWeights,
) -> list[_Sample]:
    """The samples, the pooled one first; those of the same values are one."""
    # Weekly windows overlap: only one in (length / step) is independent of the others.
    overlap = STEP_DAYS / max(STEP_DAYS, window_days[1] - window_days[0])
    back, again = _goes_back(state, weights), repeats(past)
    samples: list[_Sample] = [(pooled, weights.pooled / pooled.size)]
    if past.outcome.size:
        weight = np.exp2(past.age_days / -weights.half_life_days)
        similar = weight * _similarity(past.place, state.place, weights.place_width)
        inside, close = float(weight.sum()), float(similar.sum())
        enough = _shrunk(inside * overlap, weights.prior_windows)
        moves = _spread(weight, inside, weights.moves * enough)
        moves += _spread(
            similar, close, weights.similar * _shrunk(close * overlap, weights.prior_windows)
        )
        if again:
            season = weight * nearness(past)
            share = weights.season * again / (1.0 - again)
            moves += _spread(season, float(season.sum()), share)
        samples.append((past.outcome, moves))
        told = np.isfinite(past.reached)
        level = np.exp2(past.age_days[told] / -weights.level_half_life_days)
        share = weights.levels * back * enough
        samples.append((past.reached[told] - now, _spread(level, float(level.sum()), share)))
    for days in RECENT_DAYS:
        recent = past.logs[-days:]
        recent = recent[np.isfinite(recent)]
        samples.append((recent - now, weights.recent / len(RECENT_DAYS) * back / recent.size))
    return samples


def _spread(weights: NDArray[np.float64], inside: float, whole: float) -> NDArray[np.float64]:
    """Weights of values made to be a sample's weight together; none where there is none."""
    return weights * (whole / inside if inside > LEAST_WEIGHT else 0.0)


def _mixed(
    samples: list[_Sample], levels: NDArray[np.float64]
) -> tuple[NDArray[np.float64], float]:
    """Quantiles of the mixed samples at some levels, and the share of all but the first one."""
    values = np.concatenate([sample for sample, _ in samples])
    weights = np.empty(values.size)
    end = 0
    for sample, each in samples:
        begin, end = end, end + sample.size
        weights[begin:end] = each
    order = values.argsort()
    ordered = weights[order]
    reached = ordered.cumsum()
    total = reached.item(-1)
    middle = (reached - 0.5 * ordered) / total
    first, each = samples[0]
    return np.interp(levels, middle, values[order]), 1.0 - first.size * each / total


@lru_cache(maxsize=64)
def _narrowed(narrowing: float) -> NDArray[np.float64]:
    """The levels of the mixture that are read for ``LEVELS``."""
    levels: NDArray[np.float64] = betaincinv(narrowing, narrowing, LEVELS)
    return levels


def _similarity(places: NDArray[np.float64], place: float, width: float) -> NDArray[np.float64]:
    """How similar the places of past windows were to a place, 0 to 1; all are to an unknown one."""
    if isnan(place):
        return np.ones(places.shape)
    distance = (places - place) / width
    similar: NDArray[np.float64] = np.exp(-0.5 * distance * distance)
    similar[np.isnan(similar)] = 0.0
    return similar


def _goes_back(state: PriceState, weights: MixtureWeights) -> float:
    """How much the levels count: up to double after a move, less for a price that stands."""
    jump = 0.0
    if not isnan(state.moved):
        jump = 1.0 - exp(-0.5 * (state.moved / weights.jump_width) ** 2)
    stands = exp(-state.age_days / weights.stand_days)
    return (1.0 + jump) * (weights.stand_least + (1.0 - weights.stand_least) * stands)


def _shrunk(independent: float, prior: float) -> float:
    """The share of its weight that an own sample of so many independent windows has."""
    return independent / (independent + prior)


def _priced(
    price: float, ratios: NDArray[np.float64], weights: MixtureWeights
) -> NDArray[np.float64]:
    """Log ratios as prices, ascending; the mass at "no change" is spread to the next cents."""
    prices: NDArray[np.float64] = price * np.exp(ratios)
    same = (np.abs(prices - price) < 0.5).nonzero()[0]
    if same.size >= LEAST_ATOM and price > 1.0:
        prices[same] = price
        prices[same[: round(weights.atom_below * same.size)]] = price - 1.0
        prices[same[same.size - round(weights.atom_above * same.size) :]] = price + 1.0
    prices.sort()
    return prices
