"""Identifiers: what a user types, scans or pastes to name a product."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from arbitragevault.domain.catalog.identifiers_codes import (
    GTIN_LENGTHS,
    gtin_check_digit,
    is_valid_asin,
    is_valid_gtin,
    is_valid_isbn10,
    is_valid_isbn13,
    isbn10_check_digit,
    isbn13_to_10,
)
from arbitragevault.domain.catalog.identifiers_link import find_link, parse_link
from arbitragevault.domain.catalog.marketplace import Marketplace
from arbitragevault.domain.errors import IdentifierError, quoted

MAX_IDENTIFIER_LENGTH: Final = 2_048
"""Longest text that is looked at: the longest address that browsers and servers agree on."""


class IdentifierKind(StrEnum):
    """What an identifier turned out to be."""

    ASIN = "asin"
    ISBN10 = "isbn10"
    ISBN13 = "isbn13"
    EAN13 = "ean13"
    EAN8 = "ean8"
    UPC12 = "upc12"
    GTIN14 = "gtin14"
    LINK = "link"


@dataclass(frozen=True, slots=True)
class Identifier:
    """A product as its user named it, understood.

    Exactly one of ``asin`` and ``code`` is set.

    Args:
        raw: The text as given.
        kind: What it is.
        asin: Amazon's id, where it follows from the text: ASIN, ISBN-10, ISBN-13 of 978, link.
        code: Otherwise the bare digits to look up (EAN, UPC, GTIN, ISBN-13 of 979). An EAN-13 that
            starts with 0 is given as the UPC that it contains, so that both name one product.
        marketplace: The site of a link; None for everything else.
        repairs: What was mended to understand the text, as plain sentences.
    """

    raw: str
    kind: IdentifierKind
    asin: str | None = None
    code: str | None = None
    marketplace: Marketplace | None = None
    repairs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Reading:
    """One way to read bare digits: as a code of this kind and length, zeros restored."""

    kind: IdentifierKind
    length: int


_ISBN10 = _Reading(IdentifierKind.ISBN10, 10)
_UPC12 = _Reading(IdentifierKind.UPC12, 12)
_EAN8 = _Reading(IdentifierKind.EAN8, 8)
_EAN13 = _Reading(IdentifierKind.EAN13, 13)
_GTIN14 = _Reading(IdentifierKind.GTIN14, 14)

_READINGS: Final[dict[int, tuple[_Reading, ...]]] = {
    7: (_ISBN10,),
    8: (_ISBN10, _EAN8),
    9: (_ISBN10,),
    10: (_ISBN10,),
    11: (_UPC12,),
    12: (_UPC12,),
    13: (_EAN13,),
    14: (_GTIN14,),
}
"""By number of characters: the readings in order of preference; the first whose check digit fits
counts. Eight digits are an ISBN-10 first: books that start with 00 (HarperCollins) are far more
common at Amazon than packs so small that they carry an EAN-8. Fewer than seven are never guessed,
and ten digits with a wrong ISBN check digit are a typing error rather than a UPC without zeros."""

_TRADE_READINGS: Final[dict[int, tuple[_Reading, ...]]] = {
    **_READINGS,
    8: (_EAN8, _ISBN10),
    9: (_UPC12, _ISBN10),
    10: (_ISBN10, _UPC12),
}
"""The same for texts that are said to be trade codes (a column named UPC or EAN)."""

_LABEL = re.compile(
    r"(?:URN:)?(?P<name>ISBN(?:[ -]?1[03](?=[\s:#=.-]))?|ASIN|EAN(?:[ -]?(?:13|8)(?=[\s:#=.-]))?"
    r"|UPC(?:[ -]?(?:A|12)(?=[\s:#=.-]))?|GTIN(?:[ -]?(?:8|1[234])(?=[\s:#=.-]))?|JAN|BARCODE)"
    r"[\s:#=.-]*(?=[0-9BX])"
)
_TRADE_LABELS: Final = ("EAN", "UPC", "GTIN", "JAN", "BARCODE")
_FORMULA_TEXT = re.compile(r'"([^"]*)"')
_SCIENTIFIC = re.compile(r"(?P<whole>\d)(?:[.,](?P<fraction>\d+))?E\+?(?P<exponent>\d{1,2})")
_DECIMAL_ZEROS = re.compile(r"(\d+)[.,]0+")
_GROUPED = re.compile(r"\d{1,3}(?P<mark>[.,'])\d{3}(?:(?P=mark)\d{3})+(?:[.,]0+)?")
_BINDING = re.compile(r"\s*\([^()]*\)$")
_SEPARATORS = re.compile(r"[\s\u2212_\-\u2010-\u2015\u2043\ufe58\ufe63\uff0d]+")
_QUOTES: Final = "'\"`\u00b4\u2018\u2019\u201c\u201d"
_VISIBLE: Final = {"Cf": "", "Cc": " "}
"""By Unicode category: format characters (marks of direction, soft hyphens) go, controls part."""
_ADD_ON_LENGTH: Final = 18
"""ISBN-13 plus the five-digit price add-on that some scanners send along."""


def parse_identifier(text: str, *, trade_code: bool = False) -> Identifier:
    """Understand a text as an ASIN, ISBN, EAN, UPC, GTIN or Amazon link.

    Mends what spreadsheets, scanners and people do to identifiers (lost zeros, hyphens, labels,
    quotes, ``.0``, full-width digits) and says so in ``repairs``. Every check digit is verified.

    Args:
        text: What was typed, scanned or read from a file.
        trade_code: The text is said to be a barcode number (a column named EAN, UPC or GTIN): short
            digits are then read as these first, and as an ISBN-10 that lost zeros second.

    Raises:
        IdentifierError: If it is none of these, its check digit is wrong, digits are lost, or it is
            a short link.
    """
    if len(text) > MAX_IDENTIFIER_LENGTH:
        raise IdentifierError(
            f"{quoted(text)} has {len(text):,} characters; an identifier or link has at most "
            f"{MAX_IDENTIFIER_LENGTH:,}."
        )
    bare, repairs = _unwrapped(text)
    if not bare:
        raise IdentifierError("The identifier is empty; give an ASIN, ISBN, EAN, UPC or link.")
    if bare.startswith("="):
        return _from_formula(bare, text, trade_code=trade_code)
    link = find_link(bare)
    if link:
        asin, marketplace = parse_link(link, quoted(text))
        return Identifier(text, IdentifierKind.LINK, asin, None, marketplace, repairs)
    code, more, is_trade = _bare_code(bare.upper(), text)
    found = _from_code(code, text, trade_code=trade_code or is_trade)
    return replace(found, repairs=repairs + more + found.repairs)


def _unwrapped(text: str) -> tuple[str, tuple[str, ...]]:
    """Undo what surrounds an identifier: invisible characters, other digit shapes, quotes."""
    visible = "".join(_VISIBLE.get(unicodedata.category(char), char) for char in text)
    plain = unicodedata.normalize("NFKC", visible).strip()
    repairs: list[str] = []
    if _alphanumerics(plain) != _alphanumerics(visible):
        repairs.append("full-width characters converted")
    unquoted = plain
    if plain.startswith("=") and not plain.upper().startswith("=HYPERLINK"):
        unquoted = plain[1:]
    unquoted = unquoted.strip(_QUOTES + " ") if not unquoted.startswith("=") else unquoted
    if unquoted != plain:
        repairs.append("spreadsheet quotes removed")
    return unquoted, tuple(repairs)


def _alphanumerics(text: str) -> str:
    return "".join(char for char in text if char.isalnum())


def _from_formula(formula: str, text: str, *, trade_code: bool) -> Identifier:
    """Understand ``=HYPERLINK("address","label")`` by its address or else by its label."""
    problem = IdentifierError(
        f"{quoted(text)} is a spreadsheet formula; paste its value instead of the formula."
    )
    for part in _FORMULA_TEXT.findall(formula):
        try:
            found = parse_identifier(part, trade_code=trade_code)
        except IdentifierError as error:
            problem = error
        else:
            repairs = ("taken out of a spreadsheet formula", *found.repairs)
            return replace(found, raw=text, repairs=repairs)
    raise problem


def _bare_code(bare: str, text: str) -> tuple[str, tuple[str, ...], bool]:
    """Strip label, binding, number format and separators; tell if the label is a trade code's."""
    repairs: list[str] = []
    label = _LABEL.match(bare)
    if label:
        repairs.append(f"label {label['name']} removed")
        bare = bare[label.end() :]
    without_binding = _BINDING.sub("", bare).rstrip(".,;:")
    if without_binding != bare:
        repairs.append("text after the identifier removed")
    code, number_repairs = _from_number_format(without_binding, text)
    repairs.extend(number_repairs)
    joined = _SEPARATORS.sub("", code)
    if joined != code:
        repairs.append(
            "hyphens removed" if not re.search(r"\s", code) else "hyphens and spaces removed"
        )
    is_trade = bool(label and label["name"].startswith(_TRADE_LABELS))
    return joined, tuple(repairs), is_trade


