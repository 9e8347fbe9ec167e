"""One PostgreSQL data folder and the server programs that work on it (blocking calls)."""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from arbitragevault.adapters.postgres.programs import reason_in, run_program, server_programs
from arbitragevault.adapters.postgres.system_user import (
    open_ancestors,
    open_tree,
    server_user,
)
from arbitragevault.domain.errors import (
    DatabaseError,
    DatabaseFolderError,
    DatabaseVersionError,
)

SUPERUSER: Final = "postgres"
_PORT: Final = 5432  # names the socket file; a TCP port is chosen only where sockets do not work
_START_SECONDS: Final = 120  # recovery after a crash replays the write-ahead log
_STOP_SECONDS: Final = 60
_LOG_LIMIT_BYTES: Final = 10_000_000
_SOCKET_FOLDER_PREFIX: Final = "arbitragevault-"
_ACCEPTING, _REJECTING = 0, 1  # exit codes of pg_isready


@dataclass(frozen=True, slots=True)
class Address:
    """Where a running server listens.

    Args:
        host: A socket folder (absolute path) or a loopback address.
        port: Its port; names the socket file inside a socket folder.
    """

    host: str
    port: int

    @property
    def is_socket(self) -> bool:
        """True for a Unix socket."""
        return self.host.startswith(("/", "@"))


