"""Backup, restore and moving: every table arrives as it left, or nothing does."""

from __future__ import annotations

import filecmp
import json
import shutil
import zipfile
from datetime import datetime
from pathlib import Path

import pytest

from arbitragevault.adapters.postgres import transfer
from arbitragevault.adapters.postgres.driver import connected
from arbitragevault.adapters.postgres.embedded import EmbeddedServer
from arbitragevault.adapters.postgres.engine import Database
from arbitragevault.adapters.postgres.migrate import HEAD, downgrade, revision_of
from arbitragevault.adapters.postgres.repositories import markets
from arbitragevault.adapters.postgres.tables import metadata
from arbitragevault.adapters.postgres.transfer import Moved, contents
from arbitragevault.application.transfer import back_up, move, restore
from arbitragevault.bootstrap import SystemClock
from arbitragevault.domain.errors import ConflictError, DatabaseError, TransferError
from tests.integration.postgres.conftest import MarketMaker, RunMaker


def quiet(_: Moved) -> None:
    """Progress that nobody looks at."""


@pytest.fixture
async def filled_url(
    fresh_database_url: str, a_market: MarketMaker, a_run: RunMaker, now: datetime
) -> str:
    """A database with products, histories, offers, a run with items, and counters that moved."""
    async with Database(fresh_database_url) as database, database.begin() as session:
        found = [a_market("0593655036"), a_market("1292025824", seed=2)]
        await markets.save_markets(session, found, is_sandbox=True, fetched_at=now, depth="offers")
        await a_run(session, items=9)
    return fresh_database_url


async def run(url: str, statement: str) -> object:
    async with connected(url, "test") as connection:
        return await connection.fetchval(statement)


