"""The built page, served by the same process as the API."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send

from arbitragevault.entrypoints.api.problems import problem_response

API_PATHS: Final = ("/api", "/openapi.json")
_IMMUTABLE: Final = "public, max-age=31536000, immutable"
_NOT_BUILT: Final = (
    "The API is running, but the page has not been built in this checkout.\n"
    "Build it with:  cd web && npm ci && npm run build\n"
    "(an installed ArbitrageVault brings the page with it)\n"
)


class Frontend:
    """Hands the API's paths to the application and answers every other path from a folder.

    A path without a file is a place inside the page, so it gets ``index.html`` when a browser
    navigates to it, and a 404 problem otherwise. Files under ``/assets`` carry a hash of their
    content in the name and may be kept for ever; everything else is asked for again.

    Args:
        app: The API.
        folder: The built page; where it holds no ``index.html``, ``/`` says how to build it.
    """

    def __init__(self, app: ASGIApp, folder: Path) -> None:
        self._app = app
        self._folder = folder
        self._files = StaticFiles(directory=folder, check_dir=False)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with a file, or hand over to the API."""
        if scope["type"] != "http" or _is_api(scope["path"]):
            await self._app(scope, receive, send)
            return
        response = await self._response(scope)
        await response(scope, receive, send)

    async def _response(self, scope: Scope) -> Response:
        if not (self._folder / "index.html").is_file():
            return PlainTextResponse(_NOT_BUILT, status_code=503)
        path = scope["path"].strip("/") or "index.html"
        try:
            response = await self._files.get_response(path, scope)
        except HTTPException as error:
            if error.status_code != 404 or not _is_navigation(scope):
                return _problem(scope, error)
            path = "index.html"
            response = await self._files.get_response(path, scope)
        is_hashed = path.startswith("assets/")
        response.headers["Cache-Control"] = _IMMUTABLE if is_hashed else "no-cache"
        return response


def _is_api(path: str) -> bool:
    return any(path == root or path.startswith(root + "/") for root in API_PATHS)


def _is_navigation(scope: Scope) -> bool:
    """A browser opens a place inside the page: it asks for HTML, and not for an asset."""
    accepts = Request(scope).headers.get("accept", "")
    return "text/html" in accepts and scope["path"].strip("/").partition("/")[0] != "assets"


def _problem(scope: Scope, error: HTTPException) -> Response:
    code = "method_not_allowed" if error.status_code == 405 else "not_found"
    return problem_response(
        code,
        f"There is nothing to {scope['method']} at {scope['path']}.",
        instance=scope["path"],
        request_id=scope.get("state", {}).get("request_id", ""),
    )
