"""Many clients at once, each with a connection of its own, over few connections to the database."""

from __future__ import annotations

import asyncio
import socket
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from uuid import UUID

import httpx2
import pytest
import uvicorn

from arbitragevault.adapters.postgres.admission import without_queueing
from arbitragevault.adapters.postgres.engine import Database
from arbitragevault.adapters.postgres.pool import SEATS
from arbitragevault.adapters.postgres.pooler import find_pgbouncer, running_pooler
from arbitragevault.application.services import Services
from arbitragevault.entrypoints.api.app import create_app
from arbitragevault.entrypoints.api.lifetime import serving

CLIENTS = 60
PATHS = ("decisions?limit=5", "runs", "status", "policies", "health/ready")


@asynccontextmanager
async def served(services: Services) -> AsyncIterator[str]:
    """The API over real HTTP, in this event loop; its address."""
    app = create_app()
    listener = socket.create_server(("127.0.0.1", 0), backlog=CLIENTS)
    config = uvicorn.Config(app, log_config=None, access_log=False, lifespan="off")
    server = uvicorn.Server(config)
    async with serving(app, services):
        task = asyncio.create_task(server.serve([listener]))
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/api/v1/"
        server.should_exit = True
        await task


async def test_sixty_clients_are_all_served_through_a_pooler_with_two_connections(
    services: Services,
    server_url: str,
    scanned: Callable[..., Awaitable[UUID]],
) -> None:
    if find_pgbouncer() is None:
        pytest.skip("PgBouncer is not installed")
    await scanned(3)
    name = services.database.engine.url.database or ""
    answers: Counter[tuple[str, int]] = Counter()

    async def client(number: int, address: str) -> None:
        asked = (PATHS[number % len(PATHS)], PATHS[(number + 1) % len(PATHS)])
        async with httpx2.AsyncClient(base_url=address, timeout=60, verify=False) as http:
            for path in asked:
                answers[path, (await http.get(path)).status_code] += 1

    async with (
        running_pooler(server_url, server_connections=2, idle_seconds=1) as pooler,
        Database(pooler.url_of(name)) as pooled,
        served(replace(services, database=pooled)) as address,
    ):
        await asyncio.gather(*(client(number, address) for number in range(CLIENTS)))
    assert answers == {(path, 200): 2 * CLIENTS // len(PATHS) for path in PATHS}


async def test_who_waits_too_long_is_told_when_to_come_again(
    services: Services,
    client: httpx2.AsyncClient,
    problem: Callable[[httpx2.Response], str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    database = services.database
    monkeypatch.setattr(database._admission, "wait_seconds", 0.05)
    everybody = asyncio.Event()

    async def sit() -> None:
        async with database.begin():
            await everybody.wait()

    sitting = [asyncio.create_task(sit()) for _ in range(SEATS)]
    await asyncio.sleep(0.2)
    try:
        response = await client.get("/api/v1/runs")
        assert (response.status_code, problem(response)) == (503, "database_busy")
        assert response.headers["retry-after"] == "5"
        # The worker's units find a connection all the same.
        with without_queueing():
            async with database.begin():
                pass
    finally:
        everybody.set()
        await asyncio.gather(*sitting)
    assert (await client.get("/api/v1/runs")).status_code == 200
