"""The ``arbitragevault`` command."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from arbitragevault.entrypoints.cli import (
    allocate,
    backtest,
    db,
    decide,
    doctor,
    evidence,
    exits,
    explain,
    export,
    fees,
    finder,
    lookup,
    mcp,
    policy,
    runs,
    sandbox,
    scan,
    tokens,
    up,
)

if TYPE_CHECKING:
    from arbitragevault.domain.errors import ArbitrageVaultError

app = typer.Typer(
    name="arbitragevault",
    help="What to buy, and the most to pay for it.",
    epilog=(
        "Exit codes: 0 done, 1 failed, 2 usage, 3 needs configuration, 4 out of tokens, "
        "130 interrupted."
    ),
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("up")(up.up)
app.command("scan")(scan.scan)
app.command("lookup")(lookup.lookup)
app.command("finder")(finder.finder)
app.command("explain")(explain.explain)
app.command("shortlist")(explain.shortlist)
app.command("digest")(explain.digest)
app.command("compare")(explain.compare)
app.command("ask")(explain.ask)
app.command("fees")(fees.fees)
app.command("decide")(decide.decide)
app.command("allocate")(allocate.allocate)
app.command("policy")(policy.policy)
app.command("backtest")(backtest.backtest)
app.command("evidence")(evidence.evidence)
app.command("export")(export.export)
app.command("tokens")(tokens.tokens)
app.command("runs")(runs.runs)
app.command("mcp")(mcp.mcp)
app.command("sandbox")(sandbox.sandbox)
app.add_typer(db.app, name="db")
app.command("doctor")(doctor.doctor)


def _print_version(wanted: bool) -> None:
    if wanted:
        import arbitragevault

        typer.echo(f"arbitragevault {arbitragevault.__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version and exit."
        ),
    ] = False,
) -> None:
    """What to buy, and the most to pay for it."""


def run() -> None:
    """The console entry point."""
    sys.exit(main(sys.argv[1:]))


def main(arguments: Sequence[str]) -> int:
    """Run one command and answer its exit code; an error of ours is one line on the error stream.

    Args:
        arguments: What stands behind the program's name.
    """
    from arbitragevault.domain.errors import ArbitrageVaultError

    try:
        app(args=list(arguments), prog_name="arbitragevault")
    except SystemExit as leaving:
        return leaving.code if isinstance(leaving.code, int) else exits.DONE
    except ArbitrageVaultError as error:
        return _explain(error)
    except KeyboardInterrupt:
        typer.echo("Stopped.", err=True)
        return exits.INTERRUPTED
    return exits.DONE


def _explain(error: ArbitrageVaultError) -> int:
    """Say what went wrong in one line, and answer the exit code that fits."""
    typer.echo(f"arbitragevault: {' '.join(error.message.split())}", err=True)
    return exits.exit_code(error.code, getattr(error, "status", None))
