"""List pages at a million products with decisions, through the API.

    uv run python benchmarks/lists.py [--rows 1000000] [--rounds 12] [--home DIR]

Every offered sort is asked for under several filters: the first page, the one after it, and so on.
Printed: how fast the rows were written, table and index sizes, p50 and p95 of every sort and
filter in milliseconds (request to last byte, in this process, on the event loop that ``up`` serves
with), how many orders keep the promise of a p95 below 50 ms, the processor time of a page (of this
process, which serves and unpacks it, and of PostgreSQL) and the plan of the hot queries. On a
machine that others use, processor time is what to look at.
``--home`` keeps the database for another time.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import os
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any, get_args

import httpx2
import numpy as np
import psutil
import structlog
import uvicorn
from million import Million, run_id, templates
from sqlalchemy import event, text

from arbitragevault.adapters.keepa.client import KeepaClient
from arbitragevault.adapters.postgres.embedded import EmbeddedServer
from arbitragevault.adapters.postgres.engine import Database
from arbitragevault.adapters.postgres.migrate import upgrade
from arbitragevault.adapters.postgres.repositories import features
from arbitragevault.application.services import Services
from arbitragevault.application.token_economy import TokenEconomy
from arbitragevault.bootstrap import SystemClock
from arbitragevault.bootstrap.settling import settle
from arbitragevault.entrypoints.api.app import create_app
from arbitragevault.entrypoints.api.lifetime import serving
from arbitragevault.entrypoints.api.routes.decisions import Sort

OUTPUT = Path(__file__).parents[1] / "artifacts" / "benchmarks" / "lists.json"
SERVER = {"shared_buffers": "2GB", "work_mem": "16MB", "max_wal_size": "4GB"}
TEMPLATES = 600
PATH = "/api/v1/decisions"
PROMISED = 50.0
"""Milliseconds of p95."""


@dataclass(frozen=True, slots=True)
class Measured:
    """Milliseconds of one sort under one filter; processor time is the mean, clock as printed."""

    sort: str
    filter: str
    p50: float
    p95: float
    app_cpu: float = 0.0
    server_cpu: float = 0.0
    clock: float = 0.0


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=12)
    parser.add_argument("--home", type=Path)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="lists-") as temporary:
        home = arguments.home or Path(temporary)
        server = await EmbeddedServer.start(home / "postgres", settings=SERVER)
        try:
            await upgrade(server.url)
            async with Database(server.url, statement_seconds=7_200) as database:
                result = await measure(database, arguments.rows, arguments.rounds)
        finally:
            await server.stop()
    OUTPUT.parent.mkdir(parents=True, exist_ok=True)
    OUTPUT.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


async def measure(database: Database, rows: int, rounds: int) -> dict[str, Any]:
    """Fill the database if it is empty, and measure every list."""
    made = await filled(database, rows)
    for name, seconds in made.items():
        print(f"{name:<34}{seconds:>9.1f} s{rows / seconds:>12,.0f} rows/s")
    sizes = await table_sizes(database)
    print(f"\n{'table':<20}{'rows':>11}{'heap MB':>10}{'TOAST MB':>10}{'indexes MB':>12}")
    for table, (count, heap, toast, indexes) in sizes.items():
        print(f"{table:<20}{count:>11,}{heap:>10,.0f}{toast:>10,.0f}{indexes:>12,.0f}")
    load, clock = os.getloadavg()[0], clock_ms()
    print(f"\nload average {load:.1f} on {os.cpu_count()} CPUs; {clock:.0f} ms a million additions")
    async with client_of(database) as (client, services):
        measured = await pages(client, await postmaster_of(database), filters(), rounds)
        products = await product_pages(services, rounds)
    worst = max(one.p95 for one in measured)
    print(f"\nslowest p95 {worst:.1f} ms; p95 in ms, mean processor time of a page in ms:")
    names = f"{'under 50':>10}{'slowest p95':>13}{'process':>10}{'PostgreSQL':>12}{'clock':>8}"
    print(f"{'filter':<16}{names}")
    for name in filters():
        of = [one for one in measured if one.filter == name]
        kept = sum(one.p95 < PROMISED for one in of)
        means = (
            sum(x) / len(of) for x in zip(*((m.app_cpu, m.server_cpu) for m in of), strict=True)
        )
        app, server = means
        line = f"{kept:>7}/{len(of):<2}{max(one.p95 for one in of):>13.1f}{app:>10.1f}"
        print(f"{name:<16}{line}{server:>12.1f}{clock:>8.0f}")
    print("\nstored products, repository:")
    for one in products:
        print(f"{one.sort:<20}{one.filter:<14}{one.p50:>8.1f}{one.p95:>8.1f}")
    await plans(database)
    return {
        "rows": rows,
        "load_average": load,
        "clock_ms": clock,
        "seconds": made,
        "megabytes": sizes,
        "lists": [list(astuple(one)) for one in measured],
        "products": [list(astuple(one)[:4]) for one in products],
        "slowest_p95_ms": worst,
    }


def filters() -> dict[str, dict[str, str]]:
    """The filters under which every sort is asked for."""
    return {
        "none": {},
        "buy": {"verdict": "buy"},
        "run 300,000": {"run_id": str(run_id(0))},
        "run 5,000": {"run_id": str(run_id(50)), "verdict": "review,skip"},
        "supplier": {"supplier": "Supplier 1"},
        "words": {"q": "the gar"},
    }


async def filled(database: Database, rows: int) -> dict[str, float]:
    """Write the rows unless they are there; how long each part took, in seconds."""
    async with database.of(None).begin() as session:
        if await session.scalar(text("SELECT EXISTS (SELECT FROM decisions)")):
            return {}
    began = time.perf_counter()
    made_from = await templates(TEMPLATES)
    evidence = sum(len(json.dumps(one.evidence)) for one in made_from) / len(made_from)
    print(f"{TEMPLATES} products decided in {time.perf_counter() - began:.1f} s")
    print(f"evidence, left out here: {evidence:,.0f} bytes of JSON a decision")
    made = await Million(made_from, rows).load(database)
    engine = database.engine.execution_options(isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        await connection.execute(text("VACUUM ANALYZE"))
    return made


def clock_ms() -> float:
    """How fast this machine is now: milliseconds of processor time for a million additions."""
    began, total = time.process_time(), 0
    for one in range(1_000_000):
        total += one
    return 1e3 * (time.process_time() - began)


async def table_sizes(database: Database) -> dict[str, tuple[int, float, float, float]]:
    """Rows, and megabytes of heap, TOAST and indexes, by table."""
    query = text(
        "SELECT relname, reltuples::bigint, pg_relation_size(oid) / 1e6, "
        "coalesce(pg_total_relation_size(nullif(reltoastrelid, 0)), 0) / 1e6, "
        "pg_indexes_size(oid) / 1e6 FROM pg_class WHERE relkind = 'r' AND "
        "relname IN ('decisions', 'product_features', 'products', 'runs') ORDER BY 1"
    )
    async with database.of(None).begin() as session:
        return {
            name: (count, float(heap), float(toast), float(indexes))
            for name, count, heap, toast, indexes in await session.execute(query)
        }


@asynccontextmanager
async def client_of(database: Database) -> AsyncIterator[tuple[httpx2.AsyncClient, Services]]:
    """The API over the database, in this process."""
    async with KeepaClient("http://127.0.0.1:1", "0" * 64) as keepa:
        services = Services(
            database=database,
            keepa=keepa,
            economy=TokenEconomy(database, "benchmark"),
            clock=SystemClock(),
            data_source="sandbox",
            is_embedded=True,
        )
        app = create_app()
        transport = httpx2.ASGITransport(app=app)
        async with (
            serving(app, services),
            httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1:8765") as client,
        ):
            await client.get(PATH)  # the first of all opens a connection
            settle()
            yield client, services


async def pages(
    client: httpx2.AsyncClient,
    postmaster: psutil.Process,
    asked: dict[str, dict[str, str]],
    rounds: int,
) -> list[Measured]:
    """Every sort under every filter: first pages, and what follows on them."""
    print(f"\n{'p50 / p95 ms':<26}" + "".join(f"{name:>15}" for name in asked))
    found = []
    for sort in get_args(Sort):
        line = [
            await one_list(client, postmaster, {"sort": sort, **query}, name, rounds)
            for name, query in asked.items()
        ]
        print(
            f"{sort:<26}" + "".join(f"{one.p50:>8.1f}{one.p95:>7.1f}" for one in line), flush=True
        )
        found += line
    return found


async def one_list(
    client: httpx2.AsyncClient,
    postmaster: psutil.Process,
    query: dict[str, str],
    name: str,
    rounds: int,
) -> Measured:
    """Pages of one list, one after the other, from the beginning on."""
    times: list[float] = []
    cursor: str | None = None
    app, server = 0.0, seconds_of(postmaster)
    for _ in range(rounds):
        asked = query | ({"cursor": cursor} if cursor else {})
        began, used = time.perf_counter(), time.process_time()
        response = await client.get(PATH, params=asked)
        times.append(1e3 * (time.perf_counter() - began))
        app += time.process_time() - used
        assert response.status_code == 200, response.text
        cursor = response.json()["next_cursor"]
    p50, p95 = np.quantile(times, [0.5, 0.95])
    # One that has ended meanwhile was replaced by one that began with nothing.
    used = sum(now - server.get(pid, 0.0) for pid, now in seconds_of(postmaster).items())
    spent = (1e3 * app / rounds, 1e3 * used / rounds)
    return Measured(query["sort"], name, float(p50), float(p95), *spent, clock_ms())


async def postmaster_of(database: Database) -> psutil.Process:
    """The server's main process."""
    async with database.begin() as session:
        backend = await session.scalar(text("SELECT pg_backend_pid()"))
    parent = psutil.Process(backend).parent()
    assert parent is not None
    return parent


