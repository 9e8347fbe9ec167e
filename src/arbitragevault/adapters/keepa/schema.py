"""Keepa's wire language as data: slots, codes, endpoints, costs and the JSON names in use.

Both sides of the wire read this module: the decoder and client here, and the sandbox that answers
like Keepa. It holds no behaviour beyond small look-ups and clock conversions.

Source, unless a line says otherwise: Keepa's API documentation (keepa.com/api-docs), its official
Java client ``keepacom/api_backend`` 2.04, and recorded answers of 2024-09 to 2026-05.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Final

from arbitragevault.domain.catalog.product import Condition, ProductType
from arbitragevault.domain.market.market import SeriesKind

BASE_URL: Final = "https://api.keepa.com"

# --- time ------------------------------------------------------------------------------------

EPOCH_OFFSET_MINUTES: Final = 21_564_000
"""Minutes from the Unix epoch to Keepa's (2011-01-01T00:00Z), which is market minute 0."""


def minute_of_unix_ms(milliseconds: int) -> int:
    """The Keepa (and market) minute that has begun at a Unix time in milliseconds."""
    return milliseconds // 60_000 - EPOCH_OFFSET_MINUTES


def unix_ms_of_minute(minute: int) -> int:
    """The Unix time in milliseconds at which a Keepa minute begins."""
    return (minute + EPOCH_OFFSET_MINUTES) * 60_000


# --- sentinels -------------------------------------------------------------------------------

NONE_OFFERED: Final = -1
"""No offer, no rank, nothing counted; a shipping cost of -1 is an offer that cannot be shipped."""
NOT_COLLECTED: Final = -2
"""Keepa did not collect the value; a shipping cost of -2 is unknown."""
UNKNOWN_CATEGORY: Final = 9_223_372_036_854_775_807
"""The category id of the blank category "?"; a root category of 0 is unknown too."""
RANK_REFERENCE_LAUNCHPAD: Final = -2
"""``salesRankReference`` of a product in the launchpad category; -1 means unranked."""

# --- csv slots -------------------------------------------------------------------------------


class ValueKind(StrEnum):
    """What the values of a csv slot count.

    ``LOG`` is slot 15: its absolute value is the number of offers fetched and a negative sign
    means that more existed, so there is no missing value.
    """

    PRICE = "price"
    RANK = "rank"
    COUNT = "count"
    RATING = "rating"
    LOG = "log"


class Param(StrEnum):
    """Query parameters of ``/product``."""

    KEY = "key"
    DOMAIN = "domain"
    ASIN = "asin"
    CODE = "code"
    CODE_LIMIT = "code-limit"
    STATS = "stats"
    UPDATE = "update"
    HISTORY = "history"
    DAYS = "days"
    OFFERS = "offers"
    ONLY_LIVE_OFFERS = "only-live-offers"
    RATING = "rating"
    BUYBOX = "buybox"
    STOCK = "stock"
    VIDEOS = "videos"
    APLUS = "aplus"
    HISTORICAL_VARIATIONS = "historical-variations"


@dataclass(frozen=True, slots=True)
class Slot:
    """One position of ``csv`` and of every array of ``stats`` that is indexed like it.

    Args:
        index: Position.
        name: Keepa's constant, used in finder field names (``current_NEW``).
        kind: The series it becomes.
        value: What its values count.
        is_triplet: True for [minute, price, shipping, ...], False for [minute, value, ...].
        delivered_by: Any one of these parameters delivers it; empty means always delivered.
        is_deal_type: Allowed as ``priceTypes`` of ``/deal``.
    """

    index: int
    name: str
    kind: SeriesKind
    value: ValueKind = ValueKind.PRICE
    is_triplet: bool = False
    delivered_by: frozenset[Param] = frozenset()
    is_deal_type: bool = False

    @property
    def width(self) -> int:
        """Integers per point: 3 for triplets, else 2."""
        return 3 if self.is_triplet else 2


_OFFERS: Final = frozenset({Param.OFFERS})
_OFFERS_OR_BUYBOX: Final = frozenset({Param.OFFERS, Param.BUYBOX})
_OFFERS_OR_RATING: Final = frozenset({Param.OFFERS, Param.RATING})
_K: Final = SeriesKind
_COUNT: Final = ValueKind.COUNT

