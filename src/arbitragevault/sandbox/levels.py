"""The hidden levels of all products on a few days, without simulating any market.

Equal to the levels of ``latent`` except for their small everyday movements, which are left out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from arbitragevault.sandbox.amazon import amazon_marks, amazon_spells
from arbitragevault.sandbox.catalogue import MINUTES_PER_DAY
from arbitragevault.sandbox.columns import Columns, per_kind
from arbitragevault.sandbox.kinds import KINDS, RANK_CURVE, Root
from arbitragevault.sandbox.latent import (
    DEMAND_RATES,
    EDITION_DAYS,
    MIDDLE_AGE,
    PRICE_RATES,
    WEEK,
    YEAR,
    Plan,
    plans_of,
    seasonal,
)
from arbitragevault.sandbox.randomness import Purpose, normals_of, uniforms

AGES: Final = (0, 2, 7, 15, 31, 60, 90, 180, 365)
"""Days before the asked moment at which levels are taken."""
_CHUNK: Final = 8_192
"""Products worked on at a time: some hundred random numbers are drawn for each."""
_EDITION_TAKES: Final = 150.0
"""Days over which a new edition takes effect."""


@dataclass(frozen=True, slots=True)
class Levels:
    """float32 [products, ages] each; NaN before a product's first day.

    Args:
        value / used_value: Cents that a new and a good used copy are worth.
        demand: Units per day, of the whole family where there is one.
        log_rank: log10 of the sales rank that this demand earns.
        amazon: Share of the day on which Amazon has stock (0 or 1).
    """

    value: NDArray[np.float32]
    used_value: NDArray[np.float32]
    demand: NDArray[np.float32]
    log_rank: NDArray[np.float32]
    amazon: NDArray[np.float32]


def levels_of(columns: Columns, seed: int, now: int) -> Levels:
    """The levels of every product at ``now`` and at each age before it.

    Args:
        columns: The catalogue.
        seed: The marketplace's seed.
        now: Market minute.
    """
    parts = [
        _chunk(columns, seed, now, np.arange(start, min(start + _CHUNK, columns.size)))
        for start in range(0, columns.size, _CHUNK)
    ]
    return Levels(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def _chunk(
    columns: Columns, seed: int, now: int, index: NDArray[np.int64]
) -> tuple[NDArray[np.float32], ...]:
    kind, birth = columns.kind[index], columns.birth[index]
    minute = now - np.array(AGES) * MINUTES_PER_DAY
    day = minute // MINUTES_PER_DAY
    since = day - (birth // MINUTES_PER_DAY)[:, None]
    log_value, log_used, log_demand = _usual(columns, seed, index, day, since)
    _price_episodes(plans_of(seed, index, Purpose.EVENTS, PRICE_RATES), since, log_value)
    shared = plans_of(seed, columns.leader[index], Purpose.DEMAND_EVENTS, DEMAND_RATES)
    _demand_episodes(shared, since, log_demand)
    rows, change = _editions(seed, index, kind, since)
    log_value[rows] += change
    log_demand[rows] += change
    value = np.clip(np.exp(log_value), 199.0, 90_000.0)
    used = np.clip(value * np.exp(log_used), 99.0, 60_000.0)
    demand = np.exp(np.clip(log_demand, -9.0, 6.5))
    share = per_kind(lambda one: one.amazon)[kind]
    arrive, leave = amazon_spells(amazon_marks(seed, index), share, birth)
    amazon = np.stack(
        [((arrive <= at) & (at < leave)).any(axis=1).astype(np.float64) for at in minute], axis=1
    )
    amazon[per_kind(lambda one: one.is_digital)[kind] > 0] = 1.0
    unborn = since < 0
    found = (value, used, demand, _log_ranks(kind, day, demand), amazon)
    return tuple(np.where(unborn, np.nan, level).astype(np.float32) for level in found)


def _usual(
    columns: Columns,
    seed: int,
    index: NDArray[np.int64],
    day: NDArray[np.int64],
    since: NDArray[np.int64],
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Logarithms of value, of used over new value, and of demand, without episodes."""
    kind = columns.kind[index]
    normals = normals_of(uniforms(seed, index, Purpose.PRICE_LEVEL, 3))
    years = since / YEAR
    fixed = per_kind(lambda one: one.discount[0]), per_kind(lambda one: one.discount[1])
    worn = per_kind(lambda one: one.used_level[0]), per_kind(lambda one: one.used_level[1])
    own = np.log(columns.list_price[index]) + fixed[0][kind] + fixed[1][kind] * normals[:, 0]
    prices = np.array([seasonal(one.price_season, day) for one in KINDS])
    seasons = np.array([seasonal(one.season, day) + WEEK[day % 7] for one in KINDS])
    log_used = (worn[0][kind] + worn[1][kind] * normals[:, 1])[:, None] + 0.15 - 0.07 * years
    usual = np.interp(columns.log_rank[index], RANK_CURVE[:, 0], RANK_CURVE[:, 1]) * np.log(10)
    usual += _of_roots(lambda root: root.volume)[kind]
    tail = per_kind(lambda one: one.tail)[kind]
    log_demand = usual[:, None] - tail[:, None] * (years - MIDDLE_AGE) + seasons[kind]
    return own[:, None] + prices[kind], log_used, log_demand


