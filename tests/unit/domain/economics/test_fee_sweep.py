"""Every cent from 0.01 to 1,000 across every category and size tier, all at once."""

from __future__ import annotations

import sys
from datetime import date
from importlib.util import module_from_spec, spec_from_file_location
from itertools import permutations
from pathlib import Path
from typing import Final

import numpy as np
import pytest

from arbitragevault.domain.catalog.marketplace import US
from arbitragevault.domain.catalog.product import Channel, PackageSize, Product
from arbitragevault.domain.economics.fees.curves import ProceedsCurves
from arbitragevault.domain.economics.fees.engine import proceeds_curve
from arbitragevault.domain.economics.fees.many import proceeds_curves
from arbitragevault.domain.economics.fees.model import FeeAssumptions, FeeClass
from arbitragevault.domain.economics.fees.rate_card import Kind, rate_cards
from arbitragevault.domain.economics.fees.units import Units
from arbitragevault.domain.economics.profit import breakeven_price, price_for_roi

SWEEP: Final = Path(__file__).parents[4] / "benchmarks" / "fee_sweep.py"
DAY: Final = date(2026, 11, 22)
EVERY_CENT: Final = np.arange(1, 100_001)
PRODUCT: Final = Product(US, "B000000000")
SIZES: Final = {
    "small_standard": PackageSize((228, 152, 17), 311),
    "large_standard": PackageSize((228, 152, 25), 396),
    "large_standard_heavy": PackageSize((300, 225, 100), 3311),
    "small_bulky": PackageSize((610, 190, 152), 3583),
    "large_bulky": PackageSize((965, 51, 51), 907),
    "extra_large_0_50": PackageSize((1524, 70, 60), 18_143),
    "extra_large_50_70": PackageSize((1524, 100, 70), 27_215),
    "extra_large_70_150": PackageSize((1524, 120, 100), 45_359),
    "extra_large_150_plus": PackageSize((1524, 200, 110), 90_718),
}


def categories() -> list[str]:
    section = rate_cards().find("US", Kind.REFERRAL, DAY)
    assert section is not None
    return sorted(section.value.rules)


def sales() -> list[tuple[Product, FeeAssumptions]]:
    return [
        (
            Product(US, "B000000000", package=size),
            FeeAssumptions(fee_category=category, fee_class=FeeClass.STANDARD),
        )
        for category in categories()
        for size in SIZES.values()
    ]


@pytest.fixture(scope="module")
def swept() -> ProceedsCurves:
    units = Units.of([product for product, _ in sales()], [assumed for _, assumed in sales()])
    return proceeds_curves(units, DAY, Channel.FBA)


def test_net_proceeds_rise_at_every_cent_but_at_the_listed_jumps(swept: ProceedsCurves) -> None:
    for place, (product, assumed) in enumerate(sales()):
        net = swept[place : place + 1].net(EVERY_CENT[None, :])[0]
        assert not np.isnan(net).any()
        change = np.diff(net)
        jumped = np.flatnonzero((change < 0) | (change > 1))
        listed = {
            jump.price_cents: jump.change_cents
            for jump in proceeds_curve(product, DAY, Channel.FBA, assumed).jumps()
            if jump.price_cents <= EVERY_CENT[-1]
        }
        assert dict(zip(EVERY_CENT[jumped + 1], change[jumped], strict=True)) == listed, assumed


def test_every_size_tier_is_swept() -> None:
    tiers = {
        proceeds_curve(product, DAY, Channel.FBA, assumed).size_tier for product, assumed in sales()
    }
    assert tiers == set(SIZES) - {"large_standard_heavy"}


def test_the_inverse_of_every_price_is_the_lowest_that_brings_as_much(
    swept: ProceedsCurves,
) -> None:
    edges = np.array([1, 2, 998, 999, 1000, 1001, 4999, 5000, 5001, 5002, 33_333, 99_999])
    for price in edges:
        prices = np.full(len(swept), price)
        wanted = swept.net(prices)
        found = swept.lowest_price(wanted)
        assert (found <= price).all()
        lowest = found.astype(np.int64)
        assert (swept.net(lowest) >= wanted).all()
        below = np.maximum(lowest - 1, 1)
        assert ((swept.net(below) < wanted) | (lowest == 1)).all()


def test_breakeven_and_price_for_roi_are_exact_across_the_cliffs() -> None:
    assumed = FeeAssumptions(fee_category="books", fee_class=FeeClass.STANDARD)
    product = Product(US, "0593655036", package=SIZES["large_standard"])
    curve = proceeds_curve(product, DAY, Channel.FBA, assumed)
    net = curve.net(EVERY_CENT)
    for landed in range(50, 6000, 37):
        found = breakeven_price(curve, landed)
        assert found == EVERY_CENT[np.argmax(net >= landed)]
        assert (
            price_for_roi(curve, landed, 0.3)
            == EVERY_CENT[np.argmax(10 * (net - landed) >= 3 * landed)]
        )


def test_the_order_of_the_sides_changes_nothing() -> None:
    products = [
        Product(US, "0593655036", package=PackageSize((a, b, c), 599))
        for a, b, c in permutations((244, 166, 36))
    ]
    assumed = FeeAssumptions(fee_category="books")
    net = proceeds_curves(Units.of(products, assumed), DAY, Channel.FBA).net(np.full(6, 2499))
    assert len(set(net.tolist())) == 1
    one_by_one = [proceeds_curve(p, DAY, Channel.FBA, assumed).net_at(2499) for p in products]
    assert one_by_one == net.tolist()


def test_splitting_a_quantity_changes_nothing(swept: ProceedsCurves) -> None:
    prices = np.full(len(swept), 2499)
    whole = swept.net(prices)
    first, second = swept[: len(swept) // 3], swept[len(swept) // 3 :]
    parts = [first.net(prices[: len(first)]), second.net(prices[len(first) :])]
    np.testing.assert_array_equal(np.concatenate(parts), whole)


def test_a_sample_of_every_marketplace_is_swept_without_a_break() -> None:
    spec = spec_from_file_location("fee_sweep", SWEEP)
    assert spec is not None
    assert spec.loader is not None
    sweep = sys.modules[spec.name] = module_from_spec(spec)
    spec.loader.exec_module(sweep)
    found = [sweep.sweep(code, date(2026, 11, 22), 2) for code in sweep.CODES if code != "US"]
    assert [one.broken for one in found] == [[]] * 7
    assert all(one.known > 90_000 * one.cases for one in found)
    assert all(one.inverses > 15 * one.cases for one in found)
    assert all(one.turned for one in found)