SLOTS: Final[tuple[Slot, ...]] = (
    Slot(0, "AMAZON", _K.AMAZON, is_deal_type=True),
    Slot(1, "NEW", _K.NEW, is_deal_type=True),
    Slot(2, "USED", _K.USED, is_deal_type=True),
    Slot(3, "SALES", _K.SALES_RANK, ValueKind.RANK, is_deal_type=True),
    Slot(4, "LISTPRICE", _K.LIST_PRICE),
    Slot(5, "COLLECTIBLE", _K.COLLECTIBLE, is_deal_type=True),
    Slot(6, "REFURBISHED", _K.REFURBISHED, is_deal_type=True),
    Slot(
        7,
        "NEW_FBM_SHIPPING",
        _K.NEW_FBM,
        is_triplet=True,
        delivered_by=_OFFERS,
        is_deal_type=True,
    ),
    Slot(8, "LIGHTNING_DEAL", _K.LIGHTNING_DEAL, is_deal_type=True),
    Slot(9, "WAREHOUSE", _K.WAREHOUSE, delivered_by=_OFFERS, is_deal_type=True),
    Slot(10, "NEW_FBA", _K.NEW_FBA, delivered_by=_OFFERS, is_deal_type=True),
    Slot(11, "COUNT_NEW", _K.COUNT_NEW, _COUNT),
    Slot(12, "COUNT_USED", _K.COUNT_USED, _COUNT),
    Slot(13, "COUNT_REFURBISHED", _K.COUNT_REFURBISHED, _COUNT),
    Slot(14, "COUNT_COLLECTIBLE", _K.COUNT_COLLECTIBLE, _COUNT),
    Slot(
        15,
        "EXTRA_INFO_UPDATES",
        _K.OFFER_UPDATES,
        ValueKind.LOG,
        delivered_by=_OFFERS_OR_BUYBOX,
    ),
    Slot(16, "RATING", _K.RATING, ValueKind.RATING, delivered_by=_OFFERS_OR_RATING),
    Slot(17, "COUNT_REVIEWS", _K.COUNT_REVIEWS, _COUNT, delivered_by=_OFFERS_OR_RATING),
    Slot(
        18,
        "BUY_BOX_SHIPPING",
        _K.BUY_BOX,
        is_triplet=True,
        delivered_by=_OFFERS_OR_BUYBOX,
        is_deal_type=True,
    ),
    *(
        Slot(index, name, kind, is_triplet=True, delivered_by=_OFFERS, is_deal_type=index <= 22)
        for index, name, kind in (
            (19, "USED_NEW_SHIPPING", _K.USED_LIKE_NEW),
            (20, "USED_VERY_GOOD_SHIPPING", _K.USED_VERY_GOOD),
            (21, "USED_GOOD_SHIPPING", _K.USED_GOOD),
            (22, "USED_ACCEPTABLE_SHIPPING", _K.USED_ACCEPTABLE),
            (23, "COLLECTIBLE_NEW_SHIPPING", _K.COLLECTIBLE_LIKE_NEW),
            (24, "COLLECTIBLE_VERY_GOOD_SHIPPING", _K.COLLECTIBLE_VERY_GOOD),
            (25, "COLLECTIBLE_GOOD_SHIPPING", _K.COLLECTIBLE_GOOD),
            (26, "COLLECTIBLE_ACCEPTABLE_SHIPPING", _K.COLLECTIBLE_ACCEPTABLE),
            (27, "REFURBISHED_SHIPPING", _K.REFURBISHED_SHIPPING),
        )
    ),
    Slot(28, "EBAY_NEW_SHIPPING", _K.EBAY_NEW, is_triplet=True),
    Slot(29, "EBAY_USED_SHIPPING", _K.EBAY_USED, is_triplet=True),
    Slot(30, "TRADE_IN", _K.TRADE_IN),
    Slot(31, "RENT", _K.RENT, delivered_by=_OFFERS),
    Slot(
        32,
        "BUY_BOX_USED_SHIPPING",
        _K.BUY_BOX_USED,
        is_triplet=True,
        delivered_by=_OFFERS_OR_BUYBOX,
        is_deal_type=True,
    ),
    Slot(33, "PRIME_EXCL", _K.PRIME_EXCLUSIVE, delivered_by=_OFFERS_OR_BUYBOX, is_deal_type=True),
    Slot(34, "COUNT_NEW_FBA", _K.COUNT_NEW_FBA, _COUNT),
    Slot(35, "COUNT_NEW_FBM", _K.COUNT_NEW_FBM, _COUNT),
)
"""The csv index table. The length of ``csv`` is never fixed: answers up to 2025 have 34 slots and
those since 2026-02 have 36; a longer one is read as far as it is known here."""

SLOT_COUNT_2025: Final = 34
SLOT_COUNT_2026: Final = 36
SLOT_BY_KIND: Final[dict[SeriesKind, Slot]] = {slot.kind: slot for slot in SLOTS}

