"""Demand: how many units of the product sell per day, as a distribution.

Method (first version). Improvements of the sales rank beyond a size that depends on the rank count
as sale events (Keepa's own ``salesRankDrops`` rule). Events per exposed day, the recent ones
weighing more, update a wide Gamma prior around a rank curve (Gamma-Poisson). Sales between two
looks at the rank show as one drop or none, which is corrected for. Where the rank moves more than
about fifty times a month, drops saturate and only give a floor, so the estimate leans on the curve
and widens. Keepa's "bought in past month" badge is a floor: the distribution is truncated there.
Variations that share the rank share the demand: it is split among them, widely.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import special

from arbitragevault.domain.market.abstention import Abstention
from arbitragevault.domain.market.clock import MINUTES_PER_DAY
from arbitragevault.domain.market.market import Market, SeriesKind
from arbitragevault.domain.market.series import StepSeries

DAYS_PER_MONTH: Final = 30.0
LOOK_BACK_DAYS: Final = 365
HALF_LIFE_DAYS: Final = 90.0
"""Age at which an event and a day of exposure count half."""

RANK_LEVEL_DAYS: Final = 90
"""Days over which the rank's median is read off the curve."""

ALWAYS_BELOW: Final = 10_000
FINE_BELOW: Final = 100_000
FINE_STEP: Final = 0.03
COARSE_STEP: Final = 0.05
"""Keepa's salesRankDrops rule: an improvement counts from a rank below 10,000 always, below about
100,000 from 3 %, above from 5 % of the new rank. Fitted to 76 recorded counts, 71 of them exact
(the boundary near 100,000 is known only to lie between 20,000 and 200,000)."""

SATURATION_PER_MONTH: Final = 50.0
"""Drops per month at which half the trust in them is lost (practitioners call them noise above)."""

MOST_SEEN: Final = 0.45
"""Share of looks with a drop beyond which the correction for unseen sales stops growing: it can
never pass one half, however much sells."""

DETECTION_CV: Final = 0.3
"""Relative spread that remains however many drops were counted: bulk orders, drops too small to
count and improvements without a sale (assumption; practitioners report errors of about 20 %)."""

BOOKS_ROOT: Final = 283155
_CURVES: Final = {
    True: (
        (1e1, 1e2, 1e3, 1e4, 1e5, 3.5e5, 6e5, 1.2e6, 1.8e6, 2.5e6, 4.3e6, 7.5e6, 1e7),
        (1.6e4, 5.2e3, 1.0e3, 170, 15, 7, 4.5, 3, 1.7, 0.9, 0.4, 0.15, 0.08),
    ),
    False: (
        (1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7),
        (3e4, 1.2e4, 4.5e3, 800, 95, 11, 1),
    ),
}
"""Units per month by sales rank: (books, everything else). Books below rank 350,000: geometric
middle of the published tables, which differ sevenfold at 100,000 (one a week in 2004, one a day in
2013 and 2014); above: yearly drops of the recorded books. Everything else: published anchors for
home and kitchen at 1,000, 10,000 and 100,000, continued with their slope. Only the centre of a
prior that spans a factor of seven either way at two standard deviations."""

PRIOR_SIGMA: Final = 1.0
"""Standard deviation of the log around the curve in the US."""

PRIOR_SIGMA_ABROAD: Final = 1.5
"""The same elsewhere: the tables are about the US only."""

SPLIT_CV: Final = 1.0
"""Relative spread of one variation's part of the demand shared by all."""

BADGE_MEAN: Final = 1.4
BADGE_CV: Final = 0.3
"""Where badge and drops contradict each other, the badge's bracket (b to 2b) speaks alone."""


