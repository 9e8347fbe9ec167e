"""The fee figures that Keepa shows, from the product's true package and our dated rate cards."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from arbitragevault.domain.catalog.marketplace import US
from arbitragevault.domain.catalog.product import Category, Channel, PackageSize, Product
from arbitragevault.domain.economics.fees.engine import ProceedsCurve, proceeds_curve
from arbitragevault.domain.economics.fees.model import FeeBreakdown, FeeCode
from arbitragevault.domain.market.clock import MINUTES_PER_DAY, to_datetime
from arbitragevault.sandbox.catalogue import Entry, Package
from arbitragevault.sandbox.kinds import KINDS, topic_id

_PICK_AND_PACK = frozenset(
    {FeeCode.FULFILMENT, FeeCode.SURCHARGE, FeeCode.DISCOUNT, FeeCode.PACKAGING, FeeCode.OVERMAX}
)


@dataclass(frozen=True, slots=True)
class ShownFees:
    """Keepa's ``fbaFees.pickAndPackFee``, ``referralFeePercentage``, ``variableClosingFee``."""

    pick_and_pack: int | None
    referral_percentage: float | None
    closing: int | None


def shown_fees(entry: Entry, price: int, minute: int) -> ShownFees:
    """What Keepa shows for a product.

    Args:
        entry: The product; Amazon charges by its true package.
        price: The present price in cents, which decides the bands.
        minute: Market minute for which it holds.
    """
    breakdown = charges_of(entry, minute).at(price)
    referral = _sum(breakdown, frozenset({FeeCode.REFERRAL}))
    return ShownFees(
        pick_and_pack=_sum(breakdown, _PICK_AND_PACK),
        # Keepa divides the rounded fee by the price (recorded: 142 of 944 cents is 15.04 %).
        referral_percentage=None if referral is None else round(100 * referral / price, 2),
        closing=_sum(breakdown, frozenset({FeeCode.CLOSING})),
    )


def charges_of(entry: Entry, minute: int) -> ProceedsCurve:
    """What Amazon charges for a product on the day of a market minute, by price."""
    day = minute // MINUTES_PER_DAY
    return _curve(entry.kind.name, entry.topic, entry.package, day, is_hazmat=entry.is_hazmat)


@lru_cache(maxsize=8_192)
def _curve(
    kind_name: str, topic: int, package: Package, day: int, *, is_hazmat: bool
) -> ProceedsCurve:
    """What Amazon charges on a day, by price; products of one kind and size pay the same."""
    kind = next(one for one in KINDS if one.name == kind_name)
    root = Category(kind.root.id, kind.root.name)
    product = Product(
        US,
        _NO_ASIN,
        root_category=root,
        category_path=(root, Category(topic_id(kind, topic), kind.topics[topic])),
        package=PackageSize(package.sides_mm, package.weight_grams),
        is_hazmat=is_hazmat,
        item_type=kind.item_type,
    )
    return proceeds_curve(product, to_datetime(day * MINUTES_PER_DAY).date(), Channel.FBA)


_NO_ASIN: Final = "B000000000"
"""Fees do not depend on it."""


def _sum(breakdown: FeeBreakdown, codes: frozenset[FeeCode]) -> int | None:
    amounts = [line.amount_cents for line in breakdown.lines if line.code in codes]
    if not amounts or None in amounts:
        return None
    return sum(amount for amount in amounts if amount is not None)
