"""Value added tax and the digital services fee: which levies a sale carries.

Amazon's European and Canadian cards exclude VAT, Japan's fulfilment card includes it; the price
that a buyer pays includes it except in Canada. VAT on what the seller buys is part of the landed
cost, so it has one place there and these have theirs here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from arbitragevault.domain.economics.fees.levy import AMAZON_CODES, Levy
from arbitragevault.domain.economics.fees.model import FeeCode, VatStatus
from arbitragevault.domain.economics.fees.rate_card import Kind, Section
from arbitragevault.domain.economics.fees.sale import Sale
from arbitragevault.domain.economics.fees.vat_card import Rate, VatCard
from arbitragevault.domain.economics.fees.weight_table import NotKnown


def levies(sale: Sale) -> tuple[Levy, ...]:
    """What a sale carries in tax and digital services fees, in the order of computation."""
    market = sale.product.marketplace.code
    if not sale.cards.has(market, Kind.VAT):
        return ()
    section = sale.section(Kind.VAT)
    if section is None or section.value is None:
        reason = sale.no_card(Kind.VAT)
        return (Levy(FeeCode.VAT_ON_FEES, "unknown", None, None, False, not_known=reason),)
    card: VatCard = section.value
    seller = (sale.assumptions.seller_country or card.country).upper()
    return (
        *_digital_services(sale, seller),
        *_on_fees(sale, section, seller),
        *_on_sale(sale, section, seller),
    )


def _digital_services(sale: Sale, seller: str) -> tuple[Levy, ...]:
    section = sale.section(Kind.DIGITAL_SERVICES)
    rates: Mapping[str, Rate] = (section.value or {}) if section else {}
    if section is None or seller not in rates:
        return ()
    levy = _levy(FeeCode.DIGITAL_SERVICES, section, rates[seller], AMAZON_CODES)
    return (replace(levy, basis=f"sellers established in {seller}"),)


def _on_fees(sale: Sale, section: Section, seller: str) -> tuple[Levy, ...]:
    """VAT that is added to fees and not reclaimed, or that is in them and reclaimed."""
    card: VatCard = section.value
    rate: Rate | None = sale.assumptions.fee_vat_ppm
    if rate is None:
        rate = card.by_country.get(seller)
    if rate is None:
        reason = f"the VAT on Amazon's fees for a seller established in {seller} was not found"
        rate = NotKnown(reason)
    if sale.assumptions.vat is not VatStatus.REGISTERED:
        base = (AMAZON_CODES | {FeeCode.DIGITAL_SERVICES}) - card.fees_with_tax
        levy = _levy(FeeCode.VAT_ON_FEES, section, rate, base)
        return (replace(levy, basis=f"{sale.assumptions.vat}, established in {seller}"),)
    if not card.fees_with_tax:
        return ()
    levy = _levy(FeeCode.VAT_ON_FEES, section, rate, card.fees_with_tax)
    return (replace(levy, is_included=True, comes_back=True, basis="registered: reclaimed"),)


def _on_sale(sale: Sale, section: Section, seller: str) -> tuple[Levy, ...]:
    """What a seller owes of the price."""
    card: VatCard = section.value
    status, category = sale.assumptions.vat, sale.assigned.category
    if not card.in_price:
        return ()
    if status is VatStatus.NOT_REGISTERED:
        if seller == card.country:
            return ()
        reason = (
            f"the VAT on a sale in {card.country} of a seller established in {seller} who is not "
            "registered for VAT there was not found"
        )
        return (_levy(FeeCode.VAT_ON_SALE, section, NotKnown(reason), None),)
    given = sale.assumptions.sale_vat_ppm
    if status is VatStatus.FLAT_RATE:
        flat = NotKnown("the flat rate of VAT is not given") if given is None else given
        levy = _levy(FeeCode.VAT_ON_SALE, section, flat, None)
        return (replace(levy, basis="flat rate of the price"),)
    rate = card.by_category.get(category or "", card.standard) if given is None else given
    basis = "given" if given is not None else f"rate of {category or 'goods'}"
    levy = _levy(FeeCode.VAT_ON_SALE, section, rate, None)
    return (replace(levy, is_included=True, basis=basis),)


def _levy(code: FeeCode, section: Section, rate: Rate, base: frozenset[FeeCode] | None) -> Levy:
    known, reason = (None, rate.reason) if isinstance(rate, NotKnown) else (rate, None)
    return Levy(code, section.id, known, base, is_included=False, not_known=reason)
