"""A sandbox that stands alone: an address of its own, served until it is interrupted."""

from __future__ import annotations

import socket
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import uvicorn
from starlette.applications import Starlette

from arbitragevault.domain.errors import ConfigurationError
from arbitragevault.sandbox.faults import Faults
from arbitragevault.sandbox.marketplace import DEFAULT_PRODUCTS, DEFAULT_SEED, Marketplace
from arbitragevault.sandbox.recordings import RecordedSource
from arbitragevault.sandbox.server import DEFAULT_REFILL, RequestLog, create_sandbox
from arbitragevault.sandbox.simulated import SimulatedSource
from arbitragevault.sandbox.source import Source


@dataclass(frozen=True, slots=True)
class SandboxConfig:
    """How a sandbox is set up.

    Args:
        host: Address to listen on.
        port: Port; 0 takes a free one.
        recordings: Folder of recorded answers to replay; None simulates a marketplace.
        seed: The simulated marketplace's seed.
        products: Its number of products.
        refill_per_minute: Tokens per minute of every key.
        faults: Trouble to cause, like ``"500:0.05,slow:0.1"``; None causes none.
    """

    host: str = "127.0.0.1"
    port: int = 0
    recordings: Path | None = None
    seed: int = DEFAULT_SEED
    products: int = DEFAULT_PRODUCTS
    refill_per_minute: int = DEFAULT_REFILL
    faults: str | None = None


def source_of(config: SandboxConfig) -> Source:
    """The recordings, or the simulated marketplace.

    Raises:
        ConfigurationError: If the folder holds no recordings.
    """
    if config.recordings is not None:
        return RecordedSource(config.recordings)
    return SimulatedSource(Marketplace(config.seed, config.products))


def app_of(config: SandboxConfig, *, request_log: RequestLog | None = None) -> Starlette:
    """The sandbox as an ASGI application.

    Raises:
        ConfigurationError: If recordings or faults cannot be used.
    """
    return create_sandbox(
        source_of(config),
        refill_per_minute=config.refill_per_minute,
        faults=None if config.faults is None else Faults(config.faults, config.seed),
        request_log=request_log,
        shows_log=True,
    )


def run_sandbox(config: SandboxConfig, announce: Callable[[str], None]) -> None:
    """Serve a sandbox until it is interrupted.

    Args:
        config: How it is set up.
        announce: Told the address once it is bound and before the first request.

    Raises:
        ConfigurationError: If the address cannot be bound, or the set-up cannot be used.
    """
    app = app_of(config)
    try:
        listener = socket.create_server((config.host, config.port))
    except OSError as error:
        raise ConfigurationError(
            f"The sandbox cannot listen on {config.host}:{config.port}: {error}. "
            "Choose another port, or 0 for a free one."
        ) from error
    with listener:
        host, port = listener.getsockname()[:2]
        announce(f"http://{host}:{port}")
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning", access_log=False))
        server.run(sockets=[listener])
