"""One lead from its fields: what is understood, mended, left open or refused."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arbitragevault.adapters.files.rows import (
    MAX_QUANTITY,
    MAX_UNIT_COST_MINOR,
    Cell,
    LeadRow,
    cell_text,
    is_blank,
    lead_from_fields,
    parse_condition,
    parse_cost,
    parse_quantity,
)
from arbitragevault.domain.catalog.product import Condition
from arbitragevault.domain.decision.lead import Lead
from arbitragevault.domain.errors import IdentifierError, LeadRowError, MoneyError
from arbitragevault.domain.money import Money

ISBN = "9780593655030"


def row(**fields: Cell | None) -> LeadRow:
    return lead_from_fields(1, {"identifier": ISBN, **fields}, currency="USD")


class TestLead:
    def test_every_field(self) -> None:
        found = lead_from_fields(
            7,
            {
                "identifier": " 978-0593655030 ",
                "cost": "$12.50",
                "quantity": "3",
                "condition": "VG",
                "supplier": "Bookshop",
                "url": "https://example.com/a",
                "notes": "shelf 4",
                "Row colour": "red",
                "Empty": "",
            },
            currency="USD",
        )
        assert found.number == 7
        assert found.error is None
        assert found.identifier is not None
        assert found.identifier.asin == "0593655036"
        assert found.identifier_text == "978-0593655030"
        assert found.repairs == ("hyphens removed",)
        assert found.cells["Row colour"] == "red"
        assert found.lead == Lead(
            identifier="978-0593655030",
            unit_cost=Money(1250, "USD"),
            quantity=3,
            condition=Condition.VERY_GOOD,
            supplier="Bookshop",
            url="https://example.com/a",
            notes="shelf 4",
            extra={"Row colour": "red"},
        )

    def test_only_an_identifier_is_needed(self) -> None:
        assert row().lead == Lead(identifier=ISBN)
        assert row(cost=None, quantity="", condition="n/a", supplier=" ").lead == Lead(ISBN)

    def test_numbers_from_json_and_spreadsheets(self) -> None:
        found = lead_from_fields(
            1,
            {"identifier": 9780593655030.0, "cost": 12.3, "quantity": 2.0},
            currency="USD",
        )
        assert found.lead == Lead(ISBN, Money(1230, "USD"), 2)

    @pytest.mark.parametrize("text", [None, "", "  ", "N/A", "#N/A", "-", "null"])
    def test_a_row_without_an_identifier(self, text: str | None) -> None:
        found = lead_from_fields(1, {"identifier": text, "cost": "5"}, currency="USD")
        assert found.lead is None
        assert isinstance(found.error, IdentifierError)
        assert found.error.message.startswith("The row has no identifier")

    def test_the_identifier_is_understood_even_if_the_cost_is_not(self) -> None:
        found = row(cost="twelve")
        assert found.lead is None
        assert isinstance(found.error, MoneyError)
        assert found.identifier is not None
        assert found.identifier.asin == "0593655036"

    def test_a_wrong_identifier(self) -> None:
        found = lead_from_fields(1, {"identifier": "9780593655031"}, currency="USD")
        assert found.identifier is None
        assert isinstance(found.error, IdentifierError)
        assert found.identifier_text == "9780593655031"

    def test_a_column_of_trade_codes(self) -> None:
        found = lead_from_fields(1, {"identifier": "9800895007"}, currency="USD", trade_code=True)
        assert found.identifier is not None
        assert found.identifier.code == "009800895007"

    @given(
        st.dictionaries(
            st.sampled_from(
                ["identifier", "cost", "quantity", "condition", "supplier", "url", "notes", "x"]
            ),
            st.one_of(
                st.none(),
                st.text(max_size=20),
                st.integers(),
                st.floats(),
                st.decimals(),
                st.booleans(),
                st.sampled_from([ISBN, "5", "new"]),
            ),
        )
    )
    def test_any_fields_give_a_lead_or_a_reason(self, fields: dict[str, Cell | None]) -> None:
        found = lead_from_fields(1, fields, currency="USD")
        assert (found.lead is None) != (found.error is None)
        "".join(found.cells.values()).encode()


class TestCost:
    @pytest.mark.parametrize(
        ("value", "minor"),
        [("12.50", 1250), (12.5, 1250), (12, 1200), (Decimal("12.5"), 1250), ("0", 0), (0, 0)],
    )
    def test_amounts(self, value: Cell, minor: int) -> None:
        assert parse_cost(value, "USD") == (Money(minor, "USD"), ())

    @pytest.mark.parametrize("value", [None, "", "n/a", "-", "TBD", "#VALUE!", float("nan")])
    def test_an_unknown_cost_is_no_cost(self, value: Cell | None) -> None:
        assert parse_cost(value, "USD") == (None, ())

    def test_a_computed_cost_is_rounded_and_says_so(self) -> None:
        assert parse_cost(11.997, "USD") == (
            Money(1200, "USD"),
            ("cost 11.997 rounded to 12.00 USD",),
        )
        assert parse_cost("3.3333", "USD") == (
            Money(333, "USD"),
            ("cost 3.3333 rounded to 3.33 USD",),
        )
        assert row(cost=11.997).repairs == ("cost 11.997 rounded to 12.00 USD",)

    def test_the_noise_of_floats_is_no_rounding(self) -> None:
        assert parse_cost(12.299999999999999, "USD") == (Money(1230, "USD"), ())

    @pytest.mark.parametrize(
        ("value", "message"),
        [
            ("abc", "not an amount of money"),
            (True, "not an amount of money"),
            (float("inf"), "not an amount of money"),
            ("€5", "not in USD"),
            ("-1", "Cost '-1' is negative; write what one unit costs"),
            (-0.001, "is negative"),
            (9780593655030, r"is above 1,000,000\.00 USD for one unit; check the column"),
        ],
    )
    def test_what_is_refused(self, value: Cell, message: str) -> None:
        with pytest.raises(MoneyError, match=message):
            parse_cost(value, "USD")

    def test_the_highest_cost(self) -> None:
        assert parse_cost("1,000,000.00", "USD")[0] == Money(MAX_UNIT_COST_MINOR, "USD")


class TestQuantity:
    @pytest.mark.parametrize(
        ("value", "count"),
        [
            ("1", 1),
            (3, 3),
            (3.0, 3),
            ("3.0", 3),
            ("3.000", 3),
            ("3,00", 3),
            ("1,200", 1200),
            ("1 200", 1200),
            ("1'200.0", 1200),
            ("007", 7),
            ("1,000,000", MAX_QUANTITY),
            ("", None),
            (None, None),
            ("n/a", None),
        ],
    )
    def test_whole_numbers(self, value: Cell | None, count: int | None) -> None:
        assert parse_quantity(value) == count

    @pytest.mark.parametrize(
        "value",
        ["0", "-1", "2.5", 2.5, "many", "1.200", "12,34", "3 pcs", "1000001", True, "9" * 50, "٣"],
    )
    def test_what_is_refused(self, value: Cell) -> None:
        with pytest.raises(LeadRowError, match="is not a whole number between 1 and 1,000,000"):
            parse_quantity(value)


class TestCondition:
    @pytest.mark.parametrize(
        ("text", "condition"),
        [
            ("new", Condition.NEW),
            ("NEW", Condition.NEW),
            ("Brand New", Condition.NEW),
            ("like new", Condition.LIKE_NEW),
            ("Used - Like New", Condition.LIKE_NEW),
            ("UsedLikeNew", Condition.LIKE_NEW),
            ("used_like_new", Condition.LIKE_NEW),
            ("As New", Condition.LIKE_NEW),
            ("Used - Very Good", Condition.VERY_GOOD),
            ("UsedVeryGood", Condition.VERY_GOOD),
            ("VG", Condition.VERY_GOOD),
            ("U-VG", Condition.VERY_GOOD),
            ("Used; Good", Condition.GOOD),
            ("good", Condition.GOOD),
            ("Acceptable", Condition.ACCEPTABLE),
            ("used acceptable", Condition.ACCEPTABLE),
            ("", None),
            ("N/A", None),
        ],
    )
    def test_usual_spellings(self, text: str, condition: Condition | None) -> None:
        assert parse_condition(text) is condition

    def test_our_own_words_are_understood(self) -> None:
        assert all(parse_condition(condition.value) is condition for condition in Condition)

    @pytest.mark.parametrize("text", ["used", "1", "11", "refurbished", "collectible", "!!"])
    def test_what_is_refused(self, text: str) -> None:
        with pytest.raises(LeadRowError, match="is not understood; write new, used like new"):
            parse_condition(text)


class TestUrl:
    @pytest.mark.parametrize(
        ("text", "url"),
        [
            ("https://example.com/a?b=c", "https://example.com/a?b=c"),
            ("HTTP://example.com", "HTTP://example.com"),
            ("www.example.com/a", "https://www.example.com/a"),
            ("example.com", "https://example.com"),
        ],
    )
    def test_web_addresses(self, text: str, url: str) -> None:
        found = row(url=text)
        assert found.lead is not None
        assert found.lead.url == url

    @pytest.mark.parametrize("text", ["javascript:alert(1)", "aisle 4", "data:text/html,x"])
    def test_what_a_browser_should_not_follow_stays_text(self, text: str) -> None:
        found = row(url=text)
        assert found.lead is not None
        assert found.lead.url is None
        assert found.lead.extra == {"url": text}
        assert found.repairs == ("the url is no web address and passes through as text",)


class TestText:
    @pytest.mark.parametrize(
        ("value", "text"),
        [
            (None, ""),
            (" a ", "a"),
            ("a\x00b\x1a", "ab"),
            ("\ud800", "\ufffd"),
            (True, "TRUE"),
            (3, "3"),
            (3.0, "3"),
            (3.25, "3.25"),
            (1e15, "1000000000000000.0"),
            (1e300, "1e+300"),
            (Decimal("3.10"), "3.10"),
        ],
    )
    def test_values_as_text(self, value: Cell | None, text: str) -> None:
        assert cell_text(value) == text

    def test_blanks(self) -> None:
        assert is_blank("")
        assert is_blank("None")
        assert not is_blank("0")
