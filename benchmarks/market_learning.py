"""Learn what demand, share, crash and swarm need from the simulated marketplace.

    uv run python benchmarks/market_learning.py [--products 600] [--seed 9001] [--signs FILE]

Writes ``src/arbitragevault/domain/market/learned/{demand,share,risk}.json``. The seed differs from
the one that scores (``benchmarks/market_truth.py``). Recordings take no part, so they stay unseen.

* Demand: maximum likelihood of the true rate under the Gamma distribution of products with a rank
  of their own; then the levels at which its quantiles are right, by three bands of the estimate.
* Share: maximum likelihood of "q of our units sold within h days".
* Risks: logistic regression with a ridge penalty; a sign that is not known counts as usual.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from market_truth import collect
from numpy.typing import NDArray
from scipy import optimize, special

from arbitragevault.domain.evidence.trial_scores import BANDS, DAYS, QUANTITIES
from arbitragevault.domain.evidence.trials import RiskMoment, TrialSigns
from arbitragevault.domain.market.demand import DAYS_PER_MONTH, Demand, demand_of
from arbitragevault.domain.market.demand_model import BOOKS_ROOT, DemandModel, model_from
from arbitragevault.domain.market.learned import digest_of
from arbitragevault.domain.market.odds import CRASH, CRASH_SIGNS, SWARM, SWARM_SIGNS
from arbitragevault.domain.market.sellthrough import sell_through
from arbitragevault.domain.market.share import share_of
from arbitragevault.domain.market.share_model import ShareModel, share_model_from

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "src" / "arbitragevault" / "domain" / "market" / "learned"
SEED = 9001
PRODUCTS = 600
NAME = "sandbox-1"
Floats = NDArray[np.float64]
Parameters = dict[str, Any]

RANKS = (2.0, 3.0, 4.0, 5.0, 5.7, 6.3, 6.9, 7.2)
STATED = (0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95)
SLOWEST = 0.02
"""Units a month below which true rates are taken as this: nothing sold is no rate of zero."""
MOST_PRIOR_EVENTS = 6.0
LEAST_DROP_WEIGHT = 0.5
"""The simulated curve is nearly as sure as what is seen of a product; the real one is not, as
published tables differ sevenfold. So a product's own drops keep this much of a say."""
WORST = -8.0
"""Log likelihoods are cut off here, so that a single odd case does not decide."""


def demand_parameters(theta: Floats, roots: Sequence[int]) -> Parameters:
    """The demand model's parameters from unbounded numbers."""
    curve, rest = theta[: len(RANKS)], theta[len(RANKS) :]
    offsets, free = rest[: len(roots)], rest[len(roots) :]
    drops = float(special.expit(free[1]))
    return {
        "ranks": list(RANKS),
        "units": [round(float(one), 3) for one in np.minimum.accumulate(curve)],
        "roots": {str(BOOKS_ROOT): 0.0}
        | {str(root): round(float(add), 3) for root, add in zip(roots, offsets, strict=True)},
        "prior_events": round(float(np.exp(np.clip(free[0], 0.0, np.log(MOST_PRIOR_EVENTS)))), 3),
        "drop_weight": round(LEAST_DROP_WEIGHT + (1 - LEAST_DROP_WEIGHT) * drops, 3),
        "saturation": round(float(np.exp(np.clip(free[2], np.log(8), np.log(50)))), 2),
        "spread": round(float(np.exp(free[3])), 3),
        "spread_slope": round(float(free[4]), 3),
        "season_weight": round(float(special.expit(free[5])), 3),
        "badge_events": round(float(np.exp(free[6])), 3),
        "badge_mean": round(float(np.exp(free[7])), 3),
        "badge_floor": 0.5,
        "split_cv": round(float(np.exp(free[8])), 3),
        "level_nodes": [1.0, 4.0],
        "stated": [0.5],
        "levels": [[0.5], [0.5]],
        "name": NAME,
    }


START = (9.8, 8.0, 6.0, 3.3, 1.4, -0.4, -1.5, -2.9)
START_REST = (1.8, 0.4, np.log(10), -0.8, -0.2, 0.0, 1.4, 0.3, -0.3)


def learn_demand(trials: Sequence[TrialSigns]) -> DemandModel:
    """The demand model, with the levels that make its intervals right."""
    known = [one for one in trials if one.demand is not None]
    parameters = fitted(known)
    parameters |= right_levels(held_out(known), rates(known))
    write("demand", parameters, len(known), len({one.asin for one in known}))
    return model_from(parameters)


def rates(known: Sequence[TrialSigns]) -> Floats:
    """True rates, units a month."""
    return np.maximum([one.units_per_month for one in known], SLOWEST)


