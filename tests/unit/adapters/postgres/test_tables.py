"""Rules that every table keeps."""

from __future__ import annotations

from sqlalchemy import DateTime, Float, Numeric

from arbitragevault.adapters.postgres.tables import metadata

COLUMNS = [column for table in metadata.tables.values() for column in table.columns]


def test_every_time_knows_its_zone() -> None:
    times = [column for column in COLUMNS if isinstance(column.type, DateTime)]
    assert times
    assert [str(column) for column in times if not column.type.timezone] == []  # type: ignore[attr-defined]


def test_money_is_never_a_float() -> None:
    inexact = [c.name for c in COLUMNS if isinstance(c.type, Float | Numeric)]
    rates = ["flow_reduction", "roi", "sales_per_month", "amazon_share_90"]
    times = ["days_p50", "seconds"]
    assert sorted(inexact) == sorted([*rates, *times, "probability_of_profit"])
