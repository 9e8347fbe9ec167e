"""The fee engine: every fee of a sale, and net proceeds as a function of its price."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from arbitragevault.domain.catalog.product import Channel, Product
from arbitragevault.domain.economics.fees.calibration import (
    all_alternatives,
    usual_alternatives,
)
from arbitragevault.domain.economics.fees.category import Root
from arbitragevault.domain.economics.fees.curve import Jump, ProceedsCurve
from arbitragevault.domain.economics.fees.measures import Measures
from arbitragevault.domain.economics.fees.model import (
    DEFAULT_ASSUMPTIONS,
    Calibration,
    FeeAssumptions,
    FeeBreakdown,
    FeeClass,
    FeeCode,
    FeeLine,
    FulfilmentObservation,
    InboundPlacement,
    SellingPlan,
    VatStatus,
)
from arbitragevault.domain.economics.fees.parts import (
    ShippingPart,
    selling_part,
    shipping_part,
    storage_part,
)
from arbitragevault.domain.economics.fees.rate_card import Kind, RateCards, rate_cards
from arbitragevault.domain.economics.fees.referral import ReferralRule
from arbitragevault.domain.economics.fees.sale import Sale, make_sale
from arbitragevault.domain.economics.fees.sizing import sizing_of
from arbitragevault.domain.errors import InvalidInputError, MoneyError
from arbitragevault.domain.money import Money

__all__ = [
    "Calibration",
    "FeeAssumptions",
    "FeeBreakdown",
    "FeeClass",
    "FeeCode",
    "FeeLine",
    "FulfilmentObservation",
    "InboundPlacement",
    "Jump",
    "Measures",
    "ProceedsCurve",
    "SellingPlan",
    "VatStatus",
    "calibrate",
    "category_named",
    "covered_days",
    "fees",
    "media_shipping_credit",
    "proceeds_curve",
]

_FULFILMENT_CODES = frozenset(
    {
        FeeCode.FULFILMENT,
        FeeCode.SURCHARGE,
        FeeCode.DISCOUNT,
        FeeCode.LITHIUM,
        FeeCode.PACKAGING,
        FeeCode.OVERMAX,
    }
)
"""The lines that together are what Keepa calls the pick and pack fee."""


def fees(
    product: Product,
    sale_price: Money,
    on_date: date,
    channel: Channel,
    assumptions: FeeAssumptions = DEFAULT_ASSUMPTIONS,
    *,
    observation: FulfilmentObservation | None = None,
    cards: RateCards | None = None,
) -> FeeBreakdown:
    """Every fee of one sale, each with its rule and inputs.

    What is not known is a line without an amount and with the reason; this includes marketplaces
    and days without a rate card.

    Args:
        product: What is sold.
        sale_price: What the buyer pays for the item.
        on_date: The day on which the unit ships, which decides the rate card.
        channel: Who ships it.
        assumptions: What the product does not tell.
        observation: A fulfilment fee that someone else saw, such as Keepa's: shown beside ours,
            and used where ours is unknown and it holds (same card period and price band).
        cards: Rate cards other than the package's own.

    Raises:
        MoneyError: If the price is in another currency than the marketplace's.
        InvalidInputError: If the price is negative.
    """
    currency = product.marketplace.currency
    if sale_price.currency != currency:
        raise MoneyError(
            f"{product.marketplace.code} sells in {currency}; the price is in "
            f"{sale_price.currency}."
        )
    if sale_price.minor < 0:
        raise InvalidInputError(f"A sale price of {sale_price} is negative.")
    curve = proceeds_curve(
        product, on_date, channel, assumptions, observation=observation, cards=cards
    )
    breakdown = curve.at(sale_price.minor)
    if observation is None or channel is Channel.FBM:
        return breakdown
    return replace(breakdown, calibration=calibrate(product, observation, assumptions, cards=cards))


def proceeds_curve(
    product: Product,
    on_date: date,
    channel: Channel,
    assumptions: FeeAssumptions = DEFAULT_ASSUMPTIONS,
    *,
    observation: FulfilmentObservation | None = None,
    cards: RateCards | None = None,
) -> ProceedsCurve:
    """Net proceeds of a sale for every price; the arguments are those of `fees`."""
    known = cards or rate_cards(product.marketplace.code)
    sale = make_sale(known, product, on_date, channel, assumptions, observation=observation)
    sized = sale.sized()
    selling, shipping = selling_part(sale), shipping_part(sale, sized)
    is_fba = channel is Channel.FBA
    sizing, least = sizing_of(sale, sized) if is_fba else (None, ())
    return ProceedsCurve(
        currency=product.marketplace.currency,
        on=on_date,
        channel=channel,
        rate_card=_card_ids(sale),
        size_tier=shipping.size_tier,
        credit_cents=assumptions.shipping_credit_cents,
        referral=selling.referral,
        fee_category=sale.assigned.category,
        category_basis=sale.assigned.basis,
        fixed=(*selling.lines, *shipping.lines, *storage_part(sale, sized)),
        steps=shipping.steps,
        levies=selling.levies,
        sizing=sizing,
        least=least,
    )


def calibrate(
    product: Product,
    observation: FulfilmentObservation,
    assumptions: FeeAssumptions = DEFAULT_ASSUMPTIONS,
    *,
    cards: RateCards | None = None,
    is_thorough: bool = False,
) -> Calibration:
    """An observed fulfilment fee beside ours for its own day and price.

    Where they differ, assumptions are tried that would make ours equal: these are possible causes,
    not corrections.

    Args:
        product: The product.
        observation: What was seen; without a price ours is taken above every price band's limit
            but the last only if the bands agree, else it is unknown.
        assumptions: As for `fees`.
        cards: Rate cards other than the package's own.
        is_thorough: Also try other price bands, rate card periods, size tiers and rounded grams,
            which takes several times as long.
    """
    ours = _fulfilment_cents(product, observation, assumptions, cards)
    causes: tuple[str, ...] = ()
    if ours is not None and ours != observation.cents:
        tried = (
            all_alternatives(
                product, observation, assumptions, cards or rate_cards(product.marketplace.code)
            )
            if is_thorough
            else usual_alternatives(observation, assumptions)
        )
        causes = tuple(
            cause
            for cause, seen, other in tried
            if _fulfilment_cents(product, seen, other, cards) == observation.cents
        )
    return Calibration(observation, ours, causes)


def covered_days(
    marketplace: str, channel: Channel, *, cards: RateCards | None = None
) -> tuple[date, date] | None:
    """First and last day for which fees of a channel can be known.

    Amazon publishes its cards some months ahead, so a sale further in the future has no card yet.

    Args:
        marketplace: Marketplace code.
        channel: Who ships.
        cards: Rate cards other than the package's own.

    Returns:
        Both days included (``date.max`` without an end); None for a marketplace without a card.
    """
    known = cards or rate_cards(marketplace)
    kinds = [Kind.REFERRAL, *([Kind.FULFILMENT] if channel is Channel.FBA else [])]
    spans = [known.days(marketplace, kind) for kind in kinds]
    found = [span for span in spans if span is not None]
    if len(found) < len(kinds):
        return None
    return max(first for first, _ in found), min(last for _, last in found)


def category_named(text: str, marketplace: str, on_date: date) -> str:
    """The fee category that a person means.

    Args:
        text: A fee category id such as ``books``, or the name or id of a root category.
        marketplace: Marketplace code.
        on_date: The day for which it is asked.

    Raises:
        InvalidInputError: If there is none, or it is not sold by resellers; lists the ids.
    """
    cards = rate_cards(marketplace)
    referral = cards.find(marketplace, Kind.REFERRAL, on_date)
    known: Mapping[str, ReferralRule] = referral.value.rules if referral and referral.value else {}
    wanted = text.strip().lower().replace(" ", "_")
    if wanted in known:
        return wanted
    roots = cards.find(marketplace, Kind.CATEGORIES, on_date)
    root: Root | None = roots.value.find(text) if roots and roots.value else None
    found = root.category if root else None
    if found is None:
        raise InvalidInputError(
            f"{text!r} is no category with fees in {marketplace} on {on_date}; use the name or id "
            f"of a root category or one of: {', '.join(sorted(known)) or 'none, there is no card'}."
        )
    return found


def media_shipping_credit(marketplace: str, fee_category: str, on_date: date) -> int | None:
    """What Amazon credits an individual seller for standard delivery of media; None if not known.

    Professional sellers may set their own price instead.
    """
    section = rate_cards(marketplace).find(marketplace, Kind.CREDIT, on_date)
    by_category: Mapping[str, int] = (section.value or {}) if section else {}
    return by_category.get(fee_category)


def _card_ids(sale: Sale) -> str | None:
    kinds = [Kind.REFERRAL]
    if sale.channel is Channel.FBA:
        kinds = [Kind.FULFILMENT, Kind.SURCHARGE, Kind.REFERRAL]
    found = [section.id for section in map(sale.section, kinds) if section is not None]
    return "+".join(found) or None


def _fulfilment_cents(
    product: Product,
    observation: FulfilmentObservation,
    assumptions: FeeAssumptions,
    cards: RateCards | None,
) -> int | None:
    """Our whole fulfilment fee on the day and at the price of an observation."""
    sale = make_sale(
        cards or rate_cards(product.marketplace.code),
        product,
        observation.on,
        Channel.FBA,
        assumptions,
        observation=None,
    )
    shipping = shipping_part(sale, sale.sized())
    price = observation.price_cents
    if price is None:
        limits = [limit for step in shipping.steps for limit in step.limits]
        totals = {_fulfilment_total(shipping, p) for p in (0, *(limit + 1 for limit in limits))}
        return totals.pop() if len(totals) == 1 else None
    return _fulfilment_total(shipping, price)


def _fulfilment_total(shipping: ShippingPart, price_cents: int) -> int | None:
    lines = (*shipping.lines, *(step.at(price_cents) for step in shipping.steps))
    amounts = [line.amount_cents for line in lines if line.code in _FULFILMENT_CODES]
    return None if None in amounts else sum(amount for amount in amounts if amount is not None)
