"""The secret of an installation: made once, kept in the data folder, read by every process."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from contextlib import suppress
from pathlib import Path
from typing import Final

_BYTES: Final = 32
_NAME: Final = "secret"


def installation_secret(folder: Path) -> bytes:
    """The secret of the installation whose data folder this is.

    A folder that cannot be written gives another secret to each process: what is sealed with it
    then ends with the process.

    Args:
        folder: The data folder.
    """
    path = folder / _NAME
    with suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        # Whole under another name first: whoever reads it meanwhile must not see half of it.
        made = folder / f".{_NAME}-{os.getpid()}-{secrets.token_hex(4)}"
        if not path.exists():
            with os.fdopen(os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write(secrets.token_hex(_BYTES))
            with suppress(FileExistsError):
                os.link(made, path)  # of several that start at once, the first one's stays
            made.unlink()
        return path.read_bytes().strip()
    return secrets.token_bytes(_BYTES)


def key_for(secret: bytes, use: str) -> bytes:
    """A key for one use, from which neither the secret nor the key of another use can be told."""
    return hmac.new(secret, use.encode(), hashlib.sha256).digest()
