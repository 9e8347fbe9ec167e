"""Fees of many units at once, by the same rules as one.

The rules are not written a second time. Units that no rate card can tell apart share a cell, and
one unit of each cell goes through the engine; what it pays, all of them pay. What varies freely,
the price and the volume in store, is computed for every unit by array forms of the same tables.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

import numpy as np
from numpy.typing import NDArray

from arbitragevault.domain.catalog.product import Channel
from arbitragevault.domain.economics.fees.cells import OWN, SizeCells, size_cells
from arbitragevault.domain.economics.fees.curves import ProceedsCurves, SellingTable, ShippingTable
from arbitragevault.domain.economics.fees.measures import Measures
from arbitragevault.domain.economics.fees.model import FeeCode, FulfilmentObservation
from arbitragevault.domain.economics.fees.parts import (
    SellingPart,
    ShippingPart,
    selling_part,
    shipping_key,
    shipping_part,
    storage_fees,
)
from arbitragevault.domain.economics.fees.rate_card import Kind, RateCards, rate_cards
from arbitragevault.domain.economics.fees.sale import Sale, make_sale
from arbitragevault.domain.economics.fees.size_tier import SizeTierTable
from arbitragevault.domain.economics.fees.storage import VolumeFee
from arbitragevault.domain.economics.fees.unit import Unit, units_of
from arbitragevault.domain.economics.fees.units import Measured, Units

_BLOCK: Final = 1 << 16
"""Units that are placed at once, so that their measures stay in the processor's cache."""

Numbers = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Circumstances:
    """When and how many units are sold; every array has one entry for each unit.

    Args:
        on: The days on which they ship (``datetime64[D]``).
        is_fba: Whether Amazon ships them.
        storage_days: Days in Amazon's store before the sale.
        observations: Fulfilment fees that someone else saw, as for `proceeds_curve`.
    """

    on: NDArray[np.datetime64]
    is_fba: NDArray[np.bool_]
    storage_days: Numbers
    observations: Sequence[FulfilmentObservation | None] | None


def proceeds_curves(
    units: Units,
    on: date | NDArray[np.datetime64],
    channel: Channel | Sequence[Channel],
    *,
    storage_days: int | Numbers | None = None,
    observations: Sequence[FulfilmentObservation | None] | None = None,
    cards: RateCards | None = None,
) -> ProceedsCurves:
    """Net proceeds of many sales for every price: `proceeds_curve` for each of them, to the cent.

    Args:
        units: What is sold.
        on: The day on which all ship, or one for each (``datetime64[D]``).
        channel: Who ships all of them, or each.
        storage_days: Days in Amazon's store, for all or each; None takes the templates'.
        observations: A fulfilment fee that someone else saw, or None, for each.
        cards: Rate cards other than the package's own.
    """
    count = len(units)
    if storage_days is None:
        by_template = [template.assumptions.storage_days for template in units.templates]
        storage_days = np.array(by_template, dtype=np.int64)[units.template]
    circumstances = Circumstances(
        np.broadcast_to(np.asarray(on, dtype="datetime64[D]"), count),
        np.broadcast_to(np.asarray(channel) == Channel.FBA, count),
        np.broadcast_to(np.asarray(storage_days, dtype=np.int64), count),
        observations,
    )
    made = _Made(count)
    for group in _groups(cards, units, circumstances):
        group.fill(made)
    paid = [template.assumptions.shipping_credit_cents for template in units.templates]
    return ProceedsCurves(
        SellingTable.of(made.selling_parts),
        ShippingTable.of(made.shipping_parts),
        made.selling,
        made.shipping,
        made.storage,
        np.array(paid, dtype=np.int64)[units.template],
    )


class _Made:
    """The curves as far as they are made."""

    def __init__(self, count: int) -> None:
        self.selling_parts: list[SellingPart] = []
        self.shipping_parts: list[ShippingPart] = []
        self.selling = np.zeros(count, dtype=np.int64)
        self.shipping = np.zeros(count, dtype=np.int64)
        self.storage: dict[FeeCode, Floats] = {}


