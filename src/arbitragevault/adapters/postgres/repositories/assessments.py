"""Stored assessments: what decisions rest on, read a hundred thousand at a time."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from typing import Final, NamedTuple
from uuid import UUID

from sqlalchemy import case, null, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from arbitragevault.adapters.postgres.repositories.latest_decisions import newest_ids
from arbitragevault.adapters.postgres.tables import assessments, decisions, products, run_items

CHUNK: Final = 20_000
"""Assessments that are read at a time; keeps memory flat."""


class AssessedLead(NamedTuple):
    """A decided lead about a stored product.

    Attributes:
        decision_id: Id of the decision.
        ordinal: Its row in the run.
        identifier: As the user gave it.
        marketplace / asin / title: The product.
        verdict: What was decided.
        data: The assessment; None if there is none, or the product's data are newer.
    """

    decision_id: int
    ordinal: int
    identifier: str
    marketplace: str
    asin: str
    title: str | None
    verdict: str
    data: bytes | None


async def save(session: AsyncSession, data: Mapping[int, bytes], assessed_at: datetime) -> None:
    """Store the assessments behind decisions, in place of older ones.

    Args:
        session: The transaction.
        data: The assessments by the decision's id.
        assessed_at: Now.
    """
    if not data:
        return
    statement = insert(assessments)
    await session.execute(
        statement.on_conflict_do_update(
            constraint=assessments.primary_key,
            set_={name: statement.excluded[name] for name in ("assessed_at", "data")},
        ),
        [
            {"decision_id": decision_id, "assessed_at": assessed_at, "data": one}
            for decision_id, one in sorted(data.items())
        ],
    )


async def stream(
    session: AsyncSession, *, is_sandbox: bool, run_id: UUID | None = None
) -> AsyncIterator[Sequence[AssessedLead]]:
    """Decided leads about stored products with their assessments, in chunks.

    Args:
        session: The transaction.
        is_sandbox: Those on the sandbox's data, or those on Keepa's.
        run_id: Those of one run in input order; None for every lead as it was decided last.
    """
    is_fresh = products.c.fetched_at <= assessments.c.assessed_at
    query = (
        select(
            decisions.c.id,
            decisions.c.ordinal,
            decisions.c.identifier,
            decisions.c.marketplace,
            products.c.asin,
            decisions.c.title,
            decisions.c.verdict,
            case((is_fresh, assessments.c.data), else_=null()),
        )
        .join(products, products.c.id == decisions.c.product_id)
        .join(
            run_items,
            (run_items.c.run_id == decisions.c.run_id)
            & (run_items.c.ordinal == decisions.c.ordinal),
        )
        .join(assessments, assessments.c.decision_id == decisions.c.id, isouter=True)
        .where(run_items.c.error_code.is_(None))  # the row of a refused one may name a product
    )
    if run_id is None:
        newest = newest_ids(is_sandbox=is_sandbox).subquery()
        query = query.join(newest, newest.c.id == decisions.c.id)
    else:
        query = query.where(decisions.c.run_id == run_id).order_by(decisions.c.ordinal)
    found = await session.stream(query.execution_options(yield_per=CHUNK))
    async for rows in found.partitions():
        yield [AssessedLead(*row) for row in rows]
