"""The Buy Box part of ``stats``, new and used."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from arbitragevault.sandbox.marketplace import SimulatedProduct
from arbitragevault.sandbox.sellers import AMAZON, WAREHOUSE
from arbitragevault.sandbox.stats import Landed, Window
from arbitragevault.sandbox.wire_offers import SeenOffers

_FLAGS = (
    "buyBoxIsUnqualified",
    "buyBoxIsShippable",
    "buyBoxIsPreorder",
    "buyBoxIsFBA",
    "buyBoxIsAmazon",
    "buyBoxIsMAP",
    "buyBoxIsUsed",
    "buyBoxIsBackorder",
    "buyBoxIsPrimeExclusive",
    "buyBoxIsFreeShippingEligible",
    "buyBoxIsPrimeEligible",
    "buyBoxCondition",
    "lastBuyBoxUpdate",
    "buyBoxAvailabilityMessage",
    "buyBoxShippingCountry",
    "buyBoxSellerId",
    "buyBoxIsWarehouseDeal",
)


def boxes_not_asked() -> dict[str, Any]:
    """The fields without ``offers`` and ``buybox``: prices -2, everything else null."""
    return {"buyBoxPrice": -2, "buyBoxShipping": -2, **dict.fromkeys(_FLAGS)}


def new_box(product: SimulatedProduct, interval: Window) -> dict[str, Any]:
    """The New Buy Box at the last look, and who held it over the interval."""
    looks = product.looks.prices
    offer, price, shipping = product.economy.box_at(int(looks[-1]))
    offers = product.economy.offers
    result = boxes_not_asked()
    result["lastBuyBoxUpdate"] = int(looks[-1])
    if offer < 0:
        result |= {
            "buyBoxPrice": -1,
            "buyBoxShipping": -1,
            "buyBoxIsUnqualified": True,
            "buyBoxIsAmazon": False,
            "buyBoxSellerId": product.observed.box_sellers[1][-1],
        }
        return result | {"buyBoxStats": _shares(product, interval)}
    is_fba = bool(offers.is_fba[offer])
    result |= dict.fromkeys(_FLAGS[:10], False)
    result |= {
        "buyBoxPrice": price,
        "buyBoxShipping": shipping,
        "buyBoxIsShippable": True,
        "buyBoxIsFBA": is_fba,
        "buyBoxIsAmazon": int(offers.seller[offer]) == AMAZON,
        "buyBoxIsFreeShippingEligible": shipping == 0,
        "buyBoxIsPrimeEligible": is_fba,
        "buyBoxCondition": 1,
        "buyBoxAvailabilityMessage": "IN_STOCK",
        "buyBoxSellerId": product.pool.id_of(int(offers.seller[offer])),
        "buyBoxIsWarehouseDeal": False,
    }
    return result | {"buyBoxStats": _shares(product, interval)}


def used_box(product: SimulatedProduct) -> dict[str, Any]:
    """The Used Buy Box at the last look at the offers page."""
    offer = int(product.observed.used_box[1][-1])
    flat = product.observed.csv.get(32)
    if offer < 0 or flat is None:
        return {"buyBoxUsedPrice": -1, "buyBoxUsedShipping": -1}
    offers = product.economy.offers
    return {
        "buyBoxUsedPrice": int(flat[-2]),
        "buyBoxUsedShipping": int(flat[-1]),
        "buyBoxUsedSellerId": product.pool.id_of(int(offers.seller[offer])),
        "buyBoxUsedIsFBA": bool(offers.is_fba[offer]),
        "buyBoxUsedCondition": int(offers.condition[offer]),
    }


def used_box_history(product: SimulatedProduct, since: int) -> list[str] | None:
    """``buyBoxUsedHistory``: minute, seller, condition and channel as strings, four by four."""
    minutes, offers = product.observed.used_box
    if not (offers >= 0).any():
        return None
    facts = product.economy.offers
    flat: list[str] = []
    for minute, offer in zip(minutes.tolist(), offers.tolist(), strict=True):
        if minute < since:
            continue
        flat.append(str(minute))
        if offer < 0:
            flat += ["", "", ""]
            continue
        seller = product.pool.id_of(int(facts.seller[offer]))
        flat += [seller, str(int(facts.condition[offer])), "1" if facts.is_fba[offer] else "0"]
    return flat


def lowest_sellers(product: SimulatedProduct, seen: SeenOffers, limit: int) -> dict[str, Any]:
    """Who asks the lowest New price by channel, and how many New offers were fetched."""
    offers = product.economy.offers
    new = [offer for offer in seen.live[:limit] if offers.condition[offer] == 1]
    price = dict(zip(seen.offer.tolist(), seen.price.tolist(), strict=True))
    result: dict[str, Any] = {}
    for name, is_fba in (("FBA", True), ("FBM", False)):
        theirs = [offer for offer in new if bool(offers.is_fba[offer]) == is_fba]
        others = [offer for offer in theirs if offers.seller[offer] not in (AMAZON, WAREHOUSE)]
        least = min((price[offer] for offer in others), default=0)
        result[f"sellerIdsLowest{name}"] = [
            product.pool.id_of(int(offers.seller[offer]))
            for offer in others
            if price[offer] == least
        ] or None
        result[f"offerCount{name}"] = len(theirs)
    return result


def _shares(product: SimulatedProduct, interval: Window) -> dict[str, Any]:
    """Who held the New Buy Box over the interval, how long and at what price."""
    minutes, holders = product.observed.box_sellers
    flat = product.observed.csv.get(18)
    if flat is None:
        return {}
    names = sorted(set(holders) - {"-1", "-2"})
    number = {name: place for place, name in enumerate(names)}
    who = Landed(minutes, np.array([number.get(name, -1) for name in holders], dtype=np.int64))
    price = Landed(flat[0::3], np.where(flat[1::3] < 0, -1, flat[1::3] + np.maximum(flat[2::3], 0)))
    inside = np.clip(np.concatenate((minutes, price.minutes)), interval.start, interval.end)
    edges = np.union1d(inside, [interval.start, interval.end])
    lasting = np.diff(edges)
    holder, asked = _sample(who, edges[:-1]), _sample(price, edges[:-1])
    total = int(lasting.sum())
    channels = _channels(product)
    result: dict[str, Any] = {}
    for name, place in number.items():
        held = (holder == place) & (asked >= 0)
        duration = int(lasting[held].sum())
        if not duration:
            continue
        result[name] = {
            "percentageWon": round(100 * duration / total, 6),
            "avgPrice": int((lasting[held] * asked[held]).sum() // duration),
            "avgNewOfferCount": _mean_count(product, 11, edges[:-1][held], lasting[held]),
            "avgUsedOfferCount": _mean_count(product, 12, edges[:-1][held], lasting[held]),
            "isFBA": channels.get(name, False),
            "lastSeen": int(edges[1:][held][-1]),
        }
    return result


def _sample(series: Landed, minutes: NDArray[np.int64]) -> NDArray[np.int64]:
    index = np.searchsorted(series.minutes, minutes, side="right") - 1
    return np.where(index >= 0, series.values[np.maximum(index, 0)], -1)


def _mean_count(
    product: SimulatedProduct, slot: int, minutes: NDArray[np.int64], lasting: NDArray[np.int64]
) -> int:
    flat = product.observed.csv.get(slot)
    if flat is None:
        return 0
    counts = np.maximum(_sample(Landed(flat[0::2], flat[1::2]), minutes), 0)
    return int((counts * lasting).sum() // max(1, int(lasting.sum())))


def _channels(product: SimulatedProduct) -> dict[str, bool]:
    """Whether Amazon shipped for each holder of the New Buy Box, the last time it held it."""
    offers, held = product.economy.offers, product.economy.boxes[1]
    return {
        product.pool.id_of(int(offers.seller[offer])): bool(offers.is_fba[offer])
        for offer in sorted(set(held[held >= 0].tolist()))
    }
