"""The learned part of demand: rank curve, weights of the evidence, spread, stated levels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from arbitragevault.domain.market.interpolation import interpolated
from arbitragevault.domain.market.learned import load_learned

BOOKS_ROOT: Final = 283155
ELSEWHERE: Final = 0.25
"""Part of the prior's weight that is left in a category or marketplace that was not learned: the
published tables differ sevenfold between sources and are about the US only."""


@dataclass(frozen=True, slots=True, eq=False)
class DemandModel:
    """Everything about demand that is learned and not known from one product alone.

    Args:
        ranks: float64 [k] log10 of the sales rank at the curve's knots, ascending.
        units: float64 [k] natural log of units per month at the knots, in Books.
        roots: What to add to it by root category id.
        prior_events: Sale events that the curve is worth.
        drop_weight: What an event seen in the rank is worth, at most 1.
        saturation: Drops per month at which half the trust in them is lost.
        spread: Relative spread that no evidence removes, at 5 units a month.
        spread_slope: Its power of units a month.
        season_weight: Share of last year's seasonal swing that is carried over.
        badge_events: Sale events that a sold badge is worth.
        badge_mean: Expected units a month over the badge's lower bound.
        badge_floor: Part of the badge below which the rate is cut off.
        split_cv: Relative spread of one variation's part of shared demand.
        level_nodes: float64 [m] natural log of expected units a month at which ``levels`` holds.
        stated: float64 [l] levels that are stated, ascending.
        levels: float64 [m, l] the Gamma distribution's level that is right as often as stated.
        name: Version, part of the model version.
    """

    ranks: NDArray[np.float64]
    units: NDArray[np.float64]
    roots: Mapping[int, float]
    prior_events: float
    drop_weight: float
    saturation: float
    spread: float
    spread_slope: float
    season_weight: float
    badge_events: float
    badge_mean: float
    badge_floor: float
    split_cv: float
    level_nodes: NDArray[np.float64]
    stated: NDArray[np.float64]
    levels: NDArray[np.float64]
    name: str

    def log_units(self, log_rank: float, root: int | None) -> float:
        """Natural log of units per month at a sales rank.

        Args:
            log_rank: log10 of the rank.
            root: Root category id; None if unknown.
        """
        place = interpolated(log_rank, self.ranks, self.units)
        if root is None:
            return place
        added = self.roots.get(root)
        return place + (self.usual_root if added is None else added)

    def knows(self, root: int | None) -> bool:
        """Whether the curve was learned for a root category."""
        return root in self.roots

    @property
    def usual_root(self) -> float:
        """What is added in a category that was not learned."""
        return sum(self.roots.values()) / len(self.roots)

    def level(self, stated: float, units: float) -> float:
        """The Gamma distribution's level that is right as often as stated.

        Args:
            stated: Level (0-1) that is promised.
            units: Expected units per month.
        """
        at = np.log(max(units, 1e-6))
        row = [float(np.interp(at, self.level_nodes, column)) for column in self.levels.T]
        grid = np.concatenate(([0.0], self.stated, [1.0]))
        return float(np.interp(stated, grid, np.concatenate(([0.0], row, [1.0]))))


def model_from(found: Mapping[str, Any]) -> DemandModel:
    """A model from the parameters of a learned file."""
    arrays = {"ranks", "units", "level_nodes", "stated", "levels"}
    values: dict[str, Any] = {
        name: np.array(value, dtype=np.float64) if name in arrays else value
        for name, value in found.items()
    }
    values["roots"] = {int(root): add for root, add in found["roots"].items()}
    return DemandModel(**values)


MODEL: Final = model_from(load_learned("demand"))
"""The model that ships with this version."""
