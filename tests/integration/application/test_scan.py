"""Scanning leads: what comes out, what it costs, and what happens when things go wrong."""

from __future__ import annotations

import asyncio
from uuid import UUID

import pytest
from sqlalchemy import event, text
from sqlalchemy.ext.asyncio import AsyncSession

from arbitragevault.adapters.postgres.repositories import run_items
from arbitragevault.adapters.postgres.repositories import runs as stored_runs
from arbitragevault.application import answers, worker
from arbitragevault.application.decisions import run_rows
from arbitragevault.application.overview import token_status
from arbitragevault.application.runs import RunView, cancel_run, get_run, list_runs, resume_run
from arbitragevault.application.scan import ScanOptions, preview_scan, start_scan
from arbitragevault.application.services import Services
from arbitragevault.application.worker import Progress, RunWorker
from arbitragevault.domain.catalog.identifiers_codes import isbn10_to_13
from arbitragevault.domain.decision.runs import RunState
from arbitragevault.domain.errors import (
    ConflictError,
    LeadFileError,
    NotFoundError,
    PolicyError,
    UnknownMarketplaceError,
)
from arbitragevault.sandbox.marketplace import Marketplace
from arbitragevault.sandbox.service import RequestLog
from tests.integration.application.conftest import MovableClock, Open, books, lead_rows, until


async def scan(
    services: Services, *identifiers: str, offers: bool = False, refresh: bool = False
) -> RunView:
    options = ScanOptions(offers=offers, screening=False, refresh=refresh)
    return await start_scan(services, lead_rows(*identifiers), source="list", options=options)


async def finished(
    services: Services, *identifiers: str, offers: bool = False, refresh: bool = False
) -> UUID:
    run = await scan(services, *identifiers, offers=offers, refresh=refresh)
    await RunWorker(services).process(run.id)
    return run.id


async def claim(
    session: AsyncSession, run_id: UUID, lease: UUID, clock: MovableClock, limit: int = 100
) -> list[run_items.Item]:
    now = clock.now()
    return await run_items.claim_items(
        session, run_id, lease=lease, limit=limit, until=now + worker.LEASE, at=now
    )


async def test_every_row_is_answered_in_order(services: Services, market: Marketplace) -> None:
    one, two = books(market, 2)
    link = f"https://www.amazon.com/dp/{two}?tag=x"
    run_id = await finished(services, isbn10_to_13(one), "nonsense", two, link, one)
    rows = await run_rows(services, run_id, after_row=0)
    assert [row["row"] for row in rows] == [1, 2, 3, 4, 5]
    assert [row["asin"] for row in rows] == [one, None, two, two, one]
    assert rows[1]["verdict"] == "unknown"
    assert rows[1]["error"]["code"] == "invalid_identifier"
    assert rows[0]["max_cost"] == rows[4]["max_cost"]
    assert all(row["sandbox"] for row in rows)
    run = await get_run(services, run_id)
    assert run.state is RunState.SUCCEEDED
    assert (run.rows, run.done, run.counts.errors, run.tokens.spent) == (5, 5, 1, 2)
    assert run.counts.buy + run.counts.review + run.counts.skip + run.counts.unknown == 5


async def test_stored_products_cost_nothing_until_they_are_old(
    services: Services, market: Marketplace, log: RequestLog, clock: MovableClock
) -> None:
    asins = books(market, 3)
    await finished(services, *asins)
    again = await get_run(services, await finished(services, *asins))
    assert (again.tokens.estimated, again.tokens.spent) == (0, 0)
    assert sorted(log.asins) == sorted(asins)
    clock.move(hours=25)
    later = await get_run(services, await finished(services, *asins))
    assert (later.tokens.estimated, later.tokens.spent) == (3, 3)
    clock.move(minutes=1)
    refreshed = await get_run(services, await finished(services, *asins, refresh=True))
    assert refreshed.tokens.spent == 3
    assert (await token_status(services)).spent_today == 6  # of the new day, UTC


