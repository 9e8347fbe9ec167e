"""The shelf as it stood at given moments: the cheapest offer and the number of offers by class."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from arbitragevault.domain.market.market import LANDED_PRICE_CHANGE
from arbitragevault.sandbox.compiled import compiled
from arbitragevault.sandbox.economy import Offers
from arbitragevault.sandbox.sellers import AMAZON, WAREHOUSE

AMAZON_ROW: Final = 0
FBA_ROW: Final = 1
FBM_ROW: Final = 2
USED_ROW: Final = 3
"""Rows 3 to 6: the used grades, best first."""
COLLECTIBLE_ROW: Final = 7
"""Rows 7 to 10: the collectible grades, best first."""
WAREHOUSE_ROW: Final = 11
_ROWS: Final = 12
_SIDES: Final = 3
NOTHING: Final = -1
_LANDED: Final = 0
_PRICE: Final = 1
_SHIPPING: Final = 2
_OFFER: Final = 3
"""Rows of ``Shelf.padded``."""


@dataclass(frozen=True, slots=True)
class Shelf:
    """What was on offer at each of n moments.

    Args:
        minutes: int64 [n] market minutes, ascending.
        cheapest: int64 [12, n] number of the price stretch with the lowest landed price by class
            row; ``NOTHING`` where the class is empty.
        listed: int64 [3, n] likewise the lowest price without shipping among all new, used and
            collectible offers; kept only until Keepa's series became landed prices.
        counts: int64 [4, n] offers: new by Amazon, new by merchants, used, collectible.
        offers: The offers that the price stretches belong to.
        padded: int64 [4, stretches + 1] landed price, price, shipping and offer of every stretch;
            the last column stands for ``NOTHING``, so that numbers of stretches can index it.
    """

    minutes: NDArray[np.int64]
    cheapest: NDArray[np.int64]
    listed: NDArray[np.int64]
    counts: NDArray[np.int64]
    offers: Offers
    padded: NDArray[np.int64]

    def landed(self, row: int) -> NDArray[np.int64]:
        """Lowest landed price of a class; ``NOTHING`` where it is empty."""
        return self._of(_LANDED, self.cheapest[row])

    def price(self, row: int) -> NDArray[np.int64]:
        """Price without shipping of the class's cheapest landed offer."""
        return self._of(_PRICE, self.cheapest[row])

    def shipping(self, row: int) -> NDArray[np.int64]:
        """Shipping of the class's cheapest landed offer."""
        return self._of(_SHIPPING, self.cheapest[row])

    def best_of(self, rows: range) -> NDArray[np.int64]:
        """Price stretches with the lowest landed price over several classes."""
        stretches = self.cheapest[rows.start : rows.stop]
        landed = self._of(_LANDED, stretches)
        dear = np.where(landed == NOTHING, np.iinfo(np.int64).max, landed)
        best: NDArray[np.int64] = stretches[dear.argmin(axis=0), np.arange(dear.shape[1])]
        return best

    def side(self, rows: range, side: int) -> NDArray[np.int64]:
        """Keepa's lowest price of new, used or collectible: listed first, landed since 2026-02.

        Args:
            rows: The classes of the side.
            side: Row of ``listed``.
        """
        landed = self._of(_LANDED, self.best_of(rows))
        listed = self._of(_PRICE, self.listed[side])
        return np.where(self.minutes < LANDED_PRICE_CHANGE, listed, landed)

    def offer_of(self, stretches: NDArray[np.int64]) -> NDArray[np.int64]:
        """Offer numbers of price stretches; ``NOTHING`` stays."""
        return self._of(_OFFER, stretches)

    def shipping_of(self, stretches: NDArray[np.int64]) -> NDArray[np.int64]:
        """Shipping of price stretches; ``NOTHING`` stays."""
        return self._of(_SHIPPING, stretches)

    def price_of(self, stretches: NDArray[np.int64]) -> NDArray[np.int64]:
        """Price without shipping of price stretches; ``NOTHING`` stays."""
        return self._of(_PRICE, stretches)

    def _of(self, figure: int, stretches: NDArray[np.int64]) -> NDArray[np.int64]:
        found: NDArray[np.int64] = self.padded[figure, stretches]
        return found


def shelf_at(offers: Offers, minutes: NDArray[np.int64]) -> Shelf:
    """The shelf at each of the given moments.

    Args:
        offers: Every offer and its price stretches.
        minutes: int64 [n] market minutes, ascending.
    """
    first = np.searchsorted(minutes, offers.change_start, side="left")
    last = np.searchsorted(minutes, offers.change_end, side="left")
    seen = np.flatnonzero(last > first)
    seller = offers.seller[offers.change_offer]
    condition = offers.condition[offers.change_offer]
    fba = offers.is_fba[offers.change_offer]
    row = np.where(condition == 1, np.where(fba, FBA_ROW, FBM_ROW), condition + 1)
    row = np.where(condition >= 7, condition, row)
    row = np.where(seller == AMAZON, AMAZON_ROW, row)
    side = np.where(condition == 1, 0, np.where(condition < 7, 1, 2))
    shipping = offers.shipping[offers.change_offer]
    landed = offers.change_price + shipping
    cheapest = np.full((_ROWS, minutes.size), NOTHING, dtype=np.int64)
    _paint(cheapest, seen[np.argsort(-landed[seen], kind="stable")], row, first, last)
    outlet = seen[seller[seen] == WAREHOUSE]
    _paint(cheapest, outlet, np.full(row.size, WAREHOUSE_ROW), first, last)
    listed = np.full((_SIDES, minutes.size), NOTHING, dtype=np.int64)
    early = seen[offers.change_start[seen] < LANDED_PRICE_CHANGE]
    _paint(listed, early[np.argsort(-offers.change_price[early], kind="stable")], side, first, last)
    group = np.where(condition == 1, np.where(fba, 0, 1), side + 1)
    counts = np.stack(
        [
            _count(first[seen][g], last[seen][g], minutes.size)
            for g in (group[seen] == k for k in range(4))
        ]
    )
    padded = np.full((4, landed.size + 1), NOTHING)
    padded[:, :-1] = landed, offers.change_price, shipping, offers.change_offer
    return Shelf(minutes, cheapest, listed, counts, offers, padded)


@compiled
def _paint(
    table: NDArray[np.int64],
    stretches: NDArray[np.int64],
    rows: NDArray[np.int64],
    first: NDArray[np.int64],
    last: NDArray[np.int64],
) -> None:
    """Write stretches over each other, dearest first, so that the cheapest remains."""
    for stretch in stretches:
        table[rows[stretch], first[stretch] : last[stretch]] = stretch


def _count(first: NDArray[np.int64], last: NDArray[np.int64], size: int) -> NDArray[np.int64]:
    """How many stretches cover each moment."""
    opened = np.bincount(first, minlength=size + 1)
    closed = np.bincount(last, minlength=size + 1)
    return np.cumsum(opened - closed)[:size]
