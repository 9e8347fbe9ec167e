"""Screening: offers are worth their price only where they can change a verdict."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arbitragevault.domain.catalog.product import Condition, PackageSize, ProductType
from arbitragevault.domain.decision.decide import decide
from arbitragevault.domain.decision.decision import Decision, Verdict
from arbitragevault.domain.decision.lead import Lead
from arbitragevault.domain.decision.policy import Policy
from arbitragevault.domain.decision.screening import (
    PRICE_BANDS,
    SHARE_BAND,
    Band,
    offers_can_change,
)
from arbitragevault.domain.market.market import Market, SeriesKind
from arbitragevault.domain.money import Money

Make = Callable[..., Market]
NOTHING = Band(1.0, 1.0)
CERTAIN = dict.fromkeys(PRICE_BANDS, NOTHING)


@pytest.fixture(scope="session")
def by_history(made_market: Make) -> Make:
    """Markets as histories show them: no Buy Box."""

    def make(**changes: object) -> Market:
        history = {SeriesKind.BUY_BOX: None, **changes.pop("history", {})}  # type: ignore[dict-item]
        return made_market(history=history, **changes)

    return make


def decided(
    market: Market, cost: int | None = 500, policy: Policy | None = None, **lead: object
) -> Decision:
    price = None if cost is None else Money(cost, "USD")
    return decide(Lead("x", price, **lead), market, policy or Policy())  # type: ignore[arg-type]


def margin(market: Market) -> int:
    """The highest cost that is a buy."""
    best = decided(market).max_cost
    assert best is not None
    return best.minor


def test_a_lead_near_the_margin_is_worth_its_offers(by_history: Make) -> None:
    market = by_history()
    for cost in (margin(market) - 5, margin(market) + 5):
        assert offers_can_change(decided(market, cost)).worth


def test_a_lead_far_beyond_the_margin_is_not(by_history: Make) -> None:
    screening = offers_can_change(decided(by_history(), 9_900))
    assert not screening.worth
    assert screening.reachable == {Verdict.SKIP}
    assert "skip whatever" in screening.reason


@pytest.mark.parametrize(
    ("changes", "policy", "words"),
    [
        ({"product": {"type": ProductType.EBOOK}}, Policy(), "e-book"),
        ({"product": {"is_hazmat": True}}, Policy(), "do not change"),
        (
            {"product": {"package": PackageSize(None, None)}},
            Policy(),
            "do not change",
        ),
        ({}, Policy(max_sales_rank=1), "Sales rank"),
        ({"history": {SeriesKind.SALES_RANK: None}}, Policy(max_sales_rank=None), "what sells"),
    ],
)
def test_what_offers_cannot_mend(
    by_history: Make, changes: dict[str, object], policy: Policy, words: str
) -> None:
    market = by_history(**changes)
    cost = 1_000
    screening = offers_can_change(decided(market, cost, policy))
    assert not screening.worth
    assert words in screening.reason


def test_without_a_unit_cost_no_verdict_changes(by_history: Make) -> None:
    for history in ({}, {SeriesKind.NEW: None}):
        screening = offers_can_change(decided(by_history(history=history), None))
        assert not screening.worth
        assert "unit cost" in screening.reason


def test_a_missing_price_is_worth_offers_only_if_somebody_offers(
    by_history: Make, made_series: Callable[..., object]
) -> None:
    gone = {SeriesKind.NEW: None}
    assert offers_can_change(decided(by_history(history=gone))).worth
    nobody = gone | {SeriesKind.COUNT_NEW: made_series(100, lambda _: float("nan"))}
    screening = offers_can_change(decided(by_history(history=nobody)))
    assert (screening.worth, screening.reason) == (False, "Nobody offers it.")
    short = {SeriesKind.NEW: made_series(10, lambda _: 4_000.0)}
    assert "lengthen" in offers_can_change(decided(by_history(history=short))).reason


def test_an_unknown_share_is_worth_offers(by_history: Make) -> None:
    market = by_history(history={SeriesKind.COUNT_NEW: None})
    decision = decided(market)
    assert decision.study.sales is None
    assert offers_can_change(decision).worth


def test_known_offers_are_not_worth_paying_for_again(by_history: Make) -> None:
    market = replace(by_history(), offers=())
    assert offers_can_change(decided(market)).reason == "The live offers are known."


def test_a_price_that_needed_no_fallback_is_not_changed(made_market: Make) -> None:
    market = made_market()
    cost = margin(market) + 5
    wide = dict.fromkeys(PRICE_BANDS, Band(0.1, 10.0))
    assert offers_can_change(decided(market, cost), prices=wide, share=NOTHING).worth is False


def test_a_sure_share_stays_sure(by_history: Make) -> None:
    market = by_history(history={SeriesKind.COUNT_NEW: None, SeriesKind.USED: None})
    decision = decided(market)
    assert offers_can_change(decision, share=Band(1.0, 1.0)).reachable == {decision.verdict}


@given(
    cost=st.integers(1, 6_000), condition=st.sampled_from(Condition), quantity=st.integers(1, 40)
)
def test_nothing_is_worth_it_when_nothing_could_change(
    by_history: Make, cost: int, condition: Condition, quantity: int
) -> None:
    decision = decided(by_history(), cost, condition=condition, quantity=quantity)
    screening = offers_can_change(decision, prices=CERTAIN, share=NOTHING)
    assert not screening.worth
    assert screening.reachable == {decision.verdict}


@given(
    cost=st.integers(1, 6_000),
    quantity=st.integers(1, 40),
    worse=st.floats(0.3, 1.0),
    better=st.floats(1.0, 3.0),
)
def test_wider_bounds_never_make_offers_less_worth(
    by_history: Make, cost: int, quantity: int, worse: float, better: float
) -> None:
    decision = decided(by_history(), cost, quantity=quantity)
    usual = offers_can_change(decision)
    prices = {
        condition: Band(band.worst * worse, band.best * better)
        for condition, band in PRICE_BANDS.items()
    }
    share = Band(SHARE_BAND.worst * worse, SHARE_BAND.best * better)
    wider = offers_can_change(decision, prices=prices, share=share)
    assert wider.worth or not usual.worth
