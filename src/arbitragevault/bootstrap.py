"""The only place where everything meets."""

from __future__ import annotations

import asyncio
import hashlib
import platform
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from importlib.resources import files
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import httpx2
from pydantic import SecretStr

from arbitragevault.adapters.files.leadfile import open_lead_file
from arbitragevault.adapters.files.secret import installation_secret, key_for
from arbitragevault.adapters.keepa.client import KeepaClient, ProductRequest
from arbitragevault.adapters.keepa.ledger import key_digest
from arbitragevault.adapters.keepa.wire import decode_keepa
from arbitragevault.adapters.neon.branches import NeonBranches
from arbitragevault.adapters.neon.control_plane import NEON_URL, ControlPlane
from arbitragevault.adapters.postgres.admission import without_queueing
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
from arbitragevault.adapters.postgres.opening import connect, prepare, ready_database
from arbitragevault.adapters.postgres.urls import (
    parse_database_url,
    resolve_addresses,
    with_authority,
)
from arbitragevault.application.checks import Check
from arbitragevault.application.cursors import Cursors
from arbitragevault.application.database_checks import check_database
from arbitragevault.application.doctor import (
    broken,
    check_folder,
    check_page,
    check_services,
)
from arbitragevault.application.narration_terms import NarrationTerms, Prices
from arbitragevault.application.policies import ensure_default_policy
from arbitragevault.application.ports import Branches
from arbitragevault.application.runs import RunView, list_runs
from arbitragevault.application.scan import ScanOptions, start_scan
from arbitragevault.application.services import Services
from arbitragevault.application.token_economy import TokenEconomy
from arbitragevault.application.upkeep import tidy
from arbitragevault.application.worker import RunWorker
from arbitragevault.domain.catalog.marketplace import US
from arbitragevault.domain.errors import ArbitrageVaultError, ConfigurationError, DatabaseError
from arbitragevault.domain.evidence.trials import Trial
from arbitragevault.domain.explanation.fields import declared
from arbitragevault.domain.market.clock import to_datetime
from arbitragevault.domain.market.market import Market
from arbitragevault.settings import KEEPA_URL, Settings, load_settings

__all__ = [
    "BenchOptions",
    "SandboxOptions",
    "Settings",
    "SystemClock",
    "example_leads",
    "first_start",
    "load_settings",
    "migrate_database",
    "open_branches",
    "open_database",
    "open_services",
    "run_database_bench",
    "run_database_check",
    "run_doctor",
    "sandbox_sources",
    "sandbox_trial_sources",
    "sandbox_trials",
    "serve_sandbox",
]

SANDBOX_URL: Final = "http://sandbox"
"""Base URL of the sandbox when it is mounted inside the process; no name is ever resolved."""

SANDBOX_KEY: Final = "0" * 64
"""The sandbox accepts any key of Keepa's form."""

OPENAI_URL: Final = "https://api.openai.com/v1"
"""OpenAI's own service; given explicitly, so that the SDK reads nothing from the environment."""

EXAMPLE: Final = "leads.csv"

STOP_SECONDS: Final = 20
"""How long the worker may take to finish its batch; after that another worker takes it up."""


class SystemClock:
    """The machine's time."""

    def now(self) -> datetime:
        """The present moment, aware UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds that never run backwards."""
        return time.monotonic()


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
        url, direct = await _database_urls(stack, settings)
        database = await stack.enter_async_context(
            await ready_database(
                url, direct, prepared_statements=settings.database_prepared_statements
            )
        )
        economy = TokenEconomy(
            database,
            key_digest(_key(settings)),
            per_day=settings.tokens_per_day,
            own_bucket=settings.uses_builtin_sandbox,
        )
        keepa = await stack.enter_async_context(_keepa(settings, economy))
        narration = await stack.enter_async_context(_narration(settings))
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


async def _database_urls(stack: AsyncExitStack, settings: Settings) -> tuple[str, str | None]:
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


def _secret(settings: Settings) -> bytes:
    """What this installation seals with: the setting, or a secret that is kept in its folder."""
    if settings.secret is not None:
        return settings.secret.get_secret_value().encode()
    return installation_secret(settings.data_folder)


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


@asynccontextmanager
async def _keepa(settings: Settings, economy: TokenEconomy) -> AsyncIterator[KeepaClient]:
    """The client of Keepa, of another server that speaks its language, or of our own sandbox."""
    if settings.uses_builtin_sandbox:
        from arbitragevault.sandbox.server import create_sandbox, simulated

        source = simulated(seed=settings.sandbox_seed, size=settings.sandbox_products)
        transport = httpx2.ASGITransport(app=create_sandbox(source))
        client = KeepaClient(SANDBOX_URL, _key(settings), transport=transport, ledger=economy)
    else:
        client = KeepaClient(settings.keepa_base_url or KEEPA_URL, _key(settings), ledger=economy)
    async with client:
        yield client


def _key(settings: Settings) -> str:
    """The configured key; the sandbox and a server of one's own on loopback need none."""
    if settings.uses_builtin_sandbox:
        return SANDBOX_KEY
    if settings.keepa_api_key is not None:
        return settings.keepa_api_key.get_secret_value()
    host = urlsplit(settings.keepa_base_url or "").hostname
    if host in {"127.0.0.1", "localhost", "::1"}:
        return SANDBOX_KEY
    raise ConfigurationError(
        f"KEEPA_BASE_URL is {settings.keepa_base_url}, but KEEPA_API_KEY is not set. Set the key, "
        "or unset both to use the built-in sandbox."
    )


