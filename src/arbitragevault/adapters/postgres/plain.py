"""Texts as PostgreSQL can store them: it has no place for NUL, nor for half a surrogate pair."""

from __future__ import annotations

from typing import overload

import msgspec


@overload
def plain(text: str) -> str: ...
@overload
def plain(text: None) -> None: ...
@overload
def plain(text: str | None) -> str | None: ...
def plain(text: str | None) -> str | None:
    """The text without NUL, and with ``?`` for half of a surrogate pair."""
    if text is None or text.isascii():
        return text and text.replace("\0", "")
    return text.replace("\0", "").encode("utf-8", "replace").decode()


def to_json(value: object) -> str:
    """JSON that a jsonb column takes."""
    try:
        text = msgspec.json.encode(value).decode()
    except UnicodeEncodeError:
        text = "\\u0000"
    if "\\u0000" in text:
        text = msgspec.json.encode(_plain(msgspec.to_builtins(value))).decode()
    return text


def _plain(value: object) -> object:
    match value:
        case str():
            return plain(value)
        case list() | tuple():
            return [_plain(item) for item in value]
        case dict():
            return {_plain(key): _plain(item) for key, item in value.items()}
        case _:
            return value
