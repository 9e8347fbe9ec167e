"""Fees of many units at once: the same cents as one unit after another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Final, TypeVar

import numpy as np
import pytest

from arbitragevault.domain.catalog.marketplace import MARKETPLACES, US
from arbitragevault.domain.catalog.product import (
    Category,
    Channel,
    PackageSize,
    Product,
    ProductType,
)
from arbitragevault.domain.economics.costs import CostAssumptions
from arbitragevault.domain.economics.fees.curve import ProceedsCurve
from arbitragevault.domain.economics.fees.curves import ProceedsCurves
from arbitragevault.domain.economics.fees.engine import proceeds_curve
from arbitragevault.domain.economics.fees.many import proceeds_curves
from arbitragevault.domain.economics.fees.measures import Measures
from arbitragevault.domain.economics.fees.model import (
    FeeAssumptions,
    FeeClass,
    FulfilmentObservation,
    InboundPlacement,
    SellingPlan,
    VatStatus,
)
from arbitragevault.domain.economics.fees.rate_card import Kind, rate_cards
from arbitragevault.domain.economics.fees.units import Template, Units
from arbitragevault.domain.economics.profit import (
    breakeven_price,
    breakeven_prices,
    max_cost_at,
    max_costs_at,
    price_for_roi,
    prices_for_roi,
)
from arbitragevault.domain.errors import InvalidInputError

_T = TypeVar("_T")

COUNT: Final = 10_000
EDGES: Final = (999, 1000, 1001, 1500, 1501, 2000, 2001, 5000, 5001, 50_000, 50_001)


@dataclass(frozen=True, slots=True)
class Sales:
    """Random sales: one entry of each list is one sale."""

    products: list[Product]
    assumptions: list[FeeAssumptions]
    days: list[date]
    channels: list[Channel]
    observations: list[FulfilmentObservation | None]
    prices: list[int]

    def curve(self, place: int) -> ProceedsCurve:
        return proceeds_curve(
            self.products[place],
            self.days[place],
            self.channels[place],
            self.assumptions[place],
            observation=self.observations[place],
        )

    def curves(self) -> ProceedsCurves:
        return proceeds_curves(
            Units.of(self.products, self.assumptions),
            np.array(self.days, dtype="datetime64[D]"),
            self.channels,
            observations=self.observations,
        )


def random_sales(seed: int, count: int) -> Sales:
    rng = np.random.default_rng(seed)

    def pick(values: Sequence[_T]) -> _T:
        return values[int(rng.integers(len(values)))]

    def rarely(share: float) -> bool:
        return bool(rng.random() < share)

    def package() -> PackageSize:
        longest = float(np.exp(rng.uniform(np.log(60), np.log(2900))))
        sides = [max(1, round(side)) for side in longest * rng.uniform(0.05, 1, 3)]
        weight = round(np.prod(sides) / 1e6 * np.exp(rng.uniform(np.log(60), np.log(3000))))
        if rarely(0.3):  # many limits lie on these
            sides = [pick([19, 203, 229, 356, 381, 457, 470, side]) for side in sides]
            weight = pick([113, 227, 397, 454, 455, 907, 1361, 9071, 9072, weight])
        shown = (sides[0], sides[1], sides[2])
        return PackageSize(
            None if rarely(0.04) else pick([shown, shown, (0, 0, 0)] if rarely(0.05) else [shown]),
            None if rarely(0.04) else max(0, weight),
        )

    roots = _roots()
    assumed = [FeeAssumptions(), *(_assumptions(rng) for _ in range(20))]
    shipped = [date(2023, 6, 1) + timedelta(days=int(rng.integers(1500))) for _ in range(25)]
    products, observations, days = [], [], []
    for place in range(count):
        root, leaf = pick(roots)
        product = Product(
            pick([US] * 40 + list(MARKETPLACES.values())),
            pick(["0593655036", f"B{place:09d}", f"B{place:09d}"]),
            type=ProductType.EBOOK if rarely(0.01) else ProductType.STANDARD,
            root_category=None if rarely(0.02) else root,
            category_path=(root, leaf) if leaf is not None else (),
            package=package(),
            item=package() if rarely(0.5) else PackageSize(None, None),
            is_hazmat=pick([None, False, True]) if rarely(0.1) else None,
        )
        day = pick(shipped)
        seen = FulfilmentObservation(
            int(rng.integers(200, 2000)),
            day - timedelta(days=int(rng.integers(60))),
            pick([None, 900, 2500, 7000]),
        )
        products.append(product)
        days.append(day)
        observations.append(seen if rarely(0.5) else None)
    prices = [
        pick(EDGES) if rarely(0.3) else int(np.exp(rng.uniform(0, np.log(2e5))))
        for _ in range(count)
    ]
    channels = [pick([Channel.FBA, Channel.FBA, Channel.FBM]) for _ in range(count)]
    each = [pick([assumed[0], pick(assumed)]) for _ in range(count)]
    return Sales(products, each, days, channels, observations, prices)


def _roots() -> list[tuple[Category, Category | None]]:
    """Every mapped root category alone and with a leaf of each of its exceptions."""
    section = rate_cards().find("US", Kind.CATEGORIES, date(2026, 3, 1))
    assert section is not None
    found: list[tuple[Category, Category | None]] = [(Category(1, "Nowhere"), None)]
    for root in section.value.roots.values():
        node = Category(root.id, root.name)
        found.append((node, None))
        for place, rule in enumerate(root.sub_rules):
            word = rule.pattern.pattern.removeprefix(r"\b(?:").split("|")[0].rstrip(r")\b")
            found.append((node, Category(root.id * 100 + place, word.replace("\\", ""))))
    return found


def _assumptions(rng: np.random.Generator) -> FeeAssumptions:
    def maybe(values: Sequence[_T], share: float) -> _T | None:
        return values[int(rng.integers(len(values)))] if rng.random() < share else None

    return FeeAssumptions(
        plan=maybe(list(SellingPlan), 1) or SellingPlan.PROFESSIONAL,
        storage_days=maybe([0, 0, 30, 45, 200, 400], 1) or 0,
        fee_class=maybe(list(FeeClass), 0.2),
        fee_category=maybe(["books", "clothing_accessories", "baby"], 0.2),
        size_tier=maybe(["large_standard", "large_bulky", "small_bulky", "nonsense"], 0.1),
        own_packaging=bool(maybe([True], 0.2)),
        lithium_battery=bool(maybe([True], 0.2)),
        inbound_placement=maybe(list(InboundPlacement), 0.3),
        storage_utilization_weeks=maybe([10, 25, 60], 0.2),
        days_of_supply=maybe([5, 17, 25, 40], 0.2),
        shipping_credit_cents=maybe([0, 399], 1) or 0,
        fbm_shipping_cents=maybe([439], 0.3),
    )


@pytest.fixture(scope="module")
def sales() -> Sales:
    return random_sales(7, COUNT)


@pytest.fixture(scope="module")
def scalar(sales: Sales) -> list[ProceedsCurve]:
    return [sales.curve(place) for place in range(COUNT)]


@pytest.fixture(scope="module")
def curves(sales: Sales) -> ProceedsCurves:
    return sales.curves()


def test_net_proceeds_are_the_same_cents(
    sales: Sales, scalar: list[ProceedsCurve], curves: ProceedsCurves
) -> None:
    expected = [curve.net_at(price) for curve, price in zip(scalar, sales.prices, strict=True)]
    net = curves.net(np.array(sales.prices))
    found = [None if np.isnan(cents) else int(cents) for cents in net]
    wrong = [place for place in range(COUNT) if found[place] != expected[place]]
    assert not wrong, [(sales.products[p], sales.assumptions[p], sales.days[p]) for p in wrong[:3]]
    assert 0.2 < np.isnan(net).mean() < 0.9


def test_every_line_is_the_same_cents(
    sales: Sales, scalar: list[ProceedsCurve], curves: ProceedsCurves
) -> None:
    amounts = curves.amounts(np.array(sales.prices))
    for place, (curve, price) in enumerate(zip(scalar, sales.prices, strict=True)):
        expected = {line.code: line.amount_cents for line in curve.at(price).lines}
        for code, cents in amounts.items():
            assert (None if np.isnan(cents[place]) else cents[place]) == expected.get(code, 0), (
                code,
                sales.products[place],
                sales.assumptions[place],
                sales.days[place],
            )
        assert expected.keys() <= amounts.keys()


def test_many_prices_of_each_sale(
    sales: Sales, scalar: list[ProceedsCurve], curves: ProceedsCurves
) -> None:
    prices = np.array(sales.prices[:500])[:, None] + np.arange(-3, 38) * 7
    prices = np.maximum(prices, 0)
    net = curves[:500].net(prices)
    for place in range(500):
        np.testing.assert_array_equal(net[place], scalar[place].net(prices[place]))


def test_the_lowest_price_is_the_same(
    sales: Sales, scalar: list[ProceedsCurve], curves: ProceedsCurves
) -> None:
    wanted = np.array(sales.prices[:2000]) // 2 - 300
    found = curves[:2000].lowest_price(wanted)
    expected = [scalar[place].lowest_price(int(wanted[place])) for place in range(2000)]
    assert [None if np.isnan(price) else int(price) for price in found] == expected


def test_the_max_cost_is_the_same_to_the_cent(
    sales: Sales, scalar: list[ProceedsCurve], curves: ProceedsCurves
) -> None:
    compare_max_costs(sales, scalar, curves, 3000)


def compare_max_costs(
    sales: Sales, scalar: list[ProceedsCurve], curves: ProceedsCurves, count: int
) -> None:
    """Max cost, breakeven and price for an ROI of the first sales, one by one and all at once."""
    costs = CostAssumptions(sales_tax=Decimal("0.0825"), cashback=Decimal("0.03"))
    costs = replace(costs, inbound_cents_per_kg=130)
    prices = np.array(sales.prices[:count])
    packages = [product.package.weight_grams for product in sales.products[:count]]
    weights = np.array([np.nan if grams is None else grams for grams in packages])
    some = curves[:count]
    for least, share in ((0, 0.0), (300, 0.3), (-50, -1.0)):
        found = max_costs_at(some, prices, costs, weights, min_profit_cents=least, min_roi=share)
        for place, (curve, price) in enumerate(zip(scalar[:count], prices.tolist(), strict=True)):
            expected = max_cost_at(
                curve, price, costs, packages[place], min_profit_cents=least, min_roi=share
            )
            assert plain(found[place]) == expected, (place, least, share)
        assert 0.05 < np.isfinite(found).mean() < 0.95
    landed = np.where(prices % 7 == 0, np.nan, prices // 3)
    breakeven, by_roi = breakeven_prices(some, landed), prices_for_roi(some, landed, 0.3)
    for place, curve in enumerate(scalar[: count // 6]):
        cost = plain(landed[place])
        if cost is None:
            assert np.isnan(breakeven[place])
            assert np.isnan(by_roi[place])
        else:
            assert plain(breakeven[place]) == breakeven_price(curve, cost)
            assert plain(by_roi[place]) == price_for_roi(curve, cost, 0.3)


def plain(cents: float) -> int | None:
    """An amount of an array as the scalar functions answer it."""
    return None if np.isnan(cents) else int(cents)


def sales_abroad(seed: int, count: int) -> Sales:
    """Random sales outside the US by registered, flat-rate, unregistered and foreign sellers."""
    rng = np.random.default_rng(seed)
    where = [
        market
        for code, market in MARKETPLACES.items()
        if rate_cards(code).sections and code != "US"
    ]

    def pick(values: Sequence[_T]) -> _T:
        return values[int(rng.integers(len(values)))]

    def assumptions(code: str) -> FeeAssumptions:
        vat = pick(list(VatStatus))
        return FeeAssumptions(
            plan=pick(list(SellingPlan)),
            storage_days=pick([0, 0, 0, 40]),
            fee_class=pick([FeeClass.STANDARD, FeeClass.STANDARD, None, *FeeClass]),
            fee_category=pick(["books", "toys_games", "clothing_accessories", "grocery_gourmet"]),
            lithium_battery=pick([False, False, True]),
            closing_cents=pick([None, 101, 101]),
            vat=vat,
            seller_country=pick([None, None, code, "DE", "GB", "US"]),
            sale_vat_ppm=pick([None, 75_000, 75_000, 190_000]),
            fee_vat_ppm=pick([None, 130_000]) if code != "CA" else 130_000,
            fbm_shipping_cents=pick([None, 350, 350]),
        )

    given = {market.code: [assumptions(market.code) for _ in range(40)] for market in where}
    products, each = [], []
    for place in range(count):
        market = pick(where)
        sides = np.rint(np.exp(rng.uniform(np.log(20), np.log(700), 3))).astype(int).tolist()
        grams = int(np.exp(rng.uniform(np.log(40), np.log(9000))))
        package = PackageSize((sides[0], sides[1], sides[2]), grams)
        products.append(Product(market, f"B{place:09d}", package=package))
        each.append(pick(given[market.code]))
    days = [date(2026, 3, 1), date(2026, 7, 2), date(2026, 11, 22)]
    return Sales(
        products,
        each,
        [pick(days) for _ in range(count)],
        [pick([Channel.FBA, Channel.FBA, Channel.FBM]) for _ in range(count)],
        [None] * count,
        [pick([*EDGES, int(np.exp(rng.uniform(3, 11)))]) for _ in range(count)],
    )


def test_taxed_sales_abroad_are_the_same_cents() -> None:
    sales = sales_abroad(19, 2000)
    scalar = [sales.curve(place) for place in range(2000)]
    curves = sales.curves()
    prices = np.array(sales.prices)
    net, amounts = curves.net(prices), curves.amounts(prices)
    known: dict[VatStatus, int] = dict.fromkeys(VatStatus, 0)
    foreign = 0
    for place, (curve, price) in enumerate(zip(scalar, sales.prices, strict=True)):
        what = (sales.products[place], sales.assumptions[place], sales.days[place])
        assert plain(net[place]) == curve.net_at(price), what
        expected = {line.code: line.amount_cents for line in curve.at(price).lines}
        assert expected == {code: plain(amounts[code][place]) for code in expected}, what
        if not np.isnan(net[place]):
            known[sales.assumptions[place].vat] += 1
            market = sales.products[place].marketplace.code
            foreign += sales.assumptions[place].seller_country not in (None, market)
    assert min(known.values()) > 80
    assert foreign > 80
    compare_max_costs(sales, scalar, curves, 1200)


def test_measures_do_not_belong_into_a_template() -> None:
    with pytest.raises(InvalidInputError, match="arrays"):
        Template(Product(US, "B000000000"), FeeAssumptions(measures=Measures(None, None)))
