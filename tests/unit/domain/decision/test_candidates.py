"""Leads become candidates in as many units as would still be a buy together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from arbitragevault.domain.decision.admission import Admission
from arbitragevault.domain.decision.candidates import ASSUMED_AVAILABLE, candidate_of
from arbitragevault.domain.decision.decide import Verdict, decide
from arbitragevault.domain.decision.lead import Lead
from arbitragevault.domain.decision.policy import Policy
from arbitragevault.domain.market.market import Market
from arbitragevault.domain.money import Money

MakeMarket = Callable[..., Market]
POLICY = Policy()
LEAD = Lead("0000000001", Money(500, "USD"), quantity=1_000)


def test_the_largest_lot_is_the_largest_that_is_still_a_buy(made_market: MakeMarket) -> None:
    market = made_market()
    found = candidate_of("a", LEAD, market, POLICY)
    assert found is not None
    assert 1 < found.most < 1_000
    at, above = (
        decide(replace(LEAD, quantity=units), market, POLICY).verdict
        for units in (found.most, found.most + 1)
    )
    assert (at, above) == (Verdict.BUY, Verdict.REVIEW)
    assert (found.unit_cost_cents, found.landed_cents) == (500, 560)
    assert (found.product, found.category) == ("US/0000000001", "283155")
    wider = candidate_of("a", LEAD, market, POLICY, admission=Admission.REVIEWS)
    assert wider is not None
    assert wider.most > found.most


def test_what_the_lead_says_of_quantities_holds(made_market: MakeMarket) -> None:
    market = made_market()
    few = candidate_of("a", replace(LEAD, quantity=2), market, POLICY)
    assert few is not None
    assert (few.most, few.least) == (2, 1)
    unsaid = candidate_of("a", replace(LEAD, quantity=None), market, POLICY)
    assert unsaid is not None
    assert unsaid.most <= ASSUMED_AVAILABLE
    lot = candidate_of("a", replace(LEAD, quantity=None, min_quantity=2), market, POLICY)
    assert lot is not None
    assert lot.least == 2


@pytest.mark.parametrize(
    "lead",
    [
        Lead("0000000001"),
        Lead("0000000001", Money(3_900, "USD")),
        Lead("0000000001", Money(500, "USD"), quantity=2, min_quantity=3),
        Lead("0000000001", Money(500, "USD"), quantity=1_000, min_quantity=900),
    ],
)
def test_what_is_no_buy_is_no_candidate(made_market: MakeMarket, lead: Lead) -> None:
    assert candidate_of("a", lead, made_market(), POLICY) is None


def test_what_is_worthwhile_may_miss_the_target_but_nothing_else(made_market: MakeMarket) -> None:
    market, worthwhile = made_market(), Admission.WORTHWHILE
    most = decide(LEAD, market, POLICY).study.max_cost_cents
    assert most is not None
    dearer = replace(LEAD, unit_cost=Money(most + 200, "USD"), quantity=1)
    decision = decide(dearer, market, POLICY)
    assert decision.verdict is Verdict.SKIP
    assert decision.study.profit is not None
    assert (decision.study.profit.expected_cents or 0) > 0
    assert candidate_of("a", dearer, market, POLICY, admission=Admission.REVIEWS) is None
    assert candidate_of("a", dearer, market, POLICY, admission=worthwhile) is not None
    losing = replace(dearer, unit_cost=Money(3_900, "USD"))
    assert candidate_of("a", losing, market, POLICY, admission=worthwhile) is None
    strict = replace(POLICY, max_sales_rank=1)
    assert candidate_of("a", dearer, market, strict, admission=worthwhile) is None


@pytest.mark.parametrize("admission", Admission)
def test_an_unknown_is_no_candidate(made_market: MakeMarket, admission: Admission) -> None:
    lead = Lead("0000000001")
    assert candidate_of("a", lead, made_market(), POLICY, admission=admission) is None
