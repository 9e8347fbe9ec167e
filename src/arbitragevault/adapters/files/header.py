"""Where a lead file's header is, and what to say if it has none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise, zip_longest
from typing import Final

from arbitragevault.adapters.files.columns import (
    Layout,
    check_headings,
    headerless_layout,
    layout_of,
    listed,
    words_of_aliases,
)
from arbitragevault.adapters.files.records import Record
from arbitragevault.domain.catalog.identifiers import parse_identifier
from arbitragevault.domain.errors import IdentifierError, LeadFileError, quoted

HEADER_ROWS: Final = 20
"""Rows from the top among which the header is looked for; titles and notes may stand above it."""


@dataclass(frozen=True, slots=True)
class Header:
    """The header of a table.

    Args:
        layout: What its columns mean.
        first: Place of the first row below it.
    """

    layout: Layout
    first: int


def find_header(head: Sequence[Record], wanted: Mapping[str, str], *, width: int) -> Header | None:
    """The row, or two rows where headings are merged, in which most columns have a meaning.

    Args:
        head: The table's first rows.
        wanted: Headings that the user chose by field.
        width: Columns that the table has at least, named or not.

    Returns:
        None if no row has a column that identifies products.
    """
    rows = head[:HEADER_ROWS]
    candidates = [(row.texts(), row.place + 1) for row in rows]
    candidates += [
        (_merged(upper.texts(), lower.texts()), lower.place + 1)
        for upper, lower in pairwise(rows)
        if upper.place + 1 == lower.place
    ]
    best: Header | None = None
    for texts, first in candidates:
        padded = [*texts, *[""] * (width - len(texts))]
        layout = layout_of(padded, wanted)
        if layout.recognised > (best.layout.recognised if best else 0):
            best = Header(layout, first)
    return best


def bare_list(head: Sequence[Record]) -> Header | None:
    """The header of a file that is nothing but a list of identifiers; None if it is more."""
    rows = [row for row in head if not row.is_empty]
    if not rows or any(any(row.texts()[1:]) for row in rows) or not names_product(rows[0]):
        return None
    return Header(headerless_layout(max(len(row.cells) for row in rows)), rows[0].place)


def names_product(row: Record) -> bool:
    """True if a cell of a row is an identifier, which no heading is."""
    for text in row.texts():
        try:
            parse_identifier(text)
        except IdentifierError:
            continue
        return True
    return False


def no_header(
    name: str, heads: Sequence[Sequence[Record]], wanted: Mapping[str, str]
) -> LeadFileError:
    """What to say of a file in which no header was found.

    Args:
        name: The file.
        heads: Its first rows, for every way to read it.
        wanted: Headings that the user chose by field.

    Raises:
        LeadFileError: If a chosen heading does not exist.
    """
    rows = [row for head in heads for row in head[:HEADER_ROWS] if _has_words(row)]
    if not rows:
        return LeadFileError(f"{name} has no rows; give a CSV or XLSX file with a header row.")
    widest = max(rows, key=lambda row: sum(map(bool, row.texts())))
    found = [text for text in widest.texts() if text]
    check_headings(wanted, found, name)
    if names_product(widest):
        return LeadFileError(
            f"{name} has no header row; its first rows are data such as {quoted(found[0])}. Add a "
            "first row that names the columns, such as identifier,cost,quantity."
        )
    if len(found) == 1 and words_of_aliases(found[0]):
        return LeadFileError(
            f"{name} has a single column {quoted(found[0])}; separate columns by comma, semicolon, "
            "tab or |."
        )
    head = next(one for one in heads if widest in one)
    below = [row.texts() for row in head if row.place > widest.place]
    columns = layout_of(widest.texts(), {}).columns(below)
    return LeadFileError(
        f"{name} has no column that identifies products; it has {listed(found)}. Name one of them "
        "identifier, asin, isbn, ean or upc.",
        tuple((column.header, column.sample) for column in columns),
    )


def _has_words(row: Record) -> bool:
    """False for a row that is nothing but separators."""
    return any(char.isalnum() for text in row.texts() for char in text)


def _merged(upper: Sequence[str], lower: Sequence[str]) -> tuple[str, ...]:
    """Headings over two rows: the lower one counts, the upper one where the lower is empty."""
    return tuple(below or above for above, below in zip_longest(upper, lower, fillvalue=""))