class Cluster:
    """A folder with one PostgreSQL data directory, its log and its password.

    Args:
        folder: Where everything lies; created on demand.
        settings: Server settings on top of ours, by name (``{"fsync": "off"}`` in tests).

    Raises:
        DatabaseFolderError: If the folder cannot be created, written, or belongs to someone else.
        DatabaseVersionError: If another major version made it.
    """

    def __init__(self, folder: Path, settings: Mapping[str, str] | None = None) -> None:
        self.folder = folder.expanduser().absolute()
        self.settings = dict(settings or {})
        self._programs, self._version = server_programs()
        self._make_folder()
        self._user = server_user(self.folder, self.data)
        self._open_to_user()
        self._check_version()

    @property
    def data(self) -> Path:
        """PostgreSQL's data directory."""
        return self.folder / "data"

    @property
    def log(self) -> Path:
        """The server's log file."""
        return self.folder / "server.log"

    @property
    def password(self) -> str:
        """The superuser's password, made with the data directory."""
        return (self.folder / "password").read_text(encoding="ascii").strip()

    def ensure_running(self) -> Address:
        """Make sure that the server runs, whatever a crash left behind, and say where it listens.

        The caller holds the folder's lock.

        Raises:
            DatabaseError: If it does not start.
        """
        if not (self.data / "PG_VERSION").exists():
            self._initialise()
        address = self._answering()
        if address is None:
            self._clear_crash()
            self._launch()
            address = self._answering()
        if address is None:
            raise DatabaseError(f"PostgreSQL started but does not answer; see {self.log}.")
        return address

    def halt(self) -> None:
        """Stop the server if it runs. The caller holds the folder's lock."""
        recorded = self._recorded()
        for mode in ("fast", "immediate"):
            stopped = self._run(
                "pg_ctl", "-D", str(self.data), "-w", "-t", str(_STOP_SECONDS), "-m", mode, "stop"
            )
            if stopped.returncode == 0 or self._recorded() is None:
                break
        self._remove_socket_folder(recorded)

    def _make_folder(self) -> None:
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=self.folder):
                pass
        except OSError as error:
            raise DatabaseFolderError(
                f"The database folder {self.folder} cannot be written ({error.strerror}). "
                "Choose another data folder with ARBITRAGEVAULT_HOME."
            ) from error

    def _open_to_user(self) -> None:
        """Let the server's own system user reach folder and programs (only when we are root)."""
        if self._user is None:
            return
        try:
            os.chown(self.folder, self._user.uid, self._user.gid)
            open_ancestors(self.folder)
            if not self._user.can_run(self._programs / "postgres"):
                open_ancestors(self._programs)
                open_tree(self._programs.parent)
        except OSError as error:
            raise DatabaseFolderError(
                f"PostgreSQL refuses to run as root, and its own user {self._user.name!r} cannot "
                f"be let into {error.filename} ({error.strerror}). Run as another user, or choose "
                "another data folder with ARBITRAGEVAULT_HOME."
            ) from error

    def _check_version(self) -> None:
        marker = self.data / "PG_VERSION"
        if not marker.exists():
            return
        found = marker.read_text(encoding="ascii").strip()
        if found != str(self._version):
            raise DatabaseVersionError(
                f"The data folder {self.data} was made by PostgreSQL {found}, but this program "
                f"brings PostgreSQL {self._version}. Move the folder away to begin anew, or run "
                f"it with a PostgreSQL {found} of your own and set DATABASE_URL."
            )

    def _initialise(self) -> None:
        """Make the data directory; it takes its final name only when it is complete."""
        unfinished = self.folder / "data.new"
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(mode=0o700)
        password = self.folder / "password"
        password.unlink(missing_ok=True)
        password.touch(mode=0o600)
        password.write_text(secrets.token_urlsafe(24), encoding="ascii")
        for path in (unfinished, password):
            self._give(path)
        made = self._run(
            "initdb",
            f"--pgdata={unfinished}",
            f"--username={SUPERUSER}",
            f"--pwfile={password}",
            # The socket lies in a folder that only its owner may enter; TCP asks for the password.
            "--auth-local=trust",
            "--auth-host=scram-sha-256",
            "--encoding=UTF8",
            "--locale=C",
            # The built-in provider sorts alike on every platform and never changes with libc.
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
        )
        if made.returncode != 0:
            raise DatabaseError(
                f"The database in {self.folder} could not be made ({reason_in(made.stderr)})."
            )
        with (unfinished / "postgresql.conf").open("a", encoding="utf-8") as config:
            config.write("\ninclude_if_exists = 'arbitragevault.conf'\n")
        unfinished.rename(self.data)

    def _answering(self) -> Address | None:
        """Where a server of this folder answers; waits for one that is just starting or ending."""
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline:
            recorded = self._recorded()
            if recorded is None:
                return None
            _, address = recorded
            state = self._run("pg_isready", "-h", address.host, "-p", str(address.port)).returncode
            if state == _ACCEPTING:
                return address
            if state != _REJECTING:
                return None
            time.sleep(0.05)
        return None

    def _recorded(self) -> tuple[int, Address] | None:
        """Process id and address from ``postmaster.pid``, or None where there is no server.

        Its lines: pid, data directory, start time, port, socket folder, listen address, ...
        """
        try:
            lines = (self.data / "postmaster.pid").read_text(encoding="utf-8").splitlines()
            host = lines[4].strip() or lines[5].strip()
            return int(lines[0]), Address(host, int(lines[3]))
        except (OSError, IndexError, ValueError):
            return None

    def _clear_crash(self) -> None:
        """Remove what a killed server left that would keep a new one from starting."""
        recorded = self._recorded()
        self._remove_socket_folder(recorded)
        if recorded is None:
            return
        if self._is_our_server(recorded[0]):
            self.halt()  # alive but out of reach, for example after its socket was cleaned away
        else:
            # After a reboot or in a new container the recorded process id may belong to anyone.
            (self.data / "postmaster.pid").unlink(missing_ok=True)

    def _is_our_server(self, pid: int) -> bool:
        import psutil  # only after a crash

        try:
            process = psutil.Process(pid)
            return "postgres" in process.name() and str(self.data) in process.cmdline()
        except psutil.Error:
            return False

    def _launch(self) -> None:
        address = self._choose_address()
        self._write_settings(address)
        if self.log.exists() and self.log.stat().st_size > _LOG_LIMIT_BYTES:
            self.log.replace(self.log.with_suffix(".log.1"))
        self.log.touch(mode=0o600)
        self._give(self.log)
        deadline = time.monotonic() + 15
        while True:
            before = self.log.stat().st_size
            started = self._run(
                "pg_ctl", "-D", str(self.data), "-w", "-t", str(_START_SECONDS),
                "-l", str(self.log), "start",
            )  # fmt: skip
            if started.returncode == 0:
                return
            with self.log.open("rb") as log:
                log.seek(before)
                said = log.read().decode("utf-8", "replace")
            # Backends of a killed server take a moment to notice and to leave its memory.
            if "shared memory block" not in said or time.monotonic() > deadline:
                raise DatabaseError(
                    f"PostgreSQL did not start ({reason_in(said or started.stderr)}). "
                    f"The whole log is in {self.log}."
                )
            time.sleep(0.2)

    def _choose_address(self) -> Address:
        """A socket in the data directory, else in a short private folder, else loopback TCP."""
        if _can_bind(self.data):
            return Address(str(self.data), _PORT)
        for parent in dict.fromkeys((tempfile.gettempdir(), "/tmp")):  # noqa: S108 - private inside
            if sys.platform == "win32" or not Path(parent).is_dir():
                continue
            private = Path(tempfile.mkdtemp(prefix=_SOCKET_FOLDER_PREFIX, dir=parent))
            if _can_bind(private):
                self._give(private)
                if self._user is not None:
                    open_ancestors(private)
                return Address(str(private), _PORT)
            private.rmdir()
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            return Address("127.0.0.1", probe.getsockname()[1])

    def _write_settings(self, address: Address) -> None:
        settings = {
            "port": str(address.port),
            "listen_addresses": "" if address.is_socket else address.host,
            "unix_socket_directories": address.host if address.is_socket else "",
            "unix_socket_permissions": "0700",
            "timezone": "UTC",
            "log_timezone": "UTC",
            "jit": "off",  # compiling costs more than our short queries take
            **self.settings,
        }
        lines = [
            f"{name} = '{value.replace(chr(39), chr(39) * 2)}'" for name, value in settings.items()
        ]
        config = self.data / "arbitragevault.conf"
        config.write_text("\n".join(lines) + "\n", encoding="utf-8")
        self._give(config)

    def _remove_socket_folder(self, recorded: tuple[int, Address] | None) -> None:
        if recorded is None or not recorded[1].is_socket:
            return
        folder = Path(recorded[1].host)
        if folder.name.startswith(_SOCKET_FOLDER_PREFIX):
            shutil.rmtree(folder, ignore_errors=True)

    def _give(self, path: Path) -> None:
        """Hand a file that we made to the server's user."""
        if self._user is not None:
            os.chown(path, self._user.uid, self._user.gid)

    def _run(self, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        return run_program((str(self._programs / program), *arguments), self._user)


def _can_bind(folder: Path) -> bool:
    """True if a Unix socket can lie in the folder: short path, and a file system that allows it."""
    if sys.platform == "win32":
        return False
    path = folder / ".s.PGSQL.test"  # as long as the real name
    path.unlink(missing_ok=True)
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.bind(str(path))
        except OSError:
            return False
        path.unlink(missing_ok=True)
    return True
