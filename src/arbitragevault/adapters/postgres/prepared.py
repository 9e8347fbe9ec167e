"""Whether statements may be prepared through a pooler, found out once by trying.

A transaction pooler gives a client another server connection for each transaction. One that keeps
track of prepared statements (PgBouncer from 1.21 on, if it is told to) makes them follow; with any
other the second transaction finds its statement missing, or somebody else's in its place. Asking
the pooler for its version does not tell, so it is tried.
"""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from typing import Any, Final, Literal

import asyncpg  # type: ignore[import-untyped]

from arbitragevault.adapters.postgres.urls import DatabaseAddress

Choice = Literal["auto", "on", "off"]

_PAIRS: Final = 2
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
        connections = [await _connected(stack, address) for _ in range(2 * _PAIRS)]
        try:
            async with asyncio.timeout(_SECONDS):
                return await _follow(connections)
        except TimeoutError:
            return False  # the pooler has too few server connections to tell


async def _follow(connections: list[Any]) -> bool:
    """True if prepared statements follow their client to another server connection."""
    users, blockers = connections[:_PAIRS], connections[_PAIRS:]
    held = []
    try:
        # All names are alike in every process, so that different statements meet under one name.
        statements = [
            await user.prepare(f"SELECT {number}", name="arbitragevault_probe")
            for number, user in enumerate(users)
        ]
        for blocker in blockers:
            transaction = blocker.transaction()
            await transaction.start()  # takes the server connection that was used last
            held.append(transaction)
        found = [await statement.fetchval() for statement in statements]
    except (asyncpg.InvalidSQLStatementNameError, asyncpg.DuplicatePreparedStatementError):
        return False
    finally:
        for transaction in held:
            await transaction.rollback()
    return found == list(range(_PAIRS))


async def _connected(stack: AsyncExitStack, address: DatabaseAddress) -> Any:  # noqa: ANN401
    url = address.url.set(drivername="postgresql").render_as_string(hide_password=False)
    connection = await asyncpg.connect(url, ssl=address.tls, timeout=10, statement_cache_size=0)
    stack.callback(connection.terminate)
    return connection
