"""Keepa's deals: what can be asked, and how it is asked page after page."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

import orjson

from arbitragevault.adapters.keepa import schema
from arbitragevault.adapters.keepa.client import KeepaClient
from arbitragevault.adapters.keepa.selection import Field, Value, ValueType, unknown_field
from arbitragevault.adapters.keepa.wire_deals import DealAnswer, read_deals
from arbitragevault.domain.errors import InvalidInputError, quoted
from arbitragevault.domain.market.deals import DealPeriod
from arbitragevault.domain.market.market import SeriesKind

PERIODS: Final = (DealPeriod.DAY, DealPeriod.WEEK, DealPeriod.MONTH, DealPeriod.QUARTER)
"""By ``dateRange``."""
SORTS: Final = {"age": 1, "amount": 2, "rank": 3, "percent": 4}
"""``sortType`` by what it sorts; the negative number turns the order round, except of the age."""
PERCENT_LEAST: Final = 10
RANK_PERCENT_LEAST: Final = 80
OPEN: Final = -1
"""As the upper bound of a range: none."""
RATING_MOST: Final = 50
_WAREHOUSE_CODES: Final = range(schema.ConditionCode.NEW, schema.ConditionCode.REFURBISHED)

_RANGES: Final = (
    "currentRange",
    "deltaLastRange",
    "deltaPercentRange",
    "deltaRange",
    "salesRankRange",
)
_FLAGS: Final = (
    "filterErotic",
    "hasReviews",
    "isBackInStock",
    "isLowest",
    "isLowest90",
    "isLowestOffer",
    "isOutOfStock",
    "isPrimeExclusive",
    "mustHaveAmazonOffer",
    "mustNotHaveAmazonOffer",
    "singleVariation",
)
_SWITCHES: Final = ("isFilterEnabled", "isRangeEnabled")
_CATEGORIES: Final = ("excludeCategories", "includeCategories")
_TEXTS: Final = (
    "author",
    "binding",
    "brand",
    "brandStoreName",
    "brandStoreUrlName",
    "color",
    "edition",
    "format",
    "itemForm",
    "itemTypeKeyword",
    "languages",
    "manufacturer",
    "material",
    "model",
    "pattern",
    "productGroup",
    "salesRankDisplayGroup",
    "scent",
    "size",
    "style",
    "targetAudienceKeyword",
    "type",
    "unitType",
    "websiteDisplayGroup",
    "websiteDisplayGroupName",
)


def _list(name: str, kind: ValueType) -> Field:
    return Field(name, kind, is_list=True, most=None)


DEAL_FIELDS: Final[Mapping[str, Field]] = {
    one.name: one
    for one in (
        *(_list(name, ValueType.INTEGER) for name in _RANGES),
        *(_list(name, ValueType.LONG) for name in _CATEGORIES),
        *(_list(name, ValueType.TEXT) for name in _TEXTS),
        *(Field(name, ValueType.BOOLEAN) for name in (*_FLAGS, *_SWITCHES)),
        Field("titleSearch", ValueType.TEXT),
        Field("minRating", ValueType.INTEGER),
        _list("warehouseConditions", ValueType.INTEGER),
    )
}
"""Every field of a selection that filters. Source: ``DealRequest`` of Keepa's Java client 2.04."""
_CONTROLS: Final = ("domainId", "priceTypes", "dateRange", "page", "sortType")


