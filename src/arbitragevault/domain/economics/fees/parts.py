"""The parts of a sale's fees, each by what it depends on besides the day and the channel.

Selling fees depend on the fee category, shipping fees on the class, size tier and weight row,
storage on the volume. So few distinct parts serve any number of products.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import dataclass, replace

from arbitragevault.domain.catalog.product import Channel
from arbitragevault.domain.economics.fees.curve import PriceSteps
from arbitragevault.domain.economics.fees.fba import fba_lines
from arbitragevault.domain.economics.fees.fulfilment import FulfilmentCard
from arbitragevault.domain.economics.fees.handling import ClosingCard, MailCard
from arbitragevault.domain.economics.fees.keeping import (
    NO_SIZE,
    aged_fee,
    keeping_lines,
    storage_fee,
    storage_lines,
)
from arbitragevault.domain.economics.fees.levy import Levy
from arbitragevault.domain.economics.fees.model import FeeCode, FeeLine, SellingPlan, VatStatus
from arbitragevault.domain.economics.fees.rate_card import Kind, Section
from arbitragevault.domain.economics.fees.referral import ReferralCard, ReferralRule
from arbitragevault.domain.economics.fees.sale import Sale, unknown
from arbitragevault.domain.economics.fees.size_tier import Sized
from arbitragevault.domain.economics.fees.storage import VolumeFee
from arbitragevault.domain.economics.fees.tax import levies


@dataclass(frozen=True, slots=True)
class SellingPart:
    """What Amazon takes for the sale itself.

    Args:
        referral: The referral rule; None if unknown, which a line then says.
        lines: Fees that do not depend on the price.
        levies: What is a share of the price or of fees, in order.
    """

    referral: ReferralRule | None
    lines: tuple[FeeLine, ...]
    levies: tuple[Levy, ...] = ()


@dataclass(frozen=True, slots=True)
class ShippingPart:
    """What it costs to bring the unit to the buyer.

    Args:
        size_tier: The unit's size tier; None if unknown or not needed.
        steps: Fees that depend on the price band.
        lines: Fees that do not depend on the price.
    """

    size_tier: str | None
    steps: tuple[PriceSteps, ...]
    lines: tuple[FeeLine, ...]

    @property
    def has_unknown_fulfilment(self) -> bool:
        """True if the fulfilment fee is unknown at some price."""
        lines = (line for step in self.steps for line in step.lines)
        return any(line.code is FeeCode.FULFILMENT and line.amount_cents is None for line in lines)


def selling_part(sale: Sale) -> SellingPart:
    """Referral, closing and per-item fee, and the levies."""
    referral = _referral(sale)
    lines = tuple(_selling_lines(sale))
    if isinstance(referral, str):
        lines = (*lines, unknown(FeeCode.REFERRAL, referral))
        return SellingPart(None, lines, levies(sale))
    return SellingPart(referral, lines, levies(sale))


def shipping_part(sale: Sale, sized: Sized | str) -> ShippingPart:
    """Fulfilment with all that is charged by tier and weight, or what the seller pays a carrier."""
    if sale.channel is Channel.FBM:
        return ShippingPart(None, (), (_fbm_shipping_line(sale),))
    steps, extras = fba_lines(sale, sized)
    tier = None if isinstance(sized, str) else sized.tier
    return ShippingPart(tier, steps, (*extras, *keeping_lines(sale, sized)))


def shipping_key(sale: Sale) -> Hashable:
    """All that `shipping_part` reads besides the unit's measures, the period and an observation.

    Units of one period and channel with equal keys and in the same cell have equal parts.
    """
    assumed = replace(
        sale.assumptions,
        plan=SellingPlan.PROFESSIONAL,
        storage_days=0,
        storage_utilization_weeks=None,
        fee_category=None,
        fee_class=None,
        shipping_credit_cents=0,
        closing_cents=None,
        vat=VatStatus.NOT_REGISTERED,
        seller_country=None,
        sale_vat_ppm=None,
    )
    section = sale.section(Kind.FULFILMENT)
    card: FulfilmentCard | None = section.value if section else None
    bands = card.limits(sale.assigned.category) if card else ()
    return sale.fee_class, bands, _is_mailed(sale), assumed


def storage_part(sale: Sale, sized: Sized | str) -> tuple[FeeLine, ...]:
    """What the unit pays by volume while it waits in Amazon's store."""
    if sale.channel is Channel.FBM:
        return ()
    return tuple(storage_lines(sale, sized))


