"""Everything that the program needs, started and stopped together."""

from __future__ import annotations

import asyncio
import hashlib
import platform
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from importlib.resources import files
from pathlib import Path
from typing import Final

from arbitragevault.adapters.files.leadfile import open_lead_file
from arbitragevault.adapters.files.secret import installation_secret, key_for
from arbitragevault.adapters.keepa.ledger import key_digest
from arbitragevault.adapters.postgres.admission import without_queueing
from arbitragevault.adapters.postgres.opening import ready_database
from arbitragevault.application.checks import Check
from arbitragevault.application.cursors import Cursors
from arbitragevault.application.doctor import broken, check_folder, check_page, check_services
from arbitragevault.application.policies import ensure_default_policy
from arbitragevault.application.runs import RunView, list_runs
from arbitragevault.application.scan import ScanOptions, start_scan
from arbitragevault.application.services import Services
from arbitragevault.application.token_economy import TokenEconomy
from arbitragevault.application.upkeep import tidy
from arbitragevault.application.worker import RunWorker
from arbitragevault.bootstrap.clock import SystemClock
from arbitragevault.bootstrap.databases import database_urls
from arbitragevault.bootstrap.keepa import keepa_key, open_keepa
from arbitragevault.bootstrap.narration import open_narration
from arbitragevault.domain.catalog.marketplace import US
from arbitragevault.domain.errors import ArbitrageVaultError, DatabaseError
from arbitragevault.settings import Settings, load_settings

EXAMPLE: Final = "leads.csv"

STOP_SECONDS: Final = 20
"""How long the worker may take to finish its batch; after that another worker takes it up."""


@asynccontextmanager
async def open_services(
    settings: Settings | None = None, *, worker: bool = False
) -> AsyncIterator[Services]:
    """Start what the program needs, and stop it at the end.

    Args:
        settings: The settings; None reads the environment.
        worker: Work on runs in the background for as long as the services are open.

    Raises:
        ConfigurationError: If the settings contradict each other.
        DatabaseError: If PostgreSQL cannot be used.
    """
    settings = settings or load_settings()
    async with AsyncExitStack() as stack:
        url, direct = await database_urls(stack, settings)
        database = await stack.enter_async_context(
            await ready_database(
                url, direct, prepared_statements=settings.database_prepared_statements
            )
        )
        economy = TokenEconomy(
            database,
            key_digest(keepa_key(settings)),
            per_day=settings.tokens_per_day,
            own_bucket=settings.uses_builtin_sandbox,
        )
        keepa = await stack.enter_async_context(open_keepa(settings, economy))
        narration = await stack.enter_async_context(open_narration(settings))
        services = Services(
            database=database,
            keepa=keepa,
            economy=economy,
            clock=SystemClock(),
            data_source=settings.data_source,
            is_embedded=settings.database_url is None,
            narration=narration,
            cursors=Cursors(key_for(_secret(settings), "cursors")),
        )
        await ensure_default_policy(services)
        if worker:
            await stack.enter_async_context(_working(services))
        yield services


async def first_start(services: Services) -> RunView | None:
    """Scan the bundled example leads if nothing was ever run and the data are the sandbox's."""
    if not services.is_sandbox or await list_runs(services, limit=1):
        return None
    path = example_leads()
    if not path.is_file():
        return None
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    leads = open_lead_file(path, name=EXAMPLE, currency=US.currency)
    return await start_scan(services, leads, source=EXAMPLE, options=ScanOptions(), digest=digest)


def example_leads() -> Path:
    """The lead file that comes with the program and fits the built-in sandbox."""
    return Path(str(files("arbitragevault") / "examples" / EXAMPLE))


def _secret(settings: Settings) -> bytes:
    """What this installation seals with: the setting, or a secret that is kept in its folder."""
    if settings.secret is not None:
        return settings.secret.get_secret_value().encode()
    return installation_secret(settings.data_folder)


@asynccontextmanager
async def _working(services: Services) -> AsyncIterator[None]:
    """The worker in the background; at the end it finishes its batch, if that takes seconds."""
    stop = asyncio.Event()
    with without_queueing():
        task = asyncio.create_task(_work(services, stop), name="run worker")
    try:
        yield
    finally:
        stop.set()
        with suppress(asyncio.CancelledError, TimeoutError):
            await asyncio.wait_for(task, timeout=STOP_SECONDS)


async def _work(services: Services, stop: asyncio.Event) -> None:
    with suppress(DatabaseError):  # the worker tells of a database that is away
        await tidy(services)
    await RunWorker(services).serve(stop)


async def run_doctor(settings: Settings) -> list[Check]:
    """Look at everything that the program needs; never raises for what it finds."""
    checks = [
        Check("python", "ok", platform.python_version()),
        check_folder(settings.data_folder),
        check_page(Path(str(files("arbitragevault") / "web"))),
    ]
    try:
        async with open_services(settings) as services:
            checks += await check_services(services)
    except DatabaseError as error:
        checks.append(broken("database", error))
    except ArbitrageVaultError as error:
        checks.append(broken("settings", error))
    return checks
