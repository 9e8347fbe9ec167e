"""Learn the pooled prior of the resale price from recordings, and write it where it ships.

    uv run python tools/learn_resale.py ../shared/recordings [--print]

Every recorded week from the 60th day of a history on is one example: the state of the price as it
could be known then, and what came. Only coefficients, quantiles and counts are written. Beside the
set of all products there is one for each fold of products that leaves them out, so that whoever is
scored was never learned from.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from arbitragevault.application.evidence import read_recordings
from arbitragevault.domain.decision.policy import Policy
from arbitragevault.domain.evidence.replay import CONDITIONS, for_forecast, outcome_of, starts_of
from arbitragevault.domain.market.abstention import Abstention
from arbitragevault.domain.market.clock import MINUTES_PER_DAY
from arbitragevault.domain.market.market import Market
from arbitragevault.domain.market.reference import reference_series
from arbitragevault.domain.market.resale import LEAST_KNOWN_DAYS
from arbitragevault.domain.market.resale_prior import FILE, PLACE_NODES
from arbitragevault.domain.market.resale_state import FEATURES, price_state
from arbitragevault.domain.market.windows import past_windows

NAME = "recordings-2"
OUTPUT = Path(__file__).parents[1] / "src" / "arbitragevault" / "domain" / "market" / FILE
COMMAND = "uv run python tools/learn_resale.py ../shared/recordings"
FIRST_DAY = 60
FOLDS = 9
LEVELS = [0.0125, 0.025, *(round(0.05 * step, 2) for step in range(1, 20)), 0.975, 0.9875]
RIDGE = 0.02
KERNEL = 0.25
EVERYWHERE = 0.02
UNPLACED = 0.3
DIGITS = 4
POLICY = Policy()


@dataclass
class Examples:
    """The weeks of one product: states and what came."""

    asin: str
    features: NDArray[np.float64]
    place: NDArray[np.float64]
    ratio: NDArray[np.float64]

    @property
    def weight(self) -> NDArray[np.float64]:
        """A product counts by the root of its windows."""
        return np.full(self.ratio.size, self.ratio.size**-0.5)


def examples_of(market: Market, condition: str) -> Examples | None:
    """Every week of a product that has an outcome."""
    slim, unit = for_forecast(market), CONDITIONS[condition]
    found = []
    for minute in starts_of(market, condition, POLICY, FIRST_DAY):
        reference = reference_series(slim.as_of(minute), unit, POLICY.channel)
        if isinstance(reference, Abstention):
            continue
        first, last = (minute + day * MINUTES_PER_DAY for day in POLICY.window_days)
        outcome = outcome_of(market, reference, minute, (first, last))
        past = past_windows(
            reference.series,
            minute,
            window_days=POLICY.window_days,
            basis_change=reference.basis_change,
        )
        if np.isnan(outcome) or past.known_days < LEAST_KNOWN_DAYS:
            continue
        state = price_state(past.logs, past.place_now)
        ratio = np.log(outcome / reference.series.value_at(minute))
        found.append((state.features, state.place, ratio))
    if not found:
        return None
    features, place, ratio = zip(*found, strict=True)
    return Examples(market.product.asin, np.array(features), np.array(place), np.array(ratio))


def learn(known: Sequence[Examples]) -> dict[str, Any]:
    """Scale, standard moves and plain ratios of some products."""
    features = np.concatenate([one.features for one in known])
    ratio = np.concatenate([one.ratio for one in known])
    place = np.concatenate([one.place for one in known])
    weight = np.concatenate([one.weight for one in known])
    centre, spread = np.nanmean(features, axis=0), np.nanstd(features, axis=0) + 1e-9
    standard = np.nan_to_num((features - centre) / spread)
    design = np.column_stack([np.ones(len(standard)), standard])
    coefficients = fit_scale(design, np.abs(ratio), weight / weight.sum())
    scale = np.maximum(0.01, np.exp(design @ coefficients))
    return {
        "windows": int(ratio.size),
        "products": len(known),
        "coefficients": rounded(coefficients),
        "centre": rounded(centre),
        "spread": rounded(spread),
        "moves": table(ratio / scale, place, weight),
        "ratios": table(ratio, place, weight),
    }


def fit_scale(
    design: NDArray[np.float64], size: NDArray[np.float64], weight: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The log-linear scale whose Laplace likelihood is highest, with a ridge."""

    def loss(b: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        log_scale = design @ b
        relative = size * np.exp(-log_scale)
        penalty = np.concatenate(([0.0], b[1:]))
        value = float((weight * (relative + log_scale)).sum() + RIDGE * (penalty**2).sum())
        return value, design.T @ (weight * (1.0 - relative)) + 2.0 * RIDGE * penalty

    start = np.zeros(design.shape[1])
    start[0] = np.log((weight * size).sum())
    found: NDArray[np.float64] = minimize(loss, start, jac=True, method="L-BFGS-B").x
    return found


def table(
    values: NDArray[np.float64], place: NDArray[np.float64], weight: NDArray[np.float64]
) -> list[list[float]]:
    """Quantiles over all places, then around each node."""
    rows = [quantiles(values, weight)]
    for node in PLACE_NODES:
        near = np.exp(-0.5 * ((place - node) / KERNEL) ** 2) + EVERYWHERE
        rows.append(quantiles(values, weight * np.where(np.isnan(place), UNPLACED, near)))
    return rows


def quantiles(values: NDArray[np.float64], weight: NDArray[np.float64]) -> list[float]:
    """Weighted quantiles at the table's levels."""
    order = np.argsort(values, kind="stable")
    ordered = weight[order]
    middle = (np.cumsum(ordered) - 0.5 * ordered) / ordered.sum()
    return rounded(np.interp(LEVELS, middle, values[order]))


def rounded(values: NDArray[np.float64]) -> list[float]:
    """Digits that matter, without a negative zero."""
    return [round(float(value), DIGITS) + 0.0 for value in values]


def digest_of(by_condition: dict[str, list[Examples]]) -> str:
    """Fingerprint of the examples."""
    seen = blake2b(digest_size=16)
    for condition, known in by_condition.items():
        for one in known:
            seen.update(f"{condition}:{one.asin}:".encode())
            seen.update(np.round(one.ratio, 6).tobytes())
    return seen.hexdigest()


def main() -> None:
    """Learn and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--print", action="store_true", help="print instead of writing")
    asked = parser.parse_args()
    markets = sorted(read_recordings(asked.folder).markets, key=lambda one: one.product.asin)
    by_condition = {
        name: [one for market in markets if (one := examples_of(market, name)) is not None]
        for name in CONDITIONS
    }
    asins = sorted({one.asin for known in by_condition.values() for one in known})
    folds = []
    for number in range(FOLDS):
        excluded = asins[number::FOLDS]
        left = {
            name: learn([one for one in known if one.asin not in excluded])
            for name, known in by_condition.items()
        }
        folds.append({"excluded": excluded, **left})
    data = {
        "name": NAME,
        "command": COMMAND,
        "digest": digest_of(by_condition),
        "features": list(FEATURES),
        "levels": LEVELS,
        "all": {name: learn(known) for name, known in by_condition.items()},
        "folds": folds,
    }
    text = json.dumps(data, separators=(",", ":")) + "\n"
    if asked.print:
        sys.stdout.write(text)
    else:
        OUTPUT.write_text(text, encoding="utf-8")
    for name, known in by_condition.items():
        windows = sum(one.ratio.size for one in known)
        sys.stdout.write(f"{name}: {windows} windows of {len(known)} products\n")


if __name__ == "__main__":
    main()
