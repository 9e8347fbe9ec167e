"""Demand: how many units of the product sell per day, as a distribution.

Method (``docs/explanation/demand.md`` has the formulas and the evidence). The sales rank speaks
twice. Its *level* is read off a rank curve, learned by category, and gives a Gamma prior. Its
*improvements* beyond a size that depends on the rank count as sale events (Keepa's own
``salesRankDrops`` rule); events per exposed day, the recent ones weighing more, update the prior
(Gamma-Poisson). Sales between two looks at the rank show as one drop or none, which is corrected
for; where the rank moves too often to count, drops lose their say. Last year's seasonal swing of
the rank is carried over in part. Variations that share the rank share the demand: it is split among
them, widely. Keepa's "bought in past month" badge is the variation's own: it counts as evidence,
and cuts the distribution off below.

The Gamma distribution is too flat in its middle, so quantiles are stated at levels that were
learned to be right as often as they say.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from math import exp, isnan, log, log1p, log10, sqrt
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import special

from arbitragevault.domain.market.abstention import Abstention
from arbitragevault.domain.market.clock import MINUTES_PER_DAY
from arbitragevault.domain.market.demand_model import ELSEWHERE, MODEL, DemandModel
from arbitragevault.domain.market.market import Market, SeriesKind
from arbitragevault.domain.market.series import StepSeries

DAYS_PER_MONTH: Final = 30.0
LOOK_BACK_DAYS: Final = 365
HALF_LIFE_DAYS: Final = 90.0
"""Age at which an event and a day of exposure count half."""
HALF_LIFE_MINUTES: Final = HALF_LIFE_DAYS * MINUTES_PER_DAY

RANK_LEVEL_DAYS: Final = 180
"""Days over which the rank is averaged before it is read off the curve; of 30 to 365 days, half a
year foretells the coming 60 best."""

SEASON_DAYS: Final = 60
"""Days ahead for which last year's season is looked up."""

LEAST_SEASON_DAYS: Final = 30
"""Known days that each side of last year's seasonal comparison needs."""

ALWAYS_BELOW: Final = 10_000
FINE_BELOW: Final = 100_000
FINE_STEP: Final = 0.03
COARSE_STEP: Final = 0.05
"""Keepa's salesRankDrops rule: an improvement counts from a rank below 10,000 always, below about
100,000 from 3 %, above from 5 % of the new rank. Fitted to 76 recorded counts, 71 of them exact
(the boundary near 100,000 is known only to lie between 20,000 and 200,000)."""

_STEPS_FROM: Final = np.array([ALWAYS_BELOW, FINE_BELOW], np.float64)
_LEAST_STEPS: Final = np.array([0.0, FINE_STEP, COARSE_STEP])

MOST_SEEN: Final = 0.45
"""Share of looks with a drop beyond which the correction for unseen sales stops growing: it can
never pass one half, however much sells."""

CERTAIN_CV: Final = 0.05
"""No estimate is stated with less relative spread than this."""


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
        rank_level: Geometric mean rank of the last 180 known days; None if unranked.
        monthly_sold: Keepa's badge, a floor for units per month; None if not shown.
        trust_in_drops: Weight of a drop as evidence: up to 1, and 0 where drops are too many.
        shared_by: Variations that share the rank, this one included (1: none).
        season: Factor on the rate for the coming 60 days; 1 where no season is known.
        model: The learned part.
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
    season: float = 1.0
    model: DemandModel = field(default=MODEL, repr=False, compare=False)

    @property
    def shape(self) -> float:
        """Shape of the Gamma distribution."""
        return self.cv**-2

    def per_month(self, level: float) -> float:
        """The quantile of units sold per 30 days, right as often as the level says."""
        mean = DAYS_PER_MONTH * self.mean_per_day
        gamma = special.gammaincinv(self.shape, self.model.level(level, mean))
        return mean * float(gamma) / self.shape


def rank_drops(rank: StepSeries, start: int, end: int) -> NDArray[np.int32]:
    """The minutes in (start, end] at which the sales rank improved as it does after a sale.

    Args:
        rank: Sales rank over time; NaN where unranked, skipped.
        start: The last minute that does not count.
        end: The last minute that counts.
    """
    first = bisect_right(rank.minutes.data, start)
    last = bisect_right(rank.minutes.data, end)
    # One known point before the window says from where the first one inside moved.
    begin = first
    while begin > 0:
        begin -= 1
        if not isnan(rank.values.item(begin)):
            break
    values, minutes = rank.values[begin:last], rank.minutes[begin:last]
    ranked = np.isfinite(values)
    if np.count_nonzero(ranked) < ranked.size:
        values, minutes = values[ranked], minutes[ranked]
    before, after = values[:-1], values[1:]
    fell = (after < before).nonzero()[0]
    before, after, at = before[fell], after[fell], minutes[fell + 1]
    least = _LEAST_STEPS[_STEPS_FROM.searchsorted(before, side="right")]
    counts = (before - after >= least * after) & (at > start)
    moments: NDArray[np.int32] = at[counts]
    return moments


