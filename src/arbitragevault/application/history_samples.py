"""A stored product's history, thinned out for readers that have no chart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from arbitragevault.application.products import stored_product
from arbitragevault.application.services import Services
from arbitragevault.domain.catalog.product import Product
from arbitragevault.domain.market.clock import MINUTES_PER_DAY, to_datetime
from arbitragevault.domain.market.market import Market, SeriesKind


@dataclass(frozen=True, slots=True)
class SeriesSample:
    """One series over a stretch of days.

    Args:
        kind: Which series.
        values: The value in force at each of the sampled moments; None where it is unknown.
        low / median / high: Time-weighted 5 %, 50 % and 95 % quantiles; None if nothing is known.
        known: Share (0-1) of the time on which it is known.
    """

    kind: str
    values: list[float | None]
    low: float | None
    median: float | None
    high: float | None
    known: float


@dataclass(frozen=True, slots=True)
class HistorySample:
    """Series of one product, sampled at the same moments.

    Args:
        product: The product.
        observed_at: Up to when Keepa had looked.
        moments: When the values were in force, evenly spaced, the last one at ``observed_at``.
        series: The series that were asked for.
        is_sandbox: The data are the sandbox's.
    """

    product: Product
    observed_at: datetime
    moments: list[datetime]
    series: list[SeriesSample]
    is_sandbox: bool


async def sample_history(
    services: Services,
    marketplace: str,
    asin: str,
    *,
    kinds: Sequence[SeriesKind],
    days: int,
    points: int,
) -> HistorySample:
    """A stored product's series at a few evenly spaced moments of the last days.

    Args:
        services: The running program.
        marketplace: Marketplace code.
        asin: The product.
        kinds: Which series.
        days: How far back.
        points: How many moments, at least 2.

    Raises:
        ProductNotStoredError: If the product is not stored.
        UnknownMarketplaceError: If the marketplace does not exist.
    """
    stored = await services.database.read(
        stored_product, marketplace, asin, is_sandbox=services.is_sandbox
    )
    market = stored.market
    end = market.observed_minute
    at = np.linspace(end - days * MINUTES_PER_DAY, end, points).astype(np.int64)
    return HistorySample(
        product=market.product,
        observed_at=market.observed_at,
        moments=[to_datetime(int(minute)) for minute in at],
        series=[_sample(market, kind, at) for kind in kinds],
        is_sandbox=services.is_sandbox,
    )


def _sample(market: Market, kind: SeriesKind, at: NDArray[np.int64]) -> SeriesSample:
    series, start, end = market.series(kind), int(at[0]), int(at[-1])
    unknown = series.share_unknown(start, end)
    low, median, high = series.quantiles(start, end, [0.05, 0.5, 0.95]).tolist()
    return SeriesSample(
        kind=kind.value,
        values=[_figure(value) for value in series.sample(at)],
        low=_figure(low),
        median=_figure(median),
        high=_figure(high),
        known=round(1.0 - unknown, 3),
    )


def _figure(value: float) -> float | None:
    return None if np.isnan(value) else round(float(value), 2)
