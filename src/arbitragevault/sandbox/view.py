"""The simulated marketplace as lists see it: all products at once, on a given day."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import replace
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from arbitragevault.sandbox.catalogue import MINUTES_PER_DAY
from arbitragevault.sandbox.columns import Columns, columns_of
from arbitragevault.sandbox.facts import Facts
from arbitragevault.sandbox.features import Features
from arbitragevault.sandbox.glance import Glance, Known
from arbitragevault.sandbox.levels import levels_of
from arbitragevault.sandbox.marketplace import Marketplace

_KNOWN_PRODUCTS: Final = 20_000


class View:
    """What the finder, deals, best sellers and searches go by.

    Levels are those of the last midnight (UTC), so a day's questions share one table.

    Args:
        marketplace: The marketplace.
    """

    def __init__(self, marketplace: Marketplace) -> None:
        self.marketplace = marketplace
        self._known: OrderedDict[int, Known] = OrderedDict()
        self._day: int | None = None
        self._features: Features | None = None
        self._has_learned = False
        self._lock = threading.Lock()

    @cached_property
    def columns(self) -> Columns:
        """Catalogue facts of all products."""
        return columns_of(self.marketplace.seed, self.marketplace.size)

    @cached_property
    def facts(self) -> Facts:
        """Texts and measures of all products."""
        return Facts(self.columns)

    def features(self, now: int) -> Features:
        """Finder fields on the day of a market minute."""
        day = now // MINUTES_PER_DAY
        with self._lock:
            if self._features is None or self._day != day:
                midnight = day * MINUTES_PER_DAY
                seed = self.marketplace.seed
                levels = levels_of(self.columns, seed, midnight)
                glance = Glance(self.columns, levels, seed, midnight, dict(self._known))
                self._features, self._day = Features(glance, self.facts), day
            elif self._has_learned:
                glance = replace(self._features.glance, known=dict(self._known))
                self._features = Features(glance, self.facts)
            self._has_learned = False
            return self._features

    def learn(self, index: int, known: Known) -> None:
        """Remember the figures of a product that has been answered."""
        with self._lock:
            self._known[index] = known
            self._has_learned = True
            self._known.move_to_end(index)
            while len(self._known) > _KNOWN_PRODUCTS:
                self._known.popitem(last=False)

    def asins_at(self, rows: NDArray[np.int64]) -> list[str]:
        """The ASINs of products by number."""
        return [self.marketplace.asins[row] for row in rows.tolist()]

    def parent_at(self, row: int) -> str | None:
        """The variation parent's ASIN of a product by number, or None."""
        if not self.columns.siblings[row]:
            return None
        return self.marketplace.parent_asin_of(int(self.columns.leader[row]))
