"""A PgBouncer of our own in front of a server on this machine, for measurements and tests.

Transaction mode: a client keeps its session for as long as it wants, and holds one of the few
server connections only while it is in a transaction. Neon's pooler is the same program.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import quote

from sqlalchemy.engine import make_url

from arbitragevault.adapters.postgres.system_user import SystemUser, server_user
from arbitragevault.domain.errors import DatabaseError

MOST_CLIENTS: Final = 2_000
_START_SECONDS: Final = 10
_FOLDERS: Final = ("/usr/sbin", "/usr/local/sbin", "/opt/homebrew/bin")  # often not on the path

_LOG: Final = "pgbouncer.log"

_CONFIG: Final = """\
[databases]
* = host={host} port={server_port} user={user}

[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = {size}
max_client_conn = {most}
server_idle_timeout = {idle}
server_login_retry = 1
query_wait_timeout = 60
ignore_startup_parameters = extra_float_digits
log_connections = 0
log_disconnections = 0
log_stats = 0
pidfile =
"""


@dataclass(frozen=True, slots=True)
class Pooler:
    """A running pooler.

    Args:
        port: Where it listens, on 127.0.0.1.
        user: The server's user that everybody becomes.
        server_connections: Most that it opens for one database.
    """

    port: int
    user: str
    server_connections: int

    def url_of(self, database: str) -> str:
        """The address of a database behind the pooler."""
        return (
            f"postgresql://{quote(self.user, safe='')}@127.0.0.1:{self.port}/{database}"
            "?pgbouncer=true"
        )


def find_pgbouncer() -> Path | None:
    """PgBouncer's program; None if it is not installed."""
    found = shutil.which("pgbouncer", path=os.pathsep.join((os.environ["PATH"], *_FOLDERS)))
    return Path(found) if found else None


@asynccontextmanager
async def running_pooler(
    server_url: str, *, server_connections: int = 20, idle_seconds: float = 600
) -> AsyncIterator[Pooler]:
    """Run a pooler until the block ends.

    It trusts everybody on this machine's loopback, so it is nothing to serve with.

    Args:
        server_url: Any database of an embedded server: it lets its socket's users in.
        server_connections: Most connections to the server for one database.
        idle_seconds: How long an unused one is kept.

    Raises:
        DatabaseError: If PgBouncer is not installed or does not start.
    """
    program = find_pgbouncer()
    if program is None:
        raise DatabaseError(
            "PgBouncer is not installed; `apt-get install pgbouncer` or your system's own way."
        )
    url = make_url(server_url)
    host = str(url.query.get("host", url.host))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    pooler = Pooler(port, url.username or "postgres", server_connections)
    config = _CONFIG.format(
        host=host,
        server_port=url.query.get("port", url.port or 5432),
        user=pooler.user,
        port=port,
        size=server_connections,
        most=MOST_CLIENTS,
        idle=idle_seconds,
    )
    with tempfile.TemporaryDirectory(prefix="arbitragevault-pooler-") as name:
        folder = Path(name)
        process = _start(program, folder, config, server_user(folder, Path(host)))
        try:
            await _answering(process, port, folder)
            yield pooler
        finally:
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                await asyncio.to_thread(process.wait, 5)
            process.kill()
            process.wait()


def _start(
    program: Path, folder: Path, config: str, user: SystemUser | None
) -> subprocess.Popen[bytes]:
    """Start PgBouncer, as the server's user where we are root: it refuses to be root, too."""
    folder.chmod(0o755)
    (folder / "pgbouncer.ini").write_text(config, encoding="utf-8")
    with (folder / _LOG).open("wb") as log:
        return subprocess.Popen(  # noqa: S603  # an installed program, our own arguments
            [program, folder / "pgbouncer.ini"],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=folder,
            **(user.as_arguments() if user else {}),
        )


async def _answering(process: subprocess.Popen[bytes], port: int, folder: Path) -> None:
    """Wait until the pooler listens."""
    for _ in range(_START_SECONDS * 20):
        if process.poll() is not None:
            break
        with suppress(OSError):
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.close()
            await writer.wait_closed()
            return
        await asyncio.sleep(0.05)
    said = await asyncio.to_thread((folder / _LOG).read_text, "utf-8", "replace")
    last = said.strip().rpartition("\n")[2] or "it gave no reason"
    raise DatabaseError(f"PgBouncer did not start: {last}.")
