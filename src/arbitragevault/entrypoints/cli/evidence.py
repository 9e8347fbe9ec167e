"""``arbitragevault evidence``."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from arbitragevault.entrypoints.cli.output import console, local_time, print_json

if TYPE_CHECKING:
    from arbitragevault.adapters.postgres.repositories.evidence import KeptReport
    from arbitragevault.application.evidence_reports import EvidenceReport

NONE_YET = (
    "No evidence yet: nothing was replayed. Run `arbitragevault backtest --stored` on your own "
    "history, or `arbitragevault backtest --sandbox` on the simulated marketplace."
)


def evidence(
    number: Annotated[
        int | None,
        typer.Argument(
            metavar="[NUMBER]",
            min=1,
            max=2**63 - 1,
            help="Number of a report, as `backtest` told it; without it the newest of each source.",
        ),
    ] = None,
    *,
    listed: Annotated[
        bool, typer.Option("--list", help="Only tell which reports were kept, newest first.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="Print the reports as JSON.")] = False,
) -> None:
    """Show how right decisions were: the reports that `backtest` has kept."""
    if listed:
        if number is not None:
            raise typer.BadParameter("--list tells all reports; leave the number or --list out.")
        _list(asyncio.run(_kept()), as_json=json)
        return
    found = asyncio.run(_reports(number))
    if json:
        print_json({"items": found})
        return
    if not found:
        console().print(NONE_YET)
        return
    for one in found:
        _print(one)


async def _reports(number: int | None) -> list[EvidenceReport]:
    from arbitragevault.application.evidence_reports import get_report, newest_reports
    from arbitragevault.bootstrap import open_services

    async with open_services() as services:
        if number is None:
            return await newest_reports(services)
        return [await get_report(services, number)]


async def _kept() -> list[KeptReport]:
    from arbitragevault.application.evidence_reports import kept_reports
    from arbitragevault.bootstrap import open_services

    async with open_services() as services:
        return await kept_reports(services)


def _list(kept: list[KeptReport], *, as_json: bool) -> None:
    from rich.table import Table

    if as_json:
        print_json({"kept": kept})
        return
    if not kept:
        console().print(NONE_YET)
        return
    table = Table("evidence", "replayed", "source", "products", "windows", "model")
    for one in kept:
        table.add_row(
            str(one.id),
            local_time(one.created_at),
            one.source,
            f"{one.products:,}",
            f"{one.windows:,}",
            one.model_version,
        )
    console().print(table)


def _print(one: EvidenceReport) -> None:
    from arbitragevault.entrypoints.cli.evidence_tables import print_report

    shown = console()
    shown.rule(f"Evidence {one.id}: {one.source}, {local_time(one.created_at)}", align="left")
    if not one.is_current:
        shown.print(
            f"This speaks of model {one.report['model_version']}, but "
            f"{one.running_model_version} decides now: run `arbitragevault backtest` again.",
            style="yellow",
        )
    print_report(shown, dict(one.report))
