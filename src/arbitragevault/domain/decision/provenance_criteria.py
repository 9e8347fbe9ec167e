"""Provenance of what was judged: the figures of reasons and counterfactuals."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from arbitragevault.domain.decision.decision import Decision, Evidence, Figure

_REASONS: Final[Mapping[str, tuple[str, str]]] = {
    "profit_target": (
        "P(profit and ROI reach their targets) beside the policy's confidence",
        "probability_of_target",
    ),
    "unit_cost": ("the max cost, which the unit cost may reach", "max_cost"),
    "days_to_sell": (
        "median days until the whole quantity is sold beside the policy's limit",
        "days_to_sell",
    ),
    "sales_rank": ("sales rank now, else usually, beside the policy's limit", "sales_rank"),
    "several_matches": ("listings that the identifier leads to, beside one", "lead"),
    "product_type": ("kind of listing, as Keepa says", "product.type"),
}
"""Formula and source of each criterion; the others are risks."""

_CHANGES: Final[Mapping[str, tuple[str, str]]] = {
    "unit_cost": ("from the unit cost to the max cost", "max_cost"),
    "price": (
        "from the price exceeded with the confidence to the lowest one that reaches both targets",
        "resale x fees",
    ),
    "quantity": (
        "the most units that sell within the policy's limit as likely as not",
        "days_to_sell",
    ),
    "max_days_to_sell": ("median days until the whole quantity is sold", "days_to_sell"),
    "max_sales_rank": ("the sales rank that is judged", "sales_rank"),
    "refresh": ("age of the data, and the oldest that the policy accepts", "risks.stale_data"),
}
"""Formula and source of each change; the others restate a criterion."""


def explain_criteria(decision: Decision) -> Iterator[Evidence]:
    """The record behind the figures of every reason and counterfactual.

    Args:
        decision: The decision.
    """
    seen = decision.study.market.observed_at
    for reason in decision.reasons:
        formula, source = _REASONS.get(
            reason.code, ("the risk's figure beside its limit", f"risks.{reason.code}")
        )
        compared: dict[str, Figure] = {"observed": reason.observed, "limit": reason.limit}
        yield Evidence(f"reasons.{reason.code}", formula, compared, source, seen)
    for change in decision.counterfactual:
        formula, source = _CHANGES.get(
            change.change, ("the criterion's figure, and its limit", "reasons")
        )
        figures: dict[str, Figure] = {"from": change.before, "to": change.after}
        yield Evidence(f"counterfactual.{change.change}", formula, figures, source, seen)
