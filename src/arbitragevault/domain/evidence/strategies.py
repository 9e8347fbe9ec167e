"""The usual ways of choosing what to buy under a budget, to compare ours with."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

LEAST_ROI: Final = 0.30
MOST_RANK: Final = 100_000
"""The rule of thumb that most guides for resellers give: ROI of 30 %, sales rank up to 100,000."""


@dataclass(frozen=True, slots=True)
class Purchase:
    """What could be bought, as a usual tool shows it.

    Args:
        key: What identifies it.
        unit_cost_cents: What the supplier is paid per unit, above 0.
        roi: Return on investment at the price that the tool goes by; None if unknown.
        sales_rank: Sales rank now; None if unknown.
        available: Units on offer.
    """

    key: str
    unit_cost_cents: int
    roi: float | None
    sales_rank: int | None
    available: int


Rule = Callable[[Iterable[Purchase], int], dict[str, int]]
"""Chooses units by key from what could be bought under a budget in minor units."""


def rank_by_roi(purchases: Iterable[Purchase], budget_cents: int) -> dict[str, int]:
    """The highest ROI first, all units on offer, until the budget is spent; losses are left."""
    return _fill((one for one in purchases if (one.roi or 0.0) > 0.0), budget_cents)


def roi_and_rank(purchases: Iterable[Purchase], budget_cents: int) -> dict[str, int]:
    """ROI of at least 30 % and a sales rank up to 100,000, the highest ROI first."""
    passing = (
        one
        for one in purchases
        if (one.roi or 0.0) >= LEAST_ROI
        and one.sales_rank is not None
        and one.sales_rank <= MOST_RANK
    )
    return _fill(passing, budget_cents)


def _fill(purchases: Iterable[Purchase], budget_cents: int) -> dict[str, int]:
    """As many units as are on offer and can be paid, in the order of ROI."""
    chosen: dict[str, int] = {}
    for one in sorted(purchases, key=lambda one: (-(one.roi or 0.0), one.key)):
        units = min(one.available, budget_cents // one.unit_cost_cents)
        if units:
            chosen[one.key] = units
            budget_cents -= units * one.unit_cost_cents
    return chosen
