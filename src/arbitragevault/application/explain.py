"""Explanations: why a verdict, a shortlist, a day, two products beside each other.

Every text rests on facts of stored decisions and is checked against them; verdicts and choices are
computed and never taken from a text.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from arbitragevault.adapters.postgres.repositories import decision_lists
from arbitragevault.application.decisions import get_decision
from arbitragevault.application.narration import Author, Explanation, Step, Written, write
from arbitragevault.application.services import Services
from arbitragevault.domain.errors import InvalidInputError
from arbitragevault.domain.explanation.briefs import (
    SIZES,
    comparison_brief,
    digest_brief,
    shortlist_brief,
    why_brief,
)
from arbitragevault.domain.explanation.narrative import Brief
from arbitragevault.domain.explanation.selection import WORTH_A_LOOK, choose

Record = Mapping[str, Any]

MOST_CONSIDERED: Final = 2_000
"""Newest decisions among which a shortlist is chosen, and of a day that a digest looks at."""


@dataclass(frozen=True, slots=True)
class WhyOrder:
    """Why a decision's verdict, and what would change it.

    Args:
        decision_id: A stored decision; None with a record.
        record: A decision that is not stored, such as one of the product page.
    """

    decision_id: int | None = None
    record: Record | None = None


@dataclass(frozen=True, slots=True)
class ShortlistOrder:
    """The best of a run's decisions, or of the newest ones.

    Args:
        run_id: Only this run's.
        size: 5, 10 or 15.
        speed: 0 for profit alone, 1 for speed alone.
    """

    run_id: UUID | None = None
    size: int = 5
    speed: float = 0.3

    def __post_init__(self) -> None:
        if self.size not in SIZES:
            raise InvalidInputError(f"A shortlist has 5, 10 or 15 picks, not {self.size}.")
        if not 0 <= self.speed <= 1:
            raise InvalidInputError(f"speed is {self.speed}; 0 is profit alone, 1 speed alone.")


@dataclass(frozen=True, slots=True)
class DigestOrder:
    """What a day's decisions came to.

    Args:
        day: The day (UTC); None for today.
    """

    day: datetime | None = None


@dataclass(frozen=True, slots=True)
class ComparisonOrder:
    """Two stored decisions beside each other."""

    one: int
    other: int


Order = WhyOrder | ShortlistOrder | DigestOrder | ComparisonOrder


async def explain(services: Services, order: Order, *, author: Author = Author.AUTO) -> Explanation:
    """The explanation that an order asks for.

    Args:
        services: The running program.
        order: What to explain.
        author: Who writes: the model if there is one, or the template.

    Raises:
        NotFoundError: If there is no such decision.
        InvalidInputError: If there is nothing to explain.
    """
    async for step in explaining(services, order, author=author):
        if isinstance(step, Written):
            return step.explanation
    raise AssertionError("an explanation always ends with its text")


async def explaining(
    services: Services, order: Order, *, author: Author = Author.AUTO
) -> AsyncIterator[Step]:
    """The same step by step: checked claims as they are written, then the whole.

    Raises:
        NotFoundError: If there is no such decision.
        InvalidInputError: If there is nothing to explain.
    """
    brief = await brief_of(services, order)
    async for step in write(services, brief, author=author):
        yield step


async def explain_decision(
    services: Services, decision_id: int, *, author: Author = Author.AUTO
) -> Explanation:
    """Why a stored decision's verdict, and what would change it.

    Raises:
        NotFoundError: If there is none.
    """
    return await explain(services, WhyOrder(decision_id), author=author)


async def brief_of(services: Services, order: Order) -> Brief:
    """What has to be written about."""
    sent = services.narration.sent
    match order:
        case WhyOrder(decision_id=id_, record=record):
            if record is None:
                record = await get_decision(services, id_ or 0)
            return why_brief(_decided(record), sent=sent)
        case ShortlistOrder(run_id=run_id, size=size, speed=speed):
            found = await _candidates(services, run_id)
            picks = choose(found.records, size=size, speed=speed)
            return shortlist_brief(picks, considered=found.total, size=size, speed=speed, sent=sent)
        case DigestOrder(day=day):
            return await _digest(services, day or services.clock.now())
        case ComparisonOrder(one=one, other=other):
            if one == other:
                raise InvalidInputError("Give two different decisions to compare.")
            first, second = await get_decision(services, one), await get_decision(services, other)
            return comparison_brief(_decided(first), _decided(second), sent=sent)


def _decided(record: Record) -> Record:
    """A row that was decided; one that could not be used has its error to explain it."""
    error = record.get("error")
    if error:
        raise InvalidInputError(f"The row was not decided: {error['message']}")
    return record


@dataclass(frozen=True, slots=True)
class _Candidates:
    records: Sequence[Record]
    total: int


async def _candidates(services: Services, run_id: UUID | None) -> _Candidates:
    filters = decision_lists.Filters(is_sandbox=services.is_sandbox, run_id=run_id)

    async def unit(session: AsyncSession) -> _Candidates:
        counts = (await decision_lists.counts(session, filters)).by_verdict
        found = await _newest(session, replace(filters, verdicts=WORTH_A_LOOK))
        return _Candidates(found, sum(counts.values()))

    return await services.database.read(unit)


async def _newest(session: AsyncSession, filters: decision_lists.Filters) -> list[Record]:
    found = await decision_lists.page(
        session, filters, sort="decided_at", descending=True, after=None, limit=MOST_CONSIDERED
    )
    return [row.body for row in found if not row.body.get("error")]


async def _digest(services: Services, moment: datetime) -> Brief:
    day = moment.astimezone(UTC).date()
    start = datetime.combine(day, time(), UTC)
    filters = decision_lists.Filters(
        is_sandbox=services.is_sandbox, since=start, until=start + timedelta(days=1)
    )
    counts = (await services.database.read(decision_lists.counts, filters)).by_verdict
    found = await services.database.read(_newest, filters)
    best = choose(found, size=SIZES[0], speed=0.3)
    return digest_brief(
        found, best, counts=counts, day=day.isoformat(), sent=services.narration.sent
    )
