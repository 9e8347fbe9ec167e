"""Product requests: parameters, sizes, worst cases, and which product a code means."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from arbitragevault.adapters.keepa.requests import (
    TOKENS_PER_REQUEST,
    ProductRequest,
    markets_by_code,
)
from arbitragevault.adapters.keepa.wire import decode_keepa
from arbitragevault.domain.errors import InvalidInputError
from arbitragevault.domain.market.market import Market


def test_parameters_of_a_plain_request() -> None:
    request = ProductRequest(1, asins=("B000000001", "B000000002"))
    assert request.params() == {"domain": "1", "asin": "B000000001,B000000002", "stats": "90"}
    assert request.worst_case_tokens == 2


def test_all_parameters() -> None:
    request = ProductRequest(
        5,
        codes=("4901234567894",),
        code_limit=3,
        stats_days=None,
        history=False,
        days=30,
        offers=20,
        only_live_offers=True,
        buybox=True,
        rating=True,
        stock=True,
        update_hours=0,
        past_variations=True,
    )
    assert request.params() == {
        "domain": "5",
        "code": "4901234567894",
        "code-limit": "3",
        "history": "0",
        "days": "30",
        "offers": "20",
        "only-live-offers": "1",
        "rating": "1",
        "stock": "1",
        "update": "0",
        "historical-variations": "1",
    }
    assert request.worst_case_tokens == 3 * (12 + 2 + 1 + 1 + 1)


def test_the_buy_box_without_offers() -> None:
    request = ProductRequest(1, asins=("B000000001",), buybox=True)
    assert request.params()["buybox"] == "1"
    assert request.worst_case_tokens == 3


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"asins": ("B000000001",), "codes": ("4901234567894",), "code_limit": 1},
        {"asins": ("B000000001",) * 101},
        {"codes": ("4901234567894",)},
        {"codes": ("4901234567894",), "code_limit": 0},
        {"asins": ("B000000001",), "offers": 19},
        {"asins": ("B000000001",), "offers": 101},
        {"asins": ("B000000001",), "stock": True},
    ],
)
def test_requests_that_keepa_would_refuse(fields: dict[str, Any]) -> None:
    with pytest.raises(InvalidInputError):
        ProductRequest(1, **fields)


@given(
    st.lists(st.integers(0, 300), max_size=400),
    st.sampled_from([None, 20, 100]),
    st.integers(1, 500),
)
def test_asins_keep_their_order_and_are_asked_for_once(
    numbers: list[int], offers: int | None, most_tokens: int
) -> None:
    asins = [f"B{number:09}" for number in numbers]
    requests = ProductRequest.for_asins(asins, 1, offers=offers, most_tokens=most_tokens)
    assert [asin for request in requests for asin in request.asins] == list(dict.fromkeys(asins))
    for request in requests:
        assert len(request.asins) <= 100
        assert request.worst_case_tokens <= most_tokens or len(request.asins) == 1
        assert request.offers == offers


def test_sizes_by_default() -> None:
    asins = [f"B{number:09}" for number in range(250)]
    assert [len(r.asins) for r in ProductRequest.for_asins(asins, 1)] == [100, 100, 50]
    with_offers = ProductRequest.for_asins(asins[:25], 1, offers=20)
    assert [len(r.asins) for r in with_offers] == [10, 10, 5]
    assert with_offers[0].worst_case_tokens == TOKENS_PER_REQUEST
    codes = [f"{number:013}" for number in range(1, 26)]
    by_code = ProductRequest.for_codes([*codes, codes[0]], 1, code_limit=5)
    assert [len(r.codes) for r in by_code] == [24, 1]
    assert by_code[0].worst_case_tokens == 120
    assert ProductRequest.for_codes([], 1, code_limit=5) == []


@pytest.fixture
def market(make_product: Callable[..., dict[str, Any]]) -> Callable[..., Market]:
    def decode(asin: str, **fields: object) -> Market:
        return decode_keepa(orjson.dumps(make_product(asin=asin, **fields)))[0]

    return decode


def test_codes_find_their_products(market: Callable[..., Market]) -> None:
    book = market("0593655036", eanList=["9780593655030"])
    sheet = market("B000000001", eanList=["0012345678905"], upcList=["012345678905"])
    twin = market("B000000002", eanList=None, upcList=["012345678905"])
    old = market("0393979504", eanList=None, upcList=None)
    codes = ["9780593655030", "012345678905", "9780393979503", "4901234567894", "9791034567893"]
    found = markets_by_code(codes, [book, sheet, twin, old])
    assert {code: [m.product.asin for m in markets] for code, markets in found.items()} == {
        "9780593655030": ["0593655036"],
        "012345678905": ["B000000001", "B000000002"],
        "9780393979503": ["0393979504"],
        "4901234567894": [],
        "9791034567893": [],
    }
