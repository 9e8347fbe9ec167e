"""Measures that are missing or cannot be right: marked, with what serves instead or an estimate."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from fnmatch import fnmatchcase
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arbitragevault.domain.catalog.marketplace import US, marketplace_by_code
from arbitragevault.domain.catalog.product import Category, Channel, PackageSize, Product
from arbitragevault.domain.economics.fees.engine import (
    FeeAssumptions,
    FeeBreakdown,
    FeeCode,
    FulfilmentObservation,
    Measures,
    fees,
)
from arbitragevault.domain.economics.fees.model import SizeStatus
from arbitragevault.domain.economics.fees.sizing import sizing_text
from arbitragevault.domain.money import Money

DAY: Final = date(2026, 3, 2)
BOOK: Final = Product(US, "0593655036", root_category=Category(283155, "Books"))
LAMP: Final = Product(US, "B000000001", root_category=Category(1055398, "Home & Kitchen"))
NOTHING: Final = PackageSize(None, None)
LONG: Final = PackageSize((4000, 300, 300), 2500)


def sold(product: Product, given: FeeAssumptions | None = None, **more: object) -> FeeBreakdown:
    price = Money(2500, product.marketplace.currency)
    return fees(product, price, DAY, Channel.FBA, given or FeeAssumptions(), **more)  # type: ignore[arg-type]


def fulfilment(breakdown: FeeBreakdown) -> int:
    line = breakdown.line(FeeCode.FULFILMENT)
    assert line is not None
    assert line.amount_cents is not None
    return line.amount_cents


def test_a_believable_package_is_not_marked() -> None:
    found = sold(replace(BOOK, package=PackageSize((230, 150, 20), 400)))
    assert found.sizing is not None
    assert (found.sizing.status, found.sizing.basis) == (SizeStatus.KNOWN, "package")
    assert sizing_text(found) is None


@pytest.mark.parametrize(
    ("product", "status", "estimate", "text"),
    [
        (
            replace(LAMP, package=LONG),
            SizeStatus.IMPLAUSIBLE,
            785,
            "A package 4 m long is not believable: *; by its weight of 2500 g alone *7.85 USD.",
        ),
        (
            replace(LAMP, package=LONG, item=PackageSize((400, 300, 200), 2000)),
            SizeStatus.IMPLAUSIBLE,
            945,
            "* by the bare item's own 400 x 300 x 200 mm and 2000 g it is at least 9.45 USD.",
        ),
        (
            replace(BOOK, package=PackageSize((230, 150, 20), 3)),
            SizeStatus.IMPLAUSIBLE,
            395,
            "A book of 3 g is not believable: *; by its sides of 230 x 150 x 20 mm alone *3.95 *",
        ),
        (
            BOOK,
            SizeStatus.MISSING,
            None,
            "The package's size and weight are not known: its fulfilment fee is not known.",
        ),
        (
            replace(BOOK, package=PackageSize((230, 150, 20), 40_000)),
            SizeStatus.IMPLAUSIBLE,
            None,
            "A package of 40000 g and 230 x 150 x 20 mm is not believable: * is not known.",
        ),
    ],
)
def test_an_unknown_fulfilment_fee_is_bounded_by_what_can_be_believed(
    product: Product, status: SizeStatus, estimate: int | None, text: str
) -> None:
    found = sold(product)
    assert found.total_cents is None
    assert found.sizing is not None
    assert (found.sizing.status, found.sizing.basis) == (status, None)
    assert found.sizing.estimate_cents == estimate
    assert fnmatchcase(sizing_text(found) or "", text)


def test_the_bare_book_that_fills_in_is_said() -> None:
    book = replace(BOOK, package=NOTHING, item=PackageSize((230, 150, 20), 400))
    found = sold(book)
    assert found.sizing is not None
    assert (found.sizing.status, found.sizing.basis) == (SizeStatus.MISSING, "item")
    assert sizing_text(found) == (
        "The package's size and weight are not known: the bare book's own measures serve."
    )


def test_keepas_fee_that_serves_is_said() -> None:
    lamp = replace(LAMP, package=LONG)
    seen = FulfilmentObservation(1234, DAY, 2500)
    found = sold(lamp, observation=seen)
    assert fulfilment(found) == 1234
    assert found.sizing is not None
    assert (found.sizing.basis, found.sizing.estimate_cents) == ("observed", None)
    assert sizing_text(found) == (
        "A package 4 m long is not believable: the fulfilment fee that Keepa shows serves."
    )


def test_what_the_user_gives_is_charged_and_marked() -> None:
    light = FeeAssumptions(measures=Measures.of((230, 150, 20), "mm", 3, "g"))
    found = sold(BOOK, light)
    assert fulfilment(found) == 395
    assert sizing_text(found) == "A book of 3 g is not believable: it is charged as given."
    tiered = FeeAssumptions(size_tier="large_standard", measures=Measures.of(weight=1))
    assert sizing_text(sold(BOOK, tiered)) == (
        "The package's size is not known: the given size tier serves."
    )
    weighed = FeeAssumptions(measures=Measures.of(weight=1))
    assert "by its weight of 453.592 g alone" in (sizing_text(sold(BOOK, weighed)) or "")


def test_without_a_card_or_a_class_nothing_is_estimated() -> None:
    lamp = replace(LAMP, package=PackageSize(None, 900))
    early = fees(lamp, Money(2500, "USD"), date(2023, 3, 2), Channel.FBA)
    assert early.sizing is not None
    assert (early.sizing.status, early.sizing.estimate_cents) == (SizeStatus.MISSING, None)
    abroad = replace(lamp, marketplace=marketplace_by_code("GB"), root_category=None)
    unclassed = fees(abroad, Money(2500, "GBP"), date(2026, 9, 1), Channel.FBA)
    assert unclassed.sizing is not None
    assert unclassed.sizing.estimate_cents is None


def test_a_unit_that_the_seller_ships_has_no_size_tier_to_be_wrong() -> None:
    lamp = replace(LAMP, package=LONG)
    found = fees(lamp, Money(2500, "USD"), DAY, Channel.FBM)
    assert found.sizing is None
    assert sizing_text(found) is None


@given(
    st.tuples(st.integers(20, 700), st.integers(20, 700), st.integers(5, 700)),
    st.integers(30, 30_000),
    st.sampled_from(["weight", "sides"]),
)
def test_what_is_left_of_the_measures_is_never_charged_more_than_the_whole_unit(
    sides: tuple[int, int, int], grams: int, left: str
) -> None:
    whole = sold(replace(LAMP, package=PackageSize(sides, grams)))
    if whole.sizing is None or whole.sizing.status is not SizeStatus.KNOWN:
        return
    part = PackageSize(None, grams) if left == "weight" else PackageSize(sides, None)
    found = sold(replace(LAMP, package=part))
    assert found.sizing is not None
    assert found.sizing.estimate_cents is not None
    assert found.sizing.estimate_cents <= fulfilment(whole)
