"""Is everything in order, and if not, how is it mended?"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Final

from arbitragevault.application.checks import Check
from arbitragevault.application.database_checks import check_database
from arbitragevault.application.overview import token_status
from arbitragevault.application.runs import list_runs
from arbitragevault.application.services import Services
from arbitragevault.domain.errors import ArbitrageVaultError, KeepaRejectedError, MarketDataError

LEAST_FREE_BYTES: Final = 1_000_000_000
"""Free disk below which PostgreSQL's own files may soon not fit (an empty cluster takes 40 MB, its
write-ahead log up to 1 GB by default)."""


def check_folder(folder: Path) -> Check:
    """Whether the data folder can be written and has room."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        return Check(
            "data folder",
            "failed",
            f"{folder} cannot be written: {error.strerror}.",
            "Choose another folder with ARBITRAGEVAULT_HOME, or change its owner.",
        )
    free = shutil.disk_usage(folder).free
    found = f"{folder}, {free / 1e9:.1f} GB free"
    if free < LEAST_FREE_BYTES:
        return Check(
            "data folder", "warning", found, "Free some space: the database may stop working."
        )
    return Check("data folder", "ok", found)


def check_page(folder: Path) -> Check:
    """Whether the page was built into the package."""
    if (folder / "index.html").is_file():
        return Check("page", "ok", "built")
    return Check(
        "page",
        "warning",
        "The page is not built into this installation; command line and API work.",
        "Install again with `uv sync --reinstall-package arbitragevault`.",
    )


async def check_services(services: Services) -> list[Check]:
    """Database, schema, market data, tokens and runs of a running program."""
    return [
        *await check_database(services.database, services.clock),
        await _market_data(services),
        await _runs(services),
    ]


def broken(check: str, error: ArbitrageVaultError) -> Check:
    """A check that ended in an error of ours; its message says what to do."""
    return Check(check, "failed", error.message, f"See docs/reference/errors.md#{error.code}.")


async def _market_data(services: Services) -> Check:
    source = "the sandbox marketplace" if services.is_sandbox else "Keepa"
    try:
        tokens = await token_status(services, ask=True)
    except KeepaRejectedError as error:
        return Check("market data", "failed", error.message, "Check KEEPA_API_KEY.")
    except MarketDataError as error:
        return Check(
            "market data", "failed", error.message, "Check the network and KEEPA_BASE_URL."
        )
    if tokens.balance is None:
        found = f"{source} answers without a token balance"
        return Check("market data", "warning", f"{found}.", "Check KEEPA_BASE_URL.")
    found = f"{source}: {tokens.balance} tokens, {tokens.refill_per_minute or 0:g} a minute"
    if services.is_sandbox:
        return Check("market data", "ok", found + ". Set KEEPA_API_KEY for real data.")
    if tokens.balance <= 0:
        return Check("market data", "warning", found, "Wait for the next refill.")
    return Check("market data", "ok", found)


async def _runs(services: Services) -> Check:
    unfinished = [run for run in await list_runs(services, limit=100) if not run.state.is_final]
    if not unfinished:
        return Check("runs", "ok", "none unfinished")
    return Check(
        "runs",
        "ok",
        f"{len(unfinished)} unfinished; they continue as soon as `arbitragevault up` runs.",
    )
