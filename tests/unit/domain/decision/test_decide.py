"""decide(): verdicts, max cost, reasons and their invariants."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from arbitragevault.domain.catalog.marketplace import MARKETPLACES
from arbitragevault.domain.catalog.product import (
    Channel,
    Condition,
    PackageSize,
    ProductType,
)
from arbitragevault.domain.decision.decide import Decision, Verdict, decide
from arbitragevault.domain.decision.decision import ReasonStatus
from arbitragevault.domain.decision.lead import Lead
from arbitragevault.domain.decision.policy import Policy
from arbitragevault.domain.decision.profit_distribution import UnitProceeds, needed_net
from arbitragevault.domain.decision.record import decision_record
from arbitragevault.domain.economics.costs import CostAssumptions, landed_cost
from arbitragevault.domain.economics.fees.model import FeeCode
from arbitragevault.domain.economics.profit import max_cost_at
from arbitragevault.domain.errors import LeadRowError
from arbitragevault.domain.market.clock import MINUTES_PER_DAY, to_datetime
from arbitragevault.domain.market.market import KeepaFees, Market, SeriesKind
from arbitragevault.domain.market.series import StepSeries
from arbitragevault.domain.money import Money

MakeMarket = Callable[..., Market]
MakeSeries = Callable[..., StepSeries]
RANKING = list(Verdict)
"""Best first."""

moderate = settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def lead(cents: int | None = 500, **fields: Any) -> Lead:  # noqa: ANN401
    cost = None if cents is None else Money(cents, "USD")
    return Lead(identifier="0000000001", unit_cost=cost, **fields)


def record_bytes(decision: Decision) -> bytes:
    return json.dumps(decision_record(decision), sort_keys=True, allow_nan=False).encode()


def statuses(decision: Decision) -> dict[str, ReasonStatus]:
    return {reason.code: reason.status for reason in decision.reasons}


def test_a_cheap_book_that_sells_is_a_buy(made_market: MakeMarket) -> None:
    decision = decide(lead(500), made_market())
    assert decision.verdict is Verdict.BUY
    assert set(statuses(decision).values()) == {ReasonStatus.PASS}
    assert decision.counterfactual == ()
    assert decision.max_cost is not None
    assert decision.max_cost.minor > 500
    assert decision.score is not None
    assert 0 < decision.score <= 100
    assert 0.5 < decision.data_quality <= 1


def test_too_dear_is_a_skip_and_says_the_max_cost(made_market: MakeMarket) -> None:
    decision = decide(lead(3900), made_market())
    assert decision.verdict is Verdict.SKIP
    first = decision.reasons[0]
    assert (first.code, first.status) == ("profit_target", ReasonStatus.FAIL)
    assert "Max cost" in first.text
    assert decision.counterfactual[0].change == "unit_cost"


def test_a_near_miss_is_a_review(made_market: MakeMarket) -> None:
    market = made_market()
    best = decide(lead(500), market).max_cost
    assert best is not None
    decision = decide(lead(best.minor + 5), market)
    assert decision.verdict is Verdict.REVIEW
    assert statuses(decision)["profit_target"] is ReasonStatus.FAIL


def test_without_a_cost_it_is_unknown_but_tells_the_max_cost(made_market: MakeMarket) -> None:
    decision = decide(lead(None), made_market())
    assert decision.verdict is Verdict.UNKNOWN
    assert statuses(decision)["unit_cost"] is ReasonStatus.UNKNOWN
    assert decision.max_cost == decide(lead(500), made_market()).max_cost
    assert decision.counterfactual[0].before is None
    assert decision.score is None


def test_the_max_cost_is_exact(made_market: MakeMarket) -> None:
    market = made_market()
    best = decide(lead(500), market).max_cost
    assert best is not None
    at, above = decide(lead(best.minor), market), decide(lead(best.minor + 1), market)
    assert statuses(at)["profit_target"] is ReasonStatus.PASS
    assert statuses(above)["profit_target"] is ReasonStatus.FAIL


@moderate
@given(
    costs=st.tuples(st.integers(0, 6000), st.integers(1, 3000)),
    confidence=st.sampled_from([0.5, 0.8, 0.95]),
    roi=st.sampled_from([-1.0, 0.0, 0.3, 1.0]),
    tax=st.sampled_from(["0", "0.08"]),
)
def test_more_cost_never_improves_anything(
    made_market: MakeMarket,
    costs: tuple[int, int],
    confidence: float,
    roi: float,
    tax: str,
) -> None:
    cost, more = costs
    policy = Policy(
        confidence=confidence,
        min_roi=roi,
        costs=CostAssumptions(sales_tax=Decimal(tax)),
    )
    market = made_market()
    cheap, dear = decide(lead(cost), market, policy), decide(lead(cost + more), market, policy)
    assert RANKING.index(dear.verdict) >= RANKING.index(cheap.verdict)
    assert dear.max_cost == cheap.max_cost
    first, second = cheap.study.profit, dear.study.profit
    assert first is not None
    assert second is not None
    assert second.p50 < first.p50
    assert second.probability_of_target <= first.probability_of_target
    assert second.probability_of_profit <= first.probability_of_profit
    assert first.probability_of_loss is not None
    assert second.probability_of_loss is not None
    assert second.probability_of_loss >= first.probability_of_loss
    reached = cheap.max_cost is not None and cost <= cheap.max_cost.minor
    assert (statuses(cheap)["profit_target"] is ReasonStatus.PASS) == reached


@moderate
@given(days=st.integers(10, 700), seed=st.integers(0, 2**32 - 1))
def test_altering_the_future_changes_no_decision(
    made_market: MakeMarket, days: int, seed: int
) -> None:
    market = made_market(days=720)
    then = market.observed_minute - days * MINUTES_PER_DAY
    random = np.random.default_rng(seed)

    def scrambled(series: StepSeries) -> StepSeries:
        later = series.minutes > then
        noise = random.uniform(0.1, 10, later.sum())
        values = np.array(series.values)
        values[later] = np.where(random.random(later.sum()) < 0.2, np.nan, values[later] * noise)
        return StepSeries(series.minutes, values)

    altered = replace(
        market,
        history={kind: scrambled(series) for kind, series in market.history.items()},
        current={SeriesKind.BUY_BOX: 1.0},
        amazon_available=True,
    )
    moment = to_datetime(then)
    assert record_bytes(decide(lead(), market, as_of=moment)) == record_bytes(
        decide(lead(), altered, as_of=moment)
    )


def test_the_same_inputs_give_the_same_bytes(made_market: MakeMarket) -> None:
    market = made_market(fees=KeepaFees(475, made_market().observed_minute, 15.0, 180))
    again = replace(market, history=dict(reversed(list(market.history.items()))))
    assert record_bytes(decide(lead(), market)) == record_bytes(decide(lead(), again))
    moment = market.observed_at
    elsewhere = moment.astimezone(timezone(timedelta(hours=5)))
    assert record_bytes(decide(lead(), market, as_of=moment)) == record_bytes(
        decide(lead(), market, as_of=elsewhere)
    )
    assert record_bytes(decide(lead(), market)) == record_bytes(
        decide(lead(), market, as_of=moment)
    )


def test_other_inputs_give_another_digest(made_market: MakeMarket) -> None:
    def digest(market: Market, asked: Lead) -> object:
        return decision_record(decide(asked, market))["input_digest"]

    market = made_market()
    digests = {
        digest(market, lead()),
        digest(market, lead(501)),
        digest(made_market(price=4001), lead()),
        digest(made_market(offers=()), lead()),
        digest(market, lead(condition=Condition.GOOD)),
    }
    assert len(digests) == 5


def test_the_policy_digest_follows_every_field(made_market: MakeMarket) -> None:
    market = made_market()

    def digest(policy: Policy) -> object:
        return decision_record(decide(lead(), market, policy))["policy"]

    assert digest(Policy()) == digest(Policy())
    assert digest(Policy()) != digest(Policy(min_profit_cents=301))
    assert digest(Policy()) != digest(Policy(costs=CostAssumptions(prep_cents=21)))


def test_two_prices_give_two_rois(made_market: MakeMarket) -> None:
    low = decide(lead(), made_market(price=4000)).study.profit
    high = decide(lead(), made_market(price=4400)).study.profit
    assert low is not None
    assert high is not None
    assert low.roi is not None
    assert high.roi is not None
    assert high.roi > low.roi


def test_the_currency_and_the_bounds_of_a_lead(made_market: MakeMarket) -> None:
    market = made_market()
    with pytest.raises(LeadRowError, match="USD"):
        decide(Lead("x", Money(500, "EUR")), market)
    with pytest.raises(LeadRowError, match="negative"):
        decide(lead(-1), market)
    with pytest.raises(LeadRowError, match="quantity of 0"):
        decide(lead(quantity=0), market)
    with pytest.raises(ValueError, match="time zone"):
        decide(lead(), market, as_of=datetime(2025, 1, 1))  # noqa: DTZ001


@pytest.mark.parametrize(
    ("kind", "verdict"),
    [
        (ProductType.EBOOK, Verdict.SKIP),
        (ProductType.DOWNLOADABLE, Verdict.SKIP),
        (ProductType.INVALID, Verdict.UNKNOWN),
        (ProductType.INACCESSIBLE, Verdict.UNKNOWN),
        (ProductType.VARIATION_PARENT, Verdict.UNKNOWN),
    ],
)
def test_listings_that_cannot_be_resold(
    made_market: MakeMarket, kind: ProductType, verdict: Verdict
) -> None:
    decision = decide(lead(), made_market(product={"type": kind}))
    assert decision.verdict is verdict
    assert [reason.code for reason in decision.reasons] == ["product_type"]
    assert decision.max_cost is None
    assert decision_record(decision)["resale"] is None
    assert decision.counterfactual == ()


def test_a_blocker_is_a_skip_even_without_a_cost(made_market: MakeMarket) -> None:
    market = made_market(product={"is_adult": True})
    decision = decide(lead(None), market)
    assert decision.verdict is Verdict.SKIP
    allowed = decide(lead(), market, Policy(exclude_adult=False))
    assert allowed.verdict is Verdict.REVIEW


def test_a_warning_is_a_review(made_market: MakeMarket) -> None:
    market = made_market(product={"items_per_package": 3})
    assert decide(lead(), market).verdict is Verdict.REVIEW
    several = decide(lead(matches=("A", "B")), made_market())
    assert several.verdict is Verdict.REVIEW
    assert statuses(several)["several_matches"] is ReasonStatus.WARNING


def test_unknown_fees_are_named(made_market: MakeMarket) -> None:
    market = made_market(product={"package": PackageSize(None, None)})
    decision = decide(lead(), market)
    assert decision.verdict is Verdict.UNKNOWN
    assert statuses(decision)["fees"] is ReasonStatus.UNKNOWN
    assert "size" in decision.reasons[0].text
    assert decision.counterfactual[0].change == "measures"
    nowhere = decide(
        Lead("x", Money(500, "EUR")),
        made_market(product={"marketplace": MARKETPLACES["DE"]}),
    )
    assert statuses(nowhere)["fees"] is ReasonStatus.UNKNOWN


def test_an_unknown_price_is_named(made_market: MakeMarket) -> None:
    decision = decide(lead(), made_market(history={SeriesKind.USED: None}), Policy())
    assert decision.verdict is Verdict.BUY
    used = decide(lead(condition=Condition.GOOD), made_market(history={SeriesKind.USED: None}))
    assert used.verdict is Verdict.UNKNOWN
    assert statuses(used)["resale_price"] is ReasonStatus.UNKNOWN
    assert used.counterfactual[0].change == "offers"
    looked = decide(
        lead(condition=Condition.GOOD), made_market(history={SeriesKind.USED: None}, offers=())
    )
    assert looked.counterfactual[0].change == "wait"


def test_an_unknown_sales_estimate_is_named(made_market: MakeMarket) -> None:
    silent = {SeriesKind.SALES_RANK: None, SeriesKind.COUNT_NEW: None}
    decision = decide(lead(), made_market(history=silent))
    assert decision.verdict is Verdict.UNKNOWN
    assert statuses(decision)["days_to_sell"] is ReasonStatus.UNKNOWN
    assert statuses(decision)["sales_rank"] is ReasonStatus.UNKNOWN
    record = decision_record(decision)
    assert record["days_to_sell"] is None
    assert record["sales_per_month"] is None
    assert record["share"] is None
    assert record["expected_profit"] is None
    assert record["profit"] is not None
    assert "offers" in {change.change for change in decision.counterfactual}


def test_an_unknown_cost_by_weight_is_named(made_market: MakeMarket) -> None:
    policy = Policy(costs=CostAssumptions(inbound_cents_per_kg=200))
    bare = PackageSize((236, 160, 32), 599)
    market = made_market(product={"package": PackageSize(None, None), "item": bare})
    decision = decide(lead(), market, policy)
    assert statuses(decision)["landed_cost"] is ReasonStatus.UNKNOWN
    assert "weight" in decision.reasons[0].text
    assert decide(lead(None), market, policy).max_cost is None
    assert statuses(decide(lead(None), market, policy))["unit_cost"] is ReasonStatus.UNKNOWN


def test_units_that_the_seller_ships_cost_nothing_on_the_way_to_amazon(
    made_market: MakeMarket,
) -> None:
    costs = CostAssumptions(inbound_cents=55, inbound_cents_per_kg=200)
    policy = Policy(channel=Channel.FBM, fbm_shipping_cents=400, costs=costs)
    unweighed = made_market(product={"package": PackageSize((236, 160, 32), None)})
    decision = decide(lead(), unweighed, policy)
    landed = decision.study.landed
    assert landed is not None
    assert [(line.code, line.amount_cents) for line in landed.lines] == [
        ("unit_cost", 500),
        ("prep", costs.prep_cents),
    ]
    assert isinstance(decision.study.proceeds, UnitProceeds)
    codes = {line.code for line in decision.study.proceeds.fees.lines}
    assert not codes & {FeeCode.INBOUND_PLACEMENT, FeeCode.STORAGE, FeeCode.FULFILMENT}
    free = decide(lead(), unweighed, replace(policy, costs=costs.without_inbound()))
    assert decision.max_cost == free.max_cost


def test_absurd_measures_are_marked_where_something_else_serves(made_market: MakeMarket) -> None:
    absurd = {"package": PackageSize((236, 160, 32), 3), "item": PackageSize((236, 160, 32), 599)}
    decision = decide(lead(), made_market(product=absurd))
    assert decision.verdict is Verdict.REVIEW
    assert statuses(decision)["package_size"] is ReasonStatus.WARNING
    reason = next(reason for reason in decision.reasons if reason.code == "package_size")
    assert reason.text == "A book of 3 g is not believable: the bare book's own measures serve."
    assert decision_record(decision)["fees"]["sizing"]["basis"] == "item"
    missing = absurd | {"package": PackageSize(None, None)}
    told = decide(lead(), made_market(product=missing))
    assert told.verdict is Verdict.BUY
    risk = next(risk for risk in told.risks if risk.code == "package_size")
    assert risk.text.endswith("not known: the bare book's own measures serve.")


def test_absurd_measures_leave_the_fees_unknown_with_what_they_are_at_least(
    made_market: MakeMarket,
) -> None:
    long = {"package": PackageSize((4000, 300, 300), 2500), "item": PackageSize(None, None)}
    decision = decide(lead(), made_market(product=long))
    assert decision.verdict is Verdict.UNKNOWN
    reason = next(reason for reason in decision.reasons if reason.code == "fees")
    assert reason.text.startswith(
        "Fees are not known. A package 4 m long is not believable: its fulfilment fee is not known;"
    )
    assert "at least" in reason.text
    unpriced = Policy(channel=Channel.FBM)
    unmailed = made_market(product={"package": PackageSize(None, None)})
    plain = next(r for r in decide(lead(), unmailed, unpriced).reasons if r.code == "fees")
    assert plain.text.startswith("Fees are not known: ")


def test_no_price_is_low_enough(made_market: MakeMarket) -> None:
    for cents in (500, None):
        decision = decide(lead(cents), made_market(price=600))
        assert decision.verdict is Verdict.SKIP
        assert decision.max_cost is None
        assert "free unit" in decision.reasons[0].text
    assert [change.change for change in decide(lead(), made_market(price=600)).counterfactual] == [
        "price"
    ]


def test_time_to_sell_grows_with_quantity(made_market: MakeMarket) -> None:
    market = made_market()
    few, many = decide(lead(quantity=2), market), decide(lead(quantity=12), market)
    most = decide(lead(quantity=200), market)
    assert few.verdict is Verdict.BUY
    assert many.verdict is Verdict.REVIEW
    assert most.verdict is Verdict.SKIP
    change = next(c for c in many.counterfactual if c.change == "quantity")
    assert isinstance(change.after, int)
    assert decide(lead(quantity=change.after), market).verdict is Verdict.BUY
    assert decide(lead(quantity=change.after + 1), market).verdict is not Verdict.BUY


def test_what_does_not_sell_at_all_offers_patience(made_market: MakeMarket) -> None:
    market = made_market(sale_every=60.0)
    decision = decide(lead(), market, Policy(max_sales_rank=None))
    change = next(c for c in decision.counterfactual if c.change == "max_days_to_sell")
    assert isinstance(change.after, int)
    patient = Policy(max_sales_rank=None, max_days_to_sell=min(730, change.after))
    days = next(r for r in decide(lead(), market, patient).reasons if r.code == "days_to_sell")
    assert days.status is ReasonStatus.PASS


def test_the_rank_limit(made_market: MakeMarket, made_series: MakeSeries) -> None:
    strict = decide(lead(), made_market(), Policy(max_sales_rank=100_000))
    assert strict.verdict is Verdict.SKIP
    assert {c.change for c in strict.counterfactual} == {"max_sales_rank"}
    open_ended = decide(lead(), made_market(), Policy(max_sales_rank=None))
    assert statuses(open_ended)["sales_rank"] is ReasonStatus.PASS
    faded = made_series(
        800, lambda t: np.where(t < 795, 200_000 + 60_000 * (t % 2), np.nan), every=0.5
    )
    usual = decide(lead(), made_market(history={SeriesKind.SALES_RANK: faded}))
    reason = next(r for r in usual.reasons if r.code == "sales_rank")
    assert reason.status is ReasonStatus.PASS
    assert "usually" in reason.text


def test_the_cost_that_the_counterfactual_names_would_do(made_market: MakeMarket) -> None:
    market = made_market()
    dear = decide(lead(3900), market)
    cost = next(c for c in dear.counterfactual if c.change == "unit_cost")
    assert isinstance(cost.after, int)
    assert decide(lead(cost.after), market).verdict is Verdict.BUY


def test_the_price_that_the_counterfactual_names_would_do(made_market: MakeMarket) -> None:
    dear = decide(lead(3900), made_market())
    price = next(c for c in dear.counterfactual if c.change == "price")
    proceeds, profit = dear.study.proceeds, dear.study.profit
    assert isinstance(proceeds, UnitProceeds)
    assert profit is not None
    assert isinstance(price.after, int)
    need = needed_net(profit.landed_cents, Policy()) + proceeds.returns_cents
    at, below = proceeds.curve.net_at(price.after), proceeds.curve.net_at(price.after - 1)
    assert at is not None
    assert below is not None
    assert at >= need > below


def test_no_price_carries_an_absurd_cost(made_market: MakeMarket) -> None:
    decision = decide(lead(2 * 10**9), made_market())
    assert {change.change for change in decision.counterfactual} == {"unit_cost"}


def test_old_data_asks_for_a_refresh(made_market: MakeMarket) -> None:
    market = made_market()
    decision = decide(lead(), market, as_of=market.observed_at + timedelta(days=30))
    assert decision.verdict is Verdict.REVIEW
    assert [c.change for c in decision.counterfactual] == ["refresh"]
    assert decision.data_quality < decide(lead(), market).data_quality


def test_a_spike_asks_to_wait(made_market: MakeMarket, made_series: MakeSeries) -> None:
    spiked = made_series(800, lambda t: np.where(t < 795, 4000.0, 8000.0))
    decision = decide(lead(), made_market(history={SeriesKind.BUY_BOX: spiked}))
    wait = next(c for c in decision.counterfactual if c.change == "wait")
    assert wait.after == 1.5
    assert isinstance(wait.before, float)
    assert wait.before > 1.5


def test_amazon_blocks_new_but_not_used(made_market: MakeMarket, made_series: MakeSeries) -> None:
    amazon = {SeriesKind.AMAZON: made_series(200, lambda _: 4200.0)}
    new = decide(lead(), made_market(history=amazon))
    assert new.verdict is Verdict.SKIP
    assert "amazon_share" in {c.change for c in new.counterfactual}
    used = decide(lead(100, condition=Condition.GOOD), made_market(history=amazon))
    assert statuses(used)["amazon_share"] is ReasonStatus.WARNING
    unlimited = decide(lead(), made_market(history=amazon), Policy(max_amazon_share=None))
    assert statuses(unlimited)["amazon_share"] is ReasonStatus.WARNING
    assert "amazon_share" not in {c.change for c in unlimited.counterfactual}


def test_fees_of_keepa_stand_beside_ours(made_market: MakeMarket) -> None:
    minute = made_market().observed_minute
    ours = decide(lead(), made_market()).study.proceeds
    assert isinstance(ours, UnitProceeds)
    agreeing = decide(lead(), made_market(fees=KeepaFees(422, minute)))
    assert isinstance(agreeing.study.proceeds, UnitProceeds)
    calibration = agreeing.study.proceeds.calibration
    assert calibration is not None
    assert calibration.ours_cents is not None
    same = decide(lead(), made_market(fees=KeepaFees(calibration.ours_cents, minute)))
    assert same.verdict is Verdict.BUY
    other = decide(lead(), made_market(fees=KeepaFees(calibration.ours_cents + 100, minute)))
    assert other.verdict is Verdict.REVIEW
    assert statuses(other)["fee_mismatch"] is ReasonStatus.WARNING
    assert other.max_cost == same.max_cost
    undated = decide(lead(), made_market(fees=KeepaFees(422, None)))
    assert isinstance(undated.study.proceeds, UnitProceeds)
    assert undated.study.proceeds.calibration is None


def test_beyond_the_published_fees_the_last_ones_stand_in(made_market: MakeMarket) -> None:
    market = made_market()
    far = decide(lead(), market, as_of=datetime(2031, 1, 1, tzinfo=UTC))
    risk = next(r for r in far.risks if r.code == "fee_date")
    assert risk.status.value == "warning"
    assert far.study.sale_on.isoformat() in risk.text


def test_more_returns_and_storage_lower_the_max_cost(made_market: MakeMarket) -> None:
    market = made_market()

    def best(**fields: Any) -> int:  # noqa: ANN401
        found = decide(lead(), market, Policy(**fields)).max_cost
        assert found is not None
        return found.minor

    assert best(returns_share=0.10) < best(returns_share=0.0)
    assert best(storage_days=170) < best(storage_days=0)
    assert best(confidence=0.95) <= best(confidence=0.5)
    assert best(min_roi=1.0) < best(min_roi=0.1)


def test_max_cost_at_a_price_agrees_where_the_price_is_certain(
    made_market: MakeMarket, made_series: MakeSeries
) -> None:
    flat = {SeriesKind.BUY_BOX: made_series(1460, lambda _: 4000.0)}
    policy = Policy(returns_share=0.0, confidence=0.5)
    decision = decide(lead(), made_market(history=flat), policy)
    proceeds = decision.study.proceeds
    assert isinstance(proceeds, UnitProceeds)
    assert proceeds.price_cents == 4000
    assert decision.study.max_cost_cents == max_cost_at(
        proceeds.curve,
        4000,
        policy.costs,
        599,
        min_profit_cents=policy.min_profit_cents,
        min_roi=policy.min_roi,
    )


@given(landed=st.integers(0, 10_000), least=st.integers(0, 2000), roi=st.floats(-1, 5))
def test_needed_net_is_the_least_that_reaches_both_targets(
    landed: int, least: int, roi: float
) -> None:
    policy = Policy(min_profit_cents=least, min_roi=round(roi, 2))
    need = needed_net(landed, policy)

    def reaches(net: int) -> bool:
        share = Decimal(str(policy.min_roi))
        return net - landed >= least and Decimal(net - landed) >= share * landed

    assert reaches(need)
    assert not reaches(need - 1)


def test_expected_profit_counts_unsold_units_at_liquidation(made_market: MakeMarket) -> None:
    quick = decide(lead(), made_market()).study.profit
    slow = decide(lead(), made_market(sale_every=60.0)).study.profit
    assert quick is not None
    assert slow is not None
    assert slow.sold_share is not None
    assert quick.sold_share is not None
    assert slow.sold_share < quick.sold_share
    assert slow.expected_cents is not None
    assert quick.expected_cents is not None
    assert slow.expected_cents < quick.expected_cents


def test_a_free_unit_has_no_roi(made_market: MakeMarket) -> None:
    free = Policy(costs=CostAssumptions(prep_cents=0, inbound_cents=0))
    decision = decide(lead(0), made_market(), free)
    assert decision.study.profit is not None
    assert decision.study.profit.roi is None
    assert decision.study.profit.per_dollar_day is None
    assert decision.verdict is Verdict.BUY


def test_landed_cost_uses_the_policys_assumptions(made_market: MakeMarket) -> None:
    policy = Policy(costs=CostAssumptions(sales_tax=Decimal("0.08")))
    decision = decide(lead(1000), made_market(), policy)
    expected = landed_cost(Money(1000, "USD"), policy.costs, 599).total_cents
    assert decision.study.profit is not None
    assert decision.study.profit.landed_cents == expected == 1000 + 80 + 60


def test_what_takes_longer_than_anybody_counts_is_said_so(made_market: MakeMarket) -> None:
    decision = decide(lead(quantity=9_999), made_market(sale_every=50.0), Policy())
    time = next(one for one in decision.reasons if one.code == "days_to_sell")
    assert time.status is ReasonStatus.FAIL
    assert time.text.startswith(
        "All 9,999 units sell after more than 3,650 days as likely as not; the limit is"
    )
