"""The decision record: its shape, its plain values, and the evidence behind every number."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from arbitragevault.domain.catalog.product import Channel, Condition
from arbitragevault.domain.decision.decide import decide
from arbitragevault.domain.decision.lead import Lead
from arbitragevault.domain.decision.policy import Policy
from arbitragevault.domain.decision.record import RECORD_FIELDS, decision_record, plain
from arbitragevault.domain.market.market import (
    KeepaFees,
    Market,
    Offer,
    SellerHistory,
    SeriesKind,
)
from arbitragevault.domain.market.series import StepSeries
from arbitragevault.domain.money import Money

MakeMarket = Callable[..., Market]
MakeSeries = Callable[..., StepSeries]

NOT_FIGURES = {
    "confidence",  # the policy's, in its digest
    "evidence",
    "reasons",  # their figures are those of the record or of a risk
    "counterfactual",
    "risks",  # by risk below
}


def full_market(made_market: MakeMarket, made_series: MakeSeries) -> Market:
    """A market in which everything is known."""
    minute = made_market().observed_minute
    price = StepSeries.from_unordered([minute - 900], [4100.0])
    offers = tuple(
        Offer(
            offer_id=number,
            seller=f"S{number}",
            condition=Condition.NEW,
            condition_code=1,
            channel=Channel.FBA,
            price=price,
            shipping=StepSeries.empty(),
            last_seen=minute,
            is_live=True,
        )
        for number in range(3)
    )
    return made_market(
        history={
            SeriesKind.MONTHLY_SOLD: made_series(40, lambda _: 10.0),
            SeriesKind.COUNT_USED: made_series(400, lambda _: 5.0),
            SeriesKind.COUNT_NEW_FBA: made_series(400, lambda _: 3.0),
        },
        offers=offers,
        fees=KeepaFees(455, minute, 15.0, 180),
        buy_box_sellers=SellerHistory(np.array([minute - 9000], np.int32), ("S1",)),
        retrieved_minute=minute + 60,
    )


def leaves(value: object) -> Iterator[object]:
    if isinstance(value, dict):
        for inner in value.values():
            yield from leaves(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from leaves(inner)
    else:
        yield value


def record(market: Market, cents: int | None = 500, **policy: Any) -> dict[str, Any]:  # noqa: ANN401
    cost = None if cents is None else Money(cents, "USD")
    return decision_record(decide(Lead("0000000001", cost), market, Policy(**policy)))


def test_the_fields_of_the_contract_are_there(
    made_market: MakeMarket, made_series: MakeSeries
) -> None:
    found = record(full_market(made_market, made_series))
    assert tuple(found) == RECORD_FIELDS
    assert set(found["profit"]) == {"p10", "p50", "p90"}
    assert set(found["days_to_sell"]) == {"p50", "p90"}
    assert set(found["sell_through"]) == {"30", "60", "90"}
    assert set(found["resale"]) == set(found["share"]) == {"p10", "p50", "p90"}
    assert set(found["resale_basis"]) == {"series", "price", "fallback", "text"}
    assert set(found["offers"]) == {"new", "used", "fba", "live"}
    assert set(found["amazon"]) == {"in_stock", "share_90"}
    assert set(found["policy"]) == {"name", "digest"}
    line = found["fees"]["lines"][0]
    assert set(line) == {"code", "amount", "rule", "inputs", "reason"}
    assert set(found["risks"][0]) == {
        "code",
        "status",
        "text",
        "observed",
        "limit",
        "probability",
    }
    assert set(found["reasons"][0]) == {"code", "status", "text", "observed", "limit"}
    assert set(found["evidence"][0]) == {
        "figure",
        "formula",
        "inputs",
        "source",
        "observed_at",
    }
    dear = record(full_market(made_market, made_series), 3900)
    assert set(dear["counterfactual"][0]) == {"change", "text", "from", "to"}


@pytest.mark.parametrize("cents", [500, 3900, None])
def test_values_are_plain_json(
    made_market: MakeMarket, made_series: MakeSeries, cents: int | None
) -> None:
    for market in (full_market(made_market, made_series), made_market(days=40)):
        found = record(market, cents)
        assert {type(leaf) for leaf in leaves(found)} <= {str, int, float, bool, type(None)}
        assert json.loads(json.dumps(found, allow_nan=False)) == found


def test_the_card_adds_up(made_market: MakeMarket, made_series: MakeSeries) -> None:
    found = record(full_market(made_market, made_series))
    total = sum(line["amount"] for line in found["fees"]["lines"])
    assert found["fees"]["total"] == total
    assert found["net_proceeds"] == found["resale"]["p50"] - total
    assert found["profit"]["p50"] == (
        found["net_proceeds"] - found["returns_allowance"] - found["landed_cost"]
    )
    assert found["roi"] == pytest.approx(found["profit"]["p50"] / found["landed_cost"], abs=1e-4)
    assert found["margin"] == pytest.approx(
        found["profit"]["p50"] / found["resale"]["p50"], abs=1e-4
    )


def test_every_number_opens(made_market: MakeMarket, made_series: MakeSeries) -> None:
    for market in (full_market(made_market, made_series), made_market()):
        found = record(market)
        explained = {entry["figure"]: entry for entry in found["evidence"]}
        assert len(explained) == len(found["evidence"])
        for key, value in found.items():
            numbers = [
                leaf
                for leaf in leaves(value)
                if isinstance(leaf, int | float) and not isinstance(leaf, bool)
            ]
            if numbers and key not in NOT_FIGURES:
                assert key in explained, key
        assert {f"risks.{risk['code']}" for risk in found["risks"]} <= set(explained)
        for entry in explained.values():
            assert entry["formula"]
            assert entry["inputs"]
            assert entry["source"], entry["figure"]
        shown = {"resale", "sales_per_month", "max_cost", "days_to_sell", "sales_rank", "share"}
        assert all(explained[figure]["observed_at"] for figure in shown)


def test_a_disagreement_with_keepa_opens_too(
    made_market: MakeMarket, made_series: MakeSeries
) -> None:
    found = record(full_market(made_market, made_series))
    entry = next(e for e in found["evidence"] if e["figure"] == "keepa_fulfilment")
    assert entry["inputs"]["keepa"] == 455
    assert isinstance(entry["inputs"]["ours"], int)


def test_unknown_stays_null(made_market: MakeMarket) -> None:
    found = record(made_market(history={SeriesKind.AMAZON: None}), None)
    assert found["profit"] is None
    assert found["roi"] is None
    assert found["landed_cost"] is None
    assert found["score"] is None
    assert found["amazon"] == {"in_stock": None, "share_90": None}
    assert found["offers"]["used"] is None
    assert found["max_cost"] is not None


def test_figures_that_are_not_finite_are_null() -> None:
    assert plain(float("nan")) is None
    assert plain(float("inf")) is None
    assert plain(0.123456) == 0.1235
    assert plain(7) == 7
    assert plain("x") == "x"


def test_the_time_is_iso_utc(made_market: MakeMarket) -> None:
    assert record(made_market())["as_of"] == "2025-09-01T00:00:00Z"
    assert record(made_market())["observed_at"] == "2025-09-01T00:00:00Z"
