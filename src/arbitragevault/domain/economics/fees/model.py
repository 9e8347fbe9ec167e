"""The words of the fee engine: what is assumed, a line, a breakdown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Final

from arbitragevault.domain.catalog.product import Channel
from arbitragevault.domain.economics.fees.measures import Measures
from arbitragevault.domain.errors import InvalidInputError


class FeeClass(StrEnum):
    """Which of Amazon's fulfilment tables a product is charged by."""

    STANDARD = "standard"
    APPAREL = "apparel"
    DANGEROUS_GOODS = "dangerous_goods"
    SELECTED = "selected_categories"
    """Europe's parcels of clothing, grocery, pet supplies and others, which have their own rows."""


class SellingPlan(StrEnum):
    """The seller's plan; only the individual plan pays per item."""

    PROFESSIONAL = "professional"
    INDIVIDUAL = "individual"


class VatStatus(StrEnum):
    """How the seller stands with value added tax (in Canada and Japan: GST/HST, consumption tax).

    ``registered``: owes the VAT in the price, reclaims that on Amazon's fees and on purchases.
    ``not_registered``: owes none and reclaims none. ``flat_rate``: owes a flat share of the price,
    which must be given, and reclaims none.
    """

    REGISTERED = "registered"
    NOT_REGISTERED = "not_registered"
    FLAT_RATE = "flat_rate"


class InboundPlacement(StrEnum):
    """Into how many places the seller splits a shipment to Amazon."""

    MINIMAL = "minimal"
    PARTIAL = "partial"
    OPTIMIZED = "amazon_optimized"


class FeeCode(StrEnum):
    """What a fee line is for. The names are part of the public JSON."""

    REFERRAL = "referral"
    CLOSING = "closing"
    PER_ITEM = "per_item"
    FULFILMENT = "fulfilment"
    SURCHARGE = "fulfilment_surcharge"
    DISCOUNT = "fulfilment_discount"
    LITHIUM = "lithium_battery"
    DANGEROUS_GOODS = "dangerous_goods"
    PACKAGING = "bulky_packaging"
    OVERMAX = "overmax"
    STORAGE = "storage"
    AGED_INVENTORY = "aged_inventory"
    LOW_INVENTORY = "low_inventory"
    INBOUND_PLACEMENT = "inbound_placement"
    FBM_SHIPPING = "fbm_shipping"
    DIGITAL_SERVICES = "digital_services"
    VAT_ON_FEES = "vat_on_fees"
    VAT_ON_SALE = "vat_on_sale"
    REFUND_ADMINISTRATION = "refund_administration"
    RETURNS_PROCESSING = "returns_processing"
    REMOVAL = "removal"


@dataclass(frozen=True, slots=True)
class FeeAssumptions:
    """What the fee engine cannot read from the product.

    Args:
        plan: The seller's plan.
        storage_days: Days in Amazon's store before the sale; 0 leaves storage out.
        fee_class: Which fulfilment table; None reads it from the product.
        fee_category: A fee category id such as ``books``; None reads it from the product.
        size_tier: A size tier id; None measures it. Without known sides the unit weight is charged.
        measures: Exact measures of the packaged unit instead of the catalogue's.
        own_packaging: The product ships in its own packaging (SIPP), which is discounted.
        lithium_battery: The unit holds a lithium battery without being dangerous goods.
        inbound_placement: How shipments to Amazon are split; None leaves the fee out, as when it is
            part of the inbound cost of the landed cost.
        storage_utilization_weeks: Weeks of the storage utilization ratio; None leaves the surcharge
            out, as for sellers with less than 25 cubic feet in store.
        days_of_supply: Historical days of supply for the low-inventory fee; None leaves it out,
            because products that sell fewer than 20 units in 7 days are exempt.
        shipping_credit_cents: What the buyer pays for delivery on top of the sale price. Resale
            prices of the market are landed, so 0 is right for them.
        fbm_shipping_cents: What the seller pays to ship an FBM unit; None estimates media by USPS
            Media Mail and leaves everything else unknown.
        closing_cents: The product's closing fee as someone else saw it, such as Keepa: used where
            the rate card does not know it.
        vat: How the seller stands with VAT. VAT on the purchase is part of the landed cost.
        seller_country: ISO code of the country where the seller is established; None is the
            marketplace's own.
        sale_vat_ppm: The VAT rate of the product in parts per million, instead of the category's.
        fee_vat_ppm: The VAT rate that Amazon adds to its fees, instead of the seller's country's.
    """

    plan: SellingPlan = SellingPlan.PROFESSIONAL
    storage_days: int = 0
    fee_class: FeeClass | None = None
    fee_category: str | None = None
    size_tier: str | None = None
    measures: Measures | None = None
    own_packaging: bool = False
    lithium_battery: bool = False
    inbound_placement: InboundPlacement | None = None
    storage_utilization_weeks: int | None = None
    days_of_supply: int | None = None
    shipping_credit_cents: int = 0
    fbm_shipping_cents: int | None = None
    closing_cents: int | None = None
    vat: VatStatus = VatStatus.NOT_REGISTERED
    seller_country: str | None = None
    sale_vat_ppm: int | None = None
    fee_vat_ppm: int | None = None

    def __post_init__(self) -> None:
        for name in (
            "storage_days",
            "storage_utilization_weeks",
            "days_of_supply",
            "shipping_credit_cents",
            "fbm_shipping_cents",
            "closing_cents",
            "sale_vat_ppm",
            "fee_vat_ppm",
        ):
            value = getattr(self, name)
            if value is not None and value < 0:
                raise InvalidInputError(f"{name} is {value}; it cannot be negative.")


