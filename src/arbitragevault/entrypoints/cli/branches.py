"""``arbitragevault db branch`` and ``db rehearse``."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from arbitragevault.entrypoints.cli import exits, output

if TYPE_CHECKING:
    from arbitragevault.adapters.branch import Branch
    from arbitragevault.application.branches import RehearsedStep
    from arbitragevault.application.ports import Branches

T = TypeVar("T")

app = typer.Typer(help="Copies of the database that go their own way.", no_args_is_help=True)

NameArgument = Annotated[str, typer.Argument(help="Name of the branch.", show_default=False)]
ParentOption = Annotated[
    str | None, typer.Option("--parent", help="Branch to make it from; the main one unless given.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command("create")
def create(
    name: NameArgument,
    *,
    parent: ParentOption = None,
    expires: Annotated[
        str | None,
        typer.Option(help="When `db branch sweep` may delete it: 12h, 14d; never unless given."),
    ] = None,
    json: JsonOption = False,
) -> None:
    """Make a branch and print how to reach it."""
    lasts = None if expires is None else _duration(expires)

    async def work(branches: Branches) -> tuple[Branch, str, str]:
        from arbitragevault.bootstrap import SystemClock

        expires_at = None if lasts is None else SystemClock().now() + lasts
        made = await branches.create(name, parent=parent, expires_at=expires_at)
        address = await branches.address(made.name)
        return made, address.direct, address.pooled

    made, direct, pooled = _with_branches(work)
    if json:
        output.print_json(_row(made) | {"direct": direct, "pooled": pooled})
        return
    _print([made])
    typer.echo(f"DATABASE_URL={pooled}")
    if direct != pooled:
        typer.echo(f"DATABASE_URL_DIRECT={direct}")


@app.command("list")
def list_all(*, json: JsonOption = False) -> None:
    """List every branch, the main one first."""
    found = _with_branches(lambda branches: branches.all())
    if json:
        output.print_json([_row(one) for one in found])
    else:
        _print(found)


@app.command("delete")
def delete(name: NameArgument, *, json: JsonOption = False) -> None:
    """Delete a branch and everything that was changed on it."""
    _with_branches(lambda branches: branches.delete(name))
    _say(json, {"deleted": [name]}, f"Deleted {name}.")


@app.command("reset")
def reset(name: NameArgument, *, json: JsonOption = False) -> None:
    """Put a branch into its parent's present state."""
    made = _with_branches(lambda branches: branches.reset(name))
    _say(json, _row(made), f"{name} is as {made.parent} is now.")


@app.command("restore")
def restore(
    name: NameArgument,
    *,
    source: Annotated[
        str | None, typer.Option("--from", help="Branch whose state it gets; its own unless given.")
    ] = None,
    at: Annotated[
        datetime | None, typer.Option(help="Moment of the past, UTC (Neon only).")
    ] = None,
    keep_as: Annotated[
        str | None, typer.Option(help="Name under which its present state is kept.")
    ] = None,
    json: JsonOption = False,
) -> None:
    """Put a branch into the state of another one, or into its own at an earlier moment."""
    from datetime import UTC

    moment = None if at is None else at.replace(tzinfo=UTC)
    made = _with_branches(
        lambda branches: branches.restore(name, source=source, at=moment, keep_as=keep_as)
    )
    _say(json, _row(made), f"{name} is restored.")


@app.command("diff")
def diff(name: NameArgument, *, json: JsonOption = False) -> None:
    """Show how a branch's schema differs from its parent's."""
    found = _with_branches(lambda branches: branches.diff(name))
    _say(json, {"branch": name, "diff": found}, found or "The schemas are the same.")


@app.command("sweep")
def sweep(*, json: JsonOption = False) -> None:
    """Delete every branch that has expired."""

    async def work(branches: Branches) -> list[Branch]:
        from arbitragevault.application.branches import sweep as sweep_expired
        from arbitragevault.bootstrap import SystemClock

        return await sweep_expired(branches, SystemClock())

    gone = [one.name for one in _with_branches(work)]
    _say(json, {"deleted": gone}, f"Deleted {', '.join(gone)}." if gone else "None has expired.")


def rehearse(
    *,
    name: Annotated[
        str | None, typer.Option(help="Name of the branch; made from the time unless given.")
    ] = None,
    parent: ParentOption = None,
    keep: Annotated[bool, typer.Option("--keep", help="Leave the branch when done.")] = False,
    json: JsonOption = False,
) -> None:
    """Migrate a copy of the data: the time of every step, and what changes in the schema.

    Exit code 1 if the migrated schema differs from what this program expects.
    """
    from arbitragevault.application.branches import rehearse as rehearse_on

    def tell(step: RehearsedStep) -> None:
        if not json:
            typer.echo(f"{step.revision}  {step.seconds:8.2f} s  {step.title}")

    async def work(branches: Branches) -> Any:  # noqa: ANN401  # a Rehearsal, imported late
        from arbitragevault.bootstrap import SystemClock

        return await rehearse_on(
            branches, SystemClock(), name=name, parent=parent, keep=keep, on_step=tell
        )

    done = _with_branches(work)
    if json:
        output.print_json(asdict(done))
    else:
        typer.echo(f"branch {done.branch} of {done.parent}: {done.branching_seconds:.2f} s to make")
        if not done.steps:
            typer.echo(f"Nothing to migrate: the data have revision {done.before} already.")
        typer.echo(done.diff or "The schema does not change.")
        for difference in done.drift:
            typer.echo(f"not as the program expects: {difference}", err=True)
    if done.drift:
        raise typer.Exit(exits.FAILED)


def _with_branches(work: Callable[[Branches], Awaitable[T]]) -> T:
    """Do something with the branches of the configured database."""
    from arbitragevault.bootstrap import open_branches

    async def run() -> T:
        async with open_branches() as branches:
            return await work(branches)

    return asyncio.run(run())


def _duration(text: str) -> timedelta:
    found = re.fullmatch(r"([1-9]\d{0,3})([hd])", text)
    if found is None:
        raise typer.BadParameter(
            f"{text!r} is no time span; write hours or days such as 12h or 14d.",
            param_hint="--expires",
        )
    return timedelta(**{"hours" if found[2] == "h" else "days": int(found[1])})


def _row(branch: Branch) -> dict[str, Any]:
    return asdict(branch) | {"is_main": branch.is_main}


def _say(json: bool, value: object, text: str) -> None:
    if json:
        output.print_json(value)
    else:
        typer.echo(text)


def _print(branches: list[Branch]) -> None:
    from rich.table import Table

    table = Table("branch", "made from", "made", "expires", box=None, pad_edge=False)
    for one in branches:
        moments = (one.created_at, one.expires_at)
        shown = [output.MISSING if at is None else output.local_time(at) for at in moments]
        table.add_row(one.name, one.parent or output.MISSING, *shown)
    output.console().print(table)
