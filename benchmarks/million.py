"""A million products with decisions, in the proportions of the sandbox's marketplace.

Some hundred simulated products are fetched and decided as the program does it. Each of them is then
multiplied: identifiers, titles, suppliers and figures vary, so that every index has as many
different keys as it would have in earnest; everything else is the real record. Rows are written by
COPY, the indexes of lists are made afterwards.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID, uuid5

import httpx2
import numpy as np
import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from arbitragevault.adapters.keepa.client import KeepaClient
from arbitragevault.adapters.keepa.requests import ProductRequest
from arbitragevault.adapters.postgres.engine import Database
from arbitragevault.adapters.postgres.repositories import features
from arbitragevault.adapters.postgres.repositories.run_items import Item
from arbitragevault.adapters.postgres.tables import decisions, product_features, products, runs
from arbitragevault.adapters.postgres.words import key, lexemes
from arbitragevault.application.rows import decided_row
from arbitragevault.domain.decision.decide import decide
from arbitragevault.domain.decision.lead import Lead
from arbitragevault.domain.decision.policy import Policy
from arbitragevault.domain.decision.record import decision_record
from arbitragevault.domain.market.market import Market
from arbitragevault.domain.money import Money
from arbitragevault.sandbox.server import create_sandbox, simulated

START: Final = datetime(2026, 1, 1, tzinfo=UTC)
RUN_SIZES: Final = (300_000, 100_000, 20_000, 5_000)
"""The first runs; the rest is spread over runs of 5,000 rows."""
SUPPLIERS: Final = 400
CHUNK: Final = 20_000
_NAMES: Final = UUID(int=0x6D696C6C696F6E)
_ALPHABET: Final = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"


@dataclass(frozen=True, slots=True)
class Template:
    """A product that was really fetched and decided.

    Args:
        features: Its features as columns.
        row: The decision as scan rows show it, without the evidence.
        evidence: The evidence, which is left out of the copies.
    """

    features: dict[str, Any]
    row: dict[str, Any]
    evidence: Any


async def templates(number: int) -> list[Template]:
    """Simulated products, each decided at a cost that suits some of them."""
    source = simulated(seed=3, size=max(number, 1_000))
    asins = source.marketplace.asins[:number]
    transport = httpx2.ASGITransport(app=create_sandbox(source, refill_per_minute=10**6))
    markets: list[Market] = []
    async with KeepaClient("http://sandbox", "0" * 64, transport=transport) as keepa:
        for first in range(0, number, 100):
            chosen = tuple(asins[first : first + 100])
            answer = await keepa.products(ProductRequest(domain=1, asins=chosen))
            markets += answer.markets
    costs = np.random.default_rng(3).lognormal(6.6, 0.7, len(markets)).astype(int)
    return [_template(market, int(cost)) for market, cost in zip(markets, costs, strict=True)]


def _template(market: Market, cost: int) -> Template:
    asin = market.product.asin
    lead = Lead(asin, Money(cost, "USD"))
    item = Item(1, asin, "asin", asin, None, None, None, None, 1)
    row = decided_row(item, lead, decision_record(decide(lead, market, Policy())), sandbox=True)
    return Template(features.row_of(market), row, row.pop("evidence"))


@dataclass(frozen=True, slots=True)
class _Figures:
    """What varies from row to row, by numpy for a chunk at a time."""

    factor: list[float]
    words: list[str]
    supplier: list[int]


class Million:
    """The rows; the same seed gives the same ones.

    Args:
        made_from: The products that are multiplied.
        rows: How many products, and how many decisions.
    """

    def __init__(self, made_from: Sequence[Template], rows: int) -> None:
        self._made_from = made_from
        self._rows = rows
        self._rng = np.random.default_rng(7)
        titles = (template.row["title"] for template in made_from)
        self._words = sorted({word for title in titles if title for word in title.split()})
        self._json = [orjson.dumps(template.row).decode() for template in made_from]
        sizes = [size for size in RUN_SIZES if size <= rows // 3]
        self.runs = sizes + [5_000] * ((rows - sum(sizes)) // 5_000)

    async def load(self, database: Database) -> dict[str, float]:
        """Write everything, and say how long each part took, in seconds."""
        seconds: dict[str, float] = {}
        indexes = await _drop_indexes(database)
        for table, records, columns in (
            (runs.name, self._runs(), _RUN),
            (products.name, self._products(), _PRODUCT),
            (decisions.name, self._decisions(), _DECISION),
        ):
            began = time.perf_counter()
            await _copy(database, table, records, columns)
            seconds[f"COPY {table}"] = time.perf_counter() - began
        began = time.perf_counter()
        await _merge_features(database, self._features())
        seconds["COPY and merge product_features"] = time.perf_counter() - began
        began = time.perf_counter()
        async with database.of(None).begin() as session:
            await session.execute(text("SET LOCAL maintenance_work_mem = '1GB'"))
            for order in indexes:
                await session.execute(text(order))
        seconds["indexes"] = time.perf_counter() - began
        return seconds

    def _chunks(self) -> Iterator[tuple[int, _Figures]]:
        for first in range(0, self._rows, CHUNK):
            size = min(CHUNK, self._rows - first)
            picked = self._rng.integers(0, len(self._words), (size, 2))
            yield (
                first,
                _Figures(
                    factor=np.exp(self._rng.normal(0, 0.3, size)).round(6).tolist(),
                    words=[f"{self._words[a]} {self._words[b]}" for a, b in picked],
                    # A few suppliers have most of the leads.
                    supplier=(self._rng.pareto(1.0, size) % SUPPLIERS).astype(int).tolist(),
                ),
            )

    def _runs(self) -> Iterator[tuple[Any, ...]]:
        first = 0
        for number, size in enumerate(self.runs):
            verdicts = [self._of(place).row["verdict"] for place in range(first, first + size)]
            counted = [verdicts.count(word) for word in ("buy", "review", "skip", "unknown")]
            begun = START + timedelta(seconds=0.1 * first)
            ended = START + timedelta(seconds=0.1 * (first + size))
            yield (
                *(run_id(number), "scan", "succeeded", True, f"leads {number}.csv", "US"),
                *("default", "{}", "{}", size, size, *counted, begun, begun, ended, 1),
            )
            first += size

    def _products(self) -> Iterator[tuple[Any, ...]]:
        for first, varied in self._chunks():
            for offset, words in enumerate(varied.words):
                place = first + offset
                row = self._of(place)
                title = f"{words} {row.row['title'] or ''}"
                seen = row.features["observed_at"]
                yield (
                    *(place + 1, True, "US", asin(place), "standard", title, b"0"),
                    *(seen, START, "history", b"0"),
                )

    def _decisions(self) -> Iterator[tuple[Any, ...]]:
        bounds = np.cumsum(self.runs).tolist()
        run = 0
        for first, varied in self._chunks():
            for offset, factor in enumerate(varied.factor):
                place = first + offset
                while place >= bounds[run]:
                    run += 1
                start = bounds[run - 1] if run else 0
                what = varied.words[offset], f"Supplier {varied.supplier[offset]}"
                where = place, run_id(run), place - start + 1
                yield self._decision(where, factor, what)

    def _decision(
        self, where: tuple[int, UUID, int], factor: float, what: tuple[str, str]
    ) -> tuple[Any, ...]:
        place, run, ordinal = where
        words, supplier = what
        row = self._of(place).row
        title = f"{words} {row['title'] or ''}"
        code = asin(place)
        record = self._json[place % len(self._made_from)].replace(row["asin"], code)
        return (
            *(place + 1, run, ordinal, place + 1, True, "US"),
            *(code, code.lower(), code, title, key(title), supplier),
            *(row["verdict"], *(_scaled(row[name], factor) for name in ("unit_cost", "max_cost"))),
            *(_scaled(_median(row[name]), factor) for name in ("profit", "resale")),
            *(_times(row["roi"], factor), _times(row["probability_of_profit"], 1 / (1 + factor))),
            *(_times(_median(row["days_to_sell"]), factor), _scaled(row["sales_rank"], factor)),
            *(record, START + timedelta(seconds=0.1 * place)),
        )

    def _features(self) -> Iterator[tuple[Any, ...]]:
        for first, varied in self._chunks():
            for offset, factor in enumerate(varied.factor):
                place = first + offset
                template = self._of(place)
                row = template.features
                title = f"{varied.words[offset]} {template.row['title'] or ''}"
                yield (
                    *(place + 1, True, row["root_category_id"], key(title)),
                    *(_scaled(row[name], factor) for name in ("sales_rank", "sales_rank_90")),
                    *(row["rank_drops_30"], _times(row["sales_per_month"], factor)),
                    *(_scaled(row[name], factor) for name in _PRICES),
                    *(row["offers_new"], row["offers_used"], row["amazon_in_stock"]),
                    *(row["amazon_share_90"], row["observed_at"], row["version"]),
                    " ".join(lexemes(title, asin(place))),
                )

    def _of(self, place: int) -> Template:
        return self._made_from[place % len(self._made_from)]


def run_id(number: int) -> UUID:
    """The id of a run."""
    return uuid5(_NAMES, str(number))


def asin(place: int) -> str:
    """Ten signs, different for every place."""
    # A multiplier without common factor spreads neighbours over the whole range.
    mixed, signs = (place * 2_654_435_761) % 32**9, []
    for _ in range(9):
        mixed, sign = divmod(mixed, 32)
        signs.append(_ALPHABET[sign])
    return "B" + "".join(signs)


_PRICES: Final = ("price_new", "price_new_90", "price_used", "price_used_90")
_RUN: Final = (
    "id",
    "kind",
    "state",
    "is_sandbox",
    "source",
    "marketplace",
    "policy_name",
    "policy",
    "params",
    "total",
    "done",
    "count_buy",
    "count_review",
    "count_skip",
    "count_unknown",
    "created_at",
    "started_at",
    "finished_at",
    "attempt",
)
_PRODUCT: Final = (
    "id",
    "is_sandbox",
    "marketplace",
    "asin",
    "type",
    "title",
    "facts",
    "observed_at",
    "fetched_at",
    "depth",
    "digest",
)
_DECISION: Final = (
    "id",
    "run_id",
    "ordinal",
    "product_id",
    "is_sandbox",
    "marketplace",
    "identifier",
    "identifier_key",
    "asin",
    "title",
    "title_key",
    "supplier",
    "verdict",
    "unit_cost",
    "max_cost",
    "profit_p50",
    "resale_p50",
    "roi",
    "probability_of_profit",
    "days_p50",
    "sales_rank",
    "record",
    "decided_at",
)
_FEATURES: Final = [column.name for column in product_features.c if column.name != "search"]


async def _copy(
    database: Database, table: str, records: Iterable[tuple[Any, ...]], columns: Sequence[str]
) -> None:
    async with database.of(None).begin() as session:
        await _without_checks(session)
        driver = await _driver(session)
        await driver.copy_records_to_table(table, records=records, columns=columns, timeout=7_200)


async def _merge_features(database: Database, records: Iterable[tuple[Any, ...]]) -> None:
    names = ", ".join(_FEATURES)
    async with database.of(None).begin() as session:
        await _without_checks(session)
        await session.execute(
            text(
                f"CREATE TEMP TABLE staged ON COMMIT DROP AS SELECT {names}, "  # noqa: S608
                "''::text AS words "
                "FROM product_features WITH NO DATA"
            )
        )
        driver = await _driver(session)
        columns = [*_FEATURES, "words"]
        await driver.copy_records_to_table(
            "staged", records=records, columns=columns, timeout=7_200
        )
        await session.execute(
            text(
                f"INSERT INTO product_features ({names}, search) SELECT {names}, "  # noqa: S608
                "array_to_tsvector(string_to_array(words, ' ')) FROM staged"
            )
        )


async def _without_checks(session: AsyncSession) -> None:
    """Rows refer to what was written just before: foreign keys need not be looked up one by one."""
    await session.execute(text("SET LOCAL session_replication_role = replica"))
    await session.execute(text("SELECT set_config('app.organization_id', '1', true)"))


async def _driver(session: AsyncSession) -> Any:  # noqa: ANN401 - asyncpg's connection
    return (await (await session.connection()).get_raw_connection()).driver_connection


async def _drop_indexes(database: Database) -> list[str]:
    """Drop the indexes of lists and searches; the orders that make them again."""
    async with database.of(None).begin() as session:
        found = await session.execute(
            text(
                "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' AND "
                "tablename IN ('decisions', 'product_features') AND indexname NOT LIKE 'pk%'"
            )
        )
        orders = []
        for name, order in found:
            await session.execute(text(f"DROP INDEX {name}"))
            orders.append(order)
    return orders


def _median(quantiles: dict[str, Any] | None) -> Any:  # noqa: ANN401 - int or float
    return None if quantiles is None else quantiles["p50"]


def _scaled(value: float | None, factor: float) -> int | None:
    return None if value is None else round(value * factor)


def _times(value: float | None, factor: float) -> float | None:
    return None if value is None else round(value * factor, 4)
