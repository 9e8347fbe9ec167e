"""What could explain that an observed fulfilment fee differs from ours."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from typing import Final

from arbitragevault.domain.catalog.product import Product
from arbitragevault.domain.economics.fees.model import (
    FeeAssumptions,
    FeeClass,
    FulfilmentObservation,
)
from arbitragevault.domain.economics.fees.rate_card import Kind, RateCards
from arbitragevault.domain.economics.fees.size_tier import SizeTierTable
from arbitragevault.domain.economics.fees.unit import unit_of

_ROUNDED_SHARE: Final = Fraction(5, 1000)
"""Keepa's grams may exceed the true weight by half a percent: 125 of 8,969 fees of July 2024 are
those of the band below."""

_STALE_DAYS: Final = 400
"""How far back an observation may belong: Keepa keeps a fee until it renews it."""

Alternative = tuple[str, FulfilmentObservation, FeeAssumptions]
"""A cause by its name, with the observation and the assumptions under which it would hold."""


def usual_alternatives(seen: FulfilmentObservation, given: FeeAssumptions) -> Iterator[Alternative]:
    """What the product may be that its catalogue data do not tell."""
    packed = replace(given, own_packaging=True)
    yield "own packaging", seen, packed
    yield "lithium battery", seen, replace(given, lithium_battery=True)
    yield "own packaging and lithium battery", seen, replace(packed, lithium_battery=True)
    yield "dangerous goods card", seen, replace(given, fee_class=FeeClass.DANGEROUS_GOODS)
    yield "apparel card", seen, replace(given, fee_class=FeeClass.APPAREL)
    yield "standard card", seen, replace(given, fee_class=FeeClass.STANDARD)


def all_alternatives(
    product: Product, seen: FulfilmentObservation, given: FeeAssumptions, cards: RateCards
) -> Iterator[Alternative]:
    """Every circumstance under which an observed fee could be right, likeliest first.

    Besides the usual ones: other price bands and card periods, rounded grams, other size tiers.

    Args:
        product: The product.
        seen: What was observed.
        given: The assumptions under which ours was computed.
        cards: The rate cards.
    """
    yield from usual_alternatives(seen, given)
    yield from _other_bands(product, seen, given, cards)
    yield from _rounded(product, seen, given)
    yield from _other_periods(product, seen, given, cards)
    yield from _other_tiers(product, seen, given, cards)


def _other_bands(
    product: Product, seen: FulfilmentObservation, given: FeeAssumptions, cards: RateCards
) -> Iterator[Alternative]:
    section = cards.find(product.marketplace.code, Kind.FULFILMENT, seen.on)
    if section is None or section.value is None or seen.price_cents is None:
        return
    for limit in section.value.band_limits:
        price = limit if seen.price_cents > limit else limit + 1
        yield "price band", replace(seen, price_cents=price), given


def _rounded(
    product: Product, seen: FulfilmentObservation, given: FeeAssumptions
) -> Iterator[Alternative]:
    is_book = given.fee_category == "books"
    measures = unit_of(product, is_book=is_book, given=given.measures).measures
    if measures.weight_grams is not None:
        lighter = measures.weight_grams * (1 - _ROUNDED_SHARE)
        exact = replace(measures, weight_grams=lighter)
        yield "grams rounded up at the edge of a row", seen, replace(given, measures=exact)


def _other_periods(
    product: Product, seen: FulfilmentObservation, given: FeeAssumptions, cards: RateCards
) -> Iterator[Alternative]:
    """Earlier cards, when Keepa had not renewed its figure, and the surcharge by itself."""
    code, earliest = product.marketplace.code, seen.on - timedelta(days=_STALE_DAYS)
    for day in reversed(_changes(code, cards)):
        before = day - timedelta(days=1)
        if earliest <= before < seen.on:
            yield f"rate card in force until {before}", replace(seen, on=before), given
    for day in _changes(code, cards):
        if seen.on < day <= seen.on + timedelta(days=7):
            yield f"rate card in force from {day}", replace(seen, on=day), given


def _changes(marketplace: str, cards: RateCards) -> list[date]:
    """Days on which another fulfilment card or surcharge begins."""
    kinds = (Kind.FULFILMENT, Kind.SURCHARGE)
    return sorted(
        {
            first
            for section in cards.sections
            if section.marketplace == marketplace and section.kind in kinds
            for first, _ in section.windows
        }
    )


def _other_tiers(
    product: Product, seen: FulfilmentObservation, given: FeeAssumptions, cards: RateCards
) -> Iterator[Alternative]:
    section = cards.find(product.marketplace.code, Kind.SIZE_TIERS, seen.on)
    table: SizeTierTable | None = section.value if section else None
    for tier in table.tiers if table else ():
        yield f"size tier {tier.id}", seen, replace(given, size_tier=tier.id)
