"""What the product page shows, computed from a market: pure, without a database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import numpy as np

from arbitragevault.domain.catalog.product import Category, Product
from arbitragevault.domain.decision.decision import Decision
from arbitragevault.domain.economics.profit import profit
from arbitragevault.domain.market.abstention import Abstention
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
    """A seller's part (0-1) of the time that somebody held the Buy Box in the last 90 days."""

    seller: str
    share_90: float
    is_amazon: bool


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
        root_category=_category(product.root_category),
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


def _category(category: Category | None) -> CategoryView | None:
    return None if category is None else CategoryView(category.id, category.name)


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


def offers(decision: Decision) -> list[OfferView] | None:
    """The live offers, cheapest first, each with the profit of selling at its price."""
    live = decision.study.market.live_offers
    if live is None:
        return None
    priced = sorted(live, key=lambda offer: (np.isnan(offer.landed_price), offer.landed_price))
    return [_offer(offer, _profit_at(decision, offer.landed_price)) for offer in priced]


def _profit_at(decision: Decision, price: float) -> int | None:
    """Profit of one unit sold at a price; None where price, cost or a fee is unknown."""
    proceeds, landed = decision.study.proceeds, decision.study.landed
    if isinstance(proceeds, Abstention) or landed is None or np.isnan(price):
        return None
    net, cost = proceeds.curve.net_at(int(price)), landed.total_cents
    return None if net is None or cost is None else profit(net, cost)


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


def buy_box_share(decision: Decision) -> list[BuyBoxShare] | None:
    """Who held the Buy Box over the last 90 days, longest first; None if it was not collected."""
    shares = decision.study.competition.buy_box_shares
    if shares is None:
        return None
    return [BuyBoxShare(one.seller, round(one.share, 4), one.is_amazon) for one in shares]


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