def _from_number_format(code: str, text: str) -> tuple[str, tuple[str, ...]]:
    """Undo how spreadsheets write numbers: 9.78E+12, 9780593655036.0, 9,780,593,655,036."""
    scientific = _SCIENTIFIC.fullmatch(code)
    if scientific:
        digits = scientific["whole"] + (scientific["fraction"] or "")
        length = int(scientific["exponent"]) + 1
        if len(digits) < length or digits[length:].strip("0"):
            raise IdentifierError(
                f"{quoted(text)} is a number that a spreadsheet shortened, so digits are lost; "
                "format the column as text or as a number without decimals, and export it again."
            )
        return digits[:length], (f"spreadsheet notation {code} written out",)
    if _GROUPED.fullmatch(code):
        return re.sub(r"[.,']", "", re.sub(r"[.,]0{1,2}$", "", code)), (
            "thousands separators removed",
        )
    decimal = _DECIMAL_ZEROS.fullmatch(code)
    if decimal:
        return decimal[1], ("decimal zeros of a spreadsheet number removed",)
    return code, ()


def _from_code(code: str, text: str, *, trade_code: bool) -> Identifier:
    """Understand bare letters and digits."""
    if len(code) == _ADD_ON_LENGTH and is_valid_isbn13(code[:13]) and code.isdigit():
        found = _identifier(_EAN13, code[:13], text)
        return replace(found, repairs=("five-digit add-on removed", *found.repairs))
    readings = (_TRADE_READINGS if trade_code else _READINGS).get(len(code), ())
    fitting = list(_fitting(code, readings))
    if fitting:
        reading, digits = fitting[0]
        found = _identifier(reading, digits, text)
        restored = _restored(code, fitting)
        return replace(found, repairs=(*restored, *found.repairs))
    if is_valid_asin(code):
        return Identifier(text, IdentifierKind.ASIN, asin=code)
    raise IdentifierError(_what_is_wrong(code, text))


