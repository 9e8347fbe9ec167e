"""One tracking: what it waits for, what it saw last, and when it tells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any, Final

from arbitragevault.adapters.keepa import schema
from arbitragevault.sandbox.endpoint import known_domain
from arbitragevault.sandbox.request import BadParameterError

_META_MOST: Final = 500
_INTERVAL_MOST: Final = 25
_ASIN_LENGTH: Final = 10


class Cause(IntEnum):
    """``trackingNotificationCause``."""

    EXPIRED = 0
    DESIRED_PRICE = 1
    OUT_OF_STOCK = 4
    BACK_IN_STOCK = 5
    DESIRED_PRICE_AGAIN = 6


@dataclass(slots=True)
class Threshold:
    """A value to wait for.

    Args:
        slot: csv slot.
        value: The value.
        is_drop: Wait until the slot falls to it; else until it rises to it.
        holds: Whether it held at the last look; a further notification needs it to fail first.
        told_at: Market minute of the last notification.
    """

    slot: int
    value: int
    is_drop: bool
    holds: bool = False
    told_at: int | None = None

    def is_reached(self, now: int) -> bool:
        """Whether a value of the slot reaches it; nothing offered reaches nothing."""
        return now >= 0 and (now <= self.value if self.is_drop else now >= self.value)


@dataclass(slots=True)
class Tracking:
    """A tracked product.

    Args:
        asin: The product.
        domain: Keepa's domain id.
        created: Market minute.
        ttl_hours: Hours to live; 0 lives for ever.
        tells_expiry: Whether its end is told.
        thresholds: Values to wait for.
        notify_if: Slot and kind (0 out of stock, 1 back in stock) of stock changes to wait for.
        channels: ``notificationType``.
        rearm_minutes: Minutes after which a value still reached is told again; 0 tells once ever,
            -1 tells when it is reached anew.
        interval_hours: Hours between looks.
        meta_data: The user's own text.
        due: Market minute of the next look.
        seen: The slots' values at the last look.
        told: ``notificationCSV``.
    """

    asin: str
    domain: int
    created: int
    ttl_hours: int
    tells_expiry: bool
    thresholds: list[Threshold]
    notify_if: list[tuple[int, int]]
    channels: list[bool]
    rearm_minutes: int
    interval_hours: int
    meta_data: str
    due: int
    seen: tuple[int, ...] | None = None
    told: list[int] = field(default_factory=list)

    @property
    def needs_offers(self) -> bool:
        """Whether a slot is watched that only the offers page fills, which costs ten times."""
        slots = {one.slot for one in self.thresholds} | {slot for slot, _ in self.notify_if}
        return any(schema.SLOTS[slot].delivered_by for slot in slots)

    def is_over(self, now: int) -> bool:
        """Whether its time to live has passed."""
        return self.ttl_hours > 0 and now >= self.created + 60 * self.ttl_hours

    def look(self, figures: Sequence[int], now: int) -> list[tuple[int, Cause, bool]]:
        """What a look at the product tells: slot, cause, whether it is a fall."""
        self.due = now + 60 * max(1, self.interval_hours)
        found = [
            (one.slot, cause, one.is_drop)
            for one in self.thresholds
            if (cause := self._reached(one, figures[one.slot], now)) is not None
        ]
        for slot, kind in self.notify_if:
            before = None if self.seen is None else self.seen[slot] >= 0
            there = figures[slot] >= 0
            if kind == 0 and before is True and not there:
                found.append((slot, Cause.OUT_OF_STOCK, False))
            if kind == 1 and before is False and there:
                found.append((slot, Cause.BACK_IN_STOCK, False))
        if self.is_over(now) and self.tells_expiry:
            found.append((0, Cause.EXPIRED, False))
        self.seen = tuple(figures)
        return found

    def note(self, slot: int, cause: Cause, now: int) -> None:
        """Write down that something was told."""
        self.told += [self.domain, slot, 5, int(cause), now]

    def _reached(self, one: Threshold, value: int, now: int) -> Cause | None:
        held, one.holds = one.holds, one.is_reached(value)
        if not one.holds:
            return None
        again = one.told_at is not None
        waited = now - (one.told_at or 0) >= self.rearm_minutes > 0
        if again and (self.rearm_minutes == 0 or (held and not waited)):
            return None
        one.told_at = now
        return Cause.DESIRED_PRICE_AGAIN if again else Cause.DESIRED_PRICE

    def as_json(self, list_name: str) -> dict[str, Any]:
        """Keepa's tracking object."""
        found: dict[str, Any] = {
            "asin": self.asin,
            "createDate": self.created,
            "ttl": self.ttl_hours,
            "expireNotify": self.tells_expiry,
            "mainDomainId": self.domain,
            "thresholdValues": [
                {"thresholdValueCSV": [self.created, one.value], "domain": self.domain,
                 "csvType": one.slot, "isDrop": one.is_drop}
                for one in self.thresholds
            ],
            "notifyIf": [
                {"domain": self.domain, "csvType": slot, "notifyIfType": kind}
                for slot, kind in self.notify_if
            ],
            "notificationType": self.channels,
            "notificationCSV": self.told,
            "individualNotificationInterval": self.rearm_minutes,
            "isActive": True,
            "updateInterval": self.interval_hours,
            "metaData": self.meta_data,
        }  # fmt: skip
        if list_name:
            found["trackingListName"] = list_name
        return found


