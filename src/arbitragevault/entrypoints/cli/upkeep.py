"""``arbitragevault db redecode`` and ``db tidy``."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from arbitragevault.entrypoints.cli import output

if TYPE_CHECKING:
    from arbitragevault.application.services import Services

T = TypeVar("T")

JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


def redecode(*, json: JsonOption = False) -> None:
    """Decode the kept answers of Keepa again, after an update of the program; costs no tokens."""
    from arbitragevault.application.upkeep import redecode as decode_again

    began = time.monotonic()
    done = _with_services(decode_again)
    seconds = time.monotonic() - began
    if json:
        output.print_json(asdict(done) | {"seconds": round(seconds, 3)})
        return
    typer.echo(
        f"{done.answers:,} answers, {done.megabytes:,.1f} MB of JSON: {done.products:,} products "
        f"stored anew, {done.newer:,} left alone because something newer is stored, "
        f"{done.refused:,} refused; {done.products / max(seconds, 1e-3):,.0f} products a second."
    )


def tidy(
    payload_days: Annotated[
        int, typer.Option(min=0, help="Days for which paid answers are kept.")
    ] = 30,
    event_days: Annotated[
        int, typer.Option(min=0, help="Days for which the events of ended runs are kept.")
    ] = 90,
    *,
    json: JsonOption = False,
) -> None:
    """Forget old answers and events, and make features anew; every start of `up` does it, too."""
    from arbitragevault.application.upkeep import tidy as tidied

    done = _with_services(
        lambda services: tidied(services, payload_days=payload_days, event_days=event_days)
    )
    if json:
        output.print_json(asdict(done))
        return
    typer.echo(
        f"Forgotten: {done.payloads:,} answers, {done.events:,} events. "
        f"Features made anew: {done.features:,} products."
    )


def _with_services(work: Callable[[Services], Awaitable[T]]) -> T:
    """Work with the running program, which is opened for it."""
    from arbitragevault.bootstrap import load_settings, open_services

    async def opened() -> T:
        async with open_services(load_settings()) as services:
            return await work(services)

    return asyncio.run(opened())
