"""The Product Finder: every field with its type, words, costs, pages, all that beyond 10,000."""

from __future__ import annotations

import csv
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import httpx2
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from arbitragevault.adapters.keepa.client import KeepaClient
from arbitragevault.adapters.keepa.finder import FinderQuery, find
from arbitragevault.adapters.keepa.finder_fields import CONTROLS, finder_fields, sortable_fields
from arbitragevault.adapters.keepa.finder_pages import all_pages, pages
from arbitragevault.adapters.keepa.finder_words import query_from_words
from arbitragevault.adapters.keepa.selection import Field, ValueType
from arbitragevault.domain.errors import InvalidInputError, MarketDataError, PayloadError

_REFERENCE = Path(__file__).parents[5] / "shared" / "reference" / "keepa-finder-fields.tsv"
_JAVA = {
    "Boolean": (ValueType.BOOLEAN, False),
    "Byte": (ValueType.BYTE, False),
    "Short": (ValueType.SHORT, False),
    "Integer": (ValueType.INTEGER, False),
    "Long": (ValueType.LONG, False),
    "Float": (ValueType.FLOAT, False),
    "String": (ValueType.TEXT, False),
    "Byte[]": (ValueType.BYTE, True),
    "Integer[]": (ValueType.INTEGER, True),
    "long[]": (ValueType.LONG, True),
    "String[]": (ValueType.TEXT, True),
}
_GOOD: dict[ValueType, list[Any]] = {
    ValueType.BOOLEAN: [True, False],
    ValueType.BYTE: [-128, 127],
    ValueType.SHORT: [-32_768, 32_767],
    ValueType.INTEGER: [-(2**31), 0, 2**31 - 1],
    ValueType.LONG: [9_223_372_036_854_775_807],
    ValueType.FLOAT: [0.5, 3],
    ValueType.TEXT: ["abc", "✜abc"],
}
_BAD: dict[ValueType, list[Any]] = {
    ValueType.BOOLEAN: [1, "true", None, []],
    ValueType.BYTE: [128, -129, 1.5, True, "x", None],
    ValueType.SHORT: [32_768, 1.5, True, "x", None],
    ValueType.INTEGER: [2**31, 1.5, False, "x", None, [1]],
    ValueType.LONG: [2**63, 1.5, True, "x", None],
    ValueType.FLOAT: ["x", True, None, float("nan"), float("inf")],
    ValueType.TEXT: [1.5, True, None, "", "  "],
}
SELECTION: dict[str, Any] = {"current_SALES_lte": 100_000}


def _in_form(field: Field, value: object) -> object:
    return [value] if field.is_list else value


class TestFields:
    def test_there_are_1364_names(self) -> None:
        assert len(finder_fields()) + len(CONTROLS) == 1_364

    @pytest.mark.recorded
    def test_names_and_types_are_those_of_the_reference(self) -> None:
        if not _REFERENCE.is_file():
            pytest.skip("the reference is absent")
        with _REFERENCE.open(encoding="utf-8") as file:
            rows = {row["name"]: row["type"] for row in csv.DictReader(file, delimiter="\t")}
        assert set(rows) == {*finder_fields(), *CONTROLS}
        for name, field in finder_fields().items():
            assert (field.type, field.is_list) == _JAVA[rows[name]], name

    def test_every_field_takes_its_type(self) -> None:
        for name, field in finder_fields().items():
            for value in _GOOD[field.type]:
                query = FinderQuery(1, {name: _in_form(field, value)})  # type: ignore[dict-item]
                assert query.selection()[name] == _in_form(field, value)

    def test_every_field_refuses_another_type_by_name(self) -> None:
        for name, field in finder_fields().items():
            bad = [_in_form(field, value) for value in _BAD[field.type]]
            bad += ["x", 1, [], ["x"] * 51, {"a": 1}] if field.is_list else [{"a": 1}]
            for value in bad:
                with pytest.raises(InvalidInputError) as caught:
                    FinderQuery(1, {name: value})  # type: ignore[dict-item]
                assert name in caught.value.message

    def test_an_unknown_field_is_refused_with_what_may_be_meant(self) -> None:
        with pytest.raises(InvalidInputError, match=r"curent_SALES_lte.*current_SALES_lte"):
            FinderQuery(1, {"curent_SALES_lte": 5})
        with pytest.raises(InvalidInputError, match="See Keepa's documentation"):
            FinderQuery(1, {"zzqqzzqq": 5})

    def test_root_categories_may_be_numbers(self) -> None:
        assert FinderQuery(1, {"rootCategory": [283155]}).filters == {"rootCategory": ["283155"]}

    @pytest.mark.parametrize(
        ("name", "text", "minute"),
        [
            ("trackingSince_gte", "2011-01-02", 1_440),
            ("trackingSince_lte", "2011-01-02", 2_879),
            ("lastPriceChange_NEW_gte", "2011-01-01T01:00Z", 60),
            ("listedSince_lte", "2011-01-01T01:00", 60),
            ("publicationDate_gte", "2011-01-01T01:00+01:00", 0),
        ],
    )
    def test_dates_are_understood(self, name: str, text: str, minute: int) -> None:
        assert FinderQuery(1, {name: text}).filters == {name: minute}

    @pytest.mark.parametrize("text", ["2026-13-01", "soon", "2026-01-01Tx"])
    def test_other_texts_are_no_dates(self, text: str) -> None:
        with pytest.raises(InvalidInputError, match="trackingSince_gte takes a date"):
            FinderQuery(1, {"trackingSince_gte": text})


