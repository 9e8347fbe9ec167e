"""From a simulated product to the JSON object that Keepa would send for it.

The 36-slot schema of 2026: classic fields are always there and null where empty; fields that Keepa
added since 2023 are absent where empty.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import numpy as np

from arbitragevault.adapters.keepa import schema
from arbitragevault.sandbox import words
from arbitragevault.sandbox.catalogue import MINUTES_PER_DAY, Entry
from arbitragevault.sandbox.fees import shown_fees
from arbitragevault.sandbox.kinds import topic_id
from arbitragevault.sandbox.marketplace import Marketplace, SimulatedProduct
from arbitragevault.sandbox.stats import Window, series_stats
from arbitragevault.sandbox.wire_boxes import (
    boxes_not_asked,
    lowest_sellers,
    new_box,
    used_box,
    used_box_history,
)
from arbitragevault.sandbox.wire_offers import offer_objects, seen_offers
from arbitragevault.sandbox.written import Flat

_SLOTS: Final = schema.SLOT_COUNT_2026
_US: Final = 1


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a request asks of each product.

    Args:
        interval: Minutes of the ``stats`` parameter; None leaves ``stats`` out.
        history: Send csv series and other histories.
        days: Cut histories to this many days; None sends all.
        offers: Fetch up to so many live offers; None leaves offers out.
        only_live: Leave past offers out.
        rating / buybox / stock: As Keepa's parameters of these names.
    """

    interval: Window | None = None
    history: bool = True
    days: int | None = None
    offers: int | None = None
    only_live: bool = False
    rating: bool = False
    buybox: bool = False
    stock: bool = False

    @property
    def slots(self) -> tuple[int, ...]:
        """The csv slots that are delivered."""
        return _delivered(self.offers is not None, self.rating, self.buybox)

    @property
    def boxes(self) -> bool:
        """Whether Buy Box data is delivered."""
        return self.buybox or self.offers is not None


@lru_cache
def _delivered(*given: bool) -> tuple[int, ...]:
    """The slots that are delivered by default, with offers, with ratings, with Buy Box data."""
    asked = zip((schema.Param.OFFERS, schema.Param.RATING, schema.Param.BUYBOX), given, strict=True)
    names = {name for name, is_given in asked if is_given}
    return tuple(
        slot.index
        for slot in schema.SLOTS
        if not slot.delivered_by or names.intersection(slot.delivered_by)
    )


def product_object(
    marketplace: Marketplace, product: SimulatedProduct, wanted: Wanted
) -> dict[str, Any]:
    """The whole product object.

    Args:
        marketplace: Where it is sold.
        product: The product at the moment of the request.
        wanted: What the request asks for.
    """
    known = product.observed.csv
    csv = {index: known[index] for index in wanted.slots if index in known}
    since = 0 if wanted.days is None else product.now - wanted.days * MINUTES_PER_DAY
    result: dict[str, Any] = {"csv": _csv(csv, since) if wanted.history else None}
    result |= _catalogue(marketplace, product)
    result |= _dates(product)
    result |= _histories(product, wanted, since)
    result |= _offers(product, wanted, since)
    result |= _prices(product, csv)
    if wanted.interval is not None:
        result["stats"] = _stats(product, csv, wanted, wanted.interval)
    return result


def parent_object(asin: str, children: Sequence[Entry], now: int) -> dict[str, Any]:
    """A variation parent: its children, and nothing to buy.

    Args:
        asin: The parent's ASIN.
        children: Its variations.
        now: Market minute of the request.
    """
    first = children[0]
    return {
        "csv": None,
        "categories": None,
        "title": first.title.removesuffix(f", {first.variant}"),
        "rootCategory": first.kind.root.id,
        "productType": int(schema.ProductTypeCode.VARIATION_PARENT),
        "parentAsin": None,
        "asin": asin,
        "domainId": _US,
        "type": first.kind.item_type,
        "brand": first.brand,
        "trackingSince": first.birth,
        "lastUpdate": now,
        "eanList": None,
        "upcList": None,
        "offersSuccessful": False,
        "variations": _variations(tuple(child.asin for child in children)),
    }


def _csv(csv: dict[int, Flat], since: int) -> list[Flat | None]:
    return [
        _cut(csv[slot.index], slot.width, since) if slot.index in csv else None
        for slot in schema.SLOTS
    ]


def _cut(flat: Flat, width: int, since: int) -> Flat | None:
    """The points at or after a minute; None if there are none."""
    if flat[0] >= since:
        return flat
    start = int(np.searchsorted(flat[0::width], since, side="left")) * width
    return flat[start:] if start < flat.size else None


