"""Marks of committed work: how a commit whose answer never came is told from one that never was.

Each unit of work that writes leaves its mark in its own transaction, so the mark is there exactly
if the rest is. When the connection breaks while a commit is under way, the next attempt tries to
leave the same mark: if it is there already, the work is done and must not be done again. A
transaction that the server is still busy with is waited for by the same statement.

Marks sit on seats, one for each unit that a process has under way at once, and a new mark takes
the place of the old one; so the table stays as small as there are seats.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final
from uuid import UUID, uuid4

from sqlalchemy import delete, func, literal
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from arbitragevault.adapters.postgres.tables import unit_marks
from arbitragevault.domain.errors import CommitUnknownError

KEPT_FOR: Final = timedelta(days=1)
"""Seats that nobody has sat on for so long are those of processes that are gone."""


@dataclass(frozen=True, slots=True)
class Mark:
    """What a unit of work leaves behind.

    Args:
        seat: Where; nobody else uses it before the unit has ended.
        unit: Names the unit.
    """

    seat: UUID
    unit: UUID

    async def leave(self, session: AsyncSession) -> bool:
        """Leave the mark in a transaction; False if the unit has been committed before."""
        statement = insert(unit_marks).values(seat=self.seat, unit=self.unit)
        new = statement.excluded
        left = await session.execute(
            statement.on_conflict_do_update(
                index_elements=["seat"],
                set_={"unit": new.unit, "left_at": func.now()},
                where=unit_marks.c.unit != new.unit,
            ).returning(literal(1))
        )
        return left.first() is not None


@dataclass(slots=True)
class Seats:
    """The seats of one process."""

    _free: list[UUID] = field(default_factory=list)

    @contextmanager
    def mark(self) -> Iterator[Mark]:
        """A new mark on a free seat.

        A seat whose unit may still be under way on the server is not used again.
        """
        seat = self._free.pop() if self._free else uuid4()
        try:
            yield Mark(seat, uuid4())
        except CommitUnknownError:
            raise
        except Exception:
            self._free.append(seat)
            raise
        self._free.append(seat)


async def forget_old(session: AsyncSession) -> None:
    """Remove the seats of processes that are gone."""
    await session.execute(delete(unit_marks).where(unit_marks.c.left_at < func.now() - KEPT_FOR))
