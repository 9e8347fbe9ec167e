"""Runs through every change of state, and what they cost when something stops them half-way."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from uuid import UUID, uuid4

import httpx2
import orjson
import pytest
from sqlalchemy import text

from arbitragevault.adapters.files.rows import lead_from_fields
from arbitragevault.adapters.keepa.bucket import Account
from arbitragevault.adapters.keepa.client import KeepaClient, RetryPolicy
from arbitragevault.adapters.keepa.ledger import key_digest
from arbitragevault.adapters.postgres.engine import Database
from arbitragevault.adapters.postgres.pool import create_engine
from arbitragevault.adapters.postgres.repositories import policies as stored_policies
from arbitragevault.adapters.postgres.repositories import run_events, run_items
from arbitragevault.adapters.postgres.repositories import runs as stored_runs
from arbitragevault.application import runs as run_cases
from arbitragevault.application import scan as scan_case
from arbitragevault.application import worker
from arbitragevault.application.acquire import Wanted, acquire
from arbitragevault.application.decisions import run_rows
from arbitragevault.application.overview import token_status
from arbitragevault.application.policies import (
    ensure_default_policy,
    policy_body,
    policy_from_body,
)
from arbitragevault.application.runs import (
    RunView,
    cancel_run,
    follow_run,
    get_run,
    list_runs,
    resume_run,
)
from arbitragevault.application.scan import ScanOptions, preview_scan, start_scan
from arbitragevault.application.services import Services
from arbitragevault.application.token_economy import TokenEconomy
from arbitragevault.application.worker import Progress, RunWorker
from arbitragevault.domain.catalog.marketplace import US
from arbitragevault.domain.decision.digests import policy_digest
from arbitragevault.domain.decision.policy import Policy
from arbitragevault.domain.decision.runs import RunState
from arbitragevault.domain.errors import ConflictError, PolicyError
from arbitragevault.sandbox.marketplace import Marketplace
from arbitragevault.sandbox.service import RequestLog
from tests.integration.application.conftest import (
    MovableClock,
    Open,
    books,
    lead_rows,
    until,
)


async def scan(services: Services, *identifiers: str) -> RunView:
    return await start_scan(services, lead_rows(*identifiers), source="list", options=ScanOptions())


async def step_until(services: Services, clock: MovableClock, run_id: UUID) -> RunView:
    """Step a run to its end, the clock jumping over every wait."""
    working = RunWorker(services)
    for _ in range(100):
        if await working.step(run_id) is Progress.ENDED:
            return await get_run(services, run_id)
        clock.move(seconds=31)
    raise AssertionError("the run does not end")


async def test_a_waiting_run_can_be_taken_up_at_once_and_waits_again(
    open_services: Open, market: Marketplace, clock: MovableClock, log: RequestLog
) -> None:
    async with open_services(refill_per_minute=5, tokens=6) as services:
        run = await scan(services, *books(market, 12))
        working = RunWorker(services)
        while await working.step(run.id) is not Progress.WAITING:
            pass
        resumed = await resume_run(services, run.id)
        assert (resumed.state, resumed.waiting_until) == (RunState.QUEUED, None)
        assert await working.step(run.id) is Progress.WAITING
        assert (await get_run(services, run.id)).state is RunState.WAITING_TOKENS
        done = await step_until(services, clock, run.id)
        assert (done.state, done.tokens.spent) == (RunState.SUCCEEDED, 12)
        assert sorted(log.asins) == sorted(books(market, 12))


async def test_a_waiting_run_can_be_cancelled_and_taken_up_again(
    open_services: Open, market: Marketplace, clock: MovableClock, log: RequestLog
) -> None:
    async with open_services(refill_per_minute=5, tokens=6) as services:
        run = await scan(services, *books(market, 12))
        working = RunWorker(services)
        while await working.step(run.id) is not Progress.WAITING:
            pass
        cancelled = await cancel_run(services, run.id)
        assert (cancelled.state, cancelled.waiting_until) == (RunState.CANCELLED, None)
        clock.move(hours=1)
        assert await working.step(run.id) is Progress.ENDED
        assert (await resume_run(services, run.id)).finished_at is None
        done = await step_until(services, clock, run.id)
        assert (done.done, done.tokens.spent) == (12, 12)
        assert sorted(log.asins) == sorted(books(market, 12))


async def test_a_failed_run_goes_on_where_it_stopped(
    services: Services, market: Marketplace, clock: MovableClock, log: RequestLog
) -> None:
    asins = books(market, 20)
    run = await scan(services, *asins)
    await RunWorker(services).step(run.id)
    async with services.database.begin() as session:
        await stored_runs.fail(session, run.id, code="internal", message="x", at=clock.now())
    failed = await get_run(services, run.id)
    assert failed.error is not None
    assert (failed.state, failed.error.code, failed.done) == (RunState.FAILED, "internal", 8)
    assert (await resume_run(services, run.id)).error is None
    done = await step_until(services, clock, run.id)
    assert (done.state, done.done, done.tokens.spent) == (RunState.SUCCEEDED, 20, 20)
    assert [row["asin"] for row in await run_rows(services, run.id, 0)] == asins
    assert sorted(log.asins) == sorted(asins)


async def test_a_run_stopped_after_its_last_row_can_still_succeed(
    services: Services, market: Marketplace
) -> None:
    run = await scan(services, *books(market, 2))
    working = RunWorker(services)
    assert await working.step(run.id) is Progress.MORE
    assert (await cancel_run(services, run.id)).done == 2
    await resume_run(services, run.id)
    await working.process(run.id)
    done = await get_run(services, run.id)
    assert (done.state, done.error) == (RunState.SUCCEEDED, None)


async def test_a_run_under_way_cannot_be_taken_up_and_one_that_is_done_neither(
    services: Services, market: Marketplace
) -> None:
    run = await scan(services, *books(market, 20))
    working = RunWorker(services)
    await working.step(run.id)
    with pytest.raises(ConflictError, match="under way"):
        await resume_run(services, run.id)
    await working.process(run.id)
    with pytest.raises(ConflictError):
        await resume_run(services, run.id)
    with pytest.raises(ConflictError):
        await cancel_run(services, run.id)


async def test_what_a_cancelled_batch_cost_is_counted_and_not_paid_again(
    services: Services, market: Marketplace, clock: MovableClock, log: RequestLog
) -> None:
    run_id = (await scan(services, *books(market, 3))).id
    lease = uuid4()
    async with services.database.begin() as session:
        items = await run_items.claim_items(
            session, run_id, lease=lease, limit=9, until=clock.now() + worker.LEASE, at=clock.now()
        )
        run = await stored_runs.set_state(session, run_id, RunState.RUNNING, at=clock.now())
    await cancel_run(services, run_id)
    await RunWorker(services)._work(run, items, lease)
    stopped = await get_run(services, run_id)
    assert (stopped.done, stopped.tokens.spent) == (0, 3)
    await resume_run(services, run_id)
    done = await step_until(services, clock, run_id)
    assert (done.done, done.tokens.spent) == (3, 3)
    assert len(log.asins) == 3
    assert (await token_status(services)).spent_today == 3


async def test_a_crash_after_paying_pays_nothing_again(
    services: Services, market: Marketplace, clock: MovableClock, log: RequestLog
) -> None:
    asins = books(market, 5)
    run = await scan(services, *asins)
    async with services.database.begin() as session:
        await run_items.claim_items(
            session,
            run.id,
            lease=uuid4(),
            limit=9,
            until=clock.now() + worker.LEASE,
            at=clock.now(),
        )
    # The process dies here: the answer is stored, the decisions are not, the lease runs on.
    await acquire(
        services,
        US,
        [Wanted(asin, None) for asin in asins],
        depth="history",
        account=Account("scan", run_id=run.id),
    )
    done = await step_until(services, clock, run.id)
    assert (done.done, done.tokens.spent) == (5, 5)
    assert sorted(log.asins) == sorted(asins)


async def test_duplicates_in_one_file_are_fetched_once_across_batches(
    services: Services, market: Marketplace, log: RequestLog
) -> None:
    asins = books(market, 3)
    run = await scan(services, *(asins * 40))
    assert run.tokens.estimated == 3
    await RunWorker(services).process(run.id)
    assert (await get_run(services, run.id)).done == 120
    assert sorted(log.asins) == sorted(asins)


async def test_the_estimate_counts_what_is_behind_a_code(
    services: Services, market: Marketplace
) -> None:
    entries = (market.entry(asin) for asin in market.asins)
    ean = next(e.eans[0] for e in entries if e and e.eans and e.asin.startswith("B0"))
    run = await scan(services, ean)
    assert run.tokens.estimated == 1
    await RunWorker(services).process(run.id)
    assert (await scan(services, ean)).tokens.estimated == 0
    deep = await start_scan(
        services, lead_rows(ean), source="list", options=ScanOptions(offers=True)
    )
    assert deep.tokens.estimated is not None
    assert deep.tokens.estimated >= 6


@pytest.mark.parametrize("at_a_time", [1, 10_000])
async def test_a_preview_counts_the_same_in_one_look_and_in_many(
    services: Services,
    market: Marketplace,
    monkeypatch: pytest.MonkeyPatch,
    at_a_time: int,
) -> None:
    monkeypatch.setattr(scan_case, "PLAN_CHUNK", at_a_time)
    monkeypatch.setattr(scan_case, "INTAKE_CHUNK", 2)
    asins = books(market, 9)
    await RunWorker(services).process((await scan(services, *asins[:4])).id)
    rows = lead_rows(*asins, "nonsense", *asins[2:7])
    preview = await preview_scan(services, rows, ScanOptions())
    estimate = preview.estimate
    assert (preview.rows, preview.bad_rows, preview.duplicates) == (15, 1, 5)
    assert (estimate.products, estimate.stored, estimate.to_fetch, estimate.tokens) == (9, 4, 5, 5)


async def test_a_row_that_cannot_be_decided_does_not_stop_the_others(
    services: Services, market: Marketplace
) -> None:
    one, two = books(market, 2)
    euros = lead_from_fields(1, {"identifier": one, "cost": "5.00"}, currency="EUR")
    rows = [euros, *lead_rows(one, two)[1:]]
    run = await start_scan(services, rows, source="list", options=ScanOptions())
    await RunWorker(services).process(run.id)
    first, second = await run_rows(services, run.id, after_row=0)
    assert first["error"]["code"] == "invalid_lead_row"
    assert "EUR" in first["error"]["message"]
    assert second["error"] is None
    assert (await get_run(services, run.id)).state is RunState.SUCCEEDED


async def test_the_named_policy_decides_and_is_recorded(
    services: Services, market: Marketplace, clock: MovableClock
) -> None:
    strict = Policy(name="strict", min_profit_cents=10**7)
    async with services.database.begin() as session:
        await stored_policies.add(session, strict.name, policy_body(strict), clock.now())
    options = ScanOptions(policy="strict")
    run = await start_scan(services, lead_rows(*books(market, 3)), source="x", options=options)
    await RunWorker(services).process(run.id)
    rows = await run_rows(services, run.id, after_row=0)
    assert {row["policy"]["name"] for row in rows} == {"strict"}
    assert {row["policy"]["digest"] for row in rows} == {policy_digest(strict)}
    assert (await get_run(services, run.id)).counts.buy == 0


@pytest.mark.parametrize(
    "body", [{"min_profit": 900}, {"costs": {"prep": 5}}, {"confidence": 7}, {"quantity": None}]
)
def test_a_policy_that_is_not_understood_is_refused(body: dict[str, object]) -> None:
    assert policy_from_body(policy_body(Policy())) == Policy()
    with pytest.raises(PolicyError):
        policy_from_body(policy_body(Policy()) | body)


async def test_the_serving_worker_outlives_a_run_that_breaks(
    services: Services, market: Marketplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "RETRY_SECONDS", 0.01)
    broken = await scan(services, *books(market, 1))
    async with services.database.begin() as session:
        await session.execute(text("UPDATE runs SET params = '{}'"))
    sound = await scan(services, *books(market, 2))
    stop = asyncio.Event()
    serving = asyncio.create_task(RunWorker(services).serve(stop))

    async def both_ended() -> bool:
        return all(run.state.is_final for run in await list_runs(services))

    await until(both_ended)
    assert not serving.done()
    stop.set()
    await asyncio.wait_for(serving, timeout=5)
    failed = await get_run(services, broken.id)
    assert failed.error is not None
    assert (failed.state, failed.error.code) == (RunState.FAILED, "internal")
    assert (await get_run(services, sound.id)).state is RunState.SUCCEEDED


async def test_the_serving_worker_outlives_a_database_that_is_away(
    services: Services,
    server_url: str,
    market: Marketplace,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(worker, "RETRY_SECONDS", 0.05)
    name = services.database.engine.url.database
    stop = asyncio.Event()
    serving = asyncio.create_task(RunWorker(services).serve(stop))
    admin = create_engine(server_url).execution_options(isolation_level="AUTOCOMMIT")
    try:
        async with admin.connect() as connection:
            allow = f'ALTER DATABASE "{name}" WITH ALLOW_CONNECTIONS'
            await connection.execute(text(f"{allow} false"))
            await connection.execute(
                text(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name"
                ),
                {"name": name},
            )
            services.wake.set()
            await asyncio.sleep(0.3)
            await connection.execute(text(f"{allow} true"))
    finally:
        await admin.dispose()
    run = await scan(services, *books(market, 2))

    async def ended() -> bool:
        return (await get_run(services, run.id)).state.is_final

    await until(ended)
    stop.set()
    await asyncio.wait_for(serving, timeout=5)
    assert (await get_run(services, run.id)).state is RunState.SUCCEEDED


async def test_a_follower_is_always_told_the_end(
    services: Services, market: Marketplace, clock: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = await scan(services, *books(market, 2))
    await RunWorker(services).step(run.id)
    monkeypatch.setattr(run_cases, "FOLLOW_SECONDS", 0.01)
    seen = [event async for event in _until_end(services, run.id, clock)]
    assert seen[-1].run.state is RunState.CANCELLED
    assert seen[-1].name == "state"
    assert [event async for event in follow_run(services, run.id, after=seen[-1].id)] == []


async def _until_end(
    services: Services, run_id: UUID, clock: MovableClock
) -> AsyncIterator[run_cases.RunEvent]:
    """Follow a run that ends exactly between the two looks of its follower."""
    real = run_events.events_after

    async def ends_first(session: object, run: UUID, after: int) -> list[run_events.Event]:
        async with services.database.begin() as other:
            state = await run_events.lock(other, run)
            if not state.is_final:
                await stored_runs.set_state(other, run, RunState.CANCELLED, at=clock.now())
        return await real(session, run, after)  # type: ignore[arg-type]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(run_events, "events_after", ends_first)
        async for event in follow_run(services, run_id):
            yield event


@asynccontextmanager
async def answering(
    database: Database, clock: MovableClock, *products: dict[str, object]
) -> AsyncIterator[Services]:
    """A program whose Keepa always gives the same products and charges one token."""

    def answer(request: httpx2.Request) -> httpx2.Response:
        body: dict[str, object] = {
            "timestamp": int(clock.unix() * 1000),
            "tokensLeft": 300,
            "refillIn": 1000,
            "refillRate": 5,
            "tokenFlowReduction": 0.0,
            "tokensConsumed": 1 if request.url.path == "/product" else 0,
        }
        if request.url.path == "/product":
            body["products"] = list(products)
        return httpx2.Response(200, content=orjson.dumps(body))

    economy = TokenEconomy(database, key_digest("0" * 64), clock=clock.now)
    async with KeepaClient(
        "http://keepa",
        "0" * 64,
        transport=httpx2.MockTransport(answer),
        retries=RetryPolicy(attempts=1),
        ledger=economy,
    ) as keepa:
        services = Services(
            database, keepa, economy, clock, data_source="sandbox", is_embedded=True
        )
        await ensure_default_policy(services)
        yield services


@pytest.mark.parametrize("products", [[], [{"asin": "B000000001", "domainId": 99}]])
@pytest.mark.parametrize("identifier", ["B000000001", "0499999999998"])
async def test_an_answer_that_cannot_be_used_is_paid_for_once(
    database: Database, clock: MovableClock, products: list[dict[str, object]], identifier: str
) -> None:
    async with answering(database, clock, *products) as services:
        run = await scan(services, identifier)
        done = await step_until(services, clock, run.id)
        assert (done.state, done.tokens.spent) == (RunState.SUCCEEDED, 1)
        (row,) = await run_rows(services, run.id, after_row=0)
        is_unknown_code = identifier.startswith("0") and not products
        assert row["error"]["code"] == (
            "product_not_found" if is_unknown_code else "undecodable_payload"
        )


async def test_a_code_whose_product_became_unreadable_is_refused(
    services: Services, market: Marketplace, database: Database, clock: MovableClock
) -> None:
    entries = (market.entry(asin) for asin in market.asins)
    entry = next(e for e in entries if e and e.eans and e.asin.startswith("B0"))
    await RunWorker(services).process((await scan(services, entry.eans[0])).id)
    async with services.database.begin() as session:
        old = clock.now() - timedelta(days=3)
        await session.execute(text("UPDATE products SET fetched_at = :old"), {"old": old})
    damaged = {"asin": entry.asin, "domainId": 99}
    async with answering(database, clock, damaged) as broken:
        run = await scan(broken, entry.eans[0])
        done = await step_until(broken, clock, run.id)
        assert done.tokens.spent == 1
        (row,) = await run_rows(broken, run.id, after_row=0)
        assert row["error"]["code"] == "undecodable_payload"
