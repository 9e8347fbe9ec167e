"""The use cases with a real PostgreSQL, the sandbox in the process, and a clock that tests move."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime, timedelta

import httpx2
import pytest

from arbitragevault.adapters.files.rows import LeadRow, lead_from_fields
from arbitragevault.adapters.keepa.client import KeepaClient, RetryPolicy
from arbitragevault.adapters.keepa.ledger import key_digest
from arbitragevault.adapters.postgres.engine import Database
from arbitragevault.application.policies import ensure_default_policy
from arbitragevault.application.services import Services
from arbitragevault.application.token_economy import TokenEconomy
from arbitragevault.sandbox.marketplace import Marketplace
from arbitragevault.sandbox.server import create_sandbox
from arbitragevault.sandbox.service import RequestLog
from arbitragevault.sandbox.simulated import SimulatedSource

KEY = "0" * 64
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


class MovableClock:
    """A clock that moves only when told."""

    def __init__(self) -> None:
        self.moment = NOON

    def now(self) -> datetime:
        return self.moment

    def monotonic(self) -> float:
        return (self.moment - NOON).total_seconds()

    def unix(self) -> float:
        return self.moment.timestamp()

    def move(self, **by: float) -> None:
        self.moment += timedelta(**by)


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock()


@pytest.fixture(scope="session")
def market() -> Marketplace:
    return Marketplace(seed=5, size=80)


@pytest.fixture
def log() -> RequestLog:
    return RequestLog()


Open = Callable[..., AbstractAsyncContextManager[Services]]


@pytest.fixture
def open_services(
    database: Database, market: Marketplace, log: RequestLog, clock: MovableClock
) -> Open:
    """Opens a program: its sandbox may be short of tokens or faulty."""

    @asynccontextmanager
    async def opened(
        *,
        tokens: int | None = None,
        refill_per_minute: int = 1_200,
        faults: str | None = None,
        per_day: int | None = None,
    ) -> AsyncIterator[Services]:
        app = create_sandbox(
            SimulatedSource(market),
            request_log=log,
            clock=clock.unix,
            tokens=tokens,
            refill_per_minute=refill_per_minute,
            faults=faults,
        )
        economy = TokenEconomy(database, key_digest(KEY), per_day=per_day, clock=clock.now)
        async with KeepaClient(
            "http://sandbox",
            KEY,
            transport=httpx2.ASGITransport(app=app),
            retries=RetryPolicy(attempts=2, first_seconds=0.001),
            ledger=economy,
        ) as keepa:
            services = Services(
                database=database,
                keepa=keepa,
                economy=economy,
                clock=clock,
                data_source="sandbox",
                is_embedded=True,
            )
            await ensure_default_policy(services)
            yield services

    return opened


@pytest.fixture
async def services(open_services: Open) -> AsyncIterator[Services]:
    async with open_services() as opened:
        yield opened


def lead_rows(*identifiers: str, cost: str | None = "5.00") -> list[LeadRow]:
    """Rows of a lead file in USD."""
    return [
        lead_from_fields(number, {"identifier": identifier, "cost": cost}, currency="USD")
        for number, identifier in enumerate(identifiers, start=1)
    ]


def books(market: Marketplace, count: int) -> list[str]:
    """ASINs of printed books, which is what an ISBN-13 can lead to."""
    found = [asin for asin in market.asins if asin[0].isdigit()]
    assert len(found) >= count
    return found[:count]


async def until(condition: Callable[[], Awaitable[bool]], seconds: float = 10.0) -> None:
    """Wait for something that another task brings about."""
    async with asyncio.timeout(seconds):
        while not await condition():  # noqa: ASYNC110  # it tells in the database, not in memory
            await asyncio.sleep(0.01)
