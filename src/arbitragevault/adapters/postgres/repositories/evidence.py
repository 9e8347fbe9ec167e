"""Reports of backtests: added, never changed, the newest of each source on top."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession

from arbitragevault.adapters.postgres.tables import evidence_reports


@dataclass(frozen=True, slots=True)
class StoredReport:
    """A report as it was kept.

    Args:
        id: Its number.
        created_at: When it was kept.
        is_sandbox: The replayed history was the sandbox's.
        report: As ``backtest --json`` prints it.
    """

    id: int
    created_at: datetime
    is_sandbox: bool
    report: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class KeptReport:
    """What a kept report is about, without its figures.

    Args:
        id: Its number.
        created_at: When it was kept.
        source: What was replayed.
        model_version: Version of the model that was replayed.
        products / windows: How much.
    """

    id: int
    created_at: datetime
    source: str
    model_version: str
    products: int
    windows: int


_COLUMNS: Final = (  # in the order of StoredReport
    evidence_reports.c.id,
    evidence_reports.c.created_at,
    evidence_reports.c.is_sandbox,
    evidence_reports.c.report,
)


async def add(
    session: AsyncSession, report: Mapping[str, Any], *, is_sandbox: bool, created_at: datetime
) -> int:
    """Keep a report, and return its number.

    Args:
        session: The transaction.
        report: As ``backtest --json`` prints it.
        is_sandbox: The replayed history was the sandbox's.
        created_at: The present moment.
    """
    query = (
        evidence_reports.insert()
        .values(
            source=report["source"],
            is_sandbox=is_sandbox,
            model_version=report["model_version"],
            data_digest=report["data_digest"],
            policy_name=report["policy"],
            products=report["products"],
            windows=report["windows"],
            seconds=report["seconds"],
            report=dict(report),
            created_at=created_at,
        )
        .returning(evidence_reports.c.id)
    )
    return int((await session.execute(query)).scalar_one())


async def newest(session: AsyncSession, *, is_sandbox: bool) -> list[StoredReport]:
    """The newest report of every source.

    Args:
        session: The transaction.
        is_sandbox: Which stored products are in use; reports about the other ones are left out.
    """
    query = (
        select(*_COLUMNS)
        .ext(distinct_on(evidence_reports.c.source))
        .where(_about(is_sandbox=is_sandbox))
        .order_by(evidence_reports.c.source, evidence_reports.c.id.desc())
    )
    return [StoredReport(*row) for row in await session.execute(query)]


async def kept(session: AsyncSession, *, is_sandbox: bool, most: int) -> list[KeptReport]:
    """What the reports that were kept are about, the newest first.

    Args:
        session: The transaction.
        is_sandbox: Which stored products are in use; reports about the other ones are left out.
        most: How many at most.
    """
    columns = (evidence_reports.c[field.name] for field in fields(KeptReport))
    query = (
        select(*columns)
        .where(_about(is_sandbox=is_sandbox))
        .order_by(evidence_reports.c.id.desc())
        .limit(most)
    )
    return [KeptReport(*row) for row in await session.execute(query)]


def _about(*, is_sandbox: bool) -> ColumnElement[bool]:
    """Not about stored products of the other kind."""
    return or_(evidence_reports.c.source != "stored", evidence_reports.c.is_sandbox == is_sandbox)


async def get(session: AsyncSession, report_id: int) -> StoredReport | None:
    """A report by its number; None if there is none."""
    query = select(*_COLUMNS).where(evidence_reports.c.id == report_id)
    row = (await session.execute(query)).one_or_none()
    return None if row is None else StoredReport(*row)
