"""Portfolio: which leads to buy, and how many units of each, under a budget.

A further unit of the same listing sells later, so it is worth less than the one before: the k-th
unit sells within the horizon with the probability that at least k units do, and is liquidated
otherwise. Expected profit is therefore concave in the quantity, which makes the choice a mixed
integer linear program (``portfolio_program.py``). Leads on the same listing in the same condition
and channel sell to the same buyers and share those diminishing returns: they form a *pool*.

The loss tail is the mean loss over the worst share of equally likely scenarios
(``portfolio_scenarios.py``), the conditional value at risk.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import accumulate, pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from arbitragevault.domain.errors import InvalidInputError
from arbitragevault.domain.market.sellthrough import SellThrough

TAIL: Final = 0.05
"""Share of the worst scenarios that the loss tail is the mean of."""

BUDGET_STEP: Final = 0.10
"""How much larger the budget is made to tell what it costs."""


@dataclass(frozen=True, eq=False)
class Pool:
    """Units that sell to the same buyers: one listing, condition and channel.

    Args:
        key: What identifies it, such as ``US/0593655036/new/fba``.
        nets: [LEVELS.size] net proceeds of a sold unit less the returns allowance, minor units,
            ascending: quantiles at ``LEVELS``.
        liquidation_cents: What an unsold unit brings after the horizon.
        sales: Our sales over time.
        horizon_days: Days after which unsold units are liquidated.
    """

    key: str
    nets: NDArray[np.float64]
    liquidation_cents: int
    sales: SellThrough
    horizon_days: int

    @cached_property
    def mean_net(self) -> float:
        """Expected net proceeds of a sold unit, minor units."""
        return float(self.nets.mean())

    @property
    def median_net(self) -> float:
        """Median net proceeds of a sold unit, minor units."""
        return float(self.nets[self.nets.size // 2])

    def sold(self, units: int) -> NDArray[np.float64]:
        """[units] the probability that at least 1, 2, ... units sell within the horizon."""
        chances = [self.sales.probability(self.horizon_days, k) for k in range(1, units + 1)]
        return np.array(chances, dtype=np.float64)

    def worth(self, units: int) -> NDArray[np.float64]:
        """[units] what the first, second, ... unit is expected to bring; never increasing.

        An unsold unit brings no more than a sold one.
        """
        left = min(float(self.liquidation_cents), self.mean_net)
        return left + self.sold(units) * (self.mean_net - left)


@dataclass(frozen=True, slots=True, eq=False)
class Candidate:
    """A lead that may be bought.

    Args:
        key: What identifies it among the candidates.
        pool: Where its units are sold.
        unit_cost_cents: What the supplier is paid per unit.
        landed_cents: Everything paid per unit until it can be sold.
        most: Units on offer, or that sell in the time that the policy allows, if fewer.
        least: Smallest order that the supplier takes.
        product: The listing, for the limit by product.
        brand / category: For their limits; None where unknown, which no limit counts.
    """

    key: str
    pool: Pool
    unit_cost_cents: int
    landed_cents: int
    most: int
    least: int = 1
    product: str | None = None
    brand: str | None = None
    category: str | None = None


@dataclass(frozen=True, slots=True)
class PortfolioLimits:
    """What the list as a whole must keep to; None is no limit.

    Args:
        budget_cents: Most that suppliers are paid.
        product_cents / brand_cents / category_cents: Most that suppliers are paid for units of one
            product, brand or root category.
        product_units: Most units of one product.
        loss_cents: Largest loss tail, 0 or more.
        tail: Share (0-1) of the worst scenarios that the loss tail is the mean of.
    """

    budget_cents: int
    product_cents: int | None = None
    brand_cents: int | None = None
    category_cents: int | None = None
    product_units: int | None = None
    loss_cents: int | None = None
    tail: float = TAIL

    def __post_init__(self) -> None:
        amounts = {
            "budget": self.budget_cents,
            "limit per product": self.product_cents,
            "limit per brand": self.brand_cents,
            "limit per category": self.category_cents,
            "limit of units per product": self.product_units,
            "largest loss": self.loss_cents,
        }
        for name, amount in amounts.items():
            if amount is not None and amount < 0:
                raise InvalidInputError(f"The {name} is {amount}; it must be 0 or more.")
        if not 0 < self.tail <= 1:
            raise InvalidInputError(f"The tail is {self.tail}; it must be above 0 and at most 1.")


@dataclass(frozen=True, slots=True)
class Line:
    """One entry of a buy list.

    Args:
        key: The candidate.
        quantity: Units to buy, at least 1.
        expected_cents: Expected profit of these units, within 1 of it: lines add up to the list's.
    """

    key: str
    quantity: int
    expected_cents: int


@dataclass(frozen=True, slots=True)
class LimitCost:
    """What a limit costs: the expected profit that the list would gain without it.

    Args:
        limit: ``budget``, ``product``, ``brand``, ``category``, ``product_units`` or ``loss``.
        value: The limit, minor units or units.
        instead: What it was replaced by; None where it was taken away. The budget is raised by
            ``BUDGET_STEP``.
        gain_cents: Expected profit gained.
    """

    limit: str
    value: int
    instead: int | None
    gain_cents: int


@dataclass(frozen=True, slots=True)
class Portfolio:
    """A buy list.

    Args:
        lines: What to buy, the largest expected profit first.
        spent_cents: What suppliers are paid.
        landed_cents: Everything paid until the units can be sold.
        expected_cents: Expected profit, rounded once; the sum over the lines.
        loss_tail_cents: Mean loss over the worst scenarios; below 0 if even they leave a profit.
        gap: How far the expected profit may be from the best possible one, as a share of it; 0 for
            a proven optimum.
        costs: What each limit costs, the dearest first.
    """

    lines: tuple[Line, ...]
    spent_cents: int
    landed_cents: int
    expected_cents: int
    loss_tail_cents: int
    gap: float
    costs: tuple[LimitCost, ...] = ()


def pools_of(candidates: Sequence[Candidate]) -> dict[str, list[int]]:
    """The numbers of the candidates of each pool, by the pool's key."""
    found: dict[str, list[int]] = {}
    for number, candidate in enumerate(candidates):
        found.setdefault(candidate.pool.key, []).append(number)
    return found


