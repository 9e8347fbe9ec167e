"""``/tracking``: products that Keepa watches, notifications, and calls to a webhook.

The sandbox calls loopback addresses only. A notification that is not answered with 200 is sent once
more after 15 seconds, and then given up.
"""

from __future__ import annotations

import asyncio
import ipaddress
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import orjson
from starlette.concurrency import run_in_threadpool

from arbitragevault.adapters.keepa import schema
from arbitragevault.sandbox.catalogue import MINUTES_PER_DAY
from arbitragevault.sandbox.endpoint import Ask, Reply, error_object
from arbitragevault.sandbox.request import BadParameterError
from arbitragevault.sandbox.simulated import SimulatedSource
from arbitragevault.sandbox.tracked import Tracking, read_tracking

if TYPE_CHECKING:
    import httpx2

RETRY_SECONDS: Final = 15.0
_ADD_MOST: Final = 1_000
_NAME_MOST: Final = 64
_PAGE_MOST: Final = 100_000
_KEPT_MINUTES: Final = MINUTES_PER_DAY
_SENT_AT_ONCE: Final = 2_000
_TIMEOUT_SECONDS: Final = 10.0
_REGULAR_TOKENS: Final = 0.9
_MARKETPLACE_TOKENS: Final = 9.0
"""Tokens per update of a tracking that needs no offers page, and of one that does."""


@dataclass(slots=True)
class _Notification:
    body: dict[str, Any]
    minute: int
    is_read: bool = False


@dataclass(slots=True)
class _Account:
    """What one key tracks, by list name ("" is the unnamed list) and ASIN."""

    lists: dict[str, dict[str, Tracking]] = field(default_factory=dict)
    notifications: list[_Notification] = field(default_factory=list)
    webhook: str | None = None
    sent: int = 0


