"""``arbitragevault db backup``, ``db restore`` and ``db move``."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from arbitragevault.entrypoints.cli import output

if TYPE_CHECKING:
    from arbitragevault.adapters.postgres.transfer import Moved
    from arbitragevault.application.transfer import Contents

T = TypeVar("T")

ReplaceOption = Annotated[
    bool, typer.Option("--replace", help="Throw away what the target database holds.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def backup(
    file: Annotated[Path, typer.Argument(help="The file to write.", show_default=False)],
    *,
    json: JsonOption = False,
) -> None:
    """Write all data as of one moment into a file; the program may go on working meanwhile."""
    from arbitragevault.application.transfer import back_up
    from arbitragevault.bootstrap import SystemClock

    began = time.monotonic()
    written = _with_database(
        lambda url: back_up(url, file, SystemClock(), on_moved=_progress(json))
    )
    seconds = round(time.monotonic() - began, 3)
    if json:
        output.print_json(asdict(written) | {"file": str(file), "seconds": seconds})
    else:
        size = written.size / 1e6
        typer.echo(f"{written.rows:,} rows, {size:,.1f} MB, {seconds:.1f} s: {file}")


def restore(
    file: Annotated[Path, typer.Argument(help="A file of `db backup`.", show_default=False)],
    *,
    replace: ReplaceOption = False,
    json: JsonOption = False,
) -> None:
    """Fill the database from a backup, all or nothing, and compare every table with it."""
    from arbitragevault.application.transfer import restore as restore_from

    began = time.monotonic()
    found = _with_database(
        lambda url: restore_from(file, url, replace=replace, on_moved=_progress(json))
    )
    _print(found, began, json=json)


def move(
    *,
    to: Annotated[
        str | None, typer.Option(help="Address of the database that gets the data.")
    ] = None,
    source: Annotated[
        str | None, typer.Option("--from", help="Address of the database that has the data.")
    ] = None,
    replace: ReplaceOption = False,
    json: JsonOption = False,
) -> None:
    """Copy all data from the configured database to another one (--to), or back (--from).

    The source stays as it is; the digests of every table are compared before anything is kept.
    """
    from arbitragevault.application.transfer import move as move_all

    if (to is None) == (source is None):
        raise typer.BadParameter("say where the data go with --to, or come from with --from.")
    began = time.monotonic()
    found = _with_database(
        lambda url: move_all(source or url, to or url, replace=replace, on_moved=_progress(json))
    )
    _print(found, began, json=json)
    if to is not None and not json:
        typer.echo("Set DATABASE_URL to the new address to work with it.")


def _with_database(work: Callable[[str], Awaitable[T]]) -> T:
    """Do something with the configured database, by its direct address."""
    from arbitragevault.bootstrap import open_database

    async def run() -> T:
        async with open_database() as url:
            return await work(url)

    return asyncio.run(run())


def _progress(json: bool) -> Callable[[Moved], None]:
    """Tells of every table that has arrived, on the error stream."""

    def tell(moved: Moved) -> None:
        if not json:
            typer.echo(
                f"{moved.number:>3}/{moved.of}  {moved.table:<24}{moved.content.rows:>12,} rows",
                err=True,
            )

    return tell


def _print(found: Contents, began: float, *, json: bool) -> None:
    seconds = round(time.monotonic() - began, 3)
    rows = sum(table.rows for table in found.values())
    if json:
        tables = {name: asdict(content) for name, content in found.items()}
        output.print_json({"rows": rows, "seconds": seconds, "tables": tables})
    else:
        typer.echo(
            f"{rows:,} rows in {len(found)} tables arrived and were compared: {seconds:.1f} s."
        )
