"""Neon's control plane over HTTP: branches, their addresses, and operations waited for.

Neon answers 423 while another operation of the project runs and 429 beyond 700 requests a minute;
both mean that nothing was done, so every request is sent again after a pause. A 5xx or a lost
connection leaves open what was done: only requests that may be repeated are sent again, and who
makes a branch looks by its name whether it is there (``NeonBranches.create``).
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from random import SystemRandom
from types import TracebackType
from typing import Any, Final, Self, TypeVar

import httpx2
from pydantic import BaseModel, ConfigDict, ValidationError

from arbitragevault.domain.errors import ConfigurationError, ControlPlaneError

NEON_URL: Final = "https://console.neon.tech/api/v2"
"""Neon's public control plane (api-docs.neon.tech)."""

_REPEATED: Final = frozenset({423, 429})
_BROKEN: Final = frozenset({500, 502, 503, 504})
_REFUSED_KEY: Final = frozenset({401, 403})
_DONE: Final = frozenset({"finished", "skipped"})
_FAILED: Final = frozenset({"failed", "error", "cancelled", "cancelling"})
_PAGE: Final = 100
_random = SystemRandom()


class _Message(BaseModel):
    """What Neon sends; fields that we do not know are passed over."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class NeonBranch(_Message):
    """A branch as Neon describes it."""

    id: str
    name: str
    parent_id: str | None = None
    default: bool = False
    created_at: datetime
    expires_at: datetime | None = None


class NeonDatabase(_Message):
    """A database of a branch, and the role that owns it."""

    name: str
    owner_name: str


class _Operation(_Message):
    id: str
    action: str = ""
    status: str
    error: str | None = None


class _Changed(_Message):
    branch: NeonBranch
    operations: tuple[_Operation, ...] = ()


class _Pagination(_Message):
    next: str | None = None


class _Branches(_Message):
    branches: tuple[NeonBranch, ...]
    pagination: _Pagination = _Pagination()


class _Databases(_Message):
    databases: tuple[NeonDatabase, ...]


class _Uri(_Message):
    uri: str


class _Diff(_Message):
    diff: str


class _OneOperation(_Message):
    operation: _Operation


M = TypeVar("M", bound=_Message)


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait for Neon, in seconds.

    Args:
        request: For one answer.
        attempts: How often a request is sent at most.
        first: Longest pause before the second attempt; doubles with each one.
        most: Longest pause at all, also where Neon asks for a longer one.
        operation: For an operation to end.
        look: Pause between two looks at an operation.
    """

    request: float = 30.0
    attempts: int = 8
    first: float = 0.5
    most: float = 15.0
    operation: float = 600.0
    look: float = 1.0

    def pause(self, attempt: int, wanted: float | None) -> float:
        """A pause after an attempt (1, 2, ...), at random so that clients do not march in step."""
        if wanted is not None:
            return min(wanted, self.most)
        longest = min(self.first * 2 ** (attempt - 1), self.most)
        return _random.uniform(longest / 2, longest)


