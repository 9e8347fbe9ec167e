"""Facts and offers come back as they were."""

from __future__ import annotations

from dataclasses import fields
from typing import TypeVar

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from arbitragevault.adapters.postgres.codec import Track, pack_tracks, seal, unpack_bundles
from arbitragevault.adapters.postgres.facts import (
    _ALWAYS,
    _SOMETIMES,
    _Listing,
    _PlainOffer,
    decode_facts,
    decode_offers,
    encode_facts,
    encode_offers,
    offers_of,
)
from arbitragevault.adapters.postgres.histories import Histories, encode, histories_of
from arbitragevault.domain.catalog.marketplace import MARKETPLACES, US
from arbitragevault.domain.catalog.product import (
    Category,
    Channel,
    Condition,
    PackageSize,
    Product,
    ProductType,
)
from arbitragevault.domain.errors import HistoryCodecError
from arbitragevault.domain.market.listing import (
    EligibleOffers,
    Listing,
    RankCategoryHistory,
    UsedBoxHistory,
    Variation,
)
from arbitragevault.domain.market.market import KeepaFees, Market, Offer, SeriesKind
from arbitragevault.domain.market.series import StepSeries

T = TypeVar("T")

texts = st.none() | st.text(max_size=20)
flags = st.none() | st.booleans()
counts = st.none() | st.integers(0, 10_000)
categories = st.builds(Category, st.integers(1, 2**40), st.text(max_size=10))
sizes = st.builds(
    PackageSize,
    st.none() | st.tuples(*[st.integers(1, 5_000)] * 3),
    st.none() | st.integers(1, 100_000),
)
codes = st.lists(st.text("0123456789", min_size=8, max_size=14), max_size=3).map(tuple)

products = st.builds(
    Product,
    marketplace=st.sampled_from(list(MARKETPLACES.values())),
    asin=st.text("0123456789X", min_size=10, max_size=10),
    type=st.sampled_from(ProductType),
    title=texts,
    brand=texts,
    root_category=st.none() | categories,
    category_path=st.lists(categories, max_size=3).map(tuple),
    package=sizes,
    item=sizes,
    eans=codes,
    number_of_pages=counts,
    is_adult=flags,
    is_hazmat=flags,
    variation_asins=codes,
    rank_category=counts,
)


@st.composite
def listings(draw: st.DrawFn) -> Listing:
    at = np.array(sorted(draw(st.sets(st.integers(0, 8_000_000), max_size=4))), np.int32)

    def column(of: st.SearchStrategy[T]) -> tuple[T | None, ...]:
        return tuple(draw(st.lists(st.none() | of, min_size=at.size, max_size=at.size)))

    used = UsedBoxHistory(
        at,
        column(st.text(max_size=14)),
        column(st.sampled_from(Condition)),
        column(st.sampled_from(Channel)),
    )
    ranks = RankCategoryHistory(at, column(st.integers(1, 2**63 - 1)))
    variations = st.builds(
        Variation,
        st.text(max_size=10),
        st.lists(st.tuples(st.text(max_size=5), st.text(max_size=5)), max_size=2).map(tuple),
        texts,
    )
    return Listing(
        used_buy_box=used if draw(st.booleans()) else None,
        rank_categories=ranks if draw(st.booleans()) else None,
        eligible_offers=draw(st.none() | st.builds(EligibleOffers, counts, counts, counts)),
        variations=draw(st.lists(variations, max_size=2).map(tuple)),
        past_variations=draw(codes),
    )


markets = st.builds(
    Market,
    product=products,
    observed_minute=st.integers(0, 8_000_000),
    current=st.dictionaries(st.sampled_from(SeriesKind), st.floats(allow_nan=False), max_size=4),
    fees=st.builds(KeepaFees, counts, counts, st.none() | st.floats(0, 100), counts),
    amazon_available=flags,
    listing=listings(),
)


@st.composite
def offers(draw: st.DrawFn) -> Offer:
    at = sorted(draw(st.sets(st.integers(0, 8_000_000), max_size=5)))
    amounts = st.one_of(st.integers(0, 100_000).map(float), st.just(float("nan")))

    def series() -> StepSeries:
        values = draw(st.lists(amounts, min_size=len(at), max_size=len(at)))
        return StepSeries(np.array(at, np.int32), np.array(values))

    return Offer(
        offer_id=draw(st.integers(0, 2**31)),
        seller=draw(st.text(max_size=14)),
        condition=draw(st.none() | st.sampled_from(Condition)),
        condition_code=draw(st.integers(0, 11)),
        channel=draw(st.sampled_from(Channel)),
        price=series(),
        shipping=series(),
        last_seen=draw(st.integers(0, 8_000_000)),
        is_live=draw(flags),
        is_prime=draw(st.booleans()),
        stock=draw(counts),
        comment=draw(texts),
        stock_history=draw(st.just(StepSeries.empty())) if draw(st.booleans()) else series(),
        coupon_amount=series(),
    )


