"""Re-decide: what another policy says about every stored lead."""

from __future__ import annotations

import asyncio
import heapq
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

import numpy as np
import structlog

from arbitragevault.adapters.postgres.repositories import assessments as stored
from arbitragevault.adapters.postgres.repositories import latest_decisions
from arbitragevault.adapters.postgres.repositories import markets as stored_markets
from arbitragevault.adapters.postgres.repositories.assessments import AssessedLead
from arbitragevault.adapters.postgres.repositories.latest_decisions import DecidedLead
from arbitragevault.application.policies import load_policy, policy_from_body
from arbitragevault.application.runs import require_run
from arbitragevault.application.services import Services
from arbitragevault.domain.catalog.marketplace import marketplace_by_code
from arbitragevault.domain.decision.assessment import assess, is_current, read_assessments
from arbitragevault.domain.decision.decide import decide
from arbitragevault.domain.decision.decision import Verdict
from arbitragevault.domain.decision.policy import Policy
from arbitragevault.domain.decision.rejudge import VERDICTS, Judgements, can_judge, judge_many
from arbitragevault.domain.errors import ArbitrageVaultError
from arbitragevault.domain.market.market import Market

log = structlog.get_logger()

CHUNK: Final = 500
"""Leads whose market is loaded at a time, where an assessment is missing or does not hold."""


@dataclass(frozen=True, slots=True)
class Redecided:
    """Some leads with what the policy says about them.

    Attributes:
        leads: The leads, with the verdict that they had.
        judgements: The decisions, in the same order.
        policy: The policy.
    """

    leads: Sequence[AssessedLead]
    judgements: Judgements
    policy: Policy

    def rows(self) -> list[dict[str, Any]]:
        """The leads as rows that doors print; amounts in minor units, unknown is None."""
        found, places = self.judgements, range(len(self.leads))
        figures = {name: _column(getattr(found, name), digits) for name, digits in _FIGURES.items()}
        reasons = _reasons(found)
        return [
            _row(lead, VERDICTS[found.verdict[place]], {n: c[place] for n, c in figures.items()})
            | {"reasons": reasons[place], "policy": self.policy.name}
            for place, lead in zip(places, self.leads, strict=True)
        ]

    def verdicts(self) -> list[Verdict]:
        """The verdict of each lead."""
        return [VERDICTS[number] for number in self.judgements.verdict.tolist()]


@dataclass(slots=True)
class Tally:
    """Counts over everything that was re-decided.

    Attributes:
        leads: How many.
        now / before: By verdict.
        moves: By (verdict before, verdict now) where they differ.
        anew: Leads whose market had to be worked out again.
        failed: Leads that cannot be decided any more.
    """

    leads: int = 0
    now: Counter[str] = field(default_factory=Counter)
    before: Counter[str] = field(default_factory=Counter)
    moves: Counter[tuple[str, str]] = field(default_factory=Counter)
    anew: int = 0
    failed: int = 0

    def add(self, some: Redecided) -> None:
        """Count some leads."""
        pairs = Counter(
            zip((lead.verdict for lead in some.leads), map(str, some.verdicts()), strict=True)
        )
        self.leads += len(some.leads)
        for (before, now), count in pairs.items():
            self.before[before] += count
            self.now[now] += count
            if before != now:
                self.moves[before, now] += count


async def redecide(
    services: Services, policy_name: str, tally: Tally, *, run_id: UUID | None = None
) -> AsyncIterator[Redecided]:
    """Decide about stored leads under a policy, from stored data; fetches and stores no decision.

    Leads whose assessment is missing, older than the product's data, of an older version, or for
    other terms than the policy's are worked out anew from their history, after the others.

    Args:
        services: The running program.
        policy_name: The policy.
        tally: Counts along.
        run_id: Only this run's leads; None for every lead as it was decided last.

    Raises:
        PolicyError: If there is no such policy.
        NotFoundError: If there is no such run.
    """
    async with services.database.begin() as session:
        policy = await load_policy(session, policy_name)
        if run_id is not None:
            await require_run(session, services, run_id)
    left: list[AssessedLead] = []
    async with services.database.begin() as session:
        async for leads in stored.stream(session, is_sandbox=services.is_sandbox, run_id=run_id):
            some, others = await asyncio.to_thread(_judged, leads, policy)
            left += others
            tally.add(some)
            yield some
    for start in range(0, len(left), CHUNK):
        some = await _worked_out(services, left[start : start + CHUNK], policy)
        tally.anew += len(some.leads)
        tally.failed += len(left[start : start + CHUNK]) - len(some.leads)
        tally.add(some)
        yield some


async def best_of(
    found: AsyncIterator[Redecided], limit: int, *, changed: bool
) -> list[dict[str, Any]]:
    """The rows of the best purchases: buys first, then reviews, each by expected profit.

    Args:
        found: Everything that is re-decided.
        limit: Most rows.
        changed: Only leads whose verdict is another one than before.
    """
    best: list[tuple[float, int, dict[str, Any]]] = []
    async for some in found:
        rows = (r for r in some.rows() if not changed or r["verdict"] != r["verdict_before"])
        ranked = ((_worth(row), -row["decision_id"], row) for row in rows)
        best = heapq.nlargest(limit, [*best, *ranked])
    return [row for *_, row in best]


