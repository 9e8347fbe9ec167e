"""Amazon as a seller of its own: in and out of stock, its price, and its outlet for returns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from arbitragevault.sandbox.catalogue import MINUTES_PER_DAY, Entry
from arbitragevault.sandbox.randomness import Indices, Purpose, normals_of, uniforms
from arbitragevault.sandbox.sellers import AMAZON, WAREHOUSE, Spells

_SPELLS: Final = 40
"""Spells drawn per product, whatever the horizon, so that offer numbers never shift."""
ROWS: Final = 2 * _SPELLS


_NEVER: Final = 1 << 40


def spells_of(entries: Sequence[Entry], seed: int) -> list[Spells]:
    """Every spell of Amazon's and its outlet's stock in the lives of products."""
    index = np.array([entry.index for entry in entries])
    birth = np.array([entry.birth for entry in entries])
    share = np.array([entry.kind.amazon for entry in entries])
    own = amazon_marks(seed, index)
    arrive, leave = amazon_spells(own, share, birth)
    outlet = uniforms(seed, index, Purpose.WAREHOUSE, 4 * _SPELLS).reshape(-1, 4, _SPELLS)
    stays = 6 * np.exp(0.8 * normals_of(outlet[:, 0]))
    waits = 45 * np.exp(0.9 * normals_of(outlet[:, 1]))
    returned = (own[:, 0] < share) & (own[:, 2] < 0.5)
    second, second_end = _renewal(birth, stays, waits, returned)
    condition = np.ones((index.size, ROWS), dtype=np.int64)
    condition[:, _SPELLS:] = 2 + (4 * outlet[:, 2]).astype(np.int64)
    discount, per_day = np.empty((index.size, ROWS)), np.full((index.size, ROWS), 0.1)
    discount[:, :_SPELLS] = 0.90 + 0.12 * own[:, 3, None]
    discount[:, _SPELLS:] = 0.75 + 0.3 * outlet[:, 3]
    per_day[:, :_SPELLS] = [[0.05 + 0.35 * mark**2] for mark in own[:, 1].tolist()]
    arrive, leave = np.hstack((arrive, second)), np.hstack((leave, second_end))
    return [
        _for_ever(entry)
        if entry.kind.is_digital
        else Spells(_SELLERS, condition[row], arrive[row], leave[row], discount[row], per_day[row])
        for row, entry in enumerate(entries)
    ]


_SELLERS: Final = np.repeat(np.array([AMAZON, WAREHOUSE]), _SPELLS)


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


def amazon_marks(seed: int, index: Indices) -> NDArray[np.float64]:
    """The uniform draws behind Amazon's spells: [124], or [n, 124] for many products."""
    return uniforms(seed, index, Purpose.AMAZON, 4 + 3 * _SPELLS)


def amazon_spells(
    marks: NDArray[np.float64], share: NDArray[np.float64], birth: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """When Amazon itself has stock, for one product or many.

    Args:
        marks: float64 [..., 124] as ``amazon_marks`` draws them.
        share: float64 [...] probability that Amazon sells a product of this kind at all.
        birth: int64 [...] market minutes of the first observation.

    Returns:
        First and last minutes of each spell, [..., 40] each.
    """
    first, second, third = (
        marks[..., 4 + part * _SPELLS : 4 + (part + 1) * _SPELLS] for part in range(3)
    )
    inside = 75 * np.exp(1.2 * normals_of(first))
    outside = 12 * np.exp(1.3 * normals_of(second))
    outside *= np.where(third < 0.10, 15.0, 1.0)
    # Most products start with Amazon in stock.
    outside[..., 0] = np.where(marks[..., 1] < 0.7, 0.01, outside[..., 0])
    return _renewal(birth, inside, outside, marks[..., 0] < share)


def _renewal(
    birth: NDArray[np.int64],
    inside: NDArray[np.float64],
    outside: NDArray[np.float64],
    present: NDArray[np.bool_],
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Alternate days out of and in stock; returns the spells' first and last minutes."""
    ends = np.cumsum(outside + inside, axis=-1)
    starts = ends - inside
    first = np.expand_dims(birth, -1)
    arrive = first + (starts * MINUTES_PER_DAY).astype(np.int64)
    leave = np.maximum(first + (ends * MINUTES_PER_DAY).astype(np.int64), arrive + 60)
    there = np.expand_dims(present, -1)
    return np.where(there, arrive, _NEVER), np.where(there, leave, _NEVER + 1)
