"""Randomness that can be asked for again: every draw is a function of (seed, product, purpose).

A stream is drawn from its beginning each time and only ever prolonged, so a history that is
simulated up to a later moment repeats the earlier one and goes on.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Final

import numpy as np

_MASK: Final = (1 << 64) - 1
_GAMMA: Final = 0x9E3779B97F4A7C15


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


def stream(seed: int, index: int, purpose: Purpose) -> np.random.Generator:
    """A fresh generator, always the same for the same arguments.

    Args:
        seed: The marketplace's seed.
        index: The product's number.
        purpose: What the numbers are for.
    """
    key = ((seed & _MASK) << 64) | ((index << 8) & _MASK) | int(purpose)
    return np.random.Generator(np.random.Philox(key=key))


def mix(seed: int, index: int, purpose: Purpose) -> int:
    """A 64-bit hash of the arguments (splitmix64's finaliser, twice)."""
    state = _finalise(seed + int(purpose) * _GAMMA)
    return _finalise(state ^ (index * _GAMMA))


def uniform(seed: int, index: int, purpose: Purpose) -> float:
    """A number in [0, 1) that depends on the arguments only."""
    return (mix(seed, index, purpose) >> 11) * 2.0**-53


def _finalise(word: int) -> int:
    word &= _MASK
    word = ((word ^ (word >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    word = ((word ^ (word >> 27)) * 0x94D049BB133111EB) & _MASK
    return word ^ (word >> 31)
