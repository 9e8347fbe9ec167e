from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from arbitragevault.application.runs import RunCounts, RunTokens, RunView
from arbitragevault.domain.decision.runs import RunState
from arbitragevault.entrypoints.api.schemas.decisions import ScanRow

MakeRow = Callable[..., dict[str, Any]]


@pytest.fixture
def make_row() -> MakeRow:
    """Makes a scan row with every key; what is not given is a plausible purchase."""

    def make(row: int = 1, **changes: object) -> dict[str, Any]:
        known: dict[str, Any] = {
            "row": row,
            "identifier": "9780593655030",
            "asin": "0593655036",
            "marketplace": "US",
            "title": "The Anxious Generation",
            "currency": "USD",
            "unit_cost": 1250,
            "landed_cost": 1310,
            "quantity": 2,
            "condition": "new",
            "verdict": "buy",
            "max_cost": 1490,
            "profit": {"p10": 120, "p50": 480, "p90": 910},
            "expected_profit": 470,
            "roi": 0.366,
            "probability_of_profit": 0.93,
            "days_to_sell": {"p50": 21.0, "p90": 55.0},
            "resale": {"p10": 2100, "p50": 2499, "p90": 2999},
            "sales_rank": 12_345,
            "data_quality": 0.9,
            "reasons": [{"code": "profit", "status": "pass", "text": "Profit is 4.80."}],
            "risks": [
                {"code": "amazon", "status": "ok", "text": "Amazon is away."},
                {"code": "crash", "status": "warning", "text": "The price may fall."},
            ],
            "counterfactual": [],
            "extra": {},
            "sandbox": True,
        }
        return dict.fromkeys(ScanRow.model_fields) | known | changes

    return make


@pytest.fixture
def run() -> RunView:
    """A run that has ended."""
    now = datetime(2026, 3, 1, 12, tzinfo=UTC)
    return RunView(
        id=UUID(int=7),
        kind="scan",
        state=RunState.SUCCEEDED,
        source="leads.csv",
        policy="default",
        marketplace="US",
        rows=3,
        done=3,
        counts=RunCounts(buy=1, review=0, skip=1, unknown=1, errors=1),
        tokens=RunTokens(estimated=4, spent=3),
        waiting_until=None,
        created_at=now,
        started_at=now,
        finished_at=now,
        error=None,
    )
