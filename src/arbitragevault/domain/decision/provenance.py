"""Provenance: for every figure of a decision its formula, inputs, source and time observed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Final

import numpy as np

from arbitragevault.domain.decision.bid_levels import level_read
from arbitragevault.domain.decision.decision import Evidence, Figure, Study
from arbitragevault.domain.decision.profit_distribution import Profit, UnitProceeds
from arbitragevault.domain.decision.quality import age_days
from arbitragevault.domain.decision.reasons import sales_rank_now
from arbitragevault.domain.market.abstention import Abstention
from arbitragevault.domain.market.clock import to_datetime
from arbitragevault.domain.market.demand import Demand
from arbitragevault.domain.market.market import Market, SeriesKind
from arbitragevault.domain.market.resale import ResaleForecast

DIGITS: Final = 4
"""Digits after the point of probabilities, shares and ratios in records."""

Inputs = dict[str, Figure]


def explain(study: Study) -> tuple[Evidence, ...]:
    """The record behind every figure, in the order in which one builds on the other."""
    return (
        *_lead(study),
        *_policy(study),
        *_resale(study),
        *_sales(study),
        *_proceeds(study),
        *_profit(study),
        *_risks(study),
        *_summary(study),
    )


def _lead(study: Study) -> Iterator[Evidence]:
    cost = study.terms.unit_cost
    yield Evidence(
        "unit_cost",
        "as given with the lead",
        {"unit_cost": None if cost is None else cost.minor},
        "lead",
    )
    yield Evidence(
        "quantity",
        "as given with the lead, else the policy's",
        {"quantity": study.terms.quantity},
        "lead",
    )


def _policy(study: Study) -> Iterator[Evidence]:
    yield Evidence(
        "confidence",
        "as the policy says",
        {"confidence": study.policy.confidence},
        "policy",
    )


def _resale(study: Study) -> Iterator[Evidence]:
    forecast = study.forecast
    if isinstance(forecast, Abstention):
        return
    seen = _seen(study.market, *forecast.reference.kinds)
    source = "+".join(kind.value for kind in forecast.reference.kinds)
    yield Evidence(
        "resale_basis",
        "value in force of the reference series",
        {"series": forecast.reference.kind, "price": round(forecast.now_cents)},
        source,
        seen,
    )
    first, last = study.policy.window_days
    yield Evidence(
        "resale",
        "price now x exp(q), q = quantiles of a mixture of log ratios to now: the pooled prior "
        "scaled to this price's restlessness, own past moves (all, and from a similar place), own "
        "past levels and recent levels (docs/explanation/resale.md)",
        {
            "price_now": round(forecast.now_cents),
            "window_first_day": first,
            "window_last_day": last,
            "place": _rounded(forecast.place),
            "moved_against_30_days": _known(forecast.state.moved),
            "days_since_last_change": forecast.state.age_days,
            "yearly_level": None if forecast.level_cents is None else round(forecast.level_cents),
            "own_windows": forecast.own_windows,
            "own_weight": round(forecast.own_weight, DIGITS),
            "known_days": forecast.known_days,
        },
        source,
        seen,
    )


def _sales(study: Study) -> Iterator[Evidence]:
    market, demand, competition = study.market, study.demand, study.competition
    rank_seen = _seen(market, SeriesKind.SALES_RANK)
    yield Evidence(
        "sales_rank",
        "value in force of the main sales rank",
        {"sales_rank": sales_rank_now(study), "category": market.product.rank_category},
        SeriesKind.SALES_RANK.value,
        rank_seen,
    )
    if isinstance(demand, Demand):
        yield Evidence(
            "sales_per_month",
            "Gamma-Poisson: rank curve prior updated with recency-weighted rank drops, which lose "
            "their say where they are too many; x last year's season; split by variations; updated "
            "with the sold badge and cut off below it; stated at learned levels",
            {
                "events_365": demand.events,
                "exposed_days": round(demand.exposed_days, 1),
                "drops_per_month": _rounded(demand.drops_per_month),
                "curve_per_month": _rounded(demand.curve_per_month),
                "mean_rank_180": demand.rank_level and round(demand.rank_level),
                "season": round(demand.season, DIGITS),
                "monthly_sold": demand.monthly_sold,
                "trust_in_drops": round(demand.trust_in_drops, DIGITS),
                "shared_by": demand.shared_by,
            },
            "sales_rank+monthly_sold",
            rank_seen,
        )
    inputs: Inputs = {
        "basis": competition.basis,
        "rivals": competition.rivals,
        "rival_weight": _rounded(competition.rival_weight),
        "own_weight": competition.own_weight,
        "class_part": _rounded(competition.class_part),
        "amazon_buy_box_90": _rounded(competition.amazon_buy_box_90),
    }
    yield Evidence(
        "share",
        "own weight / (own weight + weight of rivals), less Amazon's part; x the part of the sales "
        "that is of our class where New and Used are both on offer; Beta distribution",
        inputs,
        competition.basis or "unknown",
        market.observed_at,
    )
    yield Evidence(
        "offers",
        "counts in force, and live offers of the last offers update",
        dict(competition.offers),
        "count_new+count_used+count_new_fba+live offers",
        _seen(market, SeriesKind.COUNT_NEW, SeriesKind.COUNT_USED),
    )
    yield Evidence(
        "amazon",
        "Amazon's offer in force; time-weighted part of the last 90 days with one",
        {
            "in_stock": None
            if competition.amazon_in_stock is None
            else str(competition.amazon_in_stock),
            "share_90": _rounded(competition.amazon_in_stock_90),
        },
        SeriesKind.AMAZON.value,
        _seen(market, SeriesKind.AMAZON),
    )
    if study.sales is not None:
        sold: Inputs = {
            "our_sales_per_day": round(study.sales.mean_per_day, 5),
            "shape": round(study.sales.shape, DIGITS),
            "quantity": study.sales.quantity,
        }
        for figure in ("days_to_sell", "sell_through"):
            yield Evidence(
                figure,
                "negative binomial: rate = demand x share, matched by a Gamma distribution",
                sold,
                "sales_per_month x share",
                market.observed_at,
            )


def _proceeds(study: Study) -> Iterator[Evidence]:
    found = study.proceeds
    if isinstance(found, Abstention):
        return
    card, asin = found.curve.rate_card or "rate card", study.market.product.asin
    yield Evidence(
        "fees",
        "each line by its rule, at the resale median on the day of sale",
        {
            "price": found.price_cents,
            "on": found.fees.on.isoformat(),
            "size_tier": found.fees.size_tier,
            "total": found.fees.total_cents,
        },
        card,
    )
    yield Evidence(
        "net_proceeds",
        "resale median - total fees",
        {"price": found.price_cents, "fees": found.fees.total_cents},
        card,
    )
    yield Evidence(
        "returns_allowance",
        "returns share x (net proceeds + fulfilment fee): a returned unit is taken as lost",
        {
            "returns_share": study.policy.returns_share,
            "net_proceeds": found.fees.net_proceeds_cents,
        },
        "policy",
    )
    yield Evidence(
        "liquidation",
        "net proceeds at the liquidation share of the resale median, 0 or more",
        {
            "liquidation_share": study.policy.liquidation_share,
            "price": round(study.policy.liquidation_share * found.price_cents),
            "horizon_days": study.policy.horizon_days,
        },
        card,
    )
    yield Evidence(
        "max_cost",
        "highest unit cost whose landed cost L has P(net >= max(L + least profit, L x (1 + least "
        "ROI))) >= confidence, net = net proceeds less returns of a unit that sells; the price "
        "is read at the learned level of bids",
        {
            "low_price": found.low_price_cents,
            "read_at_level": round(level_read(asin, study.policy.confidence), 4),
            "confidence": study.policy.confidence,
            "min_profit": study.policy.min_profit_cents,
            "min_roi": study.policy.min_roi,
        },
        "resale x fees",
        study.market.observed_at,
    )
    if found.calibration is not None:
        yield Evidence(
            "keepa_fulfilment",
            "Keepa's fulfilment fee beside ours for its own day and price; not used where ours is "
            "known",
            {
                "keepa": found.calibration.observed.cents,
                "ours": found.calibration.ours_cents,
                "on": found.calibration.observed.on.isoformat(),
                "possible_causes": ", ".join(found.calibration.causes) or None,
            },
            "fbaFees.pickAndPackFee",
            _fee_time(study.market),
        )


def _profit(study: Study) -> Iterator[Evidence]:
    if study.landed is not None:
        yield Evidence(
            "landed_cost",
            "sum of the cost lines",
            {line.code: line.amount_cents for line in study.landed.lines},
            "lead and policy",
        )
    profit, found = study.profit, study.proceeds
    if profit is None or not isinstance(found, UnitProceeds):
        return
    sold: Inputs = {
        "net_proceeds": found.fees.net_proceeds_cents,
        "returns_allowance": found.returns_cents,
        "landed_cost": profit.landed_cents,
    }
    bought: Inputs = {
        "sold_share": _rounded(profit.sold_share),
        "mean_net": round(float(found.nets.mean())),
        "liquidation": found.liquidation_cents,
        "landed_cost": profit.landed_cents,
    }
    for figure, formula, inputs in _profit_formulas(profit, sold, bought):
        yield Evidence(figure, formula, inputs, "resale x fees - costs", study.market.observed_at)


def _profit_formulas(
    profit: Profit, sold: Inputs, bought: Inputs
) -> Iterator[tuple[str, str, Inputs]]:
    yield "profit", "quantiles of net proceeds - returns - landed cost, of a unit that sells", sold
    yield "roi", "profit p50 / landed cost", {"p50": profit.p50, "landed_cost": profit.landed_cents}
    yield "margin", "profit p50 / resale median", {"p50": profit.p50}
    yield "probability_of_profit", "P(profit >= 0) of a unit that sells", sold
    yield (
        "probability_of_target",
        "P(profit and ROI reach their targets) of a unit that sells",
        sold,
    )
    yield "breakeven_price", "lowest price with net proceeds - returns - landed cost >= 0", sold
    if profit.sold_share is not None:
        yield (
            "probability_of_loss",
            "sold share x P(profit < 0) + unsold share x [liquidation < landed cost]",
            bought,
        )
        yield (
            "expected_profit",
            "sold share x mean net + unsold share x liquidation - landed cost",
            bought,
        )
        yield "profit_per_dollar_day", "expected profit / landed cost / median days to sell", bought


def _risks(study: Study) -> Iterator[Evidence]:
    for risk in study.risks:
        yield Evidence(
            f"risks.{risk.code}",
            _RISK_FORMULAS.get(risk.code, "read from the catalogue"),
            {
                "observed": _rounded(risk.observed),
                "limit": _rounded(risk.limit),
                **({} if risk.usual is None else {"usual": risk.usual}),
                **{one.name: _known(one.value) for one in risk.drivers},
            },
            risk.source,
            study.market.observed_at,
        )


_RISK_FORMULAS: Final = {
    "price_crash": "P(median of some week of the next 60 days < 0.7 x price now): logistic model "
    "of the signs beside it, each as it was seen",
    "offer_swarm": "P(median of some week of the next 60 days > 1.5 x offers now): logistic model "
    "of the signs beside it, each as it was seen",
    "price_spike": "price now / its time-weighted 90-day median",
    "offer_collapse": "offers now beside their time-weighted 90-day median",
    "sole_seller": "time-weighted 90-day median and 95 % quantile of New offers",
    "fee_mismatch": "Keepa's fulfilment fee - ours for Keepa's day and price",
    "package_size": "measures that cannot be right, and what the fulfilment fee goes by instead",
    "fee_date": "days from the last day with published fees to the middle of the window",
    "amazon_share": "time-weighted part of the last 90 days with an Amazon offer",
    "oversize": "size tier of the fee engine",
    "stale_data": "days between Keepa's last look and the decision",
}


def _summary(study: Study) -> Iterator[Evidence]:
    if study.profit is not None and study.sales is not None:
        yield Evidence(
            "score",
            "100 x P(target) x P(whole quantity sold within the policy's limit)",
            {
                "probability_of_target": round(study.profit.probability_of_target, DIGITS),
                "max_days_to_sell": study.policy.max_days_to_sell,
            },
            "decision",
        )
    known = study.forecast.known_days if isinstance(study.forecast, ResaleForecast) else 0
    yield Evidence(
        "data_quality",
        "mean of price history, directness of the reference, known rank, source of competition, "
        "known fees and freshness, each 0-1",
        {"known_days": known, "age_days": round(age_days(study), 1)},
        "decision",
        study.market.observed_at,
    )


def _known(value: float) -> float | None:
    """A sign as it was seen; None where it is not known."""
    return None if np.isnan(value) else round(value, DIGITS)


def _rounded(value: Figure) -> Figure:
    return round(value, DIGITS) if isinstance(value, float) else value


def _seen(market: Market, *kinds: SeriesKind) -> datetime | None:
    """When the newest point of any of the series was observed."""
    last = [series.minutes[-1] for kind in kinds if len(series := market.series(kind))]
    return to_datetime(int(np.max(last))) if last else None


def _fee_time(market: Market) -> datetime | None:
    minute = market.fees.fulfilment_minute
    return None if minute is None else to_datetime(minute)
