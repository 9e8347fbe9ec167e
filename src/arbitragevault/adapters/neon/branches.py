"""Branches that Neon keeps."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from arbitragevault.adapters.branch import Branch, BranchAddress, checked_name
from arbitragevault.adapters.neon.control_plane import ControlPlane, NeonBranch, NeonDatabase
from arbitragevault.domain.errors import ConflictError, ControlPlaneError, NotFoundError

_LONG_AGO: Final = datetime.min.replace(tzinfo=UTC)


class NeonBranches:
    """The branches of one project, by name.

    Args:
        plane: The project.
        database: The database that is meant; None takes the branch's first.
    """

    def __init__(self, plane: ControlPlane, database: str | None = None) -> None:
        self._plane = plane
        self._database = database

    async def all(self) -> list[Branch]:
        """Every branch, the main one first, then the newest."""
        known = await self._plane.branches()
        names = {one.id: one.name for one in known}
        found = [_branch(one, names) for one in known]
        newest = sorted(found, key=lambda one: one.created_at or _LONG_AGO, reverse=True)
        return sorted(newest, key=lambda one: not one.is_main)

    async def create(
        self, name: str, *, parent: str | None = None, expires_at: datetime | None = None
    ) -> Branch:
        """Make a branch of another one, the main one unless told.

        Raises:
            ConflictError: If there is one of that name.
            NotFoundError: If there is no such parent.
        """
        known = await self._plane.branches()
        if any(one.name == checked_name(name) for one in known):
            raise ConflictError(f"There is a branch {name!r} already; delete it, or reset it.")
        source = _main(known) if parent is None else _named(known, parent)
        try:
            made = await self._plane.create(name, parent_id=source.id, expires_at=expires_at)
        except ControlPlaneError as error:
            # A lost answer leaves open whether it was made.
            now = await self._plane.branches()
            there = [one for one in now if one.name == name]
            if not there or not error.is_unsure:
                raise
            made = there[0]
        return _branch(made, {source.id: source.name})

    async def delete(self, name: str) -> None:
        """Delete a branch and what was changed on it.

        Raises:
            ConflictError: If it is the main one.
            NotFoundError: If there is no such branch.
        """
        found = _named(await self._plane.branches(), name)
        _refuse_main(found, "deleted")
        await self._plane.delete(found.id)

    async def reset(self, name: str) -> Branch:
        """Put a branch into its parent's present state.

        Raises:
            ConflictError: If it is the main one.
            NotFoundError: If there is no such branch.
        """
        known = await self._plane.branches()
        found = _named(known, name)
        _refuse_main(found, "reset")
        made = await self._plane.restore(found.id, source_id=found.parent_id or "")
        return _branch(made, {one.id: one.name for one in known})

    async def restore(
        self,
        name: str,
        *,
        source: str | None = None,
        at: datetime | None = None,
        keep_as: str | None = None,
    ) -> Branch:
        """Put a branch into the state of another one, or into its own at an earlier moment.

        Raises:
            NotFoundError: If one of the branches does not exist.
            InvalidInputError: If ``keep_as`` is no name.
        """
        known = await self._plane.branches()
        found = _named(known, name)
        giver = found if source is None else _named(known, source)
        kept = None if keep_as is None else checked_name(keep_as)
        made = await self._plane.restore(found.id, source_id=giver.id, at=at, keep_as=kept)
        return _branch(made, {one.id: one.name for one in known})

    async def address(self, name: str) -> BranchAddress:
        """How a branch is reached.

        Raises:
            NotFoundError: If there is no such branch, or no such database on it.
        """
        found = _named(await self._plane.branches(), name)
        database = await self._database_of(found)
        direct, pooled = [
            await self._plane.connection_uri(found.id, database, pooled=pooled)
            for pooled in (False, True)
        ]
        return BranchAddress(direct, pooled)

    async def diff(self, name: str) -> str:
        """How the schema of a branch differs from its parent's, as a unified diff.

        Raises:
            NotFoundError: If there is no such branch.
            ConflictError: If it is the main one.
        """
        found = _named(await self._plane.branches(), name)
        _refuse_main(found, "compared with its parent")
        database = await self._database_of(found)
        return await self._plane.schema_diff(found.id, found.parent_id or "", database.name)

    async def _database_of(self, branch: NeonBranch) -> NeonDatabase:
        known = await self._plane.databases(branch.id)
        wanted = [one for one in known if self._database in (None, one.name)]
        if not wanted:
            raise NotFoundError(f"The branch {branch.name!r} has no database {self._database!r}.")
        return wanted[0]


def _branch(found: NeonBranch, names: dict[str, str]) -> Branch:
    parent = None if found.parent_id is None else names.get(found.parent_id, found.parent_id)
    return Branch(found.name, found.id, parent, found.created_at, found.expires_at)


def _main(known: list[NeonBranch]) -> NeonBranch:
    for one in known:
        if one.default:
            return one
    raise NotFoundError("The Neon project has no default branch; set one in Neon's console.")


def _named(known: list[NeonBranch], name: str) -> NeonBranch:
    for one in known:
        if one.name == name:
            return one
    raise NotFoundError(f"There is no branch {name!r}; `arbitragevault db branch list` shows all.")


def _refuse_main(branch: NeonBranch, what: str) -> None:
    if branch.parent_id is None or branch.default:
        raise ConflictError(f"{branch.name!r} is the main branch; it cannot be {what}.")
