"""Dates in a text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Final

from arbitragevault.domain.explanation.quantity import Reading, Unit

_MONTHS: Final = {
    name: number
    for number, names in enumerate(
        (
            "january jan januar enero janvier gennaio",
            "february feb februar febrero février febbraio",
            "march mar märz marzo mars",
            "april apr abril avril aprile",
            "may mai mayo maggio",
            "june jun juni junio juin giugno",
            "july jul juli julio juillet luglio",
            "august aug agosto août",
            "september sep sept septiembre septembre settembre",
            "october oct oktober octubre octobre ottobre",
            "november nov noviembre novembre",
            "december dec dezember diciembre décembre dicembre",
        ),
        start=1,
    )
    for name in names.split()
}
_NAME: Final = "|".join(sorted(_MONTHS, key=len, reverse=True))
_FORMS: Final = (
    re.compile(r"\b(?P<y>\d{4})-(?P<m>\d{2})-(?P<d>\d{2})(?:T\d{2}:\d{2}(?::\d{2})?Z?)?(?!\d)"),
    re.compile(r"\b(?P<d>\d{1,2})\.(?P<m>\d{1,2})\.(?P<y>\d{4})\b"),
    re.compile(r"\b(?P<m>\d{1,2})/(?P<d>\d{1,2})/(?P<y>\d{4})\b"),
    re.compile(
        rf"\b(?P<d>\d{{1,2}})(?:st|nd|rd|th|\.)?\s+(?:of\s+|de\s+)?(?P<n>{_NAME})\.?,?\s+(?:de\s+)?"
        r"(?P<y>\d{4})\b",
        re.IGNORECASE,
    ),
    re.compile(
        rf"\b(?P<n>{_NAME})\.?\s+(?P<d>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<y>\d{{4}})\b",
        re.IGNORECASE,
    ),
)

Found = tuple[int, int, tuple[Reading, ...]]


def dates_in(text: str) -> Iterator[Found]:
    """Start, end and readings of every complete date; one that does not exist has no reading."""
    taken = 0
    matches = sorted(
        (match for form in _FORMS for match in form.finditer(text)), key=lambda one: one.start()
    )
    for match in matches:
        if match.start() < taken:
            continue
        taken = match.end()
        yield match.start(), match.end(), tuple(_readings(match))


def _readings(match: re.Match[str]) -> Iterator[Reading]:
    parts = match.groupdict()
    year, number = int(parts["y"]), int(parts["d"])
    month = _MONTHS[parts["n"].lower()] if parts.get("n") else int(parts["m"])
    pairs = {(month, number)}
    if "/" in match[0]:
        pairs.add((number, month))  # Americans put the month first, others the day
    for one, other in sorted(pairs):
        try:
            found = date(year, one, other)
        except ValueError:
            continue
        yield Reading(Decimal(found.toordinal()), Decimal(0), frozenset({Unit.DATE}))
