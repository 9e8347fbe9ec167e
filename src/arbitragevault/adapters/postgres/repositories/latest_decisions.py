"""Leads about stored products as they were decided last: each once, or those of one run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Select, func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession

from arbitragevault.adapters.postgres.repositories.arrays import as_table
from arbitragevault.adapters.postgres.tables import (
    decisions,
    product_codes,
    products,
    run_items,
    runs,
)
from arbitragevault.domain.decision.lead import Lead


@dataclass(frozen=True, slots=True)
class DecidedLead:
    """A lead about a stored product, as it was decided last.

    Args:
        decision_id: Id of the decision.
        marketplace / asin: The product.
        fetched_at: When the product's data were asked for last.
        lead: The lead as JSON.
        policy_body: The policy that it was decided by.
        ordinal: Its row in the run.
        matches: ASINs of every listing that its product code led to; empty for an ASIN.
    """

    decision_id: int
    marketplace: str
    asin: str
    fetched_at: datetime
    lead: dict[str, Any]
    policy_body: dict[str, Any]
    ordinal: int
    matches: list[str]

    def as_lead(self) -> Lead:
        """The lead, with the listings that its code led to if they are several."""
        lead = msgspec.convert(self.lead, Lead)
        return replace(lead, matches=tuple(self.matches)) if len(self.matches) > 1 else lead


def newest_ids(*, is_sandbox: bool, before: datetime | None = None) -> Select[tuple[int]]:
    """The ids of the newest decision for each identifier of each stored product.

    Args:
        is_sandbox: Those on the sandbox's data, or those on Keepa's.
        before: Only products whose data were fetched before.
    """
    newest = (
        select(decisions.c.id)
        .ext(distinct_on(decisions.c.product_id, decisions.c.identifier))
        .where(decisions.c.is_sandbox == is_sandbox, decisions.c.product_id.is_not(None))
        .order_by(decisions.c.product_id, decisions.c.identifier, decisions.c.id.desc())
    )
    if before is None:
        return newest
    return newest.join(products, products.c.id == decisions.c.product_id).where(
        products.c.fetched_at < before
    )


async def by_id(session: AsyncSession, ids: Sequence[int]) -> list[DecidedLead]:
    """The leads of some decisions, the newest first."""
    wanted = as_table("some", [decisions.c.id], [(one,) for one in ids])
    return await _leads(session, select(wanted.c.id), len(ids))


async def newest_per_lead(
    session: AsyncSession, *, is_sandbox: bool, limit: int, fetched_before: datetime | None = None
) -> list[DecidedLead]:
    """The newest decision for each identifier of each stored product, newest first.

    Args:
        session: The transaction.
        is_sandbox: Those on the sandbox's data, or those on Keepa's.
        limit: Most decisions.
        fetched_before: Only products whose data are older.
    """
    return await _leads(session, newest_ids(is_sandbox=is_sandbox, before=fetched_before), limit)


async def of_run(session: AsyncSession, run_id: UUID, limit: int) -> list[DecidedLead]:
    """The decided leads of one run, the newest first.

    Args:
        session: The transaction.
        run_id: The run.
        limit: Most decisions.
    """
    return await _leads(session, select(decisions.c.id).where(decisions.c.run_id == run_id), limit)


async def _leads(
    session: AsyncSession, chosen: Select[tuple[int]], limit: int
) -> list[DecidedLead]:
    """The leads behind decisions that are about a stored product."""
    wanted = chosen.subquery()
    query = (
        select(
            decisions.c.id,
            decisions.c.marketplace,
            products.c.asin,
            products.c.fetched_at,
            run_items.c.lead,
            runs.c.policy,
            decisions.c.ordinal,
            func.coalesce(product_codes.c.asins, []),
        )
        .join(wanted, wanted.c.id == decisions.c.id)
        .join(products, products.c.id == decisions.c.product_id)
        .join(runs, runs.c.id == decisions.c.run_id)
        .join(
            run_items,
            (run_items.c.run_id == decisions.c.run_id)
            & (run_items.c.ordinal == decisions.c.ordinal),
        )
        .join(
            product_codes,
            (product_codes.c.is_sandbox == decisions.c.is_sandbox)
            & (product_codes.c.marketplace == decisions.c.marketplace)
            & (product_codes.c.code == run_items.c.code),
            isouter=True,
        )
        .where(run_items.c.lead.is_not(None), run_items.c.error_code.is_(None))
        .order_by(decisions.c.id.desc())
        .limit(limit)
    )
    return [DecidedLead(*row) for row in await session.execute(query)]
