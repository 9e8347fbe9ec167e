"""The newest decision of each lead, with what a refresh of its product is weighed by."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession

from arbitragevault.adapters.postgres.tables import decisions, products, run_items, runs


@dataclass(frozen=True, slots=True)
class DecidedLead:
    """A lead about a stored product, as it was decided last.

    Args:
        decision_id: Id of the decision.
        marketplace / asin: The product.
        fetched_at: When the product's data were asked for last.
        lead: The lead as JSON.
        policy_body: The policy that it was decided by.
    """

    decision_id: int
    marketplace: str
    asin: str
    fetched_at: datetime
    lead: dict[str, Any]
    policy_body: dict[str, Any]


async def newest_per_lead(
    session: AsyncSession, *, is_sandbox: bool, fetched_before: datetime, limit: int
) -> list[DecidedLead]:
    """The newest decision for each identifier of each stored product, newest first.

    Args:
        session: The transaction.
        is_sandbox: Those on the sandbox's data, or those on Keepa's.
        fetched_before: Only products whose data are older.
        limit: Most decisions.
    """
    newest = (
        select(decisions.c.id)
        .ext(distinct_on(decisions.c.product_id, decisions.c.identifier))
        .join(products, products.c.id == decisions.c.product_id)
        .where(decisions.c.is_sandbox == is_sandbox, products.c.fetched_at < fetched_before)
        .order_by(decisions.c.product_id, decisions.c.identifier, decisions.c.id.desc())
        .subquery()
    )
    query = (
        select(
            decisions.c.id,
            decisions.c.marketplace,
            products.c.asin,
            products.c.fetched_at,
            run_items.c.lead,
            runs.c.policy,
        )
        .join(newest, newest.c.id == decisions.c.id)
        .join(products, products.c.id == decisions.c.product_id)
        .join(runs, runs.c.id == decisions.c.run_id)
        .join(
            run_items,
            (run_items.c.run_id == decisions.c.run_id)
            & (run_items.c.ordinal == decisions.c.ordinal),
        )
        .where(run_items.c.lead.is_not(None))
        .order_by(decisions.c.id.desc())
        .limit(limit)
    )
    return [DecidedLead(*row) for row in await session.execute(query)]
