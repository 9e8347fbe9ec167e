"""``/lightningdeal``: a few short offers a day, each with its hours and the share claimed."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from arbitragevault.adapters.keepa import schema
from arbitragevault.sandbox.catalogue import MINUTES_PER_DAY
from arbitragevault.sandbox.endpoint import US, Ask, Reply
from arbitragevault.sandbox.features import Features
from arbitragevault.sandbox.randomness import Purpose, uniforms
from arbitragevault.sandbox.request import BadParameterError
from arbitragevault.sandbox.sellers import AMAZON_SELLER
from arbitragevault.sandbox.simulated import SimulatedSource

_SHARE: Final = 0.004
"""Share of the products that Amazon sells for which a deal starts on a day."""
_DAYS_BACK: Final = 4
_STATES: Final = ("AVAILABLE", "WAITLIST", "SOLDOUT", "WAITLISTFULL", "EXPIRED", "SUPPRESSED")
_UPCOMING: Final = "UPCOMING"
_DAY_STRIDE: Final = 10_000_019
"""Apart from each other: a product's draws on different days."""


class LightningDeals:
    """Answers questions about lightning deals.

    Args:
        source: The marketplace.
    """

    def __init__(self, source: SimulatedSource) -> None:
        self._source = source

    def __call__(self, ask: Ask) -> Reply:
        """One request: all deals of the last four days, or those of one product.

        Raises:
            BadParameterError: Naming the parameter.
        """
        domain, state = ask.domain, ask.query.get("state")
        if state is not None and state not in _STATES:
            raise BadParameterError("state")
        asin = ask.query.get("asin")
        if asin is not None and len(asin) != 10:
            raise BadParameterError("asin")
        row = None if asin is None else self._source.marketplace.index_of(asin)
        features = self._source.view.features(ask.now)
        deals = self._deals(features, ask.now) if domain == US else []
        shown = [
            deal
            for place, deal in deals
            if (asin is None or place == row) and state in (None, deal["dealState"])
        ]
        tokens = schema.LIGHTNING_DEALS.tokens
        if asin is not None:
            tokens = schema.LIGHTNING_DEAL_TOKENS_WITH_ASIN
        return Reply({schema.LIGHTNING_DEALS.payload or "": shown}, tokens)

    def _deals(self, features: Features, now: int) -> list[tuple[int, dict[str, Any]]]:
        """Product numbers and deals, newest first."""
        day = now // MINUTES_PER_DAY
        sells = features.glance.is_listed & (features.glance.current(0) >= 0)
        rows = np.flatnonzero(sells & ~features.glance.is_digital)
        found: list[tuple[int, dict[str, Any]]] = []
        for each in range(day + 1, day - _DAYS_BACK, -1):
            seed = features.glance.seed
            marks = uniforms(seed, rows + each * _DAY_STRIDE, Purpose.LIGHTNING, 5)
            chosen = np.flatnonzero(marks[:, 0] < _SHARE)
            for place in chosen.tolist():
                start = each * MINUTES_PER_DAY + int(marks[place, 1] * 18) * 60
                end = start + 360 + int(marks[place, 2] * 6) * 60
                if now - _DAYS_BACK * MINUTES_PER_DAY <= end and start <= now + MINUTES_PER_DAY:
                    row = int(rows[place])
                    deal = self._deal(features, row, now, (start, end), marks[place, 3:].tolist())
                    found.append((row, deal))
        return found

    def _deal(
        self, features: Features, row: int, now: int, hours: tuple[int, int], marks: list[float]
    ) -> dict[str, Any]:
        start, end = hours
        price = int(features.glance.current(0)[row])
        gone = (now - start) / (end - start) * (0.4 + 0.9 * marks[0])
        claimed = int(np.clip(100 * gone, 0, 100))
        off = 10 + int(30 * marks[1])
        state = "SOLDOUT" if claimed == 100 else "AVAILABLE"
        state = _UPCOMING if now < start else "EXPIRED" if now >= end else state
        known = state != _UPCOMING
        asin = self._source.marketplace.asins[row]
        stars, count = features.glance.current(16)[row], features.glance.current(17)[row]
        return {
            "domainId": US,
            "lastUpdate": now,
            "asin": asin,
            "title": features.facts.names[row].title,
            "sellerName": "Amazon.com",
            "sellerId": AMAZON_SELLER,
            "dealId": f"{row:06x}{start:07x}",
            "dealPrice": price * (100 - off) // 100 if known else -1,
            "currentPrice": price if known else -1,
            "image": None,
            "isPrimeEligible": True,
            "isFulfilledByAmazon": True,
            "isMAP": False,
            "rating": max(0, int(stars)),
            "totalReviews": max(0, int(count)),
            "dealState": state,
            "startTime": start,
            "endTime": end,
            "percentClaimed": claimed,
            "percentOff": off,
            "variation": None,
        }
