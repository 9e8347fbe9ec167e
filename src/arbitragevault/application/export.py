"""Take the stored rows out of the program: decisions, leads, products."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, BinaryIO, Final
from uuid import UUID

from arbitragevault.adapters.files.tables_out import Field, Kind, TableFormat, table_writer
from arbitragevault.adapters.postgres.repositories import exports
from arbitragevault.application.services import Services
from arbitragevault.domain.catalog.marketplace import marketplace_by_code

BATCH: Final = 1_000
"""Rows that are read at a time; what is in memory at once."""

_INTERVALS: Final = ("profit", "resale", "days_to_sell")


class What(Enum):
    """What can be taken out."""

    DECISIONS = "decisions"
    LEADS = "leads"
    PRODUCTS = "products"


@dataclass(frozen=True, slots=True)
class _Table:
    """How one kind of rows is read and shown."""

    read: Any
    fields: tuple[Field, ...]


def _fields(**kinds: str) -> tuple[Field, ...]:
    """Columns by what they hold, each a list of names."""
    return tuple(Field(name, Kind[kind]) for kind, names in kinds.items() for name in names.split())


def _ordered(names: str, fields: tuple[Field, ...]) -> tuple[Field, ...]:
    by_name = {field.name: field for field in fields}
    return tuple(by_name[name] for name in names.split())


_DECISIONS: Final = _ordered(
    "id run_id row decided_at identifier asin marketplace title verdict currency unit_cost "
    "quantity condition channel max_cost profit_p10 profit_p50 profit_p90 expected_profit roi "
    "margin probability_of_profit probability_of_target days_to_sell_p50 days_to_sell_p90 "
    "resale_p10 resale_p50 resale_p90 landed_cost net_proceeds sales_rank score data_quality "
    "confidence reasons supplier url notes extra sandbox observed_at model_version error",
    _fields(
        TEXT="run_id decided_at identifier asin marketplace title verdict currency condition "
        "channel reasons supplier url notes extra observed_at model_version error",
        WHOLE="id row quantity sales_rank",
        NUMBER="roi margin probability_of_profit probability_of_target days_to_sell_p50 "
        "days_to_sell_p90 score data_quality confidence",
        MONEY="unit_cost max_cost profit_p10 profit_p50 profit_p90 expected_profit resale_p10 "
        "resale_p50 resale_p90 landed_cost net_proceeds",
        FLAG="sandbox",
    ),
)
_LEADS: Final = _ordered(
    "run_id source row marketplace identifier asin code currency unit_cost quantity condition "
    "supplier url notes extra state error",
    _fields(
        TEXT="run_id source marketplace identifier asin code currency condition supplier url "
        "notes extra state error",
        WHOLE="row quantity",
        MONEY="unit_cost",
    ),
)
_PRODUCTS: Final = _ordered(
    "marketplace asin title root_category_id currency sales_rank sales_rank_90 rank_drops_30 "
    "sales_per_month price_new price_new_90 price_used price_used_90 offers_new offers_used "
    "amazon_in_stock amazon_share_90 fetched_at",
    _fields(
        TEXT="marketplace asin title currency",
        WHOLE="root_category_id sales_rank sales_rank_90 rank_drops_30 offers_new offers_used",
        NUMBER="sales_per_month amazon_share_90",
        MONEY="price_new price_new_90 price_used price_used_90",
        FLAG="amazon_in_stock",
        TIME="fetched_at",
    ),
)
_TABLES: Final = {
    What.DECISIONS: _Table(exports.decision_batch, _DECISIONS),
    What.LEADS: _Table(exports.lead_batch, _LEADS),
    What.PRODUCTS: _Table(exports.product_batch, _PRODUCTS),
}


async def export(
    services: Services, what: What, form: TableFormat, out: BinaryIO, *, run_id: UUID | None = None
) -> int:
    """Write all rows of a kind, some at a time, and say how many they were.

    Every batch is a short transaction of its own: an export of an hour holds nothing up.

    Args:
        services: The running program.
        what: Which rows.
        form: In which format.
        out: Where the bytes go.
        run_id: Only this run's; products are of no run.

    Raises:
        ConfigurationError: If the format cannot be written here.
    """
    number = 0
    with table_writer(form, _TABLES[what].fields, out) as writer:
        async for batch in _batches(services, what, run_id):
            writer.write([_flat(row) for row in batch])
            number += len(batch)
    return number


async def _batches(
    services: Services, what: What, run_id: UUID | None
) -> AsyncIterator[list[exports.Row]]:
    after: Any = None
    while True:
        batch = await services.database.read(
            _TABLES[what].read,
            after,
            is_sandbox=services.is_sandbox,
            run_id=run_id,
            limit=BATCH,
        )
        yield batch.rows
        if batch.after is None:
            return
        after = batch.after


def _flat(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row without parts inside of parts, as tables are."""
    flat = dict(row)
    for name in _INTERVALS:
        for point, value in (row.get(name) or {}).items():
            flat[f"{name}_{point}"] = value
    if isinstance(error := row.get("error"), dict):
        flat["error"] = f"{error['code']}: {error['message']}"
    if isinstance(cost := row.get("unit_cost"), dict):
        flat |= {"unit_cost": cost["minor"], "currency": cost["currency"]}
    if reasons := row.get("reasons"):
        flat["reasons"] = "; ".join(f"{reason['code']} {reason['status']}" for reason in reasons)
    else:
        flat["reasons"] = None
    flat["extra"] = "; ".join(f"{key}: {value}" for key, value in (row.get("extra") or {}).items())
    if flat.get("currency") is None and row.get("marketplace"):
        flat["currency"] = marketplace_by_code(row["marketplace"]).currency
    return flat
