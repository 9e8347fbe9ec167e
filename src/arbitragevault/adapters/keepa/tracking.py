"""Products that Keepa watches for us, and what it tells about them.

A tracking costs a token to add and lowers the refill for as long as it lives: each look takes 0.9
tokens, or 9 where what is watched comes with offers (``flow_reduction``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import urlsplit

import orjson

from arbitragevault.adapters.keepa import schema
from arbitragevault.adapters.keepa.client import KeepaClient
from arbitragevault.adapters.keepa.envelope import Envelope, read_envelope
from arbitragevault.adapters.keepa.wire_fields import Fields, id_list, objects
from arbitragevault.adapters.keepa.wire_tracking import (
    Notification,
    StockWatch,
    Threshold,
    Tracking,
    decode_notification,
    decode_tracking,
)
from arbitragevault.domain.errors import InvalidInputError

TRACKINGS_PER_CALL: Final = 1_000
"""Keepa's documentation of 2025; notes of 2026 say 3,000."""
LIST_PAGE_MOST: Final = 100_000
LIST_NAME_MOST: Final = 64
META_MOST: Final = 500
UPDATE_HOURS_MOST: Final = 25
TOKENS_PER_LOOK: Final = 0.9
TOKENS_PER_OFFERS_LOOK: Final = 9.0
"""What one look at a product on one marketplace takes from the refill; the dearer one where a value
is watched that Keepa learns from the offers."""
_CHANNELS: Final = [False, False, False, False, False, True, False]
"""Notification channels by Keepa's number; only 5, the API, is open to us."""


@dataclass(frozen=True, slots=True)
class TrackingRequest:
    """A product to watch; one that is watched already is watched as this says from then on.

    Args:
        asin: The product.
        main_domain: Keepa's domain id whose currency the thresholds are in.
        thresholds / stock: What to be told of; at least one of them.
        ttl_hours: Hours to live; 0 for ever; negative to keep what an existing tracking has.
        update_hours: Hours between two looks, 0 to 25.
        rearm_minutes: Minutes after which a value is told again; 0 never, -1 as the account says.
        tells_expiry: Whether to be told of its end.
        meta: A text to store with it, up to 500 characters.

    Raises:
        InvalidInputError: If Keepa would refuse it.
    """

    asin: str
    main_domain: int
    thresholds: tuple[Threshold, ...] = ()
    stock: tuple[StockWatch, ...] = ()
    ttl_hours: int = 0
    update_hours: int = 1
    rearm_minutes: int = -1
    tells_expiry: bool = False
    meta: str | None = None

    def __post_init__(self) -> None:
        if not self.asin.strip():
            raise InvalidInputError("asin takes an ASIN.")
        if not (self.thresholds or self.stock):
            raise InvalidInputError(f"{self.asin}: say what to be told of, a threshold or stock.")
        kinds = {one.kind for one in self.thresholds} | {one.kind for one in self.stock}
        if unknown := kinds - set(schema.SLOT_BY_KIND):
            raise InvalidInputError(f"{self.asin}: Keepa does not watch {', '.join(unknown)}.")
        if not 0 <= self.update_hours <= UPDATE_HOURS_MOST:
            raise InvalidInputError(
                f"updateInterval takes 0 to {UPDATE_HOURS_MOST} hours, not {self.update_hours}."
            )
        if self.rearm_minutes < -1:
            raise InvalidInputError("individualNotificationInterval takes -1 or more minutes.")
        if len(self.meta or "") > META_MOST:
            raise InvalidInputError(
                f"metaData takes {META_MOST} characters, not {len(self.meta or '')}."
            )

    @property
    def flow_reduction(self) -> float:
        """Tokens per minute that it takes from the refill."""
        watched = [(one.domain, one.kind) for one in self.thresholds]
        watched += [(one.domain, one.kind) for one in self.stock]
        dear = {domain for domain, kind in watched if schema.SLOT_BY_KIND[kind].delivered_by}
        cheap = {domain for domain, _ in watched} - dear
        each_look = TOKENS_PER_LOOK * len(cheap) + TOKENS_PER_OFFERS_LOOK * len(dear)
        return each_look / (max(self.update_hours, 1) * 60)

    def wire(self) -> dict[str, object]:
        """Keepa's tracking creation object."""
        return {
            "asin": self.asin.strip(),
            "ttl": self.ttl_hours,
            "expireNotify": self.tells_expiry,
            "desiredPricesInMainCurrency": True,
            "mainDomainId": self.main_domain,
            "updateInterval": self.update_hours,
            "thresholdValues": [
                {
                    "thresholdValue": one.value,
                    "domain": one.domain,
                    "csvType": schema.SLOT_BY_KIND[one.kind].index,
                    "isDrop": one.is_drop,
                }
                for one in self.thresholds
            ],
            "notifyIf": [
                {
                    "domain": one.domain,
                    "csvType": schema.SLOT_BY_KIND[one.kind].index,
                    "notifyIfType": int(one.event),
                }
                for one in self.stock
            ],
            "notificationType": _CHANNELS,
            "individualNotificationInterval": self.rearm_minutes,
        } | ({} if self.meta is None else {"metaData": self.meta})


@dataclass(frozen=True, slots=True)
class TrackingAnswer:
    """Trackings; ``envelope.error`` names those that Keepa refused to add."""

    envelope: Envelope
    trackings: tuple[Tracking, ...]


@dataclass(frozen=True, slots=True)
class Names:
    """ASINs or names of lists, with the envelope of the answer."""

    envelope: Envelope
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Notifications:
    """Notifications, newest first, with the envelope of the answer."""

    envelope: Envelope
    notifications: tuple[Notification, ...]


