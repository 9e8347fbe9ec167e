"""Every cent of price in every category and size tier of every marketplace, and what must hold.

Run it with ``uv run python benchmarks/fee_sweep.py [MARKETPLACE ...] [--on DAY] [--sample N]``. N
takes that many categories and size tiers of each marketplace instead of all. It prints a table,
writes JSON beside the other results in ``artifacts/benchmarks``, and exits with 1 if anything does
not hold:

* net proceeds rise with each minor unit of price by at most one, except at the jumps that
  ``ProceedsCurve.jumps()`` lists; with levies, each rounded by itself, they may fall by one each;
* the lowest price for what a price brings is never above it, brings as much, one less does not;
* the order of the sides, the unit they are given in, and splitting a list of units change nothing.

Sellers are taken as registered for VAT and as not registered; what the cards do not know (closing
fees of media in the EU, VAT rates of Canada) is given, so that there is something to walk along.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from itertools import permutations
from pathlib import Path
from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from arbitragevault.domain.catalog.marketplace import MARKETPLACES, Marketplace
from arbitragevault.domain.catalog.product import Channel, PackageSize, Product
from arbitragevault.domain.economics.fees.curve import ProceedsCurve
from arbitragevault.domain.economics.fees.engine import proceeds_curve
from arbitragevault.domain.economics.fees.many import proceeds_curves
from arbitragevault.domain.economics.fees.measures import MM_PER_UNIT, Measures
from arbitragevault.domain.economics.fees.model import FeeAssumptions, FeeClass, VatStatus
from arbitragevault.domain.economics.fees.rate_card import Kind, rate_cards
from arbitragevault.domain.economics.fees.size_tier import SizeTier, SizeTierTable
from arbitragevault.domain.economics.fees.units import Units
from arbitragevault.domain.economics.fees.weight_table import NotKnown

DAY: Final = date(2026, 9, 1)
PRICES: Final = np.arange(1, 100_001)
"""Minor units: 0.01 to 1,000.00; 1 to 100,000 yen."""

EDGES: Final = np.array(
    [1, 2, 499, 500, 501, 998, 999, 1000, 1001, 1500, 2000, 2001, 4000, 4001, 5000, 5001, 20_001]
)
CODES: Final = tuple(code for code in MARKETPLACES if rate_cards(code).sections)
TAX_ON_FEES: Final = {"CA": 130_000}
"""Where the rate goes by province and has to be given: Ontario's."""

OUTPUT: Final = Path(__file__).parents[1] / "artifacts" / "benchmarks" / "fee_sweep.json"


Choice = TypeVar("Choice")


@dataclass(slots=True)
class Swept:
    """What a sweep over one marketplace came to.

    Args:
        marketplace / categories / tiers / cases: What was swept; a case is a category, a size tier
            with its fulfilment class, and a VAT status.
        prices: Prices that were walked over; those with known net proceeds.
        jumps: Listed jumps within the prices, over all cases.
        inverses: Prices that were taken forward and back.
        turned: Units with known fees whose sides were tried in another order.
        broken: What did not hold, in words.
        seconds: Processor time.
    """

    marketplace: str
    categories: int
    tiers: int
    cases: int = 0
    prices: int = 0
    known: int = 0
    jumps: int = 0
    inverses: int = 0
    turned: int = 0
    broken: list[str] = field(default_factory=list)
    seconds: float = 0.0


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("marketplaces", nargs="*", default=CODES, metavar="MARKETPLACE")
    parser.add_argument("--on", type=date.fromisoformat, default=DAY)
    parser.add_argument("--sample", type=int, default=None)
    asked = parser.parse_args(arguments)
    results = [sweep(code, asked.on, asked.sample) for code in asked.marketplaces]
    print(f"{'':<4}{'categories':>11}{'tiers':>7}{'cases':>7}{'prices':>13}{'known':>8}", end="")
    print(f"{'jumps':>8}{'inverses':>10}{'turned':>8}{'broken':>8}{'CPU s':>8}")
    for one in results:
        print(f"{one.marketplace:<4}{one.categories:>11}{one.tiers:>7}{one.cases:>7}", end="")
        print(f"{one.prices:>13,}{one.known / max(1, one.prices):>8.1%}{one.jumps:>8,}", end="")
        print(f"{one.inverses:>10,}{one.turned:>8}{len(one.broken):>8}{one.seconds:>8.1f}")
        for text in one.broken[:20]:
            print(f"    {text}")
    if arguments is None:
        OUTPUT.parent.mkdir(parents=True, exist_ok=True)
        OUTPUT.write_text(json.dumps([asdict(one) for one in results], indent=1) + "\n")
    return 1 if any(one.broken for one in results) else 0


