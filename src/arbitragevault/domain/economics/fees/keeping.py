"""The fee lines of a unit in Amazon's warehouses: storage, age, scarcity, placement."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from functools import lru_cache
from typing import NamedTuple

from arbitragevault.domain.economics.fees.handling import LowInventoryCard, PlacementCard
from arbitragevault.domain.economics.fees.model import FeeClass, FeeCode, FeeLine
from arbitragevault.domain.economics.fees.rate_card import Kind, RateCards, Section
from arbitragevault.domain.economics.fees.sale import Sale, no_card, unknown
from arbitragevault.domain.economics.fees.size_tier import Sized
from arbitragevault.domain.economics.fees.storage import (
    StorageCard,
    VolumeCharge,
    VolumeFee,
    snapshots,
    spells,
)

NO_SIZE = "the package's size is not known"


class Stay(NamedTuple):
    """What storage is charged by, apart from the unit itself.

    Fields:
        cards: The rate cards.
        marketplace: Marketplace code.
        sold_on: The day on which the unit leaves.
        days: Days in store before that.
        category: The fee category; None if unknown.
    """

    cards: RateCards
    marketplace: str
    sold_on: date
    days: int
    category: str | None

    @classmethod
    def of(cls, sale: Sale) -> Stay:
        """The stay before a sale."""
        marketplace, days = sale.product.marketplace.code, sale.assumptions.storage_days
        return cls(sale.cards, marketplace, sale.on, days, sale.assigned.category)

    def section(self, kind: Kind, day: date) -> Section | None:
        """The section of a kind that holds on a day."""
        return self.cards.find(self.marketplace, kind, day)


def storage_lines(sale: Sale, sized: Sized | str) -> list[FeeLine]:
    """Storage and aged inventory for the days in store: what is charged by volume."""
    if not sale.assumptions.storage_days:
        return []
    lines = (_storage_line(sale, sized), _aged_line(sale))
    return [line for line in lines if line is not None]


def keeping_lines(sale: Sale, sized: Sized | str) -> list[FeeLine]:
    """Low inventory and inbound placement, where asked for: what is charged by tier and weight."""
    lines = []
    if sale.assumptions.days_of_supply is not None:
        lines.append(_low_inventory_line(sale, sized))
    if sale.assumptions.inbound_placement is not None:
        lines.append(_placement_line(sale, sized))
    return lines


def storage_fee(sale: Sale, *, is_standard: bool) -> VolumeFee | FeeLine:
    """Monthly storage by volume, or the unknown line.

    Args:
        sale: The sale.
        is_standard: Whether the unit is of standard size.
    """
    weeks, section = sale.assumptions.storage_utilization_weeks, sale.section(Kind.UTILIZATION)
    return _storage_fee(
        Stay.of(sale),
        is_dangerous=sale.fee_class is FeeClass.DANGEROUS_GOODS,
        is_standard=is_standard,
        added_cents=_utilization_cents(weeks, section, is_standard=is_standard),
    )


def aged_fee(sale: Sale) -> VolumeFee | FeeLine | None:
    """The surcharge of every snapshot at which the unit is old; None while it is young."""
    return _aged_fee(Stay.of(sale))


# A day's sales share few stays: months are counted and rates added up once for each of them.
@lru_cache(maxsize=4096)
def _storage_fee(
    stay: Stay, *, is_dangerous: bool, is_standard: bool, added_cents: int
) -> VolumeFee | FeeLine:
    rate = Fraction(0)
    ids: dict[str, None] = {}
    for spell in spells(stay.sold_on, stay.days):
        section = stay.section(Kind.STORAGE, spell.first)
        if section is None or section.value is None:
            reason = no_card(stay.cards, stay.marketplace, Kind.STORAGE, spell.first)
            return unknown(FeeCode.STORAGE, reason)
        card: StorageCard = section.value
        monthly = card.rate(
            spell.first.month,
            is_dangerous=is_dangerous,
            is_standard=is_standard,
            category=stay.category,
        )
        if monthly is None:
            return unknown(FeeCode.STORAGE, card.not_known or NO_SIZE)
        ids[section.id] = None
        in_month = Fraction(spell.days, spell.days_in_month)
        rate += (monthly + added_cents) / card.mm3_per_unit * in_month
    return VolumeFee((VolumeCharge(rate),), "+".join(ids))


@lru_cache(maxsize=4096)
def _aged_fee(stay: Stay) -> VolumeFee | FeeLine | None:
    charges = []
    ids: dict[str, None] = {}
    for day, age in snapshots(stay.sold_on, stay.days):
        section = stay.section(Kind.AGED, day)
        row = section.value.row(age) if section else None
        if section is None or row is None or stay.category in row.exempt:
            continue
        if row.cents_per_volume is None:
            return unknown(FeeCode.AGED_INVENTORY, row.not_known or NO_SIZE)
        ids[section.id] = None
        rate = row.cents_per_volume / section.value.mm3_per_unit
        charges.append(VolumeCharge(rate, row.minimum_cents))
    return VolumeFee(tuple(charges), "+".join(ids)) if charges else None


def _storage_line(sale: Sale, sized: Sized | str) -> FeeLine:
    volume = sale.unit.measures.volume_mm3
    if volume is None or isinstance(sized, str):
        return unknown(FeeCode.STORAGE, sized if isinstance(sized, str) else NO_SIZE)
    fee = storage_fee(sale, is_standard=sized.is_standard)
    if isinstance(fee, FeeLine):
        return fee
    return FeeLine(
        FeeCode.STORAGE,
        fee.cents(volume),
        fee.rule,
        {"days": sale.assumptions.storage_days, "litres": round(float(volume) / 1e6, 4)},
    )


def _aged_line(sale: Sale) -> FeeLine | None:
    fee, volume = aged_fee(sale), sale.unit.measures.volume_mm3
    if fee is None or isinstance(fee, FeeLine):
        return fee
    if volume is None:
        return unknown(FeeCode.AGED_INVENTORY, NO_SIZE)
    inputs = {"days": sale.assumptions.storage_days}
    return FeeLine(FeeCode.AGED_INVENTORY, fee.cents(volume), fee.rule, inputs)


def _utilization_cents(weeks: int | None, section: Section | None, *, is_standard: bool) -> int:
    """What is added to the monthly rate for stock that turns over slowly."""
    if weeks is None or section is None:
        return 0
    rows: tuple[tuple[int, int], ...] = section.value["standard" if is_standard else "oversize"]
    return max((cents for first, cents in rows if weeks >= first), default=0)


def _low_inventory_line(sale: Sale, sized: Sized | str) -> FeeLine:
    section, days = sale.section(Kind.LOW_INVENTORY), sale.assumptions.days_of_supply
    if section is None or isinstance(sized, str) or days is None:
        reason = sized if isinstance(sized, str) else sale.no_card(Kind.LOW_INVENTORY)
        return unknown(FeeCode.LOW_INVENTORY, reason)
    card: LowInventoryCard = section.value
    cents = card.cents(sized.tier, sized.billed_grams, days)
    if cents is None:
        reason = f"the low-inventory fee of {sized.tier} was not found"
        return unknown(FeeCode.LOW_INVENTORY, reason)
    return FeeLine(FeeCode.LOW_INVENTORY, cents, section.id, {"days_of_supply": days})


def _placement_line(sale: Sale, sized: Sized | str) -> FeeLine:
    section, option = sale.section(Kind.PLACEMENT), sale.assumptions.inbound_placement
    if section is None or section.value is None or option is None or isinstance(sized, str):
        reason = sized if isinstance(sized, str) else sale.no_card(Kind.PLACEMENT)
        return unknown(FeeCode.INBOUND_PLACEMENT, reason)
    card: PlacementCard = section.value
    found = card.find(option, sized.tier, sized.billed_grams)
    if found is None:
        reason = f"the {option} placement fee of this size and weight was not found"
        return unknown(FeeCode.INBOUND_PLACEMENT, reason)
    least, most = found
    # The fee depends on where Amazon sends the unit, which nobody knows beforehand: the most that
    # it can be is charged, and the range is shown.
    return FeeLine(
        FeeCode.INBOUND_PLACEMENT,
        most,
        section.id,
        {"option": str(option), "least": least, "most": most},
    )
