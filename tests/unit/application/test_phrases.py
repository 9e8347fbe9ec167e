"""Filters and columns by fixed phrases, and what is accepted of a model's form."""

from typing import Any

import pytest

from arbitragevault.application.column_guess import guess_columns
from arbitragevault.application.decision_phrases import words_to_filter
from arbitragevault.application.form_checks import check_form
from arbitragevault.application.form_template import fill_in
from arbitragevault.domain.explanation.answers import Form


@pytest.mark.parametrize(
    ("words", "fields"),
    [
        ("buys from Harbour Books, best ROI first",
         {"verdicts": ["buy"], "supplier": "Harbour Books", "sort": "-roi"}),
        ("show me reviews sorted by days to sell",
         {"verdicts": ["review"], "sort": "days_to_sell"}),
        ('skips with "linear algebra"', {"verdicts": ["skip"], "text": "linear algebra"}),
        ("buys and reviews, fastest first",
         {"verdicts": ["buy", "review"], "sort": "days_to_sell"}),
        ("cheapest first", {"sort": "unit_cost"}),
        ("highest profit first please", {"sort": "-profit"}),
        ("sorted by rank descending", {"sort": "-sales_rank"}),
        ("best rank first", {"sort": "sales_rank"}),
        ("lowest profit first", {"sort": "profit"}),
        ("newest first", {"sort": "-decided_at"}),
    ],
)  # fmt: skip
def test_words_are_a_filter(words: str, fields: dict[str, Any]) -> None:
    found, left = words_to_filter(words)
    assert found == fields
    assert left == ()
    assert check_form(Form("filter", {"words": words}), found) == ()


def test_other_words_are_left() -> None:
    assert words_to_filter("teleport me, sort by happiness") == (
        {},
        ("teleport me", "sort by happiness"),
    )


@pytest.mark.parametrize(
    ("headings", "rows", "expected"),
    [
        (["asin", "cost"], [], {"identifier": "asin", "cost": "cost"}),
        (["Cst Price", "ISBN-13", "Suppplier"], [],
         {"identifier": "ISBN-13", "cost": "Cst Price", "supplier": "Suppplier"}),
        (["Artikel", "EK", "Seite", "Zustand"],
         [["9780593655030", "12,50", "https://shop.example/1", "Used - Good"]],
         {"identifier": "Artikel", "cost": "EK", "condition": "Zustand", "url": "Seite"}),
        (["A", "B"], [["12.50", "13.50"]], {}),
        (["Retail price", "Code"], [["12.50", "9780593655030"]], {"identifier": "Code"}),
    ],
)  # fmt: skip
def test_columns_by_heading_and_by_value(
    headings: list[str], rows: list[list[str]], expected: dict[str, str]
) -> None:
    assert guess_columns(headings, rows) == expected


@pytest.mark.parametrize(
    "fields",
    [
        {"identifier": "A", "cost": "A"},
        {"identifier": "A", "colour": "B"},
        {"identifier": "A", "cost": "C"},
        {"cost": "B"},
    ],
)
def test_columns_have_to_exist_and_identify(fields: dict[str, str]) -> None:
    assert check_form(Form("columns", {"headings": ["A", "B"]}), fields)


@pytest.mark.parametrize(
    ("words", "fields"),
    [
        ("fewer than 5 offers", {"current_COUNT_NEW_lte": 4}),
        ("under 2 pounds", {"packageWeight_lte": 907}),
        ("under 3 kg", {"packageWeight_lte": 3000}),
        ("hardcovers", {"binding": ["hardcover"]}),
        ("released in 2024", {"releaseDate_gte": "2024-01-01", "releaseDate_lte": "2024-12-31"}),
        ("new within three months", {"releaseDate_gte": "2026-08-27"}),
        ("amazon out half of the time", {"outOfStockPercentage90_gte": 50}),
    ],
)
def test_other_ways_to_fill_in_the_same_words_are_accepted(
    words: str, fields: dict[str, Any]
) -> None:
    assert check_form(Form("finder", {"words": words, "today": "2026-11-27"}), fields) == ()


@pytest.mark.parametrize(
    ("words", "fields"),
    [
        ("books", {"releaseDate_gte": "2026-08-27"}),
        ("released in 30 days", {"releaseDate_gte": "soon"}),
        ("under $20", {"current_NEW_lte": 20}),
        ("rank under 20", {"current_SALES_lte": 2000}),
    ],
)
def test_what_the_words_do_not_say_is_refused(words: str, fields: dict[str, Any]) -> None:
    assert check_form(Form("finder", {"words": words, "today": "2026-11-27"}), fields)


def test_unknown_forms_do_not_exist() -> None:
    with pytest.raises(ValueError, match="no form"):
        fill_in(Form("poem", {}))