def seconds_of(postmaster: psutil.Process) -> dict[int, float]:
    """Processor time of the server's children: its connections, and who writes for them."""
    return {child.pid: sum(child.cpu_times()[:2]) for child in postmaster.children()}


async def product_pages(services: Services, rounds: int) -> list[Measured]:
    """Pages of stored products, every sort, under three filters."""
    async with services.database.begin() as session:
        category = await session.scalar(text("SELECT max(root_category_id) FROM product_features"))
    asked = {
        "none": features.ProductFilters(is_sandbox=True),
        "category": features.ProductFilters(is_sandbox=True, category_id=category),
        "words": features.ProductFilters(is_sandbox=True, text="the gar"),
    }
    found = []
    for sort in features.SORTS:
        for name, chosen in asked.items():
            times, after = [], None
            for number in range(rounds):
                began = time.perf_counter()
                async with services.database.begin() as session:
                    page = await features.page(
                        session, chosen, sort=sort, descending=True, after=after, limit=50
                    )
                times.append(1e3 * (time.perf_counter() - began))
                after = (page[-1].sort_value, page[-1].id) if page and number % 4 else None
            p50, p95 = np.quantile(times, [0.5, 0.95])
            found.append(Measured(sort, name, float(p50), float(p95)))
    return found


async def plans(database: Database) -> None:
    """How PostgreSQL answers the hot queries: a page of each filter, and what words lead to."""
    seen: list[tuple[str, Any]] = []

    def see(_: object, __: object, statement: str, parameters: Any, *___: object) -> None:  # noqa: ANN401
        if not statement.startswith("SELECT set_config"):
            seen.append((statement, parameters))

    async with client_of(database) as (client, _):
        for name, query in filters().items():
            event.listen(database.engine.sync_engine, "before_cursor_execute", see)
            await client.get(PATH, params={"sort": "profit", **query})
            event.remove(database.engine.sync_engine, "before_cursor_execute", see)
            print(f"\nplans of {name}:")
            async with database.begin() as session:
                raw = await (await session.connection()).get_raw_connection()
                driver: Any = raw.driver_connection
                for statement, parameters in seen:
                    explain = "EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, BUFFERS OFF) "
                    plan = await driver.fetch(explain + statement, *parameters)
                    print("\n".join(f"  {row[0][:110]}" for row in plan))
            seen.clear()


if __name__ == "__main__":
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    with asyncio.Runner(loop_factory=uvicorn.Config(create_app).get_loop_factory()) as runner:
        runner.run(main())
