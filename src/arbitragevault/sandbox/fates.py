"""What is drawn for a product once and for all, whatever time it is.

These numbers are hashes, so they are drawn for many products at once: one by one, most of the time
would go into the calls.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from arbitragevault.sandbox.amazon import spells_of
from arbitragevault.sandbox.catalogue import Entry
from arbitragevault.sandbox.latent import chart_of
from arbitragevault.sandbox.randomness import Purpose, normals_of, uniforms
from arbitragevault.sandbox.sellers import Spells, appeal_marks, appeal_of


@dataclass(frozen=True, slots=True)
class Fate:
    """One product's.

    Args:
        chart: float64 [4, episodes] what may happen to it: place of the kind, day of its life, days
            that it lasts, size.
        levels: Its own price level, new and used: normal numbers.
        spells: When Amazon and its outlet have stock.
        offers: Usual numbers of new and used offers at once.
        is_collected: Collectors' copies are offered, too.
        ratings: Three uniform numbers behind its ratings.
    """

    chart: NDArray[np.float64]
    levels: tuple[float, float]
    spells: Spells
    offers: tuple[float, float]
    is_collected: bool
    ratings: tuple[float, float, float]


def fates_of(entries: Sequence[Entry], seed: int) -> list[Fate]:
    """Draw for some products, at least one.

    Args:
        entries: The products.
        seed: The marketplace's seed.
    """
    index = np.array([entry.index for entry in entries])
    kinds = [entry.kind for entry in entries]
    levels = normals_of(uniforms(seed, index, Purpose.PRICE_LEVEL, 3))[:, :2].tolist()
    marks = appeal_marks(seed, index)
    offers = appeal_of(
        marks,
        np.array([(kind.offers_new, kind.offers_used) for kind in kinds]),
        np.array([entry.log_rank for entry in entries]),
    ).tolist()
    is_collected = (marks[:, 2] < [kind.collectible for kind in kinds]).tolist()
    ratings = uniforms(seed, index, Purpose.STATUS, 3).tolist()
    return [
        Fate(chart, (level[0], level[1]), spells, (usual[0], usual[1]), collected,
             (mark[0], mark[1], mark[2]))
        for chart, level, spells, usual, collected, mark in zip(
            chart_of(entries, seed), levels, spells_of(entries, seed), offers, is_collected,
            ratings, strict=True,
        )
    ]  # fmt: skip
