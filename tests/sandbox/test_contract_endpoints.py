"""The client against the sandbox over real HTTP, endpoint by endpoint.

What every request cost has to be at most the worst case that was set aside for it, and the client's
balance the sandbox's own.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from arbitragevault.adapters.keepa.bestsellers import BestSellersRequest, best_sellers
from arbitragevault.adapters.keepa.categories import (
    ROOTS,
    look_up_categories,
    search_categories,
)
from arbitragevault.adapters.keepa.client import PNG_MAGIC, KeepaClient, RetryPolicy, Timeouts
from arbitragevault.adapters.keepa.deals import DealRequest, deal_pages, find_deals
from arbitragevault.adapters.keepa.finder import FinderQuery, find
from arbitragevault.adapters.keepa.finder_fields import finder_fields
from arbitragevault.adapters.keepa.finder_pages import all_pages, pages
from arbitragevault.adapters.keepa.finder_words import query_from_words
from arbitragevault.adapters.keepa.graphimage import GraphRequest, graph_image
from arbitragevault.adapters.keepa.lightning import LightningRequest, lightning_deals
from arbitragevault.adapters.keepa.search import ProductSearch, search_asins, search_products
from arbitragevault.adapters.keepa.selection import ValueType
from arbitragevault.adapters.keepa.sellers import SellerRequest, find_sellers, top_sellers
from arbitragevault.domain.errors import KeepaRejectedError
from arbitragevault.domain.market.market import SeriesKind
from arbitragevault.sandbox.server import create_sandbox, run_sandbox, simulated

SEED, SIZE = 7, 300
ONCE = RetryPolicy(attempts=1)
VALUES: dict[ValueType, Any] = {
    ValueType.BOOLEAN: True,
    ValueType.BYTE: 5,
    ValueType.SHORT: 5,
    ValueType.INTEGER: 5,
    ValueType.LONG: 5,
    ValueType.FLOAT: 0.5,
    ValueType.TEXT: "283155",
}


@pytest.fixture(scope="module")
async def address() -> AsyncIterator[str]:
    app = create_sandbox(simulated(seed=SEED, size=SIZE), refill_per_minute=5_000)
    ready: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    serving = asyncio.create_task(
        run_sandbox(app, host="127.0.0.1", port=0, on_ready=ready.set_result)
    )
    yield await asyncio.wait_for(ready, 10)
    serving.cancel()
    await asyncio.gather(serving, return_exceptions=True)


@pytest.fixture
async def keepa(address: str, request: pytest.FixtureRequest) -> AsyncIterator[KeepaClient]:
    """A client with a key of its own."""
    key = request.node.name.encode().hex()[:64].ljust(64, "0")
    async with KeepaClient(address, key, retries=ONCE, timeouts=Timeouts(read=8)) as client:
        yield client


EVERYTHING = FinderQuery(1, {"trackingSince_gte": 1}, per_page=100)


class TestFinder:
    async def test_every_field_is_understood(self, keepa: KeepaClient) -> None:
        fields = list(finder_fields().values())
        for start in range(0, len(fields), 60):
            filters: dict[str, Any] = {}
            for field in fields[start : start + 60]:
                value = VALUES[field.type]
                filters[field.name] = [value] if field.is_list else value
            query = FinderQuery(1, filters)
            answer = await find(keepa, query)
            assert answer.envelope.tokens_consumed <= query.worst_case_tokens

    async def test_words_select(self, keepa: KeepaClient) -> None:
        query = query_from_words(["current_SALES=1..200000", "sort=current_SALES"], 1)
        answer = await find(keepa, query)
        assert 0 < len(answer.asins) <= 50
        assert answer.total is not None
        assert answer.total >= len(answer.asins)

    async def test_pages_hold_everything_once(self, keepa: KeepaClient) -> None:
        found = [asin async for page in pages(keepa, EVERYTHING) for asin in page.asins]
        everything = [asin async for page in all_pages(keepa, EVERYTHING) for asin in page.asins]
        assert len(found) == len(set(found)) > SIZE * 0.9
        assert set(found) == set(everything)

    async def test_insights(self, keepa: KeepaClient) -> None:
        query = FinderQuery(1, {"trackingSince_gte": 1}, insights=True)
        answer = await find(keepa, query)
        assert answer.envelope.tokens_consumed == query.worst_case_tokens == 42
        assert answer.insights is not None
        summary = answer.insights.summary
        assert summary.best_rank is not None
        assert summary.worst_rank is not None
        assert summary.best_rank < summary.worst_rank
        assert summary.brands
        assert answer.insights.top_brands


class TestDeals:
    async def test_deals_of_a_month(self, keepa: KeepaClient) -> None:
        request = DealRequest.from_selection(
            {"domainId": 1, "priceTypes": [1], "dateRange": 2, "deltaPercentRange": [10, 100]}
        )
        answer = await find_deals(keepa, request)
        assert answer.envelope.tokens_consumed == request.worst_case_tokens
        assert sum(one.deals for one in answer.categories) >= len(answer.deals)
        for deal in answer.deals:
            drop = deal.drops[request.period][SeriesKind.NEW]
            assert drop.percent is not None
            assert drop.percent >= 10
            mean = deal.means[request.period][SeriesKind.NEW]
            assert abs(mean - deal.current[SeriesKind.NEW] - drop.amount) <= 1
        assert answer.deals
        read = [one async for page in deal_pages(keepa, request) for one in page.deals]
        assert len(read) >= len(answer.deals)


class TestLists:
    async def test_categories_and_best_sellers(self, keepa: KeepaClient) -> None:
        roots = await look_up_categories(keepa, ROOTS, 1)
        assert roots.envelope.tokens_consumed == 1
        books = next(one for one in roots.categories.values() if one.name == "Books")
        assert books.id is not None
        assert books.parent is None
        assert books.products
        leaf = books.children[0]
        found = await look_up_categories(keepa, (leaf,), 1, parents=True)
        assert found.categories[leaf].parent == books.id
        assert books.id in found.parents
        by_name = await search_categories(keepa, "books", 1)
        assert books.id in by_name.categories

        request = BestSellersRequest(1, str(books.id))
        best = await best_sellers(keepa, request)
        assert best.envelope.tokens_consumed == 50
        assert best.category == books.id
        assert best.asins
        nothing = await best_sellers(keepa, BestSellersRequest(1, "12345"))
        assert (nothing.asins, nothing.envelope.tokens_consumed) == ((), 0)

    async def test_search(self, keepa: KeepaClient) -> None:
        (asin, *_) = (await find(keepa, FinderQuery(1, {"current_SALES_gte": 1}))).asins
        by_code = await search_asins(keepa, ProductSearch(1, "the"))
        assert by_code.envelope.tokens_consumed == 10
        search = ProductSearch(1, "the", rating=True)
        answer = await search_products(keepa, search)
        assert tuple(one.product.asin for one in answer.markets) == by_code.asins
        assert answer.envelope.tokens_consumed <= search.worst_case_tokens
        assert asin

    async def test_lightning_deals(self, keepa: KeepaClient) -> None:
        everything = await lightning_deals(keepa, LightningRequest(1))
        assert everything.envelope.tokens_consumed == 500
        assert everything.deals
        deal = everything.deals[0]
        one = await lightning_deals(keepa, LightningRequest(1, deal.asin))
        assert one.envelope.tokens_consumed == 1
        assert deal.deal_id in {other.deal_id for other in one.deals}
        assert deal.start_minute is not None
        assert deal.end_minute is not None
        assert deal.start_minute < deal.end_minute


class TestSellers:
    async def test_sellers_and_a_storefront(self, keepa: KeepaClient) -> None:
        greatest = await top_sellers(keepa, 1)
        assert greatest.envelope.tokens_consumed == 50
        ids = greatest.sellers[:3]
        answer = await find_sellers(keepa, SellerRequest(1, (*ids, "A0UNKNOWN")))
        assert tuple(seller.id for seller in answer.sellers) == ids
        assert answer.missing == ("A0UNKNOWN",)
        assert answer.envelope.tokens_consumed == 3
        request = SellerRequest(1, (ids[0],), storefront=True)
        (seller,) = (stored := await find_sellers(keepa, request)).sellers
        assert stored.envelope.tokens_consumed <= request.worst_case_tokens
        assert seller.storefront
        assert len(seller.storefront) == seller.listings
        assert len(seller.rating) > 0


class TestPicture:
    async def test_a_picture_has_no_envelope(self, keepa: KeepaClient) -> None:
        (asin, *_) = (await find(keepa, EVERYTHING)).asins
        image = await graph_image(keepa, GraphRequest(1, asin, {"used": True, "salesrank": True}))
        assert image.startswith(PNG_MAGIC)


class TestRefusals:
    async def test_what_only_keepa_can_know(self, keepa: KeepaClient) -> None:
        with pytest.raises(KeepaRejectedError) as caught:
            await graph_image(keepa, GraphRequest(1, "!"))
        assert caught.value.status == 400
