"""What drives a simulated market and nobody in it sees: demand and price levels, day by day.

Levels move by jumps, ramps and episodes (crashes, scarcities, media attention, new editions), not
by the smooth mean reversion or Poisson rates that a forecaster would assume.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from arbitragevault.sandbox.catalogue import MINUTES_PER_DAY, Entry
from arbitragevault.sandbox.compiled import compiled
from arbitragevault.sandbox.kinds import rate_at_rank
from arbitragevault.sandbox.randomness import Indices, Purpose, normals_of, stream, uniforms

if TYPE_CHECKING:
    from arbitragevault.sandbox.fates import Fate

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
        happened: float64 [n, 4] what happened, as ``happen`` takes it.
    """

    first_day: int
    demand: NDArray[np.float64]
    value: NDArray[np.float64]
    used_value: NDArray[np.float64]
    crowding: NDArray[np.float64]
    happened: NDArray[np.float64]

    @property
    def episodes(self) -> tuple[Episode, ...]:
        """What happened, in the order of time."""
        return tuple(
            Episode(
                KINDS_OF_EPISODE[int(kind)],
                self.first_day + int(start),
                self.first_day + int(end),
                size,
            )
            for kind, start, end, size in self.happened.tolist()
        )


KINDS_OF_EPISODE: Final = (
    "price_jump", "crash", "scarcity", "swarm", "attention", "new_edition", "demand_shift",
    "promotion",
)  # fmt: skip
_PRICE_JUMP, _CRASH, _SCARCITY, _SWARM, _ATTENTION, _NEW_EDITION, _DEMAND_SHIFT, _PROMOTION = range(
    len(KINDS_OF_EPISODE)
)
"""Places of the kinds."""
_BY_NAME: Final = np.array([sorted(KINDS_OF_EPISODE).index(kind) for kind in KINDS_OF_EPISODE])
_EDITION_LASTS: Final = 150.0
"""Days until a new edition has taken all its effect."""
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


def latent_of(entry: Entry, fate: Fate, seed: int, days: int) -> Latent:
    """The hidden drivers of one product over its first ``days`` days.

    Args:
        entry: The product.
        fate: What is drawn for it once and for all.
        seed: The marketplace's seed.
        days: How many days to make; a longer answer begins with the shorter one.
    """
    kind, first_day = entry.kind, entry.birth // MINUTES_PER_DAY
    owner = entry.index if entry.family is None else entry.family.leader
    happened = begun(fate.chart, _BY_NAME, days)
    new, used = fate.levels
    usual = _Usual(
        demand=float(np.log(rate_at_rank(kind.root, entry.log_rank))),
        tail=kind.tail,
        value=float(np.log(entry.list_price)) + (kind.discount[0] + kind.discount[1] * new),
        used=kind.used_level[0] + kind.used_level[1] * used,
    )
    levels = driven(
        usual,
        waves(kind.season)[first_day : first_day + days],
        waves(kind.price_season)[first_day : first_day + days],
        happened,
        stream(seed, entry.index, Purpose.PRICE_WOBBLE).standard_normal((days, 2)),
        stream(seed, owner, Purpose.DEMAND_WOBBLE).standard_normal(days),
        first_day,
    )
    return Latent(first_day, *levels, happened)


def chart_of(entries: Sequence[Entry], seed: int) -> NDArray[np.float64]:
    """What may happen to products, drawn far beyond any horizon, so that none depends on it.

    Args:
        entries: The products.
        seed: The marketplace's seed.

    Returns:
        float64 [products, 4, episodes] place in ``KINDS_OF_EPISODE``, day of the product's life,
        days that it lasts, size.
    """
    index = np.array([entry.index for entry in entries])
    owner = np.array([one.index if one.family is None else one.family.leader for one in entries])
    plans = plans_of(seed, index, Purpose.EVENTS, PRICE_RATES)
    plans |= plans_of(seed, owner, Purpose.DEMAND_EVENTS, DEMAND_RATES)
    when, size = uniforms(seed, index, Purpose.EDITION, 2).T[:, :, None]
    is_textbook = np.array([entry.kind.name == "textbook" for entry in entries])[:, None]
    edition = np.where(is_textbook, np.floor(when * EDITION_DAYS), np.inf)
    plans["new_edition"] = edition, np.full(edition.shape, _EDITION_LASTS), -0.9 - 0.6 * size
    kinds = [
        np.full(plan[0].shape, KINDS_OF_EPISODE.index(kind), dtype=np.float64)
        for kind, plan in plans.items()
    ]
    columns = (kinds, *zip(*plans.values(), strict=True))
    return np.stack([np.concatenate(column, axis=1) for column in columns], axis=1)