def expected_cents(candidates: Sequence[Candidate], quantities: Sequence[int]) -> list[float]:
    """Expected profit of each candidate's units, minor units.

    The units of a pool share its proceeds evenly: nobody can tell them apart.
    """
    profits = [0.0] * len(candidates)
    for numbers in pools_of(candidates).values():
        units = sum(quantities[number] for number in numbers)
        if not units:
            continue
        each = float(candidates[numbers[0]].pool.worth(units).sum()) / units
        for number in numbers:
            profits[number] = quantities[number] * (each - candidates[number].landed_cents)
    return profits


def whole_cents(profits: Sequence[float]) -> list[int]:
    """Whole minor units, each within 1 of its profit, whose sum is the sum of all, rounded once.

    Rounding line by line would make the same list worth more or less by how it is cut into lines.
    """
    sums = [0, *map(round, accumulate(profits))]
    return [after - before for before, after in pairwise(sums)]


def relaxed(limits: PortfolioLimits) -> dict[str, tuple[PortfolioLimits, int, int | None]]:
    """Each limit that is set: the limits without it, its value, and what it was replaced by."""
    more = round(limits.budget_cents * (1 + BUDGET_STEP))
    found: dict[str, tuple[PortfolioLimits, int, int | None]] = {
        "budget": (replace(limits, budget_cents=more), limits.budget_cents, more)
    }
    without = {
        "product": (limits.product_cents, replace(limits, product_cents=None)),
        "brand": (limits.brand_cents, replace(limits, brand_cents=None)),
        "category": (limits.category_cents, replace(limits, category_cents=None)),
        "product_units": (limits.product_units, replace(limits, product_units=None)),
        "loss": (limits.loss_cents, replace(limits, loss_cents=None)),
    }
    return found | {
        name: (others, value, None)
        for name, (value, others) in without.items()
        if value is not None
    }