@dataclass(frozen=True, slots=True, eq=False)
class _Group:
    """Units of one marketplace, period and channel.

    Args:
        cards: The rate cards.
        units: All units.
        circumstances: Theirs.
        rows: Which of them belong to the group.
        table: The cells of the period.
    """

    cards: RateCards
    units: Units
    circumstances: Circumstances
    rows: Numbers
    table: SizeCells

    def fill(self, made: _Made) -> None:
        """Make the curves of the group."""
        first, template = _distinct(self.units.template[self.rows], len(self.units.templates))
        sales = [self._sale(row) for row in self.rows[first]]
        made.selling[self.rows] = len(made.selling_parts) + template
        made.selling_parts += map(selling_part, sales)
        blocks = range(0, self.rows.size, _BLOCK)
        placed = [self._placed(slice(b, b + _BLOCK), template, sales) for b in blocks]
        tier, cell, volume = (np.concatenate(part) for part in zip(*placed, strict=True))
        self._fill_shipping(made, sales, template, tier, cell)
        if sales[0].channel is Channel.FBA:
            self._fill_storage(made, tier, volume)

    def _sale(self, row: int, *, is_seen: bool = False) -> Sale:
        """One unit's sale without its measures, with its observation or not."""
        template, seen = self.units.templates[self.units.template[row]], None
        if is_seen and self.circumstances.observations is not None:
            seen = self.circumstances.observations[row]
        return make_sale(
            self.cards,
            template.product,
            self.circumstances.on[row].item(),
            Channel.FBA if self.circumstances.is_fba[row] else Channel.FBM,
            replace(template.assumptions, storage_days=int(self.circumstances.storage_days[row])),
            observation=seen,
        )

    def _measured(self, rows: Numbers, template: Numbers, sales: Sequence[Sale]) -> Measured:
        is_book = np.array([sale.assigned.category == "books" for sale in sales])
        return units_of(self.units.package[rows], self.units.item[rows], is_book[template])

    def _placed(
        self, block: slice, template: Numbers, sales: Sequence[Sale]
    ) -> tuple[Numbers, Numbers, Floats]:
        """Size tier (-1 if unknown), cell and volume of some units of the group."""
        units = self._measured(self.rows[block], template[block], sales)
        if sales[0].channel is Channel.FBM:
            return np.full(units.weight.size, -1), self.table.mail_cells(units), units.volume
        serves = np.array([self._serves(sale) for sale in sales])
        tier = self.table.tier(units, serves, template[block])
        for number, sale in enumerate(sales):
            if sale.assumptions.size_tier is not None:
                given = np.where(units.has_weight, self.table.place(sale.assumptions.size_tier), -1)
                tier = np.where(template[block] == number, given, tier)
        return tier, self.table.cells(units, tier), units.volume

    def _serves(self, sale: Sale) -> list[bool]:
        """Which tiers are open to the units of a sale; none if that depends on an unknown class."""
        section = sale.section(Kind.SIZE_TIERS)
        table: SizeTierTable | None = section.value if section else None
        if table is None or (table.goes_by_class and sale.fee_class is None):
            return [False] * len(self.table.tiers)
        return [tier.serves(sale.fee_class) for tier in table.tiers]

    def _fill_shipping(
        self,
        made: _Made,
        sales: Sequence[Sale],
        template: Numbers,
        tier: Numbers,
        cell: Numbers,
    ) -> None:
        """One shipping part for each cell, and one for each observed fee that may serve."""
        kinds: dict[Hashable, int] = {}
        kind = np.array([kinds.setdefault(shipping_key(sale), len(kinds)) for sale in sales])
        own = len(kinds) * self.table.size
        keys = kind[template] * self.table.size + cell
        keys = np.where(cell == OWN, own + np.arange(cell.size), keys)
        first, place = _distinct(keys, own + cell.size)
        made.shipping[self.rows] = len(made.shipping_parts) + place
        stands = self._measured(self.rows[first], template[first], sales)
        parts = [
            self._shipping_part(sales[template[one]], tier[one], stands.exact(number))
            for number, one in enumerate(first)
        ]
        made.shipping_parts += parts
        seen = self.circumstances.observations
        if seen is None:
            return
        unknown = np.array([part.has_unknown_fulfilment for part in parts])
        for one in np.flatnonzero(unknown[place]):
            row = self.rows[one]
            if seen[row] is not None:
                sale = self._sale(row, is_seen=True)
                part = self._shipping_part(sale, tier[one], stands.exact(place[one]))
                made.shipping[row] = len(made.shipping_parts)
                made.shipping_parts.append(part)

    def _shipping_part(self, sale: Sale, tier: int, measures: Measures) -> ShippingPart:
        """What a unit with these measures pays; its tier is known by now."""
        is_complete = measures.sides_mm is not None and measures.weight_grams is not None
        unit = Unit(measures, "package", None if is_complete else "its package is not known")
        assumptions = sale.assumptions
        if tier >= 0:
            assumptions = replace(assumptions, size_tier=self.table.tiers[tier].id)
        sale = replace(sale, unit=unit, assumptions=assumptions)
        return shipping_part(sale, sale.sized())

    def _fill_storage(self, made: _Made, tier: Numbers, volume: Floats) -> None:
        """Storage and aged inventory of every unit that is stored."""
        days = self.circumstances.storage_days[self.rows]
        stored = np.flatnonzero(days)
        on = self.circumstances.on[self.rows].astype(np.int64)
        sizes = [*(int(tier.is_standard) for tier in self.table.tiers), -1]
        size = np.array(sizes)[tier]
        alike = [self.units.template[self.rows], on, days, size]
        for chosen in _alike(*(column[stored] for column in alike)):
            places = stored[chosen]
            rows, standard = self.rows[places], size[places[0]]
            is_standard = None if standard < 0 else bool(standard)
            for code, fee in storage_fees(self._sale(rows[0]), is_standard=is_standard):
                cents = fee.cents_array(volume[places]) if isinstance(fee, VolumeFee) else np.nan
                made.storage.setdefault(code, np.zeros(len(self.units)))[rows] = cents


