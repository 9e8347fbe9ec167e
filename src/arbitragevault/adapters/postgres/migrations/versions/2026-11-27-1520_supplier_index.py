"""An index that counts the decisions of a supplier without looking at them.

Revision: 0007
After: 0006
"""

from __future__ import annotations

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_INDEX = "ix_decisions_supplier"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_index(_INDEX, "decisions")
    op.create_index(_INDEX, "decisions", ["organization_id", "is_sandbox", "supplier", "verdict"])


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_index(_INDEX, "decisions")
    op.create_index(_INDEX, "decisions", ["organization_id", "supplier", "verdict"])
