"""Decisions replayed on history: each week as it could be known then, and what came after.

Weeks are forecast by ``forecast_resale`` and decided by ``decide`` on ``Market.as_of``, so exactly
what ships is scored and nothing looks ahead. Weeks before Amazon's first rate card are forecast but
not decided, because no max cost could be told. The outcome is the forecast's own target: the
time-weighted median of its reference series over the window of days ahead. Weeks whose window is
not over, is mostly unknown or contains a change of what the series means are not formed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time
from typing import Final

import numpy as np
from numpy.typing import NDArray

from arbitragevault.domain.catalog.product import Condition
from arbitragevault.domain.decision.decide import decide
from arbitragevault.domain.decision.decision import Decision
from arbitragevault.domain.decision.lead import Lead
from arbitragevault.domain.decision.policy import Policy
from arbitragevault.domain.economics.fees.engine import covered_days
from arbitragevault.domain.evidence.rules import (
    AVERAGE_90,
    CURRENT_PRICE,
    YEARLY_LOW,
    Bids,
    bids_of,
)
from arbitragevault.domain.market.abstention import Abstention
from arbitragevault.domain.market.clock import MINUTES_PER_DAY, to_datetime, to_minute
from arbitragevault.domain.market.market import Market, SeriesKind
from arbitragevault.domain.market.reference import GRADES, ReferenceSeries, whole_reference
from arbitragevault.domain.market.resale import ResaleForecast, forecast_resale
from arbitragevault.domain.market.resale_prior import LEVELS
from arbitragevault.domain.market.series import StepSeries

STEP_DAYS: Final = 7
"""Days between two replayed decisions."""

BURN_IN_DAYS: Final = 365
"""History that a product has before its first replayed decision."""

MOST_UNKNOWN: Final = 0.8
"""Share of a window that may be unknown for its median to count as an outcome."""

YEARLY_LOW_LEVEL: Final = 0.05

CONDITIONS: Final = {"new": Condition.NEW, "used": Condition.GOOD}
"""What is replayed: a New unit, and a Used one in good condition."""

_PRICES: Final = {
    "new": (SeriesKind.BUY_BOX, SeriesKind.NEW_FBA, SeriesKind.NEW_FBM, SeriesKind.NEW),
    "used": (SeriesKind.BUY_BOX_USED, SeriesKind.USED, *(kind for _, kind in GRADES)),
}
"""The series whose first point begins a product's history."""

FORECAST_READS: Final = frozenset({*_PRICES["new"], *_PRICES["used"], SeriesKind.OFFER_UPDATES})
"""What the resale forecast reads of a market."""


@dataclass(frozen=True, slots=True, eq=False)
class Week:
    """One replayed decision and what came after.

    Args:
        minute: Moment of the decision.
        condition: Condition of the unit.
        forecast: The resale forecast.
        decision: What ``decide`` said; None where no fees are published for the day of sale.
        outcome_cents: The price that came.
        year_cents: [LEVELS.size] time-weighted quantiles of the past year's prices at ``LEVELS``,
            what a price tracker shows.
        bids: Max costs; None where the fees of the day of sale are not known.
        rank: Sales rank at the moment; NaN if unknown.
        offers: Offers of the condition at the moment; NaN if unknown.
    """

    minute: int
    condition: Condition
    forecast: ResaleForecast
    decision: Decision | None
    outcome_cents: float
    year_cents: NDArray[np.float64]
    bids: Bids | None
    rank: float
    offers: float


def replayed_weeks(market: Market, condition: str, policy: Policy) -> Iterator[Week]:
    """Decide about a product once a week of its past, oldest first.

    Args:
        market: Everything that is known of the product.
        condition: ``new`` or ``used``.
        policy: The policy; its window is the forecast's.
    """
    # What is live is not known in the past, so offers decide nothing; cutting them costs time.
    known = replace(market, offers=None)
    slim = for_forecast(known)
    unit = CONDITIONS[condition]
    lead = Lead(identifier=market.product.asin, condition=unit)
    with_fees = _first_with_fees(market, policy)
    for minute in starts_of(market, condition, policy):
        forecast = forecast_resale(slim.as_of(minute), unit, policy.channel, policy.window_days)
        if isinstance(forecast, Abstention):
            continue
        outcome = outcome_of(market, forecast.reference, minute, forecast.window)
        if np.isnan(outcome):
            continue
        decision = None
        if with_fees is not None and minute >= with_fees:
            decision = decide(lead, known, policy, to_datetime(minute))
        yield _week(market, unit, forecast, decision, outcome)


