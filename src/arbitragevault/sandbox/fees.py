"""The fee figures that Keepa shows, from the product's true package and our dated rate cards."""

from __future__ import annotations

from dataclasses import dataclass

from arbitragevault.domain.catalog.marketplace import US
from arbitragevault.domain.catalog.product import Category, Channel, PackageSize, Product
from arbitragevault.domain.economics.fees.engine import fees
from arbitragevault.domain.economics.fees.model import FeeBreakdown, FeeCode
from arbitragevault.domain.market.clock import to_datetime
from arbitragevault.domain.money import Money
from arbitragevault.sandbox.catalogue import Entry
from arbitragevault.sandbox.kinds import topic_id

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
    on = to_datetime(minute).date()
    breakdown = fees(_as_product(entry), Money(price, "USD"), on, Channel.FBA)
    referral = _sum(breakdown, frozenset({FeeCode.REFERRAL}))
    return ShownFees(
        pick_and_pack=_sum(breakdown, _PICK_AND_PACK),
        # Keepa divides the rounded fee by the price (recorded: 142 of 944 cents is 15.04 %).
        referral_percentage=None if referral is None else round(100 * referral / price, 2),
        closing=_sum(breakdown, frozenset({FeeCode.CLOSING})),
    )


def _sum(breakdown: FeeBreakdown, codes: frozenset[FeeCode]) -> int | None:
    amounts = [line.amount_cents for line in breakdown.lines if line.code in codes]
    if not amounts or None in amounts:
        return None
    return sum(amount for amount in amounts if amount is not None)


def _as_product(entry: Entry) -> Product:
    root = Category(entry.kind.root.id, entry.kind.root.name)
    topic = Category(topic_id(entry.kind, entry.topic), entry.kind.topics[entry.topic])
    return Product(
        US,
        entry.asin,
        root_category=root,
        category_path=(root, topic),
        package=PackageSize(entry.package.sides_mm, entry.package.weight_grams),
        is_hazmat=entry.is_hazmat,
        item_type=entry.kind.item_type,
    )
