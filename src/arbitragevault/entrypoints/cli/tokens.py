"""``arbitragevault tokens``."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from arbitragevault.entrypoints.cli import output

if TYPE_CHECKING:
    from arbitragevault.application.overview import TokenStatus


def tokens(
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Show Keepa's token bucket: what is at hand, what comes, what was spent today and for what."""
    status, is_sandbox = asyncio.run(_status())
    if json:
        output.print_json(status)
        return
    from rich.table import Table

    from arbitragevault.adapters.keepa.bucket import ELSEWHERE

    table = Table.grid(padding=(0, 2))
    for name, value in (
        ("Tokens at hand", output.number(status.balance)),
        ("Refill per minute", output.number(status.refill_per_minute)),
        ("Capacity", output.number(status.capacity)),
        ("Reserved by requests under way", output.number(status.reserved)),
        ("Spent today (UTC)", output.number(status.spent_today)),
        *(
            (f"  for {purpose}" if purpose != ELSEWHERE else "  elsewhere", output.number(spent))
            for purpose, spent in status.by_purpose.items()
        ),
        ("Most per day", output.number(status.most_per_day)),
    ):
        table.add_row(name, value)
    console = output.console()
    console.print(table)
    if is_sandbox:
        output.notes().print("These are tokens of the sandbox, not of a Keepa subscription.")


async def _status() -> tuple[TokenStatus, bool]:
    from arbitragevault.application.overview import token_status
    from arbitragevault.bootstrap import open_services

    async with open_services() as services:
        return await token_status(services, ask=True), services.is_sandbox
