"""The embedded server: shared, stopped by the last one, mended after crashes, clear in trouble."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import asyncpg  # type: ignore[import-untyped]
import psutil
import pytest
from sqlalchemy.engine import make_url

from arbitragevault.adapters.postgres import cluster
from arbitragevault.adapters.postgres.cluster import Address, Cluster
from arbitragevault.adapters.postgres.embedded import EmbeddedServer
from arbitragevault.domain.errors import DatabaseError, DatabaseFolderError, DatabaseVersionError

FAST = {"fsync": "off"}
CHILD = """
import asyncio, sys
from pathlib import Path
from arbitragevault.adapters.postgres.embedded import EmbeddedServer

async def main():
    server = await EmbeddedServer.start(Path(sys.argv[1]), settings={"fsync": "off"})
    print(server.url, flush=True)
    await asyncio.to_thread(sys.stdin.read)
    if sys.argv[2] == "stop":
        await server.stop()

asyncio.run(main())
"""


def short_folder() -> Iterator[Path]:
    """A short path outside of pytest's own folder, which is closed to the server's user."""
    base = Path(tempfile.mkdtemp(prefix="av-"))
    yield base / "postgres"
    shutil.rmtree(base)


@pytest.fixture
def new_folder() -> Iterator[Path]:
    """A folder that does not exist yet."""
    yield from short_folder()


@pytest.fixture(scope="module")
def used_folder() -> Iterator[Path]:
    """A folder that the tests of this module use one after the other."""
    yield from short_folder()


@pytest.fixture
async def folder(used_folder: Path) -> Path:
    """A folder with a data directory and a stopped server: making one takes a second."""
    async with await EmbeddedServer.start(used_folder, settings=FAST) as server:
        await ask(server, "DROP TABLE IF EXISTS kept")
    assert postmaster(used_folder) is None
    return used_folder


def postmaster(folder: Path) -> int | None:
    """The process id of the folder's server, if it runs."""
    try:
        pid = int((folder / "data" / "postmaster.pid").read_text().split()[0])
        os.kill(pid, 0)
    except (FileNotFoundError, ProcessLookupError):
        return None
    return pid


def is_private(folder: Path) -> bool:
    """True if a folder exists and only its owner may enter."""
    return folder.exists() and folder.stat().st_mode & 0o077 == 0


async def ask(server: EmbeddedServer, question: str = "SELECT 42") -> object:
    connection = await asyncpg.connect(server.url)
    try:
        return await connection.fetchval(question)
    finally:
        await connection.close()


