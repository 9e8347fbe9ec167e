"""What holds of every decision, whatever the market: order, units, and which way things move."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from arbitragevault.domain.catalog.product import Channel, Condition, PackageSize
from arbitragevault.domain.decision.decide import Verdict, decide
from arbitragevault.domain.decision.lead import Lead
from arbitragevault.domain.decision.policy import Policy
from arbitragevault.domain.decision.profit_distribution import UnitProceeds
from arbitragevault.domain.decision.reasons import verdict_of
from arbitragevault.domain.decision.record import decision_record
from arbitragevault.domain.economics.fees.engine import proceeds_curve
from arbitragevault.domain.market.clock import to_datetime
from arbitragevault.domain.market.market import Market, Offer, SeriesKind
from arbitragevault.domain.market.series import StepSeries
from arbitragevault.domain.money import Money

MakeMarket = Callable[..., Market]
RANKING = list(Verdict)
"""Best first."""

moderate = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def lead(cents: int = 900, **fields: Any) -> Lead:  # noqa: ANN401
    return Lead("0000000001", Money(cents, "USD"), **fields)


def without_digest(market: Market, one: Lead, policy: Policy = Policy()) -> dict[str, Any]:  # noqa: B008
    """The record apart from the fingerprints of its inputs."""
    record = decision_record(decide(one, market, policy))
    return {key: value for key, value in record.items() if key not in {"input_digest", "policy"}}


@moderate
@given(order=st.permutations(range(3)), shuffle=st.integers(0, 2**32 - 1))
def test_order_does_not_matter(made_market: MakeMarket, order: list[int], shuffle: int) -> None:
    """Sides of the package, points of a series, reasons."""
    market = made_market()
    sides = market.product.package.sides_mm
    assert sides is not None
    turned = tuple(sides[place] for place in order)
    series = market.series(SeriesKind.BUY_BOX)
    mixed = np.random.default_rng(shuffle).permutation(len(series))
    same = replace(
        market,
        product=replace(
            market.product,
            package=PackageSize(turned, market.product.package.weight_grams),  # type: ignore[arg-type]
        ),
        history={
            **market.history,
            SeriesKind.BUY_BOX: StepSeries.from_unordered(
                series.minutes[mixed], series.values[mixed]
            ),
        },
    )
    assert without_digest(same, lead()) == without_digest(market, lead())
    reasons = decide(lead(3_000), market).reasons
    turned_reasons = tuple(reasons[place] for place in np.argsort(mixed[: len(reasons)]))
    assert verdict_of(turned_reasons) is verdict_of(reasons)


@moderate
@given(prices=st.lists(st.integers(500, 6_000), min_size=2, max_size=6), seed=st.integers(0, 999))
def test_the_order_of_offers_does_not_matter(
    made_market: MakeMarket, prices: list[int], seed: int
) -> None:
    seen = made_market().observed_minute
    offers = tuple(
        Offer(
            offer_id=number,
            seller=f"S{number}",
            condition=Condition.NEW if number % 2 else Condition.GOOD,
            condition_code=1 if number % 2 else 4,
            channel=Channel.FBA if number % 3 else Channel.FBM,
            price=StepSeries.from_unordered([seen - 60], [price]),
            shipping=StepSeries.from_unordered([seen - 60], [0.0]),
            last_seen=seen,
            is_live=True,
        )
        for number, price in enumerate(prices)
    )
    order = np.random.default_rng(seed).permutation(len(offers))
    mixed = tuple(offers[place] for place in order)
    first, second = (made_market(offers=some) for some in (offers, mixed))
    for condition in (Condition.NEW, Condition.GOOD):
        one = lead(condition=condition)
        assert without_digest(first, one) == without_digest(second, one)


def test_units_of_the_inputs_do_not_matter(made_market: MakeMarket) -> None:
    """Amounts as text or minor units, moments in any time zone."""
    market = made_market()
    text = replace(lead(), unit_cost=Money.parse("9.00", "USD"))
    assert without_digest(market, text) == without_digest(market, lead())
    moment = to_datetime(market.observed_minute)
    elsewhere = datetime.fromisoformat(moment.astimezone(UTC).isoformat()).astimezone()
    assert decision_record(decide(lead(), market, as_of=elsewhere)) == decision_record(
        decide(lead(), market, as_of=moment)
    )


@moderate
@given(
    cents=st.integers(1, 4_000),
    units=st.tuples(st.integers(1, 60), st.integers(1, 60)),
    sale_every=st.sampled_from([1.0, 2.0, 20.0]),
)
def test_more_units_never_improve_a_verdict(
    made_market: MakeMarket, cents: int, units: tuple[int, int], sale_every: float
) -> None:
    """What the largest lot of a buy list is searched by."""
    few, many = sorted(units)
    market = made_market(sale_every=sale_every)
    first, second = (decide(lead(cents, quantity=n), market) for n in (few, many))
    assert RANKING.index(first.verdict) <= RANKING.index(second.verdict)
    assert (second.study.max_cost_cents or 0) <= (first.study.max_cost_cents or 0)


@moderate
@given(
    cents=st.integers(1, 4_000),
    profit=st.tuples(st.integers(0, 2_000), st.integers(0, 2_000)),
    roi=st.tuples(st.floats(-0.5, 2.0), st.floats(-0.5, 2.0)),
    confidence=st.tuples(st.floats(0.5, 0.99), st.floats(0.5, 0.99)),
)
def test_a_stricter_policy_never_improves_a_verdict(
    made_market: MakeMarket,
    cents: int,
    profit: tuple[int, int],
    roi: tuple[float, float],
    confidence: tuple[float, float],
) -> None:
    market = made_market()
    lax, strict = (
        Policy(min_profit_cents=pick(profit), min_roi=pick(roi), confidence=pick(confidence))
        for pick in (min, max)
    )
    first, second = (decide(lead(cents), market, policy) for policy in (lax, strict))
    if first.study.max_cost_cents is None:
        assert second.study.max_cost_cents is None
    else:
        assert (second.study.max_cost_cents or 0) <= first.study.max_cost_cents
    assert RANKING.index(first.verdict) <= RANKING.index(second.verdict)


@moderate
@given(prices=st.tuples(st.integers(1, 20_000), st.integers(1, 20_000)))
def test_a_higher_price_never_lowers_the_profit_at_that_price(
    made_market: MakeMarket, prices: tuple[int, int]
) -> None:
    """But for the jumps of fee bands, each of which is listed with what it takes."""
    low, high = sorted(prices)
    study = decide(lead(), made_market()).study
    curve = proceeds_curve(study.market.product, study.sale_on, Channel.FBA)
    before, after = curve.net_at(low), curve.net_at(high)
    assert before is not None
    assert after is not None
    taken = sum(-j.change_cents for j in curve.jumps() if low < j.price_cents <= high)
    assert after >= before - max(0, taken)


@moderate
@given(factor=st.floats(1.0, 3.0))
def test_higher_prices_never_lower_max_cost_within_a_fee_band(
    made_market: MakeMarket, factor: float
) -> None:
    """Prices from 20.00 up to 50.00 are one band."""
    first, second = (
        decide(lead(), made_market(price=price, wobble=0.0)).study
        for price in (2_000.0, min(4_900.0, 2_000.0 * factor))
    )
    assert isinstance(first.proceeds, UnitProceeds)
    assert isinstance(second.proceeds, UnitProceeds)
    assert (second.proceeds.nets >= first.proceeds.nets - 1).all()
    assert second.max_cost_cents is not None
    assert first.max_cost_cents is not None
    assert second.max_cost_cents >= first.max_cost_cents - 1
