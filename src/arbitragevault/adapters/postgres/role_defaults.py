"""Timeouts as defaults of the role: the only place where a transaction pooler leaves them alone.

A pooler refuses them as parameters of a connection, and what one client sets with ``SET`` the next
one gets. Only connections that go through a pooler need this; direct ones bring their own.
"""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from arbitragevault.adapters.postgres.pool import server_timeouts

_LOCK_KEY = 0x4156_5244  # "AVRD": two processes that alter a role at once disturb each other

_MISSING = text(
    """
    SELECT wanted FROM unnest(CAST(:wanted AS text[])) AS wanted
    WHERE NOT wanted = ANY (coalesce((
        SELECT setconfig FROM pg_db_role_setting
        JOIN pg_database ON pg_database.oid = setdatabase
        JOIN pg_roles ON pg_roles.oid = setrole
        WHERE datname = current_database() AND rolname = current_user), '{}'))
    """
)

_ORDER = text(
    "SELECT format('ALTER ROLE CURRENT_USER IN DATABASE %I SET %I = %L',"
    " current_database(), CAST(:name AS text), CAST(:value AS text))"
)
"""A role may always alter itself."""


async def missing_defaults(session: AsyncSession) -> list[str]:
    """The timeouts, as ``name=value``, that our role does not have in this database."""
    wanted = [f"{name}={value}" for name, value in server_timeouts().items()]
    return list(await session.scalars(_MISSING, {"wanted": wanted}))


async def set_defaults(session: AsyncSession) -> None:
    """Give our role its timeouts in this database; connections made from now on have them."""
    await session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK_KEY})
    for setting in await missing_defaults(session):
        name, _, value = setting.partition("=")
        # ALTER takes no parameters, so the server writes the statement itself.
        order = await session.scalar(_ORDER, {"name": name, "value": value})
        await session.execute(text(str(order)))