class TestQuery:
    @pytest.mark.parametrize(
        ("selection", "told"),
        [
            ({}, "filters nothing"),
            ({"perPage": 100}, "filters nothing"),
            (SELECTION | {"perPage": 49}, "perPage"),
            (SELECTION | {"perPage": 10_001}, "perPage"),
            (SELECTION | {"perPage": "50"}, "perPage"),
            (SELECTION | {"page": -1}, "page -1"),
            (SELECTION | {"page": True}, "page"),
            (SELECTION | {"page": 101, "perPage": 100}, "page 101"),
            (SELECTION | {"sort": "current_SALES"}, "sort"),
            (SELECTION | {"sort": 3}, "sort"),
            (SELECTION | {"sort": [["current_SALES"]]}, "sort"),
            (SELECTION | {"sort": [["current_SALES", "up"]]}, "sort"),
            (SELECTION | {"sort": [["current_SALES_lte", "asc"]]}, "sort.*current_SALES"),
            (SELECTION | {"sort": [[1, "asc"]]}, "sort"),
            (SELECTION | {"sort": [["current_SALES", "asc"]] * 2}, "twice"),
            (SELECTION | {"sort": [["current_NEW", "asc"]] * 4}, "3 fields"),
            (SELECTION | {"minMatch": 2}, "minMatch"),
            (SELECTION | {"minMatch": {"current_SALES_lte": 1}}, "minMatch"),
            ({"sellerIds": ["A"], "minMatch": {"sellerIds": 2}}, "minMatch of sellerIds"),
            ({"sellerIds": ["A"], "minMatch": {"sellerIds": "1"}}, "minMatch of sellerIds"),
            ({"current_NEW_gte": 10, "current_NEW_lte": 9}, "current_NEW_gte is 10"),
            ({"title": "word " * 51}, "title takes 50 words"),
        ],
    )
    def test_what_keepa_would_refuse_is_refused(self, selection: Any, told: str) -> None:  # noqa: ANN401 - JSON
        with pytest.raises(InvalidInputError, match=told):
            FinderQuery.from_selection(selection, 1)

    @pytest.mark.parametrize("text", ["{", "[]", "3"])
    def test_a_text_has_to_be_a_json_object(self, text: str) -> None:
        with pytest.raises(InvalidInputError, match="JSON"):
            FinderQuery.from_selection(text, 1)

    def test_a_selection_comes_back_as_it_was(self) -> None:
        selection = {
            "sellerIds": ["A1", "A2"],
            "current_NEW_gte": 1_000,
            "isLowest_NEW": True,
            "sort": [["current_SALES", "asc"], ["current_NEW", "desc"]],
            "minMatch": {"sellerIds": 2},
            "page": 2,
            "perPage": 100,
        }
        query = FinderQuery.from_selection(orjson.dumps(selection), 3)
        assert orjson.loads(query.body()) == selection
        assert query.params() == {"domain": "3"}

    def test_it_costs_by_what_may_come_back(self) -> None:
        assert FinderQuery(1, SELECTION).worst_case_tokens == 11
        assert FinderQuery(1, SELECTION, per_page=101).worst_case_tokens == 12
        assert FinderQuery(1, SELECTION, per_page=10_000).worst_case_tokens == 110
        insights = FinderQuery(1, SELECTION, insights=True)
        assert insights.worst_case_tokens == 42
        assert insights.params() == {"domain": "1", "stats": "1"}
        assert insights.next_page().worst_case_tokens == 11
        told = FinderQuery(1, SELECTION, insights=True, most_matches=2_000_001)
        assert told.worst_case_tokens == 44

    def test_sorts_are_the_fields_that_have_bounds(self) -> None:
        assert {"current_SALES", "trackingSince", "unitValue"} <= sortable_fields()
        assert not {"title", "brand", "isLowest_NEW"} & sortable_fields()


