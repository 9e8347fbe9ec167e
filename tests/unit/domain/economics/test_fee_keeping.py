from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arbitragevault.domain.catalog.marketplace import US
from arbitragevault.domain.catalog.product import Category, Channel, Product
from arbitragevault.domain.economics.fees.engine import (
    FeeAssumptions,
    FeeBreakdown,
    FeeClass,
    FeeCode,
    Measures,
    fees,
)
from arbitragevault.domain.economics.fees.storage import snapshots, spells
from arbitragevault.domain.money import Money

BOOKS: Final = Category(283155, "Books")
HOME: Final = Category(1055398, "Home & Kitchen")
CUBE: Final = Measures.of(("18", "12", "8"), "in", 10, "lb")
BOOK: Final = Product(US, "0593655036", root_category=BOOKS)


def cost(on: date, assumptions: FeeAssumptions, root: Category = BOOKS) -> FeeBreakdown:
    product = replace(BOOK, root_category=root)
    return fees(product, Money(2000, "USD"), on, Channel.FBA, assumptions)


def stored(on: date, days: int, **more: object) -> int | None:
    assumptions = FeeAssumptions(storage_days=days, measures=CUBE)
    line = cost(on, replace(assumptions, **more)).line(FeeCode.STORAGE)  # type: ignore[arg-type]
    assert line is not None
    return line.amount_cents


@given(st.dates(date(2024, 1, 1), date(2027, 12, 31)), st.integers(0, 900))
def test_spells_cover_every_day_before_the_sale_once(sold: date, days: int) -> None:
    covered = [
        spell.first + timedelta(days=n) for spell in spells(sold, days) for n in range(spell.days)
    ]
    assert covered == [sold - timedelta(days=days - n) for n in range(days)]
    assert all(s.days <= s.days_in_month for s in spells(sold, days))


@given(st.dates(date(2024, 1, 1), date(2027, 12, 31)), st.integers(0, 900))
def test_snapshots_are_the_15ths_in_store(sold: date, days: int) -> None:
    arrived = sold - timedelta(days=days)
    wanted = [
        (arrived + timedelta(days=n), n)
        for n in range(days)
        if (arrived + timedelta(days=n)).day == 15
    ]
    assert list(snapshots(sold, days)) == wanted


@pytest.mark.parametrize(
    ("on", "days", "cents"),
    [
        (date(2026, 7, 1), 30, 78),  # the whole of June, one cubic foot of standard size
        (date(2026, 7, 16), 15, 38),  # 15 of 31 days of July: 0.3774
        (date(2026, 11, 1), 31, 240),  # the whole of October
        (date(2026, 10, 11), 20, 103),  # 10 of 30 days at 0.78 and 10 of 31 at 2.40
    ],
)
def test_storage_is_charged_by_day_and_month(on: date, days: int, cents: int) -> None:
    assert stored(on, days) == cents


def test_storage_of_dangerous_goods_and_slow_stock() -> None:
    july = date(2026, 7, 1)
    assert stored(july, 30, fee_class=FeeClass.DANGEROUS_GOODS) == 99
    assert stored(july, 30, storage_utilization_weeks=25) == 78 + 44
    assert stored(july, 30, storage_utilization_weeks=21) == 78
    large = Measures.of(("24", "12", "12"), "in", 10, "lb")
    assert stored(july, 30, measures=large) == 112
    assert stored(july, 30, measures=large, storage_utilization_weeks=60) == 2 * (56 + 126)


def test_storage_without_a_card_or_a_size_is_unknown() -> None:
    early = cost(date(2024, 4, 20), FeeAssumptions(storage_days=30, measures=CUBE))
    assert early.unknown_reasons == ("no storage rate card for US on 2024-03-21",)
    unmeasured = cost(date(2026, 7, 1), FeeAssumptions(storage_days=30))
    assert unmeasured.unknown_reasons == ("the package's size and weight are not known",)
    flat = FeeAssumptions(
        storage_days=30, size_tier="large_standard", measures=Measures.of(weight=1)
    )
    assert cost(date(2026, 7, 1), flat).unknown_reasons == ("the package's size is not known",)


@pytest.mark.parametrize(
    ("on", "days", "cents"),
    [
        (date(2026, 8, 16), 181, None),  # 180 days old on the 15th of August
        (date(2026, 8, 16), 182, 50),  # 181 days old
        (date(2026, 9, 16), 213, 150),  # 181 and 212 days old
        (date(2027, 1, 14), 400, 50 + 100 + 150 + 545 + 570 + 590 + 690),
    ],
)
def test_the_aged_surcharge_is_added_at_every_15th(on: date, days: int, cents: int) -> None:
    line = cost(on, FeeAssumptions(storage_days=days, measures=CUBE)).line(FeeCode.AGED_INVENTORY)
    assert (line.amount_cents if line else None) == cents


def test_a_small_old_book_pays_the_minimum_per_unit() -> None:
    book = Measures.of(("9", "6", "1"), "in", 14, "oz")
    found = cost(date(2026, 12, 16), FeeAssumptions(storage_days=370, measures=book))
    line = found.line(FeeCode.AGED_INVENTORY)
    assert line is not None
    # 0.03125 cubic feet at 187 to 340 days, then the minimum of 0.30 at 369 days.
    volume = 0.03125
    assert line.amount_cents == round(volume * (50 + 100 + 150 + 545 + 570 + 590) + 30)


def test_the_aged_surcharge_of_2025_and_of_the_unmeasured_is_unknown() -> None:
    year = cost(date(2025, 9, 16), FeeAssumptions(storage_days=250, measures=CUBE))
    assert year.unknown_reasons == ("the 2024-25 surcharge for 181 to 365 days was not found",)
    flat = FeeAssumptions(
        storage_days=250, size_tier="large_standard", measures=Measures.of(weight=1)
    )
    found = cost(date(2026, 9, 16), flat).line(FeeCode.AGED_INVENTORY)
    assert found is not None
    assert found.unknown_reason == "the package's size is not known"


def test_clothing_is_exempt_from_the_first_aged_rows() -> None:
    assumptions = FeeAssumptions(
        storage_days=213, measures=CUBE, fee_category="clothing_accessories"
    )
    assert cost(date(2026, 9, 16), assumptions).line(FeeCode.AGED_INVENTORY) is None


@pytest.mark.parametrize(
    ("days", "pounds", "cents"),
    [(13, 2, 97), (14, 2, 70), (27, 2, 36), (28, 2, 0), (13, 4, 111)],
)
def test_the_low_inventory_fee(days: int, pounds: int, cents: int) -> None:
    measures = Measures.of(("9", "6", "2"), "in", pounds, "lb")
    found = cost(date(2026, 3, 2), FeeAssumptions(days_of_supply=days, measures=measures))
    line = found.line(FeeCode.LOW_INVENTORY)
    assert line is not None
    assert line.amount_cents == cents


def test_the_low_inventory_fee_of_other_tiers_and_days() -> None:
    crate = Measures.of(("60", "2", "2"), "in", 40, "lb")
    given_crate = FeeAssumptions(days_of_supply=1, measures=crate)
    line = cost(date(2026, 3, 2), given_crate).line(FeeCode.LOW_INVENTORY)
    assert line is not None
    assert line.amount_cents == 0
    unmeasured = cost(date(2026, 3, 2), FeeAssumptions(days_of_supply=1))
    assert unmeasured.unknown_reasons == ("the package's size and weight are not known",)
    early = cost(date(2024, 3, 2), FeeAssumptions(days_of_supply=1, measures=CUBE))
    assert "no low_inventory rate card for US on 2024-03-02" in early.unknown_reasons
