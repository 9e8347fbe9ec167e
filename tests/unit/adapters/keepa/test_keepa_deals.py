"""Deals: what may be asked, page after page, and what the answers say."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx2
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from arbitragevault.adapters.keepa.client import KeepaClient
from arbitragevault.adapters.keepa.deals import DEAL_FIELDS, DealRequest, deal_pages, find_deals
from arbitragevault.adapters.keepa.wire_deals import DealCategory, decode_deal, read_deals
from arbitragevault.adapters.keepa.wire_fields import parse_object
from arbitragevault.domain.catalog.product import Condition
from arbitragevault.domain.errors import InvalidInputError, PayloadError
from arbitragevault.domain.market.deals import DealPeriod, Drop
from arbitragevault.domain.market.market import SeriesKind

ASKED: dict[str, Any] = {"domainId": 1, "priceTypes": [2]}


def row(**fields: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    """A deal of a used book: rank and used price known, Amazon's missing."""
    made: dict[str, Any] = {
        "asin": "1954966032",
        "title": "Airick <i>Flies</i> High",
        "image": [52, 49, 46, 106, 112, 103],
        "rootCat": 283155,
        "categories": [3139, 3285],
        "creationDate": 7_555_698,
        "lastUpdate": 7_555_700,
        "current": [-1, 2123, 1500, 1_209_822],
        "avg": [[-1, 2120, 2000, 1_088_077], [-2, 2111, 2000, 956_647]],
        "delta": [[0, -3, 500, -121_745], [0, 0, 500, 0]],
        "deltaPercent": [[0, 0, 25, -11], [0, 0, 25, 0]],
        "deltaLast": [0, 0, 200, -2846],
        "currentSince": [6_998_592, 7_479_164, 7_555_628, -1],
        "backInStock": [False, False, True, False],
        "salesRankDrops30": 2,
        "salesRankDrops90": -1,
        "lightningStart": 0,
        "lightningEnd": 0,
        "warehouseCondition": 4,
        "warehouseConditionComment": "Worn &amp; loved",
        "flags": None,
    }
    made.update(fields)
    return made


class TestRequest:
    def test_a_selection_comes_back_complete(self) -> None:
        asked = ASKED | {
            "dateRange": 2,
            "sortType": -4,
            "page": 3,
            "deltaPercentRange": [20, -1],
            "brand": ["LEGO"],
        }
        request = DealRequest.from_selection(asked)
        assert (request.price_type, request.period) == (SeriesKind.USED, DealPeriod.MONTH)
        assert orjson.loads(request.body()) == asked | {
            "isRangeEnabled": True,
            "isFilterEnabled": True,
        }
        assert request.worst_case_tokens == 5

    def test_nothing_is_switched_on_without_need(self) -> None:
        told = DealRequest(1, SeriesKind.NEW).selection()
        assert (told["isRangeEnabled"], told["isFilterEnabled"]) == (False, False)
        ranged = DealRequest(1, SeriesKind.NEW, filters={"currentRange": [500, 900]}).selection()
        assert (ranged["isRangeEnabled"], ranged["isFilterEnabled"]) == (True, False)
        off = DealRequest.from_selection(ASKED | {"isLowest": True, "isFilterEnabled": False})
        assert off.selection()["isFilterEnabled"] is False

    @pytest.mark.parametrize(
        ("told", "named"),
        [
            ({"priceTypes": [4]}, "priceTypes"),
            ({"priceTypes": [0, 1]}, "priceTypes"),
            ({"priceTypes": 0}, "priceTypes"),
            ({"priceTypes": [99]}, "priceTypes"),
            ({"domainId": None}, "domainId"),
            ({"domainId": 13}, "domainId"),
            ({"dateRange": 4}, "dateRange"),
            ({"dateRange": True}, "dateRange"),
            ({"sortType": 0}, "sortType"),
            ({"sortType": -1}, "sortType"),
            ({"page": -1}, "page"),
            ({"page": 67}, "page 67"),
            ({"deltaPercentRange": [9, 50]}, "deltaPercentRange"),
            ({"priceTypes": [3], "deltaPercentRange": [79, -1]}, "deltaPercentRange"),
            ({"currentRange": [5]}, "currentRange"),
            ({"currentRange": [9, 5]}, "currentRange"),
            ({"salesRankRange": "1-5"}, "salesRankRange"),
            ({"minRating": 51}, "minRating"),
            ({"warehouseConditions": [6]}, "warehouseConditions"),
            ({"mustHaveAmazonOffer": True, "mustNotHaveAmazonOffer": True}, "mustHaveAmazonOffer"),
            ({"curentRange": [1, 2]}, "Did you mean currentRange"),
            ({"brand": "LEGO"}, "brand"),
            ({"brand": []}, "brand"),
            ({"isLowest": 1}, "isLowest"),
        ],
    )
    def test_what_keepa_would_refuse_is_refused(self, told: dict[str, Any], named: str) -> None:
        with pytest.raises(InvalidInputError, match=named):
            DealRequest.from_selection(ASKED | told)

    def test_there_are_49_filters(self) -> None:
        assert len(DEAL_FIELDS) == 5 + 2 + 25 + 11 + 2 + 3

    def test_an_open_range_and_a_rank_of_80_percent_are_taken(self) -> None:
        told = {"priceTypes": [3], "deltaPercentRange": [80, -1], "salesRankRange": [1, -1]}
        assert DealRequest.from_selection(ASKED | told).price_type is SeriesKind.SALES_RANK


