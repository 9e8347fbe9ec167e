"""Spelled-out numbers in a text: "twelve", "two hundred and five", "three quarters", "twice"."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from arbitragevault.domain.explanation.foreign_words import (
    MOST_WORDS,
    first_words,
    foreign_key,
    foreign_words,
)
from arbitragevault.domain.explanation.number_words import (
    AMBIGUOUS,
    FRACTIONS,
    GROUPS,
    MULTIPLES,
    ONES,
    SCALES,
    TENS,
    VAGUE,
    english_value,
)
from arbitragevault.domain.explanation.quantity import Unit
from arbitragevault.domain.explanation.unit_words import has_unit_word


def _any(words: Iterable[str]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


_WORD: Final = f"(?:{_any([*ONES, *TENS, *SCALES])})"
_ENGLISH: Final = re.compile(
    rf"\b(?:a\s+(?={_any(SCALES)}))?{_WORD}(?:(?:[\s-]+(?:and\s+)?){_WORD})*(?!\w)", re.IGNORECASE
)
_FRACTION: Final = re.compile(
    rf"\b(?:(?P<count>a|an|one|two|three|four|nine)[\s-]+)?(?P<part>{_any(FRACTIONS)})(?P<many>s?)"
    r"(?!\w)",
    re.IGNORECASE,
)
_MULTIPLE: Final = re.compile(rf"\b(?:{_any(MULTIPLES)})(?!\w)", re.IGNORECASE)
_GROUP: Final = re.compile(
    rf"\b(?:(?P<count>a|one|two|three|half a)\s+)?(?P<group>{_any(GROUPS)})(?!\w)", re.IGNORECASE
)
_VAGUE: Final = re.compile(rf"\b(?:{_any(VAGUE)})(?!\w)", re.IGNORECASE)
_WORDS: Final = re.compile(r"[^\W\d_]+")
_PER: Final = re.compile(r"\bp(?:or|er|our)\s+$", re.IGNORECASE)
_OF_PER_CENT: Final = frozenset({"ciento", "cento", "cent"})
_JOINTS: Final = frozenset({" ", "-"})
_IN_TEN: Final = re.compile(
    r"\b(?P<part>[a-z]+)\s+(?:in|out of)\s+(?:every\s+)?(?P<whole>[a-z]+)(?!\w)", re.IGNORECASE
)
_COUNTED: Final = re.compile(
    r"[\s-]+(?:days?|weeks?|months?|years?|hours?|units?|offers?|sellers?|dollars?|cents?|euros?"
    r"|percent|per cent|copy|copies|items?|variations?|times|products?|decisions?|New offers?)"
    r"(?!\w)",
    re.IGNORECASE,
)
_HUNDREDTH: Final = Decimal("0.01")
_MULTIPLES_UNITS: Final = frozenset({Unit.RATIO, Unit.COUNT})


@dataclass(frozen=True, slots=True)
class Spelled:
    """A number in words.

    Args:
        text: As it stands there.
        start / end: Where.
        value: The number; None where the words name none, such as "hundreds".
        step: Its last digit.
        is_fraction: Parts of a whole.
        units: What it counts, where the word itself says so; None lets the text around it say.
    """

    text: str
    start: int
    end: int
    value: Decimal | None
    step: Decimal = Decimal(1)
    is_fraction: bool = False
    units: frozenset[Unit] | None = None


def spelled_in(text: str) -> Iterator[Spelled]:
    """Every number in words, in no particular order and without overlaps.

    Args:
        text: In the form of ``plain_text``; digits are not looked at.
    """
    for find in (_vague, _parts, _groups, _fractions, _multiples, _foreign, _english):
        found = list(find(text))
        yield from found
        for one in found:
            text = text[: one.start] + " " * (one.end - one.start) + text[one.end :]


def _vague(text: str) -> Iterator[Spelled]:
    for match in _VAGUE.finditer(text):
        yield Spelled(match[0], match.start(), match.end(), None)


def _parts(text: str) -> Iterator[Spelled]:
    """Parts of a whole: "four in five", "one out of ten"."""
    for match in _IN_TEN.finditer(text):
        part = english_value(iter([match["part"].lower()]))
        whole = english_value(iter([match["whole"].lower()]))
        is_counted = _COUNTED.match(text, match.end()) is not None
        if part is None or whole is None or not 0 < part <= whole or is_counted:
            continue
        yield Spelled(
            match[0], match.start(), match.end(), part / whole, _HUNDREDTH, is_fraction=True
        )


def _groups(text: str) -> Iterator[Spelled]:
    for match in _GROUP.finditer(text):
        count = (match["count"] or "a").lower()
        times = {"half a": Decimal("0.5"), "two": Decimal(2), "three": Decimal(3)}.get(
            count, Decimal(1)
        )
        end = match.end()
        if text[end : end + 3].lower() == " of":
            end += 3
        yield Spelled(match[0], match.start(), end, times * GROUPS[match["group"].lower()])


def _fractions(text: str) -> Iterator[Spelled]:
    for match in _FRACTION.finditer(text):
        part = match["part"].lower()
        count = (match["count"] or "").lower()
        # "third", "fifth", "quarter" alone are ordinals or seasons.
        if not count and FRACTIONS[part] != Decimal("0.5"):
            continue
        times = ONES.get(count, 1)
        yield Spelled(
            match[0], match.start(), match.end(), times * FRACTIONS[part], _HUNDREDTH, True
        )


def _multiples(text: str) -> Iterator[Spelled]:
    for match in _MULTIPLE.finditer(text):
        value = MULTIPLES[match[0].lower()]
        yield Spelled(
            match[0], match.start(), match.end(), value, Decimal("0.1"), units=_MULTIPLES_UNITS
        )


def _english(text: str) -> Iterator[Spelled]:
    for match in _ENGLISH.finditer(text):
        words = re.split(r"[\s-]+", match[0].lower())
        value = english_value(iter(words))
        # "One" is mostly a pronoun; it is a number before what it counts.
        if words == ["one"] and not _COUNTED.match(text, match.end()):
            continue
        yield Spelled(match[0], match.start(), match.end(), value)


def _foreign(text: str) -> Iterator[Spelled]:
    words = list(_WORDS.finditer(text))
    taken = 0
    for place, first in enumerate(words):
        if first.start() < taken or foreign_key(first[0]) not in first_words():
            continue
        for last in reversed(words[place : place + MOST_WORDS]):
            value = _foreign_value(text, first.start(), last.end())
            if value is not None:
                taken = last.end()
                yield Spelled(text[first.start() : taken], first.start(), taken, Decimal(value))
                break


def _foreign_value(text: str, start: int, end: int) -> int | None:
    words = text[start:end]
    # Number words are joined by single spaces and hyphens; anything else parts them.
    if set(_WORDS.sub("", words)) - _JOINTS:
        return None
    key = foreign_key(words)
    if key == "six":  # English as well, perhaps a part of "twenty-six"
        return None
    if key in _OF_PER_CENT and _PER.search(text, 0, start):
        return None
    if key in AMBIGUOUS and not has_unit_word(text, end):
        return None
    return foreign_words().get(key)
