"""Linear interpolation of single numbers."""

from __future__ import annotations

from bisect import bisect_right

import numpy as np
from numpy.typing import NDArray


def interpolated(at: float, places: NDArray[np.float64], values: NDArray[np.float64]) -> float:
    """``numpy.interp`` of one number, by the same steps; beyond the ends it is the end's value.

    numpy takes several times as long to be asked as to answer.

    Args:
        at: Where; not NaN.
        places: [n] where the values are, ascending.
        values: [n] the values.
    """
    right = bisect_right(places.data, at)
    if right in (0, places.size):
        return values.item(right - 1 if right else 0)
    low, left = values.item(right - 1), places.item(right - 1)
    slope = (values.item(right) - low) / (places.item(right) - left)
    return float(slope * (at - left) + low)
