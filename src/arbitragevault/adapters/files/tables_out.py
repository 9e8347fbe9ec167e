"""Tables out: rows of typed columns as CSV, XLSX, Parquet or JSON Lines, with flat memory.

Amounts are decimal major units for spreadsheets (CSV, XLSX), and integer minor units for programs
(JSON, Parquet); the currency is a column of its own.
"""

from __future__ import annotations

import csv
import io
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Any, BinaryIO, Final, Protocol

import orjson

from arbitragevault.adapters.files.cells import safe
from arbitragevault.adapters.files.parquet import load_polars
from arbitragevault.domain.errors import ConfigurationError
from arbitragevault.domain.money import MINOR_UNIT_DIGITS

_XLSX_ROWS: Final = 1_048_575  # below the header, by the format's own limit
_CURRENCY: Final = "currency"
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")  # what XML cannot hold


class Kind(Enum):
    """What a column holds."""

    TEXT = "text"
    WHOLE = "whole number"
    NUMBER = "number"
    FLAG = "flag"
    TIME = "time"
    MONEY = "money"


@dataclass(frozen=True, slots=True)
class Field:
    """A column: its name, and what it holds."""

    name: str
    kind: Kind


class TableFormat(Enum):
    """In which form a table is written."""

    CSV = "csv"
    XLSX = "xlsx"
    PARQUET = "parquet"
    JSON = "json"


Row = Mapping[str, Any]


class TableWriter(Protocol):
    """Takes the rows of a table, some at a time."""

    def write(self, rows: Sequence[Row]) -> None:
        """Add rows; a column that a row lacks is unknown."""
        ...


@contextmanager
def table_writer(
    form: TableFormat, fields: Sequence[Field], out: BinaryIO
) -> Iterator[TableWriter]:
    """A writer; what it wrote is complete when the block ends.

    Args:
        form: The format.
        fields: The columns, in order.
        out: Where the bytes go.

    Raises:
        ConfigurationError: For Parquet without polars, and for more rows than a sheet has.
    """
    match form:
        case TableFormat.CSV:
            yield _Csv(fields, out)
        case TableFormat.JSON:
            yield _JsonLines(fields, out)
        case TableFormat.XLSX:
            with _sheet(fields, out) as writer:
                yield writer
        case TableFormat.PARQUET:
            with _parquet(fields, out) as writer:
                yield writer


class _Csv:
    def __init__(self, fields: Sequence[Field], out: BinaryIO) -> None:
        self._fields, self._out = fields, out
        self._write([field.name for field in fields])

    def write(self, rows: Sequence[Row]) -> None:
        self._write(*([_written(row, field) for field in self._fields] for row in rows))

    def _write(self, *lines: list[Any]) -> None:
        buffer = io.StringIO()
        csv.writer(buffer, lineterminator="\r\n").writerows(lines)
        self._out.write(buffer.getvalue().encode())


class _JsonLines:
    def __init__(self, fields: Sequence[Field], out: BinaryIO) -> None:
        self._names, self._out = [field.name for field in fields], out

    def write(self, rows: Sequence[Row]) -> None:
        options = orjson.OPT_APPEND_NEWLINE | orjson.OPT_UTC_Z
        for row in rows:
            self._out.write(orjson.dumps({n: row.get(n) for n in self._names}, option=options))


@contextmanager
def _sheet(fields: Sequence[Field], out: BinaryIO) -> Iterator[TableWriter]:
    from openpyxl import Workbook

    book = Workbook(write_only=True)  # rows go to a temporary file, not to memory
    sheet = book.create_sheet("Export")
    sheet.append([field.name for field in fields])

    class Sheet:
        left = _XLSX_ROWS

        def write(self, rows: Sequence[Row]) -> None:
            self.left -= len(rows)
            if self.left < 0:
                raise ConfigurationError(
                    f"A sheet of a workbook holds {_XLSX_ROWS:,} rows and there are more; export "
                    "as CSV or Parquet, or one run at a time."
                )
            for row in rows:
                sheet.append([_in_sheet(row, field) for field in fields])

    try:
        yield Sheet()
    except BaseException:
        sheet.close()  # or its unfinished temporary file complains when it is collected
        raise
    with tempfile.TemporaryFile() as whole:  # a workbook is written back and forth
        book.save(whole)
        whole.seek(0)
        shutil.copyfileobj(whole, out)


@contextmanager
def _parquet(fields: Sequence[Field], out: BinaryIO) -> Iterator[TableWriter]:
    polars = load_polars("choose csv, xlsx or json")
    types = {
        Kind.TEXT: polars.String(),
        Kind.WHOLE: polars.Int64(),
        Kind.MONEY: polars.Int64(),
        Kind.NUMBER: polars.Float64(),
        Kind.FLAG: polars.Boolean(),
        Kind.TIME: polars.Datetime("us", "UTC"),
    }
    schema = {field.name: types[field.kind] for field in fields}

    with tempfile.TemporaryDirectory(prefix="export-") as folder:
        place = Path(folder)

        class Parts:
            count = 0

            def write(self, rows: Sequence[Row]) -> None:
                columns = {
                    field.name: [_text(row.get(field.name), field.kind) for row in rows]
                    for field in fields
                }
                part = polars.DataFrame(columns, schema=schema, strict=False)
                part.write_ipc(place / f"{self.count:08}.arrow", compression="zstd")
                self.count += 1

        parts = Parts()
        yield parts
        if not parts.count:
            parts.write([])
        whole = place / "whole.parquet"
        polars.scan_ipc(place / "*.arrow").sink_parquet(whole, compression="zstd")
        with whole.open("rb") as read:
            shutil.copyfileobj(read, out)


def _written(row: Row, field: Field) -> Any:  # noqa: ANN401 - a cell
    """A value as CSV has it."""
    value = row.get(field.name)
    match field.kind:
        case Kind.MONEY if value is not None:
            return _major(value, row)
        case Kind.TIME if isinstance(value, datetime):
            return value.isoformat()
        case Kind.FLAG if value is not None:
            return "yes" if value else "no"
        case Kind.TEXT if value is not None:
            return safe(str(value))
    return value


def _in_sheet(row: Row, field: Field) -> Any:  # noqa: ANN401 - a cell
    """A value as a workbook has it; numbers, flags and times are such."""
    value = row.get(field.name)
    match field.kind:
        case Kind.MONEY if value is not None:
            return _major(value, row)
        case Kind.TIME if isinstance(value, datetime):
            return value.replace(tzinfo=None)  # workbooks know no zones; the times are UTC
        case Kind.TEXT if value is not None:
            return safe(_CONTROL.sub(" ", str(value)))
    return value


def _major(minor: int, row: Row) -> Decimal:
    """Exact major units."""
    digits = MINOR_UNIT_DIGITS.get(str(row.get(_CURRENCY)), 2)
    return Decimal(minor).scaleb(-digits)


def _text(value: Any, kind: Kind) -> Any:  # noqa: ANN401 - a cell
    return str(value) if kind is Kind.TEXT and value is not None else value