def fitted(known: Sequence[TrialSigns]) -> Parameters:
    """Maximum likelihood of the true rates."""
    truth = rates(known)
    seen = {one.demand.root for one in known if one.demand is not None}
    roots = sorted(root for root in seen if root is not None and root != BOOKS_ROOT)
    start = np.array([*START, *np.zeros(len(roots)), *START_REST])

    def loss(theta: Floats) -> float:
        found = estimates(known, model_from(demand_parameters(theta, roots)))
        bend = float((np.diff(theta[: len(RANKS)], 2) ** 2).sum())
        away = float(((theta - start)[len(RANKS) + len(roots) :] ** 2).sum())
        return -float(np.mean(log_likelihood(found, truth))) + 2e-4 * bend + 2e-3 * away

    # Parameters are rounded to three digits, so steps of the gradient have to be wider than that.
    best = optimize.minimize(
        loss, start, method="L-BFGS-B", options={"maxiter": 25, "eps": 0.01, "maxfun": 900}
    )
    print(f"demand: loss {loss(start):.4f} -> {best.fun:.4f} over {len(known)} estimates")
    return demand_parameters(best.x, roots)


def held_out(known: Sequence[TrialSigns]) -> list[Demand]:
    """Each trial's estimate by a model of the other half of the products."""
    order = {asin: place for place, asin in enumerate(sorted({one.asin for one in known}))}
    half = np.array([order[one.asin] % 2 for one in known])
    found: dict[int, Demand] = {}
    for one in (0, 1):
        model = model_from(fitted([t for t, side in zip(known, half, strict=True) if side != one]))
        mine = np.flatnonzero(half == one)
        found |= dict(
            zip(mine.tolist(), estimates([known[i] for i in mine.tolist()], model), strict=True)
        )
    return [found[place] for place in range(len(known))]


def estimates(known: Sequence[TrialSigns], model: DemandModel) -> list[Demand]:
    """The estimates of trials that have signs of demand."""
    return [demand_of(one.demand, model) for one in known if one.demand is not None]


def log_likelihood(found: Sequence[Demand], truth: Floats) -> Floats:
    """Of true rates, per natural log of the rate."""
    mean = np.array([DAYS_PER_MONTH * one.mean_per_day for one in found])
    shape = np.array([one.shape for one in found])
    scaled = shape * truth / mean
    value: Floats = np.maximum(shape * np.log(scaled) - special.gammaln(shape) - scaled, WORST)
    return value


def right_levels(found: Sequence[Demand], truth: Floats) -> Parameters:
    """The Gamma distribution's levels at which intervals hold the truth as often as stated.

    First the levels below which the stated shares of the truth lie, by band of the estimate; then
    they are drawn apart or together, by band, until the intervals are right by band of the *true*
    rate: among products that sell so and so much, so many have their rate inside.

    Args:
        found: Estimates by models that have not seen the product.
        truth: True rates.
    """
    mean = np.array([DAYS_PER_MONTH * one.mean_per_day for one in found])
    shape = np.array([one.shape for one in found])
    place = special.gammainc(shape, shape * truth / mean)
    nodes, rows = [], []
    for low, high in BANDS:
        inside = (mean >= low) & (mean < high)
        nodes.append(round(float(np.median(np.log(mean[inside]))), 3))
        rows.append(np.quantile(place[inside], STATED))
    plain = special.ndtri(np.clip(np.array(rows), 1e-4, 1 - 1e-4))
    at = np.log(mean)
    stated = [(STATED.index(low), STATED.index(1 - low), 1 - 2 * low) for low in (0.1, 0.25)]
    chosen = [[(one >= low) & (one < high) for low, high in BANDS] for one in (truth, mean)]

    def levels(stretch: Floats) -> Floats:
        apart: Floats = special.ndtr(stretch[:3, None] * plain + stretch[3:, None])
        return apart

    def loss(stretch: Floats) -> float:
        table = levels(stretch)
        limits = np.array([np.interp(at, nodes, column) for column in table.T])
        total = 0.02 * float(((stretch - CALM) ** 2).sum())
        for low, high, share in stated:
            hit = (place >= limits[low]) & (place <= limits[high])
            for weight, bands in zip((1.0, 0.3), chosen, strict=True):
                total += weight * sum((float(hit[band].mean()) - share) ** 2 for band in bands)
        return total

    best = optimize.minimize(
        loss, CALM, method="Nelder-Mead", options={"maxfev": 4_000, "initial_simplex": SIMPLEX}
    )
    print(f"levels: loss {loss(CALM):.5f} -> {best.fun:.5f}")
    table = np.round(levels(best.x), 4).tolist()
    return {"level_nodes": nodes, "stated": list(STATED), "levels": table}


CALM = np.array([1.0, 1.0, 1.0, 0.0, 0.0, 0.0])
"""Neither drawn apart (by band of the estimate) nor moved."""
SIMPLEX = np.vstack((CALM, CALM + 0.15 * np.eye(6)))


def share_parameters(theta: Floats) -> Parameters:
    """The share model's parameters from unbounded numbers."""

    def one(part: Floats) -> Parameters:
        live, counts = np.exp(part[4:6])
        return {
            "reach": round(float(np.exp(part[0])), 4),
            "own_class": [round(float(value), 3) for value in part[1:4]],
            "counted": round(float(special.expit(part[6])), 3),
            "spread": {
                "live_offers": round(float(live), 3),
                "buy_box": round(float(np.sqrt(live * counts)), 3),
                "counts": round(float(counts), 3),
            },
        }

    return {
        "new": one(theta[2:9]),
        "used": one(theta[9:16]),
        "fbm_weight": round(float(special.expit(theta[0])), 3),
        "amazon_weight": round(float(np.exp(theta[1])), 3),
        "name": NAME,
    }


