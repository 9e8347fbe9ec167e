"""The mixed integer linear program behind a buy list, solved exactly by HiGHS.

Variables: the quantity of each candidate (whole), the part of each unit slot of each pool that is
filled (0-1), whether a supplier with a smallest order is bought from (0 or 1), and, under a largest
loss, the tail's threshold and each scenario's loss beyond it. Slots of a pool are worth less one
after the other, in expectation and in every scenario, so filling them in order is never worse and
needs no constraint.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, sparse

from arbitragevault.domain.decision.portfolio import (
    Candidate,
    LimitCost,
    Line,
    Portfolio,
    PortfolioLimits,
    expected_cents,
    pools_of,
    relaxed,
    whole_cents,
)
from arbitragevault.domain.decision.portfolio_scenarios import Scenarios, loss_tail
from arbitragevault.domain.errors import PortfolioError

GAP: Final = 1e-6
"""Relative gap to the best possible list at which the search stops."""

SECONDS: Final = 20.0
"""Longest search for one list; what is found by then is answered together with its gap."""


def choose(
    candidates: Iterable[Candidate],
    limits: PortfolioLimits,
    *,
    scenarios: Scenarios = Scenarios(),  # noqa: B008  # frozen
    with_costs: bool = True,
) -> Portfolio:
    """Choose what to buy: the list with the largest expected profit within the limits.

    The order of the candidates does not matter.

    Args:
        candidates: Leads that may be bought.
        limits: Budget, limits and largest loss.
        scenarios: Futures for the loss tail.
        with_costs: Also tell what each limit costs; takes another search for each that is set.

    Raises:
        PortfolioError: If no list is found in time.
    """
    ordered = sorted(candidates, key=lambda one: one.key)
    quantities, gap = _solve(ordered, limits, scenarios)
    profits = expected_cents(ordered, quantities)
    lines = [
        Line(candidate.key, quantity, cents)
        for candidate, quantity, cents in zip(
            ordered, quantities, whole_cents(profits), strict=True
        )
        if quantity
    ]
    lines.sort(key=lambda line: (-line.expected_cents, line.key))
    bought = list(zip(ordered, quantities, strict=True))
    futures = scenario_profits(ordered, quantities, scenarios)
    return Portfolio(
        lines=tuple(lines),
        spent_cents=sum(one.unit_cost_cents * units for one, units in bought),
        landed_cents=sum(one.landed_cents * units for one, units in bought),
        expected_cents=sum(line.expected_cents for line in lines),
        loss_tail_cents=round(loss_tail(futures, limits.tail)),
        gap=gap,
        costs=_costs(ordered, sum(profits), limits, scenarios) if with_costs else (),
    )


def _costs(
    candidates: Sequence[Candidate], made: float, limits: PortfolioLimits, scenarios: Scenarios
) -> tuple[LimitCost, ...]:
    """What each limit costs a list that is expected to make so much: solved anew without it."""
    costs = []
    for name, (others, value, instead) in relaxed(limits).items():
        freer, _ = _solve(candidates, others, scenarios)
        gain = sum(expected_cents(candidates, freer)) - made
        costs.append(LimitCost(name, value, instead, max(0, round(gain))))
    return tuple(sorted(costs, key=lambda one: -one.gain_cents))


def scenario_profits(
    candidates: Sequence[Candidate], quantities: Sequence[int], scenarios: Scenarios
) -> NDArray[np.float64]:
    """[scenarios] profit of a list in each scenario, minor units."""
    profits = np.zeros(scenarios.count)
    for numbers in pools_of(candidates).values():
        units = sum(quantities[number] for number in numbers)
        if units:
            profits += scenarios.proceeds(candidates[numbers[0]].pool, units).sum(axis=0)
            profits -= sum(quantities[n] * candidates[n].landed_cents for n in numbers)
    return profits


@dataclass(slots=True)
class _Rows:
    """Constraints of the form low <= a x <= high, collected one by one."""

    row: list[NDArray[np.int64]] = field(default_factory=list)
    column: list[NDArray[np.int64]] = field(default_factory=list)
    value: list[NDArray[np.float64]] = field(default_factory=list)
    low: list[float] = field(default_factory=list)
    high: list[float] = field(default_factory=list)

    def add(
        self,
        terms: Iterable[tuple[Sequence[int], Sequence[float]]],
        *,
        low: float = -np.inf,
        high: float = np.inf,
    ) -> None:
        """Add one constraint: its terms are (columns, coefficients)."""
        for columns, values in terms:
            self.column.append(np.asarray(columns, dtype=np.int64))
            self.value.append(np.asarray(values, dtype=np.float64))
            self.row.append(np.full(len(columns), len(self.low), dtype=np.int64))
        self.low.append(low)
        self.high.append(high)

    def constraint(self, width: int) -> optimize.LinearConstraint:
        """All of them over so many variables."""
        entries = np.concatenate(self.value)
        place = np.concatenate(self.row), np.concatenate(self.column)
        matrix = sparse.csr_array((entries, place), shape=(len(self.low), width))
        return optimize.LinearConstraint(matrix, self.low, self.high)


def _solve(
    candidates: Sequence[Candidate], limits: PortfolioLimits, scenarios: Scenarios
) -> tuple[list[int], float]:
    """The best quantities, and the gap to the best possible expected profit."""
    most = [_affordable(one, limits) for one in candidates]
    if not any(most):
        return [0] * len(candidates), 0.0
    program = _Program(candidates, most, limits, scenarios)
    answer = optimize.milp(
        -program.gains,
        integrality=program.integrality,
        bounds=optimize.Bounds(program.lower, program.upper),
        constraints=program.rows.constraint(program.gains.size),
        options={"mip_rel_gap": GAP, "time_limit": SECONDS},
    )
    if answer.x is None:
        raise PortfolioError(
            f"No buy list was found within {SECONDS:.0f} seconds: {answer.message} "
            "Choose among fewer leads."
        )
    quantities = [round(float(units)) for units in answer.x[program.quantity]]
    return quantities, float(answer.mip_gap or 0.0)


def _affordable(candidate: Candidate, limits: PortfolioLimits) -> int:
    """The most units that could be bought of a candidate alone; 0 below its smallest order."""
    most = candidate.most
    if candidate.unit_cost_cents > 0:
        most = min(most, limits.budget_cents // candidate.unit_cost_cents)
    return most if most >= candidate.least else 0


class _Program:
    """Columns, bounds, gains and rows of the program."""

    def __init__(
        self,
        candidates: Sequence[Candidate],
        most: Sequence[int],
        limits: PortfolioLimits,
        scenarios: Scenarios,
    ) -> None:
        self._candidates, self._most, self._limits = candidates, most, limits
        self._upper: list[float] = []
        self._whole: list[bool] = []
        self._gains: list[float] = []
        self._lower: list[float] = []
        self.rows = _Rows()
        self.quantity = self._columns(
            [-float(one.landed_cents) for one in candidates], most, whole=True
        )
        slots = self._slots()
        self._smallest_orders()
        self._money()
        if limits.loss_cents is not None:
            self._loss(slots, scenarios, limits.loss_cents)

    @property
    def gains(self) -> NDArray[np.float64]:
        """Expected profit per unit of each variable, to be made as large as possible."""
        return np.array(self._gains)

    @property
    def integrality(self) -> NDArray[np.int64]:
        """1 for whole variables."""
        return np.array(self._whole, dtype=np.int64)

    @property
    def lower(self) -> NDArray[np.float64]:
        """Least values."""
        return np.array(self._lower)

    @property
    def upper(self) -> NDArray[np.float64]:
        """Largest values."""
        return np.array(self._upper, dtype=np.float64)

    def _columns(
        self,
        gains: Sequence[float],
        upper: Sequence[float],
        *,
        whole: bool = False,
        lower: float = 0.0,
    ) -> range:
        """Add variables; their places."""
        first = len(self._gains)
        self._gains += gains
        self._upper += upper
        self._lower += [lower] * len(gains)
        self._whole += [whole] * len(gains)
        return range(first, first + len(gains))

    def _slots(self) -> dict[str, range]:
        """Slots of each pool, as many filled as units are bought; by the pool's key."""
        slots = {}
        for key, numbers in pools_of(self._candidates).items():
            worth = self._candidates[numbers[0]].pool.worth(self._slot_count(numbers))
            places = self._columns(worth.tolist(), [1.0] * worth.size)
            bought = [self.quantity[number] for number in numbers]
            self.rows.add(
                [(places, [1.0] * len(places)), (bought, [-1.0] * len(bought))], low=0.0, high=0.0
            )
            slots[key] = places
        return slots

    def _slot_count(self, numbers: Sequence[int]) -> int:
        """Slots of a pool: what can be bought, but none that cannot pay for its own unit.

        Such units are bought only to reach a smallest order or, under a largest loss, as insurance.
        """
        units = sum(self._most[number] for number in numbers)
        chosen = [self._candidates[number] for number in numbers]
        if self._limits.loss_cents is not None or any(one.least > 1 for one in chosen):
            return units
        worth = chosen[0].pool.worth(units)
        return int((worth > min(one.landed_cents for one in chosen)).sum())

    def _smallest_orders(self) -> None:
        """Either nothing or at least the smallest order."""
        for number, (one, most) in enumerate(zip(self._candidates, self._most, strict=True)):
            if one.least > 1 and most:
                (taken,) = self._columns([0.0], [1.0], whole=True)
                place = self.quantity[number]
                self.rows.add([((place, taken), (1.0, -float(one.least)))], low=0.0)
                self.rows.add([((place, taken), (1.0, -float(most)))], high=0.0)

    def _money(self) -> None:
        """Budget, and limits by product, brand and category."""
        limits, everyone = self._limits, range(len(self._candidates))
        self._at_most(everyone, limits.budget_cents)
        by: tuple[tuple[int | None, Callable[[Candidate], str | None]], ...] = (
            (limits.product_cents, lambda one: one.product),
            (limits.brand_cents, lambda one: one.brand),
            (limits.category_cents, lambda one: one.category),
        )
        for most, label in by:
            if most is not None:
                for numbers in self._grouped(label):
                    self._at_most(numbers, most)
        if limits.product_units is not None:
            for numbers in self._grouped(lambda one: one.product):
                places = [self.quantity[number] for number in numbers]
                self.rows.add([(places, [1.0] * len(places))], high=limits.product_units)

    def _at_most(self, numbers: Sequence[int], most: int) -> None:
        places = [self.quantity[number] for number in numbers]
        costs = [float(self._candidates[number].unit_cost_cents) for number in numbers]
        self.rows.add([(places, costs)], high=most)

    def _grouped(self, label: Callable[[Candidate], str | None]) -> list[list[int]]:
        """Numbers of the candidates that share a known label."""
        groups: dict[str, list[int]] = {}
        for number, candidate in enumerate(self._candidates):
            name = label(candidate)
            if name is not None:
                groups.setdefault(name, []).append(number)
        return list(groups.values())

    def _loss(self, slots: dict[str, range], scenarios: Scenarios, most: int) -> None:
        """Threshold + mean excess / tail <= most, excess >= loss - threshold in each scenario."""
        (threshold,) = self._columns([0.0], [np.inf], lower=-np.inf)
        excess = self._columns([0.0] * scenarios.count, [np.inf] * scenarios.count)
        pools = {one.pool.key: one.pool for one in self._candidates}
        places = np.concatenate([np.arange(r.start, r.stop) for r in slots.values()])
        brought = np.concatenate(
            [scenarios.proceeds(pools[key], len(range_)) for key, range_ in slots.items()]
        )
        costs = [-float(one.landed_cents) for one in self._candidates]
        for future in range(scenarios.count):
            self.rows.add(
                [
                    (places.tolist(), brought[:, future].tolist()),
                    (self.quantity, costs),
                    ((threshold, excess[future]), (1.0, 1.0)),
                ],
                low=0.0,
            )
        share = 1.0 / (self._limits.tail * scenarios.count)
        self.rows.add(
            [((threshold,), (1.0,)), (excess, [share] * scenarios.count)], high=float(most)
        )
