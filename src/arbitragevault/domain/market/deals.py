"""A deal: a product of which a price, rank or count has changed a moment ago."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from arbitragevault.domain.catalog.product import Condition
from arbitragevault.domain.market.market import SeriesKind


class DealPeriod(StrEnum):
    """The past with which the present is compared; Keepa's day is 48 hours."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"


@dataclass(frozen=True, slots=True)
class Drop:
    """How far a value lies below its mean of a period; negative above it.

    Args:
        amount: Mean minus present value, minor units for prices.
        percent: The same in percent of the mean.
    """

    amount: float
    percent: float | None


@dataclass(frozen=True, slots=True)
class Deal:
    """A changed product, with its present values and what they were compared with.

    A kind of which nothing is known or on offer is absent from every mapping.

    Args:
        asin / title / image: As in ``Product``.
        parent_asin: The variation parent.
        root_category: Category id; None where unknown.
        categories: Category ids in which it is listed.
        found_minute: Market minute at which the change was found.
        updated_minute: Market minute of the last update.
        current: Values in force.
        means: Time-weighted means per period.
        drops: Drops per period.
        last_drop: Previous value minus present value.
        since: Market minute since when the present value holds.
        back_in_stock: Kinds that were out of stock until a moment ago.
        rank_drops: Falls of the sales rank that mean a sale, by days (30, 90, 180, 365).
        lightning: First and last market minute of a lightning deal, where there is one.
        warehouse_condition: Condition of the cheapest warehouse offer.
        warehouse_comment: What Amazon says about it.
    """

    asin: str
    title: str | None = None
    image: str | None = None
    parent_asin: str | None = None
    root_category: int | None = None
    categories: tuple[int, ...] = ()
    found_minute: int | None = None
    updated_minute: int | None = None
    current: Mapping[SeriesKind, float] = field(default_factory=dict)
    means: Mapping[DealPeriod, Mapping[SeriesKind, float]] = field(default_factory=dict)
    drops: Mapping[DealPeriod, Mapping[SeriesKind, Drop]] = field(default_factory=dict)
    last_drop: Mapping[SeriesKind, float] = field(default_factory=dict)
    since: Mapping[SeriesKind, int] = field(default_factory=dict)
    back_in_stock: frozenset[SeriesKind] = frozenset()
    rank_drops: Mapping[int, int] = field(default_factory=dict)
    lightning: tuple[int | None, int | None] | None = None
    warehouse_condition: Condition | None = None
    warehouse_comment: str | None = None
