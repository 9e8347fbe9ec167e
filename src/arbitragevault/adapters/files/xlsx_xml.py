"""The XML parts of an XLSX workbook, each as a small reader that is fed piece by piece.

Source: ECMA-376 (Office Open XML) part 1, 18.2 workbook, 18.3 worksheets, 18.4 shared strings,
18.8 styles.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Final
from xml.parsers import expat

from arbitragevault.adapters.files.records import MAX_COLUMNS, Record
from arbitragevault.adapters.files.rows import Cell
from arbitragevault.domain.errors import LeadFileError

_BUILT_IN_DATES: Final = frozenset({*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)})
"""Number format ids that are dates or times (ECMA-376 18.8.30)."""

_MAX_FORMAT_CHARS: Final = 255
"""Longest number format that spreadsheet programs write."""

_MAX_CELL_CHARS: Final = 100_000
"""Longest text of a cell; spreadsheet programs stop at 32,767 characters."""

_NOT_PATTERN = re.compile(r'"[^"]*"|\\.|_.|\*.|\[(?!h+\]|m+\]|s+\])[^\]]*\]', re.IGNORECASE)
_DATE_LETTER = re.compile(r"[dmyhs]", re.IGNORECASE)
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_COLUMN_LETTERS = re.compile(r"[A-Z]{1,3}")


class XmlPartError(Exception):
    """A part that is no well-formed XML, or that declares a document type."""


class XmlPart:
    """A part of a workbook; subclasses pick out what they need.

    A document type is refused, and with it every entity that could blow the part up.
    """

    def __init__(self) -> None:
        self._parser = expat.ParserCreate()
        self._parser.buffer_text = True
        self._parser.StartDoctypeDeclHandler = self._refuse_doctype
        self._parser.StartElementHandler = self._on_start
        self._parser.EndElementHandler = self._on_end
        self._parser.CharacterDataHandler = self._on_text

    def feed(self, piece: bytes) -> None:
        """Read on.

        Raises:
            XmlPartError: If the part is not well-formed.
        """
        self._parse(piece, is_final=False)

    def close(self) -> None:
        """Say that the part has ended.

        Raises:
            XmlPartError: If it ended too early.
        """
        self._parse(b"", is_final=True)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        """An element begins; its name and attributes come without namespace prefixes."""

    def _end(self, name: str) -> None:
        """An element ends."""

    def _text(self, data: str) -> None:
        """Characters of the present element."""

    def _parse(self, piece: bytes, *, is_final: bool) -> None:
        try:
            self._parser.Parse(piece, is_final)
        except expat.ExpatError as error:
            raise XmlPartError(str(error)) from error

    def _on_start(self, name: str, attributes: dict[str, str]) -> None:
        if ":" in name:
            name = name.rpartition(":")[2]
        self._start(name, attributes)

    def _on_end(self, name: str) -> None:
        self._end(name.rpartition(":")[2] if ":" in name else name)

    def _on_text(self, data: str) -> None:
        self._text(data)

    @staticmethod
    def _refuse_doctype(*_: object) -> None:
        raise XmlPartError("a workbook declares no document type")


class Relations(XmlPart):
    """Where the parts are that others refer to."""

    def __init__(self) -> None:
        super().__init__()
        self.targets: dict[str, str] = {}
        self.by_type: dict[str, str] = {}

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "Relationship":
            self.targets[attributes["Id"]] = attributes["Target"]
            self.by_type[attributes["Type"].rpartition("/")[2]] = attributes["Target"]


class WorkbookIndex(XmlPart):
    """The sheets of a workbook in order, and how it counts days."""

    def __init__(self) -> None:
        super().__init__()
        self.visible: list[str] = []
        self.has_1904_dates = False

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "workbookPr":
            self.has_1904_dates = attributes.get("date1904") in {"1", "true", "on"}
        if name == "sheet" and attributes.get("state", "visible") == "visible":
            self.visible += [value for key, value in attributes.items() if key.endswith(":id")]


class Styles(XmlPart):
    """Which cell styles show a number as a date."""

    def __init__(self, *, has_1904_dates: bool) -> None:
        super().__init__()
        self._origin = datetime(1904, 1, 1) if has_1904_dates else datetime(1899, 12, 30)  # noqa: DTZ001 - a spreadsheet's dates have no zone
        self._own_dates: set[int] = set()
        self._are_dates: list[bool] = []
        self._in_cell_formats = False

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "numFmt":
            code = attributes.get("formatCode", "")[:_MAX_FORMAT_CHARS]
            pattern = _NOT_PATTERN.sub("", code)
            if _DATE_LETTER.search(pattern):
                self._own_dates.add(int(attributes["numFmtId"]))
        elif name == "cellXfs":
            self._in_cell_formats = True
        elif name == "xf" and self._in_cell_formats:
            number_format = int(attributes.get("numFmtId", 0))
            self._are_dates.append(
                number_format in _BUILT_IN_DATES or number_format in self._own_dates
            )

    def _end(self, name: str) -> None:
        if name == "cellXfs":
            self._in_cell_formats = False

    def value(self, number: float, style: int) -> Cell:
        """A number as its style shows it: a date in ISO 8601, or the number itself."""
        if style >= len(self._are_dates) or not self._are_dates[style]:
            return number
        try:
            moment = self._origin + timedelta(seconds=round(number * 86_400))
        except OverflowError:
            return number
        if 0 <= number < 1:
            return moment.time().isoformat()
        return moment.date().isoformat() if number == int(number) else moment.isoformat(" ")


class Texts(XmlPart):
    """The texts that cells share."""

    def __init__(self) -> None:
        super().__init__()
        self.values: list[str] = []
        self._pieces: list[str] = []
        self._takes = False
        self._in_phonetic = False

    def _start(self, name: str, attributes: dict[str, str]) -> None:  # noqa: ARG002
        if name == "t":
            self._takes = not self._in_phonetic
        elif name == "si":
            self._pieces = []
        elif name == "rPh":
            self._in_phonetic = True

    def _text(self, data: str) -> None:
        if self._takes:
            self._pieces.append(data)

    def _end(self, name: str) -> None:
        if name == "t":
            self._takes = False
        elif name == "si":
            self.values.append(unescaped("".join(self._pieces)))
        elif name == "rPh":
            self._in_phonetic = False


class SheetRows(XmlPart):
    """The rows of a sheet.

    Args:
        texts: The workbook's shared texts.
        styles: Which styles are dates.
    """

    def __init__(self, texts: tuple[str, ...], styles: Styles) -> None:
        super().__init__()
        self._texts = texts
        self._styles = styles
        self._rows: list[Record] = []
        self._place = -1
        self._cells: dict[int, Cell] = {}
        self._column = -1
        self._kind = "n"
        self._style = 0
        self._room = _MAX_CELL_CHARS
        self._pieces: list[str] = []
        self._takes = False
        self._in_phonetic = False

    def taken(self) -> list[Record]:
        """The rows that have been completed since the last call."""
        rows, self._rows = self._rows, []
        return rows

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if name in {"v", "t"}:
            self._takes = not self._in_phonetic
        elif name == "c":
            self._column = _column(attributes.get("r"), self._column)
            self._kind = attributes.get("t", "n")
            self._style = int(attributes.get("s", 0))
            self._pieces = []
            self._room = _MAX_CELL_CHARS
        elif name == "row":
            self._place = int(attributes["r"]) - 1 if "r" in attributes else self._place + 1
            self._cells = {}
            self._column = -1
        elif name == "rPh":
            self._in_phonetic = True

    def _text(self, data: str) -> None:
        if self._takes:
            self._pieces.append(data)
            self._room -= len(data)
            if self._room < 0:
                raise XmlPartError("a cell is far too long")

    def _end(self, name: str) -> None:
        if name in {"v", "t"}:
            self._takes = False
        elif name == "c":
            if self._pieces:
                self._keep("".join(self._pieces))
        elif name == "row":
            if self._cells:
                width = max(self._cells) + 1
                cells = tuple(self._cells.get(place, "") for place in range(width))
                self._rows.append(Record(self._place, cells))
        elif name == "rPh":
            self._in_phonetic = False

    def _keep(self, content: str) -> None:
        """Note the value of the present cell."""
        if self._column >= MAX_COLUMNS:
            raise LeadFileError(
                f"The sheet has values beyond column {MAX_COLUMNS}; save the columns that matter."
            )
        self._cells[self._column] = self._value(content)

    def _value(self, content: str) -> Cell:
        """What a cell holds (ECMA-376 18.18.11: the kinds of cells)."""
        if self._kind == "s":
            return self._texts[int(content)]
        if self._kind == "n":
            return self._styles.value(float(content), self._style)
        if self._kind == "b":
            return "TRUE" if content.strip() == "1" else "FALSE"
        return unescaped(content)


def unescaped(text: str) -> str:
    """Undo ``_x000D_``, which stands for a character that XML cannot hold (ECMA-376 22.9.2.19)."""
    if "_x" not in text:
        return text
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text)


def _column(reference: str | None, previous: int) -> int:
    """The 0-based column of a cell such as ``AB12``; the next one if the cell does not say."""
    letters = _COLUMN_LETTERS.match(reference) if reference else None
    if letters is None:
        return previous + 1
    column = 0
    for letter in letters[0]:
        column = column * 26 + ord(letter) - 64
    return column - 1
