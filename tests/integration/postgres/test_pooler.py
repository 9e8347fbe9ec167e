"""Through a real PgBouncer in transaction mode: what it carries, and what must not break in it."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncSession

from arbitragevault.adapters.postgres.bench import bench_table, measure
from arbitragevault.adapters.postgres.engine import Database
from arbitragevault.adapters.postgres.opening import connect, ready_database
from arbitragevault.adapters.postgres.pooler import Pooler, find_pgbouncer, running_pooler
from arbitragevault.adapters.postgres.programs import run_program
from arbitragevault.adapters.postgres.urls import parse_database_url
from arbitragevault.application.database_checks import check_database
from arbitragevault.bootstrap import SystemClock
from arbitragevault.domain.errors import DatabaseError

CONNECTIONS = 4


@pytest.fixture(scope="module")
async def pooler(server_url: str) -> AsyncIterator[Pooler]:
    if find_pgbouncer() is None:
        pytest.skip("PgBouncer is not installed")
    async with running_pooler(server_url, server_connections=CONNECTIONS, idle_seconds=2) as pooler:
        yield pooler


@pytest.fixture
def direct(server_url: str, database: Database) -> str:
    """Past the pooler."""
    name = database.engine.url.database
    return make_url(server_url).set(database=name).render_as_string(hide_password=False)


@pytest.fixture
def pooled(pooler: Pooler, database: Database) -> str:
    return pooler.url_of(database.engine.url.database or "")


async def test_ten_times_as_many_clients_as_connections_are_served(
    pooled: str, direct: str
) -> None:
    address, past = parse_database_url(pooled), parse_database_url(direct)
    async with bench_table(past):
        found = await measure(address, past, 10 * CONNECTIONS, seconds=1, think_seconds=0.2)
    assert (found.path, found.clients, found.accepted) == ("pooled", 40, 40)
    assert (found.refused, found.errors) == (0, 0)
    assert 1 <= found.server_connections <= CONNECTIONS
    assert found.transactions_per_second > 0
    assert found.p50_ms is not None
    assert found.p99_ms is not None
    assert found.p50_ms <= found.p99_ms


async def test_whether_statements_may_be_prepared_is_found_out(pooled: str, direct: str) -> None:
    program = find_pgbouncer()
    assert program is not None
    said = run_program((str(program), "--version"), None)
    version = tuple(int(part) for part in re.findall(r"\d+", said.stdout)[:2])
    for choice, prepares in (("auto", version >= (1, 24)), ("on", True), ("off", False)):
        async with await connect(pooled, direct, prepared_statements=choice) as database:  # type: ignore[arg-type]
            assert database.prepares is prepares
            assert database.direct.prepares
    async with await connect(direct) as database:
        assert database.prepares


async def test_a_pooler_that_is_not_there_is_told(direct: str) -> None:
    with pytest.raises(DatabaseError, match="cannot be tried out"):
        await connect("postgresql://postgres@127.0.0.1:1/shop?pgbouncer=true", direct)


async def test_timeouts_hold_through_the_pooler(pooled: str, direct: str) -> None:
    async def timeouts(session: AsyncSession) -> list[str]:
        names = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout")
        return [str(await session.scalar(text(f"SHOW {name}"))) for name in names]

    expected = ["35s", "20s", "2min"]
    async with await ready_database(pooled, direct) as database:
        # Connections that the pooler had open before keep what they had.
        await database.direct.of(None).read(_others_ended)
        assert await database.read(timeouts) == expected
        assert await database.direct.read(timeouts) == expected
        checks = {one.check: one for one in await check_database(database, SystemClock())}
        assert checks["timeouts"].status == "ok"
        assert "pooled and direct" in checks["database"].detail
        assert {one.status for one in checks.values()} == {"ok"}


async def _others_ended(session: AsyncSession) -> None:
    await session.execute(
        text(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    )
