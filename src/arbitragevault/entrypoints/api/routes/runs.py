"""Runs: look, follow, cancel, resume."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Query
from fastapi.sse import EventSourceResponse, ServerSentEvent

from arbitragevault.application.runs import (
    RunView,
    cancel_run,
    follow_run,
    get_run,
    list_runs,
    resume_run,
)
from arbitragevault.entrypoints.api.events import Bye, until_stopped
from arbitragevault.entrypoints.api.lifetime import ServicesDep, StoppingDep
from arbitragevault.entrypoints.api.schemas.runs import Run, RunList

_MAX_EVENT_ID: Final = 2**63 - 1

router = APIRouter(prefix="/runs", tags=["runs"])


async def _existing(run_id: UUID, services: ServicesDep) -> RunView:
    """The run of the path: a stream has to refuse before its first byte."""
    return await get_run(services, run_id)


@router.get("", name="list_runs")
async def newest(services: ServicesDep, limit: Annotated[int, Query(ge=1, le=200)] = 20) -> RunList:
    """The newest runs first."""
    return RunList(items=[Run.model_validate(run) for run in await list_runs(services, limit)])


@router.get("/{run_id}", name="get_run", response_model=Run)
async def one(run: Annotated[RunView, Depends(_existing)]) -> RunView:
    """One run."""
    return run


@router.get("/{run_id}/events", name="follow_run", response_class=EventSourceResponse)
async def events(
    run: Annotated[RunView, Depends(_existing)],
    services: ServicesDep,
    stopping: StoppingDep,
    last_event_id: Annotated[str | None, Header(max_length=100)] = None,
) -> AsyncIterator[ServerSentEvent]:
    """What happens to a run, as server-sent events, until it has ended.

    ``state`` and ``progress`` carry the run. A reader that was cut off goes on after its
    ``Last-Event-ID``. ``bye`` says that the server stops; the run goes on when it is back.
    """
    after = _event_id(last_event_id)
    async for event in until_stopped(follow_run(services, run.id, after), stopping):
        if isinstance(event, Bye):
            yield ServerSentEvent(event="bye", data={"reason": "The server is stopping."})
        else:
            yield ServerSentEvent(
                id=str(event.id), event=event.name, data=Run.model_validate(event.run)
            )


@router.post("/{run_id}/cancellation", name="cancel_run", status_code=202, response_model=Run)
async def cancel(run_id: UUID, services: ServicesDep) -> RunView:
    """Stop a run; what it has decided stays."""
    return await cancel_run(services, run_id)


@router.post("/{run_id}/resumption", name="resume_run", status_code=202, response_model=Run)
async def resume(run_id: UUID, services: ServicesDep) -> RunView:
    """Take up a cancelled, failed or waiting run where it stopped."""
    return await resume_run(services, run_id)


def _event_id(given: str | None) -> int:
    """The event after which to go on; anything that is no event id starts at the beginning."""
    if given is None or not given.isascii() or not given.isdigit():
        return 0
    return min(int(given), _MAX_EVENT_ID)
