"""How fast stored leads are decided under another policy, database reads included.

    uv run python benchmarks/redecide.py [LEADS ...]

Fills an embedded PostgreSQL with leads: 120 simulated products are decided for real, and
their assessments are repeated with other costs and price levels, each on a product of its own. Then
every lead is re-decided through the use case that CLI and API call. The decisions' own records are
not written: re-deciding does not read them. Promise: 100,000 in under 10 s on two cores, and linear
from there to 1,000,000. Scalar decisions of the same markets, in hand, stand beside it.
"""

from __future__ import annotations

import asyncio
import json
import os
import platform
import resource
import sys
import tempfile
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np
import orjson

from arbitragevault.adapters.keepa.client import KeepaClient
from arbitragevault.adapters.keepa.ledger import key_digest
from arbitragevault.adapters.keepa.wire import decode_keepa
from arbitragevault.adapters.postgres import migrate
from arbitragevault.adapters.postgres.embedded import EmbeddedServer, ensure_database
from arbitragevault.adapters.postgres.engine import Database
from arbitragevault.application.policies import ensure_default_policy, policy_body, save_policy
from arbitragevault.application.redecide import Tally, redecide
from arbitragevault.application.services import Services
from arbitragevault.application.token_economy import TokenEconomy
from arbitragevault.bootstrap import SystemClock
from arbitragevault.domain.decision.assessment import VERSION, assess, read_assessments
from arbitragevault.domain.decision.decide import decide
from arbitragevault.domain.decision.lead import Lead
from arbitragevault.domain.decision.policy import Policy
from arbitragevault.domain.market.market import Market, SeriesKind
from arbitragevault.domain.money import Money
from arbitragevault.sandbox.marketplace import Marketplace
from arbitragevault.sandbox.wire import Wanted, product_object

OUTPUT = Path(__file__).parents[1] / "artifacts" / "benchmarks" / "redecide.json"
DISTINCT = 120
BLOCK = 50_000
NOW = 8_360_000
WHEN = datetime(2026, 11, 27, tzinfo=UTC)
OTHER = replace(Policy(), name="other", min_roi=0.5, confidence=0.9, max_days_to_sell=90)
KEY = "0" * 64


async def main() -> None:
    sizes = [int(size) for size in sys.argv[1:]] or [100_000]
    pairs = markets()
    scalar = scalar_seconds(pairs)
    print(f"{len(pairs)} simulated products; one by one, in hand: {1 / scalar:,.0f} decisions/s")
    with tempfile.TemporaryDirectory() as folder:
        server = await EmbeddedServer.start(Path(folder) / "server")
        try:
            results = [await measure(server, pairs, size) for size in sizes]
        finally:
            await server.stop()
    OUTPUT.parent.mkdir(parents=True, exist_ok=True)
    machine = {"cpus": os.cpu_count(), "python": platform.python_version(), "numpy": np.__version__}
    report = {"machine": machine, "scalar_per_second": 1 / scalar, "sizes": results}
    OUTPUT.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")


def markets() -> list[tuple[Lead, Market]]:
    """Simulated products over the wire, each as a lead at a part of its price."""
    place, dice = Marketplace(seed=3, size=2 * DISTINCT), np.random.default_rng(1)
    found: list[tuple[Lead, Market]] = []
    for asin in place.asins:
        product = place.product(asin, NOW)
        if product is None or len(found) == DISTINCT:
            continue
        body = product_object(place, product, Wanted())
        market = decode_keepa(orjson.dumps(body, option=orjson.OPT_SERIALIZE_NUMPY))[0]
        price = market.now(SeriesKind.NEW)
        cents = round((2_000.0 if np.isnan(price) else price) * dice.uniform(0.1, 0.8))
        found.append((Lead(asin, Money(cents, "USD"), int(dice.integers(1, 30))), market))
    return found


def scalar_seconds(pairs: list[tuple[Lead, Market]]) -> float:
    """Seconds for one decision, history in hand."""
    decide(*pairs[0], OTHER)  # reads the rate cards
    start = time.perf_counter()
    for lead, market in pairs:
        decide(lead, market, OTHER)
    return (time.perf_counter() - start) / len(pairs)


