"""The shelf as it stood at given moments: the cheapest offers and the number of offers by class.

Compiled (see ``compiled``): plain functions over arrays, and nothing from other rooms.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from arbitragevault.sandbox.compiled import compiled

if TYPE_CHECKING:
    from arbitragevault.sandbox.economy import Offers

AMAZON_SIDE: Final = 0
NEW_SIDE: Final = 1
USED_SIDE: Final = 2
COLLECTIBLE_SIDE: Final = 3
"""Rows of ``Shelf.sides``; Amazon's offers are new ones, too."""

FBA: Final = 0
FBM: Final = 1
USED: Final = 2
COLLECTIBLE: Final = 3
NEW: Final = 4
ALL: Final = 5
"""Rows of ``Shelf.counts``."""

FBA_ROW: Final = 1
FBM_ROW: Final = 2
USED_ROW: Final = 3
"""Rows 3 to 6: the used grades, best first; then 7 to 10: the collectible ones."""
WAREHOUSE_ROW: Final = 11
BEST_USED_ROW: Final = 12
"""Rows of ``Shelf.prices``; row 0 is Amazon's."""
_ROWS: Final = 13
_COLLECTIBLE_ROW: Final = 7
_COLLECTIBLE: Final = 7
"""Keepa's condition codes of collectible copies begin here."""

NOTHING: Final = -1
_DEAR: Final = 1 << 62
_AMAZON: Final = -1
_WAREHOUSE: Final = -2
"""Seller numbers, as in ``sellers``."""


class Shelf(NamedTuple):
    """What was on offer at each of n looks, and in detail at the k that read the offers page.

    ``NOTHING`` stands wherever there is no such offer.

    ``sides`` is int64 [4, n], Keepa's lowest price of Amazon, new, used and collectible in cents:
    without shipping at first, with it since it shows landed prices. ``counts`` is int64 [6, n]
    offers. ``prices`` and ``shipping`` are int64 [13, k] cents of the offer with the lowest landed
    price by class, and ``best_used`` int64 [k] is the number of the cheapest used one.
    """

    sides: NDArray[np.int64]
    counts: NDArray[np.int64]
    prices: NDArray[np.int64]
    shipping: NDArray[np.int64]
    best_used: NDArray[np.int64]


@compiled
def shelf_at(
    offers: Offers, minutes: NDArray[np.int64], reads: NDArray[np.int64], landed_since: int
) -> Shelf:
    """The shelf at each of the given moments.

    Args:
        offers: Every offer and its price stretches.
        minutes: int64 [n] market minutes, ascending.
        reads: int64 [k] which of them read the offers page, ascending.
        landed_since: Market minute since which Keepa shows landed prices.
    """
    sides = np.empty((4, minutes.size), dtype=np.int64)
    counts = np.zeros((6, minutes.size + 1), dtype=np.int64)
    cheapest = np.empty((_ROWS, reads.size), dtype=np.int64)
    _fill(sides, _DEAR)
    _fill(cheapest, NOTHING)
    # How many of the looks before each one read the offers page.
    read = np.zeros(minutes.size + 1, dtype=np.int64)
    for look in reads:
        read[look + 1] = 1
    for look in range(minutes.size):
        read[look + 1] += read[look]
    late, last = _before(minutes, landed_since), 0
    for stretch in range(offers.change_offer.size):
        # Mostly a stretch begins where the one before it has ended.
        first = last
        if not stretch or offers.change_start[stretch] != offers.change_end[stretch - 1]:
            first = _before(minutes, offers.change_start[stretch])
        last = _lower(sides, minutes, offers, stretch, first, late)
        if last > first:
            row = _count_row(offers, offers.change_offer[stretch])
            counts[row, first] += 1
            counts[row, last] -= 1
            if read[last] > read[first]:
                _paint(cheapest[:, read[first] : read[last]], offers, stretch)
    return _priced(offers, sides, _counted(sides, counts[:, :-1]), cheapest)


@compiled
def _fill(table: NDArray[np.int64], value: int) -> None:
    """Put a value everywhere."""
    for row in range(table.shape[0]):
        for column in range(table.shape[1]):
            table[row, column] = value


@compiled
def _before(minutes: NDArray[np.int64], moment: int) -> int:
    """How many of ascending minutes lie before a moment."""
    # As in ``figures``: what is compiled takes nothing from another module.
    low, high = 0, minutes.size
    while low < high:
        middle = (low + high) // 2
        if minutes[middle] < moment:
            low = middle + 1
        else:
            high = middle
    return low


