"""Keepa's own fees beside ours: the share that is equal to the cent, and the cause of each other.

Run it with ``uv run python benchmarks/keepa_fees.py [FOLDER]``, where the folder holds recorded
Keepa answers at any depth (``../shared/recordings`` unless given) and beside it the fee reference
(``../reference/fees/examples_keepa.yaml``). It prints tables and writes JSON beside the other
results in ``artifacts/benchmarks``.

Nothing that a row says about packaging or batteries is believed beforehand: ours is computed from
catalogue data, and such facts may only explain a difference.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import numpy as np
import yaml

from arbitragevault.adapters.keepa.wire import decode_keepa
from arbitragevault.domain.catalog.marketplace import US
from arbitragevault.domain.catalog.product import Category, Channel, PackageSize, Product
from arbitragevault.domain.decision.profit_distribution import fulfilment_seen_by_keepa
from arbitragevault.domain.economics.fees.engine import (
    FeeAssumptions,
    FeeCode,
    FulfilmentObservation,
    calibrate,
    fees,
    proceeds_curve,
)
from arbitragevault.domain.economics.fees.referral_check import check_referral
from arbitragevault.domain.errors import PayloadError
from arbitragevault.domain.market.market import Market, SeriesKind
from arbitragevault.domain.money import Money

ROOT = Path(__file__).parents[1]
OUTPUT = ROOT / "artifacts" / "benchmarks" / "keepa_fees.json"
NO_DAY = date(2024, 7, 10)
"""The day of the export that rows without a day of their own come from."""


@dataclass(frozen=True, slots=True)
class Row:
    """One fee of one product: theirs, ours, and why they differ."""

    source: str
    asin: str
    fee: str
    on: str
    theirs: float
    ours: float | None
    cause: str

    @property
    def is_equal(self) -> bool:
        return self.theirs == self.ours


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT.parent / "shared" / "recordings"
    rows = [*of_recordings(folder)]
    reference = folder.parent / "reference" / "fees" / "examples_keepa.yaml"
    if reference.exists():
        rows += of_reference(reference)
    for source in dict.fromkeys(row.source for row in rows):
        for fee in ("fulfilment", "referral", "closing"):
            show([row for row in rows if (row.source, row.fee) == (source, fee)])
    OUTPUT.parent.mkdir(parents=True, exist_ok=True)
    OUTPUT.write_text(json.dumps([asdict(row) for row in rows], indent=1) + "\n", encoding="utf-8")


def show(rows: list[Row]) -> None:
    """Print one comparison: the share, the causes, and every row that differs."""
    known = [row for row in rows if row.ours is not None]
    if not rows:
        return
    equal = sum(row.is_equal for row in known)
    print(f"\n{rows[0].source}, {rows[0].fee}: {equal} of {len(known)} equal to the cent", end="")
    print(f" ({equal / max(1, len(known)):.1%}); {len(rows) - len(known)} unknown")
    for cause, count in Counter(row.cause for row in rows if not row.is_equal).most_common():
        print(f"  {count:>4}  {cause}")
    for row in rows:
        if not row.is_equal:
            ours = "unknown" if row.ours is None else f"{row.ours:g}"
            print(f"        {row.asin} {row.on}: Keepa {row.theirs:g}, ours {ours} | {row.cause}")


def of_recordings(folder: Path) -> Iterator[Row]:
    """Every fee in recorded products."""
    for path in sorted(folder.rglob("*.json")):
        try:
            markets = decode_keepa(path.read_bytes())
        except PayloadError:
            continue
        for market in markets:
            yield from of_market(market)


def of_market(market: Market) -> Iterator[Row]:
    """The fees that Keepa shows for one product."""
    asin, on = market.product.asin, market.observed_at.date()
    seen = fulfilment_seen_by_keepa(market)
    if seen is not None:
        if seen.price_cents is None:
            seen = replace(seen, price_cents=next(iter(prices_of(market)), None))
        yield fulfilment("recordings", market.product, seen, FeeAssumptions())
    percent = market.fees.referral_percent
    if percent is not None:
        yield referral("recordings", market.product, percent, prices_of(market), on)
    if market.fees.closing_cents is not None:
        curve = proceeds_curve(market.product, on, Channel.FBM)
        line = next((line for line in curve.fixed if line.code is FeeCode.CLOSING), None)
        cents = line.amount_cents if line else 0
        theirs = market.fees.closing_cents
        cause = "" if cents == theirs else "unexplained"
        yield Row("recordings", asin, "closing", on.isoformat(), theirs, cents, cause)


def prices_of(market: Market) -> list[int]:
    """What the product cost last, new before used; Keepa does not say which price it took."""
    kinds = (
        SeriesKind.BUY_BOX,
        SeriesKind.NEW,
        SeriesKind.AMAZON,
        SeriesKind.NEW_FBA,
        SeriesKind.NEW_FBM,
        SeriesKind.BUY_BOX_USED,
        SeriesKind.USED,
    )
    known = (market.series(kind).values for kind in kinds)
    last = (values[~np.isnan(values)] for values in known)
    return [int(values[-1]) for values in last if values.size]


def of_reference(path: Path) -> Iterator[Row]:
    """The rows of the fee reference that hold a fee."""
    for row in yaml.safe_load(path.read_text(encoding="utf-8"))["samples"]:
        if row.get("skip") or not row.get("package_g"):
            continue
        sides = row.get("package_mm")
        is_book = row.get("category") == "books"
        product = Product(
            US,
            row["asin"],
            root_category=Category(283155, "Books") if is_book else None,
            package=PackageSize(
                tuple(sorted(sides, reverse=True)) if sides else None, row["package_g"]
            ),
        )
        price = None if row.get("price") is None else cents_of(row["price"])
        on = date.fromisoformat(row.get("date", NO_DAY.isoformat()))
        seen = FulfilmentObservation(cents_of(row["fba_fee"]), on, price or 2000)
        given = FeeAssumptions(
            fee_category="books" if is_book else "home_kitchen",
            size_tier=None if sides else row.get("tier"),
        )
        source = "reference rows with sides" if sides else "reference rows with a weight alone"
        yield fulfilment(source, product, seen, given)


def fulfilment(
    source: str, product: Product, seen: FulfilmentObservation, given: FeeAssumptions
) -> Row:
    """Keepa's fulfilment fee beside ours for its own day and price."""
    found = calibrate(product, seen, given, is_thorough=True)
    cause = found.causes[0] if found.causes else "unexplained"
    if not found.causes and is_estimated(product, seen, given):
        cause = "the package is not known, and the bare book was measured instead"
    if found.ours_cents is None:
        curve = proceeds_curve(product, seen.on, Channel.FBA, given)
        cause = "; ".join(line.unknown_reason or "" for s in curve.steps for line in s.lines[:1])
        if seen.price_cents is None:
            cause = "no price on Keepa's day, and the price bands differ"
    equal = found.ours_cents == seen.cents
    return Row(
        source,
        product.asin,
        "fulfilment",
        seen.on.isoformat(),
        seen.cents,
        found.ours_cents,
        "" if equal else cause,
    )


