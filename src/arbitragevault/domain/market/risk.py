"""Risks: what could go wrong, each ok, warning, blocker or unknown, with its numbers.

Two of them are probabilities, of a crash of the price and of a swarm of offers (``odds.py``). The
others compare a figure with a limit.
"""

from __future__ import annotations

from datetime import date
from math import floor, isnan
from typing import Final

import numpy as np

from arbitragevault.domain.catalog.product import Channel, Condition
from arbitragevault.domain.market.abstention import Abstention
from arbitragevault.domain.market.catalogue_risk import (
    listed_risk,
    meltable_risk,
    oversize_risk,
    pack_risk,
    shared_rank_risk,
)
from arbitragevault.domain.market.clock import MINUTES_PER_DAY
from arbitragevault.domain.market.competition import Competition
from arbitragevault.domain.market.market import LANDED_PRICE_CHANGE, Market, SeriesKind
from arbitragevault.domain.market.odds import (
    CRASH,
    CRASH_FALL,
    HORIZON_DAYS,
    ODDS,
    SIGN_NAMES,
    SWARM,
    SWARM_GROWTH,
    Chance,
    market_signs,
)
from arbitragevault.domain.market.resale import ResaleForecast
from arbitragevault.domain.market.risk_model import Risk, RiskLimits, RiskStatus
from arbitragevault.domain.market.wording import days_in_words

CRASH_WARNING: Final = 0.25
SWARM_WARNING: Final = 0.35
"""Probabilities from which crash and swarm are warnings: about twice how often they came in the
recorded weeks (13 % and 18 %; ``docs/explanation/risk.md``)."""

NOTABLE_EFFECT: Final = 0.1
"""Change of the log odds below which a sign is not worth naming."""

SPIKE_LIMIT: Final = 1.5
"""Price over its 90-day median from which it is a spike (what resellers' rules of thumb use)."""

COLLAPSE_LIMIT: Final = 0.3
COLLAPSE_LEAST: Final = 6.0
"""Offers now over their 90-day median below which sellers have left together, if they were six or
more: the cliff that follows complaints of a brand's owner."""

LEVEL_DAYS: Final = 90
_USUAL_AND_MOST: Final = (0.5, 0.95)
"""Levels of the number of offers over these days."""


def assess_risks(
    market: Market,
    forecast: ResaleForecast | Abstention,
    competition: Competition,
    limits: RiskLimits,
    *,
    condition: Condition,
    channel: Channel,
    on: date,
    sale_by: date,
    as_of_minute: int,
    size_tier: str | None,
) -> tuple[Risk, ...]:
    """Assess every risk, always in the same order.

    Args:
        market: The market as known at the moment of decision.
        forecast: The resale forecast, or why there is none.
        competition: Who competes.
        limits: What the policy tolerates.
        condition: Condition of our unit.
        channel: Who will ship it.
        on: Day of the decision.
        sale_by: Last day on which the unit is expected to be in store.
        as_of_minute: Market minute of the decision, for the age of the data.
        size_tier: Amazon's size tier, from the fee engine; None if unknown or not needed.
    """
    product, now = market.product, market.observed_minute
    offers = market.series(_count_kind(condition))
    usual_offers, most_offers = offers.quantiles(
        now - LEVEL_DAYS * MINUTES_PER_DAY, now, _USUAL_AND_MOST
    ).tolist()
    return (
        *_chances(market, forecast, condition),
        _spike(market, forecast),
        _collapse(market, condition, usual_offers),
        _sole_seller(condition, usual_offers, most_offers),
        _amazon(competition, limits.max_amazon_share, condition),
        listed_risk("hazmat", product.is_hazmat, "hazardous goods", blocks=limits.exclude_hazmat),
        listed_risk("adult", product.is_adult, "an adult product", blocks=limits.exclude_adult),
        meltable_risk(
            product.is_heat_sensitive, channel, on, sale_by, blocks=limits.exclude_meltable
        ),
        oversize_risk(size_tier, channel),
        shared_rank_risk(len(product.variation_asins)),
        pack_risk(product.items_per_package),
        _stale(market, as_of_minute, limits.max_data_age_days),
    )


def _chances(
    market: Market, forecast: ResaleForecast | Abstention, condition: Condition
) -> tuple[Risk, Risk]:
    """Crash of the price and swarm of offers, from the same signs."""
    kind = _count_kind(condition)
    prices = forecast.state.logs if isinstance(forecast, ResaleForecast) else np.empty(0)
    signs = market_signs(market, prices, kind)
    if isinstance(forecast, Abstention):
        crash = Risk("price_crash", RiskStatus.UNKNOWN, forecast.reason, source="resale forecast")
    else:
        crash = _chance_risk(
            "price_crash",
            f"The chance that the price falls by more than {CRASH_FALL:.0%}",
            ODDS[CRASH, condition.is_used].chance(signs),
            CRASH_WARNING,
            forecast.reference.kind,
        )
    if isnan(market.now(kind)):
        text = "The number of offers is not known."
        return crash, Risk("offer_swarm", RiskStatus.UNKNOWN, text, source=kind)
    return crash, _chance_risk(
        "offer_swarm",
        f"The chance that offers grow by more than {SWARM_GROWTH:.0%}",
        ODDS[SWARM, condition.is_used].chance(signs),
        SWARM_WARNING,
        kind,
    )