class TestDecoding:
    def test_a_deal(self) -> None:
        deal = decode_deal(row())
        assert deal is not None
        assert (deal.asin, deal.title, deal.image) == ("1954966032", "Airick Flies High", "41.jpg")
        assert deal.root_category == 283155
        assert deal.current == {
            SeriesKind.NEW: 2123,
            SeriesKind.USED: 1500,
            SeriesKind.SALES_RANK: 1_209_822,
        }
        day = deal.drops[DealPeriod.DAY]
        assert day[SeriesKind.USED] == Drop(500, 25)
        assert day[SeriesKind.NEW] == Drop(-3, 0)
        assert SeriesKind.AMAZON not in day
        assert deal.drops[DealPeriod.WEEK][SeriesKind.NEW] == Drop(0, 0)
        assert deal.last_drop[SeriesKind.SALES_RANK] == -2846
        assert deal.since[SeriesKind.USED] == 7_555_628
        assert SeriesKind.SALES_RANK not in deal.since
        assert deal.back_in_stock == {SeriesKind.USED}
        assert deal.rank_drops == {30: 2}
        assert deal.lightning is None
        assert deal.warehouse_condition is Condition.GOOD
        assert deal.warehouse_comment == "Worn & loved"

    def test_what_is_unknown_is_none(self) -> None:
        told = row(
            image=None,
            rootCat=9_223_372_036_854_775_807,
            warehouseCondition=0,
            warehouseConditionComment=None,
            lightningEnd=7_600_000,
            delta=None,
            backInStock=None,
            title=None,
        )
        deal = decode_deal(told)
        assert deal is not None
        assert (deal.image, deal.root_category, deal.warehouse_condition) == (None, None, None)
        assert deal.lightning == (None, 7_600_000)
        assert deal.drops == {}
        assert deal.back_in_stock == frozenset()

    @pytest.mark.parametrize(("told", "image"), [("a.jpg", "a.jpg"), ([7], None), (["x"], None)])
    def test_images(self, told: object, image: str | None) -> None:
        deal = decode_deal(row(image=told))
        assert deal is not None
        assert deal.image == image

    def test_an_answer(self, make_envelope: Callable[..., Any]) -> None:
        deals = {
            "dr": [row(), row(asin=None)],
            "categoryIds": [9_223_372_036_854_775_807, 283155],
            "categoryNames": ["?", "Books"],
            "categoryCount": [4, 18],
            "drDateIndex": [],
        }
        told = make_envelope(tokensConsumed=5) | {"deals": deals, "dealsCached": True}
        answer = read_deals(parse_object(orjson.dumps(told)))
        assert [deal.asin for deal in answer.deals] == ["1954966032"]
        assert answer.rows == 2
        assert answer.is_cached
        assert answer.envelope.tokens_consumed == 5
        assert answer.categories == (DealCategory(None, "?", 4), DealCategory(283155, "Books", 18))

    @pytest.mark.parametrize("deals", [None, [], {"dr": {}}, {"dr": [1]}])
    def test_another_form_is_refused(self, deals: object) -> None:
        with pytest.raises(PayloadError):
            read_deals(parse_object(orjson.dumps({"deals": deals})))

    @given(
        st.dictionaries(
            st.sampled_from(sorted(row())),
            st.recursive(
                st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.text(max_size=5),
                lambda inner: st.lists(inner, max_size=4),
                max_leaves=8,
            ),
        )
    )
    def test_any_field_may_be_of_another_type(self, told: dict[str, Any]) -> None:
        deal = decode_deal(row() | told)
        assert deal is None or deal.asin
        assert decode_deal(told | {"asin": None}) is None


@pytest.mark.recorded
class TestRecorded:
    def test_the_answer(self, recordings: Any) -> None:  # noqa: ANN401 - path
        raw = (recordings / "responses" / "deal_d1_2025-04-25_145313.json").read_bytes()
        answer = read_deals(parse_object(raw))
        assert len(answer.deals) == answer.rows == 150
        assert len(answer.categories) == 22
        assert answer.envelope.tokens_consumed == 5

    def test_all_300_deals(self, recordings: Any) -> None:  # noqa: ANN401 - path
        lines = (recordings / "other" / "deal_objects_300.jsonl").read_bytes().splitlines()
        deals = [decode_deal(orjson.loads(line)) for line in lines]
        assert len(deals) == 300
        checked = 0
        for deal in deals:
            assert deal is not None
            assert deal.title
            assert deal.updated_minute is not None
            for period, drops in deal.drops.items():
                for kind, drop in drops.items():
                    if kind in deal.current and kind in deal.means[period]:
                        checked += 1
                        expected = deal.means[period][kind] - deal.current[kind]
                        assert kind is SeriesKind.WAREHOUSE or drop.amount == expected
                    else:
                        assert kind is SeriesKind.WAREHOUSE
        assert checked > 10_000


class TestPages:
    async def test_pages_are_read_until_one_is_not_full(
        self, make_envelope: Callable[..., Any]
    ) -> None:
        posted: list[dict[str, Any]] = []

        def answer(request: httpx2.Request) -> httpx2.Response:
            told = make_envelope(tokensConsumed=5)
            if request.url.path == "/deal":
                asked = orjson.loads(request.content)
                posted.append(asked)
                start = 140 * asked["page"]  # ten deals slip from each page to the next
                rows = [row(asin=f"B{at:09}") for at in range(start, min(start + 150, 400))]
                told["deals"] = {"dr": rows}
            return httpx2.Response(200, json=told)

        transport = httpx2.MockTransport(answer)
        async with KeepaClient("http://keepa", "key", transport=transport) as client:
            request = DealRequest.from_selection(ASKED)
            found = [deal.asin async for page in deal_pages(client, request) for deal in page.deals]
            first = await find_deals(client, request)
        assert found == [f"B{at:09}" for at in range(400)]
        assert [one["page"] for one in posted] == [0, 1, 2, 0]
        assert len(first.deals) == 150
