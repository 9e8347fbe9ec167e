"""Trials: what is scored, and scores against cases worked out by hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from arbitragevault.domain.catalog.product import Channel
from arbitragevault.domain.evidence.trial_scores import (
    chance_scores,
    risk_scores,
    sales_rate_scores,
    sell_through_scores,
)
from arbitragevault.domain.evidence.trials import (
    Trial,
    TrialSigns,
    risk_moments,
    trial_signs,
)
from arbitragevault.domain.market.clock import MINUTES_PER_DAY
from arbitragevault.domain.market.demand import demand_of
from arbitragevault.domain.market.demand_model import MODEL
from arbitragevault.domain.market.market import LANDED_PRICE_CHANGE, Market, SeriesKind
from arbitragevault.domain.market.odds import CRASH, SWARM
from arbitragevault.domain.market.series import StepSeries

MakeMarket = Callable[..., Market]
MakeSeries = Callable[..., StepSeries]


def tried(market: Market, per_month: float = 10.0, **sold: tuple[float, ...]) -> TrialSigns:
    return trial_signs(Trial(market, market, per_month, {"new": (), "used": (), **sold}))


def test_a_trial_keeps_what_estimates_read(made_market: MakeMarket) -> None:
    found = tried(made_market(), new=(3.0, 40.0))
    assert found.demand is not None
    assert found.demand.root == 283155
    assert found.drops_30 == 14
    (unit,) = found.units  # Used has a price but neither offers nor a count
    assert (unit.name, unit.sold_days, unit.sellers) == ("new", (3.0, 40.0), 4)
    assert [signs.channel for signs in unit.signs] == [Channel.FBA, Channel.FBA]
    none = {SeriesKind.SALES_RANK: None, SeriesKind.BUY_BOX: None, SeriesKind.NEW: None}
    unknown = tried(made_market(history=none))
    assert unknown.demand is None
    assert unknown.units == ()


def test_coverage_counts_truths_inside_the_interval(made_market: MakeMarket) -> None:
    market = made_market()
    one = tried(market)
    assert one.demand is not None
    estimate = demand_of(one.demand, MODEL)
    middle, far = estimate.per_month(0.5), estimate.per_month(0.99)
    barely = estimate.per_month(0.85)
    trials = [replace(one, units_per_month=rate) for rate in (middle, middle, barely, far)]
    told = sales_rate_scores([*trials, replace(one, demand=None)])
    assert told["coverage"] == {"cases": 4, "0.5": 0.5, "0.8": 0.75}
    assert told["abstained"] == 1
    assert told["by_estimate"]["5-30"]["cases"] == 4
    assert told["by_true_rate"]["<5"] == {"cases": 0, "0.5": None, "0.8": None}
    assert told["shared_rank"]["cases"] == 0


def test_sell_through_is_scored_beside_the_rules(made_market: MakeMarket) -> None:
    fast = tried(made_market(), new=(1.0, 2.0, 3.0))
    slow = tried(made_market(), new=())
    told = sell_through_scores([fast, slow])
    assert set(told) == {"30", "60", "90"}
    row = told["60"]
    assert (row["cases"], row["base_rate"]) == (4, 0.5)
    assert sum(point["windows"] for point in row["reliability"]) == 4
    # Both trials look the same, so no forecast can do better than the base rate.
    assert row["brier"] >= row["brier_base_rate"]
    # 14 drops a month over 4 sellers: certain to sell one unit, nearly so three.
    drops = row["rules"]["rank_drops_over_sellers"]["brier"]
    assert drops == pytest.approx(0.5, abs=0.05)
    assert told["30"]["brier"] != told["90"]["brier"]


def test_where_nothing_was_tried_every_score_is_unknown() -> None:
    sold, rates = sell_through_scores([]), sales_rate_scores([])
    assert {one["cases"] for one in sold.values()} == {rates["cases"]} == {0}
    for one in sold.values():
        assert (one["brier"], one["base_rate"], one["reliability"]) == (None, None, [])
        assert [rule["brier"] for rule in one["rules"].values()] == [None] * 3
    assert rates["coverage"]["0.8"] is None


def test_chances_are_scored() -> None:
    chance = np.array([0.9, 0.8, 0.2, 0.1] * 5)
    came = np.array([True, True, False, False] * 5)
    told = chance_scores(chance, came, np.array(["A", "B"] * 10))
    assert (told["windows"], told["products"], told["auc"]) == (20, 2, 1.0)
    assert told["top_decile_lift"] == 2.0
    assert told["brier"] < told["brier_base_rate"] == 0.25
    never = chance_scores(chance, np.zeros(20, dtype=np.bool_), np.array(["A"] * 20))
    assert (never["auc"], never["top_decile_lift"]) == (None, None)
    assert (
        chance_scores(np.empty(0), np.empty(0, dtype=np.bool_), np.empty(0, dtype=np.str_))[
            "windows"
        ]
        == 0
    )


def test_risks_are_asked_for_every_four_weeks(made_market: MakeMarket) -> None:
    found = list(risk_moments(made_market(days=400)))
    assert {one.risk for one in found} == {CRASH, SWARM}
    crashes = [one for one in found if one.risk == CRASH and not one.is_used]
    gaps = np.diff([one.minute for one in crashes])
    assert set(gaps.tolist()) == {28 * MINUTES_PER_DAY}
    assert not any(one.came for one in found)
    # Used offers are not counted, so their swarm cannot be told.
    assert not [one for one in found if one.risk == SWARM and one.is_used]
    told = risk_scores(found)
    assert (
        told["crash"]["windows"]
        == told["crash"]["new"]["windows"] + told["crash"]["used"]["windows"]
    )
    assert list(risk_moments(made_market(days=100, history={}))) == []


def test_a_crash_that_came_is_one(made_market: MakeMarket, made_series: MakeSeries) -> None:
    fallen = made_series(400, lambda t: np.where(t < 320, 4000.0, 2000.0))
    found = risk_moments(made_market(days=400, history={SeriesKind.BUY_BOX: fallen}))
    crashes = [one for one in found if one.risk == CRASH and not one.is_used]
    end = made_market().observed_minute
    days_before_end = [(end - one.minute) / MINUTES_PER_DAY for one in crashes]
    expected = [80 < days <= 133 for days in days_before_end]
    assert [one.came for one in crashes] == expected


def test_nothing_after_the_moment_is_read(made_market: MakeMarket, made_series: MakeSeries) -> None:
    plain = made_market(days=400)
    then = plain.observed_minute - 70 * MINUTES_PER_DAY
    wild = made_series(69, lambda t: 1000.0 + 500 * (t % 5))
    altered = dict(plain.history)
    for kind in (SeriesKind.BUY_BOX, SeriesKind.COUNT_NEW, SeriesKind.USED):
        past = plain.series(kind).up_to(then)
        altered[kind] = StepSeries(
            np.concatenate((past.minutes, wild.minutes)), np.concatenate((past.values, wild.values))
        )

    def until(market: Market) -> list[dict[str, float]]:
        return [dict(one.signs) for one in risk_moments(market) if one.minute <= then]

    before, after = until(plain), until(replace(plain, history=altered))
    assert len(before) == len(after) > 0
    for one, other in zip(before, after, strict=True):
        assert one == pytest.approx(other, nan_ok=True)


def test_the_change_of_basis_is_no_crash(made_market: MakeMarket, made_series: MakeSeries) -> None:
    flat = made_series(400, lambda _: 1700.0)
    minutes = flat.minutes + (LANDED_PRICE_CHANGE - int(flat.minutes[250]))
    stepped = StepSeries(minutes, np.where(minutes >= LANDED_PRICE_CHANGE, 1000.0, 1700.0))
    market = made_market(
        history={SeriesKind.BUY_BOX: None, SeriesKind.NEW: stepped, SeriesKind.USED: stepped},
        observed_minute=int(minutes[-1]) + MINUTES_PER_DAY,
    )
    assert not [one for one in risk_moments(market) if one.risk == CRASH and one.came]
