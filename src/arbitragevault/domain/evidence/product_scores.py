"""The scores of one product's replayed weeks, as flat arrays that processes can hand over."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace

import numpy as np
from numpy.typing import NDArray

from arbitragevault.domain.decision.policy import Policy
from arbitragevault.domain.evidence.replay import CONDITIONS, Week, replayed_weeks
from arbitragevault.domain.evidence.rules import CONFIDENCES, OURS, RULES
from arbitragevault.domain.evidence.trials import risks_at
from arbitragevault.domain.market.market import Market
from arbitragevault.domain.market.odds import CRASH, ODDS, SWARM
from arbitragevault.domain.market.resale import pooled_prices

Floats = NDArray[np.float64]

BIDDERS = (OURS, *RULES)


@dataclass(frozen=True, slots=True, eq=False)
class Scores:
    """Replayed weeks of one condition, of one or many products; all arrays of one length n.

    Args:
        product: [n] ASIN.
        minute: [n] moments of decision.
        now: [n] prices then, minor units.
        outcome: [n] prices that came.
        quantiles: [n, LEVELS.size] forecast prices.
        year: [n, LEVELS.size] quantiles of the year before.
        pooled / placed: [n, LEVELS.size] the pooled prior alone, over all products and for the
            present place against the yearly level.
        place: [n] log of the price over its yearly level; NaN if unknown.
        rank / offers: [n] sales rank and offers of the condition; NaN if unknown.
        bids: [n, len(BIDDERS)] max costs, minor units; NaN where there is none.
        stated: [n, len(CONFIDENCES)] our max costs at those; NaN likewise.
        allowed: [n] highest unit cost that met the targets at the price that came; minus infinity
            if not even a free unit did, NaN without fees.
        crash / swarm: [n] probabilities of a crash of the price and of a swarm of offers; NaN where
            they cannot be asked for or scored.
        crashed / swarmed: [n] 1 where it came, else 0; NaN likewise.
    """

    product: NDArray[np.str_]
    minute: NDArray[np.int64]
    now: Floats
    outcome: Floats
    quantiles: Floats
    year: Floats
    pooled: Floats
    placed: Floats
    place: Floats
    rank: Floats
    offers: Floats
    bids: Floats
    stated: Floats
    allowed: Floats
    crash: Floats
    crashed: Floats
    swarm: Floats
    swarmed: Floats

    @property
    def windows(self) -> int:
        """How many weeks."""
        return int(self.minute.size)


def score_product(market: Market, policy: Policy) -> dict[str, Scores]:
    """Replay a product and keep what is scored, by condition; conditions without weeks are absent.

    Args:
        market: Everything that is known of the product.
        policy: The policy.
    """
    found = {}
    for condition in CONDITIONS:
        weeks = list(replayed_weeks(market, condition, policy))
        if weeks:
            found[condition] = _scores(market, weeks)
    return found


def joined(parts: Iterable[Scores]) -> Scores | None:
    """The scores of several products as one; None if there are none."""
    known = list(parts)
    if not known:
        return None
    return Scores(
        **{
            field.name: np.concatenate([getattr(one, field.name) for one in known])
            for field in fields(Scores)
        }
    )


def _scores(market: Market, weeks: Sequence[Week]) -> Scores:
    # What is live is not known in the past; cutting those offers each time would cost most of it.
    without_offers = replace(market, offers=None)
    risks = np.array([_risks(without_offers, week) for week in weeks])
    pooled = [
        pooled_prices(market.product.asin, week.condition, week.forecast, placed=False)
        for week in weeks
    ]
    placed = [
        pooled_prices(market.product.asin, week.condition, week.forecast, placed=True)
        for week in weeks
    ]
    return Scores(
        product=np.full(len(weeks), market.product.asin),
        minute=np.array([week.minute for week in weeks], dtype=np.int64),
        now=np.array([week.forecast.now_cents for week in weeks]),
        outcome=np.array([week.outcome_cents for week in weeks]),
        quantiles=np.array([week.forecast.prices for week in weeks]),
        year=np.array([week.year_cents for week in weeks]),
        pooled=np.array(pooled),
        placed=np.array(placed),
        place=np.array([_or_nan(week.forecast.place) for week in weeks]),
        rank=np.array([week.rank for week in weeks]),
        offers=np.array([week.offers for week in weeks]),
        bids=np.array([_bids(week) for week in weeks]),
        stated=np.array([_stated(week) for week in weeks]),
        allowed=np.array([_allowed(week) for week in weeks]),
        crash=risks[:, 0],
        crashed=risks[:, 1],
        swarm=risks[:, 2],
        swarmed=risks[:, 3],
    )


def _risks(market: Market, week: Week) -> list[float]:
    """Chance and outcome of a crash, then of a swarm."""
    found = {one.risk: one for one in risks_at(market, market.as_of(week.minute), week.condition)}
    told = []
    for risk in (CRASH, SWARM):
        one = found.get(risk)
        if one is None:
            told += [np.nan, np.nan]
        else:
            told += [ODDS[risk, one.is_used].chance(one.signs).probability, float(one.came)]
    return told


def _bids(week: Week) -> list[float]:
    known = week.bids
    if known is None:
        return [np.nan] * len(BIDDERS)
    return [_or_nan(known.bids[name]) for name in BIDDERS]


def _stated(week: Week) -> list[float]:
    known = week.bids
    if known is None:
        return [np.nan] * len(CONFIDENCES)
    return [_or_nan(bid) for bid in known.stated]


def _allowed(week: Week) -> float:
    known = week.bids
    if known is None:
        return np.nan
    return -np.inf if known.allowed is None else float(known.allowed)


def _or_nan(value: float | None) -> float:
    return np.nan if value is None else float(value)
