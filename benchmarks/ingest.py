"""How fast products are stored and read: whole recorded histories, on an embedded PostgreSQL.

    uv run python benchmarks/ingest.py [--products 2000] [--recordings DIR] [--pooler] [--reads]

Stored are the recorded markets under as many ASINs as wanted, as a fetch stores them: encoded, then
product, features, history and offers, a hundred to a transaction and a thousand to one. The peer is
given the rows ready made and writes each by an upsert of its own. Read is one product at a time
with its whole history, as one decision needs it; the peers hold the same points as one JSON
document a product, and as a row for each point. Printed: products and points a second, p50 and p95
in milliseconds, processor time of this process (median) and of PostgreSQL (mean), bytes a point,
and the clock: milliseconds of processor time for a million additions, before and after. The promise
is a p50 below 2 ms. ``--reads`` leaves the storing out.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from codec import RECORDINGS, as_json, recorded
from lists import clock_ms, postmaster_of, seconds_of
from sqlalchemy import Table, text
from sqlalchemy.ext.asyncio import AsyncSession

from arbitragevault.adapters.postgres.driver import connected
from arbitragevault.adapters.postgres.driver import database_of as name_of
from arbitragevault.adapters.postgres.embedded import EmbeddedServer
from arbitragevault.adapters.postgres.engine import Database
from arbitragevault.adapters.postgres.histories import Histories
from arbitragevault.adapters.postgres.migrate import upgrade
from arbitragevault.adapters.postgres.pooler import running_pooler
from arbitragevault.adapters.postgres.repositories.markets import load_markets, save_markets
from arbitragevault.adapters.postgres.tables import (
    history_segments,
    offers_snapshots,
    product_features,
    products,
)
from arbitragevault.domain.market.market import Market

OUTPUT = Path(__file__).parents[1] / "artifacts" / "benchmarks" / "ingest.json"
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
TABLES = (products, history_segments, product_features, offers_snapshots)
ROUNDS = 40


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--products", type=int, default=2_000)
    parser.add_argument("--recordings", type=Path, default=RECORDINGS)
    parser.add_argument("--pooler", action="store_true", help="store through a PgBouncer")
    parser.add_argument("--reads", action="store_true", help="read only")
    parser.add_argument("--json", type=Path, default=OUTPUT)
    arguments = parser.parse_args()
    made_from = list({one.product.asin: one for one in recorded(arguments.recordings)}.values())
    if not made_from:
        raise SystemExit(f"No recorded histories below {arguments.recordings}.")
    markets = list(copies(made_from, arguments.products))
    print(f"load average {os.getloadavg()[0]:.1f}; {clock_ms():.0f} ms for a million additions")
    async with database_of(pooled=arguments.pooler) as (database, direct):
        stored = {} if arguments.reads else await ingest(database, direct, markets)
        read = await reads(database, direct, made_from)
    arguments.json.parent.mkdir(parents=True, exist_ok=True)
    report = {"products": len(markets), "stored": stored, "read": read}
    arguments.json.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")


def copies(made_from: Sequence[Market], number: int) -> list[Market]:
    """Recorded markets under other ASINs."""
    chosen = (made_from[place % len(made_from)] for place in range(number))
    return [
        replace(market, product=replace(market.product, asin=f"B{place:09d}"))
        for place, market in enumerate(chosen)
    ]


@asynccontextmanager
async def database_of(*, pooled: bool) -> AsyncIterator[tuple[Database, str]]:
    """A migrated database, and its direct address."""
    with tempfile.TemporaryDirectory(prefix="ingest-") as home:
        server = await EmbeddedServer.start(Path(home) / "postgres")
        try:
            await upgrade(server.url)
            if not pooled:
                async with Database(server.url, statement_seconds=600) as database:
                    yield database, server.url
                return
            async with running_pooler(server.url, server_connections=5) as pooler:
                url = pooler.url_of(name_of(server.url))
                async with Database(url, statement_seconds=600) as database:
                    yield database, server.url
        finally:
            await server.stop()


async def ingest(
    database: Database, direct: str, markets: Sequence[Market]
) -> dict[str, dict[str, float]]:
    """Store every product in several ways; how fast each is."""
    points = sum(points_of(market) for market in markets)
    print(f"\n{len(markets):,} products with {points:,} points")
    print(f"{'':<40}{'products/s':>12}{'points/s':>14}{'CPU ms/product':>16}")
    found: dict[str, dict[str, float]] = {}

    async def measured(name: str, work: Callable[[], Awaitable[None]]) -> None:
        began, cpu = time.perf_counter(), time.process_time()
        await work()
        seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
        found[name] = {
            "products_per_second": len(markets) / seconds,
            "points_per_second": points / seconds,
            "cpu_ms_per_product": 1e3 * cpu / len(markets),
        }
        print(
            f"{name:<40}{len(markets) / seconds:>12,.0f}{points / seconds:>14,.0f}"
            f"{1e3 * cpu / len(markets):>16.2f}",
            flush=True,
        )

    async def ours(size: int) -> None:
        for first in range(0, len(markets), size):
            async with database.begin() as session:
                await save_markets(
                    session,
                    markets[first : first + size],
                    is_sandbox=True,
                    fetched_at=NOW,
                    depth="offers",
                )

    await measured("encoded and stored, 100 at a time", lambda: ours(100))
    await measured("the same again, nothing has changed", lambda: ours(100))
    await emptied(database)
    await measured("encoded and stored, 1,000 at a time", lambda: ours(1_000))
    rows = await rows_of(database)
    await emptied(database)
    await measured("peer: ready rows, an upsert for each", lambda: row_by_row(direct, rows))
    await emptied(database)
    return found


def points_of(market: Market) -> int:
    """Points of all series of a market's history."""
    histories = Histories.of(market)
    of_series = (histories.history, histories.shipping, histories.category_ranks)
    sellers = histories.buy_box_sellers
    return sum(len(one) for some in of_series for one in some.values()) + (
        0 if sellers is None else len(sellers.sellers)
    )


