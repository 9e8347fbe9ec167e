"""By which measures a unit is charged, and what is left of measures that cannot serve.

Where the package is missing or absurd, what remains still bounds the fulfilment fee from below: a
packaged unit is not smaller than the bare item, not lighter than its weight alone says, and not
smaller than its sides alone say. Such an estimate is shown beside the unknown fee, never charged.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from arbitragevault.domain.economics.fees.curve import PriceSteps
from arbitragevault.domain.economics.fees.fba import fba_lines
from arbitragevault.domain.economics.fees.measures import Exact, Measures
from arbitragevault.domain.economics.fees.model import FeeBreakdown, SizeStatus, Sizing
from arbitragevault.domain.economics.fees.rate_card import Kind
from arbitragevault.domain.economics.fees.sale import Sale
from arbitragevault.domain.economics.fees.size_tier import Sized, SizeTierTable
from arbitragevault.domain.economics.fees.unit import Unit, believable_part, implausible
from arbitragevault.domain.money import Money

_LIGHTEST: Final = 1
"""A gram: what a unit of unknown weight weighs at least, as the catalogue counts."""

_SERVES: Final = {
    "item": "the bare book's own measures serve",
    "observed": "the fulfilment fee that Keepa shows serves",
    "size_tier": "the given size tier serves",
    "given": "it is charged as given",
}


def sizing_of(sale: Sale, sized: Sized | str) -> tuple[Sizing, tuple[PriceSteps, ...]]:
    """How an FBA unit was measured, and the fulfilment fees that it pays at least if unknown.

    Args:
        sale: The sale.
        sized: The unit's tier and charged weight, or the reason why they are unknown.
    """
    unit = sale.unit
    basis = unit.basis if sale.assumptions.size_tier is None else "size_tier"
    sizing = Sizing(unit.status, unit.flaw, basis, unit.measures)
    if unit.problem is None or not isinstance(sized, str):
        return sizing, ()
    section = sale.section(Kind.SIZE_TIERS)
    table: SizeTierTable | None = section.value if section else None
    if table is None or (table.goes_by_class and sale.fee_class is None):
        return sizing, ()
    for text, part, least in _least(sale, table):
        believed = replace(sale, unit=Unit(part, "estimate", None), observation=None)
        steps, _ = fba_lines(believed, least)
        return replace(sizing, estimate_basis=text), steps
    return sizing, ()


def sizing_text(breakdown: FeeBreakdown) -> str | None:
    """What is wrong with a unit's measures and what serves instead; None if nothing is wrong.

    Args:
        breakdown: The fees of the unit.
    """
    sizing = breakdown.sizing
    if sizing is None or sizing.status is SizeStatus.KNOWN:
        return None
    problem = sizing.problem or ""
    said = problem[:1].upper() + problem[1:]
    if sizing.basis is not None:
        return f"{said}: {_SERVES.get(sizing.basis, 'its package serves')}."
    if sizing.estimate_cents is None:
        return f"{said}: its fulfilment fee is not known."
    least = Money(sizing.estimate_cents, breakdown.currency)
    by = sizing.estimate_basis
    return f"{said}: its fulfilment fee is not known; by {by} it is at least {least}."


def _least(sale: Sale, table: SizeTierTable) -> Iterator[tuple[str, Measures, Sized]]:
    """What bounds the unit from below, the best first: in words, its measures, and its size."""
    is_book = sale.assigned.category == "books"
    item = Measures.from_package(sale.product.item)
    shown = Measures.from_package(sale.product.package)
    left = believable_part(
        sale.unit.measures if sale.unit.basis == "given" else shown, is_book=is_book
    )
    if item.sides_mm and item.weight_grams and not implausible(item, is_book=is_book):
        shape = " x ".join(f"{float(side):g}" for side in item.sides_mm)
        text = f"the bare item's own {shape} mm and {float(item.weight_grams):g} g"
        yield text, item, _classify(sale, table, item.sides_mm, item.weight_grams)
    light = _by_weight(sale, table, left)
    if light is not None:
        yield f"its weight of {float(left.weight_grams or 0):g} g alone", left, light
    if left.sides_mm is not None:
        shape = " x ".join(f"{float(side):g}" for side in left.sides_mm)
        yield (
            f"its sides of {shape} mm alone",
            left,
            _classify(sale, table, left.sides_mm, _LIGHTEST),
        )


def _by_weight(sale: Sale, table: SizeTierTable, left: Measures) -> Sized | None:
    """The unit in the smallest tier that takes its weight; None if that is not known."""
    grams = left.weight_grams
    if grams is None:
        return None
    limits = ((t.id, t.max_weight_grams) for t in table.tiers if t.serves(sale.fee_class))
    tier = next(tier for tier, most in limits if most is None or grams <= most)
    return table.assume(tier, replace(left, sides_mm=None))


def _classify(
    sale: Sale, table: SizeTierTable, sides: tuple[Exact, Exact, Exact], grams: Exact
) -> Sized:
    return table.classify(sides, grams, is_rounded=True, fee_class=sale.fee_class)
