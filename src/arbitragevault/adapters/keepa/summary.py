"""What a set of products looks like: Keepa's figures of a category or of a finder's matches."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from arbitragevault.adapters.keepa.wire_fields import items, not_negative, number, positive, whole


@dataclass(frozen=True, slots=True)
class MarketSummary:
    """Figures of many products together; None where Keepa does not say.

    Args:
        buy_box: Mean Buy Box price, minor units; ``_90`` and ``_365`` over so many days.
        buy_box_deviation: Standard deviation of it, minor units.
        reviews: Mean number of reviews.
        rating: Mean rating in tenths of a star.
        fba_percent / amazon_percent / coupon_percent: Share of the products (0-100) that are
            fulfilled by Amazon, sold by Amazon, or have a coupon.
        new_offers / used_offers: Mean number of offers.
        sellers / brands: How many there are.
        best_rank / worst_rank: The lowest and the highest sales rank number.
        buy_box_drop_30 / buy_box_drop_90 / amazon_drop_30 / amazon_drop_90: Mean percentage by
            which the present price lies below its mean of so many days; negative above it.
        related_categories: Categories in which the products are listed too, commonest first.
    """

    buy_box: int | None = None
    buy_box_90: int | None = None
    buy_box_365: int | None = None
    buy_box_deviation: int | None = None
    reviews: int | None = None
    rating: int | None = None
    fba_percent: float | None = None
    amazon_percent: float | None = None
    coupon_percent: float | None = None
    new_offers: float | None = None
    used_offers: float | None = None
    sellers: int | None = None
    brands: int | None = None
    best_rank: int | None = None
    worst_rank: int | None = None
    buy_box_drop_30: float | None = None
    buy_box_drop_90: float | None = None
    amazon_drop_30: float | None = None
    amazon_drop_90: float | None = None
    related_categories: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class SearchInsights:
    """What the finder says about everything that matched.

    Args:
        summary: Figures of the matches together.
        top_brands / top_sellers: Matches of the commonest brands and sellers, commonest first.
    """

    summary: MarketSummary
    top_brands: Mapping[str, int] = field(default_factory=dict)
    top_sellers: Mapping[str, int] = field(default_factory=dict)


def decode_summary(told: Mapping[str, object]) -> MarketSummary:
    """The figures among the fields of a category or of ``searchInsights``."""
    get = told.get
    ranks = sorted(
        rank for name in ("lowestRank", "highestRank") if (rank := positive(get(name))) is not None
    )
    return MarketSummary(
        buy_box=not_negative(get("avgBuyBox")),
        buy_box_90=not_negative(get("avgBuyBox90")),
        buy_box_365=not_negative(get("avgBuyBox365")),
        buy_box_deviation=not_negative(get("avgBuyBoxDeviation")),
        reviews=not_negative(get("avgReviewCount")),
        rating=not_negative(get("avgRating")),
        fba_percent=_share(get("isFBAPercent")),
        amazon_percent=_share(get("soldByAmazonPercent")),
        coupon_percent=_share(get("hasCouponPercent")),
        new_offers=_share(get("avgOfferCountNew")),
        used_offers=_share(get("avgOfferCountUsed")),
        sellers=not_negative(get("sellerCount")),
        brands=not_negative(get("brandCount")),
        best_rank=ranks[0] if ranks else None,
        worst_rank=ranks[-1] if ranks else None,
        buy_box_drop_30=number(get("avgDeltaPercent30BuyBox")),
        buy_box_drop_90=number(get("avgDeltaPercent90BuyBox")),
        amazon_drop_30=number(get("avgDeltaPercent30Amazon")),
        amazon_drop_90=number(get("avgDeltaPercent90Amazon")),
        related_categories=tuple(
            found for one in items(get("relatedCategories")) if (found := positive(one)) is not None
        ),
    )


def decode_insights(told: object) -> SearchInsights | None:
    """``searchInsights``; None if it was not sent."""
    if not isinstance(told, dict):
        return None
    return SearchInsights(
        decode_summary(told),
        _counts(told.get("topBrandsWithCounts")),
        _counts(told.get("topSellersWithCounts")),
    )


def _share(value: object) -> float | None:
    found = number(value)
    return found if found is not None and found >= 0 else None


def _counts(told: object) -> dict[str, int]:
    if not isinstance(told, dict):
        return {}
    return {name: count for name, one in told.items() if (count := whole(one)) is not None}
