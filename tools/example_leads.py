"""Write examples/leads.csv: leads for the built-in sandbox, as suppliers' lists really look.

Run by ``make example``. Costs are chosen around each product's max cost, so that every verdict is
reached; identifiers are of every kind, some are damaged as spreadsheets damage them, and some rows
are broken on purpose.
"""

from __future__ import annotations

import asyncio
import csv
import random
from collections.abc import Iterator
from pathlib import Path

import httpx2

from arbitragevault.adapters.keepa.client import KeepaClient
from arbitragevault.adapters.keepa.requests import ProductRequest
from arbitragevault.bootstrap import SANDBOX_KEY, SANDBOX_URL
from arbitragevault.domain.catalog.identifiers_codes import is_valid_isbn10, isbn10_to_13
from arbitragevault.domain.catalog.marketplace import US
from arbitragevault.domain.catalog.product import Product
from arbitragevault.domain.decision.decide import Verdict, decide
from arbitragevault.domain.decision.lead import Lead
from arbitragevault.domain.market.market import Market, SeriesKind
from arbitragevault.domain.money import Money
from arbitragevault.sandbox.server import create_sandbox, simulated

TARGET = Path(__file__).resolve().parent.parent / "examples" / "leads.csv"
HEADER = ("identifier", "cost", "quantity", "condition", "supplier", "url", "notes", "shelf")
GOOD_ROWS = 236
CANDIDATES = 1_500
COST_LEVELS = (0.35, 0.55, 0.75, 0.9, 0.97, 1.05, 1.3, 2.0)
"""Costs as parts of the max cost; for products without one, of the New price."""

SUPPLIERS = ("Harbour Books", "Cedar Street Thrift", "Northgate Closeouts", "Estate sale 14", "")
CONDITIONS = ("", "", "", "New", "Used - Very Good", "used good", "VG", "Like New", "Acceptable")
BROKEN = (
    ("9780306406158", "4.50", "1", "", "Harbour Books", "", "check digit is wrong", ""),
    ("not an identifier", "3.00", "1", "", "Cedar Street Thrift", "", "", ""),
    ("", "7.25", "2", "New", "Northgate Closeouts", "", "identifier is missing", ""),
    ("9.78067E+12", "5.00", "1", "", "Harbour Books", "", "digits lost in a spreadsheet", ""),
    ("B0SB1234567", "2.00", "1", "", "", "", "eleven characters", ""),
    ("https://a.co/d/abc123", "6.00", "1", "", "", "", "short link", ""),
    ("6688850338", "twelve", "1", "", "Harbour Books", "", "cost is a word", ""),
    ("6688850338", "-3.00", "1", "", "Harbour Books", "", "cost is negative", ""),
    ("6688850338", "4.00", "0", "", "Harbour Books", "", "no units", ""),
    ("6688850338", "4.00", "1", "mint-ish", "Harbour Books", "", "condition is unknown", ""),
    ("6688850338", "€4,00", "1", "", "Harbour Books", "", "wrong currency", ""),
    ("https://www.amazon.de/dp/6688850338", "4.00", "1", "", "", "", "another marketplace", ""),
)


async def markets() -> list[Market]:
    """The first products of the built-in sandbox, as Keepa would show them."""
    source = simulated()
    asins = source.marketplace.asins[:CANDIDATES]
    transport = httpx2.ASGITransport(app=create_sandbox(source))
    found: list[Market] = []
    async with KeepaClient(SANDBOX_URL, SANDBOX_KEY, transport=transport) as keepa:
        for request in ProductRequest.for_asins(asins, US.keepa_domain):
            found += (await keepa.products(request)).markets
    return found


def written(product: Product, choice: random.Random) -> str:
    """The product's identifier in one of the ways in which people write it."""
    asin = product.asin
    ways = [asin, asin, US.product_url(asin), f"{US.product_url(asin)}?ref=sr_1_1&keywords=x"]
    if is_valid_isbn10(asin):
        ean = isbn10_to_13(asin)
        ways += [ean, ean, ean, f"{ean[:3]}-{ean[3:]}", f"ISBN {asin}", f"{ean}.0", asin.lower()]
    ways += [code for code in product.eans for _ in range(2)]
    for upc in product.upcs:
        # A spreadsheet reads a UPC as a number and drops the zero in front.
        ways += [upc, upc, upc.lstrip("0")]
    return choice.choice(ways)


def rows() -> Iterator[tuple[str, ...]]:
    """Good rows with the broken ones strewn among them."""
    choice = random.Random(20261122)  # noqa: S311  # an example that can be made again
    pool = asyncio.run(markets())
    good_buys = [market for market in pool if is_promising(market)]
    others = [market for market in pool if market not in good_buys]
    chosen = good_buys[: GOOD_ROWS * 2 // 3]
    chosen += others[: GOOD_ROWS - len(chosen)]
    choice.shuffle(chosen)
    good = [row(market, choice) for market in chosen]
    good += good[7:10]  # the same lead twice, as lists have it
    for place, broken in enumerate(BROKEN):
        good.insert(11 + place * 17, broken)
    yield from good


def is_promising(market: Market) -> bool:
    """Whether a price exists at which the product would be worth a look."""
    best = decide(Lead(market.product.asin), market).study.max_cost_cents
    if not best:
        return False
    lead = Lead(market.product.asin, unit_cost=Money(best // 2, US.currency))
    return decide(lead, market).verdict in {Verdict.BUY, Verdict.REVIEW}


def row(market: Market, choice: random.Random) -> tuple[str, ...]:
    """One lead on a product."""
    best = decide(Lead(market.product.asin), market).study.max_cost_cents
    price = market.now(SeriesKind.NEW)
    base = best or (price if price > 0 else 1_000)
    cents = max(50, round(base * choice.choice(COST_LEVELS) / 5) * 5 - choice.choice((0, 1)))
    cost = str(Money(cents, US.currency).decimal()) if choice.random() > 0.04 else ""
    return (
        written(market.product, choice),
        f"${cost}" if cost and choice.random() < 0.15 else cost,
        choice.choice(("1", "1", "1", "2", "3", "6", "12", "")),
        choice.choice(CONDITIONS),
        choice.choice(SUPPLIERS),
        "",
        choice.choice(("", "", "", "", "dust jacket worn", "sealed", "check edition")),
        f"{choice.choice('ABCD')}{choice.randint(1, 24)}",
    )


def main() -> None:
    """Write the file."""
    TARGET.parent.mkdir(exist_ok=True)
    with TARGET.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(HEADER)
        writer.writerows(rows())


if __name__ == "__main__":
    main()
