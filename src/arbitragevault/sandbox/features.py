"""The value of each finder field for every product, from the day's glance and the catalogue.

Exact: catalogue facts (names, categories, packages, dates, families, hazards) and Amazon's
presence. From hidden levels: everything with a price, rank, count or average in its name. Fields
that the marketplace does not simulate have no value: -1, false, or no text.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from arbitragevault.sandbox.catalogue import MINUTES_PER_DAY
from arbitragevault.sandbox.facts import Facts, Names
from arbitragevault.sandbox.finder_fields import SLOT_OF_NAME
from arbitragevault.sandbox.glance import Floats, Glance

_FIGURE: Final = re.compile(
    r"(current|avg|deltaPercent|delta|isLowest90|isLowest)(\d*)_(" + "|".join(SLOT_OF_NAME) + ")"
)
_ALL_TIME: Final = 365
_BADGES: Final = np.array(
    [0, 50, 100, 200, 300, 400, 500, 600, 700, 800, 900, *range(1_000, 10_001, 1_000)]
)
_DROPS_AT_MOST: Final = 2.0
"""Rank drops per day beyond which further sales are not seen: Keepa looks too rarely."""
_LISTED_BEFORE: Final = 20 * MINUTES_PER_DAY


class Features:
    """Finder fields of one day.

    Args:
        glance: The day's view.
        facts: Texts and measures.
    """

    def __init__(self, glance: Glance, facts: Facts) -> None:
        self.glance = glance
        self.facts = facts
        self._numbers: dict[str, Floats] = {}

    def number(self, name: str) -> Floats:
        """float64 [n]: a numeric field without its bound; -1 where a product has no value."""
        if name not in self._numbers:
            self._numbers[name] = self._number(name)
        return self._numbers[name]

    def flag(self, name: str) -> NDArray[np.bool_]:
        """Bool [n]: a switch."""
        columns = self.glance.columns
        found = _FIGURE.fullmatch(name)
        if found and found[1].startswith("isLowest"):
            slot = SLOT_OF_NAME[found[3]]
            days = 90 if found[1].endswith("90") else _ALL_TIME
            now = self.glance.current(slot)
            return (now >= 0) & (now <= self.glance.lowest(slot, days))
        known: dict[str, Callable[[], NDArray[np.bool_]]] = {
            "buyBoxIsAmazon": lambda: self.glance.current(0) >= 0,
            "hasParentASIN": lambda: columns.siblings > 0,
            "hasReviews": lambda: self.glance.current(17) > 0,
            "isHazMat": lambda: columns.is_hazmat,
            "isHeatSensitive": lambda: columns.is_heat_sensitive,
            "isEligibleForSuperSaverShipping": lambda: ~self.glance.is_digital,
            "isLowestOffer": lambda: self.glance.current(0) >= 0,
        }
        return known[name]() if name in known else np.zeros(columns.size, dtype=np.bool_)

    def texts(self, name: str) -> list[str | None] | None:
        """A text field by product number; None where the marketplace has none."""
        by_name: dict[str, Callable[[Names], str | None]] = {
            "title": lambda one: one.title,
            "author": lambda one: one.author,
            "brand": lambda one: one.brand,
            "manufacturer": lambda one: one.publisher,
            "publisher": lambda one: one.publisher,
            "binding": lambda one: one.binding,
            "color": lambda one: one.variant,
        }
        if name in by_name:
            return [by_name[name](one) for one in self.facts.names]
        if name in ("websiteDisplayGroup", "websiteDisplayGroupName", "productGroup", "type"):
            return self.glance.text(name)
        if name == "rootCategory":
            return [str(root) for root in self.glance.columns.root.tolist()]
        if name == "languages":
            return ["English" if pages > 0 else None for pages in self.facts.pages.tolist()]
        return None

    def members(self, name: str) -> NDArray[np.int64] | None:
        """int64 [n]: the value that a list of whole numbers is compared with; None for none."""
        amazon = self.glance.current(0) >= 0
        found = {
            "availabilityAmazon": np.where(amazon, 0, -1),
            "productType": self.glance.is_digital.astype(np.int64),
            "salesRankReference": self.glance.columns.root,
        }
        return found.get(name)

    def _number(self, name: str) -> Floats:
        found = _FIGURE.fullmatch(name)
        if found:
            return self._figure(found[1], int(found[2] or 0), SLOT_OF_NAME[found[3]])
        known = self._catalogue() | self._offers()
        if name in known:
            return known[name]().astype(np.float64)
        days = re.fullmatch(r"(salesRankDrops|buyBoxStatsAmazon)(\d+)", name)
        if days and days[1] == "salesRankDrops":
            return np.rint(np.minimum(
                self.glance.units_sold(int(days[2])), _DROPS_AT_MOST * int(days[2])
            ))  # fmt: skip
        if days:
            return np.rint(60 * self.glance.presence(0, int(days[2])))
        return np.full(self.glance.columns.size, -1.0)

    def _figure(self, figure: str, days: int, slot: int) -> Floats:
        if figure == "current":
            return self.glance.current(slot)
        mean = self.glance.average(slot, days)
        if figure == "avg":
            return mean
        now = self.glance.current(slot)
        delta = np.where((mean >= 0) & (now >= 0), mean - now, 0.0)
        if figure == "delta":
            return delta
        return np.floor(100 * delta / np.maximum(mean, 1) + 0.5)

    def _catalogue(self) -> dict[str, Callable[[], NDArray[np.generic]]]:
        columns, facts = self.glance.columns, self.facts
        return {
            "trackingSince": lambda: columns.birth,
            "listedSince": lambda: columns.birth - _LISTED_BEFORE,
            "lastUpdate": lambda: np.full(columns.size, self.glance.now),
            "publicationDate": lambda: facts.published,
            "numberOfPages": lambda: facts.pages,
            "numberOfItems": lambda: np.ones(columns.size),
            "packageLength": lambda: facts.packages[:, 0],
            "packageWidth": lambda: facts.packages[:, 1],
            "packageHeight": lambda: facts.packages[:, 2],
            "packageWeight": lambda: facts.packages[:, 3],
            "packageDimension": lambda: facts.packages[:, :3].prod(axis=1),
            "variationCount": lambda: columns.siblings,
        }

    def _offers(self) -> dict[str, Callable[[], NDArray[np.generic]]]:
        glance = self.glance
        return {
            "totalOfferCount": lambda: sum(
                (np.maximum(glance.current(slot), 0) for slot in (11, 12)),
                np.zeros(glance.columns.size),
            ),
            "offerCountFBA": lambda: np.maximum(glance.current(34), 0),
            "offerCountFBM": lambda: np.maximum(glance.current(35), 0),
            "buyBoxEligibleOfferCountsNewFBA": lambda: np.maximum(glance.current(34), 0),
            "buyBoxEligibleOfferCountsNewFBM": lambda: np.maximum(glance.current(35), 0),
            "monthlySold": self._badges,
            "outOfStockPercentage90": lambda: np.rint(100 * (1 - glance.presence(0, 90))),
            "outOfStockPercentage90_NEW": lambda: np.rint(100 * (1 - glance.presence(1, 90))),
            "outOfStockPercentage90_USED": lambda: np.rint(100 * (1 - glance.presence(2, 90))),
            "outOfStockPercentage90_BB": lambda: np.rint(100 * (1 - glance.presence(18, 90))),
        }

    def _badges(self) -> Floats:
        step = np.searchsorted(_BADGES, self.glance.units_sold(30), side="right") - 1
        badge = _BADGES[step].astype(np.float64)
        return np.where(badge > 0, badge, -1.0)
