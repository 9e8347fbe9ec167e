"""``arbitragevault backtest``."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from arbitragevault.entrypoints.cli.output import console, notes, plain, print_json

if TYPE_CHECKING:
    from arbitragevault.application.evidence import Source

Report = dict[str, Any]


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
    parquet: Annotated[
        Path | None,
        typer.Option(
            file_okay=False,
            help="Also write every replayed window to this new folder, as Parquet shards.",
        ),
    ] = None,
    save: Annotated[
        bool, typer.Option("--save/--no-save", help="Keep the report for `evidence` and the page.")
    ] = True,
    json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
) -> None:
    """Replay decisions on history, week by week, and show how right they were."""
    if sum((recordings is not None, stored, sandbox)) != 1:
        raise typer.BadParameter("choose one of --recordings DIR, --stored and --sandbox.")
    replay = _Replay(horizon_days=horizon, workers=workers, shards=parquet)
    if recordings is not None:
        told = _recorded(replay, recordings)
    elif sandbox:
        told = _simulated(replay, seed, products)
    else:
        told = asyncio.run(_stored(replay))
    if json:
        print_json(told)
    if not told["windows"]:
        notes().print("Nothing was replayed: no product has a history that is long enough.")
        return
    if not json:
        from arbitragevault.entrypoints.cli.evidence_tables import print_report

        print_report(console(), told)
    if save:
        asyncio.run(_keep(told))


async def _keep(told: Report) -> None:
    """Keep the report; a replay that took an hour is not lost because there is no database."""
    from arbitragevault.application.evidence_reports import keep_report
    from arbitragevault.bootstrap import open_services
    from arbitragevault.domain.errors import ConfigurationError, DatabaseError

    try:
        async with open_services() as services:
            number = await keep_report(services, told)
    except (ConfigurationError, DatabaseError) as error:
        notes().print(f"The report is not kept: {plain(error)}")
    else:
        notes().print(f"Kept as evidence {number}; `arbitragevault evidence` shows it.")


@dataclass(frozen=True, slots=True)
class _Replay:
    """How to replay: days of the window, processes, and where windows are written."""

    horizon_days: int
    workers: int | None
    shards: Path | None

    async def run(self, sources: AsyncIterator[Source], source: str) -> Report:
        """Replay with progress on the error stream."""
        from arbitragevault.application.evidence import backtest as replay
        from arbitragevault.application.evidence import policy_for

        with notes().status("Replaying …") as status:
            return await replay(
                sources,
                policy_for(self.horizon_days),
                source=source,
                workers=self.workers,
                shards=self.shards,
                on_progress=lambda count: status.update(f"Replaying: {count} products done …"),
            )


def _recorded(replay: _Replay, folder: Path) -> Report:
    from arbitragevault.application.evidence import in_turn, one_by_one, read_recordings

    found = read_recordings(folder)
    for name, reason in found.bad.items():
        notes().print(f"{name}: {reason}")
    told = asyncio.run(replay.run(in_turn(one_by_one(found.markets)), "recordings"))
    return told | {"bad_files": dict(found.bad)}


def _simulated(replay: _Replay, seed: int, products: int) -> Report:
    from arbitragevault.application.evidence import in_turn, trial_report
    from arbitragevault.bootstrap import sandbox_sources, sandbox_trial_sources

    told = asyncio.run(replay.run(in_turn(sandbox_sources(seed, products)), "sandbox"))
    with notes().status("Putting units on the shelf …") as status:
        tried = trial_report(
            sandbox_trial_sources(seed, products),
            workers=replay.workers,
            on_progress=lambda count: status.update(f"Trials: {count} done …"),
        )
        return told | asyncio.run(tried) | {"seed": seed}


async def _stored(replay: _Replay) -> Report:
    from arbitragevault.application.evidence import stored_sources
    from arbitragevault.bootstrap import open_services

    async with open_services() as services:
        return await replay.run(stored_sources(services), "stored")
