"""Stored leads under another policy."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from arbitragevault.entrypoints.api.schemas.decisions import DaysToSell, Quantiles, Verdict
from arbitragevault.entrypoints.api.schemas.shape import Shape


class RedecisionRequest(BaseModel):
    """Which leads, under which policy."""

    model_config = ConfigDict(extra="forbid")

    policy: Annotated[str, Field(min_length=1, max_length=100)] = "default"
    run_id: UUID | None = Field(default=None, description="Only this run's leads")
    changed: bool = Field(default=False, description="Answer only leads whose verdict changes")
    limit: Annotated[int, Field(ge=0, le=500)] = Field(
        default=50, description="Most leads to answer, the best purchases first"
    )


class LeadCounts(Shape):
    """Leads by verdict."""

    buy: int = 0
    review: int = 0
    skip: int = 0
    unknown: int = 0


class Move(Shape):
    """How many leads have another verdict than before."""

    before: Verdict
    now: Verdict
    leads: int


class ReasonCode(Shape):
    """One criterion and how it came out; the product's page has its sentence."""

    code: str
    status: Literal["pass", "fail", "unknown", "warning"]


class RedecidedLead(Shape):
    """A lead under the policy; amounts in minor units."""

    row: int
    decision_id: int
    identifier: str
    asin: str
    marketplace: str
    title: str | None
    currency: str
    verdict: Verdict
    verdict_before: Verdict
    max_cost: int | None
    landed_cost: int | None
    profit: Quantiles | None
    expected_profit: int | None
    roi: float | None
    probability_of_profit: float | None
    probability_of_target: float | None
    probability_of_loss: float | None
    days_to_sell: DaysToSell | None
    score: float | None
    reasons: list[ReasonCode]
    policy: str


class Redecisions(Shape):
    """What a policy says about stored leads."""

    policy: str
    leads: int
    now: LeadCounts
    before: LeadCounts
    moves: list[Move]
    worked_out_anew: int
    failed: int
    items: list[RedecidedLead]
