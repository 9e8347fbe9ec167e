"""Transactions on a real server."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import AsyncExitStack

import pytest
from sqlalchemy import text

from arbitragevault.adapters.postgres import pool
from arbitragevault.adapters.postgres.admission import without_queueing
from arbitragevault.adapters.postgres.engine import Database
from arbitragevault.domain.errors import DatabaseBusyError, DatabaseError


async def test_a_transaction_is_committed_at_the_end_of_its_block(database: Database) -> None:
    async with database.begin() as session:
        await session.execute(
            text("INSERT INTO policies (name, version, body) VALUES ('a', 1, '{}')")
        )
    async with database.begin() as session:
        assert await session.scalar(text("SELECT count(*) FROM policies")) == 1


async def test_a_transaction_is_undone_when_its_block_raises(database: Database) -> None:
    async def add_and_fail() -> None:
        async with database.begin() as session:
            await session.execute(
                text("INSERT INTO policies (name, version, body) VALUES ('a', 1, '{}')")
            )
            raise LookupError

    with pytest.raises(LookupError):
        await add_and_fail()
    async with database.begin() as session:
        assert await session.scalar(text("SELECT count(*) FROM policies")) == 0


async def test_a_killed_connection_is_replaced_before_it_is_used(
    database: Database, server_url: str
) -> None:
    async with database.begin() as session:
        pid = await session.scalar(text("SELECT pg_backend_pid()"))
    other = Database(server_url)  # a pooler could give us the very connection
    async with other, other.of(None).begin() as session:
        await session.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})
    async with database.begin() as session:
        assert await session.scalar(text("SELECT 1")) == 1


async def test_a_connection_lost_during_the_work_is_told_apart(database: Database) -> None:
    with pytest.raises(DatabaseError, match="was lost"):
        async with database.of(None).begin() as session:
            await session.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))
    async with database.begin() as session:
        assert await session.scalar(text("SELECT 1")) == 1


async def test_an_unreachable_server_is_named_without_its_password() -> None:
    database = Database("postgresql://user:sesame@127.0.0.1:1/shop", retry_seconds=0.3)
    with pytest.raises(DatabaseError, match=re.escape("127.0.0.1/shop")) as caught:
        async with database.begin():
            pass
    assert "sesame" not in caught.value.message


async def test_a_missing_database_is_named(reach: Callable[[str], str]) -> None:
    url = reach("nowhere")
    with pytest.raises(DatabaseError, match='database "nowhere" does not exist'):
        async with Database(url) as other, other.begin():
            pass


async def test_a_busy_pool_is_told_apart_from_a_dead_server(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool, "POOL_TIMEOUT_SECONDS", 0.05)
    async with AsyncExitStack() as stack:
        database = await stack.enter_async_context(Database(database_url))
        for _ in range(pool.SEATS):
            await stack.enter_async_context(database.begin())
        stack.enter_context(without_queueing())
        for _ in range(pool.POOL_SIZE + pool.POOL_OVERFLOW - pool.SEATS):
            await stack.enter_async_context(database.begin())
        with pytest.raises(DatabaseBusyError, match="All 10 database connections"):
            await stack.enter_async_context(database.begin())


async def test_statements_need_not_be_prepared(database_url: str) -> None:
    async with Database(database_url, prepared_statements=False) as database:
        for _ in range(2):
            async with database.begin() as session:
                assert await session.scalar(text("SELECT count(*) FROM runs")) == 0
                kept = await session.scalar(text("SELECT count(*) FROM pg_prepared_statements"))
                assert kept is not None
                assert kept <= 1  # the one that asks


async def test_connections_say_whose_they_are(database_url: str) -> None:
    async with (
        Database(database_url, application_name="av-tests") as database,
        database.begin() as session,
    ):
        assert await session.scalar(text("SHOW application_name")) == "av-tests"
        assert await session.scalar(text("SHOW jit")) == "off"
