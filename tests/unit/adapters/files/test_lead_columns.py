"""Which heading means what, in any order and the usual spellings."""

from __future__ import annotations

import pytest

from arbitragevault.adapters.files.columns import (
    ALIASES,
    Column,
    check_fields,
    check_headings,
    headerless_layout,
    layout_of,
    listed,
    words_of_aliases,
)
from arbitragevault.domain.errors import LeadFileError


def field_of(heading: str) -> str | None:
    return layout_of([heading, "ASIN"], {}).field_of(0)


@pytest.mark.parametrize(
    ("heading", "field"),
    [
        ("identifier", "identifier"),
        ("ASIN", "identifier"),
        ("ISBN-13", "identifier"),
        ("isbn_10", "identifier"),
        ("ISBN 13 / 10", "identifier"),
        ("Product ISBN", "identifier"),
        ("ISBN Number", "identifier"),
        ("EAN Code", "identifier"),
        ("UPC", "identifier"),
        ("Barcode", "identifier"),
        ("GTIN-14", "identifier"),
        ("Amazon Link", "identifier"),
        ("Cost", "cost"),
        ("Unit Cost", "cost"),
        ("unit_cost ($)", "cost"),
        ("Cost [USD]", "cost"),
        ("COST USD", "cost"),
        ("Your price", "cost"),
        ("Buy Price", "cost"),
        ("COGS", "cost"),
        ("Price", "cost"),
        ("Qty", "quantity"),
        ("Quantity available", "quantity"),
        ("Stock", "quantity"),
        ("Condition", "condition"),
        ("Item Condition", "condition"),
        ("Vendor", "supplier"),
        ("Supplier name", "supplier"),
        ("Source", "supplier"),
        ("URL", "url"),
        ("Product link", "url"),
        ("Comments", "notes"),
        ("\ufeffNotes ", "notes"),
        ("N\u00f3tes", "notes"),
        ("List price", None),
        ("Amazon price", None),
        ("Title", None),
        ("SKU", None),
        ("", None),
        ("()", None),
    ],
)
def test_usual_headings(heading: str, field: str | None) -> None:
    assert field_of(heading) == field


def test_no_spelling_means_two_things() -> None:
    every = [alias for aliases in ALIASES.values() for alias in aliases]
    assert len(set(every)) == len(every)


def test_of_two_columns_for_a_field_the_better_one_counts() -> None:
    layout = layout_of(["Price", "ISBN", "Cost"], {})
    assert layout.fields == {"cost": 2}
    assert layout.field_of(0) is None
    assert layout.recognised == 2


def test_identifier_columns_in_order_of_preference() -> None:
    layout = layout_of(["Link", "UPC", "EAN", "ISBN", "ASIN"], {})
    assert layout.identifiers == (4, 3, 2, 1, 0)
    assert layout.trade_codes == {1, 2}
    assert [layout.field_of(place) for place in range(5)] == ["url", *["identifier"] * 4]
    assert layout.recognised == 5
    assert layout_of(["Link", "Cost"], {}).field_of(0) == "identifier"


def test_without_an_identifier_nothing_is_recognised() -> None:
    assert layout_of(["Cost", "Qty"], {}).recognised == 0


def test_chosen_columns_override_the_detection() -> None:
    layout = layout_of(
        ["Code", "ISBN", "Net", "Cost", "Link"], {"identifier": "code", "cost": "NET"}
    )
    assert layout.identifiers == (0,)
    assert layout.fields == {"cost": 2, "url": 4}
    assert layout.field_of(1) is None


def test_an_empty_choice_says_that_no_column_fills_a_field() -> None:
    layout = layout_of(["ISBN", "Cost", "Source"], {"supplier": "", "cost": "Cost"})
    assert layout.fields == {"cost": 1}


def test_a_column_chosen_as_identifier_is_nothing_else() -> None:
    layout = layout_of(["Link", "Cost"], {"identifier": "Link"})
    assert layout.identifiers == (0,)
    assert layout.fields == {"cost": 1}


def test_headings_are_made_unique() -> None:
    layout = layout_of(["ISBN", "", "Price", " Price ", "Column 2", "Multi\nline"], {})
    assert layout.headers == (
        "ISBN",
        "Column 2",
        "Price",
        "Price (2)",
        "Column 2 (2)",
        "Multi line",
    )


def test_columns_with_their_first_values() -> None:
    layout = layout_of(["ISBN", "", "Colour", ""], {})
    rows = [["1", "", "red", ""], ["2", "", "", ""], ["3", "x", "blue"], ["4", "", "", "", "wide"]]
    assert layout.columns(rows) == (
        Column("ISBN", "identifier", ("1", "2", "3")),
        Column("Column 2", None, ("x",)),
        Column("Colour", None, ("red", "blue")),
    )


def test_a_bare_list() -> None:
    layout = headerless_layout(2)
    assert layout.headers == ("identifier", "Column 2")
    assert layout.identifiers == (0,)


def test_chosen_columns_must_exist() -> None:
    wanted = {"cost": "unit  COST", "notes": ""}
    check_fields(wanted)
    check_headings(wanted, ["ISBN", "", "Unit Cost"], "leads.csv")
    with pytest.raises(LeadFileError, match="'price' is no field of a lead; choose from identi"):
        check_fields({"price": "x"})
    with pytest.raises(
        LeadFileError, match=r"leads\.csv has no column 'Net' for cost; it has 'ISBN'"
    ):
        check_headings({"cost": "Net"}, ["ISBN"], "leads.csv")


def test_many_headings_are_listed_in_part() -> None:
    assert listed(["a", "b"]) == "'a', 'b'"
    assert listed([str(number) for number in range(12)]).endswith("'9' and 2 more")


def test_words_of_an_identifier_heading() -> None:
    assert words_of_aliases("isbn^cost^qty")
    assert not words_of_aliases("title^price")
