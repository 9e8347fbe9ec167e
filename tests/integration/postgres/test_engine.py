"""Transactions on a real server."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import text

from arbitragevault.adapters.postgres.engine import Database
from arbitragevault.domain.errors import DatabaseError


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


async def test_a_killed_connection_is_replaced_before_it_is_used(database: Database) -> None:
    async with database.begin() as session:
        pid = await session.scalar(text("SELECT pg_backend_pid()"))
    other = Database(database.engine.url.render_as_string(hide_password=False))
    async with other, other.begin() as session:
        await session.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})
    async with database.begin() as session:
        assert await session.scalar(text("SELECT 1")) == 1


async def test_an_unreachable_server_is_named_without_its_password() -> None:
    database = Database("postgresql://user:sesame@127.0.0.1:1/shop")
    with pytest.raises(DatabaseError, match=re.escape("127.0.0.1/shop")) as caught:
        async with database.begin():
            pass
    assert "sesame" not in caught.value.message


async def test_a_missing_database_is_named(database: Database) -> None:
    url = database.engine.url.set(database="nowhere").render_as_string(hide_password=False)
    with pytest.raises(DatabaseError, match='database "nowhere" does not exist'):
        async with Database(url) as other, other.begin():
            pass
