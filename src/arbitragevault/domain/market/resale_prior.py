"""The pooled prior of the resale price: how prices of recorded products went on.

A log ratio (median over days 15-75 / price at the start) is a *scale*, which depends on how
restless the price has been, times a *standard move*, whose distribution depends on the place of the
price against its own yearly level. Both are learned from recorded Keepa histories by

    uv run python tools/learn_resale.py ../shared/recordings

and ship as ``resale_prior.json`` with counts and the digest of what they were learned from. A
product counts by the square root of its windows: a long history does not outvote the others.

Besides the set learned from all products there is a set per fold that never saw the fold's
products. A product is always judged by a set that never saw it: there is no other way in, so no
score can be flattered by what was learned from the product itself.
"""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from math import exp, isnan
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from arbitragevault.domain.catalog.product import Condition
from arbitragevault.domain.market.resale_state import PriceState

LEVELS: Final[NDArray[np.float64]] = (np.arange(41) + 0.5) / 41
"""The quantile levels of every forecast: midpoints of 41 equally likely slices; the 21st is 0.5."""

PLACE_NODES: Final[NDArray[np.float64]] = np.array(
    [-1.2, -0.6, -0.3, -0.1, 0.0, 0.1, 0.3, 0.6, 1.2]
)
"""Places (log of the price over its yearly level) at which tables are learned; between two they are
interpolated, beyond the outermost they are constant."""

_NODES: Final[tuple[float, ...]] = tuple(PLACE_NODES.tolist())

LEAST_SCALE: Final = 0.01
"""No price is forecast to stay within less than one percent on the average."""

FILE: Final = "resale_prior.json"


@dataclass(frozen=True, slots=True, eq=False)
class PooledMoves:
    """What was learned of one condition.

    Args:
        coefficients: [features + 1] of the log scale, the constant first.
        centre / spread: [features] that standardise the features; unknown ones count as central.
        moves: [1 + PLACE_NODES.size, LEVELS.size] quantiles of log ratio / scale at ``LEVELS``; row
            0 is for an unknown place.
        ratios: The same of the log ratios themselves: the prior alone, as a yardstick.
        windows / products: What it was learned from.
    """

    coefficients: NDArray[np.float64]
    centre: NDArray[np.float64]
    spread: NDArray[np.float64]
    moves: NDArray[np.float64]
    ratios: NDArray[np.float64]
    windows: int
    products: int

    def scale(self, state: PriceState) -> float:
        """The expected size of the log ratio of a price in a state."""
        features = (state.features - self.centre) / self.spread
        features[np.isnan(features)] = 0.0
        log_scale = self.coefficients[0] + features @ self.coefficients[1:]
        return max(LEAST_SCALE, exp(log_scale))

    def scaled_moves(self, state: PriceState) -> NDArray[np.float64]:
        """[LEVELS.size] log ratios at ``LEVELS`` for a price in a state."""
        return self.scale(state) * at_place(self.moves, state.place)

    def plain_ratios(self, place: float) -> NDArray[np.float64]:
        """[LEVELS.size] log ratios by place alone; NaN gives those of all places."""
        return at_place(self.ratios, place)


@dataclass(frozen=True, slots=True, eq=False)
class PriorSet:
    """What was learned from some products, by condition."""

    new: PooledMoves
    used: PooledMoves

    def of(self, condition: Condition) -> PooledMoves:
        """The moves of a condition."""
        return self.used if condition.is_used else self.new


@dataclass(frozen=True, slots=True, eq=False)
class ResalePrior:
    """The shipped prior.

    Args:
        name: Its version, part of the model version.
        everything: Learned from all products.
        fold_of: Which fold's set an ASIN that was learned from is judged by.
        folds: The sets that left some products out.
    """

    name: str
    everything: PriorSet
    fold_of: Mapping[str, int]
    folds: tuple[PriorSet, ...]

    def for_product(self, asin: str) -> PriorSet:
        """The set that never saw a product."""
        fold = self.fold_of.get(asin)
        return self.everything if fold is None else self.folds[fold]


def at_place(table: NDArray[np.float64], place: float) -> NDArray[np.float64]:
    """A row of a table by place: row 0 if unknown, else between the rows of the two next nodes."""
    if isnan(place):
        unplaced: NDArray[np.float64] = table[0]
        return unplaced
    low = min(max(bisect_right(_NODES, place) - 1, 0), len(_NODES) - 2)
    share = (place - _NODES[low]) / (_NODES[low + 1] - _NODES[low])
    share = min(max(share, 0.0), 1.0)
    row: NDArray[np.float64] = (1.0 - share) * table[1 + low] + share * table[2 + low]
    return row


def prior_from(data: Mapping[str, Any]) -> ResalePrior:
    """Read a prior as the learning command writes it."""
    levels = np.array(data["levels"])
    folds = data["folds"]
    return ResalePrior(
        name=f"{data['name']}.{data['digest'][:8]}",
        everything=_set(data["all"], levels),
        fold_of={asin: number for number, fold in enumerate(folds) for asin in fold["excluded"]},
        folds=tuple(_set(fold, levels) for fold in folds),
    )


def _set(data: Mapping[str, Any], levels: NDArray[np.float64]) -> PriorSet:
    return PriorSet(_moves(data["new"], levels), _moves(data["used"], levels))


def _moves(data: Mapping[str, Any], levels: NDArray[np.float64]) -> PooledMoves:
    def spread_out(rows: list[list[float]]) -> NDArray[np.float64]:
        return np.array([np.interp(LEVELS, levels, row) for row in rows])

    return PooledMoves(
        coefficients=np.array(data["coefficients"]),
        centre=np.array(data["centre"]),
        spread=np.array(data["spread"]),
        moves=spread_out(data["moves"]),
        ratios=spread_out(data["ratios"]),
        windows=data["windows"],
        products=data["products"],
    )


@lru_cache(maxsize=1)
def shipped_prior() -> ResalePrior:
    """The prior that ships with this version."""
    text = (files("arbitragevault.domain.market") / FILE).read_text(encoding="utf-8")
    return prior_from(json.loads(text))
