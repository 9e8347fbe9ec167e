"""A light view of every product on one day: what the finder, deals and best sellers go by.

No market is simulated for it. Catalogue facts and Amazon's presence are exact; prices, ranks and
offer counts follow from the product's hidden levels on that day, so a product's own answer may
differ from them as a shelf differs from what its goods are worth. Products that have been answered
with ``stats`` count with the figures of that answer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from arbitragevault.sandbox.catalogue import MINUTES_PER_DAY
from arbitragevault.sandbox.columns import Columns, per_kind
from arbitragevault.sandbox.kinds import KINDS
from arbitragevault.sandbox.levels import AGES, Levels
from arbitragevault.sandbox.randomness import Purpose, uniforms
from arbitragevault.sandbox.sellers import GRADES, appeal_marks, appeal_of

Floats = NDArray[np.float64]

_NEW_LEVEL: Final = np.array(
    [(-1.4, 0.05), (0.4, 0.13), (1.1, -0.02), (1.8, -0.14), (2.5, -0.30), (3.2, -0.43)]
)
_USED_LEVEL: Final = np.array(
    [(-1.2, 0.30), (0.4, 0.35), (1.1, 0.09), (1.8, 0.00), (2.5, -0.21), (3.2, -0.35)]
)
"""Natural logarithms: usual number of offers, cheapest price over what a copy is worth (medians of
400 simulated products; competition presses prices)."""
_COUNT_NEW: Final = 1.05
_COUNT_USED: Final = 0.75
_FBA_SHARE: Final = 0.40
"""Measured like the levels: offers present over their usual number, and Amazon's share of them."""
_FBA_PREMIUM: Final = 1.10
_FBM_PREMIUM: Final = 1.03
_FEWEST: Final = 0.5
"""Below this usual number of offers nobody is expected to sell."""
_ADDED_GRADE: Final = {19: 2, 20: 3, 21: 4, 22: 5}
_NOTHING: Final = -1.0
_AMAZON, _NEW, _USED, _SALES, _LIST_PRICE = 0, 1, 2, 3, 4


class Known(NamedTuple):
    """Figures of a product that has been answered, one for each slot; those of ``slots`` were told.

    ``current`` is now, and ``averages`` are means by number of days.
    """

    slots: tuple[int, ...]
    current: Sequence[int]
    averages: Mapping[int, Sequence[int]]


