"""The sandbox, served alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class SandboxOptions:
    """How a sandbox that stands alone is served.

    Args:
        host: Address to listen on.
        port: Port; 0 takes a free one.
        recordings: Folder of recorded answers to replay instead of the simulated marketplace.
        seed: Seed of the simulated marketplace.
        products: Number of its products.
        refill: Tokens per minute.
        faults: Faults to inject, as the sandbox's fault specification.
        workers: Processes that make its products; None takes one per core.
    """

    host: str = "127.0.0.1"
    port: int = 0
    recordings: Path | None = None
    seed: int = 1
    products: int = 5_000
    refill: int = 1_200
    faults: str | None = None
    workers: int | None = None


async def serve_sandbox(options: SandboxOptions, on_ready: Callable[[str], None]) -> None:
    """Serve a sandbox until interrupted.

    Args:
        options: What to serve and where.
        on_ready: Called with the address once it answers.
    """
    from arbitragevault.sandbox.crew import cores
    from arbitragevault.sandbox.server import create_sandbox, replayed, run_sandbox, simulated

    source = (
        replayed(options.recordings)
        if options.recordings
        else simulated(seed=options.seed, size=options.products, workers=options.workers or cores())
    )
    app = create_sandbox(
        source, refill_per_minute=options.refill, faults=options.faults, shows_log=True
    )
    await run_sandbox(app, host=options.host, port=options.port, on_ready=on_ready)
