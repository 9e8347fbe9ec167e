"""``arbitragevault doctor``."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from arbitragevault.entrypoints.cli import output


def doctor(
    json: Annotated[bool, typer.Option("--json", help="Print one JSON array.")] = False,
) -> None:
    """Check everything that the program needs, and say how to mend what is wrong."""
    from arbitragevault.bootstrap import load_settings, run_doctor

    output.print_checks(asyncio.run(run_doctor(load_settings())), json=json)
