"""The product page's data."""

from __future__ import annotations

from datetime import datetime

from arbitragevault.entrypoints.api.schemas.decisions import DecisionRecord, DecisionRow
from arbitragevault.entrypoints.api.schemas.shape import Shape


class CategoryNode(Shape):
    """A node of Amazon's browse tree."""

    id: int
    name: str


class Package(Shape):
    """Measures of one unit; null where unknown."""

    sides_mm: tuple[int, int, int] | None
    weight_grams: int | None


class ProductFacts(Shape):
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
    root_category: CategoryNode | None
    category_path: list[CategoryNode]
    package: Package
    item: Package
    eans: list[str]
    upcs: list[str]
    publication_date: str | None
    number_of_pages: int | None
    is_hazmat: bool | None
    is_heat_sensitive: bool | None
    is_adult: bool | None
    parent_asin: str | None
    variations: int


class Observation(Shape):
    """A value, and the time since which it holds."""

    value: float | None
    observed_at: datetime | None


class MarketNow(Shape):
    """The market at its instant; means are time-weighted, by kind and window in days."""

    observed_at: datetime
    retrieved_at: datetime | None
    fetched_at: datetime
    depth: str
    sandbox: bool
    now: dict[str, Observation]
    averages: dict[str, dict[str, float | None]]


class LiveOffer(Shape):
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


class BuyBoxShare(Shape):
    """The share of the last 90 days in which a seller held the Buy Box; null seller: nobody."""

    seller: str | None
    share_90: float


class ProductDecision(DecisionRecord):
    """The decision under the terms asked for; it is not stored, so it has no id."""

    id: None


class ProductPage(Shape):
    """Everything that the product page shows."""

    product: ProductFacts
    market: MarketNow
    offers: list[LiveOffer] | None
    buy_box_share: list[BuyBoxShare] | None
    decision: ProductDecision
    other_leads: list[DecisionRow]


class SeriesColumns(Shape):
    """A series as columns: Unix seconds and the values from then on; null where unknown."""

    t: list[int]
    v: list[float | None]


class Forecast(Shape):
    """The resale price expected over the window in which the unit will sell."""

    start: datetime
    end: datetime
    p10: int
    p50: int
    p90: int


class ProductSeries(Shape):
    """Series for the chart, with what is drawn ahead of them."""

    observed_at: datetime
    series: dict[str, SeriesColumns]
    forecast: Forecast | None
    max_cost: int | None
