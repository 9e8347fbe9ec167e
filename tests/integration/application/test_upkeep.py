"""Upkeep: paid answers decoded again, old rows forgotten, features made anew."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import text

from arbitragevault.adapters.keepa.bucket import Account
from arbitragevault.adapters.postgres.engine import Database
from arbitragevault.adapters.postgres.repositories import run_events, runs
from arbitragevault.application.acquire import Acquisition, Wanted, acquire
from arbitragevault.application.services import Services
from arbitragevault.application.upkeep import Redecoded, Tidied, redecode, tidy
from arbitragevault.domain.catalog.marketplace import US
from arbitragevault.domain.decision.runs import RunState
from arbitragevault.domain.errors import HistoryCodecError
from arbitragevault.sandbox.marketplace import Marketplace
from tests.integration.application.conftest import MovableClock, Open


async def fetch(services: Services, *asins: str) -> Acquisition:
    wanted = [Wanted(asin, None) for asin in asins]
    return await acquire(services, US, wanted, depth="history", account=Account("lookup"))


async def rows(database: Database, query: str) -> list[tuple[object, ...]]:
    async with database.of(None).begin() as session:
        return [tuple(row) for row in await session.execute(text(query))]


async def order(database: Database, statement: str) -> None:
    async with database.of(None).begin() as session:
        await session.execute(text(statement))


STORED = "SELECT asin, digest, fetched_at, depth FROM products ORDER BY asin"


async def test_paid_answers_are_kept_and_decoded_again(
    open_services: Open, market: Marketplace, clock: MovableClock, database: Database
) -> None:
    one, two, three = market.asins[:3]
    async with open_services() as sandbox:
        assert len((await fetch(sandbox, one)).markets) == 1
        assert await rows(database, "SELECT count(*) FROM payloads") == [
            (0,)
        ]  # it can be had again for nothing
        services = replace(sandbox, data_source="keepa")
        await fetch(services, one, two, three)
        clock.move(hours=25)
        await fetch(services, three)
        kept = "SELECT tokens, request ->> 'asin', size_bytes > 2 * length(data), is_sandbox"
        assert await rows(database, f"{kept} FROM payloads ORDER BY id") == [
            (3, f"{one},{two},{three}", True, False),
            (1, three, True, False),
        ]
        before = await rows(database, STORED)
        await order(
            database,
            "DELETE FROM products WHERE NOT is_sandbox AND asin = (SELECT min(asin) FROM products)",
        )
        spent = await services.economy.spent_today()
        again = await redecode(services)
        assert again == Redecoded(2, products=3, newer=1, refused=0, megabytes=again.megabytes)
        assert again.megabytes > 0
        assert await rows(database, STORED) == before
        assert await services.economy.spent_today() == spent
        assert await redecode(sandbox) == Redecoded()
        await order(database, "UPDATE payloads SET data = data || 'x'")
        with pytest.raises(HistoryCodecError):
            await redecode(services)


async def test_what_is_old_is_forgotten(
    open_services: Open, market: Marketplace, clock: MovableClock, database: Database
) -> None:
    async with open_services() as sandbox:
        services = replace(sandbox, data_source="keepa")
        await fetch(services, market.asins[0])
        ended = await a_run(database, clock, has_ended=True)
        going_on = await a_run(database, clock, has_ended=False)
        assert await tidy(services) == Tidied(payloads=0, events=0, features=0)
        clock.move(days=31)
        await fetch(services, market.asins[1])
        assert await tidy(services) == Tidied(payloads=1, events=0, features=0)
        clock.move(days=60)
        assert await tidy(services, payload_days=100) == Tidied(payloads=0, events=2, features=0)
        left = {run for (run,) in await rows(database, "SELECT run_id FROM run_events")}
        assert left == {going_on}
        assert left != {ended}


async def a_run(database: Database, clock: MovableClock, *, has_ended: bool) -> object:
    async with database.begin() as session:
        run_id = await runs.create(
            session,
            kind="scan",
            is_sandbox=False,
            source="a file",
            policy_name="default",
            policy_body={},
            marketplace="US",
            params={},
            params_digest=None,
            at=clock.now(),
        )
        await run_events.add_event(session, run_id, "progress", {}, clock.now())
        if has_ended:
            await runs.set_state(session, run_id, RunState.CANCELLED, at=clock.now())
        return run_id


async def test_features_of_older_functions_are_made_anew(
    open_services: Open, market: Marketplace, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("arbitragevault.application.upkeep._BATCH", 2)
    features = "SELECT * FROM product_features ORDER BY product_id"
    async with open_services() as services:
        await fetch(services, *market.asins[:5])
        before = await rows(database, features)
        await order(
            database,
            "UPDATE product_features SET version = version - 1, sales_rank = 1"
            " WHERE product_id % 2 = 0",
        )
        await order(
            database,
            "DELETE FROM product_features WHERE product_id = (SELECT min(id) FROM products)",
        )
        now = await rows(database, features)
        changed = sum(row not in now for row in before)
        assert changed >= 3
        assert (await tidy(services)).features == changed
        assert await rows(database, features) == before
        assert (await tidy(services)).features == 0
