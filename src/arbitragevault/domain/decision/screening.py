"""Screening: whether live offers, which cost many times as much as histories, are worth fetching.

A decision made on histories is taken to its two ends: what offers would at worst and at best say
about the price and about our share of the sales. Profit grows with the price and the time to sell
falls with the share, so every verdict that offers can lead to lies between the two. Offers are
worth fetching where one of them crosses the line between what is worth acting on (buy, review) and
what is not (skip, unknown), or makes a buy of a review or the other way round.

What offers do not touch is left as it is: the kind of listing, the sales rank, hazards, and how
often Amazon was in stock all follow from histories. Nor do they make a missing unit cost, fee or
sales rank known.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

import numpy as np

from arbitragevault.domain.catalog.product import Condition
from arbitragevault.domain.decision.decision import Decision, Reason, ReasonStatus, Study, Verdict
from arbitragevault.domain.decision.profit_distribution import max_cost, profit_at
from arbitragevault.domain.decision.reasons import judge, verdict_of
from arbitragevault.domain.market.abstention import Abstention
from arbitragevault.domain.market.competition import count_now
from arbitragevault.domain.market.market import SeriesKind
from arbitragevault.domain.market.sellthrough import SellThrough, sell_through
from arbitragevault.domain.market.share import Share

ACTIONABLE: Final = frozenset({Verdict.BUY, Verdict.REVIEW})


class Band(NamedTuple):
    """By which factors offers may change a figure: at worst and at best."""

    worst: float
    best: float


PRICE_BANDS: Final[Mapping[Condition, Band]] = {
    Condition.NEW: Band(0.95, 1.10),
    Condition.LIKE_NEW: Band(0.95, 2.40),
    Condition.VERY_GOOD: Band(0.95, 1.60),
    Condition.GOOD: Band(0.90, 1.60),
    Condition.ACCEPTABLE: Band(0.87, 1.15),
}
"""Low end of the resale price told by offers over the one told by histories alone, where these had
to fall back on a series of all offers: close to the 5 % and 95 % quantiles over 5,000 simulated
products (``benchmarks/screening.py`` prints them). Only the best case of very good units is lower
than that: 95 % is 1.94."""

SHARE_BAND: Final = Band(0.10, 4.0)
"""Our share of the sales with offers over the one from offer counts: about the 2 % and 95 %
quantiles over the same products. Wide, because a count tells neither
who is far too dear nor how much Amazon sells."""


@dataclass(frozen=True, slots=True)
class Screening:
    """Whether live offers are worth fetching.

    Args:
        worth: They can change the verdict.
        reason: Why, in one plain sentence.
        reachable: Verdicts at the two ends of what offers can say; with the present one if it lies
            between.
    """

    worth: bool
    reason: str
    reachable: frozenset[Verdict]


def offers_can_change(
    decision: Decision,
    *,
    prices: Mapping[Condition, Band] = PRICE_BANDS,
    share: Band = SHARE_BAND,
) -> Screening:
    """Tell whether live offers can change a decision that was made without them.

    Args:
        decision: The decision.
        prices: How much offers may change the price of a condition.
        share: How much offers may change our share.
    """
    study, verdict = decision.study, decision.verdict
    same = frozenset({verdict})
    if study.market.live_offers is not None:
        return Screening(worth=False, reason="The live offers are known.", reachable=same)
    obstacle = _beyond_offers(decision)
    if obstacle is not None:
        return Screening(worth=False, reason=obstacle, reachable=same)
    if isinstance(study.forecast, Abstention):
        return Screening(
            worth=True,
            reason="Somebody offers it, so that offers may tell the price.",
            reachable=frozenset(Verdict),
        )
    reachable = same | {
        _verdict(study, prices[study.terms.condition].worst, share.worst),
        _verdict(study, prices[study.terms.condition].best, share.best),
    }
    worth = any(
        one != verdict and (one in ACTIONABLE or verdict in ACTIONABLE) for one in reachable
    )
    others = " or ".join(one.value for one in Verdict if one in reachable - same)
    return Screening(
        worth=worth,
        reason=f"Offers could make it {others}."
        if worth
        else f"It stays a {verdict.value} whatever the offers are.",
        reachable=reachable,
    )


_MENDABLE: Final = frozenset({"profit_target", "days_to_sell", "resale_price", "several_matches"})
"""Criteria on which offers have a bearing, or that never stand in the way of an action."""


def _beyond_offers(decision: Decision) -> str | None:
    """What keeps the lead from being acted on whatever the offers are; None if nothing does."""
    study = decision.study
    for reason in decision.reasons:
        if reason.code not in _MENDABLE and _stands_in_the_way(reason):
            return f"Offers do not change this: {reason.text}"
    if isinstance(study.demand, Abstention):
        return f"Offers do not tell what sells: {study.demand.reason}"
    if study.terms.unit_cost is None:
        return "Without a unit cost there is no verdict to change."
    if isinstance(study.forecast, Abstention):
        return _no_price(study, study.forecast)
    return None


def _stands_in_the_way(reason: Reason) -> bool:
    """The criterion alone makes the lead a skip or unknown."""
    if reason.status is ReasonStatus.FAIL:
        return reason.hard
    return reason.status is ReasonStatus.UNKNOWN


def _no_price(study: Study, why: Abstention) -> str | None:
    """Why offers will not tell a price that histories do not; None if they may.

    Series that only looks at the offers feed are never older than those that every look feeds, so
    a history that is too short stays so.
    """
    if why.code != "no_price_now":
        return f"Offers do not lengthen a history: {why.reason}"
    is_used = study.terms.condition.is_used
    counted = count_now(study.market, SeriesKind.COUNT_USED if is_used else SeriesKind.COUNT_NEW)
    return "Nobody offers it." if counted == 0 else None


def _verdict(study: Study, price: float, share: float) -> Verdict:
    """The verdict if offers changed the price and our share by these factors."""
    changed = _at_price(replace(study, sales=_sales(study, share)), price)
    return verdict_of(judge(changed))


def _at_price(study: Study, factor: float) -> Study:
    """The study at other prices, where histories had to fall back on a lesser series.

    The allowance for returns moves with the price.
    """
    proceeds, landed, forecast = study.proceeds, study.landed, study.forecast
    if (
        isinstance(proceeds, Abstention)
        or isinstance(forecast, Abstention)
        or landed is None
        or landed.total_cents is None
        or not forecast.reference.fallback
    ):
        return study
    prices = np.rint(proceeds.prices * factor).astype(np.int64)
    changed = replace(
        proceeds,
        nets=np.sort(proceeds.curve.net(prices)) - round(proceeds.returns_cents * factor),
        low_price_cents=round(proceeds.low_price_cents * factor),
        price_cents=round(proceeds.price_cents * factor),
    )
    weight = study.market.product.package.weight_grams
    return replace(
        study,
        proceeds=changed,
        max_cost_cents=max_cost(changed, study.policy, weight),
        profit=profit_at(changed, landed.total_cents, study.policy, study.sales),
    )


def _sales(study: Study, factor: float) -> SellThrough | None:
    """Our sales if our share were another; an unknown share may be anything."""
    demand, known = study.demand, study.competition.share
    if isinstance(demand, Abstention) or (isinstance(known, Abstention) and factor <= 1):
        return None
    if isinstance(known, Abstention):
        return sell_through(demand, Share(1.0, 0.0), study.terms.quantity)
    mean = min(1.0, known.mean * factor)
    # The relative spread shrinks to nothing as the share approaches one, as in ``competition``.
    spread = known.cv / np.sqrt(1.0 - known.mean) if known.mean < 1.0 else 0.0
    changed = Share(mean, float(spread * np.sqrt(1.0 - mean)))
    return sell_through(demand, changed, study.terms.quantity)
