"""Identifiers of simulated products."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arbitragevault.domain.catalog.identifiers_codes import (
    is_valid_asin,
    is_valid_gtin,
    is_valid_isbn13,
    isbn10_to_13,
)
from arbitragevault.sandbox.codes import Numbering

seeds = st.integers(0, 2**31)
indexes = st.integers(0, 1_000_000)


@given(seeds, indexes)
def test_an_identifier_leads_back_to_its_product(seed: int, index: int) -> None:
    numbering = Numbering(seed)
    assert numbering.index_of_asin(numbering.book_asin(index)) == index
    assert numbering.index_of_asin(numbering.item_asin(index)) == index
    assert numbering.index_of_asin(numbering.parent_asin(index)) == index
    assert numbering.index_of_code(numbering.book_ean(index)) == index
    assert numbering.index_of_code(numbering.item_upc(index)) == index
    assert numbering.index_of_code("0" + numbering.item_upc(index)) == index


@given(seeds, indexes)
def test_identifiers_have_right_check_digits(seed: int, index: int) -> None:
    numbering = Numbering(seed)
    assert is_valid_asin(numbering.book_asin(index))
    assert is_valid_asin(numbering.item_asin(index))
    assert is_valid_isbn13(numbering.book_ean(index))
    assert isbn10_to_13(numbering.book_asin(index)) == numbering.book_ean(index)
    assert is_valid_gtin(numbering.item_upc(index))


@given(seeds, indexes)
def test_identifiers_lie_where_no_real_product_is(seed: int, index: int) -> None:
    numbering = Numbering(seed)
    assert "66" <= numbering.book_asin(index)[:2] <= "69"
    assert numbering.item_upc(index).startswith("4")
    assert numbering.item_asin(index).startswith("B0SB")


@pytest.mark.parametrize(
    "asin", ["0593655036", "6600000000", "B0F7XPYCSJ", "B0SB-12345", "B0SB", "", "6626237234"]
)
def test_foreign_identifiers_belong_to_nothing(asin: str) -> None:
    assert Numbering(1).index_of_asin(asin) is None


@pytest.mark.parametrize("code", ["9780593655030", "012345678905", "97866", "x", "400000000001"])
def test_foreign_codes_belong_to_nothing(code: str) -> None:
    assert Numbering(1).index_of_code(code) is None