async def test_offers_are_fetched_where_only_history_is_stored(
    services: Services, market: Marketplace
) -> None:
    (asin,) = books(market, 1)
    await finished(services, asin)
    deep = await get_run(services, await finished(services, asin, offers=True))
    assert deep.tokens.spent >= 6
    rows = await run_rows(services, deep.id, after_row=0)
    assert rows[0]["offers"]["live"] is not None
    shallow = await get_run(services, await finished(services, asin))
    assert shallow.tokens.spent == 0


async def test_a_code_leads_to_its_listing_once(
    services: Services, market: Marketplace, log: RequestLog
) -> None:
    ean = next(
        entry.eans[0]
        for entry in (market.entry(asin) for asin in market.asins)
        if entry is not None and entry.eans and entry.asin.startswith("B0")
    )
    unknown = "0499999999998"
    rows = await run_rows(services, await finished(services, ean, unknown), after_row=0)
    assert rows[0]["asin"].startswith("B0")
    assert rows[0]["error"] is None
    assert rows[1]["error"]["code"] == "product_not_found"
    before = len(log)
    await finished(services, ean, unknown)
    assert len(log) == before


async def test_the_preview_prices_a_scan_without_spending(
    services: Services, market: Marketplace, log: RequestLog
) -> None:
    one, two = books(market, 2)
    await finished(services, one)
    before = log.tokens
    preview = await preview_scan(
        services,
        lead_rows(one, two, two, "nonsense", "https://www.amazon.de/dp/" + one),
        ScanOptions(),
    )
    assert (preview.rows, preview.bad_rows, preview.duplicates) == (5, 2, 1)
    assert preview.estimate.products == 2
    assert (preview.estimate.stored, preview.estimate.to_fetch, preview.estimate.tokens) == (
        1,
        1,
        1,
    )
    assert preview.estimate.minutes == 0
    assert preview.preview[4].error is not None
    assert "amazon.de" in preview.preview[4].error.message
    assert log.tokens == before


async def test_what_cannot_be_scanned_creates_no_run(services: Services) -> None:
    rows = lead_rows("0593655036")
    with pytest.raises(PolicyError, match="default"):
        await start_scan(services, rows, source="x", options=ScanOptions(policy="nobody's"))
    with pytest.raises(UnknownMarketplaceError):
        await start_scan(services, rows, source="x", options=ScanOptions(marketplace="ZZ"))
    with pytest.raises(LeadFileError, match="no row"):
        await start_scan(services, [], source="x", options=ScanOptions())
    assert await list_runs(services) == []


async def test_the_same_file_continues_its_unfinished_run(
    services: Services, market: Marketplace
) -> None:
    rows = lead_rows(*books(market, 2))
    first = await start_scan(services, rows, source="x", options=ScanOptions(), digest="d")
    same = await start_scan(services, rows, source="x", options=ScanOptions(), digest="d")
    other = await start_scan(
        services, rows, source="x", options=ScanOptions(refresh=True), digest="d"
    )
    assert same.id == first.id
    assert other.id != first.id
    await RunWorker(services).process(first.id)
    after = await start_scan(services, rows, source="x", options=ScanOptions(), digest="d")
    assert after.id != first.id


async def test_a_dry_bucket_parks_the_run_and_says_until_when(
    open_services: Open, market: Marketplace, clock: MovableClock, log: RequestLog
) -> None:
    async with open_services(refill_per_minute=5, tokens=6) as services:
        run = await scan(services, *books(market, 12))
        working = RunWorker(services)
        states = [await working.step(run.id) for _ in range(2)]
        assert states[-1] is Progress.WAITING
        parked = await get_run(services, run.id)
        assert parked.state is RunState.WAITING_TOKENS
        assert parked.waiting_until is not None
        assert parked.waiting_until > clock.now()
        assert await working.step(run.id) is Progress.WAITING
        for _ in range(40):
            if await working.step(run.id) is Progress.ENDED:
                break
            clock.move(seconds=30)
        done = await get_run(services, run.id)
        assert done.state is RunState.SUCCEEDED
        assert done.tokens.spent == 12
        assert sorted(log.asins) == sorted(books(market, 12))
        assert done.counts.errors == 0


