"""The simulated marketplace as a source: refreshes on request, and what each answer costs."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import Any, Final

from arbitragevault.adapters.keepa import schema
from arbitragevault.domain.market.clock import MINUTES_PER_DAY
from arbitragevault.sandbox.glance import Known
from arbitragevault.sandbox.marketplace import Marketplace, Refresh, SimulatedProduct
from arbitragevault.sandbox.request import ProductRequest
from arbitragevault.sandbox.source import Answered, unknown_product
from arbitragevault.sandbox.stats import landed_series
from arbitragevault.sandbox.truth import truth_object
from arbitragevault.sandbox.view import View
from arbitragevault.sandbox.wire import parent_object, product_object
from arbitragevault.sandbox.wire_offers import pages_found, seen_offers

_US: Final = 1
_REMEMBERED_PRODUCTS: Final = 200_000
_REMEMBERED_REFRESHES: Final = 400
_RATING_FRESH: Final = 14 * MINUTES_PER_DAY
_STOCK_FRESH: Final = 7 * MINUTES_PER_DAY


class SimulatedSource:
    """Serves a marketplace.

    Keepa refreshes a product that is asked for, and remembers what it saw. So does this source, as
    long as it lives: a later answer repeats every point of an earlier one.

    Args:
        marketplace: The marketplace; it trades on amazon.com only.
    """

    def __init__(self, marketplace: Marketplace) -> None:
        self.marketplace = marketplace
        self.view = View(marketplace)
        self._refreshes: OrderedDict[str, tuple[Refresh, ...]] = OrderedDict()
        self._stock_looks: dict[str, int] = {}
        self._lock = threading.Lock()

    def asins_of(self, code: str, domain: int) -> tuple[str, ...]:
        """The ASINs that bear a product code."""
        return self.marketplace.by_code(code) if domain == _US else ()

    def product(self, asin: str, request: ProductRequest, now: int) -> Answered:
        """A product as the request wants it, at a market minute."""
        if request.domain != _US:
            return unknown_product(asin, request, now, schema.SLOT_COUNT_2026)
        family = self.marketplace.family_of_parent(asin)
        if family:
            return Answered(parent_object(asin, family, now), schema.PRODUCT.tokens)
        with self._lock:
            before = self._refreshes.get(asin, ())
        earlier = self.marketplace.looks(asin, now, before)
        if earlier is None:
            return unknown_product(asin, request, now, schema.SLOT_COUNT_2026)
        last = int(earlier.minutes[-1])
        known = int(earlier.offers[-1]) if request.wanted.offers is not None else last
        refreshes = before
        if _wants_look(request.update_hours, now, known):
            refreshes = self._look(asin, now, offers=request.wanted.offers is not None)
        product = self.marketplace.product(asin, now, refreshes)
        if product is None:
            return unknown_product(asin, request, now, schema.SLOT_COUNT_2026)
        body = product_object(self.marketplace, product, request.wanted)
        self._learn(product, request, body)
        if request.wanted.offers is not None:
            fresh = refreshes is before
            if fresh and "stats" in body:
                # Recorded: offers served from Keepa's store count as successful, not as retrieved.
                body["stats"]["retrievedOfferCount"] = schema.NOT_COLLECTED
            tokens = self._offers_cost(product, request, is_fresh=fresh)
        else:
            tokens = schema.PRODUCT.tokens
            tokens += schema.TOKENS_BUYBOX if request.wanted.buybox else 0
        return Answered(body, tokens + self._extras(product, request, body, now, last))

    def truth(self, asin: str, now: int) -> dict[str, Any] | None:
        """What really happened to a product, as JSON; None if it is unknown, dead or unborn."""
        truth = self.marketplace.truth(asin, now)
        return None if truth is None else truth_object(truth, self.marketplace.pool)

    def figures(self, asin: str, now: int) -> tuple[int, ...] | None:
        """Look at a product and give the value of every csv slot; None as for ``truth``."""
        product = self.marketplace.product(asin, now, self._look(asin, now, offers=True))
        if product is None:
            return None
        series = landed_series(product.observed.csv)
        slots = range(schema.SLOT_COUNT_2026)
        return tuple(int(series[s].values[-1]) if s in series else -1 for s in slots)

    def _learn(
        self, product: SimulatedProduct, request: ProductRequest, body: dict[str, Any]
    ) -> None:
        """Let the finder know what an answer with ``stats`` told."""
        stats = body.get("stats")
        if stats is None:
            return
        told = [slot.index for slot in schema.SLOTS if request.wanted.allows(slot)]
        averages = {
            days: {slot: stats[f"avg{days}"][slot] for slot in told} for days in (30, 90, 180, 365)
        }
        current = {slot: stats["current"][slot] for slot in told}
        self.view.learn(product.entry.index, Known(current, averages))

    def _look(self, asin: str, now: int, *, offers: bool) -> tuple[Refresh, ...]:
        """Look at a product now and remember it."""
        with self._lock:
            before = self._refreshes.get(asin, ())
            after = (*before, Refresh(now // 2 * 2, offers))[-_REMEMBERED_REFRESHES:]
            self._refreshes[asin] = after
            self._refreshes.move_to_end(asin)
            while len(self._refreshes) > _REMEMBERED_PRODUCTS:
                self._refreshes.popitem(last=False)
        return after

    @staticmethod
    def _offers_cost(product: SimulatedProduct, request: ProductRequest, *, is_fresh: bool) -> int:
        limit = request.wanted.offers or 0
        pages = pages_found(len(seen_offers(product).live), limit)
        if is_fresh or not pages:
            return schema.TOKENS_OFFERS_FRESH
        return schema.TOKENS_PER_OFFER_PAGE * pages

    def _extras(
        self,
        product: SimulatedProduct,
        request: ProductRequest,
        body: dict[str, Any],
        now: int,
        last: int,
    ) -> int:
        """What ratings, stock, forced updates and past variations cost on top."""
        tokens = 0
        rated = body.get("lastRatingUpdate", -1)
        if request.wanted.rating and rated > now - _RATING_FRESH:
            tokens += schema.TOKENS_RATING
        if request.update_hours == 0 and now - last < 60:
            tokens += schema.TOKENS_FORCED_UPDATE
        if request.historical_variations and body.get("parentAsin") is not None:
            tokens += schema.TOKENS_HISTORICAL_VARIATIONS
        if request.wanted.stock and request.wanted.offers is not None:
            known = self._stock_looks.get(product.entry.asin)
            if known is not None and now - known < _STOCK_FRESH:
                tokens += schema.TOKENS_STOCK
            self._stock_looks[product.entry.asin] = now
        return tokens


def _wants_look(update_hours: int, now: int, known: int) -> bool:
    """Whether Keepa refreshes what it knows since a minute: 0 forces it, negative forbids it."""
    if update_hours < 0 or now // 2 * 2 <= known:
        return False
    return now - known > update_hours * 60
