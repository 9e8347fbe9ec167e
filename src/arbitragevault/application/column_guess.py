"""The columns of a lead file by their headings, and by their values where headings say nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from difflib import SequenceMatcher
from typing import Final

from arbitragevault.adapters.files.columns import ALIASES, IDENTIFIER, layout_of
from arbitragevault.domain.catalog.identifiers import parse_identifier
from arbitragevault.domain.errors import IdentifierError

_ALIKE: Final = 0.82
"""How alike a heading and a usual one must be: "Cst Price" is like "cost price"."""

_NOT_COST: Final = re.compile(
    r"retail|rrp|msrp|uvp|pvp|list|sale|sell|amazon|shipping|tax", re.IGNORECASE
)
RETAIL: Final = re.compile(r"\b(?:retail price|rrp|msrp|uvp|pvp|prix public)\b", re.IGNORECASE)
"""Headings of what others pay: never a cost."""
_AMOUNT: Final = re.compile(r"[$£€]?\s?\d{1,6}(?:,\d{3})*[.,]\d{2}\s?(?:USD|GBP|EUR)?")
_CONDITION: Final = re.compile(
    r"(?:new|used|like new|very good|good|acceptable|vg|ln)(?:\b.*)?", re.IGNORECASE
)


def guess_columns(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> dict[str, str]:
    """The heading of the column for each field of a lead, as far as it can be told.

    Args:
        headings: The cells of the header row.
        rows: The first rows below it.
    """
    layout = layout_of(headings, {})
    found = {field: headings[at] for field, at in layout.fields.items()}
    if layout.identifiers:
        found[IDENTIFIER] = headings[layout.identifiers[0]]
    for field in ALIASES:
        free = [one for one in headings if one and one not in found.values()]
        heading = _by_spelling(field, free) if field not in found else None
        if heading is not None:
            found[field] = heading
    for field, fits in _VALUES.items():
        free = [one for one in headings if one and one not in found.values()]
        heading = _by_values(fits, free, headings, rows) if field not in found else None
        if heading is not None:
            found[field] = heading
    return {field: found[field] for field in ALIASES if field in found}


def _by_spelling(field: str, free: Sequence[str]) -> str | None:
    best: tuple[float, str] | None = None
    for heading in free:
        bare = re.sub(r"[^a-z0-9]", "", heading.lower())
        if not bare or (field == "cost" and _NOT_COST.search(heading)):
            continue
        alike = max(SequenceMatcher(None, bare, alias).ratio() for alias in ALIASES[field])
        if alike >= _ALIKE and (best is None or alike > best[0]):
            best = (alike, heading)
    return None if best is None else best[1]


def _by_values(
    fits: Callable[[str], bool],
    free: Sequence[str],
    headings: Sequence[str],
    rows: Sequence[Sequence[str]],
) -> str | None:
    """The one free column of which every value fits; None where there are none or several."""
    fitting = []
    for heading in free:
        at = list(headings).index(heading)
        values = [row[at].strip() for row in rows if at < len(row) and row[at].strip()]
        if values and all(fits(value) for value in values) and not _NOT_COST.search(heading):
            fitting.append(heading)
    return fitting[0] if len(fitting) == 1 else None


def _is_identifier(value: str) -> bool:
    try:
        parse_identifier(value)
    except IdentifierError:
        return False
    return True


_VALUES: Final[Mapping[str, Callable[[str], bool]]] = {
    IDENTIFIER: _is_identifier,
    "url": lambda value: value.startswith(("http://", "https://")),
    "cost": lambda value: _AMOUNT.fullmatch(value) is not None,
    "condition": lambda value: _CONDITION.fullmatch(value) is not None,
}
