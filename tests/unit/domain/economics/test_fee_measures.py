from __future__ import annotations

from datetime import date
from fractions import Fraction
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arbitragevault.domain.catalog.product import PackageSize
from arbitragevault.domain.economics.fees.measures import Measures
from arbitragevault.domain.economics.fees.rate_card import Kind, rate_cards
from arbitragevault.domain.economics.fees.size_tier import Sized, SizeTierTable
from arbitragevault.domain.economics.fees.unit import implausible
from arbitragevault.domain.errors import InvalidInputError, RateCardError

SIDES = st.tuples(*[st.integers(1, 2700)] * 3)


def table(day: date = date(2026, 3, 1)) -> SizeTierTable:
    section = rate_cards().find("US", Kind.SIZE_TIERS, day)
    assert section is not None
    found: SizeTierTable = section.value
    return found


def size(measures: Measures, day: date = date(2026, 3, 1)) -> Sized:
    assert measures.sides_mm is not None
    assert measures.weight_grams is not None
    return table(day).classify(
        measures.sides_mm, measures.weight_grams, is_rounded=measures.is_rounded
    )


def inches(longest: str, median: str, shortest: str, pounds: str) -> Measures:
    return Measures.of((longest, median, shortest), "in", pounds, "lb")


@given(SIDES, st.integers(1, 80_000))
def test_the_order_of_the_sides_does_not_matter(sides: tuple[int, int, int], grams: int) -> None:
    orders = permutations(sides)
    assert len({Measures.of((a, b, c), "mm", grams, "g") for a, b, c in orders}) == 1


@given(SIDES, st.integers(1, 5000))
def test_the_unit_does_not_matter(sides: tuple[int, int, int], ounces: int) -> None:
    a, b, c = (side * Fraction("25.4") for side in sides)
    grams = ounces * Fraction("28.349523125")
    wanted = Measures.of(sides, "in", ounces, "oz")
    assert Measures.of((a, b, c), "mm", grams, "g") == wanted
    assert Measures.of((a / 10, b / 10, c / 10), "cm", grams / 1000, "kg") == wanted
    assert Measures.of(sides, "in", Fraction(ounces, 16), "lb") == wanted


@pytest.mark.parametrize("figure", ["0", "-1", "wide", "1/0"])
def test_a_figure_that_is_no_size_is_refused(figure: str) -> None:
    with pytest.raises(InvalidInputError):
        Measures.of((figure, "1", "1"))


@pytest.mark.parametrize("units", [("ell", "lb"), ("in", "stone")])
def test_an_unknown_unit_is_refused(units: tuple[str, str]) -> None:
    with pytest.raises(InvalidInputError, match="understood"):
        Measures.of((1, 1, 1), units[0], 1, units[1])


def test_a_catalogue_figure_that_is_not_above_0_is_missing() -> None:
    measures = Measures.from_package(PackageSize((10, 0, 0), 0))
    assert measures.sides_mm is None
    assert measures.weight_grams is None
    assert measures.volume_mm3 is None


@pytest.mark.parametrize(
    ("measures", "tier"),
    [
        (inches("15", "12", "0.75", "1"), "small_standard"),
        (inches("15", "12", "0.76", "1"), "large_standard"),
        (inches("15.01", "12", "0.75", "1"), "large_standard"),
        (inches("15", "12.01", "0.75", "1"), "large_standard"),
        (inches("15", "12", "0.75", "1.001"), "large_standard"),
        (inches("18", "14", "8", "20"), "large_standard"),
        (inches("18", "14", "8", "20.001"), "small_bulky"),
        (inches("18.01", "14", "8", "20"), "small_bulky"),
        (inches("37", "18", "10", "50"), "small_bulky"),
        (inches("37.01", "18", "10", "50"), "large_bulky"),
        (inches("37", "28.01", "2", "50"), "large_bulky"),
        (inches("59", "33", "2.5", "50"), "large_bulky"),
        (inches("59", "33", "2.51", "50"), "extra_large_0_50"),
        (inches("59", "33.01", "2.49", "50"), "extra_large_0_50"),
        (inches("60", "2", "2", "50"), "extra_large_0_50"),
        (inches("60", "2", "2", "50.1"), "extra_large_50_70"),
        (inches("60", "2", "2", "70.1"), "extra_large_70_150"),
        (inches("60", "2", "2", "150.1"), "extra_large_150_plus"),
    ],
)
def test_the_limits_of_the_tiers_are_included(measures: Measures, tier: str) -> None:
    assert size(measures).tier == tier


