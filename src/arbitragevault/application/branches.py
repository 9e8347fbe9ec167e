"""Database branches: made, compared, swept, and used to rehearse a migration."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from arbitragevault.adapters.branch import Branch
from arbitragevault.adapters.postgres.migrate import (
    differences_of,
    revision_of,
    steps_from,
    upgrade,
)
from arbitragevault.adapters.postgres.schema_text import schema_diff, schema_lines
from arbitragevault.application.ports import Branches, Clock

REHEARSAL_LASTS: Final = timedelta(hours=2)
"""After this a rehearsal's branch may be swept, should deleting it have failed."""


@dataclass(frozen=True, slots=True)
class RehearsedStep:
    """One migration on a branch.

    Args:
        revision: What it brought the branch to.
        title: What it does.
        seconds: How long it took.
    """

    revision: str
    title: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What migrating a copy of the data showed.

    Args:
        branch: Name of the branch.
        parent: What it was made from; None for the main one.
        branching_seconds: How long it took to make.
        before: The revision that the data had.
        steps: Every migration that they lacked.
        diff: What the migrations changed in the schema, as a unified diff.
        drift: What separates the migrated schema from the program's tables; empty if nothing.
        is_kept: The branch is still there.
    """

    branch: str
    parent: str | None
    branching_seconds: float
    before: str
    steps: tuple[RehearsedStep, ...]
    diff: str
    drift: tuple[str, ...]
    is_kept: bool


async def sweep(branches: Branches, clock: Clock) -> list[Branch]:
    """Delete every branch that has expired; returns them."""
    now = clock.now()
    # The newest first: a branch goes before the one that it was made from.
    gone = [one for one in await branches.all() if not one.is_main and one.has_expired(now)]
    for one in gone:
        await branches.delete(one.name)
    return gone


async def rehearse(
    branches: Branches,
    clock: Clock,
    *,
    name: str | None = None,
    parent: str | None = None,
    keep: bool = False,
    on_step: Callable[[RehearsedStep], None] = lambda _: None,
) -> Rehearsal:
    """Migrate a copy of the data, with the time of every step and the change of the schema.

    Args:
        branches: Who keeps the branches.
        clock: The time.
        name: Name of the branch; None makes one from the time.
        parent: What to branch from; None takes the main one.
        keep: Leave the branch when done.
        on_step: Told of every migration once it is through.

    Raises:
        ConflictError: If there is a branch of that name.
        DatabaseError: If a migration fails. The branch is deleted all the same unless it is kept.
    """
    now = clock.now()
    chosen = name or f"rehearsal-{now:%m%d-%H%M%S}"
    began = time.perf_counter()
    expires_at = None if keep else now + REHEARSAL_LASTS
    made = await branches.create(chosen, parent=parent, expires_at=expires_at)
    try:
        url = (await branches.address(made.name)).direct
        branching = time.perf_counter() - began
        before, schema = await revision_of(url), await schema_lines(url)
        steps = await _migrate(url, before, on_step)
        after = await schema_lines(url)
        drift = tuple(str(one) for one in await differences_of(url))
    finally:
        if not keep:
            await branches.delete(made.name)
    return Rehearsal(
        branch=made.name,
        parent=made.parent,
        branching_seconds=branching,
        before=before,
        steps=steps,
        diff=schema_diff(schema, after, names=("before", "after")),
        drift=drift,
        is_kept=keep,
    )


async def _migrate(
    url: str, before: str, on_step: Callable[[RehearsedStep], None]
) -> tuple[RehearsedStep, ...]:
    """Bring a database to the newest revision one step at a time."""
    done = []
    for step in steps_from(before):
        began = time.perf_counter()
        await upgrade(url, step.revision)
        done.append(RehearsedStep(step.revision, step.title, time.perf_counter() - began))
        on_step(done[-1])
    return tuple(done)
