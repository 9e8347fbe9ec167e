from __future__ import annotations

from datetime import date
from typing import Final

import pytest

from arbitragevault.domain.catalog.marketplace import MARKETPLACES, US
from arbitragevault.domain.catalog.product import Category, Product
from arbitragevault.domain.economics.fees.referral_check import check_referral

DAY: Final = date(2026, 5, 10)
BOOK: Final = Product(US, "0593655036", root_category=Category(283155, "Books"))
CAMERA: Final = Product(US, "B000000000", root_category=Category(172282, "Electronics"))


@pytest.mark.parametrize(
    ("price", "percent"),
    [(944, 15.04), (1523, 14.97), (2000, 15.0)],  # as Keepa showed them for books
)
def test_keepas_percentage_of_a_book_agrees(price: int, percent: float) -> None:
    found = check_referral(BOOK, percent, price, DAY)
    assert found.agrees
    assert "books" in found.categories


def test_a_wrong_category_is_seen_and_the_fitting_ones_are_named() -> None:
    found = check_referral(CAMERA, 14.06, 11_550, DAY)
    assert found.agrees is False
    assert found.ours_cents == 924
    assert found.categories == ("electronics_accessories",)


def test_a_percentage_that_no_table_gives_fits_nothing() -> None:
    assert check_referral(BOOK, 12.75, 8000, DAY).categories == ()


def test_without_a_card_nothing_can_be_said() -> None:
    found = check_referral(Product(MARKETPLACES["IN"], "B000000000"), 15.0, 2000, DAY)
    assert found.agrees is None
    assert found.ours_cents is None
    assert found.categories == ()
