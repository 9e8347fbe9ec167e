"""The Product Finder's fields and their types, and how a selection is read.

Most of the 1,364 names are families: a figure, a price type and a bound. Source: Keepa's finder
documentation and its Java client 2.04, compared name by name with the reference's field list.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Final

from arbitragevault.adapters.keepa import schema
from arbitragevault.sandbox.request import BadParameterError


class FieldType(StrEnum):
    """What a field's value must be in JSON."""

    WHOLE = "whole number"
    DECIMAL = "number"
    FLAG = "true or false"
    TEXT = "text"
    TEXTS = "list of texts"
    WHOLES = "list of whole numbers"


PRICE_TYPES: Final = (
    "AMAZON", "NEW", "USED", "SALES", "LISTPRICE", "COLLECTIBLE", "REFURBISHED",
    "NEW_FBM_SHIPPING", "LIGHTNING_DEAL", "WAREHOUSE", "NEW_FBA", "COUNT_NEW", "COUNT_USED",
    "COUNT_REFURBISHED", "COUNT_COLLECTIBLE", "RATING", "COUNT_REVIEWS", "BUY_BOX_SHIPPING",
    "USED_NEW_SHIPPING", "USED_VERY_GOOD_SHIPPING", "USED_GOOD_SHIPPING",
    "USED_ACCEPTABLE_SHIPPING", "REFURBISHED_SHIPPING", "EBAY_NEW_SHIPPING", "EBAY_USED_SHIPPING",
    "TRADE_IN", "RENT", "BUY_BOX_USED_SHIPPING", "PRIME_EXCL",
)  # fmt: skip
SLOT_OF_NAME: Final = {slot.name: slot.index for slot in schema.SLOTS}
BOUNDS: Final = ("_lte", "_gte")

_FIGURES: Final = (
    "current", "avg1", "avg7", "avg30", "avg90", "avg180", "avg365", "delta1", "delta7", "delta30",
    "delta90", "deltaLast", "lastPriceChange", "deltaPercent1", "deltaPercent7", "deltaPercent30",
    "deltaPercent90",
)  # fmt: skip
_WHOLE: Final = """
couponOneTimeAbsolute couponOneTimePercent couponSNSPercent fbaFees itemDimension
itemHeight itemLength itemWeight itemWidth lastOffersUpdate lastPriceChange
lastRatingUpdate lastUpdate lightningEnd lightningStart listedSince nextUpdate
numberOfItems numberOfPages numberOfTrackings offerCountFBA offerCountFBM
outOfStockPercentage90 outOfStockPercentage90_BB outOfStockPercentage90_BB_USED
outOfStockPercentage90_NEW outOfStockPercentage90_USED outOfStockPercentageInInterval
packageDimension packageHeight packageLength packageQuantity packageWeight packageWidth
publicationDate releaseDate salesRankDrops30 salesRankDrops90 salesRankDrops180
salesRankDrops365 totalOfferCount trackingSince monthlySold variationCount imageCount
lastBusinessDiscountUpdate deltaPercent90_monthlySold outOfStockCountAmazon30
outOfStockCountAmazon90 variationReviewCount variationRatingCount
availabilityAmazonMinDelayInDays salesRankTopPct flipability30 flipability90
flipability365 businessDiscount videoCount buyBoxEligibleOfferCountsNewFBA
buyBoxEligibleOfferCountsNewFBM buyBoxEligibleOfferCountsUsedFBA
buyBoxEligibleOfferCountsUsedFBM buyBoxStandardDeviation30 buyBoxStandardDeviation90
buyBoxStandardDeviation365 monthlySoldPeak monthlySoldPeakDate monthlySoldLastKnown
monthlySoldLastKnownDate
"""
_FLAGS: Final = """
buyBoxIsAmazon buyBoxIsFBA buyBoxIsUnqualified buyBoxUsedIsFBA hasParentASIN hasReviews
isAdultProduct isEligibleForSuperSaverShipping isEligibleForTradeIn isHighestOffer
isLowestOffer isPrimeExclusive isSNS newPriceIsMAP buyBoxIsPreorder buyBoxIsBackorder
buyBoxIsPrimeExclusive buyBoxIsPrimeEligible singleVariation isHazMat isHeatSensitive
batteriesRequired batteriesIncluded isMerchOnDemand hasMainVideo hasAPlus
hasAPlusFromManufacturer isDeal launchpad
"""
_TEXTS: Final = """
author binding brand dealType buyBoxSellerId color edition format genre label languages
manufacturer model partNumber platform productGroup publisher rootCategory sellerIds
sellerIdsLowestFBA sellerIdsLowestFBM size studio type itemTypeKeyword
targetAudienceKeyword itemForm activeIngredients specialIngredients brandStoreName
brandStoreUrlName websiteDisplayGroupName websiteDisplayGroup historicalSellerIds
buyBoxShippingCountry sellerIdsFBA sellerIdsFBM buyBoxUsedSellerId historicalParentASIN
scent unitType pattern style material frequentlyBoughtTogether
"""
_WHOLES: Final = """
availabilityAmazon productType warehouseCondition returnRate buyBoxUsedCondition
blackList categories_include categories_exclude salesRankReference
"""
CONTROLS: Final = frozenset({"page", "perPage", "sort", "minMatch"})
_WINDOWS: Final = ("30", "90", "180", "365")
_MOST_VALUES: Final = 50
_MOST_SORTS: Final = 3
_ALONE: Final = frozenset(
    {"buyBoxUsedSellerId", "historicalParentASIN", "scent", "unitType", "pattern", "style",
     "material", "salesRankReference", "rootCategory"}
)  # fmt: skip
"""Fields that the client sends as one value and the documentation as a list; both are accepted."""


