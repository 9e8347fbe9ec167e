"""The tools: each is one use case, with its token price before and its evidence after."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, Any, Final
from uuid import UUID

from pydantic import Field

from arbitragevault.adapters.files.rows import LeadRow, lead_from_fields
from arbitragevault.application.allocate import AllocationOptions, allocate, limits_from
from arbitragevault.application.decisions import DecisionQuery, list_decisions
from arbitragevault.application.explain import explain_decision
from arbitragevault.application.history_samples import sample_history
from arbitragevault.application.narration import Author
from arbitragevault.application.runs import RunView, get_run, list_runs
from arbitragevault.application.scan import ScanOptions, preview_scan, start_scan
from arbitragevault.application.services import Services
from arbitragevault.domain.catalog.marketplace import marketplace_by_code
from arbitragevault.domain.errors import ConfigurationError
from arbitragevault.domain.market.market import SeriesKind
from arbitragevault.entrypoints.mcp import shapes
from arbitragevault.entrypoints.mcp.budget import Budgets

LOOK_SECONDS: Final = 0.1
LONGEST_SECONDS: Final = 90.0
"""How long a call waits for its run; agents give up after a minute or two, and the run goes on."""

Leads = Annotated[
    list[shapes.Candidate],
    Field(min_length=1, max_length=shapes.MOST_LEADS, description="What could be bought."),
]
Marketplace = Annotated[str, Field(description="US, UK, DE, FR, IT, ES, CA or JP.")]


class Tools:
    """What agents may do with a running program.

    Args:
        services: The program; with a worker if anything may be spent.
        budgets: What each client may spend.
    """

    def __init__(self, services: Services, budgets: Budgets) -> None:
        self._services = services
        self._budgets = budgets

    async def estimate(
        self, client: str, leads: Sequence[shapes.Candidate], options: ScanOptions
    ) -> shapes.EstimateOut:
        """What deciding some leads would cost; spends nothing."""
        preview = await preview_scan(self._services, _rows(leads, options.marketplace), options)
        return shapes.EstimateOut(
            leads=preview.rows,
            bad_leads=preview.bad_rows,
            products=preview.estimate.products,
            stored=preview.estimate.stored,
            tokens=preview.estimate.tokens,
            balance=preview.estimate.balance,
            budget_left=self._budgets.left(client),
            can_spend=self._budgets.each > 0,
        )

    async def decide(
        self,
        client: str,
        leads: Sequence[shapes.Candidate],
        options: ScanOptions,
        *,
        is_dry_run: bool,
    ) -> shapes.DecisionsOut:
        """Decide leads within the client's budget, or only say what it would cost.

        Raises:
            ConfigurationError: If the server was started without a budget.
            TokenCapError: If it would cost more than the client has left.
        """
        estimate = await self.estimate(client, leads, options)
        if is_dry_run:
            return shapes.DecisionsOut(is_dry_run=True, estimate=estimate)
        if not self._budgets.each:
            raise ConfigurationError(
                "This server is read-only: it was started without --budget, so nothing is decided "
                "anew and no token is spent. Use find_leads for what is decided already."
            )
        with self._budgets.grant(client, estimate.tokens) as grant:
            # Prices may change between the estimate and the run: the run itself is capped too.
            capped = replace(options, max_tokens=grant.most, is_lookup=True)
            started = await start_scan(
                self._services, _rows(leads, options.marketplace), source=client, options=capped
            )
            run = started
            try:
                run = await self._ended(started.id)
            finally:
                grant.spent = run.tokens.spent
        page = await list_decisions(
            self._services,
            DecisionQuery(run_id=run.id, sort="row", limit=shapes.MOST_LEADS),
        )
        return shapes.DecisionsOut(
            is_dry_run=False,
            estimate=estimate,
            run_id=run.id,
            state=run.state.value,
            tokens_spent=run.tokens.spent,
            decisions=[shapes.decision_out(row.body) for row in page.items],
        )

    async def find(self, query: DecisionQuery) -> shapes.LeadsOut:
        """A page of stored decisions."""
        page = await list_decisions(self._services, query)
        return shapes.LeadsOut(
            decisions=[shapes.decision_out(row.body) for row in page.items],
            next_cursor=page.next_cursor,
            counts=page.counts,
        )

    async def explain(self, decision_id: int, author: Author) -> shapes.ExplanationOut:
        """Why a decision's verdict, and what would change it."""
        told = await explain_decision(self._services, decision_id, author=author)
        used = {fact for _, claim in told.narrative.claims() for fact in claim.facts}
        return shapes.ExplanationOut(
            decision_id=decision_id,
            claims=[
                shapes.ClaimOut(part=part, text=claim.text, facts=list(claim.facts))
                for part, claim in told.narrative.claims()
            ],
            facts=[
                shapes.FactOut.model_validate(fact) for fact in told.brief.facts if fact.id in used
            ],
            written_by=told.model or "template",
            why_template=told.why_template.text if told.why_template else None,
            links=shapes.Links(decision=f"/api/v1/decisions/{decision_id}"),
        )

    async def history(
        self, asin: str, marketplace: str, kinds: Sequence[SeriesKind], days: int, points: int
    ) -> shapes.HistoryOut:
        """A stored product's series at evenly spaced moments."""
        sample = await sample_history(
            self._services, marketplace, asin, kinds=kinds, days=days, points=points
        )
        product = sample.product
        return shapes.HistoryOut(
            asin=product.asin,
            marketplace=product.marketplace.code,
            title=product.title,
            currency=product.marketplace.currency,
            observed_at=sample.observed_at,
            moments=sample.moments,
            series=[shapes.SeriesOut.model_validate(one) for one in sample.series],
            is_sandbox=sample.is_sandbox,
            links=shapes.Links(product=f"/product/{product.marketplace.code}/{product.asin}"),
        )

    async def portfolio(self, budget: str, options: AllocationOptions) -> shapes.PortfolioOut:
        """What to buy, and how many of each, under a budget; nothing is bought."""
        amounts = {"budget_cents": budget}
        limits = await limits_from(self._services, amounts, options, product_units=None, tail=0.05)
        chosen = await allocate(self._services, limits, options)
        return shapes.PortfolioOut.model_validate(chosen)

    async def runs(self, run_id: UUID | None, limit: int) -> shapes.RunsOut:
        """The newest runs, or one."""
        if run_id is not None:
            return shapes.RunsOut(runs=[_run_out(await get_run(self._services, run_id))])
        found = await list_runs(self._services, limit=limit)
        return shapes.RunsOut(runs=[_run_out(run) for run in found])

    async def _ended(self, run_id: UUID) -> RunView:
        """A run once it has ended, waits for tokens, or has taken as long as a call may."""
        clock = self._services.clock
        until = clock.monotonic() + LONGEST_SECONDS
        while True:
            run = await get_run(self._services, run_id)
            waits = run.state.value == "waiting_tokens"
            if run.state.is_final or waits or clock.monotonic() > until:
                return run
            await asyncio.sleep(LOOK_SECONDS)


def _rows(leads: Sequence[shapes.Candidate], marketplace: str) -> list[LeadRow]:
    """Leads as rows of a lead file."""
    currency = marketplace_by_code(marketplace).currency
    return [
        lead_from_fields(number, _fields(lead), currency=currency)
        for number, lead in enumerate(leads, start=1)
    ]


def _fields(lead: shapes.Candidate) -> dict[str, Any]:
    return {name: value for name, value in lead.model_dump().items() if value is not None}


def _run_out(run: RunView) -> shapes.RunOut:
    return shapes.RunOut(
        id=run.id,
        kind=run.kind,
        state=run.state.value,
        source=run.source,
        rows=run.rows,
        done=run.done,
        counts={
            "buy": run.counts.buy,
            "review": run.counts.review,
            "skip": run.counts.skip,
            "unknown": run.counts.unknown,
        },
        tokens_spent=run.tokens.spent,
        waiting_until=run.waiting_until,
        created_at=run.created_at,
        error=None if run.error is None else shapes.Trouble.model_validate(run.error),
    )
