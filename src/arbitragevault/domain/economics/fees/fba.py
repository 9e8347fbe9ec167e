"""The fee lines of a unit that Amazon ships."""

from __future__ import annotations

from bisect import bisect_left
from datetime import date
from functools import lru_cache

from arbitragevault.domain.economics.fees.curve import PriceSteps
from arbitragevault.domain.economics.fees.fulfilment import (
    AddOn,
    DiscountCard,
    FulfilmentCard,
    OvermaxCard,
    PackagingCard,
    surcharge_cents,
)
from arbitragevault.domain.economics.fees.model import FeeClass, FeeCode, FeeLine
from arbitragevault.domain.economics.fees.rate_card import Kind, Section
from arbitragevault.domain.economics.fees.sale import Sale, unknown
from arbitragevault.domain.economics.fees.size_tier import Sized, length_plus_girth
from arbitragevault.domain.economics.fees.weight_table import NotKnown, Row

Inputs = dict[str, str | int | float]


def fba_lines(sale: Sale, sized: Sized | str) -> tuple[tuple[PriceSteps, ...], tuple[FeeLine, ...]]:
    """The fulfilment fee and its surcharge by price band, and what does not depend on the price.

    Where ours is unknown, an observation of the same card period serves within its own price band.
    It is the whole fee, so nothing is added to it.

    Args:
        sale: The sale.
        sized: The unit's tier and charged weight, or the reason why they are unknown.
    """
    section = sale.section(Kind.FULFILMENT)
    if section is None or section.value is None:
        reason = sale.no_card(Kind.FULFILMENT)
        return (PriceSteps((), (unknown(FeeCode.FULFILMENT, reason),)),), ()
    card: FulfilmentCard = section.value
    bands, limits = range(len(card.band_ids)), card.limits(sale.assigned.category)
    fee_class = sale.fee_class
    row = sized if isinstance(sized, str) else _row(sale, card, fee_class, sized)
    if isinstance(row, str) or isinstance(sized, str):
        seen = [_observed_line(sale, section, band) for band in bands]
        lines = [line or unknown(FeeCode.FULFILMENT, str(row)) for line in seen]
        return (PriceSteps(limits, tuple(lines)),), ()
    rows = card.rows(row, sized)
    steps = _row_steps(section, sale.section(Kind.SURCHARGE), limits, str(fee_class), rows)
    return steps, _extra_lines(sale, fee_class, sized)


# A card has few rows and very many units: what it says of a row is written out once.
@lru_cache(maxsize=4096)
def _row_steps(
    section: Section,
    surcharge: Section | None,
    limits: tuple[int, ...],
    fee_class: str,
    rows: tuple[Row, ...],
) -> tuple[PriceSteps, ...]:
    """The fulfilment fee and its surcharge by price band for the units of a row."""
    bands = range(len(rows))
    lines = tuple(_fulfilment_line(section, fee_class, band, rows[band]) for band in bands)
    if surcharge is None:
        return (PriceSteps(limits, lines, is_by_row=True),)
    added = tuple(_surcharge_line(surcharge, line) for line in lines)
    return PriceSteps(limits, lines, is_by_row=True), PriceSteps(limits, added)


def _extra_lines(sale: Sale, fee_class: FeeClass | None, sized: Sized) -> tuple[FeeLine, ...]:
    """Discounts and additions to the fulfilment fee that do not depend on the price."""
    lines = (
        _discount_line(sale, fee_class, sized),
        _lithium_line(sale, is_dangerous=fee_class is FeeClass.DANGEROUS_GOODS),
        _packaging_line(sale, sized),
        _overmax_line(sale, sized),
    )
    return tuple([line for line in lines if line is not None])


def _row(sale: Sale, card: FulfilmentCard, fee_class: FeeClass | None, sized: Sized) -> Row | str:
    """The row of the card, or the reason why it is unknown."""
    if fee_class is None:
        reason = sale.assigned.class_reason or "the fulfilment class is not known"
        return f"{reason}; give the fee class"
    table = card.table(fee_class, sized.tier)
    if isinstance(table, NotKnown):
        return table.reason
    row = table.find(sized.billed, sized.per_gram)
    return row or f"the fulfilment card ends below this weight in {sized.tier}"


def measured(sale: Sale, sized: Sized | str) -> Inputs:
    """What the unit's own fulfilment fee is charged by, whatever the price; empty if unknown."""
    if isinstance(sized, str):
        return {}
    return {
        "measures": sale.unit.basis,
        "size_tier": sized.tier,
        "unit_grams": round(float(sized.unit / sized.per_gram), 2),
        "dimensional_grams": round(float(sized.dimensional / sized.per_gram), 2),
        "billed_grams": round(float(sized.billed / sized.per_gram), 2),
    }


