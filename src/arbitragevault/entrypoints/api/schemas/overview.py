"""Health, status, tokens and policies."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import ConfigDict, JsonValue

from arbitragevault.entrypoints.api.schemas.shape import Shape


class Health(Shape):
    """The process answers."""

    status: Literal["ok"]


class Readiness(Shape):
    """The process can do its work."""

    status: Literal["ok"]
    database: Literal["embedded", "external"]
    data_source: Literal["sandbox", "keepa"]


class TokenStatus(Shape):
    """The Keepa key's token bucket."""

    balance: int | None
    refill_per_minute: float | None
    capacity: int | None
    reserved: int
    spent_today: int
    by_purpose: dict[str, int]
    most_per_day: int | None
    plan_per_minute: int | None
    next_refill_at: datetime | None


class Status(Shape):
    """What the shell of the page shows on every screen."""

    version: str
    sandbox: bool
    data_source: Literal["sandbox", "keepa"]
    marketplace: str
    database: Literal["embedded", "external"]
    tokens: TokenStatus
    active_runs: int


class NamedCostBody(Shape):
    """A cost per unit that the user named, minor units."""

    name: str
    cents: int


class CostsBody(Shape):
    """What turns a unit cost into a landed cost; shares as decimal text."""

    discount: str
    sales_tax: str
    cashback: str
    prep_cents: int
    inbound_cents: int
    inbound_cents_per_kg: int
    other: list[NamedCostBody]


class PolicyBody(Shape):
    """A named set of cost assumptions and criteria."""

    model_config = ConfigDict(extra="allow")

    __pydantic_extra__: dict[str, JsonValue]

    name: str
    channel: str
    condition: str
    quantity: int
    min_profit_cents: int
    min_roi: float
    confidence: float
    max_days_to_sell: int
    window_days: tuple[int, int]
    liquidation_share: float
    max_sales_rank: int | None
    max_amazon_share: float | None
    max_data_age_days: int
    returns_share: float
    storage_days: int | None
    exclude_hazmat: bool
    exclude_adult: bool
    exclude_meltable: bool
    costs: CostsBody


class PolicyList(Shape):
    """The newest version of every policy."""

    items: list[PolicyBody]
