"""The codes behind identifiers: their check digits and how they turn into one another."""

from __future__ import annotations

import re
from typing import Final

from arbitragevault.domain.errors import IdentifierError

GTIN_LENGTHS: Final = (8, 12, 13, 14)
"""Digits of EAN-8, UPC-A, EAN-13 and GTIN-14 (GS1 General Specifications, GTIN formats)."""

_ISBN10 = re.compile(r"[0-9]{9}[0-9X]")
# Amazon hands out B0..; its own gift cards carry BT.. A word such as BLUETOOTH5 is not an ASIN.
_AMAZON_OWN = re.compile(r"B(?:[0-9][0-9A-Z]|T[0-9])[0-9A-Z]{7}")


def gtin_check_digit(body: str) -> str:
    """The check digit that completes the digits of a GTIN (EAN, UPC, ISBN-13).

    Source: GS1 General Specifications, 7.9: weights 3 and 1 alternate from the right.

    Args:
        body: Every digit but the last.
    """
    weighted = sum(int(digit) * (3, 1)[place % 2] for place, digit in enumerate(reversed(body)))
    return str(-weighted % 10)


def isbn10_check_digit(body: str) -> str:
    """The check character (0-9 or X) that completes nine digits of an ISBN-10.

    Source: ISO 2108:1992: weights 10 down to 2, modulo 11, X stands for ten.

    Args:
        body: The first nine digits.
    """
    weighted = sum(
        int(digit) * weight for digit, weight in zip(body, range(10, 1, -1), strict=True)
    )
    return "0123456789X"[-weighted % 11]


def is_valid_gtin(code: str) -> bool:
    """True for 8, 12, 13 or 14 digits whose last one is the right check digit."""
    return (
        len(code) in GTIN_LENGTHS
        and code.isascii()
        and code.isdigit()
        and gtin_check_digit(code[:-1]) == code[-1]
    )


def is_valid_isbn10(code: str) -> bool:
    """True for a bare ISBN-10: nine digits and the right check character (a capital X for ten)."""
    return bool(_ISBN10.fullmatch(code)) and isbn10_check_digit(code[:9]) == code[9]


def is_valid_isbn13(code: str) -> bool:
    """True for a bare ISBN-13; 979-0 is sheet music (ISMN) and no ISBN."""
    is_book = code.startswith("978") or (code.startswith("979") and not code.startswith("9790"))
    return is_book and len(code) == 13 and is_valid_gtin(code)


def is_valid_asin(code: str) -> bool:
    """True for a bare ASIN: Amazon's own (``B`` and nine more) or a book's ISBN-10."""
    return bool(_AMAZON_OWN.fullmatch(code)) or is_valid_isbn10(code)


def isbn10_to_13(isbn10: str) -> str:
    """The ISBN-13 of a bare ISBN-10.

    Raises:
        IdentifierError: If it is no valid ISBN-10.
    """
    if not is_valid_isbn10(isbn10):
        raise IdentifierError(f"{isbn10!r} is no ISBN-10; its check digit does not fit.")
    body = "978" + isbn10[:9]
    return body + gtin_check_digit(body)


def isbn13_to_10(isbn13: str) -> str:
    """The ISBN-10, which is also the ASIN, of a bare ISBN-13.

    Raises:
        IdentifierError: If it is no valid ISBN-13, or starts with 979 (those have no ISBN-10).
    """
    if not is_valid_isbn13(isbn13):
        raise IdentifierError(f"{isbn13!r} is no ISBN-13; its check digit does not fit.")
    if not isbn13.startswith("978"):
        raise IdentifierError(f"{isbn13!r} starts with 979; such books have no ISBN-10.")
    return isbn13[3:12] + isbn10_check_digit(isbn13[3:12])