def _fitting(code: str, readings: tuple[_Reading, ...]) -> Iterator[tuple[_Reading, str]]:
    """The readings whose check digit fits, with the digits that they give."""
    for reading in readings:
        digits = code.zfill(reading.length)
        is_isbn = reading.kind is IdentifierKind.ISBN10
        if is_valid_isbn10(digits) if is_isbn else is_valid_gtin(digits):
            yield reading, digits


def _restored(code: str, fitting: list[tuple[_Reading, str]]) -> tuple[str, ...]:
    """Say which zeros were restored, and what else the digits could have been."""
    reading, digits = fitting[0]
    lost = len(digits) - len(code)
    sentences = []
    if lost:
        zeros = "leading zero" if lost == 1 else f"{lost} leading zeros"
        sentences.append(f"{zeros} restored")
    for other, other_digits in fitting[1:]:
        sentences.append(
            f"read as {reading.kind.upper()} {digits}, could also be "
            f"{other.kind.upper()} {other_digits}"
        )
    return tuple(sentences)


def _identifier(reading: _Reading, digits: str, text: str) -> Identifier:
    """The identifier that valid digits of a kind make."""
    kind = reading.kind
    if kind is IdentifierKind.ISBN10:
        return Identifier(text, kind, asin=digits)
    if kind is IdentifierKind.GTIN14 and digits.startswith("0"):
        unit = _identifier(_EAN13, digits[1:], text)
        return replace(unit, repairs=("leading zero of the GTIN-14 removed", *unit.repairs))
    if kind is IdentifierKind.EAN13 and is_valid_isbn13(digits):
        if digits.startswith("978"):
            return Identifier(text, IdentifierKind.ISBN13, asin=isbn13_to_10(digits))
        return Identifier(text, IdentifierKind.ISBN13, code=digits)
    if kind is IdentifierKind.EAN13 and digits.startswith("0"):
        return Identifier(text, kind, code=digits[1:])
    return Identifier(text, kind, code=digits)


def _what_is_wrong(code: str, text: str) -> str:
    """Why bare letters and digits are no identifier, and what to do."""
    shown = quoted(text)
    length = len(code)
    if re.fullmatch(r"X00[0-9A-Z]{7}", code):
        return f"{shown} is an FNSKU, a warehouse label; give the ASIN, ISBN, EAN or UPC instead."
    if re.fullmatch(r"[0-9]{9}[0-9X]", code):
        return (
            f"{shown} looks like an ISBN-10, but {_wrong_check(isbn10_check_digit(code[:9]))}"
            + (
                f" If it is a UPC that lost its zeros, write {code.zfill(12)}."
                if is_valid_gtin(code.zfill(12))
                else ""
            )
        )
    if not re.fullmatch(r"[0-9]+", code):
        return (
            f"{shown} is not an ASIN, ISBN, EAN, UPC or Amazon link; an ASIN has ten characters "
            "and starts with B0."
        )
    if length in GTIN_LENGTHS:
        name = {8: "an EAN-8", 12: "a UPC", 13: "an EAN or ISBN-13", 14: "a GTIN-14"}[length]
        return f"{shown} looks like {name}, but {_wrong_check(gtin_check_digit(code[:-1]))}"
    if length in _READINGS:
        return (
            f"{shown} has {length} digits, and no zeros in front make it an ISBN-10 or UPC with a "
            "right check digit; compare it with the product."
        )
    return (
        f"{shown} has {length} digits; an ISBN has 10 or 13, a UPC 12, an EAN 8 or 13 and a GTIN "
        "14. Give the whole number."
    )


def _wrong_check(expected: str) -> str:
    return f"its check digit should be {expected}; compare it with the product."
