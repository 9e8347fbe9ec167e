"""Learn how deep the resale forecast is read for bids, and write it where it ships.

    uv run python tools/learn_bids.py ../shared/recordings [--products 60] [--seed 9001]

Every week that ``backtest`` decides about is bid on at several confidences, from the recordings and
from a simulated marketplace whose seed nobody scores. The exponent with which the lower half is
read is the one at which bids were met as often as stated, both sources counting alike; one is
learned from everything, and one for each fold of recorded products without them.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar

from arbitragevault.application.evidence import read_recordings
from arbitragevault.bootstrap import sandbox_sources
from arbitragevault.domain.decision.bid_levels import deepened
from arbitragevault.domain.decision.policy import Policy
from arbitragevault.domain.decision.profit_distribution import (
    UnitProceeds,
    max_cost,
    storage_days,
    unit_proceeds,
)
from arbitragevault.domain.evidence.replay import CONDITIONS, Week, replayed_weeks
from arbitragevault.domain.market.learned import digest_of
from arbitragevault.domain.market.market import Market
from arbitragevault.domain.market.resale_mixture import WEIGHTS
from arbitragevault.domain.market.resale_prior import LEVELS, shipped_prior

NAME = "bids-1"
OUTPUT = Path(__file__).parents[1] / "src/arbitragevault/domain/market/learned/bids.json"
SEED = 9001
PRODUCTS = 60
CONFIDENCES = (0.75, 0.8, 0.85)
MOST_EXPONENT = 2.5
GRID = np.linspace(0.01, 0.5, 50)
POLICY = Policy()


@dataclass(frozen=True)
class Bids:
    """The bids of a week, by the level at which the forecast is read: were they met?

    ``met`` is float64 [GRID.size] of 0 and 1; NaN where no bid is made.
    """

    asin: str
    met: NDArray[np.float64]


def bids_of(markets: Iterable[Market]) -> list[Bids]:
    """Every week of some products on which all fees are known."""
    return [
        found
        for market in markets
        for condition in CONDITIONS
        for week in replayed_weeks(market, condition, POLICY)
        if (found := bids_on(week, market)) is not None
    ]


def bids_on(week: Week, market: Market) -> Bids | None:
    """A week's bids; None where there are none."""
    if week.bids is None or week.decision is None:
        return None
    study = week.decision.study
    days = storage_days(POLICY, study.sales)
    proceeds = unit_proceeds(
        week.forecast, study.market, POLICY, study.sale_on, days, levels=LEVELS
    )
    if not isinstance(proceeds, UnitProceeds):
        return None
    weight, allowed = market.product.package.weight_grams, week.bids.allowed
    met = np.full(GRID.size, np.nan)
    for place, level in enumerate(GRID.tolist()):
        bid = max_cost(proceeds, replace(POLICY, confidence=1.0 - level), weight)
        if bid is not None and bid > 0:
            met[place] = allowed is not None and bid <= allowed
    return Bids(market.product.asin, met)


def met_shares(bids: Sequence[Bids], exponent: float) -> NDArray[np.float64]:
    """How often bids at each of ``CONFIDENCES`` were met."""
    shares = np.nanmean([one.met for one in bids], axis=0)
    return np.interp(deepened(1.0 - np.array(CONFIDENCES), exponent), GRID, shares)


def fitted(recorded: Sequence[Bids], simulated: Sequence[Bids]) -> float:
    """The exponent at which both sources' bids are met most nearly as often as stated."""

    def loss(exponent: float) -> float:
        gaps = [met_shares(one, exponent) - CONFIDENCES for one in (recorded, simulated)]
        return float(np.square(gaps).sum())

    return round(float(minimize_scalar(loss, bounds=(1.0, MOST_EXPONENT), method="bounded").x), 3)


def main() -> None:
    """Replay, learn and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--products", type=int, default=PRODUCTS)
    asked = parser.parse_args()
    markets = sorted(read_recordings(asked.folder).markets, key=lambda one: one.product.asin)
    recorded = bids_of(markets)
    sources = sandbox_sources(asked.seed, asked.products)
    simulated = bids_of(market for source in sources for market in source())
    prior = shipped_prior()
    parameters = {
        "name": NAME,
        "prior": prior.name,
        "weights": digest_of(asdict(WEIGHTS)),
        "exponent": fitted(recorded, simulated),
        "folds": [
            fitted([one for one in recorded if prior.fold_of.get(one.asin) != fold], simulated)
            for fold in range(len(prior.folds))
        ],
    }
    how = {
        "source": "recordings and simulated marketplace",
        "seed": asked.seed,
        "command": f"uv run python tools/learn_bids.py ../shared/recordings --seed {asked.seed} "
        f"--products {asked.products}",
        "cases": {"recordings": len(recorded), "sandbox": len(simulated)},
        "digest": digest_of(parameters),
    }
    OUTPUT.write_text(json.dumps(parameters | {"learned": how}, indent=1) + "\n", encoding="utf-8")
    for name, bids in (("recordings", recorded), ("sandbox", simulated)):
        for exponent in (1.0, parameters["exponent"]):
            shares = ", ".join(
                f"{confidence:.0%}: {share:.1%}"
                for confidence, share in zip(CONFIDENCES, met_shares(bids, exponent), strict=True)
            )
            sys.stdout.write(f"{name}, exponent {exponent}: stated and met {shares}\n")


if __name__ == "__main__":
    main()
