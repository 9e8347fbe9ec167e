"""The server's lifetime: what is opened before the first request and closed after the last."""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from types import FrameType
from typing import Annotated, Final

from fastapi import Depends, FastAPI, Request

from arbitragevault.application.services import Services
from arbitragevault.domain.errors import ArbitrageVaultError

_STOP_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)


def lifespan(app: FastAPI) -> AbstractAsyncContextManager[None]:
    """Open the program with its worker, start the first scan of a new installation, serve."""
    return _opened(app)


@asynccontextmanager
async def _opened(app: FastAPI) -> AsyncIterator[None]:
    from arbitragevault.bootstrap import first_start, open_services

    try:
        async with open_services(worker=True) as services:
            await first_start(services)
            async with serving(app, services):
                yield
    except ArbitrageVaultError as error:
        # The server only knows that the start failed; the command line tells the user why.
        app.state.startup_error = error
        raise


@asynccontextmanager
async def serving(app: FastAPI, services: Services) -> AsyncIterator[None]:
    """Serve from services that are already open; ends every open stream when it is left.

    Args:
        app: The application.
        services: The running program.
    """
    with _stop_event() as stopping:
        app.state.services = services
        app.state.stopping = stopping
        yield


@contextmanager
def _stop_event() -> Iterator[asyncio.Event]:
    """An event that is set as soon as the process is told to stop.

    A server waits for its open connections before it leaves the lifespan, and an event stream stays
    open for as long as its run lasts; so the streams have to hear of the signal itself. The
    server's own handler is called after ours.
    """
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    replaced: dict[signal.Signals, Callable[[int, FrameType | None], object]] = {}

    def on_signal(number: int, frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(stopping.set)
        replaced[signal.Signals(number)](number, frame)

    if threading.current_thread() is threading.main_thread():
        for number in _STOP_SIGNALS:
            before = signal.getsignal(number)
            if callable(before):
                replaced[number] = before
                signal.signal(number, on_signal)
    try:
        yield stopping
    finally:
        stopping.set()
        for number, before in replaced.items():
            if signal.getsignal(number) is on_signal:
                signal.signal(number, before)


# Dependencies are asynchronous, or each request would be carried to a thread and back for them.


async def _services(request: Request) -> Services:
    services: Services = request.app.state.services
    return services


async def _stopping(request: Request) -> asyncio.Event:
    stopping: asyncio.Event = request.app.state.stopping
    return stopping


ServicesDep = Annotated[Services, Depends(_services)]
"""The running program."""
StoppingDep = Annotated[asyncio.Event, Depends(_stopping)]
"""Set as soon as the process is told to stop."""
