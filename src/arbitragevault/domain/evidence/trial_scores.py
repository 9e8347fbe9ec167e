"""How right the sales rate, sell-through, crash and swarm were, beside the usual rules."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy import special

from arbitragevault.domain.evidence.scoring import auc, brier, reliability
from arbitragevault.domain.evidence.trials import RiskMoment, TrialSigns, UnitTrial
from arbitragevault.domain.market.demand import (
    DAYS_PER_MONTH,
    Demand,
    demand_of,
    units_per_month_at,
)
from arbitragevault.domain.market.demand_model import MODEL, DemandModel
from arbitragevault.domain.market.odds import CRASH, ODDS, SWARM, OddsModel
from arbitragevault.domain.market.sellthrough import sell_through
from arbitragevault.domain.market.share import share_of
from arbitragevault.domain.market.share_model import SHARE_MODEL, ShareModel

Json = dict[str, Any]
Floats = NDArray[np.float64]

BANDS: Final = ((0.0, 5.0), (5.0, 30.0), (30.0, float("inf")))
"""Units a month."""

INTERVALS: Final = (0.5, 0.8)
"""Central intervals whose coverage is told."""

DAYS: Final = (30, 60, 90)
QUANTITIES: Final = (1, 3)
SOURCES: Final = ("live offers", "histories only")


def sales_rate_scores(trials: Iterable[TrialSigns], model: DemandModel = MODEL) -> Json:
    """Coverage of the sales rate's intervals, by band of the true rate and of the estimate.

    Args:
        trials: With or without a demand estimate; those without are counted.
        model: The learned part.
    """
    every = list(trials)
    known = [(one, demand_of(one.demand, model)) for one in every if one.demand is not None]
    truth = np.array([one.units_per_month for one, _ in known])
    mean = np.array([DAYS_PER_MONTH * found.mean_per_day for _, found in known])
    inside = {share: _covered([found for _, found in known], truth, share) for share in INTERVALS}
    shared = np.array([found.shared_by > 1 for _, found in known], dtype=np.bool_)
    return {
        "cases": len(known),
        "products": len({one.asin for one, _ in known}),
        "abstained": len(every) - len(known),
        "coverage": _coverage(inside, np.ones(truth.size, dtype=np.bool_)),
        "by_true_rate": _by_band(inside, truth),
        "by_estimate": _by_band(inside, mean),
        "shared_rank": _coverage(inside, shared),
        "median_error": _median_error(truth, mean),
    }


def _covered(found: Sequence[Demand], truth: Floats, share: float) -> NDArray[np.bool_]:
    """Whether the truth lies in the central interval that is to hold this share."""
    low = np.array([one.per_month((1.0 - share) / 2.0) for one in found])
    high = np.array([one.per_month((1.0 + share) / 2.0) for one in found])
    inside: NDArray[np.bool_] = (truth >= low) & (truth <= high)
    return inside


def _by_band(inside: dict[float, NDArray[np.bool_]], rates: Floats) -> Json:
    return {
        _band_name(low, high): _coverage(inside, (rates >= low) & (rates < high))
        for low, high in BANDS
    }


def _band_name(low: float, high: float) -> str:
    if low == 0.0:
        return f"<{high:g}"
    return f"{low:g}-{high:g}" if np.isfinite(high) else f">{low:g}"


def _coverage(inside: dict[float, NDArray[np.bool_]], chosen: NDArray[np.bool_]) -> Json:
    cases = int(chosen.sum())
    told: Json = {"cases": cases}
    for share, hit in inside.items():
        told[f"{share:g}"] = float(hit[chosen].mean()) if cases else None
    return told


def _median_error(truth: Floats, mean: Floats) -> float | None:
    """Median of the absolute log ratio of estimate and truth."""
    sold = truth > 0
    return float(np.median(np.abs(np.log(mean[sold] / truth[sold])))) if sold.any() else None


def sell_through_scores(
    trials: Iterable[TrialSigns],
    model: DemandModel = MODEL,
    shares: ShareModel = SHARE_MODEL,
) -> Json:
    """Brier score and reliability of P(q units sold within h days) beside two usual rules.

    Rules, each a Poisson process for our units: *rank drops / sellers* (drops of the last 30 days
    over the counted offers of the class), *rank table* (the rank curve at the rank now, all of it
    for us), and *rank table / sellers*.

    Args:
        trials: Those with a demand estimate count.
        model: The learned part of demand.
        shares: The learned weights of the share.
    """
    cases = [
        (one, unit, demand_of(one.demand, model))
        for one in trials
        if one.demand is not None
        for unit in one.units
    ]
    told: Json = {}
    for days in DAYS:
        rows = [
            (_came(case[1], quantity, days), _chances(case, quantity, days, shares))
            for case in cases
            for quantity in QUANTITIES
        ]
        sold = np.array([came for came, _ in rows], dtype=np.bool_)
        told[str(days)] = _sold_scores(sold, np.array([chances for _, chances in rows]).T)
    return told


_RULES: Final = ("rank_drops_over_sellers", "rank_table", "rank_table_over_sellers")


def _sold_scores(sold: NDArray[np.bool_], columns: Floats) -> Json:
    known = sold.size > 0
    losses = [brier(column, sold) for column in columns] if known else [None] * (2 + len(_RULES))
    ours, histories_only, *rules = losses
    base = float(sold.mean()) if known else None
    return {
        "cases": int(sold.size),
        "base_rate": base,
        "brier": ours,
        "brier_histories_only": histories_only,
        "brier_base_rate": None if base is None else base * (1.0 - base),
        "rules": {name: {"brier": one} for name, one in zip(_RULES, rules, strict=True)},
        "reliability": reliability(columns[0], sold) if known else [],
    }


def _came(unit: UnitTrial, quantity: int, days: int) -> bool:
    """Whether so many of our units sold in time."""
    return len(unit.sold_days) >= quantity and unit.sold_days[quantity - 1] <= days


def _chances(
    case: tuple[TrialSigns, UnitTrial, Demand], quantity: int, days: int, shares: ShareModel
) -> list[float]:
    """The probabilities of that: ours with live offers and without, then those of the rules."""
    one, unit, demand = case
    ours = [
        sell_through(demand, share_of(signs, shares).share, quantity).probability(days)
        for signs in unit.signs
    ]
    root = None if one.demand is None else one.demand.root
    table = 0.0 if np.isnan(one.rank) else units_per_month_at(one.rank, root, demand.model)
    sellers = max(1, unit.sellers)
    rules = [
        float(special.gammainc(quantity, rate * days / DAYS_PER_MONTH)) if rate > 0 else 0.0
        for rate in (one.drops_30 / sellers, table, table / sellers)
    ]
    return [*ours, *rules]


def risk_scores(
    moments: Iterable[RiskMoment],
    models: dict[tuple[str, bool], OddsModel] = ODDS,
) -> Json:
    """AUC, Brier score, lift and reliability of crash and swarm, together and by class.

    Args:
        moments: What was seen and what came.
        models: By risk and whether the class is Used.
    """
    every = list(moments)
    told: Json = {}
    for risk in (CRASH, SWARM):
        known = [one for one in every if one.risk == risk]
        told[risk] = _risk(known, models) | {
            name: _risk([one for one in known if one.is_used == is_used], models)
            for name, is_used in (("new", False), ("used", True))
        }
    return told


def _risk(moments: Sequence[RiskMoment], models: dict[tuple[str, bool], OddsModel]) -> Json:
    chances = [models[one.risk, one.is_used].chance(one.signs).probability for one in moments]
    return chance_scores(
        np.array(chances),
        np.array([one.came for one in moments], dtype=np.bool_),
        np.array([one.asin for one in moments], dtype=np.str_),
    )


def chance_scores(chance: Floats, came: NDArray[np.bool_], products: NDArray[np.str_]) -> Json:
    """How right stated chances were.

    Args:
        chance: [n] probabilities.
        came: [n] what happened.
        products: [n] of which product.
    """
    if not came.size:
        return {"windows": 0, "products": 0, "auc": None, "base_rate": None, "brier": None}
    base = float(came.mean())
    highest = np.argsort(-chance, kind="stable")[: max(1, came.size // 10)]
    ranking = auc(chance, came)
    return {
        "windows": int(came.size),
        "products": int(np.unique(products).size),
        "base_rate": base,
        "mean_forecast": float(chance.mean()),
        "auc": None if np.isnan(ranking) else ranking,
        "brier": brier(chance, came),
        "brier_base_rate": base * (1.0 - base),
        "top_decile_lift": float(came[highest].mean()) / base if base else None,
        "reliability": reliability(chance, came),
    }
