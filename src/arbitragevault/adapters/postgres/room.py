"""How many connections a server has, and whether our pools fit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from arbitragevault.adapters.postgres.pool import POOL_OVERFLOW, POOL_SIZE

PROCESS: Final = POOL_SIZE + POOL_OVERFLOW
"""Connections that one of our processes opens at most."""


@dataclass(frozen=True, slots=True)
class ConnectionRoom:
    """The connections of a server.

    Args:
        most: Its ``max_connections``.
        usable: Of them, those that are not reserved for its administrators.
        used: Those that are open, ours included.
        ours: Those of our role in our database.
    """

    most: int
    usable: int
    used: int
    ours: int

    @property
    def free(self) -> int:
        """Connections that can still be opened."""
        return self.usable - self.used

    @property
    def processes(self) -> int:
        """Further processes of ours whose whole pools would fit."""
        return max(0, self.free // PROCESS)


_QUERY: Final = text(
    """
    SELECT most, most - reserved AS usable, used, ours FROM (
        SELECT current_setting('max_connections')::int AS most,
            current_setting('superuser_reserved_connections')::int
            + coalesce(current_setting('reserved_connections', true)::int, 0) AS reserved,
            count(*) FILTER (WHERE datid IS NOT NULL) AS used,
            count(*) FILTER (WHERE datname = current_database() AND usename = current_user) AS ours
        FROM pg_stat_activity) AS counted
    """
)


async def connection_room(session: AsyncSession) -> ConnectionRoom:
    """The connections of the server; ask it past any pooler."""
    row = (await session.execute(_QUERY)).one()
    return ConnectionRoom(row.most, row.usable, row.used, row.ours)
