"""How fast one decision is with history in hand, and the whole way from bytes to its record.

    uv run python benchmarks/decide.py [../shared/recordings]

Every recorded product is decided many times, New and Used; the table has the median over products
and the slowest one, for the parts and for the whole, in processor time. A decision has its figures,
criteria and reasons; what a reader opens (evidence, fee lines, what would make it a buy) is worked
out with the record, so both are printed. Promise: at most 1 ms to decide, and at least 500 products
per second from bytes to decision for median recordings.
"""

from __future__ import annotations

import json
import os
import platform
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from arbitragevault.adapters.keepa.wire import decode_keepa
from arbitragevault.domain.catalog.product import Channel, Condition
from arbitragevault.domain.decision.decide import decide
from arbitragevault.domain.decision.lead import Lead
from arbitragevault.domain.decision.policy import Policy
from arbitragevault.domain.decision.record import decision_record
from arbitragevault.domain.errors import PayloadError
from arbitragevault.domain.market.competition import study_competition
from arbitragevault.domain.market.demand import estimate_demand
from arbitragevault.domain.market.market import Market
from arbitragevault.domain.market.resale import forecast_resale
from arbitragevault.domain.money import Money

ROOT = Path(__file__).parents[1]
RECORDINGS = ROOT.parent / "shared" / "recordings"
OUTPUT = ROOT / "artifacts" / "benchmarks" / "decide.json"
CALLS = 10
ROUNDS = 7
POLICY = Policy()


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else RECORDINGS
    recorded = dict(load(folder))
    assert recorded, f"no recorded products in {folder}"
    rows: dict[str, list[float]] = {}
    clocks = [additions()]
    for raw, market in recorded.items():
        for condition in (Condition.NEW, Condition.GOOD):
            for name, work in parts(raw, market, condition).items():
                rows.setdefault(name, []).append(seconds(work))
        clocks.append(additions())
    clock, busy = statistics.median(clocks), os.getloadavg()[0]
    print(f"{len(recorded)} recorded products, New and Used; fastest of {ROUNDS} rounds")
    print(f"load average {busy:.1f} on {os.cpu_count()} CPUs; {clock:.0f} ms a million additions")
    print(f"{'part':<34}{'median ms':>12}{'slowest ms':>12}")
    for name, times in rows.items():
        print(f"{name:<34}{1e3 * statistics.median(times):>12.3f}{1e3 * max(times):>12.3f}")
    whole = 1 / statistics.median(rows["bytes to decision"])
    print(f"{whole:,.0f} products per second from bytes to decision at the median")
    OUTPUT.parent.mkdir(parents=True, exist_ok=True)
    machine = {"cpus": os.cpu_count(), "python": platform.python_version(), "numpy": np.__version__}
    medians = {name: statistics.median(times) for name, times in rows.items()}
    slowest = {name: max(times) for name, times in rows.items()}
    result = {
        "machine": machine,
        "products": len(recorded),
        "clock_ms": clock,
        "load_average": busy,
        "median_seconds": medians,
        "slowest_seconds": slowest,
    }
    OUTPUT.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


def load(folder: Path) -> list[tuple[bytes, Market]]:
    """The recorded products that have a history."""
    found = []
    for path in sorted(folder.rglob("*.json")):
        raw = path.read_bytes()
        try:
            markets = decode_keepa(raw)
        except PayloadError:
            continue
        found += [(raw, market) for market in markets if market.history]
    return found


def parts(raw: bytes, market: Market, condition: Condition) -> dict[str, Callable[[], object]]:
    """What is timed."""
    lead = Lead("benchmark", Money(500, "USD"), condition=condition)
    decision = decide(lead, market, POLICY)
    return {
        "resale forecast": lambda: forecast_resale(market, condition, Channel.FBA, (15, 75)),
        "demand": lambda: estimate_demand(market),
        "competition": lambda: study_competition(market, condition, Channel.FBA, 2000.0),
        "decide, all parts": lambda: decide(lead, market, POLICY),
        "record with evidence": lambda: decision_record(decision),
        "decide and record": lambda: decision_record(decide(lead, market, POLICY)),
        "bytes to decision": lambda: decide(lead, decode_keepa(raw)[0], POLICY),
    }


def seconds(work: Callable[[], object]) -> float:
    """Seconds of processor time per call in the fastest round."""
    best = float("inf")
    for _ in range(ROUNDS):
        start = time.process_time()
        for _ in range(CALLS):
            work()
        best = min(best, time.process_time() - start)
    return best / CALLS


def additions() -> float:
    """How fast this machine is now: milliseconds of processor time for a million additions."""
    start, total = time.process_time(), 0
    for one in range(1_000_000):
        total += one
    return 1e3 * (time.process_time() - start)


if __name__ == "__main__":
    main()
