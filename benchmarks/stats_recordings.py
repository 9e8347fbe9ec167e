"""How often our ``stats`` equal Keepa's own, over every recording that holds both.

    uv run python benchmarks/stats_recordings.py [../shared/recordings] [--json]

Each recorded product's ``stats`` is computed anew from its recorded series and compared value by
value, slots without a series left out. Bare product objects do not tell when they were asked for;
the minute of the hour after their last update is taken at which most averages agree.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from arbitragevault.adapters.keepa import schema
from arbitragevault.domain.market.clock import MINUTES_PER_DAY
from arbitragevault.sandbox.stats import Window, series_stats

RECORDINGS = Path(__file__).parents[2] / "shared" / "recordings"
DAYS = (30, 90, 180, 365)
LATEST = 60
AVERAGES = tuple(f"avg{days}" for days in DAYS)
STOCK = tuple(f"outOfStockPercentage{days}" for days in DAYS)
UNAVERAGED = 15

Csv = dict[int, "np.ndarray[Any, np.dtype[np.int64]]"]


@dataclass(frozen=True)
class Recorded:
    """A recorded product with a history and ``stats``; ``asked`` is None where nobody noted it."""

    product: dict[str, Any]
    csv: Csv
    asked: int | None

    @property
    def updated(self) -> int:
        """Market minute of the last update that the answer tells of."""
        return int(max(self.product["lastUpdate"], self.product["stats"]["lastOffersUpdate"]))

    def ours(self, now: int) -> dict[str, Any]:
        """Our ``stats`` as of a market minute."""
        return series_stats(
            self.csv,
            Window(now - 90 * MINUTES_PER_DAY, now),
            now=now,
            tracking_since=self.product["trackingSince"],
            slots=len(self.product["csv"]),
        )

    def averages_matched(self, ours: dict[str, Any]) -> int:
        """How many averages agree."""
        theirs = self.product["stats"]
        same = [ours[name][slot] == theirs[name][slot] for name in AVERAGES for slot in self.csv]
        return same.count(True)


def main() -> None:
    arguments = [one for one in sys.argv[1:] if one != "--json"]
    folder = Path(arguments[0]) if arguments else RECORDINGS
    found = measure(folder)
    if "--json" in sys.argv:
        print(json.dumps(found))
        return
    print(f"{found['products']} recorded products with a history and stats")
    for name, rate in found["rates"].items():
        share = 100 * rate["matched"] / rate["compared"]
        print(f"{name:<24}{rate['matched']:>6} of {rate['compared']:>6}{share:>9.2f} %")
    drops = found["rank_drops"]
    print(f"{'rank drops':<24}{drops['off_by']:>6} off in {drops['counted']:,} counted")


def measure(folder: Path) -> dict[str, Any]:
    """Matches and comparisons by kind of figure, over all recordings in a folder."""
    matched: Counter[str] = Counter()
    compared: Counter[str] = Counter()
    off_by = counted = products = 0
    for one in recorded(folder):
        products += 1
        ours, theirs = best_guess(one), one.product["stats"]
        for name, is_same in comparisons(one, ours):
            compared[name] += 1
            matched[name] += is_same
        for days in DAYS:
            name = f"salesRankDrops{days}"
            compared[name] += 1
            matched[name] += ours[name] == theirs[name]
            off_by += abs(ours[name] - theirs[name])
            counted += max(0, theirs[name])
    return {
        "products": products,
        "rates": {
            name: {"matched": matched[name], "compared": count} for name, count in compared.items()
        },
        "rank_drops": {"off_by": off_by, "counted": counted},
    }


def recorded(folder: Path) -> Iterator[Recorded]:
    """Every recorded product that holds both a history and ``stats``."""
    for path in sorted(folder.rglob("*.json")):
        if path.parent.name not in ("products", "responses"):
            continue
        answer = json.loads(path.read_bytes())
        asked = answer.get("timestamp")
        minute = None if asked is None else schema.minute_of_unix_ms(asked)
        for product in answer.get("products", [answer]):
            if product.get("stats") and product.get("csv"):
                csv = {slot: np.array(flat) for slot, flat in enumerate(product["csv"]) if flat}
                yield Recorded(product, csv, minute)


def best_guess(one: Recorded) -> dict[str, Any]:
    """Our ``stats`` as of the request, or of the minute at which most averages agree."""
    minutes = [one.asked] if one.asked is not None else range(one.updated, one.updated + LATEST + 1)
    return max((one.ours(now) for now in minutes), key=one.averages_matched)


def comparisons(one: Recorded, ours: dict[str, Any]) -> Iterator[tuple[str, bool]]:
    """Kinds of figures and whether they agree, slot by slot."""
    theirs = one.product["stats"]
    for slot in one.csv:
        for name in ("current", "min", "max", "isLowest", "isLowest90"):
            if slot != UNAVERAGED or name == "current":
                yield name, ours[name][slot] == theirs[name][slot]
        if slot != UNAVERAGED:
            for name in AVERAGES:
                yield "average", ours[name][slot] == theirs[name][slot]
                yield "average within 1", abs(ours[name][slot] - theirs[name][slot]) <= 1
        for name in STOCK:
            if name in theirs:
                yield "outOfStockPercentage", ours[name][slot] == theirs[name][slot]
    yield "totalOfferCount", ours["totalOfferCount"] == theirs["totalOfferCount"]
    for days in (30, 90):
        name = f"outOfStockCountAmazon{days}"
        if theirs.get(name) is not None:
            yield "outOfStockCountAmazon", ours[name] == theirs[name]


if __name__ == "__main__":
    main()
