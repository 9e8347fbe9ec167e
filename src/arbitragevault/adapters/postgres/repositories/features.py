"""One narrow row per stored product: the only table that screens and searches read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    BindParameter,
    Column,
    ColumnElement,
    Row,
    Text,
    cast,
    exists,
    false,
    func,
    literal,
    select,
)
from sqlalchemy.dialects.postgresql import ARRAY, TSQUERY, insert
from sqlalchemy.ext.asyncio import AsyncSession

from arbitragevault.adapters.postgres import words
from arbitragevault.adapters.postgres.repositories import keyset
from arbitragevault.adapters.postgres.repositories.arrays import among
from arbitragevault.adapters.postgres.repositories.keyset import Order, Position, Stretch
from arbitragevault.adapters.postgres.repositories.staging import staged
from arbitragevault.adapters.postgres.tables import FEATURE_SORTS, product_features, products
from arbitragevault.domain.market.clock import to_datetime
from arbitragevault.domain.market.features import FEATURES_VERSION, Features, features_of
from arbitragevault.domain.market.market import Market

SORTS: Final = FEATURE_SORTS
"""By what stored products can be listed: column by name."""

_GIVEN: Final = ("product_id", "is_sandbox", "search")
"""Columns that are written in their own way."""


@dataclass(frozen=True, slots=True)
class ProductFilters:
    """Which stored products.

    Args:
        is_sandbox: The sandbox's, or Keepa's.
        category_id: Only of this root category.
        text: Words with which words of title, brand, author or codes must begin.
    """

    is_sandbox: bool
    category_id: int | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True)
class ListedProduct:
    """A stored product in a list.

    Args:
        id: Its id.
        marketplace / asin / title: What it is.
        fetched_at: When its data were asked for last.
        features: What it is filtered and sorted by.
        sort_value: The value by which its page is sorted.
    """

    id: int
    marketplace: str
    asin: str
    title: str | None
    fetched_at: datetime
    features: Features
    sort_value: Any


def row_of(market: Market) -> dict[str, Any]:
    """The features of a market as columns; whose product it is and whose data is added later."""
    product = market.product
    codes = (product.asin, *product.eans, *product.upcs)
    return {
        **asdict(features_of(market)),
        "title_key": words.key(product.title),
        "observed_at": to_datetime(market.observed_minute),
        "version": FEATURES_VERSION,
        "search": words.lexemes(product.title, product.brand, product.author, *codes),
    }


async def save(
    session: AsyncSession, rows: Mapping[int, Mapping[str, Any]], *, is_sandbox: bool
) -> None:
    """Store features, replacing what was stored for the same products.

    Args:
        session: The transaction.
        rows: What ``row_of`` made, by product id.
        is_sandbox: The data are the sandbox's, not Keepa's.
    """
    kept = [column for column in product_features.c if column.name not in _GIVEN]
    values = [
        (id_, " ".join(row["search"]), *(row[column.name] for column in kept))
        for id_, row in sorted(rows.items())
    ]
    lent = [product_features.c.product_id, Column("search", Text), *kept]
    async with staged(session, "new_features", lent, values) as new:
        vector = func.array_to_tsvector(func.string_to_array(new.c.search, " "))
        plain_columns = [new.c[column.name] for column in kept]
        statement = insert(product_features).from_select(
            [*_GIVEN, *(column.name for column in kept)],
            select(new.c.product_id, literal(is_sandbox), vector, *plain_columns),
        )
        await session.execute(
            statement.on_conflict_do_update(
                constraint=product_features.primary_key,
                set_={
                    name: statement.excluded[name]
                    for name in ("search", *(column.name for column in kept))
                },
            )
        )


async def ids_with(
    session: AsyncSession, question: str, *, is_sandbox: bool, limit: int
) -> list[int]:
    """Products that answer a question of ``words.query``, at most ``limit``; none for no words."""
    if not question:
        return []
    query = (
        select(product_features.c.product_id)
        .where(product_features.c.is_sandbox == is_sandbox, has(question))
        .limit(limit)
    )
    # One value instead of a row for each: tens of thousands come in a tenth of the time.
    ids = func.array(query.scalar_subquery(), type_=ARRAY(BigInteger))
    return list(await session.scalar(select(ids)) or ())


async def outdated(
    session: AsyncSession, after: int, *, is_sandbox: bool, limit: int
) -> dict[int, tuple[str, str]]:
    """Products without features, or with those of another version of the functions, by id.

    Args:
        session: The transaction.
        after: The id of the last one that the caller has; 0 for none.
        is_sandbox: The sandbox's, or Keepa's.
        limit: Most products.

    Returns:
        Marketplace and ASIN of each.
    """
    is_current = exists().where(
        product_features.c.product_id == products.c.id,
        product_features.c.version == FEATURES_VERSION,
    )
    query = (
        select(products.c.id, products.c.marketplace, products.c.asin)
        .where(products.c.id > after, products.c.is_sandbox == is_sandbox, ~is_current)
        .order_by(products.c.id)
        .limit(limit)
    )
    return {row.id: (row.marketplace, row.asin) for row in await session.execute(query)}


def has(question: str | BindParameter[str]) -> ColumnElement[bool]:
    """That a product answers a question of ``words.query``."""
    asked = literal(question, Text) if isinstance(question, str) else question
    return product_features.c.search.bool_op("@@")(cast(asked, TSQUERY))


async def page(
    session: AsyncSession,
    filters: ProductFilters,
    *,
    sort: str,
    descending: bool,
    after: Position | None,
    limit: int,
) -> list[ListedProduct]:
    """A page of stored products, those without a value last, equal ones by id.

    Args:
        session: The transaction.
        filters: Which products.
        sort: A name of ``SORTS``.
        descending: Greatest first.
        after: Where the page before ended; None for the first page.
        limit: Most products.

    Raises:
        InvalidInputError: If the position does not fit the sort.
    """
    column = SORTS[sort]
    order = Order(column, product_features.c.product_id, descending, bool(column.nullable))
    conditions = [product_features.c.is_sandbox == filters.is_sandbox]
    if filters.category_id is not None:
        conditions.append(product_features.c.root_category_id == filters.category_id)
    if filters.text:
        question = words.query(filters.text)
        conditions.append(has(question) if question else false())
    is_narrowed = len(conditions) > 1
    are_few = (
        is_narrowed and await keyset.count_up_to(session, keyset.FEW, conditions) <= keyset.FEW
    )

    async def read(stretch: Stretch, asked: dict[str, Any]) -> Sequence[Row[Any]]:
        if are_few:
            statement = keyset.gathered(order, conditions, stretch)
        else:
            statement = keyset.places(order, [conditions], stretch)
        found: Sequence[Row[Any]] = (await session.execute(statement, asked)).all()
        return found

    return await _load(session, await keyset.page(order, read, after=after, limit=limit))


async def _load(session: AsyncSession, places: Sequence[Row[Any]]) -> list[ListedProduct]:
    """The products of a page, in its order."""
    names = [field.name for field in fields(Features)]
    query = (
        select(
            products.c.id,
            products.c.marketplace,
            products.c.asin,
            products.c.title,
            products.c.fetched_at,
            *(product_features.c[name] for name in names),
        )
        .join(product_features, product_features.c.product_id == products.c.id)
        .where(products.c.id == among(place.id for place in places))
    )
    rows = {row.id: row for row in await session.execute(query)}
    return [
        ListedProduct(
            id=row.id,
            marketplace=row.marketplace,
            asin=row.asin,
            title=row.title,
            fetched_at=row.fetched_at,
            features=Features(**{name: getattr(row, name) for name in names}),
            sort_value=value,
        )
        for row, value in ((rows[place.id], place.value) for place in places)
    ]
