"""Stored decisions: written in batches, listed page by page in any order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    DateTime,
    Double,
    Integer,
    Row,
    Text,
    func,
    literal,
    or_,
    select,
    tuple_,
)
from sqlalchemy.ext.asyncio import AsyncSession

from arbitragevault.adapters.postgres.plain import plain
from arbitragevault.adapters.postgres.repositories.arrays import as_table
from arbitragevault.adapters.postgres.tables import SORTS as _SORTS
from arbitragevault.adapters.postgres.tables import VERDICTS, decisions, products, run_items
from arbitragevault.domain.decision.runs import ItemState
from arbitragevault.domain.errors import InvalidInputError

SORTS: Final = _SORTS
"""By what decisions can be listed: column by name."""

_KEY_CHARACTERS: Final = 512  # at four bytes each they fit an index entry (2,704 bytes)

Position = tuple[Any, int]
"""Where a page ended: the value that was sorted by, and the id of the decision."""


@dataclass(frozen=True, slots=True)
class Filters:
    """Which decisions.

    Args:
        is_sandbox: Those on the sandbox's data, or those on Keepa's.
        run_id: Only this run's.
        verdicts: Only these; empty for all.
        text: Words that must all occur in title, ASIN or identifier.
        supplier: Only this supplier's.
        since / until: Only those decided from then on, and before then.
    """

    is_sandbox: bool
    run_id: UUID | None = None
    verdicts: tuple[str, ...] = ()
    text: str | None = None
    supplier: str | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class StoredDecision:
    """A stored decision.

    Args:
        id: Its id; later decisions have greater ones.
        body: The scan row as it was stored, with ``id``, ``run_id`` and ``decided_at``.
        sort_value: The value by which its page is sorted; None outside of pages.
    """

    id: int
    body: dict[str, Any]
    sort_value: Any = None


async def insert(
    session: AsyncSession,
    run_id: UUID | None,
    rows: Sequence[Mapping[str, Any]],
    decided_at: datetime,
) -> dict[int, int]:
    """Store scan rows.

    Args:
        session: The transaction.
        run_id: The run that decided them; None outside of runs.
        rows: The rows as every door shows them, with ``row`` unique among them.
        decided_at: Now.

    Returns:
        The id of each decision, by row number.
    """
    if not rows:
        return {}
    known = await _product_ids(session, rows)
    added = await session.execute(
        decisions.insert().returning(decisions.c.id, decisions.c.ordinal),
        [
            _columns(row)
            | {
                "run_id": run_id,
                "product_id": known.get((row["sandbox"], row["marketplace"], row["asin"])),
                "decided_at": decided_at,
            }
            for row in rows
        ],
    )
    return {row.ordinal: row.id for row in added}


async def page(
    session: AsyncSession,
    filters: Filters,
    *,
    sort: str,
    descending: bool,
    after: Position | None,
    limit: int,
) -> list[StoredDecision]:
    """A page of decisions, those without a value last, equal ones by id.

    The evidence of each is left out (None): it is most of a record, and shown for one at a time.

    Args:
        session: The transaction.
        filters: Which decisions.
        sort: A name of ``SORTS``.
        descending: Greatest first.
        after: Where the page before ended; None for the first page.
        limit: Most decisions.

    Raises:
        InvalidInputError: If the position does not fit the sort.
    """
    column = SORTS[sort]
    value, last_id = after or (None, None)
    if last_id is not None and not _fits(last_id):
        raise InvalidInputError("The position of the page does not exist; start at the first page.")
    found: list[StoredDecision] = []
    if after is None or value is not None:
        known = _conditions(filters)
        if column.nullable:
            known.append(column.is_not(None))
        if after is not None:
            known.append(_beyond(column, _typed(column, value), last_id, descending=descending))
        found += await _read(session, column, known, descending=descending, limit=limit)
        last_id = None
    if column.nullable and len(found) < limit:
        unknown = [*_conditions(filters), column.is_(None)]
        if last_id is not None:
            unknown.append(decisions.c.id < last_id if descending else decisions.c.id > last_id)
        rest = limit - len(found)
        found += await _read(session, column, unknown, descending=descending, limit=rest)
    return found


async def counts(session: AsyncSession, filters: Filters) -> dict[str, int]:
    """Decisions by verdict under the other filters; every verdict has a number."""
    others = replace(filters, verdicts=())
    query = (
        select(decisions.c.verdict, func.count().label("number"))
        .where(*_conditions(others))
        .group_by(decisions.c.verdict)
    )
    found = {row.verdict: row.number for row in await session.execute(query)}
    return {verdict: found.get(verdict, 0) for verdict in VERDICTS}


async def get(session: AsyncSession, decision_id: int) -> StoredDecision | None:
    """A decision, or None."""
    if not _fits(decision_id):
        return None
    query = select(decisions).where(decisions.c.id == decision_id)
    row = (await session.execute(query)).one_or_none()
    return None if row is None else _stored(row)


async def contiguous(
    session: AsyncSession, run_id: UUID, after_row: int, limit: int
) -> list[StoredDecision]:
    """The decisions of a run in the order of its items, up to the first item still open.

    Args:
        session: The transaction.
        run_id: The run.
        after_row: Number of the last row that the caller has; 0 for none.
        limit: Most decisions.
    """
    first_open = (
        select(func.min(run_items.c.ordinal))
        .where(
            run_items.c.run_id == run_id,
            run_items.c.state.in_([ItemState.PENDING, ItemState.LEASED]),
        )
        .scalar_subquery()
    )
    query = (
        select(decisions)
        .where(
            decisions.c.run_id == run_id,
            decisions.c.ordinal > after_row,
            decisions.c.ordinal < func.coalesce(first_open, 2**31 - 1),
        )
        .order_by(decisions.c.ordinal, decisions.c.id)
        .limit(limit)
    )
    return [_stored(row) for row in await session.execute(query)]


async def latest_of_product(
    session: AsyncSession, marketplace: str, asin: str, *, is_sandbox: bool, limit: int
) -> list[StoredDecision]:
    """The newest decisions on leads of one product, newest first."""
    query = (
        select(decisions)
        .where(
            decisions.c.marketplace == marketplace,
            decisions.c.asin == asin,
            decisions.c.is_sandbox == is_sandbox,
        )
        .order_by(decisions.c.id.desc())
        .limit(limit)
    )
    return [_stored(row) for row in await session.execute(query)]


async def _product_ids(
    session: AsyncSession, rows: Sequence[Mapping[str, Any]]
) -> dict[tuple[bool, str, str], int]:
    """The ids of the stored products that rows are about."""
    columns = [products.c.is_sandbox, products.c.marketplace, products.c.asin]
    keys = {(row["sandbox"], row["marketplace"], row["asin"]) for row in rows if row["asin"]}
    wanted = as_table("wanted", columns, keys)
    found = await session.execute(
        select(products.c.id, *columns).join(
            wanted,
            tuple_(*columns) == tuple_(wanted.c.is_sandbox, wanted.c.marketplace, wanted.c.asin),
        )
    )
    return {(row.is_sandbox, row.marketplace, row.asin): row.id for row in found}


def _columns(row: Mapping[str, Any]) -> dict[str, Any]:
    """The columns of a scan row that lists filter and sort by, and the row itself."""
    title = plain(row["title"])
    return {
        "ordinal": row["row"],
        "is_sandbox": row["sandbox"],
        "marketplace": row["marketplace"],
        "identifier": plain(row["identifier"]),
        "asin": plain(row["asin"]),
        "title": title,
        "title_key": title and title.casefold()[:_KEY_CHARACTERS],
        "supplier": plain(row.get("supplier")),
        "verdict": row["verdict"],
        "unit_cost": row["unit_cost"],
        "max_cost": row["max_cost"],
        "profit_p50": _median(row["profit"]),
        "resale_p50": _median(row["resale"]),
        "roi": row["roi"],
        "probability_of_profit": row["probability_of_profit"],
        "days_p50": _median(row["days_to_sell"]),
        "sales_rank": row["sales_rank"],
        "record": dict(row),
    }


def _median(quantiles: Mapping[str, Any] | None) -> Any:  # noqa: ANN401 - int or float
    return None if quantiles is None else quantiles["p50"]


def _conditions(filters: Filters) -> list[ColumnElement[bool]]:
    """The conditions that filters stand for."""
    conditions: list[ColumnElement[bool]] = [decisions.c.is_sandbox == filters.is_sandbox]
    if filters.run_id is not None:
        conditions.append(decisions.c.run_id == filters.run_id)
    if filters.verdicts:
        conditions.append(decisions.c.verdict.in_(filters.verdicts))
    if filters.supplier is not None:
        conditions.append(decisions.c.supplier == plain(filters.supplier))
    if filters.since is not None:
        conditions.append(decisions.c.decided_at >= filters.since)
    if filters.until is not None:
        conditions.append(decisions.c.decided_at < filters.until)
    words = plain(filters.text or "").casefold().split()
    return conditions + [
        or_(
            decisions.c.title_key.contains(word, autoescape=True),
            func.lower(decisions.c.asin) == word,
            func.lower(decisions.c.identifier).contains(word, autoescape=True),
        )
        for word in words
    ]


def _beyond(
    column: Column[Any], value: object, last_id: int | None, *, descending: bool
) -> ColumnElement[bool]:
    """What comes after a position, as one comparison that an index answers."""
    # A position may hold any number: compared as bigint, it cannot be too large for a column.
    kind = BigInteger() if isinstance(column.type, Integer) else column.type
    here = tuple_(column, decisions.c.id)
    there = tuple_(literal(value, kind), literal(last_id, BigInteger()))
    return here < there if descending else here > there


async def _read(
    session: AsyncSession,
    column: Column[Any],
    conditions: Sequence[ColumnElement[bool]],
    *,
    descending: bool,
    limit: int,
) -> list[StoredDecision]:
    order = [part.desc() if descending else part.asc() for part in (column, decisions.c.id)]
    without = decisions.c.record.concat({"evidence": None}).label("record")
    wanted = [without if one is decisions.c.record else one for one in decisions.c]
    query = select(*wanted).where(*conditions).order_by(*order).limit(limit)
    return [_stored(row, column) for row in await session.execute(query)]


def _stored(row: Row[Any], column: Column[Any] | None = None) -> StoredDecision:
    body = dict(row.record) | {
        "id": row.id,
        "run_id": row.run_id and str(row.run_id),
        "decided_at": row.decided_at.isoformat(),
    }
    return StoredDecision(row.id, body, None if column is None else getattr(row, column.name))


def _fits(number: int) -> bool:
    """True if a number fits a bigint."""
    return -(2**63) <= number < 2**63


def _typed(column: Column[Any], value: object) -> object:
    """A position's value as its column has it; positions travel as JSON."""
    try:
        match column.type:
            case DateTime():
                return value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
            case Text() if isinstance(value, str):
                return value
            case Double() if isinstance(value, int | float):
                return float(value)
            case Integer() if isinstance(value, int) and _fits(value):
                return value
    except ValueError:
        pass
    raise InvalidInputError(
        f"The position of the page does not fit the sort by {column.name}; start at the first page."
    )
