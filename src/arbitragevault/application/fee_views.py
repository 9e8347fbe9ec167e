"""The what-if on a product's fees, as it is answered: amounts in minor units, null if unknown."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

Input = str | int | float
"""A figure that went into a fee."""


@dataclass(frozen=True, slots=True)
class RuleSource:
    """A dated table behind a fee line; null as last day: still open."""

    id: str
    kind: str
    unit: str
    first_day: date | None
    last_day: date | None
    confidence: str | None
    sources: list[str]
    note: str | None


@dataclass(frozen=True, slots=True)
class SourcedFeeLine:
    """One fee with its rule, inputs and sources; an unknown one has no amount and says why."""

    code: str
    amount: int | None
    rule: str
    inputs: dict[str, Input]
    reason: str | None
    sources: list[RuleSource]


@dataclass(frozen=True, slots=True)
class PriceJump:
    """A price at which net proceeds fall, or rise by more than the price does."""

    price: int
    change: int
    codes: list[str]


@dataclass(frozen=True, slots=True)
class KeepaComparison:
    """A fee that Keepa shows beside ours for the same day and price, with possible causes."""

    fee: str
    keepa: int
    ours: int | None
    difference: int | None
    on: date
    price: int | None
    causes: list[str]


@dataclass(frozen=True, slots=True)
class UnitSizing:
    """By which measures a unit was charged; `status` marks missing and implausible ones.

    `basis` is null where nothing serves; then `estimate` is what fulfilment costs at least.
    """

    status: str
    text: str | None
    basis: str | None
    sides_mm: list[float] | None
    weight_grams: float | None
    estimate: int | None
    estimate_basis: str | None


@dataclass(frozen=True, slots=True)
class RefundView:
    """What a refund costs beside the money that goes back: the fees that Amazon keeps or adds."""

    refunded: int
    lines: list[SourcedFeeLine]
    cost: int | None
    net_proceeds: int | None


@dataclass(frozen=True, slots=True)
class ChannelFees:
    """Every fee of one sale through one channel, and what it leaves of the price.

    `returns_allowance` is the expected loss by returns, `profit` and `roi` are those of a unit that
    sells, `removal` is the fee to send back or dispose of a unit in Amazon's store.
    """

    channel: str
    size_tier: str | None
    sizing: UnitSizing | None
    fee_category: str | None
    rate_card: str | None
    first_day: date | None
    last_day: date | None
    lines: list[SourcedFeeLine]
    total: int | None
    net_proceeds: int | None
    returns_allowance: int | None
    landed_cost: int | None
    profit: int | None
    roi: float | None
    breakeven_price: int | None
    target_price: int | None
    jumps: list[PriceJump]
    refund: RefundView
    removal: SourcedFeeLine | None


@dataclass(frozen=True, slots=True)
class ProductFees:
    """The fees of one unit for one price and day, by channel."""

    marketplace: str
    asin: str
    currency: str
    price: int
    price_basis: str
    on: date
    sheets: list[ChannelFees]
    keepa: list[KeepaComparison]
