"""Exact arithmetic on arrays of whole numbers."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def scaled_down(
    amounts: NDArray[np.int64], above: int, below: int, plus: int = 0
) -> NDArray[np.int64]:
    """(amount x above + plus) / below, rounded down, exactly, for each amount.

    Args:
        amounts: Whole numbers.
        above: What each is multiplied by.
        below: What the products are divided by, above 0.
        plus: Added before the division.
    """
    largest = int(np.abs(amounts).max(initial=1)) * abs(above) + abs(plus)
    if max(largest, below) < 2**63:
        return (amounts * above + plus) // below
    # Python's own whole numbers do not overflow; a share with many digits is rare.
    whole: NDArray[np.int64] = ((amounts.astype(object) * above + plus) // below).astype(np.int64)
    return whole
