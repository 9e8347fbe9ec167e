"""What branches mean is the same on Neon and on a server of one's own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from typing import Protocol

import pytest

from arbitragevault.adapters.neon.branches import NeonBranches
from arbitragevault.adapters.neon.control_plane import ControlPlane
from arbitragevault.adapters.postgres.branches import LocalBranches
from arbitragevault.adapters.postgres.driver import connected, on_database
from arbitragevault.adapters.postgres.migrate import HEAD, downgrade
from arbitragevault.application.branches import rehearse, sweep
from arbitragevault.application.ports import Branches
from arbitragevault.bootstrap import SystemClock
from arbitragevault.domain.errors import (
    ConflictError,
    DatabaseError,
    InvalidInputError,
    NotFoundError,
)
from tests.integration.neon.conftest import QUICK, served
from tests.standins.neon import KEY, PROJECT, StandIn

PLANT = "ALTER TABLE products ADD COLUMN planted int NOT NULL DEFAULT 7"


class Kept(Protocol):
    """Branches, the name of the main one, and its address."""

    branches: Branches
    main: str
    url: str


class _Kept:
    def __init__(self, branches: Branches, main: str, url: str) -> None:
        self.branches, self.main, self.url = branches, main, url


@pytest.fixture(params=["local", "neon"])
async def kept(
    request: pytest.FixtureRequest, stand_in: StandIn, fresh_database_url: str
) -> AsyncIterator[_Kept]:
    """Branches of a database of our schema, by each of the two keepers."""
    async with AsyncExitStack() as stack:
        if request.param == "local":
            local = LocalBranches(fresh_database_url, lambda: datetime.now(UTC))
            yield _Kept(local, "main", fresh_database_url)
            for one in await local.all():
                if not one.is_main:
                    await local.delete(one.name)
            return
        url = await stack.enter_async_context(served(stand_in.app()))
        plane = ControlPlane(KEY, PROJECT, base_url=url, patience=QUICK)
        await stack.enter_async_context(plane)
        yield _Kept(NeonBranches(plane), "production", fresh_database_url)


async def run(url: str, statement: str) -> object:
    async with connected(url, "test") as connection:
        return await connection.fetchval(statement)


async def names(kept: _Kept) -> list[str]:
    return [one.name for one in await kept.branches.all()]


COUNT = "SELECT count(*) FROM token_buckets"
ADD = "INSERT INTO token_buckets (key_digest, granted, unexplained) VALUES ('{}', 0, 0)"


async def test_a_branch_goes_its_own_way(kept: _Kept) -> None:
    await run(kept.url, ADD.format("before"))
    await kept.branches.create("pr-1")
    url = (await kept.branches.address("pr-1")).direct
    assert await run(url, COUNT) == 1
    await run(url, ADD.format("on the branch"))
    await run(kept.url, ADD.format("on main 1"))
    await run(kept.url, ADD.format("on main 2"))
    assert (await run(url, COUNT), await run(kept.url, COUNT)) == (2, 3)
    reset = await kept.branches.reset("pr-1")
    assert reset.parent == kept.main
    url = (await kept.branches.address("pr-1")).direct
    assert await run(url, COUNT) == 3
    await kept.branches.delete("pr-1")
    assert await names(kept) == [kept.main]


async def test_a_branch_is_made_of_a_database_in_use(kept: _Kept) -> None:
    if kept.main == "production":
        pytest.skip("Neon branches storage; who is connected does not matter")
    await run(kept.url, ADD.format("before"))
    async with connected(kept.url, "somebody"):
        await kept.branches.create("pr-1")
    url = (await kept.branches.address("pr-1")).direct
    assert await run(url, COUNT) == 1
    assert await kept.branches.diff("pr-1") == ""


async def test_the_schemas_of_branch_and_parent_are_compared(kept: _Kept) -> None:
    await kept.branches.create("pr-1")
    assert await kept.branches.diff("pr-1") == ""
    await run((await kept.branches.address("pr-1")).direct, PLANT)
    diff = await kept.branches.diff("pr-1")
    assert "+table products column planted integer not null default 7" in diff.splitlines()
    assert "-table" not in diff


async def test_a_branch_is_restored_from_another_one(kept: _Kept) -> None:
    await kept.branches.create("one")
    await kept.branches.create("two")
    await run((await kept.branches.address("two")).direct, ADD.format("on two"))
    await kept.branches.restore("one", source="two")
    assert await run((await kept.branches.address("one")).direct, COUNT) == 1


async def test_what_has_expired_is_swept(kept: _Kept) -> None:
    now = datetime.now(UTC)
    await kept.branches.create("old", expires_at=now - timedelta(seconds=1))
    await kept.branches.create("young", expires_at=now + timedelta(days=1))
    await kept.branches.create("kept")
    assert [one.name for one in await sweep(kept.branches, SystemClock())] == ["old"]
    assert set(await names(kept)) == {kept.main, "young", "kept"}


async def test_a_rehearsal_times_every_step_and_shows_what_changes(kept: _Kept) -> None:
    await downgrade(kept.url, "0001")
    seen: list[str] = []
    done = await rehearse(
        kept.branches,
        SystemClock(),
        name="rehearsal",
        on_step=lambda step: seen.append(step.revision),
    )
    assert done.before == "0001"
    assert [step.revision for step in done.steps] == seen
    assert seen[0] == "0002"
    assert seen[-1] == HEAD
    assert all(step.title and step.seconds > 0 for step in done.steps)
    assert "+table token_buckets" in done.diff
    assert done.drift == ()
    assert await names(kept) == [kept.main]
    assert await run(kept.url, "SELECT version_num FROM alembic_version") == "0001"


async def test_a_rehearsal_may_leave_its_branch_and_finds_what_nobody_migrated(
    kept: _Kept,
) -> None:
    await run(kept.url, PLANT)
    done = await rehearse(kept.branches, SystemClock(), keep=True)
    assert (done.steps, done.diff, done.is_kept) == ((), "", True)
    assert any("planted" in one for one in done.drift)
    assert await names(kept) == [kept.main, done.branch]
    assert done.branch.startswith("rehearsal-")


async def test_a_failed_rehearsal_leaves_nothing(kept: _Kept) -> None:
    await run(kept.url, "UPDATE alembic_version SET version_num = 'later'")
    with pytest.raises(DatabaseError, match="'later'"):
        await rehearse(kept.branches, SystemClock(), name="rehearsal")
    assert await names(kept) == [kept.main]


@pytest.fixture
async def local(fresh_database_url: str) -> AsyncIterator[LocalBranches]:
    """Branches on a server of one's own."""
    branches = LocalBranches(fresh_database_url, lambda: datetime.now(UTC))
    yield branches
    for one in await branches.all():
        if not one.is_main:
            await branches.delete(one.name)


