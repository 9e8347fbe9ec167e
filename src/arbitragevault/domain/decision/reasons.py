"""Criteria: each yields pass, warning, unknown or fail with what was observed and the limit.

More cost never improves a status, and no status depends on the cost in any other way; so more cost
never improves a verdict.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from math import ceil, isnan
from typing import Final

from arbitragevault.domain.catalog.product import ProductType
from arbitragevault.domain.decision.decision import Reason, ReasonStatus, Study, Verdict
from arbitragevault.domain.decision.profit_distribution import reaches_confidence
from arbitragevault.domain.market.abstention import Abstention
from arbitragevault.domain.market.market import SeriesKind
from arbitragevault.domain.market.risk_model import RiskStatus
from arbitragevault.domain.market.sellthrough import LONGEST_DAYS
from arbitragevault.domain.market.wording import chance_in_words, days_in_words, percent
from arbitragevault.domain.money import amount_text

NEAR_MISS: Final = 0.10
"""A probability of target this close below the confidence is a review, not a skip: a little
haggling closes the gap."""

SLOW_MISS: Final = 2.0
"""A median time to sell up to this multiple of the limit is a review, not a skip."""

_NO_RESALE: Final = {
    ProductType.EBOOK: (ReasonStatus.FAIL, "An e-book cannot be resold."),
    ProductType.DOWNLOADABLE: (ReasonStatus.FAIL, "A download cannot be resold."),
    ProductType.INVALID: (ReasonStatus.UNKNOWN, "Keepa has no data for this product."),
    ProductType.INACCESSIBLE: (ReasonStatus.UNKNOWN, "Keepa cannot see this product's offers."),
    ProductType.VARIATION_PARENT: (
        ReasonStatus.UNKNOWN,
        "This is the parent of variations; choose the variation that you would buy.",
    ),
}
_RISEN: Final = {
    RiskStatus.WARNING: ReasonStatus.WARNING,
    RiskStatus.BLOCKER: ReasonStatus.FAIL,
}
"""Risks that are criteria; the others are shown among the risks only."""

_GRAVITY: Final = {
    ReasonStatus.FAIL: 0,
    ReasonStatus.UNKNOWN: 1,
    ReasonStatus.WARNING: 2,
    ReasonStatus.PASS: 3,
}


def no_resale(kind: ProductType) -> Abstention | None:
    """Why a kind of listing has no resale price; None for what can be resold."""
    found = _NO_RESALE.get(kind)
    return None if found is None else Abstention("product_type", found[1])


def no_resale_status(kind: ProductType) -> ReasonStatus | None:
    """How a kind of listing that has no resale price is judged; None for what can be resold."""
    found = _NO_RESALE.get(kind)
    return None if found is None else found[0]


def judge(study: Study) -> tuple[Reason, ...]:
    """Every criterion of the policy, the gravest first; equally grave ones keep a fixed order."""
    blocked = _NO_RESALE.get(study.market.product.type)
    if blocked is not None:
        status, text = blocked
        return (Reason("product_type", status, text, study.market.product.type.value),)
    reasons = (
        *_price(study),
        *_target(study),
        _time(study),
        _rank(study),
        *_matches(study),
        *_risks(study),
    )
    return tuple(sorted(reasons, key=lambda reason: _GRAVITY[reason.status]))


def verdict_of(reasons: tuple[Reason, ...]) -> Verdict:
    """Skip on any hard failure; else unknown; else review on any doubt; else buy."""
    statuses = [reason.status for reason in reasons if reason.status is not ReasonStatus.PASS]
    if any(reason.status is ReasonStatus.FAIL and reason.hard for reason in reasons):
        return Verdict.SKIP
    if ReasonStatus.UNKNOWN in statuses:
        return Verdict.UNKNOWN
    return Verdict.REVIEW if statuses else Verdict.BUY


def _price(study: Study) -> Iterator[Reason]:
    """The resale price and the fees have to be known."""
    if isinstance(study.forecast, Abstention):
        yield Reason("resale_price", ReasonStatus.UNKNOWN, study.forecast.reason)
    elif isinstance(study.proceeds, Abstention):
        yield Reason("fees", ReasonStatus.UNKNOWN, study.proceeds.reason)


def _target(study: Study) -> Iterator[Reason]:
    """Profit and ROI reach their targets with the policy's confidence."""
    policy, cost, best = study.policy, study.terms.unit_cost, study.max_cost_cents
    if isinstance(study.proceeds, Abstention):
        return
    goal = _goal(policy.min_profit_cents, study.currency, policy.min_roi)
    unknown = study.landed.unknown_reason if study.landed else None
    if best is None and unknown is None and _handling_known(study):
        yield Reason(
            "profit_target",
            ReasonStatus.FAIL,
            f"Not even a free unit makes {goal} with {percent(policy.confidence)} confidence.",
            limit=policy.confidence,
        )
        return
    most = "" if best is None else f" Max cost {study.money(best)}."
    if cost is None:
        yield Reason(
            "unit_cost", ReasonStatus.UNKNOWN, f"The unit cost is not known.{most}", limit=best
        )
    elif study.profit is None:
        yield Reason("landed_cost", ReasonStatus.UNKNOWN, _landed_unknown(study))
    else:
        chance = study.profit.probability_of_target
        reached = reaches_confidence(chance, policy)
        yield Reason(
            "profit_target",
            ReasonStatus.PASS if reached else ReasonStatus.FAIL,
            f"At {study.money(cost.minor)} the chance of {goal} is {chance_in_words(chance)}; "
            f"wanted: {percent(policy.confidence)}.{most}",
            observed=chance,
            limit=policy.confidence,
            hard=chance < policy.confidence - NEAR_MISS,
        )


