"""How fast the sandbox starts and answers, and how its books compare with recorded ones.

    uv run python benchmarks/sandbox.py [../shared/recordings]

Throughput: ``arbitragevault sandbox`` is started with 100,000 products as a process of its own, one
worker per core, and asked over HTTP for batches of 100 that nobody asked before, as many batches at
once as it has workers, once all of them are there. Processor time is that of the server and its
workers, and beside it stands that of a loop of plain Python, as other people on the same cores make
both longer. Where Python may not keep byte code (``PYTHONDONTWRITEBYTECODE``), each start compiles
every module anew.

Speed: the same in one process, without a socket, and the Product Finder, whose first question of a
day makes the table that the others use.

Realism: the same figures over simulated and over recorded books, as the 10 %, 50 % and 90 %
quantiles over products (the recordings are few and not a fair sample of all books).
"""

from __future__ import annotations

import asyncio
import json
import os
import platform
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

import httpx2
import numpy as np
import psutil
from numpy.typing import NDArray

from arbitragevault.adapters.keepa.wire import decode_keepa
from arbitragevault.domain.errors import PayloadError
from arbitragevault.domain.market.clock import MINUTES_PER_DAY
from arbitragevault.sandbox.crew import cores
from arbitragevault.sandbox.marketplace import Marketplace
from arbitragevault.sandbox.server import create_sandbox, simulated
from arbitragevault.sandbox.stats import Window, landed_series, series_stats

ROOT = Path(__file__).parents[1]
RECORDINGS = ROOT.parent / "shared" / "recordings"
OUTPUT = ROOT / "artifacts" / "benchmarks" / "sandbox.json"
NOW = 8_360_000
BATCHES = 6
SERVED = 24
"""Batches of 100 that the server is asked for."""
BOOKS = 150
BOOK_ROOT = 283155
YEAR = 365 * MINUTES_PER_DAY

REPEATS = 5
SELECTIONS: dict[str, dict[str, object]] = {
    "price and rank": {"current_SALES_lte": 100_000, "current_NEW_gte": 2_000},
    "means and falls": {"avg90_USED_gte": 1_000, "deltaPercent90_NEW_gte": 20},
    "title": {"title": "harbor"},
    "packages": {"packageWeight_lte": 300, "sort": [["trackingSince", "asc"]]},
    "10,000 results": {"current_SALES_gte": 1, "perPage": 10_000},
}

Csv = dict[int, NDArray[np.int64]]


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else RECORDINGS
    speed = asyncio.run(measure_server()) | asyncio.run(measure_speed())
    for name, value in speed.items():
        print(f"{name:<44}{value:>12,.2f}")
    ours, theirs = tabulate(simulated_books()), tabulate(recorded_books(folder))
    print(f"\n{'':<30}{'simulated books':>34}{'recorded books':>34}")
    print(
        f"{'figure':<30}{'10 %':>11}{'50 %':>11}{'90 %':>11}  {'10 %':>11}{'50 %':>11}{'90 %':>11}"
    )
    for name, values in ours.items():
        other = theirs.get(name, [float("nan")] * 3)
        print(
            f"{name:<30}" + "  ".join("".join(f"{v:>11,.2f}" for v in q) for q in (values, other))
        )
    OUTPUT.parent.mkdir(parents=True, exist_ok=True)
    machine = {"cpus": os.cpu_count(), "python": platform.python_version(), "numpy": np.__version__}
    result = {"machine": machine, "speed": speed, "simulated": ours, "recorded": theirs}
    OUTPUT.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