def _table() -> dict[str, FieldType]:
    bounded = [f"{figure}_{name}" for figure in _FIGURES for name in PRICE_TYPES]
    bounded += _WHOLE.split()
    bounded += [
        f"buyBoxStats{who}{days}"
        for who in ("Amazon", "TopSeller", "SellerCount")
        for days in _WINDOWS
    ]
    bounded += [f"srAvg{year}{month:02}" for year in range(3) for month in range(12)]
    found = {name + bound: FieldType.WHOLE for name in bounded for bound in BOUNDS}
    found |= {f"unitValue{bound}": FieldType.DECIMAL for bound in BOUNDS}
    flags = [
        f"{flag}_{name}"
        for flag in ("backInStock", "isLowest", "isLowest90")
        for name in PRICE_TYPES
    ]
    found |= dict.fromkeys([*flags, *_FLAGS.split()], FieldType.FLAG)
    found |= dict.fromkeys(_TEXTS.split(), FieldType.TEXTS)
    found |= {f"buyBoxStatsTopSellerId{days}": FieldType.TEXTS for days in _WINDOWS}
    found |= dict.fromkeys(_WHOLES.split(), FieldType.WHOLES)
    return found | dict.fromkeys(("title", "title_flag"), FieldType.TEXT)


FIELDS: Final = _table()
"""Every filter by name; the controls (page, perPage, sort, minMatch) are not filters."""
SORTABLE: Final = frozenset(name.removesuffix("_lte") for name in FIELDS if name.endswith("_lte"))


def read_filters(selection: Mapping[str, Any]) -> dict[str, Any]:
    """The filters of a selection, each with a value of its type; lists where lists are allowed.

    Args:
        selection: The JSON object of the request.

    Raises:
        BadParameterError: Naming the field that is unknown or of a wrong type.
    """
    filters: dict[str, Any] = {}
    for name, value in selection.items():
        if name in CONTROLS or value is None:
            continue
        if name not in FIELDS:
            raise BadParameterError(name)
        filters[name] = _typed(name, FIELDS[name], value)
    if not filters:
        raise BadParameterError("selection")
    return filters


def read_sort(selection: Mapping[str, Any]) -> list[tuple[str, bool]]:
    """Fields to sort by, and whether downwards; by sales rank where nothing is asked for.

    Raises:
        BadParameterError: If ``sort`` is not of the form ``[[field, "asc" | "desc"], ...]``.
    """
    asked = selection.get("sort") or [["current_SALES", "asc"]]
    if not isinstance(asked, list) or len(asked) > _MOST_SORTS:
        raise BadParameterError("sort")
    orders: list[tuple[str, bool]] = []
    for order in asked:
        if not isinstance(order, list) or len(order) != 2 or order[0] not in SORTABLE:
            raise BadParameterError("sort")
        if order[1] not in ("asc", "desc"):
            raise BadParameterError("sort")
        orders.append((order[0], order[1] == "desc"))
    return orders


def read_page(selection: Mapping[str, Any]) -> tuple[int, int]:
    """Page and its size.

    Raises:
        BadParameterError: Naming ``page`` or ``perPage``.
    """
    page, size = selection.get("page", 0), selection.get("perPage", schema.FINDER_PAGE_MIN)
    if not _is_whole(size) or not schema.FINDER_PAGE_MIN <= size <= schema.FINDER_RESULTS_MAX:
        raise BadParameterError("perPage")
    if not _is_whole(page) or page < 0 or (page and (page + 1) * size > schema.FINDER_RESULTS_MAX):
        raise BadParameterError("page")
    return page, size


def _typed(name: str, kind: FieldType, value: object) -> object:
    if kind in (FieldType.TEXTS, FieldType.WHOLES):
        return _listed(name, kind, value)
    fits = {
        FieldType.WHOLE: _is_whole(value),
        FieldType.DECIMAL: isinstance(value, (int, float)) and not isinstance(value, bool),
        FieldType.FLAG: isinstance(value, bool),
        FieldType.TEXT: isinstance(value, str),
    }[kind]
    if not fits:
        raise BadParameterError(name)
    return value


def _listed(name: str, kind: FieldType, value: object) -> list[object]:
    values = [value] if name in _ALONE and not isinstance(value, list) else value
    if not isinstance(values, list) or len(values) > _MOST_VALUES:
        raise BadParameterError(name)
    if name == "rootCategory":
        values = [str(one) if _is_whole(one) else one for one in values]
    wanted = str if kind is FieldType.TEXTS else int
    if not all(isinstance(one, wanted) and not isinstance(one, bool) for one in values):
        raise BadParameterError(name)
    return values


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
