"""Checking selections: the JSON objects with which products and deals are filtered.

Keepa ignores what it does not know and refuses a wrong type with a word at most, after the request
was made. So every field is checked here before: its name, its type and its bounds.
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Final

from arbitragevault.domain.errors import InvalidInputError, quoted
from arbitragevault.domain.market.clock import to_minute

LIST_MOST: Final = 50
"""Entries that a list may have (Keepa's documentation of the Product Finder)."""
AT_LEAST: Final = "_gte"
AT_MOST: Final = "_lte"

Scalar = bool | int | float | str
Value = Scalar | list[Scalar]


class ValueType(StrEnum):
    """What one value of a field has to be."""

    BOOLEAN = "boolean"
    BYTE = "byte"
    SHORT = "short"
    INTEGER = "integer"
    LONG = "long"
    FLOAT = "float"
    TEXT = "text"


_BITS: Final = {
    ValueType.BYTE: 8,
    ValueType.SHORT: 16,
    ValueType.INTEGER: 32,
    ValueType.LONG: 64,
}
"""The widths of Java's integers, in which Keepa reads a selection."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a selection.

    Args:
        name: As Keepa spells it.
        type: What its value, or each of them, has to be.
        is_list: Takes a list, of which any entry may match.
        is_minute: Counts Keepa's minutes; a date may be given instead.
        is_id: Holds ids, which may be given as numbers although Keepa wants texts.
        most: How many entries a list may have; None where Keepa does not say.
    """

    name: str
    type: ValueType
    is_list: bool = False
    is_minute: bool = False
    is_id: bool = False
    most: int | None = LIST_MOST

    def checked(self, value: object) -> Value:
        """The value as it is sent.

        Raises:
            InvalidInputError: If it is of another type; names the field.
        """
        if not self.is_list:
            return self._scalar(value)
        if not isinstance(value, list | tuple):
            raise self._wrong(value)
        if not value:
            raise InvalidInputError(f"{self.name} takes at least one entry; leave it out instead.")
        if self.most is not None and len(value) > self.most:
            raise InvalidInputError(
                f"{self.name} takes up to {self.most} entries, not {len(value)}; split the search."
            )
        return [self._scalar(one) for one in value]

    def _scalar(self, value: object) -> Scalar:
        found = self._boolean_or_text(value) if self._is_plain else self._number(value)
        if found is None:
            raise self._wrong(value)
        return found

    @property
    def _is_plain(self) -> bool:
        return self.type in (ValueType.BOOLEAN, ValueType.TEXT)

    def _boolean_or_text(self, value: object) -> Scalar | None:
        if self.type is ValueType.BOOLEAN:
            return value if isinstance(value, bool) else None
        if self.is_id and isinstance(value, int) and not isinstance(value, bool):
            value = str(value)
        return value if isinstance(value, str) and value.strip() else None

    def _number(self, value: object) -> Scalar | None:
        if self.is_minute and isinstance(value, str):
            return minute_of(value, self.name)
        if isinstance(value, bool) or not isinstance(value, int | float):
            return None
        if self.type is ValueType.FLOAT:
            return value if math.isfinite(value) else None
        if not isinstance(value, int):
            return None
        most = 1 << (_BITS[self.type] - 1)
        if not -most <= value < most:
            raise InvalidInputError(
                f"{self.name} takes whole numbers from {-most} to {most - 1}, not {value}."
            )
        return value

    def _wrong(self, value: object) -> InvalidInputError:
        shown = quoted(value) if isinstance(value, str) else quoted(str(value)).strip("'\"")
        return InvalidInputError(f"{self.name} takes {self.describe()}, not {shown}.")

    def describe(self) -> str:
        """What the field takes, in words."""
        what = _WORDS[self.type]
        if self.is_minute:
            what = "a date (2026-01-31) or Keepa's minutes"
        return f"a list, of which each entry is {what}" if self.is_list else what


_WORDS: Final = {
    ValueType.BOOLEAN: "true or false",
    ValueType.BYTE: "a whole number",
    ValueType.SHORT: "a whole number",
    ValueType.INTEGER: "a whole number",
    ValueType.LONG: "a whole number",
    ValueType.FLOAT: "a number",
    ValueType.TEXT: "a text",
}


def unknown_field(name: str, known: Iterable[str], *, what: str) -> InvalidInputError:
    """The error for a name that does not exist, with the names that may have been meant.

    Args:
        name: The name.
        known: The names that exist.
        what: Whose field it would be, for the message.
    """
    by_lower = {one.lower(): one for one in known}
    close = difflib.get_close_matches(name.lower()[:80], by_lower, n=3, cutoff=0.6)
    meant = ", ".join(by_lower[one] for one in close)
    hint = f"Did you mean {meant}?" if meant else "See Keepa's documentation for the names."
    return InvalidInputError(f"{quoted(name)} is no field of {what}. {hint}")


def minute_of(text: str, name: str) -> int:
    """The market minute that a date or moment means.

    A date alone begins at midnight UTC, and ends with its last minute where it is an upper bound.

    Args:
        text: ISO 8601, such as ``2026-01-31`` or ``2026-01-31T12:00Z``.
        name: The field that it is for; tells upper bounds.

    Raises:
        InvalidInputError: If it is no date.
    """
    try:
        if "T" in text:
            moment = datetime.fromisoformat(text)
            return to_minute(moment if moment.tzinfo else moment.replace(tzinfo=UTC))
        day = datetime.combine(date.fromisoformat(text), time(), UTC)
        if name.endswith(AT_MOST):
            day += timedelta(days=1) - timedelta(minutes=1)
        return to_minute(day)
    except (ValueError, OverflowError):
        raise InvalidInputError(
            f"{name} takes a date (2026-01-31) or Keepa's minutes, not {quoted(text)}."
        ) from None
