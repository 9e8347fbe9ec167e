"""Whole tables in batches by their keys: each batch begins where the last one ended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from arbitragevault.adapters.postgres.repositories.decisions import WITHOUT_EVIDENCE, stored
from arbitragevault.adapters.postgres.repositories.features import ProductFilters, page
from arbitragevault.adapters.postgres.tables import decisions, run_items, runs

Row = Mapping[str, Any]

After = Any
"""What a batch says of where the next one begins; each kind of rows has its own."""


class Batch(NamedTuple):
    """Rows, and where the next batch begins; None if these were the last ones."""

    rows: list[Row]
    after: After


async def decision_batch(
    session: AsyncSession, after: After, *, is_sandbox: bool, run_id: UUID | None, limit: int
) -> Batch:
    """Decisions as they are listed, oldest first.

    Args:
        session: The transaction.
        after: What the batch before said; None for the first one.
        is_sandbox: The sandbox's, or Keepa's.
        run_id: Only this run's.
        limit: Most rows.
    """
    query = select(*WITHOUT_EVIDENCE).where(decisions.c.id > (after or 0))
    query = query.where(decisions.c.is_sandbox == is_sandbox)
    if run_id is not None:
        query = query.where(decisions.c.run_id == run_id)
    found = await session.execute(query.order_by(decisions.c.id).limit(limit))
    some = [stored(row) for row in found]
    return Batch([one.body for one in some], some[-1].id if len(some) == limit else None)


async def lead_batch(
    session: AsyncSession, after: After, *, is_sandbox: bool, run_id: UUID | None, limit: int
) -> Batch:
    """Leads as they were read from their files; arguments as those of ``decision_batch``."""
    key = (run_items.c.run_id, run_items.c.ordinal)
    query = (
        select(run_items, runs.c.source, runs.c.marketplace)
        .join(runs, runs.c.id == run_items.c.run_id)
        .where(runs.c.is_sandbox == is_sandbox)
    )
    if after is not None:
        query = query.where(tuple_(*key) > tuple_(*after))
    if run_id is not None:
        query = query.where(run_items.c.run_id == run_id)
    found = (await session.execute(query.order_by(*key).limit(limit))).all()
    rows: list[Row] = [
        {
            **(row.lead or {}),
            "run_id": row.run_id,
            "source": row.source,
            "row": row.ordinal,
            "marketplace": row.marketplace,
            "identifier": row.identifier,
            "asin": row.asin,
            "code": row.code,
            "state": row.state,
            "error": row.error_message,
        }
        for row in found
    ]
    return Batch(rows, (found[-1].run_id, found[-1].ordinal) if len(found) == limit else None)


async def product_batch(
    session: AsyncSession, after: After, *, is_sandbox: bool, run_id: UUID | None, limit: int
) -> Batch:
    """Stored products with their features, by title; products are of no run."""
    del run_id
    found = await page(
        session,
        ProductFilters(is_sandbox=is_sandbox),
        sort="title",
        descending=False,
        after=after,
        limit=limit,
    )
    rows: list[Row] = [
        {
            **asdict(one.features),
            "marketplace": one.marketplace,
            "asin": one.asin,
            "title": one.title,
            "fetched_at": one.fetched_at,
        }
        for one in found
    ]
    last = found[-1] if len(found) == limit else None
    return Batch(rows, None if last is None else (last.sort_value, last.id))
