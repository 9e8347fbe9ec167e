"""Chances of a crash and of a swarm: small logistic models over a few signs of the last year.

*Crash*: within 60 days the median price of some week is more than 30 % below the price now.
*Swarm*: the median number of offers of some week is more than 50 % above the number now. One model
per risk and class (New, Used), learned on the simulated marketplace
(``docs/explanation/risk.md``); a sign that is not known counts as usual.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import exp, isnan, log, nan, sqrt
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from arbitragevault.domain.market.clock import MINUTES_PER_DAY
from arbitragevault.domain.market.learned import load_learned
from arbitragevault.domain.market.market import Market, SeriesKind
from arbitragevault.domain.market.series import StepSeries

HORIZON_DAYS: Final = 60
CRASH_FALL: Final = 0.30
SWARM_GROWTH: Final = 0.50

YEAR_DAYS: Final = 365
QUARTER_DAYS: Final = 90

CRASH: Final = "crash"
SWARM: Final = "swarm"


@dataclass(frozen=True, slots=True)
class Driver:
    """One sign and what it does to the odds.

    Args:
        name: Name of the sign.
        value: What was seen; NaN where it is not known.
        effect: Change of the log odds against a usual product.
    """

    name: str
    value: float
    effect: float


@dataclass(frozen=True, slots=True)
class Chance:
    """A probability and what drives it.

    Args:
        probability: 0-1.
        base_rate: How often it happened where the model was learned.
        signs: Names of the signs.
        values: [signs] what was seen of each; NaN where it is not known.
        effects: [signs] what each of them does to the log odds.
    """

    probability: float
    base_rate: float
    signs: tuple[str, ...]
    values: tuple[float, ...]
    effects: tuple[float, ...]

    @property
    def drivers(self) -> tuple[Driver, ...]:
        """Every sign, the strongest effect first."""
        told = map(Driver, self.signs, self.values, self.effects)
        return tuple(sorted(told, key=lambda driver: -abs(driver.effect)))


@dataclass(frozen=True, slots=True)
class OddsModel:
    """A logistic model of one risk in one class.

    Args:
        signs: Names of the signs.
        usual: Usual value of each.
        scale: Usual spread of each.
        weights: Change of the log odds per spread.
        constant: Log odds of a usual product.
        base_rate: How often it happened where the model was learned.
    """

    signs: tuple[str, ...]
    usual: tuple[float, ...]
    scale: tuple[float, ...]
    weights: tuple[float, ...]
    constant: float
    base_rate: float

    def chance(self, seen: Mapping[str, float]) -> Chance:
        """The chance at what is seen, signs by name."""
        values = tuple([seen[name] for name in self.signs])
        effects = tuple(
            [
                0.0 if isnan(value) else weight * (value - usual) / scale
                for value, usual, scale, weight in zip(
                    values, self.usual, self.scale, self.weights, strict=True
                )
            ]
        )
        odds = self.constant + sum(effects)
        probability = 1.0 / (1.0 + exp(-odds))
        return Chance(probability, self.base_rate, self.signs, values, effects)


CRASH_SIGNS: Final = (
    "over_year",
    "over_quarter",
    "over_low_tenth",
    "over_quarter_low",
    "quarter_swing",
    "year_swing",
    "offers",
    "offers_over_quarter",
    "offers_swing",
    "amazon_share",
    "new_over_used",
)
SWARM_SIGNS: Final = (
    "offers",
    "offers_over_year",
    "offers_swing",
    "amazon_sells",
    "amazon_share",
    "year_swing",
    "over_year",
)
SIGN_NAMES: Final = {
    "over_year": "price against its yearly mean",
    "over_quarter": "price above its 90-day median",
    "over_low_tenth": "price above the lowest tenth of the year",
    "over_quarter_low": "price above its 90-day low",
    "quarter_swing": "daily moves of the price over 90 days",
    "year_swing": "daily moves of the price over a year",
    "offers": "number of offers",
    "offers_over_quarter": "offers against their 90-day median",
    "offers_over_year": "offers against their yearly mean",
    "offers_swing": "daily moves of the number of offers",
    "amazon_share": "Amazon's time in stock over 90 days",
    "amazon_sells": "Amazon in stock now",
    "new_over_used": "lowest New against lowest Used price",
}
"""What each sign is called in sentences."""


def market_signs(
    market: Market, prices: NDArray[np.float64], count: SeriesKind
) -> dict[str, float]:
    """Every sign, as it can be known at the market's instant.

    Args:
        market: The market.
        prices: [days] natural logs of the price that may crash, one a day, the last one now, a year
            or less; NaN where unknown. All of one meaning.
        count: The offers that may swarm.

    Returns:
        Signs by name: natural logarithms of ratios, of daily moves or of the number of offers, and
        parts (0-1); NaN where not known.
    """
    now = market.observed_minute
    year, recent = _known_of_year_and_quarter(prices)
    swing, quarter_swing = _swings(prices, 0.01)
    offers = market.series(count).daily_logs(now, YEAR_DAYS)
    all_counts, counts = _known_of_year_and_quarter(offers)
    _, offers_swing = _swings(offers, 0.02)
    amazon = np.isfinite(market.series(SeriesKind.AMAZON).daily(now, QUARTER_DAYS))
    level, offered = prices.item(-1) if prices.size else nan, offers.item(-1)
    return {
        "over_year": _clip(level - _mean(year), -1.5, 1.5),
        "over_quarter": _clip(level - _middle(recent), 0.0, 1.0),
        "over_low_tenth": _clip(level - _low_tenth(year), 0.0, 2.0),
        "over_quarter_low": _clip(level - _first(recent), 0.0, 1.5),
        "quarter_swing": quarter_swing,
        "year_swing": swing,
        "offers": _clip(offered, 0.0, 4.0),
        "offers_over_quarter": _clip(offered - _middle(counts), -1.5, 1.5),
        "offers_over_year": _clip(offered - _mean(all_counts), -1.5, 1.5),
        "offers_swing": offers_swing,
        "amazon_share": np.count_nonzero(amazon) / QUARTER_DAYS,
        "amazon_sells": float(amazon[-1]),
        "new_over_used": _new_over_used(market),
    }


def daily_prices(price: StepSeries, now: int, since: int | None) -> NDArray[np.float64]:
    """A year of a price as ``market_signs`` takes it.

    Args:
        price: The price, minor units.
        now: Market minute of the last day.
        since: Minute before which the series means something else; None if it never did.
    """
    if since is None or now < since:
        return price.daily_logs(now, YEAR_DAYS)
    return price.daily_logs(now, min(YEAR_DAYS, (now - since) // MINUTES_PER_DAY + 1))


def happened(series: StepSeries, now: int, factor: float) -> bool | None:
    """Whether the median of some week of the next 60 days passes a multiple of the value now.

    Args:
        series: The price or the number of offers, with what came after.
        now: Market minute from which the days count.
        factor: Below 1: the median falls below that multiple; above 1: it rises above it.

    Returns:
        None where the value now, or every week, is not known.
    """
    level = series.value_at(now)
    week = 7 * MINUTES_PER_DAY
    starts = range(now, now + HORIZON_DAYS * MINUTES_PER_DAY - week + 1, week)
    medians = _known(np.array([series.median(start, start + week) for start in starts]))
    if isnan(level) or not medians.size:
        return None
    passed = medians < factor * level if factor < 1.0 else medians > factor * level
    return bool(passed.any())


def odds_models_from(found: Mapping[str, Any]) -> dict[tuple[str, bool], OddsModel]:
    """The models of a learned file by risk and whether the class is Used."""
    return {
        (risk, is_used): OddsModel(
            signs=tuple(one["signs"]),
            usual=tuple(one["usual"]),
            scale=tuple(one["scale"]),
            weights=tuple(one["weights"]),
            constant=one["constant"],
            base_rate=one["base_rate"],
        )
        for risk in (CRASH, SWARM)
        for is_used, one in ((False, found[risk]["new"]), (True, found[risk]["used"]))
    }


_LEARNED: Final = load_learned("risk")
ODDS: Final = odds_models_from(_LEARNED)
"""The models that ship with this version, by risk and whether the class is Used."""

ODDS_NAME: Final[str] = _LEARNED["name"]
"""Their version, part of the model version."""


def _known(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return values[np.isfinite(values)]


def _known_of_year_and_quarter(
    daily: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The known values of a year, and those of its last quarter in ascending order."""
    known = np.isfinite(daily)
    lately = np.count_nonzero(known[-QUARTER_DAYS:])
    year = daily if np.count_nonzero(known) == known.size else daily[known]
    recent = year[year.size - lately :].copy()
    recent.sort()
    return year, recent


