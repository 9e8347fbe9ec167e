"""Bringing a database to the schema of this program."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Connection, MetaData, event, inspect, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from arbitragevault.adapters.postgres.engine import Database
from arbitragevault.domain.errors import DatabaseError

if TYPE_CHECKING:
    from alembic.config import Config

HEAD: Final = "0010"
"""The newest migration; a test holds it to the files."""

_LONGEST_STATEMENT_SECONDS: Final = 3_600  # an index on millions of rows takes its time
_DROPS: Final = re.compile(
    # A column may be dropped without the word; what else ALTER TABLE drops is no data.
    r"\b(?:DROP\s+(?:TABLE|COLUMN|SCHEMA)|TRUNCATE|ALTER\s+TABLE\b.*?\bDROP\s+"
    r"(?!CONSTRAINT|DEFAULT|NOT\s|EXPRESSION|IDENTITY))\b",
    re.IGNORECASE | re.DOTALL,
)
_LOCK_KEY: Final = 0x4156_4D49  # "AVMI": one migration at a time per database


@dataclass(frozen=True, slots=True)
class Step:
    """One migration.

    Args:
        revision: What it brings a database to.
        title: What it does.
    """

    revision: str
    title: str


async def upgrade(url: str, revision: str = "head", *, allow_drops: bool = False) -> bool:
    """Bring a database to a revision. Processes that start together wait for each other.

    Args:
        url: The database; a migration goes past its pooler where the way is known.
        revision: The newest one unless told.
        allow_drops: Let a migration drop columns, drop or empty tables; it is refused otherwise.

    Returns:
        True if anything had to be done.

    Raises:
        ConfigurationError: If the address cannot be used.
        DatabaseError: If the database cannot be reached, a migration fails, or the database is
            newer than this program.
    """
    async with _database(url) as database:
        if revision == "head" and await database.direct.of(None).read(_revision) == HEAD:
            return False
        await _migrate(database, "upgrade", revision, allow_drops=allow_drops)
        return True


async def downgrade(url: str, revision: str) -> None:
    """Take a database back to a revision (``base``: no tables).

    Raises:
        DatabaseError: As ``upgrade``.
    """
    async with _database(url) as database:
        await _migrate(database, "downgrade", revision, allow_drops=True)


async def differences(engine: AsyncEngine) -> list[Any]:
    """What separates the database from the tables of this program; empty if nothing does.

    Returns:
        Alembic's list of differences.
    """
    async with engine.connect() as connection:
        return await connection.run_sync(_differences)


async def differences_of(url: str) -> list[Any]:
    """``differences`` of the database at an address."""
    async with _database(url) as database:
        return await differences(database.engine)


async def current(engine: AsyncEngine) -> str | None:
    """The revision of a database; None if it has no schema yet."""
    async with AsyncSession(engine) as session:
        return await _revision(session)


async def revision_of(url: str) -> str:
    """The revision of a database; ``base`` if it has no schema yet.

    Raises:
        ConfigurationError: If the address cannot be used.
        DatabaseError: If the database cannot be reached.
    """
    async with _database(url) as database, database.of(None).begin() as session:
        return await _revision(session) or "base"


def steps_from(revision: str) -> list[Step]:
    """The migrations that a database of a revision still lacks, in their order.

    Raises:
        DatabaseError: If this program does not know the revision.
    """
    from alembic.script import ScriptDirectory
    from alembic.script.revision import RevisionError
    from alembic.util import CommandError

    try:
        scripts = list(ScriptDirectory.from_config(_config()).iterate_revisions("head", revision))
    except (CommandError, RevisionError) as error:
        raise DatabaseError(
            f"The schema has the revision {revision!r}, which this program does not know. A newer "
            "version of ArbitrageVault made it: update this one."
        ) from error
    return [Step(script.revision, script.doc or "") for script in reversed(scripts)]


def _database(url: str) -> Database:
    return Database(
        url,
        application_name="arbitragevault migration",
        statement_seconds=_LONGEST_STATEMENT_SECONDS,
    )


async def _migrate(database: Database, direction: str, revision: str, *, allow_drops: bool) -> None:
    async with database.direct.of(None).begin() as session:
        # Whoever comes second waits for as long as a migration takes.
        await session.execute(text("SET LOCAL lock_timeout = 0"))
        # A transaction lock: it cannot outlive a crash, and also works through a pooler.
        await session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK_KEY})
        connection = await session.connection()
        if not allow_drops:
            event.listen(connection.sync_connection, "before_cursor_execute", _refuse_drops)
        await connection.run_sync(_run, direction, revision)


async def _revision(session: AsyncSession) -> str | None:
    if await session.scalar(text("SELECT to_regclass('alembic_version')")) is None:
        return None
    found = await session.scalar(text("SELECT version_num FROM alembic_version"))
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


def _refuse_drops(_connection: object, _cursor: object, statement: str, *_: object) -> None:
    """Stop a migration that would lose a table or a column; what it did before is undone."""
    if _DROPS.search(statement):
        raise DatabaseError(
            f"A migration would lose data ({' '.join(statement.split())}), and was undone. "
            "Take a backup, then run: arbitragevault db migrate --allow-drops."
        )


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
    return [*compare_metadata(context, metadata), *_other_columns_beside(connection, metadata)]


def _other_columns_beside(connection: Connection, wanted: MetaData) -> list[Any]:
    """Indexes that hold other columns beside their key than they should; Alembic does not look."""
    inspector = inspect(connection)
    there = {
        found["name"]: tuple(found.get("dialect_options", {}).get("postgresql_include", ()))
        for table in inspector.get_table_names()
        for found in inspector.get_indexes(table)
    }
    return [
        ("include_columns", index.name, there[index.name], beside)
        for table in wanted.sorted_tables
        for index in table.indexes
        if (beside := tuple(index.dialect_options["postgresql"]["include"] or ()))
        != there.get(index.name, beside)
    ]
