"""``arbitragevault sandbox``."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer


def sandbox(
    *,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(min=0, max=65_535, help="Port to listen on; 0 takes a free one.")
    ] = 0,
    recordings: Annotated[
        Path | None,
        typer.Option(
            exists=True,
            file_okay=False,
            help="Replay the recorded answers in this folder instead of simulating a marketplace.",
        ),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the simulated marketplace.")] = 1,
    products: Annotated[
        int, typer.Option(min=1, max=1_000_000, help="Products in the simulated marketplace.")
    ] = 5_000,
    refill: Annotated[
        int, typer.Option(min=1, max=100_000, help="Tokens that come in a minute.")
    ] = 1_200,
    faults: Annotated[
        str | None,
        typer.Option(
            help="Faults to inject with their shares (429, 500, 503, truncate, slow, drip, stale, "
            "skew), for example '500:0.1,429:0.02x5' (bursts of five)."
        ),
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option(min=1, max=64, help="Processes that make products, by default one per core."),
    ] = None,
) -> None:
    """Serve a Keepa-compatible sandbox; the first line printed is its address.

    Point KEEPA_BASE_URL at the address to work with its data.
    """
    from arbitragevault.bootstrap import SandboxOptions, serve_sandbox

    options = SandboxOptions(
        host=host,
        port=port,
        recordings=recordings,
        seed=seed,
        products=products,
        refill=refill,
        faults=faults,
        workers=workers,
    )
    asyncio.run(serve_sandbox(options, _print_address))


def _print_address(address: str) -> None:
    typer.echo(address)
