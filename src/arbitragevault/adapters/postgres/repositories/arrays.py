"""Lists of values as tables: one parameter per column, however many rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import BigInteger, Column, TableValuedAlias, any_, func, literal
from sqlalchemy.dialects.postgresql import ARRAY


def as_table(
    name: str, columns: Iterable[Column[Any]], rows: Iterable[Sequence[Any]]
) -> TableValuedAlias:
    """Rows as something to select from and to join with.

    Args:
        name: What the table is called in the statement.
        columns: Columns of real tables that lend their names and types.
        rows: One sequence of values for each row.
    """
    lent = list(columns)
    values = list(zip(*rows, strict=True)) or [()] * len(lent)
    return (
        func.unnest(
            *(
                literal(list(column_values), ARRAY(column.type))
                for column, column_values in zip(lent, values, strict=True)
            )
        )
        .table_valued(*(Column(column.name, column.type) for column in lent), name=name)
        .render_derived()
    )


def among(ids: Iterable[int]) -> Any:  # noqa: ANN401 - an SQL expression
    """Some ids to compare a column with: it equals any one of them."""
    return any_(literal(list(ids), ARRAY(BigInteger)))
