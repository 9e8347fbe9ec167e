"""Net proceeds as a function of the price, tried at every cent and at random."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import pairwise
from typing import Final

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from arbitragevault.domain.catalog.marketplace import US
from arbitragevault.domain.catalog.product import Channel, PackageSize, Product
from arbitragevault.domain.economics.fees.curve import MAX_PRICE_CENTS
from arbitragevault.domain.economics.fees.engine import (
    FeeAssumptions,
    FeeClass,
    FeeCode,
    FulfilmentObservation,
    Measures,
    ProceedsCurve,
    SellingPlan,
    fees,
    proceeds_curve,
)
from arbitragevault.domain.economics.fees.rate_card import Kind, rate_cards
from arbitragevault.domain.money import Money

PRODUCT: Final = Product(US, "B000000000")
_REFERRAL: Final = rate_cards().find("US", Kind.REFERRAL, date(2026, 3, 1))
assert _REFERRAL is not None
CATEGORIES: Final = sorted(_REFERRAL.value.rules)
UNITS: Final = {
    "small_standard": Measures.of(("9", "6", "0.7"), "in", 11, "oz"),
    "large_standard": Measures.of(("9", "6", "1"), "in", 14, "oz"),
    "large_standard_heavy": Measures.of(("12", "9", "4"), "in", "7.3", "lb"),
    "small_bulky": Measures.of(("24", "7.5", "6"), "in", "7.9", "lb"),
    "large_bulky": Measures.of(("38", "2", "2"), "in", 2, "lb"),
    "extra_large_0_50": Measures.of(("60", "2", "2"), "in", 40, "lb"),
    "extra_large_50_70": Measures.of(("60", "2", "2"), "in", 60, "lb"),
    "extra_large_70_150": Measures.of(("60", "2", "2"), "in", 100, "lb"),
    "extra_large_150_plus": Measures.of(("60", "2", "2"), "in", 200, "lb"),
}

assumptions = st.builds(
    FeeAssumptions,
    plan=st.sampled_from(SellingPlan),
    storage_days=st.integers(0, 60),
    fee_class=st.sampled_from([FeeClass.STANDARD, FeeClass.APPAREL]),
    fee_category=st.sampled_from(CATEGORIES),
    measures=st.sampled_from(list(UNITS.values())),
    own_packaging=st.booleans(),
    lithium_battery=st.booleans(),
    shipping_credit_cents=st.sampled_from([0, 0, 399]),
    fbm_shipping_cents=st.integers(0, 900),
)
days = st.dates(date(2024, 7, 1), date(2027, 1, 14))
channels = st.sampled_from(Channel)
prices = st.one_of(
    st.integers(0, 12_000),
    st.sampled_from([999, 1000, 1001, 1500, 1501, 2000, 2001, 5000, 5001, 50_000, 50_001]),
    st.integers(0, 10**8),
)


@given(assumptions, days, channels, st.lists(prices, min_size=1, max_size=8))
def test_the_vector_form_gives_the_same_cents(
    assumed: FeeAssumptions, day: date, channel: Channel, at: list[int]
) -> None:
    curve = proceeds_curve(PRODUCT, day, channel, assumed)
    scalar = [
        fees(PRODUCT, Money(price, "USD"), day, channel, assumed).net_proceeds_cents for price in at
    ]
    assert curve.known
    assert curve.net(np.array(at)).tolist() == scalar
    assert [curve.net_at(price) for price in at] == scalar


def test_the_jumps_of_a_book() -> None:
    assumed = FeeAssumptions(fee_category="books", measures=UNITS["large_standard"])
    curve = proceeds_curve(PRODUCT, date(2026, 3, 2), Channel.FBA, assumed)
    assert [(j.price_cents, j.change_cents, j.codes) for j in curve.jumps()] == [
        (1000, -81, (FeeCode.FULFILMENT,)),
        (5001, -25, (FeeCode.FULFILMENT,)),
    ]
    mailed = replace(assumed, fbm_shipping_cents=439)
    assert proceeds_curve(PRODUCT, date(2026, 3, 2), Channel.FBM, mailed).jumps() == ()


def test_the_jumps_of_clothing_are_those_of_its_referral_fee_too() -> None:
    assumed = FeeAssumptions(
        fee_category="clothing_accessories", shipping_credit_cents=100, fbm_shipping_cents=500
    )
    curve = proceeds_curve(PRODUCT, date(2026, 3, 2), Channel.FBM, assumed)
    assert [(j.price_cents, j.change_cents) for j in curve.jumps()] == [(1401, -74), (1901, -139)]
    assert {j.codes for j in curve.jumps()} == {(FeeCode.REFERRAL,)}


def test_a_shipping_credit_above_a_threshold_leaves_no_jump() -> None:
    assumed = FeeAssumptions(
        fee_category="baby", shipping_credit_cents=1000, fbm_shipping_cents=500
    )
    curve = proceeds_curve(PRODUCT, date(2026, 3, 2), Channel.FBM, assumed)
    assert curve.jumps() == ()
    assert curve.net_at(1) == 1001 - 150 - 500


@given(assumptions, days, channels, st.integers(-500, 100_000))
@settings(max_examples=60)
def test_the_lowest_price_is_exact(
    assumed: FeeAssumptions, day: date, channel: Channel, target: int
) -> None:
    curve = proceeds_curve(PRODUCT, day, channel, assumed)
    found = curve.lowest_price(target)
    assert found is not None
    reached = curve.net_at(found)
    assert reached is not None
    assert reached >= target
    below = curve.net(np.arange(max(1, found - 3000), found))
    assert not (below >= target).any()


@given(assumptions, days, channels, st.integers(1, 60_000))
def test_the_lowest_price_for_the_proceeds_of_a_price_is_not_above_it(
    assumed: FeeAssumptions, day: date, channel: Channel, price: int
) -> None:
    curve = proceeds_curve(PRODUCT, day, channel, assumed)
    net = curve.net_at(price)
    assert net is not None
    found = curve.lowest_price(net)
    assert found is not None
    assert found <= price
    reached = curve.net_at(found)
    assert reached is not None
    assert reached >= net


@given(assumptions, days, channels)
def test_the_pieces_cover_every_price_once(
    assumed: FeeAssumptions, day: date, channel: Channel
) -> None:
    pieces = list(proceeds_curve(PRODUCT, day, channel, assumed).pieces())
    assert pieces[0][0] == 1
    assert pieces[-1][1] == MAX_PRICE_CENTS
    assert all(a[1] + 1 == b[0] for a, b in pairwise(pieces))


def unknown_curve() -> ProceedsCurve:
    return proceeds_curve(PRODUCT, date(2026, 3, 2), Channel.FBA)


def test_an_unknown_curve_is_nan_everywhere() -> None:
    curve = unknown_curve()
    assert np.isnan(curve.net(np.array([100, 2000]))).all()
    assert curve.net_at(2000) is None
    assert curve.lowest_price(0) is None
    assert curve.jumps() == ()


def test_a_curve_from_an_observation_is_known_in_its_own_band_only() -> None:
    seen = FulfilmentObservation(542, date(2026, 3, 1), 2499)
    assumed = FeeAssumptions(fee_category="books")
    curve = proceeds_curve(PRODUCT, date(2026, 3, 2), Channel.FBA, assumed, observation=seen)
    net = curve.net(np.array([999, 1000, 5000, 5001]))
    assert np.isnan(net).tolist() == [True, False, False, True]
    assert curve.net_at(999) is None
    assert not curve.known
    assert curve.jumps() == ()
    assert curve.lowest_price(0) == 1000
    assert curve.lowest_price(3500) == 4967
    assert curve.lowest_price(4000) is None


def test_a_curve_without_a_category_is_unknown_and_its_lines_say_so() -> None:
    measured = replace(PRODUCT, package=PackageSize((244, 166, 36), 599))
    curve = proceeds_curve(measured, date(2026, 3, 2), Channel.FBA)
    assert curve.referral is None
    assert curve.unknown_reasons
    assert curve.at(2000).line(FeeCode.FULFILMENT) is not None
