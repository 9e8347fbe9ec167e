"""Many rows handed to one statement that merges them into what is stored."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final

from sqlalchemy import Column, FromClause, Table, select, table, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from arbitragevault.adapters.postgres.repositories.arrays import as_table

FEW: Final = 2_000
"""So many rows are merged faster from parameters; beyond, COPY is as fast and holds them once."""

_DIALECT: Final = postgresql.dialect()  # type: ignore[no-untyped-call]


@asynccontextmanager
async def staged(
    session: AsyncSession,
    name: str,
    columns: Iterable[Column[Any]],
    rows: Sequence[Sequence[Any]],
) -> AsyncIterator[FromClause]:
    """Rows as something to select from for as long as the block lasts.

    Few rows are parameters of the statement. Many are written by COPY into a table that only this
    connection sees and that ends with the transaction, which holds through a transaction pooler.

    Args:
        session: The transaction.
        name: What the table is called; no other may be staged under it at the same time.
        columns: Columns of real tables that lend their names and types.
        rows: One sequence of values for each row.
    """
    lent = list(columns)
    if len(rows) <= FEW:
        yield as_table(name, lent, rows)
        return
    kinds = ", ".join(f"{column.name} {column.type.compile(_DIALECT)}" for column in lent)
    await session.execute(text(f"CREATE TEMPORARY TABLE {name} ({kinds}) ON COMMIT DROP"))
    connection = await (await session.connection()).get_raw_connection()
    driver: Any = connection.driver_connection
    await driver.copy_records_to_table(name, records=rows, columns=[column.name for column in lent])
    yield table(name, *(Column(column.name, column.type) for column in lent))
    await session.execute(text(f"DROP TABLE {name}"))


async def merge(session: AsyncSession, target: Table, rows: Sequence[Sequence[Any]]) -> None:
    """Add rows to a table, in place of those with the same primary key.

    Args:
        session: The transaction.
        target: The table.
        rows: One value for each of its columns, in their order; no key twice.
    """
    names = [column.name for column in target.c]
    async with staged(session, f"new_{target.name}", target.c, rows) as new:
        statement = insert(target).from_select(names, select(*new.c))
        replaced = {
            column.name: statement.excluded[column.name]
            for column in target.c
            if not column.primary_key
        }
        await session.execute(
            statement.on_conflict_do_update(constraint=target.primary_key, set_=replaced)
        )