class TestWords:
    def test_every_kind_of_word(self) -> None:
        query = query_from_words(
            [
                "current_SALES<=100000",
                "current_NEW=1000..5000",
                "avg90_NEW=..4000",
                "packageWeight=300",
                "unitValue>=1.5",
                "trackingSince>=2026-01-31",
                "isLowest_NEW=yes",
                "isHazMat=false",
                "title=harry potter",
                "sellerIds=A1, A2",
                "author=Tolkien, J.R.R.",
                "author=Rowling",
                "productType=0,5",
                "sort=current_SALES:desc, trackingSince",
                "page=1",
                "perPage=200",
                "minMatch=sellerIds:2",
            ],
            1,
        )
        assert query.selection() == {
            "current_SALES_lte": 100_000,
            "current_NEW_gte": 1_000,
            "current_NEW_lte": 5_000,
            "avg90_NEW_lte": 4_000,
            "packageWeight_gte": 300,
            "packageWeight_lte": 300,
            "unitValue_gte": 1.5,
            "trackingSince_gte": 7_932_960,
            "isLowest_NEW": True,
            "isHazMat": False,
            "title": "harry potter",
            "sellerIds": ["A1", "A2"],
            "author": ["Tolkien, J.R.R.", "Rowling"],
            "productType": [0, 5],
            "sort": [["current_SALES", "desc"], ["trackingSince", "asc"]],
            "page": 1,
            "perPage": 200,
            "minMatch": {"sellerIds": 2},
        }

    @pytest.mark.parametrize(
        ("word", "told"),
        [
            ("current_SALES", "is not understood"),
            ("=5", "is not understood"),
            ("current_SALLES<=5", "Did you mean current_SALES"),
            ("current_SALES<=many", "current_SALES_lte takes a whole number"),
            ("unitValue>=x", "unitValue_gte takes a number"),
            ("isHazMat=perhaps", "isHazMat takes true or false"),
            ("isHazMat<=true", "isHazMat has no bounds"),
            ("page<=3", "page has no bounds"),
            ("page=x", "page takes a whole number"),
            ("minMatch=sellerIds", "minMatch takes a whole number"),
            ("current_SALES=..", "filters nothing"),
        ],
    )
    def test_what_is_not_understood_is_said(self, word: str, told: str) -> None:
        with pytest.raises(InvalidInputError, match=told):
            query_from_words([word], 1)

    @pytest.mark.parametrize(
        "words", [["page=1", "page=2"], ["isSNS=1", "isSNS=0"], ["fbaFees=1", "fbaFees<=3"]]
    )
    def test_nothing_is_given_twice(self, words: list[str]) -> None:
        with pytest.raises(InvalidInputError, match="given twice"):
            query_from_words(words, 1)

    @given(st.lists(st.text(max_size=30), max_size=4))
    def test_any_words_are_understood_or_refused(self, words: list[str]) -> None:
        try:
            query_from_words(words, 1)
        except InvalidInputError as error:
            assert error.message  # noqa: PT017 - that it is this error is the test


class Shelf:
    """Answers like the finder, from products that are known by the minute of their tracking."""

    def __init__(self, tracked: list[int], envelope: dict[str, Any]) -> None:
        self.tracked = {f"B{number:09}": minute for number, minute in enumerate(sorted(tracked))}
        self.envelope = envelope
        self.queries: list[dict[str, Any]] = []
        self.shown_since = True

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        told = dict(self.envelope)
        if request.url.path == "/query":
            selection = orjson.loads(request.content)
            self.queries.append(selection)
            least = selection.get("trackingSince_gte", 0)
            fits = [asin for asin, minute in self.tracked.items() if minute >= least]
            start = selection["page"] * selection["perPage"]
            told["asinList"] = fits[start : start + selection["perPage"]]
            told["totalResults"] = len(fits)
        elif request.url.path == "/product":
            asin = request.url.params["asin"]
            shown = {"trackingSince": self.tracked[asin]} if self.shown_since else {}
            told["products"] = [{"asin": asin} | shown]
        return httpx2.Response(200, json=told)


@pytest.fixture
async def ask_shelf(make_envelope: Callable[..., Any]) -> AsyncIterator[Any]:
    opened: list[KeepaClient] = []

    def make(tracked: list[int]) -> tuple[KeepaClient, Shelf]:
        shelf = Shelf(tracked, make_envelope(tokensLeft=60_000, refillRate=1_000))
        client = KeepaClient("http://keepa", "key", transport=httpx2.MockTransport(shelf))
        opened.append(client)
        return client, shelf

    yield make
    for client in opened:
        await client.aclose()


