"""What production has more than one of."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Protocol

from arbitragevault.adapters.branch import Branch, BranchAddress
from arbitragevault.domain.explanation.answers import Draft, Filled, Form
from arbitragevault.domain.explanation.check import Objection
from arbitragevault.domain.explanation.narrative import Brief


class Clock(Protocol):
    """The time. Use cases ask for it, so that tests and replays can set it."""

    def now(self) -> datetime:
        """The present moment, aware UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds that never run backwards, for waiting."""
        ...


class Narrator(Protocol):
    """Who writes texts and fills in forms: a language model, or the template."""

    @property
    def model(self) -> str | None:
        """Name of the model; None for the template."""
        ...

    @property
    def version(self) -> str:
        """What beside the facts decides about a text: prompts, their version, the server."""
        ...

    def most_tokens(self, task: Brief | Form) -> int:
        """Tokens that one call for a task may use at worst."""
        ...

    def narrate(self, brief: Brief, objections: Sequence[Objection] = ()) -> AsyncIterator[Draft]:
        """The text that a brief asks for, growing; the last draft is complete.

        Args:
            brief: What to write about.
            objections: What was wrong with the text before.

        Raises:
            NarratorError: If there is no usable answer.
        """
        ...

    async def fill(self, form: Form, objections: Sequence[Objection] = ()) -> Filled:
        """A form filled in from words.

        Raises:
            NarratorError: If there is no usable answer.
        """


class Branches(Protocol):
    """Copies of the database that go their own way: kept by Neon, or on a server of one's own."""

    async def all(self) -> list[Branch]:
        """Every branch, the main one first, then the newest."""
        ...

    async def create(
        self, name: str, *, parent: str | None = None, expires_at: datetime | None = None
    ) -> Branch:
        """Make a branch of another one, the main one unless told."""
        ...

    async def delete(self, name: str) -> None:
        """Delete a branch and what was changed on it."""
        ...

    async def reset(self, name: str) -> Branch:
        """Put a branch into its parent's present state."""
        ...

    async def restore(
        self,
        name: str,
        *,
        source: str | None = None,
        at: datetime | None = None,
        keep_as: str | None = None,
    ) -> Branch:
        """Put a branch into the state of another one, or into its own at an earlier moment."""
        ...

    async def address(self, name: str) -> BranchAddress:
        """How a branch is reached."""
        ...

    async def diff(self, name: str) -> str:
        """How the schema of a branch differs from its parent's, as a unified diff."""
        ...
