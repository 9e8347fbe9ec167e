"""How many clients a database carries, each with a session of its own and time to think.

Every client connects, stays connected, and every now and then runs one transaction: an indexed read
and an update of one row out of ten thousand. So it is measured what a pooler is for: many sessions
of which few are in a transaction at once.
"""

from __future__ import annotations

import asyncio
import random
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, Final, Literal

import asyncpg  # type: ignore[import-untyped]

from arbitragevault.adapters.postgres.urls import DatabaseAddress
from arbitragevault.domain.errors import DatabaseError

Path = Literal["pooled", "direct"]

NAME: Final = "arbitragevault bench"
"""How the server lists our own connections; those of clients have the path behind it."""
TABLE: Final = "arbitragevault_bench"
ROWS: Final = 10_000
THINK_SECONDS: Final = 0.25
_CONNECTING: Final = 20  # at once, so that the server is not asked to fork hundreds of times
_OPEN_FILES: Final = 4_096
_LOOK_SECONDS: Final = 0.2
_PATIENCE_SECONDS: Final = 30.0


@dataclass(frozen=True, slots=True)
class BenchResult:
    """What so many clients met.

    Attributes:
        clients: How many wanted a session.
        path: Through the pooler, or directly.
        accepted / refused: How many got one, and how many did not.
        errors: Transactions that failed.
        server_connections: Most connections that the server had open for them.
        transactions_per_second: What was served; ``offered_per_second`` is the most that so many
            clients could have asked for had every answer come at once.
        p50_ms / p95_ms / p99_ms: Time of a transaction, from BEGIN to COMMIT; null without any.
        seconds: How long it was measured.
    """

    clients: int
    path: Path
    accepted: int
    refused: int
    errors: int
    server_connections: int
    transactions_per_second: float
    offered_per_second: float
    p50_ms: float | None
    p95_ms: float | None
    p99_ms: float | None
    seconds: float


@dataclass(slots=True)
class _Tally:
    milliseconds: list[float] = field(default_factory=list)
    errors: int = 0
    is_counting: bool = False

    def share(self, share: float) -> float | None:
        """The time within which so many of the transactions ended."""
        if not self.milliseconds:
            return None
        ordered = sorted(self.milliseconds)
        return round(ordered[min(len(ordered) - 1, int(share * len(ordered)))], 1)


def raise_open_files() -> None:
    """Let this process have as many connections as the system allows; hundreds are needed."""
    if sys.platform != "win32":
        import resource

        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        wanted = _OPEN_FILES if hard == resource.RLIM_INFINITY else min(_OPEN_FILES, hard)
        if soft != resource.RLIM_INFINITY and soft < wanted:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


@asynccontextmanager
async def bench_table(direct: DatabaseAddress) -> AsyncIterator[None]:
    """The table to work on, until the block ends.

    Args:
        direct: The way past a pooler.

    Raises:
        DatabaseError: If the role may not make tables, or the database cannot be reached.
    """
    try:
        owner = await _connect(direct, NAME)
    except (OSError, asyncpg.PostgresError) as error:
        raise DatabaseError(f"The database {direct.place} cannot be reached: {error}.") from error
    try:
        await owner.execute(f"DROP TABLE IF EXISTS {TABLE}")
        await owner.execute(f"CREATE TABLE {TABLE} (id int PRIMARY KEY, n int NOT NULL)")
        await owner.execute(f"INSERT INTO {TABLE} SELECT g, 0 FROM generate_series(1, {ROWS}) g")  # noqa: S608
        yield
    except asyncpg.InsufficientPrivilegeError as error:
        raise DatabaseError(
            f"The role may not make a table to measure with in {direct.place}: {error}."
        ) from error
    finally:
        with suppress(asyncpg.InsufficientPrivilegeError):
            await owner.execute(f"DROP TABLE IF EXISTS {TABLE}")
        await owner.close()