async def add_trackings(
    client: KeepaClient, requests: Sequence[TrackingRequest], *, list_name: str | None = None
) -> TrackingAnswer:
    """Watch products, up to 1,000 at once; one token each.

    Raises:
        InvalidInputError: If there are none or too many, or the list's name is too long.
        MarketDataError: As ``KeepaClient.ask`` does.
    """
    if not 1 <= len(requests) <= TRACKINGS_PER_CALL:
        raise InvalidInputError(f"Add 1 to {TRACKINGS_PER_CALL} trackings, not {len(requests)}.")
    document = await _ask(
        client,
        "add",
        list_name=list_name,
        worst_case=len(requests) * schema.TRACKING.tokens,
        body=orjson.dumps([request.wire() for request in requests]),
    )
    return _trackings(document)


async def get_tracking(
    client: KeepaClient, asin: str, *, list_name: str | None = None
) -> TrackingAnswer:
    """The tracking of a product.

    Raises:
        KeepaRejectedError: If it is not watched.
        MarketDataError: As ``KeepaClient.ask`` does.
    """
    return _trackings(await _ask(client, "get", {"asin": asin}, list_name=list_name))


async def list_trackings(
    client: KeepaClient,
    *,
    page: int = 0,
    per_page: int = LIST_PAGE_MOST,
    list_name: str | None = None,
) -> TrackingAnswer:
    """A page of all trackings; an empty one ends the list.

    Raises:
        InvalidInputError: If the page cannot be.
        MarketDataError: As ``KeepaClient.ask`` does.
    """
    if page < 0 or not 1 <= per_page <= LIST_PAGE_MOST:
        raise InvalidInputError(f"page counts from 0 and perPage from 1 to {LIST_PAGE_MOST}.")
    params = {"page": str(page), "perPage": str(per_page)}
    return _trackings(await _ask(client, "list", params, list_name=list_name))


async def list_tracked_asins(client: KeepaClient, *, list_name: str | None = None) -> Names:
    """The ASINs of all trackings.

    Raises:
        MarketDataError: As ``KeepaClient.ask`` does.
    """
    params = {"asins-only": "1"}
    document = await _ask(client, "list", params, list_name=list_name, payload="asinList")
    return Names(read_envelope(document), id_list(document.get("asinList")))


async def list_names(client: KeepaClient) -> Names:
    """The names of all named lists.

    Raises:
        MarketDataError: As ``KeepaClient.ask`` does.
    """
    document = await _ask(client, "listNames", payload="trackingListNames")
    return Names(read_envelope(document), id_list(document.get("trackingListNames")))


async def remove_tracking(
    client: KeepaClient, asin: str, *, list_name: str | None = None
) -> Envelope:
    """Watch a product no longer.

    Raises:
        KeepaRejectedError: If it is not watched.
        MarketDataError: As ``KeepaClient.ask`` does.
    """
    document = await _ask(client, "remove", {"asin": asin}, list_name=list_name, payload=None)
    return read_envelope(document)


async def remove_all_trackings(client: KeepaClient, *, list_name: str | None = None) -> Envelope:
    """Watch no product of the list any longer; a named list is gone afterwards.

    Raises:
        MarketDataError: As ``KeepaClient.ask`` does.
    """
    return read_envelope(await _ask(client, "removeAll", list_name=list_name, payload=None))


async def notifications(
    client: KeepaClient, since: int, *, revise: bool = False, list_name: str | None = None
) -> Notifications:
    """What Keepa has told since a market minute, as far as it keeps it: 24 hours.

    Args:
        client: The client.
        since: Market minute.
        revise: Give those that were read already, too.
        list_name: A named list; None for the common one.

    Raises:
        MarketDataError: As ``KeepaClient.ask`` does.
    """
    params = {"since": str(since), "revise": "1" if revise else "0"}
    document = await _ask(
        client, "notification", params, list_name=list_name, payload="notifications"
    )
    rows = objects(document.get("notifications"), "notifications")
    return Notifications(read_envelope(document), tuple(map(decode_notification, rows)))


async def set_webhook(client: KeepaClient, url: str) -> Envelope:
    """Have Keepa call an address with every notification.

    Raises:
        InvalidInputError: If it is no http or https address.
        MarketDataError: As ``KeepaClient.ask`` does.
    """
    try:
        parts = urlsplit(url)
        is_address = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        is_address = False
    if not is_address:
        raise InvalidInputError("url takes an http or https address that Keepa can reach.")
    return read_envelope(await _ask(client, "webhook", {"url": url}, payload=None))


async def _ask(
    client: KeepaClient,
    kind: str,
    params: Mapping[str, str] | None = None,
    *,
    list_name: str | None = None,
    payload: str | None = schema.TRACKING.payload,
    worst_case: int = 0,
    body: bytes | None = None,
) -> Fields:
    if list_name is not None and not 1 <= len(list_name) <= LIST_NAME_MOST:
        raise InvalidInputError(f"A list's name has 1 to {LIST_NAME_MOST} characters.")
    told = {"type": kind} | dict(params or {})
    if list_name is not None:
        told["list"] = list_name
    endpoint = replace(schema.TRACKING, payload=payload)
    return await client.ask(endpoint, told, worst_case=worst_case, body=body)


def _trackings(document: Fields) -> TrackingAnswer:
    rows = objects(document.get("trackings"), "trackings")
    return TrackingAnswer(read_envelope(document), tuple(map(decode_tracking, rows)))