class ControlPlane:
    """One project of Neon.

    Args:
        key: An API key.
        project: The project's id.
        base_url: Where the control plane is.
        patience: How long to wait.
        transport: Another way to send requests than the network.
    """

    def __init__(
        self,
        key: str,
        project: str,
        *,
        base_url: str = NEON_URL,
        patience: Patience | None = None,
        transport: httpx2.AsyncBaseTransport | None = None,
    ) -> None:
        self._patience = patience or Patience()
        self._root = f"{base_url.rstrip('/')}/projects/{project}"
        self._client = httpx2.AsyncClient(
            headers={"authorization": f"Bearer {key}", "accept": "application/json"},
            timeout=self._patience.request,
            transport=transport,
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._client.aclose()

    async def branches(self) -> list[NeonBranch]:
        """Every branch of the project."""
        found: list[NeonBranch] = []
        cursor: str | None = None
        while True:
            query = {"limit": str(_PAGE)} | ({"cursor": cursor} if cursor else {})
            page = await self._ask("GET", "/branches", _Branches, query=query)
            found += page.branches
            cursor = page.pagination.next
            if not cursor or len(page.branches) < _PAGE:
                return found

    async def create(self, name: str, *, parent_id: str, expires_at: datetime | None) -> NeonBranch:
        """Make a branch with a compute of its own, and wait until it answers.

        Raises:
            ControlPlaneError: As every call; after a 5xx the branch may exist all the same.
        """
        branch = {"name": name, "parent_id": parent_id}
        if expires_at is not None:
            branch["expires_at"] = expires_at.isoformat().replace("+00:00", "Z")
        body = {"branch": branch, "endpoints": [{"type": "read_write"}]}
        return await self._change("POST", "/branches", body, may_repeat=False)

    async def delete(self, branch_id: str) -> None:
        """Delete a branch; one that is gone already is no error."""
        response = await self._send("DELETE", f"/branches/{branch_id}")
        if response.status_code == httpx2.codes.OK:
            await self._wait_for(_read(response, _Changed).operations)

    async def restore(
        self,
        branch_id: str,
        *,
        source_id: str,
        at: datetime | None = None,
        keep_as: str | None = None,
    ) -> NeonBranch:
        """Put a branch into the state of another one, or into its own at an earlier moment.

        Args:
            branch_id: The branch that changes.
            source_id: The branch whose state it gets.
            at: A moment of the source's history; None takes its present state.
            keep_as: Name under which the branch's present state is kept.
        """
        body: dict[str, str] = {"source_branch_id": source_id}
        if at is not None:
            body["source_timestamp"] = at.isoformat().replace("+00:00", "Z")
        if keep_as is not None:
            body["preserve_under_name"] = keep_as
        return await self._change("POST", f"/branches/{branch_id}/restore", body, may_repeat=False)

    async def databases(self, branch_id: str) -> tuple[NeonDatabase, ...]:
        """The databases of a branch."""
        return (await self._ask("GET", f"/branches/{branch_id}/databases", _Databases)).databases

    async def connection_uri(self, branch_id: str, database: NeonDatabase, *, pooled: bool) -> str:
        """The address of a database of a branch, password included."""
        query = {
            "branch_id": branch_id,
            "database_name": database.name,
            "role_name": database.owner_name,
            "pooled": "true" if pooled else "false",
        }
        return (await self._ask("GET", "/connection_uri", _Uri, query=query)).uri

    async def schema_diff(self, branch_id: str, base_id: str, database: str) -> str:
        """How the schema of a branch differs from that of another one; empty if it does not."""
        query = {"base_branch_id": base_id, "db_name": database}
        path = f"/branches/{branch_id}/compare_schema"
        return (await self._ask("GET", path, _Diff, query=query)).diff

    async def _change(
        self, method: str, path: str, body: Mapping[str, Any], *, may_repeat: bool
    ) -> NeonBranch:
        """Change a branch and wait until the change is through."""
        response = await self._send(method, path, body=body, may_repeat=may_repeat)
        changed = _read(response, _Changed)
        await self._wait_for(changed.operations)
        return changed.branch

    async def _wait_for(self, operations: Sequence[_Operation]) -> None:
        """Wait until operations have ended.

        Raises:
            ControlPlaneError: If one fails or takes too long.
        """
        clock = asyncio.get_running_loop().time
        until = clock() + self._patience.operation
        for operation in operations:
            now = operation
            while now.status not in _DONE:
                if now.status in _FAILED:
                    raise ControlPlaneError(
                        f"Neon's operation {now.action or now.id} ended as {now.status}"
                        f"{f': {now.error}' if now.error else ''}. Look at the project in Neon's "
                        "console, then try again."
                    )
                if clock() > until:
                    raise ControlPlaneError(
                        f"Neon's operation {now.action or now.id} has been {now.status} for "
                        f"{self._patience.operation:g} seconds. It may still end; list the "
                        "branches later."
                    )
                await asyncio.sleep(self._patience.look)
                path = f"/operations/{operation.id}"
                now = (await self._ask("GET", path, _OneOperation)).operation

    async def _ask(
        self, method: str, path: str, model: type[M], *, query: Mapping[str, str] | None = None
    ) -> M:
        return _read(await self._send(method, path, query=query), model)

    async def _send(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
        may_repeat: bool = True,
    ) -> httpx2.Response:
        """Send a request as often as it makes sense.

        Raises:
            ControlPlaneError: If Neon refuses it, or fails or cannot be reached for too long.
        """
        response: httpx2.Response | None = None
        trouble = ""
        for attempt in range(1, self._patience.attempts + 1):
            try:
                response = await self._client.request(
                    method, self._root + path, params=query, json=body
                )
            except httpx2.HTTPError as error:
                response, trouble = None, f"cannot be reached ({type(error).__name__})"
                # A request that never left may be sent again whatever it does.
                if not may_repeat and not isinstance(error, httpx2.ConnectError):
                    break
            else:
                if response.is_success:
                    return response
                trouble = f"answers {response.status_code}"
                if not _is_passing(response.status_code, may_repeat=may_repeat):
                    break
            if attempt < self._patience.attempts:
                await asyncio.sleep(self._patience.pause(attempt, _retry_after(response)))
        raise _error(response, trouble)


def _is_passing(status: int, *, may_repeat: bool) -> bool:
    return status in _REPEATED or (may_repeat and status in _BROKEN)


def _retry_after(response: httpx2.Response | None) -> float | None:
    """How long Neon asks to wait, in seconds."""
    told = response.headers.get("retry-after", "") if response is not None else ""
    return float(told) if told.isdecimal() else None


def _read(response: httpx2.Response, model: type[M]) -> M:
    try:
        return model.model_validate_json(response.content)
    except ValidationError as error:
        wrong = ".".join(str(part) for part in error.errors()[0]["loc"]) or "the whole answer"
        raise ControlPlaneError(
            f"Neon's answer cannot be understood: {wrong}. A newer version of ArbitrageVault may "
            "be needed."
        ) from error


def _error(
    response: httpx2.Response | None, trouble: str
) -> ControlPlaneError | ConfigurationError:
    """What to tell of a request that did not succeed; never the key, which is in the headers."""
    if response is None:
        return ControlPlaneError(
            f"Neon's control plane {trouble}. Try again in a moment.", is_unsure=True
        )
    if response.status_code in _REFUSED_KEY:
        return ConfigurationError(
            f"Neon refuses the key (HTTP {response.status_code}). Check NEON_API_KEY, and that it "
            "may use the project NEON_PROJECT_ID."
        )
    try:
        said = str(response.json()["message"])
    except (ValueError, KeyError, TypeError):
        said = ""
    return ControlPlaneError(
        f"Neon's control plane {trouble}{f': {said}' if said else ''}.",
        status=response.status_code,
        is_unsure=response.status_code in _BROKEN,
    )
