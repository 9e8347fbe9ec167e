"""The pooled prior of the resale price: how prices of recorded products went on.

Log ratios (median over days 15-75 / price at the start) by condition and by the place of the price
against its own yearly level. Learned from the 24 recorded Keepa answers of real products, with
windows started weekly wherever a price was known (new: 2,895 windows of 15 products, Buy Box where
collected, else lowest New; used: 4,376 windows of 13 products, lowest Used). A product counts by
the square root of its windows, so that a long history does not outvote the others. Reproduce with::

    uv run python benchmarks/resale_prior.py ../shared/recordings

The sample is small and mostly books, so the table is coarse on purpose and only fills in where a
product's own past is short. It was learned from the same recordings that tests read; scores on
those need folds by product (pass another ``ResalePrior``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from arbitragevault.domain.catalog.product import Condition

LEVELS: Final[NDArray[np.float64]] = (np.arange(41) + 0.5) / 41
"""The quantile levels of every forecast: midpoints of 41 equally likely slices; the 21st is 0.5."""

PLACE_EDGES: Final = (-0.6, -0.2, -0.05, 0.05, 0.2, 0.6)
"""Edges of the place bands: log of the price over its yearly level."""

MOST_OVER_LEVEL: Final = 2.0
"""Pooled ratios carry no price beyond this multiple of the product's own yearly level: rebounds of
other, more deeply fallen products say nothing about this one."""

_TABLE_LEVELS: Final = (0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98)


@dataclass(frozen=True, slots=True, eq=False)
class ResalePrior:
    """Pooled log ratios by condition and place band.

    Args:
        new / used: [bands + 1, LEVELS.size] log ratios at ``LEVELS``; row 0 is for an unknown
            place, row k + 1 for band k of ``PLACE_EDGES``.
        name: Version of the table, part of the model version.
    """

    new: NDArray[np.float64]
    used: NDArray[np.float64]
    name: str

    def ratios(self, condition: Condition, place: float) -> NDArray[np.float64]:
        """The log ratios at ``LEVELS`` for a price that stands at a place (NaN if unknown)."""
        table: NDArray[np.float64] = self.used if condition.is_used else self.new
        if np.isnan(place):
            unplaced: NDArray[np.float64] = table[0]
            return unplaced
        row = table[1 + int(np.searchsorted(PLACE_EDGES, place, side="right"))]
        capped: NDArray[np.float64] = np.minimum(
            row, max(0.0, float(np.log(MOST_OVER_LEVEL)) - place)
        )
        return capped


def prior_from_table(
    rows: Mapping[str, tuple[tuple[float, ...], ...]], levels: tuple[float, ...], name: str
) -> ResalePrior:
    """Spread a table of quantiles onto ``LEVELS``.

    Args:
        rows: Under ``"new"`` and ``"used"``: a row per band, the unknown place first.
        levels: The levels of the rows' entries.
        name: Version of the table.
    """
    new, used = (
        np.array([np.interp(LEVELS, levels, row) for row in rows[key]]) for key in ("new", "used")
    )
    return ResalePrior(new=new, used=used, name=name)


_ROWS: Final = {
    "new": (
        (-1.166, -0.483, -0.27, -0.092, -0.016, 0, 0, 0, 0, 0.032, 0.184, 0.4, 0.881),
        (-0.326, -0.216, -0.158, -0.049, 0, 0, 0, 0.199, 0.487, 0.976, 1.542, 1.812, 2.305),
        (-0.582, -0.403, -0.236, -0.038, 0, 0, 0, 0, 0.035, 0.112, 0.27, 0.4, 0.457),
        (-1.148, -0.273, -0.183, -0.059, -0.009, 0, 0, 0, 0.023, 0.126, 0.225, 0.438, 0.566),
        (-0.469, -0.329, -0.16, -0.03, 0, 0, 0, 0, 0, 0.003, 0.105, 0.186, 0.245),
        (-0.824, -0.524, -0.316, -0.134, -0.055, -0.006, 0, 0, 0.002, 0.022, 0.192, 0.46, 0.882),
        (-1.155, -0.598, -0.436, -0.283, -0.158, -0.06, -0.008, 0, 0, 0.025, 0.1, 0.237, 0.415),
        (
            -3.481,
            -3.241,
            -2.465,
            -1.481,
            -1.156,
            -0.304,
            -0.225,
            -0.088,
            -0.028,
            0,
            0.172,
            0.813,
            0.898,
        ),
    ),
    "used": (
        (-1.5, -0.89, -0.452, -0.176, -0.071, -0.017, 0, 0, 0.01, 0.113, 0.554, 0.994, 1.781),
        (-1.733, -0.684, -0.146, -0.016, 0, 0, 0.408, 0.682, 0.939, 1.261, 1.797, 2.196, 3.497),
        (
            -1.227,
            -0.665,
            -0.325,
            -0.173,
            -0.074,
            -0.005,
            0,
            0.109,
            0.207,
            0.395,
            0.759,
            1.295,
            1.723,
        ),
        (-0.824, -0.418, -0.244, -0.1, -0.038, -0.002, 0, 0, 0.031, 0.124, 0.352, 0.818, 2.26),
        (-1.438, -0.587, -0.329, -0.126, -0.042, -0.006, 0, 0, 0.004, 0.041, 0.201, 0.549, 0.861),
        (-1.009, -0.536, -0.283, -0.135, -0.063, -0.032, -0.007, 0, 0, 0.056, 0.367, 0.739, 1.507),
        (-1.096, -0.806, -0.545, -0.334, -0.213, -0.098, -0.019, 0, 0, 0.016, 0.243, 0.881, 1.285),
        (-2.442, -1.934, -1.426, -0.838, -0.509, -0.29, -0.096, -0.013, 0, 0, 0.241, 0.743, 0.968),
    ),
}

PRIOR: Final = prior_from_table(_ROWS, _TABLE_LEVELS, "recordings-1")
"""The prior that ships with this version."""
