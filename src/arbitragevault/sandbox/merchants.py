"""``/seller``, ``/sellerquery`` and ``/topseller``: who sells, and what stands in their shops.

Which of 100,000 products a seller offers would take every product's market. A shop therefore shows
what Keepa has seen of it: offers among the first products of the marketplace, as Keepa's own
storefronts lag behind too.
"""

from __future__ import annotations

import re
import threading
from collections import defaultdict
from typing import Any, Final

import numpy as np

from arbitragevault.adapters.keepa import schema
from arbitragevault.sandbox.amazon import ROWS
from arbitragevault.sandbox.catalogue import FIRST_BIRTH_DAY, MINUTES_PER_DAY
from arbitragevault.sandbox.endpoint import US, Ask, Reply, error_object
from arbitragevault.sandbox.latent import latent_of
from arbitragevault.sandbox.randomness import Purpose, uniforms
from arbitragevault.sandbox.request import BadParameterError
from arbitragevault.sandbox.sellers import (
    AMAZON,
    WAREHOUSE,
    cast_of,
)
from arbitragevault.sandbox.simulated import SimulatedSource

_BRAZIL: Final = 12
_PRODUCTS_SEEN: Final = 400
"""Products whose offers are known to storefronts."""
_SHOP_MOST: Final = 100_000
_SELLER_ID: Final = re.compile(r"A[A-Z0-9]{8,20}")
_PAGE: Final = 100
_QUERY_MOST: Final = 10_000
_NAMES_OF_AMAZON: Final = {AMAZON: "Amazon.com", WAREHOUSE: "Amazon Resale"}


