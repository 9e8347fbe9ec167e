"""Randomness that can be asked for again: every draw is a function of (seed, product, purpose).

A stream is drawn from its beginning each time and only ever prolonged, so a history that is
simulated up to a later moment repeats the earlier one and goes on. Where a fixed number of draws is
enough, they are hashes instead, which can be drawn for one product or for all of them at once.
"""

from __future__ import annotations

import threading
from enum import IntEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from arbitragevault.sandbox.compiled import compiled

_MASK: Final = (1 << 64) - 1
_GAMMA: Final = 0x9E3779B97F4A7C15
_SHIFTS: Final = (np.uint64(30), np.uint64(27), np.uint64(31))
_FACTORS: Final = (np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB))
_STEP: Final = np.uint64(_GAMMA)
_DROPPED: Final = np.uint64(11)

Indices = int | NDArray[np.int64]
"""One product's number, or many."""


class Purpose(IntEnum):
    """What a stream of random numbers is for; one stream serves one purpose only."""

    CATALOGUE = 1
    EVENTS = 2
    LEVELS = 3
    PRICE_WOBBLE = 4
    DEMAND_WOBBLE = 5
    BUYERS = 6
    BUYER_KINDS = 7
    ARRIVALS = 8
    OFFERS = 9
    TICKS = 10
    AMAZON = 11
    OBSERVATIONS = 12
    OBSERVATION_MARKS = 13
    RANK_WOBBLE = 14
    SELLERS = 15
    TICK_MARKS = 16
    SUBCATEGORY = 17
    KIND = 18
    FAMILY = 19
    STATUS = 20
    PERMUTATION = 21
    DEMAND_EVENTS = 22
    DEATH = 23
    PRICE_LEVEL = 24
    WAREHOUSE = 25
    ROTATIONS = 26
    SHARED_CODE = 27
    FAMILY_LEVEL = 28
    EDITION = 29
    SELLER_FIGURES = 30
    LIGHTNING = 31
    DEALS = 32


def stream(seed: int, index: int, purpose: Purpose) -> np.random.Generator:
    """A generator at its beginning, always the same for the same arguments.

    To begin one anew is ten times as fast as to make one, so each thread has one for each purpose:
    draw from a stream before the next one for the same purpose is begun.

    Args:
        seed: The marketplace's seed.
        index: The product's number.
        purpose: What the numbers are for.
    """
    generator = _HELD.generators.get(purpose)
    if generator is None:
        generator = np.random.Generator(np.random.Philox(0))
        _HELD.generators[purpose] = generator
    key = [((index << 8) & _MASK) | int(purpose), seed & _MASK]
    generator.bit_generator.state = {**_BEGINNING, "state": {"counter": _NOUGHT, "key": key}}
    return generator


class _Held(threading.local):
    """What a thread has."""

    def __init__(self) -> None:
        self.generators: dict[Purpose, np.random.Generator] = {}


_HELD: Final = _Held()
_NOUGHT: Final = [0, 0, 0, 0]
_BEGINNING: Final = {
    "bit_generator": "Philox",
    "buffer": _NOUGHT,
    "buffer_pos": len(_NOUGHT),
    "has_uint32": 0,
    "uinteger": 0,
}
"""Of a Philox that has drawn nothing."""


def mix(seed: int, index: int, purpose: Purpose) -> int:
    """A 64-bit hash of the arguments (splitmix64's finaliser, twice)."""
    state = _finalise(seed + int(purpose) * _GAMMA)
    return _finalise(state ^ (index * _GAMMA))


def uniform(seed: int, index: int, purpose: Purpose) -> float:
    """A number in [0, 1) that depends on the arguments only."""
    return (mix(seed, index, purpose) >> 11) * 2.0**-53


def uniforms(seed: int, index: Indices, purpose: Purpose, count: int) -> NDArray[np.float64]:
    """Hashed numbers in (0, 1), the same whether drawn for one product or for many.

    Args:
        seed: The marketplace's seed.
        index: The product's number, or int64 [n] numbers.
        purpose: What the numbers are for.
        count: How many per product.

    Returns:
        [count] for one product, [n, count] for many.
    """
    state = np.uint64(_finalise(seed + int(purpose) * _GAMMA))
    if isinstance(index, int):
        return hashed(state, np.uint64(index), count)
    base = _finalise_all(state ^ (index.astype(np.uint64) * _STEP))
    places = np.arange(1, count + 1, dtype=np.uint64) * _STEP
    words = _finalise_all(base[:, None] + places) >> _DROPPED
    points: NDArray[np.float64] = (words.astype(np.float64) + 0.5) * 2.0**-53
    return points


@compiled
def hashed(state: np.uint64, index: np.uint64, count: int) -> NDArray[np.float64]:
    """``uniforms`` for one product, from the hash of what all products share."""
    base = finalised(state ^ (index * _STEP))
    points = np.empty(count)
    for place in range(count):
        word = finalised(base + np.uint64(place + 1) * _STEP) >> _DROPPED
        points[place] = (np.float64(word) + 0.5) * 2.0**-53
    return points


@compiled
def finalised(word: np.uint64) -> np.uint64:
    """Splitmix64's finaliser."""
    word = (word ^ (word >> _SHIFTS[0])) * _FACTORS[0]
    word = (word ^ (word >> _SHIFTS[1])) * _FACTORS[1]
    return word ^ (word >> _SHIFTS[2])


def uniform_of_each(seed: int, index: NDArray[np.int64], purpose: Purpose) -> NDArray[np.float64]:
    """``uniform`` for many products at once: int64 [n] numbers, float64 [n]."""
    words = mix_of_each(seed, index, purpose) >> _DROPPED
    return words.astype(np.float64) * 2.0**-53


def mix_of_each(seed: int, index: NDArray[np.int64], purpose: Purpose) -> NDArray[np.uint64]:
    """``mix`` for many products at once: int64 [n] numbers, uint64 [n]."""
    state = np.uint64(_finalise(seed + int(purpose) * _GAMMA))
    return _finalise_all(state ^ (index.astype(np.uint64) * _STEP))


def normals_of(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Standard normal numbers from uniform ones, of the same shape."""
    from scipy.special import ndtri  # takes longer to load than all that a sandbox needs to start

    found: NDArray[np.float64] = ndtri(points)
    return found


def _finalise_all(words: NDArray[np.uint64]) -> NDArray[np.uint64]:
    words = (words ^ (words >> _SHIFTS[0])) * _FACTORS[0]
    words = (words ^ (words >> _SHIFTS[1])) * _FACTORS[1]
    return words ^ (words >> _SHIFTS[2])


def _finalise(word: int) -> int:
    word &= _MASK
    word = ((word ^ (word >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    word = ((word ^ (word >> 27)) * 0x94D049BB133111EB) & _MASK
    return word ^ (word >> 31)
