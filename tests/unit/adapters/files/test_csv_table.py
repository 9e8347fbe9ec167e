"""Rows of text files, broken quotation marks included."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arbitragevault.adapters.files import csv_table
from arbitragevault.adapters.files.csv_table import CsvTable
from arbitragevault.adapters.files.encoding import Encoding
from arbitragevault.adapters.files.records import Record
from arbitragevault.adapters.files.source import open_source


def records(text: str, delimiter: str = ",", width: int = 0) -> list[Record]:
    table = CsvTable(
        open_source(text.encode(), "leads.csv"),
        Encoding("utf-8"),
        delimiter,
        lambda cells: len(cells) == width,
    )
    return list(table.records())


def cells(text: str, delimiter: str = ",", width: int = 0) -> list[tuple[object, ...]]:
    return [record.cells for record in records(text, delimiter, width)]


def test_quotes_delimiters_and_line_ends() -> None:
    assert cells('a,b\r\n"c,d","e""f"\rg,\n\n"multi\nline",x') == [
        ("a", "b"),
        ("c,d", 'e"f'),
        ("g", ""),
        (),
        ("multi\nline", "x"),
    ]
    assert cells("a\tb", "\t") == [("a", "b")]


def test_places_count_empty_rows() -> None:
    assert [(r.place, r.is_empty) for r in records("a\n\n,\nb\n")] == [
        (0, False),
        (1, True),
        (2, True),
        (3, False),
    ]


@pytest.mark.parametrize("directive", ["sep=,", '"sep=,"', "SEP=;"])
def test_excels_directive_is_no_row(directive: str) -> None:
    found = records(f"{directive}\na,b\n")
    assert [(record.place, record.cells) for record in found] == [(0, ("a", "b"))]
    assert cells("a\nsep=,\n")[1] == ("sep=", "")


def test_a_quotation_mark_inside_a_text_is_harmless() -> None:
    assert cells('0593655036,5" pipe\n"Say ""hi""" twice,x\n') == [
        ("0593655036", '5" pipe'),
        ('Say "hi" twice', "x"),
    ]


def test_an_unclosed_quotation_mark_breaks_only_its_row() -> None:
    found = records('isbn,notes\n"0593655036,one\n9780593655030,two\n', width=2)
    assert [record.cells for record in found] == [
        ("isbn", "notes"),
        ("0593655036", "one"),
        ("9780593655030", "two"),
    ]
    assert [record.problem is None for record in found] == [True, False, True]
    assert found[1].problem is not None
    assert found[1].problem.startswith("A quotation mark opens in this row and never closes")


def test_two_stray_quotation_marks_swallow_no_rows() -> None:
    found = records('a,"one\nb,two\nc,three"\nd,four\n', width=2)
    assert [(record.cells[0], record.problem is None) for record in found] == [
        ("a", False),
        ("b", True),
        ("c", True),
        ("d", True),
    ]


def test_a_text_over_too_many_lines_is_an_unclosed_quotation_mark() -> None:
    lines = "\n".join("line" for _ in range(csv_table.MAX_RECORD_LINES + 5))
    found = records(f'a,"{lines}\n')
    assert found[0].problem is not None
    assert len(found) == csv_table.MAX_RECORD_LINES + 5
    assert [record.problem for record in found[1:]] == [None] * (len(found) - 1)
    within = "\n".join("line" for _ in range(csv_table.MAX_RECORD_LINES))
    assert len(records(f'a,"{within}"\nb,c\n')) == 2


def test_a_quotation_mark_in_the_last_line() -> None:
    found = records('a,b\nc,"d')
    assert found[1].cells == ("c", "d")
    assert found[1].problem is None or "never closes" in found[1].problem


def test_a_value_that_is_too_long_breaks_only_its_row() -> None:
    long = "x" * (csv.field_size_limit() + 1)
    found = records(f"a,b\n{long},c\nd,e\n")
    assert found[1].problem is not None
    assert "far too long" in found[1].problem
    assert found[2].cells == ("d", "e")


def test_a_line_that_is_too_long_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_table, "MAX_LINE_CHARS", 50)
    found = records("a,b\n" + 'c,"' + "x" * 500 + "\nd,e\n" + "y" * 120)
    assert [record.problem is None for record in found] == [True, False, True, False]
    assert found[2].cells == ("d", "e")
    assert all(len(str(record.cells)) < 100 for record in found)


def test_a_line_that_is_too_long_inside_quotes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_table, "MAX_LINE_CHARS", 50)
    found = records('a,"b\n' + "x" * 120 + '\nc"\nd,e\n')
    assert found[0].problem is not None
    assert found[1].problem is not None
    assert found[-1].cells == ("d", "e")


def test_bytes_that_do_not_fit_are_replaced() -> None:
    table = CsvTable(open_source(b"a,\xff\n", "leads.csv"), Encoding("utf-8", 1), ",")
    assert [record.cells for record in table.records()] == [("a", "\ufffd")]


def test_a_stream_is_not_closed() -> None:
    stream = io.BytesIO(b"a,b\n")
    table = CsvTable(open_source(stream, "leads.csv"), Encoding("utf-8"), ",")
    for _ in range(2):
        reading = table.records()
        next(reading)
        reading.close()
    assert not stream.closed


plain = st.text(
    st.characters(blacklist_categories=["Cs"], blacklist_characters="\x00"), max_size=12
)


@given(st.lists(st.lists(plain, min_size=2, max_size=4), min_size=1, max_size=6))
def test_what_a_csv_writer_writes_is_read(rows: list[list[str]]) -> None:
    rows[0][0] = "first" + rows[0][0]
    written = io.StringIO()
    csv.writer(written, quoting=csv.QUOTE_ALL).writerows(rows)
    assert cells(written.getvalue()) == [tuple(row) for row in rows]


@given(st.text(max_size=80))
def test_any_text_gives_rows_and_ends(text: str) -> None:
    found = records(text.encode(errors="replace").decode() + "x", width=2)
    assert [record.place for record in found] == list(range(len(found)))