def _worth(row: Mapping[str, Any]) -> float:
    first = {"buy": 2e12, "review": 1e12}.get(row["verdict"], 0.0)
    return first + (row["expected_profit"] or 0)


def _judged(leads: Sequence[AssessedLead], policy: Policy) -> tuple[Redecided, list[AssessedLead]]:
    """The decisions whose assessments hold under the policy, and the leads of the others."""
    current = [lead for lead in leads if is_current(lead.data)]
    rows = read_assessments(lead.data for lead in current if lead.data is not None)
    holds = can_judge(rows, policy)
    if holds.all() and len(current) == len(leads):
        return Redecided(leads, judge_many(rows, policy), policy), []
    kept = [lead for lead, does in zip(current, holds.tolist(), strict=True) if does]
    known = {lead.decision_id for lead in kept}
    others = [lead._replace(data=None) for lead in leads if lead.decision_id not in known]
    return Redecided(kept, judge_many(rows[holds], policy), policy), others


async def _worked_out(
    services: Services, leads: Sequence[AssessedLead], policy: Policy
) -> Redecided:
    """Decisions worked out from histories; assessments that were missing are stored."""
    async with services.database.begin() as session:
        decided = await latest_decisions.by_id(session, [lead.decision_id for lead in leads])
        keys = {(lead.marketplace, lead.asin) for lead in decided}
        markets = await stored_markets.load_markets(session, keys, is_sandbox=services.is_sandbox)
    now = services.clock.now()
    usable = {key: one.market for key, one in markets.items()}
    own, under = await asyncio.to_thread(_assess, decided, usable, policy)
    async with services.database.begin() as session:
        await stored.save(session, own, now)
    chosen = [lead for lead in leads if lead.decision_id in under]
    rows = read_assessments(under[lead.decision_id] for lead in chosen)
    return Redecided(chosen, judge_many(rows, policy), policy)


def _assess(
    decided: Sequence[DecidedLead], markets: Mapping[tuple[str, str], Market], policy: Policy
) -> tuple[dict[int, bytes], dict[int, bytes]]:
    """Assessments by decision: under the policy of each one's run, and under the given one."""
    own: dict[int, bytes] = {}
    under: dict[int, bytes] = {}
    for one in decided:
        market = markets.get((one.marketplace, one.asin))
        if market is None:
            continue
        try:
            lead = one.as_lead()
            first = policy_from_body(one.policy_body)
            kept = assess(decide(lead, market, first).study, lead)
            own[one.decision_id] = under[one.decision_id] = kept
            if not can_judge(read_assessments([kept]), policy).all():
                under[one.decision_id] = assess(decide(lead, market, policy).study, lead)
        except ArbitrageVaultError as error:
            log.debug("not decided again", decision=one.decision_id, reason=error.message)
    return own, under


_FIGURES: Final = {
    "max_cost": 0,
    "landed": 0,
    "p10": 0,
    "p50": 0,
    "p90": 0,
    "expected": 0,
    "roi": 4,
    "probability_of_profit": 4,
    "probability_of_target": 4,
    "probability_of_loss": 4,
    "days_p50": 1,
    "days_p90": 1,
    "score": 1,
}
"""Figures of a row, with digits as in decision records; 0 for whole minor units."""


def _column(values: np.ndarray[Any, np.dtype[np.float64]], digits: int) -> list[Any]:
    """An array as plain numbers; NaN and infinity become None."""
    known = np.isfinite(values)
    told = np.where(known, values, 0.0)
    rounded = told.astype(np.int64).tolist() if not digits else np.round(told, digits).tolist()
    if known.all():
        return list(rounded)
    return [value if is_known else None for value, is_known in zip(rounded, known, strict=True)]


def _reasons(found: Judgements) -> list[list[dict[str, str]]]:
    """Code and status of every reason of each decision; those with the same ones share a list."""
    every = np.stack(list(found.reasons.values()), axis=1)
    _, first, kind = np.unique(every, axis=0, return_index=True, return_inverse=True)
    lists = [
        [{"code": code, "status": str(status)} for code, status in found.reasons_of(place).items()]
        for place in first.tolist()
    ]
    return [lists[number] for number in kind.ravel().tolist()]


def _row(lead: AssessedLead, verdict: Verdict, figures: Mapping[str, Any]) -> dict[str, Any]:
    """One lead in the names of decision records."""
    quantiles = {name: figures[name] for name in ("p10", "p50", "p90")}
    days = {"p50": figures["days_p50"], "p90": figures["days_p90"]}
    return {
        "row": lead.ordinal,
        "decision_id": lead.decision_id,
        "identifier": lead.identifier,
        "asin": lead.asin,
        "marketplace": lead.marketplace,
        "title": lead.title,
        "currency": marketplace_by_code(lead.marketplace).currency,
        "verdict": verdict.value,
        "verdict_before": lead.verdict,
        "max_cost": figures["max_cost"],
        "landed_cost": figures["landed"],
        "profit": None if figures["p50"] is None else quantiles,
        "expected_profit": figures["expected"],
        "roi": figures["roi"],
        "probability_of_profit": figures["probability_of_profit"],
        "probability_of_target": figures["probability_of_target"],
        "probability_of_loss": figures["probability_of_loss"],
        "days_to_sell": None if figures["days_p50"] is None else days,
        "score": figures["score"],
    }
