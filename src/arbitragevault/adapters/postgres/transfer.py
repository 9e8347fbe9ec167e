"""Moving all data between two databases of the same schema, with proof that nothing was lost.

Rows travel in PostgreSQL's binary COPY format, table by table in the order of their references,
from one snapshot of the source into one transaction of the target. So a source in use is copied as
of one moment, and a copy that is cut off leaves the target as it was. Before the target commits,
the digest of every table is compared with the source's.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from arbitragevault.adapters.postgres.driver import connected, quoted_name
from arbitragevault.adapters.postgres.tables import metadata
from arbitragevault.domain.errors import ConflictError, TransferError

SEEDED: Final = frozenset({"organizations", "policies"})
"""Tables in which a database has rows before anybody has worked with it."""

_PIECES_UNDER_WAY: Final = 16
_TEXT_FORMS: Final = (
    "SET LOCAL timezone = 'UTC'",
    "SET LOCAL datestyle = 'ISO'",
    "SET LOCAL intervalstyle = 'postgres'",
    "SET LOCAL bytea_output = 'hex'",
    "SET LOCAL extra_float_digits = 1",
    # Rows that a policy would hide are an error, not a smaller copy.
    "SET LOCAL row_security = off",
    "SET LOCAL statement_timeout = 0",
    "SET LOCAL idle_in_transaction_session_timeout = 0",
)
"""What makes equal rows equal texts on every server."""


@dataclass(frozen=True, slots=True)
class TableContent:
    """What is in a table.

    Args:
        rows: How many rows.
        digest: A hash of all rows, whatever their order.
    """

    rows: int
    digest: str


@dataclass(frozen=True, slots=True)
class Moved:
    """One table that has arrived.

    Args:
        table: Its name.
        content: What it holds on both sides.
        number / of: How many tables have arrived, of how many.
    """

    table: str
    content: TableContent
    number: int
    of: int


@dataclass(frozen=True, slots=True)
class Layout:
    """Which tables there are to copy, in the order in which references allow.

    Args:
        columns: The columns of every table that hold data of their own; generated ones do not.
    """

    columns: Mapping[str, tuple[str, ...]]

    @classmethod
    def present(cls) -> Layout:
        """The tables of this program."""
        return cls(
            {
                str(table.name): tuple(str(c.name) for c in table.columns if c.computed is None)
                for table in metadata.sorted_tables
            }
        )


OnMoved = Callable[[Moved], None]


async def copy_all(source_url: str, target_url: str, *, replace: bool, on_moved: OnMoved) -> None:
    """Copy every row of one database into another one of the same revision.

    Args:
        source_url: Direct address of the database to copy; it may be in use.
        target_url: Direct address of a migrated database.
        replace: Throw away what the target holds; otherwise it has to be empty.
        on_moved: Told of every table once it has arrived and was compared.

    Raises:
        ConflictError: If both are the same, or the target holds data and may not be replaced.
        TransferError: If a table arrives differently from how it left.
        DatabaseError: If one of them cannot be reached.
    """
    layout = Layout.present()
    async with (
        connected(source_url, "copy") as source,
        connected(target_url, "copy") as target,
        source.transaction(isolation="repeatable_read", readonly=True),
        target.transaction(),
    ):
        await _must_differ(source, target)
        await prepare_source(source)
        await prepare_target(target, layout, replace=replace)
        for number, (table, columns) in enumerate(layout.columns.items(), 1):
            content = await content_of(source, table, columns)
            await put(target, table, columns, rows_of(source, table, columns))
            await must_hold(target, table, columns, content)
            on_moved(Moved(table, content, number, len(layout.columns)))
        await set_counters(target, await counters_of(source, layout))


async def contents(url: str) -> dict[str, TableContent]:
    """What is in every table of a database.

    Raises:
        DatabaseError: If it cannot be reached.
    """
    async with (
        connected(url, "digest") as connection,
        connection.transaction(isolation="repeatable_read", readonly=True),
    ):
        await prepare_source(connection)
        return {
            table: await content_of(connection, table, columns)
            for table, columns in Layout.present().columns.items()
        }


async def _must_differ(source: Any, target: Any) -> None:  # noqa: ANN401
    """Make sure that two connections do not lead to the same database: its locks would tell."""
    key = secrets.randbits(62)
    await source.execute("SELECT pg_advisory_xact_lock($1)", key)
    if not await target.fetchval("SELECT pg_try_advisory_xact_lock($1)", key):
        raise ConflictError("Both addresses mean the same database; there is nothing to move.")


async def prepare_source(connection: Any) -> None:  # noqa: ANN401  # the driver has no types
    """Make a transaction read everything, as long as it takes, in one way of writing values."""
    for statement in _TEXT_FORMS:
        await connection.execute(statement)


async def prepare_target(
    target: Any,  # noqa: ANN401
    layout: Layout,
    *,
    replace: bool,
) -> None:
    """Empty the tables that are about to be filled, if that is allowed.

    Raises:
        ConflictError: If they hold data and may not be replaced.
    """
    await prepare_source(target)
    if not replace:
        await must_be_empty(target, layout)
    names = ", ".join(quoted_name(table) for table in layout.columns)
    await target.execute(f"TRUNCATE {names}")


async def must_be_empty(target: Any, layout: Layout) -> None:  # noqa: ANN401
    """Make sure that nobody has worked with a database.

    Raises:
        ConflictError: If somebody has.
    """
    for table in layout.columns.keys() - SEEDED:
        there = await target.fetchval("SELECT to_regclass($1) IS NOT NULL", quoted_name(table))
        if there and await target.fetchval(f"SELECT EXISTS (SELECT FROM {quoted_name(table)})"):  # noqa: S608
            raise ConflictError(
                f"The target database holds data already (table {table}). Take an empty "
                "database, or say --replace to throw away what it holds."
            )


async def content_of(
    connection: Any,  # noqa: ANN401
    table: str,
    columns: Sequence[str],
) -> TableContent:
    """Count a table's rows and hash them: the sums of both halves of every row's MD5."""
    row = f"ROW({', '.join(quoted_name(name) for name in columns)})::text"
    rows, high, low = await connection.fetchrow(
        "SELECT count(*), sum(('x' || substr(h, 1, 16))::bit(64)::bigint)::text,"  # noqa: S608
        " sum(('x' || substr(h, 17, 16))::bit(64)::bigint)::text"
        f" FROM (SELECT md5({row}) AS h FROM {quoted_name(table)}) AS hashed"
    )
    return TableContent(rows, f"{high or 0}/{low or 0}")


def rows_of(
    source: Any,  # noqa: ANN401
    table: str,
    columns: Sequence[str],
) -> AsyncIterator[bytes]:
    """A table in PostgreSQL's binary COPY format, piece by piece; memory stays flat."""

    async def pieces() -> AsyncIterator[bytes]:
        queue: asyncio.Queue[bytes | None] = asyncio.Queue(_PIECES_UNDER_WAY)
        chosen = ", ".join(quoted_name(name) for name in columns)
        query = f"SELECT {chosen} FROM {quoted_name(table)}"  # noqa: S608

        async def read() -> None:
            try:
                await source.copy_from_query(query, output=queue.put, format="binary")
            finally:
                await queue.put(None)

        reading = asyncio.create_task(read())
        try:
            while (piece := await queue.get()) is not None:
                yield piece
            await reading
        finally:
            reading.cancel()
            await asyncio.wait({reading})

    return pieces()