def units_per_month_at(rank: float, root: int | None, model: DemandModel = MODEL) -> float:
    """The centre of the prior: units per month at a sales rank.

    Args:
        rank: The sales rank, 1 or more.
        root: Root category id; None if unknown.
        model: The learned part.
    """
    return exp(model.log_units(log10(max(rank, 1.0)), root))


def estimate_demand(market: Market, model: DemandModel = MODEL) -> Demand | Abstention:
    """Estimate how fast the product sells.

    Args:
        market: The market as known at the moment of decision.
        model: The learned part; another one is passed while learning.

    Returns:
        The estimate, or an abstention when there is neither a sales rank nor a badge.
    """
    signs = demand_signs(market)
    if signs.rank_level is None and signs.badge is None:
        return Abstention("no_demand_signal", "Keepa has neither a sales rank nor a sold badge.")
    return demand_of(signs, model)


@dataclass(frozen=True, slots=True)
class DemandSigns:
    """What a market shows of its demand, before any learned number is applied.

    Args:
        root: Root category id; None if unknown.
        is_us: Whether it is sold where the curve was learned.
        rank_level: Geometric mean rank of the last 180 known days; None if unranked.
        season_ranks: log10 of last year's mean rank over the half year before this day, and over
            the 60 days after it; None where either is too thinly known.
        badge: Keepa's "bought in past month"; None if not shown.
        shared_by: Variations that share the rank, this one included.
        drops: Drops in the last year.
        events: Recency-weighted drops.
        sales: Recency-weighted sales behind the drops.
        days: Recency-weighted days with a known rank.
        exposed_days: Days of the last year with a known rank.
    """

    root: int | None
    is_us: bool
    rank_level: float | None
    season_ranks: tuple[float, float] | None
    badge: int | None
    shared_by: int
    drops: int
    events: float
    sales: float
    days: float
    exposed_days: float


def demand_signs(market: Market) -> DemandSigns:
    """Read everything that speaks of demand from a market."""
    now = market.observed_minute
    rank = market.series(SeriesKind.SALES_RANK)
    root = market.product.root_category
    start = now - LOOK_BACK_DAYS * MINUTES_PER_DAY
    moments = rank_drops(rank, start, now)
    lasting, values = rank.stretches(start, now)
    known = np.isfinite(values)
    # What is left of each moment's weight now; the integral over a stretch is their difference.
    left = np.empty(lasting.size + 1)
    left[0] = 0.0
    lasting.cumsum(out=left[1:])
    left = np.exp2((left - (now - start)) / HALF_LIFE_MINUTES)
    weighed = float((left[1:] - left[:-1]) @ known) * HALF_LIFE_DAYS / log(2)
    events = float(np.exp2((moments - now) / HALF_LIFE_MINUTES).sum())
    looks = max(1, int(np.count_nonzero(known)) - 1)
    level, season = _rank_past(rank, now)
    if level is None:
        current = market.now(SeriesKind.SALES_RANK)
        level = None if isnan(current) else current
    return DemandSigns(
        root=None if root is None else root.id,
        is_us=market.product.marketplace.code == "US",
        rank_level=level,
        season_ranks=season,
        badge=_badge(market),
        shared_by=max(1, len(market.product.variation_asins)),
        drops=int(moments.size),
        events=events,
        sales=events * _unseen(min(MOST_SEEN, moments.size / looks)),
        days=weighed,
        exposed_days=int(lasting @ known) / MINUTES_PER_DAY,
    )


def demand_of(signs: DemandSigns, model: DemandModel) -> Demand:
    """The demand that signs speak of.

    Args:
        signs: With a rank level or a badge.
        model: The learned part.
    """
    monthly = DAYS_PER_MONTH * signs.events / signs.days if signs.days > 0 else None
    curve, season, trust = None, 1.0, 0.0
    mean, cv = model.badge_mean * (signs.badge or 0), model.badge_events**-0.5
    if signs.rank_level is not None:
        trust = model.drop_weight / (1.0 + ((monthly or 0.0) / model.saturation) ** 4)
        curve = units_per_month_at(signs.rank_level, signs.root, model)
        season = _season(signs, model)
        mean, cv = _update(signs, curve, trust, model)
        mean *= season
        if signs.shared_by > 1:
            mean /= signs.shared_by
            cv = sqrt((1 + cv**2) * (1 + model.split_cv**2) - 1)
        if signs.badge:
            mean, cv = _with_badge(signs.badge, mean, cv, model)
    return Demand(
        mean_per_day=mean / DAYS_PER_MONTH,
        cv=max(cv, CERTAIN_CV),
        events=signs.drops,
        exposed_days=signs.exposed_days,
        drops_per_month=monthly,
        curve_per_month=curve,
        rank_level=signs.rank_level,
        monthly_sold=signs.badge,
        trust_in_drops=trust,
        shared_by=signs.shared_by,
        season=season,
        model=model,
    )


