"""The whole API behind hundreds of HTTP clients: one process, over a pooler in transaction mode.

    uv run python benchmarks/api_clients.py [--clients 500] [--seconds 20] [--think 2]

Real are the server process (`up` with its worker), PostgreSQL, PgBouncer and the connections, which
the clients keep open. Each client asks for what the page asks for, waits a while and asks again.
Printed are errors, times, the server's processor time for a request, and its memory before and
after. Clients, server, pooler and database share this machine. It ends by itself, within two
minutes even on a busy one, and fails if a single request did.
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
SCAN_SECONDS: Final = 40
WARM_SECONDS: Final = 5
ANSWER_SECONDS: Final = 60
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


class Tally:
    """What clients were answered, and how long it took.

    Args:
        address: Of the server.
        think: Mean pause of a client between two requests, in seconds.
    """

    def __init__(self, address: str, think: float) -> None:
        self.address = address
        self.think = think
        self.counts: Counter[str] = Counter()
        self.times: dict[str, list[float]] = {path: [] for path in PATHS}

    async def client(self, begin: float, end: float) -> None:
        """One client with a connection of its own; what it asks before ``begin`` is not counted."""
        chance = random.Random()  # noqa: S311  # not a secret
        await asyncio.sleep(chance.random() * self.think)
        # Without TLS there is nothing to verify; its context alone would cost 70 ms a client.
        async with httpx2.AsyncClient(
            base_url=self.address, timeout=ANSWER_SECONDS, verify=False
        ) as http:
            while time.monotonic() < end:
                await self._ask(http, chance.choice(PATHS), begin)
                await asyncio.sleep(self.think * (0.5 + chance.random()))

    async def _ask(self, http: httpx2.AsyncClient, path: str, begin: float) -> None:
        started = time.monotonic()
        try:
            found = str((await http.get(path)).status_code)
        except httpx2.HTTPError as error:
            found = type(error).__name__
        if started >= begin or found != "200":
            self.counts[found] += 1
            self.times[path].append((time.monotonic() - started) * 1_000)


async def scanned(address: str) -> int:
    """Wait for the first scan, so that there is something to list; cut it short if it is long."""
    async with httpx2.AsyncClient(base_url=address, timeout=ANSWER_SECONDS, verify=False) as http:
        until = time.monotonic() + SCAN_SECONDS
        while (await http.get("/api/v1/status")).json()["active_runs"]:
            await asyncio.sleep(0.5)
            if time.monotonic() > until:
                for run in (await http.get("/api/v1/runs")).json()["items"]:
                    await http.post(f"/api/v1/runs/{run['id']}/cancellation")
        page = (await http.get("/api/v1/decisions?limit=1")).json()
        return sum(page["counts"].values())


async def measure(clients: int, seconds: float, think: float) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="arbitragevault-api-") as home:
        async with (
            await EmbeddedServer.start(Path(home) / "postgres") as server,
            running_pooler(server.url) as pooler,
        ):
            environment = os.environ | {
                "ARBITRAGEVAULT_HOME": home,
                "DATABASE_URL": pooler.url_of("arbitragevault"),
                "DATABASE_URL_DIRECT": server.url,
            }
            for name in ("KEEPA_API_KEY", "KEEPA_BASE_URL"):
                environment.pop(name, None)
            with served(environment) as (address, process):
                tally = Tally(address, think)
                rows = await scanned(address)
                print(f"{rows} decisions to list; {clients} clients ...", flush=True)
                return await _measured(tally, process, clients, seconds)


async def _measured(
    tally: Tally, process: psutil.Process, clients: int, seconds: float
) -> dict[str, Any]:
    begin = time.monotonic() + WARM_SECONDS
    asking = [asyncio.create_task(tally.client(begin, begin + seconds)) for _ in range(clients)]
    await asyncio.sleep(WARM_SECONDS)
    memory, busy = process.memory_info().rss, sum(process.cpu_times()[:2])
    await asyncio.gather(*asking)
    took, busy = time.monotonic() - begin, sum(process.cpu_times()[:2]) - busy
    errors = {word: number for word, number in tally.counts.items() if word != "200"}
    requests = tally.counts.total()
    print(f"{'path':<36}{'requests':>9}{'p50 ms':>10}{'p95 ms':>10}")
    for path, times in tally.times.items():
        print(f"{path:<36}{len(times):>9}{_quantile(times, 0.5):>10}{_quantile(times, 0.95):>10}")
    every = [one for times in tally.times.values() for one in times]
    return {
        "clients": clients,
        "seconds": round(took, 1),
        "requests": requests,
        "per_second": round(requests / took, 1),
        "ok": tally.counts["200"],
        "errors": errors,
        **{f"p{share:.0%}"[:-1] + "_ms": _quantile(every, share) for share in (0.5, 0.95, 0.99)},
        "server_cpu_ms_per_request": round(1_000 * busy / max(requests, 1), 1),
        "memory_before_mb": round(memory / 1e6, 1),
        "memory_after_mb": round(process.memory_info().rss / 1e6, 1),
        "load_average": round(os.getloadavg()[0], 1),
    }


def _quantile(times: list[float], share: float) -> float:
    ordered = sorted(times) or [float("nan")]
    return round(ordered[min(int(len(ordered) * share), len(ordered) - 1)], 1)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--clients", type=int, default=500)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--think", type=float, default=2)
    options = parser.parse_args()
    raise_open_files()
    found = asyncio.run(measure(options.clients, options.seconds, options.think))
    for name, value in found.items():
        print(f"{name:>26}  {value}")
    OUTPUT.parent.mkdir(parents=True, exist_ok=True)
    OUTPUT.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    sys.exit(1 if found["errors"] else 0)


if __name__ == "__main__":
    main()
