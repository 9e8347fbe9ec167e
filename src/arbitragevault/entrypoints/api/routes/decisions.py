"""Decisions: lists with filters and sorts, and single ones."""

from __future__ import annotations

from typing import Annotated, Final, Literal
from uuid import UUID

from fastapi import APIRouter, Path, Query
from fastapi.responses import Response

from arbitragevault.application.decisions import DecisionQuery, get_decision, list_decisions
from arbitragevault.entrypoints.api.answers import as_stored, json_bytes
from arbitragevault.entrypoints.api.lifetime import ServicesDep
from arbitragevault.entrypoints.api.schemas.decisions import DecisionPage, DecisionRow

_VERDICTS: Final = r"^(buy|review|skip|unknown)(,(buy|review|skip|unknown)){0,3}$"
_NO_CONTROL: Final = r"^[^\x00-\x1f]*$"

router = APIRouter(prefix="/decisions", tags=["decisions"])

Sort = Literal[
    "row",
    "-row",
    "max_cost",
    "-max_cost",
    "profit",
    "-profit",
    "roi",
    "-roi",
    "probability_of_profit",
    "-probability_of_profit",
    "days_to_sell",
    "-days_to_sell",
    "sales_rank",
    "-sales_rank",
    "resale",
    "-resale",
    "unit_cost",
    "-unit_cost",
    "decided_at",
    "-decided_at",
    "title",
    "-title",
]
"""What a list can be sorted by; ``-`` in front turns the order round. Unknown values come last."""


@router.get("", name="list_decisions", responses={200: {"model": DecisionPage}})
async def page(
    *,
    services: ServicesDep,
    run_id: Annotated[UUID | None, Query(description="Only this run's")] = None,
    verdict: Annotated[
        str | None, Query(pattern=_VERDICTS, description="Verdicts, joined by commas")
    ] = None,
    q: Annotated[
        str | None,
        Query(
            max_length=200,
            pattern=_NO_CONTROL,
            description="Beginnings of words of title, brand, author or product codes, all of "
            "which must occur (words of up to three letters whole, but for the last); or the "
            "beginning of the identifier",
        ),
    ] = None,
    supplier: Annotated[str | None, Query(max_length=200, pattern=_NO_CONTROL)] = None,
    sort: Annotated[Sort, Query()] = "-decided_at",
    cursor: Annotated[
        str | None, Query(max_length=2_000, description="next_cursor of the previous page")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
) -> Response:
    """A page of decisions, with counts by verdict under the other filters.

    They are counted for the first page; the pages after it repeat them.
    """
    query = DecisionQuery(
        run_id=run_id,
        verdicts=tuple(dict.fromkeys(verdict.split(","))) if verdict else (),
        text=q or None,
        supplier=supplier or None,
        sort=sort,
        cursor=cursor,
        limit=limit,
    )
    found = await list_decisions(services, query)
    return json_bytes(
        {
            "items": [as_stored(row.json) for row in found.items],
            "next_cursor": found.next_cursor,
            "counts": found.counts,
            "counts_are_minimum": found.counts_are_minimum,
        }
    )


@router.get("/{decision_id}", name="get_decision", responses={200: {"model": DecisionRow}})
async def one(
    services: ServicesDep, decision_id: Annotated[int, Path(ge=1, le=2**63 - 1)]
) -> Response:
    """One decision with its whole record."""
    return json_bytes(await get_decision(services, decision_id))
