"""Offers, and who held the Buy Box.

A much-sold book has more than a thousand offers, nearly all of them past ones. Everything that can
be wrong with them is found while decoding; the offer objects themselves are made when somebody
looks at them.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import partial
from operator import itemgetter
from typing import Any, Final

import numpy as np
import simdjson

from arbitragevault.adapters.keepa import schema
from arbitragevault.adapters.keepa.wire_fields import (
    Fields,
    items,
    not_negative,
    positive,
    text,
    whole,
)
from arbitragevault.adapters.keepa.wire_listing import coupon_values
from arbitragevault.adapters.keepa.wire_series import (
    TRIPLET,
    Columns,
    FlatArrays,
    few_points,
    is_in_order,
    known,
    usable_points,
)
from arbitragevault.domain.catalog.product import Channel
from arbitragevault.domain.errors import PayloadError
from arbitragevault.domain.market.market import Offer, SellerHistory
from arbitragevault.domain.market.offers import LateOffers
from arbitragevault.domain.market.series import StepSeries

_Row = tuple[Any, ...]
_ALWAYS: Final = (
    "offerId",
    "sellerId",
    "condition",
    "lastSeen",
    "isFBA",
    "isAmazon",
    "isPrime",
    "isShippable",
    "isWarehouseDeal",
    "isMAP",
    "isPreorder",
    "offerCSV",
)
"""Fields that all of 3,086 recorded offers have; the price list last."""
_SOMETIMES: Final = ("stockCSV", "minOrderQty", "conditionComment", "couponHistory", "coupon")
"""Fields that are read of live offers only: what a past offer had in stock decides nothing."""
_NOBODY: Final = frozenset({schema.NO_SELLER, schema.UNKNOWN_SELLER, ""})
_NOTHING: Final = StepSeries.empty()
"""One for all: making one for each of a thousand offers would be felt."""
_read_always: Final = itemgetter(*(name.encode() for name in _ALWAYS))
"""All at once; simdjson takes names in UTF-8, and 1,210 offers make the difference felt."""


def decode_offers(source: simdjson.Array, live: Collection[int] | None, limit: int) -> LateOffers:
    """Every offer that was sent, in the order of sending.

    An offer without a seller or a price list is none: it occurs only where a recording was cut off.

    Args:
        source: The list of offers.
        live: Positions of the offers on the listing; None where Keepa did not say.
        limit: Last minute that can have been observed.

    Raises:
        PayloadError: If one is no object, or a price list is no list of whole numbers.
    """
    offers = list(source)
    read = _read(offers)
    arrays: FlatArrays[int] = FlatArrays(TRIPLET)
    arrays.extend(range(len(read)), [row[-1] for row in read], "offerCSV")
    rows: list[_Row] = [row[:-1] for row in read]
    for index in range(len(rows)) if live is None else live:
        if 0 <= index < len(rows):
            rows[index] = (*rows[index], *map(_fields(offers[index]).get, _SOMETIMES))
    columns = arrays.columns(limit)
    usable = [
        length > 0 and bool(row[1]) and isinstance(row[1], str)
        for row, length in zip(rows, columns.lengths, strict=True)
    ]
    places = [place for place, is_usable in enumerate(usable) if is_usable]
    build = partial(_build, rows, columns, live=live, limit=limit)
    if live is None:
        return LateOffers(len(places), partial(build, places), None)
    shown = [place for place in places if place in live]
    return LateOffers(len(places), partial(build, places), partial(build, shown))


def live_positions(order: object, *, is_fresh: bool) -> frozenset[int] | None:
    """Which of the offers are on the listing now.

    ``liveOffersOrder`` repeats a position where Amazon lists identical offers of one seller, which
    Keepa merges into one; each counts once.

    Args:
        order: ``liveOffersOrder``; null where no offer is live or none were fetched.
        is_fresh: ``offersSuccessful``: this answer fetched the offers.

    Returns:
        Positions in ``offers``, or None where they were not fetched and nothing is known.
    """
    if isinstance(order, list):
        return frozenset(found for item in order if (found := whole(item)) is not None)
    return frozenset() if is_fresh else None


def decode_sellers(history: object, limit: int) -> SellerHistory | None:
    """``buyBoxSellerIdHistory``: a flat list of texts, minute and seller in turn.

    "-1" (nobody qualified) and "-2" (unknown, or out of stock) both become None.

    Args:
        history: The list, or None if it was not sent.
        limit: Last minute that can have been observed.

    Raises:
        PayloadError: If a minute is no number.
    """
    if history is None:
        return None
    entries = items(history)
    pairs = len(entries) // 2
    try:
        minutes = np.array([int(minute) for minute in entries[0 : 2 * pairs : 2]], np.int64)  # type: ignore[call-overload]
    except (ValueError, TypeError, OverflowError) as error:
        raise PayloadError(
            "buyBoxSellerIdHistory has something else than a minute; ask Keepa again."
        ) from error
    sellers = [
        entry if isinstance(entry, str) and entry not in _NOBODY else None
        for entry in entries[1::2]
    ]
    if not is_in_order(minutes, [pairs], limit):
        places = usable_points(minutes, limit)
        minutes, sellers = minutes[places], [sellers[at] for at in places.tolist()]
    return SellerHistory(minutes.astype(np.int32), tuple(sellers))


def _read(offers: Sequence[simdjson.SimValue]) -> list[_Row]:
    """The fields that every offer has, of all offers."""
    try:
        return list(map(_read_always, offers))  # type: ignore[arg-type]  # a wrong one raises
    except (KeyError, TypeError):
        return [tuple(map(_fields(offer).raw, _ALWAYS)) for offer in offers]


def _fields(offer: simdjson.SimValue) -> Fields:
    if not isinstance(offer, simdjson.Object):
        raise PayloadError("An offer is no object; ask Keepa again.")
    return Fields(offer)


def _build(
    rows: Sequence[_Row],
    columns: Columns[int],
    places: Sequence[int],
    *,
    live: Collection[int] | None,
    limit: int,
) -> tuple[Offer, ...]:
    """The offers at some places of the answer."""
    chosen = columns.some(places)
    prices = chosen.series(known(chosen.numbers[:, 0]))
    shippings = chosen.series(known(chosen.numbers[:, 1]))
    return tuple(
        _offer(place, rows[place], series, live, limit)
        for place, series in zip(places, zip(prices, shippings, strict=True), strict=True)
    )


def _offer(
    index: int,
    row: _Row,
    series: tuple[StepSeries, StepSeries],
    live: Collection[int] | None,
    limit: int,
) -> Offer:
    (
        offer_id,
        seller,
        condition,
        last_seen,
        is_fba,
        is_amazon,
        is_prime,
        is_shippable,
        is_warehouse,
        is_map,
        is_preorder,
        *extras,
    ) = row
    price, shipping = series
    stock, minimum_order, comment, coupons, coupon = extras or (None,) * len(_SOMETIMES)
    amounts, percents = _coupons(coupons, coupon, whole(last_seen), limit)
    code = not_negative(condition) or schema.ConditionCode.UNKNOWN.value
    return Offer(
        offer_id=index if (found := whole(offer_id)) is None else found,
        seller=seller,
        condition=schema.CONDITION_OF_CODE.get(code),
        condition_code=code,
        channel=Channel.FBA if is_fba is True else Channel.FBM,
        price=price,
        shipping=shipping,
        last_seen=positive(last_seen) or int(price.minutes[-1]),
        is_live=None if live is None else index in live,
        is_amazon=is_amazon is True,
        is_prime=is_prime is True,
        is_shippable=is_shippable is not False,
        is_warehouse=is_warehouse is True,
        is_map=is_map is True,
        is_preorder=is_preorder is True,
        stock=_newest_stock(stock),
        minimum_order=positive(minimum_order),
        comment=text(comment),
        stock_history=_stock(stock, limit),
        coupon_amount=amounts,
        coupon_percent=percents,
    )


def _stock(history: object, limit: int) -> StepSeries:
    """``[minute, stock, ...]`` as a series."""
    if not history:
        return _NOTHING
    minutes, numbers = few_points(history, limit)
    return StepSeries(minutes.astype(np.int32), known(numbers))


def _coupons(
    history: object, coupon: object, last_seen: int | None, limit: int
) -> tuple[StepSeries, StepSeries]:
    """``[minute, coupon, ...]`` as amounts and percentages; or the coupon in force alone.

    Most histories hold one 0 and say that there never was a coupon, which an empty series says too.
    """
    if not coupon and not any(items(history)[1::2]):
        return _NOTHING, _NOTHING
    minutes, numbers = few_points(history, limit)
    if not minutes.size and whole(coupon):
        minutes, numbers = few_points([last_seen, coupon], limit)
    if not numbers.any():
        return _NOTHING, _NOTHING
    amounts, percents = coupon_values(numbers)
    at = minutes.astype(np.int32)
    return StepSeries(at, amounts), StepSeries(at, percents)


def _newest_stock(history: object) -> int | None:
    """The last value of ``[minute, stock, ...]``; 0 is a stock, negative is unknown."""
    entries = items(history)
    return not_negative(entries[len(entries) // 2 * 2 - 1]) if len(entries) >= 2 else None