def _chance_risk(code: str, what: str, chance: Chance, limit: float, source: str) -> Risk:
    """A risk that is a probability, with what raises it most where it is a warning."""
    warns = chance.probability >= limit
    because = _because(chance) if warns else ""
    return Risk(
        code,
        RiskStatus.WARNING if warns else RiskStatus.OK,
        f"{what} within {HORIZON_DAYS} days is {chance.probability:.0%} "
        f"({chance.base_rate:.0%} is usual){because}.",
        observed=chance.probability,
        limit=limit,
        probability=chance.probability,
        source=source,
        chance=chance,
    )


def _because(chance: Chance) -> str:
    """What raises a chance most, as the end of a sentence; empty if nothing does notably."""
    raising = [SIGN_NAMES[one.name] for one in chance.drivers if one.effect > NOTABLE_EFFECT]
    return f", mostly for: {'; '.join(raising[:2])}" if raising else ""


def _spike(market: Market, forecast: ResaleForecast | Abstention) -> Risk:
    if isinstance(forecast, Abstention):
        return Risk("price_spike", RiskStatus.UNKNOWN, forecast.reason, source="resale forecast")
    now = market.observed_minute
    start = now - LEVEL_DAYS * MINUTES_PER_DAY
    if forecast.reference.basis_change and now >= LANDED_PRICE_CHANGE:
        start = max(start, LANDED_PRICE_CHANGE)
    usual = forecast.reference.series.median(start, now)
    if isnan(usual) or usual <= 0:
        return Risk(
            "price_spike",
            RiskStatus.UNKNOWN,
            f"No price is known in the last {LEVEL_DAYS} days.",
            source=forecast.reference.kind,
        )
    ratio = forecast.now_cents / usual
    return Risk(
        "price_spike",
        RiskStatus.WARNING if ratio > SPIKE_LIMIT else RiskStatus.OK,
        f"The price is {ratio:.2f} times its {LEVEL_DAYS}-day median.",
        observed=ratio,
        limit=SPIKE_LIMIT,
        source=forecast.reference.kind,
    )


def _collapse(market: Market, condition: Condition, usual: float) -> Risk:
    kind = _count_kind(condition)
    count = market.now(kind)
    if isnan(usual):
        return Risk(
            "offer_collapse", RiskStatus.UNKNOWN, "The number of offers is not known.", source=kind
        )
    # No offer at all is the emptiest collapse; Keepa's "none" is NaN in the series.
    left = 0.0 if isnan(count) else count
    collapsed = usual >= COLLAPSE_LEAST and left < COLLAPSE_LIMIT * usual
    return Risk(
        "offer_collapse",
        RiskStatus.WARNING if collapsed else RiskStatus.OK,
        f"The number of offers is {left:.0f} now; {usual:.0f} is usual over {LEVEL_DAYS} days."
        + (" Sellers left together, which can be a brand's complaint." if collapsed else ""),
        observed=left,
        limit=COLLAPSE_LIMIT * usual if usual >= COLLAPSE_LEAST else None,
        source=kind,
    )


def _sole_seller(condition: Condition, usual: float, most: float) -> Risk:
    """One New offer for months is often the brand itself, which may not want company."""
    if condition.is_used:
        return Risk("sole_seller", RiskStatus.OK, "Not a question for Used units.")
    if isnan(usual):
        text = "The number of New offers is not known."
        return Risk("sole_seller", RiskStatus.UNKNOWN, text, source=SeriesKind.COUNT_NEW)
    alone = most <= 1.0
    return Risk(
        "sole_seller",
        RiskStatus.WARNING if alone else RiskStatus.OK,
        f"Only one New offer in {LEVEL_DAYS} days: it may be the brand's own."
        if alone
        else f"The usual number of New offers is {usual:.0f}.",
        observed=usual,
        limit=1,
        source=SeriesKind.COUNT_NEW,
    )


def _amazon(competition: Competition, limit: float | None, condition: Condition) -> Risk:
    """Amazon as a rival: for New the policy's limit blocks, for Used it only caps the price."""
    share = competition.amazon_in_stock_90
    if share is None:
        return Risk(
            "amazon_share",
            RiskStatus.UNKNOWN,
            "Whether Amazon itself sells it is not known.",
            limit=limit,
            source=SeriesKind.AMAZON,
        )
    blocked = limit is not None and share > limit and not condition.is_used
    present = bool(competition.amazon_in_stock)
    status = RiskStatus.BLOCKER if blocked else RiskStatus.OK
    return Risk(
        "amazon_share",
        RiskStatus.WARNING if present and not blocked else status,
        f"Amazon had it in stock for {share:.0%} of the last 90 days"
        + (" and sells it now." if present else "."),
        observed=share,
        limit=limit,
        source=SeriesKind.AMAZON,
    )


def _stale(market: Market, as_of_minute: int, limit_days: int) -> Risk:
    age = market.age_days(as_of_minute)
    is_later = as_of_minute > (market.retrieved_minute or market.observed_minute)
    return Risk(
        "stale_data",
        RiskStatus.WARNING if age > limit_days else RiskStatus.OK,
        f"Keepa's data were {days_in_words(floor(age))} old "
        + ("at the decision." if is_later else "when they were retrieved."),
        observed=age,
        limit=limit_days,
        source="market.observed_minute",
    )


def _count_kind(condition: Condition) -> SeriesKind:
    return SeriesKind.COUNT_USED if condition.is_used else SeriesKind.COUNT_NEW
