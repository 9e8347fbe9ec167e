"""Keepa's wire language as data."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arbitragevault.adapters.keepa import schema
from arbitragevault.domain.catalog.product import Condition, ProductType
from arbitragevault.domain.market.clock import to_minute
from arbitragevault.domain.market.market import SeriesKind


def test_slots_are_numbered_in_order_and_name_every_kind_once() -> None:
    assert [slot.index for slot in schema.SLOTS] == list(range(schema.SLOT_COUNT_2026))
    without_slot = {SeriesKind.MONTHLY_SOLD}
    without_slot |= {kind for kind in SeriesKind if "coupon" in kind}
    assert set(schema.SLOT_BY_KIND) == set(SeriesKind) - without_slot
    assert len({slot.name for slot in schema.SLOTS}) == len(schema.SLOTS)


def test_slots_that_other_programs_got_wrong() -> None:
    kinds = {slot.index: slot.kind for slot in schema.SLOTS}
    assert kinds[10] is SeriesKind.NEW_FBA
    assert kinds[11] is SeriesKind.COUNT_NEW
    assert kinds[12] is SeriesKind.COUNT_USED
    assert kinds[15] is SeriesKind.OFFER_UPDATES
    assert kinds[16] is SeriesKind.RATING
    assert kinds[17] is SeriesKind.COUNT_REVIEWS
    assert kinds[18] is SeriesKind.BUY_BOX
    assert kinds[19] is SeriesKind.USED_LIKE_NEW


def test_slots_sent_with_shipping() -> None:
    triplets = {slot.index for slot in schema.SLOTS if slot.is_triplet}
    assert triplets == {7, *range(18, 30), 32}
    assert {slot.width for slot in schema.SLOTS if slot.is_triplet} == {3}
    assert {slot.width for slot in schema.SLOTS if not slot.is_triplet} == {2}


def test_slots_of_a_plain_request() -> None:
    plain = {slot.index for slot in schema.SLOTS if not slot.delivered_by}
    assert plain == {*range(7), 8, *range(11, 15), 28, 29, 30, 34, 35}


def test_price_types_of_deals() -> None:
    allowed = {slot.index for slot in schema.SLOTS if slot.is_deal_type}
    assert allowed == {0, 1, 2, 3, 5, 6, 7, 8, 9, 10, 18, 19, 20, 21, 22, 32, 33}


def test_keepas_clock() -> None:
    recorded = datetime(2025, 10, 14, 2, 36, tzinfo=UTC)
    assert schema.minute_of_unix_ms(int(recorded.timestamp() * 1_000)) == 7_776_156
    assert to_minute(recorded) == 7_776_156
    assert schema.unix_ms_of_minute(0) == datetime(2011, 1, 1, tzinfo=UTC).timestamp() * 1_000


@given(st.integers(0, 2**31 - 1), st.integers(0, 59_999))
def test_minutes_and_milliseconds(minute: int, rest: int) -> None:
    assert schema.minute_of_unix_ms(schema.unix_ms_of_minute(minute) + rest) == minute


def test_only_new_and_used_codes_are_conditions() -> None:
    assert schema.CONDITION_OF_CODE == {
        1: Condition.NEW,
        2: Condition.LIKE_NEW,
        3: Condition.VERY_GOOD,
        4: Condition.GOOD,
        5: Condition.ACCEPTABLE,
    }
    assert set(schema.CODE_OF_CONDITION) == set(Condition)


def test_every_product_type_has_a_code() -> None:
    assert set(schema.PRODUCT_TYPE_OF_CODE.values()) == set(ProductType)
    assert schema.PRODUCT_TYPE_OF_CODE[4] is ProductType.INVALID


@pytest.mark.parametrize(("path", "tokens"), [("product", 1), ("query", 10), ("bestsellers", 50)])
def test_endpoints_by_path(path: str, tokens: int) -> None:
    assert schema.ENDPOINTS[path].tokens == tokens
