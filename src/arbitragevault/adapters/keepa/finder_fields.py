"""The fields of Keepa's Product Finder, from the package's table ``finder_fields.json``.

The table holds facts and no behaviour, so both sides of the wire may read it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any, Final

from arbitragevault.adapters.keepa.selection import AT_LEAST, AT_MOST, Field, ValueType

CONTROLS: Final = ("page", "perPage", "sort", "minMatch")
"""The names in a selection that filter nothing."""
_IDS: Final = frozenset({"rootCategory"})
"""The Java client sends texts, Keepa's documentation shows numbers."""


@cache
def finder_fields() -> Mapping[str, Field]:
    """Every field that filters, by name; read once."""
    table = json.loads(files(__package__).joinpath("finder_fields.json").read_bytes())
    minutes = frozenset(table["keepa_minutes"])
    found = {field.name: field for field in _fields(table, minutes)}
    return MappingProxyType(found)


@cache
def sortable_fields() -> frozenset[str]:
    """The names by which results can be sorted: those that have bounds, without the bound."""
    bounded = (name for name in finder_fields() if name.endswith(AT_LEAST))
    return frozenset(name.removesuffix(AT_LEAST) for name in bounded)


def _fields(table: Mapping[str, Any], minutes: frozenset[str]) -> Iterator[Field]:
    for kind, name in _names(table, "ranges"):
        # One date per price type too: lastPriceChange_NEW.
        is_minute = name in minutes or name.partition("_")[0] in minutes
        for bound in (AT_LEAST, AT_MOST):
            yield Field(name + bound, kind, is_minute=is_minute)
    for kind, name in _names(table, "single"):
        yield Field(name, kind)
    for kind, listed in table["lists"].items():
        for name in listed:
            yield Field(name, ValueType(kind), is_list=True, is_id=name in _IDS)


def _names(table: Mapping[str, Any], group: str) -> Iterator[tuple[ValueType, str]]:
    """Type and name of the fields of a group, those of each price type included."""
    for kind, names in table["per_price_type"][group].items():
        for name in names:
            for price_type in table["price_types"]:
                yield ValueType(kind), f"{name}_{price_type}"
    for kind, names in table[group].items():
        for name in names:
            yield ValueType(kind), name
