"""Every endpoint beside ``/product``, over HTTP: payload, cost, limits, refusals."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from typing import Any

import httpx2
import orjson
import pytest
from starlette.applications import Starlette

from arbitragevault.adapters.keepa import schema
from arbitragevault.sandbox.kinds import BOOKS, KINDS, topic_id
from arbitragevault.sandbox.server import create_sandbox
from arbitragevault.sandbox.simulated import SimulatedSource

NOW = 8_360_000
HOUR = 60


@pytest.fixture
def app(source: SimulatedSource, clock: Callable[[], float]) -> Starlette:
    return create_sandbox(source, refill_per_minute=1_200, clock=clock, shows_log=True)


async def get(
    client: httpx2.AsyncClient, path: str, *, status: int = 200, **query: str | int
) -> dict[str, Any]:
    params = {"domain": 1, **{name.replace("_", "-"): value for name, value in query.items()}}
    response = await client.get(f"/{path}", params=params)
    assert response.status_code == status, response.text
    body: dict[str, Any] = response.json()
    return body


async def find(
    client: httpx2.AsyncClient, selection: dict[str, Any], *, status: int = 200, **query: int
) -> dict[str, Any]:
    response = await client.post(
        "/query", params={"domain": 1, **query}, content=orjson.dumps(selection)
    )
    assert response.status_code == status, response.text
    body: dict[str, Any] = response.json()
    return body


class TestFinder:
    async def test_a_selection_by_get_and_by_post(self, client: httpx2.AsyncClient) -> None:
        selection = {"current_SALES_lte": 300_000, "current_NEW_gte": 1_000}
        posted = await find(client, selection)
        text = orjson.dumps(selection).decode()
        asked = await get(client, "query", selection=text)
        assert posted["asinList"] == asked["asinList"]
        assert len(posted["asinList"]) == min(50, posted["totalResults"])
        assert posted["tokensConsumed"] == 11

    async def test_cost_and_paging(self, client: httpx2.AsyncClient) -> None:
        everything = {"trackingSince_gte": 1, "sort": [["trackingSince", "asc"]]}
        whole = await find(client, {**everything, "perPage": 1_000})
        count = whole["totalResults"]
        assert len(whole["asinList"]) == count > 380
        assert whole["tokensConsumed"] == 10 + -(-count // 100)
        pages = [await find(client, {**everything, "page": page}) for page in range(9)]
        joined = [asin for page in pages for asin in page["asinList"]]
        assert joined == whole["asinList"]
        assert pages[8]["asinList"] == []
        assert pages[8]["tokensConsumed"] == 10

    async def test_insights_cost_thirty_more(self, client: httpx2.AsyncClient) -> None:
        answer = await find(client, {"isHazMat": False}, stats=1)
        assert answer["tokensConsumed"] == 10 + 1 + 30 + 1
        insights = answer["searchInsights"]
        assert 0 < insights["lowestRank"] < insights["highestRank"]
        assert 5 <= insights["brandCount"] <= 40

    @pytest.mark.parametrize(
        ("selection", "name"),
        [
            ({"current_NEWEST_lte": 5}, "current_NEWEST_lte"),
            ({"current_NEW_lte": "5"}, "current_NEW_lte"),
            ({"current_NEW_lte": True}, "current_NEW_lte"),
            ({"isHazMat": 1}, "isHazMat"),
            ({"brand": "Havenora"}, "brand"),
            ({"brand": ["x"] * 51}, "brand"),
            ({"title": ["a"]}, "title"),
            ({"title": "a", "perPage": 20}, "perPage"),
            ({"title": "a", "page": -1}, "page"),
            ({"title": "a", "page": 300}, "page"),
            ({"title": "a", "sort": [["current_NEW_lte", "asc"]]}, "sort"),
            ({"title": "a", "sort": [["current_NEW", "up"]]}, "sort"),
            ({"title": "a", "minMatch": 3}, "minMatch"),
            ({}, "selection"),
        ],
    )
    async def test_a_bad_field_is_named(
        self, client: httpx2.AsyncClient, selection: dict[str, Any], name: str
    ) -> None:
        answer = await find(client, selection, status=400)
        assert answer["error"] == {
            "type": "invalidParameter",
            "message": "The queryJSON is of invalid format.",
            "details": name,
        }
        assert answer["tokensConsumed"] == 0

    async def test_catalogue_filters_are_exact(
        self, client: httpx2.AsyncClient, source: SimulatedSource
    ) -> None:
        topic = topic_id(KINDS[0], 2)
        found = await find(client, {"categories_include": [topic], "perPage": 1_000})
        market = source.marketplace
        entries = [market.entry(asin) for asin in market.asins]
        wanted = {
            entry.asin
            for entry in entries
            if entry and not entry.is_dead and topic_id(entry.kind, entry.topic) == topic
            and entry.birth <= NOW
        }  # fmt: skip
        assert set(found["asinList"]) == wanted
        entry = next(e for e in entries if e and e.author and not e.is_dead)
        named = await find(client, {"author": [entry.author], "title": entry.title.split(":")[0]})
        assert entry.asin in named["asinList"]
        excluded = await find(client, {"author": [f"✜{entry.author}"], "perPage": 1_000})
        assert entry.asin not in excluded["asinList"]

    async def test_measures_and_dates_are_those_of_the_product(
        self, client: httpx2.AsyncClient, source: SimulatedSource
    ) -> None:
        selection = {"packageWeight_gte": 900, "numberOfPages_gte": 600, "perPage": 100}
        found = await find(client, selection)
        assert found["asinList"]
        for asin in found["asinList"]:
            entry = source.marketplace.entry(asin)
            assert entry is not None
            assert entry.listed.weight_grams >= 900
            assert (entry.pages or 0) >= 600

    async def test_an_answered_product_counts_with_its_own_figures(
        self, client: httpx2.AsyncClient, source: SimulatedSource
    ) -> None:
        asins = ",".join(source.marketplace.asins[:60])
        products = (await get(client, "product", asin=asins, stats=90))["products"]
        prices = {
            one["asin"]: one["stats"]["current"][1] for one in products if one["productType"] < 4
        }
        median = sorted(prices.values())[len(prices) // 2]
        found = await find(client, {"current_NEW_gte": max(1, median), "perPage": 1_000})
        assert {a for a, price in prices.items() if price >= median} == (
            set(found["asinList"]) & set(prices)
        )

    async def test_missing_values_match_only_if_asked_for(self, client: httpx2.AsyncClient) -> None:
        without = {"current_AMAZON_gte": -1, "current_AMAZON_lte": -1, "perPage": 1_000}
        cheap = {"current_AMAZON_lte": 10_000_000, "perPage": 1_000}
        first, second = await find(client, without), await find(client, cheap)
        assert first["asinList"]
        assert second["asinList"]
        assert not set(first["asinList"]) & set(second["asinList"])


async def test_elsewhere_everything_is_empty(client: httpx2.AsyncClient) -> None:
    assert (await find(client, {"title": "a"}))["totalResults"] > 0
    answer = await client.post("/query", params={"domain": 3}, content=orjson.dumps({"title": "a"}))
    assert answer.json()["totalResults"] == 0


class TestDeals:
    async def ask(
        self, client: httpx2.AsyncClient, status: int = 200, **more: object
    ) -> dict[str, Any]:
        selection = {"domainId": 1, "priceTypes": [1], "dateRange": 3, **more}
        content = orjson.dumps(selection)
        response = await client.post("/deal", content=content)
        assert response.status_code == status, response.text
        body: dict[str, Any] = response.json()
        return body

    async def test_objects_follow_keepas_arithmetic(self, client: httpx2.AsyncClient) -> None:
        answer = await self.ask(client)
        assert answer["tokensConsumed"] == 5
        assert answer["dealsCached"] is False
        deals = answer["deals"]["dr"]
        assert len(deals) == 150
        assert sum(answer["deals"]["categoryCount"]) >= 150
        for deal in deals:
            for span in range(4):
                for slot in (1, 2, 3, 18):
                    mean, now = deal["avg"][span][slot], deal["current"][slot]
                    delta = mean - now if mean >= 0 and now >= 0 else 0
                    assert deal["delta"][span][slot] == delta
        percents = [deal["deltaPercent"][3][1] for deal in deals]
        assert percents == sorted(percents, reverse=True)

    async def test_filters_sorting_and_pages(self, client: httpx2.AsyncClient) -> None:
        books = await self.ask(
            client, isFilterEnabled=True, includeCategories=[BOOKS.id], sortType=3,
            isRangeEnabled=True, deltaPercentRange=[10, 90], currentRange=[500, -1],
        )  # fmt: skip
        deals = books["deals"]["dr"]
        assert deals
        assert {deal["rootCat"] for deal in deals} == {BOOKS.id}
        assert all(10 <= deal["deltaPercent"][3][1] <= 90 for deal in deals)
        assert all(deal["current"][1] >= 500 for deal in deals)
        ranks = [deal["current"][3] for deal in deals if deal["current"][3] > 0]
        assert ranks == sorted(ranks)
        everything = await self.ask(client)
        second = await self.ask(client, page=1)
        assert not {d["asin"] for d in everything["deals"]["dr"]} & {
            d["asin"] for d in second["deals"]["dr"]
        }
        titled = await self.ask(client, isFilterEnabled=True, titleSearch="the")
        assert all("the" in d["title"].lower() for d in titled["deals"]["dr"])

    @pytest.mark.parametrize(
        ("more", "name"),
        [
            ({"priceTypes": []}, "priceTypes"),
            ({"priceTypes": [1, 2]}, "priceTypes"),
            ({"priceTypes": [11]}, "priceTypes"),
            ({"dateRange": 4}, "dateRange"),
            ({"sortType": 9}, "sortType"),
            ({"isRangeEnabled": True, "deltaPercentRange": [5, 90]}, "deltaPercentRange"),
            ({"nonsense": 1}, "nonsense"),
            ({"domainId": 7}, "domain"),
        ],
    )
    async def test_a_bad_field_is_named(
        self, client: httpx2.AsyncClient, more: dict[str, Any], name: str
    ) -> None:
        answer = await self.ask(client, status=400, **more)
        assert answer["error"]["details"] == name


class TestCategories:
    async def test_roots_children_and_parents(self, client: httpx2.AsyncClient) -> None:
        roots = await get(client, "category", category=0, parents=1)
        assert roots["tokensConsumed"] == 1
        books = roots["categories"][str(BOOKS.id)]
        assert books["name"] == "Books"
        assert books["parent"] == 0
        assert books["productCount"] > 100
        child = str(books["children"][0])
        answer = await get(client, "category", category=child, parents=1)
        assert answer["categories"][child]["parent"] == BOOKS.id
        assert list(answer["categoryParents"]) == [str(BOOKS.id)]

    async def test_search_by_name(self, client: httpx2.AsyncClient) -> None:
        answer = await get(client, "search", type="category", term="organic chemistry")
        assert answer["tokensConsumed"] == 1
        assert "Organic Chemistry" in {one["name"] for one in answer["categories"].values()}
        short = await get(client, "search", status=400, type="category", term="ab")
        assert short["error"]["details"] == "term"

    async def test_more_than_ten_are_refused(self, client: httpx2.AsyncClient) -> None:
        ids = ",".join(str(number) for number in range(1, 12))
        answer = await get(client, "category", status=400, category=ids, parents=0)
        assert answer["error"]["details"] == "category"


class TestSearch:
    async def test_products_by_words_and_by_code(
        self, client: httpx2.AsyncClient, source: SimulatedSource
    ) -> None:
        answer = await get(client, "search", type="product", term="harbor", stats=30)
        assert answer["tokensConsumed"] == 10
        assert 1 <= len(answer["products"]) <= 20
        assert all("harbor" in one["title"].lower() for one in answer["products"])
        entry = source.marketplace.entry(answer["products"][0]["asin"])
        assert entry is not None
        code = next(iter(entry.eans or entry.upcs), None)
        if code is not None:
            only = await get(client, "search", type="product", term=code, asins_only=1)
            assert entry.asin in only["asinList"]

    async def test_type_is_needed(self, client: httpx2.AsyncClient) -> None:
        answer = await get(client, "search", status=400, term="harbor")
        assert answer["error"]["details"] == "type"


class TestBestSellers:
    async def test_best_first_one_per_family(
        self, client: httpx2.AsyncClient, source: SimulatedSource
    ) -> None:
        answer = await get(client, "bestsellers", category=BOOKS.id)
        assert answer["tokensConsumed"] == 50
        listed = answer["bestSellersList"]
        assert listed["categoryId"] == BOOKS.id
        more = await get(client, "bestsellers", category=BOOKS.id, variations=1, range=90)
        assert len(more["bestSellersList"]["asinList"]) > 200
        toys = (await get(client, "bestsellers", category="Toy"))["bestSellersList"]
        assert toys["categoryId"] == 0
        parents = [
            source.marketplace.parent_asin(entry)
            for asin in toys["asinList"]
            if (entry := source.marketplace.entry(asin)) and entry.family
        ]
        assert len(parents) == len(set(parents))

    async def test_an_unknown_list_is_free(self, client: httpx2.AsyncClient) -> None:
        answer = await get(client, "bestsellers", category=12_345)
        assert "bestSellersList" not in answer
        assert answer["tokensConsumed"] == 0

    @pytest.mark.parametrize(
        ("query", "name"),
        [
            ({"domain": 12}, "domain"),
            ({"range": 31}, "range"),
            ({"month": 3}, "month"),
            ({"month": 11, "year": 2026}, "month"),
            ({"month": 1, "year": 2020}, "month"),
            ({"range": 30, "sublist": 1}, "range"),
        ],
    )
    async def test_refusals(
        self, client: httpx2.AsyncClient, query: dict[str, int], name: str
    ) -> None:
        answer = await get(client, "bestsellers", status=400, category=BOOKS.id, **query)
        assert answer["error"]["details"] == name

    async def test_past_months(self, client: httpx2.AsyncClient) -> None:
        answer = await get(client, "bestsellers", category=BOOKS.id, month=9, year=2026)
        assert answer["bestSellersList"]["asinList"]


class TestSellers:
    async def test_one_token_each_and_nine_for_the_shop(
        self, client: httpx2.AsyncClient, source: SimulatedSource
    ) -> None:
        pool = source.marketplace.pool
        asked = f"{pool.ids[0]},{pool.ids[1]},ASBX0UNKNOWN1"
        answer = await get(client, "seller", seller=asked)
        assert answer["tokensConsumed"] == 2
        assert list(answer["sellers"]) == list(pool.ids[:2])
        shop = await get(client, "seller", seller=pool.ids[0], storefront=1)
        assert shop["tokensConsumed"] == 10
        seller = shop["sellers"][pool.ids[0]]
        assert seller["sellerName"] == pool.names[0]
        assert len(seller["asinList"]) == len(seller["asinListLastSeen"]) >= 2
        assert seller["totalStorefrontAsins"][1] == len(seller["asinList"])
        assert sum(one["productCount"] for one in seller["sellerCategoryStatistics"]) == len(
            seller["asinList"]
        )

    async def test_a_shop_is_what_product_pages_show(
        self, client: httpx2.AsyncClient, source: SimulatedSource
    ) -> None:
        seller = source.marketplace.pool.ids[0]
        shop = await get(client, "seller", seller=seller, storefront=1)
        asins = shop["sellers"][seller]["asinList"][:10]
        answer = await get(client, "product", asin=",".join(asins), offers=100)
        sold = [
            any(offer["sellerId"] == seller for offer in one["offers"])
            for one in answer["products"]
        ]
        assert sum(sold) >= 0.7 * len(sold)

    async def test_shops_come_one_at_a_time(
        self, client: httpx2.AsyncClient, source: SimulatedSource
    ) -> None:
        asked = ",".join(source.marketplace.pool.ids[:2])
        answer = await get(client, "seller", status=400, seller=asked, storefront=1)
        assert answer["error"]["details"] == "seller"

    async def test_a_malformed_id_is_an_error_in_a_good_answer(
        self, client: httpx2.AsyncClient
    ) -> None:
        answer = await get(client, "seller", seller="nobody")
        assert answer["error"]["details"] == "nobody"
        assert answer["tokensConsumed"] == 0

    async def test_amazon_sells_too(self, client: httpx2.AsyncClient) -> None:
        answer = await get(client, "seller", seller="ATVPDKIKX0DER", storefront=1)
        assert answer["sellers"]["ATVPDKIKX0DER"]["sellerName"] == "Amazon.com"
        assert answer["sellers"]["ATVPDKIKX0DER"]["asinList"]

    async def test_top_sellers_and_seller_query(
        self, client: httpx2.AsyncClient, source: SimulatedSource
    ) -> None:
        top = await get(client, "topseller")
        assert top["tokensConsumed"] == 50
        assert set(top["sellerIdList"]) == set(source.marketplace.pool.ids)
        response = await client.post(
            "/sellerquery",
            params={"domain": 1},
            content=orjson.dumps({"sellerName": "books", "currentRatingCount_gte": 500}),
        )
        answer = response.json()
        shown = answer["sellerIdList"]
        assert answer["tokensConsumed"] == 10 + -(-len(shown) // 100)
        numbers = source.marketplace.seller_numbers
        names = [source.marketplace.pool.names[numbers[one]] for one in shown]
        assert names
        assert all("books" in name.lower() for name in names)
        refused = await client.post(
            "/sellerquery", params={"domain": 1}, content=orjson.dumps({"shoeSize": 43})
        )
        assert refused.json()["error"]["details"] == "shoeSize"


class TestLightningDeals:
    async def test_all_and_one(self, client: httpx2.AsyncClient) -> None:
        answer = await get(client, "lightningdeal")
        assert answer["tokensConsumed"] == 500
        deals = answer["lightningDeals"]
        assert deals
        for deal in deals:
            assert deal["startTime"] < deal["endTime"]
            assert deal["endTime"] >= NOW - 4 * 24 * HOUR
            upcoming = deal["startTime"] > NOW
            assert (deal["dealPrice"] == -1) == upcoming
            assert (deal["dealState"] == "UPCOMING") == upcoming
        one = await get(client, "lightningdeal", asin=deals[0]["asin"])
        assert one["tokensConsumed"] == 1
        assert {deal["asin"] for deal in one["lightningDeals"]} == {deals[0]["asin"]}

    async def test_by_state(self, client: httpx2.AsyncClient) -> None:
        answer = await get(client, "lightningdeal", state="EXPIRED")
        assert {deal["dealState"] for deal in answer["lightningDeals"]} <= {"EXPIRED"}
        refused = await get(client, "lightningdeal", status=400, state="GONE")
        assert refused["error"]["details"] == "state"
        empty = await get(client, "lightningdeal", status=400, asin="")
        assert empty["error"]["details"] == "asin"


class TestGraphImage:
    async def test_a_png_costs_a_token_once(
        self, client: httpx2.AsyncClient, source: SimulatedSource
    ) -> None:
        asin = source.marketplace.asins[0]
        query: dict[str, str | int] = {
            "domain": 1,
            "asin": asin,
            "used": 1,
            "salesrank": 1,
            "width": 400,
            "height": 160,
        }
        before = (await get(client, "token"))["tokensLeft"]
        response = await client.get("/graphimage", params=query)
        assert response.headers["content-type"] == "image/png"
        pixels = _decoded(response.content, 400, 160)
        assert len(set(pixels)) > 3
        again = await client.get("/graphimage", params=query)
        assert again.content == response.content
        assert (await get(client, "token"))["tokensLeft"] == before - 1

    @pytest.mark.parametrize(
        ("query", "name"),
        [({"asin": "x"}, "asin"), ({"width": 2_000}, "width"), ({"height": 20}, "height"),
         ({"cNew": "green"}, "cNew"), ({"range": 0}, "range")],
    )  # fmt: skip
    async def test_refusals(
        self,
        client: httpx2.AsyncClient,
        source: SimulatedSource,
        query: dict[str, Any],
        name: str,
    ) -> None:
        asked = {"asin": source.marketplace.asins[0], **query}
        answer = await get(client, "graphimage", status=400, **asked)
        assert answer["error"]["details"] == name


def _decoded(png: bytes, width: int, height: int) -> list[bytes]:
    """The pixels of a PNG of colour type 2 without filters."""
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    assert struct.unpack(">II", png[16:24]) == (width, height)
    size = struct.unpack(">I", png[33:37])[0]
    raw = zlib.decompress(png[41 : 41 + size])
    rows = [raw[1 + y * (3 * width + 1) : (y + 1) * (3 * width + 1)] for y in range(height)]
    return [row[x * 3 : x * 3 + 3] for row in rows for x in range(width)]


async def test_the_truth_is_told_to_whoever_runs_the_sandbox(
    client: httpx2.AsyncClient, source: SimulatedSource
) -> None:
    asin = next(a for a in source.marketplace.asins if source.marketplace.truth(a, NOW))
    told = (await client.get("/_sandbox/truth", params={"asin": asin})).json()
    truth = source.marketplace.truth(asin, NOW)
    assert truth is not None
    assert told["truth"]["sales"]["minute"] == truth.sales.minute.tolist()
    assert len(told["truth"]["demand"]) == truth.demand.size
    unknown = await client.get("/_sandbox/truth", params={"asin": "0000000000"})
    assert unknown.status_code == 404


@pytest.mark.parametrize("path", ["category", "seller", "graphimage", "bestsellers"])
async def test_another_method_is_not_allowed(client: httpx2.AsyncClient, path: str) -> None:
    response = await client.put(f"/{path}", params={"domain": 1})
    assert response.status_code == schema.STATUS_NOT_ALLOWED