async def test_embedded_to_another_server_and_back(
    filled_url: str, empty_database_url: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """To a second PostgreSQL server of its own, and from there into an empty database here."""
    folder = tmp_path_factory.mktemp("server") / "postgres"
    before = await contents(filled_url)
    assert sum(table.rows for table in before.values()) > 15
    seen: list[Moved] = []
    async with await EmbeddedServer.start(folder) as other:
        there = await move(filled_url, other.url, replace=False, on_moved=seen.append)
        back = await move(other.url, empty_database_url, replace=False, on_moved=quiet)
    assert before == there == back
    assert [one.table for one in seen] == [table.name for table in metadata.sorted_tables]
    assert [one.number for one in seen] == list(range(1, len(seen) + 1))
    insert = (
        "INSERT INTO token_ledger (key_digest, purpose, reserved, at)"
        " VALUES ('k', 'scan', 1, now()) RETURNING id"
    )
    assert await run(filled_url, insert) == await run(empty_database_url, insert)


async def test_a_database_in_use_is_moved_as_of_one_moment(
    filled_url: str, empty_database_url: str
) -> None:
    added = []

    def add(moved: Moved) -> None:
        added.append(moved.table)

    async with connected(filled_url, "somebody") as somebody:
        await somebody.execute("BEGIN")
        await somebody.execute("UPDATE products SET title = 'Changed meanwhile'")
        there = await move(filled_url, empty_database_url, replace=False, on_moved=add)
        await somebody.execute("COMMIT")
    changed = await contents(filled_url)
    assert there["products"] != changed["products"]
    assert {name: one for name, one in there.items() if name != "products"} == {
        name: one for name, one in changed.items() if name != "products"
    }
    assert len(added) == len(there)


async def test_a_target_with_data_is_refused_unless_told(
    filled_url: str, empty_database_url: str
) -> None:
    await move(filled_url, empty_database_url, replace=False, on_moved=quiet)
    with pytest.raises(ConflictError, match="holds data already"):
        await move(filled_url, empty_database_url, replace=False, on_moved=quiet)
    there = await move(filled_url, empty_database_url, replace=True, on_moved=quiet)
    assert there == await contents(filled_url)


async def test_a_database_is_not_moved_onto_itself(filled_url: str) -> None:
    with pytest.raises(ConflictError, match="same database"):
        await move(filled_url, filled_url, replace=True, on_moved=quiet)
    assert (await contents(filled_url))["products"].rows == 2


@pytest.mark.parametrize("after", [1, 5])
async def test_a_move_that_is_cut_off_leaves_nothing_and_can_be_repeated(
    filled_url: str, empty_database_url: str, after: int
) -> None:
    def stumble(moved: Moved) -> None:
        if moved.number == after:
            raise RuntimeError("the cable was pulled")

    with pytest.raises(RuntimeError):
        await move(filled_url, empty_database_url, replace=False, on_moved=stumble)
    assert (await contents(empty_database_url))["products"].rows == 0
    await move(filled_url, empty_database_url, replace=False, on_moved=quiet)


async def test_rows_that_arrive_differently_are_noticed(
    filled_url: str, empty_database_url: str
) -> None:
    await move(filled_url, empty_database_url, replace=False, on_moved=quiet)
    await run(
        empty_database_url,
        "CREATE FUNCTION spoil() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN NEW.title := 'spoilt'; RETURN NEW; END $$",
    )
    await run(
        empty_database_url,
        "CREATE TRIGGER spoil BEFORE INSERT ON products FOR EACH ROW EXECUTE FUNCTION spoil()",
    )
    with pytest.raises(TransferError, match="The table products did not arrive as it left"):
        await move(filled_url, empty_database_url, replace=True, on_moved=quiet)
    assert (await contents(empty_database_url)) == (await contents(filled_url))


async def test_a_connection_that_is_lost_is_told(filled_url: str) -> None:
    async def be_thrown_out() -> None:
        async with connected(filled_url, "victim") as victim:
            pid = await victim.fetchval("SELECT pg_backend_pid()")
            await run(filled_url, f"SELECT pg_terminate_backend({pid})")
            await victim.fetchval("SELECT 1")

    with pytest.raises(DatabaseError, match="was lost"):
        await be_thrown_out()


async def test_a_database_that_is_not_there_is_told() -> None:
    with pytest.raises(DatabaseError, match="cannot be reached"):
        await contents("postgresql://nobody@127.0.0.1:9/nothing")


@pytest.fixture
async def backup(filled_url: str, tmp_path: Path) -> Path:
    """A backup of ``filled_url``."""
    path = tmp_path / "vault.zip"
    written = await back_up(filled_url, path, SystemClock(), on_moved=quiet)
    assert written.size == path.stat().st_size
    assert written.rows == sum(one.rows for one in (await contents(filled_url)).values())
    return path


async def test_a_backup_is_restored(backup: Path, filled_url: str, empty_database_url: str) -> None:
    found = await restore(backup, empty_database_url, replace=False, on_moved=quiet)
    assert found == await contents(filled_url)
    assert [path.name for path in backup.parent.iterdir()] == [backup.name]
    manifest = json.loads(zipfile.ZipFile(backup).read("manifest.json"))
    assert manifest["revision"] == HEAD


async def test_a_backup_replaces_only_when_told(backup: Path, filled_url: str) -> None:
    before = await contents(filled_url)
    with pytest.raises(ConflictError, match="holds data already"):
        await restore(backup, filled_url, replace=False, on_moved=quiet)
    await run(filled_url, "DELETE FROM products")
    assert await restore(backup, filled_url, replace=True, on_moved=quiet) == before


async def test_a_backup_of_an_older_schema_is_brought_up_to_date(
    fresh_database_url: str, empty_database_url: str, tmp_path: Path
) -> None:
    """The tables of the first migration, as a backup of that time held them."""
    path = tmp_path / "old.zip"
    await back_up(fresh_database_url, path, SystemClock(), on_moved=quiet)
    old = tmp_path / "older.zip"
    await downgrade(fresh_database_url, "0001")
    async with connected(fresh_database_url, "test") as connection:
        rows = await connection.fetch(
            "SELECT table_name, column_name FROM information_schema.columns"
            " WHERE table_schema = 'public' ORDER BY ordinal_position"
        )
        columns: dict[str, list[str]] = {}
        for table, column in rows:
            columns.setdefault(table, []).append(column)
        with zipfile.ZipFile(path) as new, zipfile.ZipFile(old, "w") as file:
            manifest = json.loads(new.read("manifest.json"))
            tables = {}
            for name in manifest["tables"]:
                if name not in columns:
                    continue
                content = await transfer.content_of(connection, name, columns[name])
                pieces = transfer.rows_of(connection, name, columns[name])
                file.writestr(f"tables/{name}.copy", b"".join([piece async for piece in pieces]))
                tables[name] = {
                    "columns": columns[name],
                    "rows": content.rows,
                    "digest": content.digest,
                }
            counters = {k: v for k, v in manifest["counters"].items() if k in tables}
            manifest |= {"revision": "0001", "tables": tables, "counters": counters}
            file.writestr("manifest.json", json.dumps(manifest))
    await restore(old, empty_database_url, replace=False, on_moved=quiet)
    assert await revision_of(empty_database_url) == HEAD


@pytest.mark.parametrize("damage", ["empty", "text", "cut", "flipped", "newer", "unknown", "short"])
async def test_a_file_that_is_no_whole_backup_is_refused_before_anything_is_touched(
    backup: Path, filled_url: str, tmp_path: Path, damage: str
) -> None:
    before = await contents(filled_url)
    bad = tmp_path / "bad.zip"
    spoil(backup, bad, damage)
    with pytest.raises(DatabaseError):
        await restore(bad, filled_url, replace=True, on_moved=quiet)
    assert await contents(filled_url) == before


def spoil(backup: Path, bad: Path, damage: str) -> None:
    """Make a damaged copy of a backup."""
    whole = backup.read_bytes()
    if damage == "empty":
        bad.write_bytes(b"")
    elif damage == "text":
        bad.write_text("no backup")
    elif damage == "cut":
        bad.write_bytes(whole[: len(whole) // 2])
    elif damage == "flipped":
        at = whole.index(b"tables/products.copy") + 120
        bad.write_bytes(whole[:at] + bytes([whole[at] ^ 255]) + whole[at + 1 :])
    else:
        with zipfile.ZipFile(backup) as good, zipfile.ZipFile(bad, "w") as file:
            manifest = json.loads(good.read("manifest.json"))
            change = {"newer": {"format": 9}, "unknown": {"revision": "9999"}}.get(damage, {})
            file.writestr("manifest.json", json.dumps(manifest | change))
            for name in good.namelist()[: None if damage != "short" else -2]:
                if name != "manifest.json":
                    file.writestr(name, good.read(name))


async def test_files_that_cannot_be_read_or_written_are_told(
    filled_url: str, tmp_path: Path
) -> None:
    with pytest.raises(TransferError, match="There is no file"):
        await restore(tmp_path / "nothing.zip", filled_url, replace=True, on_moved=quiet)
    with pytest.raises(TransferError, match="cannot be read"):
        await restore(tmp_path, filled_url, replace=True, on_moved=quiet)
    nowhere = tmp_path / "no" / "folder" / "vault.zip"
    with pytest.raises(TransferError, match="cannot be written"):
        await back_up(filled_url, nowhere, SystemClock(), on_moved=quiet)


async def test_a_backup_that_is_cut_off_keeps_the_earlier_one(
    backup: Path, filled_url: str
) -> None:
    earlier = shutil.copy(backup, backup.with_suffix(".copy"))

    def stumble(_: Moved) -> None:
        raise RuntimeError("the disk is full")

    with pytest.raises(RuntimeError):
        await back_up(filled_url, backup, SystemClock(), on_moved=stumble)
    assert filecmp.cmp(backup, earlier, shallow=False)
    assert len(list(backup.parent.iterdir())) == 2
