"""Numbers that are spelled out in English; words for parts, multiples and groups."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Final

_ENGLISH_ONES: Final = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"),
    *("eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen"),
    *("eighteen", "nineteen"),
)
_ENGLISH_TENS: Final = (
    *("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"),
)
ONES: Final[Mapping[str, int]] = {word: value for value, word in enumerate(_ENGLISH_ONES)}
TENS: Final[Mapping[str, int]] = {
    word: 10 * value for value, word in enumerate(_ENGLISH_TENS, start=2)
}
SCALES: Final[Mapping[str, int]] = {"hundred": 100, "thousand": 1_000, "million": 1_000_000}

AMBIGUOUS: Final = frozenset(
    {"elf", "once", "due", "dos", "cent", "seize", "sei", "otto", "sept", "dix", "mil", "mille"}
)
"""Foreign number words that mean something else in English: numbers only before a unit."""

FRACTIONS: Final[Mapping[str, Decimal]] = {
    "half": Decimal("0.5"),
    "third": Decimal(1) / 3,
    "quarter": Decimal("0.25"),
    "fifth": Decimal("0.2"),
    "tenth": Decimal("0.1"),
    "hälfte": Decimal("0.5"),
    "mitad": Decimal("0.5"),
    "moitié": Decimal("0.5"),
    "metà": Decimal("0.5"),
}
MULTIPLES: Final[Mapping[str, Decimal]] = {
    **dict.fromkeys(("double", "doubles", "doubled", "doubling", "twice", "twofold"), Decimal(2)),
    **dict.fromkeys(("doppelt", "doppelte", "verdoppelt", "doble", "doppio"), Decimal(2)),
    **dict.fromkeys(("triple", "triples", "tripled", "thrice", "threefold"), Decimal(3)),
    **dict.fromkeys(("quadruple", "quadruples", "quadrupled", "fourfold"), Decimal(4)),
    **dict.fromkeys(("tenfold",), Decimal(10)),
    **dict.fromkeys(("halve", "halves", "halved", "halving"), Decimal("0.5")),
}
GROUPS: Final[Mapping[str, int]] = {"dozen": 12, "couple": 2, "score of": 20}
VAGUE: Final = (
    *("dozens", "scores of", "hundreds", "thousands", "tens of", "millions", "billions"),
    *("a fraction of", "manifold"),
)
"""Words for numbers that nobody can check."""


def english_value(words: Iterator[str]) -> Decimal | None:
    """The number that English words spell, such as "two hundred and five"; None if none.

    Args:
        words: Lower case, hyphens and spaces split; "and" may stand between.
    """
    total, part, seen = 0, 0, False
    for word in words:
        if word in ONES:
            part += ONES[word]
        elif word in TENS:
            part += TENS[word]
        elif word == "hundred":
            part = max(part, 1) * 100
        elif word in SCALES:
            total, part = total + max(part, 1) * SCALES[word], 0
        elif word in {"and", "a"}:
            continue
        else:
            return None
        seen = True
    return Decimal(total + part) if seen else None
