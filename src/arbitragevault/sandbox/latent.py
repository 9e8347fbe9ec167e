"""What drives a simulated market and nobody in it sees: demand and price levels, day by day.

Levels move by jumps, ramps and episodes (crashes, scarcities, media attention, new editions), not
by the smooth mean reversion or Poisson rates that a forecaster would assume.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.signal import lfilter

from arbitragevault.sandbox.catalogue import MINUTES_PER_DAY, Entry
from arbitragevault.sandbox.kinds import rate_at_rank
from arbitragevault.sandbox.randomness import Purpose, stream

_MIDDLE_AGE: Final = 1.6
"""Years of history at which a product has its usual rank."""
_EPISODES: Final = 24
_YEAR: Final = 365.25
_WEEK: Final = np.array([0.02, -0.06, 0.0, 0.05, 0.06, 0.02, -0.09])
"""float64 [7]: demand by weekday, natural logarithms; index 0 is Saturday, as 2011-01-01 was."""


@dataclass(frozen=True, slots=True)
class Episode:
    """One thing that happened to a product.

    Args:
        kind: ``price_jump``, ``crash``, ``scarcity``, ``swarm``, ``attention``, ``new_edition``,
            ``demand_shift`` or ``promotion``.
        start / end: Days since 2011-01-01.
        size: Change of the natural logarithm of what it moves (for a swarm, of arrivals).
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


_PRICE_RATES: Final = {"price_jump": 1.3, "crash": 0.14, "scarcity": 0.16, "swarm": 0.22}
_DEMAND_RATES: Final = {"attention": 0.35, "demand_shift": 0.9, "promotion": 1.1}
"""Episodes per year. Those of demand are shared by a variation family."""


def latent_of(entry: Entry, seed: int, days: int) -> Latent:
    """The hidden drivers of one product over its first ``days`` days.

    Args:
        entry: The product.
        seed: The marketplace's seed.
        days: How many days to make; a longer answer begins with the shorter one.
    """
    first_day = entry.birth // MINUTES_PER_DAY
    episodes = _episodes(entry, seed, first_day)
    log_demand = np.full(days, np.log(rate_at_rank(entry.kind.root, entry.log_rank)))
    log_value = np.full(days, np.log(entry.list_price))
    log_used = np.zeros(days)
    log_crowding = np.zeros(days)
    _settle(entry, seed, log_demand, log_value, log_used)
    _seasons(entry, first_day, log_demand, log_value)
    for episode in episodes:
        _apply(episode, first_day, log_demand, log_value, log_crowding)
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


def _episodes(entry: Entry, seed: int, first_day: int) -> tuple[Episode, ...]:
    """All episodes of the product's life, far beyond any horizon, so that none depends on one."""
    owner = entry.index if entry.family is None else entry.family.leader
    own = stream(seed, entry.index, Purpose.EVENTS)
    shared = stream(seed, owner, Purpose.DEMAND_EVENTS)
    found = [*_draw(own, _PRICE_RATES, first_day), *_draw(shared, _DEMAND_RATES, first_day)]
    if entry.kind.name == "textbook":
        when, size = own.random(2).tolist()
        edition = first_day + int(when * 6 * _YEAR)
        found.append(Episode("new_edition", edition, edition + 150, -0.9 - 0.6 * size))
    return tuple(sorted(found, key=lambda episode: (episode.start, episode.kind)))


def _draw(draws: np.random.Generator, rates: dict[str, float], first_day: int) -> list[Episode]:
    """The episodes of several kinds over twenty years."""
    shape = (len(rates), _EPISODES)
    days = draws.standard_exponential(shape).cumsum(axis=1) * _YEAR
    marks, spread = draws.random((*shape, 2)).tolist(), draws.standard_normal(shape).tolist()
    days /= np.array(list(rates.values()))[:, None]
    return [
        _episode(kind, first_day + int(day), marks[row][column], spread[row][column])
        for row, kind in enumerate(rates)
        for column, day in enumerate(days[row].tolist())
        if day < 20 * _YEAR
    ]


