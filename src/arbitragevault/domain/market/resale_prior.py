"""The pooled prior of the resale price: how prices of recorded products went on.

Log ratios (median over days 15-75 / price at the start) by condition and by the place of the price
against its own yearly level. Learned from the recorded Keepa histories of real products, with
windows started weekly wherever a price was known (new: 2,897 windows of 15 products, Buy Box where
collected, else lowest New; used: 4,376 windows of 13 products, lowest Used). A product counts by
the square root of its windows, so that a long history does not outvote the others. Reproduce with::

    uv run python benchmarks/resale_prior.py ../shared/recordings

The sample is small and mostly books, so the table is coarse on purpose and only fills in where a
product's own past is short. It was learned from the same recordings that tests read; scores on
those need folds by product (``--score`` does that; pass another ``ResalePrior``).
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


def _rows(text: str) -> tuple[tuple[float, ...], ...]:
    """The rows of a printed table."""
    return tuple(tuple(float(cell) for cell in row.split()) for row in text.split("\n") if row)


_NEW: Final = """
-1.166 -0.483 -0.271 -0.092 -0.016  0.000  0.000  0.000  0.000  0.033  0.185  0.400  0.881
-0.326 -0.216 -0.158 -0.049  0.000  0.000  0.000  0.199  0.487  0.976  1.542  1.812  2.305
-0.583 -0.403 -0.236 -0.038  0.000  0.000  0.000  0.000  0.035  0.113  0.270  0.400  0.458
-1.148 -0.273 -0.183 -0.060 -0.010  0.000  0.000  0.000  0.023  0.126  0.225  0.438  0.566
-0.469 -0.336 -0.163 -0.030  0.000  0.000  0.000  0.000  0.000  0.002  0.105  0.186  0.245
-0.825 -0.524 -0.316 -0.134 -0.056 -0.007  0.000  0.000  0.002  0.020  0.255  0.462  0.882
-1.155 -0.598 -0.426 -0.282 -0.155 -0.057 -0.005  0.000  0.000  0.026  0.100  0.234  0.415
-3.481 -3.241 -2.465 -1.481 -1.155 -0.304 -0.225 -0.088 -0.028  0.000  0.172  0.813  0.898
"""
_USED: Final = """
-1.500 -0.890 -0.452 -0.175 -0.071 -0.017  0.000  0.000  0.011  0.113  0.553  0.994  1.781
-1.733 -0.684 -0.146 -0.016  0.000  0.000  0.408  0.682  0.939  1.261  1.797  2.196  3.497
-1.227 -0.666 -0.326 -0.173 -0.074 -0.004  0.000  0.109  0.208  0.395  0.760  1.296  1.723
-0.823 -0.418 -0.249 -0.100 -0.039 -0.002  0.000  0.000  0.031  0.123  0.352  0.818  2.260
-1.438 -0.588 -0.323 -0.125 -0.040 -0.006  0.000  0.000  0.004  0.042  0.202  0.550  0.861
-1.009 -0.534 -0.282 -0.135 -0.063 -0.032 -0.007  0.000  0.000  0.055  0.367  0.739  1.506
-1.096 -0.806 -0.545 -0.334 -0.212 -0.098 -0.017  0.000  0.000  0.018  0.243  0.880  1.285
-2.442 -1.955 -1.426 -0.843 -0.511 -0.291 -0.103 -0.013  0.000  0.000  0.241  0.746  0.975
"""

PRIOR: Final = prior_from_table(
    {"new": _rows(_NEW), "used": _rows(_USED)}, _TABLE_LEVELS, "recordings-1"
)
"""The prior that ships with this version."""
