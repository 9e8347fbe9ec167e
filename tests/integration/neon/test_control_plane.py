"""The client of Neon's control plane against the stand-in: retries, operations, refusals."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import httpx2
import pytest

from arbitragevault.adapters.neon.branches import NeonBranches
from arbitragevault.adapters.neon.control_plane import ControlPlane, Patience
from arbitragevault.domain.errors import (
    ConfigurationError,
    ConflictError,
    ControlPlaneError,
    InvalidInputError,
    NotFoundError,
)
from tests.integration.neon.conftest import QUICK
from tests.standins.neon import KEY, MAIN, PROJECT, StandIn


async def test_a_branch_is_made_listed_and_deleted(neon: NeonBranches, stand_in: StandIn) -> None:
    expires = datetime.now(UTC) + timedelta(days=14)
    made = await neon.create("pr-1", expires_at=expires)
    assert (made.name, made.parent, made.expires_at) == ("pr-1", MAIN, expires)
    child = await neon.create("pr-1/try", parent="pr-1")
    assert [one.name for one in await neon.all()] == [MAIN, child.name, "pr-1"]
    assert (await neon.all())[1].parent == "pr-1"
    for name in ("pr-1/try", "pr-1"):
        await neon.delete(name)
    assert [one.name for one in await neon.all()] == [MAIN]
    assert stand_in.bodies[0]["endpoints"] == [{"type": "read_write"}]


async def test_many_branches_come_page_by_page(
    neon: NeonBranches, stand_in: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("arbitragevault.adapters.neon.control_plane._PAGE", 2)
    for number in range(4):
        await neon.create(f"pr-{number}")
    assert len(await neon.all()) == 5
    assert stand_in.asked.count(("GET", f"/api/v2/projects/{PROJECT}/branches")) >= 3


@pytest.mark.parametrize("status", [423, 429, (429, "0"), (423, "soon")])
async def test_a_busy_project_is_asked_again(
    neon: NeonBranches, stand_in: StandIn, status: int | tuple[int, str]
) -> None:
    stand_in.trouble.extend([429, status, status])
    await neon.create("pr-1")
    assert len(await neon.all()) == 2


async def test_a_project_that_stays_busy_is_told(neon: NeonBranches, stand_in: StandIn) -> None:
    stand_in.trouble.extend([423] * 20)
    with pytest.raises(ControlPlaneError, match="answers 423: later") as caught:
        await neon.all()
    assert caught.value.status == 423
    assert len(stand_in.asked) == QUICK.attempts


async def test_reading_is_repeated_after_a_failure_of_neons(
    neon: NeonBranches, stand_in: StandIn
) -> None:
    stand_in.trouble.extend([500, 503])
    assert [one.name for one in await neon.all()] == [MAIN]


async def test_a_branch_whose_answer_was_lost_is_not_made_twice(
    neon: NeonBranches, stand_in: StandIn
) -> None:
    stand_in.looks = 0
    await neon.all()
    stand_in.trouble.extend([(429, "0"), "lost"])
    made = await neon.create("pr-1")
    assert made.name == "pr-1"
    assert sum(one.name == "pr-1" for one in stand_in.branches.values()) == 1


async def test_a_branch_that_was_not_made_is_told(plane: ControlPlane, stand_in: StandIn) -> None:
    neon = NeonBranches(plane)
    await neon.create("pr-1")
    asked = len(stand_in.asked)
    # The look for the name succeeds, making it fails, and it is not there afterwards.
    stand_in.trouble.extend([429, 429, 429])
    stand_in.refuses_posts = 500
    with pytest.raises(ControlPlaneError, match="answers 500"):
        await neon.create("pr-2")
    assert [method for method, _ in stand_in.asked[asked:]].count("POST") == 1


async def test_an_operation_that_fails_is_told(neon: NeonBranches, stand_in: StandIn) -> None:
    stand_in.ends = "failed"
    with pytest.raises(ControlPlaneError, match="ended as failed: compute would not start"):
        await neon.create("pr-1")


async def test_an_operation_that_takes_too_long_is_told(neon_url: str, stand_in: StandIn) -> None:
    stand_in.looks = 1_000_000
    patience = Patience(operation=0.02, look=0.005)
    async with ControlPlane(KEY, PROJECT, base_url=neon_url, patience=patience) as plane:
        with pytest.raises(ControlPlaneError, match="has been running for"):
            await NeonBranches(plane).create("pr-1")


async def test_a_wrong_key_is_a_matter_of_configuration(neon_url: str) -> None:
    async with ControlPlane("wrong", PROJECT, base_url=neon_url, patience=QUICK) as plane:
        with pytest.raises(ConfigurationError, match="NEON_API_KEY") as caught:
            await plane.branches()
    assert "wrong" not in caught.value.message


async def test_no_network_is_told_after_some_tries() -> None:
    patience = Patience(attempts=2, first=0.001)
    async with ControlPlane(
        KEY, PROJECT, base_url="http://127.0.0.1:9", patience=patience
    ) as plane:
        with pytest.raises(ControlPlaneError, match="cannot be reached") as caught:
            await plane.branches()
    assert caught.value.is_unsure


async def test_a_request_that_may_have_arrived_is_not_sent_twice() -> None:
    sent = []

    def lose(request: httpx2.Request) -> httpx2.Response:
        sent.append(request.method)
        raise httpx2.ReadTimeout("slow", request=request)

    transport = httpx2.MockTransport(lose)
    async with ControlPlane(KEY, PROJECT, patience=QUICK, transport=transport) as plane:
        with pytest.raises(ControlPlaneError):
            await plane.create("pr-1", parent_id="br-main", expires_at=None)
        assert sent == ["POST"]
        with pytest.raises(ControlPlaneError):
            await plane.branches()
    assert sent == ["POST", *["GET"] * QUICK.attempts]


@pytest.mark.parametrize("body", [b"", b"<html>", b'{"branches": [{"id": 1}]}'])
async def test_an_answer_of_another_shape_is_told(body: bytes) -> None:
    transport = httpx2.MockTransport(lambda _: httpx2.Response(200, content=body))
    async with ControlPlane(KEY, PROJECT, transport=transport) as plane:
        with pytest.raises(ControlPlaneError, match="cannot be understood"):
            await plane.branches()


async def test_a_refusal_without_json_is_told_all_the_same() -> None:
    transport = httpx2.MockTransport(lambda _: httpx2.Response(404, content=b"no"))
    async with ControlPlane(KEY, PROJECT, transport=transport) as plane:
        with pytest.raises(ControlPlaneError, match=r"answers 404\.$") as caught:
            await plane.branches()
    assert not caught.value.is_unsure


async def test_what_cannot_be_is_refused(neon: NeonBranches) -> None:
    await neon.create("pr-1")
    with pytest.raises(ConflictError, match="already"):
        await neon.create("pr-1")
    for name in ("", "PR", "a b", "-x", "x" * 41):
        with pytest.raises(InvalidInputError, match="no name for a branch"):
            await neon.create(name)
    for refused in (neon.delete, neon.reset, neon.diff):
        with pytest.raises(ConflictError, match="main branch"):
            await refused(MAIN)
        with pytest.raises(NotFoundError, match="'pr-2'"):
            await refused("pr-2")
    with pytest.raises(NotFoundError, match="no database 'other'"):
        await NeonBranches(neon._plane, "other").address("pr-1")


async def test_deleting_twice_is_no_error(plane: ControlPlane) -> None:
    await plane.delete("br-nobody")


async def test_a_project_without_a_main_branch_is_told(
    neon: NeonBranches, stand_in: StandIn
) -> None:
    stand_in.branches.clear()
    with pytest.raises(NotFoundError, match="no default branch"):
        await neon.create("pr-1")


async def test_restoring_names_the_moment_and_what_is_kept(
    neon: NeonBranches, stand_in: StandIn
) -> None:
    await neon.create("pr-1")
    at = datetime(2026, 11, 20, 8, 30, tzinfo=UTC)
    await neon.restore("pr-1", at=at, keep_as="pr-1-before")
    assert stand_in.bodies[-1] == {
        "source_branch_id": next(
            one.id for one in stand_in.branches.values() if one.name == "pr-1"
        ),
        "source_timestamp": "2026-11-20T08:30:00Z",
        "preserve_under_name": "pr-1-before",
    }
    await neon.restore("pr-1", source=MAIN)
    assert stand_in.bodies[-1] == {"source_branch_id": "br-main"}
