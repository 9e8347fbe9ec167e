"""Organisations and whose rows are whose; what lists of a million rows are read by; payloads.

Revision: 0004
After: 0003
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_TIME = sa.DateTime(timezone=True)
_MEMBER = "arbitragevault_member"
_TENANTS = ("policies", "runs", "run_items", "run_events", "decisions", "explanations")
_SORTS = (
    "ordinal",
    "unit_cost",
    "max_cost",
    "profit_p50",
    "resale_p50",
    "roi",
    "probability_of_profit",
    "days_p50",
    "sales_rank",
    "title_key",
    "decided_at",
)
_ALWAYS_KNOWN = ("decided_at",)
_FEATURE_SORTS = (
    "sales_rank",
    "sales_per_month",
    "price_new",
    "price_used",
    "amazon_share_90",
    "title_key",
    "observed_at",
)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    _create_organizations()
    for table in _TENANTS:
        _give_to_organization(table)
    op.execute("ALTER TABLE policies DROP CONSTRAINT pk_policies")
    op.create_primary_key("pk_policies", "policies", ["organization_id", "name", "version"])
    op.drop_index("ix_runs_created_at_id", "runs")
    op.create_index("ix_runs_newest", "runs", ["organization_id", "is_sandbox", "created_at", "id"])
    _list_decisions()
    _create_features()
    _create_payloads()
    _let_members_in()


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {_MEMBER}")
    op.execute(f"REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM {_MEMBER}")
    op.execute(f"REVOKE ALL ON SCHEMA public FROM {_MEMBER}")
    for kind in ("TABLES", "SEQUENCES"):
        op.execute(f"ALTER DEFAULT PRIVILEGES IN SCHEMA public REVOKE ALL ON {kind} FROM {_MEMBER}")
    op.drop_table("payloads")
    op.drop_table("product_features")
    _list_decisions_as_before()
    # Rows of other organisations cannot be told apart without the column.
    op.execute("DELETE FROM organizations WHERE id <> 1")
    op.drop_index("ix_runs_newest", "runs")
    op.create_index("ix_runs_created_at_id", "runs", ["created_at", "id"])
    op.execute("ALTER TABLE policies DROP CONSTRAINT pk_policies")
    op.create_primary_key("pk_policies", "policies", ["name", "version"])
    for table in _TENANTS:
        op.execute(f"DROP POLICY own_rows ON {table}")
        op.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
        op.drop_column(table, "organization_id")
    op.drop_table("organizations")
    op.execute("DROP FUNCTION current_organization()")


def _create_organizations() -> None:
    """The organisations, the first of them, and the role that the policies bind."""
    op.create_table(
        "organizations",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("created_at", _TIME, server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_organizations"),
    )
    op.execute("INSERT INTO organizations (name) VALUES ('Default')")
    # 0 is nobody: its rows cannot be added, and there are none to be seen.
    op.execute(
        "CREATE FUNCTION current_organization() RETURNS bigint LANGUAGE sql STABLE PARALLEL SAFE "
        "RETURN coalesce(nullif(current_setting('app.organization_id', true), '')::bigint, 0)"
    )
    # Roles belong to the whole server: another database of it may have made this one already, or
    # may be making it right now.
    op.execute(
        f"""
        DO $$
        BEGIN
            IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{_MEMBER}') THEN
                CREATE ROLE {_MEMBER} NOLOGIN;
            END IF;
        EXCEPTION
            WHEN duplicate_object OR unique_violation THEN NULL;
            WHEN insufficient_privilege THEN
                RAISE EXCEPTION 'this login may not make the role {_MEMBER}; let an administrator '
                    'run: CREATE ROLE {_MEMBER} NOLOGIN; GRANT {_MEMBER} TO %;', current_user;
        END
        $$
        """
    )
    op.execute(
        f"""
        DO $$
        DECLARE
            -- From PostgreSQL 16 on, who makes a role is a member that may not act as it yet.
            needed text := CASE WHEN current_setting('server_version_num')::int < 160000
                THEN 'MEMBER' ELSE 'SET' END;
        BEGIN
            IF NOT pg_has_role(current_user, '{_MEMBER}', needed) THEN
                GRANT {_MEMBER} TO CURRENT_USER;
            END IF;
        EXCEPTION
            WHEN insufficient_privilege THEN
                RAISE EXCEPTION 'this login may not act as the role {_MEMBER}; let an '
                    'administrator run: GRANT {_MEMBER} TO %;', current_user;
        END
        $$
        """
    )


def _give_to_organization(table: str) -> None:
    """What there is belongs to the first organisation; what comes, to that of its transaction."""
    op.add_column(
        table, sa.Column("organization_id", sa.BigInteger(), server_default="1", nullable=False)
    )
    op.alter_column(table, "organization_id", server_default=sa.text("current_organization()"))
    op.create_foreign_key(
        f"fk_{table}_organization_id",
        table,
        "organizations",
        ["organization_id"],
        ["id"],
        ondelete="CASCADE",
    )
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(
        f"CREATE POLICY own_rows ON {table} USING (organization_id = current_organization())"
    )


def _list_decisions() -> None:
    op.add_column("decisions", sa.Column("identifier_key", sa.Text(collation="C")))
    op.add_column("decisions", sa.Column("evidence", postgresql.JSONB()))
    op.execute(
        "UPDATE decisions SET identifier_key = left(lower(identifier), 512), "
        "evidence = nullif(record -> 'evidence', 'null'), record = record - 'evidence'"
    )
    op.alter_column("decisions", "identifier_key", nullable=False)
    for column in _SORTS:
        op.drop_index(f"ix_decisions_by_{column}", "decisions")
        op.create_index(
            f"ix_decisions_by_{column}",
            "decisions",
            ["organization_id", "is_sandbox", "verdict", column, "id"],
        )
    op.create_index(
        "ix_decisions_supplier", "decisions", ["organization_id", "supplier", "verdict"]
    )
    op.create_index("ix_decisions_identifier", "decisions", ["organization_id", "identifier_key"])


def _list_decisions_as_before() -> None:
    op.drop_index("ix_decisions_identifier", "decisions")
    op.drop_index("ix_decisions_supplier", "decisions")
    for column in _SORTS:
        op.drop_index(f"ix_decisions_by_{column}", "decisions")
        op.create_index(
            f"ix_decisions_by_{column}",
            "decisions",
            [column, "id"],
            postgresql_where=None if column in _ALWAYS_KNOWN else sa.text(f"{column} IS NOT NULL"),
        )
    op.execute("UPDATE decisions SET record = record || jsonb_build_object('evidence', evidence)")
    op.drop_column("decisions", "evidence")
    op.drop_column("decisions", "identifier_key")


def _create_features() -> None:
    op.create_table(
        "product_features",
        sa.Column("product_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("is_sandbox", sa.Boolean(), nullable=False),
        sa.Column("root_category_id", sa.BigInteger()),
        sa.Column("title_key", sa.Text(collation="C")),
        sa.Column("sales_rank", sa.BigInteger()),
        sa.Column("sales_rank_90", sa.BigInteger()),
        sa.Column("rank_drops_30", sa.Integer()),
        sa.Column("sales_per_month", sa.Double()),
        sa.Column("price_new", sa.BigInteger()),
        sa.Column("price_new_90", sa.BigInteger()),
        sa.Column("price_used", sa.BigInteger()),
        sa.Column("price_used_90", sa.BigInteger()),
        sa.Column("offers_new", sa.Integer()),
        sa.Column("offers_used", sa.Integer()),
        sa.Column("amazon_in_stock", sa.Boolean()),
        sa.Column("amazon_share_90", sa.Double()),
        sa.Column("observed_at", _TIME, nullable=False),
        sa.Column("version", sa.SmallInteger(), nullable=False),
        sa.Column("search", postgresql.TSVECTOR(), nullable=False),
        sa.ForeignKeyConstraint(
            ["product_id"],
            ["products.id"],
            name="fk_product_features_product_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("product_id", name="pk_product_features"),
    )
    op.create_index(
        "ix_product_features_search", "product_features", ["search"], postgresql_using="gin"
    )
    op.create_index(
        "ix_product_features_category", "product_features", ["is_sandbox", "root_category_id"]
    )
    op.create_index("ix_product_features_version", "product_features", ["version", "product_id"])
    for column in _FEATURE_SORTS:
        op.create_index(
            f"ix_product_features_by_{column}",
            "product_features",
            ["is_sandbox", column, "product_id"],
        )


def _create_payloads() -> None:
    op.create_table(
        "payloads",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("is_sandbox", sa.Boolean(), nullable=False),
        sa.Column("marketplace", sa.Text(), nullable=False),
        sa.Column("request", postgresql.JSONB(), nullable=False),
        sa.Column("fetched_at", _TIME, nullable=False),
        sa.Column("depth", sa.Text(), nullable=False),
        sa.Column("tokens", sa.Integer(), nullable=False),
        sa.Column("size_bytes", sa.Integer(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("depth IN ('history', 'offers')", name="ck_payloads_depth"),
        sa.PrimaryKeyConstraint("id", name="pk_payloads"),
    )
    op.create_index("ix_payloads_fetched_at", "payloads", ["fetched_at"])
    # The bytes are compressed already; PostgreSQL need not try again.
    op.execute("ALTER TABLE payloads ALTER COLUMN data SET STORAGE EXTERNAL")


def _let_members_in() -> None:
    """Rights on every table of now and of later migrations; organisations are not theirs to add."""
    op.execute(f"GRANT USAGE ON SCHEMA public TO {_MEMBER}")
    for rights, kind in (("SELECT, INSERT, UPDATE, DELETE", "TABLES"), ("USAGE", "SEQUENCES")):
        op.execute(f"GRANT {rights} ON ALL {kind} IN SCHEMA public TO {_MEMBER}")
        op.execute(
            f"ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT {rights} ON {kind} TO {_MEMBER}"
        )
    for table in ("organizations", "alembic_version"):
        op.execute(f"REVOKE INSERT, UPDATE, DELETE ON {table} FROM {_MEMBER}")
    op.execute("ALTER TABLE organizations ENABLE ROW LEVEL SECURITY")
    op.execute("CREATE POLICY own_row ON organizations USING (id = current_organization())")
