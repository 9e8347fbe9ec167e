"""Bringing a database to the schema of this program."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from arbitragevault.domain.errors import DatabaseError

if TYPE_CHECKING:
    from alembic.config import Config

HEAD: Final = "0001"
"""The newest migration; a test holds it to the files."""

_LOCK_KEY: Final = 0x4156_4D49  # "AVMI": one migration at a time per database


async def upgrade(engine: AsyncEngine, revision: str = "head") -> bool:
    """Bring the database to a revision. Processes that start together wait for each other.

    Args:
        engine: On the direct address: a migration does not go through a pooler.
        revision: The newest one unless told.

    Returns:
        True if anything had to be done.

    Raises:
        DatabaseError: If the database is newer than this program.
    """
    if revision == "head" and await current(engine) == HEAD:
        return False
    async with engine.begin() as connection:
        # A transaction lock: it cannot outlive a crash, and also works through a pooler.
        await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK_KEY})
        await connection.run_sync(_run, "upgrade", revision)
    return True


async def downgrade(engine: AsyncEngine, revision: str) -> None:
    """Take the database back to a revision (``base``: no tables)."""
    async with engine.begin() as connection:
        await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK_KEY})
        await connection.run_sync(_run, "downgrade", revision)


async def differences(engine: AsyncEngine) -> list[Any]:
    """What separates the database from the tables of this program; empty if nothing does.

    Returns:
        Alembic's list of differences.
    """
    async with engine.connect() as connection:
        return await connection.run_sync(_differences)


async def current(engine: AsyncEngine) -> str | None:
    """The revision of the database; None if it has no schema yet."""
    async with engine.connect() as connection:
        known = await connection.scalar(text("SELECT to_regclass('alembic_version')"))
        if known is None:
            return None
        found = await connection.scalar(text("SELECT version_num FROM alembic_version"))
        return None if found is None else str(found)


def _run(connection: Connection, direction: str, revision: str) -> None:
    # Alembic is slow to import and rarely needed: most starts find the schema up to date.
    from alembic import command
    from alembic.util import CommandError

    config = _config()
    config.attributes["connection"] = connection
    try:
        getattr(command, direction)(config, revision)
    except CommandError as error:
        raise DatabaseError(
            f"The schema of the database cannot be brought to {revision!r}: {error}. If a newer "
            "version of ArbitrageVault made it, update this one."
        ) from error
    except DBAPIError as error:
        raise DatabaseError(f"A migration failed and was undone: {error.orig}") from error


def _config() -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", "arbitragevault:adapters/postgres/migrations")
    config.set_main_option(
        "file_template", "%%(year)d-%%(month).2d-%%(day).2d-%%(hour).2d%%(minute).2d_%%(slug)s"
    )
    return config


def _differences(connection: Connection) -> list[Any]:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    from arbitragevault.adapters.postgres.tables import metadata

    context = MigrationContext.configure(
        connection, opts={"compare_type": True, "compare_server_default": True}
    )
    return list(compare_metadata(context, metadata))
