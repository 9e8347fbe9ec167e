"""Offers as Keepa sends them: each with the prices that its looks at the offers page saw."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from arbitragevault.adapters.keepa import schema
from arbitragevault.sandbox import words
from arbitragevault.sandbox.amazon import ROWS
from arbitragevault.sandbox.marketplace import SimulatedProduct
from arbitragevault.sandbox.sellers import AMAZON, WAREHOUSE

_AMAZON_OFFER: Final = 1
_FIRST_OFFER: Final = 2
"""Keepa's ids: Amazon keeps one offer through all its spells; every other offer has its own."""


@dataclass(frozen=True, slots=True)
class SeenOffers:
    """What the looks at the offers page saw, by price stretch in the order of offers.

    Args:
        offer: int64 [n] offer numbers, grouped.
        minute: int64 [n] when the price was first seen.
        last_seen: int64 [n] when it was last seen.
        price: int64 [n] cents.
        live: Offer numbers on the page at the last look, cheapest landed price first.
    """

    offer: NDArray[np.int64]
    minute: NDArray[np.int64]
    last_seen: NDArray[np.int64]
    price: NDArray[np.int64]
    live: list[int]


def seen_offers(product: SimulatedProduct) -> SeenOffers:
    """Every offer that a look at the offers page met."""
    offers, looks = product.economy.offers, product.looks.offers
    first = np.searchsorted(looks, offers.change_start, side="left")
    last = np.searchsorted(looks, offers.change_end, side="left")
    seen = np.flatnonzero(last > first)
    live = seen[last[seen] == looks.size]
    landed = offers.change_price[live] + offers.shipping[offers.change_offer[live]]
    return SeenOffers(
        offer=offers.change_offer[seen],
        minute=looks[first[seen]],
        last_seen=looks[last[seen] - 1],
        price=offers.change_price[seen],
        live=offers.change_offer[live][np.argsort(landed, kind="stable")].tolist(),
    )


def offer_objects(
    product: SimulatedProduct, limit: int, *, since: int | None, only_live: bool, stock: bool
) -> tuple[list[dict[str, Any]], list[int]]:
    """``offers`` and ``liveOffersOrder``.

    Args:
        product: The product.
        limit: How many live offers are fetched.
        since: Market minute before which offers and prices are left out; None keeps all.
        only_live: Leave past offers out.
        stock: Add the units in stock.
    """
    seen = seen_offers(product)
    fetched = seen.live[:limit]
    wanted = set(fetched) if only_live else None
    objects: list[dict[str, Any]] = []
    place: dict[int, int] = {}
    for one in _histories(product, seen, since or 0):
        if (wanted is None or one.offer in wanted) and one.last_seen >= (since or 0):
            place[one.offer] = len(objects)
            objects.append(_offer_object(product, one, stock=stock))
    return objects, [place[offer] for offer in fetched if offer in place]


@dataclass(frozen=True, slots=True)
class _History:
    """One offer of Keepa's: its id, our newest number of it, when it was last seen, its prices."""

    key: int
    offer: int
    last_seen: int
    triplets: NDArray[np.int64]


def _histories(product: SimulatedProduct, seen: SeenOffers, since: int) -> list[_History]:
    """What was seen of each offer; Amazon's spells are one offer."""
    if not seen.offer.size:
        return []
    amazon = seen.offer < ROWS // 2
    keys = np.where(amazon, _AMAZON_OFFER, seen.offer + _FIRST_OFFER)
    begins = np.append(True, keys[1:] != keys[:-1])
    starts = np.flatnonzero(begins)
    ends = np.append(starts[1:], keys.size)
    written = begins | np.append(True, seen.price[1:] != seen.price[:-1])
    if since:
        written &= seen.minute >= since
        # An offer without a change since then still tells its price.
        written[ends - 1] = True
    shipping = product.economy.offers.shipping[seen.offer]
    triplets = np.stack([seen.minute, seen.price, shipping], axis=1)[written].ravel()
    upto = np.concatenate(([0], 3 * np.cumsum(written)))
    columns = (
        keys[starts],
        seen.offer[ends - 1],
        np.maximum.reduceat(seen.last_seen, starts),
        upto[starts],
        upto[ends],
    )
    return [
        _History(key, offer, last_seen, triplets[first:last])
        for key, offer, last_seen, first, last in zip(
            *(column.tolist() for column in columns), strict=True
        )
    ]


def _offer_object(product: SimulatedProduct, one: _History, *, stock: bool) -> dict[str, Any]:
    """One element of ``offers``, in the order in which Keepa writes its fields."""
    offers = product.economy.offers
    seller, condition = int(offers.seller[one.offer]), int(offers.condition[one.offer])
    is_fba = bool(offers.is_fba[one.offer])
    result: dict[str, Any] = {
        "lastSeen": one.last_seen,
        "sellerId": product.pool.id_of(seller),
        "offerCSV": one.triplets,
        "condition": condition,
        "conditionComment": words.COMMENTS[condition] if one.offer % 3 else None,
        "isPrime": is_fba,
        "isMAP": False,
        "isShippable": True,
        "isPreorder": False,
        "isWarehouseDeal": seller == WAREHOUSE,
        "isAmazon": seller == AMAZON,
        "isPrimeExcl": False,
        "offerId": one.key,
        "isFBA": is_fba,
        "shipsFromChina": seller >= 0 and bool(product.pool.from_china[seller]),
        "lastStockUpdate": 0,
    }
    if stock and seller >= 0:
        result["stockCSV"] = [one.last_seen, _stock_left(product, one.offer, one.last_seen)]
        result["lastStockUpdate"] = one.last_seen
    return result


def _stock_left(product: SimulatedProduct, offer: int, minute: int) -> int:
    """Units that an offer still has; who sells out and stays has restocked."""
    economy = product.economy
    until = int(np.searchsorted(economy.sold, minute, side="right"))
    sold = int(np.count_nonzero(economy.bought[1, :until] == offer)) * economy.buyers.units
    at_arrival = int(economy.offers.stock[offer])
    return at_arrival - sold % at_arrival


def pages_found(live: int, limit: int) -> int:
    """Offer pages that a request finds, each of ten offers."""
    return -(-min(live, limit) // schema.OFFERS_PER_PAGE)
