"""Decisions' records as they were written: nobody looks into them, and lists send fifty at once.

To write JSONB out as text took most of a page's time. The table is written anew.

Revision: 0010
After: 0009
"""

from __future__ import annotations

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    _write_anew("json")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    _write_anew("jsonb")


def _write_anew(kind: str) -> None:
    op.execute("SET LOCAL maintenance_work_mem = '256MB'")
    op.execute(f"ALTER TABLE decisions ALTER COLUMN record TYPE {kind} USING record::{kind}")
