"""Lead files: CSV or XLSX with a header, read row by row."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Final, Self

from arbitragevault.adapters.files.columns import Column, check_fields, check_headings, nameless
from arbitragevault.adapters.files.csv_table import DELIMITERS, CsvTable
from arbitragevault.adapters.files.encoding import detect_encoding
from arbitragevault.adapters.files.header import Header, bare_list, find_header, no_header
from arbitragevault.adapters.files.records import MAX_COLUMNS, Record, Table
from arbitragevault.adapters.files.rows import Cell, LeadRow, is_blank, lead_from_fields
from arbitragevault.adapters.files.source import Source, open_source, refuse_foreign
from arbitragevault.adapters.files.xlsx_table import is_zip, open_sheets
from arbitragevault.domain.catalog.identifiers import parse_identifier
from arbitragevault.domain.errors import IdentifierError, LeadFileError, LeadRowError

__all__ = ["MAX_ROWS", "Column", "LeadFile", "LeadRow", "open_lead_file"]

MAX_ROWS: Final = 1_000_000
"""Most rows of a lead file, about what one XLSX sheet can hold (1,048,576)."""

HEAD_ROWS: Final = 60
"""Rows from the top that are looked at before anything is decided."""

_PIECE: Final = 1_048_576
_AMAZON = re.compile(r"\bamazon\.|\bamzn\.|\ba\.co/", re.IGNORECASE)


class LeadFile:
    """A lead file whose columns are understood; its rows are read when they are asked for.

    Usable as a context manager, which removes the copy that a pipe needs.

    Args:
        name: How messages call it.
        columns: Its columns and the fields that they fill.
        currency: What its costs are in.
        source: Its bytes.
        table: Its rows as cells.
        header: Where its header is and what the columns mean.
    """

    def __init__(
        self,
        *,
        name: str,
        columns: tuple[Column, ...],
        currency: str,
        source: Source,
        table: Table,
        header: Header,
    ) -> None:
        self.name = name
        self.columns = columns
        self._currency = currency
        self._source = source
        self._table = table
        self._layout = header.layout
        self._first = header.first

    def rows(self) -> Iterator[LeadRow]:
        """Every row that is not empty, in order, each with a lead or the reason why not.

        Nothing is kept, so a long file takes no more memory than a short one. Rows may be read
        again by calling this again, but over an open stream only one pass at a time.

        Raises:
            LeadFileError: Midway, if a workbook turns out to be damaged or the file has more than
                MAX_ROWS rows.
        """
        for record in self._table.records():
            number = record.place - self._first + 1
            if number < 1 or record.is_empty:
                continue
            if number > MAX_ROWS:
                raise _too_many_rows(self.name)
            yield self._row(number, record)

    def __iter__(self) -> Iterator[LeadRow]:
        """As ``rows``: so a file can be handed to whoever may have to read it twice."""
        return self.rows()

    def close(self) -> None:
        """Remove the copy that was made of a pipe, if any."""
        self._source.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _row(self, number: int, record: Record) -> LeadRow:
        layout = self._layout
        texts = record.texts()
        named = dict(zip(_headings(layout.headers, len(texts)), texts, strict=False))
        chosen = _identifier_place(texts, layout.identifiers, layout.fields.get("url"))
        fields: dict[str, Cell] = {
            field: record.cells[place]
            for field, place in layout.fields.items()
            if place < len(record.cells)
        }
        if chosen is not None:
            fields["identifier"] = record.cells[chosen]
        used = {chosen, *layout.fields.values()}
        extra = {
            name: text for place, (name, text) in enumerate(named.items()) if place not in used
        }
        problem = record.problem or self._too_wide(texts)
        if problem:
            return LeadRow(
                number=number,
                lead=None,
                identifier=None,
                identifier_text="" if chosen is None else texts[chosen],
                error=LeadRowError(problem),
                cells=named,
            )
        row = lead_from_fields(
            number,
            fields,
            currency=self._currency,
            trade_code=chosen in layout.trade_codes,
            extra=extra,
            cells=named,
        )
        if isinstance(self._table, CsvTable) and self._table.encoding.broken:
            return _with_damage(row, texts)
        return row

    def _too_wide(self, texts: Sequence[str]) -> str | None:
        """Why a row of a text file with more values than headings cannot be trusted."""
        width = len(self._layout.headers)
        if isinstance(self._table, CsvTable) and any(texts[width:]):
            return (
                f"The row has {len(texts)} values for {width} columns; put values that contain "
                f"{self._table.delimiter!r} in quotation marks."
            )
        return None


def open_lead_file(
    source: Path | BinaryIO | bytes,
    *,
    name: str,
    currency: str,
    columns: Mapping[str, str] | None = None,
) -> LeadFile:
    """Open a CSV or XLSX file of leads and understand its columns; rows are read later.

    Text files may be separated by comma, semicolon, tab or ``|`` and be written in UTF-8, UTF-16
    or a legacy encoding; bytes that do not fit the encoding become U+FFFD, and the row says so.
    Of a workbook the first visible sheet with a column that identifies products counts. A single
    column of identifiers needs no header.

    Args:
        source: A path, an open binary stream (which stays open) or the bytes.
        name: How messages call the file.
        currency: What costs are in (ISO 4217).
        columns: Headings by field that override the detection, such as
            ``{"cost": "Net price"}``; an empty heading says that no column fills the field.

    Raises:
        LeadFileError: If the file as a whole cannot be used; says what was found and what to do.
    """
    check_fields(columns or {})
    opened = open_source(source, name)
    try:
        table, header, head = _understood(opened, columns or {})
        leads = LeadFile(
            name=name,
            columns=header.layout.columns(
                record.texts() for record in head if record.place >= header.first
            ),
            currency=currency,
            source=opened,
            table=table,
            header=header,
        )
        _refuse_length(opened, table, header)
        _require_rows(leads)
    except BaseException:
        opened.close()
        raise
    return leads


def _understood(source: Source, wanted: Mapping[str, str]) -> tuple[Table, Header, list[Record]]:
    """The reading of a file in which most columns have a meaning."""
    tables = _tables(source)
    heads = [_head(table) for table in tables]
    best: tuple[Table, Header, list[Record]] | None = None
    for table, head in zip(tables, heads, strict=True):
        widest = max((len(record.cells) for record in head), default=0)
        is_text = isinstance(table, CsvTable)
        header = find_header(head, wanted, width=0 if is_text else widest)
        if header and (not best or header.layout.recognised > best[1].layout.recognised):
            best = table, header, head
            if not is_text:
                break
    if best is None and not any(wanted.values()):
        lists = ((table, bare_list(head), head) for table, head in zip(tables, heads, strict=True))
        best = next(((table, header, head) for table, header, head in lists if header), None)
    if best is None:
        raise no_header(source.name, heads, wanted)
    table, header, head = best
    check_headings(wanted, header.layout.headers, source.name)
    if len(header.layout.headers) > MAX_COLUMNS:
        raise LeadFileError(
            f"{source.name} has {len(header.layout.headers)} columns; keep at most {MAX_COLUMNS}."
        )
    if isinstance(table, CsvTable):
        table = replace(table, starts_record=lambda cells: _is_whole_row(cells, header))
    return table, header, head


def _tables(source: Source) -> Sequence[Table]:
    """Every way to read a file: the sheets of a workbook, or text under each delimiter."""
    with source.open() as stream:
        start = stream.read(64)
    refuse_foreign(start, source.name)
    if is_zip(start):
        return open_sheets(source)
    with source.open() as stream:
        encoding = detect_encoding(stream, source.name)
    return [CsvTable(source, encoding, delimiter) for delimiter in DELIMITERS]


def _head(table: Table) -> list[Record]:
    with closing(table.records()) as records:
        return list(islice(records, HEAD_ROWS))


def _refuse_length(source: Source, table: Table, header: Header) -> None:
    """Refuse a text file with too many rows before any is used.

    Counting line ends is enough for nearly every file; only one with more of them than rows are
    allowed is read to the end, because line ends inside quotes do not count.
    """
    if not isinstance(table, CsvTable):
        return
    with source.open() as stream:
        ends = sum(piece.count(b"\n") for piece in iter(lambda: stream.read(_PIECE), b""))
    if ends <= MAX_ROWS:
        return
    places = (record.place for record in table.records() if not record.is_empty)
    if max(places, default=0) - header.first >= MAX_ROWS:
        raise _too_many_rows(source.name)


def _require_rows(leads: LeadFile) -> None:
    if next(leads.rows(), None) is None:
        raise LeadFileError(f"{leads.name} has a header but no rows below it; add your leads.")


def _too_many_rows(name: str) -> LeadFileError:
    return LeadFileError(f"{name} has more than {MAX_ROWS:,} rows; split it into smaller files.")


def _is_whole_row(cells: Sequence[str], header: Header) -> bool:
    """True if cells make a row of their own: as many as headings, and one names a product."""
    if len(cells) != len(header.layout.headers):
        return False
    place = _identifier_place(cells, header.layout.identifiers, None)
    if place is None:
        return False
    try:
        parse_identifier(cells[place])
    except IdentifierError:
        return False
    return True


def _identifier_place(
    texts: Sequence[str], places: Sequence[int], url_place: int | None
) -> int | None:
    """Which identifier column counts in a row: the best one that is not empty.

    The column of links counts after all others, and then only with a link to Amazon.
    """
    for place in places:
        is_candidate = place < len(texts) and not is_blank(texts[place])
        is_spare = place == url_place and len(places) > 1
        if is_candidate and (not is_spare or _AMAZON.search(texts[place])):
            return place
    return None


def _headings(headers: Sequence[str], width: int) -> list[str]:
    """The headings, with names for values that stand beyond the last one."""
    return [*headers, *map(nameless, range(len(headers), width))]


def _with_damage(row: LeadRow, texts: Sequence[str]) -> LeadRow:
    """Say that bytes of the row did not fit the file's encoding."""
    if not any("\ufffd" in text for text in texts):
        return row
    return replace(row, repairs=(*row.repairs, "characters that are not UTF-8 were replaced"))
