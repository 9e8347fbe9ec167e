"""Tables go out in every format, and come back as they were."""

from __future__ import annotations

import csv
import io
import sys
from datetime import UTC, datetime
from typing import Any

import openpyxl
import orjson
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from arbitragevault.adapters.files import tables_out
from arbitragevault.adapters.files.cells import restored, safe
from arbitragevault.adapters.files.tables_out import Field, Kind, TableFormat, table_writer
from arbitragevault.domain.errors import ConfigurationError

FIELDS = (
    Field("title", Kind.TEXT),
    Field("currency", Kind.TEXT),
    Field("cost", Kind.MONEY),
    Field("rank", Kind.WHOLE),
    Field("roi", Kind.NUMBER),
    Field("amazon", Kind.FLAG),
    Field("at", Kind.TIME),
)
AT = datetime(2026, 11, 27, 12, tzinfo=UTC)
ROWS: list[dict[str, Any]] = [
    {"title": '=cmd("a,b")', "currency": "USD", "cost": -1250, "rank": 7, "roi": 0.25},
    {"title": "caf\u00e9 \x01", "currency": "JPY", "cost": 1250, "amazon": False, "at": AT},
    {},
]


def written(form: TableFormat, *batches: list[dict[str, Any]]) -> bytes:
    out = io.BytesIO()
    with table_writer(form, FIELDS, out) as writer:
        for batch in batches:
            writer.write(batch)
    return out.getvalue()


def test_csv_has_exact_major_units_and_no_formulas() -> None:
    text = written(TableFormat.CSV, ROWS[:1], ROWS[1:]).decode()
    header, first, second, third = csv.reader(io.StringIO(text, newline=""))
    assert header == [field.name for field in FIELDS]
    assert first == ['\'=cmd("a,b")', "USD", "-12.50", "7", "0.25", "", ""]
    assert second == ["caf\u00e9 \x01", "JPY", "1250", "", "", "no", "2026-11-27T12:00:00+00:00"]
    assert third == [""] * 7


def test_a_workbook_has_numbers_flags_and_times() -> None:
    book = openpyxl.load_workbook(io.BytesIO(written(TableFormat.XLSX, ROWS[:2])))
    header, first, second = book["Export"].iter_rows(values_only=True)
    assert header == tuple(field.name for field in FIELDS)
    assert first == ('\'=cmd("a,b")', "USD", -12.5, 7, 0.25, None, None)
    assert second == ("caf\u00e9  ", "JPY", 1250, None, None, False, datetime(2026, 11, 27, 12))  # noqa: DTZ001


def test_parquet_is_typed_and_in_minor_units() -> None:
    table = pl.read_parquet(io.BytesIO(written(TableFormat.PARQUET, ROWS[:2], ROWS[2:])))
    assert table["cost"].to_list() == [-1250, 1250, None]
    assert table["title"].to_list() == ['=cmd("a,b")', "caf\u00e9 \x01", None]
    assert table["at"].to_list() == [None, AT, None]
    empty = pl.read_parquet(io.BytesIO(written(TableFormat.PARQUET)))
    assert (empty.height, empty.schema) == (0, table.schema)


def test_json_has_one_object_a_line() -> None:
    lines = written(TableFormat.JSON, ROWS).splitlines()
    assert orjson.loads(lines[1]) == {
        "title": "caf\u00e9 \x01",
        "currency": "JPY",
        "cost": 1250,
        "rank": None,
        "roi": None,
        "amazon": False,
        "at": "2026-11-27T12:00:00Z",
    }
    assert len(lines) == 3


def test_a_sheet_that_is_full_is_said_to_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables_out, "_XLSX_ROWS", 2)
    with pytest.raises(ConfigurationError, match="CSV or Parquet"):
        written(TableFormat.XLSX, ROWS)


def test_without_polars_parquet_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "polars", None)
    with pytest.raises(ConfigurationError, match=r"arbitragevault\[parquet\]"):
        written(TableFormat.PARQUET)


@given(st.text(alphabet="'=+-@\t\rab1. ", max_size=8))
def test_neutral_cells_come_back_as_they_were(text: str) -> None:
    cell = safe(text)
    assert restored(cell) == text
    is_number = cell == text and text.strip().lstrip("+-").replace(".", "").isdigit()
    assert is_number or not cell.startswith(("=", "+", "-", "@", "\t", "\r"))
    assert safe(-3) == -3
