"""The fee lines of a unit that Amazon ships."""

from __future__ import annotations

from bisect import bisect_left
from datetime import date

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
    row = sized if isinstance(sized, str) else _row(sale, card, sized)
    if isinstance(row, str) or isinstance(sized, str):
        seen = [_observed_line(sale, section, band) for band in bands]
        lines = [line or unknown(FeeCode.FULFILMENT, str(row)) for line in seen]
        return (PriceSteps(limits, tuple(lines)),), ()
    rows = card.rows(row, sized.tier, sized.unit_grams)
    measured = _measured(sale, sized)
    lines = [_fulfilment_line(sale, section, band, rows[band], measured) for band in bands]
    steps = [PriceSteps(limits, tuple(lines))]
    surcharge = sale.section(Kind.SURCHARGE)
    if surcharge is not None:
        added = tuple(_surcharge_line(surcharge, line) for line in lines)
        steps.append(PriceSteps(limits, added))
    return tuple(steps), _extra_lines(sale, sized)


def _extra_lines(sale: Sale, sized: Sized) -> tuple[FeeLine, ...]:
    """Discounts and additions to the fulfilment fee that do not depend on the price."""
    lines = (
        _discount_line(sale, sized),
        _lithium_line(sale),
        _packaging_line(sale, sized),
        _overmax_line(sale, sized),
    )
    return tuple(line for line in lines if line is not None)


def _row(sale: Sale, card: FulfilmentCard, sized: Sized) -> Row | str:
    """The row of the card, or the reason why it is unknown."""
    fee_class = sale.fee_class
    if fee_class is None:
        reason = sale.assigned.class_reason or "the fulfilment class is not known"
        return f"{reason}; give the fee class"
    table = card.table(fee_class, sized.tier)
    if isinstance(table, NotKnown):
        return table.reason
    row = table.find(sized.billed_grams)
    return row or f"the fulfilment card ends below this weight in {sized.tier}"


def _measured(sale: Sale, sized: Sized) -> Inputs:
    """What the fulfilment fee is charged by, whatever the price."""
    return {
        "measures": sale.unit.basis,
        "size_tier": sized.tier,
        "unit_grams": round(float(sized.unit_grams), 2),
        "dimensional_grams": round(float(sized.dimensional_grams), 2),
        "billed_grams": round(float(sized.billed_grams), 2),
    }


def _fulfilment_line(
    sale: Sale, section: Section, band: int, row: Row, measured: Inputs
) -> FeeLine:
    card: FulfilmentCard = section.value
    amount = row.cells[min(band, len(row.cells) - 1)]
    inputs: Inputs = {
        "fee_class": str(sale.fee_class),
        "price_band": card.band_ids[band],
        "row": row.text,
        **measured,
    }
    reason = None
    if amount is None:
        reason = f"the {sale.fee_class} fee in price band {card.band_ids[band]} was not found"
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
    return all(sale.section(kind, day) is sale.section(kind) for kind in kinds)


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


def _discount_line(sale: Sale, sized: Sized) -> FeeLine | None:
    section = sale.section(Kind.DISCOUNT)
    fee_class = sale.fee_class
    if not sale.assumptions.own_packaging or fee_class is None:
        return None
    if section is None or section.value is None:
        return unknown(FeeCode.DISCOUNT, sale.no_card(Kind.DISCOUNT))
    card: DiscountCard = section.value
    cents = card.cents(fee_class, sized.tier, sized.billed_grams)
    if not cents:
        return None
    return FeeLine(FeeCode.DISCOUNT, -cents, section.id, {"size_tier": sized.tier})


def _lithium_line(sale: Sale) -> FeeLine | None:
    section = sale.section(Kind.LITHIUM)
    is_dangerous = sale.fee_class is FeeClass.DANGEROUS_GOODS
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
    if sized.tier in card.tiers and sale.unit.measures.sides_mm is None:
        return unknown(FeeCode.PACKAGING, "the package's size is not known")
    cents = card.find(sized.tier, sized.dimensional_grams)
    if cents is None:
        return None
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
