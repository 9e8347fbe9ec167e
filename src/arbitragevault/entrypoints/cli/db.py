"""``arbitragevault db``."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from arbitragevault.entrypoints.cli import branches, moving, output, upkeep

if TYPE_CHECKING:
    from arbitragevault.adapters.postgres.bench import BenchResult

app = typer.Typer(help="Look after the database.", no_args_is_help=True)
app.add_typer(branches.app, name="branch")
app.command("rehearse")(branches.rehearse)
app.command("backup")(moving.backup)
app.command("restore")(moving.restore)
app.command("move")(moving.move)
app.command("redecode")(upkeep.redecode)
app.command("tidy")(upkeep.tidy)

DEFAULT_CLIENTS = "20,100,300,500"


@app.command()
def migrate(
    allow_drops: Annotated[
        bool,
        typer.Option("--allow-drops", help="Let a migration drop columns, drop or empty tables."),
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Bring the database to the schema of this program; every start does it, too."""
    from arbitragevault.bootstrap import load_settings, migrate_database

    revision, had_work = asyncio.run(migrate_database(load_settings(), allow_drops=allow_drops))
    if json:
        output.print_json({"revision": revision, "migrated": had_work})
    else:
        words = "brought to" if had_work else "already at"
        output.console().print(f"The schema is {words} migration {revision}.")


@app.command()
def check(
    json: Annotated[bool, typer.Option("--json", help="Print one JSON array.")] = False,
) -> None:
    """Check schema, connections, encryption, prepared statements, timeouts and clock."""
    from arbitragevault.bootstrap import load_settings, run_database_check

    output.print_checks(asyncio.run(run_database_check(load_settings())), json=json)


@app.command()
def bench(  # noqa: PLR0917  # options, not positions
    clients: Annotated[
        str, typer.Option(metavar="N,N", help="Numbers of clients to measure.")
    ] = DEFAULT_CLIENTS,
    seconds: Annotated[float, typer.Option(min=1, help="How long each is measured.")] = 6.0,
    think: Annotated[
        float, typer.Option(min=0.01, help="Mean pause of a client, in seconds.")
    ] = 0.25,
    url: Annotated[
        str | None, typer.Option(metavar="URL", help="Another database than the configured one.")
    ] = None,
    pooler: Annotated[
        bool,
        typer.Option("--pooler", help="Put a PgBouncer of this machine before a local server."),
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON array.")] = False,
) -> None:
    """Measure how many clients the database carries, each with a session and time to think.

    Every known path is measured: through the pooler, and directly. A table to work on is made and
    removed again.
    """
    from arbitragevault.bootstrap import BenchOptions, load_settings, run_database_bench

    options = BenchOptions(_numbers(clients), seconds, think, url, with_pooler=pooler)
    results = asyncio.run(run_database_bench(load_settings(), options))
    if json:
        output.print_json(results)
    else:
        _print_results(results)


def _numbers(text: str) -> tuple[int, ...]:
    try:
        numbers = tuple(int(part) for part in text.split(","))
    except ValueError:
        numbers = ()
    if not numbers or min(numbers) < 1:
        raise typer.BadParameter(
            f"{text!r} is no list of numbers above 0, such as {DEFAULT_CLIENTS}.",
            param_hint="--clients",
        )
    return numbers


def _print_results(results: list[BenchResult]) -> None:
    from rich.table import Table

    table = Table(box=None, padding=(0, 2, 0, 0))
    for heading in ("path", "clients", "accepted", "refused", "errors", "server connections"):
        table.add_column(heading, justify="left" if heading == "path" else "right")
    for heading in ("tx/s", "offered", "p50 ms", "p95 ms", "p99 ms"):
        table.add_column(heading, justify="right")
    for one in results:
        counts = (one.clients, one.accepted, one.refused, one.errors, one.server_connections)
        rates = (one.transactions_per_second, one.offered_per_second)
        times = (
            output.MISSING if value is None else f"{value:,.1f}"
            for value in (one.p50_ms, one.p95_ms, one.p99_ms)
        )
        table.add_row(one.path, *map(output.number, (*counts, *rates)), *times)
    output.console().print(table)
