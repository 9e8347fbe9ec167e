"""Refresh planning: the products whose verdicts are likeliest to have changed come first."""

from __future__ import annotations

from arbitragevault.application.refresh import plan_refresh
from arbitragevault.application.scan import ScanOptions, start_scan
from arbitragevault.application.services import Services
from arbitragevault.application.worker import RunWorker
from arbitragevault.sandbox.marketplace import Marketplace
from tests.integration.application.conftest import MovableClock, books, lead_rows


async def test_old_data_are_planned_by_what_a_token_may_change(
    services: Services, market: Marketplace, clock: MovableClock
) -> None:
    asins = books(market, 24)
    run = await start_scan(
        services, lead_rows(*asins, asins[0], cost="4.00"), source="list", options=ScanOptions()
    )
    await RunWorker(services).process(run.id)
    assert await plan_refresh(services, 100) == []  # all of it is fresh
    clock.move(days=9)
    planned = await plan_refresh(services, 100)
    assert 0 < len(planned) <= 24
    assert len({one.asin for one in planned}) == len(planned)
    values = [one.per_token for one in planned]
    assert values == sorted(values, reverse=True)
    assert all(one.age_days >= 9 and one.per_token > 0 for one in planned)
    assert await plan_refresh(services, 3) == planned[:3]
    assert await plan_refresh(services, 0) == []


async def test_a_product_weighs_as_much_as_all_its_leads(
    services: Services, market: Marketplace, clock: MovableClock
) -> None:
    asins = books(market, 24)
    links = [f"https://www.amazon.com/dp/{asin}" for asin in asins]
    for identifiers in (asins, links):
        rows = lead_rows(*identifiers, cost="4.00")
        run = await start_scan(services, rows, source="list", options=ScanOptions())
        await RunWorker(services).process(run.id)
    clock.move(days=9)
    planned = await plan_refresh(services, 100)
    assert planned
    assert all(one.leads == 2 for one in planned)
