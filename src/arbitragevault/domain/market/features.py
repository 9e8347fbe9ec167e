"""A product at a glance: the few figures that stored products are screened and listed by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from arbitragevault.domain.catalog.product import Channel, Condition
from arbitragevault.domain.market.abstention import Abstention
from arbitragevault.domain.market.clock import MINUTES_PER_DAY
from arbitragevault.domain.market.competition import (
    amazon_in_stock_now,
    amazon_in_stock_share,
    count_now,
)
from arbitragevault.domain.market.demand import estimate_demand, rank_drops
from arbitragevault.domain.market.market import Market, SeriesKind
from arbitragevault.domain.market.reference import reference_series
from arbitragevault.domain.market.series import StepSeries

FEATURES_VERSION: Final = 2
"""Raised whenever a figure would come out differently, so that stored ones are made again."""

WINDOW_DAYS: Final = 90
"""The window of means and shares, as Keepa's own statistics have it."""

DROP_DAYS: Final = 30
"""The window of rank drops, as resellers count them."""


@dataclass(frozen=True, slots=True)
class Features:
    """Figures of one market at its instant; None where unknown.

    Args:
        root_category_id: Keepa's id of the root category.
        sales_rank / sales_rank_90: Now, and the time-weighted mean of the last 90 days.
        rank_drops_30: Improvements of the rank in the last 30 days that look like sales.
        sales_per_month: Median of the estimated units per month.
        price_new / price_new_90: Reference price of a New unit sold by FBA, minor units.
        price_used / price_used_90: That of a Used unit in good condition.
        offers_new / offers_used: Numbers of offers.
        amazon_in_stock: Amazon itself sells it now.
        amazon_share_90: Part (0-1) of the last 90 days in which Amazon had it.
    """

    root_category_id: int | None
    sales_rank: int | None
    sales_rank_90: int | None
    rank_drops_30: int | None
    sales_per_month: float | None
    price_new: int | None
    price_new_90: int | None
    price_used: int | None
    price_used_90: int | None
    offers_new: int | None
    offers_used: int | None
    amazon_in_stock: bool | None
    amazon_share_90: float | None


def features_of(market: Market) -> Features:
    """The figures of a market, by the same functions that decide."""
    rank = market.series(SeriesKind.SALES_RANK)
    demand = estimate_demand(market)
    now = market.observed_minute
    new, new_90 = _price(market, Condition.NEW)
    used, used_90 = _price(market, Condition.GOOD)
    category = market.product.root_category
    drops = rank_drops(rank, now - DROP_DAYS * MINUTES_PER_DAY, now)
    share = amazon_in_stock_share(market)
    return Features(
        root_category_id=None if category is None else category.id,
        sales_rank=_whole(market.now(SeriesKind.SALES_RANK)),
        sales_rank_90=_mean(rank, now),
        rank_drops_30=int(drops.size) if len(rank) else None,
        sales_per_month=None if isinstance(demand, Abstention) else round(demand.per_month(0.5), 2),
        price_new=new,
        price_new_90=new_90,
        price_used=used,
        price_used_90=used_90,
        offers_new=count_now(market, SeriesKind.COUNT_NEW),
        offers_used=count_now(market, SeriesKind.COUNT_USED),
        amazon_in_stock=amazon_in_stock_now(market),
        amazon_share_90=None if share is None else round(share, 4),
    )


def _price(market: Market, condition: Condition) -> tuple[int | None, int | None]:
    """The reference price of a condition now, and its mean over the window."""
    found = reference_series(market, condition, Channel.FBA)
    if isinstance(found, Abstention):
        return None, None
    now = market.observed_minute
    return _whole(found.series.value_at(now)), _mean(found.series, now)


def _mean(series: StepSeries, now: int) -> int | None:
    if not len(series):
        return None
    return _whole(series.mean(now - WINDOW_DAYS * MINUTES_PER_DAY, now))


def _whole(value: float) -> int | None:
    return None if np.isnan(value) else round(float(value))
