"""What comes after a sale that fails: a full or partial refund, or the removal of a unit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
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
from arbitragevault.domain.economics.fees.rate_card import Kind, RateCards, Section, rate_cards
from arbitragevault.domain.economics.fees.referral import PPM
from arbitragevault.domain.economics.fees.returns_card import ReturnHistory, ReturnsCard
from arbitragevault.domain.economics.fees.sale import Sale, make_sale, unknown
from arbitragevault.domain.economics.fees.weight_table import NotKnown
from arbitragevault.domain.errors import InvalidInputError
from arbitragevault.domain.money import Money

BELOW_EXEMPTION = "fewer units shipped in a month than the exemption"
"""What is taken of a product whose returns are not told."""


@dataclass(frozen=True, slots=True)
class Refund:
    """What a refunded sale costs the seller beside the money that goes back to the buyer.

    Args:
        paid_cents: What the buyer paid: price and delivery.
        refunded_cents: What goes back to the buyer.
        lines: The fees that Amazon keeps, its administration fee, and the processing of the return.
    """

    paid_cents: int
    refunded_cents: int
    lines: tuple[FeeLine, ...]

    @property
    def cost_cents(self) -> int | None:
        """The sum of the lines; None if any of them is unknown."""
        amounts = [line.amount_cents for line in self.lines]
        return None if None in amounts else sum(amount for amount in amounts if amount is not None)

    @property
    def net_proceeds_cents(self) -> int | None:
        """What is left of the sale, below 0 after a full refund; None if a line is unknown."""
        cost = self.cost_cents
        return None if cost is None else self.paid_cents - self.refunded_cents - cost


def refund(
    product: Product,
    breakdown: FeeBreakdown,
    assumptions: FeeAssumptions = DEFAULT_ASSUMPTIONS,
    *,
    refunded_cents: int | None = None,
    history: ReturnHistory | None = None,
    cards: RateCards | None = None,
) -> Refund:
    """What remains of a sale's fees after a refund.

    A full refund credits the referral fee and, but for software and video games, the closing fee. A
    partial one keeps the closing fee and credits the referral fee in proportion: for books, music,
    video and DVD to the share of the item price, else to the share of all that was paid. Those
    media pay no administration fee, everything else the lesser of 5.00 and 20 % of the credited
    referral fee. Fulfilment, storage and the individual plan's per-item fee are never returned.
    Sources: Amazon pages GDC3U6FWF4JJJJC7 and 200387230. Only a full refund brings the unit back,
    so only there a returns processing fee can arise.

    Args:
        product: What was sold.
        breakdown: The fees of the sale.
        assumptions: Those of the sale.
        refunded_cents: What goes back to the buyer; None is all that was paid.
        history: How often the product comes back; None takes it as exempt by few sales.
        cards: Rate cards other than the package's own.

    Raises:
        InvalidInputError: If more goes back than was paid, or nothing.
    """
    paid = breakdown.price_cents + breakdown.shipping_credit_cents
    back = paid if refunded_cents is None else refunded_cents
    if not (0 < back <= paid or back == paid):
        raise InvalidInputError(
            f"A refund of {Money(back, breakdown.currency)} is not between 0 and the "
            f"{Money(paid, breakdown.currency)} that were paid."
        )
    known = cards or rate_cards(product.marketplace.code)
    sale = make_sale(known, product, breakdown.on, breakdown.channel, assumptions, observation=None)
    section = sale.section(Kind.REFUND)
    if section is None or section.value is None:
        reason = sale.no_card(Kind.REFUND)
        return Refund(paid, back, (unknown(FeeCode.REFUND_ADMINISTRATION, reason),))
    lines = [*_kept(breakdown, section, back), _administration_line(breakdown, section, back)]
    comes_back = back == paid and breakdown.channel is Channel.FBA
    processing = _returns_line(sale, history) if comes_back else None
    return Refund(paid, back, (*lines, *([] if processing is None else [processing])))


def removal_fee(
    product: Product, on_date: date, assumptions: FeeAssumptions = DEFAULT_ASSUMPTIONS
) -> FeeLine:
    """What Amazon charges to send back or dispose of one unit.

    Args:
        product: What is in store.
        on_date: The day of the order.
        assumptions: As for `fees`.
    """
    cards = rate_cards(product.marketplace.code)
    sale = make_sale(cards, product, on_date, Channel.FBA, assumptions, observation=None)
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


def _kept(breakdown: FeeBreakdown, section: Section, back: int) -> list[FeeLine]:
    """The fees of the sale that are not credited, the referral fee less its credit."""
    card: RefundCard = section.value
    is_full = back == breakdown.price_cents + breakdown.shipping_credit_cents
    keeps_closing = not is_full or breakdown.fee_category in card.closing_kept
    lines = []
    for line in breakdown.lines:
        if line.code is FeeCode.REFERRAL and line.amount_cents is not None:
            credit = _referral_credit(breakdown, card, line.amount_cents, back)
            if credit < line.amount_cents:
                inputs = {"paid": line.amount_cents, "credited": credit}
                lines.append(replace(line, amount_cents=line.amount_cents - credit, inputs=inputs))
        elif line.code is not FeeCode.CLOSING or keeps_closing:
            lines.append(line)
    return lines


def _referral_credit(breakdown: FeeBreakdown, card: RefundCard, referral: int, back: int) -> int:
    """The referral fee that is credited, rounded half up."""
    paid = breakdown.price_cents + breakdown.shipping_credit_cents
    if back == paid:
        return referral
    of = breakdown.price_cents if breakdown.fee_category in card.free else paid
    return min(referral, (2 * referral * back + of) // (2 * of)) if of else 0


def _administration_line(breakdown: FeeBreakdown, section: Section, back: int) -> FeeLine:
    card: RefundCard = section.value
    referral = breakdown.line(FeeCode.REFERRAL)
    if breakdown.fee_category in card.free:
        return FeeLine(FeeCode.REFUND_ADMINISTRATION, 0, section.id, {"category": "media"})
    if referral is None or referral.amount_cents is None:
        return unknown(FeeCode.REFUND_ADMINISTRATION, "the referral fee is not known")
    credit = _referral_credit(breakdown, card, referral.amount_cents, back)
    share = (2 * credit * card.rate_ppm + PPM) // (2 * PPM)
    return FeeLine(
        FeeCode.REFUND_ADMINISTRATION,
        min(card.cap_cents, share),
        section.id,
        {"referral": credit, "cap": card.cap_cents},
    )


def _returns_line(sale: Sale, history: ReturnHistory | None) -> FeeLine | None:
    """What processing the returned unit costs; None for goods that were not charged then."""
    section, code = sale.section(Kind.RETURNS), FeeCode.RETURNS_PROCESSING
    if section is None or section.value is None:
        return unknown(code, sale.no_card(Kind.RETURNS))
    card: ReturnsCard = section.value
    category = sale.assigned.category
    if category in card.every:
        return _returned_apparel(sale, section)
    if card.high is None:
        return None
    units = card.high.charged_units(category or "", history)
    if units is None:
        return unknown(code, f"the share of returns above which {category} pays was not found")
    inputs: Mapping[str, str | int] = (
        {"taken": BELOW_EXEMPTION, "exempt_below_units": card.high.exempt_below_units}
        if history is None
        else {"shipped": history.shipped, "returned": history.returned, "charged_units": units}
    )
    if units:
        return FeeLine(code, None, section.id, inputs, card.high.not_known)
    return FeeLine(code, 0, section.id, inputs)


def _returned_apparel(sale: Sale, section: Section) -> FeeLine:
    """What apparel and shoes pay for every returned unit."""
    card: ReturnsCard = section.value
    code, sized = FeeCode.RETURNS_PROCESSING, sale.sized()
    if isinstance(card.tables, NotKnown):
        return unknown(code, card.tables.reason)
    if isinstance(sized, str):
        return unknown(code, sized)
    table = card.tables.get(sized.tier)
    row = table.find(sized.billed_grams) if table else None
    if row is None:
        reason = f"the returns processing fee of this weight in {sized.tier} was not found"
        return unknown(code, reason)
    return FeeLine(code, row.cells[0], section.id, {"row": row.text, "size_tier": sized.tier})
