"""Amazon's fulfilment fee and what is added to it, by class, size tier, weight and price band."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Final

from arbitragevault.domain.economics.fees import fields
from arbitragevault.domain.economics.fees.fields import Json
from arbitragevault.domain.economics.fees.measures import Exact
from arbitragevault.domain.economics.fees.model import FeeClass
from arbitragevault.domain.economics.fees.referral import PPM
from arbitragevault.domain.economics.fees.size_tier import Sized
from arbitragevault.domain.economics.fees.weight_table import (
    NotKnown,
    Row,
    WeightTable,
    parse_weight_table,
)
from arbitragevault.domain.errors import RateCardError

_EVERYWHERE: Final = frozenset(FeeClass) - {FeeClass.SELECTED}
"""Classes that every card speaks of; Europe alone has selected categories."""


TierTables = Mapping[str, WeightTable | NotKnown]
"""By size tier id."""


@dataclass(frozen=True, slots=True)
class FulfilmentCard:
    """The fulfilment fees of one period.

    Args:
        band_ids: Names of the price bands.
        band_limits: Highest price of each band but the last, included.
        classes: Tables by fee class and size tier.
        category_limits: The same for fee categories whose bands have other limits.
        low_price: Tables by size tier that replace the lowest price band's, by unit weight; heavier
            units pay what the class says.
    """

    band_ids: tuple[str, ...]
    band_limits: tuple[int, ...]
    classes: Mapping[FeeClass, TierTables | NotKnown]
    category_limits: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    low_price: Mapping[str, WeightTable] = field(default_factory=dict)

    def limits(self, category: str | None) -> tuple[int, ...]:
        """Highest price of each band but the last, for a fee category."""
        return self.category_limits.get(category or "", self.band_limits)

    def rows(self, row: Row, sized: Sized) -> tuple[Row, ...]:
        """The row that holds in each price band, given the class's row."""
        table = self.low_price.get(sized.tier)
        low = table.find(sized.unit, sized.per_gram) if table else None
        return (low or row, *(row for _ in self.band_limits))

    def table(self, fee_class: FeeClass, tier: str) -> WeightTable | NotKnown:
        """The table of a class and size tier."""
        tables = self.classes.get(fee_class) or NotKnown(f"the card has no class {fee_class}")
        if isinstance(tables, NotKnown):
            return tables
        return tables.get(tier) or NotKnown(f"{fee_class} has no size tier {tier}")


@dataclass(frozen=True, slots=True)
class AddOn:
    """What is added for a lithium battery.

    Args:
        cents: Minor units per unit.
        on_dangerous_goods: Whether dangerous goods pay it too, because they have no card of theirs.
    """

    cents: int
    on_dangerous_goods: bool


@dataclass(frozen=True, slots=True)
class DiscountCard:
    """What a unit in its own packaging is spared, by fee class and size tier; absent is nothing."""

    classes: Mapping[FeeClass, Mapping[str, WeightTable]]

    def cents(self, fee_class: FeeClass, sized: Sized) -> int:
        """The discount in minor units; 0 where none is given."""
        table = self.classes.get(fee_class, {}).get(sized.tier)
        row = table.find(sized.billed, sized.per_gram) if table else None
        return (row.cells[0] or 0) if row else 0


@dataclass(frozen=True, slots=True)
class PackagingCard:
    """What bulky units without their own packaging pay, by dimensional weight."""

    tiers: frozenset[str]
    unit_grams: Fraction
    limits: tuple[Fraction, ...]
    cents: tuple[int, ...]

    def edges(self, tier: str) -> tuple[Fraction, ...]:
        """Every dimensional weight in grams after which the fee of a tier changes."""
        return tuple(limit * self.unit_grams for limit in self.limits if tier in self.tiers)

    def find(self, dimensional_grams: Fraction) -> int:
        """Minor units for units of the tiers that pay."""
        return self.cents[bisect_left(self.limits, dimensional_grams / self.unit_grams)]


@dataclass(frozen=True, slots=True)
class OvermaxCard:
    """What extra-large units pay that are longer or wider than a carrier's ordinary limits."""

    longest_over_mm: Fraction
    girth_over_mm: Fraction
    cents: Mapping[str, int]

    def find(self, tier: str, longest_mm: Exact, girth_mm: Exact) -> int | None:
        """Minor units; None for units that do not pay."""
        if longest_mm <= self.longest_over_mm and girth_mm <= self.girth_over_mm:
            return None
        return self.cents.get(tier)


