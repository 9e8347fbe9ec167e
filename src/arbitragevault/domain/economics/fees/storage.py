"""What a unit costs while it waits in Amazon's store: monthly storage and the aged surcharge."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from math import lcm
from typing import Final

import numpy as np
from numpy.typing import NDArray

from arbitragevault.domain.economics.fees import fields
from arbitragevault.domain.economics.fees.fields import Json
from arbitragevault.domain.economics.fees.measures import Exact
from arbitragevault.domain.errors import RateCardError

_SNAPSHOT_DAY = 15
"""The age of inventory is taken on the 15th of each month (Amazon, aged inventory surcharge)."""

_UNSURE: Final = 1e-6
"""Minor units: far wider than the error of a float, far narrower than most amounts are close."""


@dataclass(frozen=True, slots=True)
class StorageCard:
    """Rates per volume and month.

    Args:
        mm3_per_unit: Volume unit (the cubic foot in the US) in cubic millimetres.
        peak_months: Months with the higher rate.
        rates: (ordinary, peak) minor units by ``standard`` or ``dangerous_goods``, then by
            ``standard`` or ``oversize``.
        category_rates: (ordinary, peak) for standard-size units of some fee categories.
        not_known: Why there are no rates of dangerous goods.
    """

    mm3_per_unit: Fraction
    peak_months: frozenset[int]
    rates: Mapping[str, Mapping[str, tuple[int, int]]]
    category_rates: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    not_known: str | None = None

    def rate(
        self, month: int, *, is_dangerous: bool, is_standard: bool, category: str | None = None
    ) -> int | None:
        """Minor units per volume unit in a month of the year; None if not known."""
        by_size = self.rates.get("dangerous_goods" if is_dangerous else "standard")
        if by_size is None:
            return None
        pair = by_size["standard" if is_standard else "oversize"]
        if is_standard and not is_dangerous:
            pair = self.category_rates.get(category or "", pair)
        ordinary, peak = pair
        return peak if month in self.peak_months else ordinary


@dataclass(frozen=True, slots=True)
class AgedRow:
    """The surcharge for one span of age.

    Args:
        first_day / last_day: Age in days, included; no last day is open.
        cents_per_volume: Minor units per volume unit at a snapshot; None if not known.
        minimum_cents: Least surcharge per unit.
        exempt: Fee categories that do not pay.
        not_known: Why the rate is None.
    """

    first_day: int
    last_day: int | None
    cents_per_volume: int | None
    minimum_cents: int
    exempt: frozenset[str]
    not_known: str | None


@dataclass(frozen=True, slots=True)
class AgedCard:
    """The aged-inventory surcharge of one period.

    Args:
        mm3_per_unit: Volume unit in cubic millimetres.
        rows: By age, ascending.
    """

    mm3_per_unit: Fraction
    rows: tuple[AgedRow, ...]

    def row(self, age_days: int) -> AgedRow | None:
        """The row for an age; None where nothing is charged yet."""
        for row in reversed(self.rows):
            if age_days >= row.first_day:
                return row
        return None


@dataclass(frozen=True, slots=True)
class StorageSpell:
    """Days of one calendar month on which a unit is stored."""

    first: date
    days: int
    days_in_month: int


def spells(sold_on: date, days: int) -> Iterator[StorageSpell]:
    """The months in which a unit is stored that was there for a number of days before its sale.

    Args:
        sold_on: The day on which it leaves, which is not charged.
        days: Days in store before that.
    """
    day = sold_on - timedelta(days=days)
    while day < sold_on:
        next_month = (day.replace(day=1) + timedelta(days=32)).replace(day=1)
        end = min(sold_on, next_month)
        yield StorageSpell(day, (end - day).days, (next_month - day.replace(day=1)).days)
        day = end


def snapshots(sold_on: date, days: int) -> Iterator[tuple[date, int]]:
    """Each 15th of a month on which the unit was in store, with its age in days."""
    arrived = sold_on - timedelta(days=days)
    for spell in spells(sold_on, days):
        day = spell.first.replace(day=_SNAPSHOT_DAY)
        if arrived <= day < sold_on:
            yield day, (day - arrived).days


@dataclass(frozen=True, slots=True)
class VolumeCharge:
    """One charge by volume.

    Args:
        cents_per_mm3: Minor units per cubic millimetre.
        minimum_cents: Least charge per unit.
    """

    cents_per_mm3: Fraction
    minimum_cents: int = 0


@dataclass(frozen=True, slots=True)
class VolumeFee:
    """The sum of some charges by volume, rounded half up once.

    Args:
        charges: The charges.
        rule: Ids of the sections behind them, joined by ``+``.

    Besides, so that a unit is charged without fractions:
        below: Parts of a minor unit in which every rate per cubic millimetre is a whole number.
        scaled: The least charge and the rate of each charge in these parts.
    """

    charges: tuple[VolumeCharge, ...]
    rule: str
    below: int = field(init=False, repr=False, compare=False)
    scaled: tuple[tuple[int, int], ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        below = lcm(*(charge.cents_per_mm3.denominator for charge in self.charges))
        scaled = tuple(
            (c.minimum_cents * below, int(c.cents_per_mm3 * below)) for c in self.charges
        )
        object.__setattr__(self, "below", below)
        object.__setattr__(self, "scaled", scaled)

    def cents(self, volume_mm3: Exact) -> int:
        """The fee of a unit."""
        amount = sum(max(least, volume_mm3 * rate) for least, rate in self.scaled)
        return int((2 * amount + self.below) // (2 * self.below))

    def cents_array(self, volume_mm3: NDArray[np.float64]) -> NDArray[np.float64]:
        """The fee of many units; the same cents as `cents`.

        Args:
            volume_mm3: Whole cubic millimetres; NaN where unknown.
        """
        amount = np.zeros(volume_mm3.shape)
        for charge in self.charges:
            amount += np.maximum(charge.minimum_cents, volume_mm3 * float(charge.cents_per_mm3))
        cents = np.floor(amount + 0.5)
        # A float cannot tell on which side of a half cent an amount lies that is very close to it.
        for place in np.flatnonzero(np.abs(amount + 0.5 - np.rint(amount + 0.5)) < _UNSURE):
            cents[place] = self.cents(int(volume_mm3[place]))
        return cents


def parse_storage(body: Json) -> StorageCard:
    """Read a storage section."""
    months = fields.field(body, "peak_months", list)
    rates = {
        goods: {size: _pair(by_size.get(size)) for size in ("standard", "oversize")}
        for goods, by_size in fields.field(body, "rates", dict).items()
        if "not_known" not in by_size
    }
    has_both = set(body["rates"]) == {"standard", "dangerous_goods"} and "standard" in rates
    if not has_both or not set(months) <= set(range(1, 13)):
        raise RateCardError("A storage card needs both kinds of goods and months from 1 to 12.")
    return StorageCard(
        _volume(body),
        frozenset(months),
        rates,
        {
            category: _pair(row.get("standard"))
            for row in body.get("category_rates", ())
            for category in fields.texts(row, "categories")
        },
        body["rates"]["dangerous_goods"].get("not_known"),
    )


def _volume(body: Json) -> Fraction:
    """Cubic millimetres per volume unit of a section."""
    return fields.exact(body.get("volume_unit")) * fields.length_unit(body) ** 3


def parse_utilization(body: Json) -> Mapping[str, tuple[tuple[int, int], ...]]:
    """Read a utilization surcharge: (from weeks, minor units per volume) by size, ascending."""
    table = fields.field(body, "rows", dict)
    result = {}
    for size in ("standard", "oversize"):
        rows = fields.objects(table, size)
        weeks = [fields.cents(row.get("from_weeks")) for row in rows]
        fields.ascending(weeks, "weeks")
        amounts = (fields.cents(row.get("cents")) for row in rows)
        result[size] = tuple(zip(weeks, amounts, strict=True))
    return result


def parse_aged(body: Json) -> AgedCard:
    """Read an aged-inventory section; its rows must follow each other without a hole."""
    rows = tuple(_aged_row(row) for row in fields.objects(body, "rows"))
    for row, following in zip(rows, [*rows[1:], None], strict=True):
        expected = None if following is None else following.first_day - 1
        if row.last_day != expected:
            raise RateCardError(f"Aged inventory has a hole or overlap after day {row.last_day}.")
    return AgedCard(_volume(body), rows)


def _aged_row(body: Json) -> AgedRow:
    amount, not_known = body.get("cents_per_volume"), body.get("not_known")
    if (amount is None) == (not_known is None):
        raise RateCardError("An aged-inventory row needs an amount or the reason for none.")
    return AgedRow(
        fields.field(body, "first_day", int),
        body.get("last_day"),
        None if amount is None else fields.cents(amount),
        fields.cents(body.get("minimum_cents", 0)),
        frozenset(body.get("exempt_categories", ())),
        not_known,
    )


def _pair(values: object) -> tuple[int, int]:
    if not isinstance(values, list) or len(values) != 2:
        raise RateCardError(f"Storage needs an ordinary and a peak rate, was {values!r}.")
    return fields.cents(values[0]), fields.cents(values[1])