async def measure_server() -> dict[str, float]:
    """What a sandbox that stands alone answers, and what that costs."""
    workers = cores()
    command = [sys.executable, "-m", "arbitragevault", "sandbox", "--products", "100000"]
    asins = simulated(seed=1, size=100_000).marketplace.asins
    batches = [asins[at : at + 100] for at in range(0, 100 * (1 + SERVED), 100)]
    began = time.perf_counter()
    with subprocess.Popen(  # noqa: ASYNC220, S603  # our own words; nothing else runs meanwhile
        command, stdout=subprocess.PIPE, text=True
    ) as server:
        try:
            assert server.stdout is not None
            address = server.stdout.readline().strip()
            figures = {
                "server: start until it listens (s)": time.perf_counter() - began,
                "server: CPU until it listens (s)": processor_seconds([psutil.Process(server.pid)]),
            }
            limits = httpx2.Timeout(600)
            async with httpx2.AsyncClient(base_url=address, timeout=limits) as client:
                await asked(client, batches[0])
                figures["server: start until 100 products (s)"] = time.perf_counter() - began
                processes = [psutil.Process(server.pid)]
                processes += processes[0].children(recursive=True)
                await at_rest(processes)
                figures["machine: CPU ms of 1,000,000 additions"] = additions()
                before = processor_seconds(processes)
                began = time.perf_counter()
                rest = iter(batches[1:])

                async def one_after_another() -> None:
                    for batch in rest:
                        await asked(client, batch)

                await asyncio.gather(*(one_after_another() for _ in range(workers)))
                seconds = time.perf_counter() - began
                spent = processor_seconds(processes) - before
            products = 100 * SERVED
            figures |= {
                "server: workers": workers,
                "server: cold products per second": products / seconds,
                "server: cold requests of 100 per minute": 60 * SERVED / seconds,
                "server: CPU ms per cold product": 1_000 * spent / products,
                "server: cores that it got": spent / seconds,
                "server: memory of all processes (MB)": sum(
                    one.memory_info().rss for one in processes
                )
                / 1_048_576,
            }
        finally:
            server.terminate()
    return figures


async def at_rest(processes: Sequence[psutil.Process]) -> None:
    """Wait until a server does nothing: its last worker may begin long after its first answers."""
    before, now = -1.0, processor_seconds(processes)
    while now > before:
        await asyncio.sleep(1)
        before, now = now, processor_seconds(processes)


async def asked(client: httpx2.AsyncClient, asins: Sequence[str]) -> None:
    """Ask for products as a whole history with statistics; the answer is not decoded."""
    query = {"key": "k", "domain": "1", "asin": ",".join(asins), "stats": "90"}
    async with client.stream("GET", "/product", params=query) as response:
        assert response.status_code == 200
        async for _ in response.aiter_raw():
            pass


def additions() -> float:
    """Processor milliseconds of a million additions: how busy the machine is."""
    began, total = time.process_time(), 0
    for number in range(1_000_000):
        total += number
    return 1_000 * (time.process_time() - began)


def processor_seconds(processes: Sequence[psutil.Process]) -> float:
    """Processor time that processes have used."""
    return sum(sum(one.cpu_times()[:2]) for one in processes)


async def measure_speed() -> dict[str, float]:
    """Seconds to start, and products per second by kind of request."""
    started = time.perf_counter()
    source = simulated(seed=1, size=100_000)
    app = create_sandbox(source)
    transport = httpx2.ASGITransport(app=app)
    figures: dict[str, float] = {}
    async with httpx2.AsyncClient(transport=transport, base_url="http://sandbox") as client:
        await client.get("/token", params={"key": "k"})
        figures["start, 100,000 products (s)"] = time.perf_counter() - started
        began = time.perf_counter()
        asins = source.marketplace.asins
        figures["list 100,000 ASINs (s)"] = time.perf_counter() - began
        place = 0
        for name, more in (("history and stats", {}), ("with offers", {"offers": "20"})):
            began = time.perf_counter()
            size = 0
            for _ in range(BATCHES):
                batch = asins[place : place + 100]
                place += 100
                query = {"key": "k", "domain": "1", "asin": ",".join(batch), "stats": "90", **more}
                size += len((await client.get("/product", params=query)).content)
            seconds = time.perf_counter() - began
            figures[f"products per second, {name}"] = 100 * BATCHES / seconds
            figures[f"requests of 100 per minute, {name}"] = 60 * BATCHES / seconds
            figures[f"kilobytes per product, {name}"] = size / BATCHES / 100 / 1_024
        figures |= await measure_finder(client)
    return figures


async def measure_finder(client: httpx2.AsyncClient) -> dict[str, float]:
    """Seconds of the finder's first question and milliseconds of the later ones."""
    figures: dict[str, float] = {}
    for name, selection in SELECTIONS.items():
        query = {"key": "k", "domain": "1", "selection": json.dumps(selection)}
        times = []
        for _ in range(REPEATS):
            began = time.perf_counter()
            answer = (await client.get("/query", params=query)).json()
            times.append(time.perf_counter() - began)
            assert answer["totalResults"] > 0, name
        if "finder, first question of a day (s)" not in figures:
            figures["finder, first question of a day (s)"] = times[0]
        figures[f"finder, {name} (ms)"] = 1_000 * float(np.median(times[1:]))
    return figures


