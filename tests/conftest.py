"""What every test may ask for: a real PostgreSQL, a migrated database of its own, the recordings.

One server runs per test session and is shared by the workers of pytest-xdist. One database is
migrated; every worker clones it, which takes a tenth of a second.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable
from functools import partial
from pathlib import Path

import pytest
from hypothesis import settings
from sqlalchemy import text
from sqlalchemy.engine import make_url

from arbitragevault.adapters.postgres import migrate
from arbitragevault.adapters.postgres.embedded import EmbeddedServer, ensure_database
from arbitragevault.adapters.postgres.engine import Database
from arbitragevault.adapters.postgres.filelock import FileLock
from arbitragevault.adapters.postgres.pool import create_engine
from arbitragevault.adapters.postgres.pooler import running_pooler
from arbitragevault.adapters.postgres.tables import metadata
from arbitragevault.adapters.postgres.tenancy import DEFAULT_ORGANIZATION
from arbitragevault.sandbox.answering import prepare

# Examples are made while other processes are busy: how long one takes says nothing about the code.
# On a developer's machine each run tries new ones; the check of a commit answers the same twice.
settings.register_profile("arbitragevault", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("arbitragevault")

_FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
_RECORDINGS = Path(__file__).parents[2] / "shared" / "recordings"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--pooler",
        action="store_true",
        help="Reach the test databases through a PgBouncer in transaction mode.",
    )


def pytest_sessionstart(session: pytest.Session) -> None:
    """Compile the sandbox once; programs that tests start at the same time would each do it."""
    if not hasattr(session.config, "workerinput"):
        prepare(seed=1)


@pytest.fixture(scope="session")
def recordings() -> Path:
    """The folder of recorded Keepa answers; skips the test where it is absent."""
    if not _RECORDINGS.is_dir():
        pytest.skip("the recorded Keepa answers are absent")
    return _RECORDINGS


@pytest.fixture(scope="session")
def shared_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all workers of this session see, and no other session."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base


@pytest.fixture(scope="session")
async def server_url(shared_folder: Path) -> AsyncIterator[str]:
    """Address of the server that tests make their databases on.

    ``TEST_DATABASE_URL`` if set, otherwise an embedded server that ends with the session.
    """
    if given := os.environ.get("TEST_DATABASE_URL"):
        yield given
        return
    # Not below pytest's own folder: another session closes that one to the server's user.
    key = hashlib.sha256(str(shared_folder).encode()).hexdigest()[:12]
    folder = Path(tempfile.gettempdir()) / f"arbitragevault-tests-{key}"
    lock = FileLock(shared_folder / "server.lock")
    assert lock.acquire(timeout_seconds=60)
    try:
        server = await EmbeddedServer.start(folder, settings=_FAST)
    finally:
        lock.release()
    yield server.url_of("postgres")
    assert lock.acquire(timeout_seconds=60)
    try:
        await server.stop()
        if not any((folder / "users").iterdir()):
            shutil.rmtree(folder)
    finally:
        lock.release()


@pytest.fixture(scope="session")
async def template(server_url: str, shared_folder: Path) -> AsyncIterator[str]:
    """The name of a migrated database that is only ever cloned."""
    is_ours = "TEST_DATABASE_URL" not in os.environ
    name = "tests_template" if is_ours else f"tests_template_{secrets.token_hex(4)}"
    lock = FileLock(shared_folder / "template.lock")
    assert lock.acquire(timeout_seconds=60)
    try:
        await ensure_database(server_url, name)
        await migrate.upgrade(_on(server_url, name))
    finally:
        lock.release()
    yield name
    if not is_ours:
        await _order(server_url, f'DROP DATABASE "{name}" WITH (FORCE)')


Reach = Callable[[str], str]


@pytest.fixture(scope="session")
async def reach(request: pytest.FixtureRequest, server_url: str) -> AsyncIterator[Reach]:
    """Gives the address at which tests reach a database; with ``--pooler`` it is a pooler's."""
    if not request.config.getoption("--pooler"):
        yield partial(_on, server_url)
        return
    async with running_pooler(server_url, server_connections=12, idle_seconds=2) as pooler:
        yield pooler.url_of


@pytest.fixture(scope="session")
async def worker_database(server_url: str, template: str, reach: Reach) -> AsyncIterator[Database]:
    """This worker's clone; ask for ``database`` instead, which is empty."""
    name = f"tests_{secrets.token_hex(4)}"
    await _order(server_url, f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    async with Database(reach(name)) as database:
        yield database
    await _order(server_url, f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
async def database(worker_database: Database) -> Database:
    """A migrated database without rows. Everything that a test commits is gone for the next one."""
    async with worker_database.of(None).begin() as session:
        await session.execute(
            text("DELETE FROM organizations WHERE id <> :id"), {"id": DEFAULT_ORGANIZATION}
        )
        filled = await session.scalars(
            text(
                " UNION ALL ".join(
                    f"SELECT '{table}' WHERE EXISTS (SELECT 1 FROM {table})"  # noqa: S608
                    for table in metadata.tables.keys() - {"organizations"}
                )
            )
        )
        if names := ", ".join(filled):
            await session.execute(text(f"TRUNCATE {names} RESTART IDENTITY CASCADE"))
    return worker_database


@pytest.fixture
def database_url(database: Database, reach: Reach) -> str:
    """Address of ``database``, for programs and event loops of their own."""
    return reach(database.engine.url.database or "")


@pytest.fixture
async def fresh_database_url(server_url: str, template: str, reach: Reach) -> AsyncIterator[str]:
    """Address of a migrated database that only this test uses."""
    name = f"tests_{secrets.token_hex(4)}"
    await _order(server_url, f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    yield reach(name)
    await _order(server_url, f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
async def empty_database_url(server_url: str, reach: Reach) -> AsyncIterator[str]:
    """Address of a database without any tables."""
    name = f"tests_{secrets.token_hex(4)}"
    await _order(server_url, f'CREATE DATABASE "{name}"')
    yield reach(name)
    await _order(server_url, f'DROP DATABASE "{name}" WITH (FORCE)')


def _on(server_url: str, database: str) -> str:
    """The address of another database of the same server."""
    return make_url(server_url).set(database=database).render_as_string(hide_password=False)


async def _order(server_url: str, statement: str) -> None:
    """Give the server an order that cannot be part of a transaction."""
    engine = create_engine(server_url).execution_options(isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        await connection.execute(text(statement))
    await engine.dispose()
