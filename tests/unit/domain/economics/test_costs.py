from __future__ import annotations

from decimal import Decimal
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arbitragevault.domain.economics.costs import (
    MAX_UNIT_COST_CENTS,
    CostAssumptions,
    NamedCost,
    landed_cost,
    max_unit_cost,
)
from arbitragevault.domain.money import Money

SHARES: Final = st.decimals(Decimal(0), Decimal("0.9999"), places=4)
CENTS: Final = st.integers(0, 500)
ASSUMPTIONS: Final = st.builds(
    CostAssumptions,
    discount=SHARES,
    sales_tax=SHARES,
    cashback=SHARES,
    prep_cents=CENTS,
    inbound_cents=CENTS,
    inbound_cents_per_kg=CENTS,
    other=st.lists(st.builds(NamedCost, st.text("abc", min_size=1), CENTS), max_size=2).map(tuple),
)


def total(unit_cents: int, assumptions: CostAssumptions, grams: int | None = 500) -> int | None:
    return landed_cost(Money(unit_cents, "USD"), assumptions, grams).total_cents


def test_the_default_adds_prep_and_inbound() -> None:
    found = landed_cost(Money(1000, "USD"), CostAssumptions(), None)
    assert [(line.code, line.amount_cents) for line in found.lines] == [
        ("unit_cost", 1000),
        ("prep", 20),
        ("inbound", 40),
    ]
    assert found.total_cents == 1060
    assert found.currency == "USD"
    assert found.unknown_reason is None


def test_every_part_is_a_line_rounded_half_up() -> None:
    assumptions = CostAssumptions(
        discount=Decimal("0.15"),
        sales_tax=Decimal("0.0825"),
        cashback=Decimal("0.05"),
        prep_cents=0,
        inbound_cents=0,
        inbound_cents_per_kg=110,
        other=(NamedCost("label", 12),),
    )
    found = landed_cost(Money(1003, "USD"), assumptions, 350)
    assert [(line.code, line.amount_cents) for line in found.lines] == [
        ("unit_cost", 1003),
        ("discount", -150),  # 150.45
        ("sales_tax", 70),  # 853 x 8.25 % = 70.3725
        ("cashback", -46),  # 923 x 5 % = 46.15
        ("label", 12),
        ("inbound_by_weight", 39),  # 38.5
    ]


def test_a_rate_by_weight_needs_the_weight() -> None:
    assumptions = CostAssumptions(inbound_cents_per_kg=110)
    found = landed_cost(Money(1000, "USD"), assumptions, None)
    assert found.total_cents is None
    assert found.unknown_reason is not None
    assert "weight is not known" in found.unknown_reason
    assert max_unit_cost(1000, assumptions, None) is None


@given(ASSUMPTIONS, st.integers(0, 100_000))
def test_the_landed_cost_never_falls_as_the_unit_cost_rises(
    assumptions: CostAssumptions, cents: int
) -> None:
    low, high = total(cents, assumptions), total(cents + 1, assumptions)
    assert low is not None
    assert high is not None
    assert low <= high


@given(ASSUMPTIONS, st.integers(-10, 200_000))
def test_the_inverse_is_exact(assumptions: CostAssumptions, limit: int) -> None:
    found = max_unit_cost(limit, assumptions, 500)
    free = total(0, assumptions)
    assert free is not None
    if found is None:
        assert free > limit
        return
    at, above = total(found, assumptions), total(found + 1, assumptions)
    assert at is not None
    assert above is not None
    assert at <= limit < above or found == MAX_UNIT_COST_CENTS


@given(ASSUMPTIONS, st.integers(0, 200_000))
def test_the_inverse_of_a_landed_cost_is_at_least_its_unit_cost(
    assumptions: CostAssumptions, cents: int
) -> None:
    landed = total(cents, assumptions)
    assert landed is not None
    found = max_unit_cost(landed, assumptions, 500)
    assert found is not None
    assert found >= cents
    assert total(found, assumptions) == landed or found == MAX_UNIT_COST_CENTS


@pytest.mark.parametrize("share", ["discount", "cashback"])
def test_a_unit_that_costs_nothing_at_any_price_has_no_limit(share: str) -> None:
    assumptions = (
        CostAssumptions(discount=Decimal(1))
        if share == "discount"
        else CostAssumptions(cashback=Decimal(1))
    )
    assert max_unit_cost(100, assumptions, None) == MAX_UNIT_COST_CENTS
    assert max_unit_cost(59, assumptions, None) is None


def test_the_inverse_without_shares_is_the_difference() -> None:
    assert max_unit_cost(1060, CostAssumptions(), None) == 1000
    assert max_unit_cost(60, CostAssumptions(), None) == 0
    assert max_unit_cost(59, CostAssumptions(), None) is None
