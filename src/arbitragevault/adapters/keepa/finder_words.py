"""A finder query from words as they are typed: ``current_SALES<=100000 brand=LEGO sort=...``."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Final

from arbitragevault.adapters.keepa.finder import ORDERS, FinderQuery
from arbitragevault.adapters.keepa.finder_fields import CONTROLS, finder_fields, sortable_fields
from arbitragevault.adapters.keepa.selection import (
    AT_LEAST,
    AT_MOST,
    Field,
    ValueType,
    unknown_field,
)
from arbitragevault.domain.errors import InvalidInputError, quoted

_WORD: Final = re.compile(r"(?P<name>\w+)(?P<sign>>=|<=|=)(?P<value>.*)", re.DOTALL)
_BOUND: Final = {">=": AT_LEAST, "<=": AT_MOST}
_BOOLEANS: Final = {
    "true": True, "yes": True, "1": True,
    "false": False, "no": False, "0": False,
}  # fmt: skip
_IDS: Final = re.compile("sellerid|^rootCategory$|^buyBoxShippingCountry$", re.IGNORECASE)
"""Text lists whose entries hold no commas, so that commas may separate them."""


def query_from_words(words: Iterable[str], domain: int, *, insights: bool = False) -> FinderQuery:
    """The query that words mean.

    ``field=value``, ``field>=value``, ``field<=value`` and ``field=a..b`` filter; prices are in the
    smallest currency unit and dates are written 2026-01-31. Lists of numbers and ids are separated
    by commas; texts are given in words of their own, because names hold commas:
    ``brand=LEGO brand="Smith, Son"``. ``sort=current_SALES:asc``, ``page=1``, ``perPage=100`` and
    ``minMatch=sellerIds:2`` steer.

    Args:
        words: The words.
        domain: Keepa's domain id.
        insights: Ask for figures of all matches.

    Raises:
        InvalidInputError: If a word is not understood, or Keepa would refuse it; names the field.
    """
    selection: dict[str, Any] = {}
    for word in words:
        found = _WORD.fullmatch(word)
        if found is None:
            raise InvalidInputError(
                f"{quoted(word)} is not understood; write field=value, field>=value, field<=value "
                "or field=a..b."
            )
        name, sign, value = found["name"], found["sign"], found["value"].strip()
        if name in CONTROLS:
            _control(selection, name, sign, value)
        else:
            _filter(selection, name, sign, value)
    return FinderQuery.from_selection(selection, domain, insights=insights)


def _filter(selection: dict[str, Any], name: str, sign: str, value: str) -> None:
    fields = finder_fields()
    if name in sortable_fields():
        for bound, part in _bounds(sign, value):
            field = fields[name + bound]
            _set(selection, field.name, _scalar(field, part))
        return
    if name not in fields:
        raise unknown_field(name, (*fields, *sortable_fields(), *CONTROLS), what="the finder")
    if sign != "=":
        raise InvalidInputError(f"{name} has no bounds; write {name}=...")
    field = fields[name]
    if not field.is_list:
        _set(selection, name, _scalar(field, value))
        return
    has_commas = field.type is not ValueType.TEXT or _IDS.search(name) is not None
    parts = value.split(",") if has_commas else [value]
    selection.setdefault(name, []).extend(_scalar(field, part.strip()) for part in parts)


def _bounds(sign: str, value: str) -> list[tuple[str, str]]:
    """The bounds that a word sets, and what each of them is set to."""
    if sign in _BOUND:
        return [(_BOUND[sign], value)]
    least, between, most = value.partition("..")
    if not between:
        return [(AT_LEAST, value), (AT_MOST, value)]
    found = [(AT_LEAST, least.strip()), (AT_MOST, most.strip())]
    return [(bound, part) for bound, part in found if part]


def _set(selection: dict[str, Any], name: str, value: object) -> None:
    if name in selection:
        raise InvalidInputError(f"{name} is given twice.")
    selection[name] = value


def _scalar(field: Field, text: str) -> bool | int | float | str:
    """The value that a text means; one of no number is left to the field to refuse."""
    if field.type is ValueType.BOOLEAN:
        return _BOOLEANS.get(text.lower(), text)
    if field.type is ValueType.TEXT:
        return text
    kinds = (int, float) if field.type is ValueType.FLOAT else (int,)
    for kind in kinds:
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def _control(selection: dict[str, Any], name: str, sign: str, value: str) -> None:
    if sign != "=":
        raise InvalidInputError(f"{name} has no bounds; write {name}=...")
    if name == "sort":
        orders = [part.strip().partition(":") for part in value.split(",")]
        selection.setdefault(name, []).extend([key, order or ORDERS[0]] for key, _, order in orders)
    elif name == "minMatch":
        key, _, least = value.partition(":")
        selection.setdefault(name, {})[key] = _number(name, least)
    else:
        _set(selection, name, _number(name, value))


def _number(name: str, text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise InvalidInputError(f"{name} takes a whole number, not {quoted(text)}.") from None
