"""The pool of connections of one process, and how long the server waits for anything."""

from __future__ import annotations

from typing import Any, Final

import msgspec
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from arbitragevault.adapters.postgres.plain import to_json
from arbitragevault.adapters.postgres.urls import DatabaseAddress, parse_database_url

POOL_SIZE: Final = 5
POOL_OVERFLOW: Final = 5
SEATS: Final = POOL_SIZE + POOL_OVERFLOW - 2
"""Units of requests that work at once; two connections are left for the background."""

STATEMENT_SECONDS: Final = 30.0
"""Longest time that a statement of a request may take."""

LOCK_SECONDS: Final = 20.0
"""Longest wait for a lock; shorter than a statement may take, so that the cause is named."""

IDLE_SECONDS: Final = 120.0
"""How long a transaction may do nothing before the server ends it and lets go of its locks."""

POOL_TIMEOUT_SECONDS: Final = 10
_RECYCLE_SECONDS: Final = 240  # Neon suspends an idle compute after 300 s; be gone before
_CONNECT_SECONDS: Final = 10


def create_engine(
    address: str | DatabaseAddress,
    *,
    application_name: str = "arbitragevault",
    prepared_statements: bool | None = None,
    statement_seconds: float = STATEMENT_SECONDS,
) -> AsyncEngine:
    """An engine with one pool of 5 connections, 10 at most.

    Args:
        address: Any PostgreSQL address; see ``parse_database_url``.
        application_name: How the server lists our connections.
        prepared_statements: Whether statements are prepared once and used again; None decides by
            the address: on, except behind a transaction pooler.
        statement_seconds: Longest time that one statement may take.

    Raises:
        ConfigurationError: If the address cannot be used.
    """
    if isinstance(address, str):
        address = parse_database_url(address)
    settings = {"application_name": application_name}
    if not address.is_pooled:
        # A transaction pooler refuses a connection that sets more than its application name;
        # there these are defaults of the role (role_defaults.py).
        settings |= {"jit": "off"} | server_timeouts(statement_seconds)
    connect: dict[str, Any] = {
        "ssl": address.tls,
        "timeout": _CONNECT_SECONDS,
        "command_timeout": statement_seconds,
        "server_settings": settings,
    }
    prepared = not address.is_pooled if prepared_statements is None else prepared_statements
    if not prepared:
        connect |= {
            "statement_cache_size": 0,
            "prepared_statement_cache_size": 0,
            # Without a name nothing stays behind on a server connection that others get next.
            "prepared_statement_name_func": str,
        }
    return create_async_engine(
        address.url,
        pool_size=POOL_SIZE,
        max_overflow=POOL_OVERFLOW,
        pool_timeout=POOL_TIMEOUT_SECONDS,
        pool_recycle=_RECYCLE_SECONDS,
        pool_use_lifo=True,
        connect_args=connect,
        json_serializer=to_json,
        json_deserializer=msgspec.json.decode,
    )


def server_timeouts(statement_seconds: float = STATEMENT_SECONDS) -> dict[str, str]:
    """The server's own limits, by the name of the setting.

    They come after ours, so that a statement is cancelled by whoever can say why; only the server's
    hold when our process is gone.

    Args:
        statement_seconds: Longest time that one statement may take.
    """
    limits = {
        "statement_timeout": statement_seconds + 5,
        "lock_timeout": min(LOCK_SECONDS, statement_seconds),
        "idle_in_transaction_session_timeout": max(IDLE_SECONDS, statement_seconds),
    }
    return {name: f"{seconds * 1000:.0f}ms" for name, seconds in limits.items()}
