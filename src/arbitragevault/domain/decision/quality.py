"""Score and data quality: two numbers beside the verdict, never part of it."""

from __future__ import annotations

from typing import Final

from arbitragevault.domain.decision.decision import Study
from arbitragevault.domain.market.abstention import Abstention
from arbitragevault.domain.market.clock import to_minute

FULL_PRICE_DAYS: Final = 365
FULL_RANK_DAYS: Final = 180
BASIS_QUALITY: Final = {"live_offers": 1.0, "buy_box": 0.8, "counts": 0.5, None: 0.0}
FALLBACK_QUALITY: Final = 0.5


def score(study: Study) -> float | None:
    """0-100 for sorting: 100 x P(target) x P(whole quantity sold within the policy's limit).

    None without a unit cost or a sales estimate.
    """
    if study.profit is None or study.sales is None:
        return None
    in_time = study.sales.probability(study.policy.max_days_to_sell)
    return 100.0 * study.profit.probability_of_target * in_time


def data_quality(study: Study) -> float:
    """0-1: the mean of what was known, each from 0 to 1.

    Days of price history (full from one year), directness of the reference series, days of known
    rank (full from half a year), source of the competition, known fees, and freshness (the age
    limit over the age, at most 1).
    """
    forecast, demand = study.forecast, study.demand
    price = directness = rank = 0.0
    if not isinstance(forecast, Abstention):
        price = min(1.0, forecast.known_days / FULL_PRICE_DAYS)
        directness = FALLBACK_QUALITY if forecast.reference.fallback else 1.0
    if not isinstance(demand, Abstention):
        rank = min(1.0, demand.exposed_days / FULL_RANK_DAYS)
    fees = 0.0 if isinstance(study.proceeds, Abstention) else 1.0
    parts = (price, directness, rank, BASIS_QUALITY[study.competition.basis], fees, _fresh(study))
    return sum(parts) / len(parts)


def age_days(study: Study) -> float:
    """Age of Keepa's data at the decision, or when they were retrieved if that was later."""
    return study.market.age_days(to_minute(study.as_of))


def _fresh(study: Study) -> float:
    age = age_days(study)
    return 1.0 if age <= 0 else min(1.0, study.policy.max_data_age_days / age)
