"""The client's trackings against the sandbox over real HTTP, from adding to the webhook."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from arbitragevault.adapters.keepa import tracking
from arbitragevault.adapters.keepa.client import KeepaClient, RetryPolicy
from arbitragevault.adapters.keepa.tracking import TrackingRequest
from arbitragevault.adapters.keepa.wire_tracking import Cause, Threshold, decode_webhook
from arbitragevault.domain.errors import KeepaRejectedError
from arbitragevault.domain.market.market import SeriesKind
from arbitragevault.sandbox.server import create_sandbox, run_sandbox, simulated
from arbitragevault.sandbox.simulated import SimulatedSource

NEVER_DEARER = 1_000_000


@pytest.fixture(scope="module")
def shop() -> SimulatedSource:
    return simulated(seed=7, size=200)


@pytest.fixture
async def keepa(shop: SimulatedSource) -> AsyncIterator[KeepaClient]:
    app = create_sandbox(shop, refill_per_minute=60, webhook_retry_seconds=0.01)
    ready: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    serving = asyncio.create_task(
        run_sandbox(app, host="127.0.0.1", port=0, on_ready=ready.set_result)
    )
    address = await asyncio.wait_for(ready, 10)
    async with KeepaClient(address, "k" * 64, retries=RetryPolicy(attempts=1)) as client:
        yield client
    serving.cancel()
    await asyncio.gather(serving, return_exceptions=True)


@pytest.fixture
async def hook() -> AsyncIterator[tuple[str, list[bytes]]]:
    """Address of a webhook, and the bodies that it was given."""
    bodies: list[bytes] = []

    async def listen(request: Request) -> Response:
        bodies.append(await request.body())
        return Response()

    app = Starlette(routes=[Route("/hook", listen, methods=["POST"])])
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="warning", lifespan="off"))
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110  # uvicorn offers nothing to wait for
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}/hook", bodies
    server.should_exit = True
    await serving


def wanting(asin: str, price: int = 1) -> TrackingRequest:
    """A request to be told when the lowest New price is at most this."""
    return TrackingRequest(
        asin, 1, thresholds=(Threshold(SeriesKind.NEW, price, 1),), meta=f"lead of {asin}"
    )


def living(shop: SimulatedSource, count: int) -> list[str]:
    """ASINs that Keepa knows."""
    entries = ((asin, shop.marketplace.entry(asin)) for asin in shop.marketplace.asins)
    return [asin for asin, entry in entries if entry and not entry.is_dead][:count]


async def test_add_get_list_and_remove(keepa: KeepaClient, shop: SimulatedSource) -> None:
    first, second = living(shop, 2)
    added = await tracking.add_trackings(keepa, [wanting(first), wanting(second)])
    assert added.envelope.tokens_consumed == 2
    assert {one.asin for one in added.trackings} == {first, second}
    (found,) = (await tracking.get_tracking(keepa, first)).trackings
    assert found.thresholds == (Threshold(SeriesKind.NEW, 1, 1),)
    assert (found.meta, found.main_domain, found.update_hours) == (f"lead of {first}", 1, 1)
    assert found.is_active
    assert len((await tracking.list_trackings(keepa)).trackings) == 2
    assert set((await tracking.list_tracked_asins(keepa)).names) == {first, second}
    await tracking.remove_tracking(keepa, first)
    with pytest.raises(KeepaRejectedError):
        await tracking.get_tracking(keepa, first)
    with pytest.raises(KeepaRejectedError):
        await tracking.remove_tracking(keepa, first)
    await tracking.remove_all_trackings(keepa)
    assert (await tracking.list_trackings(keepa)).trackings == ()


async def test_named_lists(keepa: KeepaClient, shop: SimulatedSource) -> None:
    (asin,) = living(shop, 1)
    await tracking.add_trackings(keepa, [wanting(asin)], list_name="books")
    assert (await tracking.list_names(keepa)).names == ("books",)
    (found,) = (await tracking.list_trackings(keepa, list_name="books")).trackings
    assert found.list_name == "books"
    assert (await tracking.list_trackings(keepa)).trackings == ()


async def test_notifications_and_the_webhook_tell_the_same(
    keepa: KeepaClient, shop: SimulatedSource, hook: tuple[str, list[bytes]]
) -> None:
    address, bodies = hook
    await tracking.set_webhook(keepa, address)
    await tracking.add_trackings(keepa, [wanting(asin, NEVER_DEARER) for asin in living(shop, 20)])
    told = (await tracking.notifications(keepa, 0)).notifications
    assert told
    for one in told:
        assert (one.kind, one.cause) == (SeriesKind.NEW, Cause.DESIRED_PRICE)
        assert 0 < one.current[SeriesKind.NEW] <= NEVER_DEARER
        assert one.meta == f"lead of {one.asin}"
    assert (await tracking.notifications(keepa, 0)).notifications == ()
    again = (await tracking.notifications(keepa, 0, revise=True)).notifications
    assert {one.key for one in again} == {one.key for one in told}
    for _ in range(200):
        if len(bodies) >= len(told):
            break
        await asyncio.sleep(0.02)
    assert {decode_webhook(body).key for body in bodies} == {one.key for one in told}
