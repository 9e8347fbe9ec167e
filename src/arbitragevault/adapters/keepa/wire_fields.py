"""Reading the fields of a JSON object without trusting any of them.

simdjson parses a document in one go, several times faster than a parser that makes Python objects,
and hands out what is asked for. A parser may not be used again while objects of its document are
alive, and not by two threads at once; a new one per document costs nothing measurable, so none is
kept. Nothing that is handed on from the decoder refers to a parser.

Keepa adds fields and changes types without notice, and a product must not be lost because its scent
has become a list: a small field that is not of the expected type counts as unknown.
"""

from __future__ import annotations

import html
import re
from typing import Any, Final

import simdjson

from arbitragevault.domain.errors import PayloadError

_TAG: Final = re.compile(r"</?[A-Za-z][^<>]*>")
_INT64: Final = 1 << 63
_NESTED: Final = (simdjson.Array, simdjson.Object)


class Fields:
    """The fields of one JSON object; absent and null are the same.

    Args:
        source: The object; it must be referred to by nobody else when the parser ends.
    """

    __slots__ = ("_names", "_source")

    def __init__(self, source: simdjson.Object) -> None:
        self._source = source
        self._names = frozenset(source.keys())

    @property
    def names(self) -> frozenset[str]:
        """The names of the fields that were sent, null ones included."""
        return self._names

    def get(self, name: str) -> object:
        """The value of a field as Python objects, or None."""
        value = self._source[name] if name in self._names else None
        if not isinstance(value, _NESTED):
            return value
        return value.as_list() if isinstance(value, simdjson.Array) else value.as_dict()

    def raw(self, name: str) -> object:
        """The value of a field as simdjson gives it, or None."""
        return self._source[name] if name in self._names else None

    def array(self, name: str) -> simdjson.Array | None:
        """A field that has to be a list.

        Raises:
            PayloadError: If it is something else.
        """
        value = self.raw(name)
        if value is None or isinstance(value, simdjson.Array):
            return value
        raise PayloadError(f"{name} is no list; ask Keepa again.")

    def fields(self, name: str) -> Fields | None:
        """A field that has to be an object.

        Raises:
            PayloadError: If it is something else.
        """
        value = self.raw(name)
        if value is None:
            return None
        if not isinstance(value, simdjson.Object):
            raise PayloadError(f"{name} is no object; ask Keepa again.")
        return Fields(value)


def parse(raw: bytes) -> object:
    """Parse a JSON document.

    Raises:
        PayloadError: If the bytes are not one JSON document.
    """
    if not raw.strip():
        raise PayloadError("The answer is empty; ask Keepa again.")
    try:
        return simdjson.Parser().parse(raw)
    except (ValueError, RuntimeError) as error:
        reason = str(error).partition(":")[0]
        raise PayloadError(
            f"The {len(raw)} bytes are not one whole JSON document ({reason}); the answer broke "
            "off or comes from somewhere else. Ask Keepa again."
        ) from error


def parse_object(raw: bytes) -> Fields:
    """Parse a JSON document that has to be an object.

    Raises:
        PayloadError: If it is no JSON, or something else than an object.
    """
    document = parse(raw)
    if isinstance(document, simdjson.Object):
        return Fields(document)
    if isinstance(document, simdjson.Array):
        raise PayloadError(
            "This is a list, for example of offers without their product; give an answer to a "
            "product request, or a product object."
        )
    raise PayloadError("This is a single value; give an answer to a product request.")


def whole(value: object) -> int | None:
    """A whole number that fits 64 bits, or None; true, false and fractions are none."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) >= _INT64:
        return None
    return value


def positive(value: object) -> int | None:
    """A whole number above 0, or None: in most fields 0 and below mean unknown."""
    found = whole(value)
    return found if found is not None and found > 0 else None


def not_negative(value: object) -> int | None:
    """A whole number of at least 0, or None."""
    found = whole(value)
    return found if found is not None and found >= 0 else None


def number(value: object) -> float | None:
    """A number as a float, or None."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value)


def text(value: object) -> str | None:
    """A text without markup and surrounding blanks, or None if nothing is left."""
    if not isinstance(value, str):
        return None
    if "<" in value or "&" in value:
        value = html.unescape(_TAG.sub("", value))
    return value.strip() or None


def flag(value: object) -> bool | None:
    """True or false, or None."""
    return value if isinstance(value, bool) else None


def items(value: object) -> list[object]:
    """The items of a list; none if it is something else."""
    return value if isinstance(value, list) else []


def id_list(value: object) -> tuple[str, ...]:
    """A list of ASINs or seller ids; none for null.

    Raises:
        PayloadError: If it is something else: ids are the payload of such an answer, and one that
            is left out would be lost without a word.
    """
    if value is None:
        return ()
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise PayloadError("A list of ids is something else than texts; ask Keepa again.")
    return tuple(value)


def objects(value: object, name: str) -> list[dict[str, Any]]:
    """A list of objects; none for null.

    Args:
        value: The field, as Python objects.
        name: What it holds, for the error.

    Raises:
        PayloadError: If it is something else.
    """
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise PayloadError(f"{name} is no list of objects; ask Keepa again.")
    return value
