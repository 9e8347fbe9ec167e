"""What comes after a sale that fails: a full refund, or the removal of an unsold unit."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from arbitragevault.domain.catalog.product import Channel, Product
from arbitragevault.domain.economics.fees.handling import RefundCard
from arbitragevault.domain.economics.fees.model import (
    DEFAULT_ASSUMPTIONS,
    FeeAssumptions,
    FeeBreakdown,
    FeeCode,
    FeeLine,
)
from arbitragevault.domain.economics.fees.rate_card import Kind, Section, rate_cards
from arbitragevault.domain.economics.fees.referral import PPM
from arbitragevault.domain.economics.fees.sale import make_sale, unknown
from arbitragevault.domain.economics.fees.weight_table import NotKnown


@dataclass(frozen=True, slots=True)
class Refund:
    """What a fully refunded sale costs the seller; the price itself goes back to the buyer.

    Args:
        lines: The fees that Amazon keeps, and its administration fee.
    """

    lines: tuple[FeeLine, ...]

    @property
    def cost_cents(self) -> int | None:
        """The sum of the lines; None if any of them is unknown."""
        amounts = [line.amount_cents for line in self.lines]
        return None if None in amounts else sum(amount for amount in amounts if amount is not None)


def full_refund(breakdown: FeeBreakdown, marketplace: str) -> Refund:
    """What remains of a sale's fees after a full refund.

    Referral and closing fee are credited; books, music, video and DVD pay no administration fee,
    everything else the lesser of 5.00 and 20 % of the referral fee. Fulfilment, storage and the
    individual plan's per-item fee are not returned. Source: Amazon page GDC3U6FWF4JJJJC7.

    Args:
        breakdown: The fees of the sale.
        marketplace: Marketplace code.
    """
    section = rate_cards().find(marketplace, Kind.REFUND, breakdown.on)
    if section is None or section.value is None:
        reason = f"no refund rate card for {marketplace} on {breakdown.on}"
        return Refund((unknown(FeeCode.REFUND_ADMINISTRATION, reason),))
    card: RefundCard = section.value
    credited = {FeeCode.REFERRAL}
    if breakdown.fee_category not in card.closing_kept:
        credited.add(FeeCode.CLOSING)
    kept = tuple(line for line in breakdown.lines if line.code not in credited)
    administration = _administration_line(breakdown, section)
    return Refund((*kept, administration))


def removal_fee(
    product: Product, on_date: date, assumptions: FeeAssumptions = DEFAULT_ASSUMPTIONS
) -> FeeLine:
    """What Amazon charges to send back or dispose of one unit.

    Args:
        product: What is in store.
        on_date: The day of the order.
        assumptions: As for `fees`.
    """
    sale = make_sale(rate_cards(), product, on_date, Channel.FBA, assumptions, observation=None)
    section, sized = sale.section(Kind.REMOVAL), sale.sized()
    if section is None or section.value is None or isinstance(sized, str):
        reason = sized if isinstance(sized, str) else sale.no_card(Kind.REMOVAL)
        return unknown(FeeCode.REMOVAL, reason)
    table = section.value["standard" if sized.is_standard else "oversize"]
    if isinstance(table, NotKnown):
        return unknown(FeeCode.REMOVAL, table.reason)
    row = table.find(sized.billed_grams)
    return FeeLine(
        FeeCode.REMOVAL,
        row.cells[0],
        section.id,
        {"row": row.text, "billed_grams": round(float(sized.billed_grams), 2)},
    )


def _administration_line(breakdown: FeeBreakdown, section: Section) -> FeeLine:
    card: RefundCard = section.value
    referral = breakdown.line(FeeCode.REFERRAL)
    if breakdown.fee_category in card.free:
        return FeeLine(FeeCode.REFUND_ADMINISTRATION, 0, section.id, {"category": "media"})
    if referral is None or referral.amount_cents is None:
        return unknown(FeeCode.REFUND_ADMINISTRATION, "the referral fee is not known")
    share = (2 * referral.amount_cents * card.rate_ppm + PPM) // (2 * PPM)
    return FeeLine(
        FeeCode.REFUND_ADMINISTRATION,
        min(card.cap_cents, share),
        section.id,
        {"referral": referral.amount_cents, "cap": card.cap_cents},
    )
