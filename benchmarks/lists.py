"""List pages at a million products with decisions, through the API.

    uv run python benchmarks/lists.py [--rows 1000000] [--rounds 12] [--home DIR]

Every offered sort is asked for under several filters: the first page, the one after it, and so on.
Printed: how fast the rows were written, table and index sizes, p50 and p95 of every sort and
filter in milliseconds (request to last byte, in this process), the processor time of a page (of
this process, which serves and unpacks it, and of PostgreSQL) and the plan of the hot queries.
Promise: p95 below 50 ms; on a machine that others use, processor time is what to look at.
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
from million import Million, run_id, templates
from sqlalchemy import text

from arbitragevault.adapters.keepa.client import KeepaClient
from arbitragevault.adapters.postgres.embedded import EmbeddedServer
from arbitragevault.adapters.postgres.engine import Database
from arbitragevault.adapters.postgres.migrate import upgrade
from arbitragevault.adapters.postgres.repositories import features
from arbitragevault.application.services import Services
from arbitragevault.application.token_economy import TokenEconomy
from arbitragevault.bootstrap import SystemClock
from arbitragevault.entrypoints.api.app import create_app
from arbitragevault.entrypoints.api.lifetime import serving
from arbitragevault.entrypoints.api.routes.decisions import Sort

OUTPUT = Path(__file__).parents[1] / "artifacts" / "benchmarks" / "lists.json"
SERVER = {"shared_buffers": "2GB", "work_mem": "16MB", "max_wal_size": "4GB"}
TEMPLATES = 600
PATH = "/api/v1/decisions"


@dataclass(frozen=True, slots=True)
class Measured:
    """Milliseconds of one sort under one filter; processor time is the mean."""

    sort: str
    filter: str
    p50: float
    p95: float
    app_cpu: float = 0.0
    server_cpu: float = 0.0


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
    print(f"\nslowest p95 {worst:.1f} ms; processor time of a page, all sorts, ms:")
    print(f"{'filter':<16}{'process':>10}{'PostgreSQL':>12}{'largest sum':>13}")
    for name in filters():
        of = [one for one in measured if one.filter == name]
        spent = [(one.app_cpu, one.server_cpu) for one in of]
        app, server = (sum(x) / len(of) for x in zip(*spent, strict=True))
        most = max(one.app_cpu + one.server_cpu for one in of)
        print(f"{name:<16}{app:>10.1f}{server:>12.1f}{most:>13.1f}")
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
    return Measured(query["sort"], name, float(p50), float(p95), *spent)


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
    """How PostgreSQL answers the hot queries: one of each kind."""
    branch = (
        "(SELECT id, profit_p50 AS value FROM decisions WHERE is_sandbox AND verdict = '{}' AND "
        "profit_p50 IS NOT NULL AND (profit_p50, id) < (900, 1) "
        "ORDER BY profit_p50 DESC, id DESC LIMIT 51)"
    )
    merged = " UNION ALL ".join(branch.format(word) for word in ("buy", "review"))
    words = "'the' & 'gar':*"
    hot = {
        "page of several verdicts": (
            f"SELECT * FROM ({merged}) AS m "  # noqa: S608
            "ORDER BY value DESC, id DESC LIMIT 51"
        ),
        "words": (
            "SELECT product_id FROM product_features WHERE is_sandbox AND "  # noqa: S608
            f"search @@ $q${words}$q$::tsquery LIMIT 5001"
        ),
        "rows of a page": "SELECT id, record FROM decisions WHERE id = ANY (ARRAY[1, 500000, 9])",
    }
    async with database.begin() as session:
        for name, query in hot.items():
            print(f"\nplan of {name}:")
            plan = await session.execute(text(f"EXPLAIN (ANALYZE, COSTS OFF, BUFFERS OFF) {query}"))
            print("\n".join(f"  {row[0]}" for row in plan))


if __name__ == "__main__":
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    asyncio.run(main())
