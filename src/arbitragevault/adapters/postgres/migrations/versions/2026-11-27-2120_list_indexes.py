"""Indexes of lists that tell run and product, so that rows of others are not looked at.

Revision: 0009
After: 0008
"""

from __future__ import annotations

from collections.abc import Sequence

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_COLUMNS = (
    *("ordinal", "unit_cost", "max_cost", "profit_p50", "resale_p50", "roi"),
    *("probability_of_profit", "days_p50", "sales_rank", "title_key", "decided_at"),
)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    _make_anew(["run_id", "product_id"])


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    _make_anew([])


def _make_anew(include: Sequence[str]) -> None:
    """All are made before the first is dropped: until then, lists can be read."""
    for column in _COLUMNS:
        op.create_index(
            f"new_decisions_by_{column}",
            "decisions",
            ["organization_id", "is_sandbox", "verdict", column, "id"],
            postgresql_include=include,
        )
    for column in _COLUMNS:
        op.drop_index(f"ix_decisions_by_{column}", "decisions")
        op.execute(f"ALTER INDEX new_decisions_by_{column} RENAME TO ix_decisions_by_{column}")
