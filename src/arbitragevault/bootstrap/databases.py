"""Which database the settings mean, and what can be done with it as a whole."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from pydantic import SecretStr

from arbitragevault.adapters.neon.branches import NeonBranches
from arbitragevault.adapters.neon.control_plane import NEON_URL, ControlPlane
from arbitragevault.adapters.postgres.bench import (
    BenchResult,
    bench_table,
    measure,
    raise_open_files,
)
from arbitragevault.adapters.postgres.branches import LocalBranches
from arbitragevault.adapters.postgres.driver import database_of
from arbitragevault.adapters.postgres.embedded import DATABASE, EmbeddedServer
from arbitragevault.adapters.postgres.engine import Database
from arbitragevault.adapters.postgres.migrate import HEAD, upgrade
from arbitragevault.adapters.postgres.opening import connect, prepare
from arbitragevault.adapters.postgres.urls import (
    parse_database_url,
    resolve_addresses,
    with_authority,
)
from arbitragevault.application.checks import Check
from arbitragevault.application.database_checks import check_database
from arbitragevault.application.doctor import broken
from arbitragevault.application.ports import Branches
from arbitragevault.bootstrap.clock import SystemClock
from arbitragevault.domain.errors import ConfigurationError, DatabaseError
from arbitragevault.settings import Settings, load_settings


async def database_urls(stack: AsyncExitStack, settings: Settings) -> tuple[str, str | None]:
    """The configured database and the way past its pooler, or the embedded one."""
    if settings.database_url is not None:
        direct = settings.database_url_direct
        return (
            _trusting(settings, settings.database_url),
            None if direct is None else _trusting(settings, direct),
        )
    folder = settings.data_folder / "postgres"
    server = await stack.enter_async_context(
        await EmbeddedServer.start(folder, database=_database_name(settings))
    )
    return server.url, None


def _trusting(settings: Settings, url: SecretStr) -> str:
    """An address, with the certificate authority of the settings."""
    authority, text = settings.database_sslrootcert, url.get_secret_value()
    return text if authority is None else with_authority(text, authority)


def _database_name(settings: Settings) -> str:
    """One embedded database for each marketplace that data may come from (decision 0008)."""
    if settings.data_source == "keepa":
        return DATABASE
    origin = settings.keepa_base_url or (
        f"seed {settings.sandbox_seed}, {settings.sandbox_products} products"
    )
    return f"{DATABASE}_sandbox_{hashlib.sha256(origin.encode()).hexdigest()[:12]}"


async def migrate_database(settings: Settings, *, allow_drops: bool = False) -> tuple[str, bool]:
    """Bring the configured database to our schema.

    Args:
        settings: The settings.
        allow_drops: Let a migration drop or empty tables.

    Returns:
        Its revision, and whether anything had to be done.
    """
    async with AsyncExitStack() as stack:
        url, direct = await database_urls(stack, settings)
        had_work = await upgrade(direct or url, allow_drops=allow_drops)
        database = await stack.enter_async_context(Database(url, direct_url=direct))
        await prepare(database)
        return HEAD, had_work


async def run_database_check(settings: Settings) -> list[Check]:
    """Look at the configured database; changes nothing, and never raises for what it finds."""
    try:
        async with AsyncExitStack() as stack:
            url, direct = await database_urls(stack, settings)
            opened = await connect(
                url, direct, prepared_statements=settings.database_prepared_statements
            )
            return await check_database(await stack.enter_async_context(opened), SystemClock())
    except DatabaseError as error:
        return [broken("database", error)]


@dataclass(frozen=True, slots=True)
class BenchOptions:
    """What ``db bench`` measures.

    Args:
        clients: Numbers of clients.
        seconds: How long each number is measured.
        think_seconds: Mean pause of a client between two transactions.
        url: Another database than the configured one.
        with_pooler: Put a PgBouncer of this machine before the server, which is on it, too.
    """

    clients: tuple[int, ...]
    seconds: float
    think_seconds: float
    url: str | None = None
    with_pooler: bool = False


async def run_database_bench(settings: Settings, options: BenchOptions) -> list[BenchResult]:
    """Measure every known path to a database with each number of clients."""
    from arbitragevault.adapters.postgres.pooler import running_pooler

    raise_open_files()
    async with AsyncExitStack() as stack:
        if options.url is not None:
            url, direct = options.url, None
        else:
            url, direct = await database_urls(stack, settings)
        if options.with_pooler:
            pooler = await stack.enter_async_context(running_pooler(direct or url))
            url, direct = pooler.url_of(parse_database_url(direct or url).url.database or ""), url
        address, past = resolve_addresses(url, direct)
        await stack.enter_async_context(bench_table(past))
        return [
            await measure(
                path, past, count, seconds=options.seconds, think_seconds=options.think_seconds
            )
            # Directly first: a pooler keeps its connections open for a while.
            for path in dict.fromkeys((past, address))
            for count in options.clients
        ]


@asynccontextmanager
async def open_database(settings: Settings | None = None) -> AsyncIterator[str]:
    """The direct address of the configured database, whose server runs meanwhile.

    Args:
        settings: The settings; None reads the environment.

    Raises:
        DatabaseError: If the embedded server does not start.
    """
    async with AsyncExitStack() as stack:
        url, direct = await database_urls(stack, settings or load_settings())
        yield direct or url


@asynccontextmanager
async def open_branches(settings: Settings | None = None) -> AsyncIterator[Branches]:
    """Who keeps the branches of the configured database: Neon, else its own server.

    Args:
        settings: The settings; None reads the environment.

    Raises:
        ConfigurationError: If only one of Neon's two settings is there.
        DatabaseError: If the embedded server does not start.
    """
    settings = settings or load_settings()
    key, project = settings.neon_api_key, settings.neon_project_id
    if (key is None) != (project is None):
        missing = "NEON_API_KEY" if key is None else "NEON_PROJECT_ID"
        raise ConfigurationError(
            f"Neon's control plane needs a key and a project, but {missing} is not set. Set it, or "
            "unset the other to keep branches on the database's own server."
        )
    if key is None or project is None:
        async with open_database(settings) as url:
            yield LocalBranches(url, SystemClock().now)
        return
    own = settings.database_url
    database = None if own is None else database_of(own.get_secret_value())
    base_url = settings.neon_base_url or NEON_URL
    async with ControlPlane(key.get_secret_value(), project, base_url=base_url) as plane:
        yield NeonBranches(plane, database)