def _of_roots(value: Callable[[Root], float]) -> NDArray[np.float64]:
    return per_kind(lambda one: value(one.root))


def _price_episodes(
    plans: Mapping[str, Plan], since: NDArray[np.int64], log_value: NDArray[np.float64]
) -> None:
    """Add what happened to prices, as ``latent`` applies it day by day."""
    for column in range(since.shape[1]):
        passed = since[:, column, None]
        day, _, size = plans["price_jump"]
        log_value[:, column] += np.where(passed >= day, size, 0.0).sum(axis=1)
        day, lasting, size = plans["crash"]
        gone = _ramp(passed, day, lasting)
        heals = (np.abs(size) * 1_000).astype(np.int64) % 2 == 1
        healed = np.where(heals, np.clip((passed - day - lasting - 40) / 90, 0, 0.85), 0.0)
        log_value[:, column] += (size * (gone - healed)).sum(axis=1)
        day, lasting, size = plans["scarcity"]
        gone = _ramp(passed, day, lasting)
        bump = np.where((gone > 0) & (gone < 1), np.sqrt(np.sin(np.pi * gone)), 0.0)
        log_value[:, column] += (size * bump).sum(axis=1)
        day, lasting, _ = plans["swarm"]
        gone = _ramp(passed, day, lasting)
        after = np.maximum(passed - day - lasting, 0)
        log_value[:, column] -= (0.25 * gone * np.exp(-after / 60)).sum(axis=1)


def _demand_episodes(
    plans: Mapping[str, Plan], since: NDArray[np.int64], log_demand: NDArray[np.float64]
) -> None:
    """Add what happened to demand."""
    for column in range(since.shape[1]):
        passed = since[:, column, None]
        day, _, size = plans["demand_shift"]
        log_demand[:, column] += np.where(passed >= day, size, 0.0).sum(axis=1)
        for kind, fades in (("attention", 0.85), ("promotion", 0.0)):
            day, lasting, size = plans[kind]
            gone = _ramp(passed, day, lasting)
            lasts = (passed >= day) & (passed < day + lasting)
            log_demand[:, column] += np.where(lasts, size * (1 - fades * gone), 0.0).sum(axis=1)


def _ramp(
    passed: NDArray[np.int64], day: NDArray[np.float64], lasting: NDArray[np.float64]
) -> NDArray[np.float64]:
    """How far an episode has come: 0 before its first day, 1 from its last on."""
    gone: NDArray[np.float64] = np.clip((passed - day + 1) / lasting, 0.0, 1.0)
    return gone


def _editions(
    seed: int,
    index: NDArray[np.int64],
    kind: NDArray[np.int64],
    since: NDArray[np.int64],
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Which products are textbooks, and what new editions change in their value and demand."""
    rows = np.flatnonzero(per_kind(lambda one: one.name == "textbook")[kind] > 0)
    when, size = uniforms(seed, index[rows], Purpose.EDITION, 2).T
    start = np.floor(when * EDITION_DAYS)[:, None]
    gone = np.clip((since[rows] - start + 1) / _EDITION_TAKES, 0.0, 1.0)
    return rows, (-0.9 - 0.6 * size)[:, None] * gone


def _log_ranks(
    kind: NDArray[np.int64], day: NDArray[np.int64], demand: NDArray[np.float64]
) -> NDArray[np.float64]:
    """log10 of the rank that a demand earns among everything else that sells that day."""
    busy = np.array([seasonal(one.root.demand, day) for one in KINDS])[kind]
    height = np.log10(demand) - (
        _of_roots(lambda root: root.volume)[kind][:, None] + busy
    ) / np.log(10)
    ranks: NDArray[np.float64] = np.interp(height, RANK_CURVE[::-1, 1], RANK_CURVE[::-1, 0])
    return ranks
