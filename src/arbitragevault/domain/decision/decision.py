"""What a decision consists of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from arbitragevault.domain.decision.counterfactual import what_would_make_it_a_buy
from arbitragevault.domain.decision.study import (
    Change,
    Figure,
    Reason,
    ReasonStatus,
    Study,
    Terms,
    Verdict,
)
from arbitragevault.domain.market.risk_model import Risk
from arbitragevault.domain.money import Money

__all__ = [
    "Change",
    "Decision",
    "Evidence",
    "Figure",
    "Reason",
    "ReasonStatus",
    "Study",
    "Terms",
    "Verdict",
]


@dataclass(frozen=True, slots=True)
class Evidence:
    """The record behind a figure.

    Args:
        figure: The key of the decision record that it explains.
        formula: How it was computed, in words or symbols.
        inputs: The numbers that went in.
        source: Series, field or table that they were read from.
        observed_at: When the source was last observed; None for what is not an observation.
    """

    figure: str
    formula: str
    inputs: Mapping[str, Figure] = field(default_factory=dict)
    source: str = ""
    observed_at: datetime | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Decision:
    """What to do about a lead, and why.

    Args:
        verdict: Buy, review, skip or unknown.
        reasons: Every criterion, the gravest first.
        score: 0-100 for sorting; None without a unit cost or a sales estimate. Not part of the
            verdict.
        data_quality: 0-1: how much was known. Not part of the verdict.
        study: What it was worked out from.
        model_version: Version of the methods.
    """

    verdict: Verdict
    reasons: tuple[Reason, ...]
    score: float | None
    data_quality: float
    study: Study
    model_version: str

    @property
    def counterfactual(self) -> tuple[Change, ...]:
        """Smallest changes towards a buy; empty for a buy. Worked out for whoever reads it."""
        return what_would_make_it_a_buy(self.study, self.reasons)

    @property
    def risks(self) -> tuple[Risk, ...]:
        """Every risk with its numbers."""
        return self.study.risks

    @property
    def max_cost(self) -> Money | None:
        """The highest unit cost that meets the policy at its confidence."""
        cents = self.study.max_cost_cents
        return None if cents is None else Money(cents, self.study.currency)
