"""When the database was reached last, without asking it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(slots=True)
class Reach:
    """What the work itself tells about the database.

    Attributes:
        succeeded_at: When a transaction last ended well; None before the first.
        failed_at: When the database could last not be reached; None if that never happened.
        is_failing: It could not be reached the last time that it was needed.
    """

    succeeded_at: datetime | None = None
    failed_at: datetime | None = None
    is_failing: bool = False

    def succeeded(self) -> None:
        """A transaction ended well."""
        self.succeeded_at = datetime.now(UTC)
        self.is_failing = False

    def failed(self) -> None:
        """The database could not be reached."""
        self.failed_at = datetime.now(UTC)
        self.is_failing = True
