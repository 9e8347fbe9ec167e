"""What a table gives, whatever kind of file it comes from."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from arbitragevault.adapters.files.rows import Cell, cell_text

MAX_COLUMNS: Final = 500
"""Most columns of a lead file; more means that the separator was not understood."""


@dataclass(frozen=True, slots=True)
class Record:
    """One row of a table.

    Args:
        place: 0-based place among the table's rows, empty ones included.
        cells: Its values.
        problem: Why the row as a whole cannot be understood; the cells are then a best effort.
    """

    place: int
    cells: tuple[Cell, ...]
    problem: str | None = None

    def texts(self) -> tuple[str, ...]:
        """Its values as text."""
        return tuple(cell_text(cell) for cell in self.cells)

    @property
    def is_empty(self) -> bool:
        """True if no cell holds anything."""
        return not any(self.texts())


StartsRecord = Callable[[Sequence[str]], bool]
"""Tells whether cells look like a whole row of the file rather than the rest of a quoted text."""


class Table(Protocol):
    """A table that can be read from its first row as often as needed."""

    def records(self) -> Generator[Record]:
        """Its rows, lazily; empty ones may be left out, their places are then missing."""
        ...
