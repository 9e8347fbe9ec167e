"""A stand-in for Neon's control plane: the same paths, shapes and tempers, over real HTTP.

It keeps the branches of one project as databases of a PostgreSQL server, so the addresses that it
gives out really work. Like the original it answers 423 while an operation of the project runs, 429
when asked too fast, and ends operations some time after it has accepted them. It was written from
the published API reference and is not Neon.
"""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from arbitragevault.adapters.postgres.driver import connected, on_database, quoted_name
from arbitragevault.adapters.postgres.schema_text import schema_diff, schema_lines

KEY = "napi_of_a_test"
PROJECT = "quiet-river-123456"
MAIN = "production"


@dataclass
class _Kept:
    id: str
    name: str
    parent_id: str | None
    database: str
    expires_at: str | None = None
    created_at: str = "2026-11-01T08:00:00Z"

    def shown(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "project_id": PROJECT,
            "name": self.name,
            "parent_id": self.parent_id,
            "default": self.parent_id is None,
            "created_at": self.created_at,
            "expires_at": self.expires_at,
            "current_state": "ready",
            "something_new": {"that": "nobody knows"},
        }


@dataclass
class StandIn:
    """One project.

    Args:
        server_url: A database of the PostgreSQL server that holds the branches.
        main: The database that is the main branch.
        looks: How often an operation is seen running before it has ended.
        trouble: Answers to give instead of working, one a request: a status, or a status with a
            Retry-After, or ``"lost"`` for work that is done but answered with 500.
        ends: How operations end.
        page: Branches in one answer at most.
        refuses_posts: Status of every request that would change something.
    """

    server_url: str
    main: str
    looks: int = 2
    trouble: deque[int | tuple[int, str] | str] = field(default_factory=deque)
    ends: str = "finished"
    page: int = 100
    refuses_posts: int | None = None
    asked: list[tuple[str, str]] = field(default_factory=list)
    bodies: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.branches = {"br-main": _Kept("br-main", MAIN, None, self.main)}
        self._operations: dict[str, int] = {}
        self._numbers = itertools.count(1)

    def app(self) -> Starlette:
        """The HTTP side."""
        root = f"/api/v2/projects/{PROJECT}"
        one = root + "/branches/{branch}"
        routes = [
            (f"{root}/branches", "GET", self._list),
            (f"{root}/branches", "POST", self._create),
            (one, "DELETE", self._delete),
            (f"{one}/restore", "POST", self._restore),
            (f"{one}/databases", "GET", self._databases),
            (f"{one}/compare_schema", "GET", self._compare),
            (f"{root}/connection_uri", "GET", self._uri),
            (f"{root}/operations/{{operation}}", "GET", self._operation),
        ]
        return Starlette(
            routes=[
                Route(path, self._guarded(handler), methods=[method])
                for path, method, handler in routes
            ]
        )

    def _guarded(
        self, handler: Callable[[Request], Awaitable[Response]]
    ) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            self.asked.append((request.method, request.url.path))
            if request.headers.get("authorization") != f"Bearer {KEY}":
                return _refusal(401, "authentication failed")
            trouble = self.trouble.popleft() if self.trouble else None
            if trouble is None and request.method == "POST":
                trouble = self.refuses_posts
            if trouble == "lost":
                await handler(request)
                return _refusal(500, "internal error")
            if isinstance(trouble, tuple):
                return _refusal(trouble[0], "later", {"retry-after": trouble[1]})
            if isinstance(trouble, int):
                return _refusal(trouble, "later")
            busy = request.method != "GET" and any(self._operations.values())
            return _refusal(423, "project is busy") if busy else await handler(request)

        return answer

    def _started(self, kept: _Kept, status: int = 200) -> Response:
        """A change that was accepted, with the operation that carries it out."""
        operation = f"op-{next(self._numbers)}"
        self._operations[operation] = self.looks
        shown = {"id": operation, "action": "apply_config", "status": "scheduling"}
        return JSONResponse({"branch": kept.shown(), "operations": [shown]}, status)

    async def _operation(self, request: Request) -> Response:
        operation = request.path_params["operation"]
        left = self._operations.get(operation)
        if left is None:
            return _refusal(404, "operation not found")
        self._operations[operation] = max(0, left - 1)
        status = "running" if left else self.ends
        error = None if status in ("running", "finished") else "compute would not start"
        body = {"id": operation, "action": "start_compute", "status": status, "error": error}
        return JSONResponse({"operation": body})

    async def _list(self, request: Request) -> Response:
        known = list(self.branches.values())
        start = int(request.query_params.get("cursor", "0"))
        size = min(self.page, int(request.query_params["limit"]))
        rest = start + size < len(known)
        pagination = {"next": str(start + size)} if rest else {}
        shown = [one.shown() for one in known[start : start + size]]
        return JSONResponse({"branches": shown, "pagination": pagination})

    async def _create(self, request: Request) -> Response:
        body = await request.json()
        self.bodies.append(body)
        wanted = body["branch"]
        number = next(self._numbers)
        kept = _Kept(
            id=f"br-{number}",
            name=wanted["name"],
            parent_id=wanted["parent_id"],
            database=f"{self.main}_n{number}",
            expires_at=wanted.get("expires_at"),
            created_at=f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%fZ}",
        )
        await self._copy(self.branches[wanted["parent_id"]].database, kept.database)
        self.branches[kept.id] = kept
        return self._started(kept, 201)

    async def _delete(self, request: Request) -> Response:
        kept = self.branches.pop(request.path_params["branch"], None)
        if kept is None:
            return Response(status_code=204)
        await self._order(f"DROP DATABASE {quoted_name(kept.database)} WITH (FORCE)")
        return self._started(kept)

    async def _restore(self, request: Request) -> Response:
        body = await request.json()
        self.bodies.append(body)
        kept = self.branches[request.path_params["branch"]]
        if body["source_branch_id"] != kept.id:
            await self._order(f"DROP DATABASE {quoted_name(kept.database)} WITH (FORCE)")
            await self._copy(self.branches[body["source_branch_id"]].database, kept.database)
        return self._started(kept)

    async def _databases(self, request: Request) -> Response:
        kept = self.branches[request.path_params["branch"]]
        row = {"id": 1, "branch_id": kept.id, "name": self.main, "owner_name": "owner"}
        return JSONResponse({"databases": [row]})

    async def _compare(self, request: Request) -> Response:
        pair = (request.query_params["base_branch_id"], request.path_params["branch"])
        base, own = [
            await schema_lines(on_database(self.server_url, self.branches[one].database))
            for one in pair
        ]
        return JSONResponse({"diff": schema_diff(base, own, names=("base", "branch"))})

    async def _uri(self, request: Request) -> Response:
        kept = self.branches[request.query_params["branch_id"]]
        return JSONResponse({"uri": on_database(self.server_url, kept.database)})

    async def _copy(self, source: str, target: str) -> None:
        await self._order(f"CREATE DATABASE {quoted_name(target)} TEMPLATE {quoted_name(source)}")

    async def _order(self, statement: str) -> None:
        async with connected(on_database(self.server_url, "postgres"), "stand-in") as server:
            await server.execute(statement)

    async def close(self) -> None:
        """Drop what is left."""
        for kept in self.branches.values():
            if kept.parent_id is not None:
                name = quoted_name(kept.database)
                await self._order(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def _refusal(status: int, message: str, headers: dict[str, str] | None = None) -> Response:
    return JSONResponse({"code": "", "message": message}, status, headers)
