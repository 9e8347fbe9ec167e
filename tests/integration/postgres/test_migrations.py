"""The schema's history: forwards, backwards, and the same as the tables in the program."""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import orjson
import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import CheckConstraint, Table, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from arbitragevault.adapters.postgres import migrate
from arbitragevault.adapters.postgres.engine import Database
from arbitragevault.adapters.postgres.tables import metadata
from arbitragevault.domain.errors import DatabaseError


async def test_the_tables_of_the_program_are_those_of_the_migrations(database: Database) -> None:
    assert await migrate.differences(database.engine) == []


async def test_a_planted_difference_is_found(fresh_database_url: str) -> None:
    async with Database(fresh_database_url) as database:
        async with database.of(None).begin() as session:
            await session.execute(text("ALTER TABLE runs DROP COLUMN source"))
            await session.execute(text("DROP INDEX ix_decisions_run"))
            await session.execute(text("DROP INDEX ix_decisions_by_roi"))
            await session.execute(
                text(
                    "CREATE INDEX ix_decisions_by_roi ON decisions "
                    "(organization_id, is_sandbox, verdict, roi, id) INCLUDE (run_id)"
                )
            )
        found = await migrate.differences(database.engine)
    assert sorted(difference[0] for difference in found) == [
        *("add_column", "add_index", "include_columns")
    ]
    assert ("run_id",) in found[-1]


async def test_up_down_and_up_again(empty_database_url: str) -> None:
    async with Database(empty_database_url) as database:
        assert await migrate.current(database.engine) is None
        assert await migrate.upgrade(empty_database_url)
        assert await migrate.current(database.engine) == migrate.HEAD
        assert not await migrate.upgrade(empty_database_url)
        await migrate.downgrade(empty_database_url, "base")
        async with database.of(None).begin() as session:
            left = await session.scalars(
                text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
            )
            assert left.all() == ["alembic_version"]
        assert await migrate.current(database.engine) is None
        assert await migrate.upgrade(empty_database_url)
        assert await migrate.differences(database.engine) == []


async def test_rows_survive_the_way_down_and_up_wherever_their_table_does(
    fresh_database_url: str,
) -> None:
    tables = {table.name for table in metadata.sorted_tables}
    async with Database(fresh_database_url) as database:
        async with database.begin() as session:
            for table in metadata.sorted_tables:
                if table.name != "organizations":
                    await session.execute(table.insert().values(await a_row(session, table)))
        before = await row_counts(database)
        assert set(before) == tables
        assert set(before.values()) == {1}
        record = "SELECT record::text FROM decisions"
        async with database.of(None).begin() as session:
            assert await session.scalar(text(record)) == '{"b":1,"a":[2]}'
        steps = [step.revision for step in migrate.steps_from("base")]
        for revision in reversed(steps[:-1]):
            await migrate.downgrade(fresh_database_url, revision)
            assert set((await row_counts(database)).values()) == {1}
        at_first = await row_counts(database)
        async with database.of(None).begin() as session:
            kept = {"b": 1, "a": [2], "evidence": None}
            assert orjson.loads(await session.scalar(text(record)) or "") == kept
        assert {"products", "history_segments", "runs", "decisions", "policies"} < set(at_first)
        for revision in steps[1:]:
            await migrate.upgrade(fresh_database_url, revision)
            assert (await row_counts(database)).items() >= at_first.items()
        assert await migrate.differences(database.engine) == []
        async with database.of(None).begin() as session:
            assert orjson.loads(await session.scalar(text(record)) or "") == {"b": 1, "a": [2]}


async def row_counts(database: Database) -> dict[str, int]:
    """Rows by table, of all tables that there are."""
    async with database.of(None).begin() as session:
        names = await session.scalars(
            text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        )
        return {
            name: await session.scalar(text(f"SELECT count(*) FROM {name}")) or 0  # noqa: S608
            for name in names.all()
            if name != "alembic_version"
        }


async def a_row(session: AsyncSession, table: Table) -> dict[str, Any]:
    """Values for every column that has to be given; references lead to the rows before."""
    words = {
        one.sqltext.text.split(" IN (")[0]: one.sqltext.text.split("'")[1]
        for one in table.constraints
        if isinstance(one, CheckConstraint) and " IN ('" in str(one.sqltext)
    }
    row: dict[str, Any] = {}
    for column in table.columns:
        if column.server_default is not None or column.identity is not None:
            continue
        if column.foreign_keys:
            (key,) = column.foreign_keys
            row[column.name] = await session.scalar(select(key.column).limit(1))
        elif not column.nullable or column.primary_key:
            row[column.name] = words.get(column.name, _VALUES[str(column.type).split("(")[0]])
    return row