async def measure(
    server: EmbeddedServer, pairs: list[tuple[Lead, Market]], size: int
) -> dict[str, Any]:
    """Fill a database with so many leads and re-decide them."""
    name = f"leads_{size}"
    await ensure_database(server.url_of("postgres"), name)
    address = server.url_of(name)
    await migrate.upgrade(address)
    async with (
        Database(address) as database,
        KeepaClient("http://127.0.0.1:9", KEY) as keepa,
    ):
        services = Services(
            database=database,
            keepa=keepa,
            economy=TokenEconomy(database, key_digest(KEY)),
            clock=SystemClock(),
            data_source="sandbox",
            is_embedded=True,
        )
        await ensure_default_policy(services)
        await save_policy(services, OTHER.name, policy_body(OTHER))
        started = time.perf_counter()
        await fill(database, pairs, size)
        filled = time.perf_counter() - started
        (counted, cpu), tally = await timed(services, as_rows=False)
        (printed, _), _ = await timed(services, as_rows=True)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    verdicts = ", ".join(f"{count:,} {verdict}" for verdict, count in sorted(tally.now.items()))
    print(f"{size:,} leads (filled in {filled:.0f} s): {verdicts}; {tally.anew} worked out anew")
    print(
        f"  verdicts and figures {counted:6.2f} s ({size / counted:,.0f}/s; {cpu:.2f} s of this "
        f"process's time); as JSON lines {printed:6.2f} s; peak memory {peak:,.0f} MB"
    )
    return {
        "leads": size,
        "seconds": counted,
        "process_seconds": cpu,
        "seconds_as_json": printed,
        "peak_megabytes": peak,
        "worked_out_anew": tally.anew,
    }


async def timed(services: Services, *, as_rows: bool) -> tuple[tuple[float, float], Tally]:
    """Seconds to re-decide everything, database reads included, and this process's part of them."""
    tally, start, busy = Tally(), time.perf_counter(), time.process_time()
    async for some in redecide(services, OTHER.name, tally):
        if as_rows:
            for row in some.rows():
                orjson.dumps(row)
    return (time.perf_counter() - start, time.process_time() - busy), tally


async def fill(database: Database, pairs: list[tuple[Lead, Market]], size: int) -> None:
    """Leads on products of their own, with assessments like those of the simulated ones."""
    decisions = [(lead, decide(lead, market)) for lead, market in pairs]
    base = read_assessments([assess(decision.study, lead) for lead, decision in decisions])
    verdicts = [str(decision.verdict) for _, decision in decisions]
    run_id, dice = uuid4(), np.random.default_rng(2)
    async with database.of(None).begin() as session:
        raw = await (await session.connection()).get_raw_connection()
        driver: Any = raw.driver_connection
        await driver.execute(
            "INSERT INTO runs (organization_id, id, kind, state, is_sandbox, source, marketplace, "
            "policy_name, policy, params, created_at) VALUES (1, $1, 'scan', 'succeeded', true, "
            "'benchmark', 'US', 'default', $2, '{}', $3)",
            run_id,
            json.dumps(policy_body(Policy())),
            WHEN,
        )
        for first in range(1, size + 1, BLOCK):
            numbers = range(first, min(first + BLOCK, size + 1))
            kind = np.array(numbers) % len(base)
            rows = base[kind].copy()
            rows["unit_cost"] = np.rint(rows["unit_cost"] * dice.uniform(0.5, 1.5, len(rows)))
            rows["nets"] = np.rint(rows["nets"] * dice.uniform(0.8, 1.25, (len(rows), 1)))
            await copy(driver, numbers, kind.tolist(), verdicts, rows, run_id)
        for table in ("products", "decisions", "run_items", "assessments"):
            await driver.execute(f"ANALYZE {table}")


async def copy(  # noqa: PLR0917  # one column after the other
    driver: Any,  # noqa: ANN401
    numbers: range,
    kind: list[int],
    verdicts: list[str],
    rows: np.ndarray[Any, Any],
    run_id: object,
) -> None:
    """Write a block of leads."""
    tables: dict[str, tuple[tuple[str, ...], Any]] = {
        "products": (
            ("id", "is_sandbox", "marketplace", "asin", "type", "facts", "observed_at",
             "fetched_at", "depth", "digest"),
            ((n, True, "US", f"{n:010d}", "standard", b"", WHEN, WHEN, "history", b"")
             for n in numbers),
        ),
        "run_items": (
            ("organization_id", "run_id", "ordinal", "identifier", "lead", "state"),
            ((1, run_id, n, f"{n:010d}", '{"identifier": "x"}', "done") for n in numbers),
        ),
        "decisions": (
            ("organization_id", "id", "run_id", "ordinal", "product_id", "is_sandbox",
             "marketplace", "identifier", "identifier_key", "asin", "verdict", "record",
             "decided_at"),
            ((1, n, run_id, n, n, True, "US", f"{n:010d}", f"{n:010d}", f"{n:010d}", verdicts[k],
              "{}", WHEN) for n, k in zip(numbers, kind, strict=True)),
        ),
        "assessments": (
            ("organization_id", "decision_id", "assessed_at", "data"),
            ((1, n, WHEN, VERSION + row.tobytes()) for n, row in zip(numbers, rows, strict=True)),
        ),
    }  # fmt: skip
    for table, (columns, records) in tables.items():
        await driver.copy_records_to_table(table, columns=columns, records=records)


if __name__ == "__main__":
    asyncio.run(main())
