"""The ledger of Keepa tokens."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import func, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from arbitragevault.adapters.postgres.tables import token_ledger


async def record_spend(
    session: AsyncSession,
    *,
    key_digest: str,
    run_id: UUID | None,
    purpose: str,
    reserved: int,
    consumed: int | None,
    balance_after: int | None,
    at: datetime,
) -> None:
    """Write down what one request cost.

    Args:
        session: The transaction.
        key_digest: Digest of the Keepa key; the key itself is never stored.
        run_id: The run that paid.
        purpose: What for.
        reserved: Worst case that was set aside before.
        consumed: What Keepa charged; None if its answer did not say.
        balance_after: What Keepa said was left.
        at: When.
    """
    await session.execute(
        insert(token_ledger).values(
            key_digest=key_digest,
            run_id=run_id,
            purpose=purpose,
            reserved=reserved,
            consumed=consumed,
            balance_after=balance_after,
            at=at,
        )
    )


async def spent_since(session: AsyncSession, key_digest: str, since: datetime) -> int:
    """Tokens spent with a key since a moment; a cost that Keepa did not say counts in full."""
    cost = func.coalesce(token_ledger.c.consumed, token_ledger.c.reserved)
    query = select(func.coalesce(func.sum(cost), 0)).where(
        token_ledger.c.key_digest == key_digest, token_ledger.c.at >= since
    )
    return int(await session.scalar(query) or 0)
