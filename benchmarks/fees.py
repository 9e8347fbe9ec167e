"""How fast fees are computed: over a million prices, one sale after another, a million at once.

Run it with ``uv run python benchmarks/fees.py``. It prints a table and writes JSON beside the other
results in ``artifacts/benchmarks``.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from arbitragevault.domain.catalog.marketplace import US
from arbitragevault.domain.catalog.product import Category, Channel, PackageSize, Product
from arbitragevault.domain.economics.costs import CostAssumptions
from arbitragevault.domain.economics.fees import rate_card
from arbitragevault.domain.economics.fees.engine import fees, proceeds_curve
from arbitragevault.domain.economics.fees.many import proceeds_curves
from arbitragevault.domain.economics.fees.units import Sizes, Template, Units
from arbitragevault.domain.economics.profit import breakeven_price, max_cost_at, max_costs_at
from arbitragevault.domain.money import Money

PRICES = 1_000_000
SALES = 2_000
UNITS = 1_000_000
ROOTS = (
    Category(283155, "Books"),
    Category(172282, "Electronics"),
    Category(1055398, "Home & Kitchen"),
    Category(165793011, "Toys & Games"),
    Category(228013, "Tools & Home Improvement"),
    Category(468642, "Video Games"),
)
DAY = date(2026, 11, 22)
OUTPUT = Path(__file__).parents[1] / "artifacts" / "benchmarks" / "fees.json"


def main() -> None:
    product = Product(
        US,
        "0593655036",
        root_category=Category(283155, "Books"),
        package=PackageSize((244, 166, 36), 599),
    )
    results = {
        "loading the cards of one marketplace": seconds(lambda: load("US"), 5),
        "loading the cards of every marketplace": seconds(lambda: load(None), 5),
    }
    curve = proceeds_curve(product, DAY, Channel.FBA)
    prices = np.random.default_rng(7).integers(1, 20_000, PRICES)
    results[f"net proceeds of {PRICES:,} prices"] = seconds(lambda: curve.net(prices), 5)
    sample = prices[:1000]
    assert curve.net(sample).tolist() == [curve.net_at(int(price)) for price in sample]
    price = Money(2499, "USD")
    costs = CostAssumptions()
    each: dict[str, Callable[[], object]] = {
        "one breakdown": lambda: fees(product, price, DAY, Channel.FBA),
        "one curve": lambda: proceeds_curve(product, DAY, Channel.FBA),
        "one breakeven price": lambda: breakeven_price(curve, 1250),
        "one max cost": lambda: max_cost_at(curve, 2499, costs, 599, min_roi=0.3),
    }
    for name, work in each.items():
        results[name] = seconds(lambda work=work: [work() for _ in range(SALES)], 3) / SALES  # type: ignore[misc]
    results |= many(one_curve=results["one curve"])
    for name, value in results.items():
        print(f"{name:<36} {value * 1000:>12,.4f} ms")
    OUTPUT.parent.mkdir(parents=True, exist_ok=True)
    OUTPUT.write_text(json.dumps({"seconds": results}, indent=1) + "\n", encoding="utf-8")


def load(marketplace: str | None) -> None:
    """Read and check rate cards as a fresh process does."""
    for read in (rate_card.rate_cards, rate_card.shipped_sections, rate_card.shipped_sources):
        read.cache_clear()
    rate_card.rate_cards(marketplace)


def many(one_curve: float) -> dict[str, float]:
    """A million units at once, beside as many one after another at the measured speed of one."""
    units, prices = catalogue(UNITS)
    curves = proceeds_curves(units, DAY, Channel.FBA, storage_days=30)
    grid = np.linspace(prices[: UNITS // 41] * 0.5, prices[: UNITS // 41] * 1.5, 41, axis=1)
    some = curves[: UNITS // 41]
    return {
        f"{UNITS:,} units: curves": seconds(
            lambda: proceeds_curves(units, DAY, Channel.FBA, storage_days=30), 3
        ),
        f"{UNITS:,} units: net proceeds": seconds(lambda: curves.net(prices), 3),
        f"{UNITS:,} units: every line": seconds(lambda: curves.amounts(prices), 3),
        f"{len(some):,} units x 41 prices": seconds(lambda: some.net(grid.astype(np.int64)), 3),
        f"{UNITS:,} units: lowest prices": seconds(lambda: curves.lowest_price(prices // 2), 1),
        f"{UNITS:,} units: max costs": seconds(
            lambda: max_costs_at(
                curves, prices, CostAssumptions(), units.package.weight_grams, min_roi=0.3
            ),
            1,
        ),
        f"{UNITS:,} units one by one (extrapolated)": one_curve * UNITS,
    }


def catalogue(count: int) -> tuple[Units, NDArray[np.int64]]:
    """Units with sizes and weights spread as in a mixed catalogue, 3 % without a weight."""
    rng = np.random.default_rng(3)
    templates = tuple(
        Template(Product(US, "B000000000", root_category=root, is_hazmat=is_hazmat))
        for root in ROOTS
        for is_hazmat in (None, True)
    )
    longest = np.exp(rng.normal(np.log(230), 0.4, count)).clip(30, 2700)
    shares = np.column_stack([np.ones(count), *rng.uniform(0.15, 0.9, (2, count))])
    sides = np.rint(longest[:, None] * shares).clip(1)
    density = np.exp(rng.normal(np.log(400), 0.5, count))
    weight = np.rint(sides.prod(axis=1) / 1e6 * density).clip(20)
    weight[rng.random(count) < 0.03] = np.nan
    template = rng.integers(len(templates), size=count)
    units = Units(templates, template, Sizes(sides, weight), Sizes.unknown(count))
    return units, rng.integers(500, 15_000, count)


def seconds(work: Callable[[], object], repeats: int) -> float:
    """The best of some runs, in seconds of processor time of this process."""
    best = float("inf")
    for _ in range(repeats):
        start = time.process_time()
        work()
        best = min(best, time.process_time() - start)
    return best


if __name__ == "__main__":
    main()