def for_forecast(market: Market) -> Market:
    """The market with only what the resale forecast reads."""
    history = {kind: one for kind, one in market.history.items() if kind in FORECAST_READS}
    return replace(market, history=history, shipping={}, category_ranks={}, buy_box_sellers=None)


def _first_with_fees(market: Market, policy: Policy) -> int | None:
    """The first moment whose day of sale has published fees."""
    covered = covered_days(market.product.marketplace.code, policy.channel)
    if covered is None:
        return None
    begin = datetime.combine(covered[0], time(), UTC)
    return to_minute(begin) - sum(policy.window_days) // 2 * MINUTES_PER_DAY


def starts_of(
    market: Market, condition: str, policy: Policy, burn_in_days: int = BURN_IN_DAYS
) -> range:
    """The moments at which to decide, oldest first.

    Args:
        market: Everything that is known of the product.
        condition: ``new`` or ``used``.
        policy: Its window must be over for the last moment.
        burn_in_days: History that the first moment needs.
    """
    present = [market.series(kind) for kind in _PRICES[condition] if len(market.series(kind))]
    if not present:
        return range(0)
    first = min(int(one.minutes[0]) for one in present) + burn_in_days * MINUTES_PER_DAY
    last = market.observed_minute - policy.window_days[1] * MINUTES_PER_DAY
    return range(first, last, STEP_DAYS * MINUTES_PER_DAY)


def outcome_of(
    market: Market, reference: ReferenceSeries, minute: int, window: tuple[int, int]
) -> float:
    """The price that came: the time-weighted median over a window; NaN if it cannot be told.

    Args:
        market: Everything that is known of the product.
        reference: The series that was chosen at the moment.
        minute: The moment.
        window: First and last minute.
    """
    whole = whole_reference(market, reference)
    first, last = window
    if last > end_of(market, whole) or _changes_within(reference, minute, last):
        return float("nan")
    if whole.share_unknown(first, last) > MOST_UNKNOWN:
        return float("nan")
    return whole.median(first, last)


def _week(
    market: Market,
    condition: Condition,
    found: ResaleForecast,
    decision: Decision | None,
    outcome: float,
) -> Week:
    past, minute = found.reference.series, found.minute
    year = past.quantiles(minute - 365 * MINUTES_PER_DAY, minute, LEVELS)
    believed = {
        CURRENT_PRICE: found.now_cents,
        AVERAGE_90: past.mean(minute - 90 * MINUTES_PER_DAY, minute),
        YEARLY_LOW: float(np.interp(YEARLY_LOW_LEVEL, LEVELS, year)),
    }
    count = SeriesKind.COUNT_USED if condition.is_used else SeriesKind.COUNT_NEW
    return Week(
        minute=minute,
        condition=condition,
        forecast=found,
        decision=decision,
        outcome_cents=outcome,
        year_cents=year,
        bids=None if decision is None else bids_of(decision.study, believed, outcome),
        rank=_value_at(market, SeriesKind.SALES_RANK, minute),
        offers=_value_at(market, count, minute),
    )


def end_of(market: Market, series: StepSeries) -> int:
    """The last minute of which a series speaks.

    A product object that was cut off while it was recorded lacks later series altogether; what is
    left of it ends with its last point instead of holding until the observation.
    """
    was_cut = not {SeriesKind.SALES_RANK, SeriesKind.COUNT_NEW} <= market.history.keys()
    return int(series.minutes[-1]) if was_cut else market.observed_minute


def _value_at(market: Market, kind: SeriesKind, minute: int) -> float:
    """The value in force at a minute; NaN where the series does not speak of it."""
    series = market.series(kind)
    if not len(series) or minute > end_of(market, series):
        return float("nan")
    return series.value_at(minute)


def _changes_within(reference: ReferenceSeries, start: int, end: int) -> bool:
    """The series changed its meaning between two minutes."""
    return reference.basis_change is not None and start < reference.basis_change <= end
