"""One streamed call of a model, over chat completions or responses: text, usage, errors of ours."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final, Literal, cast

import httpx2
import openai
from openai import AsyncOpenAI, AsyncStream
from openai.types.chat import ChatCompletionChunk
from openai.types.responses import ResponseStreamEvent, ResponseUsage

from arbitragevault.domain.errors import (
    NarratorAnswerError,
    NarratorRejectedError,
    NarratorUnavailableError,
)

Protocol = Literal["chat", "responses"]

MOST_OUTPUT_TOKENS: Final = 4_000
"""Tokens that an answer may have, reasoning included: the longest shortlist takes about 1,800."""


@dataclass(frozen=True, slots=True)
class Question:
    """One question.

    Args:
        instructions: The prompt.
        message: The data.
        schema: Name and strict JSON schema of the answer.
    """

    instructions: str
    message: str
    schema: dict[str, Any]


@dataclass(slots=True)
class Tokens:
    """What a call used, once its server has told."""

    read: int | None = None
    written: int | None = None


async def ask(
    client: AsyncOpenAI, model: str, protocol: Protocol, question: Question, tokens: Tokens
) -> AsyncIterator[str]:
    """The answer's text as it comes. No tools are offered, and none are accepted.

    Args:
        client: The SDK's client.
        model: Name of the model.
        protocol: Which of the two endpoints its server has.
        question: What is asked.
        tokens: Filled in with what the call used.

    Raises:
        NarratorRejectedError: If the key, the model or the request is refused.
        NarratorUnavailableError: If the server cannot be reached or has too many requests.
        NarratorAnswerError: If the answer is cut off, a refusal, or anything but a text.
    """
    ways = {"chat": _chat, "responses": _responses}
    with translated():
        async for piece in ways[protocol](client, model, question, tokens):
            yield piece


async def _chat(
    client: AsyncOpenAI, model: str, question: Question, tokens: Tokens
) -> AsyncIterator[str]:
    stream: AsyncStream[ChatCompletionChunk] = await client.chat.completions.create(
        model=model,
        messages=[
            {"role": "system", "content": question.instructions},
            {"role": "user", "content": question.message},
        ],
        response_format=cast("Any", {"type": "json_schema", "json_schema": question.schema}),
        max_completion_tokens=MOST_OUTPUT_TOKENS,
        stream=True,
        stream_options={"include_usage": True},
    )
    ended: str | None = None
    async with stream:
        async for chunk in stream:
            if chunk.usage is not None:
                tokens.read = chunk.usage.prompt_tokens
                tokens.written = chunk.usage.completion_tokens
            for choice in chunk.choices[:1]:
                if choice.delta.tool_calls:
                    raise _tool_call()
                if choice.delta.refusal:
                    raise _refusal()
                ended = choice.finish_reason or ended
                if choice.delta.content:
                    yield choice.delta.content
    if ended != "stop":
        raise _unfinished(ended)


async def _responses(
    client: AsyncOpenAI, model: str, question: Question, tokens: Tokens
) -> AsyncIterator[str]:
    stream: AsyncStream[ResponseStreamEvent] = await client.responses.create(
        model=model,
        instructions=question.instructions,
        input=question.message,
        text=cast("Any", {"format": {"type": "json_schema", **question.schema}}),
        max_output_tokens=MOST_OUTPUT_TOKENS,
        store=False,
        stream=True,
    )
    ended: str | None = None
    async with stream:
        async for event in stream:
            match event.type:
                case "response.output_text.delta":
                    yield event.delta
                case "response.refusal.delta" | "response.refusal.done":
                    raise _refusal()
                case "response.completed" | "response.incomplete" | "response.failed":
                    ended = event.type.removeprefix("response.")
                    _count(event.response.usage, tokens)
                case "response.output_item.added" if event.item.type not in _TEXT_ITEMS:
                    raise _tool_call()
                case _:
                    pass
    if ended != "completed":
        raise _unfinished(ended)


_TEXT_ITEMS: Final = frozenset({"message", "reasoning"})


def _count(usage: ResponseUsage | None, tokens: Tokens) -> None:
    if usage is not None:
        tokens.read, tokens.written = usage.input_tokens, usage.output_tokens


def _tool_call() -> NarratorAnswerError:
    return NarratorAnswerError("The model tried to call a tool; none is offered to it.")


def _refusal() -> NarratorAnswerError:
    return NarratorAnswerError("The model refused to answer.")


def _unfinished(ended: str | None) -> NarratorAnswerError:
    if ended in {"length", "incomplete"}:
        return NarratorAnswerError(
            f"The model's answer did not fit {MOST_OUTPUT_TOKENS:,} tokens and was cut off."
        )
    if ended in {"content_filter", "tool_calls", "function_call", "failed"}:
        return NarratorAnswerError(f"The model ended its answer with {ended!r}.")
    return NarratorAnswerError("The model's answer broke off before its end.")


@contextmanager
def translated() -> Iterator[None]:
    """The SDK's errors as ours.

    What a server says is left out of the messages: it may repeat the key or the data.

    Raises:
        NarratorError: For every error of the SDK or of the network.
    """
    try:
        yield
    except openai.APIStatusError as error:
        raise _refused(error.status_code) from None
    except openai.APITimeoutError:
        raise NarratorUnavailableError(
            "The model's server did not answer in time; try again, or raise OPENAI_TIMEOUT."
        ) from None
    except openai.APIConnectionError:
        raise NarratorUnavailableError(
            "The model's server cannot be reached or broke off. Check OPENAI_BASE_URL."
        ) from None
    except openai.APIError:
        raise NarratorAnswerError("The model's server ended its answer with an error.") from None
    except httpx2.HTTPError:
        raise NarratorAnswerError("The model's answer broke off before its end.") from None
    except (openai.OpenAIError, ValueError):
        raise NarratorAnswerError("The model's server answered something unreadable.") from None


def _refused(status: int) -> NarratorRejectedError | NarratorUnavailableError:
    """What an HTTP status of the model's server means."""
    if status == 429:
        return NarratorUnavailableError(
            "The model's server has too many requests or no quota left (HTTP 429); try again later."
        )
    if status >= 500 or status in {408, 409}:
        return NarratorUnavailableError(
            f"The model's server fails (HTTP {status}); try again later."
        )
    if status in {401, 403}:
        return NarratorRejectedError(
            f"The model's server refused the key (HTTP {status}). Check OPENAI_API_KEY."
        )
    if status == 404:
        return NarratorRejectedError(
            "The model's server knows no such model or address (HTTP 404). Check OPENAI_MODEL and "
            "OPENAI_BASE_URL."
        )
    return NarratorRejectedError(
        f"The model's server refused the request (HTTP {status}). Check OPENAI_MODEL: it has to "
        "know structured outputs."
    )
