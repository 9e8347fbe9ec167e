"""The statements that lists of decisions are read by, each made once for all lists of its shape.

To make one out of expressions takes a page longer than PostgreSQL needs to answer it.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final, Literal, NamedTuple

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    CompoundSelect,
    Select,
    Text,
    any_,
    bindparam,
    func,
    literal,
    or_,
    select,
    union_all,
)
from sqlalchemy.dialects.postgresql import ARRAY

from arbitragevault.adapters.postgres.repositories import features, keyset
from arbitragevault.adapters.postgres.repositories.decisions import WITHOUT_EVIDENCE
from arbitragevault.adapters.postgres.repositories.keyset import Order, Stretch
from arbitragevault.adapters.postgres.tables import (
    SORTS,
    VERDICTS,
    decisions,
    product_features,
    runs,
)

Words = Literal["ids", "hash", "lookup"]
"""How decisions are found whose products have words: by the products' ids, each of which is looked
up; by asking a hash table of them for every decision on the way; or by looking at the words of
every decision's product."""


class Narrowing(NamedTuple):
    """By what lists are narrowed, beside the verdict; each part names the parameters it takes.

    Args:
        run: ``run_id``.
        supplier: ``supplier``.
        since / until: ``since``, ``until``.
        words: ``products``, or ``question`` for a look-up; None for all.
        identifier: Or by the beginning of the identifier: ``begins``, ``begins_until``.
    """

    run: bool = False
    supplier: bool = False
    since: bool = False
    until: bool = False
    words: Words | None = None
    identifier: bool = False


class Shape(NamedTuple):
    """What makes the statement of a page what it is.

    Its parameters are those of the narrowing, those of ``keyset.places``, and ``is_sandbox``.

    Args:
        sort: A name of ``SORTS``.
        descending: Greatest first.
        verdicts: Which ones.
        narrowing: By what else.
        are_few: All are gathered and sorted where no index has them in order.
    """

    sort: str
    descending: bool
    verdicts: tuple[str, ...]
    narrowing: Narrowing
    are_few: bool

    @property
    def order(self) -> Order:
        """By what the page is sorted."""
        column = SORTS[self.sort]
        return Order(column, decisions.c.id, self.descending, bool(column.nullable))


_IS_SANDBOX: Final = decisions.c.is_sandbox == bindparam("is_sandbox")
_PRODUCTS: Final = bindparam("products", type_=ARRAY(BigInteger))
_RUN: Final = bindparam("run_id", type_=runs.c.id.type)
_NUMBERS: Final = [
    func.coalesce(func.sum(runs.c[f"count_{word}"]), 0).label(word) for word in VERDICTS
]

COUNTED_BY_RUNS: Final = select(*_NUMBERS).where(runs.c.is_sandbox == bindparam("is_sandbox"))
"""Decisions by verdict, as the runs that made them have counted them."""

COUNTED_BY_RUN: Final = COUNTED_BY_RUNS.where(runs.c.id == _RUN)
"""The same of the run ``run_id``."""


@lru_cache(maxsize=256)
def page(shape: Shape, stretch: Stretch) -> Select[*tuple[Any, ...]]:
    """The rows of a page, as one row of arrays: what ``decisions.stored`` takes, and ``value``.

    PostgreSQL sends rows in pieces of 8 kB, and a page is 290 kB; one row it sends in one piece, so
    that neither side is woken for each of thirty.
    """
    order = shape.order
    places = _places(shape, order, stretch).subquery("places")
    rows = (
        select(*WITHOUT_EVIDENCE, places.c.value)
        .select_from(places)
        .join(decisions, decisions.c.id == places.c.id)
        .order_by(*keyset.directed(order, places.c.value, places.c.id))
        .subquery("rows")
    )
    return select(*(func.array_agg(column).label(column.name) for column in rows.c))


@lru_cache(maxsize=64)
def counts(narrowing: Narrowing, *, together: int | None) -> CompoundSelect[Any]:
    """Decisions by verdict, counted up to ``counted`` of each.

    Args:
        narrowing: By what.
        together: All are found first, at most so many; None finds each verdict's for itself.
    """
    rows = select(decisions.c.verdict).where(_IS_SANDBOX, *_narrowed(narrowing))
    if together is not None:
        rows = rows.limit(together)
        rows = select(rows.cte("rows").prefix_with("MATERIALIZED"))
    (verdict,) = rows.selected_columns
    most = bindparam("counted", type_=BigInteger())
    return union_all(
        *(
            select(literal(word).label("verdict"), func.count().label("number")).select_from(
                rows.where(verdict == word).limit(most).subquery()
            )
            for word in VERDICTS
        )
    )


def _places(shape: Shape, order: Order, stretch: Stretch) -> Select[Any]:
    narrowed = _narrowed(shape.narrowing)
    everything = [_IS_SANDBOX, decisions.c.verdict.in_(shape.verdicts), *narrowed]
    if shape.narrowing.run and shape.sort == "row":
        # An index has the rows of each run in this order.
        return keyset.places(order, [everything], stretch)
    if shape.narrowing.run and shape.sort == "decided_at":
        narrowed += _span()
    elif shape.are_few:
        return keyset.gathered(order, everything, stretch)
    branches = [[_IS_SANDBOX, decisions.c.verdict == one, *narrowed] for one in shape.verdicts]
    return keyset.places(order, branches, stretch)


def _span() -> list[ColumnElement[bool]]:
    """When a run can have decided: what others decided before and after is not even looked at."""
    begun = select(runs.c.created_at).where(runs.c.id == _RUN)
    ended = select(func.coalesce(runs.c.finished_at, func.now())).where(runs.c.id == _RUN)
    return [
        decisions.c.decided_at >= begun.scalar_subquery(),
        decisions.c.decided_at <= ended.scalar_subquery(),
    ]


def _narrowed(by: Narrowing) -> list[ColumnElement[bool]]:
    """The conditions that leave a part of the decisions, whatever their verdict."""
    column = decisions.c
    conditions: list[ColumnElement[bool]] = []
    if by.run:
        conditions.append(column.run_id == _RUN)
    if by.supplier:
        conditions.append(column.supplier == bindparam("supplier"))
    if by.since:
        conditions.append(column.decided_at >= bindparam("since"))
    if by.until:
        conditions.append(column.decided_at < bindparam("until"))
    if by.words is not None:
        says = _has_words(by.words)
        if by.identifier:
            begins = column.identifier_key >= bindparam("begins")
            says = or_(says, begins & (column.identifier_key < bindparam("begins_until")))
        conditions.append(says)
    return conditions


def _has_words(how: Words) -> ColumnElement[bool]:
    """That a decision's product has the words."""
    if how == "ids":
        return decisions.c.product_id == any_(_PRODUCTS)
    if how == "hash":
        ids = select(func.unnest(_PRODUCTS).label("id")).cte("found")
        # "IS TRUE" keeps the planner from joining: it makes a hash of the ids and goes on walking.
        return decisions.c.product_id.in_(select(ids.c.id)).is_(True)
    return (
        select(features.has(bindparam("question", type_=Text())))
        .where(product_features.c.product_id == decisions.c.product_id)
        .correlate(decisions)
        .scalar_subquery()
    )