def read_tracking(asked: object, now: int) -> Tracking:
    """Read a TrackingRequest.

    Args:
        asked: The JSON value.
        now: Market minute.

    Raises:
        BadParameterError: Naming the field.
    """
    if not isinstance(asked, dict):
        raise BadParameterError("tracking")
    asin = asked.get("asin")
    if not isinstance(asin, str) or len(asin) != _ASIN_LENGTH:
        raise BadParameterError("asin")
    thresholds = [_threshold(one) for one in _objects(asked, "thresholdValues")]
    notify_if = [_notify_if(one) for one in _objects(asked, "notifyIf")]
    if not thresholds and not notify_if:
        raise BadParameterError("thresholdValues")
    meta = asked.get("metaData") or ""
    if not isinstance(meta, str) or len(meta) > _META_MOST:
        raise BadParameterError("metaData")
    interval = _number(asked, "updateInterval", 1)
    if not 0 <= interval <= _INTERVAL_MOST:
        raise BadParameterError("updateInterval")
    channels = asked.get("notificationType")
    if channels is not None and not _are_flags(channels):
        raise BadParameterError("notificationType")
    return Tracking(
        asin=asin,
        domain=known_domain(_number(asked, "mainDomainId", 1)),
        created=now,
        ttl_hours=abs(_number(asked, "ttl", 0)),
        tells_expiry=asked.get("expireNotify") is True,
        thresholds=thresholds,
        notify_if=notify_if,
        channels=channels or [place == 5 for place in range(7)],
        rearm_minutes=_number(asked, "individualNotificationInterval", -1),
        interval_hours=interval,
        meta_data=meta,
        due=now,
    )


def _objects(asked: dict[str, Any], name: str) -> list[dict[str, Any]]:
    found = asked.get(name) or []
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise BadParameterError(name)
    return found


def _threshold(asked: dict[str, Any]) -> Threshold:
    if not isinstance(asked.get("isDrop"), bool):
        raise BadParameterError("isDrop")
    return Threshold(_slot(asked), _number(asked, "thresholdValue"), asked["isDrop"])


def _notify_if(asked: dict[str, Any]) -> tuple[int, int]:
    kind = _number(asked, "notifyIfType")
    if kind not in (0, 1):
        raise BadParameterError("notifyIfType")
    return _slot(asked), kind


def _slot(asked: dict[str, Any]) -> int:
    slot = _number(asked, "csvType")
    if not 0 <= slot < len(schema.SLOTS):
        raise BadParameterError("csvType")
    return slot


def _number(asked: dict[str, Any], name: str, usual: int | None = None) -> int:
    value = asked.get(name, usual)
    if not isinstance(value, int) or isinstance(value, bool):
        raise BadParameterError(name)
    return value


def _are_flags(value: object) -> bool:
    return (
        isinstance(value, list)
        and len(value) in (7, 8)
        and all(isinstance(one, bool) for one in value)
    )
