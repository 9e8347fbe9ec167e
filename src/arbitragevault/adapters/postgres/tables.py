"""The tables, plain PostgreSQL without extensions.

Money is bigint minor units, times are timestamptz, chosen words are text with a CHECK. What users
intend and decide belongs to their organisation; market data and Keepa's tokens are shared by all.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Double,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from arbitragevault.adapters.postgres.tables_base import (
    NOW,
    TIME,
    is_of_tenant,
    metadata,
    of_organization,
    one_of,
)
from arbitragevault.adapters.postgres.tables_market import (
    DEPTHS,
    FEATURE_SORTS,
    history_segments,
    offers_snapshots,
    payloads,
    product_codes,
    product_features,
    products,
)
from arbitragevault.domain.decision.runs import ItemState, RunState

__all__ = [
    "CLAIM_STATES",
    "DEPTHS",
    "EVIDENCE_SOURCES",
    "EXPLANATION_OUTCOMES",
    "FEATURE_SORTS",
    "SORTS",
    "VERDICTS",
    "decisions",
    "evidence_reports",
    "explanations",
    "history_segments",
    "is_of_tenant",
    "metadata",
    "offers_snapshots",
    "organizations",
    "payloads",
    "policies",
    "product_codes",
    "product_features",
    "products",
    "run_events",
    "run_items",
    "runs",
    "token_buckets",
    "token_claims",
    "token_ledger",
    "unit_marks",
]

VERDICTS: Final = ("buy", "review", "skip", "unknown")

organizations = Table(
    "organizations",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("name", Text, nullable=False),
    Column("created_at", TIME, nullable=False, server_default=NOW),
)

policies = Table(
    "policies",
    metadata,
    of_organization(),
    Column("name", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("body", JSONB, nullable=False),
    Column("created_at", TIME, nullable=False, server_default=NOW),
    PrimaryKeyConstraint("organization_id", "name", "version"),
)

runs = Table(
    "runs",
    metadata,
    Column("id", Uuid, primary_key=True),
    of_organization(),
    Column("kind", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("is_sandbox", Boolean, nullable=False),
    Column(
        "source", Text, nullable=False
    ),  # the lead file's name, or where else the leads came from
    Column("marketplace", Text, nullable=False),
    Column("policy_name", Text, nullable=False),
    Column("policy", JSONB, nullable=False),
    Column("params", JSONB, nullable=False),
    Column("params_digest", Text),  # equal work has equal digests; NULL is never the same
    Column("total", Integer, nullable=False, server_default=text("0")),
    Column("done", Integer, nullable=False, server_default=text("0")),
    Column("count_buy", Integer, nullable=False, server_default=text("0")),
    Column("count_review", Integer, nullable=False, server_default=text("0")),
    Column("count_skip", Integer, nullable=False, server_default=text("0")),
    Column("count_unknown", Integer, nullable=False, server_default=text("0")),
    Column("count_errors", Integer, nullable=False, server_default=text("0")),
    Column("tokens_estimated", Integer),
    Column("tokens_spent", Integer, nullable=False, server_default=text("0")),
    Column("waiting_until", TIME),
    Column("attempt", Integer, nullable=False, server_default=text("0")),
    Column("error_code", Text),
    Column("error_message", Text),
    Column("created_at", TIME, nullable=False),
    Column("started_at", TIME),
    Column("finished_at", TIME),
    Column("heartbeat_at", TIME),
    Index("ix_runs_newest", "organization_id", "is_sandbox", "created_at", "id"),
    Index(
        "ix_runs_unfinished",
        "params_digest",
        postgresql_where=text("state IN ('queued', 'running', 'waiting_tokens')"),
    ),
    one_of("state", RunState),
)

run_items = Table(
    "run_items",
    metadata,
    Column("run_id", ForeignKey("runs.id", ondelete="CASCADE"), nullable=False),
    of_organization(),
    Column("ordinal", Integer, nullable=False),  # the row number in the lead file, from 1
    Column("identifier", Text, nullable=False),
    Column("kind", Text),
    Column("asin", Text),
    Column("code", Text),
    Column("lead", JSONB(none_as_null=True)),  # NULL: the row could not be read
    Column("state", Text, nullable=False),
    Column("lease_token", Uuid),
    Column("lease_until", TIME),
    Column("attempts", SmallInteger, nullable=False, server_default=text("0")),
    Column("error_code", Text),
    Column("error_message", Text),
    Column("decision_id", BigInteger),
    PrimaryKeyConstraint("run_id", "ordinal"),
    Index(
        "ix_run_items_open",
        "run_id",
        "ordinal",
        postgresql_where=text("state IN ('pending', 'leased')"),
    ),
    Index(
        "ix_run_items_lease",
        "lease_token",
        postgresql_where=text("lease_token IS NOT NULL"),
    ),
    one_of("state", ItemState),
)

run_events = Table(
    "run_events",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("run_id", ForeignKey("runs.id", ondelete="CASCADE"), nullable=False),
    of_organization(),
    Column("kind", Text, nullable=False),
    Column("payload", JSONB, nullable=False),
    Column("at", TIME, nullable=False),
    Index(None, "run_id", "id"),
)

decisions = Table(
    "decisions",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("run_id", ForeignKey("runs.id", ondelete="CASCADE")),
    of_organization(),
    Column("ordinal", Integer),  # of the run's item: the row of the lead file
    Column("product_id", ForeignKey("products.id", ondelete="SET NULL")),
    Column("is_sandbox", Boolean, nullable=False),
    Column("marketplace", Text, nullable=False),
    Column("identifier", Text, nullable=False),
    Column("asin", Text),
    Column("title", Text),
    Column("title_key", Text(collation="C")),  # case folded: titles sort alike on every server
    Column("identifier_key", Text(collation="C"), nullable=False),  # case folded
    Column("supplier", Text),
    Column("verdict", Text, nullable=False),
    Column("unit_cost", BigInteger),
    Column("max_cost", BigInteger),
    Column("profit_p50", BigInteger),
    Column("resale_p50", BigInteger),
    Column("roi", Double),
    Column("probability_of_profit", Double),
    Column("days_p50", Double),
    Column("sales_rank", BigInteger),
    # Without the evidence, which no list shows. Not JSONB: to make text of it takes a page longer
    # than all the rest, and nobody looks into it.
    Column("record", JSON, nullable=False),
    Column("evidence", JSONB(none_as_null=True)),
    Column("decided_at", TIME, nullable=False),
    Index("ix_decisions_run", "run_id", "ordinal", "id"),
    Index("ix_decisions_verdict", "run_id", "verdict"),
    Index("ix_decisions_product", "marketplace", "asin", "id"),
    Index(None, "product_id"),
    Index("ix_decisions_supplier", "organization_id", "is_sandbox", "supplier", "verdict"),
    Index("ix_decisions_identifier", "organization_id", "identifier_key"),
    one_of("verdict", VERDICTS),
)

SORTS: Final = {
    "row": decisions.c.ordinal,
    "unit_cost": decisions.c.unit_cost,
    "max_cost": decisions.c.max_cost,
    "profit": decisions.c.profit_p50,
    "resale": decisions.c.resale_p50,
    "roi": decisions.c.roi,
    "probability_of_profit": decisions.c.probability_of_profit,
    "days_to_sell": decisions.c.days_p50,
    "sales_rank": decisions.c.sales_rank,
    "title": decisions.c.title_key,
    "decided_at": decisions.c.decided_at,
}
"""By what decisions can be listed. Each has an index that a page of one verdict is read from in
both directions; a page of several verdicts merges theirs. The index tells run and product, too, so
that rows of others are passed over without being looked at."""

for _column in SORTS.values():
    Index(
        f"ix_decisions_by_{_column.name}",
        decisions.c.organization_id,
        decisions.c.is_sandbox,
        decisions.c.verdict,
        _column,
        decisions.c.id,
        postgresql_include=["run_id", "product_id"],
    )

assessments = Table(
    "assessments",
    metadata,
    Column("decision_id", ForeignKey("decisions.id", ondelete="CASCADE"), primary_key=True),
    of_organization(),
    Column("assessed_at", TIME, nullable=False),  # older than the product's data: stale
    Column("data", LargeBinary, nullable=False),
)

token_ledger = Table(
    "token_ledger",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("key_digest", Text, nullable=False),  # of the Keepa key; the key itself is not stored
    Column("run_id", ForeignKey("runs.id", ondelete="SET NULL")),
    Column("purpose", Text, nullable=False),
    Column("reserved", Integer, nullable=False),
    Column("consumed", Integer),  # NULL until the answer has said it
    Column("balance_after", Integer),
    Column("at", TIME, nullable=False),
    Index(None, "key_digest", "at"),
    Index(None, "run_id"),
)

CLAIM_STATES: Final = ("waiting", "reserved", "lost", "cleared")

token_buckets = Table(
    "token_buckets",
    metadata,
    Column("key_digest", Text, primary_key=True),
    # What Keepa told last; NULL before it has told anything.
    Column("balance", Integer),
    Column("refill_rate", Integer),
    Column("flow_reduction", Double),
    Column("tick_at", TIME),
    Column("stamp_ms", BigInteger),  # stamp and tick by Keepa's clock, Unix milliseconds
    Column("tick_ms", BigInteger),
    Column("heard_at", TIME),
    Column("granted", BigInteger, nullable=False),  # number of the newest claim
    Column("unexplained", BigInteger, nullable=False),  # tokens missing, not yet accounted for
    CheckConstraint(
        "num_nulls(balance, refill_rate, flow_reduction, tick_at, stamp_ms, tick_ms, heard_at)"
        " IN (0, 7)",
        name="reading",
    ),
)

token_claims = Table(
    "token_claims",
    metadata,
    Column("key_digest", ForeignKey("token_buckets.key_digest", ondelete="CASCADE")),
    Column("number", BigInteger),
    Column("tokens", Integer, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("priority", SmallInteger, nullable=False),
    Column("run_id", Uuid),  # no foreign key: a claim must not wait for whoever locks the run
    Column("state", Text, nullable=False),
    Column("granted_at", TIME, nullable=False),
    Column("until", TIME, nullable=False),
    PrimaryKeyConstraint("key_digest", "number"),
    one_of("state", CLAIM_STATES),
)

EXPLANATION_OUTCOMES: Final = ("open", "accepted", "objected", "failed")

explanations = Table(
    "explanations",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    of_organization(),
    Column("digest", Text, nullable=False),  # of everything that the model was told
    Column("use", Text, nullable=False),
    Column("model", Text, nullable=False),
    Column("version", Text, nullable=False),  # of the prompts
    Column("outcome", Text, nullable=False),
    Column("error_code", Text),
    Column("tokens_reserved", Integer, nullable=False),
    Column("input_tokens", Integer),  # NULL until the server has told
    Column("output_tokens", Integer),
    Column("micro_dollars", BigInteger),  # NULL where the price is not known
    Column("milliseconds", Integer),
    Column("body", JSONB(none_as_null=True)),  # of an accepted answer
    Column("at", TIME, nullable=False),
    Index(None, "at"),
    Index(
        "ix_explanations_accepted",
        "digest",
        "id",
        postgresql_where=text("outcome = 'accepted'"),
    ),
    one_of("outcome", EXPLANATION_OUTCOMES),
)
"""Calls of the language model: what each was for, used and cost, and the answers that were good."""

EVIDENCE_SOURCES: Final = ("recordings", "stored", "sandbox")

evidence_reports = Table(
    "evidence_reports",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    of_organization(),
    Column("source", Text, nullable=False),
    Column("is_sandbox", Boolean, nullable=False),  # the replayed history was the sandbox's
    Column("model_version", Text, nullable=False),
    Column("data_digest", Text, nullable=False),
    Column("policy_name", Text, nullable=False),
    Column("products", Integer, nullable=False),
    Column("windows", Integer, nullable=False),
    Column("seconds", Double, nullable=False),
    Column("report", JSON, nullable=False),  # not JSONB, which loses the order of rules and levels
    Column("created_at", TIME, nullable=False),
    Index(None, "organization_id", "source", "is_sandbox", "id"),
    one_of("source", EVIDENCE_SOURCES),
)
"""What backtests found, as ``backtest --json`` prints it; every report is kept."""

unit_marks = Table(
    "unit_marks",
    metadata,
    # One row for each unit of work that a process has under way at once; see marks.py.
    Column("seat", Uuid, primary_key=True),
    Column("unit", Uuid, nullable=False),
    Column("left_at", TIME, nullable=False, server_default=NOW),
)
