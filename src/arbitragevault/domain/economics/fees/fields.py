"""Reading the fields of a rate card file, so that a wrong file fails with its place and cause."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from enum import StrEnum
from fractions import Fraction
from itertools import pairwise
from typing import Any, TypeVar

from arbitragevault.domain.economics.fees.measures import GRAMS_PER_UNIT, MM_PER_UNIT
from arbitragevault.domain.errors import RateCardError

Json = Mapping[str, Any]
"""A JSON object as read from a card file; every field is checked where it is read."""

_T = TypeVar("_T")
_Choice = TypeVar("_Choice", bound=StrEnum)


def field(body: Json, name: str, kind: type[_T]) -> _T:
    """A required field of a type.

    Raises:
        RateCardError: If it is absent or of another type.
    """
    value = body.get(name)
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise RateCardError(f"Field {name!r} must be {kind.__name__}, was {value!r}.")
    return value


def objects(body: Json, name: str) -> list[Json]:
    """A required list of at least one object."""
    values: list[Any] = field(body, name, list)
    if not values or not all(isinstance(value, dict) for value in values):
        raise RateCardError(f"Field {name!r} must be a list of objects with at least one.")
    return values


def texts(body: Json, name: str) -> tuple[str, ...]:
    """A required list of at least one text."""
    values: list[Any] = field(body, name, list)
    if not values or not all(isinstance(value, str) and value for value in values):
        raise RateCardError(f"Field {name!r} must be a list of texts with at least one.")
    return tuple(values)


def cents(value: object, *, negative: bool = False) -> int:
    """An amount in whole minor units."""
    if not isinstance(value, int) or isinstance(value, bool) or (value < 0 and not negative):
        raise RateCardError(f"{value!r} is not an amount in whole minor units.")
    return value


def rate_ppm(value: object) -> int:
    """A rate in parts per million, from 0 to 100 %."""
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= 1_000_000:
        raise RateCardError(f"{value!r} is not a rate in parts per million from 0 to 1000000.")
    return value


def exact(value: object) -> Fraction:
    """A figure above 0, written as an integer or a text such as ``"0.75"``."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise RateCardError(f"{value!r} is not an exact figure; write fractions as text.")
    try:
        figure = Fraction(value)
    except ValueError as error:
        raise RateCardError(f"{value!r} is not a figure.") from error
    if figure <= 0:
        raise RateCardError(f"{value!r} is not above 0.")
    return figure


def choice(kind: type[_Choice], value: object) -> _Choice:
    """A member of an enumeration by its value."""
    for member in kind:
        if member.value == value:
            return member
    raise RateCardError(f"{value!r} is not one of {', '.join(kind)} ({kind.__name__}).")


def length_unit(body: Json) -> Fraction:
    """Millimetres per unit of the section's lengths."""
    return _unit(body, "length_unit", MM_PER_UNIT)


def weight_unit(body: Json) -> Fraction:
    """Grams per unit of the section's weights."""
    return _unit(body, "weight_unit", GRAMS_PER_UNIT)


def day(value: object) -> date:
    """An ISO date."""
    try:
        return date.fromisoformat(str(value))
    except ValueError as error:
        raise RateCardError(f"{value!r} is not a date like 2026-01-15.") from error


def ascending(limits: Sequence[Fraction | int], what: str) -> None:
    """Check that upper bounds rise from row to row."""
    if any(a >= b for a, b in pairwise(limits)):
        raise RateCardError(f"The {what} do not rise from row to row.")


def _unit(body: Json, name: str, known: Mapping[str, Fraction]) -> Fraction:
    unit = field(body, name, str)
    if unit not in known:
        raise RateCardError(f"{name} {unit!r} is not one of {', '.join(known)}.")
    return known[unit]
