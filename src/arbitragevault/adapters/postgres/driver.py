"""The driver's own connection, for what no session offers: streams of COPY, orders to a server."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

import asyncpg  # type: ignore[import-untyped]
from sqlalchemy.engine import make_url

from arbitragevault.adapters.postgres.urls import resolve_addresses
from arbitragevault.domain.errors import DatabaseError

_CONNECT_SECONDS: Final = 15
_LOST: Final = (
    asyncpg.PostgresConnectionError,
    asyncpg.AdminShutdownError,
    asyncpg.InternalClientError,  # the driver's state after a connection broke under a statement
    ConnectionError,
)


@asynccontextmanager
async def connected(url: str, purpose: str) -> AsyncIterator[Any]:
    """A connection of its own that waits as long as a statement takes.

    Args:
        url: The address of a database; a pooler that it names is gone past.
        purpose: How the server lists the connection.

    Raises:
        ConfigurationError: If the address cannot be used.
        DatabaseError: If the database cannot be reached, or the connection is lost.
    """
    _, address = resolve_addresses(url)
    where = address.url
    try:
        connection = await asyncpg.connect(
            host=where.host or where.query.get("host"),
            port=where.port or int(str(where.query.get("port", 5432))),
            user=where.username,
            password=where.password,
            database=where.database,
            ssl=address.tls,
            timeout=_CONNECT_SECONDS,
            statement_cache_size=0,
            server_settings={"application_name": f"arbitragevault {purpose}"},
        )
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise DatabaseError(
            f"The database {address.place} cannot be reached: {str(error) or type(error).__name__}."
        ) from error
    try:
        yield connection
    except BaseException as error:
        is_lost = connection.is_closed() or isinstance(error, _LOST)
        connection.terminate()
        if not is_lost or not isinstance(error, Exception):
            raise
        raise DatabaseError(
            f"The connection to the database {address.place} was lost. Try again in a moment."
        ) from error
    else:
        await connection.close(timeout=_CONNECT_SECONDS)


def on_database(url: str, name: str) -> str:
    """The address of another database of the same server."""
    return make_url(url).set(database=name).render_as_string(hide_password=False)


def database_of(url: str) -> str:
    """The name of the database that an address means."""
    found = make_url(url)
    return found.database or found.username or ""


def quoted_name(name: str) -> str:
    """A name as SQL quotes it."""
    return '"' + name.replace('"', '""') + '"'
