"""Policies that contradict themselves are refused, and say which field is wrong."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from arbitragevault.domain.decision.policy import Policy
from arbitragevault.domain.economics.costs import CostAssumptions
from arbitragevault.domain.economics.fees.model import VatStatus
from arbitragevault.domain.errors import PolicyError


def test_the_default_policy_holds() -> None:
    assert Policy() == Policy(name="default")


@pytest.mark.parametrize(
    "changes",
    [
        {"confidence": 0.5},
        {"confidence": 0.99},
        {"min_roi": -1.0},
        {"max_amazon_share": None},
        {"max_amazon_share": 0.0},
        {"max_sales_rank": None},
        {"storage_days": 0},
        {"fbm_shipping_cents": 0},
        {"window_days": (0, 730)},
        {"min_profit_cents": -100},
    ],
)
def test_bounds_belong_to_the_range(changes: dict[str, Any]) -> None:
    replace(Policy(), **changes)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"confidence": 0.49}, "confidence is 0.49, must be between 0.5 and 0.99"),
        ({"confidence": float("nan")}, "confidence is nan"),
        ({"min_roi": -1.1}, "min_roi"),
        ({"quantity": 0}, "quantity is 0, must be at least 1"),
        ({"window_days": (75, 15)}, "window_days"),
        ({"window_days": (-1, 15)}, "window_days"),
        ({"max_days_to_sell": 0}, "max_days_to_sell"),
        ({"horizon_days": 731}, "horizon_days"),
        ({"fbm_shipping_cents": -1}, "fbm_shipping_cents"),
        ({"liquidation_share": 1.1}, "liquidation_share"),
        ({"max_amazon_share": -0.1}, "max_amazon_share"),
        ({"returns_share": float("nan")}, "returns_share"),
        ({"max_sales_rank": 0}, "max_sales_rank is 0, must be at least 1"),
        ({"max_data_age_days": -1}, "max_data_age_days is -1, must be 0 or more"),
        ({"storage_days": -1}, "storage_days is -1, must be 0 or more"),
        ({"costs": CostAssumptions(sales_tax=Decimal("1.1"))}, "costs.sales_tax"),
        ({"costs": CostAssumptions(discount=Decimal(-1))}, "costs.discount"),
        ({"costs": CostAssumptions(cashback=Decimal(2))}, "costs.cashback"),
        ({"costs": CostAssumptions(prep_cents=-1)}, "costs.prep_cents is -1, must be 0 or more"),
        ({"costs": CostAssumptions(inbound_cents=-1)}, "costs.inbound_cents"),
        ({"costs": CostAssumptions(inbound_cents_per_kg=-1)}, "costs.inbound_cents_per_kg"),
    ],
)
def test_what_cannot_be_is_refused_by_name(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(PolicyError, match=r"^Policy 'default': " + field):
        replace(Policy(), **changes)


def test_every_wrong_field_is_named_at_once() -> None:
    with pytest.raises(PolicyError, match=r"confidence is 2, .*; quantity is 0, .*\.$"):
        Policy(confidence=2, quantity=0)


def test_vat_on_the_purchase_cannot_be_entered_for_a_seller_who_reclaims_it() -> None:
    taxed = CostAssumptions(sales_tax=Decimal("0.2"))
    Policy(costs=taxed)
    Policy(vat=VatStatus.REGISTERED)
    with pytest.raises(PolicyError, match="who reclaims it"):
        Policy(vat=VatStatus.REGISTERED, costs=taxed)


def test_a_country_is_two_capital_letters() -> None:
    Policy(seller_country="DE")
    with pytest.raises(PolicyError, match="two capital letters"):
        Policy(seller_country="Germany")
