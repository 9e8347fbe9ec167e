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
    for key, rows in _groups(seen):
        offer = int(seen.offer[rows[-1]])
        last_seen = int(seen.last_seen[rows].max())
        if (wanted is not None and offer not in wanted) or (since and last_seen < since):
            continue
        place[offer] = len(objects)
        objects.append(_offer_object(product, seen, rows, key, since, stock=stock))
    return objects, [place[offer] for offer in fetched if offer in place]


def _groups(seen: SeenOffers) -> list[tuple[int, NDArray[np.int64]]]:
    """Rows by Keepa's offer id; Amazon's spells are one offer."""
    if not seen.offer.size:
        return []
    amazon = seen.offer < ROWS // 2
    keys = np.where(amazon, _AMAZON_OFFER, seen.offer + _FIRST_OFFER)
    starts = np.flatnonzero(np.append(True, keys[1:] != keys[:-1]))
    ends = np.append(starts[1:], keys.size)
    return [
        (int(keys[start]), np.arange(start, end))
        for start, end in zip(starts.tolist(), ends.tolist(), strict=True)
    ]


def _offer_object(
    product: SimulatedProduct,
    seen: SeenOffers,
    rows: NDArray[np.int64],
    key: int,
    since: int | None,
    *,
    stock: bool,
) -> dict[str, Any]:
    """One element of ``offers``, in the order in which Keepa writes its fields."""
    offers = product.economy.offers
    offer = int(seen.offer[rows[-1]])
    seller, condition = int(offers.seller[offer]), int(offers.condition[offer])
    is_fba, shipping = bool(offers.is_fba[offer]), int(offers.shipping[offer])
    minutes, prices = seen.minute[rows], seen.price[rows]
    kept = np.append(True, prices[1:] != prices[:-1])
    if since is not None:
        kept &= (minutes >= since) | (np.arange(minutes.size) == minutes.size - 1)
    triplets = np.stack(
        [minutes[kept], prices[kept], np.full(int(kept.sum()), shipping)], axis=1
    ).ravel()
    last_seen = int(seen.last_seen[rows].max())
    result: dict[str, Any] = {
        "lastSeen": last_seen,
        "sellerId": product.pool.id_of(seller),
        "offerCSV": triplets,
        "condition": condition,
        "conditionComment": words.COMMENTS[condition] if offer % 3 else None,
        "isPrime": is_fba,
        "isMAP": False,
        "isShippable": True,
        "isPreorder": False,
        "isWarehouseDeal": seller == WAREHOUSE,
        "isAmazon": seller == AMAZON,
        "isPrimeExcl": False,
        "offerId": key,
        "isFBA": is_fba,
        "shipsFromChina": seller >= 0 and bool(product.pool.from_china[seller]),
        "lastStockUpdate": 0,
    }
    if stock and seller >= 0:
        result["stockCSV"] = [last_seen, _stock_left(product, offer, last_seen)]
        result["lastStockUpdate"] = last_seen
    return result


def _stock_left(product: SimulatedProduct, offer: int, minute: int) -> int:
    """Units that an offer still has; who sells out and stays has restocked."""
    sales = product.economy.sales.up_to(minute)
    sold = int(np.count_nonzero(sales.offer == offer)) * sales.units
    at_arrival = int(product.economy.offers.stock[offer])
    return at_arrival - sold % at_arrival


def pages_found(live: int, limit: int) -> int:
    """Offer pages that a request finds, each of ten offers."""
    return -(-min(live, limit) // schema.OFFERS_PER_PAGE)
