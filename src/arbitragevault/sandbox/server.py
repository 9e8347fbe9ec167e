"""The sandbox's public face: make a source, make the application, serve it.

The application speaks Keepa's HTTP dialect. It is an ASGI application, so it can be mounted
in-process as a transport, or served on a port of its own.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import uvicorn
from starlette.applications import Starlette
from starlette.routing import Route

from arbitragevault.adapters.keepa import schema
from arbitragevault.domain.errors import ConfigurationError
from arbitragevault.sandbox.bucket import Clock
from arbitragevault.sandbox.faults import Faults
from arbitragevault.sandbox.marketplace import DEFAULT_PRODUCTS, DEFAULT_SEED, Marketplace
from arbitragevault.sandbox.recordings import RecordedSource
from arbitragevault.sandbox.service import METHODS, RequestLog, Service
from arbitragevault.sandbox.simulated import SimulatedSource
from arbitragevault.sandbox.source import Source

DEFAULT_REFILL: Final = 1_200
"""Tokens per minute of the built-in sandbox: generous, so that a first scan never waits."""


def simulated(*, seed: int = DEFAULT_SEED, size: int = DEFAULT_PRODUCTS) -> SimulatedSource:
    """A simulated marketplace as a source.

    Args:
        seed: Decides everything in it.
        size: Its number of products.
    """
    return SimulatedSource(Marketplace(seed, size))


def replayed(folder: Path) -> RecordedSource:
    """Recorded answers as a source.

    Args:
        folder: Where they lie, at any depth.

    Raises:
        ConfigurationError: If there is no such folder, or no complete product object in it.
    """
    return RecordedSource(folder)


def create_sandbox(
    source: Source,
    *,
    refill_per_minute: int = DEFAULT_REFILL,
    tokens: int | None = None,
    clock: Clock = time.time,
    faults: Faults | str | None = None,
    request_log: RequestLog | None = None,
    shows_log: bool = False,
) -> Starlette:
    """A Keepa-compatible ASGI application.

    Args:
        source: What it serves.
        refill_per_minute: The plan of every key; the bucket holds 60 times as many.
        tokens: Balance of a new key; None fills the bucket.
        clock: Unix time in seconds; simulated products are as of this time.
        faults: Trouble to cause, also as a specification like ``"500:0.05,slow:0.1"``.
        request_log: Where requests are noted.
        shows_log: Serve the log at ``/_sandbox/log`` (not part of Keepa).

    Raises:
        ConfigurationError: If the faults cannot be understood.
    """
    service = Service(
        source=source,
        refill_per_minute=refill_per_minute,
        tokens=tokens,
        clock=clock,
        faults=Faults(faults) if isinstance(faults, str) else faults,
        log=RequestLog() if request_log is None else request_log,
    )
    routes = [
        Route(f"/{path}{slash}", endpoint)
        for path, endpoint in (
            (schema.PRODUCT.path, service.product),
            (schema.TOKEN.path, service.token),
        )
        for slash in ("", "/")
    ]
    if shows_log:
        routes.append(Route("/_sandbox/log", service.show_log))
    routes.append(Route("/{path:path}", service.not_found, methods=METHODS))
    return Starlette(routes=routes)


async def run_sandbox(
    app: Starlette, *, host: str, port: int, on_ready: Callable[[str], None]
) -> None:
    """Serve a sandbox until it is interrupted.

    Args:
        app: The application.
        host: Address to listen on.
        port: Port; 0 takes a free one.
        on_ready: Told the address once it is bound; connections are accepted from then on.

    Raises:
        ConfigurationError: If the address cannot be bound.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host, port), family=family)
    except OSError as error:
        raise ConfigurationError(
            f"The sandbox cannot listen on {host}:{port} ({error.strerror}). "
            "Choose another port, or 0 for a free one."
        ) from error
    with listener:
        shown = f"[{host}]" if family == socket.AF_INET6 else host
        on_ready(f"http://{shown}:{listener.getsockname()[1]}")
        config = uvicorn.Config(app, log_level="warning", access_log=False, lifespan="off")
        await uvicorn.Server(config).serve(sockets=[listener])
