"""The system user under which the server runs when we are root: PostgreSQL refuses to be root."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from arbitragevault.domain.errors import DatabaseError, DatabaseFolderError

_NAME: Final = "arbitragevault"


@dataclass(frozen=True, slots=True)
class SystemUser:
    """A system account.

    Args:
        name: How messages call it.
        uid / gid: Its numeric ids.
    """

    name: str
    uid: int
    gid: int

    def as_arguments(self) -> dict[str, Any]:
        """The arguments that make ``subprocess.run`` act as this user."""
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def can_run(self, program: Path) -> bool:
        """True if this user can run the program."""
        try:
            done = subprocess.run(  # noqa: S603 - a program of the wheel
                [program, "--version"], capture_output=True, check=False, **self.as_arguments()
            )
        except OSError:
            return False
        return done.returncode == 0


def server_user(folder: Path, data: Path) -> SystemUser | None:
    """The user that the server must run as; None for ourselves.

    Root hands the server to the owner of an existing data directory, otherwise to an account of
    its own, which it makes.

    Raises:
        DatabaseFolderError: If the data directory belongs to another user and we are not root.
        DatabaseError: If no account can be made.
    """
    if sys.platform == "win32":
        return None
    owner = data.stat().st_uid if data.exists() else None
    if os.geteuid() != 0:
        if owner not in (None, os.geteuid()):
            raise DatabaseFolderError(
                f"The database folder {folder} belongs to another user (id {owner}). Run as that "
                "user, or choose another data folder with ARBITRAGEVAULT_HOME."
            )
        return None
    if owner:
        return SystemUser(f"id {owner}", owner, data.stat().st_gid)
    return _own_account()


def _own_account() -> SystemUser:
    """The account made for the server, made now if need be."""
    import pwd

    useradd = shutil.which("useradd")
    for attempt in (0, 1):
        try:
            entry = pwd.getpwnam(_NAME)
        except KeyError:
            if attempt or not useradd:
                break
            # Another process may be making it at this moment: only the second look counts.
            subprocess.run(  # noqa: S603 - fixed arguments
                [useradd, "--system", "--no-create-home", "--shell", "/bin/sh", _NAME],
                capture_output=True,
                check=False,
            )
        else:
            return SystemUser(entry.pw_name, entry.pw_uid, entry.pw_gid)
    raise DatabaseError(
        f"PostgreSQL refuses to run as root, and no system user {_NAME!r} could be made for it. "
        f"Make one (useradd --system {_NAME}), run as another user, or set DATABASE_URL."
    )


def open_ancestors(path: Path) -> None:
    """Let every user pass through (not list) the folders above a path.

    Raises:
        OSError: If a folder's mode cannot be changed.
    """
    for folder in path.resolve().parents:
        mode = folder.stat().st_mode
        if not mode & stat.S_IXOTH:
            folder.chmod(stat.S_IMODE(mode) | stat.S_IXOTH)


def open_tree(root: Path) -> None:
    """Let every user read the files of a folder, and run those that their owner can run.

    Raises:
        OSError: If a mode cannot be changed.
    """
    for path in (root, *root.rglob("*")):
        mode = path.stat().st_mode
        wanted = mode | stat.S_IROTH | (stat.S_IXOTH if mode & stat.S_IXUSR else 0)
        if wanted != mode:
            path.chmod(stat.S_IMODE(wanted))
