"""Buy lists under equal budgets, ours beside the usual rules, over simulated quarters.

    uv run python benchmarks/buy_lists.py [QUARTERS [PRODUCTS]]

Each quarter is a marketplace of its own with one lead per product: a New unit at a random part of
the price now, in a random quantity. All ways choose from the same leads with the same budget. They
read the wire (Keepa's JSON of the moment) and nothing else.

What comes of a purchase is read from the truth. Units are in store 15 days later. Every real sale
of a New unit by somebody else than Amazon from then on is ours with the share 1 / (n + 1), n being
the effective number of sellers (inverse Herfindahl) over the whole stay: our own effect on prices
is left out, for all ways alike. Each unit brings what the fee engine leaves of that sale's price on
its day; what is left after 180 days is liquidated at half of the last price.

Printed: realised profit per quarter with a 90 % bootstrap interval (and of our lead over each rule,
quarter by quarter), share of purchases with a loss, mean days to sell, and the largest drawdown.
"""

from __future__ import annotations

import json
import os
import platform
import sys
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

import numpy as np
import orjson
from numpy.typing import NDArray

from arbitragevault.adapters.keepa.wire import decode_keepa
from arbitragevault.domain.catalog.product import Channel
from arbitragevault.domain.decision.admission import Admission
from arbitragevault.domain.decision.candidates import candidate_of
from arbitragevault.domain.decision.lead import Lead
from arbitragevault.domain.decision.policy import Policy
from arbitragevault.domain.decision.portfolio import PortfolioLimits
from arbitragevault.domain.decision.portfolio_program import choose
from arbitragevault.domain.economics.costs import landed_cost
from arbitragevault.domain.economics.fees.curve import ProceedsCurve
from arbitragevault.domain.economics.fees.engine import covered_days, proceeds_curve
from arbitragevault.domain.evidence.strategies import Purchase, rank_by_roi, roi_and_rank
from arbitragevault.domain.market.clock import MINUTES_PER_DAY, to_datetime
from arbitragevault.domain.market.market import Market, SeriesKind
from arbitragevault.domain.money import Money
from arbitragevault.sandbox.buyers import Sales
from arbitragevault.sandbox.marketplace import Marketplace
from arbitragevault.sandbox.sellers import AMAZON
from arbitragevault.sandbox.wire import Wanted, product_object

OUTPUT = Path(__file__).parents[1] / "artifacts" / "benchmarks" / "buy_lists.json"
POLICY = Policy()
BUDGET_CENTS: Final = 40_000
FIRST_QUARTER: Final = 7_900_000
"""Market minute of the first quarter: early 2026; each later one starts a quarter of a year on."""

ARRIVAL_DAYS: Final = 15
OURS: Final = "worthwhile"
"""Our way that is set beside each other one: whatever is worthwhile, as the budget is there for it.
"""

NEW: Final = 1
"""Keepa's condition code of a New unit."""


