"""What drives a simulated market and nobody in it sees: demand and price levels, day by day.

Levels move by jumps, ramps and episodes (crashes, scarcities, media attention, new editions), not
by the smooth mean reversion or Poisson rates that a forecaster would assume.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from arbitragevault.sandbox.catalogue import MINUTES_PER_DAY, Entry
from arbitragevault.sandbox.compiled import compiled
from arbitragevault.sandbox.fading import faded
from arbitragevault.sandbox.kinds import rate_at_rank
from arbitragevault.sandbox.randomness import Indices, Purpose, normals_of, stream, uniforms

MIDDLE_AGE: Final = 1.6
"""Years of history at which a product has its usual rank."""
YEAR: Final = 365.25
_LAST_DAY: Final = 90 * 366
"""Days since 2011-01-01 to the end of the simulation's calendar, about 2100."""
WEEK: Final = np.array([0.02, -0.06, 0.0, 0.05, 0.06, 0.02, -0.09])
"""float64 [7]: demand by weekday, natural logarithms; index 0 is Saturday, as 2011-01-01 was."""


class Episode(NamedTuple):
    """One thing that happened to a product.

    ``kind`` is one of ``KINDS_OF_EPISODE``; ``start`` and ``end`` are days since 2011-01-01, and
    ``size`` is the change of the natural logarithm of what it moves (for a swarm, of arrivals).
    """

    kind: str
    start: int
    end: int
    size: float


@dataclass(frozen=True, slots=True)
class Latent:
    """The hidden drivers from the product's first day on.

    Args:
        first_day: Day since 2011-01-01 of element 0.
        demand: float64 [days] units per day that buyers would take at the price level; of the
            whole variation family where there is one.
        value: float64 [days] cents: what a new copy is worth to buyers.
        used_value: float64 [days] cents: what a used copy in good condition is worth.
        crowding: float64 [days] factor on the arrival of new sellers.
        episodes: What happened.
    """

    first_day: int
    demand: NDArray[np.float64]
    value: NDArray[np.float64]
    used_value: NDArray[np.float64]
    crowding: NDArray[np.float64]
    episodes: tuple[Episode, ...]


KINDS_OF_EPISODE: Final = (
    "price_jump", "crash", "scarcity", "swarm", "attention", "new_edition", "demand_shift",
    "promotion",
)  # fmt: skip
_PRICE_JUMP, _CRASH, _SCARCITY, _SWARM, _ATTENTION, _NEW_EDITION, _DEMAND_SHIFT, _PROMOTION = range(
    len(KINDS_OF_EPISODE)
)
"""Places of the kinds."""
PRICE_RATES: Final = {"price_jump": 1.3, "crash": 0.14, "scarcity": 0.16, "swarm": 0.22}
DEMAND_RATES: Final = {"attention": 0.35, "demand_shift": 0.9, "promotion": 1.1}
"""Episodes per year. Those of demand are shared by a variation family."""
_LENGTHS: Final = {
    "price_jump": (1, 0), "crash": (4, 36), "scarcity": (20, 80), "swarm": (25, 25),
    "attention": (10, 30), "demand_shift": (1, 0), "promotion": (3, 11),
}  # fmt: skip
"""Fewest days, and how many more at most."""
_STEPS: Final = {"price_jump": 0.14, "demand_shift": 0.32}
"""Spread of what moves a level for good."""
_SIZES: Final = {
    "crash": (-0.45, -0.7), "scarcity": (0.3, 0.6), "swarm": (1.4, 0.9),
    "attention": (0.8, 1.6), "promotion": (0.4, 0.9),
}  # fmt: skip
"""Smallest size, and how much more at most, natural logarithms."""
EDITION_DAYS: Final = 6 * YEAR
"""A textbook's next edition comes within six years."""


def latent_of(entry: Entry, seed: int, days: int) -> Latent:
    """The hidden drivers of one product over its first ``days`` days.

    Args:
        entry: The product.
        seed: The marketplace's seed.
        days: How many days to make; a longer answer begins with the shorter one.
    """
    first_day = entry.birth // MINUTES_PER_DAY
    episodes = _episodes(entry, seed, first_day, days)
    log_demand = np.full(days, np.log(rate_at_rank(entry.kind.root, entry.log_rank)))
    log_value = np.full(days, np.log(entry.list_price))
    log_used = np.zeros(days)
    log_crowding = np.zeros(days)
    _settle(entry, seed, log_demand, log_value, log_used)
    _seasons(entry, first_day, log_demand, log_value)
    happen(_table(episodes, first_day), log_demand, log_value, log_crowding)
    _wobble(entry, seed, log_demand, log_value, log_used)
    value = np.clip(np.exp(log_value), 199.0, 90_000.0)
    return Latent(
        first_day=first_day,
        demand=np.exp(np.clip(log_demand, -9.0, 6.5)),
        value=value,
        used_value=np.clip(value * np.exp(log_used), 99.0, 60_000.0),
        crowding=np.exp(log_crowding),
        episodes=episodes,
    )


