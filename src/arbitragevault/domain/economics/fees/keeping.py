"""The fee lines of a unit in Amazon's warehouses: storage, age, scarcity, placement."""

from __future__ import annotations

from fractions import Fraction

from arbitragevault.domain.economics.fees.handling import LowInventoryCard, PlacementCard
from arbitragevault.domain.economics.fees.model import FeeClass, FeeCode, FeeLine
from arbitragevault.domain.economics.fees.rate_card import Kind
from arbitragevault.domain.economics.fees.sale import Sale, unknown
from arbitragevault.domain.economics.fees.size_tier import Sized
from arbitragevault.domain.economics.fees.storage import (
    StorageCard,
    round_half_up,
    snapshots,
    spells,
)

_NO_SIZE = "the package's size is not known"


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


def _storage_line(sale: Sale, sized: Sized | str) -> FeeLine:
    volume = sale.unit.measures.volume_mm3
    if volume is None or isinstance(sized, str):
        return unknown(FeeCode.STORAGE, sized if isinstance(sized, str) else _NO_SIZE)
    is_dangerous = sale.fee_class is FeeClass.DANGEROUS_GOODS
    amount = Fraction(0)
    ids: dict[str, None] = {}
    for spell in spells(sale.on, sale.assumptions.storage_days):
        section = sale.section(Kind.STORAGE, spell.first)
        if section is None or section.value is None:
            return unknown(FeeCode.STORAGE, sale.no_card(Kind.STORAGE, spell.first))
        card: StorageCard = section.value
        rate = card.rate(
            spell.first.month,
            is_dangerous=is_dangerous,
            is_standard=sized.is_standard,
            category=sale.assigned.category,
        )
        if rate is None:
            return unknown(FeeCode.STORAGE, card.not_known or _NO_SIZE)
        rate += _utilization_cents(sale, sized)
        ids[section.id] = None
        amount += volume / card.mm3_per_unit * rate * Fraction(spell.days, spell.days_in_month)
    return FeeLine(
        FeeCode.STORAGE,
        round_half_up(amount),
        "+".join(ids),
        {"days": sale.assumptions.storage_days, "litres": round(float(volume) / 1e6, 4)},
    )


def _utilization_cents(sale: Sale, sized: Sized) -> int:
    """What is added to the monthly rate for stock that turns over slowly."""
    weeks, section = sale.assumptions.storage_utilization_weeks, sale.section(Kind.UTILIZATION)
    if weeks is None or section is None:
        return 0
    rows: tuple[tuple[int, int], ...] = section.value[
        "standard" if sized.is_standard else "oversize"
    ]
    return max((cents for first, cents in rows if weeks >= first), default=0)


def _aged_line(sale: Sale) -> FeeLine | None:
    """The surcharge of every snapshot at which the unit was old; None while it is young."""
    volume = sale.unit.measures.volume_mm3
    amount = Fraction(0)
    ids: dict[str, None] = {}
    for day, age in snapshots(sale.on, sale.assumptions.storage_days):
        section = sale.section(Kind.AGED, day)
        row = section.value.row(age) if section else None
        if section is None or row is None or sale.assigned.category in row.exempt:
            continue
        if volume is None or row.cents_per_volume is None:
            return unknown(FeeCode.AGED_INVENTORY, row.not_known or _NO_SIZE)
        ids[section.id] = None
        amount += max(
            Fraction(row.minimum_cents),
            volume / section.value.mm3_per_unit * row.cents_per_volume,
        )
    if not ids:
        return None
    return FeeLine(
        FeeCode.AGED_INVENTORY,
        round_half_up(amount),
        "+".join(ids),
        {"days": sale.assumptions.storage_days},
    )


def _low_inventory_line(sale: Sale, sized: Sized | str) -> FeeLine:
    section, days = sale.section(Kind.LOW_INVENTORY), sale.assumptions.days_of_supply
    if section is None or isinstance(sized, str) or days is None:
        reason = sized if isinstance(sized, str) else sale.no_card(Kind.LOW_INVENTORY)
        return unknown(FeeCode.LOW_INVENTORY, reason)
    card: LowInventoryCard = section.value
    cents = card.cents(sized.tier, sized.billed_grams, days)
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
