"""``arbitragevault mcp``."""

from __future__ import annotations

import asyncio
import logging
import socket
import sys
from importlib import import_module
from typing import Annotated, Any, Final

import typer

from arbitragevault.entrypoints.cli.listening import base_url, must_be_loopback

SERVING: Final = "arbitragevault.entrypoints.mcp.serving"
"""Named, not imported: entry points do not import each other."""

DEFAULT_PORT: Final = 8_766


def mcp(
    *,
    http: Annotated[
        bool, typer.Option("--http", help="Speak streamable HTTP instead of standard input.")
    ] = False,
    host: Annotated[
        str, typer.Option(help="Address to listen on; only this machine's own.")
    ] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(min=0, max=65_535, help="Port to listen on; 0 takes a free one.")
    ] = DEFAULT_PORT,
    budget: Annotated[
        int,
        typer.Option(
            min=0,
            help="Keepa tokens that each client may spend; with 0 nothing is decided anew.",
        ),
    ] = 0,
) -> None:
    """Serve AI agents by the Model Context Protocol: typed tools, dry runs, a token budget."""
    _log_to_stderr()
    serving: Any = import_module(SERVING)
    if not http:
        asyncio.run(serving.serve_stdio(budget))
        return
    must_be_loopback(host)
    try:
        listener = socket.create_server(
            (host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET
        )
    except OSError as error:
        raise typer.BadParameter(
            f"{host}:{port} cannot be listened on ({error.strerror}); choose another port, or 0.",
            param_hint="--port",
        ) from error
    url = base_url(host, listener.getsockname()[1]) + serving.PATH
    with listener:
        asyncio.run(serving.serve_http(listener, host, budget, lambda: typer.echo(url)))


def _log_to_stderr() -> None:
    """Standard output is the protocol's alone."""
    import structlog

    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
