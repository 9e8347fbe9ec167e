"""Paid answers as they came: packed, kept for a while, to be decoded again by a later program."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from arbitragevault.adapters.postgres.codec import seal, unseal
from arbitragevault.adapters.postgres.repositories.markets import Depth
from arbitragevault.adapters.postgres.tables import payloads


@dataclass(frozen=True, slots=True)
class Payload:
    """One answer of Keepa.

    Args:
        marketplace: Code of the marketplace that was asked about.
        request: What was asked for, without the key.
        fetched_at: When it was asked.
        depth: How much was asked for.
        tokens: What it cost.
        raw: The JSON text as it came.
    """

    marketplace: str
    request: Mapping[str, Any]
    fetched_at: datetime
    depth: Depth
    tokens: int
    raw: bytes


def packed(raw: bytes) -> bytes:
    """An answer as it is stored: 3.5 times smaller on the recordings, and sure to notice damage."""
    return seal(raw).data


async def add(
    session: AsyncSession, payload: Payload, data: bytes, *, is_sandbox: bool = False
) -> None:
    """Store an answer.

    Args:
        session: The transaction.
        payload: The answer.
        data: ``packed(payload.raw)``, which takes too long to be made within a transaction.
        is_sandbox: It is the sandbox's, not Keepa's.
    """
    await session.execute(
        payloads.insert().values(
            is_sandbox=is_sandbox,
            marketplace=payload.marketplace,
            request=dict(payload.request),
            fetched_at=payload.fetched_at,
            depth=payload.depth,
            tokens=payload.tokens,
            size_bytes=len(payload.raw),
            data=data,
        )
    )


async def after(
    session: AsyncSession, last_id: int, *, is_sandbox: bool
) -> tuple[int, Payload] | None:
    """The stored answer that follows another one, oldest first, and its id; None at the end.

    Args:
        session: The transaction.
        last_id: The id of the one before; 0 for the first.
        is_sandbox: The sandbox's, or Keepa's.

    Raises:
        HistoryCodecError: If its bytes were damaged.
    """
    query = (
        select(payloads)
        .where(payloads.c.id > last_id, payloads.c.is_sandbox == is_sandbox)
        .order_by(payloads.c.id)
        .limit(1)
    )
    row = (await session.execute(query)).one_or_none()
    if row is None:
        return None
    return row.id, Payload(
        row.marketplace, row.request, row.fetched_at, row.depth, row.tokens, unseal(row.data)
    )


async def forget_before(session: AsyncSession, moment: datetime) -> int:
    """Remove the answers that were asked for before a moment; how many there were."""
    gone = delete(payloads).where(payloads.c.fetched_at < moment).returning(payloads.c.id).cte()
    return await session.scalar(select(func.count()).select_from(gone)) or 0
