"""From leads to candidates of a buy list: how many units of each would be a buy on their own."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from arbitragevault.domain.decision.admission import Admission
from arbitragevault.domain.decision.decide import decide
from arbitragevault.domain.decision.decision import Decision, ReasonStatus, Verdict
from arbitragevault.domain.decision.lead import Lead
from arbitragevault.domain.decision.policy import Policy
from arbitragevault.domain.decision.portfolio import Candidate, Pool
from arbitragevault.domain.decision.profit_distribution import UnitProceeds
from arbitragevault.domain.market.market import Market

ASSUMED_AVAILABLE: Final = 10
"""Units taken as being on offer where the lead does not say."""

_WEIGHED: Final = frozenset({"profit_target", "days_to_sell"})
"""Criteria about one lead's chances; a list weighs them itself, in money and against the others."""


def admits(admission: Admission, decision: Decision) -> bool:
    """Whether a lead so decided about may be bought."""
    if decision.verdict is Verdict.BUY:
        return True
    if decision.verdict is Verdict.UNKNOWN or admission is Admission.BUYS:
        return False
    if admission is Admission.REVIEWS:
        return decision.verdict is Verdict.REVIEW
    failed = {one.code for one in decision.reasons if one.status is ReasonStatus.FAIL}
    profit = decision.study.profit
    makes_money = profit is not None and (profit.expected_cents or 0) > 0
    return makes_money and failed <= _WEIGHED


def candidate_of(
    key: str,
    lead: Lead,
    market: Market,
    policy: Policy,
    *,
    admission: Admission = Admission.BUYS,
    assumed_available: int = ASSUMED_AVAILABLE,
) -> Candidate | None:
    """The candidate that a lead is; None if not even one unit is admitted.

    As many units may be bought as are on offer and as are still admitted when decided about
    together, so that every line of a list respects max cost and time to sell on its own.
    Storage is charged for the time in which that largest lot sells.

    Args:
        key: What identifies the lead.
        lead: What could be bought.
        market: The product and what is known of its market.
        policy: Cost assumptions and criteria.
        admission: Which leads may be bought.
        assumed_available: Units on offer where the lead does not say.

    Raises:
        LeadRowError: If the lead cannot be decided about.
    """
    least = 1 if lead.min_quantity is None else lead.min_quantity
    available = max(assumed_available, least) if lead.quantity is None else lead.quantity
    found = _largest_lot(lead, market, policy, admission, available)
    if found is None or found.study.terms.quantity < least:
        return None
    return _candidate(key, found, least)


def _largest_lot(
    lead: Lead, market: Market, policy: Policy, admission: Admission, available: int
) -> Decision | None:
    """The decision about the most units that are admitted; more units never help."""
    low, high, best = 0, available, None
    units = available
    while low < high:
        decision = decide(replace(lead, quantity=units), market, policy)
        if admits(admission, decision):
            low, best = units, decision
        else:
            high = units - 1
        units = (low + high + 1) // 2
    return best


def _candidate(key: str, decision: Decision, least: int) -> Candidate | None:
    study = decision.study
    terms, product, found = study.terms, study.market.product, study.proceeds
    if (
        study.sales is None
        or study.profit is None
        or terms.unit_cost is None
        or not isinstance(found, UnitProceeds)
    ):
        return None
    listing = "/".join(product.key)
    return Candidate(
        key=key,
        pool=Pool(
            key=f"{listing}/{terms.condition}/{terms.channel}",
            nets=found.nets,
            liquidation_cents=found.liquidation_cents,
            sales=study.sales,
            horizon_days=study.policy.horizon_days,
        ),
        unit_cost_cents=terms.unit_cost.minor,
        landed_cents=study.profit.landed_cents,
        most=terms.quantity,
        least=least,
        product=listing,
        brand=product.brand and product.brand.casefold(),
        category=None if product.root_category is None else str(product.root_category.id),
    )
