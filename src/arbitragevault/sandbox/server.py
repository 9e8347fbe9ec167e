"""The sandbox's public face: make a source, make the application, serve it.

The application speaks Keepa's HTTP dialect. It is an ASGI application, so it can be mounted
in-process as a transport, or served on a port of its own.
"""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Final

import uvicorn
from starlette.applications import Starlette
from starlette.routing import Route

from arbitragevault.adapters.keepa import schema
from arbitragevault.domain.errors import ConfigurationError
from arbitragevault.sandbox.bucket import Clock
from arbitragevault.sandbox.crew import Crew
from arbitragevault.sandbox.deals import Deals
from arbitragevault.sandbox.endpoint import Handler
from arbitragevault.sandbox.faults import Faults
from arbitragevault.sandbox.finder import Finder
from arbitragevault.sandbox.graph import GraphImages
from arbitragevault.sandbox.lightning import LightningDeals
from arbitragevault.sandbox.marketplace import DEFAULT_PRODUCTS, DEFAULT_SEED, Marketplace
from arbitragevault.sandbox.merchants import Merchants
from arbitragevault.sandbox.rankings import BestSellers
from arbitragevault.sandbox.recordings import RecordedSource
from arbitragevault.sandbox.service import METHODS, RequestLog, Service
from arbitragevault.sandbox.shelving import Categories, Search
from arbitragevault.sandbox.simulated import SimulatedSource
from arbitragevault.sandbox.source import Source
from arbitragevault.sandbox.trackings import RETRY_SECONDS, Trackings

if TYPE_CHECKING:
    import httpx2

DEFAULT_REFILL: Final = 1_200
"""Tokens per minute of the built-in sandbox: generous, so that a first scan never waits."""


def simulated(
    *, seed: int = DEFAULT_SEED, size: int = DEFAULT_PRODUCTS, workers: int = 1
) -> SimulatedSource:
    """A simulated marketplace as a source.

    Args:
        seed: Decides everything in it.
        size: Its number of products.
        workers: Processes that make its products; 1 makes them in this one, without another. They
            run while the source is served by ``run_sandbox``, or else from a first question until
            its ``crew`` is closed.
    """
    return SimulatedSource(
        Marketplace(seed, size), Crew(seed, size, workers) if workers > 1 else None
    )


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
    webhook_retry_seconds: float = RETRY_SECONDS,
    webhook_transport: httpx2.AsyncBaseTransport | None = None,
) -> Starlette:
    """A Keepa-compatible ASGI application.

    Args:
        source: What it serves.
        refill_per_minute: The plan of every key; the bucket holds 60 times as many.
        tokens: Balance of a new key; None fills the bucket.
        clock: Unix time in seconds; simulated products are as of this time.
        faults: Trouble to cause, also as a specification like ``"500:0.05,slow:0.1"``.
        request_log: Where requests are noted.
        shows_log: Serve the log at ``/_sandbox/log`` and the truth behind a product at
            ``/_sandbox/truth?asin=`` (not part of Keepa).
        webhook_retry_seconds: Pause before an unanswered notification is sent again.
        webhook_transport: How webhooks are called; None uses the network.

    Raises:
        ConfigurationError: If the faults cannot be understood.
    """
    trackings, handlers, crew = None, {}, None
    if isinstance(source, SimulatedSource):
        trackings = Trackings(
            source, retry_seconds=webhook_retry_seconds, transport=webhook_transport
        )
        handlers, crew = _handlers(source, trackings), source.crew
    service = Service(
        source=source,
        refill_per_minute=refill_per_minute,
        tokens=tokens,
        clock=clock,
        faults=Faults(faults) if isinstance(faults, str) else faults,
        log=RequestLog() if request_log is None else request_log,
        handlers=handlers,
        trackings=trackings,
    )
    routes = [
        Route(f"/{path}{slash}", endpoint, methods=methods)
        for path in (schema.PRODUCT.path, schema.TOKEN.path, *handlers)
        for slash in ("", "/")
        for endpoint, methods in (
            (service.answer, ["GET", "POST"] if path in _POSTED else ["GET"]),
            (service.not_allowed, METHODS),
        )
    ]
    if shows_log:
        routes += [
            Route("/_sandbox/log", service.show_log),
            Route("/_sandbox/truth", service.show_truth),
        ]
    routes.append(Route("/{path:path}", service.not_found, methods=METHODS))
    app = Starlette(routes=routes)
    app.state.watch = service.watch
    app.state.trackings = trackings
    app.state.crew = crew
    return app


_POSTED: Final = frozenset(
    {schema.FINDER.path, schema.DEALS.path, schema.SELLER_QUERY.path, schema.TRACKING.path}
)
"""Paths that take a JSON body."""


def _handlers(source: SimulatedSource, trackings: Trackings) -> dict[str, Handler]:
    """Every endpoint but ``/product`` and ``/token``, by path."""
    merchants, categories = Merchants(source), Categories(source)
    return {
        schema.FINDER.path: Finder(source.view),
        schema.DEALS.path: Deals(source.view),
        schema.BEST_SELLERS.path: BestSellers(source.view),
        schema.CATEGORY.path: categories,
        schema.SEARCH.path: Search(source, categories),
        schema.SELLER.path: merchants.seller,
        schema.SELLER_QUERY.path: merchants.find,
        schema.TOP_SELLERS.path: merchants.top,
        schema.LIGHTNING_DEALS.path: LightningDeals(source),
        schema.TRACKING.path: trackings,
        schema.GRAPH_IMAGE.path: GraphImages(source),
    }


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
        crew: Crew | None = app.state.crew
        watching = asyncio.create_task(app.state.watch())
        try:
            if crew is not None:
                crew.start()
            await _serve(_Server(config), listener)
        finally:
            if crew is not None:
                crew.close()
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)


class _Server(uvicorn.Server):
    """Takes a stop that was asked for as a success.

    Uvicorn raises the signal again once it has stopped, which would end the process before its
    crew has gone.
    """

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002
        self.force_exit = self.should_exit
        self.should_exit = True


async def _serve(server: uvicorn.Server, listener: socket.socket) -> None:
    """Serve until interrupted or cancelled; the listener is out of the event loop afterwards."""
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        await asyncio.shield(serving)
    except asyncio.CancelledError:
        # Left to itself, a cancelled server forgets its listener in the loop, and whoever gets the
        # same file descriptor next cannot be waited for.
        server.should_exit = True
        await serving
        raise
