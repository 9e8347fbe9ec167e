"""A made market for the domain's tests: every part of it can be replaced."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest

from arbitragevault.domain.catalog.marketplace import US
from arbitragevault.domain.catalog.product import Category, PackageSize, Product
from arbitragevault.domain.market.clock import MINUTES_PER_DAY, to_minute
from arbitragevault.domain.market.market import Market, SeriesKind
from arbitragevault.domain.market.series import StepSeries

NOW = to_minute(datetime(2025, 9, 1, tzinfo=UTC))
BOOK = Product(
    marketplace=US,
    asin="0000000001",
    title="A made book",
    root_category=Category(283155, "Books"),
    package=PackageSize((236, 160, 32), 599),
    is_hazmat=False,
    is_adult=False,
    is_heat_sensitive=False,
    rank_category=283155,
)


def steps(days: int, value: Callable[[Any], Any], every: float = 1.0) -> StepSeries:
    """A series up to now: a point each ``every`` days, a function of the days since its start."""
    count = int(days / every)
    since = every * np.arange(count)
    minutes = (NOW - (days - since) * MINUTES_PER_DAY).astype(np.int32)
    return StepSeries(minutes, np.broadcast_to(value(since), since.shape))


def _history(days: int, price: float, wobble: float, sale_every: float) -> dict[Any, StepSeries]:
    """Two years of a quiet book: its price wobbles, a sale halves the rank, the rank decays."""
    noise = np.random.default_rng(7).normal(size=days)
    prices = np.rint(price * np.exp(wobble * np.convolve(noise, np.ones(30) / 30, mode="same")))
    return {
        SeriesKind.BUY_BOX: steps(days, lambda _: prices),
        SeriesKind.NEW: steps(days, lambda _: np.rint(0.95 * prices)),
        SeriesKind.USED: steps(days, lambda _: np.rint(0.5 * prices)),
        SeriesKind.SALES_RANK: steps(
            days, lambda since: np.rint(200_000 + 60_000 * (since % sale_every)), every=0.5
        ),
        SeriesKind.COUNT_NEW: steps(days, lambda _: 4.0),
        SeriesKind.AMAZON: steps(days, lambda _: np.nan),
    }


@pytest.fixture(scope="session")
def made_market() -> Callable[..., Market]:
    """Makes a market of a quiet book.

    Args of the maker:
        days: Length of the history. price: Usual New price in cents. wobble: How much it moves.
        sale_every: Days between sales. history: Series to put in place of, or remove by None.
        product: Fields of the product to replace. Others: fields of the market to replace.
    """

    def make(
        *,
        days: int = 800,
        price: float = 4000,
        wobble: float = 0.3,
        sale_every: float = 2.0,
        history: Mapping[SeriesKind, StepSeries | None] | None = None,
        product: Mapping[str, Any] | None = None,
        **fields: Any,  # noqa: ANN401  # whatever a market takes
    ) -> Market:
        made = {**_history(days, price, wobble, sale_every), **(history or {})}
        return Market(
            product=replace(BOOK, **(product or {})),
            observed_minute=fields.pop("observed_minute", NOW),
            history={kind: series for kind, series in made.items() if series is not None},
            **fields,
        )

    return make


@pytest.fixture(scope="session")
def made_series() -> Callable[..., StepSeries]:
    """``steps`` for tests: (days, value of days since start, every)."""
    return steps
