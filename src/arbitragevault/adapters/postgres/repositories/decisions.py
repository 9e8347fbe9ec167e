"""Stored decisions: written in batches, read one by one or in the order of their run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec
from sqlalchemy import ColumnElement, Text, cast, func, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from arbitragevault.adapters.postgres import words
from arbitragevault.adapters.postgres.plain import plain
from arbitragevault.adapters.postgres.repositories.arrays import as_table
from arbitragevault.adapters.postgres.repositories.keyset import fits_bigint
from arbitragevault.adapters.postgres.tables import decisions, products, run_items
from arbitragevault.domain.decision.runs import ItemState


@dataclass(frozen=True, slots=True)
class StoredDecision:
    """A stored decision, which stays JSON until somebody looks into it: a page of 50 is 270 kB.

    Args:
        id: Its id; later decisions have greater ones.
        json: The scan row as it was stored, with ``id``, ``run_id`` and ``decided_at``.
        sort_value: The value by which its page is sorted; None outside of pages.
    """

    id: int
    json: str
    sort_value: Any = None

    @property
    def body(self) -> dict[str, Any]:
        """The scan row; decoded each time that it is asked for."""
        body: dict[str, Any] = msgspec.json.decode(self.json)
        return body


_WHO: Final = (decisions.c.id, decisions.c.run_id, decisions.c.decided_at)

WITHOUT_EVIDENCE: Final[Sequence[ColumnElement[Any]]] = (
    *_WHO,
    cast(decisions.c.record, Text).label("record"),
)
"""What ``stored`` needs of a row; the evidence is most of it, and no list shows it."""

WHOLE: Final[Sequence[ColumnElement[Any]]] = (
    *WITHOUT_EVIDENCE,
    cast(decisions.c.evidence, Text).label("evidence"),
)
"""What ``stored`` takes of a row."""


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


async def get(session: AsyncSession, decision_id: int) -> StoredDecision | None:
    """A decision, or None."""
    if not fits_bigint(decision_id):
        return None
    query = select(*WHOLE).where(decisions.c.id == decision_id)
    row = (await session.execute(query)).one_or_none()
    return None if row is None else stored(row)


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
        select(*WHOLE)
        .where(
            decisions.c.run_id == run_id,
            decisions.c.ordinal > after_row,
            decisions.c.ordinal < func.coalesce(first_open, 2**31 - 1),
        )
        .order_by(decisions.c.ordinal, decisions.c.id)
        .limit(limit)
    )
    return [stored(row) for row in await session.execute(query)]


async def latest_of_product(
    session: AsyncSession, marketplace: str, asin: str, *, is_sandbox: bool, limit: int
) -> list[StoredDecision]:
    """The newest decisions on leads of one product, newest first."""
    query = (
        select(*WHOLE)
        .where(
            decisions.c.marketplace == marketplace,
            decisions.c.asin == asin,
            decisions.c.is_sandbox == is_sandbox,
        )
        .order_by(decisions.c.id.desc())
        .limit(limit)
    )
    return [stored(row) for row in await session.execute(query)]


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
        "identifier_key": words.key(row["identifier"]),
        "asin": plain(row["asin"]),
        "title": title,
        "title_key": words.key(title),
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
        "record": {key: value for key, value in row.items() if key != "evidence"},
        "evidence": row.get("evidence"),
    }


def _median(quantiles: Mapping[str, Any] | None) -> Any:  # noqa: ANN401 - int or float
    return None if quantiles is None else quantiles["p50"]


def stored(row: Sequence[Any], sort_value: object = None) -> StoredDecision:
    """A decision as it was stored; without its evidence if the row was read without it.

    Args:
        row: The columns of ``WHOLE`` or of ``WITHOUT_EVIDENCE``.
        sort_value: By what its page is sorted.
    """
    id_, run_id, decided_at, record, *rest = row
    run = "null" if run_id is None else f'"{run_id}"'
    evidence = (rest[0] if rest else None) or "null"
    head = (
        f'{{"id":{id_},"run_id":{run},"decided_at":"{decided_at.isoformat()}",'
        f'"evidence":{evidence},'
    )
    # The record is an object and never empty: it goes on where the head ends.
    return StoredDecision(id_, head + record[1:], sort_value)
