"""What a database branch is, whoever keeps it: Neon, or a local server with template databases."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from arbitragevault.domain.errors import InvalidInputError

LONGEST_NAME: Final = 40
"""With the database's own name before it, still a PostgreSQL identifier (63 bytes)."""


@dataclass(frozen=True, slots=True)
class Branch:
    """A copy of a database that goes its own way.

    Args:
        name: What users call it.
        id: What its keeper calls it.
        parent: Name of the branch that it was made from; None for the main one.
        created_at: When it was made, aware; None if nobody knows.
        expires_at: When it may be swept away, aware; None for never.
    """

    name: str
    id: str
    parent: str | None
    created_at: datetime | None
    expires_at: datetime | None

    @property
    def is_main(self) -> bool:
        """It is where production lives: never deleted, reset or swept."""
        return self.parent is None

    def has_expired(self, now: datetime) -> bool:
        """It may be swept away."""
        return self.expires_at is not None and self.expires_at <= now


@dataclass(frozen=True, slots=True)
class BranchAddress:
    """How a branch is reached.

    Args:
        direct: For migrations, bulk loads and copies. Holds a password.
        pooled: For everything else; the same where there is no pooler.
    """

    direct: str
    pooled: str


def checked_name(name: str) -> str:
    """A branch's name, if it can be one on every keeper.

    Raises:
        InvalidInputError: If it is empty, too long, or has other characters.
    """
    if not re.fullmatch(rf"[a-z0-9][a-z0-9._/-]{{0,{LONGEST_NAME - 1}}}", name):
        raise InvalidInputError(
            f"{name!r} is no name for a branch; write at most {LONGEST_NAME} lower-case letters, "
            "digits and - . _ / and begin with a letter or digit."
        )
    return name
