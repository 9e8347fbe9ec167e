"""Neon's control plane as a stand-in over real HTTP, and a database without other users."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import uvicorn
from starlette.types import ASGIApp

from arbitragevault.adapters.neon.branches import NeonBranches
from arbitragevault.adapters.neon.control_plane import ControlPlane, Patience
from arbitragevault.adapters.postgres.driver import database_of
from tests.standins.neon import KEY, PROJECT, StandIn

QUICK = Patience(request=5.0, attempts=4, first=0.002, most=0.01, operation=5.0, look=0.001)


@asynccontextmanager
async def served(app: ASGIApp) -> AsyncIterator[str]:
    """The address at which an application answers."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="off"))
        task = asyncio.create_task(server.serve(sockets=[listener]))
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}/api/v2"
        finally:
            server.should_exit = True
            await task


@pytest.fixture
async def stand_in(fresh_database_url: str) -> AsyncIterator[StandIn]:
    """A project whose main branch is a database of our schema."""
    project = StandIn(fresh_database_url, database_of(fresh_database_url))
    yield project
    await project.close()


@pytest.fixture
async def neon_url(stand_in: StandIn) -> AsyncIterator[str]:
    """Where the stand-in answers."""
    async with served(stand_in.app()) as url:
        yield url


@pytest.fixture
async def plane(neon_url: str) -> AsyncIterator[ControlPlane]:
    """The client of the stand-in."""
    async with ControlPlane(KEY, PROJECT, base_url=neon_url, patience=QUICK) as client:
        yield client


@pytest.fixture
def neon(plane: ControlPlane) -> NeonBranches:
    """The branches that the stand-in keeps."""
    return NeonBranches(plane)