def simulated_books() -> Iterator[tuple[Csv, int, int]]:
    """Series, now and first minute of simulated books."""
    marketplace = Marketplace(1, 5_000)
    for asin in marketplace.asins[: 2 * BOOKS]:
        product = marketplace.product(asin, NOW)
        if product is not None and product.entry.kind.is_book:
            yield product.observed.csv, NOW, product.entry.birth


def recorded_books(folder: Path) -> Iterator[tuple[Csv, int, int]]:
    """The same of recorded books with a history."""
    for path in sorted(folder.rglob("products/*.json")):
        raw = path.read_bytes()
        try:
            decode_keepa(raw)
        except PayloadError:
            continue
        product = json.loads(raw)
        if product["rootCategory"] == BOOK_ROOT and product["csv"]:
            csv = {slot: np.array(flat) for slot, flat in enumerate(product["csv"]) if flat}
            yield csv, product["lastUpdate"], product["trackingSince"]


def tabulate(books: Iterator[tuple[Csv, int, int]]) -> dict[str, list[float]]:
    """Quantiles of every figure over products."""
    found: dict[str, list[float]] = defaultdict(list)
    for csv, now, first in books:
        for name, value in figures_of(csv, now, first).items():
            if np.isfinite(value):
                found[name].append(value)
    return {name: np.quantile(values, [0.1, 0.5, 0.9]).tolist() for name, values in found.items()}


def figures_of(csv: Csv, now: int, first: int) -> dict[str, float]:
    """What is compared, for one product."""
    year = Window(now - YEAR, now)
    stats = series_stats(csv, year, now=now, tracking_since=first, slots=36)
    series = landed_series(csv)
    found = {
        "points per day, rank": per_day(csv, 3, 2, now),
        "points per day, new": per_day(csv, 1, 2, now),
        "points per day, used": per_day(csv, 2, 2, now),
        "points per day, Buy Box": per_day(csv, 18, 3, now),
        "longest gap of rank (days)": longest_gap(csv, now),
        "new price": positive(stats["current"][1]) / 100,
        "used price": positive(stats["current"][2]) / 100,
        "new offers": positive(stats["current"][11]),
        "used offers": positive(stats["current"][12]),
        "rank, mean of a year": positive(stats["avg365"][3]),
        "rank drops per month": stats["salesRankDrops90"] / 3,
        "out of stock, new (%)": positive(stats["outOfStockPercentage365"][1]),
        "out of stock, used (%)": positive(stats["outOfStockPercentage365"][2]),
    }
    for slot, name in ((1, "new"), (2, "used"), (3, "rank")):
        if slot in series:
            one = series[slot]
            weekly = np.arange(max(first, year.start), now, 7 * MINUTES_PER_DAY)
            at = np.searchsorted(one.minutes, weekly, side="right") - 1
            values = np.where(at >= 0, one.values[np.maximum(at, 0)], -1).astype(np.float64)
            values[values <= 0] = np.nan
            moved = np.abs(np.log(values[8:] / values[:-8]))
            moved = moved[np.isfinite(moved)]
            found[f"|log move| in 8 weeks, {name}"] = (
                float(np.median(moved)) if moved.size else np.nan
            )
    return found


def per_day(csv: Csv, slot: int, width: int, now: int) -> float:
    """Points per day since the series began."""
    if slot not in csv:
        return np.nan
    flat = csv[slot]
    return flat.size / width / max(1.0, (now - int(flat[0])) / MINUTES_PER_DAY)


def longest_gap(csv: Csv, now: int) -> float:
    """Days of the longest silence of the rank series in the last year."""
    minutes = csv[3][0::2] if 3 in csv else np.empty(0)
    recent = minutes[minutes > now - YEAR]
    return float(np.diff(recent).max() / MINUTES_PER_DAY) if recent.size > 1 else np.nan


def positive(value: float) -> float:
    """The value, or NaN where Keepa writes -1."""
    return value if value >= 0 else np.nan


if __name__ == "__main__":
    main()
