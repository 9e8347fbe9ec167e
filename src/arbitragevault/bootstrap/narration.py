"""Who writes the explanations."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Final

from arbitragevault.application.narration_terms import NarrationTerms, Prices
from arbitragevault.domain.explanation.fields import declared
from arbitragevault.settings import Settings

OPENAI_URL: Final = "https://api.openai.com/v1"
"""OpenAI's own service; given explicitly, so that the SDK reads nothing from the environment."""


@asynccontextmanager
async def open_narration(settings: Settings) -> AsyncIterator[NarrationTerms]:
    """The language model, if a key or an address is set; without either the template writes.

    Raises:
        ConfigurationError: If OPENAI_FIELDS names a field that does not exist.
    """
    sent = declared(settings.openai_fields)
    key, base_url = settings.openai_api_key, settings.openai_base_url
    if key is None and base_url is None:
        yield NarrationTerms(sent=sent)
        return
    from arbitragevault.adapters.openai.narrator import ModelAccess, OpenAINarrator

    access = ModelAccess(
        model=settings.openai_model,
        api_key="none" if key is None else key.get_secret_value(),
        base_url=base_url or OPENAI_URL,
        protocol=settings.openai_protocol or ("chat" if base_url else "responses"),
        timeout_seconds=settings.openai_timeout,
    )
    async with OpenAINarrator(access) as narrator:
        yield NarrationTerms(
            narrator=narrator,
            sent=sent,
            tokens_per_day=settings.openai_tokens_per_day,
            prices=_prices(settings.openai_prices),
        )


def _prices(words: str | None) -> Prices | None:
    if words is None:
        return None
    read, written = (Decimal(part.strip()) for part in words.split(","))
    return Prices(read, written)
