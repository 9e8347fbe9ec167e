"""Catalogue facts of all products at once, equal to those of each product's ``Entry``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from arbitragevault.sandbox.catalogue import (
    FAMILY_BLOCK,
    FAMILY_SHARE,
    Draws,
    births,
    draws_of,
    is_dead_at,
)
from arbitragevault.sandbox.kinds import KINDS, Kind, topic_id
from arbitragevault.sandbox.randomness import Purpose, mix_of_each, uniform_of_each

_UNLUCKY_FAMILY: Final = 5
_SINGLE_EDGES: Final = np.cumsum([kind.share for kind in KINDS])
_FAMILY_EDGES: Final = np.cumsum([kind.family_share for kind in KINDS])
_TOPICS: Final = max(len(kind.topics) for kind in KINDS)


def per_kind(value: Callable[[Kind], float]) -> NDArray[np.float64]:
    """float64 [kinds]: something that is typical of each kind."""
    return np.array([value(kind) for kind in KINDS], dtype=np.float64)


@dataclass(frozen=True, slots=True)
class Columns:
    """One element per product, by its number in the marketplace.

    Args:
        kind: int64 [n] place in ``KINDS``.
        leader: int64 [n] number of the first child of its family, else its own.
        siblings: int64 [n] children of its family; 0 where it belongs to none.
        draws: The random numbers behind its entry.
        topic: int64 [n] place in its kind's topics.
        category: int64 [n] id of that topic.
        root: int64 [n] id of its root category.
        list_price: int64 [n] cents.
        log_rank: float64 [n] log10 of the usual sales rank.
        birth: int64 [n] market minutes of the first observation.
        is_dead: bool [n].
        is_hazmat / is_heat_sensitive: bool [n].
    """

    kind: NDArray[np.int64]
    leader: NDArray[np.int64]
    siblings: NDArray[np.int64]
    draws: Draws
    topic: NDArray[np.int64]
    category: NDArray[np.int64]
    root: NDArray[np.int64]
    list_price: NDArray[np.int64]
    log_rank: NDArray[np.float64]
    birth: NDArray[np.int64]
    is_dead: NDArray[np.bool_]
    is_hazmat: NDArray[np.bool_]
    is_heat_sensitive: NDArray[np.bool_]

    @property
    def size(self) -> int:
        """How many products there are."""
        return self.kind.size


def columns_of(seed: int, size: int) -> Columns:
    """The catalogue facts of the first ``size`` products of a marketplace."""
    index = np.arange(size)
    leader, siblings = _families(seed, index)
    kind = _kinds(seed, leader, is_family=siblings > 0)
    draws = draws_of(seed, index, leader)
    topics = per_kind(lambda one: len(one.topics))[kind]
    topic = (draws.common[:, 3] * topics).astype(np.int64)
    middle, width = per_kind(lambda one: one.list_price[0]), per_kind(lambda one: one.list_price[1])
    spread = np.exp(width[kind] * (draws.level[:, 0] + 0.15 * draws.normals[:, 1]))
    rank, rank_width = per_kind(lambda one: one.rank[0]), per_kind(lambda one: one.rank[1])
    burns = per_kind(lambda one: one.name in ("beauty product", "electronic device"))[kind] > 0
    melts = per_kind(lambda one: one.name == "grocery")[kind] > 0
    return Columns(
        kind=kind,
        leader=leader,
        siblings=siblings,
        draws=draws,
        topic=topic,
        category=_category_ids()[kind, topic],
        root=np.array([one.root.id for one in KINDS])[kind],
        list_price=np.maximum(499, (middle[kind] * spread).astype(np.int64) // 100 * 100 + 95),
        log_rank=np.clip(rank[kind] + rank_width[kind] * draws.level[:, 1], 2.6, 6.9),
        birth=births(draws.common[:, 4], draws.common[:, 5]),
        is_dead=is_dead_at(uniform_of_each(seed, index, Purpose.DEATH)),
        is_hazmat=burns & (draws.picks[:, 16] < 0.10),
        is_heat_sensitive=melts & (topic == 0),
    )


def _families(seed: int, index: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Leaders and numbers of children."""
    block = index - index % FAMILY_BLOCK
    exists = uniform_of_each(seed, block, Purpose.FAMILY) < FAMILY_SHARE
    size = 3 + (mix_of_each(seed, block, Purpose.FAMILY) % np.uint64(4)).astype(np.int64)
    belongs = exists & (index - block < size)
    return np.where(belongs, block, index), np.where(belongs, size, 0)


def _kinds(
    seed: int, leader: NDArray[np.int64], *, is_family: NDArray[np.bool_]
) -> NDArray[np.int64]:
    point = uniform_of_each(seed, leader, Purpose.KIND)
    single = np.searchsorted(_SINGLE_EDGES, point, side="right")
    shared = np.searchsorted(_FAMILY_EDGES, point, side="right")
    kind = np.where(
        is_family,
        np.where(shared < len(KINDS), shared, _UNLUCKY_FAMILY),
        np.where(single < len(KINDS), single, 0),
    )
    return kind.astype(np.int64)


def _category_ids() -> NDArray[np.int64]:
    """int64 [kinds, topics] ids; 0 where a kind has fewer topics."""
    ids = np.zeros((len(KINDS), _TOPICS), dtype=np.int64)
    for row, kind in enumerate(KINDS):
        for column in range(len(kind.topics)):
            ids[row, column] = topic_id(kind, column)
    return ids
