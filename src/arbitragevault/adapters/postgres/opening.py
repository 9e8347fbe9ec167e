"""Opening a database for the program: migrated, measured up, with timeouts that hold."""

from __future__ import annotations

import logging

import asyncpg  # type: ignore[import-untyped]

from arbitragevault.adapters.postgres.engine import Database
from arbitragevault.adapters.postgres.marks import forget_old
from arbitragevault.adapters.postgres.migrate import upgrade
from arbitragevault.adapters.postgres.prepared import Choice, may_prepare
from arbitragevault.adapters.postgres.role_defaults import missing_defaults, set_defaults
from arbitragevault.adapters.postgres.room import PROCESS, connection_room
from arbitragevault.adapters.postgres.urls import resolve_addresses
from arbitragevault.domain.errors import DatabaseError

log = logging.getLogger(__name__)


async def ready_database(
    url: str, direct_url: str | None = None, *, prepared_statements: Choice = "auto"
) -> Database:
    """Open a database for the program; the caller disposes of it.

    Args:
        url: Any PostgreSQL address; see ``parse_database_url``.
        direct_url: The way past its pooler; None derives it where Neon's names allow.
        prepared_statements: Whether statements are prepared; ``auto`` finds it out.

    Raises:
        ConfigurationError: If an address cannot be used.
        DatabaseError: If the database cannot be reached or brought to our schema.
    """
    await upgrade(direct_url or url)
    database = await connect(url, direct_url, prepared_statements=prepared_statements)
    try:
        await prepare(database)
        await _warn_of_crowding(database)
    except BaseException:
        await database.dispose()
        raise
    return database


async def prepare(database: Database) -> None:
    """Set what has to be set once in a migrated database, and remove what is left of others."""
    database = database.of(None)
    missing = await database.read(missing_defaults) if database.address.is_pooled else []
    if missing:
        await database.write(set_defaults)
    await database.write(forget_old)


async def connect(
    url: str, direct_url: str | None = None, *, prepared_statements: Choice = "auto"
) -> Database:
    """A database as it is, with prepared statements where they hold.

    Raises:
        ConfigurationError: If an address cannot be used.
        DatabaseError: If a pooler cannot be tried out.
    """
    address, _ = resolve_addresses(url, direct_url)
    try:
        prepares = await may_prepare(address, prepared_statements)
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise DatabaseError(
            f"The pooler {address.place} cannot be tried out: {error}. Check DATABASE_URL, or set "
            "DATABASE_PREPARED_STATEMENTS to on or off."
        ) from error
    return Database(url, direct_url=direct_url, prepared_statements=prepares)


async def _warn_of_crowding(database: Database) -> None:
    """Say so if the pool of this process may not fit the server."""
    room = await database.direct.of(None).read(connection_room)
    if room.free < PROCESS:
        log.warning(
            "The database is short of connections: %d of %d are in use, and this process may open "
            "%d. `arbitragevault db check` says more.",
            room.used,
            room.usable,
            PROCESS,
        )
