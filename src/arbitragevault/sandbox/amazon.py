"""Amazon as a seller of its own: in and out of stock, its price, and its outlet for returns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from arbitragevault.sandbox.catalogue import MINUTES_PER_DAY, Entry
from arbitragevault.sandbox.randomness import Purpose, stream
from arbitragevault.sandbox.sellers import AMAZON, WAREHOUSE

_SPELLS: Final = 40
"""Spells drawn per product, whatever the horizon, so that offer numbers never shift."""
ROWS: Final = 2 * _SPELLS


@dataclass(frozen=True, slots=True)
class Spells:
    """Stretches in which Amazon (first half) or its outlet (second half) has stock.

    Args:
        seller: int64 [ROWS] seller numbers.
        condition: int64 [ROWS] Keepa's condition codes.
        arrive / leave: int64 [ROWS] market minutes; spells that never come lie beyond any horizon.
        discount: float64 [ROWS] usual price over the level of its side.
        per_day: float64 [ROWS] price changes per day.
    """

    seller: NDArray[np.int64]
    condition: NDArray[np.int64]
    arrive: NDArray[np.int64]
    leave: NDArray[np.int64]
    discount: NDArray[np.float64]
    per_day: NDArray[np.float64]


_NEVER: Final = 1 << 40


def spells_of(entry: Entry, seed: int) -> Spells:
    """Every spell of Amazon's and its outlet's stock in a product's life."""
    if entry.kind.is_digital:
        return _for_ever(entry)
    own = stream(seed, entry.index, Purpose.AMAZON)
    outlet = stream(seed, entry.index, Purpose.WAREHOUSE)
    marks = own.random(4)
    sells = marks[0] < entry.kind.amazon
    inside = 75 * np.exp(1.2 * own.standard_normal(_SPELLS))
    outside = 12 * np.exp(1.3 * own.standard_normal(_SPELLS))
    outside *= np.where(own.random(_SPELLS) < 0.10, 15.0, 1.0)
    stays = 6 * np.exp(0.8 * outlet.standard_normal(_SPELLS))
    waits = 45 * np.exp(0.9 * outlet.standard_normal(_SPELLS))
    grades, discounts = outlet.random((2, _SPELLS))
    if marks[1] < 0.7:
        outside[0] = 0.01  # Most products start with Amazon in stock.
    first, first_end = _renewal(entry.birth, inside, outside, present=sells)
    second, second_end = _renewal(entry.birth, stays, waits, present=sells and marks[2] < 0.5)
    return Spells(
        seller=np.repeat(np.array([AMAZON, WAREHOUSE]), _SPELLS),
        condition=np.concatenate(
            (np.ones(_SPELLS, dtype=np.int64), 2 + (4 * grades).astype(np.int64))
        ),
        arrive=np.concatenate((first, second)),
        leave=np.concatenate((first_end, second_end)),
        discount=np.concatenate((np.full(_SPELLS, 0.90 + 0.12 * marks[3]), 0.75 + 0.3 * discounts)),
        per_day=np.repeat(np.array([0.05 + 0.35 * float(marks[1]) ** 2, 0.1]), _SPELLS),
    )


def _for_ever(entry: Entry) -> Spells:
    """One spell without an end, at a price that stays."""
    never = np.full(ROWS, _NEVER)
    first = np.arange(ROWS) == 0
    return Spells(
        seller=np.full(ROWS, AMAZON),
        condition=np.ones(ROWS, dtype=np.int64),
        arrive=np.where(first, entry.birth, never),
        leave=never + 1,
        discount=np.ones(ROWS),
        per_day=np.zeros(ROWS),
    )


def _renewal(
    birth: int, inside: NDArray[np.float64], outside: NDArray[np.float64], *, present: bool
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Alternate days out of and in stock; returns the spells' first and last minutes."""
    if not present:
        never = np.full(inside.size, _NEVER)
        return never, never + 1
    ends = np.cumsum(outside + inside)
    starts = ends - inside
    to_minute = MINUTES_PER_DAY
    arrive = birth + (starts * to_minute).astype(np.int64)
    return arrive, np.maximum(birth + (ends * to_minute).astype(np.int64), arrive + 60)
