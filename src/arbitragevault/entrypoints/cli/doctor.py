"""``arbitragevault doctor``."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from arbitragevault.entrypoints.cli import exits, output


def doctor(
    json: Annotated[bool, typer.Option("--json", help="Print one JSON array.")] = False,
) -> None:
    """Check everything that the program needs, and say how to mend what is wrong."""
    from arbitragevault.bootstrap import load_settings, run_doctor

    checks = asyncio.run(run_doctor(load_settings()))
    if json:
        output.print_json(checks)
    else:
        from rich.table import Table

        table = Table.grid(padding=(0, 2))
        for check in checks:
            table.add_row(output.status_text(check.status), check.check, check.detail)
            if check.mend:
                table.add_row("", "", f"-> {check.mend}")
        output.console().print(table)
    if any(check.status == "failed" for check in checks):
        raise typer.Exit(exits.FAILED)
