"""Scanning in two stages: histories for everybody, offers only where they can change a verdict."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from arbitragevault.adapters.files.rows import LeadRow
from arbitragevault.application.decisions import run_rows
from arbitragevault.application.runs import get_run
from arbitragevault.application.scan import ScanOptions, preview_scan, start_scan
from arbitragevault.application.services import Services
from arbitragevault.application.worker import Progress, RunWorker
from arbitragevault.domain.decision.runs import RunState
from arbitragevault.sandbox.marketplace import Marketplace
from arbitragevault.sandbox.service import RequestLog
from tests.integration.application.conftest import MovableClock, Open, books, lead_rows

SCREENED = ScanOptions(offers=True)
FULL = ScanOptions(offers=True, screening=False)


def leads(market: Marketplace) -> list[LeadRow]:
    """Twenty-four books at a price that is good for some of them."""
    return lead_rows(*books(market, 24), cost="4.00")


async def finished(services: Services, rows: list[LeadRow], options: ScanOptions) -> UUID:
    run = await start_scan(services, rows, source="list", options=options)
    await RunWorker(services).process(run.id)
    return run.id


def with_offers(rows: list[dict[str, Any]]) -> set[str]:
    return {row["asin"] for row in rows if row["offers"]["live"] is not None}


async def test_offers_are_paid_for_survivors_only_and_verdicts_are_those_of_full_data(
    services: Services, market: Marketplace, log: RequestLog
) -> None:
    preview = await preview_scan(services, leads(market), SCREENED)
    run_id = await finished(services, leads(market), SCREENED)
    screened = await run_rows(services, run_id, after_row=0)
    survivors = with_offers(screened)
    assert 0 < len(survivors) < 12
    paid_twice = [asin for asin in log.asins if log.asins.count(asin) == 2]
    assert set(paid_twice) == survivors
    run = await get_run(services, run_id)
    assert run.tokens.spent == log.tokens
    assert preview.estimate.tokens == run.tokens.estimated == 24 * 13

    full = await run_rows(services, await finished(services, leads(market), FULL), after_row=0)
    assert len(with_offers(full)) == 24
    assert [row["verdict"] for row in screened] == [row["verdict"] for row in full]
    assert run.tokens.spent < 0.5 * log.tokens


async def test_scanning_again_pays_nothing(
    services: Services, market: Marketplace, log: RequestLog
) -> None:
    first = await finished(services, leads(market), SCREENED)
    before = log.tokens
    again = await finished(services, leads(market), SCREENED)
    assert log.tokens == before
    rows = [await run_rows(services, run, after_row=0) for run in (first, again)]
    assert [row["verdict"] for row in rows[0]] == [row["verdict"] for row in rows[1]]


async def test_survivors_wait_for_tokens_while_the_others_are_answered(
    open_services: Open, market: Marketplace, clock: MovableClock
) -> None:
    async with open_services(tokens=24, refill_per_minute=20) as services:
        run = await start_scan(services, leads(market), source="list", options=SCREENED)
        worker = RunWorker(services)
        for _ in range(100):
            step = await worker.step(run.id)
            if step is Progress.ENDED:
                break
            if step is Progress.WAITING:
                waiting = await get_run(services, run.id)
                assert waiting.state is RunState.WAITING_TOKENS
                clock.move(minutes=2)
        done = await get_run(services, run.id)
        assert (done.state, done.done, done.counts.errors) == (RunState.SUCCEEDED, 24, 0)
        assert with_offers(await run_rows(services, run.id, after_row=0))


async def test_a_cap_that_stops_the_second_stage_leaves_the_decisions_of_the_first(
    services: Services, market: Marketplace, log: RequestLog
) -> None:
    few = leads(market)[:8]
    capped = ScanOptions(offers=True, max_tokens=8)
    rows = await run_rows(services, await finished(services, few, capped), after_row=0)
    assert log.tokens == 8
    assert not with_offers(rows)
    assert all(row["error"] is None for row in rows)
    later = await run_rows(services, await finished(services, few, SCREENED), after_row=0)
    assert with_offers(later)
