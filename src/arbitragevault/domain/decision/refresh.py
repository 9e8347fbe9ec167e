"""Refresh: how likely a verdict on stored data is no longer what fresh data would say.

Every criterion that moves with the market is taken as a random walk in logs, with a daily spread
measured on the product's own last year: its price, its sales rank, its number of offers. A
criterion changes sides if the walk has covered the distance to its limit since the data were
observed. A price that comes and goes does so at the rate at which it did in the last year. A lead
that can be acted on stops being so if any criterion fails; one that cannot becomes so only if all
that stand in its way give way. Criteria are taken as independent, and what never changes (the kind
of listing, hazards, measures, a missing unit cost) as fixed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import erfc, exp, inf, log, prod, sqrt
from typing import Final

import numpy as np

from arbitragevault.domain.decision.decision import Decision, Reason, ReasonStatus, Study, Verdict
from arbitragevault.domain.decision.profit_distribution import needed_net
from arbitragevault.domain.market.abstention import Abstention
from arbitragevault.domain.market.clock import MINUTES_PER_DAY
from arbitragevault.domain.market.market import SeriesKind
from arbitragevault.domain.market.series import StepSeries

LOOK_BACK_DAYS: Final = 365
LONGEST_WALK_DAYS: Final = 90.0
"""Age beyond which prices spread no further: they return to their level (assumption)."""

WEEK_DAYS: Final = 7
LEAST_SPREAD: Final = 0.005
"""Daily spread of what has not moved for a year, in log units (assumption)."""

UNKNOWN_SPREAD: Final = 0.03
"""Daily spread of what has too little history to tell (assumption)."""

GONE_PRIOR_DAYS: Final = 365.0
"""A product without changes counts as losing its price half a time in so many days."""

BACK_PRIOR_DAYS: Final = 60.0
"""A product that was always gone counts as coming back half a time in so many days (assumption)."""

AMAZON_DAYS: Final = 90.0
"""Days over which Amazon's part is measured: no more of it than age / days can change."""


@dataclass(frozen=True, slots=True)
class RefreshValue:
    """What a refresh of one product is worth.

    Args:
        change: Probability that fresh data lead to another verdict.
        per_token: The same, weighed by importance, for each token spent.
    """

    change: float
    per_token: float


def value_of_refresh(
    decision: Decision, age_days: float, *, importance: float = 1.0, tokens: int = 1
) -> RefreshValue:
    """Tell what fresh data are worth.

    Args:
        decision: What the stored data say.
        age_days: Their age, 0 or more.
        importance: Weight of the lead, for example how many leads are about this product.
        tokens: What the refresh costs, at least 1.
    """
    change = probability_of_change(decision, age_days)
    return RefreshValue(change, importance * change / tokens)


def probability_of_change(decision: Decision, age_days: float) -> float:
    """The probability that a lead starts or stops being worth acting on.

    Args:
        decision: What the stored data say.
        age_days: Their age.
    """
    if age_days <= 0:
        return 0.0
    study = decision.study
    if decision.verdict in (Verdict.BUY, Verdict.REVIEW):
        holds = [1.0 - chance for chance in _failures(study, decision.reasons, age_days)]
        return 1.0 - prod(holds)
    obstacles = [reason for reason in decision.reasons if _is_obstacle(reason)]
    return prod(_mended(study, reason, age_days) for reason in obstacles)


def _is_obstacle(reason: Reason) -> bool:
    hard = reason.status is ReasonStatus.FAIL and reason.hard
    return hard or reason.status is ReasonStatus.UNKNOWN


def _failures(study: Study, reasons: tuple[Reason, ...], age: float) -> Iterator[float]:
    """Probabilities that the criteria that hold, or fail softly, have failed since."""
    for reason in reasons:
        if reason.code in {"profit_target", "sales_rank", "days_to_sell"}:
            yield _crossed(_distance(study, reason), _spread(study, reason.code), age)
    yield 1.0 - exp(-age * _rate(_price_series(study), study, gone=True))


