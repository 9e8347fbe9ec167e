"""Whose rows a transaction sees.

Rows of a tenant carry ``organization_id``, and row-level security hides those of every other
organisation. Superusers and owners of tables are exempt from it, so a transaction of the program
gives up its login's rights for those of ``MEMBER``, and names its organisation. Both are settings
of the transaction: they end with it, and hold through a transaction pooler too.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

MEMBER: Final = "arbitragevault_member"
"""The role that may read and write rows, and that the policies bind; nobody can log in as it."""

DEFAULT_ORGANIZATION: Final = 1
"""Made with the schema; the only one where nobody has an account."""

_ENTER: Final = text(
    "SELECT set_config('app.organization_id', :organization, true), set_config('role', :role, true)"
)
_STAY: Final = text("SELECT 1")
_ROLE: Final = text("SELECT set_config('role', :role, true)")


async def enter(session: AsyncSession, organization_id: int | None) -> None:
    """Let a transaction see the rows of one organisation, and those that nobody owns.

    Rows that it adds belong to that organisation.

    Args:
        session: The transaction.
        organization_id: The organisation; None leaves it with the rights of the login.
    """
    if organization_id is None:
        await session.execute(_STAY)
    else:
        await session.execute(_ENTER, {"organization": str(organization_id), "role": MEMBER})


@asynccontextmanager
async def with_rights_of_login(session: AsyncSession) -> AsyncIterator[None]:
    """Work without the policies for as long as the block lasts, then with them again.

    For COPY, which PostgreSQL refuses under row-level security. Rows that are added still belong to
    the transaction's organisation.
    """
    await session.execute(_ROLE, {"role": "none"})
    yield
    await session.execute(_ROLE, {"role": MEMBER})