@dataclass
class Glance:
    """One day's view.

    Args:
        columns: The catalogue.
        levels: Hidden levels at each of ``AGES``.
        seed: The marketplace's seed.
        now: Market minute.
        known: Figures of answered products by number.
        tables: Values of the slots asked for so far, at each age; filled on the way.
    """

    columns: Columns
    levels: Levels
    seed: int
    now: int
    known: Mapping[int, Known] = field(default_factory=dict)
    tables: dict[int, NDArray[np.float32]] = field(default_factory=dict, repr=False)

    @cached_property
    def is_listed(self) -> NDArray[np.bool_]:
        """Bool [n]: Keepa knows the product."""
        return ~self.columns.is_dead & (self.columns.birth <= self.now)

    @cached_property
    def offers(self) -> Floats:
        """float64 [n, 2]: usual numbers of new and used offers."""
        kind = self.columns.kind
        drawn = np.stack(
            [per_kind(lambda k: k.offers_new)[kind], per_kind(lambda k: k.offers_used)[kind]],
            axis=1,
        )
        marks = appeal_marks(self.seed, np.arange(self.columns.size))
        return appeal_of(marks, drawn, self.columns.log_rank)

    @cached_property
    def is_digital(self) -> NDArray[np.bool_]:
        """Bool [n]: sold by Amazon alone."""
        return per_kind(lambda kind: kind.is_digital)[self.columns.kind] > 0

    def current(self, slot: int) -> Floats:
        """float64 [n]: the value of a csv slot now; -1 where there is none."""
        values = _or_nothing(self._table(slot)[:, 0])
        for index, figures in self.known.items():
            if slot in figures.slots:
                values[index] = figures.current[slot]
        return values

    def average(self, slot: int, days: int) -> Floats:
        """float64 [n]: its mean over the last days; -1 where there is none."""
        values = _or_nothing(_mean(self._table(slot), days))
        for index, figures in self.known.items():
            if slot in figures.slots and days in figures.averages:
                values[index] = figures.averages[days][slot]
        return values

    def lowest(self, slot: int, days: int) -> Floats:
        """float64 [n]: its lowest value over the last days; -1 where there is none."""
        inside = [place for place, age in enumerate(AGES) if age <= days]
        table = np.where(
            np.isnan(self._table(slot)[:, inside]), np.inf, self._table(slot)[:, inside]
        )
        least = table.min(axis=1)
        return np.where(np.isfinite(least), np.rint(least), _NOTHING).astype(np.float64)

    def presence(self, slot: int, days: int) -> Floats:
        """float64 [n]: share of the last days in which the slot has a value."""
        there = (~np.isnan(self._table(slot))).astype(np.float32)
        return _mean(there, days).astype(np.float64)

    def units_sold(self, days: int) -> Floats:
        """float64 [n]: units that the product itself sells in so many days."""
        demand = _mean(self.levels.demand, days)
        share = 1.0 / np.maximum(self.columns.siblings, 1)
        return np.nan_to_num(demand).astype(np.float64) * share * days

    def _table(self, slot: int) -> NDArray[np.float32]:
        """float32 [n, ages]: the slot's value at each age; NaN where there is none."""
        if slot not in self.tables:
            self.tables[slot] = self._values(slot).astype(np.float32)
        return self.tables[slot]

    def _values(self, slot: int) -> NDArray[np.floating]:
        if slot == _SALES:
            ranks: NDArray[np.floating] = np.rint(10.0**self.levels.log_rank)
            return ranks
        if slot == _LIST_PRICE:
            shown = np.arange(self.columns.size) % 10 < 7
            return self._steady(np.where(shown, self.columns.list_price, np.nan))
        if slot in (11, 12, 34, 35):
            return self._steady(self._counts(slot))
        if slot in (16, 17):
            return self._steady(self._reviews()[slot - 16])
        return self._prices(slot)

    def _prices(self, slot: int) -> NDArray[np.floating]:
        new, used = self.offers.T
        amazon = self.levels.amazon > 0
        top = self.levels.value * np.exp(_interpolated(_NEW_LEVEL, new))[:, None]
        worn = self.levels.used_value * np.exp(_interpolated(_USED_LEVEL, used))[:, None]
        third = (new >= _FEWEST)[:, None] & ~self.is_digital[:, None]
        sold_used = (used >= _FEWEST)[:, None] & ~self.is_digital[:, None]
        if slot == _AMAZON:
            return np.where(amazon, top, np.nan)
        if slot in (_NEW, 18):
            return np.where(amazon | third, top, np.nan)
        if slot in (10, 7):
            premium = _FBA_PREMIUM if slot == 10 else _FBM_PREMIUM
            return np.where(third & (new >= 2)[:, None], top * premium, np.nan)
        if slot in (_USED, 32):
            return np.where(sold_used, worn, np.nan)
        if slot in _ADDED_GRADE:
            many = sold_used & (used >= 4)[:, None]
            return np.where(many, worn * max(1.0, GRADES[_ADDED_GRADE[slot]]), np.nan)
        return np.full(worn.shape, np.nan)

    def _counts(self, slot: int) -> Floats:
        """Numbers of offers; NaN where there are none."""
        new, used = self.offers.T
        amazon = np.nan_to_num(self.levels.amazon[:, 0])
        third = np.where((new >= _FEWEST) & ~self.is_digital, np.maximum(1, _COUNT_NEW * new), 0)
        worn = np.where((used >= _FEWEST) & ~self.is_digital, np.maximum(1, _COUNT_USED * used), 0)
        counts = {
            11: third + amazon,
            12: worn,
            34: _FBA_SHARE * third + amazon,
            35: (1 - _FBA_SHARE) * third,
        }[slot]
        rounded = np.rint(counts)
        return np.where(rounded > 0, rounded, np.nan)

    def _reviews(self) -> tuple[Floats, Floats]:
        """Rating and number of ratings."""
        marks = uniforms(self.seed, np.arange(self.columns.size), Purpose.STATUS, 3)
        before = 400 * marks[:, 0] ** 4 * 10 ** (0.5 * (5.2 - self.columns.log_rank))
        days = np.maximum(0, (self.now - self.columns.birth) / MINUTES_PER_DAY)
        sold = self.units_sold(365) / 365 * days
        count = np.floor(before + sold * (0.01 + 0.03 * marks[:, 1]))
        stars = 50 - np.floor(12 * marks[:, 2] ** 2)
        some = count > 0
        return np.where(some, stars, np.nan), np.where(some, count, np.nan)

    def _steady(self, values: NDArray[np.floating]) -> NDArray[np.floating]:
        born = ~np.isnan(self.levels.value)
        return np.where(born, values[:, None], np.nan)

    def text(self, name: str) -> list[str | None]:
        """Values of a text that is the same for all products of a kind."""
        of_kind = {
            "websiteDisplayGroup": [kind.root.display_group for kind in KINDS],
            "websiteDisplayGroupName": [kind.root.group_name for kind in KINDS],
            "productGroup": [kind.root.group_name for kind in KINDS],
            "type": [kind.item_type for kind in KINDS],
        }[name]
        return [of_kind[kind] for kind in self.columns.kind.tolist()]


def _interpolated(curve: Floats, offers: Floats) -> Floats:
    found: Floats = np.interp(np.log(np.maximum(offers, 0.05)), curve[:, 0], curve[:, 1])
    return found


def _mean(table: NDArray[np.float32], days: int) -> NDArray[np.float32]:
    """Mean over the last days, each age standing for the days around it; NaN without a value."""
    ages = np.array([age for age in AGES if age <= max(days, 1) + 1], dtype=np.float64)
    edges = np.concatenate(([0.0], (ages[1:] + ages[:-1]) / 2, [max(days, 1)]))
    weights = np.maximum(np.diff(edges), 0.0)
    inside = table[:, : ages.size]
    there = ~np.isnan(inside)
    total = there @ weights
    area = np.where(there, inside, 0.0) @ weights
    mean: NDArray[np.float32] = np.where(total > 0, area / np.maximum(total, 1e-9), np.nan).astype(
        np.float32
    )
    return mean


def _or_nothing(values: NDArray[np.float32]) -> Floats:
    return np.where(np.isnan(values), _NOTHING, np.rint(values)).astype(np.float64)