@compiled
def begun(chart: NDArray[np.float64], by_name: NDArray[np.int64], days: int) -> NDArray[np.float64]:
    """What of a chart begins within some days: as ``happen`` takes it, in the order of time.

    On the same day it is in the order of names, of which ``by_name`` is int64 [kinds] the place.
    """
    found, size = np.empty((chart.shape[1], 4)), 0
    for one in range(chart.shape[1]):
        kind, day, lasting, much = chart[:, one]
        if day >= days:
            continue
        rank, place = by_name[int(kind)], size
        while place and (
            found[place - 1, 1] > day
            or (found[place - 1, 1] == day and by_name[int(found[place - 1, 0])] > rank)
        ):
            found[place] = found[place - 1]
            place -= 1
        found[place, 0], found[place, 1] = kind, day
        found[place, 2], found[place, 3] = day + lasting, much
        size += 1
    return found[:size].copy()


class _Usual(NamedTuple):
    """Natural logarithms: demand, its yearly decline, what a copy is worth, used against new."""

    demand: float
    tail: float
    value: float
    used: float


@compiled
def driven(
    usual: _Usual,
    season: NDArray[np.float64],
    price_season: NDArray[np.float64],
    happened: NDArray[np.float64],
    price_noise: NDArray[np.float64],
    noise: NDArray[np.float64],
    first_day: int,
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Demand, value, used value and crowding day by day; [days] each, see ``Latent``.

    Args:
        usual: The product's usual levels.
        season: float64 [days] of demand.
        price_season: float64 [days].
        happened: float64 [n, 4] as ``happen`` takes it.
        price_noise: float64 [days, 2] normal numbers for the value and the used value.
        noise: float64 [days] normal numbers for the demand.
        first_day: Day since 2011-01-01.
    """
    days = season.size
    demand, value, used = np.empty(days), np.empty(days), np.empty(days)
    crowding = np.zeros(days)
    for day in range(days):
        years = day / YEAR
        demand[day] = usual.demand - usual.tail * (years - MIDDLE_AGE)
        demand[day] += season[day] + WEEK[(first_day + day) % 7]
        value[day] = usual.value + price_season[day]
        used[day] = usual.used + (0.15 - 0.07 * years)
    happen(happened, demand, value, crowding)
    # Small everyday movements, which fade.
    moved, used_moved, demand_moved = 0.0, 0.0, 0.0
    for day in range(days):
        moved = 0.97 * moved + price_noise[day, 0] * 0.008
        used_moved = 0.985 * used_moved + price_noise[day, 1] * 0.010
        demand_moved = 0.9 * demand_moved + noise[day] * 0.09
        value[day] = min(max(math.exp(value[day] + moved), 199.0), 90_000.0)
        worth = value[day] * math.exp(used[day] + used_moved)
        used[day] = min(max(worth, 99.0), 60_000.0)
        demand[day] = math.exp(min(max(demand[day] + demand_moved, -9.0), 6.5))
        crowding[day] = math.exp(crowding[day])
    return demand, value, used, crowding


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
            _shift(log_value, start, log_value.size, size)
        elif kind == _DEMAND_SHIFT:
            _shift(log_demand, start, log_demand.size, size)
        elif kind == _PROMOTION:
            _shift(log_demand, start, until, size)
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
    _shift(level, end, level.size, size)


@compiled
def _shift(level: NDArray[np.float64], start: int, end: int, size: float) -> None:
    """Move a level from a day on, up to another one."""
    for day in range(start, end):
        level[day] += size


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
