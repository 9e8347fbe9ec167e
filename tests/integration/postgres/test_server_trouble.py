"""A server of our own, stopped, restarted and killed under load."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from uuid import UUID, uuid4

import psutil
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from arbitragevault.adapters.postgres.cluster import Cluster
from arbitragevault.adapters.postgres.embedded import EmbeddedServer
from arbitragevault.adapters.postgres.engine import Database
from arbitragevault.adapters.postgres.migrate import upgrade

CLIENTS = 8
UNITS = 12


@pytest.fixture(scope="module")
async def own_server() -> AsyncIterator[tuple[Cluster, str]]:
    """A server that tests may stop, and its address."""
    folder = Path(tempfile.mkdtemp(prefix="arbitragevault-own-"))
    settings = {"fsync": "off"}
    async with await EmbeddedServer.start(folder / "postgres", settings=settings) as server:
        await upgrade(server.url)
        yield Cluster(folder / "postgres", settings), server.url
    await asyncio.to_thread(shutil.rmtree, folder)


async def _note(session: AsyncSession, unit: UUID) -> UUID:
    """A unit that takes a moment, and whose doing twice would show."""
    await session.execute(text("INSERT INTO noted (unit) VALUES (:unit)"), {"unit": unit})
    await asyncio.sleep(0.01)
    return unit


async def _killed(cluster: Cluster) -> None:
    pid = int((cluster.data / "postmaster.pid").read_text().splitlines()[0])
    os.kill(pid, signal.SIGKILL)
    with suppress(psutil.NoSuchProcess):
        await asyncio.to_thread(psutil.Process(pid).wait, 30)


async def _stopped(cluster: Cluster) -> None:
    await asyncio.to_thread(cluster.halt)


Trouble = Callable[[Cluster], Awaitable[None]]


@pytest.mark.parametrize("trouble", [_stopped, _killed], ids=["restart", "kill"])
async def test_nothing_is_lost_or_written_twice_when_the_server_goes_under_load(
    own_server: tuple[Cluster, str], trouble: Trouble
) -> None:
    cluster, url = own_server
    done: list[UUID] = []

    async def client(database: Database) -> None:
        for _ in range(UNITS):
            done.append(await database.write(_note, uuid4()))  # noqa: PERF401  # as they end

    async with Database(url, retry_seconds=60) as program:
        database = program.of(None)
        await database.write(_execute, "CREATE TABLE noted (unit uuid NOT NULL)")
        work = asyncio.gather(*(client(database) for _ in range(CLIENTS)))
        for share in (0.2, 0.5):
            while len(done) < share * CLIENTS * UNITS:  # noqa: ASYNC110  # whoever is at it
                await asyncio.sleep(0.005)
            await trouble(cluster)
            await asyncio.to_thread(cluster.ensure_running)
        await work
        noted = await database.read(_noted)
        await database.write(_execute, "DROP TABLE noted")
    assert len(done) == CLIENTS * UNITS
    assert sorted(noted) == sorted(done)


async def test_the_first_request_after_a_sleep_succeeds(own_server: tuple[Cluster, str]) -> None:
    cluster, url = own_server
    async with Database(url, retry_seconds=60) as program:
        database = program.of(None)
        before = await database.read(_pid)
        await _stopped(cluster)
        await asyncio.to_thread(cluster.ensure_running)
        assert await database.read(_pid) != before
        await _stopped(cluster)
        first = asyncio.create_task(database.read(_pid))  # while nobody listens
        await asyncio.sleep(0.3)
        await asyncio.to_thread(cluster.ensure_running)
        assert await first > 0


async def _noted(session: AsyncSession) -> list[UUID]:
    return list(await session.scalars(text("SELECT unit FROM noted")))


async def _pid(session: AsyncSession) -> int:
    return int(await session.scalar(text("SELECT pg_backend_pid()")) or 0)


async def _execute(session: AsyncSession, statement: str) -> None:
    await session.execute(text(statement))