def test_small_bulky_exists_since_2026() -> None:
    cot = inches("24", "7.5", "6", "7.9")
    assert size(cot, date(2026, 1, 14)).tier == "large_bulky"
    assert size(cot, date(2026, 1, 15)).tier == "small_bulky"


def test_small_standard_is_charged_by_unit_weight_only() -> None:
    thin = inches("15", "12", "0.75", "0.1")
    assert size(thin).dimensional_grams > size(thin).billed_grams


def test_large_standard_has_no_floor_and_bulky_has() -> None:
    pound = Fraction("453.59237")
    book = size(inches("9", "6", "1", "0.2"))
    assert book.billed_grams == Fraction(9 * 6, 139) * pound
    panel = size(inches("40", "25", "1", "4.5"), date(2025, 6, 1))
    assert panel.tier == "large_bulky"
    assert panel.billed_grams == Fraction(40 * 25 * 2, 139) * pound


def test_the_heaviest_tier_is_charged_by_unit_weight() -> None:
    crate = size(inches("48", "30", "20", "60"))
    assert crate.tier == "extra_large_150_plus"
    assert crate.billed_grams == 60 * Fraction("453.59237")


def test_rounded_catalogue_figures_on_a_limit_lie_within_it() -> None:
    # 12 in are 304.8 mm and 8 oz are 226.8 g: the catalogue says 305 mm and 227 g.
    rounded = Measures.from_package(PackageSize((381, 305, 19), 227))
    assert size(rounded).tier == "small_standard"
    assert size(rounded).billed_grams == Fraction("226.5")
    exact = Measures.of((381, 305, 19), "mm", 227, "g")
    assert size(exact).tier == "large_standard"
    thicker = Measures.from_package(PackageSize((381, 305, 20), 227))
    assert size(thicker).tier == "large_standard"


def test_a_tier_can_be_given() -> None:
    measures = Measures.of(weight="14", weight_unit="oz")
    assumed = table().assume("small_standard", measures)
    assert assumed is not None
    assert assumed.is_standard
    assert assumed.billed_grams == 14 * Fraction("28.349523125")
    assert table().assume("tiny", measures) is None
    assert table().assume("small_standard", Measures.of((1, 1, 1))) is None
    rounded = Measures.from_package(PackageSize(None, 400))
    lighter = table().assume("large_bulky", rounded)
    assert lighter is not None
    assert lighter.billed_grams == Fraction("399.5")
    assert not lighter.is_standard


def test_a_table_whose_last_tier_has_limits_says_so() -> None:
    whole = table()
    short = SizeTierTable(whole.tiers[:1], whole.standard, whole.grams_per_mm3)
    with pytest.raises(RateCardError, match="fit in none"):
        short.classify((Fraction(900), Fraction(9), Fraction(9)), Fraction(9), is_rounded=False)


@pytest.mark.parametrize(
    ("measures", "is_book", "word"),
    [
        (Measures.of((236, 160, 32), "mm", 3, "g"), True, "a book of 3 g"),
        (Measures.of(weight=3, weight_unit="g"), True, "a book of 3 g"),
        (Measures.of((236, 160, 32), "mm", 30, "g"), True, "30 g and 236 x 160 x 32 mm"),
        (Measures.of((20, 10, 5), "mm", 600, "g"), True, "600 g"),
        (Measures.of((4, "0.2", "0.2"), "in", 1, "kg"), False, "1000 g"),
        (Measures.of((4000, 300, 300), "mm", 5000, "g"), False, "4 m long"),
        (Measures.of((4000, 300, 300), "mm"), False, "4 m long"),
        (Measures.of((1000, 1000, 1000), "mm", 900, "g"), False, "900 g"),
    ],
)
def test_absurd_measures_are_recognised(measures: Measures, is_book: bool, word: str) -> None:  # noqa: FBT001
    reason = implausible(measures, is_book=is_book)
    assert reason is not None
    assert word in reason


@pytest.mark.parametrize(
    ("sides", "grams"), [((244, 166, 36), 599), ((236, 199, 5), 91), ((274, 210, 18), 862)]
)
def test_real_books_are_believed(sides: tuple[int, int, int], grams: int) -> None:
    assert implausible(Measures.of(sides, "mm", grams, "g"), is_book=True) is None
