"""How fast fees are computed: one curve over a million prices, and one sale after another.

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

from arbitragevault.domain.catalog.marketplace import US
from arbitragevault.domain.catalog.product import Category, Channel, PackageSize, Product
from arbitragevault.domain.economics.costs import CostAssumptions
from arbitragevault.domain.economics.fees.engine import fees, proceeds_curve
from arbitragevault.domain.economics.fees.rate_card import rate_cards
from arbitragevault.domain.economics.profit import breakeven_price, max_cost_at
from arbitragevault.domain.money import Money

PRICES = 1_000_000
SALES = 2_000
DAY = date(2026, 11, 22)
OUTPUT = Path(__file__).parents[1] / "artifacts" / "benchmarks" / "fees.json"


def main() -> None:
    product = Product(
        US,
        "0593655036",
        root_category=Category(283155, "Books"),
        package=PackageSize((244, 166, 36), 599),
    )
    results = {"loading the cards": seconds(rate_cards.__wrapped__, 5)}
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
    for name, value in results.items():
        print(f"{name:<36} {value * 1000:>12,.4f} ms")
    OUTPUT.parent.mkdir(parents=True, exist_ok=True)
    OUTPUT.write_text(json.dumps({"seconds": results}, indent=1) + "\n", encoding="utf-8")


def seconds(work: Callable[[], object], repeats: int) -> float:
    """The best of some runs."""
    best = float("inf")
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - start)
    return best


if __name__ == "__main__":
    main()
