"""Branches on a server of one's own: each is a database, made from its parent as a template.

PostgreSQL copies a template only while nobody is connected to it; a parent in use is copied row by
row from one snapshot instead, which takes longer and means the same.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

import asyncpg  # type: ignore[import-untyped]
import msgspec

from arbitragevault.adapters.branch import Branch, BranchAddress, checked_name
from arbitragevault.adapters.postgres.driver import (
    connected,
    database_of,
    on_database,
    quoted_name,
)
from arbitragevault.adapters.postgres.migrate import revision_of, upgrade
from arbitragevault.adapters.postgres.schema_text import schema_diff, schema_lines
from arbitragevault.adapters.postgres.transfer import copy_all
from arbitragevault.domain.errors import ConflictError, InvalidInputError, NotFoundError

MAIN: Final = "main"
_SEPARATOR: Final = "@"
_SPARE: Final = ".new"
"""No branch's name begins with a dot."""

_LONGEST_DATABASE: Final = 63
"""Bytes of a PostgreSQL identifier."""

_FORMAT: Final = "arbitragevault branch 1"


class _Note(msgspec.Struct):
    """What is kept of a branch, as the comment of its database."""

    format: str
    parent: str
    created_at: datetime
    expires_at: datetime | None


class LocalBranches:
    """The branches of a database, by name.

    Args:
        url: The direct address of the main database, by a role that may create databases.
        now: The present moment.
    """

    def __init__(self, url: str, now: Callable[[], datetime]) -> None:
        self._url = url
        self._now = now
        self._main = database_of(url)

    async def all(self) -> list[Branch]:
        """Every branch, the main one first, then the newest."""
        async with self._server() as server:
            known = await self._known(server)
        newest = sorted(known.items(), key=lambda one: one[1].created_at, reverse=True)
        main = Branch(MAIN, self._main, None, None, None)
        return [main, *(self._branch(name, note) for name, note in newest)]

    async def create(
        self, name: str, *, parent: str | None = None, expires_at: datetime | None = None
    ) -> Branch:
        """Make a branch of another one, the main one unless told.

        Raises:
            ConflictError: If there is one of that name.
            NotFoundError: If there is no such parent.
            InvalidInputError: If the name cannot be one.
        """
        source = parent or MAIN
        async with self._server() as server:
            known = await self._known(server)
            if checked_name(name) in known or name == MAIN:
                raise ConflictError(f"There is a branch {name!r} already; delete it, or reset it.")
            self._must_exist(source, known)
            note = _Note(_FORMAT, source, self._now(), expires_at)
            await self._copy(server, self._database(source), self._database(name), note)
        return self._branch(name, note)

    async def delete(self, name: str) -> None:
        """Delete a branch and what was changed on it; whoever uses it is thrown out.

        Raises:
            ConflictError: If it is the main one.
            NotFoundError: If there is no such branch.
        """
        async with self._server() as server:
            self._note_of(name, await self._known(server), "deleted")
            await self._drop(server, self._database(name))

    async def reset(self, name: str) -> Branch:
        """Put a branch into its parent's present state.

        Raises:
            ConflictError: If it is the main one.
            NotFoundError: If the branch or its parent does not exist.
        """
        async with self._server() as server:
            known = await self._known(server)
            note = self._note_of(name, known, "reset")
            self._must_exist(note.parent, known)
            await self._replace(server, name, note.parent, note)
        return self._branch(name, note)

    async def restore(
        self,
        name: str,
        *,
        source: str | None = None,
        at: datetime | None = None,
        keep_as: str | None = None,
    ) -> Branch:
        """Put a branch into the state of another one.

        Raises:
            ConflictError: If it is the main one, or ``keep_as`` is taken.
            NotFoundError: If one of the branches does not exist.
            InvalidInputError: If a moment is asked for: only Neon keeps a history to go back in.
        """
        if at is not None or source is None:
            raise InvalidInputError(
                "A local branch has no history to go back in; say the branch to take the state "
                "from (--from), or restore a backup."
            )
        async with self._server() as server:
            known = await self._known(server)
            note = self._note_of(name, known, "restored")
            self._must_exist(source, known)
            if keep_as is not None:
                if checked_name(keep_as) in known or keep_as == MAIN:
                    raise ConflictError(f"There is a branch {keep_as!r} already.")
                kept = _Note(_FORMAT, note.parent, self._now(), note.expires_at)
                await self._copy(server, self._database(name), self._database(keep_as), kept)
            await self._replace(server, name, source, note)
        return self._branch(name, note)

    async def address(self, name: str) -> BranchAddress:
        """How a branch is reached.

        Raises:
            NotFoundError: If there is no such branch.
        """
        async with self._server() as server:
            self._must_exist(name, await self._known(server))
        url = on_database(self._url, self._database(name))
        return BranchAddress(url, url)

    async def diff(self, name: str) -> str:
        """How the schema of a branch differs from its parent's, as a unified diff.

        Raises:
            ConflictError: If it is the main one.
            NotFoundError: If there is no such branch.
        """
        async with self._server() as server:
            note = self._note_of(name, await self._known(server), "compared with its parent")
        parent, own = [
            await schema_lines(on_database(self._url, self._database(one)))
            for one in (note.parent, name)
        ]
        return schema_diff(parent, own, names=(note.parent, name))

    def _server(self) -> Any:  # noqa: ANN401  # the driver has no types
        """A connection to the server that is none to the main database."""
        return connected(on_database(self._url, "postgres"), "branches")

    def _database(self, name: str) -> str:
        if name == MAIN:
            return self._main
        database = f"{self._main}{_SEPARATOR}{name}"
        if len(database.encode()) > _LONGEST_DATABASE:
            room = _LONGEST_DATABASE - len(f"{self._main}{_SEPARATOR}".encode())
            raise InvalidInputError(
                f"{name!r} is too long for a branch of this database; take at most {room} letters."
            )
        return database

    def _branch(self, name: str, note: _Note) -> Branch:
        return Branch(name, self._database(name), note.parent, note.created_at, note.expires_at)

    async def _known(self, server: Any) -> dict[str, _Note]:  # noqa: ANN401
        """The notes of every branch but the main one, by name."""
        prefix = self._main + _SEPARATOR
        rows = await server.fetch(
            "SELECT datname, shobj_description(oid, 'pg_database') FROM pg_database"
            " WHERE starts_with(datname, $1)",
            prefix,
        )
        found = {}
        for database, comment in rows:
            try:
                note = msgspec.json.decode(comment or "", type=_Note)
            except msgspec.DecodeError:
                continue  # no branch of ours, or one that was not finished
            found[database.removeprefix(prefix)] = note
        return found

    def _must_exist(self, name: str, known: dict[str, _Note]) -> None:
        if name != MAIN and name not in known:
            raise NotFoundError(
                f"There is no branch {name!r}; `arbitragevault db branch list` shows all."
            )

    def _note_of(self, name: str, known: dict[str, _Note], what: str) -> _Note:
        if name == MAIN:
            raise ConflictError(f"{name!r} is the main branch; it cannot be {what}.")
        self._must_exist(name, known)
        return known[name]

    async def _replace(self, server: Any, name: str, source: str, note: _Note) -> None:  # noqa: ANN401
        """Make a branch anew; the old one is dropped once the new one is whole."""
        database, spare = self._database(name), self._database(_SPARE)
        await self._copy(server, self._database(source), spare, note)
        await self._drop(server, database)
        await server.execute(
            f"ALTER DATABASE {quoted_name(spare)} RENAME TO {quoted_name(database)}"
        )

    async def _copy(self, server: Any, source: str, target: str, note: _Note) -> None:  # noqa: ANN401
        """Make a database like another one.

        Without its note it is no branch: an unfinished one is not seen; the next try drops it.
        """
        await self._drop(server, target)
        try:
            await server.execute(
                f"CREATE DATABASE {quoted_name(target)} TEMPLATE {quoted_name(source)}"
            )
        except asyncpg.ObjectInUseError:
            await server.execute(f"CREATE DATABASE {quoted_name(target)}")
            source_url, target_url = [on_database(self._url, one) for one in (source, target)]
            await upgrade(target_url, await revision_of(source_url))
            await copy_all(source_url, target_url, replace=True, on_moved=lambda _: None)
        comment = msgspec.json.encode(note).decode().replace("'", "''")
        await server.execute(f"COMMENT ON DATABASE {quoted_name(target)} IS '{comment}'")

    @staticmethod
    async def _drop(server: Any, database: str) -> None:  # noqa: ANN401
        await server.execute(f"DROP DATABASE IF EXISTS {quoted_name(database)} WITH (FORCE)")
