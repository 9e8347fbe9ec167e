"""The engine: one pool of connections per process, and transactions on it."""

from __future__ import annotations

import os
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from copy import copy
from types import TracebackType
from typing import Any, Final, Self

import msgspec
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import (
    AsyncEngine,
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)

from arbitragevault.adapters.postgres.plain import to_json
from arbitragevault.adapters.postgres.tenancy import DEFAULT_ORGANIZATION, enter
from arbitragevault.adapters.postgres.urls import DatabaseAddress, parse_database_url
from arbitragevault.domain.errors import DatabaseError

POOL_SIZE: Final = 5
POOL_OVERFLOW: Final = 5
_POOL_TIMEOUT_SECONDS: Final = 10
_RECYCLE_SECONDS: Final = 240  # Neon suspends an idle compute after 300 s; be gone before
_CONNECT_SECONDS: Final = 10
_COMMAND_SECONDS: Final = 30


def create_engine(
    url: str,
    *,
    application_name: str = "arbitragevault",
    prepared_statements: bool | None = None,
    command_seconds: float = _COMMAND_SECONDS,
) -> AsyncEngine:
    """An engine with one pool of 5 connections, 10 at most.

    Args:
        url: Any PostgreSQL address; see ``parse_database_url``.
        application_name: How the server lists our connections.
        prepared_statements: Whether statements are prepared once and used again; None decides by
            the address: on, except behind a transaction pooler.
        command_seconds: Longest time that one statement may take.

    Raises:
        ConfigurationError: If the address cannot be used.
    """
    return _engine(
        parse_database_url(url),
        application_name=application_name,
        prepared_statements=prepared_statements,
        command_seconds=command_seconds,
    )


def _engine(
    address: DatabaseAddress,
    *,
    application_name: str,
    prepared_statements: bool | None,
    command_seconds: float,
) -> AsyncEngine:
    # A transaction pooler refuses a connection that sets more than its application name.
    settings = {"application_name": application_name}
    if not address.is_pooled:
        settings["jit"] = "off"
    connect: dict[str, Any] = {
        "ssl": address.tls,
        "timeout": _CONNECT_SECONDS,
        "command_timeout": command_seconds,
        "server_settings": settings,
    }
    prepared = not address.is_pooled if prepared_statements is None else prepared_statements
    if not prepared:
        connect |= {"statement_cache_size": 0, "prepared_statement_cache_size": 0}
    return create_async_engine(
        address.url,
        pool_size=POOL_SIZE,
        max_overflow=POOL_OVERFLOW,
        pool_timeout=_POOL_TIMEOUT_SECONDS,
        pool_recycle=_RECYCLE_SECONDS,
        pool_pre_ping=True,
        pool_use_lifo=True,
        connect_args=connect,
        json_serializer=to_json,
        json_deserializer=msgspec.json.decode,
    )


class Database:
    """The database of one process.

    Args:
        url: Any PostgreSQL address; see ``parse_database_url``.
        application_name: How the server lists our connections.
        prepared_statements: See ``create_engine``.
        command_seconds: Longest time that one statement may take.

    Raises:
        ConfigurationError: If the address cannot be used.
    """

    def __init__(
        self,
        url: str,
        *,
        application_name: str = "arbitragevault",
        prepared_statements: bool | None = None,
        command_seconds: float = _COMMAND_SECONDS,
    ) -> None:
        self.address = parse_database_url(url)
        self.engine = _engine(
            self.address,
            application_name=application_name,
            prepared_statements=prepared_statements,
            command_seconds=command_seconds,
        )
        self._sessions = async_sessionmaker(self.engine, expire_on_commit=False)
        self.organization_id: int | None = DEFAULT_ORGANIZATION

    def of(self, organization_id: int | None) -> Database:
        """The same connections for the rows of another organisation.

        Args:
            organization_id: The organisation; None for all rows of everybody with the rights of the
                login, as migrations and the upkeep of whole tables need them.
        """
        other = copy(self)
        other.organization_id = organization_id
        return other

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[AsyncSession]:
        """One transaction: committed at the end of the block, rolled back if it raises.

        Raises:
            DatabaseError: If the server cannot be reached, or goes away meanwhile. What else goes
                wrong inside the block is raised as it is.
        """
        async with self._sessions() as session:
            await self._connect(session)
            try:
                if self.organization_id is not None:
                    await enter(session, self.organization_id)
                yield session
                await session.commit()
            except DBAPIError as error:
                if not error.connection_invalidated:
                    raise
                raise DatabaseError(
                    f"The connection to the database {self.address.place} was lost. "
                    "Try again in a moment."
                ) from error

    async def dispose(self) -> None:
        """Close every connection."""
        await self.engine.dispose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.dispose()

    async def _connect(self, session: AsyncSession) -> None:
        """Take a connection now, so that its trouble is told apart from that of the work."""
        try:
            await session.connection()
        except PoolTimeoutError as error:
            raise DatabaseError(
                f"All {POOL_SIZE + POOL_OVERFLOW} database connections of this process have been "
                f"busy for {_POOL_TIMEOUT_SECONDS} seconds. Try again in a moment."
            ) from error
        except (OSError, DBAPIError) as error:
            raise DatabaseError(
                f"The database {self.address.place} cannot be reached: {_reason(error)}. "
                "Check DATABASE_URL and that the server runs."
            ) from error


def _reason(error: OSError | DBAPIError) -> str:
    """The reason in one line, without statements and parameters."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted ({error.verify_message})"
    if isinstance(error, TimeoutError):
        return f"no answer within {_CONNECT_SECONDS} seconds"
    if isinstance(error, DBAPIError):
        return str(error.orig).partition(">: ")[2] or str(error.orig)
    return error.strerror or os.strerror(error.errno or 0) if error.errno else str(error)
