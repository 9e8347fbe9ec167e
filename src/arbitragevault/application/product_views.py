"""What the product page shows, computed from a market: pure, without a database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import numpy as np

from arbitragevault.domain.catalog.product import Product
from arbitragevault.domain.decision.policy import Policy
from arbitragevault.domain.economics.fees.engine import proceeds_curve
from arbitragevault.domain.market.clock import MINUTES_PER_DAY, to_datetime
from arbitragevault.domain.market.market import Market, Offer, SeriesKind

AVERAGE_DAYS: Final = (30, 90, 180, 365)
"""The windows that resellers compare, as Keepa's own page shows them."""

PAGE_KINDS: Final = (
    SeriesKind.BUY_BOX,
    SeriesKind.AMAZON,
    SeriesKind.NEW,
    SeriesKind.NEW_FBA,
    SeriesKind.NEW_FBM,
    SeriesKind.USED,
    SeriesKind.BUY_BOX_USED,
    SeriesKind.USED_LIKE_NEW,
    SeriesKind.USED_VERY_GOOD,
    SeriesKind.USED_GOOD,
    SeriesKind.USED_ACCEPTABLE,
    SeriesKind.LIST_PRICE,
    SeriesKind.SALES_RANK,
    SeriesKind.COUNT_NEW,
    SeriesKind.COUNT_USED,
    SeriesKind.COUNT_NEW_FBA,
    SeriesKind.COUNT_NEW_FBM,
    SeriesKind.RATING,
    SeriesKind.COUNT_REVIEWS,
    SeriesKind.MONTHLY_SOLD,
)
"""What the product page lists, in its order."""


@dataclass(frozen=True, slots=True)
class CategoryView:
    """A node of the browse tree."""

    id: int
    name: str


@dataclass(frozen=True, slots=True)
class PackageView:
    """Packaged measures; null where unknown."""

    sides_mm: tuple[int, int, int] | None
    weight_grams: int | None


@dataclass(frozen=True, slots=True)
class ProductFacts:
    """What the product is."""

    marketplace: str
    asin: str
    type: str
    title: str | None
    brand: str | None
    author: str | None
    manufacturer: str | None
    binding: str | None
    image: str | None
    url: str
    currency: str
    root_category: CategoryView | None
    category_path: list[CategoryView]
    package: PackageView
    item: PackageView
    eans: list[str]
    upcs: list[str]
    publication_date: str | None
    number_of_pages: int | None
    is_hazmat: bool | None
    is_heat_sensitive: bool | None
    is_adult: bool | None
    parent_asin: str | None
    variations: int


@dataclass(frozen=True, slots=True)
class Observation:
    """A value and the time since which it holds."""

    value: float | None
    observed_at: datetime | None


@dataclass(frozen=True, slots=True)
class MarketView:
    """The market at its instant: values in force and time-weighted means by window in days."""

    observed_at: datetime
    retrieved_at: datetime | None
    fetched_at: datetime
    depth: str
    sandbox: bool
    now: dict[str, Observation]
    averages: dict[str, dict[str, float | None]]


@dataclass(frozen=True, slots=True)
class OfferView:
    """A live offer, and the profit of a unit sold at its price."""

    seller: str
    condition: str | None
    channel: str
    price: int | None
    shipping: int | None
    landed: int | None
    profit: int | None
    is_amazon: bool
    is_prime: bool
    stock: int | None
    last_seen: datetime


@dataclass(frozen=True, slots=True)
class BuyBoxShare:
    """The share of the last 90 days in which a seller held the Buy Box; null seller: nobody."""

    seller: str | None
    share_90: float


@dataclass(frozen=True, slots=True)
class ProductView:
    """Everything that the product page shows."""

    product: ProductFacts
    market: MarketView
    offers: list[OfferView] | None
    buy_box_share: list[BuyBoxShare] | None
    decision: dict[str, Any]
    other_leads: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class SeriesPoints:
    """A series as columns: Unix seconds and values."""

    t: list[int]
    v: list[float | None]


@dataclass(frozen=True, slots=True)
class Forecast:
    """The resale price expected over the window in which the unit will sell."""

    start: datetime
    end: datetime
    p10: int
    p50: int
    p90: int


@dataclass(frozen=True, slots=True)
class SeriesView:
    """Series for the chart, with what is drawn ahead of them."""

    observed_at: datetime
    series: dict[str, SeriesPoints]
    forecast: Forecast | None
    max_cost: int | None


