"""Leads become candidates in as many units as would still be a buy together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from arbitragevault.domain.decision.candidates import ASSUMED_AVAILABLE, BUYS, candidate_of
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
    wider = candidate_of("a", LEAD, market, POLICY, accepted=BUYS | {Verdict.REVIEW})
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


def test_an_accepted_unknown_without_a_profit_is_no_candidate(made_market: MakeMarket) -> None:
    every = frozenset(Verdict)
    assert candidate_of("a", Lead("0000000001"), made_market(), POLICY, accepted=every) is None
