"""Lists of decisions: filtered, in any order, page by page, and counted by verdict."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Row,
    bindparam,
    false,
    func,
    literal,
    or_,
    select,
    union_all,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession

from arbitragevault.adapters.postgres import words
from arbitragevault.adapters.postgres.plain import plain
from arbitragevault.adapters.postgres.repositories import features, keyset
from arbitragevault.adapters.postgres.repositories.arrays import among
from arbitragevault.adapters.postgres.repositories.decisions import (
    WITHOUT_EVIDENCE,
    StoredDecision,
    stored,
)
from arbitragevault.adapters.postgres.repositories.keyset import Conditions, Order, Place, Position
from arbitragevault.adapters.postgres.tables import SORTS as _SORTS
from arbitragevault.adapters.postgres.tables import VERDICTS, decisions, product_features, runs

SORTS: Final = _SORTS
"""By what decisions can be listed: column by name."""

MOST_COUNTED: Final = 5_000
"""Decisions of each verdict that are counted for one list; of more, numbers are lower bounds."""

FEW_PRODUCTS: Final = 5_000
"""Of so many products that words lead to, the decisions are looked up one by one."""

MANY_PRODUCTS: Final = 30_000
"""Of so many, each decision on the way along an order is looked up among the products; words that
still more products share are met soon on the way, and looked up in each product that is met."""

COUNTED_OF_MANY: Final = 1_000
"""Of more than few products, the decisions on so many are counted: lower bounds anyway."""

_COUNTED: Final = select(
    *(func.coalesce(func.sum(runs.c[f"count_{word}"]), 0).label(word) for word in VERDICTS)
).where(runs.c.is_sandbox == bindparam("is_sandbox"))
_COUNTED_OF_RUN: Final = _COUNTED.where(runs.c.id == bindparam("run_id"))

_LAST: Final = "\U0010ffff"
"""Sorts after every character that an identifier may begin with."""


@dataclass(frozen=True, slots=True)
class Filters:
    """Which decisions.

    Args:
        is_sandbox: Those on the sandbox's data, or those on Keepa's.
        run_id: Only this run's.
        verdicts: Only these; empty for all.
        text: Words with which words of the product's title, brand, author or codes must begin; or
            the beginning of the identifier that the lead has.
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

    @property
    def words(self) -> str:
        """What is searched for; empty for nothing."""
        return (plain(self.text) or "").strip()

    @property
    def only_by_run(self) -> bool:
        """Nothing but run and verdict is asked for, by which every run counts its decisions."""
        return not self.words and (self.supplier, self.since, self.until) == (None, None, None)


@dataclass(frozen=True, slots=True)
class Counts:
    """Decisions by verdict.

    Args:
        by_verdict: A number for every verdict.
        are_minimum: There are more of some verdict than were counted.
    """

    by_verdict: dict[str, int]
    are_minimum: bool


