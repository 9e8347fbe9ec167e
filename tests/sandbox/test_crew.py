"""Products made in several processes: the same answers, and nobody left behind."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import httpx2
import psutil
import pytest
from starlette.applications import Starlette

from arbitragevault.sandbox.answering import Task
from arbitragevault.sandbox.crew import Crew, WorkerLostError, cores
from arbitragevault.sandbox.marketplace import Marketplace
from arbitragevault.sandbox.request import read_product_request
from arbitragevault.sandbox.server import create_sandbox, simulated

NOW = 8_360_000
SEED, SIZE = 7, 400
Connect = Callable[[Starlette], httpx2.AsyncClient]


@pytest.fixture(scope="module")
def crewed() -> Iterator[Starlette]:
    source = simulated(seed=SEED, size=SIZE, workers=2)
    yield create_sandbox(source, clock=lambda: 1_795_000_000.0)
    assert source.crew is not None
    source.crew.close()


@pytest.fixture
async def client(crewed: Starlette, connect: Connect) -> AsyncIterator[httpx2.AsyncClient]:
    async with connect(crewed) as connected:
        yield connected


async def told(client: httpx2.AsyncClient, asins: list[str], **more: str) -> dict[str, Any]:
    query = {"domain": "1", "asin": ",".join(asins), "stats": "90", **more}
    answer = await client.get("/product", params=query)
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json()
    return found


async def test_a_crew_answers_as_one_process_does(
    client: httpx2.AsyncClient, connect: Connect
) -> None:
    asins = list(simulated(seed=SEED, size=SIZE).marketplace.asins[:14])
    parents = [f"B0P{asin[3:]}" for asin in asins[:1]]
    offers = {"offers": "20", "rating": "1", "stock": "1"}
    alone = create_sandbox(simulated(seed=SEED, size=SIZE), clock=lambda: 1_795_000_000.0)
    async with connect(alone) as other:
        for asked, more in (
            (asins, {}),
            ([*parents, "B000000000", *asins[:3], *asins[:1]], {}),
            (asins[:6], offers),
            (asins[:6], offers),
            (asins[:2], {"domain": "3"}),
        ):
            ours, theirs = await told(client, asked, **more), await told(other, asked, **more)
            assert ours["products"] == theirs["products"]
            assert ours["tokensConsumed"] == theirs["tokensConsumed"]


async def test_a_lost_process_is_one_clear_error_and_replaced(client: httpx2.AsyncClient) -> None:
    asins = list(simulated(seed=SEED, size=SIZE).marketplace.asins[:3])
    await told(client, asins)
    for process in multiprocessing.active_children():
        os.kill(process.pid or 0, signal.SIGKILL)
        process.join()
    query = {"domain": "1", "asin": ",".join(asins)}
    lost = await client.get("/product", params=query)
    assert lost.status_code == 500
    assert "ended unexpectedly" in lost.json()["error"]["message"]
    assert len((await told(client, asins))["products"]) == 3


def test_a_closed_crew_answers_nobody() -> None:
    crew = Crew(SEED, SIZE, 2)
    crew.close()
    request = read_product_request({"domain": "1", "asin": "B000000000"}, NOW)
    with pytest.raises(WorkerLostError, match="Ask again"):
        crew.answers([Task("B000000000")], request, NOW)
    assert cores() >= 1


SERVER = """
import asyncio
from arbitragevault.sandbox.crew import Crew
from arbitragevault.sandbox.marketplace import Marketplace
from arbitragevault.sandbox.server import create_sandbox, run_sandbox
from arbitragevault.sandbox.simulated import SimulatedSource

app = create_sandbox(SimulatedSource(Marketplace(7, 400), Crew(7, 400, 1)))
asyncio.run(
    run_sandbox(app, host="127.0.0.1", port=0, on_ready=lambda url: print(url, flush=True))
)
"""


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGKILL])
def test_no_process_outlives_its_server(ending: signal.Signals, marketplace: Marketplace) -> None:
    with subprocess.Popen(  # noqa: S603  # our own words
        [sys.executable, "-c", SERVER], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as server:
        try:
            assert server.stdout is not None
            address = server.stdout.readline().decode().strip()
            query = {"key": "k", "domain": "1", "asin": marketplace.asins[0]}
            answer = httpx2.get(f"{address}/product", params=query, timeout=100)
            crew = psutil.Process(server.pid).children(recursive=True)
            server.send_signal(ending)
            _, errors = server.communicate(timeout=60)
        finally:
            server.kill()
    _, left = psutil.wait_procs(crew, timeout=30)
    assert answer.json()["products"][0]["asin"] == marketplace.asins[0]
    assert crew
    assert not left
    # Nobody can tidy up after a kill, and the interpreter says so.
    assert (server.returncode, errors) == (0, b"") or ending == signal.SIGKILL
