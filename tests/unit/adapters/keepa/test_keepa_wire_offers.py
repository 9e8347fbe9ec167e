"""Offers and Buy Box holders."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import orjson
import pytest

from arbitragevault.adapters.keepa.wire import decode_keepa
from arbitragevault.domain.catalog.product import Channel, Condition
from arbitragevault.domain.errors import PayloadError
from arbitragevault.domain.market.market import Market, Offer

Maker = Callable[..., dict[str, Any]]
UPDATED = 8_000_000


@pytest.fixture
def decoded(make_product: Maker) -> Callable[..., Market]:
    def decode(**fields: Any) -> Market:  # noqa: ANN401 - JSON
        (market,) = decode_keepa(orjson.dumps(make_product(**fields)))
        return market

    return decode


@pytest.fixture
def one_offer(decoded: Callable[..., Market], make_offer: Maker) -> Callable[..., Offer]:
    def decode(**fields: Any) -> Offer:  # noqa: ANN401 - JSON
        market = decoded(offers=[make_offer(**fields)], liveOffersOrder=[0])
        assert market.offers is not None
        return market.offers[0]

    return decode


def test_an_offer(one_offer: Callable[..., Offer]) -> None:
    offer = one_offer(
        isFBA=True,
        isPrime=True,
        minOrderQty=2,
        stockCSV=[7_900_000, 5, 7_990_000, 0],
        conditionComment=" Like <i>new</i> &amp; clean ",
    )
    assert offer.offer_id == 7
    assert offer.seller == "A2SELLER"
    assert offer.condition is Condition.NEW
    assert offer.channel is Channel.FBA
    assert offer.is_prime
    assert offer.is_live
    assert offer.stock == 0
    assert offer.minimum_order == 2
    assert offer.comment == "Like new & clean"
    assert offer.last_seen == UPDATED


def test_the_newest_price_is_last_and_free_shipping_is_0(one_offer: Callable[..., Offer]) -> None:
    offer = one_offer()
    assert offer.price.values.tolist() == [2500, 2400]
    assert offer.shipping.values.tolist() == [399, 0]
    assert offer.landed_price == 2400


@pytest.mark.parametrize("shipping", [-1, -2])
def test_unknown_shipping_is_never_added(one_offer: Callable[..., Offer], shipping: int) -> None:
    offer = one_offer(offerCSV=[7_900_000, 2500, shipping])
    assert np.isnan(offer.shipping.values[-1])
    assert offer.landed_price == 2500


@pytest.mark.parametrize(
    ("code", "condition"),
    [
        (0, None),
        (1, Condition.NEW),
        (2, Condition.LIKE_NEW),
        (3, Condition.VERY_GOOD),
        (4, Condition.GOOD),
        (5, Condition.ACCEPTABLE),
        (6, None),
        (7, None),
        (10, None),
        (11, None),
        (99, None),
    ],
)
def test_conditions(
    one_offer: Callable[..., Offer], code: int, condition: Condition | None
) -> None:
    offer = one_offer(condition=code)
    assert offer.condition is condition
    assert offer.condition_code == code


def test_fields_that_are_missing(one_offer: Callable[..., Offer]) -> None:
    offer = one_offer(
        offerId=..., condition=..., lastSeen=..., isFBA=..., isShippable=..., isMAP=None
    )
    assert offer.offer_id == 0
    assert offer.condition is None
    assert offer.last_seen == 7_950_000
    assert offer.channel is Channel.FBM
    assert offer.is_shippable
    assert not offer.is_map
    assert offer.stock is None
    assert offer.comment is None


def test_fields_of_another_type_are_unknown(one_offer: Callable[..., Offer]) -> None:
    offer = one_offer(
        condition="1", lastSeen={}, stockCSV="x", minOrderQty=[], conditionComment=5, isFBA=1
    )
    assert offer.condition is None
    assert offer.stock is None
    assert offer.minimum_order is None
    assert offer.comment is None
    assert offer.channel is Channel.FBM
    assert one_offer(stockCSV=[7_900_000, -1]).stock is None
    assert one_offer(stockCSV=[7_900_000]).stock is None


def test_live_offers_are_counted_once(decoded: Callable[..., Market], make_offer: Maker) -> None:
    offers = [make_offer(offerId=number) for number in range(5)]
    market = decoded(offers=offers, liveOffersOrder=[3, 1, 3, 99, -1, "0"])
    assert market.live_offers is not None
    assert [offer.offer_id for offer in market.live_offers] == [1, 3]
    assert market.offers is not None
    assert len(market.offers) == 5


@pytest.mark.parametrize(("successful", "live"), [(True, ()), (False, None), (None, None)])
def test_no_order_means_none_only_after_a_fetch(
    decoded: Callable[..., Market],
    make_offer: Maker,
    successful: object,
    live: tuple[Offer, ...] | None,
) -> None:
    market = decoded(offers=[make_offer()], liveOffersOrder=None, offersSuccessful=successful)
    assert market.live_offers == live


def test_no_offers_asked_for(decoded: Callable[..., Market]) -> None:
    assert decoded().offers is None
    assert decoded(offers=...).offers is None
    empty = decoded(offers=[], liveOffersOrder=None, offersSuccessful=True)
    assert empty.offers is not None
    assert len(empty.offers) == 0
    assert empty.live_offers == ()


def test_what_past_offers_had_in_stock_is_not_kept(
    decoded: Callable[..., Market], make_offer: Maker
) -> None:
    offers = [make_offer(stockCSV=[7_900_000, 3], conditionComment="ok")] * 2
    market = decoded(offers=offers, liveOffersOrder=[1])
    assert market.offers is not None
    assert [offer.stock for offer in market.offers] == [None, 3]
    assert [offer.comment for offer in market.offers] == [None, "ok"]


def test_offers_that_a_recording_cut_off_are_left_out(
    decoded: Callable[..., Market], make_offer: Maker
) -> None:
    offers = [
        make_offer(offerId=1),
        make_offer(offerId=2, sellerId=...),
        make_offer(offerId=3, offerCSV=...),
        make_offer(offerId=4, offerCSV=[7_900_000, 5]),
        make_offer(offerId=5),
    ]
    market = decoded(offers=offers, liveOffersOrder=[4])
    assert market.offers is not None
    assert [offer.offer_id for offer in market.offers] == [1, 5]
    assert [offer.is_live for offer in market.offers] == [False, True]
    assert len(market.offers) == 2


def test_empty_price_lists(decoded: Callable[..., Market], make_offer: Maker) -> None:
    market = decoded(offers=[make_offer(offerCSV=[])], liveOffersOrder=[0])
    assert market.offers == ()


def test_price_lists_out_of_order(decoded: Callable[..., Market], make_offer: Maker) -> None:
    offers = [
        make_offer(offerCSV=[7_950_000, 2, 0, 7_900_000, 1, 0, 7_950_000, 3, 0]),
        make_offer(offerCSV=[7_900_000, 4, 0, UPDATED + 9_000, 5, 0]),
        make_offer(offerCSV=[]),
    ]
    market = decoded(offers=offers, liveOffersOrder=[0])
    assert market.offers is not None
    assert [offer.price.values.tolist() for offer in market.offers] == [[1, 3], [4]]


@pytest.mark.parametrize(
    "offers", [[5], [None], [[]], ["x"], [{"offerCSV": 5}], [{"offerCSV": [1.5]}], "x"]
)
def test_offers_of_another_form_are_refused(decoded: Callable[..., Market], offers: object) -> None:
    with pytest.raises(PayloadError, match="ask Keepa again"):
        decoded(offers=offers)


def test_offers_made_late_equal_offers_made_at_once(
    decoded: Callable[..., Market], make_offer: Maker
) -> None:
    def market() -> Market:
        return decoded(offers=[make_offer(), make_offer(isFBA=True)], liveOffersOrder=[0])

    assert market() == market()
    assert market() == copy.deepcopy(market())
    loaded = pickle.loads(pickle.dumps(market().offers))  # noqa: S301 - our own bytes
    assert isinstance(loaded, tuple)
    assert market().offers == loaded
    assert loaded == market().offers


def test_the_past_of_offers(decoded: Callable[..., Market], make_offer: Maker) -> None:
    offers = [make_offer(), make_offer(offerCSV=[7_990_000, 1, 0])]
    past = decoded(offers=offers, liveOffersOrder=[0]).as_of(7_920_000)
    assert past.offers is not None
    (offer,) = past.offers
    assert offer.price.values.tolist() == [2500]
    assert offer.is_live is None
    assert past.live_offers is None


class TestBuyBoxHolders:
    def test_holders(self, decoded: Callable[..., Market]) -> None:
        history = ["7000000", "ATVPD", "7100000", "-1", "7200000", "-2", "7300000", "A2SELLER"]
        sellers = decoded(buyBoxSellerIdHistory=history).buy_box_sellers
        assert sellers is not None
        assert sellers.minutes.tolist() == [7_000_000, 7_100_000, 7_200_000, 7_300_000]
        assert sellers.sellers == ("ATVPD", None, None, "A2SELLER")

    def test_any_order_and_impossible_minutes(self, decoded: Callable[..., Market]) -> None:
        history = ["7200000", "B", "7000000", "A", "7200000", "C", "99999999", "D", "-5", "E", "7"]
        sellers = decoded(buyBoxSellerIdHistory=history).buy_box_sellers
        assert sellers is not None
        assert sellers.minutes.tolist() == [7_000_000, 7_200_000]
        assert sellers.sellers == ("A", "C")

    def test_not_collected(self, decoded: Callable[..., Market]) -> None:
        assert decoded().buy_box_sellers is None
        empty = decoded(buyBoxSellerIdHistory=[]).buy_box_sellers
        assert empty is not None
        assert empty.sellers == ()

    @pytest.mark.parametrize("history", [["x", "A"], [None, "A"], [[], "A"], ["9" * 30, "A"]])
    def test_minutes_of_another_form_are_refused(
        self, decoded: Callable[..., Market], history: object
    ) -> None:
        with pytest.raises(PayloadError, match="buyBoxSellerIdHistory"):
            decoded(buyBoxSellerIdHistory=history)

    def test_sellers_of_another_form_are_unknown(self, decoded: Callable[..., Market]) -> None:
        sellers = decoded(buyBoxSellerIdHistory=["7000000", 5, 7_100_000, ""]).buy_box_sellers
        assert sellers is not None
        assert sellers.sellers == (None, None)
