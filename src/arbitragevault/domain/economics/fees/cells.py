"""Cells: what the size tiers and weight tables of one period cannot tell apart.

Two units in the same cell pay the same shipping fees, so one of them stands for all. Catalogue
measures are whole millimetres and grams, so every limit of a rate card becomes a whole number here,
and comparing is exact.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import lru_cache
from math import floor, inf
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from arbitragevault.domain.economics.fees.fulfilment import (
    DiscountCard,
    FulfilmentCard,
    OvermaxCard,
    PackagingCard,
)
from arbitragevault.domain.economics.fees.handling import LowInventoryCard, MailCard, PlacementCard
from arbitragevault.domain.economics.fees.measures import GRAMS_PER_UNIT
from arbitragevault.domain.economics.fees.rate_card import Kind, RateCards
from arbitragevault.domain.economics.fees.size_tier import SLACK, SizeTier, SizeTierTable
from arbitragevault.domain.economics.fees.units import Measured
from arbitragevault.domain.economics.fees.weight_table import NotKnown, WeightTable

_MOST_GRAMS: Final = 500 * GRAMS_PER_UNIT["lb"]
"""Rows of open-ended tables are compiled up to here; heavier units are cells of their own."""

OWN: Final = -1
"""The cell number of a unit that shares its cell with no other."""

_UNKNOWN_CELLS: Final = 4
"""Units without a tier: sides known or not, weight known or not."""

Floats = NDArray[np.float64]
Numbers = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class TierCells:
    """One size tier with the rows of its tables, in whole millimetres and grams.

    Volumes are scaled by ``scale`` squared, so that the tier's least side is a whole number too.

    Args:
        id: The tier.
        is_standard: Whether it is of standard size.
        sides / girth / sum_of_sides / weight / volume: Limits, included; infinite without one.
        least_side: What median and shortest side are raised to, times ``scale``.
        scale: Parts of a millimetre.
        by_weight / by_volume: Limits of the rows by unit weight and by dimensional weight.
        low_price: Limits of the rows of low-price rates, by unit weight.
        packaging: Limits of the rows of the bulky packaging fee, by dimensional weight.
    """

    id: str
    is_standard: bool
    sides: tuple[float, float, float]
    girth: float
    sum_of_sides: float
    weight: float
    volume: float
    least_side: int
    scale: int
    by_weight: Floats
    by_volume: Floats
    low_price: Floats
    packaging: Floats

    @property
    def size(self) -> int:
        """How many cells it has."""
        splits = (self.low_price.size + 1) * (self.packaging.size + 1)
        return 4 * self.by_weight.size * splits

    def volumes(self, units: Measured) -> Floats:
        """Scaled volumes, with the tier's least sides."""
        longest, median, shortest = units.sides
        if not self.least_side:
            return units.volume
        volume: Floats = np.maximum(median * self.scale, self.least_side) * longest
        volume *= np.maximum(shortest * self.scale, self.least_side)
        return volume

    def fits(self, units: Measured) -> NDArray[np.bool_]:
        """Which units are within the limits."""
        longest, median, shortest = units.sides
        fits: NDArray[np.bool_] = units.weight <= self.weight
        for side, limit in zip(units.sides, self.sides, strict=True):
            fits &= side <= limit
        if self.girth < inf:
            fits &= longest + 2 * (median + shortest) <= self.girth
        if self.sum_of_sides < inf:
            fits &= longest + median + shortest <= self.sum_of_sides
        if self.volume < inf:
            fits &= self.volumes(units) <= self.volume
        return fits

    def cells(self, units: Measured, is_overmax: NDArray[np.bool_]) -> Numbers:
        """The number of each unit's cell within the tier; `OWN` beyond the compiled rows."""
        volume = np.where(units.has_sides, self.volumes(units), 0)
        row = np.searchsorted(self.by_weight, units.weight)
        if self.by_volume.size:
            row = np.maximum(row, np.searchsorted(self.by_volume, volume))
        cell = row
        for limits, measure in ((self.low_price, units.weight), (self.packaging, volume)):
            if limits.size:
                cell = cell * (limits.size + 1) + np.searchsorted(limits, measure)
        cell = (cell * 2 + is_overmax) * 2 + units.has_sides
        return np.where(row < self.by_weight.size, cell, OWN)


