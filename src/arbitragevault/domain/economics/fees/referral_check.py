"""An observed referral percentage beside our referral fee: does the fee category fit the product?

Fee categories are not browse nodes, so ours are assigned by a heuristic; Keepa shows what Amazon
charged for the product itself, as a percentage at the price of that moment.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from arbitragevault.domain.catalog.product import Channel, Product
from arbitragevault.domain.economics.fees.model import DEFAULT_ASSUMPTIONS, FeeAssumptions
from arbitragevault.domain.economics.fees.rate_card import Kind, rate_cards
from arbitragevault.domain.economics.fees.referral import ReferralRule
from arbitragevault.domain.economics.fees.sale import make_sale

_TOLERANCE: Final = 0.011
"""Percentage points: Keepa rounds to two decimals, and 0.001 absorbs the binary fraction."""


@dataclass(frozen=True, slots=True)
class ReferralCheck:
    """An observed percentage and what it says about the fee category.

    Args:
        percent: The observed fee / price x 100.
        price_cents: The price at which it held.
        ours_cents: Our referral fee at that price; None if unknown.
        agrees: Whether ours gives that percentage; None if ours is unknown.
        categories: Every fee category whose table gives that percentage at that price.
    """

    percent: float
    price_cents: int
    ours_cents: int | None
    agrees: bool | None
    categories: tuple[str, ...]


def check_referral(
    product: Product,
    percent: float,
    price_cents: int,
    on_date: date,
    assumptions: FeeAssumptions = DEFAULT_ASSUMPTIONS,
) -> ReferralCheck:
    """Compare an observed referral percentage with ours.

    Args:
        product: The product.
        percent: Keepa's ``referralFeePercentage``.
        price_cents: The price at which it held, above 0.
        on_date: The day on which it held.
        assumptions: As for `fees`.
    """
    cards = rate_cards(product.marketplace.code)
    sale = make_sale(cards, product, on_date, Channel.FBA, assumptions, observation=None)
    section = sale.section(Kind.REFERRAL)
    rules: Mapping[str, ReferralRule] = section.value.rules if section and section.value else {}
    fitting = tuple(c for c, rule in rules.items() if _fits(rule, percent, price_cents))
    ours = rules.get(sale.assigned.category or "")
    return ReferralCheck(
        percent,
        price_cents,
        ours.cents(price_cents) if ours else None,
        sale.assigned.category in fitting if ours else None,
        fitting,
    )


def _fits(rule: ReferralRule, percent: float, price_cents: int) -> bool:
    cents = rule.cents(price_cents)
    return cents is not None and abs(cents / price_cents * 100 - percent) <= _TOLERANCE
