"""Bytes per point and speed of the history codec on the recorded Keepa answers.

Run: ``uv run python benchmarks/codec.py [--recordings DIR] [--json FILE]``. Points are those of all
series, shipping and Buy Box holders included; the baseline is the same series as compact JSON
arrays of minutes and values, plain and packed by zstd.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import msgspec
import zstandard

from arbitragevault.adapters.keepa.wire import decode_keepa
from arbitragevault.adapters.postgres.histories import Histories, decode, encode
from arbitragevault.domain.errors import ArbitrageVaultError
from arbitragevault.domain.market.market import Market

RECORDINGS = Path(__file__).parents[2] / "shared" / "recordings"
ROW_OVERHEAD_BYTES = 24 + 4 + 8 + 2 + 4 * 3 + 2 + 17 + 8 + 16
"""A row of history_segments beside its data: tuple header, line pointer, key and other columns,
digest, length word and alignment, and its entry in the primary key's index."""
REPEATS = 5


@dataclass(frozen=True)
class Measured:
    """One product; bytes per point include each row's overhead in the table."""

    asin: str
    points: int
    segments: int
    bytes_per_point: float
    json_bytes_per_point: float
    json_zstd_bytes_per_point: float
    encode_ms: float
    decode_ms: float


def recorded(folder: Path) -> Iterator[Market]:
    """Every recorded market that has a history."""
    for path in sorted(folder.rglob("*.json")):
        try:
            markets = decode_keepa(path.read_bytes())
        except ArbitrageVaultError:
            continue
        yield from (market for market in markets if market.history)


def measure(market: Market) -> Measured:
    """Encode and decode one market's histories; the best of a few times."""
    histories = Histories.of(market)
    encode_ms = decode_ms = float("inf")
    for _ in range(REPEATS):
        begin = time.perf_counter()
        segments, empty = encode(histories)
        middle = time.perf_counter()
        back = decode([segment.blob.data for segment in segments], empty)
        end = time.perf_counter()
        assert back == histories
        encode_ms = min(encode_ms, 1_000 * (middle - begin))
        decode_ms = min(decode_ms, 1_000 * (end - middle))
    points = sum(segment.points for segment in segments)
    stored = sum(len(segment.blob.data) + ROW_OVERHEAD_BYTES for segment in segments)
    plain = as_json(histories)
    return Measured(
        asin=market.product.asin,
        points=points,
        segments=len(segments),
        bytes_per_point=stored / points,
        json_bytes_per_point=len(plain) / points,
        json_zstd_bytes_per_point=len(zstandard.ZstdCompressor(level=3).compress(plain)) / points,
        encode_ms=encode_ms,
        decode_ms=decode_ms,
    )


def as_json(histories: Histories) -> bytes:
    """The same series as compact JSON."""
    return msgspec.json.encode(
        {
            f"{group}:{key}": [
                series.minutes.tolist(),
                [None if value != value else int(value) for value in series.values.tolist()],  # noqa: PLR0124
            ]
            for group, of_group in (
                ("history", histories.history),
                ("shipping", histories.shipping),
                ("ranks", histories.category_ranks),
            )
            for key, series in of_group.items()
        }
        | {"sellers": histories.buy_box_sellers and list(histories.buy_box_sellers.sellers)}
    )


def main() -> None:
    """Measure every recording, print a table, write JSON if asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--recordings", type=Path, default=RECORDINGS)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    rows = [measure(market) for market in recorded(arguments.recordings)]
    if not rows:
        raise SystemExit(f"No recorded histories below {arguments.recordings}.")
    heads = ("points", "rows", "B/pt", "JSON", "+zstd", "enc ms", "dec ms")
    print(f"{'ASIN':12}" + "".join(f"{head:>8}" for head in heads))
    for row in rows:
        print(
            f"{row.asin:12}{row.points:8}{row.segments:8}{row.bytes_per_point:8.2f}"
            f"{row.json_bytes_per_point:8.2f}{row.json_zstd_bytes_per_point:8.2f}"
            f"{row.encode_ms:8.2f}{row.decode_ms:8.2f}"
        )
    points = sum(row.points for row in rows)
    total = {
        "products": len(rows),
        "points": points,
        "bytes_per_point": sum(row.bytes_per_point * row.points for row in rows) / points,
        "json_bytes_per_point": sum(r.json_bytes_per_point * r.points for r in rows) / points,
        "encode_points_per_second": 1_000 * points / sum(row.encode_ms for row in rows),
        "decode_points_per_second": 1_000 * points / sum(row.decode_ms for row in rows),
    }
    print(", ".join(f"{name} {value:,.2f}" for name, value in total.items()))
    if arguments.json:
        report = {"total": total, "products": [asdict(row) for row in rows]}
        arguments.json.write_text(json.dumps(report, indent=2) + "\n")


if __name__ == "__main__":
    main()
