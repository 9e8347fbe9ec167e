"""Reading the figures that a text states: digits, words, dates, ranges, in several writings."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import lru_cache
from typing import Final

from arbitragevault.domain.explanation.dates import dates_in
from arbitragevault.domain.explanation.numerals import Numeral, comma_is_decimal, numeral
from arbitragevault.domain.explanation.plain_text import plain_text
from arbitragevault.domain.explanation.quantity import Reading, Unit
from arbitragevault.domain.explanation.spelled import Spelled, spelled_in
from arbitragevault.domain.explanation.unit_words import (
    NOTHING,
    PER_MILLE,
    SCALES,
    UnitWord,
    sign_before,
    unit_after,
)

_CORE: Final = re.compile(
    r"(?:\d{1,3}(?:[ ']\d{3})+(?!\d)(?:[.,]\d+)?|\d+(?:[.,']\d+)*|(?<![\w.])\.\d+)"
    r"(?:\s?[/\u2044]\s?\d+(?![\d/\u2044]))?"
)
_CODE: Final = re.compile(r"(?<![\w$£€¥₹])(?=\w*\d)(?=\w*[^\W\d_])\w+(?:-\w*\d\w*)*")
_GLUED: Final = re.compile(
    r"\d+(?:k|m|mn|bn|d|w|wk|wks|mo|y|yr|yrs|h|hr|hrs|x|days?|weeks?|months?|years?|hours?|USD|EUR|"
    r"GBP|CAD|JPY|pp|pct|percent|fold)",
    re.IGNORECASE,
)
_SIGN_GLUED: Final = re.compile(
    r"(?:USD|EUR|GBP|CAD|JPY|INR|MXN|BRL|US|CA|MX|C|R|A)\d+", re.IGNORECASE
)
_ORDINAL: Final = re.compile(r"(?P<number>\d+)(?:st|nd|rd|th)", re.IGNORECASE)
_QUANTILE: Final = re.compile(r"[pP](?P<number>\d{1,2})")
_PERCENTILE: Final = re.compile(r"[\s-]*(?:percentile|quantile)", re.IGNORECASE)
_SCALE: Final = re.compile(
    r"(?P<glued>k|m|mn|bn)(?!\w)|[\s-]*(?P<word>"
    + "|".join(sorted((re.escape(one) for one in SCALES if len(one) > 2), key=len, reverse=True))
    + r")(?!\w)",
    re.IGNORECASE,
)
_PARTS: Final = re.compile(
    r"\s+(?:in|out of|von|sur|de cada|su)\s+(?:every\s+)?(?P<whole>\d+)(?![\d.,]*\d)",
    re.IGNORECASE,
)
_RANK: Final = re.compile(
    r"(?:#|№|\bno\.|\b(?:rank(?:ed|ing|s)?|bsr|rang)(?:\s+(?:of|is|at|was|now|number|below|under|above"
    r"|over|up to|within|better than|worse than|unter|über))*[:,]?)"
    r"(?:\s+(?:about|around|roughly|nearly|approximately))?\s*$",
    re.IGNORECASE,
)
_ABOUT: Final = re.compile(
    r"(?:\b(?:about|around|roughly|approximately|approx\.?|ca\.?|circa|some|etwa|rund|unos|environ"
    r"|close to|nearly|almost)|[~≈])\s*(?:[$£€¥₹]|USD\s|EUR\s)?\s*$",
    re.IGNORECASE,
)
_BELOW: Final = re.compile(r"(?:<|\b(?:less than|under|below|fewer than))\s*$", re.IGNORECASE)
_ABOVE: Final = re.compile(r"(?:>|\b(?:more than|over|above))\s*$", re.IGNORECASE)
_LOSS: Final = re.compile(
    r"\b(?:loss(?:es)?\s+of|loses?|losing|lost|verlust\s+von|verliert|perte\s+de|perd|"
    r"p[ée]rdida\s+de|pierde|perdita\s+di)(?:\s+(?:about|around|roughly|nearly|up to|a median))*"
    r"\s*(?:[$£€¥₹]|USD\s|EUR\s)?\s*$",
    re.IGNORECASE,
)
_MINUS: Final = re.compile(
    r"(?:(?:^|[\s(:=$£€¥₹])-|(?:^|[\s(])\u2013|\b(?:minus|negative|negativ|menos|moins|meno)\s)\s?"
    r"(?:[$£€¥₹]|US\$|USD\s|EUR\s)?\s?$",
    re.IGNORECASE,
)
_BETWEEN: Final = re.compile(
    r"\s*(?:-|\u2013|\u2014|,|/|to|and|or|bis|und|oder|a|à|y|o|et|ou|e|through|until)?\s*",
    re.IGNORECASE,
)
_MONETARY: Final = frozenset({Unit.MONEY, Unit.SHARE, Unit.RATIO})


@dataclass(frozen=True, slots=True)
class Stated:
    """A figure that a text states.

    Args:
        text: As it stands there.
        start / end: Where, in ``plain_text`` of the text.
        readings: What it may mean; empty where nobody can tell, such as "hundreds".
        is_code: A name with digits in it, such as "B0SBM0IQRL" or "MP3".
    """

    text: str
    start: int
    end: int
    readings: tuple[Reading, ...]
    is_code: bool = False


@lru_cache(maxsize=4_096)  # records repeat the same sentences
def figures_in(text: str) -> tuple[Stated, ...]:
    """Every figure that a text states, in order.

    Nothing that looks like a figure is left out: what cannot be read comes back without readings.

    Args:
        text: One or a few sentences.
    """
    plain = plain_text(text)
    found: list[Stated] = [
        Stated(plain[start:end], start, end, readings) for start, end, readings in dates_in(plain)
    ]
    rest = _blanked(plain, found)
    codes = list(_codes(rest))
    found += codes
    rest = _blanked(rest, codes)
    found += _numbers(rest)
    found += [_from_word(rest, word) for word in spelled_in(_blanked(rest, found))]
    found += _unread(_blanked(rest, found))
    return tuple(_with_shared_units(plain, sorted(found, key=lambda one: one.start)))


def _blanked(text: str, found: Sequence[Stated]) -> str:
    for one in found:
        text = text[: one.start] + " " * (one.end - one.start) + text[one.end :]
    return text


def _codes(text: str) -> Iterator[Stated]:
    for match in _CODE.finditer(text):
        word = match[0]
        if _GLUED.fullmatch(word) or _SIGN_GLUED.fullmatch(word):
            continue
        ordinal, quantile = _ORDINAL.fullmatch(word), _QUANTILE.fullmatch(word)
        end = match.end()
        if quantile is not None:
            yield Stated(word, match.start(), end, (_level(quantile["number"]),))
        elif ordinal is not None:
            level = _PERCENTILE.match(text, end)
            reading = _level(ordinal["number"]) if level else _plain(Decimal(ordinal["number"]))
            end = level.end() if level else end
            yield Stated(text[match.start() : end], match.start(), end, (reading,))
        elif not _starts_with_numeral(word):
            yield Stated(word, match.start(), end, (), is_code=True)


def _starts_with_numeral(word: str) -> bool:
    """Ranges such as "12-15d" are figures, "24-pack" a word of its own unit."""
    head, _, tail = word.partition("-")
    return head.isdigit() and bool(tail)


def _level(percent: str) -> Reading:
    return Reading(Decimal(percent) / 100, Decimal(0), frozenset({Unit.SHARE}))


def _plain(value: Decimal) -> Reading:
    return Reading(value, Decimal(1), frozenset())


def _numbers(text: str) -> Iterator[Stated]:
    has_comma = comma_is_decimal(text)
    position = 0
    for match in _CORE.finditer(text):
        if match.start() < position:
            continue
        read = numeral(match[0], comma=has_comma)
        if read is None:
            yield Stated(match[0], match.start(), match.end(), ())
            continue
        stated = _stated(text, match.start(), match.end(), read)
        position = stated.end
        yield stated


def _from_word(text: str, word: Spelled) -> Stated:
    if word.value is None:
        return Stated(word.text, word.start, word.end, ())
    read = Numeral(word.value, word.step, is_fraction=word.is_fraction)
    if word.units is not None:
        reading = Reading(word.value, word.step, word.units)
        return Stated(word.text, word.start, word.end, (reading,))
    return _stated(text, word.start, word.end, read)


def _stated(text: str, start: int, end: int, read: Numeral) -> Stated:
    """A numeral with the unit, scale, sign and bound that stand around it."""
    read, end = _scaled(text, end, read)
    read, end = _as_part(text, end, read)
    unit, first = sign_before(text, start)
    if unit is None:
        unit, end = unit_after(text, end)
    else:
        read, end = _scaled(text, end, read)
        period, _ = unit_after(text, end)
        if period is not None and Unit.PER_MONTH in period.units:
            unit = NOTHING
    before = text[:start]
    if unit is None or Unit.SHARE not in unit.units:
        read = _rounded(before, read)
    if unit is None and _RANK.search(before):
        unit = UnitWord(frozenset({Unit.RANK}))
    units = unit.units if unit is not None else _bare_units(read)
    factor = Decimal(1) if unit is None else unit.factor
    if unit is PER_MILLE and read.value % 10 == 0:
        read = replace(read, step=Decimal(10))  # 820 per mille says no more than 82 per cent
    value = read.value * factor
    is_negative = _MINUS.search(before) or (units & _MONETARY and _LOSS.search(before))
    reading = Reading(
        -value if is_negative else value,
        read.step * factor,
        units,
        None if unit is None else unit.currency,
        "<" if _BELOW.search(before) else ">" if _ABOVE.search(before) else None,
    )
    return Stated(text[first:end].strip(), min(first, start), end, (reading,))


def _scaled(text: str, end: int, read: Numeral) -> tuple[Numeral, int]:
    scale = _SCALE.match(text, end)
    if scale is None or (scale["glued"] and scale["glued"] == "M" and read.value > 10_000):
        return read, end
    factor = SCALES[(scale["glued"] or scale["word"]).lower()]
    return replace(read, value=read.value * factor, step=read.step * factor), scale.end()


def _as_part(text: str, end: int, read: Numeral) -> tuple[Numeral, int]:
    """Parts of a whole: "4 in 5", "82 out of 100"."""
    part = _PARTS.match(text, end)
    if part is None or not 0 < read.value <= Decimal(part["whole"]):
        return read, end
    unit, _ = unit_after(text, part.end())
    if unit is not None and Unit.COUNT not in unit.units:
        return read, end  # "2 in 30 days" is no part of a whole
    value = read.value / Decimal(part["whole"])
    return Numeral(value, Decimal("0.01"), is_fraction=True), part.end()


def _rounded(before: str, read: Numeral) -> Numeral:
    """A rounded numeral: "about 361,000" shows thousands; without "about" it is exact."""
    if not _ABOUT.search(before) or read.step != 1 or read.value == 0:
        return read
    digits = str(int(read.value))
    zeros = len(digits) - len(digits.rstrip("0"))
    return replace(read, step=Decimal(10) ** zeros)


def _bare_units(read: Numeral) -> frozenset[Unit]:
    """A figure without a unit counts something; a fraction, or 0.82, may be a share."""
    if read.is_fraction:
        return frozenset({Unit.SHARE, Unit.RATIO})
    if 0 < read.value < 1 and read.step < 1:
        return frozenset({Unit.SHARE, Unit.RATIO, Unit.COUNT, Unit.SCORE})
    return frozenset()


def _unread(text: str) -> Iterator[Stated]:
    for match in re.finditer(r"\w*\d\w*", text):
        yield Stated(match[0], match.start(), match.end(), ())


def _with_shared_units(text: str, found: list[Stated]) -> Iterator[Stated]:
    """In "3 to 5 days" and "$3-5" one unit stands for both figures."""
    for place, one in enumerate(found):
        after = found[place + 1] if place + 1 < len(found) else None
        before = found[place - 1] if place else None
        if _lacks_unit(one):
            if after is not None and _joined(text, one, after) and not _lacks_unit(after):
                yield _in_unit_of(one, after, text)
                continue
            if before is not None and _joined(text, before, one) and _leads(text, before):
                yield _in_unit_of(one, before, text)
                continue
        yield one


def _lacks_unit(one: Stated) -> bool:
    return bool(one.readings) and not any(reading.units for reading in one.readings)


def _joined(text: str, left: Stated, right: Stated) -> bool:
    return _BETWEEN.fullmatch(text[left.end : right.start]) is not None


def _leads(text: str, one: Stated) -> bool:
    """A unit that stands in front ("$3") also leads the next figure; one behind does not."""
    return bool(one.readings) and sign_before(text, _digits_start(text, one))[0] is not None


def _digits_start(text: str, one: Stated) -> int:
    found = re.search(r"\d", text[one.start : one.end])
    return one.start + (found.start() if found else 0)


def _in_unit_of(one: Stated, other: Stated, text: str) -> Stated:
    unit = other.readings[0] if other.readings else None
    if unit is None:
        return one
    factor = _factor(other, text)
    readings = tuple(
        replace(
            reading,
            value=reading.value * factor,
            step=reading.step * factor,
            units=unit.units,
            currency=unit.currency,
        )
        for reading in one.readings
    )
    return replace(one, readings=readings)


def _factor(other: Stated, text: str) -> Decimal:
    """By what the other figure's unit multiplies."""
    if sign_before(text, _digits_start(text, other))[0] is not None:
        return Decimal(1)
    match = _CORE.search(text, other.start, other.end)
    unit = None if match is None else unit_after(text, match.end())[0]
    return Decimal(1) if unit is None else unit.factor
