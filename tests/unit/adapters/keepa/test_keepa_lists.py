"""Best sellers, categories, product search, lightning deals and the picture of a history."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx2
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from arbitragevault.adapters.keepa.bestsellers import (
    BestSellersRequest,
    best_sellers,
    read_best_sellers,
)
from arbitragevault.adapters.keepa.categories import (
    ROOTS,
    look_up_categories,
    read_categories,
    search_categories,
)
from arbitragevault.adapters.keepa.client import PNG_MAGIC, KeepaClient
from arbitragevault.adapters.keepa.graphimage import GraphRequest, graph_image
from arbitragevault.adapters.keepa.lightning import (
    LightningRequest,
    LightningState,
    lightning_deals,
    read_lightning_deals,
)
from arbitragevault.adapters.keepa.search import ProductSearch, search_asins, search_products
from arbitragevault.adapters.keepa.wire_fields import parse_object
from arbitragevault.domain.errors import (
    InvalidInputError,
    KeepaRejectedError,
    PayloadError,
    UnknownMarketplaceError,
)

Json = dict[str, Any]


def document(told: Any) -> Any:  # noqa: ANN401 - JSON
    return parse_object(orjson.dumps(told))


class Keepa:
    """A client, what it asked, and what it is told."""

    def __init__(self, envelope: Json) -> None:
        self.told: Json = {}
        self.image = b""
        self.asked: list[tuple[str, dict[str, str]]] = []
        self._envelope = envelope
        self.client = KeepaClient("http://keepa", "key", transport=httpx2.MockTransport(self._say))

    def _say(self, request: httpx2.Request) -> httpx2.Response:
        if request.url.path == "/token":
            return httpx2.Response(200, json=self._envelope)
        params = dict(request.url.params)
        del params["key"]
        self.asked.append((request.url.path, params))
        if self.image:
            return httpx2.Response(200, content=self.image, headers={"content-type": "image/png"})
        return httpx2.Response(200, json=self._envelope | self.told)


@pytest.fixture
async def keepa(make_envelope: Callable[..., Json]) -> AsyncIterator[Keepa]:
    made = Keepa(make_envelope(tokensLeft=3_000, refillRate=60))
    async with made.client:
        yield made


class TestBestSellers:
    async def test_a_list(self, keepa: Keepa) -> None:
        keepa.told = {
            "bestSellersList": {
                "domainId": 1,
                "lastUpdate": 8_000_000,
                "categoryId": 283155,
                "asinList": ["B000000001", "B000000002"],
            }
        }
        request = BestSellersRequest(1, "283155", days=30, variations=True)
        found = await best_sellers(keepa.client, request)
        assert found.asins == ("B000000001", "B000000002")
        assert (found.category, found.updated_minute) == (283155, 8_000_000)
        params = {"domain": "1", "category": "283155", "range": "30", "variations": "1"}
        assert keepa.asked == [("/bestsellers", params)]
        assert request.worst_case_tokens == 50

    async def test_an_unknown_list_is_empty(self, keepa: Keepa) -> None:
        assert (await best_sellers(keepa.client, BestSellersRequest(1, "5"))).asins == ()

    def test_the_list_may_lie_at_the_top(self) -> None:
        found = read_best_sellers(document({"asinList": ["B0"], "categoryId": 0}))
        assert (found.asins, found.category) == (("B0",), None)

    def test_a_month_of_the_past(self) -> None:
        params = BestSellersRequest(1, "Book", month=(2026, 3), sublist=False).params()
        assert params == {"domain": "1", "category": "Book", "month": "3", "year": "2026"}

    @pytest.mark.parametrize("told", [{"bestSellersList": []}, {"asinList": [1]}])
    def test_another_form_is_refused(self, told: Json) -> None:
        with pytest.raises(PayloadError):
            read_best_sellers(document(told))

    @pytest.mark.parametrize(
        ("domain", "category", "rest"),
        [
            (12, "5", {}),
            (1, " ", {}),
            (1, "5", {"days": 7}),
            (1, "5", {"month": (2026, 13)}),
            (1, "5", {"month": (1999, 1)}),
            (1, "5", {"days": 30, "sublist": True}),
            (1, "5", {"days": 30, "month": (2026, 1)}),
        ],
    )
    def test_what_keepa_would_refuse_is_refused(
        self, domain: int, category: str, rest: Json
    ) -> None:
        with pytest.raises(InvalidInputError):
            BestSellersRequest(domain, category, **rest)


CATEGORY: Json = {
    "domainId": 1,
    "catId": 283155,
    "name": "Books",
    "websiteDisplayGroup": "book_display_on_website",
    "children": [1, 2],
    "parent": 0,
    "isBrowseNode": True,
    "highestRank": 90_000_000,
    "lowestRank": 1,
    "productCount": 80_000_000,
    "avgBuyBox": 1_999,
    "soldByAmazonPercent": 12.5,
    "topBrands": ["penguin", None],
    "topSellers": {"odd": 1},
    "matched": True,
}


class TestCategories:
    async def test_a_look_up_with_parents(self, keepa: Keepa) -> None:
        leaf = {"catId": 5, "name": "Teens", "parent": 283155, "children": None}
        keepa.told = {"categories": {"5": leaf}, "categoryParents": {"283155": CATEGORY}}
        found = await look_up_categories(keepa.client, (5,), 1, parents=True)
        assert (found.categories[5].name, found.categories[5].children) == ("Teens", ())
        books = found.parents[283155]
        assert (books.parent, books.children, books.products) == (None, (1, 2), 80_000_000)
        assert (books.summary.best_rank, books.summary.worst_rank) == (1, 90_000_000)
        assert books.summary.buy_box == 1_999
        assert books.top_brands == ("penguin",)
        params = {"domain": "1", "category": "5", "parents": "1"}
        assert keepa.asked == [("/category", params)]

    async def test_roots(self, keepa: Keepa) -> None:
        keepa.told = {"categories": {"9223372036854775807": {"name": "?"}}}
        found = await look_up_categories(keepa.client, ROOTS, 1)
        assert [one.id for one in found.categories.values()] == [None]
        assert keepa.asked[0][1]["category"] == "0"

    @pytest.mark.parametrize("ids", [(), tuple(range(1, 12))])
    async def test_one_to_ten_ids(self, keepa: Keepa, ids: tuple[int, ...]) -> None:
        with pytest.raises(InvalidInputError):
            await look_up_categories(keepa.client, ids, 1)

    async def test_a_search(self, keepa: Keepa) -> None:
        keepa.told = {"categories": {"283155": CATEGORY}}
        found = await search_categories(keepa.client, " used  books ", 1, parents=True)
        assert list(found.categories) == [283155]
        params = {"domain": "1", "type": "category", "term": "used books", "parents": "1"}
        assert keepa.asked == [("/search", params)]
        await search_categories(keepa.client, "books", 1)
        assert "parents" not in keepa.asked[1][1]

    @pytest.mark.parametrize("term", ["", "  ", "of books"])
    async def test_short_keywords_are_refused(self, keepa: Keepa, term: str) -> None:
        with pytest.raises(InvalidInputError):
            await search_categories(keepa.client, term, 1)

    async def test_an_error_without_categories_is_refused(self, keepa: Keepa) -> None:
        keepa.told = {"error": {"type": "invalidParameter"}}
        with pytest.raises(KeepaRejectedError):
            await search_categories(keepa.client, "books", 1)

    @pytest.mark.parametrize("told", [[], {"x": {}}, {"5": 1}])
    def test_another_form_is_refused(self, told: Any) -> None:  # noqa: ANN401 - JSON
        with pytest.raises(PayloadError):
            read_categories(document({"categories": told}))


class TestSearch:
    async def test_products(self, keepa: Keepa, make_product: Callable[..., Json]) -> None:
        keepa.told = {"products": [make_product(asin="B000000002"), make_product()]}
        search = ProductSearch(1, " lego castle ", rating=True, update_hours=0, history=False)
        answer = await search_products(keepa.client, search)
        assert [one.product.asin for one in answer.markets] == ["B000000002", "0593655036"]
        assert keepa.asked == [
            (
                "/search",
                {
                    "domain": "1",
                    "type": "product",
                    "term": "lego castle",
                    "stats": "90",
                    "history": "0",
                    "rating": "1",
                    "update": "0",
                },
            )
        ]
        assert search.worst_case_tokens == 35

    async def test_only_asins(self, keepa: Keepa) -> None:
        keepa.told = {"asinList": ["B000000002"]}
        found = await search_asins(keepa.client, ProductSearch(1, "lego"))
        assert found.asins == ("B000000002",)
        params = {"domain": "1", "type": "product", "term": "lego", "asins-only": "1"}
        assert keepa.asked == [("/search", params)]

    async def test_something_has_to_be_searched_for(self, keepa: Keepa) -> None:
        with pytest.raises(InvalidInputError):
            ProductSearch(1, " ")
        with pytest.raises(UnknownMarketplaceError):
            await search_products(keepa.client, ProductSearch(7, "lego"))


LIGHTNING: Json = {
    "domainId": 1,
    "lastUpdate": 8_000_000,
    "asin": "B000000001",
    "title": "A <b>thing</b>",
    "sellerName": "Amazon.com",
    "sellerId": "ATVPDKIKX0DER",
    "dealId": "d1",
    "dealPrice": 1_999,
    "currentPrice": -1,
    "image": "x.jpg",
    "isPrimeEligible": True,
    "rating": 45,
    "totalReviews": 0,
    "dealState": "BRAND_NEW_STATE",
    "startTime": 8_000_000,
    "endTime": 8_000_360,
    "percentClaimed": 0,
    "variation": [{"dimension": "Color", "value": "Red"}, {"dimension": "Size"}, 3],
}


class TestLightningDeals:
    async def test_deals(self, keepa: Keepa) -> None:
        keepa.told = {"lightningDeals": [LIGHTNING, {"title": "no ASIN"}]}
        request = LightningRequest(1, "B000000001", LightningState.AVAILABLE)
        found = await lightning_deals(keepa.client, request)
        (deal,) = found.deals
        assert (deal.title, deal.state) == ("A thing", "BRAND_NEW_STATE")
        assert (deal.price, deal.regular_price) == (1_999, None)
        assert (deal.percent_claimed, deal.percent_off, deal.reviews) == (0, None, 0)
        assert (deal.is_prime, deal.is_fba) == (True, None)
        assert deal.variation == {"Color": "Red"}
        params = {"domain": "1", "asin": "B000000001", "state": "AVAILABLE"}
        assert keepa.asked == [("/lightningdeal", params)]

    def test_the_whole_list_is_dear(self) -> None:
        assert LightningRequest(1).worst_case_tokens == 500
        assert LightningRequest(1).params() == {"domain": "1"}
        assert LightningRequest(1, "B000000001").worst_case_tokens == 1

    def test_what_keepa_would_refuse_is_refused(self) -> None:
        with pytest.raises(InvalidInputError, match="asin"):
            LightningRequest(1, " ")
        with pytest.raises(InvalidInputError, match="state"):
            LightningRequest(1, state=LightningState.UPCOMING)

    @pytest.mark.parametrize("told", [{}, [1], "x"])
    def test_another_form_is_refused(self, told: Any) -> None:  # noqa: ANN401 - JSON
        with pytest.raises(PayloadError):
            read_lightning_deals(document({"lightningDeals": told}))

    @given(
        st.dictionaries(
            st.sampled_from(sorted(LIGHTNING)), st.none() | st.integers() | st.lists(st.text())
        )
    )
    def test_any_field_may_be_of_another_type(self, told: Json) -> None:
        body = {"lightningDeals": [LIGHTNING | told]}
        try:
            raw = orjson.dumps(body)
        except TypeError:  # integers beyond 64 bits
            return
        assert len(read_lightning_deals(parse_object(raw)).deals) <= 1


class TestGraphImage:
    async def test_a_picture(self, keepa: Keepa) -> None:
        keepa.image = PNG_MAGIC + b"..."
        request = GraphRequest(
            1, "B000000001", {"bb": True, "amazon": False}, colours={"cNew": "00ff00"}
        )
        assert await graph_image(keepa.client, request) == keepa.image
        ((path, params),) = keepa.asked
        assert path == "/graphimage"
        assert (params["bb"], params["amazon"], params["cNew"]) == ("1", "0", "00ff00")
        assert (params["range"], params["width"], params["height"]) == ("90", "500", "200")
        assert request.worst_case_tokens == 1

    @pytest.mark.parametrize(
        "told",
        [
            {"asin": ""},
            {"days": 3},
            {"width": 299},
            {"height": 1_801},
            {"curves": {"gold": True}},
            {"colours": {"cNew": "green"}},
            {"colours": {"cGold": "00ff00"}},
        ],
    )
    def test_what_keepa_would_refuse_is_refused(self, told: Json) -> None:
        base: Json = {"domain": 1, "asin": "B000000001"}
        with pytest.raises(InvalidInputError):
            GraphRequest(**(base | told))
