"""Money in integer minor units, and the one way in which it is rounded."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from arbitragevault.domain.errors import MoneyError

MINOR_UNIT_DIGITS: Final[dict[str, int]] = {
    "USD": 2,
    "GBP": 2,
    "EUR": 2,
    "CAD": 2,
    "INR": 2,
    "MXN": 2,
    "BRL": 2,
    "JPY": 0,
}
"""Digits after the decimal point by ISO 4217, for the currencies of Keepa's marketplaces."""

_SYMBOLS: Final = {"$": "USD", "£": "GBP", "€": "EUR", "¥": "JPY", "₹": "INR"}
_AMOUNT = re.compile(r"^(?P<sign>[+-]?)(?P<digits>\d[\d.,'\u00a0\u202f ]*|[.,]\d+)$")


def round_half_up(value: Decimal) -> int:
    """Round to an integer, halves away from zero, as Amazon rounds its fees.

    Source: referral fees of Keepa records (9.44 x 15 % = 1.416 -> 1.42).
    """
    return int(value.quantize(Decimal(1), rounding=ROUND_HALF_UP))


@dataclass(frozen=True, slots=True, order=True)
class Money:
    """An amount of one currency.

    Args:
        minor: Integer minor units (cents; whole yen for JPY).
        currency: ISO 4217 code.
    """

    minor: int
    currency: str

    def __post_init__(self) -> None:
        if self.currency not in MINOR_UNIT_DIGITS:
            raise MoneyError(
                f"Currency {self.currency!r} is not one of {', '.join(MINOR_UNIT_DIGITS)}."
            )
        if not isinstance(self.minor, int) or isinstance(self.minor, bool):
            raise MoneyError(
                f"Money needs integer minor units, was {self.minor!r}. For 12.50 USD pass 1250."
            )

    def __add__(self, other: Money) -> Money:
        return Money(self.minor + self._same(other).minor, self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.minor - self._same(other).minor, self.currency)

    def __neg__(self) -> Money:
        return Money(-self.minor, self.currency)

    def times(self, factor: int | Decimal) -> Money:
        """Multiply, rounding halves away from zero."""
        return Money(round_half_up(Decimal(self.minor) * factor), self.currency)

    def decimal(self) -> Decimal:
        """The amount in major units, exactly."""
        return Decimal(self.minor).scaleb(-MINOR_UNIT_DIGITS[self.currency])

    def __str__(self) -> str:
        digits = MINOR_UNIT_DIGITS[self.currency]
        return f"{self.decimal():,.{digits}f} {self.currency}"

    @classmethod
    def parse(cls, text: str, currency: str) -> Money:
        """Read an amount as people write it in supplier files.

        Understands currency signs and codes on either side, thousands separators (comma, point,
        apostrophe, space) and a decimal comma or point. One separator followed by exactly three
        digits ("1,250") is a thousands separator; followed by one or two it is the decimal mark.

        Args:
            text: For example ``"12.50"``, ``"$1,250.00"``, ``"12,5 €"``.
            currency: What the amount must be in; a sign of another currency is an error.

        Raises:
            MoneyError: If the text is no amount, is in another currency, or is finer than the
                smallest unit.
        """
        bare = _without_currency(text.strip(), currency)
        match = _AMOUNT.match(bare)
        if not match:
            raise MoneyError(f"{text!r} is not an amount of money; write it like 12.50.")
        digits = MINOR_UNIT_DIGITS[currency]
        number = Decimal(match["sign"] + _plain_number(match["digits"], text))
        minor = number.scaleb(digits)
        if minor != minor.to_integral_value():
            raise MoneyError(f"{text!r} is finer than the smallest unit of {currency}.")
        return cls(int(minor), currency)

    def _same(self, other: Money) -> Money:
        if other.currency != self.currency:
            raise MoneyError(f"Cannot combine {self.currency} with {other.currency}.")
        return other


def _without_currency(text: str, currency: str) -> str:
    """Strip a currency sign or code, refusing one of another currency."""
    for mark in (*_SYMBOLS, *MINOR_UNIT_DIGITS):
        for bare in (
            text.removeprefix(mark).removeprefix("-" + mark),
            text.removesuffix(mark),
        ):
            if bare != text:
                # "$" is also how Canadians and Mexicans write their dollars and pesos.
                accepted = {"USD", "CAD", "MXN"} if mark == "$" else {_SYMBOLS.get(mark, mark)}
                if currency not in accepted:
                    raise MoneyError(f"{text!r} is not in {currency}, the marketplace's currency.")
                negative = text.startswith("-" + mark)
                return ("-" if negative else "") + bare.strip()
    return text


def _plain_number(digits: str, text: str) -> str:
    """Turn grouped digits into what Decimal reads."""
    compact = re.sub(r"['\u00a0\u202f ]", "", digits)
    separators = [char for char in compact if char in ".,"]
    if not separators:
        return compact
    last = separators[-1]
    head, _, tail = compact.rpartition(last)
    is_grouping = (
        len(set(separators)) == 1 and len(tail) == 3 and head.strip(".,") not in ("", "0")
    ) or separators.count(last) > 1
    if is_grouping and len(set(separators)) > 1:
        raise MoneyError(f"{text!r} mixes separators in a way that has no single meaning.")
    if is_grouping:
        return compact.replace(last, "")
    return re.sub(r"[.,]", "", head) + "." + tail