async def test_a_keepa_that_stays_away_fails_the_run_which_goes_on_later(
    open_services: Open, market: Marketplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "RETRY_SECONDS", 0.01)
    asins = books(market, 3)
    async with open_services() as services:
        await finished(services, asins[0])
    async with open_services(faults="503:1") as services:
        run_id = await finished(services, *asins)
        run = await get_run(services, run_id)
        assert run.state is RunState.FAILED
        assert run.error is not None
        assert run.error.code == "keepa_unavailable"
        assert f"runs resume {run_id}" in run.error.message
        kept = await run_rows(services, run_id, after_row=0)
        assert [row["asin"] for row in kept] == asins[:1]
    async with open_services() as services:
        await resume_run(services, run_id)
        await RunWorker(services).process(run_id)
        rows = await run_rows(services, run_id, after_row=0)
        assert [(row["asin"], row["error"]) for row in rows] == [(asin, None) for asin in asins]


async def test_passing_trouble_is_not_noticed(
    open_services: Open, market: Marketplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "RETRY_SECONDS", 0.01)
    monkeypatch.setattr(worker, "MAX_TROUBLES", 50)
    async with open_services(faults="500:0.3,truncate:0.2") as services:
        run_id = await finished(services, *books(market, 20))
        rows = await run_rows(services, run_id, after_row=0)
        assert [row["error"] for row in rows] == [None] * 20


async def test_two_workers_share_a_run_and_pay_once(
    services: Services, market: Marketplace, log: RequestLog
) -> None:
    asins = books(market, 40)
    run = await scan(services, *asins)
    await asyncio.gather(*(RunWorker(services).process(run.id) for _ in range(3)))
    rows = await run_rows(services, run.id, after_row=0)
    assert [row["asin"] for row in rows] == asins
    assert sorted(log.asins) == sorted(asins)
    assert (await get_run(services, run.id)).done == 40


async def test_a_batch_whose_lease_was_lost_stores_nothing(
    services: Services, market: Marketplace, clock: MovableClock
) -> None:
    run_id = (await scan(services, *books(market, 3))).id
    lost, other = UUID(int=1), UUID(int=2)
    async with services.database.begin() as session:
        items = await claim(session, run_id, lost, clock)
    clock.move(seconds=31)
    async with services.database.begin() as session:
        assert await claim(session, run_id, other, clock) != []
        run = await stored_runs.get(session, run_id)
    assert run is not None
    working = RunWorker(services)
    await working._work(run, items, lost)
    assert await run_rows(services, run_id, after_row=0) == []
    clock.move(seconds=31)
    await working.process(run_id)
    assert len(await run_rows(services, run_id, after_row=0)) == 3


async def test_a_dead_workers_batch_is_taken_up_when_its_lease_ends(
    services: Services, market: Marketplace, clock: MovableClock, log: RequestLog
) -> None:
    run = await scan(services, *books(market, 3))
    async with services.database.begin() as session:
        await claim(session, run.id, UUID(int=1), clock, limit=2)
    working = RunWorker(services)
    assert await working.step(run.id) is Progress.MORE
    assert await working.step(run.id) is Progress.LEASED_ELSEWHERE
    clock.move(seconds=31)
    await working.process(run.id)
    assert len(await run_rows(services, run.id, after_row=0)) == 3
    assert len(log.asins) == 3