@given(markets, st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2**40)), max_size=3))
def test_facts_come_back_exactly(market: Market, empty: list[tuple[int, int]]) -> None:
    facts = decode_facts(encode_facts(market, empty).data)
    product = market.product
    assert facts.product_of(product.marketplace, product.asin) == product
    assert facts.product_of(product.marketplace, product.asin).marketplace is product.marketplace
    assert (facts.current, facts.fees) == (market.current, market.fees)
    assert (facts.amazon_available, facts.empty) == (market.amazon_available, empty)
    assert facts.listing == market.listing


def test_a_present_value_that_is_unknown_comes_back_unknown() -> None:
    market = Market(Product(US, "0593655036"), 5, current={SeriesKind.NEW: float("nan")})
    assert np.isnan(decode_facts(encode_facts(market, []).data).current[SeriesKind.NEW])


@given(st.lists(offers(), max_size=4))
def test_offers_come_back_exactly(written: list[Offer]) -> None:
    assert decode_offers(encode_offers(written).data) == tuple(written)


def test_no_field_of_an_offer_is_forgotten() -> None:
    stored = {field.name for field in msgspec.structs.fields(_PlainOffer)}
    series = set(_ALWAYS.values()) | set(_SOMETIMES.values())
    assert stored | series == {field.name for field in fields(Offer)}


def test_facts_of_another_program_are_a_typed_error() -> None:
    with pytest.raises(HistoryCodecError, match="do not fit this program"):
        decode_facts(seal(msgspec.msgpack.encode({"product": 5})).data)
    facts = decode_facts(seal(msgspec.msgpack.encode({"product": {"title": 5}})).data)
    with pytest.raises(HistoryCodecError, match="do not fit this program"):
        facts.product_of(US, "0593655036")


def test_fields_from_a_newer_program_are_ignored() -> None:
    stored = msgspec.msgpack.encode({"product": {"title": "A", "new": 1}, "newer": 2})
    facts = decode_facts(seal(stored).data)
    assert facts.product_of(US, "0593655036") == Product(US, "0593655036", title="A")


@pytest.mark.parametrize("attachment", [b"\xc1", msgspec.msgpack.encode([[1, "A"]])])
def test_damaged_offers_are_a_typed_error(attachment: bytes) -> None:
    with pytest.raises(HistoryCodecError, match="do not fit this program"):
        decode_offers(pack_tracks([], attachment).data)


def test_offers_without_their_prices_are_a_typed_error() -> None:
    one = [[1, "A", None, 1, "fba", 5, None]]
    with pytest.raises(HistoryCodecError, match="do not fit this program"):
        decode_offers(pack_tracks([], msgspec.msgpack.encode(one)).data)


def test_no_field_of_a_listing_is_forgotten() -> None:
    stored = {field.name for field in msgspec.structs.fields(_Listing)}
    assert stored == {field.name for field in fields(Listing)}


def test_facts_and_offers_of_an_older_program_come_back_without_what_it_did_not_know() -> None:
    facts = decode_facts(seal(msgspec.msgpack.encode({"product": {}})).data)
    assert facts.listing == Listing()
    tracks = [Track(group, 0, np.array([5], np.int32), np.array([7.0])) for group in (0, 1)]
    one = [[1, "A", None, 1, "fba", 5, None]]
    (offer,) = decode_offers(pack_tracks(tracks, msgspec.msgpack.encode(one)).data)
    assert len(offer.stock_history) == len(offer.coupon_amount) == len(offer.coupon_percent) == 0


@given(st.lists(offers(), max_size=3))
def test_offers_unpacked_together_with_years_are_the_same(written: list[Offer]) -> None:
    at = np.array([100_000, 1_000_000, 7_000_000], np.int32)
    history = {
        SeriesKind.NEW: StepSeries(at, np.array([1_999.0, np.nan, 5.0])),
        SeriesKind.OFFER_UPDATES: StepSeries(at, np.array([-7.0, 3.0, -1.0])),
    }
    segments, empty = encode(Histories(history=history))
    blobs = [*(segment.blob.data for segment in segments), encode_offers(written).data]
    years, last = unpack_bundles(blobs).split(len(segments))
    assert histories_of(years, empty) == Histories(history=history)
    assert offers_of(last) == tuple(written)
    first, rest = unpack_bundles(blobs[::-1]).split(1)
    assert offers_of(first) == tuple(written)
    assert rest.ends[-1] == 6


@given(st.lists(offers(), max_size=4))
def test_live_offers_are_told_without_the_others(written: list[Offer]) -> None:
    stored = decode_offers(encode_offers(written).data)
    states = [offer.is_live for offer in written]
    expected = tuple(offer for offer in written if offer.is_live)
    assert stored.live == (None if None in states else expected)


def test_a_series_of_an_offer_that_is_not_there_is_a_typed_error() -> None:
    tracks = [Track(group, 1, np.array([5], np.int32), np.array([7.0])) for group in (0, 1)]
    one = [[1, "A", None, 1, "fba", 5, None]]
    with pytest.raises(HistoryCodecError, match="do not fit this program"):
        decode_offers(pack_tracks(tracks, msgspec.msgpack.encode(one)).data)