def _mean(values: NDArray[np.float64]) -> float:
    return float(values.sum()) / values.size if values.size else nan


def _first(ascending: NDArray[np.float64]) -> float:
    return ascending.item(0) if ascending.size else nan


def _middle(ascending: NDArray[np.float64]) -> float:
    return ascending.item(ascending.size // 2) if ascending.size else nan


def _low_tenth(values: NDArray[np.float64]) -> float:
    """The value that a tenth of the days did not pass."""
    place = values.size // 10
    return np.partition(values, place).item(place) if values.size else nan


def _swings(daily: NDArray[np.float64], least: float) -> tuple[float, float]:
    """The swing of a year and of its last quarter."""
    moves = daily[1:] - daily[:-1]
    unknown = np.isnan(moves)
    if np.count_nonzero(unknown):
        moves[unknown] = 0.0
    late = slice(1 - QUARTER_DAYS, None)
    return _swing(moves, unknown, least), _swing(moves[late], unknown[late], least)


def _swing(moves: NDArray[np.float64], unknown: NDArray[np.bool_], least: float) -> float:
    """Natural log of the root mean square of daily moves, which are at least so large.

    Args:
        moves: The moves; 0 where unknown.
        unknown: Which of them are not known.
        least: Smaller ones count as this.
    """
    count = moves.size - np.count_nonzero(unknown)
    return log(sqrt(float(moves @ moves) / count) + least) if count else nan


def _clip(value: float, low: float, high: float) -> float:
    return value if isnan(value) else min(max(value, low), high)


def _new_over_used(market: Market) -> float:
    new, used = market.now(SeriesKind.NEW), market.now(SeriesKind.USED)
    if not (new > 0 and used > 0):
        return nan
    return _clip(log(new / used), -1.0, 2.0)
