"""Whether statements may be prepared through a pooler, found out once by trying.

A transaction pooler gives a client another server connection for each transaction. One that keeps
track of prepared statements (PgBouncer from 1.21 on, if it is told to) makes them follow; with any
other the second transaction finds its statement missing, or somebody else's in its place. Asking
the pooler for its version does not tell, so it is tried.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, Final, Literal

import asyncpg  # type: ignore[import-untyped]

from arbitragevault.adapters.postgres.urls import DatabaseAddress

Choice = Literal["auto", "on", "off"]

_CLIENTS: Final = 3
_SECONDS: Final = 5.0


async def may_prepare(address: DatabaseAddress, choice: Choice = "auto") -> bool:
    """Whether statements are to be prepared.

    Args:
        address: The database.
        choice: ``on`` and ``off`` are final; ``auto`` tries where a pooler stands between.

    Raises:
        OSError: If the database cannot be reached.
        asyncpg.PostgresError: If it refuses the connection.
    """
    if choice != "auto" or not address.is_pooled:
        return choice != "off"
    async with AsyncExitStack() as stack:
        connections = [await _connected(stack, address) for _ in range(_CLIENTS)]
        try:
            async with asyncio.timeout(_SECONDS):
                return await _follow(connections)
        except TimeoutError:
            return False  # the pooler has too few server connections to tell


async def _follow(connections: list[Any]) -> bool:
    """True if prepared statements follow their client to another server connection.

    All clients are in a transaction at once, so each has a server connection of its own, and all
    prepare another statement under one name. Then they come again, once in the order in which they
    went and once in the opposite one: whether the pooler hands out the connection that was given
    back first or last, in one of the two everybody gets somebody else's.
    """
    try:
        async with _together(connections):
            statements = [
                await connection.prepare(f"SELECT {number}", name="arbitragevault_probe")
                for number, connection in enumerate(connections)
            ]
        for order in (connections, connections[::-1]):
            async with _together(order):
                found = [await statement.fetchval() for statement in statements]
            if found != list(range(len(connections))):
                return False
    except (asyncpg.InvalidSQLStatementNameError, asyncpg.DuplicatePreparedStatementError):
        return False
    return True


@asynccontextmanager
async def _together(connections: list[Any]) -> AsyncIterator[None]:
    """A transaction on each connection, begun and ended in their order."""
    transactions = [connection.transaction() for connection in connections]
    for transaction in transactions:
        await transaction.start()
    yield
    for transaction in transactions:
        await transaction.rollback()


async def _connected(stack: AsyncExitStack, address: DatabaseAddress) -> Any:  # noqa: ANN401
    url = address.url.set(drivername="postgresql").render_as_string(hide_password=False)
    connection = await asyncpg.connect(url, ssl=address.tls, timeout=10, statement_cache_size=0)
    stack.callback(connection.terminate)
    return connection
