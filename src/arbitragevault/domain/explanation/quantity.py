"""Quantities: what a fact holds and what a text states, in comparable units."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Final

from arbitragevault.domain.money import MINOR_UNIT_DIGITS


class Unit(StrEnum):
    """What a figure counts."""

    MONEY = "money"
    SHARE = "share"
    POINTS = "points"
    DAYS = "days"
    COUNT = "count"
    RANK = "rank"
    PER_MONTH = "per_month"
    RATIO = "ratio"
    SCORE = "score"
    DATE = "date"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Held:
    """A figure that a fact holds.

    Args:
        value: In major currency units, parts of 1, days, pieces, per 30 days; a date as its
            ordinal.
        unit: What it counts.
        currency: ISO 4217 code of money.
    """

    value: Decimal
    unit: Unit
    currency: str | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to read a figure that a text states.

    Args:
        value: In the units of ``Held``; signed where the text says so.
        step: The last digit that the text shows, in the same unit; 0 for what is exact.
        units: What it may count; empty if the text does not say.
        currency: ISO 4217 code; ``"$"`` where dollars of any country may be meant.
        bound: ``"<"`` or ``">"`` where the text gives a bound.
    """

    value: Decimal
    step: Decimal
    units: frozenset[Unit]
    currency: str | None = None
    bound: str | None = None


UNNAMED: Final = frozenset({Unit.COUNT, Unit.RANK, Unit.SCORE, Unit.RATIO})
"""What a figure without a unit may count: money, shares, days and rates have to be named."""

DOLLARS: Final = frozenset({"USD", "CAD", "MXN"})
"""Currencies that people write with a bare dollar sign."""

_EDGE: Final = Decimal("0.01")


def holds(held: Held, reading: Reading, *, either_sign: bool = False) -> bool:
    """Whether a reading states a held figure, within the rounding that the page displays.

    Args:
        held: The fact's figure.
        reading: The text's figure.
        either_sign: The text's words carry the sign ("it loses 3.00 USD").
    """
    if held.unit not in (reading.units or UNNAMED) or not _same_currency(held, reading):
        return False
    if held.unit is Unit.DATE:
        return held.value == reading.value
    if _is_edge(held, reading):
        return True
    found = [held.value, -held.value] if either_sign else [held.value]
    return any(_rounds_to(held.unit, value, reading) for value in found)


def _same_currency(held: Held, reading: Reading) -> bool:
    if held.unit is not Unit.MONEY:
        return True
    if reading.currency == "$":
        return held.currency in DOLLARS
    return reading.currency == held.currency


def _is_edge(held: Held, reading: Reading) -> bool:
    """The page writes "<1%" and ">99%" for forecasts close to the ends."""
    if held.unit is not Unit.SHARE:
        return False
    if reading.bound == "<" and reading.value == _EDGE:
        return 0 <= held.value < _EDGE
    return reading.bound == ">" and reading.value == 1 - _EDGE and 1 - _EDGE < held.value <= 1


def _rounds_to(unit: Unit, value: Decimal, reading: Reading) -> bool:
    if value == reading.value:
        return True
    if not reading.step:
        return False
    apart, coarsest = reading.value - value, coarsest_step(unit, value)
    # "About 140" may be a rounding to ones as well as to tens: the display's counts. Days in
    # weeks are displayed as such; "about 1,430 days" is no way to say 1,427.
    finest = Decimal(1) if unit is Unit.DAYS and reading.step > coarsest else coarsest
    if abs(apart) <= min(reading.step, finest) / 2:
        return True
    if reading.step > coarsest:
        return False
    # Chances are rounded down and days up, so that what falls short of a limit never reads as it.
    if unit is Unit.SHARE:
        return -reading.step < apart < 0
    return unit is Unit.DAYS and 0 < apart < reading.step


def coarsest_step(unit: Unit, value: Decimal) -> Decimal:
    """The coarsest rounding in which the page displays a figure (``web/src/lib/format.ts``)."""
    steps = _STEPS.get(unit, ((0, Decimal(1)),))
    return next(step for least, step in steps if abs(value) >= least)


_STEPS: Final[Mapping[Unit, tuple[tuple[int, Decimal], ...]]] = {
    # from which size on, which step
    Unit.MONEY: ((100, Decimal(1)), (0, Decimal("0.01"))),
    Unit.SHARE: ((0, Decimal("0.01")),),
    Unit.POINTS: ((0, Decimal("0.01")),),
    Unit.RATIO: ((0, Decimal("0.1")),),
    Unit.PER_MONTH: ((10, Decimal(1)), (0, Decimal("0.1"))),
    Unit.DAYS: ((100, Decimal(7)), (0, Decimal(1))),
    Unit.RANK: ((1_000_000, Decimal(10_000)), (10_000, Decimal(1_000)), (0, Decimal(1))),
}


def money(minor: int, currency: str) -> Held:
    """An amount in minor units as a held figure."""
    return Held(Decimal(minor).scaleb(-MINOR_UNIT_DIGITS[currency]), Unit.MONEY, currency)


def day(moment: date) -> Held:
    """A day as a held figure."""
    return Held(Decimal(moment.toordinal()), Unit.DATE)