def _catalogue(marketplace: Marketplace, product: SimulatedProduct) -> dict[str, Any]:
    """What the product is."""
    entry, kind = product.entry, product.entry.kind
    topic = {"catId": topic_id(kind, entry.topic), "name": kind.topics[entry.topic]}
    root = {"catId": kind.root.id, "name": kind.root.name}
    siblings = marketplace.sibling_asins(entry)
    return {
        "categories": [topic["catId"]],
        "manufacturer": entry.publisher,
        "title": entry.title,
        "rootCategory": kind.root.id,
        "productType": schema.ProductTypeCode.DOWNLOADABLE if kind.is_digital else 0,
        "parentAsin": marketplace.parent_asin(entry),
        "asin": entry.asin,
        "domainId": _US,
        "type": kind.item_type,
        "hasReviews": 17 in product.observed.csv,
        "brand": entry.brand,
        "partNumber": None,
        "model": None,
        "color": entry.variant,
        "size": None,
        "edition": None,
        "format": None,
        **_measures(entry),
        "isAdultProduct": False,
        "isEligibleForTradeIn": False,
        "isEligibleForSuperSaverShipping": not kind.is_digital,
        "isRedirectASIN": False,
        "isSNS": False,
        "author": entry.author,
        "binding": entry.binding,
        **_book_facts(entry),
        "ebayListingIds": None,
        "eanList": list(entry.eans) or None,
        "upcList": list(entry.upcs) or None,
        "frequentlyBoughtTogether": None,
        "features": None,
        "description": f"{entry.title}. A product of the simulated marketplace; it does not exist.",
        "promotions": None,
        "coupon": None,
        "launchpad": False,
        "categoryTree": [root, topic],
        "websiteDisplayGroup": kind.root.display_group,
        "websiteDisplayGroupName": kind.root.group_name,
        "salesRankDisplayGroup": kind.root.display_group,
        "isHeatSensitive": entry.is_heat_sensitive,
        "g": entry.index % 1_000,
        **_only_if_there(entry, siblings),
    }


def _measures(entry: Entry) -> dict[str, Any]:
    """Package and item measures; the catalogue knows no bare item's."""
    longest, middle, shortest = entry.listed.sides_mm
    return {
        "packageHeight": shortest,
        "packageLength": longest,
        "packageWidth": middle,
        "packageWeight": entry.listed.weight_grams,
        "packageQuantity": -1,
        "itemHeight": 0,
        "itemLength": 0,
        "itemWidth": 0,
        "itemWeight": 0,
    }


def _book_facts(entry: Entry) -> dict[str, Any]:
    """Pages, dates and language, -1 or null for what is no printed book."""
    return {
        "numberOfItems": 1,
        "numberOfPages": entry.pages or -1,
        "publicationDate": entry.published if entry.pages else -1,
        "releaseDate": -1,
        "languages": [["English", "Published"]] if entry.pages else None,
    }


def _only_if_there(entry: Entry, siblings: tuple[str, ...]) -> dict[str, Any]:
    """Fields that are absent where they are empty, and ``variations``, which is then null."""
    found: dict[str, Any] = {"variations": None}
    if siblings:
        found["variations"] = _variations(siblings)
    if entry.author is not None:
        found["contributors"] = [[entry.author, "author"]]
    if entry.is_hazmat:
        found["hazardousMaterials"] = [{"aspect": "ghs", "value": "flammable"}]
    return found


def _variations(asins: tuple[str, ...]) -> list[dict[str, Any]]:
    return [
        {"asin": asin, "attributes": [{"dimension": "Color", "value": words.VARIANTS[place % 8]}]}
        for place, asin in enumerate(asins)
    ]


def _dates(product: SimulatedProduct) -> dict[str, Any]:
    """When what was last updated."""
    observed, entry = product.observed, product.entry
    priced = [
        int(series[-schema.SLOTS[index].width])
        for index, series in observed.csv.items()
        if schema.SLOTS[index].value is schema.ValueKind.PRICE
    ]
    return {
        "lastUpdate": observed.last_look,
        "lastPriceChange": max(priced, default=entry.birth),
        "lastRatingUpdate": observed.last_offers_look if 17 in observed.csv else -1,
        "lastEbayUpdate": 0,
        "trackingSince": entry.birth,
        "listedSince": entry.birth - 20 * MINUTES_PER_DAY,
    }


