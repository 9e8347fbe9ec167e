"""Offers as the exchange knows them, and their prices once everything has happened.

Compiled (see ``compiled``): plain functions over arrays, and nothing from other rooms.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from arbitragevault.sandbox.compiled import compiled

if TYPE_CHECKING:
    from arbitragevault.sandbox.sellers import Cast

Record = Any
"""A row of a structured array, its fields by name."""
Records = Any
"""A structured array."""


def record(whole: str, real: str) -> np.dtype[np.void]:
    """A type of records: names of its int64 and of its float64 fields."""
    fields = [(name, np.int64) for name in whole.split()]
    return np.dtype((np.record, fields + [(name, np.float64) for name in real.split()]))


OFFER: Final = record(
    "is_amazon side strategy shipping refill stock price",
    "grade markup floor cap weight landed least",
)
"""An offer: what it is, and how it stands (``stock``, ``price``, ``landed``, ``least``).

Grade, markup, floor and cap are shares of a level; the weight is that in the Buy Box; the refill is
how many units come when the stock is out, 0 for none. ``landed`` is the price in cents that counts
on the shelf, 0 off it, and ``least`` the lowest one that the seller goes to."""

_COLLECTIBLES: Final = 7
"""Keepa's condition codes of collectible copies begin here."""
_AMAZON_STOCK: Final = 1 << 40


@compiled
def enter(offers: Records, cast: Cast, own: int, cap: float, sides: tuple[int, int, int]) -> None:
    """Fill in everybody's offer as the exchange knows it.

    Args:
        offers: ``OFFER`` [offers], all zero.
        cast: Every offer, Amazon's and its outlet's first, who watch the others, too.
        own: How many offers are Amazon's or its outlet's.
        cap: How far above his usual price anybody else goes along with the others.
        sides: Those of new, used and collectible copies.
    """
    for place in range(offers.size):
        offer, condition = offers[place], cast.condition[place]
        side = 0 if condition == 1 else 1 if condition < _COLLECTIBLES else 2
        offer.side = sides[side]
        offer.strategy, offer.grade = cast.strategy[place], cast.grade[place]
        offer.markup, offer.floor = cast.markup[place], cast.floor[place]
        offer.shipping, offer.weight = cast.shipping[place], cast.weight[place]
        if place < own:
            offer.is_amazon, offer.cap, offer.stock = 1, 1.0, _AMAZON_STOCK
        else:
            offer.cap, offer.stock = cap, cast.stock[place]
            offer.refill = cast.stock[place] if cast.restocks[place] else 0


@compiled
def stretches(changes: NDArray[np.int64], offers: int, end: int, gone: int) -> NDArray[np.int64]:
    """Stretches of constant price in the order of offers, from changes in the order of time.

    Args:
        changes: int64 [3, changes] minutes, offers and prices in cents.
        offers: How many offers there are.
        end: Market minute at which the last stretches end.
        gone: Stands for the price when an offer ends.

    Returns:
        int64 [4, stretches] offers, first minutes, the ones after the last, prices.
    """
    places = np.zeros(offers + 1, dtype=np.int64)
    order = np.empty(changes.shape[1], dtype=np.int64)
    for change in range(changes.shape[1]):
        places[changes[1, change] + 1] += 1
    for offer in range(offers):
        places[offer + 1] += places[offer]
    for change in range(changes.shape[1]):
        offer = changes[1, change]
        order[places[offer]] = change
        places[offer] += 1
    found, size = np.empty((4, order.size), dtype=np.int64), 0
    for place in range(order.size):
        minute, offer, price = changes[:, order[place]]
        until = end
        if place + 1 < order.size and changes[1, order[place + 1]] == offer:
            until = changes[0, order[place + 1]]
        if price != gone and until > minute:
            found[0, size], found[1, size] = offer, minute
            found[2, size], found[3, size] = until, price
            size += 1
    return found[:, :size].copy()
