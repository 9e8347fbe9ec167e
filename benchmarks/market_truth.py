"""Score sales rate, sell-through, crash and swarm against the simulated marketplace's truth.

    uv run python benchmarks/market_truth.py [--products 600] [--seed 7001] [--signs FILE]
    uv run python benchmarks/market_truth.py --recordings ../shared/recordings

Every estimate reads the wire alone: simulated market -> Keepa's JSON -> decoder -> estimate. The
seed differs from the one that the parameters were learned with (``benchmarks/market_learning.py``),
so no product was learned from. Units of an outsider are put on the shelf and the market is run
again with them to see when they sell. Of recordings, which are never learned from, crash and swarm
are scored, week by week; their sales are not public.

Prints tables, writes ``artifacts/benchmarks/market_truth.json`` and, with ``--plots DIR``, the
reliability plots of the documentation.
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


def reliability_svg(curves: Mapping[str, list[dict[str, float]]], title: str) -> str:
    """A reliability plot: how often it happened against how likely it was said to be."""
    size, left, top = 300, 48, 34
    colours = ("#2563eb", "#d97706", "#059669")

    def at(forecast: float, observed: float) -> tuple[float, float]:
        return left + size * forecast, top + size * (1 - observed)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size + 200} {size + 80}">',
        "<style>text { font: 12px sans-serif }</style>",
        '<rect width="100%" height="100%" fill="white"/>',
        f'<text x="{left}" y="20" font-size="14">{title}</text>',
        f'<rect x="{left}" y="{top}" width="{size}" height="{size}" fill="none" stroke="#999"/>',
        f'<line x1="{left}" y1="{top + size}" x2="{left + size}" y2="{top}" stroke="#bbb"/>',
    ]
    for tick in (0.0, 0.5, 1.0):
        x, y = at(tick, tick)
        parts.append(f'<text x="{x}" y="{top + size + 16}" text-anchor="middle">{tick:.0%}</text>')
        parts.append(f'<text x="{left - 6}" y="{y + 4}" text-anchor="end">{tick:.0%}</text>')
    parts.append(
        f'<text x="{left + size / 2}" y="{top + size + 34}" text-anchor="middle">said</text>'
    )
    parts.append(f'<text x="4" y="{top - 8}">happened</text>')
    for number, (name, points) in enumerate(curves.items()):
        colour, places = colours[number], [at(p["forecast"], p["observed"]) for p in points]
        line = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
        parts.append(f'<polyline points="{line}" fill="none" stroke="{colour}"/>')
        most = max(point["windows"] for point in points)
        parts += [
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{2 + 4 * (p["windows"] / most) ** 0.5:.1f}" '
            f'fill="{colour}"/>'
            for (x, y), p in zip(places, points, strict=True)
        ]
        parts.append(
            f'<text x="{left + size + 14}" y="{top + 16 + 18 * number}" fill="{colour}">'
            f"{name}</text>"
        )
    return "\n".join([*parts, "</svg>", ""])


def plots(folder: Path, told: Mapping[str, Any]) -> None:
    """Write the documentation's plots."""
    folder.mkdir(parents=True, exist_ok=True)
    sold = {f"within {days} days": row["reliability"] for days, row in told["sell_through"].items()}
    risks = {risk: told[risk]["reliability"] for risk in ("crash", "swarm")}
    for name, curves, title in (
        ("sell-through", sold, "P(our units sell), simulated"),
        ("risks", risks, "P(crash) and P(swarm), simulated"),
    ):
        text = reliability_svg(curves, title)
        (folder / f"{name}-reliability.svg").write_text(text, encoding="utf-8")


def main() -> None:
    """Score, print, and keep the result."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--products", type=int, default=PRODUCTS)
    parser.add_argument("--signs", type=Path, help="keep what was collected here")
    parser.add_argument("--plots", type=Path, help="write plots into this folder")
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
    if asked.plots is not None:
        plots(asked.plots, told)


if __name__ == "__main__":
    main()
