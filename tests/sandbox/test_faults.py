"""Trouble on demand, each kind by itself, over HTTP."""

from __future__ import annotations

import time
from collections.abc import Callable

import httpx2
import pytest
from starlette.applications import Starlette

from arbitragevault.adapters.keepa import schema
from arbitragevault.domain.errors import ConfigurationError
from arbitragevault.sandbox import service
from arbitragevault.sandbox.faults import SKEW_MS, STALE_REFILL_MS, Faults
from arbitragevault.sandbox.server import create_sandbox
from arbitragevault.sandbox.simulated import SimulatedSource

NOW = 8_360_000
Connect = Callable[[Starlette], httpx2.AsyncClient]


def sandbox(source: SimulatedSource, clock: Callable[[], float], faults: str) -> Starlette:
    return create_sandbox(source, clock=clock, faults=faults)


@pytest.mark.parametrize("status", [429, 500])
async def test_refusals_cost_nothing(
    source: SimulatedSource, clock: Callable[[], float], connect: Connect, status: int
) -> None:
    async with connect(sandbox(source, clock, f"{status}:1")) as client:
        response = await client.get("/deal", params={"selection": "{}"})
        assert response.status_code == status
        assert response.json()["tokensConsumed"] == 0


async def test_503_speaks_no_json(
    source: SimulatedSource, clock: Callable[[], float], connect: Connect
) -> None:
    async with connect(sandbox(source, clock, "503:1")) as client:
        response = await client.get("/product", params={"domain": 1, "asin": "6600000000"})
        assert response.status_code == 503
        assert response.text == "Service Unavailable"


async def test_a_truncated_body_cannot_be_unpacked(
    source: SimulatedSource, clock: Callable[[], float], connect: Connect
) -> None:
    async with connect(sandbox(source, clock, "truncate:1")) as client:
        request = client.build_request("GET", "/product", params={"domain": 1, "asin": "6" * 10})
        response = await client.send(request, stream=True)
        raw = b"".join([chunk async for chunk in response.aiter_raw()])
        assert int(response.headers["content-length"]) == len(raw)
        assert raw[:2] == b"\x1f\x8b"


async def test_a_body_may_drip(
    source: SimulatedSource,
    clock: Callable[[], float],
    connect: Connect,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(service, "SLOW_SECONDS", 0.08)
    async with connect(sandbox(source, clock, "drip:1")) as client:
        began = time.perf_counter()
        response = await client.get("/token")
        assert response.json()["tokensConsumed"] == 0
        assert time.perf_counter() - began >= 0.07


async def test_wrong_clocks_and_stale_refills(
    source: SimulatedSource, clock: Callable[[], float], connect: Connect
) -> None:
    async with connect(sandbox(source, clock, "skew:1,stale:1")) as client:
        body = (await client.get("/token")).json()
        assert body["timestamp"] == schema.unix_ms_of_minute(NOW) + SKEW_MS
        assert body["refillIn"] == STALE_REFILL_MS


def test_bursts_strike_in_a_row() -> None:
    faults = Faults("429:0.05x6", seed=3)
    struck = [faults.draw().status == 429 for _ in range(2_000)]
    lengths, length = [], 0
    for one in [*struck, False]:
        if one:
            length += 1
        elif length:
            lengths.append(length)
            length = 0
    assert min(lengths) >= 6
    assert 0.12 < sum(struck) / len(struck) < 0.40


def test_the_same_seed_strikes_the_same_requests() -> None:
    spec = "429:0.1x2,500:0.1,503:0.1,truncate:0.1,slow:0.1,drip:0.1,stale:0.1,skew:0.1"
    first, second = Faults(spec, seed=1), Faults(spec, seed=1)
    drawn = [first.draw() for _ in range(200)]
    assert drawn == [second.draw() for _ in range(200)]
    assert len(set(drawn)) > 20


@pytest.mark.parametrize(
    "spec", ["429", "429:2", "429:0.1x0", "429:0.1xmany", "storm:0.1", "429:-1"]
)
def test_other_specifications_are_refused(spec: str) -> None:
    with pytest.raises(ConfigurationError, match="is no fault"):
        Faults(spec)