DEFAULT_ASSUMPTIONS: Final = FeeAssumptions()
"""A professional seller; nothing but the sale itself is charged."""


@dataclass(frozen=True, slots=True)
class FulfilmentObservation:
    """A fulfilment fee that someone else saw for this product, such as Keepa's.

    Args:
        cents: The whole fulfilment fee per unit: peak card, surcharge and discounts included.
        on: The day for which it was seen.
        price_cents: The product's price on that day, which decides the price band; None if not
            known, which lets the observation serve only where the card has one band.
    """

    cents: int
    on: date
    price_cents: int | None


@dataclass(frozen=True, slots=True)
class Calibration:
    """An observed fulfilment fee beside ours for its own day and price.

    Args:
        observed: What was seen.
        ours_cents: Our fulfilment fee for the same day and price; None if unknown.
        causes: Assumptions that would make ours equal to it to the minor unit; empty if both agree
            or none does.
    """

    observed: FulfilmentObservation
    ours_cents: int | None
    causes: tuple[str, ...]

    @property
    def difference_cents(self) -> int | None:
        """Observed minus ours; None if ours is unknown."""
        return None if self.ours_cents is None else self.observed.cents - self.ours_cents


class SizeStatus(StrEnum):
    """What can be said of the measures that the listing gives for the packaged unit."""

    KNOWN = "known"
    MISSING = "missing"
    IMPLAUSIBLE = "implausible"
    """Cannot be right: a book of 3 g, a lamp of 4 m."""


@dataclass(frozen=True, slots=True)
class Sizing:
    """By which measures a unit that Amazon ships was charged, and what is wrong with its own.

    Args:
        status: What can be said of the measures of its package.
        problem: What is missing or cannot be right; None if nothing.
        basis: What the fulfilment fee goes by: ``given`` measures, those of the ``package``, those
            of the bare ``item``, a given ``size_tier``, or a fee that was ``observed``; None where
            nothing serves, so that the fee is unknown.
        measures: Sides and weight that were used; None where not known.
        estimate_cents: Where the fee is unknown: what fulfilment costs at least, because the
            packaged unit is not smaller or lighter than what the estimate goes by.
        estimate_basis: What that goes by: ``item``, ``weight`` or ``sides``, in words.
    """

    status: SizeStatus
    problem: str | None
    basis: str | None
    measures: Measures
    estimate_cents: int | None = None
    estimate_basis: str | None = None


@dataclass(frozen=True, slots=True)
class FeeLine:
    """One fee of one sale.

    Args:
        code: What it is for.
        amount_cents: What is charged (a discount is negative); None if unknown.
        rule: Id of the rule: card section, row, and what it was applied to.
        inputs: The figures that went in.
        unknown_reason: Why the amount is None.
    """

    code: FeeCode
    amount_cents: int | None
    rule: str
    inputs: Mapping[str, str | int | float] = field(default_factory=dict)
    unknown_reason: str | None = None


def total_of(lines: Iterable[FeeLine]) -> int | None:
    """The sum of some lines in minor units; None if one is unknown."""
    return sum_known([line.amount_cents for line in lines])


def sum_known(amounts: Iterable[int | None]) -> int | None:
    """The sum of some amounts in minor units; None if one is unknown."""
    total = 0
    for amount in amounts:
        if amount is None:
            return None
        total += amount
    return total


@dataclass(frozen=True, slots=True)
class FeeBreakdown:
    """Every fee of one sale at one price on one day.

    Args:
        currency: ISO 4217 code of all amounts.
        price_cents: The sale price.
        on: The day on which the unit ships.
        channel: Who ships it.
        size_tier: The unit's size tier; None if unknown or not needed.
        lines: The fees.
        rate_card: Ids of the dated tables that were used, joined by ``+``; None without any.
        fee_category: The fee category that was charged; None if unknown.
        shipping_credit_cents: What the buyer pays for delivery on top of the price.
        calibration: An observed fulfilment fee beside ours, where one was given.
        sizing: By which measures it was charged; None where the seller ships.
    """

    currency: str
    price_cents: int
    on: date
    channel: Channel
    size_tier: str | None
    lines: tuple[FeeLine, ...]
    rate_card: str | None
    fee_category: str | None = None
    shipping_credit_cents: int = 0
    calibration: Calibration | None = None
    sizing: Sizing | None = None

    @property
    def total_cents(self) -> int | None:
        """The sum of the lines; None if any of them is unknown."""
        return total_of(self.lines) if self.lines else None

    @property
    def net_proceeds_cents(self) -> int | None:
        """What Amazon pays out: price and shipping credit minus all fees; None if unknown."""
        total = self.total_cents
        if total is None:
            return None
        return self.price_cents + self.shipping_credit_cents - total

    @property
    def unknown_reasons(self) -> tuple[str, ...]:
        """Why lines are unknown, each reason once."""
        reasons = (line.unknown_reason for line in self.lines if line.amount_cents is None)
        return tuple(dict.fromkeys(reason for reason in reasons if reason))

    def line(self, code: FeeCode) -> FeeLine | None:
        """The line of a code, or None."""
        return next((line for line in self.lines if line.code is code), None)
