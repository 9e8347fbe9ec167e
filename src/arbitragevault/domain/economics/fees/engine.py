"""The fee engine: every fee of a sale, and net proceeds as a function of its price."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from functools import cache

from arbitragevault.domain.catalog.product import Channel, Product
from arbitragevault.domain.economics.fees.calibration import (
    Alternative,
    all_alternatives,
    usual_alternatives,
)
from arbitragevault.domain.economics.fees.category import Root
from arbitragevault.domain.economics.fees.curve import Jump, ProceedsCurve
from arbitragevault.domain.economics.fees.fba import fba_lines, measured
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
    sum_known,
    total_of,
)
from arbitragevault.domain.economics.fees.parts import (
    selling_part,
    shipping_part,
    storage_part,
)
from arbitragevault.domain.economics.fees.rate_card import Kind, RateCards, rate_cards
from arbitragevault.domain.economics.fees.referral import ReferralRule
from arbitragevault.domain.economics.fees.sale import Sale, make_sale
from arbitragevault.domain.economics.fees.size_tier import Sized
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
    "calibrated_curve",
    "category_named",
    "covered_days",
    "fees",
    "media_shipping_credit",
    "proceeds_curve",
]

_CARDS = {
    Channel.FBA: (Kind.FULFILMENT, Kind.SURCHARGE, Kind.REFERRAL),
    Channel.FBM: (Kind.REFERRAL,),
}
"""The cards that are named beside a sale, by who ships."""

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
    curve, calibration = calibrated_curve(
        product, on_date, channel, assumptions, observation=observation, cards=cards
    )
    return replace(curve.at(sale_price.minor), calibration=calibration)


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
    return _curve(sale, sale.sized())


def calibrated_curve(
    product: Product,
    on_date: date,
    channel: Channel,
    assumptions: FeeAssumptions = DEFAULT_ASSUMPTIONS,
    *,
    observation: FulfilmentObservation | None,
    cards: RateCards | None = None,
) -> tuple[ProceedsCurve, Calibration | None]:
    """`proceeds_curve` and `calibrate` at once: the product is sorted and measured for both.

    The arguments are those of `fees`. There is no calibration without an observation, or where the
    seller ships.
    """
    known = cards or rate_cards(product.marketplace.code)
    sale = make_sale(known, product, on_date, channel, assumptions, observation=observation)
    sized = sale.sized()
    curve = _curve(sale, sized)
    if observation is None or channel is Channel.FBM:
        return curve, None
    tried = usual_alternatives(observation, assumptions)
    return curve, _calibration(sale, sized, observation, tried)


def _curve(sale: Sale, sized: Sized | str) -> ProceedsCurve:
    """Net proceeds of a sale whose unit is sorted into a size tier, or why it is not."""
    selling, shipping = selling_part(sale), shipping_part(sale, sized)
    is_fba = sale.channel is Channel.FBA
    sizing, least = sizing_of(sale, sized) if is_fba else (None, ())
    return ProceedsCurve(
        currency=sale.product.marketplace.currency,
        on=sale.on,
        channel=sale.channel,
        rate_card=_card_ids(sale),
        size_tier=shipping.size_tier,
        credit_cents=sale.assumptions.shipping_credit_cents,
        referral=selling.referral,
        fee_category=sale.assigned.category,
        category_basis=sale.assigned.basis,
        fixed=(*selling.lines, *shipping.lines, *storage_part(sale, sized)),
        steps=shipping.steps,
        levies=selling.levies,
        sizing=sizing,
        least=least,
        measured=measured(sale, sized),
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
    known = cards or rate_cards(product.marketplace.code)
    on, channel = observation.on, Channel.FBA
    sale = make_sale(known, product, on, channel, assumptions, observation=None)
    tried = (
        all_alternatives(product, observation, assumptions, known)
        if is_thorough
        else usual_alternatives(observation, assumptions)
    )
    return _calibration(sale, sale.sized(), observation, tried)


def _calibration(
    sale: Sale,
    sized: Sized | str,
    observation: FulfilmentObservation,
    alternatives: Iterable[Alternative],
) -> Calibration:
    """An observed fee beside ours, and which alternatives would make ours equal."""

    def ours(seen: FulfilmentObservation, assumptions: FeeAssumptions) -> int | None:
        then = sale.changed(seen.on, assumptions)
        return _fulfilment_cents(then, then.sized_as(sale, sized), seen.price_cents)

    cents = ours(observation, sale.assumptions)
    causes: tuple[str, ...] = ()
    if cents is not None and cents != observation.cents:
        causes = tuple(
            cause for cause, seen, other in alternatives if ours(seen, other) == observation.cents
        )
    return Calibration(observation, cents, causes)


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
    return _covered_days(cards or rate_cards(marketplace), marketplace, channel)


@cache
def _covered_days(cards: RateCards, marketplace: str, channel: Channel) -> tuple[date, date] | None:
    kinds = [Kind.REFERRAL, *([Kind.FULFILMENT] if channel is Channel.FBA else [])]
    spans = [cards.days(marketplace, kind) for kind in kinds]
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
    sections = [sale.section(kind) for kind in _CARDS[sale.channel]]
    return "+".join([section.id for section in sections if section is not None]) or None


def _fulfilment_cents(sale: Sale, sized: Sized | str, price_cents: int | None) -> int | None:
    """Our whole fulfilment fee at a price; without one, what it is at every price if that is one.

    None where it is unknown or where the price decides.
    """
    steps, extras = fba_lines(sale, sized)
    more = total_of(line for line in extras if line.code in _FULFILMENT_CODES)
    prices = (
        {0, *(limit + 1 for step in steps for limit in step.limits)}
        if price_cents is None
        else {price_cents}
    )
    totals = {sum_known([more, *(step.cents(price) for step in steps)]) for price in prices}
    return totals.pop() if len(totals) == 1 else None