def _fulfilment_line(section: Section, fee_class: str, band: int, row: Row) -> FeeLine:
    """What the card says of a row; what its units measure is added where the line is shown."""
    card: FulfilmentCard = section.value
    amount = row.cells[min(band, len(row.cells) - 1)]
    inputs: Inputs = {
        "fee_class": fee_class,
        "price_band": card.band_ids[band],
        "row": row.text,
    }
    reason = None
    if amount is None:
        reason = f"the {fee_class} fee in price band {card.band_ids[band]} was not found"
    return FeeLine(FeeCode.FULFILMENT, amount, section.id, inputs, reason)


def _observed_line(sale: Sale, section: Section, band: int) -> FeeLine | None:
    """The observed fee, if it was seen in the same card period and price band."""
    seen = sale.observation
    if seen is None:
        return None
    card: FulfilmentCard = section.value
    if seen.price_cents is None:
        same_band = len(card.band_ids) == 1
    else:
        limits = card.limits(sale.assigned.category)
        same_band = bisect_left(limits, seen.price_cents) == band
    if not same_band or not _same_period(sale, seen.on):
        return None
    return FeeLine(
        FeeCode.FULFILMENT,
        seen.cents,
        f"observed/{section.id}",
        {
            "observed_on": seen.on.isoformat(),
            "price_band": card.band_ids[band],
            "because": sale.unit.problem or "ours is not known",
        },
    )


def _same_period(sale: Sale, day: date) -> bool:
    """Does a day have the same fulfilment card and surcharge as the sale?"""
    kinds = (Kind.FULFILMENT, Kind.SURCHARGE)
    then = sale.cards.on(sale.product.marketplace.code, day)
    return all(then.get(kind) is sale.section(kind) for kind in kinds)


def _surcharge_line(section: Section, base: FeeLine) -> FeeLine:
    rate: int = section.value
    if base.amount_cents is None:
        return FeeLine(FeeCode.SURCHARGE, None, section.id, {}, base.unknown_reason)
    return FeeLine(
        FeeCode.SURCHARGE,
        surcharge_cents(base.amount_cents, rate),
        section.id,
        {"fulfilment": base.amount_cents, "rate": f"{rate / 10_000:g} %"},
    )


def _discount_line(sale: Sale, fee_class: FeeClass | None, sized: Sized) -> FeeLine | None:
    if not sale.assumptions.own_packaging or fee_class is None:
        return None
    section = sale.section(Kind.DISCOUNT)
    if section is None or section.value is None:
        return unknown(FeeCode.DISCOUNT, sale.no_card(Kind.DISCOUNT))
    card: DiscountCard = section.value
    cents = card.cents(fee_class, sized)
    if not cents:
        return None
    return FeeLine(FeeCode.DISCOUNT, -cents, section.id, {"size_tier": sized.tier})


def _lithium_line(sale: Sale, *, is_dangerous: bool) -> FeeLine | None:
    section = sale.section(Kind.LITHIUM)
    if section is None or section.value is None:
        is_asked = sale.assumptions.lithium_battery and not is_dangerous
        return unknown(FeeCode.LITHIUM, sale.no_card(Kind.LITHIUM)) if is_asked else None
    card: AddOn = section.value
    if is_dangerous and card.on_dangerous_goods:
        return FeeLine(FeeCode.DANGEROUS_GOODS, card.cents, section.id)
    if is_dangerous or not sale.assumptions.lithium_battery:
        return None
    return FeeLine(FeeCode.LITHIUM, card.cents, section.id)


def _packaging_line(sale: Sale, sized: Sized) -> FeeLine | None:
    section = sale.section(Kind.PACKAGING)
    if section is None or sale.assumptions.own_packaging:
        return None
    card: PackagingCard = section.value
    if sized.tier not in card.tiers:
        return None
    if sale.unit.measures.sides_mm is None:
        return unknown(FeeCode.PACKAGING, "the package's size is not known")
    cents = card.find(sized.dimensional_grams)
    pounds = float(sized.dimensional_grams / card.unit_grams)
    return FeeLine(FeeCode.PACKAGING, cents, section.id, {"dimensional_weight": round(pounds, 3)})


def _overmax_line(sale: Sale, sized: Sized) -> FeeLine | None:
    section = sale.section(Kind.OVERMAX)
    sides = sale.unit.measures.sides_mm
    if section is None:
        return None
    card: OvermaxCard = section.value
    if sides is None:
        if sized.tier not in card.cents:
            return None
        return unknown(FeeCode.OVERMAX, "the package's size is not known")
    cents = card.find(sized.tier, sides[0], length_plus_girth(sides))
    if cents is None:
        return None
    return FeeLine(FeeCode.OVERMAX, cents, section.id, {"longest_mm": float(sides[0])})