@dataclass(frozen=True, slots=True)
class Demand:
    """Units of the product sold per day, by everyone: a Gamma distribution.

    Args:
        mean_per_day: Expected units per day.
        cv: Standard deviation / mean.
        events: Sale events seen in the last year.
        exposed_days: Days of the last year with a known rank.
        drops_per_month: Recency-weighted events per 30 exposed days; None without exposure.
        curve_per_month: What the rank curve says; None without a rank.
        rank_level: Median rank of the last 90 known days; None if unranked.
        monthly_sold: Keepa's badge, a floor for units per month; None if not shown.
        trust_in_drops: 1 where drops are far from saturation, 0 where they only give a floor.
        shared_by: Variations that share the figure, this one included (1: none).
    """

    mean_per_day: float
    cv: float
    events: int
    exposed_days: float
    drops_per_month: float | None
    curve_per_month: float | None
    rank_level: float | None
    monthly_sold: int | None
    trust_in_drops: float
    shared_by: int

    @property
    def shape(self) -> float:
        """Shape of the Gamma distribution."""
        return self.cv**-2

    def per_month(self, level: float) -> float:
        """The quantile of units sold per 30 days."""
        unit = float(special.gammaincinv(self.shape, level)) / self.shape
        return DAYS_PER_MONTH * self.mean_per_day * unit


def rank_drops(rank: StepSeries, start: int, end: int) -> NDArray[np.int32]:
    """The minutes in (start, end] at which the sales rank improved as it does after a sale.

    Args:
        rank: Sales rank over time; NaN where unranked, skipped.
        start: The last minute that does not count.
        end: The last minute that counts.
    """
    first = int(np.searchsorted(rank.minutes, start, side="right"))
    last = int(np.searchsorted(rank.minutes, end, side="right"))
    # One known point before the window says from where the first one inside moved.
    known = np.flatnonzero(~np.isnan(rank.values[:first]))[-1:]
    begin = int(known[0]) if known.size else first
    values, minutes = rank.values[begin:last], rank.minutes[begin:last]
    ranked = ~np.isnan(values)
    values, minutes = values[ranked], minutes[ranked]
    before, after = values[:-1], values[1:]
    least = np.where(
        before < ALWAYS_BELOW, 0.0, np.where(before < FINE_BELOW, FINE_STEP, COARSE_STEP)
    )
    counts = (after < before) & (before - after >= least * after) & (minutes[1:] > start)
    moments: NDArray[np.int32] = minutes[1:][counts]
    return moments


def units_per_month_at(rank: float, *, is_book: bool) -> float:
    """The centre of the prior: units per month at a sales rank, from the published curves."""
    ranks, units = _CURVES[is_book]
    return float(np.exp(np.interp(np.log(max(rank, 1.0)), np.log(ranks), np.log(units))))


def estimate_demand(market: Market) -> Demand | Abstention:
    """Estimate how fast the product sells.

    Args:
        market: The market as known at the moment of decision.

    Returns:
        The estimate, or an abstention when there is neither a sales rank nor a badge.
    """
    now = market.observed_minute
    rank = market.series(SeriesKind.SALES_RANK)
    badge = _badge(market)
    level = _rank_level(market, rank)
    shared_by = max(1, len(market.product.variation_asins))
    if level is None and badge is None:
        return Abstention("no_demand_signal", "Keepa has neither a sales rank nor a sold badge.")
    moments = rank_drops(rank, now - LOOK_BACK_DAYS * MINUTES_PER_DAY, now)
    exposure = _exposure(rank, moments, now)
    curve = None
    trust = 0.0
    mean, cv = BADGE_MEAN * (badge or 0) / DAYS_PER_MONTH, BADGE_CV
    if level is not None:
        curve = units_per_month_at(level, is_book=_is_book(market))
        mean, cv, trust = _combine(exposure, curve / DAYS_PER_MONTH, _sigma(market))
        if badge:
            mean, cv = _at_least(badge / DAYS_PER_MONTH, mean, cv)
    if shared_by > 1:
        mean, cv = mean / shared_by, float(np.sqrt((1 + cv**2) * (1 + SPLIT_CV**2) - 1))
    return Demand(
        mean_per_day=mean,
        cv=cv,
        events=int(moments.size),
        exposed_days=exposure.plain_days,
        drops_per_month=exposure.drops_per_month,
        curve_per_month=curve,
        rank_level=level,
        monthly_sold=badge,
        trust_in_drops=trust,
        shared_by=shared_by,
    )


