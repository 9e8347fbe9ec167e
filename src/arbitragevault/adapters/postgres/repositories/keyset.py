"""Pages of sorted rows that begin where the page before ended: as fast at the end as at the start.

Rows are sorted by one column and, among equals, by id. Rows without a value come last either way.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple, TypeVar

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    DateTime,
    Double,
    Integer,
    Select,
    Text,
    bindparam,
    func,
    literal,
    select,
    tuple_,
    union_all,
)
from sqlalchemy.ext.asyncio import AsyncSession

from arbitragevault.domain.errors import InvalidInputError

T = TypeVar("T")

FEW: Final = 10_000
"""So many rows are gathered and sorted faster than an index of all rows is walked through for
them; of more, a page is met soon on the way."""

Position = tuple[Any, int]
"""Where a page ended: the value that was sorted by, and the id of the row."""

Conditions = Sequence[ColumnElement[bool]]

_MOST: Final = bindparam("most", type_=BigInteger())


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


class Stretch(NamedTuple):
    """A part of an order that one statement reads.

    Args:
        has_value: Of the rows with a value, or of those without.
        is_later: What follows on a position, or from the beginning.
    """

    has_value: bool
    is_later: bool


async def page(
    order: Order,
    read: Callable[[Stretch, dict[str, Any]], Awaitable[Sequence[T]]],
    *,
    after: Position | None,
    limit: int,
) -> list[T]:
    """The next rows: those with a value, then those without.

    Args:
        order: The order.
        read: Reads a stretch by ``places`` or ``gathered``, given the parameters of these.
        after: Where the page before ended; None for the first page.
        limit: Most rows.

    Raises:
        InvalidInputError: If the position does not fit the order.
    """
    value, last_id = _checked(after, order)
    found: list[T] = []
    if after is None or value is not None:
        stretch = Stretch(has_value=True, is_later=after is not None)
        here = {"after_value": value, "after_id": last_id} if stretch.is_later else {}
        found += await read(stretch, {"most": limit, **here})
        last_id = None
    if order.nullable and len(found) < limit:
        stretch = Stretch(has_value=False, is_later=last_id is not None)
        here = {"after_id": last_id} if stretch.is_later else {}
        found += await read(stretch, {"most": limit - len(found), **here})
    return found


def places(order: Order, branches: Sequence[Conditions], stretch: Stretch) -> Select[Any]:
    """Id and value of the rows of a stretch, found along an index.

    Its parameters are ``most``, the most rows, and, of a stretch that follows on a position,
    ``after_id`` and ``after_value``.

    Args:
        order: The order.
        branches: Conditions of the rows; of several branches each is walked along and all are
            merged, so that every one may fix columns that come first in the index. They must not
            overlap.
        stretch: Which rows.
    """
    bounds = _bounds(order, stretch)
    parts = [_part(order, [*conditions, *bounds]) for conditions in branches]
    if len(parts) == 1:
        return parts[0]
    merged = union_all(*parts).subquery("merged")
    query = select(merged.c.id, merged.c.value)
    return query.order_by(*directed(order, merged.c.value, merged.c.id)).limit(_MOST)


def gathered(order: Order, conditions: Conditions, stretch: Stretch) -> Select[Any]:
    """What ``places`` gives of few rows, wherever they are found: all are read and sorted."""
    rows = (
        select(order.id.label("id"), order.column.label("value"))
        .where(*conditions)
        .cte("rows")
        # Without this, the index of the order might be walked through after all.
        .prefix_with("MATERIALIZED")
    )
    return places(Order(rows.c.value, rows.c.id, order.descending, order.nullable), [[]], stretch)


def directed(order: Order, *columns: ColumnElement[Any]) -> list[ColumnElement[Any]]:
    """Columns in the direction of an order."""
    return [column.desc() if order.descending else column.asc() for column in columns]


async def count_up_to(session: AsyncSession, most: int, conditions: Conditions) -> int:
    """How many rows meet conditions; counting ends beyond ``most``."""
    some = select(literal(1)).where(*conditions).limit(most + 1).subquery()
    return await session.scalar(select(func.count()).select_from(some)) or 0


def fits_bigint(number: int) -> bool:
    """True if a number fits a bigint."""
    return -(2**63) <= number < 2**63


def _part(order: Order, conditions: Conditions) -> Select[Any]:
    query = select(order.id.label("id"), order.column.label("value")).where(*conditions)
    return query.order_by(*directed(order, order.column, order.id)).limit(_MOST)


def _bounds(order: Order, stretch: Stretch) -> list[ColumnElement[bool]]:
    """The conditions of a stretch."""
    after_id = bindparam("after_id", type_=BigInteger())
    if not stretch.has_value:
        unknown: list[ColumnElement[bool]] = [order.column.is_(None)]
        if stretch.is_later:
            unknown.append(order.id < after_id if order.descending else order.id > after_id)
        return unknown
    known: list[ColumnElement[bool]] = [order.column.is_not(None)] if order.nullable else []
    if stretch.is_later:
        # As one comparison that an index answers. A position may hold any number: compared as
        # bigint, it cannot be too large for a column.
        kind = order.column.type
        kind = BigInteger() if isinstance(kind, Integer) else kind
        here = tuple_(order.column, order.id)
        there = tuple_(bindparam("after_value", type_=kind), after_id)
        known.append(here < there if order.descending else here > there)
    return known


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
