"""Runs, scan requests and the dry run's answer."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from arbitragevault.entrypoints.api.schemas.decisions import RowError
from arbitragevault.entrypoints.api.schemas.shape import Shape

RunStateName = Literal["queued", "running", "waiting_tokens", "succeeded", "failed", "cancelled"]
Text = Annotated[str, Field(max_length=2_000)]


class RunCounts(Shape):
    """Rows by verdict; ``errors`` are rows that could not be used (also counted in unknown)."""

    buy: int
    review: int
    skip: int
    unknown: int
    errors: int


class RunTokens(Shape):
    """Keepa tokens: estimated before, and spent."""

    estimated: int | None
    spent: int


class Run(Shape):
    """A durable piece of background work."""

    id: UUID
    kind: str
    state: RunStateName
    source: str
    policy: str
    marketplace: str
    rows: int
    done: int
    counts: RunCounts
    tokens: RunTokens
    waiting_until: datetime | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    error: RowError | None


class RunList(Shape):
    """The newest runs first."""

    items: list[Run]


class LeadInput(BaseModel):
    """One lead as typed or pasted."""

    model_config = ConfigDict(extra="forbid")

    identifier: Annotated[str, Field(max_length=2_000)]
    cost: Annotated[Decimal, Field(ge=-(10**12), le=10**12, max_digits=40)] | Text | None = Field(
        default=None, description="Major units, as text or number: 12.50", examples=["12.50"]
    )
    quantity: Annotated[int, Field(ge=1, le=1_000_000)] | Text | None = None
    min_quantity: Annotated[int, Field(ge=1, le=1_000_000)] | Text | None = Field(
        default=None, description="Smallest order that the supplier takes"
    )
    condition: Text | None = None
    supplier: Text | None = None
    url: Text | None = None
    notes: Text | None = None


class ScanTerms(BaseModel):
    """How to scan."""

    model_config = ConfigDict(extra="forbid")

    policy: Annotated[str, Field(min_length=1, max_length=100)] = "default"
    marketplace: Annotated[str, Field(min_length=2, max_length=10)] = "US"
    offers: bool = Field(default=False, description="Fetch live offers too (6 tokens and more)")
    screening: bool | None = Field(
        default=None,
        description="With offers: fetch them only where they can change the verdict, which is the "
        "default for more than a few leads",
    )
    refresh: bool = Field(default=False, description="Pay again even for fresh data")
    max_tokens: Annotated[int, Field(ge=0, le=10**9)] | None = Field(
        default=None, description="Most tokens to spend; rows beyond are answered as unknown"
    )


class ScanRequest(ScanTerms):
    """Leads to decide."""

    leads: Annotated[list[LeadInput], Field(min_length=1, max_length=10_000)]


class ScanUpload(ScanTerms):
    """A lead file to decide: CSV or XLSX."""

    file: Annotated[str, Field(json_schema_extra={"format": "binary"})]
    columns: str | None = Field(
        default=None,
        description='JSON object from field to header, for example {"identifier": "Barcode"}',
    )


class PreviewColumn(Shape):
    """A column of the file and the field that it was taken for."""

    header: str
    field: str | None
    sample: list[str]


class PreviewRow(Shape):
    """One of the first rows, as it was understood."""

    row: int
    identifier: str
    kind: str | None
    asin: str | None
    unit_cost: int | None
    quantity: int | None
    condition: str | None
    repairs: list[str]
    error: RowError | None


class ScanEstimate(Shape):
    """What the scan would cost."""

    products: int
    stored: int
    to_fetch: int
    tokens: int
    balance: int | None
    minutes: float | None


class ScanPreview(Shape):
    """What a scan would do, without doing it."""

    rows: int
    bad_rows: int
    currency: str
    columns: list[PreviewColumn]
    preview: list[PreviewRow]
    duplicates: int
    estimate: ScanEstimate