@dataclass(frozen=True, slots=True)
class _Exposure:
    """What the rank showed over the last year.

    Args:
        events: Recency-weighted drops.
        days: Recency-weighted days with a known rank.
        plain_days: Days with a known rank.
        seen_share: Share of the looks at the rank that found a drop, at most ``MOST_SEEN``.
    """

    events: float
    days: float
    plain_days: float
    seen_share: float

    @property
    def drops_per_month(self) -> float | None:
        """Drops per 30 exposed days; None without exposure."""
        return DAYS_PER_MONTH * self.events / self.days if self.days > 0 else None

    @property
    def sales(self) -> float:
        """Recency-weighted sales behind the drops.

        The rank shows the time since the last sale, so a look finds a drop where that time is
        shorter than at the look before. For x sales expected between two looks of a Poisson process
        that has the probability p = (1 - exp(-2 x)) / 2, hence x = -ln(1 - 2 p) / 2.
        """
        if self.seen_share <= 0:
            return self.events
        return self.events * float(-np.log1p(-2 * self.seen_share)) / (2 * self.seen_share)


def _combine(seen: _Exposure, curve: float, sigma: float) -> tuple[float, float, float]:
    """Update the curve's prior with drops, then lean back on the curve where drops saturate.

    Returns:
        Mean per day, coefficient of variation, trust in drops (0-1).
    """
    prior_cv = float(np.sqrt(np.expm1(sigma**2)))
    prior_shape = prior_cv**-2
    mean = (prior_shape + seen.sales) / (prior_shape / curve + seen.days)
    variance = 1.0 / (prior_shape + seen.events) + DETECTION_CV**2
    monthly = seen.drops_per_month or 0.0
    trust = 1.0 / (1.0 + (monthly / SATURATION_PER_MONTH) ** 3)
    leaned = mean * max(curve / mean, 1.0) ** (1.0 - trust)
    return leaned, float(np.sqrt(trust * variance + (1.0 - trust) * prior_cv**2)), trust


def _at_least(floor: float, mean: float, cv: float) -> tuple[float, float]:
    """Mean and coefficient of variation of the Gamma distribution cut off below a floor."""
    shape = cv**-2
    cut = floor * shape / mean
    above, first, second = special.gammaincc([shape, shape + 1, shape + 2], cut)
    if above < 1e-3:
        return BADGE_MEAN * floor, BADGE_CV
    new_mean = mean * first / above
    square = mean**2 * (1 + 1 / shape) * second / above
    return float(new_mean), float(np.sqrt(max(square / new_mean**2 - 1, 1e-4)))


def _exposure(rank: StepSeries, moments: NDArray[np.int32], now: int) -> _Exposure:
    """What the rank showed over the last year, the recent part weighing more."""
    start = now - LOOK_BACK_DAYS * MINUTES_PER_DAY
    lasting, values = rank.stretches(start, now)
    known = ~np.isnan(values)
    ages = (now - start - np.concatenate(([0], np.cumsum(lasting)))) / MINUTES_PER_DAY
    fading = 0.5 ** (ages / HALF_LIFE_DAYS)
    weighed = np.diff(fading) * (HALF_LIFE_DAYS / np.log(2))
    events = 0.5 ** ((now - moments) / (MINUTES_PER_DAY * HALF_LIFE_DAYS))
    looks = max(1, int(known.sum()) - 1)
    return _Exposure(
        events=float(events.sum()),
        days=float(weighed[known].sum()),
        plain_days=float(lasting[known].sum()) / MINUTES_PER_DAY,
        seen_share=min(MOST_SEEN, moments.size / looks),
    )


def _rank_level(market: Market, rank: StepSeries) -> float | None:
    """The median rank of the last 90 days, else of the last year, else the current one."""
    now = market.observed_minute
    for days in (RANK_LEVEL_DAYS, LOOK_BACK_DAYS):
        level = rank.median(now - days * MINUTES_PER_DAY, now)
        if not np.isnan(level):
            return level
    current = market.now(SeriesKind.SALES_RANK)
    return None if np.isnan(current) else current


def _is_book(market: Market) -> bool:
    root = market.product.root_category
    return root is not None and root.id == BOOKS_ROOT


def _sigma(market: Market) -> float:
    return PRIOR_SIGMA if market.product.marketplace.code == "US" else PRIOR_SIGMA_ABROAD


def _badge(market: Market) -> int | None:
    """Units of the "bought in past month" badge; None where it is not shown, which 0 says too."""
    value = market.now(SeriesKind.MONTHLY_SOLD)
    return int(value) if value >= 1 else None
