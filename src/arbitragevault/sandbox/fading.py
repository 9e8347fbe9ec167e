"""What fades: every value adds to what is left of those before."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from arbitragevault.sandbox.compiled import compiled


def faded(
    values: NDArray[np.float64], gain: float, keep: float, before: float = 0.0
) -> NDArray[np.float64]:
    """Sums of values that fade step by step.

    Args:
        values: float64 [n].
        gain: What a value counts at its own step.
        keep: Share of a sum that is left at the next step.
        before: What is left at the first step of what was before.

    Returns:
        [n] sums.
    """
    return fade(np.ascontiguousarray(values), gain, keep, before)


@compiled
def fade(
    values: NDArray[np.float64], gain: float, keep: float, before: float
) -> NDArray[np.float64]:
    """The loop of ``faded``."""
    sums = np.empty_like(values)
    left = before
    for place in range(values.size):
        sums[place] = left + values[place] * gain
        left = keep * sums[place]
    return sums
