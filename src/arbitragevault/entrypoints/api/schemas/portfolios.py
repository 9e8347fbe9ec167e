"""Buy lists under a budget."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from arbitragevault.domain.decision.admission import Admission
from arbitragevault.entrypoints.api.schemas.shape import Shape

Cents = Annotated[int, Field(ge=0, le=10**12)]


class PortfolioRequest(BaseModel):
    """What to choose from, and what the list must keep to; amounts in minor units."""

    model_config = ConfigDict(extra="forbid")

    budget: Cents = Field(description="Most that suppliers are paid")
    run_id: UUID | None = Field(default=None, description="Only this run's leads")
    policy: Annotated[str, Field(min_length=1, max_length=100)] | None = Field(
        default=None, description="Decide by this policy, not by the one of each lead's run"
    )
    marketplace: Annotated[str, Field(min_length=2, max_length=10)] = "US"
    admit: Admission = Field(
        default=Admission.BUYS, description="Buys only, also reviews, or whatever is worthwhile"
    )
    max_per_product: Cents | None = None
    max_per_brand: Cents | None = None
    max_per_category: Cents | None = None
    max_units: Annotated[int, Field(ge=0, le=10**6)] | None = Field(
        default=None, description="Most units of one product"
    )
    max_loss: Cents | None = Field(
        default=None, description="Largest mean loss over the worst part of the futures"
    )
    tail: Annotated[float, Field(ge=0.01, le=1.0)] = Field(
        default=0.05, description="Which part of the futures is the worst one"
    )
    seed: Annotated[int, Field(ge=0, le=2**31)] = Field(default=0, description="Of the futures")


class PortfolioLine(Shape):
    """One entry of a buy list; costs per unit, profit of all its units."""

    asin: str
    marketplace: str
    title: str | None
    identifier: str
    supplier: str | None
    condition: str | None
    decision_id: int
    row: int
    quantity: int
    unit_cost: int
    landed_cost: int
    expected_profit: int
    most: int


class PortfolioLimit(Shape):
    """What a limit costs: the expected profit gained without it, or with ``instead``."""

    limit: str
    value: int
    instead: int | None
    gain: int


class UsualRule(Shape):
    """What the same budget would buy by a usual rule."""

    name: str
    spent: int
    expected_profit: int
    loss_tail: int


class Portfolio(Shape):
    """The buy list that makes the most of a budget; amounts in minor units."""

    currency: str
    budget: int
    spent: int
    landed_cost: int
    lines: list[PortfolioLine]
    expected_profit: int
    loss_tail: int
    tail: float
    gap: float
    leads: int
    candidates: int
    limits: list[PortfolioLimit]
    instead: UsualRule
    sandbox: bool
