"""First tables.

Revision: 0001
After:
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    # Rather fail than queue behind a long transaction and block everybody else meanwhile.
    op.execute("SET LOCAL lock_timeout = '5s'")
    _create_catalogue()
    _create_runs()
    _create_decisions()
    for table in ("history_segments", "offers_snapshots"):
        # The bytes are compressed already; PostgreSQL need not try again.
        op.execute(f"ALTER TABLE {table} ALTER COLUMN data SET STORAGE EXTERNAL")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    for table in (
        "token_ledger",
        "run_items",
        "run_events",
        "decisions",
        "runs",
        "policies",
        "offers_snapshots",
        "history_segments",
        "product_codes",
        "products",
    ):
        op.drop_table(table)


def _create_catalogue() -> None:
    """What is known of products."""
    op.create_table(
        "products",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("is_sandbox", sa.Boolean(), nullable=False),
        sa.Column("marketplace", sa.Text(), nullable=False),
        sa.Column("asin", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("title", sa.Text()),
        sa.Column("brand", sa.Text()),
        sa.Column("root_category_id", sa.BigInteger()),
        sa.Column("facts", sa.LargeBinary(), nullable=False),
        sa.Column("observed_at", _TIME, nullable=False),
        sa.Column("retrieved_at", _TIME),
        sa.Column("fetched_at", _TIME, nullable=False),
        sa.Column("depth", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("depth IN ('history', 'offers')", name="ck_products_depth"),
        sa.PrimaryKeyConstraint("id", name="pk_products"),
        sa.UniqueConstraint(
            "is_sandbox", "marketplace", "asin", name="uq_products_is_sandbox_marketplace_asin"
        ),
    )
    op.create_table(
        "product_codes",
        sa.Column("is_sandbox", sa.Boolean(), nullable=False),
        sa.Column("marketplace", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("asins", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("checked_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("is_sandbox", "marketplace", "code", name="pk_product_codes"),
    )
    op.create_table(
        "history_segments",
        sa.Column("product_id", sa.BigInteger(), nullable=False),
        sa.Column("year", sa.SmallInteger(), nullable=False),
        sa.Column("first_minute", sa.Integer(), nullable=False),
        sa.Column("last_minute", sa.Integer(), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("codec", sa.SmallInteger(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["product_id"],
            ["products.id"],
            name="fk_history_segments_product_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("product_id", "year", name="pk_history_segments"),
    )
    op.create_table(
        "offers_snapshots",
        sa.Column("product_id", sa.BigInteger(), nullable=False),
        sa.Column("observed_at", _TIME, nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["product_id"],
            ["products.id"],
            name="fk_offers_snapshots_product_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("product_id", name="pk_offers_snapshots"),
    )


def _create_runs() -> None:
    """Work in progress, and what it costs."""
    op.create_table(
        "policies",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("body", postgresql.JSONB(), nullable=False),
        sa.Column("created_at", _TIME, server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("name", "version", name="pk_policies"),
    )
    op.create_table(
        "runs",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("is_sandbox", sa.Boolean(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("marketplace", sa.Text(), nullable=False),
        sa.Column("policy_name", sa.Text(), nullable=False),
        sa.Column("policy", postgresql.JSONB(), nullable=False),
        sa.Column("params", postgresql.JSONB(), nullable=False),
        sa.Column("params_digest", sa.Text()),
        sa.Column("total", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("done", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("count_buy", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("count_review", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("count_skip", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("count_unknown", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("count_errors", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("tokens_estimated", sa.Integer()),
        sa.Column("tokens_spent", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("waiting_until", _TIME),
        sa.Column("attempt", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("error_code", sa.Text()),
        sa.Column("error_message", sa.Text()),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("started_at", _TIME),
        sa.Column("finished_at", _TIME),
        sa.Column("heartbeat_at", _TIME),
        sa.CheckConstraint(
            "state IN ('queued', 'running', 'waiting_tokens', 'succeeded', 'failed', 'cancelled')",
            name="ck_runs_state",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_runs"),
    )
    op.create_index("ix_runs_created_at_id", "runs", ["created_at", "id"])
    op.create_index(
        "ix_runs_unfinished",
        "runs",
        ["params_digest"],
        postgresql_where=sa.text("state IN ('queued', 'running', 'waiting_tokens')"),
    )
    op.create_table(
        "run_items",
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("identifier", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text()),
        sa.Column("asin", sa.Text()),
        sa.Column("code", sa.Text()),
        sa.Column("lead", postgresql.JSONB()),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("lease_token", sa.Uuid()),
        sa.Column("lease_until", _TIME),
        sa.Column("attempts", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("error_code", sa.Text()),
        sa.Column("error_message", sa.Text()),
        sa.Column("decision_id", sa.BigInteger()),
        sa.CheckConstraint(
            "state IN ('pending', 'leased', 'done', 'failed')", name="ck_run_items_state"
        ),
        sa.ForeignKeyConstraint(
            ["run_id"], ["runs.id"], name="fk_run_items_run_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("run_id", "ordinal", name="pk_run_items"),
    )
    op.create_index(
        "ix_run_items_open",
        "run_items",
        ["run_id", "ordinal"],
        postgresql_where=sa.text("state IN ('pending', 'leased')"),
    )
    op.create_table(
        "run_events",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("payload", postgresql.JSONB(), nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.ForeignKeyConstraint(
            ["run_id"], ["runs.id"], name="fk_run_events_run_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_run_events"),
    )
    op.create_index("ix_run_events_run_id_id", "run_events", ["run_id", "id"])
    op.create_index(
        "ix_run_items_lease",
        "run_items",
        ["lease_token"],
        postgresql_where=sa.text("lease_token IS NOT NULL"),
    )
    op.create_table(
        "token_ledger",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("key_digest", sa.Text(), nullable=False),
        sa.Column("run_id", sa.Uuid()),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("reserved", sa.Integer(), nullable=False),
        sa.Column("consumed", sa.Integer()),
        sa.Column("balance_after", sa.Integer()),
        sa.Column("at", _TIME, nullable=False),
        sa.ForeignKeyConstraint(
            ["run_id"], ["runs.id"], name="fk_token_ledger_run_id", ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_token_ledger"),
    )
    op.create_index("ix_token_ledger_key_digest_at", "token_ledger", ["key_digest", "at"])
    op.create_index("ix_token_ledger_run_id", "token_ledger", ["run_id"])


def _create_decisions() -> None:
    """What was decided, with an index for every order in which it is listed."""
    op.create_table(
        "decisions",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("run_id", sa.Uuid()),
        sa.Column("ordinal", sa.Integer()),
        sa.Column("product_id", sa.BigInteger()),
        sa.Column("is_sandbox", sa.Boolean(), nullable=False),
        sa.Column("marketplace", sa.Text(), nullable=False),
        sa.Column("identifier", sa.Text(), nullable=False),
        sa.Column("asin", sa.Text()),
        sa.Column("title", sa.Text()),
        sa.Column("title_key", sa.Text(collation="C")),
        sa.Column("supplier", sa.Text()),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("unit_cost", sa.BigInteger()),
        sa.Column("max_cost", sa.BigInteger()),
        sa.Column("profit_p50", sa.BigInteger()),
        sa.Column("resale_p50", sa.BigInteger()),
        sa.Column("roi", sa.Double()),
        sa.Column("probability_of_profit", sa.Double()),
        sa.Column("days_p50", sa.Double()),
        sa.Column("sales_rank", sa.BigInteger()),
        sa.Column("record", postgresql.JSONB(), nullable=False),
        sa.Column("decided_at", _TIME, nullable=False),
        sa.CheckConstraint(
            "verdict IN ('buy', 'review', 'skip', 'unknown')", name="ck_decisions_verdict"
        ),
        sa.ForeignKeyConstraint(
            ["product_id"], ["products.id"], name="fk_decisions_product_id", ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["run_id"], ["runs.id"], name="fk_decisions_run_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_decisions"),
    )
    op.create_index(
        "ix_decisions_by_days_p50",
        "decisions",
        ["days_p50", "id"],
        postgresql_where=sa.text("days_p50 IS NOT NULL"),
    )
    op.create_index("ix_decisions_by_decided_at", "decisions", ["decided_at", "id"])
    op.create_index(
        "ix_decisions_by_max_cost",
        "decisions",
        ["max_cost", "id"],
        postgresql_where=sa.text("max_cost IS NOT NULL"),
    )
    op.create_index(
        "ix_decisions_by_ordinal",
        "decisions",
        ["ordinal", "id"],
        postgresql_where=sa.text("ordinal IS NOT NULL"),
    )
    op.create_index(
        "ix_decisions_by_probability_of_profit",
        "decisions",
        ["probability_of_profit", "id"],
        postgresql_where=sa.text("probability_of_profit IS NOT NULL"),
    )
    op.create_index(
        "ix_decisions_by_profit_p50",
        "decisions",
        ["profit_p50", "id"],
        postgresql_where=sa.text("profit_p50 IS NOT NULL"),
    )
    op.create_index(
        "ix_decisions_by_resale_p50",
        "decisions",
        ["resale_p50", "id"],
        postgresql_where=sa.text("resale_p50 IS NOT NULL"),
    )
    op.create_index(
        "ix_decisions_by_roi",
        "decisions",
        ["roi", "id"],
        postgresql_where=sa.text("roi IS NOT NULL"),
    )
    op.create_index(
        "ix_decisions_by_sales_rank",
        "decisions",
        ["sales_rank", "id"],
        postgresql_where=sa.text("sales_rank IS NOT NULL"),
    )
    op.create_index(
        "ix_decisions_by_title_key",
        "decisions",
        ["title_key", "id"],
        postgresql_where=sa.text("title_key IS NOT NULL"),
    )
    op.create_index(
        "ix_decisions_by_unit_cost",
        "decisions",
        ["unit_cost", "id"],
        postgresql_where=sa.text("unit_cost IS NOT NULL"),
    )
    op.create_index("ix_decisions_product", "decisions", ["marketplace", "asin", "id"])
    op.create_index("ix_decisions_product_id", "decisions", ["product_id"])
    op.create_index("ix_decisions_run", "decisions", ["run_id", "ordinal", "id"])
    op.create_index("ix_decisions_verdict", "decisions", ["run_id", "verdict"])
