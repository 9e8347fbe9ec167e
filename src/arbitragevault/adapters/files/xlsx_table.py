"""Rows of an XLSX workbook, read as a stream.

Written on ``zipfile`` and ``expat`` instead of a workbook library because lead files come from
strangers: python-calamine allocates every cell up to the last one (a 5 kB workbook with a value in
XFD1048576 ends the process), and openpyxl keeps something of every row and refuses workbooks whose
styles it does not like. Here only values are looked at and rows are not kept; what stays in memory
is the table of texts that cells share.
"""

from __future__ import annotations

import posixpath
import struct
import zipfile
import zlib
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import BinaryIO, Final

from arbitragevault.adapters.files.records import Record
from arbitragevault.adapters.files.source import Source
from arbitragevault.adapters.files.xlsx_xml import (
    Relations,
    SheetRows,
    Styles,
    Texts,
    WorkbookIndex,
    XmlPart,
    XmlPartError,
)
from arbitragevault.domain.errors import LeadFileError

MAX_PART_BYTES: Final = 500_000_000
"""Largest unpacked sheet: a million rows of a dozen cells. Sheets are streamed, never kept."""

MAX_TEXT_BYTES: Final = 100_000_000
"""Largest unpacked table of texts, which is kept in memory; also for the small parts."""

_MAX_DIRECTORY_BYTES: Final = 4_000_000
"""Largest list of parts; real workbooks have a few dozen."""

_MAX_SHEETS: Final = 50
"""Sheets among which leads are looked for."""

_WORKBOOK: Final = "xl/workbook.xml"
_COMPRESSIONS: Final = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_PIECE: Final = 65_536
_DAMAGED: Final = (
    KeyError,
    ValueError,
    IndexError,
    EOFError,
    RuntimeError,
    OverflowError,
    OSError,
    struct.error,
    zipfile.BadZipFile,
    zlib.error,
    XmlPartError,
)
"""What damaged or hostile workbooks make the readers raise; RuntimeError is zipfile's word for an
encrypted part, OSError comes of places beyond the file."""


@dataclass(frozen=True, slots=True)
class XlsxTable:
    """One sheet of a workbook.

    Args:
        source: The workbook.
        part: The sheet's part inside it.
        texts: The workbook's shared texts.
        styles: Which number formats are dates.
    """

    source: Source
    part: str
    texts: tuple[str, ...]
    styles: Styles

    def records(self) -> Generator[Record]:
        """The sheet's rows that hold anything, lazily.

        Raises:
            LeadFileError: If the sheet is damaged or too large; also midway.
        """
        with _archive(self.source) as archive:
            rows = SheetRows(self.texts, self.styles)
            for piece in _pieces(archive, self.part, MAX_PART_BYTES, self.source.name):
                rows.feed(piece)
                yield from rows.taken()
            rows.close()
            yield from rows.taken()


def is_zip(start: bytes) -> bool:
    """True for the first bytes of a ZIP archive, which a workbook is."""
    return start.startswith(b"PK\x03\x04")


def open_sheets(source: Source) -> list[XlsxTable]:
    """The visible sheets of a workbook, in order.

    Raises:
        LeadFileError: If it is another kind of archive, has a password, is damaged or a zip bomb.
    """
    with _archive(source) as archive:
        names = set(archive.namelist())
        if _WORKBOOK not in names:
            raise LeadFileError(f"{source.name} {_what_instead(names)}.")
        index, relations, texts = WorkbookIndex(), Relations(), Texts()
        _read(archive, _WORKBOOK, index, source.name)
        _read(archive, "xl/_rels/workbook.xml.rels", relations, source.name)
        styles = Styles(has_1904_dates=index.has_1904_dates)
        for kind, reader in (("styles", styles), ("sharedStrings", texts)):
            part = _resolved(relations.by_type.get(kind, ""))
            if part in names:
                _read(archive, part, reader, source.name)
        shared = tuple(texts.values)
        visible = index.visible[:_MAX_SHEETS]
        parts = [_resolved(relations.targets.get(key, "")) for key in visible]
        return [XlsxTable(source, part, shared, styles) for part in parts if part in names]


@contextmanager
def _archive(source: Source) -> Iterator[zipfile.ZipFile]:
    """The workbook as an archive; whatever is wrong with it becomes one message."""
    try:
        with source.open() as stream:
            _refuse_long_directory(stream)
            with zipfile.ZipFile(stream) as archive:
                yield archive
    except _DAMAGED as error:
        raise LeadFileError(
            f"{source.name} is damaged or protected by a password; save it again as XLSX without a "
            "password, or as CSV."
        ) from error


def _refuse_long_directory(stream: BinaryIO) -> None:
    """Refuse an archive whose list of parts alone would fill the memory.

    Source: PKWARE APPNOTE 4.3.16: the end record tells the size of the central directory.
    """
    size = stream.seek(0, 2)
    stream.seek(max(0, size - 65_557))
    tail = stream.read()
    stream.seek(0)
    end = tail.rfind(b"PK\x05\x06")
    length = int.from_bytes(tail[end + 12 : end + 16], "little")
    if end < 0 or length > _MAX_DIRECTORY_BYTES:
        raise zipfile.BadZipFile("no end record, or too many parts")


def _pieces(archive: zipfile.ZipFile, part: str, limit: int, name: str) -> Iterator[bytes]:
    """A part of the archive, unpacked piece by piece up to a limit."""
    unpacked = 0
    if archive.getinfo(part).compress_type not in _COMPRESSIONS:
        raise zipfile.BadZipFile("a compression that workbooks do not use")
    with archive.open(part) as stream:
        while piece := stream.read(_PIECE):
            unpacked += len(piece)
            if unpacked > limit:
                raise LeadFileError(
                    f"{name} unpacks to more than {limit // 1_000_000} MB; save the sheet as CSV."
                )
            yield piece


def _read(archive: zipfile.ZipFile, part: str, reader: XmlPart, name: str) -> None:
    """Feed a small part to its reader."""
    for piece in _pieces(archive, part, MAX_TEXT_BYTES, name):
        reader.feed(piece)
    reader.close()


def _resolved(target: str) -> str:
    """Where in the archive a part is that the workbook refers to."""
    return target[1:] if target.startswith("/") else posixpath.normpath(f"xl/{target}")


def _what_instead(names: set[str]) -> str:
    """What an archive without an XLSX workbook is, and what to do."""
    if "xl/workbook.bin" in names:
        return "is an XLSB workbook; save it as XLSX or CSV"
    if "content.xml" in names:
        return "is an OpenDocument file; save it as XLSX or CSV"
    return "is a ZIP archive without a workbook; unpack it and give the CSV or XLSX file"
