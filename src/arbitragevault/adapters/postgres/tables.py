"""The tables, plain PostgreSQL without extensions.

Money is bigint minor units, times are timestamptz, chosen words are text with a CHECK. Market data
of the sandbox and of Keepa lie side by side and never mix: ``is_sandbox`` is part of every key.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    Double,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from arbitragevault.domain.decision.runs import ItemState, RunState

metadata: Final = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

VERDICTS: Final = ("buy", "review", "skip", "unknown")
DEPTHS: Final = ("history", "offers")
_NOW: Final = text("now()")
_TIME: Final = DateTime(timezone=True)


def _one_of(column: str, words: Iterable[str]) -> CheckConstraint:
    """A CHECK that a column holds one of the words."""
    listed = ", ".join(f"'{word}'" for word in words)
    return CheckConstraint(f"{column} IN ({listed})", name=column)


products = Table(
    "products",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("is_sandbox", Boolean, nullable=False),
    Column("marketplace", Text, nullable=False),
    Column("asin", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("title", Text),
    Column("brand", Text),
    Column("root_category_id", BigInteger),
    Column("facts", LargeBinary, nullable=False),  # what the columns and series do not hold
    Column("observed_at", _TIME, nullable=False),  # the instant that Keepa describes
    Column("retrieved_at", _TIME),  # when Keepa gave the answer
    Column("fetched_at", _TIME, nullable=False),  # when we asked, by our clock
    Column("depth", Text, nullable=False),
    Column("digest", LargeBinary, nullable=False),  # of facts and segments
    UniqueConstraint("is_sandbox", "marketplace", "asin"),
    _one_of("depth", DEPTHS),
)

product_codes = Table(
    "product_codes",
    metadata,
    Column("is_sandbox", Boolean, nullable=False),
    Column("marketplace", Text, nullable=False),
    Column("code", Text, nullable=False),  # ISBN-13, EAN or UPC
    Column("asins", ARRAY(Text), nullable=False),  # empty: Keepa knows no product with this code
    Column("checked_at", _TIME, nullable=False),
    PrimaryKeyConstraint("is_sandbox", "marketplace", "code"),
)

history_segments = Table(
    "history_segments",
    metadata,
    Column("product_id", ForeignKey("products.id", ondelete="CASCADE"), nullable=False),
    Column("year", SmallInteger, nullable=False),
    Column("first_minute", Integer, nullable=False),
    Column("last_minute", Integer, nullable=False),
    Column("points", Integer, nullable=False),
    Column("codec", SmallInteger, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Column("data", LargeBinary, nullable=False),
    PrimaryKeyConstraint("product_id", "year"),
)

offers_snapshots = Table(
    "offers_snapshots",
    metadata,
    Column("product_id", ForeignKey("products.id", ondelete="CASCADE"), primary_key=True),
    Column("observed_at", _TIME, nullable=False),
    Column("data", LargeBinary, nullable=False),
)

policies = Table(
    "policies",
    metadata,
    Column("name", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("body", JSONB, nullable=False),
    Column("created_at", _TIME, nullable=False, server_default=_NOW),
    PrimaryKeyConstraint("name", "version"),
)

runs = Table(
    "runs",
    metadata,
    Column("id", Uuid, primary_key=True),
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
    Column("waiting_until", _TIME),
    Column("attempt", Integer, nullable=False, server_default=text("0")),
    Column("error_code", Text),
    Column("error_message", Text),
    Column("created_at", _TIME, nullable=False),
    Column("started_at", _TIME),
    Column("finished_at", _TIME),
    Column("heartbeat_at", _TIME),
    Index(None, "created_at", "id"),
    Index(
        "ix_runs_unfinished",
        "params_digest",
        postgresql_where=text("state IN ('queued', 'running', 'waiting_tokens')"),
    ),
    _one_of("state", RunState),
)

run_items = Table(
    "run_items",
    metadata,
    Column("run_id", ForeignKey("runs.id", ondelete="CASCADE"), nullable=False),
    Column("ordinal", Integer, nullable=False),  # the row number in the lead file, from 1
    Column("identifier", Text, nullable=False),
    Column("kind", Text),
    Column("asin", Text),
    Column("code", Text),
    Column("lead", JSONB(none_as_null=True)),  # NULL: the row could not be read
    Column("state", Text, nullable=False),
    Column("lease_token", Uuid),
    Column("lease_until", _TIME),
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
    _one_of("state", ItemState),
)

run_events = Table(
    "run_events",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("run_id", ForeignKey("runs.id", ondelete="CASCADE"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("payload", JSONB, nullable=False),
    Column("at", _TIME, nullable=False),
    Index(None, "run_id", "id"),
)

decisions = Table(
    "decisions",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("run_id", ForeignKey("runs.id", ondelete="CASCADE")),
    Column("ordinal", Integer),  # of the run's item: the row of the lead file
    Column("product_id", ForeignKey("products.id", ondelete="SET NULL")),
    Column("is_sandbox", Boolean, nullable=False),
    Column("marketplace", Text, nullable=False),
    Column("identifier", Text, nullable=False),
    Column("asin", Text),
    Column("title", Text),
    Column("title_key", Text(collation="C")),  # case folded: titles sort alike on every server
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
    Column("record", JSONB, nullable=False),
    Column("decided_at", _TIME, nullable=False),
    Index("ix_decisions_run", "run_id", "ordinal", "id"),
    Index("ix_decisions_verdict", "run_id", "verdict"),
    Index("ix_decisions_product", "marketplace", "asin", "id"),
    Index(None, "product_id"),
    _one_of("verdict", VERDICTS),
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
"""By what decisions can be listed. Each has an index that a page is read from in both directions:
it leaves NULLs out, which come last either way and are read by the primary key."""

for _column in SORTS.values():
    Index(
        f"ix_decisions_by_{_column.name}",
        _column,
        decisions.c.id,
        postgresql_where=_column.is_not(None) if _column.nullable else None,
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
    Column("at", _TIME, nullable=False),
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
    Column("tick_at", _TIME),
    Column("stamp_ms", BigInteger),  # stamp and tick by Keepa's clock, Unix milliseconds
    Column("tick_ms", BigInteger),
    Column("heard_at", _TIME),
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
    Column("granted_at", _TIME, nullable=False),
    Column("until", _TIME, nullable=False),
    PrimaryKeyConstraint("key_digest", "number"),
    _one_of("state", CLAIM_STATES),
)

EXPLANATION_OUTCOMES: Final = ("open", "accepted", "objected", "failed")

explanations = Table(
    "explanations",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
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
    Column("at", _TIME, nullable=False),
    Index(None, "at"),
    Index(
        "ix_explanations_accepted",
        "digest",
        "id",
        postgresql_where=text("outcome = 'accepted'"),
    ),
    _one_of("outcome", EXPLANATION_OUTCOMES),
)
"""Calls of the language model: what each was for, used and cost, and the answers that were good."""
