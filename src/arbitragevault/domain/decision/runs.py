"""Runs: durable pieces of work, and the states through which they and their items go."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from arbitragevault.domain.errors import ConflictError


class RunState(StrEnum):
    """Where a run stands."""

    QUEUED = "queued"
    RUNNING = "running"
    WAITING_TOKENS = "waiting_tokens"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_final(self) -> bool:
        """True if no work goes on: the run ended, well or not."""
        return self in FINAL


class ItemState(StrEnum):
    """Where one item of a run stands."""

    PENDING = "pending"
    LEASED = "leased"
    DONE = "done"
    FAILED = "failed"


FINAL: Final = frozenset({RunState.SUCCEEDED, RunState.FAILED, RunState.CANCELLED})
"""The states in which a run has ended."""

UNFINISHED: Final = frozenset(RunState) - FINAL
"""The states in which a run has work left."""

ALLOWED: Final[Mapping[RunState, frozenset[RunState]]] = MappingProxyType(
    {
        RunState.QUEUED: frozenset({RunState.RUNNING, RunState.FAILED, RunState.CANCELLED}),
        RunState.RUNNING: frozenset(
            {
                RunState.QUEUED,  # given back by a worker that shuts down
                RunState.WAITING_TOKENS,
                RunState.SUCCEEDED,
                RunState.FAILED,
                RunState.CANCELLED,
            }
        ),
        RunState.WAITING_TOKENS: frozenset(
            {RunState.QUEUED, RunState.RUNNING, RunState.FAILED, RunState.CANCELLED}
        ),
        RunState.SUCCEEDED: frozenset(),
        # A run that stopped short keeps what is done and may be taken up again.
        RunState.FAILED: frozenset({RunState.QUEUED}),
        RunState.CANCELLED: frozenset({RunState.QUEUED}),
    }
)
"""The states that may follow each state."""


def check_transition(current: RunState, wanted: RunState) -> None:
    """Make sure that a run may go from one state to another.

    Raises:
        ConflictError: If it may not.
    """
    if wanted not in ALLOWED[current]:
        possible = ", ".join(sorted(ALLOWED[current])) or "nothing"
        raise ConflictError(
            f"A run that is {current.value} cannot become {wanted.value}; possible is {possible}."
        )
