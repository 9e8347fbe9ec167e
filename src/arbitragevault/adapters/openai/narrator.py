"""The narrator that asks a language model."""

from __future__ import annotations

import math
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Final, Self
from urllib.parse import urlsplit

from openai import AsyncOpenAI

from arbitragevault.adapters.openai import wire
from arbitragevault.adapters.openai.transport import (
    MOST_OUTPUT_TOKENS,
    Protocol,
    Question,
    Tokens,
    ask,
)
from arbitragevault.domain.explanation.answers import Draft, Filled, Form, Usage, told
from arbitragevault.domain.explanation.check import Objection
from arbitragevault.domain.explanation.narrative import Brief, Narrative

RETRIES: Final = 2
"""Repeats of a request that failed or came too often, after the pause that the server asks for."""
_CHARACTERS_PER_TOKEN: Final = 2.5
"""Low for English and JSON (about 4), so that reservations err on the safe side."""
_OVERHEAD_TOKENS: Final = 600
"""The answer's schema and the protocol's own words."""


@dataclass(frozen=True, slots=True)
class ModelAccess:
    """Where the model is and what it is called.

    Args:
        model: Its name.
        api_key: The key; a local server may need none.
        base_url: Where it is served; None for OpenAI itself.
        protocol: ``responses`` or ``chat``.
        timeout_seconds: Longest wait for an answer to begin or go on.
    """

    model: str
    api_key: str
    base_url: str | None
    protocol: Protocol
    timeout_seconds: float

    def __repr__(self) -> str:
        """Without the key."""
        return f"ModelAccess({self.model!r}, {self.base_url!r}, {self.protocol!r})"


class OpenAINarrator:
    """Asks a model for texts and forms; an async context manager.

    Its texts are raw: whoever asks checks them against the facts.

    Args:
        access: Where the model is.
    """

    def __init__(self, access: ModelAccess) -> None:
        self._access = access
        self._client = AsyncOpenAI(
            api_key=access.api_key,
            base_url=access.base_url,
            timeout=access.timeout_seconds,
            max_retries=RETRIES,
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._client.close()

    @property
    def model(self) -> str:
        """The model's name."""
        return self._access.model

    @property
    def version(self) -> str:
        """Prompts and their versions, and where the model is served."""
        host = urlsplit(str(self._client.base_url)).netloc
        return f"{wire.NARRATE}+{wire.FILL}@{host}"

    def most_tokens(self, task: Brief | Form) -> int:
        """Tokens that one call may use at worst, what is read by a generous guess."""
        prompt = wire.prompt(wire.FILL if isinstance(task, Form) else wire.NARRATE)
        characters = len(prompt) + len(wire.data_message(told(task), ()))
        read = math.ceil(characters / _CHARACTERS_PER_TOKEN) + _OVERHEAD_TOKENS
        return read + MOST_OUTPUT_TOKENS

    async def narrate(
        self, brief: Brief, objections: Sequence[Objection] = ()
    ) -> AsyncIterator[Draft]:
        """The text as it grows; the last draft is whole and has the usage.

        Raises:
            NarratorError: If there is no usable answer.
        """
        tokens, content = Tokens(), ""
        question = Question(
            wire.prompt(wire.NARRATE),
            wire.data_message(told(brief), objections),
            wire.schema_of(wire.NarrativeAnswer),
        )
        async for piece in self._ask(question, tokens):
            content += piece
            growing = wire.partial_narrative(content) if "}" in piece else None
            if growing is not None:
                yield Draft(growing)
        # What was used counts even where the answer is good for nothing.
        yield Draft(wire.partial_narrative(content) or Narrative(()), usage=_usage(tokens))
        yield Draft(wire.narrative_of(content), is_complete=True, usage=_usage(tokens))

    async def fill(self, form: Form, objections: Sequence[Objection] = ()) -> Filled:
        """A form filled in from words.

        Raises:
            NarratorError: If there is no usable answer.
        """
        tokens = Tokens()
        question = Question(
            wire.prompt(wire.FILL),
            wire.data_message(told(form), objections),
            wire.schema_of(wire.FormAnswer),
        )
        content = "".join([piece async for piece in self._ask(question, tokens)])
        fields, left = wire.fields_of(content)
        return Filled(fields, left, _usage(tokens))

    def _ask(self, question: Question, tokens: Tokens) -> AsyncIterator[str]:
        return ask(self._client, self._access.model, self._access.protocol, question, tokens)


def _usage(tokens: Tokens) -> Usage | None:
    if tokens.read is None or tokens.written is None:
        return None
    return Usage(tokens.read, tokens.written)
