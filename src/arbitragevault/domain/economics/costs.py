"""What a unit costs until it can be sold at Amazon: the landed cost."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal


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
