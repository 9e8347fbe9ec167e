"""Replayed weeks: nothing looks ahead, outcomes are the forecast's own target, bids compare."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace

import numpy as np
import pytest

from arbitragevault.domain.catalog.marketplace import marketplace_by_code
from arbitragevault.domain.catalog.product import PackageSize
from arbitragevault.domain.decision.decide import decide
from arbitragevault.domain.decision.lead import Lead
from arbitragevault.domain.decision.policy import Policy
from arbitragevault.domain.evidence.product_scores import (
    BIDDERS,
    Scores,
    joined,
    score_product,
)
from arbitragevault.domain.evidence.replay import BURN_IN_DAYS, Week, replayed_weeks
from arbitragevault.domain.evidence.report import digest_of, report
from arbitragevault.domain.evidence.rules import CONFIDENCES, OURS, RULES
from arbitragevault.domain.market.clock import MINUTES_PER_DAY, to_datetime
from arbitragevault.domain.market.market import LANDED_PRICE_CHANGE, Market, SeriesKind
from arbitragevault.domain.market.resale import ResaleForecast
from arbitragevault.domain.market.resale_prior import LEVELS
from arbitragevault.domain.market.series import StepSeries

MakeMarket = Callable[..., Market]
MakeSeries = Callable[..., StepSeries]
POLICY = Policy()
DAY = MINUTES_PER_DAY


def weeks_of(market: Market, condition: str = "new", policy: Policy = POLICY) -> list[Week]:
    return list(replayed_weeks(market, condition, policy))


def test_a_week_is_what_decide_says_then(made_market: MakeMarket) -> None:
    market = made_market(days=500)
    found = weeks_of(market)
    assert len(found) == (500 - BURN_IN_DAYS - 75) // 7 + 1
    week = found[3]
    lead = Lead(identifier=market.product.asin)
    then = decide(lead, market.as_of(week.minute), POLICY, to_datetime(week.minute))
    assert isinstance(then.study.forecast, ResaleForecast)
    assert np.array_equal(week.forecast.prices, then.study.forecast.prices)
    assert week.bids is not None
    assert week.bids.bids[OURS] == then.study.max_cost_cents


def test_the_future_changes_outcomes_only(made_market: MakeMarket) -> None:
    market = made_market(days=560)
    before = weeks_of(market)
    moment = before[5].minute
    doubled = {
        kind: StepSeries(one.minutes, np.where(one.minutes > moment, 2.0, 1.0) * one.values)
        for kind, one in market.history.items()
    }
    after = weeks_of(replace(market, history=doubled))
    for old, new in zip(before[:6], after[:6], strict=True):
        assert old.minute == new.minute
        assert np.array_equal(old.forecast.prices, new.forecast.prices)
        assert old.bids is not None
        assert new.bids is not None
        assert old.bids.bids == new.bids.bids
    assert after[5].outcome_cents == pytest.approx(2 * before[5].outcome_cents)


def test_the_outcome_is_the_median_of_the_window(made_market: MakeMarket) -> None:
    market = made_market(days=500)
    for week in weeks_of(market):
        first, last = week.minute + 15 * DAY, week.minute + 75 * DAY
        assert week.outcome_cents == market.series(SeriesKind.BUY_BOX).median(first, last)
        assert last <= market.observed_minute


def test_bids_compare_on_the_same_unit(made_market: MakeMarket) -> None:
    flat = made_market(days=500, wobble=0.0)
    for week in weeks_of(flat):
        assert week.bids is not None
        assert set(week.bids.bids) == set(BIDDERS)
        # At a price that never moves every rule believes in the same price, and is right.
        assert len({week.bids.bids[name] for name in RULES}) == 1
        assert week.bids.bids[RULES[0]] == week.bids.allowed
        assert all(week.bids.is_met(name) for name in RULES)


def test_nobody_bids_for_what_cannot_pay(made_market: MakeMarket) -> None:
    cheap = weeks_of(made_market(days=500, price=300, wobble=0.0))[0].bids
    assert cheap is not None
    assert set(cheap.bids.values()) == {None}
    assert not cheap.is_met(OURS)


def test_without_fees_there_are_forecasts_but_no_bids(made_market: MakeMarket) -> None:
    unmeasured = weeks_of(made_market(days=500, product={"package": PackageSize(None, None)}))
    assert unmeasured
    assert all(week.bids is None for week in unmeasured)
    elsewhere = weeks_of(made_market(days=500, product={"marketplace": marketplace_by_code("BR")}))
    assert elsewhere
    assert all(week.decision is None for week in elsewhere)


def test_weeks_without_an_outcome_are_not_formed(
    made_market: MakeMarket, made_series: MakeSeries
) -> None:
    gone = made_series(700, lambda t: np.where(t < 500, 2000.0, np.nan))
    market = made_market(history={SeriesKind.BUY_BOX: gone, SeriesKind.NEW: None})
    last = max(week.minute for week in weeks_of(market))
    assert last < market.observed_minute - 200 * DAY - 15 * DAY + 12 * DAY
    assert weeks_of(made_market(days=400)) == []
    assert weeks_of(made_market(history={SeriesKind.USED: None}), "used") == []


def test_no_window_reaches_across_the_change_of_basis(made_market: MakeMarket) -> None:
    market = made_market(days=600, history={SeriesKind.BUY_BOX: None})
    shift = LANDED_PRICE_CHANGE - (market.observed_minute - 60 * DAY)
    moved = replace(
        market,
        observed_minute=market.observed_minute + shift,
        history={
            kind: StepSeries(one.minutes + shift, one.values)
            for kind, one in market.history.items()
        },
    )
    kept, all_weeks = weeks_of(moved), weeks_of(market)
    assert 0 < len(kept) < len(all_weeks)
    assert max(week.forecast.window[1] for week in kept) < LANDED_PRICE_CHANGE


def test_a_cut_recording_ends_with_its_points(
    made_market: MakeMarket, made_series: MakeSeries
) -> None:
    used = made_series(700, lambda t: 1000.0 + t)
    early = StepSeries(used.minutes[:600], used.values[:600])
    whole = made_market(history={SeriesKind.USED: early})
    cut = made_market(history={SeriesKind.USED: early, SeriesKind.COUNT_NEW: None})
    end = int(early.minutes[-1])
    assert max(week.forecast.window[1] for week in weeks_of(cut, "used")) <= end
    assert max(week.forecast.window[1] for week in weeks_of(whole, "used")) > end


def test_the_report_counts_and_is_repeatable(made_market: MakeMarket) -> None:
    markets = [
        made_market(days=560, wobble=wobble, product={"asin": f"000000000{number}"})
        for number, wobble in enumerate((0.0, 0.3, 0.6))
    ]
    scores = [score_product(market, POLICY) for market in markets]
    told = report(scores, POLICY, source="recordings", data_digest=digest_of(scores))
    assert told == report(scores, POLICY, source="recordings", data_digest=digest_of(scores))
    assert told["products"] == 3
    assert told["windows"] == sum(one["windows"] for one in told["forecast"].values())
    for one in told["forecast"].values():
        assert one["products"] == 3
        assert list(one["coverage"]) == ["0.05", "0.1", "0.2", "0.5", "0.8", "0.9"]
        assert set(one["baselines"]) >= {"last_price", "yearly_quantiles", "pooled"}
        assert one["standard_error"] > 0
        for thirds in one["groups"].values():
            assert sum(third["windows"] for third in thirds) == one["windows"] or thirds == []
    ours = told["max_cost"]["0.8"]
    beside = ours["beside_rules"]
    assert beside["at_our_hit_rate"] >= beside["mean_over_price"] * 0.999
    assert beside["windows"] <= ours["windows"] <= told["windows"]
    for one in (beside, *told["rules"].values()):
        assert sum(third["windows"] for third in one["by_width"]) == one["windows"]
    assert beside["at_our_hit_rates"] >= beside["mean_over_price"] * 0.999
    assert set(told["rules"]) == {"current_price", "average_90", "yearly_low"}
    assert 0 < told["crash"]["windows"] <= told["windows"]


def made_bids(rule: float) -> Scores:
    """Thirty windows by hand: ten calm, ten middling, ten restless prices of 100.

    Our bids are met in eight of each; the rules bid one amount on all.
    """
    steps = np.arange(10.0)
    allowed = np.concatenate([58 + steps, 60 + steps * 2, 12 + steps * 9])
    ours = np.repeat([60.0, 64.0, 30.0], 10)
    wide = np.repeat([0.02, 0.3, 0.9], 10)[:, None]
    n, nothing = allowed.size, np.full(allowed.size, np.nan)
    prices = 100.0 * np.exp(wide * (LEVELS - 0.5))
    return Scores(
        product=np.full(n, "0000000000"),
        minute=np.arange(n),
        now=np.full(n, 100.0),
        outcome=np.full(n, 100.0),
        quantiles=prices,
        year=prices,
        pooled=prices,
        placed=prices,
        place=nothing,
        rank=nothing,
        offers=nothing,
        bids=np.column_stack([ours, *([np.full(n, rule)] * len(RULES))]),
        stated=np.column_stack([nothing, *([ours] * (len(CONFIDENCES) - 1))]),
        allowed=allowed,
        crash=nothing,
        crashed=nothing,
        swarm=nothing,
        swarmed=nothing,
    )


def test_a_rule_cannot_pay_for_restless_prices_with_calm_ones() -> None:
    told = report([{"new": made_bids(70.0)}], POLICY, source="recordings", data_digest="made")
    ours, rule = told["max_cost"]["0.8"]["beside_rules"], told["rules"]["current_price"]
    assert [third["hit_rate"] for third in ours["by_width"]] == [0.8, 0.8, 0.8]
    assert [third["hit_rate"] for third in rule["by_width"]] == [0.0, 0.5, 0.3]
    # One factor keeps it right 24 times of 30: always but where prices are restless, and 4 times
    # there. It looks better than ours and is not: for each kind of price ours is as high.
    assert rule["at_our_hit_rate"] == pytest.approx(0.58)
    assert ours["mean_over_price"] == pytest.approx(1.54 / 3, abs=1e-6)
    assert [third["at_our_hit_rate"] for third in rule["by_width"]] == [0.6, 0.64, 0.3]
    assert rule["at_our_hit_rates"] == ours["at_our_hit_rates"] == ours["mean_over_price"]


def test_each_product_counts_alike_in_the_median_comparison() -> None:
    def product(asin: str, ours: float, theirs: float, windows: int) -> Scores:
        made = made_bids(70.0)
        part = {field.name: getattr(made, field.name)[:windows] for field in fields(Scores)}
        flat = np.ones(LEVELS.size)
        return Scores(
            **part
            | {
                "product": np.full(windows, asin),
                "outcome": np.full(windows, 100.0),
                "quantiles": np.full((windows, 1), 100.0 + ours) * flat,
                "pooled": np.full((windows, 1), 100.0 + theirs) * flat,
            }
        )

    long = product("0000000001", 40.0, 20.0, 28)
    short = [product(f"000000000{one}", 10.0, 20.0, 2) for one in (2, 3)]
    scores = [{"new": one} for one in (long, *short)]
    told = report(scores, POLICY, source="recordings", data_digest="made")["forecast"]["new"]
    typical = np.log(1.1) / np.log(1.2) - 1.0
    assert told["baselines"]["pooled"]["ours_against"] > 0.5
    assert told["baselines"]["pooled"]["ours_against_by_product"] == pytest.approx(typical, 1e-5)
    # The last price was right every time: nothing can be below it, and no median be told.
    assert told["baselines"]["last_price"]["ours_against_by_product"] is None


def test_what_was_stated_is_held_against_what_was_met(made_market: MakeMarket) -> None:
    told = report([{"new": made_bids(70.0)}], POLICY, source="recordings", data_digest="made")
    points = told["max_cost_reliability"]
    assert [one["forecast"] for one in points] == list(CONFIDENCES[1:])
    assert {(one["observed"], one["windows"]) for one in points} == {(0.8, 30)}
    (week, *_) = (one for one in weeks_of(made_market(wobble=0.3)) if one.bids is not None)
    assert week.bids is not None
    bids = [bid for bid in week.bids.stated if bid is not None]
    assert len(bids) > 3
    assert bids == sorted(bids, reverse=True)
    assert week.bids.stated[CONFIDENCES.index(POLICY.confidence)] == week.bids.bids[OURS]


def test_a_report_about_nothing_says_so(made_market: MakeMarket) -> None:
    scores = [score_product(made_market(days=100), POLICY)]
    told = report(scores, POLICY, source="stored", data_digest=digest_of(scores))
    assert (told["products"], told["windows"]) == (1, 0)
    assert told["max_cost"]["0.8"]["hit_rate"] is None
    assert told["crash"]["auc"] is None
    assert joined([]) is None