@dataclass(frozen=True, slots=True, eq=False)
class SizeCells:
    """The size tiers of one marketplace and period.

    Args:
        tiers: In the order in which they are tried; none where there are no tiers.
        longest_over / girth_over: Millimetres above which the overmax fee is charged.
        mail: Limits of the rows of a carrier's table in grams.
        size: A number above that of every cell.
    """

    tiers: tuple[TierCells, ...]
    longest_over: float
    girth_over: float
    mail: Floats
    size: int

    def place(self, tier: str) -> int:
        """The place of a tier; -1 if there is none."""
        return next((place for place, t in enumerate(self.tiers) if t.id == tier), -1)

    def mail_cells(self, units: Measured) -> Numbers:
        """The number of each unit's cell in a carrier's table; `OWN` beyond the compiled rows."""
        row = np.searchsorted(self.mail, units.weight)
        beyond = np.where(units.has_weight, OWN, self.mail.size)
        return np.where(row < self.mail.size, row, beyond)

    def tier(self, units: Measured, serves: NDArray[np.bool_], kind: Numbers) -> Numbers:
        """Place of the first tier that each unit fits in; -1 where it is unknown.

        Args:
            units: The units.
            serves: Whether each tier is open to each kind of unit, of shape (kinds, tiers).
            kind: The kind of each unit.
        """
        found = np.full(units.weight.size, -1)
        open_ = np.flatnonzero(units.is_complete)
        for place, tier in enumerate(self.tiers):
            fits = tier.fits(units[open_])
            if not serves[:, place].all():
                fits &= serves[kind[open_], place]
            found[open_[fits]] = place
            open_ = open_[~fits]
        return found

    def cells(self, units: Measured, tier: Numbers) -> Numbers:
        """The number of each unit's cell; `OWN` for a unit that shares it with no other.

        Args:
            units: The units.
            tier: Place of each unit's tier; -1 where unknown.
        """
        found = 2 * units.has_sides + units.has_weight
        first = _UNKNOWN_CELLS
        for place, table in enumerate(self.tiers):
            rows = np.flatnonzero(tier == place)
            chosen = units[rows]
            longest, median, shortest = chosen.sides
            girth = longest + 2 * (median + shortest)
            is_overmax = (longest > self.longest_over) | (girth > self.girth_over)
            cell = table.cells(chosen, is_overmax)
            found[rows] = np.where(cell == OWN, OWN, cell + first)
            first += table.size
        return found


@lru_cache(maxsize=64)
def size_cells(cards: RateCards, marketplace: str, day: date) -> SizeCells:
    """The cells of the period that begins on a day.

    Args:
        cards: The rate cards.
        marketplace: Marketplace code.
        day: A day on which sections change.
    """
    sections = {kind: cards.find(marketplace, kind, day) for kind in Kind}
    values = {kind: section.value if section else None for kind, section in sections.items()}
    table: SizeTierTable | None = values[Kind.SIZE_TIERS]
    overmax: OvermaxCard | None = values[Kind.OVERMAX]
    mail: MailCard | None = values[Kind.MAIL]
    edges = {*(mail.table.edges(_MOST_GRAMS) if mail else ()), _MOST_GRAMS}
    tiers = tuple(_tier_cells(tier, table, values) for tier in table.tiers) if table else ()
    return SizeCells(
        tiers,
        inf if overmax is None else floor(overmax.longest_over_mm),
        inf if overmax is None else floor(overmax.girth_over_mm),
        np.array(sorted(map(_whole, edges))),
        max(len(edges) + 1, _UNKNOWN_CELLS + sum(tier.size for tier in tiers)),
    )


def _tier_cells(tier: SizeTier, table: SizeTierTable, values: Mapping[Kind, Any]) -> TierCells:
    scale = tier.min_side_mm.denominator if tier.min_side_mm else 1
    # Where no tier looks at dimensional weight, there is none, and no limit is scaled by it.
    per_gram = scale**2 / table.grams_per_mm3 if table.grams_per_mm3 else Fraction(0)
    edges = sorted({*_weight_edges(tier.id, values), _MOST_GRAMS})
    packaging: PackagingCard | None = values[Kind.PACKAGING]
    packed = packaging.edges(tier.id) if packaging else ()
    fulfilment: FulfilmentCard | None = values[Kind.FULFILMENT]
    low = fulfilment.low_price.get(tier.id) if fulfilment else None
    sides = tier.sides_mm or (None, None, None)
    is_greater = tier.billed_weight == "greater"
    by_dimensional = [tier.max_dimensional_grams]
    if tier.weight_test == "greater":
        by_dimensional.append(tier.max_weight_grams)
    return TierCells(
        tier.id,
        tier.id in table.standard,
        (_whole(sides[0], SLACK), _whole(sides[1], SLACK), _whole(sides[2], SLACK)),
        _whole(tier.length_plus_girth_mm, 5 * SLACK),
        _whole(tier.sum_of_sides_mm, 3 * SLACK),
        _whole(tier.max_weight_grams, SLACK),
        min(_whole(None if limit is None else limit * per_gram) for limit in by_dimensional),
        int(tier.min_side_mm * scale) if tier.min_side_mm else 0,
        scale,
        np.array([_whole(edge, SLACK) for edge in edges]),
        np.array([_whole(edge * per_gram) for edge in edges if is_greater]),
        np.array([_whole(edge, SLACK) for edge in (low.edges(_MOST_GRAMS) if low else ())]),
        np.array([_whole(edge * per_gram) for edge in packed]),
    )


def _weight_edges(tier: str, values: Mapping[Kind, Any]) -> Iterator[Fraction]:
    """Every weight at which any fee of a tier changes."""
    for kind in (Kind.FULFILMENT, Kind.DISCOUNT):
        card: FulfilmentCard | DiscountCard | None = values[kind]
        for tables in card.classes.values() if card else ():
            table = None if isinstance(tables, NotKnown) else tables.get(tier)
            if isinstance(table, WeightTable):
                yield from table.edges(_MOST_GRAMS)
    for kind in (Kind.LOW_INVENTORY, Kind.PLACEMENT):
        rows: LowInventoryCard | PlacementCard | None = values[kind]
        for row in rows.rows if rows else ():
            if row.tier == tier and row.max_grams is not None:
                yield row.max_grams


def _whole(limit: Fraction | None, slack: Fraction = Fraction(0)) -> float:
    """The highest whole figure within a limit; infinite without one."""
    return inf if limit is None else floor(limit + slack)