async def rows_of(database: Database) -> dict[Table, list[tuple[Any, ...]]]:
    """What was stored, as rows."""
    async with database.begin() as session:
        return {
            table: [tuple(r) for r in await session.execute(table.select())] for table in TABLES
        }


async def emptied(database: Database) -> None:
    async with database.of(None).begin() as session:
        await session.execute(text("TRUNCATE products CASCADE"))


async def row_by_row(url: str, rows: dict[Table, list[tuple[Any, ...]]]) -> None:
    """Each row by a prepared statement of its own, a hundred products' rows to a transaction."""
    async with connected(url, "benchmark") as driver:
        for table, some in rows.items():
            names = [column.name for column in table.c]
            values = ", ".join(f"${place}" for place in range(1, len(names) + 1))
            key = ", ".join(column.name for column in table.primary_key)
            changed = ", ".join(f"{n} = excluded.{n}" for n in names if n not in key.split(", "))
            statement = await driver.prepare(
                f"INSERT INTO {table.name} ({', '.join(names)}) "  # noqa: S608
                f"OVERRIDING SYSTEM VALUE VALUES ({values}) ON CONFLICT ({key}) "
                f"DO UPDATE SET {changed}"
            )
            for first in range(0, len(some), 600):
                async with driver.transaction():
                    for row in some[first : first + 600]:
                        await statement.fetch(*row)


