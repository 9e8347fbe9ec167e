"""Whom the program asks for market data."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final
from urllib.parse import urlsplit

import httpx2

from arbitragevault.adapters.keepa.client import KeepaClient
from arbitragevault.application.token_economy import TokenEconomy
from arbitragevault.domain.errors import ConfigurationError
from arbitragevault.settings import KEEPA_URL, Settings

SANDBOX_URL: Final = "http://sandbox"
"""Base URL of the sandbox when it is mounted inside the process; no name is ever resolved."""

SANDBOX_KEY: Final = "0" * 64
"""The sandbox accepts any key of Keepa's form."""


@asynccontextmanager
async def open_keepa(settings: Settings, economy: TokenEconomy) -> AsyncIterator[KeepaClient]:
    """The client of Keepa, of another server that speaks its language, or of our own sandbox."""
    key = keepa_key(settings)
    if settings.uses_builtin_sandbox:
        from arbitragevault.sandbox.server import create_sandbox, simulated

        source = simulated(seed=settings.sandbox_seed, size=settings.sandbox_products)
        transport = httpx2.ASGITransport(app=create_sandbox(source))
        client = KeepaClient(SANDBOX_URL, key, transport=transport, ledger=economy)
    else:
        client = KeepaClient(settings.keepa_base_url or KEEPA_URL, key, ledger=economy)
    async with client:
        yield client


def keepa_key(settings: Settings) -> str:
    """The configured key; the sandbox and a server of one's own on loopback need none."""
    if settings.uses_builtin_sandbox:
        return SANDBOX_KEY
    if settings.keepa_api_key is not None:
        return settings.keepa_api_key.get_secret_value()
    host = urlsplit(settings.keepa_base_url or "").hostname
    if host in {"127.0.0.1", "localhost", "::1"}:
        return SANDBOX_KEY
    raise ConfigurationError(
        f"KEEPA_BASE_URL is {settings.keepa_base_url}, but KEEPA_API_KEY is not set. Set the key, "
        "or unset both to use the built-in sandbox."
    )
