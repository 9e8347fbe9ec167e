"""Drive a run in this process and print its rows as they are decided."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

import typer

from arbitragevault.entrypoints.cli import exits, output
from arbitragevault.entrypoints.cli.options import Form
from arbitragevault.entrypoints.cli.sinks import Sink, make_sink

if TYPE_CHECKING:
    from arbitragevault.application.runs import RunView
    from arbitragevault.application.services import Services

LOOK_SECONDS: Final = 0.15
"""How often finished rows are looked for: quick enough to look live."""

ROWS_AT_ONCE: Final = 500

StartRun = Callable[["Services"], Awaitable["RunView"]]


class _Started:
    """What is known of the run when the user presses Ctrl-C."""

    run: RunView | None = None


def drive(start: StartRun, form: Form, *, wait: bool) -> None:
    """Start a run, work on it until it ends, print its rows, and leave with the right exit code.

    Args:
        start: Creates or finds the run.
        form: How to print.
        wait: Wait when the tokens run out; otherwise leave, and the run can be resumed.

    Raises:
        typer.Exit: With 1 if the run failed, 4 if it waits for tokens, 130 on Ctrl-C.
    """
    started = _Started()
    sink = make_sink(form)
    try:
        run = asyncio.run(_drive(start, sink, started, wait=wait))
    except KeyboardInterrupt:
        sink.close()
        typer.echo(_stopped(started.run), err=True)
        raise typer.Exit(exits.INTERRUPTED) from None
    finally:
        sink.close()
    _leave(run)


async def _drive(start: StartRun, sink: Sink, started: _Started, *, wait: bool) -> RunView:
    from arbitragevault.bootstrap import open_services

    _silence_logs()
    began = time.monotonic()
    async with open_services() as services:
        started.run = await start(services)
        sink.begin(started.run, sandbox=services.is_sandbox)
        run = await _work_and_print(services, started, sink, wait=wait)
        sink.end(run, seconds=time.monotonic() - began)
    return run


async def _work_and_print(
    services: Services, started: _Started, sink: Sink, *, wait: bool
) -> RunView:
    """Work in the background, print what is decided, until the run ends or may not wait."""
    from arbitragevault.application.decisions import run_rows
    from arbitragevault.application.runs import get_run
    from arbitragevault.application.worker import RunWorker

    assert started.run is not None  # noqa: S101  # narrows; the caller has just set it
    run_id, printed = started.run.id, 0
    worker = asyncio.ensure_future(RunWorker(services).process(run_id))
    try:
        while True:
            # The run is read first: rows of a run that has ended are then complete.
            run = started.run = await get_run(services, run_id)
            rows = await run_rows(services, run_id, printed, ROWS_AT_ONCE)
            for row in rows:
                sink.row(row)
                printed = row["row"]
            sink.progress(run)
            if len(rows) == ROWS_AT_ONCE:
                continue
            if run.state.is_final or (run.state == "waiting_tokens" and not wait):
                return run
            if worker.done():
                worker.result()
            await asyncio.wait({worker}, timeout=LOOK_SECONDS)
    finally:
        worker.cancel()
        with suppress(asyncio.CancelledError):
            await worker


def _silence_logs() -> None:
    """What the worker would log is printed here as rows, or raised as the error that it is."""
    import logging

    import structlog

    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))


def _leave(run: RunView) -> None:
    """Leave with the exit code that the run's state stands for."""
    if run.state == "waiting_tokens":
        when = f" at {output.local_time(run.waiting_until)}" if run.waiting_until else ""
        typer.echo(
            f"Out of tokens: enough of them come{when}. {_resume_hint(run)}",
            err=True,
        )
        raise typer.Exit(exits.OUT_OF_TOKENS)
    if run.state == "failed":
        reason = run.error.message if run.error else "no reason was recorded"
        typer.echo(f"The run failed: {reason} {_resume_hint(run)}", err=True)
        raise typer.Exit(exits.FAILED)
    if run.state == "cancelled":
        typer.echo(f"The run was cancelled. {_resume_hint(run)}", err=True)
        raise typer.Exit(exits.FAILED)


def _stopped(run: RunView | None) -> str:
    if run is None:
        return "Stopped before a run was started; nothing was spent."
    return f"Stopped; nothing that was decided is lost. {_resume_hint(run)}"


def _resume_hint(run: Any) -> str:  # noqa: ANN401  # a RunView, whose module is not imported here
    return f"Go on with: arbitragevault runs resume {run.id}"
