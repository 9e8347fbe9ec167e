"""``arbitragevault up``."""

from __future__ import annotations

import errno
import logging
import os
import socket
import sys
from contextlib import suppress
from types import FrameType
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from arbitragevault.entrypoints.cli import exits
from arbitragevault.entrypoints.cli.listening import base_url, must_be_loopback

if TYPE_CHECKING:
    from uvicorn import Server

APPLICATION: Final = "arbitragevault.entrypoints.api.app:create_app"
"""Named, not imported: entry points do not import each other."""

DEFAULT_PORT: Final = 8_765
PORTS_TO_TRY: Final = 20
BACKLOG: Final = 1_024
"""Clients that may connect at once; one that finds no room waits for a second."""
STOP_SECONDS: Final = 5
"""How long open requests may take to finish after Ctrl-C; event streams end at once."""


def up(
    host: Annotated[
        str | None, typer.Option(help="Address to listen on; only this machine's own.")
    ] = None,
    port: Annotated[
        int | None,
        typer.Option(
            min=0,
            max=65_535,
            help=f"Port to listen on; by default {DEFAULT_PORT} or the next free.",
        ),
    ] = None,
    no_browser: Annotated[
        bool, typer.Option("--no-browser", help="Do not open the page in a browser.")
    ] = False,
    verbose: Annotated[
        bool, typer.Option("--verbose", help="Log every request, as JSON on the error stream.")
    ] = False,
) -> None:
    """Run everything on this machine: database, worker, API and page. Ctrl-C stops it."""
    from arbitragevault.bootstrap import load_settings

    settings = load_settings()
    address = host or settings.host
    must_be_loopback(address)
    listener = _listen(address, settings.port if port is None else port)
    url = base_url(address, listener.getsockname()[1])
    _serve(listener, url, data_source=settings.data_source, browser=not no_browser, verbose=verbose)


def _serve(
    listener: socket.socket, url: str, *, data_source: str, browser: bool, verbose: bool
) -> None:
    """Serve until told to stop.

    Raises:
        ArbitrageVaultError: If the program could not be opened.
    """
    import uvicorn
    from uvicorn.importer import import_from_string

    typer.echo("Starting ArbitrageVault ...", err=True)
    if not verbose:
        # The application logs what goes wrong in a request; a start that fails is told below.
        logging.getLogger("uvicorn").setLevel(logging.CRITICAL)
    app: Any = import_from_string(APPLICATION)(log_level="info" if verbose else "warning")
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        lifespan="on",
        timeout_graceful_shutdown=STOP_SECONDS,
    )

    def on_ready() -> None:
        typer.echo(f"ArbitrageVault is at {url}")
        if data_source == "sandbox":
            typer.echo(
                "SANDBOX DATA: these are not real products. Set KEEPA_API_KEY for real ones."
            )
        typer.echo("Ctrl-C stops it.")
        if browser and _has_screen():
            _open_browser(url)

    server = _server(config, on_ready)
    try:
        with listener:
            server.run(sockets=[listener])
    except SystemExit:
        raise getattr(app.state, "startup_error", None) or typer.Exit(exits.FAILED) from None
    typer.echo("Stopped.", err=True)


def _server(config: Any, on_ready: Any) -> Server:  # noqa: ANN401  # uvicorn is imported late
    """A server that says when it is ready, and leaves quietly when it is told to stop."""
    import uvicorn

    from arbitragevault.bootstrap.settling import settle

    class AnnouncedServer(uvicorn.Server):
        """Says when it is ready, and takes a stop that was asked for as a success.

        Uvicorn raises the signal again once it has stopped, which would end the process before the
        embedded database has been given back.
        """

        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            settle()
            on_ready()

        def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002
            self.force_exit = self.should_exit
            self.should_exit = True

    return AnnouncedServer(config)


def _listen(host: str, port: int | None) -> socket.socket:
    """A listening socket: on the port that was asked for, or on the first free one.

    Raises:
        typer.Exit: If the port that was asked for is taken, or none is free.
    """
    wanted = range(DEFAULT_PORT, DEFAULT_PORT + PORTS_TO_TRY) if port is None else (port,)
    for number in wanted:
        try:
            listener = _bind(host, number)
        except OSError as error:
            if error.errno not in {errno.EADDRINUSE, errno.EACCES}:
                raise
            continue
        if port is None and number != DEFAULT_PORT:
            typer.echo(
                f"Port {DEFAULT_PORT} is taken (is ArbitrageVault already running at "
                f"{base_url(host, DEFAULT_PORT)} ?); using port {number}.",
                err=True,
            )
        return listener
    if port is None:
        words = f"The ports {wanted[0]} to {wanted[-1]} are all taken"
    else:
        words = f"Port {port} is taken or not allowed"
    typer.echo(
        f"{words}. Is ArbitrageVault already running at {base_url(host, wanted[0])} ? "
        "Stop it, or choose another port with --port.",
        err=True,
    )
    raise typer.Exit(exits.FAILED)


def _bind(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        if os.name == "posix":
            # A port of a server that has just stopped may be used again at once.
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(BACKLOG)
    except OSError:
        listener.close()
        raise
    return listener


def _has_screen() -> bool:
    """True where opening a browser can show something."""
    if sys.platform in {"darwin", "win32"}:
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _open_browser(url: str) -> None:
    """Open the page without waiting for it; a machine without a browser is no error."""
    import threading
    import webbrowser

    def attempt() -> None:
        with suppress(Exception):
            webbrowser.open(url)

    threading.Thread(target=attempt, daemon=True).start()
