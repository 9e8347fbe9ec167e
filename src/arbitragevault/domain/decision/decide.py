"""The living room: what to do about a lead."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Final

from arbitragevault.domain.decision.decision import Decision, Study, Terms, Verdict
from arbitragevault.domain.decision.digests import MODEL_VERSION
from arbitragevault.domain.decision.fee_risk import fee_risks
from arbitragevault.domain.decision.lead import Lead
from arbitragevault.domain.decision.policy import Policy
from arbitragevault.domain.decision.profit_distribution import (
    UnitProceeds,
    max_cost,
    profit_at,
    storage_days,
    unit_proceeds,
)
from arbitragevault.domain.decision.quality import data_quality, score
from arbitragevault.domain.decision.reasons import judge, no_resale, verdict_of
from arbitragevault.domain.economics.costs import landed_cost
from arbitragevault.domain.economics.fees.engine import covered_days
from arbitragevault.domain.errors import LeadRowError
from arbitragevault.domain.market.abstention import Abstention
from arbitragevault.domain.market.clock import to_minute
from arbitragevault.domain.market.competition import study_competition
from arbitragevault.domain.market.demand import estimate_demand
from arbitragevault.domain.market.market import Market
from arbitragevault.domain.market.resale import ResaleForecast, forecast_resale
from arbitragevault.domain.market.risk import assess_risks
from arbitragevault.domain.market.sellthrough import sell_through

__all__ = ["Decision", "Verdict", "decide"]

DEFAULT_POLICY: Final = Policy()


def decide(
    lead: Lead, market: Market, policy: Policy = DEFAULT_POLICY, as_of: datetime | None = None
) -> Decision:
    """Decide about a lead: verdict, max cost, profit, time to sell, risks, and why.

    Pure: the same inputs give the same decision, byte for byte in ``decision_record``.

    Args:
        lead: What could be bought.
        market: The product and what is known of its market.
        policy: Cost assumptions and criteria.
        as_of: Moment of the decision, aware. Nothing later is looked at. None takes the moment that
            the market describes.

    Raises:
        LeadRowError: If the unit cost is in another currency than the marketplace's or below 0, or
            the quantity is below 1.
        ValueError: If ``as_of`` has no time zone.
    """
    moment = market.observed_at if as_of is None else as_of.astimezone(UTC)
    minute = market.observed_minute if as_of is None else to_minute(as_of)
    known = market.as_of(minute)
    terms = _terms(lead, policy, known.product.marketplace.currency)
    study = _study(known, terms, policy, moment, minute)
    reasons = judge(study)
    return Decision(
        verdict=verdict_of(reasons),
        reasons=reasons,
        score=score(study),
        data_quality=data_quality(study),
        study=study,
        model_version=MODEL_VERSION,
    )


def _terms(lead: Lead, policy: Policy, currency: str) -> Terms:
    """The lead with the policy's defaults."""
    cost = lead.unit_cost
    if cost is not None and cost.currency != currency:
        raise LeadRowError(
            f"The unit cost is in {cost.currency}; this marketplace is in {currency}."
        )
    if cost is not None and cost.minor < 0:
        raise LeadRowError(f"A unit cost of {cost} is negative.")
    quantity = policy.quantity if lead.quantity is None else lead.quantity
    if quantity < 1:
        raise LeadRowError(f"A quantity of {quantity} cannot be bought.")
    return Terms(cost, quantity, lead.condition or policy.condition, policy.channel, lead.matches)


def _study(market: Market, terms: Terms, policy: Policy, as_of: datetime, minute: int) -> Study:
    """Work out everything, in the order in which one thing needs the other."""
    product = market.product
    forecast = no_resale(product.type) or forecast_resale(
        market, terms.condition, terms.channel, policy.window_days
    )
    price = forecast.now_cents if isinstance(forecast, ResaleForecast) else float("nan")
    demand = estimate_demand(market)
    competition = study_competition(market, terms.condition, terms.channel, price)
    share = competition.share
    sales = None
    if not isinstance(demand, Abstention) and not isinstance(share, Abstention):
        sales = sell_through(demand, share, terms.quantity)
    wanted_on = as_of.date() + timedelta(days=sum(policy.window_days) // 2)
    sale_on = _published_day(market, policy, wanted_on)
    proceeds: UnitProceeds | Abstention = (
        forecast
        if isinstance(forecast, Abstention)
        else unit_proceeds(forecast, market, policy, sale_on, storage_days(policy, sales))
    )
    weight = product.package.weight_grams
    cost = terms.unit_cost
    landed = None if cost is None else landed_cost(cost, policy.unit_costs, weight)
    best = profit = size_tier = None
    if isinstance(proceeds, UnitProceeds):
        size_tier = proceeds.curve.size_tier
        best = max_cost(proceeds, policy, weight)
        if landed is not None and landed.total_cents is not None:
            profit = profit_at(proceeds, landed.total_cents, policy, sales)
    risks = assess_risks(
        market,
        forecast,
        competition,
        policy,
        condition=terms.condition,
        channel=terms.channel,
        on=as_of.date(),
        sale_by=as_of.date() + timedelta(days=policy.window_days[1]),
        as_of_minute=minute,
        size_tier=size_tier,
    )
    return Study(
        market=market,
        terms=terms,
        policy=policy,
        as_of=as_of,
        sale_on=sale_on,
        forecast=forecast,
        demand=demand,
        competition=competition,
        sales=sales,
        proceeds=proceeds,
        landed=landed,
        max_cost_cents=best,
        profit=profit,
        risks=(*risks, *fee_risks(proceeds, wanted_on, sale_on)),
    )


def _published_day(market: Market, policy: Policy, wanted: date) -> date:
    """The day of sale, but not beyond the last day for which Amazon has published fees."""
    covered = covered_days(market.product.marketplace.code, policy.channel)
    return wanted if covered is None else min(wanted, covered[1])
