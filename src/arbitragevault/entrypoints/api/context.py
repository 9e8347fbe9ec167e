"""What surrounds a request: its id, its line in the log, and the last net under it."""

from __future__ import annotations

import re
import time
from typing import Final
from uuid import uuid4

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from arbitragevault.entrypoints.api.problems import problem_response

_REQUEST_ID: Final = re.compile(r"[A-Za-z0-9._-]{1,64}")
_log = structlog.get_logger("arbitragevault.api")


class RequestContext:
    """Names each request, logs one line for it, and answers what nobody else caught.

    Addresses are logged without their query: a query can carry what people search for, and a habit
    that is safe here is safe where a query carries a key.

    Args:
        app: The application inside.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = _request_id(scope)
        scope.setdefault("state", {})["request_id"] = request_id
        started = time.perf_counter()
        status = 0

        async def send_named(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)["X-Request-ID"] = request_id
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=request_id):
            try:
                await self._app(scope, receive, send_named)
            except HTTPException:
                raise
            except Exception:
                _log.exception("unhandled", method=scope["method"], path=scope["path"])
                if status:
                    raise
                response = problem_response(
                    "internal",
                    "An error that nobody foresaw. The log has the details under the request id.",
                    instance=scope["path"],
                    request_id=request_id,
                )
                await response(scope, receive, send_named)
            finally:
                _log.info(
                    "request",
                    method=scope["method"],
                    path=scope["path"],
                    status=status,
                    milliseconds=round((time.perf_counter() - started) * 1000, 1),
                )


def _request_id(scope: Scope) -> str:
    """The caller's request id where it is a plain token, else a new one."""
    given = Headers(scope=scope).get("x-request-id", "")
    return given if _REQUEST_ID.fullmatch(given) else uuid4().hex