def facts(product: Product) -> ProductFacts:
    """The catalogue facts as the page shows them."""
    return ProductFacts(
        marketplace=product.marketplace.code,
        asin=product.asin,
        type=product.type.value,
        title=product.title,
        brand=product.brand,
        author=product.author,
        manufacturer=product.manufacturer,
        binding=product.binding,
        image=product.image,
        url=product.marketplace.product_url(product.asin),
        currency=product.marketplace.currency,
        root_category=product.root_category
        and CategoryView(product.root_category.id, product.root_category.name),
        category_path=[CategoryView(node.id, node.name) for node in product.category_path],
        package=PackageView(product.package.sides_mm, product.package.weight_grams),
        item=PackageView(product.item.sides_mm, product.item.weight_grams),
        eans=list(product.eans),
        upcs=list(product.upcs),
        publication_date=product.publication_date,
        number_of_pages=product.number_of_pages,
        is_hazmat=product.is_hazmat,
        is_heat_sensitive=product.is_heat_sensitive,
        is_adult=product.is_adult,
        parent_asin=product.parent_asin,
        variations=len(product.variation_asins),
    )


def values_now(market: Market) -> dict[str, Observation]:
    """The value in force of every kind that was collected, with the time since when."""
    values = {}
    for kind in PAGE_KINDS:
        series = market.history.get(kind)
        if series is None and kind not in market.current:
            continue
        since = moment(int(series.minutes[-1])) if series is not None and len(series) else None
        values[kind.value] = Observation(_number(market.now(kind)), since)
    return values


def averages(market: Market) -> dict[str, dict[str, float | None]]:
    """Time-weighted means over the usual windows."""
    end = market.observed_minute
    return {
        kind.value: {
            str(days): _number(market.history[kind].mean(end - days * MINUTES_PER_DAY, end))
            for days in AVERAGE_DAYS
        }
        for kind in PAGE_KINDS
        if kind in market.history
    }


def offers(market: Market, policy: Policy, landed_cost: int | None) -> list[OfferView] | None:
    """The live offers, cheapest first, each with the profit of selling at its price."""
    live = market.live_offers
    if live is None:
        return None
    priced = sorted(live, key=lambda offer: (np.isnan(offer.landed_price), offer.landed_price))
    profits = _profits_at(market, policy, landed_cost, [offer.landed_price for offer in priced])
    return [_offer(offer, profit) for offer, profit in zip(priced, profits, strict=True)]


def _profits_at(
    market: Market, policy: Policy, landed_cost: int | None, prices: Sequence[float]
) -> list[int | None]:
    """Profit of one unit at each price, today; None where cost, price or a fee is unknown."""
    curve = proceeds_curve(market.product, market.observed_at.date(), policy.channel)
    if landed_cost is None or not curve.known or not prices:
        return [None] * len(prices)
    known = np.nan_to_num(np.asarray(prices), nan=0.0).astype(np.int64)
    net = curve.net(known)
    return [
        None if np.isnan(price) else int(amount) - landed_cost
        for price, amount in zip(prices, net, strict=True)
    ]


def _offer(offer: Offer, profit: int | None) -> OfferView:
    return OfferView(
        seller=offer.seller,
        condition=offer.condition and offer.condition.value,
        channel=offer.channel.value,
        price=_cents(offer.price.values[-1]) if len(offer.price) else None,
        shipping=_cents(offer.shipping.values[-1]) if len(offer.shipping) else None,
        landed=_cents(offer.landed_price),
        profit=profit,
        is_amazon=offer.is_amazon,
        is_prime=offer.is_prime,
        stock=offer.stock,
        last_seen=to_datetime(offer.last_seen),
    )


def buy_box_share(market: Market) -> list[BuyBoxShare] | None:
    """Who held the Buy Box over the last 90 days, longest first; None if it was not collected."""
    history = market.buy_box_sellers
    if history is None or not history.sellers:
        return None
    end = market.observed_minute
    start = end - 90 * MINUTES_PER_DAY
    edges = np.clip(np.append(history.minutes, end), start, end)
    held: dict[str | None, int] = {}
    for seller, lasting in zip(history.sellers, np.diff(edges), strict=True):
        held[seller] = held.get(seller, 0) + int(lasting)
    total = sum(held.values())
    return [
        BuyBoxShare(seller, round(minutes / total, 4))
        for seller, minutes in sorted(held.items(), key=lambda pair: -pair[1])
        if minutes
    ]


def points(market: Market, kind: SeriesKind, start: int | None) -> SeriesPoints:
    """A series as columns, with the value in force at the start of the window as first point."""
    series = market.series(kind)
    minutes, values = series.minutes, series.values
    if start is not None and len(series):
        first = int(np.searchsorted(minutes, start, side="right"))
        opening = series.value_at(start)
        minutes, values = minutes[first:], values[first:]
        if first > 0:
            minutes = np.concatenate(([start], minutes))
            values = np.concatenate(([opening], values))
    epoch_seconds = int(to_datetime(0).timestamp())
    return SeriesPoints(
        t=(minutes.astype(np.int64) * 60 + epoch_seconds).tolist(),
        v=[_number(value) for value in values],
    )


def _number(value: float) -> float | None:
    """A float for JSON: None for NaN, whole numbers without a fraction."""
    return None if np.isnan(value) else round(float(value), 2)


def _cents(value: float) -> int | None:
    return None if np.isnan(value) else int(value)


def moment(minute: int | None) -> datetime | None:
    """The aware moment of a market minute, if there is one."""
    return None if minute is None else to_datetime(minute)
