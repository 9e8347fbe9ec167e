"""The decision record and the rows that carry it."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import Field, JsonValue

from arbitragevault.application.fee_views import UnitSizing
from arbitragevault.entrypoints.api.schemas.shape import Shape

Verdict = Literal["buy", "review", "skip", "unknown"]


class Quantiles(Shape):
    """An interval as its 10 %, 50 % and 90 % quantiles, minor units."""

    p10: int
    p50: int
    p90: int


class RateQuantiles(Shape):
    """An interval of a rate; a quantile that cannot be told is null."""

    p10: float | None
    p50: float | None
    p90: float | None


class DaysToSell(Shape):
    """Days until the whole quantity is sold; null where it may never be."""

    p50: float | None
    p90: float | None


class ResaleBasis(Shape):
    """Which series the resale price was read from, and why."""

    series: str
    price: int | None
    fallback: bool
    text: str


class FeeLine(Shape):
    """One fee; an unknown one has no amount and says why."""

    code: str
    amount: int | None
    rule: str
    inputs: dict[str, JsonValue]
    reason: str | None


class FeeSheet(Shape):
    """What Amazon keeps of a sale at a price on a date."""

    price: int
    on: str
    channel: str
    size_tier: str | None
    lines: list[FeeLine]
    total: int | None
    net_proceeds: int | None
    sizing: UnitSizing | None = None


class OfferCounts(Shape):
    """Offers on the listing."""

    new: int | None
    used: int | None
    fba: int | None
    live: int | None


class AmazonPresence(Shape):
    """Amazon as a seller: in stock now, and its share of the last 90 days."""

    in_stock: bool | None
    share_90: float | None


class Risk(Shape):
    """Something that may spoil the deal."""

    code: str
    status: Literal["ok", "warning", "blocker", "unknown"]
    text: str
    observed: JsonValue
    limit: JsonValue
    probability: float | None


class Reason(Shape):
    """One criterion of the policy, checked."""

    code: str
    status: Literal["pass", "fail", "unknown", "warning"]
    text: str
    observed: JsonValue
    limit: JsonValue


class Change(Shape):
    """A change that would alter the verdict."""

    change: str
    text: str
    from_: JsonValue = Field(alias="from")
    to: JsonValue


class EvidenceItem(Shape):
    """The record behind a figure."""

    figure: str
    formula: str
    inputs: dict[str, JsonValue]
    source: str
    observed_at: datetime | None


class PolicyReference(Shape):
    """The policy that decided, and the digest of what it said then."""

    name: str
    digest: str


class DecisionRecord(Shape):
    """A decision with everything that it rests on."""

    asin: str
    marketplace: str
    title: str | None
    currency: str
    unit_cost: int | None
    quantity: int
    condition: Literal["new", "used_like_new", "used_very_good", "used_good", "used_acceptable"]
    channel: Literal["fba", "fbm"]
    verdict: Verdict
    max_cost: int | None
    confidence: float
    profit: Quantiles | None
    expected_profit: int | None
    roi: float | None
    margin: float | None
    probability_of_profit: float | None
    probability_of_target: float | None
    probability_of_loss: float | None
    profit_per_dollar_day: float | None
    days_to_sell: DaysToSell | None
    sell_through: dict[str, float | None] | None
    resale: Quantiles | None
    resale_basis: ResaleBasis | None
    breakeven_price: int | None
    landed_cost: int | None
    net_proceeds: int | None
    returns_allowance: int | None
    fees: FeeSheet | None
    sales_per_month: RateQuantiles | None
    share: dict[str, float | None] | None
    sales_rank: int | None
    offers: OfferCounts
    amazon: AmazonPresence
    risks: list[Risk]
    reasons: list[Reason]
    counterfactual: list[Change]
    evidence: list[EvidenceItem]
    score: float | None
    data_quality: float
    as_of: datetime
    observed_at: datetime
    policy: PolicyReference
    rate_card: str | None
    model_version: str
    input_digest: str


class RowError(Shape):
    """Why a row could not be used."""

    code: str
    message: str


class ScanRow(Shape):
    """One row of a run: the lead, and its decision where there is one.

    A row that could not be used has the same keys: the verdict ``unknown``, the error, and null in
    every field of the record.
    """

    row: int
    identifier: str
    asin: str | None
    marketplace: str | None
    title: str | None
    currency: str | None
    unit_cost: int | None
    quantity: int | None
    condition: str | None
    channel: str | None
    verdict: Verdict
    max_cost: int | None
    confidence: float | None
    profit: Quantiles | None
    expected_profit: int | None
    roi: float | None
    margin: float | None
    probability_of_profit: float | None
    probability_of_target: float | None
    probability_of_loss: float | None
    profit_per_dollar_day: float | None
    days_to_sell: DaysToSell | None
    sell_through: dict[str, float | None] | None
    resale: Quantiles | None
    resale_basis: ResaleBasis | None
    breakeven_price: int | None
    landed_cost: int | None
    net_proceeds: int | None
    returns_allowance: int | None
    fees: FeeSheet | None
    sales_per_month: RateQuantiles | None
    share: dict[str, float | None] | None
    sales_rank: int | None
    offers: OfferCounts | None
    amazon: AmazonPresence | None
    risks: list[Risk] | None
    reasons: list[Reason] | None
    counterfactual: list[Change] | None
    evidence: list[EvidenceItem] | None
    score: float | None
    data_quality: float | None
    as_of: datetime | None
    observed_at: datetime | None
    policy: PolicyReference | None
    rate_card: str | None
    model_version: str | None
    input_digest: str | None
    supplier: str | None
    url: str | None
    notes: str | None
    extra: dict[str, str]
    sandbox: bool
    error: RowError | None


class DecisionRow(ScanRow):
    """A stored row, with its own id and the run that decided it."""

    id: int
    run_id: UUID
    decided_at: datetime


class VerdictCounts(Shape):
    """How many rows have each verdict under the other filters."""

    buy: int
    review: int
    skip: int
    unknown: int


class DecisionPage(Shape):
    """One page of a list; the cursor leads to the next one."""

    items: list[DecisionRow]
    next_cursor: str | None
    counts: VerdictCounts
    counts_are_minimum: bool = Field(description="There are more than were counted")