class TestPages:
    async def test_one_page(self, ask_shelf: Any) -> None:  # noqa: ANN401 - fixture
        client, shelf = ask_shelf([5, 6, 7])
        answer = await find(client, FinderQuery(1, SELECTION))
        assert answer.asins == ("B000000000", "B000000001", "B000000002")
        assert answer.total == 3
        assert shelf.queries == [SELECTION | {"page": 0, "perPage": 50}]

    async def test_pages_end_at_what_keepa_pages_through(self, ask_shelf: Any) -> None:  # noqa: ANN401 - fixture
        client, shelf = ask_shelf(list(range(10_500)))
        query = FinderQuery(1, SELECTION, per_page=4_000)
        found = [page async for page in pages(client, query)]
        assert [len(page.asins) for page in found] == [4_000, 4_000]
        assert [query["page"] for query in shelf.queries] == [0, 1]

    async def test_all_pages_go_on_by_the_time_of_tracking(self, ask_shelf: Any) -> None:  # noqa: ANN401 - fixture
        tracked = [minute // 7 for minute in range(25_000)]
        client, shelf = ask_shelf(tracked)
        query = FinderQuery(1, SELECTION, per_page=2_500, insights=True)
        found = [asin async for page in all_pages(client, query) for asin in page.asins]
        assert found == list(shelf.tracked)
        assert {query["sort"][0][0] for query in shelf.queries} == {"trackingSince"}

    async def test_ten_thousand_in_one_minute_are_too_many(self, ask_shelf: Any) -> None:  # noqa: ANN401 - fixture
        client, _ = ask_shelf([9] * 10_100)
        found = all_pages(client, FinderQuery(1, SELECTION, per_page=10_000))
        assert len((await anext(found)).asins) == 10_000
        assert (await anext(found)).asins == ()
        with pytest.raises(MarketDataError, match="first tracked in one minute"):
            await anext(found)

    async def test_an_unknown_time_of_tracking_is_said(self, ask_shelf: Any) -> None:  # noqa: ANN401 - fixture
        client, shelf = ask_shelf(list(range(10_100)))
        shelf.shown_since = False
        with pytest.raises(PayloadError, match="since when it tracks"):
            async for _ in all_pages(client, FinderQuery(1, SELECTION, per_page=10_000)):
                pass

    async def test_another_sort_cannot_go_beyond(self, ask_shelf: Any) -> None:  # noqa: ANN401 - fixture
        client, _ = ask_shelf([1])
        query = FinderQuery(1, SELECTION, sort=(("current_SALES", "asc"),))
        with pytest.raises(InvalidInputError, match="trackingSince"):
            async for _ in all_pages(client, query):
                pass


class TestAnswer:
    async def _answer(self, told: dict[str, Any]) -> Any:  # noqa: ANN401 - an answer
        transport = httpx2.MockTransport(lambda _: httpx2.Response(200, json=told))
        async with KeepaClient("http://keepa", "key", transport=transport) as client:
            return await find(client, FinderQuery(1, SELECTION, insights=True))

    async def test_insights(self, make_envelope: Callable[..., Any]) -> None:
        insights = {
            "avgBuyBox": 2_599,
            "isFBAPercent": 61.5,
            "avgOfferCountNew": -1,
            "lowestRank": 12,
            "highestRank": 90_000,
            "avgDeltaPercent30BuyBox": -3.5,
            "relatedCategories": [283155, "x"],
            "topBrandsWithCounts": {"lego": 9, "other": "x"},
            "topSellersWithCounts": None,
            "somethingNew": {},
        }
        told = {"asinList": None, "totalResults": 7, "searchInsights": insights}
        answer = await self._answer(make_envelope() | told)
        assert (answer.asins, answer.total) == ((), 7)
        summary = answer.insights.summary
        assert (summary.buy_box, summary.fba_percent, summary.new_offers) == (2_599, 61.5, None)
        assert (summary.best_rank, summary.worst_rank) == (12, 90_000)
        assert summary.buy_box_drop_30 == -3.5
        assert summary.related_categories == (283155,)
        assert answer.insights.top_brands == {"lego": 9}
        assert answer.insights.top_sellers == {}

    @pytest.mark.parametrize("asins", ["B0", [1], {}])
    async def test_asins_are_a_list_of_texts(
        self,
        make_envelope: Callable[..., Any],
        asins: Any,  # noqa: ANN401 - JSON
    ) -> None:
        with pytest.raises(PayloadError):
            await self._answer(make_envelope() | {"asinList": asins})

    async def test_a_foreign_answer_is_none(self) -> None:
        with pytest.raises(PayloadError):
            await self._answer({"hello": "world"})