def surcharge_cents(base_cents: int, rate_ppm: int) -> int:
    """What a surcharge adds: the fee with the surcharge is rounded half up, then the fee taken off.

    Source: Keepa shows 4.60 x 1.035 = 4.761 as 4.76.
    """
    return (2 * base_cents * rate_ppm + PPM) // (2 * PPM)


def parse_fulfilment(body: Json) -> FulfilmentCard:
    """Read a fulfilment section.

    Raises:
        RateCardError: If bands or tables have holes or wrong figures.
    """
    bands = fields.objects(body, "price_bands")
    limits = [band.get("up_to_cents") for band in bands]
    if limits[-1] is not None:
        raise RateCardError("The last price band has a limit, so higher prices would have no fee.")
    rising = [fields.cents(limit) for limit in limits[:-1]]
    fields.ascending(rising, "price bands")
    classes: dict[FeeClass, TierTables | NotKnown] = {}
    for name, part in fields.field(body, "classes", dict).items():
        classes[fields.choice(FeeClass, name)] = _parse_class(part, len(bands), classes)
    if not set(classes) >= _EVERYWHERE:
        raise RateCardError("A fulfilment card needs every fee class, or says it is not known.")
    return FulfilmentCard(
        tuple(fields.field(band, "id", str) for band in bands),
        tuple(rising),
        classes,
        _parse_category_limits(body, rising),
        {
            tier: parse_weight_table(table, 1)
            for tier, table in body.get("low_price_tiers", {}).items()
        },
    )


def _parse_category_limits(body: Json, usual: Sequence[int]) -> Mapping[str, tuple[int, ...]]:
    """Other limits of the price bands for some fee categories."""
    found: dict[str, tuple[int, ...]] = {}
    for part in body.get("category_price_bands", ()):
        limits = [fields.cents(limit) for limit in fields.field(part, "up_to_cents", list)]
        fields.ascending(limits, "price bands")
        if len(limits) != len(usual):
            raise RateCardError(f"{len(limits)} limits are given for {len(usual) + 1} price bands.")
        for category in fields.texts(part, "categories"):
            found[category] = tuple(limits)
    return found


def parse_add_on(body: Json) -> AddOn:
    """Read a section of what a lithium battery adds."""
    return AddOn(fields.cents(body.get("cents")), body.get("on_dangerous_goods") is True)


def _parse_class(
    part: Json, bands: int, earlier: Mapping[FeeClass, TierTables | NotKnown]
) -> TierTables | NotKnown:
    if "not_known" in part:
        return NotKnown(fields.field(part, "not_known", str))
    fields.texts(part, "sources")
    tables: dict[str, WeightTable | NotKnown] = {}
    for tier, table in fields.field(part, "tiers", dict).items():
        if "not_known" in table:
            tables[tier] = NotKnown(fields.field(table, "not_known", str))
        elif "same_as" in table:
            tables[tier] = _same_as(table, tier, earlier)
        else:
            tables[tier] = parse_weight_table(table, bands)
    return tables


def _same_as(
    table: Json, tier: str, earlier: Mapping[FeeClass, TierTables | NotKnown]
) -> WeightTable | NotKnown:
    other = earlier.get(fields.choice(FeeClass, table["same_as"]))
    if other is None or isinstance(other, NotKnown) or tier not in other:
        raise RateCardError(f"same_as {table['same_as']!r} has no table of {tier!r} before it.")
    return other[tier]


def parse_discount(body: Json) -> DiscountCard:
    """Read a section of discounts for own packaging."""
    return DiscountCard(
        {
            fields.choice(FeeClass, name): {
                tier: parse_weight_table(table, 1)
                for tier, table in fields.field(part, "tiers", dict).items()
            }
            for name, part in fields.field(body, "classes", dict).items()
        }
    )


def parse_packaging(body: Json) -> PackagingCard:
    """Read a section of bulky packaging fees."""
    rows = fields.objects(body, "rows")
    if rows[-1].get("up_to") is not None:
        raise RateCardError("The last packaging row has a limit, so heavier units have no fee.")
    limits = [fields.exact(row.get("up_to")) for row in rows[:-1]]
    fields.ascending(limits, "weights")
    return PackagingCard(
        frozenset(fields.texts(body, "tiers")),
        fields.weight_unit(body),
        tuple(limits),
        tuple(fields.cents(row.get("cents")) for row in rows),
    )


def parse_overmax(body: Json) -> OvermaxCard:
    """Read a section of overmax handling fees."""
    mm = fields.length_unit(body)
    return OvermaxCard(
        fields.exact(body.get("longest_over")) * mm,
        fields.exact(body.get("length_plus_girth_over")) * mm,
        {tier: fields.cents(value) for tier, value in fields.field(body, "cents", dict).items()},
    )