def sweep(code: str, on: date, most: int | None) -> Swept:
    """Sweep one marketplace, or some of its categories and size tiers."""
    start = time.process_time()
    cases = list(cases_of(MARKETPLACES[code], on, most))
    found = Swept(
        code,
        len({assumed.fee_category for _, assumed in cases}),
        len({assumed.size_tier for _, assumed in cases}),
    )
    for product, assumed in cases:
        walk(found, proceeds_curve(product, on, Channel.FBA, assumed), name_of(assumed))
    invert(found, cases, on)
    turn(found, MARKETPLACES[code], on)
    found.seconds = time.process_time() - start
    return found


def cases_of(
    where: Marketplace, on: date, most: int | None
) -> Iterator[tuple[Product, FeeAssumptions]]:
    """Every category, size tier with its class, and VAT status of a marketplace."""
    code = where.code
    referral = rate_cards(code).find(code, Kind.REFERRAL, on)
    if referral is None or referral.value is None:
        return
    has_vat = rate_cards(code).has(code, Kind.VAT)
    for category in some(sorted(referral.value.rules), most):
        for fee_class, tier in some(list(tiers_of(code, on)), most):
            for vat in [VatStatus.NOT_REGISTERED, *([VatStatus.REGISTERED] if has_vat else [])]:
                assumed = FeeAssumptions(
                    fee_category=category,
                    fee_class=fee_class,
                    size_tier=tier.id,
                    closing_cents=101,
                    vat=vat,
                    sale_vat_ppm=190_000 if vat is VatStatus.REGISTERED else None,
                    fee_vat_ppm=TAX_ON_FEES.get(code),
                )
                yield Product(where, "B000000000", package=package_in(tier)), assumed


def some(choices: list[Choice], most: int | None) -> list[Choice]:
    """All of the choices, or so many of them."""
    places = np.random.default_rng(5).permutation(len(choices))[:most]
    return choices if most is None else [choices[place] for place in places]


def package_in(tier: SizeTier) -> PackageSize:
    """A long, thin, light package, as long and heavy as the tier allows but for a tenth."""
    grams = int(min(tier.max_weight_grams or 900, 900) * 9 / 10)
    longest = 1500 if tier.sides_mm is None else min(1500, int(tier.sides_mm[0] * 9 / 10))
    return PackageSize((longest, 40, 10), grams)


def tiers_of(code: str, on: date) -> Iterator[tuple[FeeClass, SizeTier]]:
    """Every fulfilment class with the tiers of which fees are known."""
    cards = rate_cards(code)
    sizes, fulfilment = cards.find(code, Kind.SIZE_TIERS, on), cards.find(code, Kind.FULFILMENT, on)
    if sizes is None or fulfilment is None or fulfilment.value is None:
        return
    table: SizeTierTable = sizes.value
    for fee_class in FeeClass:
        for tier in table.tiers:
            is_there = fee_class in fulfilment.value.classes and tier.serves(fee_class)
            known = is_there and fulfilment.value.table(fee_class, tier.id)
            if known and not isinstance(known, NotKnown):
                yield fee_class, tier


def walk(found: Swept, curve: ProceedsCurve, name: str) -> None:
    """Net proceeds at every price of one case, beside the listed jumps."""
    net = curve.net(PRICES)
    change = np.diff(net)
    jumped = np.flatnonzero((change < -len(curve.levies)) | (change > 1))
    seen = dict(zip((PRICES[jumped + 1]).tolist(), change[jumped].tolist(), strict=True))
    listed = {jump.price_cents: jump.change_cents for jump in curve.jumps()}
    listed = {price: cents for price, cents in listed.items() if price <= PRICES[-1]}
    found.cases += 1
    found.prices += PRICES.size
    found.known += int(np.isfinite(net).sum())
    found.jumps += len(listed)
    if seen != listed:
        found.broken.append(f"{name}: jumps {sorted(seen.items() ^ listed.items())[:4]}")


