"""Cursors: where a page of a list ended, sealed so that nobody can make one up."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

import orjson

from arbitragevault.domain.errors import InvalidInputError

_SEAL_BYTES: Final = 12
_KEY_BYTES: Final = 32

Position = tuple[Any, int]
"""The value that the list is sorted by, and the id, of the last row of a page."""


class Place(NamedTuple):
    """What a cursor says.

    Args:
        position: Where the page ended.
        carried: What else the page after is told.
    """

    position: Position
    carried: Any


@dataclass(frozen=True, slots=True)
class Cursors:
    """Makes and reads cursors.

    Args:
        key: What they are sealed with; processes that share it understand each other's. A random
            one lets cursors end with the process.
    """

    key: bytes = field(default_factory=lambda: secrets.token_bytes(_KEY_BYTES), repr=False)

    def after(
        self, the_list: Mapping[str, Any], position: Position, *, carried: object = None
    ) -> str:
        """An opaque position in a list.

        Args:
            the_list: What makes the list what it is: its name, filters and order.
            position: Where in it.
            carried: JSON values that the next page is told, so that it need not find them again.
        """
        place = orjson.dumps((*position, carried), default=str)
        return base64.urlsafe_b64encode(self._seal(the_list, place) + place).decode().rstrip("=")

    def place(self, the_list: Mapping[str, Any], cursor: str | None) -> Place | None:
        """What a cursor says; None for no cursor.

        Raises:
            InvalidInputError: If it is no cursor of this list.
        """
        if cursor is None:
            return None
        try:
            whole = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        except (ValueError, binascii.Error):
            whole = b""
        seal, place = whole[:_SEAL_BYTES], whole[_SEAL_BYTES:]
        if not hmac.compare_digest(seal, self._seal(the_list, place)):
            raise InvalidInputError(
                "The cursor does not belong to this list; start again without a cursor."
            )
        value, row_id, carried = orjson.loads(place)
        return Place((value, row_id), carried)

    def _seal(self, the_list: Mapping[str, Any], place: bytes) -> bytes:
        named = orjson.dumps(the_list, option=orjson.OPT_SORT_KEYS, default=str)
        digest = hmac.new(self.key, named + b"\0" + place, hashlib.sha256).digest()
        return digest[:_SEAL_BYTES]