def is_estimated(product: Product, seen: FulfilmentObservation, given: FeeAssumptions) -> bool:
    """Do the measures of the bare item stand in for those of its package?"""
    line = fees(product, Money(2000, "USD"), seen.on, Channel.FBA, given).line(FeeCode.FULFILMENT)
    return line is not None and line.inputs.get("measures") == "item"


def referral(source: str, product: Product, percent: float, prices: list[int], on: date) -> Row:
    """Keepa's referral percentage beside ours at the product's last prices."""
    checks = [check_referral(product, percent, price, on) for price in prices if price > 0]
    best = next((check for check in checks if check.agrees), checks[0] if checks else None)
    if best is None or best.ours_cents is None:
        cause = "no price is known" if best is None else "fee category not known"
        return Row(source, product.asin, "referral", on.isoformat(), percent, None, cause)
    ours = percent if best.agrees else round(100 * best.ours_cents / best.price_cents, 2)
    cause = ""
    if not best.agrees:
        cause = f"charged as {', '.join(best.categories[:3])}" if best.categories else "other price"
    return Row(source, product.asin, "referral", on.isoformat(), percent, ours, cause)


def cents_of(value: object) -> int:
    """An amount in major units as written, in cents."""
    return int((Decimal(str(value)) * 100).to_integral_exact())


if __name__ == "__main__":
    main()
