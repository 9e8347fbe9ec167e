"""The decision record: a decision as plain JSON values, the one shape for every door.

Money is integer minor units; probabilities, shares and ratios have four digits, rates two, days and
scores one. The same decision gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import numpy as np

from arbitragevault.domain.decision.decision import Decision, Evidence, Figure, Study
from arbitragevault.domain.decision.digests import input_digest, policy_digest
from arbitragevault.domain.decision.profit_distribution import UnitProceeds, breakeven
from arbitragevault.domain.decision.provenance import DIGITS, explain
from arbitragevault.domain.decision.provenance_criteria import explain_criteria
from arbitragevault.domain.decision.reasons import sales_rank_now
from arbitragevault.domain.economics.fees.model import FeeBreakdown, FeeLine
from arbitragevault.domain.economics.fees.sizing import sizing_text
from arbitragevault.domain.market.abstention import Abstention
from arbitragevault.domain.market.competition import Competition
from arbitragevault.domain.market.resale_prior import LEVELS

Json = dict[str, Any]

RECORD_FIELDS: Final = (
    "asin",
    "marketplace",
    "title",
    "currency",
    "unit_cost",
    "quantity",
    "condition",
    "channel",
    "verdict",
    "max_cost",
    "confidence",
    "profit",
    "expected_profit",
    "roi",
    "margin",
    "probability_of_profit",
    "probability_of_target",
    "probability_of_loss",
    "profit_per_dollar_day",
    "days_to_sell",
    "sell_through",
    "resale",
    "resale_basis",
    "breakeven_price",
    "landed_cost",
    "net_proceeds",
    "returns_allowance",
    "fees",
    "sales_per_month",
    "share",
    "sales_rank",
    "offers",
    "amazon",
    "risks",
    "reasons",
    "counterfactual",
    "evidence",
    "score",
    "data_quality",
    "as_of",
    "observed_at",
    "policy",
    "rate_card",
    "model_version",
    "input_digest",
)
"""The keys of a record, in order."""


def decision_record(decision: Decision) -> Json:
    """A decision as plain JSON values: str, int, float, bool, None, lists and dicts of them."""
    study = decision.study
    record: Json = {
        **_head(decision),
        **_profit(study),
        **_time(study),
        **_price(study),
        **_market(study),
        "risks": [
            {
                "code": risk.code,
                "status": risk.status.value,
                "text": risk.text,
                "observed": plain(risk.observed),
                "limit": plain(risk.limit),
                "probability": plain(risk.probability),
            }
            for risk in decision.risks
        ],
        "reasons": [
            {
                "code": reason.code,
                "status": reason.status.value,
                "text": reason.text,
                "observed": plain(reason.observed),
                "limit": plain(reason.limit),
            }
            for reason in decision.reasons
        ],
        "counterfactual": [
            {
                "change": one.change,
                "text": one.text,
                "from": plain(one.before),
                "to": plain(one.after),
            }
            for one in decision.counterfactual
        ],
        "evidence": [
            _evidence(one, study.as_of) for one in (*explain(study), *explain_criteria(decision))
        ],
        "score": None if decision.score is None else round(decision.score, 1),
        "data_quality": round(decision.data_quality, 3),
        "as_of": _iso(study.as_of),
        "observed_at": _iso(study.market.observed_at),
        "policy": {"name": study.policy.name, "digest": policy_digest(study.policy)},
        "model_version": decision.model_version,
        "input_digest": input_digest(study),
    }
    return {key: record[key] for key in RECORD_FIELDS}


def plain(value: Figure) -> Figure:
    """A figure as a plain JSON value; floats with ``DIGITS`` digits, NaN and infinity as None."""
    if isinstance(value, float):
        return round(float(value), DIGITS) if np.isfinite(value) else None
    return str(value) if isinstance(value, str) else value


def fees_record(breakdown: FeeBreakdown) -> Json:
    """A fee breakdown as plain JSON values."""
    return {
        "price": breakdown.price_cents,
        "on": breakdown.on.isoformat(),
        "channel": breakdown.channel.value,
        "size_tier": breakdown.size_tier,
        "lines": [line_record(line) for line in breakdown.lines],
        "total": breakdown.total_cents,
        "net_proceeds": breakdown.net_proceeds_cents,
        "sizing": sizing_record(breakdown),
    }


def line_record(line: FeeLine) -> Json:
    """A fee line as plain JSON values."""
    return {
        "code": line.code.value,
        "amount": line.amount_cents,
        "rule": line.rule,
        "inputs": dict(line.inputs),
        "reason": line.unknown_reason,
    }


def sizing_record(breakdown: FeeBreakdown) -> Json | None:
    """By which measures a unit was charged, as plain JSON values; None where the seller ships."""
    sizing = breakdown.sizing
    if sizing is None:
        return None
    sides, weight = sizing.measures.sides_mm, sizing.measures.weight_grams
    return {
        "status": sizing.status.value,
        "text": sizing_text(breakdown),
        "basis": sizing.basis,
        "sides_mm": None if sides is None else [round(float(side), 2) for side in sides],
        "weight_grams": None if weight is None else round(float(weight), 2),
        "estimate": sizing.estimate_cents,
        "estimate_basis": sizing.estimate_basis,
    }


def _head(decision: Decision) -> Json:
    study = decision.study
    product, terms = study.market.product, study.terms
    return {
        "asin": product.asin,
        "marketplace": product.marketplace.code,
        "title": product.title,
        "currency": study.currency,
        "unit_cost": None if terms.unit_cost is None else terms.unit_cost.minor,
        "quantity": terms.quantity,
        "condition": terms.condition.value,
        "channel": terms.channel.value,
        "verdict": decision.verdict.value,
        "max_cost": study.max_cost_cents,
        "confidence": study.policy.confidence,
    }


def _profit(study: Study) -> Json:
    profit = study.profit
    landed = None if study.landed is None else study.landed.total_cents
    if profit is None:
        keys = (
            "profit",
            "expected_profit",
            "roi",
            "margin",
            "probability_of_profit",
            "probability_of_target",
            "probability_of_loss",
            "profit_per_dollar_day",
            "breakeven_price",
        )
        return {**dict.fromkeys(keys), "landed_cost": landed}
    return {
        "profit": {"p10": profit.p10, "p50": profit.p50, "p90": profit.p90},
        "expected_profit": profit.expected_cents,
        "roi": plain(profit.roi),
        "margin": plain(profit.margin),
        "probability_of_profit": plain(profit.probability_of_profit),
        "probability_of_target": plain(profit.probability_of_target),
        "probability_of_loss": plain(profit.probability_of_loss),
        "profit_per_dollar_day": plain(profit.per_dollar_day),
        "breakeven_price": breakeven(study.proceeds, profit.landed_cents)
        if isinstance(study.proceeds, UnitProceeds)
        else None,
        "landed_cost": landed,
    }


def _time(study: Study) -> Json:
    sales, demand, share = study.sales, study.demand, study.competition.share
    return {
        "days_to_sell": sales
        and {"p50": round(sales.median_days, 1), "p90": round(sales.days(0.9), 1)},
        "sell_through": sales
        and {str(days): plain(sales.probability(days)) for days in (30, 60, 90)},
        "sales_per_month": None
        if isinstance(demand, Abstention)
        else {name: round(demand.per_month(level), 2) for name, level in _LEVELS},
        "share": None
        if isinstance(share, Abstention)
        else {name: plain(share.quantile(level)) for name, level in _LEVELS},
    }


_LEVELS: Final = (("p10", 0.1), ("p50", 0.5), ("p90", 0.9))


def _price(study: Study) -> Json:
    forecast, found = study.forecast, study.proceeds
    known = found if isinstance(found, UnitProceeds) else None
    prices: Json = {"resale": None, "resale_basis": None}
    if not isinstance(forecast, Abstention):
        quantiles = np.interp([level for _, level in _LEVELS], LEVELS, forecast.prices)
        names = [name for name, _ in _LEVELS]
        prices = {
            "resale": {name: round(float(q)) for name, q in zip(names, quantiles, strict=True)},
            "resale_basis": {
                "series": forecast.reference.kind,
                "price": round(forecast.now_cents),
                "fallback": forecast.reference.fallback,
                "text": forecast.reference.text,
            },
        }
    return {
        **prices,
        "net_proceeds": None if known is None else known.fees.net_proceeds_cents,
        "returns_allowance": None if known is None else known.returns_cents,
        "fees": None if known is None else fees_record(known.fees),
        "rate_card": None if known is None else known.curve.rate_card,
    }


def _market(study: Study) -> Json:
    competition: Competition = study.competition
    return {
        "sales_rank": sales_rank_now(study),
        "offers": dict(competition.offers),
        "amazon": {
            "in_stock": competition.amazon_in_stock,
            "share_90": plain(competition.amazon_in_stock_90),
        },
    }


def _evidence(evidence: Evidence, as_of: datetime) -> Json:
    """The record behind a figure; what is given, not observed, was so at the decision."""
    inputs: Mapping[str, Figure] = evidence.inputs
    return {
        "figure": evidence.figure,
        "formula": evidence.formula,
        "inputs": {key: plain(value) for key, value in inputs.items()},
        "source": plain(evidence.source),
        "observed_at": _iso(evidence.observed_at or as_of),
    }


def _iso(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")
