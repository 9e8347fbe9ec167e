"""Reads by the driver itself fail as reads by a session do."""

from __future__ import annotations

import pytest
from sqlalchemy import Integer, bindparam, func, literal, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from arbitragevault.adapters.postgres.engine import Database
from arbitragevault.adapters.postgres.faults import sqlstate
from arbitragevault.adapters.postgres.straight import StraightRead

QUOTIENT = StraightRead(
    select(
        (bindparam("dividend", type_=Integer) / literal(2)).label("half"),
        func.upper(bindparam("word")).label("loud"),
    )
)


async def test_rows_are_read_by_named_parameters(database: Database) -> None:
    (row,) = await database.read(QUOTIENT.rows, {"word": "a", "dividend": 8, "unused": None})
    assert (row["half"], row["loud"]) == (4, "A")


async def test_what_the_server_refuses_keeps_its_name(database: Database) -> None:
    read = StraightRead(select(literal(1) / bindparam("divisor", type_=Integer)))
    with pytest.raises(DBAPIError) as caught:
        await database.read(read.rows, {"divisor": 0})
    assert sqlstate(caught.value) == "22012"
    assert not caught.value.connection_invalidated
    assert await database.read(QUOTIENT.rows, {"word": "a", "dividend": 2})


async def test_a_read_whose_connection_breaks_is_tried_again(database: Database) -> None:
    async def unit(session: AsyncSession, seen: list[int]) -> object:
        here = await session.scalar(text("SELECT pg_backend_pid()"))
        seen.append(here)
        if len(seen) == 1:
            async with database.of(None).begin() as other:
                await other.execute(text("SELECT pg_terminate_backend(:here)"), {"here": here})
        (row,) = await QUOTIENT.rows(session, {"word": "b", "dividend": 6})
        return row["half"]

    # The driver says it in one of three ways, by what it was about to do: each should come up.
    for _ in range(12):
        attempts: list[int] = []
        assert await database.read(unit, attempts) == 3
        assert len(set(attempts)) == 2
