"""Lists of decisions: filtered, in any order, page by page, and counted by verdict."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from arbitragevault.adapters.postgres import words
from arbitragevault.adapters.postgres.plain import plain
from arbitragevault.adapters.postgres.repositories import features, keyset, list_statements
from arbitragevault.adapters.postgres.repositories.decisions import StoredDecision, stored
from arbitragevault.adapters.postgres.repositories.keyset import Position, Stretch
from arbitragevault.adapters.postgres.repositories.list_statements import Narrowing, Shape, Words
from arbitragevault.adapters.postgres.tables import SORTS as _SORTS
from arbitragevault.adapters.postgres.tables import VERDICTS

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
    def chosen(self) -> tuple[str, ...]:
        """The verdicts that are listed."""
        return tuple(one for one in VERDICTS if not self.verdicts or one in self.verdicts)

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

    @property
    def by(self) -> Words:
        """How the decisions on them are found."""
        if not self.are_many:
            return "ids"
        return "hash" if len(self.ids) <= MANY_PRODUCTS else "lookup"


async def products_of(session: AsyncSession, filters: Filters) -> Products:
    """Titles are searched among the products, each of which may have many decisions.

    They are nobody's secret, so no policy stands between them and their index.
    """
    question = words.query(filters.words)
    ids = await features.ids_with(
        session, question, is_sandbox=filters.is_sandbox, limit=MANY_PRODUCTS + 1
    )
    return Products(question, ids)


async def page(
    session: AsyncSession,
    filters: Filters,
    *,
    sort: str,
    descending: bool,
    after: Position | None,
    limit: int,
    found: Products | None = None,
    counted: Counts | None = None,
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
        counted: What ``counts`` has counted for them, if it was asked already. It says how the page
            is found, not what is on it, and may be old.

    Raises:
        InvalidInputError: If the position does not fit the sort.
    """
    found = found or await products_of(session, filters)
    narrowing = _narrowing(filters, found)
    are_few = False
    if any(narrowing) and not found.are_many:
        are_few = _are_few(filters, counted or await counts(session, filters, found))
    shape = Shape(sort, descending, filters.chosen, narrowing, are_few)
    parameters = _parameters(filters, found)

    async def read(stretch: Stretch, asked: dict[str, Any]) -> list[StoredDecision]:
        statement = list_statements.page(shape, stretch)
        columns = (await session.execute(statement, parameters | asked)).one()
        if columns.value is None:  # of no rows
            return []
        return [stored(row, value) for *row, value in zip(*columns, strict=True)]

    return await keyset.page(shape.order, read, after=after, limit=limit)


async def counts(session: AsyncSession, filters: Filters, found: Products | None = None) -> Counts:
    """Decisions by verdict under the other filters; arguments as those of ``page``."""
    if filters.only_by_run:
        return Counts(await _of_runs(session, filters), are_minimum=False)
    found = found or await products_of(session, filters)
    # Of many products, the decisions on some are counted: every one had to be looked at otherwise.
    some = replace(found, ids=found.ids[:COUNTED_OF_MANY]) if found.are_many else found
    # Words are found once for all verdicts; a part of them only if one verdict has enough of it.
    together = len(VERDICTS) * MOST_COUNTED if filters.words else None
    statement = list_statements.counts(_narrowing(filters, some), together=together)
    asked = {**_parameters(filters, some), "counted": MOST_COUNTED}
    numbers = {row.verdict: row.number for row in await session.execute(statement, asked)}
    are_minimum = found.are_many or max(numbers.values()) == MOST_COUNTED
    return Counts({word: numbers[word] for word in VERDICTS}, are_minimum)


async def _of_runs(session: AsyncSession, filters: Filters) -> dict[str, int]:
    """Decisions by verdict as the runs that made them have counted them."""
    which: dict[str, Any] = {"is_sandbox": filters.is_sandbox}
    if filters.run_id is None:
        found = await session.execute(list_statements.COUNTED_BY_RUNS, which)
    else:
        which["run_id"] = filters.run_id
        found = await session.execute(list_statements.COUNTED_BY_RUN, which)
    return dict(found.one()._asdict())


def _are_few(filters: Filters, counted: Counts) -> bool:
    """Whether all decisions of a list are soon gathered."""
    size = sum(counted.by_verdict[verdict] for verdict in filters.chosen)
    if filters.only_by_run:
        # The index of the order tells whose run a row is: rows on the way cost half.
        return size <= keyset.FEW // 2
    return not counted.are_minimum and size <= keyset.FEW


def _narrowing(filters: Filters, found: Products) -> Narrowing:
    """By what a list is narrowed, whatever the verdict."""
    return Narrowing(
        run=filters.run_id is not None,
        supplier=filters.supplier is not None,
        since=filters.since is not None,
        until=filters.until is not None,
        words=found.by if filters.words else None,
        identifier=_start(filters) is not None,
    )


def _parameters(filters: Filters, found: Products) -> dict[str, Any]:
    """What the statements of a list are given; more than each of them asks for."""
    start = _start(filters)
    return {
        "is_sandbox": filters.is_sandbox,
        "run_id": filters.run_id,
        "supplier": plain(filters.supplier),
        "since": filters.since,
        "until": filters.until,
        "products": found.ids,
        "question": found.question,
        "begins": start,
        "begins_until": start and start + _LAST,
    }


def _start(filters: Filters) -> str | None:
    """With what an identifier may begin instead; None where there is no such thing."""
    start = words.key(filters.words)
    return None if not start or any(sign.isspace() for sign in start) else start