@dataclass(frozen=True, slots=True)
class Shelf:
    """One lead with what is known of it, and what its units turn out to make."""

    lead: Lead
    market: Market
    cents: int
    available: int
    landed: int
    made: NDArray[np.float64]
    days: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one buy list."""

    profit: float
    spent: int
    purchases: int
    losses: int
    units: int
    days: float


def main() -> None:
    numbers = [int(word) for word in sys.argv[1:]]
    quarters, products = (numbers + [50, 40][len(numbers) :])[:2]
    started = time.perf_counter()
    with ProcessPoolExecutor(2) as pool:
        results = list(pool.map(quarter, range(quarters), [products] * quarters))
    seconds = time.perf_counter() - started
    print(
        f"{quarters} quarters of {products} leads, budget {BUDGET_CENTS / 100:.0f} each; "
        f"{seconds:.0f} s"
    )
    print(
        f"{'way':<16}{'profit':>9}{'90 % interval':>20}{'spent':>8}{'bought':>8}{'losses':>8}"
        f"{'days':>7}{'drawdown':>10}{'ours more by':>26}"
    )
    ours = np.array([result[OURS].profit for result in results])
    report = {name: summary([one[name] for one in results], ours) for name in results[0]}
    for name, row in report.items():
        print(
            f"{name:<16}{row.profit:>9.2f}{'{:.2f} to {:.2f}'.format(*row.interval):>20}"
            f"{row.spent:>8.0f}{row.purchases:>8.1f}{row.loss_rate:>8.1%}{row.days:>7.1f}"
            f"{row.drawdown:>10.2f}{row.ours_more:>9.2f} "
            + "({:.2f} to {:.2f})".format(*row.ours_more_interval)
        )
    OUTPUT.parent.mkdir(parents=True, exist_ok=True)
    machine = {"cpus": os.cpu_count(), "python": platform.python_version()}
    setup = {"quarters": quarters, "products": products, "budget_cents": BUDGET_CENTS}
    OUTPUT.write_text(
        json.dumps(
            {"machine": machine, **setup, "ways": {n: asdict(row) for n, row in report.items()}},
            indent=1,
        )
        + "\n",
        encoding="utf-8",
    )


@dataclass(frozen=True, slots=True)
class Summary:
    """One way over all quarters: means per quarter in major units, shares, days."""

    profit: float
    interval: tuple[float, float]
    spent: float
    purchases: float
    loss_rate: float
    days: float
    drawdown: float
    ours_more: float
    ours_more_interval: tuple[float, float]


def summary(outcomes: list[Outcome], ours: NDArray[np.float64]) -> Summary:
    """The figures of one way beside the profits of ours."""
    profit = np.array([one.profit for one in outcomes])
    total = np.concatenate(([0.0], np.cumsum(profit)))
    bought = sum(one.purchases for one in outcomes)
    units = sum(one.units for one in outcomes)
    return Summary(
        profit=float(profit.mean()) / 100,
        interval=interval(profit),
        spent=sum(one.spent for one in outcomes) / len(outcomes) / 100,
        purchases=bought / len(outcomes),
        loss_rate=sum(one.losses for one in outcomes) / max(1, bought),
        days=sum(one.days for one in outcomes) / max(1, units),
        drawdown=float((np.maximum.accumulate(total) - total).max()) / 100,
        ours_more=float((ours - profit).mean()) / 100,
        ours_more_interval=interval(ours - profit),
    )


def interval(values: NDArray[np.float64]) -> tuple[float, float]:
    """90 % bootstrap interval of the mean over quarters, in major units."""
    draws = np.random.default_rng(0).integers(values.size, size=(4_000, values.size))
    low, high = np.quantile(values[draws].mean(axis=1), [0.05, 0.95])
    return float(low) / 100, float(high) / 100


def quarter(number: int, products: int) -> dict[str, Outcome]:
    """What each way makes of one quarter."""
    place = Marketplace(seed=1_000 + number, size=3 * products)
    now = FIRST_QUARTER + (number % 4) * 91 * MINUTES_PER_DAY
    dice = np.random.default_rng(number)
    shelves: dict[str, Shelf] = {}
    for asin in place.asins:
        if len(shelves) < products and (shelf := make_shelf(place, asin, now, dice)) is not None:
            shelves[asin] = shelf
    usual = [purchase(key, shelf) for key, shelf in shelves.items()]
    ways: dict[str, Callable[[], Mapping[str, int]]] = {
        "worthwhile": lambda: portfolio(shelves, Admission.WORTHWHILE),
        "buys only": lambda: portfolio(shelves, Admission.BUYS),
        "rank by ROI": lambda: rank_by_roi(usual, BUDGET_CENTS),
        "ROI and rank": lambda: roi_and_rank(usual, BUDGET_CENTS),
    }
    return {name: outcome(shelves, way()) for name, way in ways.items()}


def portfolio(shelves: Mapping[str, Shelf], admission: Admission) -> dict[str, int]:
    """Our list."""
    found = [
        candidate_of(key, one.lead, one.market, POLICY, admission=admission)
        for key, one in shelves.items()
    ]
    candidates = [one for one in found if one is not None]
    chosen = choose(candidates, PortfolioLimits(BUDGET_CENTS), with_costs=False)
    return {line.key: line.quantity for line in chosen.lines}


def purchase(key: str, shelf: Shelf) -> Purchase:
    """The lead as usual tools show it: ROI at the price now, without handling."""
    market = shelf.market
    price, rank = price_now(market), market.now(SeriesKind.SALES_RANK)
    net = curve_of(market, market.observed_minute).net_at(price)
    roi = None if net is None else (net - shelf.cents) / shelf.cents
    return Purchase(key, shelf.cents, roi, None if np.isnan(rank) else int(rank), shelf.available)


def outcome(shelves: Mapping[str, Shelf], chosen: Mapping[str, int]) -> Outcome:
    """What the chosen units made."""
    made = {k: shelves[k].made[:n].sum() - n * shelves[k].landed for k, n in chosen.items()}
    return Outcome(
        profit=float(sum(made.values())),
        spent=sum(shelves[key].cents * units for key, units in chosen.items()),
        purchases=len(chosen),
        losses=sum(value < 0 for value in made.values()),
        units=sum(chosen.values()),
        days=float(sum(shelves[key].days[:units].sum() for key, units in chosen.items())),
    )


def make_shelf(place: Marketplace, asin: str, now: int, dice: np.random.Generator) -> Shelf | None:
    """A lead about a product; None if nobody offers it New or its fees are not known."""
    part, available = dice.uniform(0.2, 0.9), int(dice.integers(1, 13))
    product = place.product(asin, now)
    if product is None:
        return None
    body = product_object(place, product, Wanted())
    market = decode_keepa(orjson.dumps(body, option=orjson.OPT_SERIALIZE_NUMPY))[0]
    price = price_now(market)
    if not price or curve_of(market, now).net_at(price) is None:
        return None
    end = now + (ARRIVAL_DAYS + POLICY.horizon_days) * MINUTES_PER_DAY
    truth = place.truth(asin, end)
    assert truth is not None
    cents = max(50, round(part * price))
    lead = Lead(asin, Money(cents, "USD"), available)
    weight = market.product.package.weight_grams
    landed = landed_cost(lead.unit_cost or Money(0, "USD"), POLICY.costs, weight).total_cents
    made, days = realised(market, truth.sales, now, price, available)
    return Shelf(lead, market, cents, available, landed or 0, made, days)


def price_now(market: Market) -> int:
    """The New price that a tool shows now; 0 if there is none."""
    prices = (market.now(kind) for kind in (SeriesKind.BUY_BOX, SeriesKind.NEW))
    return next((int(price) for price in prices if price > 0), 0)


def curve_of(market: Market, minute: int) -> ProceedsCurve:
    """Net proceeds by price on a day, the last published one at most."""
    day = to_datetime(minute).date()
    covered = covered_days("US", Channel.FBA)
    if covered is not None:
        day = min(max(day, covered[0]), covered[1] - timedelta(days=1))
    return proceeds_curve(market.product, day, Channel.FBA)


def realised(
    market: Market, sales: Sales, now: int, price: int, units: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """What each unit brings, and after how many days, in the order in which they sell."""
    arrived = now + ARRIVAL_DAYS * MINUTES_PER_DAY
    ours = (sales.minute > arrived) & (sales.condition == NEW) & (sales.seller != AMAZON)
    _, counts = np.unique(sales.seller[ours], return_counts=True)
    rivals = float(counts.sum() ** 2 / (counts**2).sum()) if counts.size else 0.0
    # A sale of several units counts for each of them.
    minutes = np.repeat(sales.minute[ours], sales.units)
    prices = np.repeat((sales.price + sales.shipping)[ours], sales.units)
    gained = np.floor(np.arange(1, minutes.size + 1) / (rivals + 1.0))
    taken = np.flatnonzero(np.diff(np.concatenate(([0.0], gained))) > 0)[:units]
    last = int(prices[-1]) if prices.size else price
    end = arrived + POLICY.horizon_days * MINUTES_PER_DAY
    left = max(0, curve_of(market, end).net_at(round(POLICY.liquidation_share * last)) or 0)
    made = np.full(units, float(left))
    days = np.full(units, float(POLICY.horizon_days))
    for place, sale in enumerate(taken):
        made[place] = curve_of(market, int(minutes[sale])).net_at(int(prices[sale])) or 0
        days[place] = (minutes[sale] - arrived) / MINUTES_PER_DAY
    return made, days


if __name__ == "__main__":
    main()
