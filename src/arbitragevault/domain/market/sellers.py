"""A seller, as far as it can be seen from outside."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from arbitragevault.domain.market.series import StepSeries


@dataclass(frozen=True, slots=True)
class StorefrontItem:
    """A product that a seller offers or offered.

    Args:
        asin: The product.
        last_seen: Market minute at which the offer was last verified; None where not told.
    """

    asin: str
    last_seen: int | None


@dataclass(frozen=True, slots=True)
class AssortmentShare:
    """A category or brand in a seller's assortment.

    Args:
        name: Category id as text, or brand in lower case.
        products: How many of them.
        mean_rank: Mean sales rank over thirty days.
        with_amazon: How many of them Amazon sells too.
    """

    name: str
    products: int
    mean_rank: int | None
    with_amazon: int | None


@dataclass(frozen=True, slots=True)
class Competitor:
    """A seller who meets another one often; ``percent`` of the products are shared."""

    seller: str
    percent: float


@dataclass(frozen=True, slots=True)
class RatingShares:
    """Ratings within a period.

    Args:
        positive / neutral / negative: Percent of them.
        count: How many there are.
    """

    positive: int | None
    neutral: int | None
    negative: int | None
    count: int | None


@dataclass(frozen=True, slots=True)
class Feedback:
    """One buyer's feedback: market minute, tenths of a star, and whether Amazon struck it out."""

    minute: int
    rating: int
    is_struck: bool


@dataclass(frozen=True, slots=True)
class Seller:
    """A seller on one marketplace; None where nothing is known.

    Args:
        id: Amazon's seller id.
        name: As buyers see it.
        tracked_minute / updated_minute / ratings_updated_minute: Market minutes since when the
            seller is tracked, and of the last updates.
        rating: Percent of positive ratings (0-100) over time.
        rating_count: How many ratings, over time.
        ratings: By period: 30d, 90d, 365d, lifetime.
        has_fba: Lists products that Amazon fulfils.
        ships_from_china: As it says.
        listings: How many products the storefront has.
        listings_minute: Market minute at which they were counted.
        listings_history: The same over time.
        storefront: The products, last seen first; None if not asked for.
        categories / brands: What the assortment consists of.
        buy_box_competitors: Mean number of sellers who compete for its Buy Boxes, itself included.
        new_buy_box_percent / used_buy_box_percent: Mean share of its products' Buy Boxes.
        competitors: Whom it meets most often.
        feedback: The newest feedback.
        business: Contact details by Keepa's field name, as far as the law makes them public.
    """

    id: str
    name: str | None = None
    tracked_minute: int | None = None
    updated_minute: int | None = None
    ratings_updated_minute: int | None = None
    rating: StepSeries = field(default_factory=StepSeries.empty)
    rating_count: StepSeries = field(default_factory=StepSeries.empty)
    ratings: Mapping[str, RatingShares] = field(default_factory=dict)
    has_fba: bool | None = None
    ships_from_china: bool | None = None
    listings: int | None = None
    listings_minute: int | None = None
    listings_history: StepSeries = field(default_factory=StepSeries.empty)
    storefront: tuple[StorefrontItem, ...] | None = None
    categories: tuple[AssortmentShare, ...] = ()
    brands: tuple[AssortmentShare, ...] = ()
    buy_box_competitors: float | None = None
    new_buy_box_percent: float | None = None
    used_buy_box_percent: float | None = None
    competitors: tuple[Competitor, ...] = ()
    feedback: tuple[Feedback, ...] = ()
    business: Mapping[str, str] = field(default_factory=dict)