def storage_fees(
    sale: Sale, *, is_standard: bool | None
) -> Iterator[tuple[FeeCode, VolumeFee | FeeLine]]:
    """The fees by volume behind `storage_part`, or their unknown lines.

    Args:
        sale: The sale.
        is_standard: Whether the unit is of standard size; None if unknown.
    """
    if is_standard is None:
        yield FeeCode.STORAGE, unknown(FeeCode.STORAGE, NO_SIZE)
    else:
        yield FeeCode.STORAGE, storage_fee(sale, is_standard=is_standard)
    aged = aged_fee(sale)
    if aged is not None:
        yield FeeCode.AGED_INVENTORY, aged


def _referral(sale: Sale) -> ReferralRule | str:
    """The referral rule, or the reason why it is unknown."""
    section, category = sale.section(Kind.REFERRAL), sale.assigned.category
    if section is None or section.value is None:
        return sale.no_card(Kind.REFERRAL)
    if category is None:
        return sale.assigned.unknown_reason or "the fee category is not known"
    card: ReferralCard = section.value
    return card.rule(category, sale.channel) or f"{section.id} has no referral fee for {category!r}"


def _selling_lines(sale: Sale) -> list[FeeLine]:
    """Closing fee and per-item fee."""
    lines = []
    closing = sale.section(Kind.CLOSING)
    if closing is not None and closing.value is not None:
        line = _closing_line(sale, closing)
        lines += [] if line is None else [line]
    elif sale.cards.has(sale.product.marketplace.code, Kind.CLOSING):
        lines.append(unknown(FeeCode.CLOSING, sale.no_card(Kind.CLOSING)))
    if sale.assumptions.plan is SellingPlan.INDIVIDUAL:
        lines.append(_per_item_line(sale))
    return lines


def _closing_line(sale: Sale, section: Section) -> FeeLine | None:
    """The closing fee of the card, else as it was seen; None for categories that pay none."""
    card: ClosingCard = section.value
    category, seen = sale.assigned.category or "", sale.assumptions.closing_cents
    if category in card.cents:
        return FeeLine(FeeCode.CLOSING, card.cents[category], section.id)
    if category not in card.not_known:
        return None
    reason = card.not_known[category]
    if seen is None:
        return unknown(FeeCode.CLOSING, reason)
    return FeeLine(FeeCode.CLOSING, seen, f"observed/{section.id}", {"because": reason})


def _per_item_line(sale: Sale) -> FeeLine:
    """What the individual plan pays per item."""
    section = sale.section(Kind.PLAN)
    if section is None or section.value is None:
        return unknown(FeeCode.PER_ITEM, sale.no_card(Kind.PLAN))
    fee = section.value[SellingPlan.INDIVIDUAL]
    if fee is None:
        return unknown(FeeCode.PER_ITEM, "the individual plan's fee per item was not found")
    return FeeLine(FeeCode.PER_ITEM, fee, section.id)


def _is_mailed(sale: Sale) -> bool:
    """Is there a carrier's price list for the fee category?"""
    section = sale.section(Kind.MAIL)
    return section is not None and sale.assigned.category in section.value.categories


def _fbm_shipping_line(sale: Sale) -> FeeLine:
    """What the seller pays a carrier: as given, else Media Mail for media."""
    given = sale.assumptions.fbm_shipping_cents
    if given is not None:
        return FeeLine(FeeCode.FBM_SHIPPING, given, "given")
    section = sale.section(Kind.MAIL)
    if section is None or not _is_mailed(sale):
        return unknown(FeeCode.FBM_SHIPPING, "the seller's shipping cost is not given")
    weight = sale.unit.measures.weight_grams
    if weight is None:
        return unknown(FeeCode.FBM_SHIPPING, sale.unit.problem or "the weight is not known")
    card: MailCard = section.value
    row = card.table.find(weight)
    if row is None or row.cells[0] is None:
        return unknown(FeeCode.FBM_SHIPPING, "the unit is too heavy for Media Mail")
    return FeeLine(
        FeeCode.FBM_SHIPPING,
        row.cells[0],
        section.id,
        {"row": row.text, "unit_grams": round(float(weight), 2)},
    )
