"""Trials against the truth: sales rate, sell-through, crash and swarm beside what really happened.

A trial is a product at a moment, decoded from the wire, with what the simulated marketplace knows
came after. Of real products only crash and swarm can be scored: their sales are not public.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from arbitragevault.domain.catalog.product import Channel, Condition
from arbitragevault.domain.market.abstention import Abstention
from arbitragevault.domain.market.clock import MINUTES_PER_DAY
from arbitragevault.domain.market.competition import buy_box_shares, count_now, share_signs
from arbitragevault.domain.market.demand import DemandSigns, demand_signs, rank_drops
from arbitragevault.domain.market.market import Market, SeriesKind
from arbitragevault.domain.market.odds import (
    CRASH,
    CRASH_FALL,
    HORIZON_DAYS,
    SWARM,
    SWARM_GROWTH,
    daily_prices,
    happened,
    market_signs,
)
from arbitragevault.domain.market.reference import reference_series, whole_reference
from arbitragevault.domain.market.share import ShareSigns

CONDITIONS: Final = {"new": Condition.NEW, "used": Condition.GOOD}
"""The units that trials put on the shelf; Amazon ships them."""

BURN_IN_DAYS: Final = 90
WEEK_DAYS: Final = 28
"""Days between the moments at which crash and swarm are asked for: weekly ones would be nearly the
same question four times."""


@dataclass(frozen=True, slots=True)
class Trial:
    """A product at a moment and what came after.

    Args:
        market: What the wire showed, with live offers.
        plain: The same without offers.
        units_per_month: True expected sales of the next 60 days, per 30 days.
        sold_days: By class: days until each of our units sold; unsold ones are absent.
    """

    market: Market
    plain: Market
    units_per_month: float
    sold_days: Mapping[str, tuple[float, ...]]


@dataclass(frozen=True, slots=True)
class UnitTrial:
    """Our units of one class in a trial.

    Args:
        name: ``new`` or ``used``.
        signs: What speaks of our share: with live offers, and without.
        sold_days: Days until each unit sold.
        sellers: Offers of the class counted.
    """

    name: str
    signs: tuple[ShareSigns, ...]
    sold_days: tuple[float, ...]
    sellers: int


@dataclass(frozen=True, slots=True)
class TrialSigns:
    """A trial reduced to what estimates read and what they are scored against.

    Args:
        asin: The product.
        minute: Market minute of the trial.
        demand: Signs of demand; None where there are none.
        units_per_month: The truth.
        rank: Sales rank now; NaN if unranked.
        drops_30: Keepa's ``salesRankDrops30``.
        units: Our units by class.
    """

    asin: str
    minute: int
    demand: DemandSigns | None
    units_per_month: float
    rank: float
    drops_30: int
    units: tuple[UnitTrial, ...]


@dataclass(frozen=True, slots=True)
class RiskMoment:
    """A product at a moment, for one risk in one class.

    Args:
        asin: The product.
        minute: Market minute.
        risk: ``crash`` or ``swarm``.
        is_used: The class.
        signs: As ``market_signs`` gives them.
        came: Whether it happened.
    """

    asin: str
    minute: int
    risk: str
    is_used: bool
    signs: Mapping[str, float]
    came: bool


def trial_signs(trial: Trial) -> TrialSigns:
    """Reduce a trial to what estimates read."""
    market = trial.market
    now = market.observed_minute
    rank = market.series(SeriesKind.SALES_RANK)
    found = demand_signs(market)
    known = found.rank_level is not None or found.badge is not None
    return TrialSigns(
        asin=market.product.asin,
        minute=now,
        demand=found if known else None,
        units_per_month=trial.units_per_month,
        rank=market.now(SeriesKind.SALES_RANK),
        drops_30=int(rank_drops(rank, now - 30 * MINUTES_PER_DAY, now).size),
        units=tuple(
            unit
            for name, condition in CONDITIONS.items()
            if (unit := _unit(trial, name, condition)) is not None
        ),
    )


def _unit(trial: Trial, name: str, condition: Condition) -> UnitTrial | None:
    """Our units of a class; None where it has no price, so that no decision would be made."""
    found = []
    for market in (trial.market, trial.plain):
        reference = reference_series(market, condition, Channel.FBA)
        if isinstance(reference, Abstention):
            continue
        price = reference.series.value_at(market.observed_minute)
        shares = None if condition.is_used else buy_box_shares(market)
        signs = share_signs(market, condition, Channel.FBA, price, shares)
        found += [] if signs is None else [signs]
    if len(found) < 2:
        return None
    kind = SeriesKind.COUNT_USED if condition.is_used else SeriesKind.COUNT_NEW
    return UnitTrial(name, tuple(found), trial.sold_days[name], count_now(trial.market, kind) or 0)


def risk_moments(market: Market, step_days: int = WEEK_DAYS) -> Iterator[RiskMoment]:
    """Every moment of a history at which crash and swarm can be asked for and are known.

    Nothing after the moment is read for the signs.

    Args:
        market: Everything that is known of the product.
        step_days: Days between two moments.
    """
    # Live offers have no past, and cutting the others each time would cost most of the time.
    whole = replace(market, offers=None)
    begins = [int(one.minutes[0]) for one in whole.history.values() if len(one)]
    if not begins:
        return
    first = min(begins) + BURN_IN_DAYS * MINUTES_PER_DAY
    last = whole.observed_minute - HORIZON_DAYS * MINUTES_PER_DAY
    for minute in range(first, last + 1, step_days * MINUTES_PER_DAY):
        known = whole.as_of(minute)
        for condition in CONDITIONS.values():
            yield from risks_at(whole, known, condition)


def risks_at(whole: Market, known: Market, condition: Condition) -> Iterator[RiskMoment]:
    """Crash and swarm of one class at one moment, as far as they can be asked for and are known.

    Args:
        whole: The product with what came after.
        known: What was known at the moment; signs are read from here alone.
        condition: The class of the unit.
    """
    reference = reference_series(known, condition, Channel.FBA)
    if isinstance(reference, Abstention):
        return
    minute = known.observed_minute
    count = SeriesKind.COUNT_USED if condition.is_used else SeriesKind.COUNT_NEW
    change = reference.basis_change
    came = {SWARM: happened(whole.series(count), minute, 1.0 + SWARM_GROWTH)}
    if change is None or not minute < change <= minute + HORIZON_DAYS * MINUTES_PER_DAY:
        price = whole_reference(whole, reference)
        came[CRASH] = happened(price, minute, 1.0 - CRASH_FALL)
    prices = daily_prices(reference.series, known.observed_minute, change)
    signs = market_signs(known, prices, count)
    for risk, what in came.items():
        if what is not None and not (risk == SWARM and np.isnan(signs["offers"])):
            yield RiskMoment(known.product.asin, minute, risk, condition.is_used, signs, what)