@pytest.mark.parametrize("moment", ["begin", "commit", "begin again", "commit again"])
async def test_a_worker_that_is_stopped_gives_its_items_back(
    services: Services, market: Marketplace, moment: str
) -> None:
    """Stopped on its way into a transaction or out of one, whichever it is."""
    run = await scan(services, *books(market, 20))
    occurrences = 2 if moment.endswith("again") else 1
    task = asyncio.create_task(RunWorker(services).step(run.id))

    def stop(_: object) -> None:
        nonlocal occurrences
        occurrences -= 1
        if not occurrences:
            task.cancel()

    name = moment.split(maxsplit=1)[0]
    event.listen(services.database.engine.sync_engine, name, stop)
    try:
        with pytest.raises(asyncio.CancelledError):
            await task
    finally:
        event.remove(services.database.engine.sync_engine, name, stop)
    async with services.database.begin() as session:
        states = await session.scalars(text("SELECT DISTINCT state FROM run_items"))
        assert set(states) <= {"pending", "done"}
    await RunWorker(services).process(run.id)
    assert len(await run_rows(services, run.id, after_row=0)) == 20


async def test_a_stopped_worker_stops_even_if_its_items_cannot_be_given_back(
    services: Services, market: Marketplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = await scan(services, *books(market, 20))
    task = asyncio.create_task(RunWorker(services).step(run.id))

    async def forget(*_: object) -> None:
        raise NotFoundError("There is no such run.")

    def stop(_: object) -> None:
        monkeypatch.setattr(stored_runs, "lock", forget)
        task.cancel()

    event.listen(services.database.engine.sync_engine, "commit", stop, once=True)
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_cancelling_keeps_what_is_done_and_resuming_goes_on(
    services: Services, market: Marketplace
) -> None:
    run = await scan(services, *books(market, 20))
    working = RunWorker(services)
    await working.step(run.id)
    assert (await cancel_run(services, run.id)).state is RunState.CANCELLED
    assert await working.step(run.id) is Progress.ENDED
    kept = len(await run_rows(services, run.id, after_row=0))
    assert kept == worker.BATCH_SIZES[0]
    with pytest.raises(ConflictError):
        await cancel_run(services, run.id)
    assert (await resume_run(services, run.id)).state is RunState.QUEUED
    await working.process(run.id)
    assert len(await run_rows(services, run.id, after_row=0)) == 20


async def test_the_serving_worker_does_what_is_due_and_stops(
    services: Services, market: Marketplace
) -> None:
    stop = asyncio.Event()
    serving = asyncio.create_task(RunWorker(services).serve(stop))
    first = await scan(services, *books(market, 2))
    second = await scan(services, *books(market, 4))

    async def both_done() -> bool:
        return all(run.state.is_final for run in await list_runs(services))

    await until(both_done)
    assert {run.id for run in await list_runs(services)} == {first.id, second.id}
    stop.set()
    await asyncio.wait_for(serving, timeout=5)


async def test_a_run_that_breaks_fails_alone_and_says_so(
    services: Services, market: Marketplace
) -> None:
    run = await scan(services, *books(market, 2))
    async with services.database.begin() as session:
        await session.execute(text("UPDATE runs SET policy = '{\"confidence\": 7}'"))
    await RunWorker(services).process(run.id)
    broken = await get_run(services, run.id)
    assert broken.state is RunState.FAILED
    assert broken.error is not None
    assert broken.error.code == "invalid_policy"


async def test_a_row_that_breaks_the_program_stops_no_other(
    services: Services, market: Marketplace
) -> None:
    run = await scan(services, *books(market, 2))
    async with services.database.begin() as session:
        await session.execute(text("UPDATE run_items SET lead = '{}' WHERE ordinal = 1"))
    await RunWorker(services).process(run.id)
    broken, whole = await run_rows(services, run.id, after_row=0)
    assert broken["error"] == {"code": "internal", "message": answers.BROKEN_ROW}
    assert broken["verdict"] == "unknown"
    assert whole["error"] is None


async def test_the_other_sides_runs_do_not_exist(services: Services, market: Marketplace) -> None:
    run = await scan(services, *books(market, 1))
    async with services.database.begin() as session:
        await session.execute(text("UPDATE runs SET is_sandbox = false"))
    assert await list_runs(services) == []
    with pytest.raises(NotFoundError):
        await get_run(services, run.id)
