"""Cells that spreadsheets show as what they are.

A spreadsheet runs what looks like a formula, and titles and notes come from anywhere. Such a text
gets an apostrophe in front, which spreadsheets take for "this is text" and ``restored`` takes away.
"""

from __future__ import annotations

from typing import Any, Final

_FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r")
_MARK: Final = "'"


def safe(cell: Any) -> Any:  # noqa: ANN401  # whatever a row holds
    """A cell that no spreadsheet takes for a formula; numbers stay numbers.

    A text that begins with apostrophes and then a formula gets one more, so that none is lost on
    the way back.
    """
    if not isinstance(cell, str) or _is_number(cell):
        return cell
    return f"{_MARK}{cell}" if _looks_marked(cell) else cell


def restored(cell: str) -> str:
    """The text that ``safe`` was given."""
    return cell[1:] if cell.startswith(_MARK) and _looks_marked(cell[1:]) else cell


def _looks_marked(text: str) -> bool:
    return text.lstrip(_MARK).startswith(_FORMULA_STARTS)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
