"""Where a sandbox takes its products from: the simulated marketplace, or recordings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from arbitragevault.adapters.keepa import schema
from arbitragevault.sandbox.request import ProductRequest
from arbitragevault.sandbox.stats import Window, series_stats
from arbitragevault.sandbox.wire_boxes import boxes_not_asked


@dataclass(frozen=True, slots=True)
class Answered:
    """One product of an answer.

    Args:
        body: What stands for it in ``products``; None where there is none.
        tokens: What it costs.
    """

    body: Any
    tokens: int


class Source(Protocol):
    """What a sandbox serves."""

    def asins_of(self, code: str, domain: int) -> tuple[str, ...]:
        """The ASINs that bear a product code."""
        ...

    def products(self, asins: Sequence[str], request: ProductRequest, now: int) -> list[Answered]:
        """Products as the request wants them, at a market minute."""
        ...

    def truth(self, asin: str, now: int) -> dict[str, Any] | None:
        """What really happened to a product, as JSON; None where nobody knows."""
        ...


def unknown_product(asin: str, request: ProductRequest, now: int, slots: int) -> Answered:
    """Keepa's answer for an ASIN that it does not know: a stub, which still costs a token.

    Source: recorded answers for 1492056200 and B08N5WRWNW. With ``update=-1`` Keepa does not look
    for it, so there is no stub and no cost.
    """
    if request.update_hours < 0:
        return Answered(None, 0)
    body: dict[str, Any] = {"csv": [None] * slots if request.wanted.history else None}
    body |= dict.fromkeys(_NULL_FIELDS)
    body |= dict.fromkeys(_FALSE_FIELDS, False)
    body |= dict.fromkeys(_MINUS_ONE_FIELDS, -1)
    body |= {
        "asin": asin,
        "domainId": request.domain,
        "productType": int(schema.ProductTypeCode.INVALID),
        "rootCategory": 0,
        "listedSince": 0,
        "lastEbayUpdate": 0,
        "trackingSince": now,
        "lastUpdate": now,
        "lastPriceChange": now,
        "g": 0,
    }
    if request.wanted.interval is not None:
        body["stats"] = _empty_stats(request.wanted.interval, now, slots)
    return Answered(body, schema.TOKENS_UNKNOWN_ASIN)


_NULL_FIELDS: Final = (
    "categories", "manufacturer", "title", "parentAsin", "type", "brand", "partNumber", "model",
    "color", "size", "edition", "format", "author", "binding", "languages", "ebayListingIds",
    "eanList", "upcList", "frequentlyBoughtTogether", "features", "description", "promotions",
    "coupon", "categoryTree", "variations", "salesRanks", "salesRankReferenceHistory",
    "buyBoxSellerIdHistory", "liveOffersOrder", "fbaFees",
)  # fmt: skip
_FALSE_FIELDS: Final = (
    "hasReviews", "isAdultProduct", "isEligibleForTradeIn", "isEligibleForSuperSaverShipping",
    "isRedirectASIN", "isSNS", "launchpad", "offersSuccessful",
)  # fmt: skip
_MINUS_ONE_FIELDS: Final = (
    "packageHeight", "packageLength", "packageWidth", "packageWeight", "packageQuantity",
    "numberOfItems", "numberOfPages", "publicationDate", "releaseDate", "itemHeight", "itemLength",
    "itemWidth", "itemWeight", "lastRatingUpdate", "availabilityAmazon", "salesRankReference",
)  # fmt: skip


def _empty_stats(interval: Window, now: int, slots: int) -> dict[str, Any]:
    stats = series_stats({}, interval, now=now, tracking_since=now, slots=slots)
    stats |= boxes_not_asked()
    return stats | {
        "outOfStockCountAmazon30": None,
        "outOfStockCountAmazon90": None,
        "deltaPercent90_monthlySold": None,
        "retrievedOfferCount": -2,
        "tradeInPrice": -2,
        "lastOffersUpdate": -1,
        "lightningDealInfo": None,
        "sellerIdsLowestFBA": None,
        "sellerIdsLowestFBM": None,
        "offerCountFBA": -2,
        "offerCountFBM": -2,
    }