def _episodes(entry: Entry, seed: int, first_day: int, days: int) -> tuple[Episode, ...]:
    """The episodes that begin in time; drawn far beyond any horizon, so that none depends on it."""
    owner = entry.index if entry.family is None else entry.family.leader
    found: list[Episode] = []
    for index, purpose, rates in (
        (entry.index, Purpose.EVENTS, PRICE_RATES),
        (owner, Purpose.DEMAND_EVENTS, DEMAND_RATES),
    ):
        for kind, plan in plans_of(seed, index, purpose, rates).items():
            begun = int(np.searchsorted(plan[0], days))
            found += [
                Episode(kind, first_day + int(day), first_day + int(day) + int(length), size)
                for day, length, size in zip(*(one[:begun].tolist() for one in plan), strict=True)
            ]
    if entry.kind.name == "textbook":
        when, size = uniforms(seed, entry.index, Purpose.EDITION, 2).tolist()
        edition = first_day + int(when * EDITION_DAYS)
        if edition < first_day + days:
            found.append(Episode("new_edition", edition, edition + 150, -0.9 - 0.6 * size))
    return tuple(sorted(found, key=lambda episode: (episode.start, episode.kind)))


def _table(episodes: tuple[Episode, ...], first_day: int) -> NDArray[np.float64]:
    """Episodes as ``happen`` takes them."""
    rows = [
        (KINDS_OF_EPISODE.index(one.kind), one.start - first_day, one.end - first_day, one.size)
        for one in episodes
    ]
    return np.array(rows, dtype=np.float64).reshape(-1, 4)


Plan = tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]
"""Of one kind of episode: day of the start, days it lasts, size; [24] or [n, 24] each."""


def plans_of(
    seed: int, index: Indices, purpose: Purpose, rates: Mapping[str, float]
) -> dict[str, Plan]:
    """The first episodes of each kind, for one product or for many.

    Args:
        seed: The marketplace's seed.
        index: Product number(s).
        purpose: ``EVENTS`` or ``DEMAND_EVENTS``.
        rates: Episodes per year by kind; a kind's rate also tells how many may come in its life.
    """
    counts = [plan_size(rate) for rate in rates.values()]
    points = uniforms(seed, index, purpose, 4 * sum(counts))
    found: dict[str, Plan] = {}
    place = 0
    for (kind, rate), count in zip(rates.items(), counts, strict=True):
        mine = points[..., place : place + 4 * count]
        place += 4 * count
        waits, length, size, spread = (
            mine[..., part * count : (part + 1) * count] for part in range(4)
        )
        days = (-np.log(waits)).cumsum(axis=-1) * (YEAR / rate)
        found[kind] = _plan(kind, np.floor(days), length, size, spread)
    return found


@lru_cache(maxsize=64)
def plan_size(rate: float) -> int:
    """How many episodes of a kind are drawn: enough for six years of nearly every product."""
    return int(6 * rate + 3 * np.sqrt(6 * rate)) + 2


def _plan(
    kind: str,
    day: NDArray[np.float64],
    length: NDArray[np.float64],
    size: NDArray[np.float64],
    spread: NDArray[np.float64],
) -> Plan:
    """Length and size of a kind's episodes from three uniform marks."""
    base, span = _LENGTHS[kind]
    lasting = np.floor(np.maximum(1.0, base + span * length))
    if kind in _STEPS:
        return day, lasting, _STEPS[kind] * normals_of(spread)
    least, more = _SIZES[kind]
    return day, lasting, least + more * size


def _settle(
    entry: Entry,
    seed: int,
    log_demand: NDArray[np.float64],
    log_value: NDArray[np.float64],
    log_used: NDArray[np.float64],
) -> None:
    """Add the product's own usual level and its slow decline."""
    normals = normals_of(uniforms(seed, entry.index, Purpose.PRICE_LEVEL, 3))
    kind = entry.kind
    log_value += kind.discount[0] + kind.discount[1] * normals[0]
    log_used += kind.used_level[0] + kind.used_level[1] * normals[1]
    years = np.arange(log_demand.size) / YEAR
    log_demand -= kind.tail * (years - MIDDLE_AGE)
    log_used += 0.15 - 0.07 * years


