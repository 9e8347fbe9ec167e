"""Whatever happens to an answer on its way, decoding gives markets or a PayloadError."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from arbitragevault.adapters.keepa.wire import decode_answer, decode_keepa
from arbitragevault.domain.errors import PayloadError
from arbitragevault.domain.market.clock import to_datetime

Maker = Callable[..., dict[str, Any]]

ANYTHING = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-(2**65), 2**65),
        st.integers(-3, 9_000_000),
        st.floats(allow_nan=False, allow_infinity=False),
        st.text(max_size=8),
        st.sampled_from(["", "-1", "-2", "7000000", "\ud800", "<b>", "&#0;"]),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=6,
)


@pytest.fixture(scope="session")
def full(make_product: Maker, make_offer: Maker) -> bytes:
    """A product with everything that is read."""
    return orjson.dumps(
        make_product(
            offers=[make_offer(), make_offer(stockCSV=[7_900_000, 3], minOrderQty=1)],
            liveOffersOrder=[1, 1],
            offersSuccessful=True,
            buyBoxSellerIdHistory=["7000000", "ATVPD", "7100000", "-1"],
            monthlySoldHistory=[7_000_000, 50],
            monthlySold=50,
            images=[{"l": "a.jpg", "m": "b.jpg"}],
            variations=[{"asin": "B000000001", "attributes": []}],
            contributors=[["A", "Author"]],
            hazardousMaterials=[{"aspect": "a", "value": "b"}],
            publicationDate=20240326,
            stats={"current": [1] * 36, "lastOffersUpdate": 7_990_000, "buyBoxIsAmazon": True},
        )
    )


def decode_and_look(raw: bytes) -> None:
    """Decode, and use what comes out like anybody would."""
    for market in decode_keepa(raw):
        assert market.product.asin
        for series in [*market.history.values(), *market.category_ranks.values()]:
            assert (series.minutes >= 0).all()
        assert all(offer.seller for offer in market.offers or ())
        assert market.live_offers is None or len(market.live_offers) <= len(market.offers or ())
        assert market.observed_at >= to_datetime(0)
        assert market.as_of(market.observed_minute - 1).current == {}


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:  # noqa: ANN401
    """Where something stands in a JSON document; of long lists only the ends."""
    found = [path]
    if isinstance(value, dict):
        for key, inner in value.items():
            found += places(inner, (*path, key))
    elif isinstance(value, list):
        for index in {0, 1, len(value) - 1} & set(range(len(value))):
            found += places(value[index], (*path, index))
    return found


@given(st.data())
def test_one_value_replaced(full: bytes, data: st.DataObject) -> None:
    document = orjson.loads(full)
    *path, last = data.draw(st.sampled_from(places(document)[1:]), label="place")
    target = document
    for step in path:
        target = target[step]
    if data.draw(st.booleans(), label="remove"):
        del target[last]
    else:
        target[last] = data.draw(ANYTHING, label="value")
    with suppress(PayloadError):
        decode_and_look(json.dumps(document).encode())


@given(st.data())
def test_some_bytes_replaced(full: bytes, data: st.DataObject) -> None:
    raw = bytearray(full)
    for _ in range(data.draw(st.integers(1, 4))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    with suppress(PayloadError):
        decode_and_look(bytes(raw))


@given(st.binary(max_size=60))
def test_any_bytes(raw: bytes) -> None:
    with pytest.raises(PayloadError):
        decode_keepa(raw)


@given(st.dictionaries(st.sampled_from(["products", "error", "tokensLeft", "timestamp"]), ANYTHING))
def test_any_answer(document: dict[str, object]) -> None:
    with suppress(PayloadError):
        decode_answer(json.dumps(document).encode())


@pytest.mark.parametrize("depth", [1_000, 100_000])
def test_endless_nesting(depth: int) -> None:
    with pytest.raises(PayloadError):
        decode_keepa(b'{"csv":' + b"[" * depth + b"]" * depth + b"}")
    with pytest.raises(PayloadError):
        decode_keepa(b'{"asin":"B1","domainId":1,"csv":[' + b"[" * depth + b"]" * depth + b"]}")
