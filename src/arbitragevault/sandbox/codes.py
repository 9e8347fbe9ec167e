"""Identifiers of simulated products: valid, reversible, and in ranges that no real product uses.

* Books: ISBN group identifiers 66 to 69 are not assigned by the International ISBN Agency (range
  message, prefix 978), so every ISBN here has correct check digits and belongs to no book.
* Everything else: ``B0SB`` ASINs, and codes with the GS1 prefix 04, which GS1 keeps for restricted
  circulation inside one company (UPC-A numbers that begin with 4).
* Variation parents: ``B0SP`` ASINs.

An identifier is a permutation of the product's number, so the number can be computed from it and
no table of products is needed.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from arbitragevault.domain.catalog.identifiers_codes import (
    gtin_check_digit,
    is_valid_gtin,
    is_valid_isbn10,
    isbn10_check_digit,
)
from arbitragevault.sandbox.randomness import Purpose, mix

BOOK_CORE: Final = 660_000_000
BOOK_SPACE: Final = 40_000_000
ITEM_SPACE: Final = 36**6
CODE_SPACE: Final = 10**10
ITEM_PREFIX: Final = "B0SB"
PARENT_PREFIX: Final = "B0SP"

_ALPHABET: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
# Odd, not divisible by 3 or 5: coprime to every space above, so multiplication permutes it.
_STRIDE: Final = 1_618_033_987


@dataclass(frozen=True, slots=True)
class Numbering:
    """How product numbers become identifiers under one seed.

    Args:
        seed: The marketplace's seed.
    """

    seed: int

    def book_asin(self, index: int) -> str:
        """The ISBN-10 of product ``index``, which is its ASIN."""
        core = str(BOOK_CORE + self._scramble(index, BOOK_SPACE))
        return core + isbn10_check_digit(core)

    def book_ean(self, index: int) -> str:
        """The ISBN-13 of product ``index``."""
        core = f"978{BOOK_CORE + self._scramble(index, BOOK_SPACE)}"
        return core + gtin_check_digit(core)

    def item_asin(self, index: int) -> str:
        """The ASIN of a product that is no printed book."""
        return ITEM_PREFIX + _base36(self._scramble(index, ITEM_SPACE))

    def item_upc(self, index: int) -> str:
        """The UPC-A of a product that is no printed book."""
        core = f"4{self._scramble(index, CODE_SPACE):010d}"
        return core + gtin_check_digit(core)

    def parent_asin(self, leader: int) -> str:
        """The ASIN of the variation parent whose first child is product ``leader``."""
        return PARENT_PREFIX + _base36(self._scramble(leader, ITEM_SPACE))

    def index_of_asin(self, asin: str) -> int | None:
        """The number of the product that could bear an ASIN, or None if none can."""
        if asin[:4] in (ITEM_PREFIX, PARENT_PREFIX) and len(asin) == 10:
            number = _from_base36(asin[4:])
            return None if number is None else self._unscramble(number, ITEM_SPACE)
        if asin[:1] == "6" and is_valid_isbn10(asin):
            number = int(asin[:9]) - BOOK_CORE
            return self._unscramble(number, BOOK_SPACE) if number >= 0 else None
        return None

    def index_of_code(self, code: str) -> int | None:
        """The number of the product that could bear an ISBN-13, EAN-13 or UPC-A, or None."""
        if not is_valid_gtin(code):
            return None
        if len(code) == 13 and code.startswith("978"):
            return self.index_of_asin(code[3:12] + isbn10_check_digit(code[3:12]))
        upc = code[1:] if len(code) == 13 and code.startswith("04") else code
        if len(upc) == 12 and upc.startswith("4"):
            return self._unscramble(int(upc[1:11]), CODE_SPACE)
        return None

    def _scramble(self, index: int, space: int) -> int:
        return (index * _STRIDE + _offset(self.seed, space)) % space

    def _unscramble(self, number: int, space: int) -> int:
        return (number - _offset(self.seed, space)) * _inverse(space) % space


@lru_cache
def _offset(seed: int, space: int) -> int:
    return mix(seed, space, Purpose.PERMUTATION) % space


@lru_cache
def _inverse(space: int) -> int:
    return pow(_STRIDE, -1, space)


def _base36(number: int) -> str:
    text = ""
    for _ in range(6):
        number, digit = divmod(number, 36)
        text = _ALPHABET[digit] + text
    return text


def _from_base36(text: str) -> int | None:
    if any(char not in _ALPHABET for char in text):
        return None
    return int(text, 36)
