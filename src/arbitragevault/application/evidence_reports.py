"""Evidence that was kept: the reports of backtests, and whether they speak of what runs now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from arbitragevault.adapters.postgres.repositories import evidence as stored_evidence
from arbitragevault.adapters.postgres.repositories.evidence import KeptReport, StoredReport
from arbitragevault.application.services import Services
from arbitragevault.domain.decision.digests import MODEL_VERSION
from arbitragevault.domain.errors import NotFoundError

SOURCES: Final = ("stored", "recordings", "sandbox")
"""In which order evidence is shown: about one's own products first, about simulated ones last."""

MOST_KEPT: Final = 100
"""How many kept reports are listed."""


@dataclass(frozen=True, slots=True)
class EvidenceReport:
    """A kept report.

    Args:
        id: Its number.
        created_at: When the backtest ended.
        source: What was replayed: ``recordings``, ``stored`` or ``sandbox``.
        sandbox: The replayed history was the sandbox's.
        is_current: The model that was replayed is the one that decides now.
        running_model_version: Version of the model that decides now.
        report: As ``backtest --json`` prints it.
    """

    id: int
    created_at: datetime
    source: str
    sandbox: bool
    is_current: bool
    running_model_version: str
    report: Mapping[str, Any]


async def keep_report(services: Services, report: Mapping[str, Any]) -> int:
    """Keep what a backtest found beside what earlier ones did, and return its number.

    Args:
        services: The running program.
        report: As ``backtest --json`` prints it.
    """
    of_sandbox = {"sandbox": True, "recordings": False, "stored": services.is_sandbox}
    return await services.database.write(
        stored_evidence.add,
        report,
        is_sandbox=of_sandbox[report["source"]],
        created_at=services.clock.now(),
    )


async def newest_reports(services: Services) -> list[EvidenceReport]:
    """The newest report of every source that was ever replayed, in the order of ``SOURCES``."""
    found = await services.database.read(stored_evidence.newest, is_sandbox=services.is_sandbox)
    return sorted(map(_shown, found), key=lambda one: SOURCES.index(one.source))


async def kept_reports(services: Services) -> list[KeptReport]:
    """What the newest ``MOST_KEPT`` reports are about, the newest first."""
    return await services.database.read(
        stored_evidence.kept, is_sandbox=services.is_sandbox, most=MOST_KEPT
    )


async def get_report(services: Services, report_id: int) -> EvidenceReport:
    """A kept report by its number.

    Raises:
        NotFoundError: If there is none.
    """
    found = await services.database.read(stored_evidence.get, report_id)
    if found is None:
        raise NotFoundError(
            f"There is no evidence {report_id}; `arbitragevault evidence --list` has the numbers."
        )
    return _shown(found)


def _shown(stored: StoredReport) -> EvidenceReport:
    return EvidenceReport(
        id=stored.id,
        created_at=stored.created_at,
        source=stored.report["source"],
        sandbox=stored.is_sandbox,
        is_current=stored.report["model_version"] == MODEL_VERSION,
        running_model_version=MODEL_VERSION,
        report=stored.report,
    )
