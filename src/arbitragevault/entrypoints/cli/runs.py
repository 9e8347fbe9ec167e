"""``arbitragevault runs``."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated, Final
from uuid import UUID

import typer

from arbitragevault.entrypoints.cli import output
from arbitragevault.entrypoints.cli.follow import drive
from arbitragevault.entrypoints.cli.options import CsvOption, JsonOption, WaitOption, form_of

if TYPE_CHECKING:
    from rich.text import Text

    from arbitragevault.application.runs import RunView
    from arbitragevault.application.services import Services


WIDE: Final = 110
"""Terminal width from which the list has all its columns; the id alone takes 36."""


def runs(
    what: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[ID | resume ID | cancel ID]",
            help="A run to show, to take up where it stopped, or to stop; none lists the newest.",
            show_default=False,
        ),
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=200, help="How many to list.")] = 20,
    wait: WaitOption = True,
    json: JsonOption = False,
    csv: CsvOption = False,
) -> None:
    """List runs, show one, resume one, or cancel one."""
    form = form_of(json=json, csv=csv)
    match what or []:
        case []:
            _show(asyncio.run(_list(limit)), json=json)
        case ["resume", run_id]:
            wanted = _run_id(run_id)
            drive(lambda services: _resume(services, wanted), form, wait=wait)
        case ["cancel", run_id]:
            _show([asyncio.run(_cancel(_run_id(run_id)))], json=json)
        case [run_id]:
            _show([asyncio.run(_get(_run_id(run_id)))], json=json)
        case _:
            raise typer.BadParameter("give nothing, an ID, `resume ID` or `cancel ID`.")


def _run_id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise typer.BadParameter(
            f"{text!r} is not the id of a run; `arbitragevault runs` lists them."
        ) from None


async def _list(limit: int) -> list[RunView]:
    from arbitragevault.application.runs import list_runs
    from arbitragevault.bootstrap import open_services

    async with open_services() as services:
        return await list_runs(services, limit)


async def _get(run_id: UUID) -> RunView:
    from arbitragevault.application.runs import get_run
    from arbitragevault.bootstrap import open_services

    async with open_services() as services:
        return await get_run(services, run_id)


async def _cancel(run_id: UUID) -> RunView:
    from arbitragevault.application.runs import cancel_run
    from arbitragevault.bootstrap import open_services

    async with open_services() as services:
        return await cancel_run(services, run_id)


async def _resume(services: Services, run_id: UUID) -> RunView:
    """The run, queued again if it had stopped; one that was left under way is simply taken up."""
    from arbitragevault.application.runs import get_run, resume_run

    run = await get_run(services, run_id)
    return await resume_run(services, run_id) if run.state in {"failed", "cancelled"} else run


def _show(found: list[RunView], *, json: bool) -> None:
    if json:
        for run in found:
            output.print_json(run)
        return
    from arbitragevault.entrypoints.cli.tables import fitted_table

    console = output.console()
    is_wide = console.width >= WIDE
    table = fitted_table(
        figures=["Run", "State", "Done", *(["Buy", "Tokens", "Created"] if is_wide else [])],
        texts=["Source"],
        rows=[(_figures(run, is_wide=is_wide), [run.source]) for run in found],
        width=console.width,
    )
    console.print(table)
    for run in found:
        if run.error is not None:
            output.notes().print(f"{run.id}: {output.plain(run.error.message)}", style="red")


def _figures(run: RunView, *, is_wide: bool) -> list[str | Text]:
    figures: list[str | Text] = [str(run.id), _state(run), f"{run.done}/{run.rows}"]
    if is_wide:
        created = output.local_time(run.created_at)
        figures += [str(run.counts.buy), _tokens(run), created]
    return figures


def _tokens(run: RunView) -> str:
    """What was spent, and what was expected before."""
    estimated = run.tokens.estimated
    return f"{run.tokens.spent}" if estimated is None else f"{run.tokens.spent} of {estimated}"


def _state(run: RunView) -> str:
    if run.waiting_until is not None and run.state == "waiting_tokens":
        return f"waits until {output.local_time(run.waiting_until)}"
    return str(run.state)