async def test_what_cannot_be_is_refused_locally(local: LocalBranches) -> None:
    await local.create("one")
    await local.create("two")
    for name in ("one", "main"):
        with pytest.raises(ConflictError, match="already"):
            await local.create(name)
    with pytest.raises(NotFoundError, match="'three'"):
        await local.create("four", parent="three")
    long_named = LocalBranches(on_database(local._url, "m" * 40), lambda: datetime.now(UTC))
    with pytest.raises(InvalidInputError, match="take at most 22 letters"):
        await long_named.create("x" * 23)
    for refused in (local.delete, local.reset, local.diff):
        with pytest.raises(ConflictError, match="main branch"):
            await refused("main")
        with pytest.raises(NotFoundError):
            await refused("three")
    with pytest.raises(InvalidInputError, match="no history"):
        await local.restore("one", at=datetime.now(UTC))
    with pytest.raises(ConflictError, match="already"):
        await local.restore("one", source="two", keep_as="two")
    with pytest.raises(NotFoundError):
        await local.address("three")


async def test_the_state_before_a_restore_can_be_kept(local: LocalBranches) -> None:
    await local.create("one")
    await local.create("two")
    await run((await local.address("one")).direct, ADD.format("mine"))
    await local.restore("one", source="two", keep_as="one-before")
    states = [
        await run((await local.address(name)).direct, COUNT) for name in ("one", "one-before")
    ]
    assert states == [0, 1]


async def test_databases_of_others_are_no_branches(local: LocalBranches) -> None:
    async with local._server() as server:
        name = local._database("odd")
        await server.execute(f'CREATE DATABASE "{name}"')
        try:
            assert [one.name for one in await local.all()] == ["main"]
        finally:
            await server.execute(f'DROP DATABASE "{name}"')
