"""From Keepa's seller object to a seller."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import zip_longest
from typing import Any, Final

import numpy as np

from arbitragevault.adapters.keepa.wire_fields import (
    flag,
    items,
    not_negative,
    number,
    positive,
    text,
)
from arbitragevault.adapters.keepa.wire_series import FAR_FUTURE, few_points, known
from arbitragevault.domain.market.sellers import (
    AssortmentShare,
    Competitor,
    Feedback,
    RatingShares,
    Seller,
    StorefrontItem,
)
from arbitragevault.domain.market.series import StepSeries

_PERIODS: Final = ("30d", "90d", "365d", "lifetime")
_BUSINESS: Final = (
    "address",
    "businessName",
    "businessType",
    "customerServicesAddress",
    "email",
    "phoneNumber",
    "representative",
    "shareCapital",
    "tradeNumber",
    "vatID",
)


def decode_seller(seller: str, told: Mapping[str, object]) -> Seller:
    """A seller.

    Args:
        seller: The id under which it was sent.
        told: The fields as they were sent; one of an unexpected type counts as unknown.
    """
    get = told.get
    ratings = items(get("csv"))
    counted = items(get("totalStorefrontAsins"))
    return Seller(
        id=text(get("sellerId")) or seller,
        name=text(get("sellerName")),
        tracked_minute=positive(get("trackedSince")) or positive(get("trackingSince")),
        updated_minute=positive(get("lastUpdate")),
        ratings_updated_minute=positive(get("lastRatingUpdate")),
        rating=pair_series(ratings[0] if ratings else None),
        rating_count=pair_series(ratings[1] if len(ratings) > 1 else None),
        ratings=_ratings(told),
        has_fba=flag(get("hasFBA")),
        ships_from_china=flag(get("shipsFromChina")),
        listings=not_negative(counted[1]) if len(counted) > 1 else None,
        listings_minute=positive(counted[0]) if counted else None,
        listings_history=pair_series(get("totalStorefrontAsinsCSV")),
        storefront=_storefront(get("asinList"), get("asinListLastSeen")),
        categories=_shares(get("sellerCategoryStatistics"), "catId"),
        brands=_shares(get("sellerBrandStatistics"), "brand"),
        buy_box_competitors=_not_below_zero(get("avgBuyBoxCompetitors")),
        new_buy_box_percent=_not_below_zero(get("buyBoxNewOwnershipRate")),
        used_buy_box_percent=_not_below_zero(get("buyBoxUsedOwnershipRate")),
        competitors=_competitors(get("competitors")),
        feedback=_feedback(get("recentFeedback")),
        business={name: lines for name in _BUSINESS if (lines := _lines(get(name))) is not None},
    )


def pair_series(told: object) -> StepSeries:
    """A short flat list ``[minute, value, ...]``; what is negative is unknown."""
    minutes, numbers = few_points(told, FAR_FUTURE)
    return StepSeries(minutes.astype(np.int32), known(numbers))


def _ratings(told: Mapping[str, object]) -> dict[str, RatingShares]:
    columns: list[list[Any]] = [
        items(told.get(name))
        for name in ("positiveRating", "neutralRating", "negativeRating", "ratingCount")
    ]
    rows = zip(_PERIODS, zip_longest(*columns), strict=False)
    return {period: RatingShares(*map(not_negative, row)) for period, row in rows}


def _storefront(asins: object, seen: object) -> tuple[StorefrontItem, ...] | None:
    """The products; None if the storefront was not sent."""
    if not isinstance(asins, list):
        return None
    pairs = zip_longest(asins, items(seen)[: len(asins)])
    return tuple(
        StorefrontItem(asin, positive(minute)) for asin, minute in pairs if isinstance(asin, str)
    )


def _shares(told: object, name: str) -> tuple[AssortmentShare, ...]:
    shares = []
    for row in items(told):
        if not isinstance(row, dict):
            continue
        products = not_negative(row.get("productCount"))
        of = row.get(name)
        label = text(of) or (str(of) if positive(of) else None)
        if products is None or label is None:
            continue
        shares.append(
            AssortmentShare(
                label,
                products,
                positive(row.get("avg30SalesRank")),
                not_negative(row.get("productCountWithAmazonOffer")),
            )
        )
    return tuple(shares)


def _competitors(told: object) -> tuple[Competitor, ...]:
    return tuple(
        Competitor(seller.upper(), percent)
        for row in items(told)
        if isinstance(row, dict)
        and (seller := text(row.get("sellerId"))) is not None
        and (percent := _not_below_zero(row.get("percent"))) is not None
    )


def _feedback(told: object) -> tuple[Feedback, ...]:
    return tuple(
        Feedback(minute, rating, row.get("isStriked") is True)
        for row in items(told)
        if isinstance(row, dict)
        and (minute := positive(row.get("date"))) is not None
        and (rating := not_negative(row.get("rating"))) is not None
    )


def _lines(told: object) -> str | None:
    """A text, or the lines of an address below each other."""
    lines = [line for one in items(told) if (line := text(one)) is not None]
    return "\n".join(lines) or text(told)


def _not_below_zero(value: object) -> float | None:
    found = number(value)
    return found if found is not None and found >= 0 else None
