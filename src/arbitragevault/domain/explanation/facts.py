"""Facts: the figures and findings of a decision, each with an id, a label and its display form."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from math import floor
from typing import Final

from arbitragevault.domain.decision.decision import Figure
from arbitragevault.domain.explanation.figures import figures_in
from arbitragevault.domain.explanation.quantity import Held, Unit, day, money
from arbitragevault.domain.money import MINOR_UNIT_DIGITS


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that a text may say.

    Args:
        id: Stable name, which claims cite and the page links to.
        label: What it is, in words.
        text: Its display form.
        value: The figure; None for a finding in words.
        unit: What the figure counts.
        currency: ISO 4217 code of money.
        held: Every figure that a text may state on the strength of this fact.
        words: Names with digits that may be repeated, lower case.
        is_sent: May be sent to a model.
        is_foreign: Written by others (a title): data, whose figures count for nothing.
    """

    id: str
    label: str
    text: str
    value: Figure = None
    unit: Unit = Unit.TEXT
    currency: str | None = None
    held: tuple[Held, ...] = ()
    words: frozenset[str] = frozenset()
    is_sent: bool = True
    is_foreign: bool = False

    def under(self, prefix: str) -> Fact:
        """The same fact as one of several decisions."""
        return replace(self, id=f"{prefix}.{self.id}")


def money_text(minor: int, currency: str) -> str:
    """An amount as the page shows it: "$11.40", "-$2.10", "11.40 CAD"."""
    digits = MINOR_UNIT_DIGITS[currency]
    sign, size = "-" if minor < 0 else "", f"{abs(minor) / 10**digits:,.{digits}f}"
    mark = SIGNS.get(currency)
    return f"{sign}{mark}{size}" if mark else f"{sign}{size} {currency}"


SIGNS: Final = {"USD": "$", "GBP": "£", "EUR": "€", "JPY": "¥"}


def _share(value: float) -> str:
    """As the page shows it: a forecast is never certain, so it never reads 0% or 100%."""
    if 0 < value < 0.01:
        return "less than 1%"
    if 0.99 < value < 1:
        return "more than 99%"
    return f"{floor(100 * value + 0.5)}%"


def _days(value: float) -> str:
    if value < 1:
        return "less than a day"
    whole = round(value)
    return "1 day" if whole == 1 else f"{whole:,} days"


def _rate(value: float) -> str:
    return f"{value:.1f} a month" if value < 10 else f"{value:,.0f} a month"


_TEXTS: Final[dict[Unit, Callable[[float], str]]] = {
    Unit.SHARE: _share,
    Unit.POINTS: lambda value: f"{100 * value:.0f} percentage points",
    Unit.DAYS: _days,
    Unit.COUNT: lambda value: f"{value:,.0f}",
    Unit.RANK: lambda value: f"{value:,.0f}",
    Unit.PER_MONTH: _rate,
    Unit.RATIO: lambda value: f"{value:.2f} times",
    Unit.SCORE: lambda value: f"{value:.0f}",
}


def figure_fact(
    id_: str,
    label: str,
    unit: Unit,
    value: float,
    *,
    currency: str = "",
    also: tuple[Held, ...] = (),
    is_sent: bool = True,
) -> Fact:
    """A fact that is a figure.

    Args:
        id_: Its id.
        label: What it is.
        unit: What it counts.
        value: Minor units for money, else as in ``Held``.
        currency: ISO 4217 code of money.
        also: Figures of its label, such as the 90 days of "over the last 90 days".
        is_sent: May be sent to a model.
    """
    if unit is Unit.MONEY:
        held = money(round(value), currency)
        text = money_text(round(value), currency)
    else:
        held = Held(Decimal(str(value)), unit)
        text = _TEXTS[unit](value)
    return Fact(
        id_,
        label,
        text,
        value,
        unit,
        currency if unit is Unit.MONEY else None,
        (held, *also),
        is_sent=is_sent,
    )


def date_fact(id_: str, label: str, moment: date, *, is_sent: bool = True) -> Fact:
    """A fact that is a day."""
    return Fact(
        id_, label, moment.isoformat(), moment.isoformat(), Unit.DATE, None, (day(moment),),
        is_sent=is_sent,
    )  # fmt: skip


def text_fact(id_: str, label: str, text: str, *, is_sent: bool = True) -> Fact:
    """A finding in our own words; what it states may be stated again.

    Args:
        id_: Its id.
        label: What it is.
        text: One or two sentences of ours.
        is_sent: May be sent to a model.
    """
    stated = figures_in(text)
    held = tuple(
        Held(reading.value, unit, _currency(reading.currency, text))
        for one in stated
        for reading in one.readings
        for unit in reading.units or (Unit.COUNT, Unit.RANK)
    )
    words = frozenset(one.text.lower() for one in stated if one.is_code)
    return Fact(id_, label, text, None, Unit.TEXT, None, held, words, is_sent=is_sent)


def _currency(stated: str | None, text: str) -> str | None:
    """A bare "$" in our own words is the currency that the words name, else US dollars."""
    if stated != "$":
        return stated
    return next((code for code in ("CAD", "MXN") if code in text), "USD")


def code_fact(id_: str, label: str, code: str, *, is_sent: bool = True) -> Fact:
    """An identifier, which may be repeated as it is."""
    return Fact(id_, label, code, words=frozenset({code.lower()}), is_sent=is_sent)


def name_fact(id_: str, label: str, text: str) -> Fact:
    """A name that others wrote, such as a title: it may be quoted, its figures mean nothing."""
    return Fact(id_, label, text, is_foreign=True)