@lru_cache(maxsize=256)
def _goal(profit_cents: int, currency: str, roi: float) -> str:
    """The targets of a policy in words."""
    return f"at least {amount_text(profit_cents, currency)} profit and {percent(roi)} ROI"


def _handling_known(study: Study) -> bool:
    """Without a cost by weight, or with a weight, the cost of handling is known."""
    weight = study.market.product.package.weight_grams
    return not study.policy.unit_costs.inbound_cents_per_kg or weight is not None


def _landed_unknown(study: Study) -> str:
    reason = study.landed.unknown_reason if study.landed else None
    return f"The landed cost is not known: {reason or 'a cost is missing'}."


def _time(study: Study) -> Reason:
    """The median time until the whole quantity is sold."""
    limit = study.policy.max_days_to_sell
    if study.sales is None:
        missing = [
            part.reason
            for part in (study.demand, study.competition.share)
            if isinstance(part, Abstention)
        ]
        return Reason("days_to_sell", ReasonStatus.UNKNOWN, " ".join(missing), limit=limit)
    days = study.sales.median_days
    units = study.terms.quantity
    what = "One unit sells" if units == 1 else f"All {units:,} units sell"
    when = f"within {days_in_words(ceil(days))}"
    if days >= LONGEST_DAYS:
        when = f"after more than {days_in_words(int(LONGEST_DAYS))}"
    return Reason(
        "days_to_sell",
        ReasonStatus.PASS if days <= limit else ReasonStatus.FAIL,
        f"{what} {when} as likely as not; the limit is {days_in_words(limit)}.",
        observed=days,
        limit=limit,
        hard=days > SLOW_MISS * limit,
    )


def _rank(study: Study) -> Reason:
    """The sales rank now, else the median of the last known months."""
    limit = study.policy.max_sales_rank
    if limit is None:
        return Reason("sales_rank", ReasonStatus.PASS, "The policy sets no limit on sales rank.")
    rank, when = rank_looked_at(study)
    if rank is None:
        text = "The sales rank is not known."
        return Reason("sales_rank", ReasonStatus.UNKNOWN, text, limit=limit)
    return Reason(
        "sales_rank",
        ReasonStatus.PASS if rank <= limit else ReasonStatus.FAIL,
        f"Sales rank {rank:,} {when}; the limit is {limit:,}.",
        observed=rank,
        limit=limit,
    )


def rank_looked_at(study: Study) -> tuple[int | None, str]:
    """The sales rank that is judged, and when it was so: now, else usually."""
    rank = sales_rank_now(study)
    if rank is None and not isinstance(study.demand, Abstention) and study.demand.rank_level:
        return round(study.demand.rank_level), "usually (none is known now)"
    return rank, "now"


def sales_rank_now(study: Study) -> int | None:
    """The main sales rank in force; None if unranked or unknown."""
    rank = study.market.now(SeriesKind.SALES_RANK)
    return None if isnan(rank) else int(rank)


def _matches(study: Study) -> Iterator[Reason]:
    """An identifier that leads to several listings has to be checked by a person."""
    matches = study.terms.matches
    if len(matches) > 1:
        yield Reason(
            "several_matches",
            ReasonStatus.WARNING,
            f"The identifier leads to {len(matches)} listings: {', '.join(matches)}.",
            observed=len(matches),
            limit=1,
        )


def _risks(study: Study) -> Iterator[Reason]:
    """Every risk that is not fine; unknown ones are shown among the risks only."""
    for risk in study.risks:
        status = _RISEN.get(risk.status)
        if status is not None:
            yield Reason(risk.code, status, risk.text, risk.observed, risk.limit)