@asynccontextmanager
async def _narration(settings: Settings) -> AsyncIterator[NarrationTerms]:
    """The language model, if a key or an address is set; without either the template writes.

    Raises:
        ConfigurationError: If OPENAI_FIELDS names a field that does not exist.
    """
    sent = declared(settings.openai_fields)
    key, base_url = settings.openai_api_key, settings.openai_base_url
    if key is None and base_url is None:
        yield NarrationTerms(sent=sent)
        return
    from arbitragevault.adapters.openai.narrator import ModelAccess, OpenAINarrator

    access = ModelAccess(
        model=settings.openai_model,
        api_key="none" if key is None else key.get_secret_value(),
        base_url=base_url or OPENAI_URL,
        protocol=settings.openai_protocol or ("chat" if base_url else "responses"),
        timeout_seconds=settings.openai_timeout,
    )
    async with OpenAINarrator(access) as narrator:
        yield NarrationTerms(
            narrator=narrator,
            sent=sent,
            tokens_per_day=settings.openai_tokens_per_day,
            prices=_prices(settings.openai_prices),
        )


def _prices(words: str | None) -> Prices | None:
    if words is None:
        return None
    read, written = (Decimal(part.strip()) for part in words.split(","))
    return Prices(read, written)


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


SANDBOX_EVIDENCE_NOW: Final = 8_100_000
"""Market minute at which the sandbox is asked for evidence (2026-05-27), so that a seed always
gives the same answers and every replayed sale has a published rate card."""

_EVIDENCE_BATCH: Final = 20


def sandbox_sources(seed: int, products: int) -> Iterator[Callable[[], Sequence[Market]]]:
    """The sandbox's products, batch by batch; each batch is asked for where it is replayed.

    Args:
        seed: Seed of the simulated marketplace.
        products: Number of its products.
    """
    from arbitragevault.sandbox.marketplace import Marketplace

    asins = Marketplace(seed, products).asins
    for start in range(0, len(asins), _EVIDENCE_BATCH):
        yield partial(sandbox_markets, seed, products, asins[start : start + _EVIDENCE_BATCH])


def sandbox_markets(seed: int, products: int, asins: Sequence[str]) -> Sequence[Market]:
    """Ask the sandbox for products over its HTTP dialect and decode the answer.

    Args:
        seed: Seed of the simulated marketplace.
        products: Number of its products.
        asins: Which to ask for.
    """
    return asyncio.run(_ask_sandbox(seed, products, asins))


async def _ask_sandbox(seed: int, products: int, asins: Sequence[str]) -> Sequence[Market]:
    from arbitragevault.sandbox.server import create_sandbox, simulated

    app = create_sandbox(
        simulated(seed=seed, size=products),
        clock=lambda: to_datetime(SANDBOX_EVIDENCE_NOW).timestamp(),
    )
    transport = httpx2.ASGITransport(app=app)
    async with KeepaClient(SANDBOX_URL, SANDBOX_KEY, transport=transport) as client:
        request = ProductRequest(US.keepa_domain, asins=tuple(asins), buybox=True)
        answer = await client.products(request)
    return [one for one in answer.markets if one.history]


async def migrate_database(settings: Settings, *, allow_drops: bool = False) -> tuple[str, bool]:
    """Bring the configured database to our schema.

    Args:
        settings: The settings.
        allow_drops: Let a migration drop or empty tables.

    Returns:
        Its revision, and whether anything had to be done.
    """
    async with AsyncExitStack() as stack:
        url, direct = await _database_urls(stack, settings)
        had_work = await upgrade(direct or url, allow_drops=allow_drops)
        database = await stack.enter_async_context(Database(url, direct_url=direct))
        await prepare(database)
        return HEAD, had_work


async def run_database_check(settings: Settings) -> list[Check]:
    """Look at the configured database; changes nothing, and never raises for what it finds."""
    try:
        async with AsyncExitStack() as stack:
            url, direct = await _database_urls(stack, settings)
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
            url, direct = await _database_urls(stack, settings)
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
        url, direct = await _database_urls(stack, settings or load_settings())
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


def sandbox_trial_sources(seed: int, products: int) -> Iterator[Callable[[], Sequence[Trial]]]:
    """Trials against the sandbox's truth, batch by batch; each is made where it is scored.

    Args:
        seed: Seed of the simulated marketplace.
        products: Number of its products.
    """
    for start in range(0, products, _EVIDENCE_BATCH):
        yield partial(_trials_of, seed, range(start, min(start + _EVIDENCE_BATCH, products)))


def _trials_of(seed: int, numbers: range) -> Sequence[Trial]:
    return [trial for _, trials in sandbox_trials(seed, numbers) for trial in trials]


def sandbox_trials(seed: int, numbers: range) -> Iterator[tuple[Market, tuple[Trial, ...]]]:
    """Products of the simulated marketplace, read from the wire, with trials against its truth.

    Args:
        seed: Seed of the marketplace.
        numbers: Products by number.

    Yields:
        The whole history of a product, and its trials.
    """
    from arbitragevault.sandbox.trials import tried_products

    for product in tried_products(seed, numbers):
        trials = tuple(
            Trial(
                market=decode_keepa(one.answer)[0],
                plain=decode_keepa(one.plain)[0],
                units_per_month=30.0 * one.units_per_day,
                sold_days=one.sold,
            )
            for one in product.trials
        )
        yield decode_keepa(product.history)[0], trials