async def put(
    target: Any,  # noqa: ANN401
    table: str,
    columns: Sequence[str],
    pieces: AsyncIterator[bytes],
) -> None:
    """Fill a table from pieces of the binary COPY format."""
    await target.copy_to_table(table, source=pieces, columns=columns, format="binary")


async def must_hold(
    target: Any,  # noqa: ANN401
    table: str,
    columns: Sequence[str],
    expected: TableContent,
) -> None:
    """Make sure that a table has arrived as it left.

    Raises:
        TransferError: If it has not.
    """
    found = await content_of(target, table, columns)
    if found != expected:
        raise TransferError(
            f"The table {table} did not arrive as it left ({found.rows} rows of {expected.rows}, "
            "or other values). Nothing was changed; try again."
        )


async def counters_of(
    source: Any,  # noqa: ANN401
    layout: Layout,
) -> dict[str, tuple[str, int, bool]]:
    """By table: the column that counts by itself, its last number, and whether that was given."""
    found = {}
    for table, columns in layout.columns.items():
        for column in columns:
            sequence = await source.fetchval(
                "SELECT pg_get_serial_sequence($1, $2)", quoted_name(table), column
            )
            if sequence is not None:
                last, given = await source.fetchrow(
                    f"SELECT last_value, is_called FROM {sequence}"  # noqa: S608
                )
                found[table] = (column, last, given)
    return found


async def set_counters(
    target: Any,  # noqa: ANN401
    counters: Mapping[str, tuple[str, int, bool]],
) -> None:
    """Let columns that count by themselves go on where they were."""
    for table, (column, last, given) in counters.items():
        await target.execute(
            "SELECT setval(pg_get_serial_sequence($1, $2), $3, $4)",
            quoted_name(table),
            column,
            last,
            given,
        )
