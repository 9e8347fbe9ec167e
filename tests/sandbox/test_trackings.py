"""Trackings: requests, notifications, webhook calls with a second try, and what they cost."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import httpx2
import orjson
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from arbitragevault.sandbox.server import create_sandbox
from arbitragevault.sandbox.simulated import SimulatedSource

HOUR = 3_600


class Listener:
    """A webhook that notes what it gets and refuses the first calls."""

    def __init__(self, refusals: int) -> None:
        self.refusals = refusals
        self.calls: list[dict[str, Any]] = []

    async def __call__(self, request: Request) -> Response:
        self.calls.append(orjson.loads(await request.body()))
        self.refusals -= 1
        return Response(status_code=500 if self.refusals >= 0 else 200)


@pytest.fixture
def listener() -> Listener:
    return Listener(refusals=1)


@pytest.fixture
def app(source: SimulatedSource, clock: Callable[[], float], listener: Listener) -> Starlette:
    hook = Starlette(routes=[Route("/hook", listener.__call__, methods=["POST"])])
    return create_sandbox(
        source,
        refill_per_minute=60,
        tokens=500,
        clock=clock,
        webhook_retry_seconds=0.01,
        webhook_transport=httpx2.ASGITransport(app=hook),
    )


async def ask(
    client: httpx2.AsyncClient, kind: str, *, status: int = 200, **query: str | int
) -> dict[str, Any]:
    params = {"type": kind, **{name.replace("_", "-"): value for name, value in query.items()}}
    response = await client.get("/tracking", params=params)
    assert response.status_code == status, response.text
    body: dict[str, Any] = response.json()
    return body


async def add(
    client: httpx2.AsyncClient, *requests: dict[str, Any], status: int = 200, **query: str
) -> dict[str, Any]:
    response = await client.post(
        "/tracking", params={"type": "add", **query}, content=orjson.dumps(list(requests))
    )
    assert response.status_code == status, response.text
    body: dict[str, Any] = response.json()
    return body


def wanting(asin: str, /, **more: object) -> dict[str, Any]:
    """A request to be told when the lowest New price is at most a million."""
    threshold = {"thresholdValue": 1_000_000, "domain": 1, "csvType": 1, "isDrop": True}
    return {
        "asin": asin, "mainDomainId": 1, "ttl": 0, "thresholdValues": [threshold],
        "updateInterval": 1, "individualNotificationInterval": -1, "metaData": "mine", **more,
    }  # fmt: skip


def priced(source: SimulatedSource, count: int) -> list[str]:
    """ASINs of products that somebody sells new."""
    found = [
        asin
        for asin in source.marketplace.asins[:60]
        if (figures := source.figures(asin, 8_360_000)) is not None and figures[1] > 0
    ]
    return found[:count]


async def test_add_get_list_and_remove(client: httpx2.AsyncClient, source: SimulatedSource) -> None:
    first, second = priced(source, 2)
    added = await add(client, wanting(first), wanting(second), wanting("0000000000"))
    assert added["tokensConsumed"] == 2
    assert [one["asin"] for one in added["trackings"]] == [first, second]
    assert added["error"]["details"] == "0000000000"
    await add(client, wanting(first), list="books")
    assert (await ask(client, "listNames"))["trackingListNames"] == ["books"]
    named = (await ask(client, "get", asin=first, list="books"))["trackings"][0]
    assert named["trackingListName"] == "books"
    assert named["metaData"] == "mine"
    assert (await ask(client, "list", asins_only=1))["asinList"] == [first, second]
    page = await ask(client, "list", page=1, perPage=1)
    assert [one["asin"] for one in page["trackings"]] == [second]
    assert (await ask(client, "remove", asin=first))["tokensConsumed"] == 0
    assert "error" in await ask(client, "get", asin=first)
    assert "error" in await ask(client, "remove", asin=first)
    await ask(client, "removeAll")
    assert (await ask(client, "list"))["trackings"] == []
    assert (await ask(client, "list", list="books"))["trackings"]


async def test_keys_do_not_see_each_other(app: Starlette, source: SimulatedSource) -> None:
    transport = httpx2.ASGITransport(app=app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://sandbox") as client:
        asin = priced(source, 1)[0]
        await client.post(
            "/tracking", params={"type": "add", "key": "a"}, content=orjson.dumps(wanting(asin))
        )
        for key, count in (("a", 1), ("b", 0)):
            answer = await client.get("/tracking", params={"type": "list", "key": key})
            assert len(answer.json()["trackings"]) == count


@pytest.mark.parametrize(
    ("more", "name"),
    [
        ({"asin": "short"}, "asin"),
        ({"thresholdValues": []}, "thresholdValues"),
        ({"thresholdValues": [{"thresholdValue": 5, "csvType": 1}]}, "isDrop"),
        ({"thresholdValues": [{"thresholdValue": 5, "csvType": 99, "isDrop": True}]}, "csvType"),
        ({"notifyIf": [{"csvType": 1, "notifyIfType": 2}]}, "notifyIfType"),
        ({"updateInterval": 26}, "updateInterval"),
        ({"metaData": "x" * 501}, "metaData"),
        ({"mainDomainId": 7}, "domain"),
        ({"ttl": "long"}, "ttl"),
        ({"notificationType": [True]}, "notificationType"),
    ],
)
async def test_a_bad_field_is_named(
    client: httpx2.AsyncClient, more: dict[str, object], name: str
) -> None:
    answer = await add(client, wanting("6600000000", **more), status=400)
    assert answer["error"]["details"] == name


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ({"kind": "dance"}, "type"),
        ({"kind": "add", "tracking": "{"}, "tracking"),
        ({"kind": "list", "list": "x" * 65}, "list"),
        ({"kind": "list", "page": -1}, "page"),
        ({"kind": "list", "perPage": 0}, "perPage"),
        ({"kind": "webhook", "url": "https://example.com/hook"}, "url"),
        ({"kind": "webhook", "url": "ftp://127.0.0.1/"}, "url"),
    ],
)
async def test_refusals(client: httpx2.AsyncClient, query: dict[str, str | int], name: str) -> None:
    kind = str(query.pop("kind"))
    answer = await ask(client, kind, status=400, **query)
    assert answer["error"]["details"] == name


async def test_a_reached_price_is_told_once(
    client: httpx2.AsyncClient, source: SimulatedSource, advance: Callable[[float], None]
) -> None:
    asin = priced(source, 1)[0]
    await add(client, wanting(asin))
    told = (await ask(client, "notification", since=0))["notifications"]
    assert [one["asin"] for one in told] == [asin]
    assert told[0]["trackingNotificationCause"] == 1
    assert told[0]["csvType"] == 1
    assert len(told[0]["currentPrices"]) == 36
    assert told[0]["currentPrices"][1] > 0
    assert (await ask(client, "notification", since=0))["notifications"] == []
    assert len((await ask(client, "notification", since=0, revise=1))["notifications"]) == 1
    advance(2 * HOUR)
    assert (await ask(client, "notification", since=0))["notifications"] == []
    advance(30 * HOUR)
    assert (await ask(client, "notification", since=0, revise=1))["notifications"] == []


async def test_an_interval_tells_again(
    client: httpx2.AsyncClient, source: SimulatedSource, advance: Callable[[float], None]
) -> None:
    await add(client, wanting(priced(source, 1)[0], individualNotificationInterval=90))
    causes = []
    for _ in range(3):
        told = (await ask(client, "notification", since=0))["notifications"]
        causes.append([one["trackingNotificationCause"] for one in told])
        advance(HOUR)
    assert causes == [[1], [], [6]]


async def test_the_end_of_a_tracking_is_told(
    client: httpx2.AsyncClient, source: SimulatedSource, advance: Callable[[float], None]
) -> None:
    asin = priced(source, 1)[0]
    threshold = {"thresholdValue": 1, "csvType": 1, "isDrop": True}
    await add(client, wanting(asin, ttl=2, expireNotify=True, thresholdValues=[threshold]))
    await ask(client, "list")
    advance(2 * HOUR + 60)
    told = (await ask(client, "notification", since=0))["notifications"]
    assert [one["trackingNotificationCause"] for one in told] == [0]
    assert (await ask(client, "list"))["trackings"] == []


async def test_trackings_lower_the_refill(
    client: httpx2.AsyncClient, source: SimulatedSource, advance: Callable[[float], None]
) -> None:
    threshold = {"thresholdValue": 1, "csvType": 18, "isDrop": True}
    asins = [
        asin
        for asin in source.marketplace.asins[:80]
        if (entry := source.marketplace.entry(asin)) and not entry.is_dead
    ][:66]
    await client.get("/token")
    await add(client, *(wanting(asin, thresholdValues=[threshold]) for asin in asins))
    early = (await client.get("/token")).json()
    assert early["tokenFlowReduction"] == 0.0
    advance(301)
    # 66 trackings of Buy Box data once an hour: 66 x 9 / 60 tokens a minute.
    later = (await client.get("/token")).json()
    assert later["tokenFlowReduction"] == 10.0
    advance(60)
    assert (await client.get("/token")).json()["tokensLeft"] == later["tokensLeft"] + 50


async def test_a_webhook_is_called_and_once_more(
    app: Starlette, client: httpx2.AsyncClient, source: SimulatedSource, listener: Listener
) -> None:
    asin = priced(source, 1)[0]
    await ask(client, "webhook", url="http://127.0.0.1:8080/hook")
    await add(client, wanting(asin), list="mine")
    await client.get("/token")
    await app.state.trackings.settled()
    assert [call["asin"] for call in listener.calls] == [asin, asin]
    assert listener.calls[0] == listener.calls[1]
    assert listener.calls[0]["trackingListName"] == "mine"


async def test_a_dead_webhook_is_given_up(
    app: Starlette, client: httpx2.AsyncClient, source: SimulatedSource, listener: Listener
) -> None:
    listener.refusals = 5
    await ask(client, "webhook", url="http://localhost/hook")
    await add(client, wanting(priced(source, 1)[0]))
    await client.get("/token")
    await asyncio.wait_for(app.state.trackings.settled(), 5)
    assert len(listener.calls) == 2
    assert (await ask(client, "notification", since=0))["notifications"]
