"""The evidence as plain data: what ``backtest --json`` prints and the page shows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from hashlib import blake2b
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from arbitragevault.domain.decision.digests import MODEL_VERSION
from arbitragevault.domain.decision.policy import Policy
from arbitragevault.domain.evidence.product_scores import BIDDERS, Scores, joined
from arbitragevault.domain.evidence.replay import BURN_IN_DAYS, CONDITIONS, STEP_DAYS
from arbitragevault.domain.evidence.rules import CONFIDENCES, OURS, RULES
from arbitragevault.domain.evidence.scoring import (
    NOMINAL,
    at_levels,
    below,
    pinball,
    standard_error,
    thirds,
)
from arbitragevault.domain.evidence.trial_scores import chance_scores
from arbitragevault.domain.market.odds import CRASH, SWARM
from arbitragevault.domain.market.resale_prior import LEVELS

Json = dict[str, Any]

_DIGITS: Final = 6
_CAME: Final = {CRASH: "crashed", SWARM: "swarmed"}


def report(
    products: Iterable[Mapping[str, Scores]], policy: Policy, *, source: str, data_digest: str
) -> Json:
    """Everything that the replay shows.

    Args:
        products: The scores of each product by condition.
        policy: The policy that was replayed.
        source: Where the products came from: ``recordings``, ``stored`` or ``sandbox``.
        data_digest: Fingerprint of their data.
    """
    known = list(products)
    by_condition = {name: joined(one[name] for one in known if name in one) for name in CONDITIONS}
    present = {name: one for name, one in by_condition.items() if one is not None}
    everything = joined(present.values())
    forecast = {
        name: _forecast(one) if one is not None else {"windows": 0, "products": 0}
        for name, one in by_condition.items()
    }
    ours, rules = _bidding(everything)
    return {
        "source": source,
        "products": len(known),
        "windows": sum(one.windows for one in present.values()),
        "step_days": STEP_DAYS,
        "burn_in_days": BURN_IN_DAYS,
        "window_days": list(policy.window_days),
        "policy": policy.name,
        "forecast": forecast,
        "max_cost": {_level(policy.confidence): ours},
        "max_cost_reliability": [] if everything is None else _stated(everything),
        "rules": rules,
        "max_cost_by_condition": {name: _by_rule(one) for name, one in present.items()},
        "crash": _chance(everything, CRASH),
        "swarm": _chance(everything, SWARM),
        "model_version": MODEL_VERSION,
        "data_digest": data_digest,
    }


def digest_of(products: Iterable[Mapping[str, Scores]]) -> str:
    """Fingerprint of the replayed data: which products, when, at which prices."""
    seen = blake2b(digest_size=16)
    for one in products:
        for name in sorted(one):
            scores = one[name]
            seen.update(f"{name}:{scores.product[0]}:{scores.windows}:".encode())
            for array in (scores.minute, scores.now, scores.outcome):
                seen.update(np.ascontiguousarray(array).tobytes())
    return seen.hexdigest()


def _forecast(scores: Scores) -> Json:
    inside = below(scores.quantiles, scores.outcome)
    rivals = {
        "last_price": np.repeat(scores.now[:, None], LEVELS.size, axis=1),
        "yearly_quantiles": scores.year,
        "pooled": scores.pooled,
        "pooled_by_place": scores.placed,
    }
    losses = pinball(scores.quantiles, scores.outcome)
    ours = float(losses.mean())
    baselines = {}
    for name, quantiles in rivals.items():
        theirs = pinball(quantiles, scores.outcome)
        loss = float(theirs.mean())
        baselines[name] = {
            "pinball": _round(loss),
            "ours_against": _round(ours / loss - 1.0 if loss else np.nan),
            "ours_against_by_product": _round(_by_product(losses, theirs, scores.product)),
            "coverage": _by_level(below(quantiles, scores.outcome).mean(axis=0)),
        }
    return {
        "windows": scores.windows,
        "products": int(np.unique(scores.product).size),
        **_covered(inside, scores.product),
        "pinball": _round(ours),
        "baselines": baselines,
        "groups": {
            name: _groups(values, inside, scores.product)
            for name, values in (
                ("rank", scores.rank),
                ("place", scores.place),
                ("offers", scores.offers),
            )
        },
        "reliability": _curve(scores),
    }


def _by_product(
    ours: NDArray[np.float64], theirs: NDArray[np.float64], products: NDArray[np.str_]
) -> float:
    """How much lower our loss is for the typical product: each counts alike, however long its past.

    The median of each product's own comparison. A product that cost the other way nothing counts
    as infinitely worse; NaN if that reaches the median.
    """
    _, product = np.unique(products, return_inverse=True)
    mine, loss = (np.bincount(product, weights=losses) for losses in (ours, theirs))
    never = np.full(loss.shape, np.inf)
    median = float(np.median(np.divide(mine, loss, out=never, where=loss > 0)))
    return median - 1.0 if np.isfinite(median) else float("nan")


def _covered(inside: NDArray[np.float64], products: NDArray[np.str_]) -> Json:
    """Coverage, its largest error, and the standard error there."""
    coverage = inside.mean(axis=0)
    error = np.abs(coverage - NOMINAL)
    worst = int(error.argmax())
    return {
        "coverage": _by_level(coverage),
        "coverage_error": _round(float(error[worst])),
        "standard_error": _round(standard_error(inside[:, worst], products)),
    }


def _groups(
    values: NDArray[np.float64], inside: NDArray[np.float64], products: NDArray[np.str_]
) -> list[Json]:
    """Coverage within each third of a quantity."""
    third = thirds(values)
    found = []
    for one in range(3):
        chosen = third == one
        if not chosen.any():
            continue
        found.append(
            {
                "from": _round(float(values[chosen].min())),
                "to": _round(float(values[chosen].max())),
                "windows": int(chosen.sum()),
                **_covered(inside[chosen], products[chosen]),
            }
        )
    return found


def _curve(scores: Scores) -> list[Json]:
    """Observed against forecast probability at every twentieth."""
    levels = np.arange(1, 20) / 20
    observed = below(scores.quantiles, scores.outcome, levels).mean(axis=0)
    return [
        {"forecast": _round(float(level)), "observed": _round(float(share))}
        for level, share in zip(levels, observed, strict=True)
    ]


def _bidding(scores: Scores | None) -> tuple[Json, Json]:
    """How often every bid of ours was right; and ours beside the rules where all of them bid."""
    if scores is None:
        return _no_bids() | {"beside_rules": _no_bids()}, {name: _no_bids() for name in RULES}
    found = _by_rule(scores)
    bids = scores.bids[:, BIDDERS.index(OURS)]
    chosen = np.isfinite(bids)
    ours = _no_bids() if not chosen.any() else _record(scores, chosen, bids)
    return ours | {"beside_rules": found[OURS]}, {name: found[name] for name in RULES}


def _stated(scores: Scores) -> list[Json]:
    """How often our max cost met the targets at each confidence at which it was asked for."""
    found = []
    for confidence, bids in zip(CONFIDENCES, scores.stated.T, strict=True):
        chosen = np.isfinite(bids)
        if chosen.any():
            one = _record(scores, chosen, bids)
            found.append({"forecast": confidence, "observed": one.pop("hit_rate")} | one)
    return found


def _by_rule(scores: Scores) -> dict[str, Json]:
    """Each bidder on the windows in which every one of them bids, and in thirds of these.

    One factor on every bid brings a rule to our hit rate, but by being wrong where prices are
    restless and needlessly careful where they are calm. So it is asked, too, what each would bid at
    our hit rate in each third of the width of the forecast.
    """
    chosen = np.asarray(np.isfinite(scores.bids).all(axis=1))
    if not chosen.any():
        return {name: _no_bids() for name in BIDDERS}
    parts = _thirds_of_width(scores, chosen)
    found = {}
    for place, name in enumerate(BIDDERS):
        by_width = [
            _record(scores, part, scores.bids[:, place]) | _equal(scores, part, place)
            for part in parts
        ]
        bid = [one["windows"] * (one["at_our_hit_rate"] or 0.0) for one in by_width]
        found[name] = (
            _record(scores, chosen, scores.bids[:, place])
            | _equal(scores, chosen, place)
            | {"by_width": by_width, "at_our_hit_rates": _round(sum(bid) / int(chosen.sum()))}
        )
    return found


def _thirds_of_width(scores: Scores, chosen: NDArray[np.bool_]) -> list[NDArray[np.bool_]]:
    """Those of some windows whose forecast is narrow, middling and wide."""
    low, high = at_levels(scores.quantiles[chosen], np.array([0.1, 0.9])).T
    third = np.full(chosen.size, -1)
    third[chosen] = thirds(np.log(high / low))
    return [part for one in range(3) if (part := third == one).any()]


def _equal(scores: Scores, chosen: NDArray[np.bool_], place: int) -> Json:
    """What a bidder would bid if it were right as often as we are."""
    bids, allowed, now = scores.bids[chosen], scores.allowed[chosen], scores.now[chosen]
    ours = float((bids[:, BIDDERS.index(OURS)] <= allowed).mean())
    return {"at_our_hit_rate": _round(_scaled_to(bids[:, place], allowed, now, ours))}


def _record(scores: Scores, chosen: NDArray[np.bool_], of_all: NDArray[np.float64]) -> Json:
    """How often some of the bids met the targets, and how high they were."""
    bids = of_all[chosen]
    met = (bids <= scores.allowed[chosen]).astype(np.float64)
    return {
        "windows": int(chosen.sum()),
        "products": int(np.unique(scores.product[chosen]).size),
        "hit_rate": _round(float(met.mean())),
        "standard_error": _round(standard_error(met, scores.product[chosen])),
        "mean_over_price": _round(float((bids / scores.now[chosen]).mean())),
    }


def _no_bids() -> Json:
    return {
        "windows": 0,
        "products": 0,
        "hit_rate": None,
        "standard_error": None,
        "mean_over_price": None,
    }


def _scaled_to(
    bids: NDArray[np.float64],
    allowed: NDArray[np.float64],
    now: NDArray[np.float64],
    hit_rate: float,
) -> float:
    """Mean bid over price when one factor on every bid brings it to a hit rate.

    ``70 % of the 90-day average`` and the like: the fairest form of a rule.
    """
    limits = np.sort(allowed / bids)[::-1]
    hits = round(hit_rate * limits.size)
    if not hits:
        return float("nan")
    return max(0.0, float(limits[hits - 1])) * float((bids / now).mean())


def _chance(scores: Scores | None, risk: str) -> Json:
    """How right the chance of a crash or a swarm was."""
    if scores is None:
        return {"windows": 0, "auc": None, "base_rate": None, "brier": None}
    chance, came = getattr(scores, risk), getattr(scores, _CAME[risk])
    known = ~np.isnan(came)
    return chance_scores(chance[known], came[known] > 0, scores.product[known])


def _by_level(values: NDArray[np.float64]) -> dict[str, float | None]:
    return {
        _level(level): _round(float(value)) for level, value in zip(NOMINAL, values, strict=True)
    }


def _level(level: float) -> str:
    return f"{level:g}"


def _round(value: float) -> float | None:
    """A figure of the report; None for one that cannot be told."""
    return None if np.isnan(value) else round(value, _DIGITS)
