"""One token bucket per Keepa key, shared by all processes.

Revision: 0002
After: 0001
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "token_buckets",
        sa.Column("key_digest", sa.Text(), nullable=False),
        sa.Column("balance", sa.Integer()),
        sa.Column("refill_rate", sa.Integer()),
        sa.Column("flow_reduction", sa.Double()),
        sa.Column("tick_at", _TIME),
        sa.Column("stamp_ms", sa.BigInteger()),
        sa.Column("tick_ms", sa.BigInteger()),
        sa.Column("heard_at", _TIME),
        sa.Column("granted", sa.BigInteger(), nullable=False),
        sa.Column("unexplained", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "num_nulls(balance, refill_rate, flow_reduction, tick_at, stamp_ms, tick_ms, heard_at)"
            " IN (0, 7)",
            name="ck_token_buckets_reading",
        ),
        sa.PrimaryKeyConstraint("key_digest", name="pk_token_buckets"),
    )
    op.create_table(
        "token_claims",
        sa.Column("key_digest", sa.Text(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("tokens", sa.Integer(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("priority", sa.SmallInteger(), nullable=False),
        sa.Column("run_id", sa.Uuid()),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("granted_at", _TIME, nullable=False),
        sa.Column("until", _TIME, nullable=False),
        sa.CheckConstraint(
            "state IN ('waiting', 'reserved', 'lost', 'cleared')", name="ck_token_claims_state"
        ),
        sa.ForeignKeyConstraint(
            ["key_digest"],
            ["token_buckets.key_digest"],
            name="fk_token_claims_key_digest_token_buckets",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("key_digest", "number", name="pk_token_claims"),
    )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_table("token_claims")
    op.drop_table("token_buckets")
