"""Who may speak to the server, how much, and what browsers are told about its pages.

There are no accounts yet: the server listens on the loopback interface only, and these checks keep
other web sites that the same browser has open from speaking to it.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Mapping
from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from arbitragevault.entrypoints.api.problems import problem_response

SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
UPLOAD_LIMIT_BYTES: Final = 100 * 2**20
"""A lead file of a million rows has about 60 MB."""
BODY_LIMIT_BYTES: Final = 2**20

SECURITY_HEADERS: Final[Mapping[str, str]] = {
    # Product images come from Amazon's image host. Nothing inline: React and uPlot set styles
    # through the object model, which the policy does not govern.
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' https://m.media-amazon.com data:; base-uri 'none'; "
        "form-action 'self'; frame-ancestors 'none'; object-src 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
"""On every answer."""

_HOST: Final = re.compile(r"^(?P<name>\[[0-9a-fA-F:.]+\]|[^:\[\]@/?#\s]+)(?::\d{1,5})?$")


def is_loopback_name(name: str) -> bool:
    """True for ``localhost``, its subdomains, 127.0.0.0/8 and ::1 (brackets allowed)."""
    bare = name.strip("[]").rstrip(".").lower()
    if bare == "localhost" or bare.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(bare).is_loopback
    except ValueError:
        return False


class Guard:
    """Refuses requests under a foreign name (DNS rebinding) and changes asked for by other sites.

    A request that changes something needs an ``Origin`` that is this server's own, or none at all
    (programs send none); a browser that says ``Sec-Fetch-Site`` must not say ``cross-site`` or
    ``same-site``.

    Args:
        app: The application inside.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request pass, or refuse it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        refusal = _refusal(scope["method"], Headers(scope=scope))

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(SECURITY_HEADERS)
            await send(message)

        if refusal is None:
            await self._app(scope, receive, send_with_headers)
            return
        code, detail = refusal
        response = problem_response(
            code,
            detail,
            instance=scope["path"],
            request_id=scope.get("state", {}).get("request_id", ""),
        )
        await response(scope, receive, send_with_headers)


def _refusal(method: str, headers: Headers) -> tuple[str, str] | None:
    """Why a request is refused, as (code, detail); None where it is welcome."""
    host = headers.get("host", "")
    match = _HOST.match(host)
    if match is None or not is_loopback_name(match["name"]):
        return (
            "host_not_allowed",
            f"This server answers as localhost or 127.0.0.1 only, not as {host[:100]!r}.",
        )
    if method in SAFE_METHODS:
        return None
    origin = headers.get("origin")
    own = origin is None or _netloc(origin) == host.lower()
    if not own or headers.get("sec-fetch-site", "none") not in {"none", "same-origin"}:
        return (
            "cross_origin",
            f"Changes are accepted from this server's own page only, not from {origin or 'it'!r}.",
        )
    return None


def _netloc(origin: str) -> str | None:
    """Host and port of an http origin; None for ``null`` and everything else."""
    try:
        parts = urlsplit(origin)
    except ValueError:
        return None
    return parts.netloc.lower() if parts.scheme in {"http", "https"} else None


class BodyLimit:
    """Refuses bodies that are longer than their resource takes, before or while they are read.

    Args:
        app: The application inside.
        limit_of: Bytes that a request may bring, by its scope.
    """

    def __init__(self, app: ASGIApp, limit_of: Callable[[Scope], int]) -> None:
        self._app = app
        self._limit_of = limit_of

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a body pass, or refuse it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit = self._limit_of(scope)
        length = Headers(scope=scope).get("content-length", "")
        if length.isdigit() and int(length) > limit:
            response = problem_response(
                "body_too_large",
                _too_large(limit),
                instance=scope["path"],
                request_id=scope.get("state", {}).get("request_id", ""),
            )
            await response(scope, receive, send)
            return
        received = 0

        async def receive_counted() -> Message:
            nonlocal received
            message = await receive()
            if message["type"] == "http.request":
                received += len(message.get("body", b""))
                if received > limit:
                    raise HTTPException(413, _too_large(limit))
            return message

        await self._app(scope, receive_counted, send)


def _too_large(limit: int) -> str:
    return (
        f"The body is larger than the {limit // 2**20} MB that this address takes. "
        "Split the file and send the parts one after the other."
    )


def body_limit_of(scope: Scope) -> int:
    """100 MB for a lead file's upload, 1 MiB everywhere else."""
    content_type = Headers(scope=scope).get("content-type", "")
    is_upload = scope["path"].rstrip("/").endswith("/scans") and content_type.startswith(
        "multipart/form-data"
    )
    return UPLOAD_LIMIT_BYTES if is_upload else BODY_LIMIT_BYTES
