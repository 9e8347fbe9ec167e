"""Many decisions at once equal those made one by one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from arbitragevault.domain.catalog.marketplace import MARKETPLACES
from arbitragevault.domain.catalog.product import Channel, Condition, PackageSize, ProductType
from arbitragevault.domain.decision.assessment import (
    EXCLUSIONS,
    RISKS,
    VERSION,
    assess,
    is_current,
    read_assessments,
)
from arbitragevault.domain.decision.decide import Decision, decide
from arbitragevault.domain.decision.lead import Lead
from arbitragevault.domain.decision.policy import Policy
from arbitragevault.domain.decision.rejudge import VERDICTS, Judgements, can_judge, judge_many
from arbitragevault.domain.economics.costs import CostAssumptions, NamedCost
from arbitragevault.domain.market.market import Market, SeriesKind
from arbitragevault.domain.money import Money

MakeMarket = Callable[..., Market]


@pytest.fixture(scope="module")
def markets(made_market: MakeMarket) -> list[Market]:
    """Markets in which every criterion comes out in every way that it can."""
    steady = made_market()
    amazon = steady.series(SeriesKind.BUY_BOX)
    return [
        steady,
        made_market(price=1500, wobble=2.0),
        made_market(price=90_000, sale_every=30.0),
        made_market(price=350),
        made_market(days=29 + 1, observed_minute=steady.observed_minute - 5 * 24 * 60),
        made_market(history={SeriesKind.SALES_RANK: None}),
        made_market(history={SeriesKind.BUY_BOX: None, SeriesKind.NEW: None}),
        made_market(history={SeriesKind.AMAZON: amazon}),
        made_market(history={SeriesKind.AMAZON: None, SeriesKind.COUNT_NEW: None}),
        made_market(product={"package": PackageSize(None, None)}),
        made_market(product={"package": PackageSize((236, 160, 32), None)}),
        made_market(product={"package": PackageSize((700, 500, 300), 9_000)}),
        made_market(product={"root_category": None}),
        made_market(product={"is_hazmat": True, "is_adult": None, "is_heat_sensitive": True}),
        made_market(product={"is_adult": True, "items_per_package": 3}),
        made_market(product={"variation_asins": ("0000000001", "0000000002")}),
        made_market(product={"type": ProductType.EBOOK}),
        made_market(product={"type": ProductType.INVALID}),
        made_market(product={"marketplace": MARKETPLACES["JP"]}),
        made_market(retrieved_minute=steady.observed_minute + 30 * 24 * 60),
    ]


costs = st.builds(
    CostAssumptions,
    discount=st.sampled_from([Decimal(0), Decimal("0.1"), Decimal(1), Decimal("0.33333333333333")]),
    sales_tax=st.sampled_from([Decimal(0), Decimal("0.0825")]),
    cashback=st.sampled_from([Decimal(0), Decimal("0.015")]),
    prep_cents=st.integers(0, 300),
    inbound_cents_per_kg=st.sampled_from([0, 0, 55]),
    other=st.sampled_from([(), (NamedCost("label", 7),)]),
)
criteria = st.fixed_dictionaries(
    {
        "min_profit_cents": st.sampled_from([0, 300, 1_000, -500]),
        "min_roi": st.sampled_from([-1.0, 0.0, 0.3, 1 / 3, 2.0]),
        "confidence": st.sampled_from([0.5, 0.8, 0.95, 0.99, 0.7317]),
        "max_days_to_sell": st.integers(1, 200),
        "max_sales_rank": st.sampled_from([None, 1, 210_000, 1_000_000]),
        "max_amazon_share": st.sampled_from([None, 0.0, 0.5]),
        "max_data_age_days": st.integers(0, 60),
        "returns_share": st.sampled_from([0.0, 0.02, 0.3]),
        "horizon_days": st.sampled_from([180, 365, 730]),
        "exclude_hazmat": st.booleans(),
        "exclude_adult": st.booleans(),
        "exclude_meltable": st.booleans(),
        "costs": costs,
    }
)
leads = st.builds(
    lambda cents, quantity, condition, matches: (cents, quantity, condition, matches),
    st.one_of(st.none(), st.integers(0, 6_000)),
    st.sampled_from([None, 1, 2, 7, 40]),
    st.sampled_from([None, *Condition]),
    st.sampled_from([(), ("A", "B")]),
)


_SAME_NAME = (
    "p10",
    "p50",
    "p90",
    "roi",
    "probability_of_profit",
    "probability_of_target",
    "probability_of_loss",
)


def compare(found: Judgements, place: int, decision: Decision) -> None:
    """Verdict, reasons and every figure of one decision among many."""
    study, profit, sales = decision.study, decision.study.profit, decision.study.sales
    assert VERDICTS[found.verdict[place]] is decision.verdict
    assert found.reasons_of(place) == {one.code: one.status for one in decision.reasons}
    wanted: dict[str, float | None] = {"max_cost": study.max_cost_cents, "score": decision.score}
    if sales is not None:
        wanted |= {"days_p50": sales.days(0.5), "days_p90": sales.days(0.9)}
    if profit is not None:
        wanted |= {name: getattr(profit, name) for name in _SAME_NAME}
        wanted |= {"expected": profit.expected_cents, "landed": profit.landed_cents}
    for name in ("days_p50", *_SAME_NAME):
        wanted.setdefault(name, None)
    for name, value in wanted.items():
        figure = float(getattr(found, name)[place])
        assert (None if np.isnan(figure) else figure) == value, name


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(terms=st.lists(leads, min_size=1, max_size=4), wanted=criteria, shift=st.integers(0, 19))
def test_equal_to_deciding_one_by_one(
    markets: list[Market], terms: list[Any], wanted: dict[str, Any], shift: int
) -> None:
    """Assessed under the default policy, judged under another: the same as decided under it."""
    first, then = Policy(), Policy(**wanted)
    pairs = []
    for place, (cents, quantity, condition, matches) in enumerate(terms):
        market = markets[(shift + 7 * place) % len(markets)]
        money = None if cents is None else Money(cents, market.product.marketplace.currency)
        lead = Lead("x", money, quantity, condition, matches=matches)
        pairs.append((lead, market))
    kept = [assess(decide(lead, market, first).study, lead) for lead, market in pairs]
    rows = read_assessments(kept)
    holds = can_judge(rows, then)
    found = judge_many(rows[holds], then)
    for place, number in enumerate(np.flatnonzero(holds)):
        compare(found, place, decide(*pairs[number], then))
    assert holds.all() or then.horizon_days != first.horizon_days


@pytest.mark.parametrize(
    "change",
    [
        {"channel": Channel.FBM},
        {"condition": Condition.GOOD},
        {"quantity": 2},
        {"window_days": (30, 90)},
        {"storage_days": 200},
        {"liquidation_share": 0.2},
    ],
)
def test_what_needs_the_market_anew_is_told(
    made_market: MakeMarket, change: dict[str, Any]
) -> None:
    lead = Lead("x", Money(500, "USD"))
    rows = read_assessments([assess(decide(lead, made_market()).study, lead)])
    assert can_judge(rows, Policy()).all()
    assert not can_judge(rows, Policy(**change)).any()
    said = replace(lead, quantity=3, condition=Condition.NEW)
    rows = read_assessments([assess(decide(said, made_market()).study, said)])
    is_said = bool({"condition", "quantity"} & change.keys())
    assert can_judge(rows, Policy(**change)).all() == is_said


def test_shipping_by_the_seller_counts_where_the_seller_ships(made_market: MakeMarket) -> None:
    lead, policy = Lead("x", Money(500, "USD")), Policy(channel=Channel.FBM, fbm_shipping_cents=400)
    decision = decide(lead, made_market(), policy)
    rows = read_assessments([assess(decision.study, lead)])
    assert can_judge(rows, policy).all()
    assert can_judge(rows, replace(policy, storage_days=9)).all()
    assert not can_judge(rows, replace(policy, fbm_shipping_cents=None)).any()
    compare(judge_many(rows, policy), 0, decision)


def test_every_risk_has_its_place(made_market: MakeMarket) -> None:
    codes = {risk.code for risk in decide(Lead("x"), made_market()).risks}
    assert codes == {*RISKS, *EXCLUSIONS, "amazon_share", "stale_data"}


def test_assessments_of_other_versions_are_not_read(made_market: MakeMarket) -> None:
    lead = Lead("x", Money(500, "USD"))
    kept = assess(decide(lead, made_market()).study, lead)
    assert is_current(kept)
    assert len(kept) < 700
    assert not is_current(None)
    assert not is_current(bytes([VERSION[0] ^ 1]) + kept[1:])


def test_no_leads_are_no_decisions() -> None:
    assert len(judge_many(read_assessments([]), Policy())) == 0
