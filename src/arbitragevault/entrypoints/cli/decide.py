"""``arbitragevault decide``."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Annotated, Any, Final
from uuid import UUID

import typer

from arbitragevault.entrypoints.cli import output
from arbitragevault.entrypoints.cli.options import PolicyOption

if TYPE_CHECKING:
    from rich.console import Console

    from arbitragevault.application.redecide import Tally

SHOWN: Final = 25
"""Leads that the table shows: the best purchases by expected profit."""


def decide(
    *,
    policy: PolicyOption = "default",
    run: Annotated[
        UUID | None, typer.Option(help="Only this run's leads; otherwise all, as decided last.")
    ] = None,
    changed: Annotated[
        bool, typer.Option("--changed", help="Only leads whose verdict is another one.")
    ] = False,
    json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object per lead, then a summary.")
    ] = False,
) -> None:
    """Decide about every stored lead under another policy; fetches nothing, costs no tokens."""
    asyncio.run(_decide(policy, run, changed=changed, json=json))


async def _decide(policy: str, run: UUID | None, *, changed: bool, json: bool) -> None:
    from arbitragevault.application.redecide import Tally, best_of, redecide
    from arbitragevault.bootstrap import open_services

    tally, best = Tally(), list[dict[str, Any]]()
    async with open_services() as services:
        started = time.perf_counter()
        found = redecide(services, policy, tally, run_id=run)
        if json:
            async for some in found:
                output.print_json_lines(
                    row
                    for row in some.rows()
                    if not changed or row["verdict"] != row["verdict_before"]
                )
        else:
            best = await best_of(found, SHOWN, changed=changed)
        seconds = time.perf_counter() - started
        is_sandbox = services.is_sandbox
    if json:
        output.print_json({"summary": _summary(tally, policy, seconds, sandbox=is_sandbox)})
    else:
        _print(output.console(), best, tally, policy, seconds)


def _summary(tally: Tally, policy: str, seconds: float, *, sandbox: bool) -> dict[str, Any]:
    verdicts = ("buy", "review", "skip", "unknown")
    return {
        "leads": tally.leads,
        **{verdict: tally.now[verdict] for verdict in verdicts},
        "before": {verdict: tally.before[verdict] for verdict in verdicts},
        "changed": tally.moves.total(),
        "worked_out_anew": tally.anew,
        "failed": tally.failed,
        "policy": policy,
        "seconds": round(seconds, 3),
        "sandbox": sandbox,
    }


def _print(
    console: Console, rows: list[dict[str, Any]], tally: Tally, policy: str, seconds: float
) -> None:
    """The best leads as a table, then how verdicts changed."""
    from arbitragevault.entrypoints.cli.tables import fitted_table

    if rows:
        console.print(
            fitted_table(
                figures=["Verdict", "Before", "Max cost", "Profit", "Expected", "ASIN"],
                texts=["Product"],
                rows=[
                    (
                        [
                            output.verdict_text(row["verdict"]),
                            output.verdict_text(row["verdict_before"]),
                            output.amount(row["max_cost"], row["currency"]),
                            output.amount((row["profit"] or {}).get("p50"), row["currency"]),
                            output.amount(row["expected_profit"], row["currency"]),
                            row["asin"],
                        ],
                        [row["title"] or row["identifier"]],
                    )
                    for row in rows
                ],
                width=console.width,
            )
        )
    counts = ", ".join(
        f"{tally.now[verdict]:,} {verdict} (before: {tally.before[verdict]:,})"
        for verdict in ("buy", "review", "skip", "unknown")
    )
    console.print(f"{tally.leads:,} leads under policy {policy} in {seconds:.1f} s: {counts}.")
    for (before, now), count in tally.moves.most_common():
        console.print(f"{count:,} from {before} to {now}", style="dim")
    if tally.failed:
        console.print(f"{tally.failed:,} leads cannot be decided any more.", style="yellow")
