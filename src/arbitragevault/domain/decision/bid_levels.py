"""Conformal levels: how deep the resale forecast is read for a unit that is bid for.

The forecast is right about prices as often as it says. A bid is more selective: it is made where
the forecast leaves room between price and fees, and there it is more often too high. What was
realised at bids on history told how deep the lower half has to be read for a stated chance to hold:
the level a (below 1/2) is read at 1/2 * (2a)^exponent. The median and what is above stay.

Learned by ``uv run python tools/learn_bids.py ../shared/recordings`` from recordings and from the
simulated marketplace with equal weight; a recorded product is judged by the exponent that was
learned without it, in the same folds as the prior of the resale price.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from arbitragevault.domain.market.learned import load_learned
from arbitragevault.domain.market.resale_prior import LEVELS, shipped_prior

_LEARNED: Final = load_learned("bids")

NAME: Final[str] = _LEARNED["name"]
"""Version, part of the model version."""


def bid_levels(asin: str) -> NDArray[np.float64]:
    """[LEVELS.size] the levels at which a product's forecast is read for the stated ``LEVELS``."""
    fold = shipped_prior().fold_of.get(asin)
    return _levels(_LEARNED["exponent"] if fold is None else _LEARNED["folds"][fold])


def level_read(asin: str, confidence: float) -> float:
    """The level of the forecast at which a bid's resale price is read.

    Args:
        asin: The product.
        confidence: The chance (0-1) with which that price has to be exceeded.
    """
    return float(np.interp(1.0 - confidence, LEVELS, bid_levels(asin)))


def deepened(levels: NDArray[np.float64], exponent: float) -> NDArray[np.float64]:
    """Levels with the lower half read deeper.

    Args:
        levels: Stated levels (0-1).
        exponent: 1 leaves them as they are; more reads deeper.
    """
    return np.where(levels < 0.5, 0.5 * (2.0 * np.minimum(levels, 0.5)) ** exponent, levels)


@lru_cache(maxsize=32)
def _levels(exponent: float) -> NDArray[np.float64]:
    levels = deepened(LEVELS, exponent)
    levels.setflags(write=False)
    return levels
