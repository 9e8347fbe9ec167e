"""Policies by name and version."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from arbitragevault.adapters.postgres.plain import plain
from arbitragevault.adapters.postgres.tables import policies


async def newest(session: AsyncSession) -> dict[str, dict[str, Any]]:
    """The newest version of every policy, by name."""
    last = select(policies.c.name, func.max(policies.c.version)).group_by(policies.c.name)
    query = select(policies.c.name, policies.c.body).where(
        tuple_(policies.c.name, policies.c.version).in_(last)
    )
    return {row.name: row.body for row in await session.execute(query)}


async def add(
    session: AsyncSession, name: str, body: Mapping[str, Any], created_at: datetime
) -> int:
    """Store a policy as the next version of its name, and return the version.

    Of two transactions that add the same version, the second one keeps the first one's.
    """
    known = await session.scalar(
        select(func.coalesce(func.max(policies.c.version), 0)).where(policies.c.name == plain(name))
    )
    version = (known or 0) + 1
    await session.execute(
        insert(policies)
        .values(name=plain(name), version=version, body=body, created_at=created_at)
        .on_conflict_do_nothing()
    )
    return version