def _mended(study: Study, reason: Reason, age: float) -> float:
    """The probability that a criterion in the way has given way since."""
    if reason.code in {"profit_target", "sales_rank", "days_to_sell"}:
        return _crossed(_distance(study, reason), _spread(study, reason.code), age)
    if reason.code == "resale_price":
        return 1.0 - exp(-age * _rate(_price_series(study), study, gone=False))
    if reason.code == "amazon_share":
        over = float(reason.observed or 0.0) - float(reason.limit or 0.0)
        return 0.5 if over <= age / AMAZON_DAYS else 0.0
    return 0.0


def _crossed(distance: float, spread: float, age: float) -> float:
    """The probability that a walk ends beyond a distance, both in logs."""
    width = spread * sqrt(min(age, LONGEST_WALK_DAYS))
    return 0.5 * erfc(abs(distance) / width / sqrt(2.0))


def _distance(study: Study, reason: Reason) -> float:
    """How far a criterion is from its limit, in logs; infinite where it cannot be told."""
    if reason.code == "profit_target":
        return _price_distance(study)
    observed, limit = reason.observed, reason.limit
    if (
        isinstance(observed, int | float)
        and isinstance(limit, int | float)
        and observed > 0 < limit
    ):
        return log(observed / limit)
    return inf


def _price_distance(study: Study) -> float:
    """Log of the price that would carry the cost over the one that is exceeded with confidence."""
    if isinstance(study.proceeds, Abstention) or study.profit is None:
        return inf
    net = needed_net(study.profit.landed_cents, study.policy) + study.proceeds.returns_cents
    needed, low = study.proceeds.curve.lowest_price(net), study.proceeds.low_price_cents
    return inf if not needed or low <= 0 else log(needed / low)


def _spread(study: Study, code: str) -> float:
    """Daily spread of what a criterion looks at."""
    is_used = study.terms.condition.is_used
    if code == "profit_target":
        return daily_spread(_price_series(study), study.market.observed_minute)
    kind = SeriesKind.COUNT_USED if is_used else SeriesKind.COUNT_NEW
    if code == "sales_rank":
        kind = SeriesKind.SALES_RANK
    return daily_spread(study.market.series(kind), study.market.observed_minute)


def daily_spread(series: StepSeries, now: int) -> float:
    """Typical daily move of a series over its last year, in log units.

    From weekly moves, so that a price that jumps back and forth within days does not count: their
    root mean square over the square root of seven.

    Args:
        series: Positive values over time.
        now: Market minute up to which it is looked at.
    """
    week = WEEK_DAYS * MINUTES_PER_DAY
    sample = series.sample(np.arange(now - LOOK_BACK_DAYS * MINUTES_PER_DAY, now + 1, week))
    moves = np.diff(np.log(np.where(sample > 0, sample, np.nan)))
    moves = moves[~np.isnan(moves)]
    if moves.size < 4:
        return UNKNOWN_SPREAD
    return max(LEAST_SPREAD, float(np.sqrt(np.mean(moves**2) / WEEK_DAYS)))


def _price_series(study: Study) -> StepSeries:
    """The series that is forecast; where there is none, the lowest offer of the class."""
    if not isinstance(study.forecast, Abstention):
        return study.forecast.reference.series
    is_used = study.terms.condition.is_used
    return study.market.series(SeriesKind.USED if is_used else SeriesKind.NEW)


def _rate(series: StepSeries, study: Study, *, gone: bool) -> float:
    """How often a day the price goes (or comes back), by its last year and a weak prior."""
    now = study.market.observed_minute
    lasting, values = series.stretches(now - LOOK_BACK_DAYS * MINUTES_PER_DAY, now)
    missing = np.isnan(values)
    before = missing[:-1] if not gone else ~missing[:-1]
    after = ~missing[1:] if not gone else missing[1:]
    exposed = float(lasting[~missing if gone else missing].sum()) / MINUTES_PER_DAY
    prior = GONE_PRIOR_DAYS if gone else BACK_PRIOR_DAYS
    return (int((before & after).sum()) + 0.5) / (exposed + prior)