def _update(
    signs: DemandSigns, curve: float, trust: float, model: DemandModel
) -> tuple[float, float]:
    """Update the curve's prior with the drops: units per month, coefficient of variation."""
    prior = model.prior_events
    if not (signs.is_us and model.knows(signs.root)):
        prior *= ELSEWHERE
    exposed_months = trust * signs.days / DAYS_PER_MONTH
    mean = (prior + trust * signs.sales) / (prior / curve + exposed_months)
    variance = 1.0 / (prior + trust * signs.events)
    variance += model.spread**2 * min(max(mean / 5.0, 0.01), 1_000.0) ** model.spread_slope
    return mean, sqrt(variance)


def _season(signs: DemandSigns, model: DemandModel) -> float:
    """The factor by which the coming 60 days differ from the half year behind, as last year."""
    if signs.season_ranks is None:
        return 1.0
    before, after = (model.log_units(rank, signs.root) for rank in signs.season_ranks)
    return exp(model.season_weight * (after - before))


def _with_badge(badge: int, mean: float, cv: float, model: DemandModel) -> tuple[float, float]:
    """Let the badge speak: as evidence of so many events, then as a floor."""
    shape, events = cv**-2, model.badge_events
    both = shape + events
    mean = both / (shape / mean + events / (model.badge_mean * badge))
    return _at_least(model.badge_floor * badge, mean, both**-0.5, model)


def _at_least(floor: float, mean: float, cv: float, model: DemandModel) -> tuple[float, float]:
    """Mean and coefficient of variation of the Gamma distribution cut off below a floor."""
    shape = cv**-2
    cut = floor * shape / mean
    above, first, second = (float(special.gammaincc(shape + more, cut)) for more in range(3))
    if above < 1e-3:
        # The rank contradicts the badge altogether: the badge speaks alone.
        return model.badge_mean * floor / model.badge_floor, model.badge_events**-0.5
    new_mean = mean * first / above
    square = mean**2 * (1 + 1 / shape) * second / above
    return new_mean, sqrt(max(square / new_mean**2 - 1, CERTAIN_CV**2))


def _unseen(share: float) -> float:
    """Sales per drop seen, from the share of looks that found a drop.

    The rank shows the time since the last sale, so a look finds a drop where that time is shorter
    than at the look before. For x sales expected between two looks of a Poisson process that has
    the probability p = (1 - exp(-2 x)) / 2, hence x = -ln(1 - 2 p) / 2.
    """
    return -log1p(-2 * share) / (2 * share) if share > 0 else 1.0


def _rank_past(rank: StepSeries, now: int) -> tuple[float | None, tuple[float, float] | None]:
    """What the ranks of the past were like.

    Returns:
        The geometric mean rank of the last 180 days, else of the last year; None if unranked.
        Mean log10 rank a year ago over the half year before and the 60 days after; None where
        either is too thinly known.
    """
    then = now - LOOK_BACK_DAYS * MINUTES_PER_DAY
    half_year = RANK_LEVEL_DAYS * MINUTES_PER_DAY
    edges = then - half_year, then, then + SEASON_DAYS * MINUTES_PER_DAY, now - half_year, now
    first, year_ago, after, half_ago, last = _log_ranks_until(rank, edges)
    level, season = None, None
    for since in (half_ago, year_ago):
        if level is None and last.minutes > since.minutes:
            level = float(10 ** last.mean_since(since))
    least = LEAST_SEASON_DAYS * MINUTES_PER_DAY
    if min(year_ago.minutes - first.minutes, after.minutes - year_ago.minutes) >= least:
        season = year_ago.mean_since(first), after.mean_since(year_ago)
    return level, season


class _LogRanks(NamedTuple):
    """Ranks from a beginning to a moment: a window's are those of its end less its begin's.

    Fields:
        minutes: Minutes with a rank.
        total: The sum over them of log10 of the rank less a level.
        level: A log near the others, so that little is lost when sums are taken from each other.
    """

    minutes: int
    total: float
    level: float

    def mean_since(self, earlier: _LogRanks) -> float:
        """The mean log10 of the ranks since an earlier moment, some of which are known."""
        return self.level + (self.total - earlier.total) / (self.minutes - earlier.minutes)


def _log_ranks_until(rank: StepSeries, edges: Sequence[int]) -> Iterator[_LogRanks]:
    """The ranks from the first of some ascending moments to each of them."""
    lasting, values = rank.stretches(edges[0], edges[-1])
    ranked = lasting * (values >= 1)
    logs = np.log10(np.fmax(values, 1.0))
    level = logs.item(-1)
    logs -= level
    ends, minutes, total = lasting.cumsum(), ranked.cumsum(), (ranked * logs).cumsum()
    yield _LogRanks(0, 0.0, level)
    for edge in edges[1:]:
        gone = edge - edges[0]
        place = bisect_left(ends.data, gone)
        over = ends.item(place) - gone if ranked.item(place) else 0
        until = total.item(place) - over * logs.item(place)
        yield _LogRanks(minutes.item(place) - over, until, level)


def _badge(market: Market) -> int | None:
    """Units of the "bought in past month" badge; None where it is not shown, which 0 says too."""
    value = market.now(SeriesKind.MONTHLY_SOLD)
    return int(value) if value >= 1 else None