@compiled
def _counted(sides: NDArray[np.int64], counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Numbers of offers from how they change from look to look; ``NOTHING`` where there is none."""
    found = np.empty(counts.shape, dtype=np.int64)
    for look in range(counts.shape[1]):
        for row in range(4):
            if sides[row, look] == _DEAR:
                sides[row, look] = NOTHING
            counts[row, look] += counts[row, look - 1] if look else 0
        counts[NEW, look] = counts[FBA, look] + counts[FBM, look]
        counts[ALL, look] = counts[NEW, look] + counts[USED, look] + counts[COLLECTIBLE, look]
        for row in range(6):
            found[row, look] = counts[row, look] if counts[row, look] > 0 else NOTHING
    return found


@compiled
def _count_row(offers: Offers, offer: int) -> int:
    """Where an offer is counted."""
    if offers.condition[offer] == 1:
        return FBA if offers.is_fba[offer] else FBM
    return COLLECTIBLE if offers.condition[offer] >= _COLLECTIBLE else USED


@compiled
def _landed(offers: Offers, stretch: int) -> int:
    """Price and shipping."""
    return int(offers.change_price[stretch] + offers.shipping[offers.change_offer[stretch]])


@compiled
def _lower(
    sides: NDArray[np.int64],
    minutes: NDArray[np.int64],
    offers: Offers,
    stretch: int,
    first: int,
    late: int,
) -> int:
    """Lower the prices of an offer's sides at the looks that meet it; the one after the last.

    They are met from ``first`` on, and landed prices are shown from ``late`` on.
    """
    offer, until = offers.change_offer[stretch], offers.change_end[stretch]
    side = COLLECTIBLE_SIDE if offers.condition[offer] >= _COLLECTIBLE else USED_SIDE
    if offers.condition[offer] == 1:
        side = NEW_SIDE
    price, landed, look = offers.change_price[stretch], _landed(offers, stretch), first
    while look < minutes.size and minutes[look] < until:
        shown = price if look < late else landed
        sides[side, look] = min(sides[side, look], shown)
        if offers.seller[offer] == _AMAZON:
            sides[AMAZON_SIDE, look] = min(sides[AMAZON_SIDE, look], shown)
        look += 1
    return look


@compiled
def _paint(cheapest: NDArray[np.int64], offers: Offers, stretch: int) -> None:
    """Put an offer over dearer ones of its class; of equal ones, the last one stays."""
    offer, landed = offers.change_offer[stretch], _landed(offers, stretch)
    row = offers.condition[offer]
    if row == 1:
        row = FBA_ROW if offers.is_fba[offer] else FBM_ROW
    elif row < _COLLECTIBLE_ROW:
        row += 1
    if offers.seller[offer] == _AMAZON:
        row = 0
    for look in range(cheapest.shape[1]):
        known = cheapest[row, look]
        if known == NOTHING or landed <= _landed(offers, known):
            cheapest[row, look] = stretch
        if offers.seller[offer] == _WAREHOUSE:
            cheapest[WAREHOUSE_ROW, look] = stretch


@compiled
def _priced(
    offers: Offers,
    sides: NDArray[np.int64],
    counts: NDArray[np.int64],
    cheapest: NDArray[np.int64],
) -> Shelf:
    """The shelf, with the cheapest stretches read as prices; of equal grades, the better one."""
    prices, shipping = np.empty_like(cheapest), np.empty_like(cheapest)
    best_used = np.empty(cheapest.shape[1], dtype=np.int64)
    for look in range(cheapest.shape[1]):
        best_used[look] = NOTHING
        for row in range(USED_ROW, _COLLECTIBLE_ROW):
            known, best = cheapest[row, look], cheapest[BEST_USED_ROW, look]
            if known != NOTHING and (
                best == NOTHING or _landed(offers, known) < _landed(offers, best)
            ):
                cheapest[BEST_USED_ROW, look] = known
                best_used[look] = offers.change_offer[known]
        for row in range(_ROWS):
            stretch = cheapest[row, look]
            prices[row, look], shipping[row, look] = NOTHING, NOTHING
            if stretch != NOTHING:
                prices[row, look] = offers.change_price[stretch]
                shipping[row, look] = offers.shipping[offers.change_offer[stretch]]
    return Shelf(sides, counts, prices, shipping, best_used)