@dataclass(frozen=True, slots=True)
class DealRequest:
    """One request for deals.

    Args:
        domain: Keepa's domain id of the marketplace.
        price_type: The kind of value that has changed; not every kind has deals.
        period: The past with which it is compared.
        filters: Values by Keepa's field name. Ranges are [least, most], where a most of -1 is open.
        sort_type: Keepa's number (``SORTS``); negative turns the order round.
        page: Counted from 0; each has 150 deals.

    Raises:
        InvalidInputError: If Keepa would refuse it; names the field.
    """

    domain: int
    price_type: SeriesKind
    period: DealPeriod = DealPeriod.DAY
    filters: Mapping[str, Value] = field(default_factory=dict)
    sort_type: int = SORTS["age"]
    page: int = 0

    def __post_init__(self) -> None:
        slot = schema.SLOT_BY_KIND.get(self.price_type)
        if slot is None or not slot.is_deal_type:
            kinds = ", ".join(one.kind.value for one in schema.SLOTS if one.is_deal_type)
            raise InvalidInputError(
                f"priceTypes: there are no deals of {self.price_type}; choose one of {kinds}."
            )
        if abs(self.sort_type) not in SORTS.values() or self.sort_type == -SORTS["age"]:
            raise InvalidInputError(
                f"sortType takes 1 to 4, or -2 to -4 for the opposite order, not {self.sort_type}."
            )
        if self.page < 0 or self.page * schema.DEALS_PER_PAGE > schema.DEALS_MAX:
            raise InvalidInputError(
                f"page {self.page} lies beyond the {schema.DEALS_MAX} deals that Keepa pages "
                "through; narrow the selection."
            )
        object.__setattr__(self, "filters", _checked(self.filters))
        _check_ranges(self.filters, self.price_type)
        _check_filters(self.filters)

    @classmethod
    def from_selection(cls, selection: Mapping[str, object]) -> DealRequest:
        """The request that Keepa's own selection object means.

        Raises:
            InvalidInputError: If it is incomplete, or holds something that Keepa would refuse.
        """
        filters: dict[str, Any] = {n: v for n, v in selection.items() if n not in _CONTROLS}
        types = selection.get("priceTypes")
        if not isinstance(types, list) or len(types) != 1:
            raise InvalidInputError("priceTypes takes a list of exactly one price type.")
        return cls(
            domain=_whole("domainId", selection.get("domainId"), 1, 12),
            price_type=schema.SLOTS[_whole("priceTypes", types[0], 0, len(schema.SLOTS) - 1)].kind,
            period=PERIODS[_whole("dateRange", selection.get("dateRange", 0), 0, 3)],
            filters=filters,
            sort_type=_whole("sortType", selection.get("sortType", 1), -4, 4),
            page=_whole("page", selection.get("page", 0), 0, schema.DEALS_MAX),
        )

    @property
    def worst_case_tokens(self) -> int:
        """What the request costs."""
        return schema.DEALS.tokens

    def selection(self) -> dict[str, object]:
        """Keepa's selection object; ranges and filters are switched on where there are any."""
        given = set(self.filters) - set(_SWITCHES)
        return {
            "page": self.page,
            "domainId": self.domain,
            "priceTypes": [schema.SLOT_BY_KIND[self.price_type].index],
            "dateRange": PERIODS.index(self.period),
            "sortType": self.sort_type,
            "isRangeEnabled": bool(given & set(_RANGES)),
            "isFilterEnabled": bool(given - set(_RANGES)),
        } | dict(self.filters)

    def body(self) -> bytes:
        """The JSON to post."""
        return orjson.dumps(self.selection())

    @property
    def has_next(self) -> bool:
        """Whether Keepa would give another page, if it has so many deals."""
        return (self.page + 1) * schema.DEALS_PER_PAGE <= schema.DEALS_MAX

    def next_page(self) -> DealRequest:
        """The request for the page after this one."""
        return replace(self, page=self.page + 1)


async def find_deals(client: KeepaClient, request: DealRequest) -> DealAnswer:
    """One page of deals.

    Raises:
        MarketDataError: As ``KeepaClient.ask`` does.
    """
    document = await client.ask(
        schema.DEALS, {}, worst_case=request.worst_case_tokens, body=request.body()
    )
    return read_deals(document)


async def deal_pages(client: KeepaClient, request: DealRequest) -> AsyncIterator[DealAnswer]:
    """The pages from the request's own one on; a page that is not full is the last one.

    Deals come in while pages are read: the second appearance of a product is left out.

    Raises:
        MarketDataError: As ``KeepaClient.ask`` does; pages that were given before stay good.
    """
    seen: set[str] = set()
    while True:
        page = await find_deals(client, request)
        fresh = {one.asin: one for one in page.deals if one.asin not in seen}
        seen.update(fresh)
        yield replace(page, deals=tuple(fresh.values()))
        if page.rows < schema.DEALS_PER_PAGE or not request.has_next:
            return
        request = request.next_page()


def _checked(filters: Mapping[str, object]) -> dict[str, Value]:
    checked = {}
    for name, value in filters.items():
        if name not in DEAL_FIELDS:
            raise unknown_field(name, (*DEAL_FIELDS, *_CONTROLS), what="a deal request")
        checked[name] = DEAL_FIELDS[name].checked(value)
    return checked


def _check_ranges(filters: Mapping[str, Any], price_type: SeriesKind) -> None:
    for name in _RANGES:
        bounds = filters.get(name)
        if bounds is None:
            continue
        if len(bounds) != 2 or bounds[1] not in (OPEN, max(bounds)):
            raise InvalidInputError(
                f"{name} takes [least, most] with an open most of {OPEN}, not {bounds}."
            )
    percents = filters.get("deltaPercentRange")
    least = RANK_PERCENT_LEAST if price_type is SeriesKind.SALES_RANK else PERCENT_LEAST
    if percents is not None and percents[0] < least:
        raise InvalidInputError(
            f"deltaPercentRange begins at {least} percent or above for {price_type}, not at "
            f"{percents[0]}."
        )


def _check_filters(filters: Mapping[str, Any]) -> None:
    if filters.get("mustHaveAmazonOffer") and filters.get("mustNotHaveAmazonOffer"):
        raise InvalidInputError(
            "mustHaveAmazonOffer and mustNotHaveAmazonOffer exclude each other; no deal fits both."
        )
    rating = filters.get("minRating", OPEN)
    if not OPEN <= rating <= RATING_MOST:
        raise InvalidInputError(
            f"minRating takes tenths of a star, 0 to {RATING_MOST}, or {OPEN}, not {rating}."
        )
    for code in filters.get("warehouseConditions", ()):
        if code not in _WAREHOUSE_CODES:
            raise InvalidInputError(f"warehouseConditions takes codes from 1 to 5, not {code}.")


def _whole(name: str, value: object, least: int, most: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise InvalidInputError(
            f"{name} takes a whole number from {least} to {most}, not {quoted(str(value))}."
        )
    return value