_VALUES = {
    "BIGINT": 1,
    "INTEGER": 1,
    "SMALLINT": 1,
    "FLOAT": 1.0,
    "DOUBLE": 1.0,
    "DOUBLE_PRECISION": 1.0,
    "TEXT": "text",
    'TEXT COLLATE "C"': "text",
    "BOOLEAN": True,
    "DATETIME": datetime(2026, 11, 20, tzinfo=UTC),
    "JSON": {"b": 1, "a": [2]},
    "JSONB": {},
    "BYTEA": b"bytes",
    "BLOB": b"bytes",
    "ARRAY": [],
    "CHAR": uuid4(),
    "UUID": uuid4(),
    "TSVECTOR": "",
}


async def test_processes_that_start_together_wait_for_each_other(empty_database_url: str) -> None:
    done = await asyncio.gather(*(migrate.upgrade(empty_database_url) for _ in range(4)))
    assert any(done)
    async with Database(empty_database_url) as database:
        assert await migrate.current(database.engine) == migrate.HEAD


async def test_a_database_of_a_newer_program_is_refused(fresh_database_url: str) -> None:
    async with Database(fresh_database_url) as database, database.of(None).begin() as session:
        await session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(DatabaseError, match="newer version"):
        await migrate.upgrade(fresh_database_url)


async def test_a_migration_that_fails_leaves_nothing_behind(empty_database_url: str) -> None:
    async with Database(empty_database_url) as database:
        async with database.of(None).begin() as session:
            await session.execute(text("CREATE TABLE runs (id int)"))
        with pytest.raises(DatabaseError, match="was undone"):
            await migrate.upgrade(empty_database_url)
        assert await migrate.current(database.engine) is None


async def test_stored_bytes_are_not_compressed_twice(database: Database) -> None:
    async with database.of(None).begin() as session:
        storage = await session.execute(
            text(
                "SELECT attrelid::regclass::text AS name, attstorage = 'e' AS is_external "
                "FROM pg_attribute WHERE attname = 'data' AND attrelid IN "
                "('history_segments'::regclass, 'offers_snapshots'::regclass) ORDER BY 1"
            )
        )
        assert [tuple(row) for row in storage] == [
            ("history_segments", True),
            ("offers_snapshots", True),
        ]


def test_the_newest_migration_is_the_one_that_the_program_names() -> None:
    assert ScriptDirectory.from_config(migrate._config()).get_heads() == [migrate.HEAD]


def test_every_migration_gives_up_rather_than_queue_for_a_lock() -> None:
    folder = Path(migrate.__file__).parent / "migrations" / "versions"
    files = list(folder.glob("*.py"))
    assert files
    for file in files:
        assert re.match(r"\d{4}-\d\d-\d\d-\d{4}_\w+\.py", file.name)
        assert file.read_text().count("SET LOCAL lock_timeout = '5s'") == 2


@pytest.mark.parametrize(
    "order",
    [
        "DROP TABLE run_events",
        "truncate  runs CASCADE",
        "ALTER TABLE runs DROP COLUMN source",
        "alter table runs\\n alter done set default 0, drop if exists source",
    ],
)
async def test_a_migration_that_loses_a_table_is_refused_unless_told(
    fresh_database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, order: str
) -> None:
    (tmp_path / "planted.py").write_text(
        "from alembic import op\n"
        f"revision, down_revision = 'planted', '{migrate.HEAD}'\n"
        f"def upgrade():\n    op.execute('CREATE TABLE planted (id int)')\n"
        f"    op.execute('{order}')\n"
    )
    config = migrate._config()
    ours = Path(migrate.__file__).parent / "migrations" / "versions"
    config.set_main_option("path_separator", "newline")
    config.set_main_option("version_locations", f"{ours}\n{tmp_path}")
    monkeypatch.setattr(migrate, "_config", lambda: config)
    planted = text("SELECT to_regclass('planted') IS NOT NULL")
    async with Database(fresh_database_url) as database:
        with pytest.raises(DatabaseError, match="--allow-drops"):
            await migrate.upgrade(fresh_database_url, "planted")
        async with database.of(None).begin() as session:
            assert not await session.scalar(planted)
        await migrate.upgrade(fresh_database_url, "planted", allow_drops=True)
        async with database.of(None).begin() as session:
            assert await session.scalar(planted)
