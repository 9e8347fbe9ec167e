"""Scores of probabilistic forecasts: coverage, pinball loss, Brier score, ranking."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from arbitragevault.domain.market.resale_prior import LEVELS

NOMINAL: Final[NDArray[np.float64]] = np.array([0.05, 0.1, 0.2, 0.5, 0.8, 0.9])
"""The levels at which coverage is reported."""

TIE_CENTS: Final = 0.5
"""Prices closer than this are the same cent."""


def below(
    quantiles: NDArray[np.float64],
    outcomes: NDArray[np.float64],
    levels: NDArray[np.float64] = NOMINAL,
) -> NDArray[np.float64]:
    """Whether outcomes lie below the forecast quantile of each level; a tie counts half.

    Many prices do not move at all. Counting "not above" or "below" alone would then judge every
    forecast that says so as wrong.

    Args:
        quantiles: [n, LEVELS.size] forecast prices at ``LEVELS``, minor units.
        outcomes: [n] prices that came.
        levels: [k] levels asked for.

    Returns:
        [n, k] of 0, 0.5 and 1. Its mean over n is the coverage of each level.
    """
    asked = at_levels(quantiles, levels)
    gap = outcomes[:, None] - asked
    return np.where(np.abs(gap) < TIE_CENTS, 0.5, (gap < 0).astype(np.float64))


def at_levels(quantiles: NDArray[np.float64], levels: NDArray[np.float64]) -> NDArray[np.float64]:
    """Quantiles at other levels than ``LEVELS``, interpolated.

    Args:
        quantiles: [n, LEVELS.size] prices at ``LEVELS``.
        levels: [k] levels.
    """
    position = np.interp(levels, LEVELS, np.arange(LEVELS.size))
    low = np.floor(position).astype(np.int64)
    high = np.minimum(low + 1, LEVELS.size - 1)
    share = position - low
    return quantiles[:, low] * (1.0 - share) + quantiles[:, high] * share


def pinball(quantiles: NDArray[np.float64], outcomes: NDArray[np.float64]) -> NDArray[np.float64]:
    """Pinball loss of log prices, a mean over ``LEVELS``: calibration and sharpness in one number.

    Logs make a miss by a tenth cost the same for a cheap and for a dear product.

    Args:
        quantiles: [n, LEVELS.size] forecast prices at ``LEVELS``, above 0.
        outcomes: [n] prices that came, above 0.

    Returns:
        [n] losses; less is better.
    """
    gap = np.log(outcomes)[:, None] - np.log(np.maximum(quantiles, TIE_CENTS))
    loss: NDArray[np.float64] = np.maximum(LEVELS * gap, (LEVELS - 1.0) * gap).mean(axis=1)
    return loss


def brier(probabilities: NDArray[np.float64], happened: NDArray[np.bool_]) -> float:
    """The mean squared difference between a probability and what happened (0 or 1)."""
    return float(np.mean((probabilities - happened) ** 2)) if happened.size else float("nan")


def auc(scores: NDArray[np.float64], happened: NDArray[np.bool_]) -> float:
    """The chance that a case that happened had a higher score than one that did not; ties half.

    NaN if all or none happened.
    """
    positive, negative = scores[happened], np.sort(scores[~happened])
    if not positive.size or not negative.size:
        return float("nan")
    less = np.searchsorted(negative, positive, side="left")
    not_more = np.searchsorted(negative, positive, side="right")
    return float((less + not_more).sum() / (2.0 * positive.size * negative.size))


def reliability(
    probabilities: NDArray[np.float64], happened: NDArray[np.bool_], bins: int = 10
) -> list[dict[str, float]]:
    """How often it happened where a probability was about this: a point per equally wide bin.

    Args:
        probabilities: [n] forecast probabilities (0-1).
        happened: [n] what happened.
        bins: How many bins; empty ones are left out.
    """
    place = np.minimum((probabilities * bins).astype(np.int64), bins - 1)
    return [
        {
            "forecast": float(probabilities[inside].mean()),
            "observed": float(happened[inside].mean()),
            "windows": int(inside.sum()),
        }
        for inside in (place == one for one in range(bins))
        if inside.any()
    ]


def standard_error(values: NDArray[np.float64], products: NDArray[np.str_]) -> float:
    """The standard error of a mean over windows, the windows of a product being one draw.

    Neighbouring windows of a product tell nearly the same, so a thousand of three products say
    little more than three. The usual estimate for a ratio of sums over clusters (W. G. Cochran,
    Sampling Techniques, chapter 9A): how far the sum of each product is from what the mean lets
    expect of as many windows.

    Args:
        values: [n] what is averaged.
        products: [n] whose window it is.

    Returns:
        The standard error; NaN for fewer than two products.
    """
    _, product, windows = np.unique(products, return_inverse=True, return_counts=True)
    if windows.size < 2:
        return float("nan")
    off = np.bincount(product, weights=values) - windows * values.mean()
    return float(np.sqrt(off @ off * windows.size / (windows.size - 1)) / values.size)


def thirds(values: NDArray[np.float64]) -> NDArray[np.int64]:
    """To which third of the known values each belongs (0, 1, 2); -1 where unknown.

    Equal values stay together, so the thirds of few distinct values are uneven.
    """
    known = ~np.isnan(values)
    if not known.any():
        return np.full(values.shape, -1, dtype=np.int64)
    edges = np.quantile(values[known], [1 / 3, 2 / 3])
    return np.where(known, np.searchsorted(edges, values, side="left"), -1)