def start_child(folder: Path, end: str = "stop") -> subprocess.Popen[str]:
    """Another process that uses the folder until its input is closed."""
    child = subprocess.Popen(  # noqa: S603 - our own interpreter
        [sys.executable, "-W", "error", "-c", CHILD, str(folder), end],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdout is not None
    assert child.stdout.readline().startswith("postgresql://")
    return child


def end_child(child: subprocess.Popen[str]) -> None:
    child.communicate(timeout=30)
    assert child.returncode == 0


def kill(pid: int) -> None:
    """Kill a process without a chance to clean up, and see it gone."""
    process = psutil.Process(pid)
    process.kill()
    process.wait(timeout=30)


async def test_it_starts_keeps_data_and_stops(folder: Path) -> None:
    async with await EmbeddedServer.start(folder, settings=FAST) as server:
        assert str(await ask(server, "SHOW server_version")).startswith("18.")
        assert await ask(server, "SELECT current_database()") == "arbitragevault"
        await ask(server, "CREATE TABLE kept AS SELECT 7 AS n")
        pid = postmaster(folder)
        assert pid is not None
    assert postmaster(folder) is None
    async with await EmbeddedServer.start(folder, settings=FAST) as server:
        assert await ask(server, "SELECT n FROM kept") == 7
        assert await ask(server, "SHOW fsync") == "off"


async def test_the_event_loop_goes_on_while_it_starts(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    went_on = threading.Event()
    start_server = Cluster.ensure_running

    def start_when_the_loop_went_on(self: Cluster) -> Address:
        assert went_on.wait(timeout=30)
        return start_server(self)

    monkeypatch.setattr(Cluster, "ensure_running", start_when_the_loop_went_on)
    asyncio.get_running_loop().call_later(0.01, went_on.set)
    async with await EmbeddedServer.start(folder) as server:
        assert await ask(server) == 42


async def test_the_last_one_to_leave_stops_it(folder: Path) -> None:
    first = await EmbeddedServer.start(folder, settings=FAST)
    second = await EmbeddedServer.start(folder)
    assert first.url == second.url
    await first.stop()
    await first.stop()
    assert await ask(second) == 42
    await second.stop()
    assert postmaster(folder) is None


async def test_processes_share_one_server(folder: Path) -> None:
    child = await asyncio.to_thread(start_child, folder)
    pid = postmaster(folder)
    async with await EmbeddedServer.start(folder) as server:
        assert postmaster(folder) == pid
        await asyncio.to_thread(end_child, child)
        assert await ask(server) == 42
    assert postmaster(folder) is None


async def test_many_starting_at_once_share_one_server(folder: Path) -> None:
    servers = await asyncio.gather(*(EmbeddedServer.start(folder, settings=FAST) for _ in range(4)))
    assert len({server.url for server in servers}) == 1
    await asyncio.gather(*(server.stop() for server in servers))
    assert postmaster(folder) is None


async def test_a_process_that_forgets_to_leave_still_stops_it(folder: Path) -> None:
    child = await asyncio.to_thread(start_child, folder, "forget")
    await asyncio.to_thread(end_child, child)
    assert postmaster(folder) is None


async def test_a_killed_user_does_not_keep_it_running(folder: Path) -> None:
    child = await asyncio.to_thread(start_child, folder)
    child.kill()
    child.communicate()
    orphan = postmaster(folder)
    assert orphan is not None
    async with await EmbeddedServer.start(folder) as server:
        assert postmaster(folder) == orphan
        assert await ask(server) == 42
    assert postmaster(folder) is None


async def test_it_recovers_after_the_server_was_killed(folder: Path) -> None:
    server = await EmbeddedServer.start(folder)
    await ask(server, "CREATE TABLE kept AS SELECT 7 AS n")
    pid = postmaster(folder)
    assert pid is not None
    await asyncio.to_thread(kill, pid)
    await server.stop()
    async with await EmbeddedServer.start(folder) as again:
        assert await ask(again, "SELECT n FROM kept") == 7
    assert postmaster(folder) is None


async def test_it_recovers_after_everything_was_killed(folder: Path) -> None:
    child = await asyncio.to_thread(start_child, folder)
    pid = postmaster(folder)
    assert pid is not None
    child.kill()
    await asyncio.to_thread(kill, pid)
    child.communicate()
    async with await EmbeddedServer.start(folder) as server:
        assert await ask(server) == 42


async def test_it_starts_although_its_old_process_id_belongs_to_another_program(
    folder: Path,
) -> None:
    data = folder / "data"
    owner = data.stat().st_uid  # PostgreSQL ignores programs of other users by itself
    other = await asyncio.create_subprocess_exec("sleep", "60", user=owner)
    stale = data / "postmaster.pid"
    stale.write_text(f"{other.pid}\n{data}\n0\n5432\n{data}\n\n0\nready\n")
    os.chown(stale, owner, -1)
    async with await EmbeddedServer.start(folder, settings=FAST) as server:
        assert await ask(server) == 42
    assert other.returncode is None
    other.kill()
    await other.wait()


async def test_it_comes_back_when_its_socket_was_cleaned_away(folder: Path) -> None:
    server = await EmbeddedServer.start(folder, settings=FAST)
    (folder / "data" / ".s.PGSQL.5432").unlink()
    async with await EmbeddedServer.start(folder, settings=FAST) as again:
        assert await ask(again) == 42
    await server.stop()


async def test_an_interrupted_first_start_is_begun_anew(new_folder: Path) -> None:
    (new_folder / "data.new").mkdir(parents=True)
    (new_folder / "data.new" / "PG_VERSION").write_text("18\n")
    async with await EmbeddedServer.start(new_folder, settings=FAST) as server:
        assert await ask(server) == 42


async def test_a_cancelled_start_leaves_no_server(new_folder: Path) -> None:
    starting = asyncio.create_task(EmbeddedServer.start(new_folder, settings=FAST))
    await asyncio.sleep(0.3)
    starting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await starting
    assert postmaster(new_folder) is None


async def test_a_path_too_long_for_a_socket_works(new_folder: Path) -> None:
    async with await EmbeddedServer.start(new_folder / ("x" * 120), settings=FAST) as server:
        assert await ask(server) == 42
        place = Path(str(make_url(server.url).query["host"]))
        assert place.name.startswith("arbitragevault-")
        assert is_private(place)
    assert not is_private(place)


async def test_loopback_is_used_where_sockets_do_not_work(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "_can_bind", lambda _folder: False)
    async with await EmbeddedServer.start(folder, settings=FAST) as server:
        assert "@127.0.0.1:" in server.url
        assert await ask(server) == 42
        with pytest.raises(asyncpg.InvalidPasswordError):
            await asyncpg.connect(server.url, password="wrong")  # noqa: S106


async def test_settings_of_other_servers_in_the_environment_do_not_reach_it(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGPORT", "1")
    monkeypatch.setenv("PGDATA", "/nowhere")
    monkeypatch.setenv("PGOPTIONS", "--nonsense=1")
    async with await EmbeddedServer.start(folder, settings=FAST) as server:
        monkeypatch.delenv("PGOPTIONS")
        assert await ask(server) == 42


async def test_a_path_with_spaces_and_quotes_works(new_folder: Path) -> None:
    async with await EmbeddedServer.start(new_folder / "it's a folder", settings=FAST) as server:
        assert await ask(server) == 42


async def test_a_folder_of_another_version_is_told_apart(new_folder: Path) -> None:
    marker = new_folder / "data" / "PG_VERSION"
    marker.parent.mkdir(parents=True)
    marker.write_text("16\n")
    with pytest.raises(
        DatabaseVersionError, match=r"made by PostgreSQL 16, .* brings PostgreSQL 18"
    ):
        await EmbeddedServer.start(new_folder)


async def test_a_file_in_the_way_is_named(new_folder: Path) -> None:
    await asyncio.to_thread(new_folder.touch)
    with pytest.raises(DatabaseFolderError, match="cannot be written"):
        await EmbeddedServer.start(new_folder)
    with pytest.raises(DatabaseFolderError, match="ARBITRAGEVAULT_HOME"):
        await EmbeddedServer.start(new_folder / "below")


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs /proc")
async def test_a_read_only_place_is_named() -> None:
    with pytest.raises(DatabaseFolderError, match="cannot be written"):
        await EmbeddedServer.start(Path("/proc/arbitragevault/postgres"))


async def test_a_setting_that_the_server_refuses_is_told_with_its_reason(folder: Path) -> None:
    with pytest.raises(DatabaseError, match=r"did not start \(.*nonsense.*server\.log"):
        await EmbeddedServer.start(folder, settings={"nonsense": "on"})
    async with await EmbeddedServer.start(folder, settings=FAST) as server:
        assert await ask(server) == 42


async def test_a_log_that_grew_large_is_put_aside(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "_LOG_LIMIT_BYTES", 10)
    for _ in range(2):
        async with await EmbeddedServer.start(folder, settings=FAST):
            pass
    assert (folder / "server.log.1").stat().st_size > 10
