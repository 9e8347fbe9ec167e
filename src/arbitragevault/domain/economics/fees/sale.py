"""What the fee rules look at: one product, day and channel with what is assumed about them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from arbitragevault.domain.catalog.product import Channel, Product
from arbitragevault.domain.economics.fees.category import Assigned, CategoryMap, assigned
from arbitragevault.domain.economics.fees.model import (
    FeeAssumptions,
    FeeClass,
    FeeCode,
    FeeLine,
    FulfilmentObservation,
)
from arbitragevault.domain.economics.fees.rate_card import Kind, RateCards, Section
from arbitragevault.domain.economics.fees.size_tier import Sized, SizeTierTable
from arbitragevault.domain.economics.fees.unit import Unit, unit_of


@dataclass(frozen=True, slots=True)
class Sale:
    """A sale whose price is still open.

    Args:
        cards: The rate cards.
        product: What is sold.
        on: The day on which it ships.
        channel: Who ships it.
        assumptions: What the product does not tell.
        assigned: Fee category and class.
        unit: Its measures.
        observation: A fulfilment fee that someone else saw.
        sections: The sections that hold on the day in the product's marketplace.
    """

    cards: RateCards
    product: Product
    on: date
    channel: Channel
    assumptions: FeeAssumptions
    assigned: Assigned
    unit: Unit
    observation: FulfilmentObservation | None
    sections: Mapping[Kind, Section]

    def section(self, kind: Kind) -> Section | None:
        """The section of a kind for the product's marketplace and the day of the sale."""
        return self.sections.get(kind)

    def no_card(self, kind: Kind) -> str:
        """Why there is no table of a kind, as a reason."""
        return no_card(self.cards, self.product.marketplace.code, kind, self.on)

    def changed(self, on: date, assumptions: FeeAssumptions) -> Sale:
        """The sale on another day or otherwise assumed, without an observation.

        Category and measures are told anew only where that can change them.
        """
        sections = self.cards.on(self.product.marketplace.code, on)
        is_same_product = (
            sections.get(Kind.CATEGORIES) is self.sections.get(Kind.CATEGORIES)
            and assumptions.fee_category == self.assumptions.fee_category
            and assumptions.measures == self.assumptions.measures
        )
        if not is_same_product:
            args = self.cards, self.product, on, self.channel, assumptions
            return make_sale(*args, observation=None)
        return Sale(
            self.cards,
            self.product,
            on,
            self.channel,
            assumptions,
            self.assigned,
            self.unit,
            None,
            sections,
        )

    def sized_as(self, other: Sale, sized: Sized | str) -> Sized | str:
        """The size tier of another sale of the product, where it cannot be another one here.

        Args:
            other: The other sale.
            sized: What it was sorted into.
        """
        table = self.section(Kind.SIZE_TIERS)
        is_same = (
            table is not None
            and table is other.section(Kind.SIZE_TIERS)
            and self.unit is other.unit
            and self.fee_class == other.fee_class
            and self.assumptions.size_tier == other.assumptions.size_tier
        )
        return sized if is_same else self.sized()

    @property
    def fee_class(self) -> FeeClass | None:
        """The fulfilment class: assumed, else dangerous goods if flagged, else the category's."""
        if self.assumptions.fee_class is not None:
            return self.assumptions.fee_class
        if self.product.is_hazmat:
            return FeeClass.DANGEROUS_GOODS
        return self.assigned.fee_class

    def sized(self) -> Sized | str:
        """The unit's size tier and charged weight, or the reason why they are unknown."""
        if self.channel is Channel.FBM:
            return "the seller ships the unit"
        section = self.section(Kind.SIZE_TIERS)
        if section is None or section.value is None:
            return self.no_card(Kind.SIZE_TIERS)
        table: SizeTierTable = section.value
        if self.assumptions.size_tier is not None:
            return self._assumed(table, self.assumptions.size_tier)
        measures = self.unit.measures
        if self.unit.problem or measures.sides_mm is None or measures.weight_grams is None:
            return self.unit.problem or "the package is not known"
        if table.goes_by_class and self.fee_class is None:
            return self.assigned.class_reason or "the fulfilment class is not known"
        return table.classify(
            measures.sides_mm,
            measures.weight_grams,
            is_rounded=measures.is_rounded,
            fee_class=self.fee_class,
        )

    def _assumed(self, table: SizeTierTable, tier: str) -> Sized | str:
        """The unit in a tier that was given."""
        if table.tier(tier) is None:
            known = ", ".join(t.id for t in table.tiers)
            return f"{tier!r} is not a size tier on {self.on}: {known}"
        weightless = self.unit.problem or "the package's weight is not known"
        return table.assume(tier, self.unit.measures) or weightless


def make_sale(
    cards: RateCards,
    product: Product,
    on: date,
    channel: Channel,
    assumptions: FeeAssumptions,
    *,
    observation: FulfilmentObservation | None,
) -> Sale:
    """Assign a product to its category and measure it."""
    sections = cards.on(product.marketplace.code, on)
    assigned = _assign(sections.get(Kind.CATEGORIES), product, on, assumptions)
    unit = unit_of(product, is_book=assigned.category == "books", given=assumptions.measures)
    return Sale(cards, product, on, channel, assumptions, assigned, unit, observation, sections)


def no_card(cards: RateCards, marketplace: str, kind: Kind, on: date) -> str:
    """Why there is no table of a kind for a marketplace and day, as a reason."""
    section = cards.find(marketplace, kind, on)
    if section is not None and section.not_known:
        return section.not_known
    what = "rate card" if kind in (Kind.REFERRAL, Kind.FULFILMENT) else f"{kind} rate card"
    return f"no {what} for {marketplace} on {on}"


def unknown(code: FeeCode, reason: str) -> FeeLine:
    """A line whose amount is not known."""
    return FeeLine(code, None, "unknown", {}, reason)


def _assign(
    section: Section | None, product: Product, on: date, assumptions: FeeAssumptions
) -> Assigned:
    given = assumptions.fee_category
    if section is None or section.value is None:
        reason = f"no rate card for {product.marketplace.code} on {on}"
        return Assigned(given, None, "no rate card", reason, reason)
    table: CategoryMap = section.value
    if given is not None:
        return assigned(given, table.class_of(given), "given")
    return table.assign(product)
