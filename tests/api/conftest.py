"""A program for the doors: real application, real PostgreSQL, the sandbox in the process."""

from __future__ import annotations

import os
import socket
import subprocess
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx2
import pytest
import structlog
import uvicorn
from starlette.types import ASGIApp

from arbitragevault.adapters.keepa.client import KeepaClient
from arbitragevault.adapters.keepa.ledger import key_digest
from arbitragevault.adapters.postgres.engine import Database
from arbitragevault.application.policies import ensure_default_policy
from arbitragevault.application.services import Services
from arbitragevault.application.token_economy import TokenEconomy
from arbitragevault.application.worker import RunWorker
from arbitragevault.entrypoints.api.app import create_app
from arbitragevault.entrypoints.api.lifetime import serving
from arbitragevault.entrypoints.cli.main import main
from arbitragevault.sandbox.marketplace import Marketplace
from arbitragevault.sandbox.server import create_sandbox
from arbitragevault.sandbox.service import RequestLog
from arbitragevault.sandbox.simulated import SimulatedSource

PRODUCTS = 60
SEED = 11
BASE = "http://127.0.0.1:8765"
KEY = "0" * 64


NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


class RunningClock:
    """The machine's clock, put back to one day: decisions do not depend on when a test runs."""

    def __init__(self) -> None:
        self._started = time.monotonic()

    def now(self) -> datetime:
        return NOON + timedelta(seconds=self.monotonic())

    def monotonic(self) -> float:
        return time.monotonic() - self._started

    def unix(self) -> float:
        return self.now().timestamp()


@pytest.fixture
def clock() -> RunningClock:
    """The time of the program and of its sandbox."""
    return RunningClock()


@pytest.fixture(scope="session")
def market() -> Marketplace:
    """A small simulated marketplace."""
    return Marketplace(seed=SEED, size=PRODUCTS)


@pytest.fixture
def sandbox_log() -> RequestLog:
    """What the sandbox was asked for in this test."""
    return RequestLog()


@pytest.fixture
async def services(
    database: Database, market: Marketplace, sandbox_log: RequestLog, clock: RunningClock
) -> AsyncIterator[Services]:
    """The running program, without a worker in the background."""
    sandbox = create_sandbox(SimulatedSource(market), request_log=sandbox_log, clock=clock.unix)
    transport = httpx2.ASGITransport(app=sandbox)
    economy = TokenEconomy(database, key_digest(KEY), clock=clock.now)
    async with KeepaClient("http://sandbox", KEY, transport=transport, ledger=economy) as keepa:
        opened = Services(
            database=database,
            keepa=keepa,
            economy=economy,
            clock=clock,
            data_source="sandbox",
            is_embedded=True,
        )
        await ensure_default_policy(opened)
        yield opened


@pytest.fixture
async def client(services: Services) -> AsyncIterator[httpx2.AsyncClient]:
    """Speaks to the API as a program on this machine does."""
    app = create_app()
    transport = httpx2.ASGITransport(app=app)
    async with (
        serving(app, services),
        httpx2.AsyncClient(transport=transport, base_url=BASE) as speaking,
    ):
        yield speaking


Start = Callable[[Sequence[dict[str, Any]]], Awaitable[UUID]]
Work = Callable[[UUID], Awaitable[None]]


@pytest.fixture
def start(client: httpx2.AsyncClient) -> Start:
    """Starts a scan of typed leads."""

    async def start_leads(leads: Sequence[dict[str, Any]]) -> UUID:
        response = await client.post("/api/v1/scans", json={"leads": list(leads)})
        assert response.status_code == 202, response.text
        return UUID(response.json()["id"])

    return start_leads


@pytest.fixture
def work(services: Services) -> Work:
    """Drives a run to its end."""
    return RunWorker(services).process


@pytest.fixture
def scanned(start: Start, work: Work, market: Marketplace) -> Callable[..., Awaitable[UUID]]:
    """Makes a finished scan of the first products, with a bad row at the end."""

    async def scan(count: int = 8) -> UUID:
        leads: list[dict[str, Any]] = [
            {"identifier": asin, "cost": f"{3 + 4 * place}.50", "supplier": f"Shop {place % 2}"}
            for place, asin in enumerate(market.asins[:count])
        ]
        run_id = await start([*leads, {"identifier": "not a product"}])
        await work(run_id)
        return run_id

    return scan


@pytest.fixture(autouse=True)
def short_logs() -> Iterator[None]:
    """Logs without the values of every variable, which take longer to print than to test."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback),
        ]
    )
    yield
    structlog.reset_defaults()


Problem = Callable[[httpx2.Response], str]


@pytest.fixture
def problem() -> Problem:
    """Checks that an answer is a well-formed problem, and gives its code."""

    def code_of(response: httpx2.Response) -> str:
        assert response.headers["content-type"] == "application/problem+json"
        body = response.json()
        assert body["status"] == response.status_code
        assert body["request_id"] == response.headers["x-request-id"]
        assert body["detail"]
        assert body["instance"].startswith("/")
        return str(body["code"])

    return code_of


Serve = Callable[[ASGIApp], str]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Serves an application over real HTTP, in a thread, until the test ends."""
    with ExitStack() as stack:
        yield lambda app: stack.enter_context(_served(app))


@contextmanager
def _served(app: ASGIApp) -> Iterator[str]:
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(app, log_config=None, access_log=False, lifespan="off")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    server.should_exit = True
    thread.join(10)


Environment = dict[str, str]


@pytest.fixture
def environment(fresh_database_url: str, tmp_path: Path) -> Environment:
    """What a program of its own is started with: a database of its own, nothing inherited."""
    inherited = {name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ}
    return inherited | {
        "LC_ALL": "C.UTF-8",
        "DATABASE_URL": fresh_database_url,
        "ARBITRAGEVAULT_HOME": str(tmp_path / "home"),
        "ARBITRAGEVAULT_SANDBOX_PRODUCTS": str(PRODUCTS),
        "ARBITRAGEVAULT_SANDBOX_SEED": str(SEED),
    }


Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def run(
    environment: Environment,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Run:
    """Runs the command as a user would, in an empty folder and with nothing else configured.

    In this process: the programs that are started for real cost seconds each, and are kept for
    what only they can show.
    """
    for name in os.environ:
        if name.startswith(("ARBITRAGEVAULT_", "KEEPA_", "DATABASE_")):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)

    def run_command(*arguments: str, **changes: str) -> subprocess.CompletedProcess[str]:
        with monkeypatch.context() as patched:
            for name, value in (environment | changes).items():
                patched.setenv(name, value)
            code = main(arguments)
        out, noted = capsys.readouterr()
        return subprocess.CompletedProcess(arguments, code, out, noted)

    return run_command
