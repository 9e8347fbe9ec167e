"""Is the database as it should be: reached safely, with room, at our schema, by the same clock?"""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from arbitragevault.adapters.postgres import migrate
from arbitragevault.adapters.postgres.engine import Database
from arbitragevault.adapters.postgres.role_defaults import missing_defaults
from arbitragevault.adapters.postgres.room import PROCESS, connection_room
from arbitragevault.application.checks import Check
from arbitragevault.application.ports import Clock

MOST_SKEW: Final = timedelta(seconds=5)
"""Clocks may differ so much: leases of 30 s are renewed every 10."""

OLDEST: Final = 15
"""The oldest major version of PostgreSQL that the schema works with."""


async def check_database(database: Database, clock: Clock) -> list[Check]:
    """Look at a database; changes nothing.

    Args:
        database: The database, whatever its schema.
        clock: Ours.

    Raises:
        DatabaseError: If it cannot be reached.
    """
    database = database.of(None)  # a database without our schema has no organisations either
    return [
        await _server(database),
        await _transport(database),
        await _schema(database),
        await _room(database),
        _prepared(database),
        *([await _timeouts(database)] if database.address.is_pooled else []),
        await _clock(database, clock),
    ]


async def _server(database: Database) -> Check:
    number = int(await database.direct.read(_asked, "SHOW server_version_num"))
    version = await database.direct.read(_asked, "SHOW server_version")
    paths = "pooled and direct" if database.direct is not database else "direct"
    found = f"PostgreSQL {version} at {database.address.place}, {paths}"
    if number >= OLDEST * 10_000:
        return Check("database", "ok", found)
    return Check("database", "failed", found, f"Use PostgreSQL {OLDEST} or newer.")


async def _transport(database: Database) -> Check:
    if database.address.tls is False:
        return Check("transport", "ok", "plain, within this machine")
    query = "SELECT version || ', ' || cipher FROM pg_stat_ssl WHERE pid = pg_backend_pid() AND ssl"
    found = await database.direct.read(_asked, query)
    return Check(
        "transport", "ok", f"certificate and host name verified; {found or 'TLS as far as a proxy'}"
    )


async def _schema(database: Database) -> Check:
    engine = database.direct.engine
    revision = await migrate.current(engine)
    if revision != migrate.HEAD:
        return Check(
            "schema",
            "failed",
            f"migration {revision or 'none'}; this program needs {migrate.HEAD}.",
            "Run `arbitragevault db migrate`.",
        )
    differences = await migrate.differences(engine)
    if not differences:
        return Check("schema", "ok", f"migration {migrate.HEAD}, no differences")
    return Check(
        "schema",
        "warning",
        f"{len(differences)} differences from migration {migrate.HEAD}: {_named(differences)}.",
        "Undo changes that were made by hand.",
    )


async def _room(database: Database) -> Check:
    room = await database.direct.read(connection_room)
    found = (
        f"{room.used} of {room.usable} connections in use ({room.ours} of them ours); room for "
        f"{room.processes} further processes of {PROCESS}"
    )
    if room.free >= PROCESS:
        return Check("connections", "ok", found)
    return Check(
        "connections",
        "warning",
        found,
        "Stop what is not needed, allow more connections, or set DATABASE_URL to a pooler.",
    )


def _prepared(database: Database) -> Check:
    if database.prepares:
        return Check("prepared statements", "ok", "on")
    if database.address.is_pooled:
        found = "off: the pooler does not keep them, or they were switched off"
        return Check("prepared statements", "ok", found)
    return Check(
        "prepared statements",
        "warning",
        "off on a direct connection; every statement is planned anew.",
        "Unset DATABASE_PREPARED_STATEMENTS.",
    )


async def _timeouts(database: Database) -> Check:
    missing = await database.read(missing_defaults)
    if not missing:
        return Check("timeouts", "ok", "defaults of the role, as the pooler needs them")
    return Check(
        "timeouts",
        "warning",
        f"the role lacks {', '.join(missing)}.",
        "Run `arbitragevault db migrate`; it sets them.",
    )


async def _clock(database: Database, clock: Clock) -> Check:
    before = clock.now()
    there = await database.direct.read(_asked, "SELECT clock_timestamp()")
    after = clock.now()
    skew: timedelta = there - (before + (after - before) / 2)
    word = "ahead" if skew > timedelta() else "behind"
    found = f"the server's is {abs(skew.total_seconds()):.1f} s {word}"
    if abs(skew) <= MOST_SKEW + (after - before) / 2:
        return Check("clock", "ok", found)
    return Check("clock", "warning", found, "Set the clocks of both machines by NTP.")


async def _asked(session: AsyncSession, query: str) -> Any:  # noqa: ANN401  # whatever it answers
    return await session.scalar(text(query))


def _named(differences: list[Any]) -> str:
    """The first few differences, in words."""
    words = [
        " ".join(str(part) for part in one[:2]) if isinstance(one, tuple) else str(one[0][0])
        for one in differences[:3]
    ]
    return "; ".join(words)
