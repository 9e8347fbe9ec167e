"""What every endpoint of the sandbox gets and gives."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final

import orjson

from arbitragevault.adapters.keepa import schema
from arbitragevault.domain.catalog.marketplace import marketplace_by_keepa_domain
from arbitragevault.domain.errors import InvalidInputError
from arbitragevault.sandbox.request import BadParameterError

US: Final = 1
"""The simulated marketplace trades on amazon.com only; elsewhere everything is empty."""
EMPTY: Final[Mapping[str, Any]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Ask:
    """One request.

    Args:
        query: Parameters without the key.
        body: The body of a POST.
        now: Market minute.
        key: Whose request it is.
    """

    query: Mapping[str, str]
    body: bytes
    now: int
    key: str

    @property
    def domain(self) -> int:
        """The marketplace asked for.

        Raises:
            BadParameterError: If it is missing or unknown.
        """
        return known_domain(whole(self.query.get("domain"), "domain"))

    def flag(self, name: str) -> bool:
        """A switch, off where it is missing.

        Raises:
            BadParameterError: If it is neither 0 nor 1.
        """
        text = self.query.get(name, "").strip().lower()
        if text not in ("", "0", "1", "true", "false"):
            raise BadParameterError(name)
        return text in ("1", "true")

    def number(self, name: str, default: int) -> int:
        """A whole number.

        Raises:
            BadParameterError: If it is none.
        """
        text = self.query.get(name, "").strip()
        return whole(text, name) if text else default

    def ids(self, name: str, most: int) -> list[str]:
        """A comma-separated list with at least one element.

        Raises:
            BadParameterError: If it is empty or longer than ``most``.
        """
        found = [part.strip() for part in self.query.get(name, "").split(",") if part.strip()]
        if not 1 <= len(found) <= most:
            raise BadParameterError(name)
        return found

    def selection(self) -> dict[str, Any]:
        """The JSON object of a query: the body of a POST, else the parameter ``selection``.

        Raises:
            BadParameterError: If it is no JSON object.
        """
        try:
            found = orjson.loads(self.body or self.query.get("selection", ""))
        except orjson.JSONDecodeError:
            raise BadParameterError("selection") from None
        if not isinstance(found, dict):
            raise BadParameterError("selection")
        return found


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer.

    Args:
        payload: Fields after the envelope.
        tokens: What it costs.
        image: A PNG instead of JSON.
    """

    payload: Mapping[str, Any] = field(default_factory=lambda: EMPTY)
    tokens: int = 0
    image: bytes | None = None


Handler = Callable[[Ask], Reply]


def whole(text: str | None, name: str) -> int:
    """A whole number.

    Raises:
        BadParameterError: If the text is none.
    """
    try:
        return int(text or "")
    except ValueError:
        raise BadParameterError(name) from None


def known_domain(domain: int) -> int:
    """A domain id that Keepa serves.

    Raises:
        BadParameterError: If it does not.
    """
    try:
        return marketplace_by_keepa_domain(domain).keepa_domain
    except InvalidInputError:
        raise BadParameterError("domain") from None


def error_object(details: str, message: str) -> dict[str, str]:
    """Keepa's ``error``."""
    return {"type": schema.ERROR_INVALID_PARAMETER, "message": message, "details": details}
