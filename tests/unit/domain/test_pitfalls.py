"""Defects of an earlier tool for this job, each in a test of ours that would fail with it.

Most of them are covered where they belong (decoding, fees, series, runs); here are those that only
show in a whole decision.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from arbitragevault.domain.catalog.product import Channel, Condition, PackageSize
from arbitragevault.domain.decision.decide import Decision, Verdict, decide
from arbitragevault.domain.decision.lead import Lead
from arbitragevault.domain.decision.policy import Policy
from arbitragevault.domain.decision.record import decision_record
from arbitragevault.domain.market.abstention import Abstention
from arbitragevault.domain.market.market import Market, Offer, SeriesKind
from arbitragevault.domain.market.series import StepSeries
from arbitragevault.domain.money import Money
from tests.unit.domain.conftest import NOW

MakeMarket = Callable[..., Market]
MakeSeries = Callable[..., StepSeries]


def lead(cents: int | None = 500, **fields: Any) -> Lead:  # noqa: ANN401
    cost = None if cents is None else Money(cents, "USD")
    return Lead(identifier="0000000001", unit_cost=cost, **fields)


def record(decision: Decision) -> dict[str, Any]:
    return decision_record(decision)


def test_roi_follows_price_weight_condition_and_cost(made_market: MakeMarket) -> None:
    plain = record(decide(lead(), made_market()))
    heavy = made_market(product={"package": PackageSize((236, 160, 32), 2_400)})
    others = [
        record(decide(lead(), made_market(price=4_500))),
        record(decide(lead(), heavy)),
        record(decide(lead(condition=Condition.GOOD), made_market())),
        record(decide(lead(600), made_market())),
    ]
    rois = [plain["roi"], *(other["roi"] for other in others)]
    assert None not in rois
    assert len(set(rois)) == len(rois)


def test_roi_is_never_clamped(made_market: MakeMarket) -> None:
    assert record(decide(lead(50), made_market()))["roi"] > 3


def test_a_used_unit_is_never_priced_as_new(made_market: MakeMarket) -> None:
    used = record(decide(lead(condition=Condition.GOOD), made_market()))
    new = record(decide(lead(), made_market()))
    assert used["resale"]["p50"] < new["resale"]["p50"]
    only_new = made_market(history={SeriesKind.USED: None})
    unknown = record(decide(lead(condition=Condition.GOOD), only_new))
    assert (unknown["verdict"], unknown["resale"], unknown["max_cost"]) == ("unknown", None, None)


def test_more_competitors_take_longer_to_sell_beside(
    made_market: MakeMarket, made_series: MakeSeries
) -> None:
    days = [
        record(
            decide(
                lead(),
                made_market(history={SeriesKind.COUNT_NEW: made_series(800, lambda _, n=n: n)}),
            )
        )["days_to_sell"]["p50"]
        for n in (1.0, 4.0, 20.0)
    ]
    assert days == sorted(days)
    assert len(set(days)) == 3


def test_the_number_of_new_offers_is_not_the_number_of_fba_offers(made_market: MakeMarket) -> None:
    offers = record(decide(lead(), made_market()))["offers"]
    assert (offers["new"], offers["fba"], offers["live"]) == (4, None, None)


def test_a_usual_rank_is_not_shown_as_the_rank_now(
    made_market: MakeMarket, made_series: MakeSeries
) -> None:
    gone = made_series(800, lambda t: np.where(t < 790, 200_000 + 60_000 * (t % 2), np.nan))
    found = record(decide(lead(), made_market(history={SeriesKind.SALES_RANK: gone})))
    assert found["sales_rank"] is None
    assert found["sales_per_month"] is not None


def test_a_cost_of_zero_is_a_cost(made_market: MakeMarket) -> None:
    free = record(decide(lead(0), made_market()))
    assert free["unit_cost"] == 0
    assert free["verdict"] == "buy"
    assert record(decide(lead(None), made_market()))["verdict"] == "unknown"


def test_a_badge_of_zero_says_nothing(made_market: MakeMarket) -> None:
    badge = StepSeries(np.array([NOW - 5]), np.array([0.0]))
    silent = made_market(
        history={SeriesKind.SALES_RANK: None, SeriesKind.MONTHLY_SOLD: badge},
        current={},
    )
    decision = decide(lead(), silent)
    assert isinstance(decision.study.demand, Abstention)
    assert decision.verdict is Verdict.UNKNOWN


@pytest.mark.parametrize("condition", [Condition.NEW, Condition.GOOD])
def test_a_price_of_zero_is_no_price(made_market: MakeMarket, condition: Condition) -> None:
    free = dict.fromkeys(SeriesKind, StepSeries(np.array([NOW - 600_000]), np.array([0.0])))
    market = replace(made_market(), history=free, current={}, offers=None)
    decision = decide(lead(500, condition=condition), market)
    assert isinstance(decision.study.forecast, Abstention)
    assert decision.study.forecast.code == "no_price_now"
    assert decision.verdict is not Verdict.BUY


def test_the_policy_is_what_decides(made_market: MakeMarket) -> None:
    market = made_market()
    assert decide(lead(500), market).verdict is Verdict.BUY
    for strict in (
        Policy(min_profit_cents=9_000),
        Policy(min_roi=50.0),
        Policy(max_days_to_sell=1),
        Policy(max_sales_rank=10),
    ):
        assert decide(lead(500), market, strict).verdict is not Verdict.BUY, strict


values = st.sampled_from([0.0, 1.0, 499.0, 3_999.0, 250_000.0, 2e9, float("nan")])
series = st.builds(
    lambda points: StepSeries.from_unordered(
        [NOW - minutes for minutes, _ in points], [value for _, value in points]
    ),
    st.lists(st.tuples(st.integers(0, 1_200_000), values), min_size=1, max_size=12),
)
histories = st.dictionaries(st.sampled_from(list(SeriesKind)), series, max_size=12)
currents = st.dictionaries(
    st.sampled_from(list(SeriesKind)), st.sampled_from([0.0, 1.0, 700.0, 2e9]), max_size=5
)


def an_offer(price: float, shipping: float, condition: Condition | None) -> Offer:
    at = np.array([NOW - 60])
    return Offer(
        offer_id=1,
        seller="A1",
        condition=condition,
        condition_code=0,
        channel=Channel.FBM,
        price=StepSeries(at, np.array([price])),
        shipping=StepSeries(at, np.array([shipping])),
        last_seen=NOW - 60,
        is_live=True,
    )


offers = st.none() | st.lists(
    st.builds(an_offer, values, values, st.sampled_from([None, *Condition])), max_size=3
)


@settings(
    max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    history=histories,
    current=currents,
    listed=offers,
    base=st.booleans(),
    cents=st.none() | st.sampled_from([0, 1, 500, 10**9]),
    quantity=st.sampled_from([1, 3, 10**6]),
    condition=st.sampled_from(list(Condition)),
)
def test_any_market_is_decided_and_nothing_unknown_is_a_buy(
    made_market: MakeMarket,
    *,
    history: dict[SeriesKind, StepSeries],
    current: dict[SeriesKind, float],
    listed: list[Offer] | None,
    base: bool,
    cents: int | None,
    quantity: int,
    condition: Condition,
) -> None:
    quiet = dict(made_market().history) if base else {}
    market = replace(
        made_market(),
        history=quiet | history,
        current=current,
        offers=listed,
        amazon_available=None,
    )
    found = record(decide(lead(cents, quantity=quantity, condition=condition), market))
    json.dumps(found, allow_nan=False)
    texts = [one["text"] for name in ("risks", "reasons", "counterfactual") for one in found[name]]
    assert not [text for text in texts if "nan" in text.split() or "None" in text]
    known = ("unit_cost", "max_cost", "profit", "resale", "days_to_sell", "fees", "sales_per_month")
    if found["verdict"] == "buy":
        assert [name for name in known if found[name] is None] == []
        assert found["unit_cost"] <= found["max_cost"]
    if any(one["status"] == "unknown" for one in found["reasons"]):
        assert found["verdict"] in {"unknown", "skip"}