async def page(
    session: AsyncSession,
    filters: Filters,
    *,
    sort: str,
    descending: bool,
    after: Position | None,
    limit: int,
    found: Products | None = None,
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
        found: What ``products_of`` has found for the filters, if it was asked already.

    Raises:
        InvalidInputError: If the position does not fit the sort.
    """
    column = SORTS[sort]
    order = Order(column, decisions.c.id, descending, bool(column.nullable))
    verdicts = filters.verdicts or VERDICTS
    found = found or await products_of(session, filters)
    narrowing = _narrowing(filters, found)
    everything = [*_common(filters), decisions.c.verdict.in_(verdicts), *narrowing]
    if narrowing and not found.are_many and await _are_few(session, filters, everything):
        places = await keyset.gather(session, order, everything, after=after, limit=limit)
    elif filters.run_id is not None and sort == "row":
        # An index has the rows of each run in this order.
        places = await keyset.walk(session, order, [everything], after=after, limit=limit)
    else:
        if filters.run_id is not None and sort == "decided_at":
            narrowing += await _span(session, filters.run_id)
        branches = [
            [*_common(filters), decisions.c.verdict == verdict, *narrowing] for verdict in verdicts
        ]
        places = await keyset.walk(session, order, branches, after=after, limit=limit)
    return await _load(session, places)


async def counts(session: AsyncSession, filters: Filters, found: Products | None = None) -> Counts:
    """Decisions by verdict under the other filters; arguments as those of ``page``."""
    if filters.only_by_run:
        return Counts(await _of_runs(session, filters), are_minimum=False)
    found = found or await products_of(session, filters)
    # Of many products, the decisions on some are counted: every one had to be looked at otherwise.
    some = replace(found, ids=found.ids[:COUNTED_OF_MANY]) if found.are_many else found
    rows = select(decisions.c.verdict).where(*_common(filters), *_narrowing(filters, some))
    if filters.words:
        # Found once for all verdicts; a part of them only if one verdict has enough of it.
        rows = rows.limit(len(VERDICTS) * MOST_COUNTED)
        rows = select(rows.cte("rows").prefix_with("MATERIALIZED"))
    verdict = rows.selected_columns[0]
    parts = (
        select(literal(word).label("verdict"), func.count().label("number")).select_from(
            rows.where(verdict == word).limit(MOST_COUNTED).subquery()
        )
        for word in VERDICTS
    )
    numbers = {row.verdict: row.number for row in await session.execute(union_all(*parts))}
    are_minimum = found.are_many or max(numbers.values()) == MOST_COUNTED
    return Counts({word: numbers[word] for word in VERDICTS}, are_minimum)


async def _of_runs(session: AsyncSession, filters: Filters) -> dict[str, int]:
    """Decisions by verdict as the runs that made them have counted them."""
    if filters.run_id is None:
        found = await session.execute(_COUNTED, {"is_sandbox": filters.is_sandbox})
    else:
        which = {"is_sandbox": filters.is_sandbox, "run_id": filters.run_id}
        found = await session.execute(_COUNTED_OF_RUN, which)
    return dict(found.one()._asdict())


async def _are_few(session: AsyncSession, filters: Filters, conditions: Conditions) -> bool:
    """Whether all decisions of a list are soon gathered."""
    if filters.run_id is not None:
        of_run = await _of_runs(session, filters)
        size = sum(of_run[verdict] for verdict in filters.verdicts or VERDICTS)
        if filters.only_by_run:
            # The index of the order tells whose run a row is: rows on the way cost half.
            return size <= keyset.FEW // 2
        if size <= keyset.FEW:
            return True
    return await keyset.count_up_to(session, keyset.FEW, conditions) <= keyset.FEW


async def _load(session: AsyncSession, places: Sequence[Place]) -> list[StoredDecision]:
    """The decisions of a page, in its order."""
    ids = [place.id for place in places]
    found = await session.execute(select(*WITHOUT_EVIDENCE).where(decisions.c.id == among(ids)))
    rows: dict[int, Row[Any]] = {row.id: row for row in found}
    return [stored(rows[place.id], place.value) for place in places]


def _common(filters: Filters) -> list[ColumnElement[bool]]:
    """The conditions of every list."""
    return [decisions.c.is_sandbox == filters.is_sandbox]


@dataclass(frozen=True, slots=True)
class Products:
    """The products that words lead to.

    Args:
        question: What is asked of them, for ``features.has``.
        ids: Of the products; of more than ``MANY_PRODUCTS``, of one more than so many.
    """

    question: str
    ids: Sequence[int]

    @property
    def are_many(self) -> bool:
        """Too many to look up the decisions on each."""
        return len(self.ids) > FEW_PRODUCTS


async def products_of(session: AsyncSession, filters: Filters) -> Products:
    """Titles are searched among the products, each of which may have many decisions.

    They are nobody's secret, so no policy stands between them and their index.
    """
    question = words.query(filters.words)
    ids = await features.ids_with(
        session, question, is_sandbox=filters.is_sandbox, limit=MANY_PRODUCTS + 1
    )
    return Products(question, ids)


def _narrowing(filters: Filters, found: Products) -> list[ColumnElement[bool]]:
    """The conditions that leave a part of the decisions, whatever their verdict."""
    conditions: list[ColumnElement[bool]] = []
    if filters.run_id is not None:
        conditions.append(decisions.c.run_id == filters.run_id)
    if filters.supplier is not None:
        conditions.append(decisions.c.supplier == plain(filters.supplier))
    if filters.since is not None:
        conditions.append(decisions.c.decided_at >= filters.since)
    if filters.until is not None:
        conditions.append(decisions.c.decided_at < filters.until)
    if filters.words:
        conditions.append(_says(filters.words, found))
    return conditions


def _says(text: str, found: Products) -> ColumnElement[bool]:
    """That product or identifier match a text."""
    matches: ColumnElement[bool]
    if not found.are_many:
        matches = decisions.c.product_id == among(found.ids) if found.ids else false()
    elif len(found.ids) <= MANY_PRODUCTS:
        ids = select(func.unnest(literal(found.ids, ARRAY(BigInteger))).label("id")).cte("found")
        # "IS TRUE" keeps the planner from joining: it makes a hash of the ids and goes on walking.
        matches = decisions.c.product_id.in_(select(ids.c.id)).is_(True)
    else:
        matches = (
            select(features.has(found.question))
            .where(product_features.c.product_id == decisions.c.product_id)
            .correlate(decisions)
            .scalar_subquery()
        )
    start = words.key(text)
    if start is None or any(sign.isspace() for sign in start):
        return matches
    begins = (decisions.c.identifier_key >= start) & (decisions.c.identifier_key < start + _LAST)
    return or_(matches, begins)


async def _span(session: AsyncSession, run_id: UUID) -> list[ColumnElement[bool]]:
    """When a run can have decided: what others decided before and after is not even looked at."""
    query = select(runs.c.created_at, runs.c.finished_at).where(runs.c.id == run_id)
    row = (await session.execute(query)).one_or_none()
    if row is None:
        return [false()]
    span = [decisions.c.decided_at >= row.created_at]
    if row.finished_at is not None:
        span.append(decisions.c.decided_at <= row.finished_at)
    return span
