"""Calls of the language model: within the day's budget, timed, and written down."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import Any

import orjson

from arbitragevault.adapters.postgres.repositories import explanations as calls
from arbitragevault.application.ports import Narrator
from arbitragevault.application.services import Services
from arbitragevault.domain.errors import ArbitrageVaultError, NarratorBudgetError
from arbitragevault.domain.explanation.answers import Form, Usage, told
from arbitragevault.domain.explanation.narrative import Brief


@dataclass(slots=True)
class ModelCall:
    """A call under way; whoever makes it fills in how it went.

    Args:
        outcome: ``accepted``, ``objected`` or ``failed``.
        usage: What it used.
        body: The accepted answer.
        error_code: Why it failed.
    """

    outcome: str = "failed"
    usage: Usage | None = None
    body: Mapping[str, Any] | None = None
    error_code: str | None = None


def digest_of(narrator: Narrator, task: Brief | Form) -> str:
    """The digest of everything that decides about an answer.

    Args:
        narrator: Who is asked.
        task: What for.
    """
    whole = orjson.dumps(
        [narrator.model, narrator.version, told(task)], option=orjson.OPT_SORT_KEYS
    )
    return hashlib.sha256(whole).hexdigest()


async def known_answer(services: Services, digest: str) -> dict[str, Any] | None:
    """The answer that the same question got before."""
    return await services.database.read(calls.accepted, digest)


async def spent_today(services: Services) -> calls.Spent:
    """What the model used since midnight UTC."""
    return await services.database.read(calls.spent_since, _midnight(services))


@asynccontextmanager
async def model_call(
    services: Services, narrator: Narrator, task: Brief | Form, digest: str
) -> AsyncIterator[ModelCall]:
    """One call: its tokens are reserved before and settled after it, however it ends.

    Raises:
        NarratorBudgetError: If the day's tokens do not suffice.
    """
    terms, began = services.narration, services.clock.monotonic()
    planned = calls.Call(
        digest=digest,
        use=str(task.use),
        model=narrator.model or "template",
        version=narrator.version,
        tokens=narrator.most_tokens(task),
    )
    call_id = await services.database.write(
        calls.reserve,
        planned,
        now=services.clock.now(),
        since=_midnight(services),
        most=terms.tokens_per_day,
    )
    if call_id is None:
        raise NarratorBudgetError(
            f"The model may use {terms.tokens_per_day:,} tokens a day and this needs up to "
            f"{planned.tokens:,} more. It goes on at midnight UTC; OPENAI_TOKENS_PER_DAY sets "
            "the limit."
        )
    call = ModelCall()
    try:
        yield call
    except ArbitrageVaultError as error:
        call.outcome, call.error_code = "failed", error.code
        raise
    finally:
        result = _result(services, call, began)
        await services.database.write(calls.finish, call_id, result)


def _result(services: Services, call: ModelCall, began: float) -> calls.Result:
    usage, prices = call.usage, services.narration.prices
    return calls.Result(
        outcome=call.outcome,
        milliseconds=round(1_000 * (services.clock.monotonic() - began)),
        input_tokens=None if usage is None else usage.input_tokens,
        output_tokens=None if usage is None else usage.output_tokens,
        micro_dollars=None if usage is None or prices is None else prices.micro_dollars(usage),
        error_code=call.error_code,
        body=call.body,
    )


def _midnight(services: Services) -> datetime:
    return datetime.combine(services.clock.now().astimezone(UTC).date(), time(), UTC)
