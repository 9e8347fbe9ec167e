"""Trackings, notifications and the webhook."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx2
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from arbitragevault.adapters.keepa import tracking
from arbitragevault.adapters.keepa.client import KeepaClient
from arbitragevault.adapters.keepa.tracking import TrackingRequest
from arbitragevault.adapters.keepa.wire_tracking import (
    Cause,
    StockEvent,
    StockWatch,
    Threshold,
    decode_notification,
    decode_tracking,
    decode_webhook,
)
from arbitragevault.domain.errors import InvalidInputError, KeepaRejectedError, PayloadError
from arbitragevault.domain.market.market import SeriesKind

Json = dict[str, Any]
WATCHED = TrackingRequest(
    "B000000001",
    1,
    thresholds=(Threshold(SeriesKind.NEW, 1_999, 1),),
    stock=(StockWatch(SeriesKind.AMAZON, StockEvent.BACK_IN_STOCK, 1),),
    meta="lead 7",
)
TRACKING: Json = {
    "asin": "B000000001",
    "createDate": 8_000_000,
    "ttl": 24,
    "expireNotify": True,
    "mainDomainId": 1,
    "thresholdValues": [
        {"thresholdValueCSV": [7_000_000, 2_500, 8_000_000, 1_999], "domain": 1, "csvType": 1},
        {"thresholdValue": 5, "domain": 1, "csvType": 3, "isDrop": False},
        {"csvType": 99},
        "odd",
    ],
    "notifyIf": [
        {"domain": 1, "csvType": 0, "notifyIfType": 1},
        {"domain": 1, "csvType": 0, "notifyIfType": 9},
    ],
    "notificationType": [False] * 5 + [True, False],
    "individualNotificationInterval": -1,
    "isActive": True,
    "updateInterval": 1,
    "metaData": "lead 7",
    "trackingListName": "books",
}
NOTIFICATION: Json = {
    "asin": "1449308929",
    "title": "APIs &amp; more",
    "image": "x.jpg",
    "createDate": 7_631_684,
    "domainId": 1,
    "notificationDomainId": 3,
    "csvType": 0,
    "trackingNotificationCause": 1,
    "currentPrices": [1_984, 1_454, -1],
    "sentNotificationVia": None,
    "metaData": "lead 7",
    "trackingListName": None,
    "isDrop": True,
}


class Keepa:
    """A client, what it asked, and what it is told."""

    def __init__(self, envelope: Json) -> None:
        self.told: Json = {}
        self.asked: list[dict[str, str]] = []
        self.posted: list[Any] = []
        self._envelope = envelope
        self.client = KeepaClient("http://keepa", "key", transport=httpx2.MockTransport(self._say))

    def _say(self, request: httpx2.Request) -> httpx2.Response:
        if request.url.path == "/tracking":
            params = dict(request.url.params)
            del params["key"]
            self.asked.append(params)
            if request.content:
                self.posted.append(orjson.loads(request.content))
            return httpx2.Response(200, json=self._envelope | self.told)
        return httpx2.Response(200, json=self._envelope)


@pytest.fixture
async def keepa(make_envelope: Callable[..., Json]) -> AsyncIterator[Keepa]:
    made = Keepa(make_envelope(tokensLeft=1_000, refillRate=20))
    async with made.client:
        yield made


class TestRequest:
    def test_what_is_sent(self) -> None:
        assert WATCHED.wire() == {
            "asin": "B000000001",
            "ttl": 0,
            "expireNotify": False,
            "desiredPricesInMainCurrency": True,
            "mainDomainId": 1,
            "updateInterval": 1,
            "thresholdValues": [
                {"thresholdValue": 1_999, "domain": 1, "csvType": 1, "isDrop": True}
            ],
            "notifyIf": [{"domain": 1, "csvType": 0, "notifyIfType": 1}],
            "notificationType": [False] * 5 + [True, False],
            "individualNotificationInterval": -1,
            "metaData": "lead 7",
        }

    def test_it_lowers_the_refill(self) -> None:
        """2,000 regular trackings each hour take 30 tokens a minute (Keepa's documentation)."""
        assert 2_000 * WATCHED.flow_reduction == pytest.approx(30)

    def test_what_comes_with_offers_is_dear(self) -> None:
        """700 of them every 12 hours take 8.75 tokens a minute (Keepa's documentation)."""
        box = (Threshold(SeriesKind.BUY_BOX, 1_999, 1), Threshold(SeriesKind.NEW, 1_999, 1))
        request = TrackingRequest("B000000001", 1, thresholds=box, update_hours=12)
        assert 700 * request.flow_reduction == pytest.approx(8.75)
        two = (*box, Threshold(SeriesKind.NEW, 1_999, 3))
        request = TrackingRequest("B000000001", 1, thresholds=two, update_hours=12)
        assert 700 * request.flow_reduction == pytest.approx(9.625)

    @pytest.mark.parametrize(
        "told",
        [
            {"asin": " "},
            {"thresholds": ()},
            {"thresholds": (Threshold(SeriesKind.MONTHLY_SOLD, 50, 1),)},
            {"update_hours": 26},
            {"rearm_minutes": -2},
            {"meta": "x" * 501},
        ],
    )
    def test_what_keepa_would_refuse_is_refused(self, told: Json) -> None:
        asked: Json = {
            "asin": "B000000001",
            "main_domain": 1,
            "thresholds": (Threshold(SeriesKind.NEW, 1, 1),),
        }
        with pytest.raises(InvalidInputError):
            TrackingRequest(**(asked | told))


class TestAsking:
    async def test_add(self, keepa: Keepa) -> None:
        error = {"type": "trackingError", "message": "some failed", "details": "B000000002"}
        keepa.told = {"trackings": [TRACKING], "error": error}
        added = await tracking.add_trackings(keepa.client, [WATCHED, WATCHED], list_name="books")
        assert keepa.asked == [{"type": "add", "list": "books"}]
        assert keepa.posted == [[WATCHED.wire(), WATCHED.wire()]]
        assert [one.asin for one in added.trackings] == ["B000000001"]
        assert added.envelope.error is not None
        assert added.envelope.error.details == "B000000002"

    async def test_one_to_a_thousand_at_once(self, keepa: Keepa) -> None:
        for requests in ([], [WATCHED] * 1_001):
            with pytest.raises(InvalidInputError):
                await tracking.add_trackings(keepa.client, requests)
        with pytest.raises(InvalidInputError, match="name"):
            await tracking.get_tracking(keepa.client, "B000000001", list_name="x" * 65)

    async def test_get_and_list(self, keepa: Keepa) -> None:
        keepa.told = {"trackings": [TRACKING]}
        assert len((await tracking.get_tracking(keepa.client, "B000000001")).trackings) == 1
        assert len((await tracking.list_trackings(keepa.client, page=2)).trackings) == 1
        keepa.told = {"asinList": ["B000000001"]}
        assert (await tracking.list_tracked_asins(keepa.client)).names == ("B000000001",)
        keepa.told = {"trackingListNames": ["books"]}
        assert (await tracking.list_names(keepa.client)).names == ("books",)
        assert keepa.asked == [
            {"type": "get", "asin": "B000000001"},
            {"type": "list", "page": "2", "perPage": "100000"},
            {"type": "list", "asins-only": "1"},
            {"type": "listNames"},
        ]
        with pytest.raises(InvalidInputError):
            await tracking.list_trackings(keepa.client, page=-1)

    async def test_remove(self, keepa: Keepa) -> None:
        await tracking.remove_tracking(keepa.client, "B000000001", list_name="books")
        await tracking.remove_all_trackings(keepa.client)
        assert keepa.asked == [
            {"type": "remove", "asin": "B000000001", "list": "books"},
            {"type": "removeAll"},
        ]
        keepa.told = {"error": {"type": "invalidParameter", "message": "not tracked"}}
        with pytest.raises(KeepaRejectedError, match="not tracked"):
            await tracking.remove_tracking(keepa.client, "B000000001")

    async def test_notifications(self, keepa: Keepa) -> None:
        keepa.told = {"notifications": [NOTIFICATION]}
        found = await tracking.notifications(keepa.client, 8_000_000, revise=True)
        assert [one.asin for one in found.notifications] == ["1449308929"]
        assert keepa.asked == [{"type": "notification", "since": "8000000", "revise": "1"}]
        keepa.told = {"notifications": {}}
        with pytest.raises(PayloadError):
            await tracking.notifications(keepa.client, 8_000_000)

    async def test_the_webhook(self, keepa: Keepa) -> None:
        await tracking.set_webhook(keepa.client, "https://example.org/keepa?x=1")
        assert keepa.asked == [{"type": "webhook", "url": "https://example.org/keepa?x=1"}]
        for url in ("", "ftp://example.org", "https://", "https://[x"):
            with pytest.raises(InvalidInputError):
                await tracking.set_webhook(keepa.client, url)


class TestDecoding:
    def test_a_tracking(self) -> None:
        found = decode_tracking(TRACKING)
        assert found.thresholds == (
            Threshold(SeriesKind.NEW, 1_999, 1),
            Threshold(SeriesKind.SALES_RANK, 5, 1, is_drop=False),
        )
        assert found.stock == (StockWatch(SeriesKind.AMAZON, StockEvent.BACK_IN_STOCK, 1),)
        assert (found.ttl_hours, found.rearm_minutes, found.is_active) == (24, -1, True)
        assert (found.meta, found.list_name) == ("lead 7", "books")

    def test_a_notification(self) -> None:
        found = decode_webhook(orjson.dumps(NOTIFICATION))
        assert (found.asin, found.title) == ("1449308929", "APIs & more")
        assert (found.kind, found.cause) == (SeriesKind.AMAZON, Cause.DESIRED_PRICE)
        assert (found.domain, found.currency_domain) == (3, 1)
        assert found.current == {SeriesKind.AMAZON: 1_984, SeriesKind.NEW: 1_454}
        assert found.is_drop is True

    def test_repetitions_have_one_key(self) -> None:
        told = decode_notification(NOTIFICATION)
        assert told.key == decode_notification(NOTIFICATION | {"title": None}).key
        assert told.key != decode_notification(NOTIFICATION | {"csvType": 1}).key
        assert decode_notification(NOTIFICATION | {"notificationId": 77}).key == "77"
        assert decode_notification(NOTIFICATION | {"notificationId": "n7"}).key == "n7"

    def test_what_is_not_known_here_is_none(self) -> None:
        found = decode_notification(NOTIFICATION | {"csvType": 99, "trackingNotificationCause": 42})
        assert (found.kind, found.cause) == (None, None)

    @pytest.mark.parametrize("raw", [b"", b"[]", b"{}", b'{"asin": "B0"}', b'{"trackingNoti'])
    def test_a_foreign_body_is_refused(self, raw: bytes) -> None:
        with pytest.raises(PayloadError):
            decode_webhook(raw)

    def test_a_product_has_to_be_named(self) -> None:
        with pytest.raises(PayloadError):
            decode_notification({"asin": None})
        with pytest.raises(PayloadError):
            decode_tracking({"asin": 5})

    @given(
        st.dictionaries(
            st.sampled_from(sorted(NOTIFICATION | TRACKING)),
            st.recursive(
                st.none() | st.booleans() | st.integers() | st.text(max_size=4),
                lambda inner: st.lists(inner, max_size=4),
                max_leaves=6,
            ),
        )
    )
    def test_any_field_may_be_of_another_type(self, told: Json) -> None:
        named = {"asin": "B000000001"}
        assert decode_notification(NOTIFICATION | told | named).key
        assert decode_tracking(TRACKING | told | named).asin


@pytest.mark.recorded
def test_the_recorded_webhook(recordings: Any) -> None:  # noqa: ANN401 - path
    found = decode_webhook((recordings / "other" / "webhook_test_notification.json").read_bytes())
    assert (found.asin, found.cause) == ("1449308929", Cause.DESIRED_PRICE)
    assert found.current[SeriesKind.SALES_RANK] == 154_741
    assert found.id is None
    assert SeriesKind.LIGHTNING_DEAL not in found.current
