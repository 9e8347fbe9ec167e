"""What a unit costs until it can be sold: the landed cost, and its exact inverse."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final

import numpy as np
from numpy.typing import NDArray

from arbitragevault.domain.economics.exactly import scaled_down
from arbitragevault.domain.money import Money

MAX_UNIT_COST_CENTS: Final = 10**9
"""Highest unit cost that the inverse searches (ten million dollars)."""


@dataclass(frozen=True, slots=True)
class NamedCost:
    """A cost per unit that the user named.

    Args:
        name: For example ``"label"``.
        cents: Minor units per unit.
    """

    name: str
    cents: int


@dataclass(frozen=True, slots=True)
class CostAssumptions:
    """What turns a unit cost into a landed cost.

    Landed cost = unit cost x (1 - discount) x (1 + sales tax) - cashback on what was paid,
    + prep, + inbound shipping (per unit and per kilogram), + named costs. Tax has this one place.

    Args:
        discount: Share off the unit cost (0-1).
        sales_tax: Tax on the purchase that cannot be reclaimed (0.08 = 8 %).
        cashback: Share of the amount paid that comes back (0-1).
        prep_cents: Preparation per unit.
        inbound_cents: Shipping to Amazon per unit.
        inbound_cents_per_kg: Shipping to Amazon by weight, on top; needs a known weight.
        other: Further costs by name.

    The defaults are a frugal book seller's: no tax, 0.40 inbound and 0.20 prep per unit, what other
    tools for the same job assume (no authoritative per-unit figure exists; Amazon publishes none).
    """

    discount: Decimal = Decimal(0)
    sales_tax: Decimal = Decimal(0)
    cashback: Decimal = Decimal(0)
    prep_cents: int = 20
    inbound_cents: int = 40
    inbound_cents_per_kg: int = 0
    other: tuple[NamedCost, ...] = ()

    def without_inbound(self) -> CostAssumptions:
        """The same for a unit that is not sent to Amazon."""
        return replace(self, inbound_cents=0, inbound_cents_per_kg=0)


@dataclass(frozen=True, slots=True)
class CostLine:
    """One part of a landed cost.

    Args:
        code: What it is: ``unit_cost``, ``discount``, ``sales_tax``, ``cashback``, ``prep``,
            ``inbound``, ``inbound_by_weight`` or a cost named by the user.
        amount_cents: What it adds (a deduction is negative); None if unknown.
        unknown_reason: Why the amount is None.
    """

    code: str
    amount_cents: int | None
    unknown_reason: str | None = None


@dataclass(frozen=True, slots=True)
class LandedCost:
    """Everything paid for one unit until it is sellable at Amazon.

    Args:
        currency: ISO 4217 code.
        lines: The parts.
    """

    currency: str
    lines: tuple[CostLine, ...]

    @property
    def total_cents(self) -> int | None:
        """The sum of the lines; None if any of them is unknown."""
        total = 0
        for line in self.lines:
            if line.amount_cents is None:
                return None
            total += line.amount_cents
        return total

    @property
    def unknown_reason(self) -> str | None:
        """Why the total is unknown."""
        return next((line.unknown_reason for line in self.lines if line.unknown_reason), None)


def landed_cost(
    unit_cost: Money, assumptions: CostAssumptions, weight_grams: int | None
) -> LandedCost:
    """Everything paid until a unit of this cost can be sold, each line rounded half up.

    Args:
        unit_cost: The supplier's price of one unit.
        assumptions: Discount, tax, cashback and handling.
        weight_grams: The unit's weight, for a rate by weight; None makes that line unknown.
    """
    return LandedCost(
        unit_cost.currency,
        (
            *_purchase_lines(unit_cost.minor, assumptions),
            *_handling_lines(assumptions, weight_grams),
        ),
    )


def max_unit_cost(
    landed_limit_cents: int, assumptions: CostAssumptions, weight_grams: int | None
) -> int | None:
    """The highest unit cost whose landed cost does not exceed a limit: the exact inverse.

    Args:
        landed_limit_cents: The most that the landed cost may be.
        assumptions: As for `landed_cost`.
        weight_grams: As for `landed_cost`.

    Returns:
        Minor units; None if even a free unit costs more than the limit, or if a cost is unknown;
        `MAX_UNIT_COST_CENTS` where the landed cost does not grow with the unit cost.
    """
    rate, others = assumptions.inbound_cents_per_kg, sum(cost.cents for cost in assumptions.other)
    if rate and weight_grams is None:
        return None
    handling = assumptions.prep_cents + assumptions.inbound_cents + others
    handling += _by_weight(rate, weight_grams or 0)
    if handling > landed_limit_cents:
        return None
    room = landed_limit_cents - handling
    if not (assumptions.discount or assumptions.sales_tax or assumptions.cashback):
        return min(room, MAX_UNIT_COST_CENTS)
    low, high = _bracket(room, assumptions)
    while high - low > 1:
        middle = (low + high) // 2
        if _purchase_cents(middle, assumptions) <= room:
            low = middle
        else:
            high = middle
    return low


def handling_cents(
    assumptions: CostAssumptions, weight_grams: NDArray[np.float64]
) -> NDArray[np.float64]:
    """What each unit costs on its way to Amazon; NaN where its weight is needed and not known.

    Args:
        assumptions: As for `landed_cost`.
        weight_grams: Weights; NaN where unknown.
    """
    fixed = assumptions.prep_cents + assumptions.inbound_cents
    fixed += sum(cost.cents for cost in assumptions.other)
    rate = assumptions.inbound_cents_per_kg
    by_weight = (2 * rate * weight_grams + 1000) // 2000 if rate else np.zeros(weight_grams.shape)
    return fixed + by_weight


def purchase_cents(
    unit_cents: NDArray[np.float64], assumptions: CostAssumptions
) -> NDArray[np.float64]:
    """What the purchase of each unit costs: unit cost, discount, tax and cashback; NaN stays NaN.

    Args:
        unit_cents: Unit costs, whole minor units.
        assumptions: As for `landed_cost`.
    """
    known = np.isfinite(unit_cents)
    units = np.where(known, unit_cents, 0).astype(np.int64)
    discount = _shares(units, assumptions.discount)
    tax = _shares(units - discount, assumptions.sales_tax)
    cashback = _shares(units - discount + tax, assumptions.cashback)
    return np.where(known, units - discount + tax - cashback, np.nan)


def max_unit_costs(
    landed_limit_cents: NDArray[np.float64],
    assumptions: CostAssumptions,
    weight_grams: NDArray[np.float64],
) -> NDArray[np.float64]:
    """`max_unit_cost` of many limits at once; NaN where it answers None or the limit is NaN.

    Args:
        landed_limit_cents: The most that each landed cost may be, whole minor units.
        assumptions: As for `landed_cost`.
        weight_grams: Weights; NaN where unknown.
    """
    room = landed_limit_cents - handling_cents(assumptions, weight_grams)
    known = room >= 0
    room = np.where(known, room, 0)
    low, high = _brackets(room, assumptions)
    while (open_ := high - low > 1).any():
        middle = (low + high) // 2
        fits = purchase_cents(middle, assumptions) <= room
        low = np.where(open_ & fits, middle, low)
        high = np.where(open_ & ~fits, middle, high)
    return np.where(known, low, np.nan)


def _brackets(
    room: NDArray[np.float64], assumptions: CostAssumptions
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """`_bracket` of many rooms at once, one unit wider on either side for the floats."""
    share = (1 - assumptions.discount) * (1 + assumptions.sales_tax) * (1 - assumptions.cashback)
    most = np.full(room.shape, float(MAX_UNIT_COST_CENTS))
    if share <= 0:
        return most, most + 1
    slack, part = float(2 + assumptions.sales_tax), float(share)
    low = np.floor((room - slack) / part) - 2
    high = np.floor((room + slack) / part) + 3
    return np.clip(low, 0, most), np.minimum(high, most + 1)


def _shares(cents: NDArray[np.int64], share: Decimal) -> NDArray[np.int64]:
    """`_share` of many amounts at once."""
    above, below = share.as_integer_ratio()
    return scaled_down(cents, 2 * above, 2 * below, plus=below)


def _bracket(room: int, assumptions: CostAssumptions) -> tuple[int, int]:
    """A unit cost that is within the room (or 0), and one that is above it (or above all).

    The cost of a purchase never falls as the unit cost rises, because each rounded share grows by
    at most one minor unit for one more. Its three roundings keep it within 2 + tax of the linear
    one, so the answer lies between the linear answers for that much less and more room.
    """
    share = (1 - assumptions.discount) * (1 + assumptions.sales_tax) * (1 - assumptions.cashback)
    if share <= 0:
        return MAX_UNIT_COST_CENTS, MAX_UNIT_COST_CENTS + 1
    slack = 2 + assumptions.sales_tax
    low, high = int((room - slack) / share) - 1, int((room + slack) / share) + 2
    return max(0, min(low, MAX_UNIT_COST_CENTS)), min(high, MAX_UNIT_COST_CENTS + 1)


def _purchase_lines(unit_cents: int, assumptions: CostAssumptions) -> tuple[CostLine, ...]:
    """The unit cost and what changes with it."""
    discount, tax, cashback = _purchase_shares(unit_cents, assumptions)
    optional = (("discount", -discount), ("sales_tax", tax), ("cashback", -cashback))
    return (
        CostLine("unit_cost", unit_cents),
        *(CostLine(code, cents) for code, cents in optional if cents),
    )


def _purchase_cents(unit_cents: int, assumptions: CostAssumptions) -> int:
    discount, tax, cashback = _purchase_shares(unit_cents, assumptions)
    return unit_cents - discount + tax - cashback


def _purchase_shares(unit_cents: int, assumptions: CostAssumptions) -> tuple[int, int, int]:
    """Discount, sales tax and cashback on a unit cost."""
    discount = _share(unit_cents, assumptions.discount)
    tax = _share(unit_cents - discount, assumptions.sales_tax)
    return discount, tax, _share(unit_cents - discount + tax, assumptions.cashback)


def _handling_lines(assumptions: CostAssumptions, weight_grams: int | None) -> tuple[CostLine, ...]:
    """What a unit costs on its way to Amazon, whatever was paid for it."""
    fixed = [
        CostLine("prep", assumptions.prep_cents),
        CostLine("inbound", assumptions.inbound_cents),
        *(CostLine(cost.name, cost.cents) for cost in assumptions.other),
    ]
    lines = [line for line in fixed if line.amount_cents]
    if assumptions.inbound_cents_per_kg:
        lines.append(_inbound_by_weight(assumptions.inbound_cents_per_kg, weight_grams))
    return tuple(lines)


def _inbound_by_weight(cents_per_kg: int, weight_grams: int | None) -> CostLine:
    if weight_grams is None:
        reason = "inbound shipping is charged by weight and the unit's weight is not known"
        return CostLine("inbound_by_weight", None, reason)
    return CostLine("inbound_by_weight", _by_weight(cents_per_kg, weight_grams))


def _by_weight(cents_per_kg: int, grams: int) -> int:
    """A rate per kilogram, rounded half up."""
    return (2 * cents_per_kg * grams + 1000) // 2000


def _share(cents: int, share: Decimal) -> int:
    """A share of an amount, rounded half up in whole numbers."""
    if not share:
        return 0
    above, below = share.as_integer_ratio()
    return (2 * cents * above + below) // (2 * below)
