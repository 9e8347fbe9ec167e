"""Rows of a text file with separated values."""

from __future__ import annotations

import csv
import io
import re
from collections import deque
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, TextIO

from arbitragevault.adapters.files.encoding import Encoding
from arbitragevault.adapters.files.records import Record, StartsRecord
from arbitragevault.adapters.files.source import Source

DELIMITERS: Final = (",", ";", "\t", "|")

MAX_RECORD_LINES: Final = 100
"""Lines that one quoted text may span; a longer one is a quotation mark that was never closed."""

MAX_LINE_CHARS: Final = 1_000_000
"""Longest line; beyond it the file is no table."""

_CUT_CHARS: Final = 1_000
"""What is kept of a row that cannot be understood, to show it."""

_UNCLOSED: Final = (
    "A quotation mark opens in this row and never closes; remove it, or double it if it belongs to "
    "the text."
)
_TOO_LONG: Final = "A value of this row is far too long; check its quotation marks and line end."


@dataclass(frozen=True, slots=True)
class CsvTable:
    """A text file, read line by line.

    Args:
        source: The file.
        encoding: How it is written.
        delimiter: What separates its values.
        starts_record: How to recognise a row that an unclosed quotation mark has swallowed.
    """

    source: Source
    encoding: Encoding
    delimiter: str
    starts_record: StartsRecord = field(default=lambda _: False)

    def records(self) -> Generator[Record]:
        """The file's rows. Bytes that do not fit the encoding become U+FFFD."""
        with self.source.open() as stream:
            text = io.TextIOWrapper(
                stream, encoding=self.encoding.codec, errors="replace", newline=""
            )
            try:
                yield from self._records(text)
            finally:
                text.detach()

    def _records(self, text: TextIO) -> Iterator[Record]:
        lines = _Lines(text)
        reader = csv.reader(lines, delimiter=self.delimiter)
        place = 0
        while True:
            lines.begin()
            try:
                cells: list[str] | None = next(reader)
            except StopIteration:
                return
            except (_UnclosedError, csv.Error):
                cells = None
            problem = self._problem(cells, lines)
            if problem or cells is None:
                yield self._broken(place, lines, problem or _UNCLOSED)
            elif place == 0 and _is_directive(cells):
                continue
            else:
                yield Record(place, tuple(cells))
            place += 1

    def _problem(self, cells: list[str] | None, lines: _Lines) -> str | None:
        """Why a row cannot be understood, or None."""
        if lines.has_cut or (cells is None and len(lines.taken) == 1):
            return _TOO_LONG
        if cells is None or lines.ended_inside:
            return _UNCLOSED
        swallowed = any(self.starts_record(self._alone(line)) for line in lines.taken[1:])
        return _UNCLOSED if swallowed else None

    def _broken(self, place: int, lines: _Lines, problem: str) -> Record:
        """The first line as a broken row; what was read beyond it is read again."""
        first = lines.taken[0]
        lines.give_back()
        return Record(place, self._alone(first[:_CUT_CHARS].replace('"', "")), problem)

    def _alone(self, line: str) -> tuple[str, ...]:
        """The cells of a line on its own."""
        return tuple(next(csv.reader([line], delimiter=self.delimiter), []))


def _is_directive(cells: Sequence[str]) -> bool:
    """Excel's first line ``sep=;`` is no row."""
    return re.fullmatch(r"sep=.?", "".join(cells), re.IGNORECASE) is not None


class _UnclosedError(Exception):
    """A row spans more lines than a quoted text may."""


class _CutLine(str):
    """The beginning of a line that is too long to be kept."""

    __slots__ = ()


class _Lines:
    """The lines of a file for the csv reader, which remembers those of the present row."""

    def __init__(self, text: TextIO) -> None:
        self._text = text
        self._returned: deque[str] = deque()
        self.taken: list[str] = []
        self.ended_inside = False

    @property
    def has_cut(self) -> bool:
        """True if a line of the present row was too long to be kept."""
        return any(isinstance(line, _CutLine) for line in self.taken)

    def begin(self) -> None:
        """A new row begins."""
        self.taken = []
        self.ended_inside = False

    def give_back(self) -> None:
        """The present row ends with its first line; the others are read again."""
        self._returned.extendleft(reversed(self.taken[1:]))

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        if len(self.taken) == MAX_RECORD_LINES:
            raise _UnclosedError
        line = self._returned.popleft() if self._returned else self._read()
        if not line:
            self.ended_inside = bool(self.taken)
            raise StopIteration
        self.taken.append(line)
        return line

    def _read(self) -> str:
        line = self._text.readline(MAX_LINE_CHARS)
        if len(line) < MAX_LINE_CHARS:
            return line
        rest = line
        while rest and not rest.endswith(("\n", "\r")):
            rest = self._text.readline(MAX_LINE_CHARS)
        return _CutLine(line[:_CUT_CHARS].replace('"', "") + "\n")
