"""Opening the program for agents, and speaking to them over stdio or HTTP."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Callable

import uvicorn

from arbitragevault import __version__
from arbitragevault.bootstrap import open_services
from arbitragevault.entrypoints.mcp.budget import Budgets
from arbitragevault.entrypoints.mcp.server import create_server
from arbitragevault.entrypoints.mcp.tools import Tools

PATH = "/mcp"


async def serve_stdio(budget: int) -> None:
    """Speak over standard input and output until the client hangs up.

    Args:
        budget: Keepa tokens that each client may spend; 0 makes the server read-only.
    """
    async with open_services(worker=budget > 0) as services:
        server = create_server(Tools(services, Budgets(budget)), version=__version__)
        await server.run_stdio_async()


async def serve_http(
    listener: socket.socket, host: str, budget: int, on_ready: Callable[[], None]
) -> None:
    """Speak streamable HTTP until told to stop.

    Args:
        listener: The bound socket, on loopback.
        host: Its address, as clients name it.
        budget: Keepa tokens that each client may spend; 0 makes the server read-only.
        on_ready: Called once clients are answered.
    """
    async with open_services(worker=budget > 0) as services:
        server = create_server(Tools(services, Budgets(budget)), version=__version__)
        app = server.streamable_http_app(streamable_http_path=PATH, host=host)
        config = uvicorn.Config(app, log_level="warning", access_log=False, lifespan="on")
        running = uvicorn.Server(config)
        on_ready()
        with contextlib.suppress(KeyboardInterrupt):
            await running.serve(sockets=[listener])
