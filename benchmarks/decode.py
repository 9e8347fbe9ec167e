"""How fast a Keepa answer becomes a market, counted from its bytes, beside what others take.

    uv run python benchmarks/decode.py [../shared/recordings] [--json FILE]

Columns, per recorded product, best of many rounds, in milliseconds:

* ``ours``: ``decode_keepa`` (offers are checked; their objects are made when looked at)
* ``+offers``: the same, and every offer looked at
* ``orjson``: ``orjson.loads`` alone, which gives lists of Python integers and nothing more
* ``json``: ``json.loads`` alone, the decoder that the ``keepa`` package uses
* ``keepa``: the path of the ``keepa`` package: ``json.loads`` and its ``parse_csv``, with the csv
  padded to 36 slots, without which it fails on answers of 2025. Only where it is installed.

Promise: at least five times as fast as ``keepa``, and no slower than ``orjson``, over the sum.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import platform
import random
import time
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import orjson

from arbitragevault.adapters.keepa import schema
from arbitragevault.adapters.keepa.wire import decode_keepa
from arbitragevault.domain.errors import PayloadError

RECORDINGS = Path(__file__).parents[2] / "shared" / "recordings"
ROUNDS = 25

Work = Callable[[bytes], object]


def with_offers(raw: bytes) -> object:
    """Decode and look at every offer."""
    return [list(market.offers or ()) for market in decode_keepa(raw)]


def keepa_path() -> Work | None:
    """What the ``keepa`` package does with an answer; None if it is not installed."""
    try:
        parse_csv: Any = importlib.import_module("keepa").parse_csv
    except ImportError:
        return None

    def parse(raw: bytes) -> object:
        document = json.loads(raw)
        products = document.get("products") or [document]
        for product in products:
            csv = product["csv"] or []
            product["data"] = parse_csv(csv + [None] * (schema.SLOT_COUNT_2026 - len(csv)))
        return products

    return parse


def samples(folder: Path) -> dict[str, bytes]:
    """Every recording that holds a product with a history."""
    found = {}
    for path in sorted(folder.rglob("*.json")):
        raw = path.read_bytes()
        try:
            markets = decode_keepa(raw)
        except PayloadError:
            continue
        if any(market.history for market in markets):
            found[path.stem] = raw
    return found


def best_times(works: dict[str, Work], raws: dict[str, bytes]) -> dict[str, dict[str, float]]:
    """Best time in milliseconds of each way for each sample.

    The ways take turns in an order that changes at random: whoever follows the slowest finds the
    caches cold.
    """
    shuffle = random.Random(0).shuffle  # noqa: S311 - an order is no secret
    best = {name: dict.fromkeys(works, float("inf")) for name in raws}
    turns = list(works.items())
    for _ in range(ROUNDS):
        for name, raw in raws.items():
            shuffle(turns)
            for way, work in turns:
                began = time.perf_counter()
                work(raw)
                took = (time.perf_counter() - began) * 1_000
                best[name][way] = min(best[name][way], took)
    return best


def installed(package: str) -> str | None:
    """The version of a package."""
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def show(
    best: dict[str, dict[str, float]], raws: dict[str, bytes], total: dict[str, float]
) -> None:
    """Print the table and the ratios."""
    ways = list(total)
    print(f"{'recording':34} {'KB':>6} " + " ".join(f"{way:>8}" for way in ways))
    for name, times in best.items():
        row = " ".join(f"{times[way]:8.3f}" for way in ways)
        print(f"{name[:34]:34} {len(raws[name]) / 1_000:6.0f} {row}")
    print(f"{'sum':34} {sum(map(len, raws.values())) / 1_000:6.0f} ", end="")
    print(" ".join(f"{total[way]:8.2f}" for way in ways))
    print("\nour time as a share of others', over the sum:")
    for way in ways[2:]:
        share = total["ours"] / total[way]
        print(f"  {way:8} {share:5.2f}  (we are {1 / share:4.1f} times as fast)")
    if "keepa" not in total:
        print("  keepa    not installed; its path takes at least as long as json")


def main() -> None:
    """Measure, print, and write the figures where asked."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("recordings", nargs="?", type=Path, default=RECORDINGS)
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    options = parser.parse_args()
    raws = samples(options.recordings)
    if not raws:
        print(f"No recordings in {options.recordings}; nothing to measure.")
        return
    works: dict[str, Work] = {
        "ours": decode_keepa,
        "+offers": with_offers,
        "orjson": orjson.loads,
        "json": json.loads,
    }
    peer = keepa_path()
    if peer is not None:
        works["keepa"] = peer
    best = best_times(works, raws)
    total = {way: sum(times[way] for times in best.values()) for way in works}
    show(best, raws, total)
    if options.json:
        figures = {
            "benchmark": "decode",
            "machine": platform.platform(),
            "cpus": os.cpu_count(),
            "python": platform.python_version(),
            "versions": {name: installed(name) for name in ("pysimdjson", "orjson", "keepa")},
            "rounds": ROUNDS,
            "recordings": len(raws),
            "bytes": sum(map(len, raws.values())),
            "best_ms": best,
            "total_ms": total,
        }
        options.json.write_text(json.dumps(figures, indent=2))


if __name__ == "__main__":
    main()
