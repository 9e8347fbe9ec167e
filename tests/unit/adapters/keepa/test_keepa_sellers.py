"""Sellers: looking up, storefronts, queries and the list of the greatest."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx2
import numpy as np
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from arbitragevault.adapters.keepa.client import KeepaClient
from arbitragevault.adapters.keepa.sellers import (
    SellerRequest,
    find_sellers,
    query_sellers,
    read_sellers,
    seller_query_tokens,
    top_sellers,
)
from arbitragevault.adapters.keepa.wire_fields import parse_object
from arbitragevault.adapters.keepa.wire_sellers import decode_seller
from arbitragevault.domain.errors import InvalidInputError, KeepaRejectedError, PayloadError
from arbitragevault.domain.market.sellers import (
    AssortmentShare,
    Competitor,
    Feedback,
    RatingShares,
    StorefrontItem,
)

SELLER: dict[str, Any] = {
    "sellerId": "A2L77EE7U53NWQ",
    "sellerName": "Books &amp; More",
    "domainId": 1,
    "trackedSince": 2_000_000,
    "lastUpdate": 8_000_000,
    "lastRatingUpdate": 7_999_000,
    "csv": [[7_000_000, 95, 7_500_000, 96], [7_000_000, 900, 7_500_000, -1]],
    "shipsFromChina": False,
    "hasFBA": True,
    "totalStorefrontAsins": [8_000_000, 2],
    "totalStorefrontAsinsCSV": [7_000_000, 5, 8_000_000, 2],
    "asinList": ["B000000001", "B000000002", "B000000003"],
    "asinListLastSeen": [7_999_999, 7_999_998],
    "sellerCategoryStatistics": [
        {"catId": 283155, "productCount": 9, "avg30SalesRank": 120_000},
        {"catId": 0, "productCount": 9},
        "odd",
    ],
    "sellerBrandStatistics": [
        {
            "brand": "lego",
            "productCount": 4,
            "avg30SalesRank": -1,
            "productCountWithAmazonOffer": 3,
        },
        {"brand": "x"},
    ],
    "avgBuyBoxCompetitors": 3.5,
    "buyBoxNewOwnershipRate": 41,
    "buyBoxUsedOwnershipRate": -1,
    "competitors": [{"sellerId": "a1b2", "percent": 12.5}, {"sellerId": "c3"}, 7],
    "recentFeedback": [
        {"date": 7_990_000, "rating": 50, "isStriked": False},
        {"date": 7_980_000, "rating": 10, "isStriked": True},
        {"rating": 10},
    ],
    "positiveRating": [90, 91, 92, 93],
    "neutralRating": [5, 4, 3],
    "negativeRating": [5, 5, 5, -1],
    "ratingCount": [10, 20, 30, 40],
    "address": ["Main Street 1", "", "US"],
    "phoneNumber": "1-555-0100",
    "email": "",
    "somethingNew": {"a": 1},
}


class TestRequest:
    def test_a_look_up(self) -> None:
        request = SellerRequest(1, ("A1", "A2"))
        assert request.params() == {"domain": "1", "seller": "A1,A2"}
        assert request.worst_case_tokens == 2

    def test_a_storefront_costs_nine_more(self) -> None:
        request = SellerRequest(1, ("A1",), storefront=True)
        assert request.params()["storefront"] == "1"
        assert request.worst_case_tokens == 10

    def test_many_are_cut_into_hundreds_in_order(self) -> None:
        ids = [f"A{number}" for number in range(150)]
        cut = SellerRequest.for_sellers([*ids, "A3"], 1)
        assert [len(request.sellers) for request in cut] == [100, 50]
        assert [seller for request in cut for seller in request.sellers] == ids
        assert len(SellerRequest.for_sellers(ids[:3], 1, storefront=True)) == 3

    @pytest.mark.parametrize(
        ("sellers", "storefront"),
        [((), False), (("A",) * 101, False), (("A", "B"), True), (("A,B",), False), (("",), False)],
    )
    def test_what_keepa_would_refuse_is_refused(
        self,
        sellers: tuple[str, ...],
        storefront: bool,  # noqa: FBT001 - of the table above
    ) -> None:
        with pytest.raises(InvalidInputError):
            SellerRequest(1, sellers, storefront)


class TestDecoding:
    def test_a_seller(self) -> None:
        seller = decode_seller("x", SELLER)
        assert (seller.id, seller.name) == ("A2L77EE7U53NWQ", "Books & More")
        assert (seller.tracked_minute, seller.updated_minute) == (2_000_000, 8_000_000)
        assert seller.rating.value_at(7_600_000) == 96
        assert np.isnan(seller.rating_count.values[-1])
        assert seller.ratings["30d"] == RatingShares(90, 5, 5, 10)
        assert seller.ratings["lifetime"] == RatingShares(93, None, None, 40)
        assert (seller.has_fba, seller.ships_from_china) == (True, False)
        assert (seller.listings, seller.listings_minute) == (2, 8_000_000)
        assert seller.listings_history.value_at(7_100_000) == 5
        assert seller.storefront == (
            StorefrontItem("B000000001", 7_999_999),
            StorefrontItem("B000000002", 7_999_998),
            StorefrontItem("B000000003", None),
        )
        assert seller.categories == (AssortmentShare("283155", 9, 120_000, None),)
        assert seller.brands == (AssortmentShare("lego", 4, None, 3),)
        assert seller.buy_box_competitors == 3.5
        assert (seller.new_buy_box_percent, seller.used_buy_box_percent) == (41, None)
        assert seller.competitors == (Competitor("A1B2", 12.5),)
        assert seller.feedback == (Feedback(7_990_000, 50, False), Feedback(7_980_000, 10, True))
        assert seller.business == {"address": "Main Street 1\nUS", "phoneNumber": "1-555-0100"}

    def test_little_is_known_of_most(self) -> None:
        seller = decode_seller("A1", {"trackingSince": 5, "csv": [None, None]})
        assert (seller.id, seller.tracked_minute) == ("A1", 5)
        assert seller.storefront is None
        assert len(seller.rating) == len(seller.rating_count) == 0
        assert seller.ratings == {}
        assert (seller.listings, seller.listings_minute) == (None, None)

    def test_answers_follow_the_question(self, make_envelope: Callable[..., Any]) -> None:
        told = make_envelope() | {"sellers": {"a2": {"sellerName": "two"}, "A1": {}}}
        answer = read_sellers(parse_object(orjson.dumps(told)), ("A1", "A3", "A2"))
        assert [seller.id for seller in answer.sellers] == ["A1", "a2"]
        assert answer.missing == ("A3",)

    def test_sellers_are_an_object(self) -> None:
        with pytest.raises(PayloadError):
            read_sellers(parse_object(b'{"sellers": [1]}'), ("A1",))

    @given(
        st.dictionaries(
            st.sampled_from(sorted(SELLER)),
            st.recursive(
                st.none() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
                lambda inner: (
                    st.lists(inner, max_size=4)
                    | st.dictionaries(st.sampled_from(["catId", "date", "productCount"]), inner)
                ),
                max_leaves=8,
            ),
        )
    )
    def test_any_field_may_be_of_another_type(self, told: dict[str, Any]) -> None:
        assert decode_seller("A1", SELLER | told).id


class TestAsking:
    async def test_over_http(self, make_envelope: Callable[..., Any]) -> None:
        asked: list[httpx2.Request] = []
        body: dict[str, Any] = {
            "sellers": {"A2L77EE7U53NWQ": SELLER},
            "sellerIdList": ["A1", "A2"],
        }

        def answer(request: httpx2.Request) -> httpx2.Response:
            asked.append(request)
            return httpx2.Response(200, json=make_envelope() | body)

        transport = httpx2.MockTransport(answer)
        async with KeepaClient("http://keepa", "key", transport=transport) as client:
            found = await find_sellers(client, SellerRequest(1, ("A2L77EE7U53NWQ",)))
            assert found.sellers[0].name == "Books & More"
            assert (await top_sellers(client, 1)).sellers == ("A1", "A2")
            queried = await query_sellers(client, {"hasFBA": True}, 1, most=300)
            assert queried.sellers == ("A1", "A2")
            with pytest.raises(InvalidInputError, match="Brazil"):
                await top_sellers(client, 12)
            with pytest.raises(InvalidInputError, match="filters nothing"):
                await query_sellers(client, {}, 1, most=300)
        paths = [request.url.path for request in asked if request.url.path != "/token"]
        assert paths == ["/seller", "/topseller", "/sellerquery"]
        assert orjson.loads(asked[-1].content) == {"hasFBA": True}

    def test_a_query_costs_by_what_may_come_back(self) -> None:
        assert (seller_query_tokens(1), seller_query_tokens(300)) == (11, 13)
        with pytest.raises(InvalidInputError):
            seller_query_tokens(0)

    async def test_a_malformed_id_is_an_error_beside_status_200(
        self, make_envelope: Callable[..., Any]
    ) -> None:
        error = {"type": "invalidParameter", "message": "bad seller", "details": "seller"}
        told = make_envelope() | {"error": error}
        transport = httpx2.MockTransport(lambda _: httpx2.Response(200, json=told))
        async with KeepaClient("http://keepa", "key", transport=transport) as client:
            with pytest.raises(KeepaRejectedError) as caught:
                await find_sellers(client, SellerRequest(1, ("A1",)))
        assert caught.value.error_type == "invalidParameter"
