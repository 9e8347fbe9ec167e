"""The returns processing fee: of every returned apparel, and of other goods that return often."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from arbitragevault.domain.economics.fees import fields
from arbitragevault.domain.economics.fees.fields import Json
from arbitragevault.domain.economics.fees.referral import PPM
from arbitragevault.domain.economics.fees.weight_table import (
    NotKnown,
    WeightTable,
    parse_weight_table,
)
from arbitragevault.domain.errors import InvalidInputError


@dataclass(frozen=True, slots=True)
class ReturnHistory:
    """How often a product came back.

    Args:
        shipped: Units shipped in a month.
        returned: Units returned in that month and the two that follow.
    """

    shipped: int
    returned: int

    def __post_init__(self) -> None:
        if self.shipped < 0 or self.returned < 0:
            raise InvalidInputError(
                f"{self.returned} of {self.shipped} units returned: neither can be negative."
            )


@dataclass(frozen=True, slots=True)
class HighReturn:
    """What products pay of which more come back than their category's threshold.

    Args:
        exempt_below_units: Units shipped in a month below which nothing is charged.
        thresholds_ppm: Share of the units shipped, in parts per million, by fee category.
        not_known: Why the fee per unit is unknown.
    """

    exempt_below_units: int
    thresholds_ppm: Mapping[str, int]
    not_known: str

    def charged_units(self, category: str, history: ReturnHistory | None) -> int | None:
        """How many of the returned units are charged; None if the threshold is not known.

        Args:
            category: Fee category.
            history: Units shipped and returned; None takes a seller below the exemption.
        """
        if history is None or history.shipped < self.exempt_below_units or not history.returned:
            return 0
        threshold = self.thresholds_ppm.get(category)
        if threshold is None:
            return None
        return max(0, history.returned - threshold * history.shipped // PPM)


@dataclass(frozen=True, slots=True)
class ReturnsCard:
    """The returns processing fee of one period.

    Args:
        every: Fee categories that pay for every returned unit.
        tables: Their fees by size tier and weight; tiers that are not there are not known.
        high: What the other categories pay; None where they pay nothing.
    """

    every: frozenset[str]
    tables: Mapping[str, WeightTable] | NotKnown
    high: HighReturn | None


def parse_returns(body: Json) -> ReturnsCard:
    """Read a returns processing section."""
    every = fields.field(body, "every_return", dict)
    tables: Mapping[str, WeightTable] | NotKnown
    if "not_known" in every:
        tables = NotKnown(fields.field(every, "not_known", str))
    else:
        by_tier = fields.field(every, "tiers", dict)
        tables = {tier: parse_weight_table(table, 1) for tier, table in by_tier.items()}
    high = body.get("high_return")
    return ReturnsCard(
        frozenset(fields.texts(every, "categories")),
        tables,
        None if high is None else _parse_high(fields.field(body, "high_return", dict)),
    )


def _parse_high(body: Json) -> HighReturn:
    thresholds = fields.field(body, "thresholds_ppm", dict)
    return HighReturn(
        fields.cents(body.get("exempt_below_units")),
        {category: fields.rate_ppm(share) for category, share in thresholds.items()},
        fields.field(body, "not_known", str),
    )
