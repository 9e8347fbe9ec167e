"""Weights and sizes as people type them: ``599g``, ``1.3 lb``, ``236x160x32mm``."""

from __future__ import annotations

import re
from typing import Final

import typer

_NUMBER: Final = r"\d+(?:[.,]\d+)?|[.,]\d+"
_WEIGHT: Final = re.compile(
    rf"\s*(?P<number>{_NUMBER})\s*(?P<unit>g|kg|oz|lb|lbs)\s*", re.IGNORECASE
)
_SIZE: Final = re.compile(
    rf"\s*({_NUMBER})\s*[x*\u00d7]\s*({_NUMBER})\s*[x*\u00d7]\s*({_NUMBER})\s*(?P<unit>mm|cm|in)\s*",
    re.IGNORECASE,
)


def read_weight(text: str) -> tuple[str, str]:
    """A weight as (number, unit); the number is kept as text, so that it is read exactly.

    Raises:
        typer.BadParameter: If it is no weight.
    """
    match = _WEIGHT.fullmatch(text)
    if match is None:
        raise typer.BadParameter(
            f"{text!r} is not a weight; write it like 599g, 0.6kg, 21oz or 1.3lb.",
            param_hint="--weight",
        )
    return _plain(match["number"]), match["unit"].lower().removesuffix("s")


def read_dims(text: str) -> tuple[tuple[str, str, str], str]:
    """Three sides as ((number, number, number), unit), in the order given.

    Raises:
        typer.BadParameter: If it is not three sides with a unit.
    """
    match = _SIZE.fullmatch(text)
    if match is None:
        raise typer.BadParameter(
            f"{text!r} is not a size; write it like 236x160x32mm, 23.6x16x3.2cm or 9.3x6.3x1.3in.",
            param_hint="--dims",
        )
    first, second, third = (_plain(match[index]) for index in (1, 2, 3))
    return (first, second, third), match["unit"].lower()


def _plain(number: str) -> str:
    return number.replace(",", ".")
