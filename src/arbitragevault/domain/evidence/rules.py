"""Max cost by the usual rules of thumb, beside ours, and what the outcome would have allowed.

Every rule asks the same fee engine on the same day of sale with the same targets; only the resale
price that it believes in differs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from arbitragevault.domain.decision.decision import Study
from arbitragevault.domain.decision.profit_distribution import UnitProceeds, max_cost
from arbitragevault.domain.economics.costs import max_unit_cost
from arbitragevault.domain.economics.profit import landed_limit

OURS: Final = "ours"
CURRENT_PRICE: Final = "current_price"
AVERAGE_90: Final = "average_90"
YEARLY_LOW: Final = "yearly_low"
RULES: Final = (CURRENT_PRICE, AVERAGE_90, YEARLY_LOW)
"""Bid as if the unit will sell at today's price, at the 90-day average, or at the 5 % low of the
year: what price trackers and repricers show."""


CONFIDENCES: Final = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95)
"""At which max cost is asked for, so that what was stated can be held against what was met."""


@dataclass(frozen=True, slots=True)
class Bids:
    """What each way of bidding would have paid for a unit, and what the outcome allowed.

    Args:
        bids: Max cost by rule name and under ``OURS``, minor units; None where it does not bid.
        stated: Ours at each of ``CONFIDENCES``.
        allowed: The highest unit cost that met the targets at the price that came; None if not even
            a free unit did.
        outcome_cents: The price that came.
    """

    bids: Mapping[str, int | None]
    stated: tuple[int | None, ...]
    allowed: int | None
    outcome_cents: int

    def is_met(self, rule: str) -> bool:
        """The targets were met at the rule's bid."""
        bid = self.bids[rule]
        return bid is not None and self.allowed is not None and bid <= self.allowed


def bids_of(study: Study, believed: Mapping[str, float], outcome_cents: float) -> Bids | None:
    """Bid by every rule for the unit that was studied.

    Args:
        study: What was known at the moment of decision.
        believed: The resale price that each rule believes in, minor units; NaN where unknown.
        outcome_cents: The resale price that came, minor units.

    Returns:
        The bids; None where fees are unknown or a rule has no price, since only bids on the same
        units can be compared.
    """
    proceeds = study.proceeds
    if not isinstance(proceeds, UnitProceeds) or any(np.isnan(v) for v in believed.values()):
        return None
    weight = study.market.product.package.weight_grams

    def most(price_cents: float) -> int | None:
        net = proceeds.curve.net_at(round(price_cents))
        if net is None:
            return None
        limit = landed_limit(
            net - proceeds.returns_cents, study.policy.min_profit_cents, study.policy.min_roi
        )
        return None if limit is None else max_unit_cost(limit, study.policy.unit_costs, weight)

    bids = {name: _positive(most(price)) for name, price in believed.items()}
    bids[OURS] = _positive(max_cost(proceeds, study.policy, weight))
    policies = (replace(study.policy, confidence=one) for one in CONFIDENCES)
    stated = tuple(_positive(max_cost(proceeds, policy, weight)) for policy in policies)
    return Bids(bids, stated, most(outcome_cents), round(outcome_cents))


def _positive(cents: int | None) -> int | None:
    """Nobody sells for nothing: a bid of zero or less is none."""
    return cents if cents is not None and cents > 0 else None
