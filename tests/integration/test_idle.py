"""An idle program asks its database nothing, so that one that scales to zero can sleep."""

from __future__ import annotations

import asyncio
from datetime import datetime
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

    async def last_asked(session: AsyncSession) -> datetime | None:
        query = (
            "SELECT max(state_change) FROM pg_stat_activity"
            " WHERE datname = :name AND backend_type = 'client backend'"
        )
        at: datetime | None = await session.scalar(text(query), {"name": name})
        return at

    async with (
        Database(server_url) as outside,
        open_services(load_settings(), worker=True) as opened,
    ):
        look = outside.of(None)
        await asyncio.sleep(1.5)  # it tidies up when it starts
        before = await look.read(last_asked)
        assert before is not None
        await asyncio.sleep(SECONDS)
        assert await readiness(opened) is not None
        after = await look.read(last_asked)
        # A pooler may have closed the connection meanwhile.
        assert after is None or after <= before