def _seasons(
    entry: Entry, first_day: int, log_demand: NDArray[np.float64], log_value: NDArray[np.float64]
) -> None:
    """Add the year's and the week's seasons."""
    day = np.arange(first_day, first_day + log_demand.size)
    log_demand += seasonal(entry.kind.season, day) + WEEK[day % 7]
    log_value += seasonal(entry.kind.price_season, day)


def seasonal(monthly: tuple[float, ...], day: NDArray[np.int64]) -> NDArray[np.float64]:
    """Monthly levels joined by straight lines between the middles of the months.

    Args:
        monthly: Twelve levels, January first.
        day: int64 [n] days since 2011-01-01.

    Returns:
        [n] levels.
    """
    levels: NDArray[np.float64] = waves(monthly)[day]
    return levels


@lru_cache(maxsize=256)
def waves(monthly: tuple[float, ...]) -> NDArray[np.float64]:
    """The levels of ``seasonal`` on every day that may be asked for, by day since 2011-01-01."""
    place = (np.arange(_LAST_DAY) % YEAR) / YEAR * 12 - 0.5
    levels = np.array(monthly)
    days: NDArray[np.float64] = np.interp(place, np.arange(-1, 13), levels[np.arange(-1, 13) % 12])
    return days


@compiled
def happen(
    episodes: NDArray[np.float64],
    log_demand: NDArray[np.float64],
    log_value: NDArray[np.float64],
    log_crowding: NDArray[np.float64],
) -> None:
    """Add episodes to the levels that they move.

    Args:
        episodes: float64 [n, 4] place in ``KINDS_OF_EPISODE``, first day, the one after the last,
            and size of each; days since the first one of the levels.
        log_demand: float64 [days].
        log_value: float64 [days].
        log_crowding: float64 [days].
    """
    for kind, first, last, size in episodes:
        start, end = int(first), int(last)
        until = min(end, log_value.size)
        if kind == _PRICE_JUMP:
            log_value[start:] += size
        elif kind == _DEMAND_SHIFT:
            log_demand[start:] += size
        elif kind == _PROMOTION:
            log_demand[start:until] += size
        elif kind in (_CRASH, _NEW_EDITION):
            _sink(log_value, start, end, size)
            if kind == _NEW_EDITION:
                _sink(log_demand, start, end, size)
            elif int(abs(size) * 1_000) % 2:
                # Half of the crashes heal within months.
                for day in range(end, log_value.size):
                    log_value[day] -= size * min(max((day - end - 40) / 90, 0.0), 0.85)
        else:
            _pass_by(kind, (start, end, size), log_demand, log_value, log_crowding)


@compiled
def _sink(level: NDArray[np.float64], start: int, end: int, size: float) -> None:
    """Move a level for good, evenly from day to day."""
    for day in range(start, min(end, level.size)):
        level[day] += size * ((day - start + 1) / (end - start))
    level[end:] += size


@compiled
def _pass_by(
    kind: float,
    episode: tuple[int, int, float],
    log_demand: NDArray[np.float64],
    log_value: NDArray[np.float64],
    log_crowding: NDArray[np.float64],
) -> None:
    """Add attention, a scarcity or a swarm: start, end, size."""
    start, end, size = episode
    for day in range(start, min(end, log_value.size)):
        ramp = (day - start + 1) / (end - start)
        if kind == _ATTENTION:
            log_demand[day] += size * (1 - 0.85 * ramp)
        elif kind == _SCARCITY:
            log_value[day] += size * math.sqrt(math.sin(math.pi * min(ramp, 1.0)) + 1e-9)
        else:
            log_crowding[day] += size
            log_value[day] -= 0.25 * ramp
    if kind == _SWARM:
        for day in range(end, log_value.size):
            log_value[day] -= 0.25 * math.exp(-(day - end) / 60)


def _wobble(
    entry: Entry,
    seed: int,
    log_demand: NDArray[np.float64],
    log_value: NDArray[np.float64],
    log_used: NDArray[np.float64],
) -> None:
    """Add the small everyday movements."""
    days = log_demand.size
    owner = entry.index if entry.family is None else entry.family.leader
    price = stream(seed, entry.index, Purpose.PRICE_WOBBLE).standard_normal((days, 2))
    demand = stream(seed, owner, Purpose.DEMAND_WOBBLE).standard_normal(days)
    log_value += faded(price[:, 0], 0.008, 0.97)
    log_used += faded(price[:, 1], 0.010, 0.985)
    log_demand += faded(demand, 0.09, 0.9)
