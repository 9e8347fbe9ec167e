"""Refresh: how likely a verdict has changed since its data were observed."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from arbitragevault.domain.catalog.product import ProductType
from arbitragevault.domain.decision.decide import decide
from arbitragevault.domain.decision.decision import Decision, Verdict
from arbitragevault.domain.decision.lead import Lead
from arbitragevault.domain.decision.policy import Policy
from arbitragevault.domain.decision.refresh import (
    LEAST_SPREAD,
    UNKNOWN_SPREAD,
    daily_spread,
    probability_of_change,
    value_of_refresh,
)
from arbitragevault.domain.market.market import Market, SeriesKind
from arbitragevault.domain.market.series import StepSeries
from arbitragevault.domain.money import Money
from tests.unit.domain.conftest import NOW

Make = Callable[..., Market]
Series = Callable[..., StepSeries]


def decided(market: Market, cost: int | None, policy: Policy | None = None) -> Decision:
    price = None if cost is None else Money(cost, "USD")
    return decide(Lead("x", price), market, policy or Policy())


def best(market: Market) -> int:
    cost = decided(market, 500).max_cost
    assert cost is not None
    return cost.minor


@given(cost=st.integers(1, 6_000), age=st.floats(0, 400), more=st.floats(0, 400))
def test_older_data_are_never_worth_less(
    made_market: Make, cost: int, age: float, more: float
) -> None:
    decision = decided(made_market(), cost)
    earlier, later = (probability_of_change(decision, a) for a in (age, age + more))
    assert 0 <= earlier <= later + 1e-12 <= 1 + 1e-9


@given(beyond=st.integers(10, 2_000), further=st.integers(1, 2_000))
def test_a_lead_further_from_the_margin_is_worth_less(
    made_market: Make, beyond: int, further: int
) -> None:
    market = made_market()
    policy = Policy(max_days_to_sell=730)
    margin = best(market) + 500
    near = probability_of_change(decided(market, margin + beyond, policy), 10)
    far = probability_of_change(decided(market, margin + beyond + further, policy), 10)
    assert far <= near


def test_a_restless_price_is_worth_more(made_market: Make) -> None:
    quiet, restless = made_market(wobble=0.1), made_market(wobble=0.6)
    chances = [
        probability_of_change(decided(market, round(best(market) * 1.25)), 10)
        for market in (quiet, restless)
    ]
    assert chances[0] < chances[1]


def test_fresh_data_are_worth_nothing(made_market: Make) -> None:
    assert probability_of_change(decided(made_market(), 500), 0) == 0


def test_an_action_can_be_lost(made_market: Make) -> None:
    market = made_market()
    decision = decided(market, best(market) - 100)
    assert decision.verdict in (Verdict.BUY, Verdict.REVIEW)
    assert 0 < probability_of_change(decision, 5) < 1


@pytest.mark.parametrize(
    ("changes", "cost"),
    [({"product": {"type": ProductType.EBOOK}}, 500), ({"product": {"is_hazmat": True}}, 500)],
)
def test_what_never_changes(made_market: Make, changes: dict[str, object], cost: int) -> None:
    assert probability_of_change(decided(made_market(**changes), cost), 30) == 0


def test_a_missing_cost_stays_missing(made_market: Make) -> None:
    assert probability_of_change(decided(made_market(), None), 30) == 0


def test_a_price_may_come_back(made_market: Make, made_series: Series) -> None:
    def comes_and_goes(since: np.ndarray) -> np.ndarray:
        return np.where((since.astype(int) // 20) % 2 == 0, 4_000.0, np.nan)

    rare = {SeriesKind.BUY_BOX: None, SeriesKind.NEW: None}
    often = rare | {SeriesKind.NEW: made_series(800, comes_and_goes)}
    chances = [
        probability_of_change(decided(made_market(history=history), 500), 5)
        for history in (rare, often)
    ]
    assert 0 < chances[0] < chances[1]


def test_amazon_gives_way_no_faster_than_days_pass(made_market: Make, made_series: Series) -> None:
    here = made_series(800, lambda _: 3_000.0)
    decision = decided(made_market(history={SeriesKind.AMAZON: here}), 500)
    assert decision.verdict is Verdict.SKIP
    assert probability_of_change(decision, 10) == 0
    assert probability_of_change(decision, 60) > 0


def test_a_rank_far_beyond_its_limit_is_worth_little(made_market: Make) -> None:
    market = made_market()
    near, far = (
        probability_of_change(decided(market, 500, Policy(max_sales_rank=limit)), 5)
        for limit in (190_000, 1_000)
    )
    assert far < near


def test_what_nobody_can_sell_for_does_not_change(made_market: Make) -> None:
    worthless = made_market(price=200)
    assert probability_of_change(decided(worthless, 100), 10) < 1e-3
    assert probability_of_change(decided(worthless, None), 10) == 0


def test_an_unknown_sale_time_is_no_distance(made_market: Make) -> None:
    market = made_market(history={SeriesKind.COUNT_NEW: None})
    assert probability_of_change(decided(market, 500), 10) == 0


def test_a_warning_alone_does_not_change_what_is_worth_acting_on(made_market: Make) -> None:
    market = made_market()
    cost = best(market) - 100
    warned = decide(Lead("x", Money(cost, "USD"), matches=("a", "b")), market)
    assert warned.verdict is Verdict.REVIEW
    plain = probability_of_change(decided(market, cost), 5)
    assert probability_of_change(warned, 5) == pytest.approx(plain)


def test_a_rank_that_nobody_knows_is_not_expected_back(made_market: Make) -> None:
    market = made_market(history={SeriesKind.SALES_RANK: None})
    assert probability_of_change(decided(market, 500), 10) == 0


def test_the_spread_of_a_series(made_series: Series) -> None:
    still = made_series(800, lambda _: 4_000.0)
    assert daily_spread(still, NOW) == LEAST_SPREAD
    assert daily_spread(StepSeries.empty(), NOW) == UNKNOWN_SPREAD
    walk = np.exp(np.cumsum(np.random.default_rng(3).normal(0, 0.02, 800)))
    assert daily_spread(made_series(800, lambda _: 4_000 * walk), NOW) == pytest.approx(
        0.02, rel=0.3
    )


def test_importance_and_price_weigh(made_market: Make) -> None:
    decision = decided(made_market(), 500)
    one = value_of_refresh(decision, 10)
    assert value_of_refresh(decision, 10, importance=3).per_token == pytest.approx(
        3 * one.per_token
    )
    assert value_of_refresh(decision, 10, tokens=6).per_token == pytest.approx(one.per_token / 6)
