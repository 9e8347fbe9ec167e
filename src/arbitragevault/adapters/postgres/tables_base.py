"""What all tables share: one metadata with its naming convention, and a few kinds of columns."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    MetaData,
    Table,
    text,
)

metadata: Final = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

NOW: Final = text("now()")
TIME: Final = DateTime(timezone=True)

TENANT_COLUMN: Final = "organization_id"
"""Rows of a table with this column belong to an organisation; a policy hides those of others."""


def one_of(column: str, words: Iterable[str]) -> CheckConstraint:
    """A CHECK that a column holds one of the words."""
    listed = ", ".join(f"'{word}'" for word in words)
    return CheckConstraint(f"{column} IN ({listed})", name=column)


def of_organization() -> Column[int]:
    """To whom a row belongs: to the organisation of the transaction that adds it."""
    return Column(
        TENANT_COLUMN,
        BigInteger,
        ForeignKey("organizations.id", ondelete="CASCADE"),
        nullable=False,
        server_default=text("current_organization()"),
    )


def is_of_tenant(table: Table) -> bool:
    """True for tables whose rows belong to an organisation."""
    return TENANT_COLUMN in table.columns