def _histories(product: SimulatedProduct, wanted: Wanted, since: int) -> dict[str, Any]:
    """Histories beside ``csv``; none of them with ``history=0``."""
    observed, root = product.observed, product.entry.kind.root.id
    result: dict[str, Any] = {
        "salesRankReference": root if observed.ranks else -1,
        "salesRanks": None,
        "salesRankReferenceHistory": None,
        "buyBoxSellerIdHistory": None,
    }
    badge = observed.monthly_sold
    if badge.size and badge[-1] > 0:
        result["monthlySold"] = int(badge[-1])
        result["lastSoldUpdate"] = observed.last_look
    if not wanted.history:
        return result
    if observed.ranks:
        result["salesRanks"] = {
            str(category): series
            for category, flat in observed.ranks.items()
            if (series := _cut(flat, 2, since)) is not None
        }
        result["salesRankReferenceHistory"] = [product.entry.birth, root]
    if badge.size:
        result["monthlySoldHistory"] = _cut(badge, 2, since)
    if wanted.boxes:
        minutes, sellers = observed.box_sellers
        result["buyBoxSellerIdHistory"] = [
            text
            for minute, seller in zip(minutes.tolist(), sellers, strict=True)
            if minute >= since
            for text in (str(minute), seller)
        ] or None
        used = used_box_history(product, since)
        if used:
            result["buyBoxUsedHistory"] = used
    return result


def _offers(product: SimulatedProduct, wanted: Wanted, since: int) -> dict[str, Any]:
    """Offers and what goes with them."""
    if wanted.offers is None:
        return {"liveOffersOrder": None, "offersSuccessful": False}
    objects, order = offer_objects(
        product,
        wanted.offers,
        since=since or None,
        only_live=wanted.only_live,
        stock=wanted.stock,
    )
    result: dict[str, Any] = {
        "offers": objects,
        "liveOffersOrder": order or None,
        "offersSuccessful": not product.entry.kind.is_digital,
    }
    if wanted.stock:
        result["lastStockUpdate"] = product.observed.last_offers_look
    return result


def _prices(product: SimulatedProduct, csv: dict[int, Flat]) -> dict[str, Any]:
    """Amazon's availability and the fee figures at the present price."""
    amazon = csv.get(0)
    in_stock = amazon is not None and int(amazon[-1]) >= 0
    result: dict[str, Any] = {"availabilityAmazon": 0 if in_stock else -1, "fbaFees": None}
    price = _present_price(product)
    if price is None or product.entry.kind.is_digital:
        return result
    shown = shown_fees(product.entry, price, product.observed.last_look)
    if shown.pick_and_pack is not None:
        result["fbaFees"] = {
            "lastUpdate": product.observed.last_look,
            "pickAndPackFee": shown.pick_and_pack,
        }
    if shown.referral_percentage is not None:
        result["referralFeePercent"] = int(shown.referral_percentage)
        result["referralFeePercentage"] = shown.referral_percentage
    if shown.closing is not None:
        result["variableClosingFee"] = shown.closing
    return result


def _present_price(product: SimulatedProduct) -> int | None:
    """The Buy Box price, else the lowest New, else the last one known."""
    for slot in (18, 1):
        flat = product.observed.csv.get(slot)
        if flat is None:
            continue
        values = flat[1 :: schema.SLOTS[slot].width]
        known = values[values > 0]
        if known.size:
            return int(known[-1])
    return None


def _stats(
    product: SimulatedProduct, csv: dict[int, Flat], wanted: Wanted, interval: Window
) -> dict[str, Any]:
    """The ``stats`` object."""
    observed = product.observed
    result = series_stats(
        csv, interval, now=product.now, tracking_since=product.entry.birth, slots=_SLOTS
    )
    result |= {
        "deltaPercent90_monthlySold": None,
        "retrievedOfferCount": -2,
        "tradeInPrice": -1,
        "lastOffersUpdate": observed.last_offers_look,
        "lightningDealInfo": None,
        "sellerIdsLowestFBA": None,
        "sellerIdsLowestFBM": None,
        "offerCountFBA": -2,
        "offerCountFBM": -2,
    }
    result |= new_box(product, interval) if wanted.boxes else boxes_not_asked()
    if wanted.boxes:
        result |= used_box(product)
    if wanted.offers is not None:
        seen = seen_offers(product)
        result["retrievedOfferCount"] = len(seen.live[: wanted.offers])
        result |= lowest_sellers(product, seen, wanted.offers)
    return result
