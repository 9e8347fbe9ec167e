"""The embedded server: a real PostgreSQL in the data folder, shared by the processes that use it.

Every user of a folder holds a lock on a file of its own under ``users/``. The kernel gives the lock
back when the process ends, however it ends, so nothing stale can keep the server alive: whoever
leaves last stops it.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import weakref
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Final, Self
from urllib.parse import quote

import asyncpg  # type: ignore[import-untyped]

from arbitragevault.adapters.postgres.cluster import SUPERUSER, Address, Cluster
from arbitragevault.adapters.postgres.filelock import FileLock
from arbitragevault.domain.errors import DatabaseError

DATABASE: Final = "arbitragevault"
_LOCK_SECONDS: Final = 180  # longer than the slowest start that another process may be doing


class EmbeddedServer:
    """A share in the running server of one data folder.

    Get one with ``start``; give it back with ``stop`` or by leaving ``async with``. A process that
    exits without doing so gives it back on its way out.
    """

    def __init__(self, cluster: Cluster, ticket: FileLock, address: Address, database: str) -> None:
        self._cluster = cluster
        self._address = address
        self._database = database
        self._leave = weakref.finalize(self, _leave, cluster, ticket, os.getpid())

    @classmethod
    async def start(
        cls,
        folder: Path,
        *,
        database: str = DATABASE,
        settings: Mapping[str, str] | None = None,
    ) -> Self:
        """Join the server of a folder, making the folder and starting the server if need be.

        Args:
            folder: Where the data lies, for example ``<home>/postgres``.
            database: The database that is made sure to exist.
            settings: Server settings by name for the case that the server has to be started.

        Raises:
            DatabaseFolderError: If the folder cannot be created or written.
            DatabaseVersionError: If another major version of PostgreSQL made it.
            DatabaseError: If the server does not start.
        """
        joining = asyncio.ensure_future(asyncio.to_thread(cls._join, folder, database, settings))
        try:
            server = await asyncio.shield(joining)
        except asyncio.CancelledError:
            # The thread cannot be interrupted: wait, so that no server outlives us.
            with suppress(DatabaseError):
                await (await joining).stop()
            raise
        try:
            await ensure_database(server.url_of("postgres"), database)
        except BaseException:
            await server.stop()
            raise
        return server

    @classmethod
    def _join(cls, folder: Path, database: str, settings: Mapping[str, str] | None) -> Self:
        cluster = Cluster(folder, settings)
        with _locked(cluster):
            users = cluster.folder / "users"
            users.mkdir(mode=0o700, exist_ok=True)
            ticket = FileLock(users / f"{os.getpid()}-{secrets.token_hex(4)}")
            ticket.try_acquire()
            try:
                return cls(cluster, ticket, cluster.ensure_running(), database)
            except BaseException:
                ticket.release()
                ticket.path.unlink(missing_ok=True)
                raise

    @property
    def url(self) -> str:
        """The address of the program's database."""
        return self.url_of(self._database)

    def url_of(self, database: str) -> str:
        """The address of a database of this server."""
        login = f"postgresql://{SUPERUSER}:{quote(self._cluster.password, safe='')}@"
        if self._address.is_socket:
            host = quote(self._address.host, safe="/")
            return f"{login}/{database}?host={host}&port={self._address.port}"
        return f"{login}{self._address.host}:{self._address.port}/{database}"

    async def stop(self) -> None:
        """Leave the server; it is stopped if nobody else uses it. Further calls do nothing."""
        await asyncio.to_thread(self._leave)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.stop()


async def ensure_database(server_url: str, name: str) -> None:
    """Make a database if it does not exist.

    Args:
        server_url: Address of any other database of the server.
        name: The database.
    """
    connection = await asyncpg.connect(server_url)
    try:
        known = "SELECT 1 FROM pg_database WHERE datname = $1"
        if await connection.fetchval(known, name) is None:
            # Another process may make it between the look and the order.
            with suppress(asyncpg.DuplicateDatabaseError, asyncpg.UniqueViolationError):
                await connection.execute(f'CREATE DATABASE "{name}"')
    finally:
        await connection.close()


@contextmanager
def _locked(cluster: Cluster) -> Iterator[None]:
    """Hold the folder's lock: only one process at a time starts, joins, leaves or stops."""
    lock = FileLock(cluster.folder / "lock")
    if not lock.acquire(_LOCK_SECONDS):
        raise DatabaseError(
            f"Another process has been starting or stopping the database in {cluster.folder} for "
            f"more than {_LOCK_SECONDS} seconds. End it and try again."
        )
    try:
        yield
    finally:
        lock.release()


def _leave(cluster: Cluster, ticket: FileLock, pid: int) -> None:
    """Give a share back and stop the server if it was the last one."""
    if os.getpid() != pid:
        return  # a fork inherited the handle, not the share
    with _locked(cluster):
        ticket.release()
        ticket.path.unlink(missing_ok=True)
        if not _has_users(cluster.folder / "users"):
            cluster.halt()


def _has_users(folder: Path) -> bool:
    """True if a living process holds a share; forgets the shares of dead ones."""
    alive = False
    for path in folder.iterdir():
        ticket = FileLock(path)
        if ticket.try_acquire():
            ticket.release()
            path.unlink(missing_ok=True)
        else:
            alive = True
    return alive
