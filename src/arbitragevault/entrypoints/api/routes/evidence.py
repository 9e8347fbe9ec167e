"""Evidence: how right decisions were when they were replayed on history."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path

from arbitragevault.application import evidence_reports
from arbitragevault.entrypoints.api.lifetime import ServicesDep
from arbitragevault.entrypoints.api.schemas.evidence import (
    EvidenceList,
    EvidenceReport,
    KeptReport,
)

router = APIRouter(prefix="/evidence", tags=["evidence"])


@router.get("", name="list_evidence")
async def newest(services: ServicesDep) -> EvidenceList:
    """The newest report of every source: own stored products, recordings, the sandbox.

    Beside them it is told which reports were kept, the newest 100 of them.
    """
    found = await evidence_reports.newest_reports(services)
    kept = await evidence_reports.kept_reports(services) if found else []
    return EvidenceList(
        items=[EvidenceReport.model_validate(one) for one in found],
        kept=[KeptReport.model_validate(one) for one in kept],
    )


@router.get("/{evidence_id}", name="get_evidence", response_model=EvidenceReport)
async def one(
    services: ServicesDep, evidence_id: Annotated[int, Path(ge=1, le=2**63 - 1)]
) -> evidence_reports.EvidenceReport:
    """A kept report by its number; every report that a backtest kept stays."""
    return await evidence_reports.get_report(services, evidence_id)
