"""``arbitragevault backtest``."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from arbitragevault.entrypoints.cli.output import console, notes, print_json

if TYPE_CHECKING:
    from arbitragevault.application.evidence import Source


def backtest(
    *,
    recordings: Annotated[
        Path | None,
        typer.Option(
            exists=True,
            file_okay=False,
            help="Replay the products in this folder: Keepa answers or product objects, any depth.",
        ),
    ] = None,
    stored: Annotated[bool, typer.Option("--stored", help="Replay every stored product.")] = False,
    sandbox: Annotated[
        bool, typer.Option("--sandbox", help="Replay products of the simulated marketplace.")
    ] = False,
    horizon: Annotated[
        int,
        typer.Option(
            min=7, max=365, help="Days of the window in which a unit sells; it begins on day 15."
        ),
    ] = 60,
    products: Annotated[
        int, typer.Option(min=1, max=1_000_000, help="Products of the sandbox to replay.")
    ] = 300,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the sandbox.")] = 1,
    workers: Annotated[
        int | None, typer.Option(min=1, help="Processes; one per core unless given.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
) -> None:
    """Replay decisions on history, week by week, and show how right they were."""
    if sum((recordings is not None, stored, sandbox)) != 1:
        raise typer.BadParameter("choose one of --recordings DIR, --stored and --sandbox.")
    if recordings is not None:
        told = _recorded(recordings, horizon, workers)
    elif sandbox:
        told = _simulated(seed, products, horizon, workers)
    else:
        told = asyncio.run(_stored(horizon, workers))
    if json:
        print_json(told)
        return
    from arbitragevault.entrypoints.cli.evidence_tables import print_report

    print_report(console(), told)


def _recorded(folder: Path, horizon: int, workers: int | None) -> dict[str, Any]:
    from arbitragevault.application.evidence import in_turn, one_by_one, read_recordings

    found = read_recordings(folder)
    for name, reason in found.bad.items():
        notes().print(f"{name}: {reason}")
    told = asyncio.run(_run(in_turn(one_by_one(found.markets)), horizon, "recordings", workers))
    return told | {"bad_files": dict(found.bad)}


def _simulated(seed: int, products: int, horizon: int, workers: int | None) -> dict[str, Any]:
    from arbitragevault.application.evidence import in_turn, trial_report
    from arbitragevault.bootstrap import sandbox_sources, sandbox_trial_sources

    sources = in_turn(sandbox_sources(seed, products))
    told = asyncio.run(_run(sources, horizon, "sandbox", workers))
    with notes().status("Putting units on the shelf …") as status:
        tried = trial_report(
            sandbox_trial_sources(seed, products),
            workers=workers,
            on_progress=lambda count: status.update(f"Trials: {count} done …"),
        )
        return told | asyncio.run(tried) | {"seed": seed}


async def _stored(horizon: int, workers: int | None) -> dict[str, Any]:
    from arbitragevault.application.evidence import stored_sources
    from arbitragevault.bootstrap import open_services

    async with open_services() as services:
        return await _run(stored_sources(services), horizon, "stored", workers)


async def _run(
    sources: AsyncIterator[Source], horizon: int, source: str, workers: int | None
) -> dict[str, Any]:
    from arbitragevault.application.evidence import backtest as replay
    from arbitragevault.application.evidence import policy_for

    with notes().status("Replaying …") as status:
        return await replay(
            sources,
            policy_for(horizon),
            source=source,
            workers=workers,
            on_progress=lambda count: status.update(f"Replaying: {count} products done …"),
        )
