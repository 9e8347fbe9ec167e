"""The what-if on a product's fees."""

from __future__ import annotations

from datetime import date

from pydantic import JsonValue

from arbitragevault.entrypoints.api.schemas.shape import Shape


class RuleSource(Shape):
    """A dated table behind a fee line; null as last day: still open."""

    id: str
    kind: str
    unit: str
    first_day: date | None
    last_day: date | None
    confidence: str | None
    sources: list[str]
    note: str | None


class SourcedFeeLine(Shape):
    """One fee with its rule, inputs and sources; an unknown one has no amount and says why."""

    code: str
    amount: int | None
    rule: str
    inputs: dict[str, JsonValue]
    reason: str | None
    sources: list[RuleSource]


class PriceJump(Shape):
    """A price at which net proceeds fall, or rise by more than the price does."""

    price: int
    change: int
    codes: list[str]


class KeepaComparison(Shape):
    """A fee that Keepa shows beside ours for the same day and price, with possible causes."""

    fee: str
    keepa: int
    ours: int | None
    difference: int | None
    on: date
    price: int | None
    causes: list[str]


class ChannelFees(Shape):
    """Every fee of one sale through one channel, and what it leaves of the price."""

    channel: str
    size_tier: str | None
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


class ProductFees(Shape):
    """The fees of one unit for one price and day, by channel."""

    marketplace: str
    asin: str
    currency: str
    price: int
    price_basis: str
    on: date
    sheets: list[ChannelFees]
    keepa: list[KeepaComparison]
