"""What a unit costs while it waits in Amazon's store: monthly storage and the aged surcharge."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from arbitragevault.domain.economics.fees import fields
from arbitragevault.domain.economics.fees.fields import Json
from arbitragevault.domain.errors import RateCardError

_SNAPSHOT_DAY = 15
"""The age of inventory is taken on the 15th of each month (Amazon, aged inventory surcharge)."""


@dataclass(frozen=True, slots=True)
class StorageCard:
    """Rates per volume and month.

    Args:
        mm3_per_unit: Volume unit (the cubic foot in the US) in cubic millimetres.
        peak_months: Months with the higher rate.
        rates: (ordinary, peak) minor units by ``standard`` or ``dangerous_goods``, then by
            ``standard`` or ``oversize``.
    """

    mm3_per_unit: Fraction
    peak_months: frozenset[int]
    rates: Mapping[str, Mapping[str, tuple[int, int]]]

    def rate(self, month: int, *, is_dangerous: bool, is_standard: bool) -> int:
        """Minor units per volume unit in a month of the year."""
        by_size = self.rates["dangerous_goods" if is_dangerous else "standard"]
        ordinary, peak = by_size["standard" if is_standard else "oversize"]
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
    """The aged-inventory surcharge of one period."""

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


def round_half_up(amount: Fraction) -> int:
    """An exact amount of minor units, 0 or more, rounded half up."""
    return (2 * amount.numerator + amount.denominator) // (2 * amount.denominator)


def parse_storage(body: Json) -> StorageCard:
    """Read a storage section."""
    volume = fields.exact(body.get("volume_unit")) * fields.length_unit(body) ** 3
    months = fields.field(body, "peak_months", list)
    rates = {
        goods: {size: _pair(by_size.get(size)) for size in ("standard", "oversize")}
        for goods, by_size in fields.field(body, "rates", dict).items()
    }
    if set(rates) != {"standard", "dangerous_goods"} or not set(months) <= set(range(1, 13)):
        raise RateCardError("A storage card needs both kinds of goods and months from 1 to 12.")
    return StorageCard(volume, frozenset(months), rates)


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
    return AgedCard(rows)


def _aged_row(body: Json) -> AgedRow:
    amount, not_known = body.get("cents_per_cubic_foot"), body.get("not_known")
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
