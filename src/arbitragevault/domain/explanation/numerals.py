"""Digits as people write them: thousands and decimals by comma, point, space or apostrophe."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

_FRACTION_STEP: Final = Decimal("0.01")
_COMMA_DECIMAL: Final = re.compile(r"(?<![\d.,])(?:\d{1,3}(?:\.\d{3})+|\d+),\d{1,2}(?![\d,])")
_POINT_DECIMAL: Final = re.compile(
    r"(?<![\d.,])(?:\d{1,3}(?:,\d{3})+|\d+)\.(?:\d{1,2}(?![\d.])|\d{4,})"
)
_FOREIGN: Final = re.compile(
    r"\b(?:prozent|tage[n]?|woche[n]?|monat(?:e|en)?|und|ist|der|die|das|por ciento|días|el|los|una"
    r"|pour cent|jours|mois|les|est|giorni|mesi|per cento|il|della|dagen|het)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Numeral:
    """A number as it is written.

    Args:
        value: The number.
        step: Its last digit, such as 0.1 for "12.3"; fractions count as whole per cent.
        is_fraction: Written as parts of a whole.
    """

    value: Decimal
    step: Decimal
    is_fraction: bool = False


def comma_is_decimal(text: str) -> bool:
    """Whether a text writes decimals with a comma, judged by its unambiguous figures and words."""
    if _POINT_DECIMAL.search(text):
        return False
    return _COMMA_DECIMAL.search(text) is not None or _FOREIGN.search(text) is not None


def numeral(written: str, *, comma: bool) -> Numeral | None:
    """What digits mean; None where they mean nothing.

    Args:
        written: Digits with separators, perhaps a fraction.
        comma: A comma before three digits is the decimal mark, as the text around shows.
    """
    bare = written.replace(" ", "").replace("'", "").replace("\u2044", "/")
    above, slash, below = bare.partition("/")
    if slash:
        if not above.isdigit() or not int(below):
            return None
        return Numeral(Decimal(above) / Decimal(below), _FRACTION_STEP, is_fraction=True)
    marks = [char for char in bare if char in ".,"]
    match sorted(set(marks)), len(marks):
        case [], _:
            return Numeral(Decimal(bare), Decimal(1))
        case [_, _], _:
            one_decimal = marks.count(marks[-1]) == 1
            return _split(bare, group=marks[0], decimal=marks[-1]) if one_decimal else None
        case [mark], 1:
            return _one_mark(bare, mark, comma=comma)
        case _:
            return _split(bare, group=marks[0], decimal=None)


def _one_mark(bare: str, mark: str, *, comma: bool) -> Numeral:
    """A lone comma or point: before three digits the text around decides what it means."""
    left, _, right = bare.partition(mark)
    is_ambiguous = len(right) == 3 and 1 <= len(left) <= 3 and left != "0"
    if is_ambiguous and (mark == ",") != comma:
        return Numeral(Decimal(left + right), Decimal(1))
    return _decimal(left, right)


def _split(bare: str, *, group: str, decimal: str | None) -> Numeral | None:
    whole, _, part = bare.partition(decimal) if decimal else (bare, "", "")
    groups = whole.split(group)
    # Indian grouping has pairs before the last three digits.
    if len(groups[-1]) != 3 or any(not 2 <= len(one) <= 3 for one in groups[1:]):
        return None
    return _decimal("".join(groups), part)


def _decimal(left: str, right: str) -> Numeral:
    return Numeral(Decimal(f"{left or '0'}.{right or '0'}"), Decimal(1).scaleb(-len(right)))
