"""Units of work: tried again when the connection breaks, and written once whatever breaks."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from enum import Enum
from typing import Final, Self

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from arbitragevault.adapters.postgres import marks
from arbitragevault.adapters.postgres.engine import Database
from arbitragevault.domain.errors import CommitUnknownError, DatabaseError, NotFoundError

_COMMIT: Final = b"COMMIT;"


class Cut(Enum):
    """When the wire breaks."""

    BEFORE_COMMIT = "the order to commit never arrives"
    AFTER_COMMIT = "the answer to it never arrives"
    FOR_GOOD = "the answer never arrives, and nobody can connect any more"


class Wire:
    """A wire to the server that can be cut at a commit."""

    def __init__(self, socket_path: str) -> None:
        self._path = socket_path
        self._cut: Cut | None = None
        self._listener: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self.connections = 0

    async def __aenter__(self) -> Self:
        self._listener = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._listener is not None
        self._listener.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @property
    def port(self) -> int:
        assert self._listener is not None
        return int(self._listener.sockets[0].getsockname()[1])

    def cut(self, how: Cut) -> None:
        self._cut = how

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self.connections += 1
        there, back = await asyncio.open_unix_connection(self._path)
        answers = asyncio.create_task(_pump(there, writer))
        try:
            while data := await reader.read(65_536):
                if self._cut is not None and _COMMIT in data:
                    how, self._cut = self._cut, None
                    await self._break(how, data, answers, there, back)
                    return
                back.write(data)
        except OSError:
            pass
        finally:
            answers.cancel()
            for end in (writer, back):
                end.close()
            self._tasks.discard(task)

    async def _break(
        self,
        how: Cut,
        data: bytes,
        answers: asyncio.Task[None],
        there: asyncio.StreamReader,
        back: asyncio.StreamWriter,
    ) -> None:
        if how is Cut.BEFORE_COMMIT:
            return
        answers.cancel()
        with suppress(asyncio.CancelledError):
            await answers
        back.write(data)
        await there.read(65_536)  # it is committed now
        if how is Cut.FOR_GOOD:
            assert self._listener is not None
            self._listener.close()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(65_536):
            writer.write(data)
        writer.close()  # as the server hung up, so does the wire


@pytest.fixture
async def wire(database: Database) -> AsyncIterator[Wire]:
    direct = database.direct.engine.url
    if "host" not in direct.query:
        pytest.skip("the server has no socket to wire up")
    path = f"{direct.query['host']}/.s.PGSQL.{direct.query['port']}"
    async with Wire(path) as wire:
        yield wire


@pytest.fixture
async def wired(database: Database, wire: Wire) -> AsyncIterator[Database]:
    name = database.engine.url.database
    url = f"postgresql://postgres@127.0.0.1:{wire.port}/{name}"
    async with Database(url, retry_seconds=3) as wired:
        yield wired


async def add(session: AsyncSession, name: str) -> int:
    """Write one row; says how many there are in its eyes."""
    await session.execute(
        text("INSERT INTO policies (name, version, body) VALUES (:name, 1, '{}')"), {"name": name}
    )
    return await count(session)


async def count(session: AsyncSession) -> int:
    return int(await session.scalar(text("SELECT count(*) FROM policies")) or 0)


@pytest.mark.parametrize("cut", [Cut.BEFORE_COMMIT, Cut.AFTER_COMMIT], ids=lambda cut: cut.name)
async def test_a_wire_cut_at_the_commit_writes_once(
    cut: Cut, wire: Wire, wired: Database, database: Database
) -> None:
    assert await wired.write(add, "before") == 1
    wire.cut(cut)
    assert await wired.write(add, "meanwhile") == 2
    assert await wired.write(add, "after") == 3
    assert await database.read(count) == 3
    assert wire.connections == 2


async def test_a_commit_that_nobody_can_ask_about_is_said_to_be_unknown(
    wire: Wire, wired: Database, database: Database
) -> None:
    wire.cut(Cut.FOR_GOOD)
    with pytest.raises(CommitUnknownError, match="not known whether it was saved"):
        await wired.write(add, "perhaps")
    assert wired.reach.is_failing
    assert await database.read(count) == 1


async def test_a_block_that_cannot_be_run_twice_is_told_so(wire: Wire, wired: Database) -> None:
    wire.cut(Cut.AFTER_COMMIT)
    with pytest.raises(CommitUnknownError):
        async with wired.begin() as session:
            await add(session, "perhaps")


async def test_a_unit_whose_connection_is_lost_runs_again(database: Database) -> None:
    tries = 0

    async def unit(session: AsyncSession) -> int:
        nonlocal tries
        tries += 1
        await add(session, f"try {tries}")
        if tries < 3:
            await session.execute(text("SET LOCAL ROLE NONE"))  # ending it is the login's right
            await session.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))
        return tries

    assert await database.write(unit) == 3
    assert await database.read(count) == 1


async def test_of_two_units_that_block_each_other_one_runs_again(database: Database) -> None:
    for name in ("a", "b"):
        await database.write(add, name)
    both_hold_one = asyncio.Barrier(2)
    tries = 0

    async def unit(session: AsyncSession, *names: str) -> None:
        nonlocal tries
        tries += 1
        is_first = tries <= 2
        await session.execute(text("SET LOCAL deadlock_timeout = '10ms'"))
        for name in names:
            await session.execute(
                text("UPDATE policies SET version = version + 1 WHERE name = :name"), {"name": name}
            )
            if is_first and name == names[0]:
                await both_hold_one.wait()

    ours = database.of(None)  # setting the time needs the rights of the login
    await asyncio.gather(ours.write(unit, "a", "b"), ours.write(unit, "b", "a"))
    assert tries == 3

    async def versions(session: AsyncSession) -> list[int]:
        return list(await session.scalars(text("SELECT version FROM policies")))

    assert await database.read(versions) == [3, 3]


async def test_conflicts_without_end_are_told(database_url: str) -> None:
    async def unit(session: AsyncSession) -> None:
        await session.execute(
            text("DO $$ BEGIN RAISE 'x' USING ERRCODE = 'serialization_failure'; END $$")
        )

    async with Database(database_url, retry_seconds=0.2) as hasty:
        with pytest.raises(DatabaseError, match="Others kept changing"):
            await hasty.write(unit)


async def test_errors_of_the_work_are_not_tried_again(database: Database) -> None:
    tries = 0

    async def unit(session: AsyncSession, error: Exception) -> None:
        nonlocal tries
        tries += 1
        await add(session, "undone")
        raise error

    for error in (NotFoundError("none"), FileNotFoundError(2, "a file of the user's")):
        with pytest.raises(type(error)):
            await database.write(unit, error)
    with pytest.raises(DBAPIError):
        await database.write(_execute, "SELECT 1/0")
    assert tries == 2
    assert await database.read(count) == 0


async def test_a_unit_that_reads_cannot_write(database: Database) -> None:
    with pytest.raises(DBAPIError, match="read-only transaction"):
        await database.read(add, "x")
    assert await database.write(add, "x") == 1


async def test_waiting_too_long_is_told(database: Database, database_url: str) -> None:
    with pytest.raises(DatabaseError, match="too busy"):
        await database.write(_execute, "SET LOCAL statement_timeout = '10ms'", "SELECT pg_sleep(5)")
    async with Database(database_url, statement_seconds=0.05) as hasty:
        with pytest.raises(DatabaseError, match="too busy"):
            await hasty.read(_execute, "SELECT pg_sleep(5)")


async def test_marks_take_one_row_for_each_unit_at_a_time(
    database_url: str,
) -> None:
    async def marked(session: AsyncSession) -> int:
        return int(await session.scalar(text("SELECT count(*) FROM unit_marks")) or 0)

    async with Database(database_url) as ours:
        for number in range(5):
            await ours.write(add, f"one after the other {number}")
        assert await ours.read(marked) == 1
        await asyncio.gather(*(ours.write(add, f"at once {number}") for number in range(3)))
        assert 1 <= await ours.read(marked) <= 3
        with pytest.raises(DBAPIError):
            await ours.write(_execute, "SELECT 1/0")
        before = await ours.read(marked)
        await ours.write(add, "on the seat of the one that failed")
        assert await ours.read(marked) == before
        await ours.write(marks.forget_old)
        assert await ours.read(marked) == before
        await ours.write(_execute, "UPDATE unit_marks SET left_at = now() - interval '2 days'")
        await ours.write(marks.forget_old)
        assert await ours.read(marked) <= 1


async def test_ping_says_whether_the_database_is_there(database: Database) -> None:
    await database.ping()
    assert not database.reach.is_failing
    assert database.reach.succeeded_at is not None
    async with Database("postgresql://postgres@127.0.0.1:1/nowhere") as nowhere:
        await nowhere.ping()
        assert nowhere.reach.is_failing


async def _execute(session: AsyncSession, *statements: str) -> None:
    for statement in statements:
        await session.execute(text(statement))
