"""The whole API behind hundreds of HTTP clients: one process, over a pooler in transaction mode.

    uv run python benchmarks/api_clients.py [--clients 500] [--seconds 20] [--think 2]

Real are the server process (`up` with its worker), PostgreSQL, PgBouncer and the connections, which
the clients keep open. Each client asks for what the page asks for, waits a while and asks again.
Printed are errors, times, and the memory of the server before and after. Clients, server, pooler
and database share this machine.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import httpx2
import psutil

from arbitragevault.adapters.postgres.bench import raise_open_files
from arbitragevault.adapters.postgres.embedded import EmbeddedServer
from arbitragevault.adapters.postgres.pooler import running_pooler

OUTPUT: Final = Path(__file__).parents[1] / "artifacts" / "benchmarks" / "api_clients.json"
PATHS: Final = (
    "/api/v1/decisions?limit=50",
    "/api/v1/decisions?limit=50&sort=-roi",
    "/api/v1/runs",
    "/api/v1/status",
    "/api/v1/policies",
    "/api/v1/health/ready",
)


@contextmanager
def served(environment: dict[str, str]) -> Iterator[tuple[str, psutil.Process]]:
    """The program, serving; its address and its process."""
    process = subprocess.Popen(
        [sys.executable, "-m", "arbitragevault", "up", "--no-browser", "--port", "0"],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert process.stdout is not None
        found = re.search(r"http://\S+", process.stdout.readline())
        assert found is not None, "the program did not start"
        yield found[0], psutil.Process(process.pid)
    finally:
        process.terminate()
        process.wait(30)


async def client(
    address: str, tally: Counter[str], times: list[float], think: float, end: float
) -> None:
    """One client with a connection of its own."""
    chance = random.Random()  # noqa: S311  # not a secret
    await asyncio.sleep(chance.random() * think)
    async with httpx2.AsyncClient(base_url=address, timeout=60) as http:
        while time.monotonic() < end:
            started = time.perf_counter()
            try:
                answer = await http.get(chance.choice(PATHS))
                tally[str(answer.status_code)] += 1
            except httpx2.HTTPError as error:
                tally[type(error).__name__] += 1
            times.append((time.perf_counter() - started) * 1_000)
            await asyncio.sleep(think * (0.5 + chance.random()))


async def finished(address: str) -> None:
    """Wait until the first scan has ended, so that there is something to list."""
    async with httpx2.AsyncClient(base_url=address, timeout=60) as http:
        while (await http.get("/api/v1/status")).json()["active_runs"]:  # noqa: ASYNC110
            await asyncio.sleep(0.5)


async def measure(clients: int, seconds: float, think: float) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="arbitragevault-api-") as home:
        folder = Path(home) / "postgres"
        async with await EmbeddedServer.start(folder) as server:  # noqa: SIM117  # one needs the other
            async with running_pooler(server.url) as pooler:
                environment = os.environ | {
                    "ARBITRAGEVAULT_HOME": home,
                    "ARBITRAGEVAULT_SANDBOX_PRODUCTS": "5000",
                    "DATABASE_URL": pooler.url_of("arbitragevault"),
                    "DATABASE_URL_DIRECT": server.url,
                }
                for name in ("KEEPA_API_KEY", "KEEPA_BASE_URL"):
                    environment.pop(name, None)
                with served(environment) as (address, process):
                    await finished(address)
                    return await _measured(address, process, clients, seconds, think)


async def _measured(
    address: str, process: psutil.Process, clients: int, seconds: float, think: float
) -> dict[str, Any]:
    tally: Counter[str] = Counter()
    times: list[float] = []
    await asyncio.gather(
        *(client(address, Counter(), [], think, time.monotonic() + 5) for _ in range(clients))
    )
    before = process.memory_info().rss
    started = time.monotonic()
    await asyncio.gather(
        *(client(address, tally, times, think, started + seconds) for _ in range(clients))
    )
    took, ordered = time.monotonic() - started, sorted(times)
    good = tally.pop("200", 0)
    return {
        "clients": clients,
        "seconds": round(took, 1),
        "requests": len(times),
        "per_second": round(len(times) / took, 1),
        "ok": good,
        "errors": dict(tally),
        "p50_ms": round(ordered[len(ordered) // 2], 1),
        "p95_ms": round(ordered[int(len(ordered) * 0.95)], 1),
        "p99_ms": round(ordered[int(len(ordered) * 0.99)], 1),
        "memory_before_mb": round(before / 1e6, 1),
        "memory_after_mb": round(process.memory_info().rss / 1e6, 1),
        "load_average": os.getloadavg()[0],
    }


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--clients", type=int, default=500)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--think", type=float, default=2)
    options = parser.parse_args()
    raise_open_files()
    found = asyncio.run(measure(options.clients, options.seconds, options.think))
    for name, value in found.items():
        print(f"{name:>18}  {value}")
    OUTPUT.parent.mkdir(parents=True, exist_ok=True)
    OUTPUT.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
