"""From Keepa's tracking and notification objects to ours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import TypeVar

from arbitragevault.adapters.keepa import schema
from arbitragevault.adapters.keepa.wire_fields import (
    flag,
    items,
    not_negative,
    number,
    parse_object,
    positive,
    text,
    whole,
)
from arbitragevault.domain.errors import PayloadError
from arbitragevault.domain.market.market import SeriesKind

_Code = TypeVar("_Code", bound=IntEnum)


class Cause(IntEnum):
    """Why a notification was sent."""

    EXPIRED = 0
    DESIRED_PRICE = 1
    PRICE_CHANGE = 2
    PRICE_CHANGE_AFTER_DESIRED_PRICE = 3
    OUT_OF_STOCK = 4
    IN_STOCK = 5
    DESIRED_PRICE_AGAIN = 6


class StockEvent(IntEnum):
    """What to tell of a price type that is or is not on offer."""

    OUT_OF_STOCK = 0
    BACK_IN_STOCK = 1


@dataclass(frozen=True, slots=True)
class Threshold:
    """A value at which to be told.

    Args:
        kind: What is watched.
        value: Minor units of the tracking's main marketplace, or a rank or count.
        domain: Keepa's domain id of the marketplace that is watched.
        is_drop: Told when the value falls to it, else when it rises to it.
    """

    kind: SeriesKind
    value: int
    domain: int
    is_drop: bool = True


@dataclass(frozen=True, slots=True)
class StockWatch:
    """A price type of a marketplace (Keepa's domain id) whose stock is watched."""

    kind: SeriesKind
    event: StockEvent
    domain: int


@dataclass(frozen=True, slots=True)
class Tracking:
    """A product that Keepa watches.

    Args:
        asin: The product.
        main_domain: Keepa's domain id whose currency the thresholds are in.
        created_minute: Market minute.
        ttl_hours: Hours that it lives from its creation; 0 for ever.
        update_hours: Hours between two looks.
        thresholds / stock: What is watched.
        rearm_minutes: Minutes after which a value is told again; 0 never, -1 as the account says.
        is_active: False once the subscription no longer covers it.
        tells_expiry: Whether the end is told.
        meta: The text that was stored with it.
        list_name: The named list that it belongs to; None for the common one.
    """

    asin: str
    main_domain: int | None = None
    created_minute: int | None = None
    ttl_hours: int | None = None
    update_hours: int | None = None
    thresholds: tuple[Threshold, ...] = ()
    stock: tuple[StockWatch, ...] = ()
    rearm_minutes: int | None = None
    is_active: bool | None = None
    tells_expiry: bool | None = None
    meta: str | None = None
    list_name: str | None = None


@dataclass(frozen=True, slots=True)
class Notification:
    """What Keepa tells about a product that it watches.

    Args:
        asin / title / image: As in ``Product``.
        created_minute: Market minute.
        domain: Keepa's domain id of the marketplace that caused it.
        currency_domain: Keepa's domain id whose currency the prices are in.
        kind: The kind of value that caused it; None for one that is not known here.
        cause: Why; None for a cause that is not known here.
        current: Values at that time; what was not on offer is absent.
        is_drop: Whether the value fell, where Keepa says it.
        meta: The text that was stored with the tracking.
        list_name: The named list of the tracking; None for the common one.
        id: Keepa's id, since 2026-08; without it, ``key`` tells repeated ones.
    """

    asin: str
    title: str | None = None
    image: str | None = None
    created_minute: int | None = None
    domain: int | None = None
    currency_domain: int | None = None
    kind: SeriesKind | None = None
    cause: Cause | None = None
    current: Mapping[SeriesKind, float] = field(default_factory=dict)
    is_drop: bool | None = None
    meta: str | None = None
    list_name: str | None = None
    id: str | None = None

    @property
    def key(self) -> str:
        """What is equal of a notification and its repetition: Keepa calls again after 15 s."""
        if self.id is not None:
            return self.id
        parts = (self.asin, self.domain, self.kind, self.cause, self.created_minute)
        return ":".join(str(part) for part in parts)


def decode_webhook(raw: bytes) -> Notification:
    """The notification in the body of a call to our webhook.

    Raises:
        PayloadError: If it is no JSON object, or names no product.
    """
    document = parse_object(raw)
    told = {name: document.get(name) for name in document.names}
    if "trackingNotificationCause" not in told:
        raise PayloadError("The body is no notification of Keepa; nothing was done with it.")
    return decode_notification(told)


def decode_notification(told: Mapping[str, object]) -> Notification:
    """A notification.

    Raises:
        PayloadError: If it names no product.
    """
    get = told.get
    asin = text(get("asin"))
    if asin is None:
        raise PayloadError("A notification names no product; nothing can be said about it.")
    told_id = get("notificationId")
    return Notification(
        asin=asin,
        title=text(get("title")),
        image=text(get("image")),
        created_minute=positive(get("createDate")),
        domain=positive(get("notificationDomainId")),
        currency_domain=positive(get("domainId")),
        kind=_kind(get("csvType")),
        cause=_member(Cause, get("trackingNotificationCause")),
        current={
            slot.kind: value
            for slot, one in zip(schema.SLOTS, items(get("currentPrices")), strict=False)
            if (value := number(one)) is not None and value >= 0
        },
        is_drop=flag(get("isDrop")),
        meta=text(get("metaData")),
        list_name=text(get("trackingListName")),
        id=text(told_id) if (by_number := whole(told_id)) is None else str(by_number),
    )


def decode_tracking(told: Mapping[str, object]) -> Tracking:
    """A tracking.

    Raises:
        PayloadError: If it names no product.
    """
    get = told.get
    asin = text(get("asin"))
    if asin is None:
        raise PayloadError("A tracking names no product; nothing can be said about it.")
    return Tracking(
        asin=asin,
        main_domain=positive(get("mainDomainId")),
        created_minute=positive(get("createDate")),
        ttl_hours=not_negative(get("ttl")),
        update_hours=not_negative(get("updateInterval")),
        thresholds=_thresholds(get("thresholdValues")),
        stock=_stock(get("notifyIf")),
        rearm_minutes=whole(get("individualNotificationInterval")),
        is_active=flag(get("isActive")),
        tells_expiry=flag(get("expireNotify")),
        meta=text(get("metaData")),
        list_name=text(get("trackingListName")),
    )


def _thresholds(told: object) -> tuple[Threshold, ...]:
    """What is watched; an existing tracking tells the history of each value, newest last."""
    found = []
    for row in items(told):
        if not isinstance(row, dict):
            continue
        history = items(row.get("thresholdValueCSV"))
        value = whole(history[-1]) if len(history) >= 2 else whole(row.get("thresholdValue"))
        kind, domain = _kind(row.get("csvType")), positive(row.get("domain"))
        if kind is not None and domain is not None and value is not None:
            found.append(Threshold(kind, value, domain, row.get("isDrop") is not False))
    return tuple(found)


def _stock(told: object) -> tuple[StockWatch, ...]:
    return tuple(
        StockWatch(kind, event, domain)
        for row in items(told)
        if isinstance(row, dict)
        and (kind := _kind(row.get("csvType"))) is not None
        and (event := _member(StockEvent, row.get("notifyIfType"))) is not None
        and (domain := positive(row.get("domain"))) is not None
    )


def _kind(code: object) -> SeriesKind | None:
    found = not_negative(code)
    return schema.SLOTS[found].kind if found is not None and found < len(schema.SLOTS) else None


def _member(of: type[_Code], code: object) -> _Code | None:
    found = whole(code)
    return of(found) if found in {one.value for one in of} else None