SHARE_START = np.array([
    0.0, 1.1,
    -2.3, 0.0, 0.5, -0.3, -0.1, 0.0, 0.0,
    -2.5, -0.2, -0.6, 0.8, 0.2, 0.3, 0.0,
])  # fmt: skip


def learn_share(trials: Sequence[TrialSigns], demand: DemandModel) -> ShareModel:
    """The share model from when our units sold."""
    cases = [
        (demand_of(one.demand, demand), signs, unit.sold_days)
        for one in trials
        if one.demand is not None
        for unit in one.units
        for signs in unit.signs
    ]
    units = np.array(QUANTITIES, dtype=np.float64)[:, None]
    days = np.array(DAYS, dtype=np.float64)
    # [cases, quantities, days] whether so many of our units sold in time.
    came = np.array(
        [
            [[len(sold) >= q and sold[q - 1] <= limit for limit in DAYS] for q in QUANTITIES]
            for _, _, sold in cases
        ]
    )

    def loss(theta: Floats) -> float:
        model = share_model_from(share_parameters(theta))
        sales = [sell_through(one, share_of(signs, model).share, 1) for one, signs, _ in cases]
        mean = np.array([one.mean_per_day for one in sales])[:, None, None] * days
        shape = np.array([one.shape for one in sales])[:, None, None]
        chance = special.betainc(units, shape, mean / (shape + mean))
        right = np.clip(np.where(came, chance, 1.0 - chance), 1e-4, 1.0)
        away = float(((theta - SHARE_START) ** 2).sum())
        return -float(np.log(right).mean()) + 1e-3 * away

    best = optimize.minimize(
        loss, SHARE_START, method="L-BFGS-B", options={"maxiter": 12, "eps": 0.01}
    )
    print(f"share: loss {loss(SHARE_START):.4f} -> {best.fun:.4f} over {len(cases)} units")
    parameters = share_parameters(best.x)
    write("share", parameters, len(cases), len({one.asin for one in trials}))
    return share_model_from(parameters)


def learn_risks(moments: Sequence[RiskMoment], ridge: float = 5.0) -> None:
    """The logistic models of crash and swarm."""
    parameters: Parameters = {"name": NAME}
    for risk, signs in ((CRASH, CRASH_SIGNS), (SWARM, SWARM_SIGNS)):
        parameters[risk] = {
            name: logistic(
                [m for m in moments if m.risk == risk and m.is_used == used], signs, ridge
            )
            for name, used in (("new", False), ("used", True))
        }
    write("risk", parameters, len(moments), len({one.asin for one in moments}))


def logistic(moments: Sequence[RiskMoment], signs: Sequence[str], ridge: float) -> Parameters:
    """Logistic regression of what came on standardised signs."""
    seen = np.array([[one.signs[name] for name in signs] for one in moments])
    came = np.array([one.came for one in moments], dtype=np.float64)
    usual, scale = np.nanmean(seen, axis=0), np.maximum(np.nanstd(seen, axis=0), 1e-6)
    standard = np.where(np.isnan(seen), 0.0, (seen - usual) / scale)
    design = np.hstack((np.ones((came.size, 1)), standard))
    penalty = ridge * np.diag([0.0, *np.ones(len(signs))])
    weights = np.zeros(design.shape[1])
    for _ in range(25):
        chance = special.expit(design @ weights)
        slope = design.T @ (chance - came) + penalty @ weights
        bend = (design * (chance * (1 - chance))[:, None]).T @ design + penalty
        weights = weights - np.linalg.solve(bend, slope)
    return {
        "signs": list(signs),
        "usual": rounded(usual),
        "scale": rounded(scale),
        "weights": rounded(weights[1:]),
        "constant": round(float(weights[0]), 4),
        "base_rate": round(float(came.mean()), 4),
    }


def rounded(many: Floats) -> list[float]:
    """Four digits are plenty."""
    return [round(float(one), 4) for one in many]


SOURCE: dict[str, Any] = {}
"""Where the parameters come from; part of every file."""


def write(name: str, parameters: Parameters, cases: int, products: int) -> None:
    """Write a learned file with the record of how it was learned."""
    how = SOURCE | {"cases": cases, "products": products, "digest": digest_of(parameters)}
    text = json.dumps(parameters | {"learned": how}, indent=1)
    (FOLDER / f"{name}.json").write_text(text + "\n", encoding="utf-8")


def main() -> None:
    """Collect, learn, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--products", type=int, default=PRODUCTS)
    parser.add_argument("--signs", type=Path, help="keep what was collected here")
    asked = parser.parse_args()
    SOURCE.update(
        source="simulated marketplace",
        seed=asked.seed,
        command=f"uv run python benchmarks/market_learning.py --seed {asked.seed} "
        f"--products {asked.products}",
    )
    trials, moments = collect(asked.seed, asked.products, asked.signs)
    learn_risks(moments)
    learn_share(trials, learn_demand(trials))


if __name__ == "__main__":
    main()
