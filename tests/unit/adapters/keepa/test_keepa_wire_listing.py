"""Used Buy Boxes, coupons, variations, rank categories and what offers tell over time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from arbitragevault.adapters.keepa.wire import decode_keepa
from arbitragevault.domain.catalog.product import Channel, Condition
from arbitragevault.domain.errors import PayloadError
from arbitragevault.domain.market.listing import EligibleOffers, Listing, Variation
from arbitragevault.domain.market.market import Market, SeriesKind

Maker = Callable[..., dict[str, Any]]
UPDATED = 8_000_000
MANY_VARIATIONS = [
    {
        "asin": "B000000001",
        "image": "x.jpg",
        "attributes": [
            {"dimension": "Color", "value": "White"},
            {"dimension": "Size"},
            "odd",
        ],
    },
    {"asin": None},
    "odd",
]


@pytest.fixture
def market(make_product: Maker) -> Callable[..., Market]:
    def decode(**fields: Any) -> Market:  # noqa: ANN401 - JSON
        return decode_keepa(orjson.dumps(make_product(**fields)))[0]

    return decode


def test_nothing_is_known_of_most(market: Callable[..., Market]) -> None:
    assert market().listing == Listing()


def test_the_used_buy_box(market: Callable[..., Market]) -> None:
    told = ["7000000", "A1", "4", "0", "7000100", "", "", "", "7000200", "A2", "0", "1"]
    used = market(buyBoxUsedHistory=[*told, "7000300", "A3"]).listing.used_buy_box
    assert used is not None
    assert used.minutes.tolist() == [7_000_000, 7_000_100, 7_000_200]
    assert used.sellers == ("A1", None, "A2")
    assert used.conditions == (Condition.GOOD, None, None)
    assert used.channels == (Channel.FBM, None, Channel.FBA)


def test_points_out_of_order_are_ordered(market: Callable[..., Market]) -> None:
    told = ["7000200", "A2", "2", "1", "7000000", "A1", "3", "0", "9999999", "A3", "3", "0"]
    used = market(buyBoxUsedHistory=told).listing.used_buy_box
    assert used is not None
    assert used.sellers == ("A1", "A2")
    ranks = market(salesRankReferenceHistory=[7_000_200, 2, 7_000_000, 1, 7_000_200, 3]).listing
    assert ranks.rank_categories is not None
    assert ranks.rank_categories.categories == (1, 3)


def test_the_rank_category(market: Callable[..., Market]) -> None:
    told = [7_000_000, 283155, 7_000_100, -1, 7_000_200, 2**63 - 1, 7_000_300, 2**62]
    found = market(salesRankReferenceHistory=told).listing.rank_categories
    assert found is not None
    assert found.categories == (283155, None, None, 2**62)


@pytest.mark.parametrize(
    "told",
    [
        {"buyBoxUsedHistory": ["x", "A", "4", "0"]},
        {"buyBoxUsedHistory": ["7000000", [], "4", "0"]},
        {"salesRankReferenceHistory": [None, 5]},
    ],
)
def test_something_else_than_a_history_is_refused(
    market: Callable[..., Market], told: dict[str, Any]
) -> None:
    with pytest.raises(PayloadError, match="something else"):
        market(**told)


def test_eligible_offers(market: Callable[..., Market]) -> None:
    found = market(buyBoxEligibleOfferCounts=[5, 17, 3, 26, 0, 0, -1, 0]).listing.eligible_offers
    assert found == EligibleOffers(5, 17, 3, 26, 0, 0, None, 0)
    assert market(buyBoxEligibleOfferCounts=[5, 17]).listing.eligible_offers is None


def test_variations(market: Callable[..., Market]) -> None:
    found = market(variations=MANY_VARIATIONS, historicalVariations=["B000000009", 5]).listing
    assert found.variations == (Variation("B000000001", (("Color", "White"),), "x.jpg"),)
    assert found.past_variations == ("B000000009",)


def test_coupons(market: Callable[..., Market]) -> None:
    told = [7_000_000, 150, -5, 7_000_100, 0, 0, 7_000_200, -10, 200]
    found = market(couponHistory=told, coupon=[99, 99])
    expected = {
        SeriesKind.COUPON_AMOUNT: [150, np.nan, np.nan],
        SeriesKind.COUPON_PERCENT: [np.nan, np.nan, 10],
        SeriesKind.SUBSCRIBE_COUPON_AMOUNT: [np.nan, np.nan, 200],
        SeriesKind.SUBSCRIBE_COUPON_PERCENT: [5, np.nan, np.nan],
    }
    for kind, values in expected.items():
        series = found.history[kind]
        assert series.minutes.tolist() == [7_000_000, 7_000_100, 7_000_200]
        np.testing.assert_array_equal(series.values, values)
        assert kind not in found.current
        assert kind not in found.shipping


def test_a_coupon_without_history(market: Callable[..., Market]) -> None:
    current = market(coupon=[150, -5]).current
    assert current[SeriesKind.COUPON_AMOUNT] == 150
    assert current[SeriesKind.SUBSCRIBE_COUPON_PERCENT] == 5
    assert SeriesKind.COUPON_PERCENT not in current
    none = market(coupon=[0, None]).current
    assert not {kind for kind in none if "coupon" in kind}


def test_what_live_offers_tell_over_time(
    market: Callable[..., Market], make_offer: Callable[..., dict[str, Any]]
) -> None:
    offers = [
        make_offer(
            offerId=1,
            stockCSV=[7_990_000, 5, 7_995_000, -2, 7_996_000, 0, 9_999_999, 7],
            couponHistory=[7_990_000, 0, 7_995_000, -15],
        ),
        make_offer(offerId=2, couponHistory=[7_990_000, 0], stockCSV=None),
        make_offer(offerId=3, coupon=200),
        make_offer(offerId=4, coupon=200, lastSeen=None, stockCSV=["x", 1, 7_990_000, 4]),
        make_offer(offerId=5, stockCSV=[7_990_000, 5]),
    ]
    found = market(offers=offers, liveOffersOrder=[0, 1, 2, 3], offersSuccessful=True)
    first, second, third, fourth, past = found.offers or ()
    assert first.stock_history.minutes.tolist() == [7_990_000, 7_995_000, 7_996_000]
    np.testing.assert_array_equal(first.stock_history.values, [5, np.nan, 0])
    np.testing.assert_array_equal(first.coupon_percent.values, [np.nan, 15])
    np.testing.assert_array_equal(first.coupon_amount.values, [np.nan, np.nan])
    assert len(second.coupon_amount) == len(second.stock_history) == 0
    assert third.coupon_amount.minutes.tolist() == [UPDATED]
    assert third.coupon_amount.values.tolist() == [200]
    assert len(fourth.coupon_amount) == 0
    assert fourth.stock_history.values.tolist() == [4]
    assert len(past.stock_history) == 0


junk = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.text(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=5)
        | st.dictionaries(st.sampled_from(["asin", "attributes", "dimension"]), inner)
    ),
    max_leaves=8,
)


@given(
    st.dictionaries(
        st.sampled_from(
            [
                "buyBoxUsedHistory",
                "salesRankReferenceHistory",
                "buyBoxEligibleOfferCounts",
                "variations",
                "historicalVariations",
                "coupon",
                "couponHistory",
            ]
        ),
        junk,
    )
)
def test_junk_is_decoded_or_refused(make_product: Maker, told: dict[str, Any]) -> None:
    try:
        (market,) = decode_keepa(orjson.dumps(make_product(**told)))
    except PayloadError:
        return
    assert market.product.asin


@given(st.lists(junk, max_size=6), st.lists(junk, max_size=6))
def test_junk_in_offers_is_never_found_too_late(
    make_product: Maker, make_offer: Maker, stock: list[Any], coupons: list[Any]
) -> None:
    offers = [make_offer(stockCSV=stock, couponHistory=coupons, coupon=5)]
    raw = orjson.dumps(make_product(offers=offers, liveOffersOrder=[0], offersSuccessful=True))
    (market,) = decode_keepa(raw)
    assert len(list(market.offers or ())) == 1
