import json
from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import Any
from uuid import UUID, uuid4

import httpx2
import pytest

from arbitragevault.entrypoints.api.schemas.runs import Run, RunList
from arbitragevault.sandbox.marketplace import Marketplace

Problem = Callable[[httpx2.Response], str]
Scanned = Callable[..., Awaitable[UUID]]
Start = Callable[[Sequence[dict[str, Any]]], Awaitable[UUID]]
Work = Callable[[UUID], Awaitable[None]]


def events_of(text: str) -> Iterator[dict[str, Any]]:
    """The events of a stream, as a browser reads them."""
    for block in text.strip().split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.splitlines() if ": " in line)
        if "data" in fields:
            yield {**fields, "data": json.loads(fields["data"])}


async def test_a_scan_from_start_to_end(client: httpx2.AsyncClient, scanned: Scanned) -> None:
    run_id = await scanned()
    run = Run.model_validate_json((await client.get(f"/api/v1/runs/{run_id}")).content)
    assert (run.state, run.rows, run.done) == ("succeeded", 9, 9)
    counts = run.counts
    assert counts.buy + counts.review + counts.skip + counts.unknown == 9
    assert counts.errors == 1
    assert run.tokens.spent > 0
    assert run.error is None
    assert (
        run.created_at <= (run.started_at or run.created_at) <= (run.finished_at or run.created_at)
    )


async def test_runs_are_listed_newest_first(
    client: httpx2.AsyncClient, start: Start, market: Marketplace
) -> None:
    first = await start([{"identifier": market.asins[0]}])
    second = await start([{"identifier": market.asins[1]}])
    listed = RunList.model_validate_json((await client.get("/api/v1/runs")).content)
    assert [run.id for run in listed.items] == [second, first]
    listed = RunList.model_validate_json((await client.get("/api/v1/runs?limit=1")).content)
    assert [run.id for run in listed.items] == [second]


async def test_a_run_that_does_not_exist(client: httpx2.AsyncClient, problem: Problem) -> None:
    for method, path in (
        ("GET", ""),
        ("GET", "/events"),
        ("POST", "/cancellation"),
        ("POST", "/resumption"),
    ):
        response = await client.request(method, f"/api/v1/runs/{uuid4()}{path}")
        assert (response.status_code, problem(response)) == (404, "not_found")
    response = await client.get("/api/v1/runs/7")
    assert (response.status_code, problem(response)) == (422, "invalid_request")


@pytest.mark.parametrize("limit", ["0", "201", "many"])
async def test_limits_are_limited(client: httpx2.AsyncClient, problem: Problem, limit: str) -> None:
    response = await client.get(f"/api/v1/runs?limit={limit}")
    assert (response.status_code, problem(response)) == (422, "invalid_request")


async def test_a_run_can_be_cancelled_and_resumed(
    client: httpx2.AsyncClient, start: Start, work: Work, market: Marketplace, problem: Problem
) -> None:
    run_id = await start([{"identifier": asin} for asin in market.asins[:3]])
    path = f"/api/v1/runs/{run_id}"
    response = await client.post(f"{path}/cancellation")
    assert (response.status_code, response.json()["state"]) == (202, "cancelled")
    response = await client.post(f"{path}/cancellation")
    assert (response.status_code, problem(response)) == (409, "conflict")
    response = await client.post(f"{path}/resumption")
    assert (response.status_code, response.json()["state"]) == (202, "queued")
    await work(run_id)
    assert (await client.get(path)).json()["state"] == "succeeded"
    response = await client.post(f"{path}/resumption")
    assert (response.status_code, problem(response)) == (409, "conflict")


async def test_events_tell_the_run_to_its_end(client: httpx2.AsyncClient, scanned: Scanned) -> None:
    run_id = await scanned()
    response = await client.get(
        f"/api/v1/runs/{run_id}/events", headers={"accept-encoding": "gzip"}
    )
    assert response.headers["content-type"].startswith("text/event-stream")
    assert "content-encoding" not in response.headers
    assert response.headers["cache-control"] == "no-cache"
    events = list(events_of(response.text))
    assert {event["event"] for event in events} <= {"state", "progress"}
    for event in events:
        Run.model_validate(event["data"])
    assert events[-1]["data"]["state"] == "succeeded"
    ids = [int(event["id"]) for event in events]
    assert ids == sorted(set(ids))


async def test_a_reader_that_was_cut_off_goes_on_where_it_was(
    client: httpx2.AsyncClient, scanned: Scanned
) -> None:
    run_id = await scanned()
    path = f"/api/v1/runs/{run_id}/events"
    events = list(events_of((await client.get(path)).text))
    last = events[-1]["id"]
    again = (await client.get(path, headers={"last-event-id": last})).text
    assert list(events_of(again)) == []
    earlier = str(int(last) - 1)
    missed = (await client.get(path, headers={"last-event-id": earlier})).text
    assert [event["id"] for event in events_of(missed)] == [last]


@pytest.mark.parametrize("wrong", ["", "x", "-1", "1.5", "\u00b2", "9" * 99])
async def test_an_event_id_that_is_none_starts_again(
    client: httpx2.AsyncClient, scanned: Scanned, wrong: str
) -> None:
    run_id = await scanned(1)
    response = await client.get(
        f"/api/v1/runs/{run_id}/events", headers=[(b"last-event-id", wrong.encode())]
    )
    assert response.status_code == 200
