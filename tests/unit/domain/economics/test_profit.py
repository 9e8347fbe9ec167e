from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Final

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from arbitragevault.domain.catalog.marketplace import US
from arbitragevault.domain.catalog.product import Category, Channel, PackageSize, Product
from arbitragevault.domain.economics.costs import CostAssumptions, landed_cost
from arbitragevault.domain.economics.fees.engine import FeeAssumptions, Measures, proceeds_curve
from arbitragevault.domain.economics.profit import (
    breakeven_price,
    landed_limit,
    landed_limit_array,
    margin,
    margin_array,
    max_cost_at,
    meets_targets,
    price_for_profit,
    price_for_roi,
    profit,
    profit_array,
    roi,
    roi_array,
)
from arbitragevault.domain.money import Money

BOOK: Final = Product(
    US,
    "0593655036",
    root_category=Category(283155, "Books"),
    package=PackageSize((244, 166, 36), 599),
)
CURVE: Final = proceeds_curve(BOOK, date(2026, 11, 22), Channel.FBA)
NETS: Final = st.integers(-2000, 200_000)
PROFITS: Final = st.integers(-500, 5000)
ROIS: Final = st.one_of(
    st.sampled_from([0.0, 0.1, 0.3, 0.5, 1.0, -0.5]),
    st.decimals(Decimal("-0.99"), Decimal(5), places=2).map(float),
)
COSTS: Final = st.builds(
    CostAssumptions,
    discount=st.decimals(Decimal(0), Decimal("0.5"), places=2),
    sales_tax=st.decimals(Decimal(0), Decimal("0.25"), places=4),
    cashback=st.decimals(Decimal(0), Decimal("0.5"), places=2),
    prep_cents=st.integers(0, 200),
    inbound_cents_per_kg=st.integers(0, 200),
)


def test_profit_roi_and_margin() -> None:
    assert profit(1500, 1000) == 500
    assert roi(500, 1000) == 0.5
    assert margin(500, 2500) == 0.2
    assert roi(500, 0) is None
    assert margin(500, 0) is None


def test_the_vector_forms_agree() -> None:
    nets = np.array([1500.0, 900.0, np.nan])
    profits = profit_array(nets, 1000)
    assert profits.tolist()[:2] == [500.0, -100.0]
    assert np.isnan(profits[2])
    assert roi_array(profits, 1000).tolist()[:2] == [0.5, -0.1]
    assert np.isnan(roi_array(profits, 0)).all()
    found = margin_array(profits, np.array([2500, 0, 100]))
    assert found[0] == 0.2
    assert np.isnan(found[1:]).all()


def test_an_roi_is_meant_as_written() -> None:
    # 0.1 as a binary fraction is a little more than a tenth, which would fail exactly 10 %.
    assert meets_targets(30, 300, 0, 0.1)
    assert not meets_targets(29, 300, 0, 0.1)
    assert not meets_targets(30, 300, 31, 0.1)
    assert meets_targets(0, 0, 0, 10.0)


@given(NETS, PROFITS, ROIS)
def test_the_landed_limit_is_exact(net: int, least: int, share: float) -> None:
    limit = landed_limit(net, least, share)
    assert limit is not None
    assert meets_targets(net - limit, limit, least, share)
    assert not meets_targets(net - limit - 1, limit + 1, least, share)


@given(st.lists(NETS, min_size=1), PROFITS, st.one_of(ROIS, st.just(-1.0)))
def test_the_vector_form_of_the_landed_limit_agrees(
    nets: list[int], least: int, share: float
) -> None:
    found = landed_limit_array(np.array([*nets, np.nan]), least, share)
    assert np.isnan(found[-1])
    limits = [None if np.isnan(limit) else int(limit) for limit in found[:-1]]
    assert limits == [landed_limit(net, least, share) for net in nets]


def test_an_roi_of_minus_one_asks_only_for_proceeds() -> None:
    assert landed_limit(100, 20, -1.0) == 80
    assert landed_limit(-1, -500, -1.0) is None


@given(st.integers(0, 100_000))
def test_breakeven_is_the_lowest_price_without_a_loss(landed: int) -> None:
    price = breakeven_price(CURVE, landed)
    assert price is not None
    at = CURVE.net_at(price)
    assert at is not None
    assert profit(at, landed) >= 0
    assert not (profit_array(CURVE.net(np.arange(1, price)), landed) >= 0).any()


def test_breakeven_is_exact_across_the_cliff_at_10_dollars() -> None:
    measured = FeeAssumptions(measures=Measures.of(("9", "6", "1"), "in", 14, "oz"))
    curve = proceeds_curve(BOOK, date(2026, 3, 2), Channel.FBA, measured)
    assert curve.net_at(999) == 291
    assert curve.net_at(1000) == 210
    assert breakeven_price(curve, 291) == 999
    assert breakeven_price(curve, 292) == 1096
    assert price_for_profit(curve, 200, 91) == 999
    assert price_for_profit(curve, 200, 92) == 1096


@given(st.integers(0, 50_000), ROIS)
def test_the_price_for_an_roi_is_exact(landed: int, target: float) -> None:
    price = price_for_roi(CURVE, landed, target)
    assert price is not None
    at, below = CURVE.net_at(price), CURVE.net_at(price - 1)
    assert at is not None
    assert below is not None
    assert meets_targets(at - landed, landed, -(10**9), target)
    assert price == 1 or not meets_targets(below - landed, landed, -(10**9), target)


@given(st.integers(1, 30_000), COSTS, PROFITS, ROIS)
def test_the_max_cost_is_exact_with_all_rounding(
    price: int, costs: CostAssumptions, least: int, share: float
) -> None:
    net = CURVE.net_at(price)
    assert net is not None

    def meets(unit_cents: int) -> bool:
        landed = landed_cost(Money(unit_cents, "USD"), costs, 599).total_cents
        assert landed is not None
        return meets_targets(net - landed, landed, least, share)

    found = max_cost_at(CURVE, price, costs, 599, min_profit_cents=least, min_roi=share)
    if found is None:
        assert not meets(0)
    else:
        assert meets(found)
        assert not meets(found + 1)


def test_an_unknown_fee_or_weight_has_no_max_cost() -> None:
    unknown = proceeds_curve(BOOK, date(2028, 1, 1), Channel.FBA)
    assert max_cost_at(unknown, 2000, CostAssumptions(), 599) is None
    assert breakeven_price(unknown, 0) is None
    by_weight = CostAssumptions(inbound_cents_per_kg=100)
    assert max_cost_at(CURVE, 2000, by_weight, None) is None
    assert max_cost_at(CURVE, 2000, CostAssumptions(), 599) == 2000 - 300 - 180 - 593 - 60


@pytest.mark.parametrize("price", [1, 100])
def test_a_price_below_the_fees_has_no_max_cost(price: int) -> None:
    assert max_cost_at(CURVE, price, CostAssumptions(), 599) is None
