"""Allocate: the buy list that makes the most of a budget."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import structlog

from arbitragevault.adapters.postgres.repositories import latest_decisions
from arbitragevault.adapters.postgres.repositories import markets as stored_markets
from arbitragevault.adapters.postgres.repositories.latest_decisions import DecidedLead
from arbitragevault.application.policies import load_policy, policy_from_body
from arbitragevault.application.runs import require_run
from arbitragevault.application.services import Services
from arbitragevault.domain.catalog.marketplace import marketplace_by_code
from arbitragevault.domain.decision.admission import Admission
from arbitragevault.domain.decision.candidates import candidate_of
from arbitragevault.domain.decision.lead import Lead
from arbitragevault.domain.decision.policy import Policy
from arbitragevault.domain.decision.portfolio import (
    Candidate,
    PortfolioLimits,
    expected_cents,
    whole_cents,
)
from arbitragevault.domain.decision.portfolio_program import choose, scenario_profits
from arbitragevault.domain.decision.portfolio_scenarios import Scenarios, loss_tail
from arbitragevault.domain.errors import ArbitrageVaultError
from arbitragevault.domain.evidence.strategies import Purchase, rank_by_roi
from arbitragevault.domain.market.market import Market
from arbitragevault.domain.money import Money

log = structlog.get_logger()

MOST_LEADS: Final = 20_000
"""Leads that are weighed, the newest first."""

CHUNK: Final = 500
"""Products that are loaded and weighed at a time."""


@dataclass(frozen=True, slots=True)
class AllocationOptions:
    """What to choose from.

    Args:
        run_id: Only this run's leads; None for every lead, as decided last.
        policy: Name of the policy to decide by; None for the one that each lead was decided by.
        marketplace: Where the goods will be sold; of a run its own.
        admission: Which leads may be chosen.
        seed: Seed of the scenarios.
    """

    run_id: UUID | None = None
    policy: str | None = None
    marketplace: str = "US"
    admission: Admission = Admission.BUYS
    seed: int = 0


@dataclass(frozen=True, slots=True)
class AllocationLine:
    """One entry of the buy list.

    Attributes:
        decision_id: The decision on the lead.
        row: Its row in the lead file.
        quantity: Units to buy.
        unit_cost / landed_cost: Per unit, minor units.
        expected_profit: Of all its units, minor units.
        most: Most units that would each be a buy.
    """

    asin: str
    marketplace: str
    title: str | None
    identifier: str
    supplier: str | None
    condition: str | None
    decision_id: int
    row: int
    quantity: int
    unit_cost: int
    landed_cost: int
    expected_profit: int
    most: int


@dataclass(frozen=True, slots=True)
class LimitView:
    """What a limit costs.

    Attributes:
        limit: Which one.
        value: The limit, minor units or units.
        instead: What it was replaced by; null where it was taken away.
        gain: Expected profit gained by that, minor units.
    """

    limit: str
    value: int
    instead: int | None
    gain: int


@dataclass(frozen=True, slots=True)
class UsualRule:
    """What the same budget would buy by a usual rule, judged like our list."""

    name: str
    spent: int
    expected_profit: int
    loss_tail: int


@dataclass(frozen=True, slots=True)
class Allocation:
    """A buy list, as every door shows it; amounts in minor units.

    Attributes:
        spent: What suppliers are paid.
        landed_cost: Everything paid until the units can be sold.
        loss_tail: Mean loss over the worst ``tail`` of the scenarios; below 0 if even they profit.
        gap: How far the expected profit may be from the best possible one; 0 for a proven optimum.
        leads: Leads that were looked at.
        candidates: Of them, those with at least one unit to buy.
        limits: What each limit costs in expected profit.
        instead: What a usual rule would buy.
    """

    currency: str
    budget: int
    spent: int
    landed_cost: int
    lines: list[AllocationLine]
    expected_profit: int
    loss_tail: int
    tail: float
    gap: float
    leads: int
    candidates: int
    limits: list[LimitView]
    instead: UsualRule
    sandbox: bool


@dataclass(frozen=True, slots=True)
class _Choice:
    """A candidate with the lead behind it."""

    candidate: Candidate
    decided: DecidedLead
    lead: Lead
    title: str | None


async def allocate(
    services: Services, limits: PortfolioLimits, options: AllocationOptions
) -> Allocation:
    """Choose which leads to buy, and how many units of each, under a budget.

    Every lead is decided anew on the stored market data; nothing is fetched.

    Args:
        services: The running program.
        limits: Budget, limits and largest loss, minor units of the marketplace's currency.
        options: What to choose from.

    Raises:
        NotFoundError: If there is no such run.
        PolicyError: If there is no such policy.
        PortfolioError: If no list is found in time.
    """
    where, database = marketplace_by_code(options.marketplace), services.database
    policy = None if options.policy is None else await database.read(load_policy, options.policy)
    if options.run_id is None:
        leads = await database.read(
            latest_decisions.newest_per_lead, is_sandbox=services.is_sandbox, limit=MOST_LEADS
        )
    else:
        run = await database.read(require_run, services, options.run_id)
        where = marketplace_by_code(run.marketplace)
        leads = await database.read(latest_decisions.of_run, run.id, MOST_LEADS)
    leads = [lead for lead in leads if lead.marketplace == where.code]
    choices = await _choices(services, leads, policy, options)
    return await asyncio.to_thread(
        _allocation, services, where.currency, leads, choices, limits, Scenarios(options.seed)
    )


async def limits_from(
    services: Services,
    amounts: Mapping[str, str | None],
    options: AllocationOptions,
    *,
    product_units: int | None,
    tail: float,
) -> PortfolioLimits:
    """The limits that a user wrote, in the currency of what is chosen from.

    Args:
        services: The running program.
        amounts: Amounts as written, by the name of the limit in ``PortfolioLimits``.
        options: What is chosen from.
        product_units: Most units of one product.
        tail: Share of the worst scenarios.

    Raises:
        MoneyError: If one is no amount in that currency.
        InvalidInputError: If one is below 0.
        NotFoundError: If there is no such run.
    """
    where = marketplace_by_code(options.marketplace)
    if options.run_id is not None:
        run = await services.database.read(require_run, services, options.run_id)
        where = marketplace_by_code(run.marketplace)
    cents = {
        name: None if text is None else Money.parse(text, where.currency).minor
        for name, text in amounts.items()
    }
    budget = cents.pop("budget_cents") or 0
    return PortfolioLimits(budget, product_units=product_units, tail=tail, **cents)


async def _choices(
    services: Services,
    leads: Sequence[DecidedLead],
    policy: Policy | None,
    options: AllocationOptions,
) -> dict[str, _Choice]:
    """The leads that may be bought, by the key of their candidate."""
    keys = list(dict.fromkeys((lead.marketplace, lead.asin) for lead in leads))
    found: dict[str, _Choice] = {}
    for start in range(0, len(keys), CHUNK):
        some = set(keys[start : start + CHUNK])
        stored = await services.database.read(
            stored_markets.load_markets, some, is_sandbox=services.is_sandbox
        )
        markets = {key: one.market for key, one in stored.items()}
        about = [one for one in leads if (one.marketplace, one.asin) in markets]
        choices = await asyncio.to_thread(_weigh, about, markets, policy, options.admission)
        found |= {choice.candidate.key: choice for choice in choices}
    return found


def _weigh(
    leads: Sequence[DecidedLead],
    markets: Mapping[tuple[str, str], Market],
    policy: Policy | None,
    admission: Admission,
) -> list[_Choice]:
    """The leads that may be bought; those that cannot be decided any more are left out."""
    found = []
    for decided in leads:
        market = markets[decided.marketplace, decided.asin]
        key = f"{decided.decision_id:019d}"
        try:
            lead = decided.as_lead()
            by = policy or policy_from_body(decided.policy_body)
            candidate = candidate_of(key, lead, market, by, admission=admission)
        except ArbitrageVaultError as error:
            log.debug("not weighed", decision=decided.decision_id, reason=error.message)
            continue
        if candidate is not None:
            found.append(_Choice(candidate, decided, lead, market.product.title))
    return found


def _allocation(  # noqa: PLR0917  # what one list consists of
    services: Services,
    currency: str,
    leads: Sequence[DecidedLead],
    choices: Mapping[str, _Choice],
    limits: PortfolioLimits,
    scenarios: Scenarios,
) -> Allocation:
    """Choose among the candidates, and say what a usual rule would have bought of them."""
    candidates = [choice.candidate for choice in choices.values()]
    chosen = choose(candidates, limits, scenarios=scenarios)
    return Allocation(
        currency=currency,
        budget=limits.budget_cents,
        spent=chosen.spent_cents,
        landed_cost=chosen.landed_cents,
        lines=[
            _line(choices[line.key], line.quantity, line.expected_cents) for line in chosen.lines
        ],
        expected_profit=chosen.expected_cents,
        loss_tail=chosen.loss_tail_cents,
        tail=limits.tail,
        gap=chosen.gap,
        leads=len(leads),
        candidates=len(candidates),
        limits=[
            LimitView(cost.limit, cost.value, cost.instead, cost.gain_cents)
            for cost in chosen.costs
        ],
        instead=_by_rule(candidates, limits, scenarios),
        sandbox=services.is_sandbox,
    )


def _line(choice: _Choice, quantity: int, expected: int) -> AllocationLine:
    candidate, decided, lead = choice.candidate, choice.decided, choice.lead
    return AllocationLine(
        asin=decided.asin,
        marketplace=decided.marketplace,
        title=choice.title,
        identifier=lead.identifier,
        supplier=lead.supplier,
        condition=lead.condition,
        decision_id=decided.decision_id,
        row=decided.ordinal,
        quantity=quantity,
        unit_cost=candidate.unit_cost_cents,
        landed_cost=candidate.landed_cents,
        expected_profit=expected,
        most=candidate.most,
    )


def _by_rule(
    candidates: Sequence[Candidate], limits: PortfolioLimits, scenarios: Scenarios
) -> UsualRule:
    """The same candidates by their ROI at the median price, judged like our own list."""
    purchases = [
        Purchase(
            one.key,
            one.unit_cost_cents,
            (one.pool.median_net - one.landed_cents) / max(1, one.landed_cents),
            None,
            one.most,
        )
        for one in candidates
        if one.unit_cost_cents > 0
    ]
    units = rank_by_roi(purchases, limits.budget_cents)
    quantities = [units.get(one.key, 0) for one in candidates]
    futures = scenario_profits(candidates, quantities, scenarios)
    return UsualRule(
        name="rank_by_roi",
        spent=sum(
            one.unit_cost_cents * count for one, count in zip(candidates, quantities, strict=True)
        ),
        expected_profit=sum(whole_cents(expected_cents(candidates, quantities))),
        loss_tail=round(loss_tail(futures, limits.tail)),
    )
