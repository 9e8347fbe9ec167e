"""Stored decisions: lists, single ones, and the rows of a run in input order."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson

from arbitragevault.adapters.postgres.repositories import decisions as decision_rows
from arbitragevault.application.services import Services
from arbitragevault.domain.errors import InvalidInputError, NotFoundError


@dataclass(frozen=True, slots=True)
class DecisionQuery:
    """Which decisions, in which order.

    Args:
        run_id: Only this run's.
        verdicts: Only these verdicts; empty for all.
        text: Words that title, ASIN or identifier must contain.
        supplier: Only this supplier's.
        sort: A name of ``decision_rows.SORTS``, with ``-`` in front for descending.
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
    """One page of decisions, and how many there are by verdict under the other filters."""

    items: list[dict[str, Any]]
    next_cursor: str | None
    counts: dict[str, int]


async def list_decisions(services: Services, query: DecisionQuery) -> DecisionPage:
    """A page of decisions.

    Raises:
        InvalidInputError: For an unknown sort or a cursor of another list.
    """
    name, descending = query.sort.removeprefix("-"), query.sort.startswith("-")
    if name not in decision_rows.SORTS:
        raise InvalidInputError(
            f"Decisions cannot be sorted by {name!r}; choose one of "
            f"{', '.join(decision_rows.SORTS)}."
        )
    filters = decision_rows.Filters(
        is_sandbox=services.is_sandbox,
        run_id=query.run_id,
        verdicts=query.verdicts,
        text=query.text,
        supplier=query.supplier,
    )
    async with services.database.begin() as session:
        rows = await decision_rows.page(
            session,
            filters,
            sort=name,
            descending=descending,
            after=_position(query.cursor, query.sort),
            limit=query.limit + 1,
        )
        counts = await decision_rows.counts(session, filters)
    shown = rows[: query.limit]
    more = len(rows) > query.limit
    return DecisionPage(
        items=[row.body for row in shown],
        next_cursor=_cursor(query.sort, shown[-1]) if more else None,
        counts=counts,
    )


async def get_decision(services: Services, decision_id: int) -> dict[str, Any]:
    """One decision.

    Raises:
        NotFoundError: If there is none.
    """
    async with services.database.begin() as session:
        row = await decision_rows.get(session, decision_id)
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
    async with services.database.begin() as session:
        rows = await decision_rows.contiguous(session, run_id, after_row, limit)
    return [row.body for row in rows]


def _cursor(sort: str, row: decision_rows.StoredDecision) -> str:
    """An opaque position after a row of a sorted list."""
    position = orjson.dumps([sort, row.sort_value, row.id], default=str)
    return base64.urlsafe_b64encode(position).decode().rstrip("=")


def _position(cursor: str | None, sort: str) -> tuple[Any, int] | None:
    """What a cursor says, checked to be of this list."""
    if cursor is None:
        return None
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        made_for, value, row_id = orjson.loads(base64.urlsafe_b64decode(padded))
    except (TypeError, ValueError, binascii.Error):
        made_for, value, row_id = None, None, None
    if made_for != sort or not isinstance(row_id, int):
        raise InvalidInputError(
            "The cursor does not belong to this list; start again without a cursor."
        )
    return value, row_id
