"""Health, status, tokens and policies."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from arbitragevault.domain.catalog.product import Channel, Condition
from arbitragevault.domain.economics.fees.model import VatStatus
from arbitragevault.entrypoints.api.schemas.shape import Shape


class Health(Shape):
    """The process answers."""

    status: Literal["ok"]


class Readiness(Shape):
    """The process can do its work; ``database_reached_at`` is when it last used the database."""

    status: Literal["ok"]
    database: Literal["embedded", "external"]
    database_reached_at: datetime | None
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


Cents = Annotated[int, Field(ge=0, le=10**9)]
Part = Annotated[Decimal, Field(ge=0, le=1, max_digits=12)]


class NamedCostInput(BaseModel):
    """A cost per unit that the user named."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(min_length=1, max_length=100)]
    cents: Cents


class CostsInput(BaseModel):
    """What turns a unit cost into a landed cost; shares as decimal text or number."""

    model_config = ConfigDict(extra="forbid")

    discount: Part = Decimal(0)
    sales_tax: Part = Decimal(0)
    cashback: Part = Decimal(0)
    prep_cents: Cents = 20
    inbound_cents: Cents = 40
    inbound_cents_per_kg: Cents = 0
    other: Annotated[list[NamedCostInput], Field(max_length=50)] = []


class PolicyInput(BaseModel):
    """A policy to store; what is left out takes its default."""

    model_config = ConfigDict(extra="forbid")

    channel: Channel = Channel.FBA
    condition: Condition = Condition.NEW
    quantity: Annotated[int, Field(ge=1, le=1_000_000)] = 1
    min_profit_cents: Cents = 300
    min_roi: float = 0.30
    confidence: float = 0.80
    max_days_to_sell: int = 60
    window_days: tuple[int, int] = (15, 75)
    liquidation_share: float = 0.5
    horizon_days: int = 180
    max_sales_rank: Annotated[int, Field(ge=1, le=10**9)] | None = 1_000_000
    max_amazon_share: float | None = 0.5
    max_data_age_days: Annotated[int, Field(ge=0, le=100_000)] = 7
    returns_share: float = 0.02
    fbm_shipping_cents: Cents | None = None
    storage_days: Annotated[int, Field(ge=0, le=730)] | None = None
    exclude_hazmat: bool = True
    exclude_adult: bool = True
    exclude_meltable: bool = False
    vat: VatStatus = VatStatus.NOT_REGISTERED
    seller_country: Annotated[str, Field(pattern="^[A-Z]{2}$")] | None = None
    costs: CostsInput = CostsInput()
