"""Policies by version, and the ledger of tokens."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from uuid import UUID

from arbitragevault.adapters.postgres.engine import Database
from arbitragevault.adapters.postgres.repositories import policies, tokens

RunMaker = Callable[..., Awaitable[UUID]]


async def test_the_newest_version_of_a_policy_counts(database: Database, now: datetime) -> None:
    async with database.begin() as session:
        assert await policies.newest(session) == {}
        assert await policies.add(session, "default", {"min_roi": 0.3}, now) == 1
        assert await policies.add(session, "bold", {"min_roi": 0.1}, now) == 1
        assert await policies.add(session, "default", {"min_roi": 0.4}, now) == 2
        assert await policies.newest(session) == {
            "bold": {"min_roi": 0.1},
            "default": {"min_roi": 0.4},
        }


async def test_spending_is_summed_by_key_and_day(
    database: Database, a_run: RunMaker, now: datetime
) -> None:
    async with database.begin() as session:
        run_id = await a_run(session)

        async def spend(key: str, consumed: int | None, at: datetime) -> None:
            await tokens.record_spend(
                session,
                key_digest=key,
                run_id=run_id,
                purpose="scan",
                reserved=10,
                consumed=consumed,
                balance_after=90,
                at=at,
            )

        assert await tokens.spent_by_purpose(session, "a", now) == {}
        await spend("a", 4, now - timedelta(days=1))
        await spend("a", 3, now)
        await spend("a", None, now)
        await spend("b", 50, now)
        assert await tokens.spent_by_purpose(session, "a", now) == {"scan": 13}
        assert await tokens.spent_by_run(session, run_id) == 67
