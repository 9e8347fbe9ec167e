"""Risks: each status is reached, with its numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pytest

from arbitragevault.domain.catalog.product import Channel, Condition
from arbitragevault.domain.decision.policy import Policy
from arbitragevault.domain.market.clock import MINUTES_PER_DAY
from arbitragevault.domain.market.competition import study_competition
from arbitragevault.domain.market.market import LANDED_PRICE_CHANGE, Market, SeriesKind
from arbitragevault.domain.market.resale import forecast_resale
from arbitragevault.domain.market.risk import assess_risks
from arbitragevault.domain.market.risk_model import Risk, RiskStatus
from arbitragevault.domain.market.series import StepSeries

MakeMarket = Callable[..., Market]
MakeSeries = Callable[..., StepSeries]
LIMITS = Policy()


def risks(market: Market, **changes: Any) -> Mapping[str, Risk]:  # noqa: ANN401
    condition = changes.pop("condition", Condition.NEW)
    channel = changes.pop("channel", Channel.FBA)
    asked = {
        "on": date(2025, 9, 1),
        "sale_by": date(2025, 11, 15),
        "as_of_minute": market.observed_minute,
        "size_tier": "large_standard",
        "limits": LIMITS,
        **changes,
    }
    forecast = forecast_resale(market, condition, channel, (15, 75))
    competition = study_competition(market, condition, channel, float("nan"))
    limits = asked.pop("limits")
    found = assess_risks(
        market, forecast, competition, limits, condition=condition, channel=channel, **asked
    )
    return {risk.code: risk for risk in found}


def test_a_quiet_book_has_no_warning(made_market: MakeMarket) -> None:
    found = risks(made_market())
    assert {risk.status for risk in found.values()} == {RiskStatus.OK}
    assert all(risk.text.endswith(".") for risk in found.values())


def test_a_spiked_price_may_crash(made_market: MakeMarket, made_series: MakeSeries) -> None:
    spiked = made_series(800, lambda t: np.where(t < 795, 2000.0, 6000.0))
    found = risks(made_market(history={SeriesKind.BUY_BOX: spiked}))
    assert found["price_crash"].status is RiskStatus.WARNING
    assert found["price_crash"].probability == found["price_crash"].observed
    assert found["price_spike"].status is RiskStatus.WARNING
    assert found["price_spike"].observed == pytest.approx(3.0)


def test_without_a_price_crash_and_spike_are_unknown(made_market: MakeMarket) -> None:
    found = risks(made_market(), condition=Condition.NEW)
    none = risks(
        made_market(history={SeriesKind.BUY_BOX: None, SeriesKind.NEW: None}),
    )
    assert found["price_crash"].status is RiskStatus.OK
    assert none["price_crash"].status is RiskStatus.UNKNOWN
    assert none["price_spike"].status is RiskStatus.UNKNOWN


def test_the_change_of_basis_is_no_spike(made_market: MakeMarket, made_series: MakeSeries) -> None:
    flat = made_series(400, lambda _: 1000.0)
    minutes = flat.minutes + (LANDED_PRICE_CHANGE - int(flat.minutes[380]))
    stepped = StepSeries(minutes, np.where(minutes >= LANDED_PRICE_CHANGE, 1700.0, 1000.0))
    market = made_market(
        history={SeriesKind.BUY_BOX: None, SeriesKind.NEW: stepped},
        observed_minute=int(minutes[-1]) + MINUTES_PER_DAY,
    )
    assert risks(market)["price_spike"].observed == pytest.approx(1.0)
    at_once = replace(market, observed_minute=LANDED_PRICE_CHANGE)
    assert risks(at_once)["price_spike"].status is RiskStatus.UNKNOWN


def test_few_offers_after_many_may_swarm(made_market: MakeMarket, made_series: MakeSeries) -> None:
    waves = made_series(800, lambda t: np.where(t < 770, 14.0 + 3 * (t % 7 < 3), 2.0))
    swarm = risks(made_market(history={SeriesKind.COUNT_NEW: waves}))["offer_swarm"]
    assert swarm.status is RiskStatus.WARNING
    assert "mostly for: " in swarm.text
    assert swarm.drivers[0].effect > 0
    calm = risks(made_market())["offer_swarm"]
    assert calm.probability is not None
    assert swarm.probability is not None
    assert calm.probability < swarm.probability
    assert calm.status is RiskStatus.OK
    assert "mostly" not in calm.text
    # Without a price the chance is still told, from the offers.
    none = {SeriesKind.BUY_BOX: None, SeriesKind.NEW: None}
    assert risks(made_market(history=none))["offer_swarm"].probability is not None


def test_offers_that_vanished_together(made_market: MakeMarket, made_series: MakeSeries) -> None:
    def collapse(value: Callable[[Any], Any]) -> Risk:
        return risks(made_market(history={SeriesKind.COUNT_NEW: made_series(300, value)}))[
            "offer_collapse"
        ]

    gone = collapse(lambda t: np.where(t < 295, 56.0, 1.0))
    assert gone.status is RiskStatus.WARNING
    assert gone.observed == 1.0
    assert gone.limit == pytest.approx(0.3 * 56)
    assert collapse(lambda t: np.where(t < 295, 56.0, np.nan)).observed == 0
    few = collapse(lambda t: np.where(t < 295, 4.0, 1.0))
    assert (few.status, few.limit) == (RiskStatus.OK, None)


def test_unknown_counts_are_unknown_risks(made_market: MakeMarket) -> None:
    found = risks(made_market(history={SeriesKind.COUNT_NEW: None}))
    for code in ("offer_swarm", "offer_collapse", "sole_seller"):
        assert found[code].status is RiskStatus.UNKNOWN


def test_a_sole_seller_may_be_the_brand(made_market: MakeMarket, made_series: MakeSeries) -> None:
    alone = {SeriesKind.COUNT_NEW: made_series(300, lambda _: 1.0)}
    assert risks(made_market(history=alone))["sole_seller"].status is RiskStatus.WARNING
    used = risks(made_market(history=alone), condition=Condition.GOOD)
    assert used["sole_seller"].status is RiskStatus.OK


def test_amazon_by_its_part_and_presence(made_market: MakeMarket, made_series: MakeSeries) -> None:
    def amazon(value: Callable[[Any], Any], **changes: Any) -> Risk:  # noqa: ANN401
        series = {SeriesKind.AMAZON: made_series(90, value)}
        return risks(made_market(history=series), **changes)["amazon_share"]

    mostly = amazon(lambda _: 4000.0)
    assert (mostly.status, mostly.observed, mostly.limit) == (RiskStatus.BLOCKER, 1.0, 0.5)
    seldom = amazon(lambda t: np.where(t > 60, 4000.0, np.nan))
    assert seldom.status is RiskStatus.WARNING
    assert "sells it now" in seldom.text
    earlier = amazon(lambda t: np.where(t < 30, 4000.0, np.nan))
    assert earlier.status is RiskStatus.OK
    for_used = amazon(lambda _: 4000.0, condition=Condition.GOOD)
    assert for_used.status is RiskStatus.WARNING
    unlimited = amazon(lambda _: 4000.0, limits=replace(LIMITS, max_amazon_share=None))
    assert unlimited.status is RiskStatus.WARNING
    silent = risks(made_market(history={SeriesKind.AMAZON: None}))["amazon_share"]
    assert silent.status is RiskStatus.UNKNOWN


@pytest.mark.parametrize(
    ("field", "code", "limit"),
    [
        ("is_hazmat", "hazmat", "exclude_hazmat"),
        ("is_adult", "adult", "exclude_adult"),
        ("is_heat_sensitive", "meltable", "exclude_meltable"),
    ],
)
def test_catalogue_facts_block_where_the_policy_says_so(
    made_market: MakeMarket, field: str, code: str, limit: str
) -> None:
    def status(fact: bool | None, *, blocks: bool) -> RiskStatus:  # noqa: FBT001
        excluded: dict[str, Any] = {limit: blocks}
        limits = replace(LIMITS, **excluded)
        return risks(made_market(product={field: fact}), limits=limits)[code].status

    assert status(True, blocks=True) is RiskStatus.BLOCKER
    assert status(True, blocks=False) is RiskStatus.WARNING
    assert status(False, blocks=True) is RiskStatus.OK
    assert status(None, blocks=True) is RiskStatus.UNKNOWN


@pytest.mark.parametrize(
    ("on", "sale_by", "status", "season"),
    [
        (date(2025, 10, 16), date(2025, 12, 30), RiskStatus.OK, None),
        (date(2025, 10, 15), date(2025, 12, 30), RiskStatus.WARNING, "2025-04-15"),
        (date(2026, 1, 30), date(2026, 4, 14), RiskStatus.OK, None),
        (date(2026, 1, 30), date(2026, 4, 15), RiskStatus.WARNING, "2026-04-15"),
        (date(2025, 12, 1), date(2026, 5, 1), RiskStatus.WARNING, "2026-04-15"),
    ],
)
def test_meltable_goods_by_date(
    made_market: MakeMarket, on: date, sale_by: date, status: RiskStatus, season: str | None
) -> None:
    market = made_market(product={"is_heat_sensitive": True})
    found = risks(market, on=on, sale_by=sale_by)["meltable"]
    assert (found.status, found.limit) == (status, season)
    own = risks(market, on=on, sale_by=sale_by, channel=Channel.FBM)["meltable"]
    assert own.status is RiskStatus.OK
    strict = replace(LIMITS, exclude_meltable=True)
    blocked = risks(market, on=on, sale_by=sale_by, limits=strict)["meltable"]
    assert blocked.status is RiskStatus.BLOCKER


def test_size_pack_and_shared_rank(made_market: MakeMarket) -> None:
    market = made_market(product={"items_per_package": 6, "variation_asins": ("A", "B")})
    found = risks(market, size_tier="large_bulky")
    for code in ("oversize", "pack_size", "shared_rank"):
        assert found[code].status is RiskStatus.WARNING
    assert risks(market, size_tier=None)["oversize"].status is RiskStatus.UNKNOWN
    assert risks(market, channel=Channel.FBM)["oversize"].status is RiskStatus.OK


def test_old_data_is_a_warning(made_market: MakeMarket) -> None:
    market = made_market()
    later = market.observed_minute + 8 * MINUTES_PER_DAY
    asked_later = risks(market, as_of_minute=later)["stale_data"]
    assert (asked_later.status, asked_later.observed) == (RiskStatus.WARNING, 8.0)
    answered_later = made_market(retrieved_minute=later)
    assert risks(answered_later)["stale_data"].status is RiskStatus.WARNING
    assert risks(market)["stale_data"].observed == 0