def _episode(kind: str, start: int, marks: tuple[float, float], spread: float) -> Episode:
    """One episode from two uniform marks and a normal one."""
    length, size = marks
    days, change = {
        "price_jump": (1, 0.14 * spread),
        "crash": (4 + 36 * length, -0.45 - 0.7 * size),
        "scarcity": (20 + 80 * length, 0.3 + 0.6 * size),
        "swarm": (25 + 25 * length, 1.4 + 0.9 * size),
        "attention": (10 + 30 * length, 0.8 + 1.6 * size),
        "demand_shift": (1, 0.32 * spread),
        "promotion": (3 + 11 * length, 0.4 + 0.9 * size),
    }[kind]
    return Episode(kind, start, start + max(1, int(days)), change)


def _settle(
    entry: Entry,
    seed: int,
    log_demand: NDArray[np.float64],
    log_value: NDArray[np.float64],
    log_used: NDArray[np.float64],
) -> None:
    """Add the product's own usual level and its slow decline."""
    normals = stream(seed, entry.index, Purpose.PRICE_LEVEL).standard_normal(3)
    kind = entry.kind
    log_value += kind.discount[0] + kind.discount[1] * normals[0]
    log_used += kind.used_level[0] + kind.used_level[1] * normals[1]
    years = np.arange(log_demand.size) / _YEAR
    log_demand -= kind.tail * (years - _MIDDLE_AGE)
    log_used += 0.15 - 0.07 * years


def _seasons(
    entry: Entry, first_day: int, log_demand: NDArray[np.float64], log_value: NDArray[np.float64]
) -> None:
    """Add the year's and the week's seasons."""
    day = np.arange(first_day, first_day + log_demand.size)
    log_demand += seasonal(entry.kind.season, day) + _WEEK[day % 7]
    log_value += seasonal(entry.kind.price_season, day)


def seasonal(monthly: tuple[float, ...], day: NDArray[np.int64]) -> NDArray[np.float64]:
    """Monthly levels joined by straight lines between the middles of the months.

    Args:
        monthly: Twelve levels, January first.
        day: int64 [n] days since 2011-01-01.

    Returns:
        [n] levels.
    """
    place = (day % _YEAR) / _YEAR * 12 - 0.5
    levels = np.array(monthly)
    wave: NDArray[np.float64] = np.interp(place, np.arange(-1, 13), levels[np.arange(-1, 13) % 12])
    return wave


def _apply(
    episode: Episode,
    first_day: int,
    log_demand: NDArray[np.float64],
    log_value: NDArray[np.float64],
    log_crowding: NDArray[np.float64],
) -> None:
    """Add one episode to the levels that it moves."""
    days = log_demand.size
    start, end = episode.start - first_day, episode.end - first_day
    if start >= days:
        return
    until = min(end, days)
    length = end - start
    ramp = np.arange(1, until - start + 1) / length
    if episode.kind == "price_jump":
        log_value[start:] += episode.size
    elif episode.kind == "demand_shift":
        log_demand[start:] += episode.size
    elif episode.kind in ("crash", "new_edition"):
        log_value[start:until] += episode.size * ramp
        log_value[end:] += episode.size
        if episode.kind == "new_edition":
            log_demand[start:until] += episode.size * ramp
            log_demand[end:] += episode.size
        elif int(abs(episode.size) * 1_000) % 2:
            # Half of the crashes heal within months.
            healed = np.clip((np.arange(end, max(end, days)) - end - 40) / 90, 0, 0.85)
            log_value[end:] -= episode.size * healed[: max(0, days - end)]
    elif episode.kind == "scarcity":
        log_value[start:until] += episode.size * np.sqrt(np.sin(np.pi * np.clip(ramp, 0, 1)) + 1e-9)
    elif episode.kind == "swarm":
        log_crowding[start:until] += episode.size
        log_value[start:until] -= 0.25 * ramp
        log_value[end:] -= 0.25 * np.exp(-np.arange(max(0, days - end)) / 60)
    else:
        fade = 1 - 0.85 * ramp if episode.kind == "attention" else np.ones_like(ramp)
        log_demand[start:until] += episode.size * fade


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
    log_value += lfilter([0.008], [1, -0.97], price[:, 0])
    log_used += lfilter([0.010], [1, -0.985], price[:, 1])
    log_demand += lfilter([0.09], [1, -0.9], demand)