def _groups(
    given: RateCards | None, units: Units, circumstances: Circumstances
) -> Iterator[_Group]:
    """The units by marketplace, period and channel."""
    codes = [template.product.marketplace.code for template in units.templates]
    for code in dict.fromkeys(codes):
        cards = given or rate_cards(code)
        changes = np.array(cards.changes(code), dtype="datetime64[D]")
        rows = np.flatnonzero(np.array([other == code for other in codes])[units.template])
        period = np.searchsorted(changes, circumstances.on[rows], side="right")
        for chosen in _alike(period, circumstances.is_fba[rows].astype(np.int64)):
            place = period[chosen[0]]
            begins = changes[place - 1].item() if place else date.min
            table = size_cells(cards, code, begins)
            yield _Group(cards, units, circumstances, rows[chosen], table)


def _distinct(keys: Numbers, size: int) -> tuple[Numbers, Numbers]:
    """The place of one unit for each distinct key, and for each unit the number of its key.

    Args:
        keys: Numbers from 0.
        size: How many there may be.
    """
    if size > 4 * keys.size + (1 << 16):
        _, one, number = np.unique(keys, return_index=True, return_inverse=True)
        return one, number
    one = np.full(size, -1)
    one[keys] = np.arange(keys.size)
    used = np.flatnonzero(one >= 0)
    number = np.empty(size, dtype=np.int64)
    number[used] = np.arange(used.size)
    return one[used], number[keys]


def _alike(*columns: Numbers) -> list[Numbers]:
    """The places with equal entries in all columns, one array for each distinct combination."""
    number = np.zeros(columns[0].size, dtype=np.int64)
    for column in columns:
        if column.size and (column[0] != column).any():
            width = int(np.ptp(column)) + 1
            combined = number * width + (column - column.min())
            number = _distinct(combined, (int(number.max()) + 1) * width)[1]
    if not number.any():
        return [np.arange(number.size)] if number.size else []
    # Few numbers fit into 16 bits, which numpy sorts by radix.
    short = number.astype(np.uint16) if number.max() < 1 << 16 else number
    order = np.argsort(short, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(number[order])) + 1)