async def reads(
    database: Database, direct: str, markets: Sequence[Market]
) -> dict[str, dict[str, float]]:
    """Read each recorded product alone, in three ways; ours reads facts and offers too."""
    async with database.begin() as session:
        await save_markets(session, markets, is_sandbox=True, fetched_at=NOW, depth="offers")
    await fill_peers(direct, markets)
    total = sum(points_of(market) for market in markets)
    print(f"\n{len(markets)} products with {total:,} points, each read alone")
    names = f"{'p50 ms':>9}{'p95 ms':>9}{'CPU ms':>9}{'server':>9}{'bytes/point':>13}{'clock':>9}"
    print(f"{'':<40}{names}")
    postmaster = await postmaster_of(database)
    found = {}
    for name, table, read in (
        ("ours: a row for each year", "history_segments", whole),
        ("peer: a JSON document", "peer_documents", document),
        ("peer: a row for each point", "peer_points", points),
    ):
        times, cpus, server, clock = [], [], seconds_of(postmaster), clock_ms()
        async with database.begin() as session:
            for _ in range(ROUNDS):
                for market in markets:
                    began, used = time.perf_counter(), time.process_time()
                    await read(session, market)
                    times.append(1e3 * (time.perf_counter() - began))
                    cpus.append(1e3 * (time.process_time() - used))
            size = await session.scalar(text(f"SELECT pg_total_relation_size('{table}')"))
        cpu = statistics.median(cpus)
        used = sum(now - server.get(pid, 0.0) for pid, now in seconds_of(postmaster).items())
        used *= 1e3 / len(times)
        p50, p95 = statistics.median(times), float(np.quantile(times, 0.95))
        found[name] = {"p50_ms": p50, "p95_ms": p95, "cpu_ms": cpu, "server_cpu_ms": used}
        found[name]["bytes_per_point"] = size / total
        line = f"{p50:>9.2f}{p95:>9.2f}{cpu:>9.2f}{used:>9.2f}{size / total:>13.2f}"
        line += f"{clock:>6.0f}-{clock_ms():.0f}"
        print(f"{name:<40}{line}", flush=True)
    return found


async def fill_peers(direct: str, markets: Sequence[Market]) -> None:
    """The same series as one JSON document a product, and as a row for each point."""
    async with connected(direct, "benchmark") as driver:
        await driver.execute(
            "CREATE TABLE peer_documents (asin text PRIMARY KEY, body jsonb NOT NULL);"
            "CREATE TABLE peer_points (asin text, series text, minute int, value float8, "
            "PRIMARY KEY (asin, series, minute));"
            "GRANT SELECT ON peer_documents, peer_points TO PUBLIC"
        )
        for market in markets:
            asin, body = market.product.asin, as_json(Histories.of(market))
            order = "INSERT INTO peer_documents VALUES ($1, $2)"
            await driver.execute(order, asin, body.decode())
            series = {name: one for name, one in msgspec.json.decode(body).items() if one}
            series.pop("sellers", None)
            rows = [
                (asin, name, minute, value)
                for name, (minutes, values) in series.items()
                for minute, value in zip(minutes, values, strict=True)
            ]
            await driver.copy_records_to_table("peer_points", records=rows)
        await driver.execute("VACUUM ANALYZE")


async def whole(session: AsyncSession, market: Market) -> None:
    """The product as every decision reads it."""
    key = market.product.key
    found = await load_markets(session, [key], is_sandbox=True)
    assert len(found[key].market.history) == len(market.history)


async def document(session: AsyncSession, market: Market) -> None:
    """Its series as arrays, from one document."""
    query = text("SELECT body::text FROM peer_documents WHERE asin = :asin")
    body = await session.scalar(query, {"asin": market.product.asin})
    for name, series in msgspec.json.decode(body).items():
        if name != "sellers":
            np.array(series[0], np.int32), np.array(series[1], np.float64)


async def points(session: AsyncSession, market: Market) -> None:
    """Its series as arrays, from one row for each point."""
    query = text("SELECT series, minute, value FROM peer_points WHERE asin = :asin ORDER BY 1, 2")
    rows = (await session.execute(query, {"asin": market.product.asin})).all()
    for _, some in groupby(rows, key=itemgetter(0)):
        _, minutes, values = zip(*some, strict=True)
        np.array(minutes, np.int32), np.array(values, np.float64)


if __name__ == "__main__":
    asyncio.run(main())
