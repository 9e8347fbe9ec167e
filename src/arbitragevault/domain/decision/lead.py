"""A lead: a possible purchase."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from arbitragevault.domain.catalog.product import Condition
from arbitragevault.domain.money import Money


@dataclass(frozen=True, slots=True)
class Lead:
    """What could be bought, where, and for how much.

    Args:
        identifier: As the user gave it: ASIN, ISBN, EAN, UPC or link.
        unit_cost: Asked price of one unit; None if not known yet.
        quantity: Units on offer; None if not known.
        condition: Condition of the units; None means the policy's.
        supplier / url / notes: As given.
        matches: ASINs of every listing that the identifier led to; more than one means that the
            listing has to be checked by a person.
        extra: Further columns of the lead file, passed through to exports.
        min_quantity: Smallest order that the supplier takes; None for one unit.
    """

    identifier: str
    unit_cost: Money | None = None
    quantity: int | None = None
    condition: Condition | None = None
    supplier: str | None = None
    url: str | None = None
    notes: str | None = None
    matches: tuple[str, ...] = ()
    extra: Mapping[str, str] = field(default_factory=dict)
    min_quantity: int | None = None
