"""Stored decisions: lists, single ones, and the rows of a run in input order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from arbitragevault.adapters.postgres.repositories import decision_lists
from arbitragevault.adapters.postgres.repositories import decisions as decision_rows
from arbitragevault.adapters.postgres.repositories.decisions import StoredDecision
from arbitragevault.adapters.postgres.tables import VERDICTS
from arbitragevault.application.services import Services
from arbitragevault.domain.errors import InvalidInputError, NotFoundError


@dataclass(frozen=True, slots=True)
class DecisionQuery:
    """Which decisions, in which order.

    Args:
        run_id: Only this run's.
        verdicts: Only these verdicts; empty for all.
        text: Words with which words of the product's title, brand, author or codes must begin; or
            the beginning of the identifier.
        supplier: Only this supplier's.
        sort: A name of ``decision_lists.SORTS``, with ``-`` in front for descending.
        cursor: Where the previous page ended.
        limit: Rows a page.
    """

    run_id: UUID | None = None
    verdicts: tuple[str, ...] = ()
    text: str | None = None
    supplier: str | None = None
    sort: str = "-decided_at"
    cursor: str | None = None
    limit: int = 50


@dataclass(frozen=True, slots=True)
class DecisionPage:
    """One page of decisions, and how many there are by verdict under the other filters.

    Attributes:
        items: The rows.
        next_cursor: Where the next page begins; None if this is the last one.
        counts: A number for every verdict, as it was when the first page was read.
        counts_are_minimum: There are more than were counted.
    """

    items: list[StoredDecision]
    next_cursor: str | None
    counts: dict[str, int]
    counts_are_minimum: bool


async def list_decisions(services: Services, query: DecisionQuery) -> DecisionPage:
    """A page of decisions.

    Raises:
        InvalidInputError: For an unknown sort or a cursor of another list.
    """
    name, descending = query.sort.removeprefix("-"), query.sort.startswith("-")
    if name not in decision_lists.SORTS:
        raise InvalidInputError(
            f"Decisions cannot be sorted by {name!r}; choose one of "
            f"{', '.join(decision_lists.SORTS)}."
        )
    filters = decision_lists.Filters(
        is_sandbox=services.is_sandbox,
        run_id=query.run_id,
        verdicts=query.verdicts,
        text=query.text,
        supplier=query.supplier,
    )
    the_list = {"list": "decisions", "version": 2, "sort": query.sort, **asdict(filters)}
    place = services.cursors.place(the_list, query.cursor)
    known = None if place is None else _counts(*place.carried)

    async def unit(
        session: AsyncSession,
    ) -> tuple[list[StoredDecision], decision_lists.Counts]:
        found = await decision_lists.products_of(session, filters)
        counted = known or await decision_lists.counts(session, filters, found)
        rows = await decision_lists.page(
            session,
            filters,
            sort=name,
            descending=descending,
            after=place and place.position,
            limit=query.limit + 1,
            found=found,
            counted=counted,
        )
        return rows, counted

    rows, counted = await services.database.read(unit)
    shown = rows[: query.limit]
    last = shown[-1] if len(rows) > query.limit else None
    return DecisionPage(
        items=shown,
        next_cursor=None
        if last is None
        else services.cursors.after(
            the_list,
            (last.sort_value, last.id),
            carried=(tuple(counted.by_verdict.values()), counted.are_minimum),
        ),
        counts=counted.by_verdict,
        counts_are_minimum=counted.are_minimum,
    )


def _counts(numbers: Sequence[int], are_minimum: bool) -> decision_lists.Counts:  # noqa: FBT001
    """Counts as a cursor carries them."""
    return decision_lists.Counts(dict(zip(VERDICTS, numbers, strict=True)), are_minimum)


async def get_decision(services: Services, decision_id: int) -> dict[str, Any]:
    """One decision.

    Raises:
        NotFoundError: If there is none.
    """
    row = await services.database.read(decision_rows.get, decision_id)
    if row is None or row.body["sandbox"] != services.is_sandbox:
        raise NotFoundError(f"There is no decision {decision_id}.")
    return row.body


async def run_rows(
    services: Services, run_id: UUID, after_row: int, limit: int = 500
) -> list[dict[str, Any]]:
    """The decided rows of a run in input order, as far as they are complete without a gap.

    Args:
        services: The running program.
        run_id: The run.
        after_row: Number of the last row that the caller has.
        limit: Most rows to return.
    """
    rows = await services.database.read(decision_rows.contiguous, run_id, after_row, limit)
    return [row.body for row in rows]
