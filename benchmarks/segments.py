"""By what a product's history is cut into rows: bytes, rows, what a refresh rewrites, read time.

    uv run python benchmarks/segments.py [../shared/recordings]

Every recorded history is packed in four ways with the codec that is in use: one row for the
product, for each calendar year (as stored), for each series, for each series and year. A
row costs ``ROW`` bytes besides its data (tuple header, key, times, digest, index entry). A refresh
adds points at the end: it rewrites every row that holds a point of the last 30 days.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Hashable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from codec import recorded

from arbitragevault.adapters.postgres.codec import Track, pack_tracks, unpack_tracks
from arbitragevault.adapters.postgres.histories import Histories, decode, encode
from arbitragevault.domain.market.market import Market

ROOT = Path(__file__).parents[1]
RECORDINGS = ROOT.parent / "shared" / "recordings"
OUTPUT = ROOT / "artifacts" / "benchmarks" / "segments.json"
ROW = 104
MONTH = 30 * 1_440
Cut = Callable[[int, Track], Hashable]
CUTS: dict[str, Cut] = {
    "product": lambda _year, _track: 0,
    "product, year (in use)": lambda year, _track: year,
    "series": lambda _year, track: track[:2],
    "series, year": lambda year, track: (year, *track[:2]),
}


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else RECORDINGS
    products = [list(tracks_of(market)) for market in recorded(folder)]
    points = sum(track.minutes.size for parts in products for _, track in parts)
    print(f"{len(products)} recorded histories, {points:,} points")
    print(f"{'row for each':<24}{'B/pt':>7}{'rows':>7}{'refresh writes':>16}{'read ms':>9}")
    result: dict[str, Any] = {}
    for name, cut in CUTS.items():
        found = [measure(parts, cut) for parts in products]
        stored, rows, rewritten, seconds = np.sum(found, axis=0)
        print(
            f"{name:<24}{stored / points:>7.2f}{rows / len(found):>7.1f}"
            f"{rewritten / stored:>16.0%}{1e3 * seconds / len(found):>9.2f}"
        )
        result[name] = {
            "bytes_per_point": stored / points,
            "rows_per_product": rows / len(found),
            "rewritten_share": rewritten / stored,
            "read_ms": 1e3 * seconds / len(found),
        }
    OUTPUT.parent.mkdir(parents=True, exist_ok=True)
    OUTPUT.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


def tracks_of(market: Market) -> Iterator[tuple[int, Track]]:
    """The series of a market, cut into years."""
    segments, _ = encode(Histories.of(market))
    decode([segment.blob.data for segment in segments])
    for segment in segments:
        for track in unpack_tracks(segment.blob.data)[0]:
            yield segment.year, track


def measure(parts: list[tuple[int, Track]], cut: Cut) -> tuple[int, int, int, float]:
    """Bytes, rows, bytes of the rows that a refresh rewrites, and seconds to read them all."""
    rows: dict[Hashable, list[Track]] = {}
    for year, track in parts:
        rows.setdefault(cut(year, track), []).append(track)
    newest = max(int(track.minutes[-1]) for _, track in parts)
    blobs = {key: pack_tracks(tracks).data for key, tracks in rows.items()}
    sizes = {key: len(data) + ROW for key, data in blobs.items()}
    changed = [
        key
        for key, tracks in rows.items()
        if max(int(track.minutes[-1]) for track in tracks) > newest - MONTH
    ]
    best = float("inf")
    for _ in range(5):
        began = time.perf_counter()
        for data in blobs.values():
            unpack_tracks(data)
        best = min(best, time.perf_counter() - began)
    return sum(sizes.values()), len(rows), sum(sizes[key] for key in changed), best


if __name__ == "__main__":
    main()
