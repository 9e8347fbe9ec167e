import csv
import io
import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arbitragevault.entrypoints.cli import output


@pytest.mark.parametrize(
    ("minor", "currency", "expected"),
    [
        (123_450, "USD", "1,234.50"),
        (-5, "GBP", "-0.05"),
        (1_250, "JPY", "1,250"),
        (None, "USD", "—"),
        (5, None, "—"),
    ],
)
def test_amounts(minor: int | None, currency: str | None, expected: str) -> None:
    assert output.amount(minor, currency) == expected


def test_figures() -> None:
    assert output.decimal_amount(123_450, "USD") == "1234.50"
    assert output.decimal_amount(None, "USD") == ""
    assert output.percent(0.345) == "34 %"
    assert output.percent(None) == output.number(None) == "—"
    assert output.number(12_345.6) == "12,346"


@pytest.mark.parametrize("text", ["=1+1", "+SUM(A1)", "@cmd", "-2+3", "\t=1", "\r=1"])
def test_formulas_are_not_handed_to_spreadsheets(text: str) -> None:
    (cell,) = next(csv.reader(io.StringIO(output.csv_line([text]), newline="")))
    assert cell == f"'{text}"


def test_numbers_stay_numbers() -> None:
    assert output.csv_line(["-2.50", -3, None, "a,b"]) == '-2.50,-3,,"a,b"\r\n'


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\r\x00")), min_size=2))
def test_a_csv_record_reads_back(cells: list[str]) -> None:
    read = next(csv.reader(io.StringIO(output.csv_line(cells), newline="")))
    assert [cell.removeprefix("'") for cell in read] == [cell.removeprefix("'") for cell in cells]


def test_texts_from_outside_cannot_steer_the_terminal() -> None:
    assert output.plain("a\x1b[31mb\u202ec\n") == "a [31mb c "


def test_json_is_one_line_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    output.print_json({"at": datetime(2026, 3, 1, tzinfo=UTC), "text": "a\nb"})
    (line,) = capsys.readouterr().out.splitlines()
    assert json.loads(line) == {"at": "2026-03-01T00:00:00Z", "text": "a\nb"}


def test_words_keep_their_colour() -> None:
    assert output.verdict_text("buy").plain == "buy"
    assert str(output.status_text("fail").style) == "red"
    assert str(output.status_text("odd").style) == ""