class Trackings:
    """Keeps and looks after trackings.

    Args:
        source: The marketplace.
        retry_seconds: Pause before an unanswered notification is sent again.
        transport: How webhooks are called; None uses the network.
    """

    def __init__(
        self,
        source: SimulatedSource,
        *,
        retry_seconds: float = RETRY_SECONDS,
        transport: httpx2.AsyncBaseTransport | None = None,
    ) -> None:
        self._source = source
        self._transport = transport
        self._retry_seconds = retry_seconds
        self._accounts: dict[str, _Account] = {}
        self._calls: set[asyncio.Task[None]] = set()
        self._lock = threading.Lock()

    def __call__(self, ask: Ask) -> Reply:
        """One request.

        Raises:
            BadParameterError: Naming the parameter.
        """
        answers: dict[str, Callable[[Ask, _Account, str], Reply]] = {
            "add": self._add,
            "remove": self._remove,
            "removeAll": self._remove_all,
            "get": self._get,
            "list": self._list,
            "notification": self._notifications,
            "listNames": self._list_names,
            "webhook": self._webhook,
        }
        answer = answers.get(ask.query.get("type", ""))
        name = ask.query.get("list", "")
        if answer is None:
            raise BadParameterError("type")
        if len(name) > _NAME_MOST:
            raise BadParameterError("list")
        with self._lock:
            account = self._accounts.setdefault(ask.key, _Account())
            return answer(ask, account, name)

    def reduction(self, key: str) -> float:
        """Tokens per minute that a key's trackings cost."""
        with self._lock:
            account = self._accounts.get(key, _Account())
            costs = [
                (_MARKETPLACE_TOKENS if one.needs_offers else _REGULAR_TOKENS)
                / (max(1, one.interval_hours) * 60)
                for tracked in account.lists.values()
                for one in tracked.values()
            ]
        return float(round(sum(costs)))

    async def look(self, now: int) -> None:
        """Look at every tracked product that is due and send what is to be told.

        Args:
            now: Market minute.
        """
        with self._lock:
            due = [
                (key, name, one)
                for key, account in self._accounts.items()
                for name, tracked in account.lists.items()
                for one in tracked.values()
                if now >= one.due
            ]
        for key, name, tracking in due:
            bodies = await run_in_threadpool(self._looked_at, key, name, tracking, now)
            account = self._accounts[key]
            for body in bodies:
                if account.webhook is not None:
                    call = asyncio.create_task(self._send(account.webhook, body))
                    self._calls.add(call)
                    call.add_done_callback(self._calls.discard)

    async def settled(self) -> None:
        """Wait until every notification under way has been sent or given up."""
        await asyncio.gather(*self._calls)

    def _looked_at(self, key: str, name: str, tracking: Tracking, now: int) -> list[dict[str, Any]]:
        """Look at one product; returns the notifications that follow."""
        figures = self._source.figures(tracking.asin, now)
        entry = self._source.marketplace.entry(tracking.asin)
        if figures is None or entry is None:
            return []
        with self._lock:
            account = self._accounts[key]
            causes = tracking.look(figures, now)
            if tracking.is_over(now):
                account.lists.get(name, {}).pop(tracking.asin, None)
            bodies = []
            for slot, cause, is_drop in causes:
                account.sent += 1
                body = {
                    "asin": tracking.asin,
                    "title": entry.title,
                    "image": None,
                    "createDate": now,
                    "domainId": tracking.domain,
                    "notificationDomainId": tracking.domain,
                    "csvType": slot,
                    "trackingNotificationCause": int(cause),
                    "currentPrices": list(figures),
                    "sentNotificationVia": [place == 5 for place in range(8)],
                    "metaData": tracking.meta_data,
                    "trackingListName": name or None,
                    "notificationId": account.sent,
                    "isDrop": is_drop,
                }
                tracking.note(slot, cause, now)
                bodies.append(body)
                account.notifications.append(_Notification(body, now))
            fresh = [one for one in account.notifications if now - one.minute <= _KEPT_MINUTES]
            account.notifications = fresh
        return bodies

    async def _send(self, url: str, body: dict[str, Any]) -> None:
        """Post a notification; once more if it is not answered with 200."""
        import httpx2  # most sandboxes never call anybody

        headers = {"content-type": "application/json"}
        for attempt in range(2):
            if attempt:
                await asyncio.sleep(self._retry_seconds)
            try:
                async with httpx2.AsyncClient(
                    timeout=_TIMEOUT_SECONDS, transport=self._transport
                ) as client:
                    response = await client.post(url, content=orjson.dumps(body), headers=headers)
            except httpx2.HTTPError:
                continue
            if response.status_code == 200:
                return

    def _add(self, ask: Ask, account: _Account, name: str) -> Reply:
        """New trackings, or existing ones anew; each costs a token."""
        try:
            asked = orjson.loads(ask.body or ask.query.get("tracking", ""))
        except orjson.JSONDecodeError:
            raise BadParameterError("tracking") from None
        requests = asked if isinstance(asked, list) else [asked]
        if not 1 <= len(requests) <= _ADD_MOST:
            raise BadParameterError("tracking")
        read = [read_tracking(one, ask.now) for one in requests]
        known = [one for one in read if self._source.marketplace.entry(one.asin) is not None]
        failed = [one.asin for one in read if one not in known]
        account.lists.setdefault(name, {}).update({one.asin: one for one in known})
        payload: dict[str, Any] = {"trackings": [one.as_json(name) for one in known]}
        if failed:
            message = "Some products could not be tracked."
            payload["error"] = error_object(",".join(failed), message)
        return Reply(payload, schema.TRACKING.tokens * len(known))

    def _remove(self, ask: Ask, account: _Account, name: str) -> Reply:
        found = account.lists.get(name, {}).pop(ask.query.get("asin", ""), None)
        return Reply() if found else _untracked(ask)

    @staticmethod
    def _remove_all(_: Ask, account: _Account, name: str) -> Reply:
        account.lists.pop(name, None)
        return Reply()

    def _get(self, ask: Ask, account: _Account, name: str) -> Reply:
        found = account.lists.get(name, {}).get(ask.query.get("asin", ""))
        return Reply({"trackings": [found.as_json(name)]}) if found else _untracked(ask)

    @staticmethod
    def _list(ask: Ask, account: _Account, name: str) -> Reply:
        tracked = list(account.lists.get(name, {}).values())
        if ask.flag("asins-only"):
            return Reply({"asinList": [one.asin for one in tracked]})
        page, size = ask.number("page", 0), ask.number("perPage", _PAGE_MOST)
        if page < 0:
            raise BadParameterError("page")
        if not 1 <= size <= _PAGE_MOST:
            raise BadParameterError("perPage")
        shown = tracked[page * size : (page + 1) * size]
        return Reply({"trackings": [one.as_json(name) for one in shown]})

    @staticmethod
    def _list_names(_: Ask, account: _Account, __: str) -> Reply:
        return Reply({"trackingListNames": [name for name in account.lists if name]})

    @staticmethod
    def _notifications(ask: Ask, account: _Account, _: str) -> Reply:
        """Those of the last day since a minute, newest first; once only unless asked for again."""
        since, again = ask.number("since", 0), ask.flag("revise")
        found = [
            one
            for one in reversed(account.notifications)
            if one.minute >= since and (again or not one.is_read)
        ]
        if not ask.flag("all"):
            found = found[:_SENT_AT_ONCE]
        for one in found:
            one.is_read = True
        return Reply({"notifications": [one.body for one in found]})

    @staticmethod
    def _webhook(ask: Ask, account: _Account, _: str) -> Reply:
        url = ask.query.get("url", "")
        if not _is_loopback(url):
            raise BadParameterError("url")
        account.webhook = url
        return Reply()


def _untracked(ask: Ask) -> Reply:
    asin = ask.query.get("asin", "")
    return Reply({"error": error_object(asin, "The product is not tracked.")})


def _is_loopback(url: str) -> bool:
    """Whether a URL leads to this very machine: a sandbox calls nobody else."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if parts.scheme not in ("http", "https"):
        return False
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
