"""Pages of sorted rows that begin where the page before ended: as fast at the end as at the start.

Rows are sorted by one column and, among equals, by id. Rows without a value come last either way.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    DateTime,
    Double,
    Integer,
    Select,
    Text,
    func,
    literal,
    select,
    tuple_,
    union_all,
)
from sqlalchemy.ext.asyncio import AsyncSession

from arbitragevault.domain.errors import InvalidInputError

FEW: Final = 10_000
"""So many rows are gathered and sorted faster than an index of all rows is walked through for
them; of more, a page is met soon on the way."""

Position = tuple[Any, int]
"""Where a page ended: the value that was sorted by, and the id of the row."""

Conditions = Sequence[ColumnElement[bool]]


class Place(NamedTuple):
    """A row of a page: its id, and the value by which the page is sorted."""

    id: int
    value: Any


@dataclass(frozen=True, slots=True)
class Order:
    """By what rows are sorted.

    Args:
        column: The column; rows without a value come last.
        id: The id of the rows.
        descending: Greatest first.
        nullable: Whether rows may be without a value.
    """

    column: ColumnElement[Any]
    id: ColumnElement[int]
    descending: bool
    nullable: bool


async def walk(
    session: AsyncSession,
    order: Order,
    branches: Sequence[Conditions],
    *,
    after: Position | None,
    limit: int,
) -> list[Place]:
    """The next rows along an index.

    Args:
        session: The transaction.
        order: The order.
        branches: Conditions of the rows; of several branches each is walked along and all are
            merged, so that every one may fix columns that come first in the index. They must not
            overlap.
        after: Where the page before ended; None for the first page.
        limit: Most rows.

    Raises:
        InvalidInputError: If the position does not fit the order.
    """
    value, last_id = _checked(after, order)
    found: list[Place] = []
    if after is None or value is not None:
        known: list[ColumnElement[bool]] = [order.column.is_not(None)] if order.nullable else []
        if after is not None:
            known.append(_beyond(order, value, last_id))
        found += await _read(session, order, [[*one, *known] for one in branches], limit)
        last_id = None
    if order.nullable and len(found) < limit:
        unknown: list[ColumnElement[bool]] = [order.column.is_(None)]
        if last_id is not None:
            unknown.append(order.id < last_id if order.descending else order.id > last_id)
        rest = limit - len(found)
        found += await _read(session, order, [[*one, *unknown] for one in branches], rest)
    return found


async def gather(
    session: AsyncSession,
    order: Order,
    conditions: Conditions,
    *,
    after: Position | None,
    limit: int,
) -> list[Place]:
    """The next rows of few, wherever they are found: all of them are read and sorted.

    Arguments and errors as those of ``walk``.
    """
    rows = (
        select(order.id.label("id"), order.column.label("value"))
        .where(*conditions)
        .cte("rows")
        # Without this, the index of the order might be walked through after all.
        .prefix_with("MATERIALIZED")
    )
    among = Order(rows.c.value, rows.c.id, order.descending, order.nullable)
    return await walk(session, among, [[]], after=after, limit=limit)


async def count_up_to(session: AsyncSession, most: int, conditions: Conditions) -> int:
    """How many rows meet conditions; counting ends beyond ``most``."""
    some = select(literal(1)).where(*conditions).limit(most + 1).subquery()
    return await session.scalar(select(func.count()).select_from(some)) or 0


def fits_bigint(number: int) -> bool:
    """True if a number fits a bigint."""
    return -(2**63) <= number < 2**63


async def _read(
    session: AsyncSession, order: Order, branches: Sequence[Conditions], limit: int
) -> list[Place]:
    parts = [_part(order, conditions, limit) for conditions in branches]
    if len(parts) == 1:
        return [Place(*row) for row in await session.execute(parts[0])]
    merged = union_all(*parts).subquery("merged")
    directed = (merged.c.value, merged.c.id)
    query = select(merged.c.id, merged.c.value)
    query = query.order_by(*(c.desc() if order.descending else c.asc() for c in directed))
    return [Place(*row) for row in await session.execute(query.limit(limit))]


def _part(order: Order, conditions: Conditions, limit: int) -> Select[Any]:
    directed = (order.column, order.id)
    return (
        select(order.id.label("id"), order.column.label("value"))
        .where(*conditions)
        .order_by(*(c.desc() if order.descending else c.asc() for c in directed))
        .limit(limit)
    )


def _beyond(order: Order, value: object, last_id: int | None) -> ColumnElement[bool]:
    """What comes after a position, as one comparison that an index answers."""
    kind = order.column.type
    # A position may hold any number: compared as bigint, it cannot be too large for a column.
    kind = BigInteger() if isinstance(kind, Integer) else kind
    here = tuple_(order.column, order.id)
    there = tuple_(literal(value, kind), literal(last_id, BigInteger()))
    return here < there if order.descending else here > there


def _checked(after: Position | None, order: Order) -> tuple[Any, int | None]:
    """A position's value as its column has it; positions travel as JSON."""
    if after is None:
        return None, None
    value, last_id = after
    try:
        if fits_bigint(last_id):
            return None if value is None else _typed(value, order.column), last_id
    except ValueError:
        pass
    raise InvalidInputError(
        "The position of the page does not fit the order of the list; start at the first page."
    )


def _typed(value: object, column: ColumnElement[Any]) -> object:
    match column.type:
        case DateTime():
            return value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
        case Text() if isinstance(value, str):
            return value
        case Double() if isinstance(value, int | float):
            return float(value)
        case Integer() if isinstance(value, int) and fits_bigint(value):
            return value
    raise ValueError(value)
