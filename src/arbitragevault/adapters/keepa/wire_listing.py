"""What a product object tells beside its series: Buy Boxes, coupons, variations, rank category."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from arbitragevault.adapters.keepa import schema
from arbitragevault.adapters.keepa.wire_fields import Fields, items, not_negative, text, whole
from arbitragevault.adapters.keepa.wire_series import is_in_order, usable_points
from arbitragevault.domain.catalog.product import Channel, Condition
from arbitragevault.domain.errors import PayloadError
from arbitragevault.domain.market.listing import (
    EligibleOffers,
    Listing,
    RankCategoryHistory,
    UsedBoxHistory,
    Variation,
)
from arbitragevault.domain.market.market import SeriesKind

_USED_WIDTH: Final = 4
_NOBODY: Final = frozenset({"", schema.NO_SELLER, schema.UNKNOWN_SELLER})
_ELIGIBLE_COUNTS: Final = 8
_CONDITIONS: Final[Mapping[str, Condition]] = {
    str(int(code)): condition for code, condition in schema.CONDITION_OF_CODE.items()
}
_CHANNELS: Final[Mapping[str, Channel]] = {"1": Channel.FBA, "0": Channel.FBM}
ONE_TIME: Final = (SeriesKind.COUPON_AMOUNT, SeriesKind.COUPON_PERCENT)
SUBSCRIBE: Final = (SeriesKind.SUBSCRIBE_COUPON_AMOUNT, SeriesKind.SUBSCRIBE_COUPON_PERCENT)


def decode_listing(product: Fields, limit: int) -> Listing:
    """The listing of a product.

    Args:
        product: The fields as they were sent.
        limit: Last minute that can have been observed.

    Raises:
        PayloadError: If a history has something else than a minute where one belongs.
    """
    get = product.get
    return Listing(
        used_buy_box=_used_box(get("buyBoxUsedHistory"), limit),
        rank_categories=_rank_categories(get("salesRankReferenceHistory"), limit),
        eligible_offers=_eligible(get("buyBoxEligibleOfferCounts")),
        variations=_variations(get("variations")),
        past_variations=tuple(
            asin for one in items(get("historicalVariations")) if (asin := text(one)) is not None
        ),
    )


def coupon_values(numbers: NDArray[np.int64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Keepa's coupons as amounts in minor units and as percentages; NaN where there is none.

    Keepa sends an amount above 0, a percentage below 0, and 0 for no coupon.
    """
    amounts = np.where(numbers > 0, numbers, np.nan)
    percents = np.where(numbers < 0, -numbers.astype(np.float64), np.nan)
    return amounts, percents


def current_coupons(told: object) -> dict[SeriesKind, float]:
    """The coupons in force, ``[one-time, subscription]``; those that do not exist are left out."""
    found: dict[SeriesKind, float] = {}
    for kinds, entry in zip((ONE_TIME, SUBSCRIBE), items(told), strict=False):
        coupon = whole(entry)
        if coupon:
            found[kinds[coupon < 0]] = float(abs(coupon))
    return found


def _used_box(told: object, limit: int) -> UsedBoxHistory | None:
    """``buyBoxUsedHistory``: texts, [minute, seller, condition, is FBA, ...]; "" for nobody."""
    if not isinstance(told, list):
        return None
    points = len(told) // _USED_WIDTH * _USED_WIDTH
    minutes = _minutes(told[0:points:_USED_WIDTH], "buyBoxUsedHistory")
    columns = [told[at:points:_USED_WIDTH] for at in range(1, _USED_WIDTH)]
    if not is_in_order(minutes, [minutes.size], limit):
        places = usable_points(minutes, limit)
        minutes = minutes[places]
        columns = [[column[at] for at in places.tolist()] for column in columns]
    sellers, conditions, channels = columns
    try:
        sellers = list(map(str.strip, sellers))  # refuses what is no text
        return UsedBoxHistory(
            minutes.astype(np.int32),
            tuple([None if seller in _NOBODY else seller for seller in sellers]),
            tuple(map(_CONDITIONS.get, conditions)),
            tuple(map(_CHANNELS.get, channels)),
        )
    except TypeError as error:
        raise PayloadError(
            "buyBoxUsedHistory has something else than texts; ask Keepa again."
        ) from error


def _rank_categories(told: object, limit: int) -> RankCategoryHistory | None:
    """``salesRankReferenceHistory``: [minute, category, ...]; negative for no main rank."""
    if not isinstance(told, list):
        return None
    pairs = told[: len(told) // 2 * 2]
    minutes = _minutes(pairs[0::2], "salesRankReferenceHistory")
    categories = pairs[1::2]
    if not is_in_order(minutes, [minutes.size], limit):
        places = usable_points(minutes, limit)
        minutes, categories = minutes[places], [categories[at] for at in places.tolist()]
    return RankCategoryHistory(minutes.astype(np.int32), tuple(map(_category, categories)))


def _category(told: object) -> int | None:
    found = whole(told)
    is_known = found is not None and 0 < found < schema.UNKNOWN_CATEGORY
    return found if is_known else None


def _minutes(entries: Sequence[Any], name: str) -> NDArray[np.int64]:
    try:
        return np.array(list(map(int, entries)), np.int64)
    except (ValueError, TypeError, OverflowError) as error:
        raise PayloadError(f"{name} has something else than a minute; ask Keepa again.") from error


def _eligible(told: object) -> EligibleOffers | None:
    entries = items(told)
    if len(entries) < _ELIGIBLE_COUNTS:
        return None
    return EligibleOffers(*map(not_negative, entries[:_ELIGIBLE_COUNTS]))


def _variations(told: object) -> tuple[Variation, ...]:
    return tuple(
        Variation(asin, _attributes(one.get("attributes")), text(one.get("image")))
        for one in items(told)
        if isinstance(one, dict) and (asin := text(one.get("asin"))) is not None
    )


def _attributes(told: object) -> tuple[tuple[str, str], ...]:
    return tuple(
        (dimension, value)
        for one in items(told)
        if isinstance(one, dict)
        and (dimension := text(one.get("dimension"))) is not None
        and (value := text(one.get("value"))) is not None
    )
