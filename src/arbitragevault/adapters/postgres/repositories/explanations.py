"""Calls of the language model: what they used, what they cost, and the answers that were good."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from arbitragevault.adapters.postgres.tables import explanations

_BUDGET_LOCK: Final = 0x61765F6E
"""Advisory lock under which the day's tokens are counted and reserved, so that two processes cannot
both take the last of them."""


@dataclass(frozen=True, slots=True)
class Call:
    """A call as it begins.

    Args:
        digest: Of everything that the model is told.
        use: What for.
        model: Who is asked.
        version: Of the prompts.
        tokens: What it may use at worst.
    """

    digest: str
    use: str
    model: str
    version: str
    tokens: int


@dataclass(frozen=True, slots=True)
class Result:
    """How a call ended.

    Args:
        outcome: ``accepted``, ``objected`` or ``failed``.
        milliseconds: How long it took.
        input_tokens / output_tokens: What it used; None if its server did not tell, in which case
            the reservation counts.
        micro_dollars: What it cost; None where the price is not known.
        error_code: Why it failed.
        body: The accepted answer.
    """

    outcome: str
    milliseconds: int
    input_tokens: int | None = None
    output_tokens: int | None = None
    micro_dollars: int | None = None
    error_code: str | None = None
    body: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Spent:
    """What calls since some moment used.

    Args:
        calls: How many.
        tokens: Read and written; the reservation where a server did not tell.
        micro_dollars: What those with a known price cost.
        median_ms: Median time of those that ended; None if none did.
    """

    calls: int
    tokens: int
    micro_dollars: int
    median_ms: float | None


_TOKENS: Final = func.coalesce(
    explanations.c.input_tokens + explanations.c.output_tokens, explanations.c.tokens_reserved
)


async def spent_since(session: AsyncSession, since: datetime) -> Spent:
    """What the calls since a moment used."""
    query = select(
        func.count(),
        func.coalesce(func.sum(_TOKENS), 0),
        func.coalesce(func.sum(explanations.c.micro_dollars), 0),
        func.percentile_cont(0.5).within_group(explanations.c.milliseconds),
    ).where(explanations.c.at >= since)
    calls, tokens, micro_dollars, median = (await session.execute(query)).one()
    return Spent(calls, int(tokens), int(micro_dollars), median)


async def reserve(
    session: AsyncSession, call: Call, *, now: datetime, since: datetime, most: int
) -> int | None:
    """Reserve a call's tokens, and return its id; None if they do not fit the day's budget.

    Args:
        session: The transaction.
        call: The call.
        now: The present moment.
        since: When the budget's day began.
        most: Tokens of the day.
    """
    await session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _BUDGET_LOCK})
    spent = await spent_since(session, since)
    if spent.tokens + call.tokens > most:
        return None
    query = (
        explanations.insert()
        .values(
            digest=call.digest,
            use=call.use,
            model=call.model,
            version=call.version,
            outcome="open",
            tokens_reserved=call.tokens,
            at=now,
        )
        .returning(explanations.c.id)
    )
    return int((await session.execute(query)).scalar_one())


async def finish(session: AsyncSession, call_id: int, result: Result) -> None:
    """Note how a call ended."""
    await session.execute(
        explanations.update()
        .where(explanations.c.id == call_id)
        .values(
            outcome=result.outcome,
            milliseconds=result.milliseconds,
            input_tokens=result.input_tokens,
            output_tokens=result.output_tokens,
            micro_dollars=result.micro_dollars,
            error_code=result.error_code,
            body=None if result.body is None else dict(result.body),
        )
    )


async def accepted(session: AsyncSession, digest: str) -> dict[str, Any] | None:
    """The newest good answer to exactly the same question; None if there is none."""
    query = (
        select(explanations.c.body)
        .where(explanations.c.digest == digest, explanations.c.outcome == "accepted")
        .order_by(explanations.c.id.desc())
        .limit(1)
    )
    body: dict[str, Any] | None = await session.scalar(query)
    return body