# --- codes -----------------------------------------------------------------------------------


class ConditionCode(IntEnum):
    """``offers[].condition`` and ``stats.buyBoxCondition``."""

    UNKNOWN = 0
    NEW = 1
    USED_LIKE_NEW = 2
    USED_VERY_GOOD = 3
    USED_GOOD = 4
    USED_ACCEPTABLE = 5
    REFURBISHED = 6
    COLLECTIBLE_LIKE_NEW = 7
    COLLECTIBLE_VERY_GOOD = 8
    COLLECTIBLE_GOOD = 9
    COLLECTIBLE_ACCEPTABLE = 10
    RENTAL = 11


CONDITION_OF_CODE: Final[dict[int, Condition]] = {
    ConditionCode.NEW: Condition.NEW,
    ConditionCode.USED_LIKE_NEW: Condition.LIKE_NEW,
    ConditionCode.USED_VERY_GOOD: Condition.VERY_GOOD,
    ConditionCode.USED_GOOD: Condition.GOOD,
    ConditionCode.USED_ACCEPTABLE: Condition.ACCEPTABLE,
}
"""Only new and used grades are conditions of ours; every other code has none."""
CODE_OF_CONDITION: Final[dict[Condition, int]] = {c: code for code, c in CONDITION_OF_CODE.items()}


class ProductTypeCode(IntEnum):
    """``productType``; evaluate it before anything else in a product."""

    STANDARD = 0
    DOWNLOADABLE = 1
    EBOOK = 2
    INACCESSIBLE = 3
    INVALID = 4
    VARIATION_PARENT = 5


PRODUCT_TYPE_OF_CODE: Final[dict[int, ProductType]] = {
    ProductTypeCode.STANDARD: ProductType.STANDARD,
    ProductTypeCode.DOWNLOADABLE: ProductType.DOWNLOADABLE,
    ProductTypeCode.EBOOK: ProductType.EBOOK,
    ProductTypeCode.INACCESSIBLE: ProductType.INACCESSIBLE,
    ProductTypeCode.INVALID: ProductType.INVALID,
    ProductTypeCode.VARIATION_PARENT: ProductType.VARIATION_PARENT,
}


class AmazonAvailability(IntEnum):
    """``availabilityAmazon``: whether Amazon itself sells the product."""

    NO_OFFER = -1
    IN_STOCK = 0
    PREORDER = 1
    UNKNOWN = 2
    BACKORDER = 3
    DELAYED = 4


NO_SELLER: Final = "-1"
"""In ``buyBoxSellerIdHistory``: the Buy Box is suppressed or nobody qualifies."""
UNKNOWN_SELLER: Final = "-2"
"""In ``buyBoxSellerIdHistory``: the seller is unknown or the product out of stock."""

