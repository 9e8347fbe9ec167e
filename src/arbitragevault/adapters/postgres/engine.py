"""The engine: one pool of connections per process, and units of work on it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from copy import copy
from itertools import count
from types import TracebackType
from typing import Any, Concatenate, Final, ParamSpec, Self, TypeVar

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession, async_sessionmaker

from arbitragevault.adapters.postgres.admission import Admission
from arbitragevault.adapters.postgres.faults import (
    Fault,
    fault_of,
    is_too_slow,
    pause_before,
    reason_of,
)
from arbitragevault.adapters.postgres.marks import Mark, Seats
from arbitragevault.adapters.postgres.pool import (
    POOL_OVERFLOW,
    POOL_SIZE,
    POOL_TIMEOUT_SECONDS,
    SEATS,
    STATEMENT_SECONDS,
    create_engine,
)
from arbitragevault.adapters.postgres.reach import Reach
from arbitragevault.adapters.postgres.tenancy import DEFAULT_ORGANIZATION, enter
from arbitragevault.adapters.postgres.urls import DatabaseAddress, resolve_addresses
from arbitragevault.domain.errors import CommitUnknownError, DatabaseBusyError, DatabaseError

P = ParamSpec("P")
T = TypeVar("T")

RETRY_SECONDS: Final = 12.0
"""How long a unit of work is tried again: a restart takes one or two seconds, a fail-over ten."""


class Database:
    """The database of one process.

    Work is done in units, each one transaction: ``read`` for those that only look, ``write`` for
    the others. A unit is tried again when the server was suspended, restarted or replaced, or when
    another transaction was faster; so a unit does nothing but work on its session. ``begin`` is for
    the few bodies that cannot be run twice.

    Args:
        url: Any PostgreSQL address; see ``parse_database_url``. One that is parsed already is taken
            as it is, without a way past it.
        direct_url: The address that leads past a pooler; None derives it where Neon's names allow.
        application_name: How the server lists our connections.
        prepared_statements: See ``create_engine``.
        statement_seconds: Longest time that one statement may take.
        retry_seconds: How long a unit is tried again.

    Attributes:
        address: Where units go.
        direct: The database past a pooler, for migrations, COPY, LISTEN and whatever outlives a
            transaction; the same one where there is no pooler.
        prepares: Statements are prepared once and used again.
        reach: When it was reached last.

    Raises:
        ConfigurationError: If an address cannot be used.
    """

    def __init__(
        self,
        url: str | DatabaseAddress,
        *,
        direct_url: str | None = None,
        application_name: str = "arbitragevault",
        prepared_statements: bool | None = None,
        statement_seconds: float = STATEMENT_SECONDS,
        retry_seconds: float = RETRY_SECONDS,
    ) -> None:
        if isinstance(url, DatabaseAddress):
            self.address = direct = url
        else:
            self.address, direct = resolve_addresses(url, direct_url)
        self.engine = create_engine(
            self.address,
            application_name=application_name,
            prepared_statements=prepared_statements,
            statement_seconds=statement_seconds,
        )
        self.reach = Reach()
        self.direct = self
        if direct is not self.address:
            self.direct = Database(
                direct,
                application_name=application_name,
                statement_seconds=statement_seconds,
                retry_seconds=retry_seconds,
            )
            self.direct.reach = self.reach
        self.prepares = (
            not self.address.is_pooled if prepared_statements is None else prepared_statements
        )
        self._sessions = async_sessionmaker(self.engine, expire_on_commit=False)
        self.organization_id: int | None = DEFAULT_ORGANIZATION
        self._seats = Seats()
        self._admission = Admission(SEATS)
        self._retry_seconds = retry_seconds

    def of(self, organization_id: int | None) -> Database:
        """The same connections for the rows of another organisation.

        Args:
            organization_id: The organisation; None for all rows of everybody with the rights of the
                login, as migrations and the upkeep of whole tables need them.
        """
        other = copy(self)
        other.organization_id = organization_id
        other.direct = other if self.direct is self else self.direct.of(organization_id)
        return other

    async def read(
        self,
        unit: Callable[Concatenate[AsyncSession, P], Awaitable[T]],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """Run a unit that only reads, in a read-only transaction, again if need be.

        Args:
            unit: Called with a session and the other arguments.
            *args: Handed on.
            **kwargs: Handed on.

        Raises:
            DatabaseError: If the database cannot be reached in time, or is too busy. What else
                goes wrong in the unit is raised as it is.
        """

        async def attempt() -> T:
            async with self._transaction(read_only=True) as session:
                return await unit(session, *args, **kwargs)

        return await self._retried(attempt)

    async def write(
        self,
        unit: Callable[Concatenate[AsyncSession, P], Awaitable[T]],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """Run a unit that writes, again if need be; what it writes is written once.

        Args:
            unit: Called with a session and the other arguments; anything outside the session that
                it changes would be changed again by the next attempt.
            *args: Handed on.
            **kwargs: Handed on.

        Raises:
            CommitUnknownError: If the connection broke while the unit was committed and the
                database could not be asked in time whether it was.
            DatabaseError: If the database cannot be reached in time, or is too busy. What else
                goes wrong in the unit is raised as it is.
        """
        results: list[T] = []

        async def attempt(mark: Mark) -> T:
            async with self._transaction() as session:
                if await mark.leave(session):
                    results.append(await unit(session, *args, **kwargs))
                return results[-1]  # of an earlier attempt, if that one was committed after all

        with self._seats.mark() as mark:
            return await self._retried(attempt, mark)

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[AsyncSession]:
        """One transaction: committed at the end of the block, rolled back if it raises.

        Only the way to the database is tried again; the block is run once.

        Raises:
            DatabaseError: If the server cannot be reached, or goes away meanwhile. What else goes
                wrong inside the block is raised as it is.
        """
        async with self._admission.seat():
            session = await self._retried(self._connected)
            try:
                async with self._committed(session):
                    yield session
            except _Interrupted as interrupted:
                raise self._explained(interrupted) from interrupted.error

    async def ping(self) -> None:
        """Look whether the database can be reached, once; ``reach`` knows the answer."""
        with suppress(_Interrupted, DatabaseError):
            async with self._transaction(read_only=True):
                pass

    async def dispose(self) -> None:
        """Close every connection."""
        await self.engine.dispose()
        if self.direct is not self:
            await self.direct.dispose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.dispose()

    async def _retried(
        self, attempt: Callable[P, Awaitable[T]], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Attempt something until it succeeds, raises what cannot pass, or the time is over."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self._retry_seconds
        in_doubt: _Interrupted | None = None
        for number in count(2):
            try:
                return await attempt(*args, **kwargs)
            except _Interrupted as interrupted:
                if interrupted.while_committing:
                    in_doubt = interrupted
                pause = pause_before(number, interrupted.fault)
                if loop.time() + pause > deadline:
                    raise self._explained(in_doubt or interrupted) from interrupted.error
            await asyncio.sleep(pause)
        raise AssertionError  # pragma: no cover  # the count has no end

    @asynccontextmanager
    async def _transaction(self, *, read_only: bool = False) -> AsyncIterator[AsyncSession]:
        async with self._admission.seat():
            session = await self._connected(read_only=read_only)
            async with self._committed(session):
                yield session

    async def _connected(self, *, read_only: bool = False) -> AsyncSession:
        """A session whose transaction has begun, so that the way there is told apart from the work.

        The statement that says whose rows are seen finds out too whether the server still knows the
        connection; one that died in the pool, and all others of its age, are replaced at once.
        """
        session = self._sessions()
        try:
            await self._connect(session, read_only=read_only)
            try:
                await self._enter(session)
            except _Interrupted as interrupted:
                if interrupted.fault is not Fault.LOST:
                    raise
                await session.rollback()
                await self._connect(session, read_only=read_only)
                await self._enter(session)
        except BaseException:
            await asyncio.shield(session.close())
            raise
        return session

    async def _connect(self, session: AsyncSession, *, read_only: bool) -> None:
        """Give a session a connection."""
        try:
            await session.connection(execution_options={"postgresql_readonly": read_only})
        except PoolTimeoutError as error:
            raise DatabaseBusyError(
                f"All {POOL_SIZE + POOL_OVERFLOW} database connections of this process have been "
                f"busy for {POOL_TIMEOUT_SECONDS} seconds. Try again in a moment."
            ) from error
        except (OSError, DBAPIError) as error:
            self.reach.failed()
            if fault := fault_of(error):
                raise _Interrupted(fault, error, is_connected=False) from error
            raise self._unreachable(error) from error

    async def _enter(self, session: AsyncSession) -> None:
        """Begin the transaction of a session that has a connection."""
        async with self._told_apart(session, lambda: False):
            await enter(session, self.organization_id)

    @asynccontextmanager
    async def _committed(self, session: AsyncSession) -> AsyncIterator[None]:
        """Commit a session at the end of the block."""
        is_working = True
        async with session, self._told_apart(session, lambda: not is_working):
            yield
            is_working = False
            await session.commit()
        self.reach.succeeded()

    @asynccontextmanager
    async def _told_apart(
        self, session: AsyncSession, is_committing: Callable[[], bool]
    ) -> AsyncIterator[None]:
        """Tell trouble of a transaction that may pass from other."""
        connection = await session.connection()
        try:
            yield
        except (OSError, DBAPIError) as error:
            if is_too_slow(error):
                raise DatabaseError(
                    f"The database {self.address.place} is too busy: {reason_of(error)}. "
                    "Try again in a moment."
                ) from error
            if not isinstance(error, DBAPIError) and not await _is_closed(connection):
                raise  # not ours: a file, for instance
            if fault := fault_of(error):
                raise _Interrupted(fault, error, while_committing=is_committing()) from error
            raise

    def _explained(self, interrupted: _Interrupted) -> DatabaseError:
        """An interruption that did not pass, in words."""
        place = self.address.place
        if interrupted.while_committing:
            return CommitUnknownError(
                f"The connection to the database {place} was lost while saving, and it is not "
                "known whether it was saved. Look before trying again."
            )
        if not interrupted.is_connected:
            return self._unreachable(interrupted.error)
        if interrupted.fault is Fault.CONFLICT:
            return DatabaseError(
                "Others kept changing the same data at the same time. Try again in a moment."
            )
        return DatabaseError(
            f"The connection to the database {place} was lost. Try again in a moment."
        )

    def _unreachable(self, error: OSError | DBAPIError) -> DatabaseError:
        return DatabaseError(
            f"The database {self.address.place} cannot be reached: {reason_of(error)}. "
            "Check DATABASE_URL and that the server runs."
        )


class _Interrupted(Exception):  # noqa: N818  # may pass; becomes an error only if it does not
    """A unit was interrupted and may be tried again.

    Args:
        fault: By what.
        error: What was raised.
        is_connected: There was a connection.
        while_committing: The order to commit may have reached the server.
    """

    def __init__(
        self,
        fault: Fault,
        error: OSError | DBAPIError,
        *,
        is_connected: bool = True,
        while_committing: bool = False,
    ) -> None:
        super().__init__(str(error))
        self.fault = fault
        self.error = error
        self.is_connected = is_connected
        # A conflict is told by a server that is still there: it has undone everything.
        self.while_committing = while_committing and fault is not Fault.CONFLICT


async def _is_closed(connection: AsyncConnection) -> bool:
    """True if the connection to the server is gone."""
    if connection.invalidated or connection.closed:
        return True
    driver: Any = (await connection.get_raw_connection()).driver_connection
    return driver is None or bool(driver.is_closed())