class Merchants:
    """Answers questions about sellers.

    Args:
        source: The marketplace.
    """

    def __init__(self, source: SimulatedSource) -> None:
        self._source = source
        self._day: int | None = None
        self._shops: dict[int, list[tuple[int, bool]]] = {}
        self._lock = threading.Lock()

    def seller(self, ask: Ask) -> Reply:
        """``/seller``.

        Raises:
            BadParameterError: Naming the parameter; storefronts come one at a time.
        """
        domain, shop = ask.domain, ask.flag("storefront")
        ids = ask.ids("seller", 1 if shop else schema.SELLER.items or 0)
        bad = [one for one in ids if not _SELLER_ID.fullmatch(one)]
        if bad:
            return Reply({"error": error_object(",".join(bad), schema.BAD_KEY_MESSAGE)})
        numbers = self._source.marketplace.seller_numbers if domain == US else {}
        found = {one: self._object(ask, numbers[one], shop=shop) for one in ids if one in numbers}
        tokens = schema.SELLER.tokens * len(found)
        if shop and any(len(one["asinList"]) >= 2 for one in found.values()):
            tokens += schema.TOKENS_STOREFRONT
        return Reply({"sellers": found}, tokens)

    def top(self, ask: Ask) -> Reply:
        """``/topseller``: every merchant, most ratings first."""
        if ask.domain == _BRAZIL:
            raise BadParameterError("domain")
        ids = self._by_ratings() if ask.domain == US else []
        return Reply({"sellerIdList": ids}, schema.TOP_SELLERS.tokens)

    def find(self, ask: Ask) -> Reply:
        """``/sellerquery``: merchants by name, channel and ratings.

        Keepa has not published its fields; these are the sandbox's own.

        Raises:
            BadParameterError: Naming the field.
        """
        selection = ask.selection()
        page, size = _paged(selection)
        found = self._found(selection) if ask.domain == US else []
        shown = found[page * size : (page + 1) * size]
        tokens = schema.FINDER.tokens + -(-len(shown) // schema.FINDER_ASINS_PER_TOKEN)
        return Reply({"sellerIdList": shown, "totalResults": len(found)}, tokens)

    def _by_ratings(self) -> list[str]:
        pool = self._source.marketplace.pool
        counts = [self._ratings(number)[3] for number in range(len(pool.ids))]
        return [pool.ids[number] for number in np.argsort(-np.array(counts), kind="stable")]

    def _found(self, selection: dict[str, Any]) -> list[str]:
        numbers, pool = self._source.marketplace.seller_numbers, self._source.marketplace.pool
        found = self._by_ratings()
        if (name := selection.get("sellerName")) is not None:
            found = [
                one for one in found if str(name).casefold() in pool.names[numbers[one]].casefold()
            ]
        if (wanted := selection.get("hasFBA")) is not None:
            found = [one for one in found if (pool.fba[numbers[one]] > 0.1) == wanted]
        for field, figure in (("currentRatingCount", 3), ("ratingsLast30Days", 0)):
            least, most = selection.get(f"{field}_gte", 0), selection.get(f"{field}_lte", 1 << 60)
            found = [one for one in found if least <= self._ratings(numbers[one])[figure] <= most]
        return found

    def _ratings(self, number: int) -> list[int]:
        """Ratings in 30, 90 and 365 days and ever."""
        marks = uniforms(self._source.marketplace.seed, number, Purpose.SELLER_FIGURES, 4)
        ever = int(20 + 200_000 * marks[0] ** 6 / (1 + number / 200))
        return [int(ever * share) for share in (0.02, 0.06, 0.25)] + [ever]

    def _object(self, ask: Ask, number: int, *, shop: bool) -> dict[str, Any]:
        """One seller."""
        market = self._source.marketplace
        pool, own = market.pool, number < 0
        marks = uniforms(market.seed, abs(number), Purpose.SELLER_FIGURES, 4)
        counts = self._ratings(abs(number))
        positive = 82 + int(18 * marks[1])
        negative = (100 - positive) * 2 // 3
        since = (FIRST_BIRTH_DAY - int(1_500 * marks[2])) * MINUTES_PER_DAY
        today = ask.now // MINUTES_PER_DAY * MINUTES_PER_DAY
        offered = self._offered(ask.now).get(number, [])
        found: dict[str, Any] = {
            "trackedSince": since,
            "domainId": US,
            "sellerId": pool.id_of(number),
            "sellerName": _NAMES_OF_AMAZON[number] if own else pool.names[number],
            "csv": [
                [since, 100, today - 400 * MINUTES_PER_DAY, positive],
                [since, 1, today - 400 * MINUTES_PER_DAY, counts[3] * 3 // 4, today, counts[3]],
            ],
            "lastUpdate": today,
            "shipsFromChina": not own and bool(pool.from_china[number]),
            "hasFBA": own or any(is_fba for _, is_fba in offered),
            "totalStorefrontAsins": [today, len(offered)] if offered else None,
            "currentRating": positive,
            "currentRatingCount": counts[3],
            "ratingsLast30Days": counts[0],
            "ratingCount": counts,
            "positiveRating": [positive] * 4,
            "negativeRating": [negative] * 4,
            "neutralRating": [100 - positive - negative] * 4,
            "lastRatingUpdate": today,
            "recentFeedback": [
                {"date": today - days * MINUTES_PER_DAY, "rating": 50 if days % 7 else 30,
                 "isStriked": False}
                for days in (1, 3, 7)
            ],
            **self._statistics(ask.now, [row for row, _ in offered]),
        }  # fmt: skip
        if shop:
            found["asinList"] = [market.asins[row] for row, _ in offered[:_SHOP_MOST]]
            found["asinListLastSeen"] = [today] * len(found["asinList"])
        return found

    def _statistics(self, now: int, rows: list[int]) -> dict[str, Any]:
        """Counts by category and brand."""
        features = self._source.view.features(now)
        ranks, amazon = features.number("avg30_SALES"), features.flag("buyBoxIsAmazon")
        by_category: dict[int, list[int]] = defaultdict(list)
        by_brand: dict[str, list[int]] = defaultdict(list)
        for row in rows:
            by_category[int(features.glance.columns.category[row])].append(row)
            by_brand[features.facts.names[row].publisher.lower()].append(row)

        def figures(held: list[int]) -> dict[str, int]:
            known = ranks[held][ranks[held] > 0]
            return {
                "productCount": len(held),
                "avg30SalesRank": int(known.mean()) if known.size else -1,
                "productCountWithAmazonOffer": int(amazon[held].sum()),
            }

        return {
            "sellerCategoryStatistics": [
                {"catId": one, **figures(held)} for one, held in by_category.items()
            ],
            "sellerBrandStatistics": [
                {"brand": one, **figures(held)} for one, held in by_brand.items()
            ],
        }

    def _offered(self, now: int) -> dict[int, list[tuple[int, bool]]]:
        """Products and channel by seller number, of the products that storefronts know."""
        day = now // MINUTES_PER_DAY
        with self._lock:
            if self._day != day:
                self._shops, self._day = self._look_around(day), day
            return self._shops

    def _look_around(self, day: int) -> dict[int, list[tuple[int, bool]]]:
        market = self._source.marketplace
        found: dict[int, list[tuple[int, bool]]] = defaultdict(list)
        amazon = self._source.view.features(day * MINUTES_PER_DAY).number("current_AMAZON")
        for row, asin in enumerate(market.asins[:_PRODUCTS_SEEN]):
            entry = market.entry(asin)
            first = 0 if entry is None else entry.birth // MINUTES_PER_DAY
            if entry is None or entry.is_dead or day <= first:
                continue
            if amazon[row] >= 0:
                found[AMAZON].append((row, True))
            if entry.kind.is_digital:
                continue
            fate = market.fate(entry)
            latent = latent_of(entry, fate, market.seed, day - first)
            cast = cast_of(entry, fate, latent, market.pool, market.seed)
            there = ROWS + np.flatnonzero(cast.leave[ROWS:] > day * MINUTES_PER_DAY)
            offers = zip(cast.seller[there].tolist(), cast.is_fba[there].tolist(), strict=True)
            for seller, is_fba in dict(offers).items():
                found[seller].append((row, is_fba))
        return found


def _paged(selection: dict[str, Any]) -> tuple[int, int]:
    """Page and size of a seller query; every field is checked.

    Raises:
        BadParameterError: Naming the field.
    """
    types: dict[str, type] = {
        "sellerName": str, "hasFBA": bool, "page": int, "perPage": int,
        "currentRatingCount_gte": int, "currentRatingCount_lte": int,
        "ratingsLast30Days_gte": int, "ratingsLast30Days_lte": int,
    }  # fmt: skip
    for name, value in selection.items():
        if name not in types or type(value) is not types[name]:
            raise BadParameterError(name)
    page, size = selection.get("page", 0), selection.get("perPage", _PAGE)
    if page < 0:
        raise BadParameterError("page")
    if not 1 <= size <= _QUERY_MOST:
        raise BadParameterError("perPage")
    return page, size
