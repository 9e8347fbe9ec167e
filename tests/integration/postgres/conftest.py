"""Markets, runs and rows to store."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import numpy as np
import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from arbitragevault.adapters.postgres.repositories import run_items, runs
from arbitragevault.domain.catalog.marketplace import US, Marketplace
from arbitragevault.domain.catalog.product import (
    Category,
    Channel,
    Condition,
    PackageSize,
    Product,
)
from arbitragevault.domain.market.clock import to_minute
from arbitragevault.domain.market.market import (
    KeepaFees,
    Market,
    Offer,
    SellerHistory,
    SeriesKind,
)
from arbitragevault.domain.market.series import StepSeries

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture
def now() -> datetime:
    """A fixed moment: nothing here reads the clock."""
    return NOW


MarketMaker = Callable[..., Market]


@pytest.fixture
def a_market() -> MarketMaker:
    """Makes a market with something in every field; ``seed`` varies the series."""

    def make(
        asin: str = "0593655036",
        *,
        seed: int = 1,
        observed_at: datetime = NOW,
        marketplace: Marketplace = US,
        with_offers: bool = True,
    ) -> Market:
        rng = np.random.default_rng(seed)
        end = to_minute(observed_at)

        def series(points: int, *, unknown: float = 0.1) -> StepSeries:
            minutes = end - 3 * 525_600 + np.sort(rng.choice(3 * 525_600, points, replace=False))
            values = rng.integers(500, 5_000, points).astype(float)
            values[rng.random(points) < unknown] = np.nan
            return StepSeries(minutes.astype(np.int32), values)

        new = series(400)
        sellers = series(30)
        price = series(5, unknown=0)
        offer = Offer(
            offer_id=7,
            seller="A2L77EE7U53NWQ",
            condition=Condition.GOOD,
            condition_code=4,
            channel=Channel.FBA,
            price=price,
            shipping=StepSeries(price.minutes, np.zeros(5)),
            last_seen=end,
            is_live=True,
            stock=3,
            comment="Like new \N{EM DASH} unread",
        )
        return Market(
            product=Product(
                marketplace=marketplace,
                asin=asin,
                title="A title \N{GREEK SMALL LETTER ALPHA}",
                brand="A brand",
                root_category=Category(283155, "Books"),
                category_path=(Category(283155, "Books"), Category(1, "Fiction")),
                package=PackageSize((236, 160, 32), 599),
                eans=("9780593655030",),
                is_hazmat=False,
                rank_category=283155,
            ),
            observed_minute=end,
            retrieved_minute=end + 5,
            history={
                SeriesKind.NEW: new,
                SeriesKind.SALES_RANK: series(900),
                SeriesKind.RATING: StepSeries(new.minutes[:2], np.array([4.5, 4.7])),
                SeriesKind.USED: StepSeries.empty(),
            },
            shipping={SeriesKind.NEW: StepSeries(new.minutes, new.values * 0)},
            category_ranks={10_000_000_001: series(50)},
            offers=(offer,) if with_offers else None,
            buy_box_sellers=SellerHistory(
                sellers.minutes, tuple(("A1", "B2", None)[n] for n in rng.integers(0, 3, 30))
            ),
            current={SeriesKind.AMAZON: float("nan"), SeriesKind.BUY_BOX: 2_199.0},
            fees=KeepaFees(503, end - 10, 15.0, 180),
            amazon_available=True,
        )

    return make


RunMaker = Callable[..., Any]


@pytest.fixture
def a_run(now: datetime) -> RunMaker:
    """Makes a queued run with some items; every third row cannot be used."""

    async def make(
        session: AsyncSession,
        items: int = 9,
        *,
        digest: str | None = None,
        created_at: datetime = now,
    ) -> UUID:
        async def new_items() -> AsyncIterator[run_items.NewItem]:
            for ordinal in range(1, items + 1):
                is_bad = ordinal % 3 == 0
                yield run_items.NewItem(
                    ordinal=ordinal,
                    identifier=f"B{ordinal:09}",
                    kind=None if is_bad else "asin",
                    asin=None if is_bad else f"B{ordinal:09}",
                    code=None,
                    lead=None if is_bad else {"quantity": ordinal, "notes": "caf\u00e9 \0"},
                    error_code="invalid_identifier" if is_bad else None,
                    error_message="Not an ASIN." if is_bad else None,
                )

        run_id = await runs.create(
            session,
            kind="scan",
            is_sandbox=True,
            source="leads.csv",
            policy_name="default",
            policy_body={"name": "default"},
            marketplace="US",
            params={"offers": False},
            params_digest=digest,
            at=created_at,
        )
        count = await run_items.add_items(session, run_id, new_items())
        await runs.queue(session, run_id, rows=count, tokens_estimated=0, at=created_at)
        return run_id

    return make


RowMaker = Callable[..., dict[str, Any]]


@pytest.fixture
def a_row() -> RowMaker:
    """Makes a scan row; keywords replace fields."""

    def make(row: int = 1, **fields: object) -> dict[str, Any]:
        return {
            "row": row,
            "identifier": f"B{row:09}",
            "asin": f"B{row:09}",
            "marketplace": "US",
            "title": f"Title {row}",
            "supplier": None,
            "verdict": "buy",
            "unit_cost": 1_250,
            "max_cost": 1_500,
            "profit": {"p10": 100, "p50": 400, "p90": 700},
            "resale": {"p10": 1_900, "p50": 2_400, "p90": 2_900},
            "roi": 0.32,
            "probability_of_profit": 0.91,
            "days_to_sell": {"p50": 12.5, "p90": 40.0},
            "sales_rank": 12_345,
            "sandbox": True,
            "error": None,
        } | fields

    return make
