"""Score sales rate, sell-through, crash and swarm against the simulated marketplace's truth.

    uv run python benchmarks/market_truth.py [--products 600] [--seed 7001] [--signs FILE]
    uv run python benchmarks/market_truth.py --recordings ../shared/recordings

Every estimate reads the wire alone: simulated market -> Keepa's JSON -> decoder -> estimate. The
seed differs from the one that the parameters were learned with (``benchmarks/market_learning.py``),
so no product was learned from. Units of an outsider are put on the shelf and the market is run
again with them to see when they sell. Of recordings, which are never learned from, crash and swarm
are scored, week by week; their sales are not public.

Prints tables and writes ``artifacts/benchmarks/market_truth.json``, of which
``tools/plot_evidence.py`` draws the documentation's plots.
"""

from __future__ import annotations

import argparse
import json
import pickle
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from arbitragevault.bootstrap import sandbox_trials
from arbitragevault.domain.evidence.trial_scores import (
    risk_scores,
    sales_rate_scores,
    sell_through_scores,
)
from arbitragevault.domain.evidence.trials import (
    RiskMoment,
    TrialSigns,
    risk_moments,
    trial_signs,
)

ROOT = Path(__file__).parents[1]
OUTPUT = ROOT / "artifacts" / "benchmarks" / "market_truth.json"
SEED = 7001
PRODUCTS = 600

Signs = tuple[list[TrialSigns], list[RiskMoment]]


def collect(seed: int, products: int, cache: Path | None = None) -> Signs:
    """Run trials of some products; kept in a file, and read from it if it is there.

    Args:
        seed: Seed of the marketplace.
        products: How many product numbers to try.
        cache: Where to keep what was collected.
    """
    if cache is not None and cache.is_file():
        with cache.open("rb") as kept:
            found: Signs = pickle.load(kept)  # noqa: S301  # our own file
        return found
    trials: list[TrialSigns] = []
    moments: list[RiskMoment] = []
    started = time.perf_counter()
    for count, (whole, tried) in enumerate(sandbox_trials(seed, range(products)), start=1):
        trials += [trial_signs(one) for one in tried]
        moments += risk_moments(whole)
        if count % 50 == 0:
            print(f"{count} products, {time.perf_counter() - started:.0f} s", flush=True)
    if cache is not None:
        cache.parent.mkdir(parents=True, exist_ok=True)
        cache.write_bytes(pickle.dumps((trials, moments)))
    return trials, moments


def recorded(folder: Path) -> list[RiskMoment]:
    """Crash and swarm of recorded products, week by week."""
    from arbitragevault.application.evidence import read_recordings

    found = read_recordings(folder)
    return [one for market in found.markets for one in risk_moments(market, step_days=7)]


def print_rates(told: Mapping[str, Any]) -> None:
    """Coverage of the sales rate's intervals."""
    print(
        f"\nSales rate: {told['cases']} estimates of {told['products']} products, "
        f"{told['abstained']} abstained; median |ln(estimate / truth)| {told['median_error']:.2f}"
    )
    print(f"{'units a month':<24}{'cases':>8}{'in 50 %':>10}{'in 80 %':>10}")
    rows = {"all": told["coverage"], "shared rank": told["shared_rank"]}
    for title in ("by_true_rate", "by_estimate"):
        rows |= {f"{title[3:].replace('_', ' ')} {name}": row for name, row in told[title].items()}
    for name, row in rows.items():
        shares = "".join(
            f"{row[level]:>10.1%}" if row[level] is not None else f"{'-':>10}"
            for level in ("0.5", "0.8")
        )
        print(f"{name:<24}{row['cases']:>8}{shares}")


def print_sold(told: Mapping[str, Any]) -> None:
    """Brier scores of sell-through beside the rules."""
    print("\nSell-through (1 and 3 units, New and Used): Brier score")
    names = ("ours", "ours, no offers", "drops/sellers", "table", "table/sellers", "base rate")
    print(f"{'days':<6}{'cases':>7}{'sold':>8}" + "".join(f"{name:>17}" for name in names))
    for days, row in told.items():
        values = (
            row["brier"],
            row["brier_histories_only"],
            *(rule["brier"] for rule in row["rules"].values()),
            row["brier_base_rate"],
        )
        cells = "".join(f"{value:>17.4f}" for value in values)
        print(f"{days:<6}{row['cases']:>7}{row['base_rate']:>8.1%}{cells}")


def print_risks(told: Mapping[str, Any], title: str) -> None:
    """Crash and swarm."""
    print(f"\n{title}")
    heads = ("windows", "products", "AUC", "base", "forecast", "Brier", "base's", "lift")
    print(f"{'':<12}" + "".join(f"{head:>10}" for head in heads))
    for risk in ("crash", "swarm"):
        for name in ("", "new", "used"):
            row = told[risk] if not name else told[risk][name]
            if not row["windows"]:
                continue
            print(
                f"{(risk + ' ' + name).strip():<12}{row['windows']:>10}{row['products']:>10}"
                f"{row['auc']:>10.3f}{row['base_rate']:>10.1%}{row['mean_forecast']:>10.1%}"
                f"{row['brier']:>10.4f}{row['brier_base_rate']:>10.4f}"
                f"{row['top_decile_lift'] or float('nan'):>10.2f}"
            )


def main() -> None:
    """Score, print, and keep the result."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--products", type=int, default=PRODUCTS)
    parser.add_argument("--signs", type=Path, help="keep what was collected here")
    parser.add_argument("--recordings", type=Path, help="score these instead")
    asked = parser.parse_args()
    if asked.recordings is not None:
        told = risk_scores(recorded(asked.recordings))
        print_risks(told, "Recordings, weekly; nothing was learned from them")
        return
    trials, moments = collect(asked.seed, asked.products, asked.signs)
    told = {
        "seed": asked.seed,
        "sales_rate": sales_rate_scores(trials),
        "sell_through": sell_through_scores(trials),
        **risk_scores(moments),
    }
    print_rates(told["sales_rate"])
    print_sold(told["sell_through"])
    print_risks(told, "Simulated marketplace, every 28 days")
    OUTPUT.parent.mkdir(parents=True, exist_ok=True)
    OUTPUT.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
