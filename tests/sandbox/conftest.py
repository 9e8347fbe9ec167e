"""What the sandbox's tests share: one marketplace, a clock that stands still, a client."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

import httpx2
import pytest
from starlette.applications import Starlette

from arbitragevault.adapters.keepa import schema
from arbitragevault.sandbox.answering import prepare
from arbitragevault.sandbox.marketplace import Marketplace, SimulatedProduct
from arbitragevault.sandbox.server import create_sandbox, simulated
from arbitragevault.sandbox.service import RequestLog
from arbitragevault.sandbox.simulated import SimulatedSource

NOW = 8_360_000
"""2026-11-23T13:20Z."""


@dataclass
class Hands:
    """A clock that moves only when told to."""

    seconds: float = schema.unix_ms_of_minute(NOW) / 1_000

    def __call__(self) -> float:
        return self.seconds

    def advance(self, seconds: float) -> None:
        self.seconds += seconds


@pytest.fixture(scope="session", autouse=True)
def compiled_code() -> None:
    """Compile before anybody waits for an answer no longer than so many seconds."""
    prepare(seed=7)


@pytest.fixture(scope="session")
def marketplace() -> Marketplace:
    return Marketplace(seed=7, size=400)


@pytest.fixture(scope="session")
def living(marketplace: Marketplace) -> list[SimulatedProduct]:
    """The products of the marketplace's first sixty that Keepa knows."""
    products = (marketplace.product(asin, NOW) for asin in marketplace.asins[:60])
    return [product for product in products if product is not None]


@pytest.fixture
def clock() -> Hands:
    return Hands()


@pytest.fixture
def advance(clock: Hands) -> Callable[[float], None]:
    """Move the clock by seconds."""
    return clock.advance


@pytest.fixture
def source() -> SimulatedSource:
    return simulated(seed=7, size=400)


@pytest.fixture
def log() -> RequestLog:
    return RequestLog()


@pytest.fixture
def app(source: SimulatedSource, clock: Hands, log: RequestLog) -> Starlette:
    return create_sandbox(source, refill_per_minute=20, clock=clock, request_log=log)


@pytest.fixture
async def client(app: Starlette) -> AsyncIterator[httpx2.AsyncClient]:
    async with connect(app) as connected:
        yield connected


def connect(app: Starlette) -> httpx2.AsyncClient:
    """A client of an application in this process."""
    return httpx2.AsyncClient(
        transport=httpx2.ASGITransport(app=app), base_url="http://sandbox", params={"key": "k"}
    )


@pytest.fixture(name="connect")
def connect_fixture() -> Callable[[Starlette], httpx2.AsyncClient]:
    return connect