def invert(found: Swept, cases: Sequence[tuple[Product, FeeAssumptions]], on: date) -> None:
    """Forward and back at prices around every limit and at random ones."""
    units = Units.of([product for product, _ in cases], [assumed for _, assumed in cases])
    curves = proceeds_curves(units, on, Channel.FBA)
    one_by_one = [proceeds_curve(product, on, Channel.FBA, assumed) for product, assumed in cases]
    for price in (*EDGES, *np.random.default_rng(11).integers(1, 100_000, 8)):
        prices = np.full(len(curves), price)
        wanted = curves.net(prices)
        lowest = curves.lowest_price(wanted)
        known = np.isfinite(wanted)
        at = np.where(np.isfinite(lowest), lowest, 1).astype(np.int64)
        below = curves.net(np.maximum(at - 1, 1))
        holds = (lowest <= price) & (curves.net(at) >= wanted)
        holds &= ~(below >= wanted) | (at == 1)
        each = (curve.net_at(int(price)) for curve in one_by_one)
        scalar = np.array([np.nan if cents is None else cents for cents in each])
        same = (wanted == scalar) | (~known & np.isnan(scalar))
        found.inverses += int(known.sum())
        wrong = np.flatnonzero((known & ~holds) | ~same).tolist()
        found.broken += [f"{name_of(cases[place][1])}: inverse of {price}" for place in wrong]
    third = len(cases) // 3
    prices = np.full(len(curves), 2499)
    parts = [curves[:third].net(prices[:third]), curves[third:].net(prices[third:])]
    if not np.array_equal(np.concatenate(parts), curves.net(prices), equal_nan=True):
        found.broken.append("splitting the units changes what they bring")


def turn(found: Swept, where: Marketplace, on: date) -> None:
    """Random units with their sides in every order, and given in every unit."""
    rng = np.random.default_rng(13)
    assumed = FeeAssumptions(
        fee_category="home_kitchen" if where.code == "JP" else "furniture",
        fee_class=FeeClass.STANDARD,
        fee_vat_ppm=TAX_ON_FEES.get(where.code),
    )
    for sides, grams in zip(
        rng.integers(8, 700, (30, 3)).tolist(), rng.integers(60, 9_000, 30).tolist(), strict=True
    ):
        turned = [
            Product(where, "B000000000", package=PackageSize((a, b, c), grams))
            for a, b, c in permutations(sides)
        ]
        net = proceeds_curves(Units.of(turned, assumed), on, Channel.FBA).net(np.full(6, 2499))
        given = [
            brings(where, replace(assumed, measures=in_unit(sides, grams, unit)), on)
            for unit in MM_PER_UNIT
        ]
        found.turned += int(np.isfinite(net).sum())
        if not is_one(net) or not is_one(np.array(given)):
            found.broken.append(f"{sides} mm, {grams} g: order or unit changes what it brings")


def in_unit(sides: Sequence[int], grams: int, unit: str) -> Measures:
    """Measures given in a unit of length, and the weight in kilograms where that is not mm."""
    longest, median, shortest = (side / MM_PER_UNIT[unit] for side in sides)
    if unit == "mm":
        return Measures.of((longest, median, shortest), unit, grams, "g")
    return Measures.of((longest, median, shortest), unit, f"{grams}/1000", "kg")


def brings(where: Marketplace, assumed: FeeAssumptions, on: date) -> float:
    """Net proceeds at 24.99."""
    net = proceeds_curve(Product(where, "B000000000"), on, Channel.FBA, assumed).net_at(2499)
    return float("nan") if net is None else net


def is_one(values: NDArray[np.float64]) -> bool:
    """Are all values the same, or all unknown?"""
    return bool((values == values[0]).all() or np.isnan(values).all())


def name_of(assumed: FeeAssumptions) -> str:
    """A case in words."""
    return f"{assumed.fee_category}/{assumed.size_tier}/{assumed.fee_class}/{assumed.vat}"


if __name__ == "__main__":
    sys.exit(main())
