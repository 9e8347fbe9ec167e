"""An idle program asks its database nothing, so that one that scales to zero can sleep."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncSession

from arbitragevault.adapters.postgres.engine import Database
from arbitragevault.application.overview import readiness
from arbitragevault.bootstrap import open_services
from arbitragevault.settings import load_settings

SECONDS = 3
"""Longer than any pause of the worker that is not for good."""


async def test_an_idle_program_asks_nothing(
    server_url: str, fresh_database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("KEEPA_API_KEY", "KEEPA_BASE_URL", "DATABASE_URL_DIRECT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DATABASE_URL", fresh_database_url)
    monkeypatch.setenv("ARBITRAGEVAULT_SANDBOX_PRODUCTS", "40")
    name = make_url(fresh_database_url).database or ""

    async def last_asked(session: AsyncSession) -> tuple[object, int]:
        query = (
            "SELECT max(state_change), count(*) FROM pg_stat_activity"
            " WHERE datname = :name AND backend_type = 'client backend'"
        )
        at, connections = (await session.execute(text(query), {"name": name})).one()
        return at, connections

    async with (
        Database(server_url) as outside,
        open_services(load_settings(), worker=True) as opened,
    ):
        look = outside.of(None)
        await asyncio.sleep(0.5)
        before, connections = await look.read(last_asked)
        assert connections > 0
        await asyncio.sleep(SECONDS)
        assert await readiness(opened) is not None
        assert await look.read(last_asked) == (before, connections)