# --- endpoints, costs, limits ----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One path of the service.

    Args:
        path: Path below the base URL, without a leading slash.
        payload: Name of the field that carries the answer; None where there is none.
        tokens: Tokens per request, or per item where ``items`` is set.
        items: Greatest number of ids in one request; None where it takes none.
    """

    path: str
    payload: str | None
    tokens: int
    items: int | None = None


PRODUCT: Final = Endpoint("product", "products", 1, items=100)
SEARCH: Final = Endpoint("search", "products", 10)
CATEGORY: Final = Endpoint("category", "categories", 1, items=10)
FINDER: Final = Endpoint("query", "asinList", 10)
DEALS: Final = Endpoint("deal", "deals", 5)
BEST_SELLERS: Final = Endpoint("bestsellers", "bestSellersList", 50)
SELLER: Final = Endpoint("seller", "sellers", 1, items=100)
SELLER_QUERY: Final = Endpoint("sellerquery", "sellerIdList", 10)
TOP_SELLERS: Final = Endpoint("topseller", "sellerIdList", 50)
LIGHTNING_DEALS: Final = Endpoint("lightningdeal", "lightningDeals", 500)
TRACKING: Final = Endpoint("tracking", "trackings", 1)
GRAPH_IMAGE: Final = Endpoint("graphimage", None, 1)
TOKEN: Final = Endpoint("token", None, 0)

ENDPOINTS: Final[dict[str, Endpoint]] = {
    endpoint.path: endpoint
    for endpoint in (
        PRODUCT,
        SEARCH,
        CATEGORY,
        FINDER,
        DEALS,
        BEST_SELLERS,
        SELLER,
        SELLER_QUERY,
        TOP_SELLERS,
        LIGHTNING_DEALS,
        TRACKING,
        GRAPH_IMAGE,
        TOKEN,
    )
}

OFFERS_PER_PAGE: Final = 10
OFFERS_MIN: Final = 20
OFFERS_MAX: Final = 100
TOKENS_PER_OFFER_PAGE: Final = 6
"""Per product and offer page found, instead of the base price of 1 (recorded: 6 for one page)."""
TOKENS_OFFERS_FRESH: Final = 5
"""With ``offers`` when the stored offers are newer than ``update`` hours, or none were found."""
TOKENS_OFFERS_FAILED: Final = 1
"""With ``offers`` when the refresh failed."""
TOKENS_BUYBOX: Final = 2
TOKENS_RATING: Final = 1
"""Only if the rating data is less than 14 days old."""
TOKENS_STOCK: Final = 2
"""Only if the stock data is less than 7 days old."""
TOKENS_FORCED_UPDATE: Final = 1
"""With ``update=0``, only if the last update is less than an hour old."""
TOKENS_HISTORICAL_VARIATIONS: Final = 1
"""Only if the product has a parent ASIN."""
TOKENS_UNKNOWN_ASIN: Final = 1
"""An unknown ASIN costs 1 and gives a stub of type INVALID (recorded)."""
TOKENS_STOREFRONT: Final = 9
"""Added to a seller look-up with ``storefront=1``."""
FINDER_ASINS_PER_TOKEN: Final = 100
TOKENS_FINDER_STATS: Final = 30
TOKENS_SEARCH_RATING: Final = 5
"""A product search with ``rating`` costs so many more at most."""
LIGHTNING_DEAL_TOKENS_WITH_ASIN: Final = 1
UPDATE_DEFAULT_HOURS: Final = 1

DEALS_PER_PAGE: Final = 150
DEALS_MAX: Final = 10_000
FINDER_PAGE_MIN: Final = 50
FINDER_RESULTS_MAX: Final = 10_000
SEARCH_RESULTS: Final = 20

# --- tokens ----------------------------------------------------------------------------------

REFILL_TICK_MS: Final = 60_000
"""``refillRate`` tokens appear once per tick."""
TOKEN_LIFETIME_MINUTES: Final = 60
"""A token lives this long, so the bucket holds ``refillRate`` x 60 (recorded: 5 -> 300)."""

# --- HTTP ------------------------------------------------------------------------------------

STATUS_REJECTED: Final = 400
STATUS_PAYMENT_REQUIRED: Final = 402
STATUS_NOT_FOUND: Final = 404
STATUS_NOT_ALLOWED: Final = 405
STATUS_OUT_OF_TOKENS: Final = 429
STATUS_INTERNAL_ERROR: Final = 500
STATUS_UNAVAILABLE: Final = 503
FINAL_STATUSES: Final = frozenset(
    {STATUS_REJECTED, STATUS_PAYMENT_REQUIRED, STATUS_NOT_FOUND, STATUS_NOT_ALLOWED}
)
"""Sending such a request again cannot help."""
ERROR_INVALID_PARAMETER: Final = "invalidParameter"
BAD_KEY_MESSAGE: Final = "You used an invalid parameter for this API call."
BAD_SELECTION_MESSAGE: Final = "The queryJSON is of invalid format."
"""Recorded for a deal selection; ``details`` names the field."""

ENVELOPE_FIELDS: Final = (
    "timestamp",
    "tokensLeft",
    "refillIn",
    "refillRate",
    "tokenFlowReduction",
    "tokensConsumed",
    "processingTimeInMs",
)
"""Fields of every JSON answer, in wire order; the payload follows."""

HISTORY_FIELDS: Final = (
    "csv",
    "salesRanks",
    "monthlySoldHistory",
    "parentAsinHistory",
    "couponHistory",
    "buyBoxSellerIdHistory",
    "buyBoxUsedHistory",
    "salesRankReferenceHistory",
)
"""Product fields that ``history=0`` drops (``csv`` becomes null)."""

STATS_SLOT_ARRAYS: Final = (
    "current",
    "avg",
    "avg30",
    "avg90",
    "avg180",
    "avg365",
    "atIntervalStart",
    "min",
    "minInInterval",
    "max",
    "maxInInterval",
    "isLowest",
    "isLowest90",
    "outOfStockPercentageInInterval",
    "outOfStockPercentage30",
    "outOfStockPercentage90",
    "outOfStockPercentage180",
    "outOfStockPercentage365",
)
"""Arrays of ``stats`` that are indexed like ``csv``."""

IMAGE_URL: Final = "https://m.media-amazon.com/images/I/"