async def measure(
    address: DatabaseAddress,
    direct: DatabaseAddress,
    clients: int,
    *,
    seconds: float,
    think_seconds: float = THINK_SECONDS,
) -> BenchResult:
    """Let clients work for a while, and count; inside ``bench_table``.

    Args:
        address: Where they connect to.
        direct: The way past a pooler, to see the server's side.
        clients: How many.
        seconds: How long, after everybody has connected and a second to warm up.
        think_seconds: Mean pause between two transactions of a client.
    """
    path: Path = "pooled" if address.is_pooled else "direct"
    name, tally = f"{NAME} {path}", _Tally()
    watcher = await _connect(direct, NAME)
    sessions: list[Any] = []
    try:
        connecting = asyncio.Semaphore(_CONNECTING)
        outcomes = await asyncio.gather(
            *(_admitted(address, name, connecting) for _ in range(clients)), return_exceptions=True
        )
        sessions = [one for one in outcomes if not isinstance(one, BaseException)]
        refusals = [one for one in outcomes if isinstance(one, BaseException)]
        failed = [one for one in refusals if not _is_refusal(one)]
        work = [asyncio.create_task(_client(one, tally, think_seconds)) for one in sessions]
        most = await _watched(watcher, name, tally, seconds)
        for task in work:
            task.cancel()
        await asyncio.gather(*work, return_exceptions=True)
    finally:
        for session in sessions:
            session.terminate()
        await watcher.close()
    return BenchResult(
        clients=clients,
        path=path,
        accepted=len(sessions),
        refused=len(refusals) - len(failed),
        errors=tally.errors + len(failed),
        server_connections=most,
        transactions_per_second=round(len(tally.milliseconds) / seconds, 1),
        offered_per_second=round(len(sessions) / think_seconds, 1),
        p50_ms=tally.share(0.5),
        p95_ms=tally.share(0.95),
        p99_ms=tally.share(0.99),
        seconds=seconds,
    )


async def _client(session: Any, tally: _Tally, think_seconds: float) -> None:  # noqa: ANN401
    """Think, then run a transaction, again and again."""
    chance = random.Random()  # noqa: S311  # not a secret
    await asyncio.sleep(chance.random() * think_seconds)
    while not session.is_closed():
        row = chance.randint(1, ROWS)
        started = time.perf_counter()
        try:
            async with session.transaction():
                await session.fetchrow(f"SELECT n FROM {TABLE} WHERE id = $1", row)  # noqa: S608
                await session.execute(f"UPDATE {TABLE} SET n = n + 1 WHERE id = $1", row)  # noqa: S608
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            tally.errors += 1
        else:
            if tally.is_counting:
                tally.milliseconds.append((time.perf_counter() - started) * 1_000)
        await asyncio.sleep(think_seconds * (0.5 + chance.random()))


async def _watched(watcher: Any, name: str, tally: _Tally, seconds: float) -> int:  # noqa: ANN401
    """Most server connections that were seen while the clients worked."""
    await asyncio.sleep(1)
    tally.is_counting = True
    most, end = 0, time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        open_now = await watcher.fetchval(
            "SELECT count(*) FROM pg_stat_activity WHERE application_name = $1"
            " AND datname = current_database()",
            name,
        )
        most = max(most, open_now)
        await asyncio.sleep(min(left, _LOOK_SECONDS))
    tally.is_counting = False
    return most


async def _admitted(address: DatabaseAddress, name: str, connecting: asyncio.Semaphore) -> Any:  # noqa: ANN401
    """A session of a client's own."""
    async with connecting:
        return await _connect(address, name)


async def _connect(address: DatabaseAddress, name: str) -> Any:  # noqa: ANN401  # the driver has no types
    where = address.url
    return await asyncpg.connect(
        where.set(drivername="postgresql").render_as_string(hide_password=False),
        ssl=address.tls,
        timeout=_PATIENCE_SECONDS,
        command_timeout=_PATIENCE_SECONDS,
        statement_cache_size=0,
        server_settings={"application_name": name},
    )


def _is_refusal(error: BaseException) -> bool:
    """True if the server or the pooler had no more room."""
    is_full = isinstance(error, asyncpg.TooManyConnectionsError)
    return is_full or "no more connections allowed" in str(error)
