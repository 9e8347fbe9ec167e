"""Many decisions under another policy at once, from their assessments.

The same criteria as ``reasons.py`` and the same figures as ``profit_distribution.py``, over arrays:
a test proves verdict, max cost, figures, and code and status of every reason equal to those of
``decide`` over random leads, markets and policies. Sentences, evidence and counterfactuals are
written only for the decision that somebody opens.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from arbitragevault.domain.catalog.product import Channel
from arbitragevault.domain.decision.assessment import (
    CHANNELS,
    CONDITIONS,
    EXCLUSIONS,
    REASON_STATUSES,
    RISK_STATUSES,
    RISKS,
    Assessments,
    tax_key,
)
from arbitragevault.domain.decision.decision import ReasonStatus, Verdict
from arbitragevault.domain.decision.policy import Policy
from arbitragevault.domain.decision.profit_distribution import SLACK
from arbitragevault.domain.decision.reasons import NEAR_MISS, SLOW_MISS
from arbitragevault.domain.economics.costs import handling_cents, max_unit_costs, purchase_cents
from arbitragevault.domain.economics.exactly import scaled_down
from arbitragevault.domain.economics.profit import growth_by, landed_limit_array
from arbitragevault.domain.market.resale_prior import LEVELS
from arbitragevault.domain.market.risk_model import RiskStatus
from arbitragevault.domain.market.sellthrough import (
    days_until_sold,
    probability_sold,
    share_sold,
)

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Codes = NDArray[np.int8]

VERDICTS: Final = tuple(Verdict)
"""Verdicts by the numbers that stand for them, best first."""

ABSENT: Final = -1
"""Stands where a criterion yields no reason."""

SOFT: Final = len(REASON_STATUSES)
"""Stands for a failure that makes a review, not a skip."""

_PASS, _WARNING, _UNKNOWN, _FAIL = (
    REASON_STATUSES.index(status)
    for status in (
        ReasonStatus.PASS,
        ReasonStatus.WARNING,
        ReasonStatus.UNKNOWN,
        ReasonStatus.FAIL,
    )
)
_USED: Final = np.array([condition.is_used for condition in CONDITIONS])
_OF_RISK: Final = np.array(
    [
        {RiskStatus.WARNING: _WARNING, RiskStatus.BLOCKER: _FAIL}.get(status, ABSENT)
        for status in RISK_STATUSES
    ],
    dtype=np.int8,
)


@dataclass(frozen=True, eq=False)
class Judgements:
    """Decisions on many leads; every array has one entry for each, NaN where unknown.

    Args:
        verdict: Places in ``VERDICTS``.
        reasons: By code, places in ``REASON_STATUSES``, ``SOFT`` for a failure that is not hard,
            ``ABSENT`` where there is no such reason.
        landed / max_cost / p10 / p50 / p90 / expected: Minor units.
        roi: p50 / landed cost.
        probability_of_profit / probability_of_target: Of a unit that sells.
        probability_of_loss: Of a unit bought.
        days_p50 / days_p90: Until the whole quantity is sold.
        score: 0-100 for sorting.
    """

    verdict: Codes
    reasons: dict[str, Codes]
    landed: Floats
    max_cost: Floats
    p10: Floats
    p50: Floats
    p90: Floats
    expected: Floats
    roi: Floats
    probability_of_profit: Floats
    probability_of_target: Floats
    probability_of_loss: Floats
    days_p50: Floats
    days_p90: Floats
    score: Floats

    def __len__(self) -> int:
        return len(self.verdict)

    def reasons_of(self, place: int) -> dict[str, ReasonStatus]:
        """Code and status of each reason of one decision."""
        return {
            code: REASON_STATUSES[_FAIL if column[place] == SOFT else column[place]]
            for code, column in self.reasons.items()
            if column[place] != ABSENT
        }


def can_judge(rows: Assessments, policy: Policy) -> Flags:
    """Which assessments hold under a policy; the others need the market anew.

    They do not hold where the policy would sell another quantity, condition or channel, at another
    time, after other storage, or liquidate at another share.
    """
    channel = CHANNELS.index(policy.channel)
    condition = CONDITIONS.index(policy.condition)
    window = np.asarray(policy.window_days)
    same = rows["channel"] == channel
    same &= rows["condition_given"] | (rows["condition"] == condition)
    same &= rows["quantity_given"] | (rows["quantity"] == policy.quantity)
    same &= (rows["window"] == window).all(axis=1)
    same &= rows["liquidation_share"] == policy.liquidation_share
    same &= rows["tax"] == tax_key(policy)
    if policy.channel is Channel.FBM:
        shipping = np.nan if policy.fbm_shipping_cents is None else policy.fbm_shipping_cents
        same &= _same(rows["fbm_shipping"], shipping)
    else:
        same &= rows["storage_days"] == _storage_days(rows, policy)
    holds: Flags = same
    return holds


def judge_many(rows: Assessments, policy: Policy) -> Judgements:
    """Decide about many leads; each row must be one that ``can_judge`` allows.

    Args:
        rows: What the decisions rest on.
        policy: Cost assumptions and criteria.
    """
    return _Judge(rows, policy).judgements()


def quantile(ascending: Floats, level: float) -> Floats:
    """The quantile of each row whose quantiles at ``LEVELS`` are given.

    Beyond the outermost levels it is the outermost one, as ``numpy.interp`` has it for one row.
    """
    if level <= LEVELS[0] or level >= LEVELS[-1]:
        edge: Floats = ascending[:, 0 if level <= LEVELS[0] else -1]
        return edge
    left = int(np.searchsorted(LEVELS, level, side="right")) - 1
    low, high = ascending[:, left], ascending[:, left + 1]
    between: Floats = (high - low) / (LEVELS[left + 1] - LEVELS[left]) * (
        level - LEVELS[left]
    ) + low
    return between


def probability_below(ascending: Floats, values: Floats) -> Floats:
    """``resale.probability_below`` of each row and value."""
    below = (ascending < values[:, None]).sum(axis=1)
    inner = np.clip(below, 1, LEVELS.size - 1)
    row = np.arange(values.size)
    low, high = ascending[row, inner - 1], ascending[row, inner]
    with np.errstate(divide="ignore", invalid="ignore"):
        inside = (values - low) / (high - low)
    within = LEVELS[inner - 1] + inside * (LEVELS[inner] - LEVELS[inner - 1])
    found = np.where(below == 0, 0.0, np.where(below == LEVELS.size, 1.0, within))
    known: Floats = np.where(np.isnan(values) | np.isnan(ascending[:, 0]), np.nan, found)
    return known


class _Judge:
    """The figures of many leads under one policy, each worked out once."""

    def __init__(self, rows: Assessments, policy: Policy) -> None:
        self._rows, self._policy = rows, policy
        self._quantity = rows["quantity"].astype(np.int64)
        self._rate, self._shape = rows["mean_per_day"], rows["shape"]
        self._returns = np.rint(policy.returns_share * rows["returned"])
        self._nets = rows["nets"] - self._returns[:, None]

    def judgements(self) -> Judgements:
        """Everything together."""
        profit = {level: self._profit(level) for level in (0.1, 0.5, 0.9)}
        target, sold = self._target, self._sold
        landed = self._landed
        expected = (
            sold * self._nets.mean(axis=1) + (1.0 - sold) * self._rows["liquidation"] - landed
        )
        loss = sold * self._below(landed)
        loss += (1.0 - sold) * (self._rows["liquidation"] < landed)
        score = 100.0 * target * self._within(self._policy.max_days_to_sell)
        reasons = self._reasons()
        return Judgements(
            verdict=_verdicts(reasons),
            reasons=reasons,
            landed=landed,
            max_cost=self._max_cost,
            p10=profit[0.1],
            p50=profit[0.5],
            p90=profit[0.9],
            expected=np.rint(expected),
            roi=np.divide(profit[0.5], landed, out=np.full(len(landed), np.nan), where=landed > 0),
            probability_of_profit=1.0 - self._below(landed),
            probability_of_target=target,
            probability_of_loss=loss,
            days_p50=self._days,
            days_p90=self._until(0.9),
            score=score,
        )

    @cached_property
    def _landed(self) -> Floats:
        """Landed cost; NaN without a unit cost, a weight that is needed, or proceeds."""
        costs = self._policy.unit_costs
        return purchase_cents(self._rows["unit_cost"], costs) + self._handling

    @cached_property
    def _handling(self) -> Floats:
        return handling_cents(self._policy.unit_costs, self._rows["weight"])

    @cached_property
    def _max_cost(self) -> Floats:
        policy = self._policy
        net = np.floor(quantile(self._nets, 1.0 - policy.confidence) + SLACK)
        limit = landed_limit_array(net, policy.min_profit_cents, policy.min_roi)
        return max_unit_costs(limit, policy.unit_costs, self._rows["weight"])

    @cached_property
    def _target(self) -> Floats:
        """Probability of reaching both targets."""
        known = np.isfinite(self._landed)
        landed = np.where(known, self._landed, 0).astype(np.int64)
        growth = growth_by(self._policy.min_roi)
        by_roi = -scaled_down(-landed, growth.numerator, growth.denominator)
        needed = np.maximum(landed + self._policy.min_profit_cents, by_roi)
        return 1.0 - self._below(np.where(known, needed, np.nan))

    @cached_property
    def _days(self) -> Floats:
        """Median days until the whole quantity is sold."""
        return self._until(0.5)

    @cached_property
    def _sold(self) -> Floats:
        """Expected share that sells within the horizon."""
        horizon = self._policy.horizon_days
        return np.asarray(share_sold(self._rate, self._shape, self._quantity, horizon))

    def _until(self, level: float) -> Floats:
        return np.asarray(days_until_sold(self._rate, self._shape, self._quantity, level))

    def _within(self, days: float) -> Floats:
        return np.asarray(probability_sold(self._rate, self._shape, self._quantity, days))

    def _below(self, values: Floats) -> Floats:
        return probability_below(self._nets, values)

    def _profit(self, level: float) -> Floats:
        return np.rint(quantile(self._nets, level)) - self._landed

    def _reasons(self) -> dict[str, Codes]:
        """Every criterion by its code, in the order in which they are judged."""
        found = {
            **self._price_reasons(),
            **self._target_reasons(),
            "days_to_sell": self._time_reason(),
            "sales_rank": self._rank_reason(),
            "several_matches": _where(self._rows["matches"] > 1, _WARNING),
            **self._risk_reasons(),
        }
        blocked = self._rows["not_resold"]
        only = {"product_type": np.where(blocked >= 0, blocked, ABSENT).astype(np.int8)}
        return only | {
            code: np.where(blocked >= 0, ABSENT, column).astype(np.int8)
            for code, column in found.items()
        }

    def _price_reasons(self) -> dict[str, Codes]:
        priced, valued = self._rows["price_known"], self._valued
        return {
            "resale_price": _where(~priced, _UNKNOWN),
            "fees": _where(priced & ~valued, _UNKNOWN),
        }

    @cached_property
    def _valued(self) -> Flags:
        """What a sold unit brings is known."""
        known: Flags = np.isfinite(self._rows["price"])
        return known

    def _target_reasons(self) -> dict[str, Codes]:
        confidence = self._policy.confidence
        costed, handled = np.isfinite(self._rows["unit_cost"]), np.isfinite(self._handling)
        hopeless = self._valued & np.isnan(self._max_cost) & handled
        judged = self._valued & ~hopeless & costed & handled
        passes = judged & (self._target >= confidence - SLACK)
        hard = self._target < confidence - NEAR_MISS
        failed = np.where(hopeless | (judged & hard), _FAIL, np.where(judged, SOFT, ABSENT))
        return {
            "profit_target": np.where(passes, _PASS, failed).astype(np.int8),
            "unit_cost": _where(self._valued & ~hopeless & ~costed, _UNKNOWN),
            "landed_cost": _where(self._valued & ~hopeless & costed & ~handled, _UNKNOWN),
        }

    def _time_reason(self) -> Codes:
        limit, days = self._policy.max_days_to_sell, self._days
        failed = np.where(days > SLOW_MISS * limit, _FAIL, SOFT)
        told = np.where(days <= limit, _PASS, failed)
        return np.where(np.isnan(days), _UNKNOWN, told).astype(np.int8)

    def _rank_reason(self) -> Codes:
        limit, rank = self._policy.max_sales_rank, self._rows["rank"]
        if limit is None:
            return np.full(rank.size, _PASS, dtype=np.int8)
        told = np.where(rank <= limit, _PASS, _FAIL)
        return np.where(np.isnan(rank), _UNKNOWN, told).astype(np.int8)

    def _risk_reasons(self) -> dict[str, Codes]:
        rows, policy = self._rows, self._policy
        chosen = (policy.exclude_hazmat, policy.exclude_adult, policy.exclude_meltable)
        return {
            **{code: _OF_RISK[rows["risks"][:, place]] for place, code in enumerate(RISKS)},
            **{
                code: _OF_RISK[rows["exclusions"][:, place, int(chosen[place])]]
                for place, code in enumerate(EXCLUSIONS)
            },
            "amazon_share": self._amazon_reason(),
            "stale_data": _where(rows["age_days"] > policy.max_data_age_days, _WARNING),
        }

    def _amazon_reason(self) -> Codes:
        limit, share = self._policy.max_amazon_share, self._rows["amazon_share"]
        over = (share > limit) & ~_USED[self._rows["condition"]] if limit is not None else False
        present = np.where(np.isfinite(share) & self._rows["amazon_now"], _WARNING, ABSENT)
        return np.where(over, _FAIL, present).astype(np.int8)


def _verdicts(reasons: dict[str, Codes]) -> Codes:
    """``reasons.verdict_of`` for each: a hard failure, else what is unknown, else any doubt."""
    every = np.stack(list(reasons.values()))
    verdicts = np.select(
        [
            (every == _FAIL).any(axis=0),
            (every == _UNKNOWN).any(axis=0),
            ((every == _WARNING) | (every == SOFT)).any(axis=0),
        ],
        [VERDICTS.index(one) for one in (Verdict.SKIP, Verdict.UNKNOWN, Verdict.REVIEW)],
        default=VERDICTS.index(Verdict.BUY),
    )
    return verdicts.astype(np.int8)


def _storage_days(rows: Assessments, policy: Policy) -> NDArray[np.float64]:
    """``profit_distribution.storage_days`` for each."""
    if policy.storage_days is not None:
        return np.full(len(rows), float(policy.storage_days))
    days = days_until_sold(
        rows["mean_per_day"], rows["shape"], rows["quantity"].astype(np.int64), 0.5
    )
    told = np.where(np.isnan(days), sum(policy.window_days) / 2, days)
    return np.rint(np.minimum(told, policy.horizon_days))


def _same(values: Floats, value: float) -> Flags:
    same: Flags = (values == value) | (np.isnan(values) & np.isnan(value))
    return same


def _where(holds: Flags, status: int) -> Codes:
    return np.where(holds, status, ABSENT).astype(np.int8)
