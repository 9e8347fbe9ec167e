"""Money in integer minor units, and the one way in which it is rounded."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from arbitragevault.domain.errors import MoneyError, quoted

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

_SIGNS: Final[dict[str, tuple[str, ...]]] = {
    "US$": ("USD",),
    "CA$": ("CAD",),
    "CAD$": ("CAD",),
    "C$": ("CAD",),
    "MX$": ("MXN",),
    "R$": ("BRL",),
    "$": ("USD", "CAD", "MXN"),  # also how Canadians and Mexicans write their dollars and pesos
    "£": ("GBP",),
    "€": ("EUR",),
    "¥": ("JPY",),
    "円": ("JPY",),
    "₹": ("INR",),
    "RS.": ("INR",),
    "RS": ("INR",),
}
"""What people write beside an amount, and which currencies it may mean."""

_COMMA_CURRENCIES: Final = frozenset({"EUR", "BRL"})
"""Where the comma is the usual decimal mark and the point groups thousands (Unicode CLDR)."""

_MAX_WHOLE_DIGITS: Final = 15
"""More digits before the point than any price has; also what a spreadsheet can hold exactly."""

_MAX_LENGTH: Final = 40
"""Characters of the longest amount that is looked at, fractions of computed numbers included."""

_AMOUNT = re.compile(r"(?P<sign>[+-]?)(?P<digits>[0-9][0-9.,' ]*|[.,][0-9]+)")
_GROUPS = r"[0-9]{{1,3}}(?:{mark}[0-9]{{2,3}})*{mark}[0-9]{{3}}"
_LOOKALIKES: Final = str.maketrans({"\u2019": "'", "\u2212": "-"})


def round_half_up(value: Decimal) -> int:
    """Round to an integer, halves away from zero, as Amazon rounds its fees.

    Source: referral fees of Keepa records (9.44 x 15 % = 1.416 -> 1.42).
    """
    return int(value.to_integral_value(rounding=ROUND_HALF_UP))


@dataclass(frozen=True, slots=True)
class Money:
    """An amount of one currency; amounts of two currencies cannot be combined or compared.

    Args:
        minor: Integer minor units (cents; whole yen for JPY).
        currency: ISO 4217 code.
    """

    minor: int
    currency: str

    def __post_init__(self) -> None:
        _require_currency(self.currency)
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

    def __lt__(self, other: Money) -> bool:
        return self.minor < self._same(other).minor

    def __le__(self, other: Money) -> bool:
        return self.minor <= self._same(other).minor

    def __gt__(self, other: Money) -> bool:
        return self.minor > self._same(other).minor

    def __ge__(self, other: Money) -> bool:
        return self.minor >= self._same(other).minor

    def times(self, factor: int | Decimal) -> Money:
        """Multiply, rounding halves away from zero."""
        return Money(round_half_up(Decimal(self.minor) * factor), self.currency)

    def decimal(self) -> Decimal:
        """The amount in major units, exactly."""
        return Decimal(self.minor).scaleb(-MINOR_UNIT_DIGITS[self.currency])

    def __str__(self) -> str:
        return amount_text(self.minor, self.currency)

    @classmethod
    def parse(cls, text: str, currency: str) -> Money:
        """Read an amount as people write it in supplier files.

        Understands currency signs and codes on either side, thousands separators (comma, point,
        apostrophe, space) and a decimal comma or point. One separator followed by exactly three
        digits is a thousands separator where the currency's own writing has it as one ("1,250"
        dollars, "1.250" euros); the other way round ("1.250" dollars) it has no single meaning and
        is refused, because a guess could be wrong by a factor of a thousand.

        Args:
            text: For example ``"12.50"``, ``"$1,250.00"``, ``"12,5 €"``.
            currency: What the amount must be in; a sign of another currency is an error.

        Raises:
            MoneyError: If the text is no amount, is in another currency, has two meanings, or is
                finer than the smallest unit.
        """
        number = parse_amount(text, currency)
        minor = number.scaleb(MINOR_UNIT_DIGITS[currency])
        if minor != minor.to_integral_value():
            raise MoneyError(f"{quoted(text)} is finer than the smallest unit of {currency}.")
        return cls(int(minor), currency)

    @classmethod
    def rounded(cls, amount: Decimal, currency: str) -> Money:
        """An amount in major units, rounded to the smallest unit, halves away from zero.

        For numbers that a spreadsheet computed (39.99 x 0.3 = 11.997).

        Raises:
            MoneyError: If the amount is not finite or has more digits than a price.
        """
        _require_currency(currency)
        if not amount.is_finite() or amount.adjusted() >= _MAX_WHOLE_DIGITS:
            raise MoneyError(f"{amount} is not an amount of money; write it like 12.50.")
        return cls(round_half_up(amount.scaleb(MINOR_UNIT_DIGITS[currency])), currency)

    def _same(self, other: Money) -> Money:
        if other.currency != self.currency:
            raise MoneyError(f"Cannot combine {self.currency} with {other.currency}.")
        return other


def amount_text(minor: int, currency: str) -> str:
    """An amount as people read it, such as ``1,250.00 USD``.

    Args:
        minor: Minor units.
        currency: ISO 4217 code.
    """
    digits = MINOR_UNIT_DIGITS[currency]
    major, rest = divmod(abs(minor), 10**digits)
    part = f".{rest:0{digits}}" if digits else ""
    return f"{'-' if minor < 0 else ''}{major:,}{part} {currency}"


def parse_amount(text: str, currency: str) -> Decimal:
    """Read an amount like ``Money.parse``, but keep what is finer than the smallest unit.

    Returns:
        The amount in major units, exactly as written.

    Raises:
        MoneyError: As ``Money.parse``, except for fine amounts.
    """
    _require_currency(currency)
    plain = unicodedata.normalize("NFKC", text[: _MAX_LENGTH + 1]).translate(_LOOKALIKES).strip()
    match = _AMOUNT.fullmatch(_without_currency(plain, currency))
    if not match or len(text) > _MAX_LENGTH:
        raise MoneyError(f"{quoted(text)} is not an amount of money; write it like 12.50.")
    amount = Decimal(match["sign"] + _plain_number(match["digits"].strip(), currency, text))
    if amount.adjusted() >= _MAX_WHOLE_DIGITS:
        raise MoneyError(f"{quoted(text)} is too large for an amount of money.")
    return amount


def _require_currency(currency: str) -> None:
    if currency not in MINOR_UNIT_DIGITS:
        raise MoneyError(f"Currency {currency!r} is not one of {', '.join(MINOR_UNIT_DIGITS)}.")


def _without_currency(text: str, currency: str) -> str:
    """Strip currency signs and codes from either side, refusing those of another currency."""
    sign = text[:1] if text[:1] in ("-", "+") else ""
    bare = text[len(sign) :].strip()
    while True:
        mark, rest = _outer_mark(bare)
        if mark is None:
            break
        if currency not in _SIGNS.get(mark, (mark,)):
            raise MoneyError(f"{quoted(text)} is not in {currency}, the marketplace's currency.")
        bare = rest
    return sign + bare


def _outer_mark(text: str) -> tuple[str | None, str]:
    """The longest currency mark at either end of a text, and the text without it."""
    upper = text.upper()
    for mark in sorted((*_SIGNS, *MINOR_UNIT_DIGITS), key=len, reverse=True):
        if upper.startswith(mark):
            return mark, text[len(mark) :].strip()
        if upper.endswith(mark):
            return mark, text[: -len(mark)].strip()
    return None, text


def _plain_number(digits: str, currency: str, text: str) -> str:
    """Turn grouped digits into what Decimal reads."""
    for mark in ("'", " "):
        if mark in digits:
            whole = re.split(r"[.,]", digits)[0]
            if not re.fullmatch(_GROUPS.format(mark=mark), whole):
                raise _no_single_meaning(text)
            digits = whole.replace(mark, "") + digits[len(whole) :]
    marks = re.findall(r"[.,]", digits)
    if not marks:
        return digits
    head_text, _, tail = digits.rpartition(marks[-1])
    if len(marks) == 1:
        return _one_mark(head_text, tail, marks[0], currency, text)
    grouping = marks[0]
    if len(set(marks)) == 1:
        head_text, tail = digits, ""
    elif marks.count(marks[-1]) > 1:
        raise _no_single_meaning(text)
    if not re.fullmatch(_GROUPS.format(mark=re.escape(grouping)), head_text):
        raise _no_single_meaning(text)
    return f"{head_text.replace(grouping, '')}.{tail}"


def _one_mark(head: str, tail: str, mark: str, currency: str, text: str) -> str:
    """Read an amount with one comma or point: thousands separator or decimal mark."""
    could_group = len(tail) == 3 and len(head) <= 3 and head.strip("0") != ""
    if not could_group:
        return f"{head}.{tail}"
    groups = "." if currency in _COMMA_CURRENCIES else ","
    if mark == groups or MINOR_UNIT_DIGITS[currency] == 0:
        return head + tail
    raise MoneyError(
        f"{quoted(text)} could mean {head}{tail} or {head}.{tail} {currency}; write it with two "
        "decimals."
    )


def _no_single_meaning(text: str) -> MoneyError:
    return MoneyError(
        f"{quoted(text)} mixes separators in a way that has no single meaning; write it like 12.50."
    )
