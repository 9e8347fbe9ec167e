"""What a check found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Outcome = Literal["ok", "warning", "failed"]


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at.

    Args:
        check: What.
        status: ``ok``, ``warning`` (works, but not as it should) or ``failed``.
        detail: What was found.
        mend: What to do about it; None where nothing is needed.
    """

    check: str
    status: Outcome
    detail: str
    mend: str | None = None
