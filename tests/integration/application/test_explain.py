"""Explanations of stored decisions without a model."""

from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from arbitragevault.application.decisions import DecisionQuery, list_decisions
from arbitragevault.application.explain import (
    ComparisonOrder,
    DigestOrder,
    ShortlistOrder,
    WhyOrder,
    explain,
    explain_decision,
    explaining,
)
from arbitragevault.application.narration import Author, Claimed, Written
from arbitragevault.application.scan import ScanOptions, start_scan
from arbitragevault.application.services import Services
from arbitragevault.application.worker import RunWorker
from arbitragevault.domain.errors import InvalidInputError, NotFoundError
from arbitragevault.domain.explanation.check import check
from arbitragevault.sandbox.marketplace import Marketplace
from tests.integration.application.conftest import lead_rows

Rows = list[dict[str, Any]]
Open = Callable[..., Any]


@pytest.fixture
async def services(open_services: Open, market: Marketplace) -> AsyncIterator[Services]:
    """A program with a finished scan: cheap leads, so that some are buys."""
    async with open_services() as opened:
        leads = lead_rows(*market.asins[:40], cost="1.50")
        run = await start_scan(
            opened, leads, source="list", options=ScanOptions(offers=False, screening=False)
        )
        await RunWorker(opened).process(run.id)
        yield opened


@pytest.fixture
async def rows(services: Services) -> Rows:
    """The scan's decisions."""
    found = await list_decisions(services, DecisionQuery(sort="row", limit=100))
    rows = [row.body for row in found.items]
    assert {"buy", "review"} & {row["verdict"] for row in rows}
    return rows


async def test_a_decision_is_explained(services: Services, rows: Rows) -> None:
    found = await explain_decision(services, rows[0]["id"])
    assert [part.about for part in found.brief.parts] == ["short", "why", "what_if"]
    assert found.model is None
    assert found.why_template is not None
    assert found.why_template.code == "off"
    assert check(found.narrative, found.brief, sent_only=False) == ()


async def test_the_template_may_be_asked_for(services: Services, rows: Rows) -> None:
    found = await explain_decision(services, rows[0]["id"], author=Author.TEMPLATE)
    assert found.why_template is not None
    assert found.why_template.code == "asked"


async def test_claims_come_before_the_whole(services: Services, rows: Rows) -> None:
    steps = [step async for step in explaining(services, WhyOrder(rows[0]["id"]))]
    assert isinstance(steps[-1], Written)
    claims = [(step.about, step.claim) for step in steps if isinstance(step, Claimed)]
    assert claims == list(steps[-1].explanation.narrative.claims())


async def test_a_record_that_is_not_stored_is_explained(services: Services, rows: Rows) -> None:
    found = await explain(services, WhyOrder(record=rows[0]))
    assert found.brief.parts


async def test_there_has_to_be_such_a_decision(services: Services) -> None:
    with pytest.raises(NotFoundError):
        await explain_decision(services, 10**9)


async def test_a_shortlist_has_buys_before_reviews(services: Services) -> None:
    found = await explain(services, ShortlistOrder(size=5, speed=0.0))
    picks = [part for part in found.brief.parts if part.prefix]
    verdicts = [str(part.verdict) for part in picks]
    assert verdicts == sorted(verdicts, key=["buy", "review"].index)
    assert 1 <= len(picks) <= 5
    assert check(found.narrative, found.brief, sent_only=False) == ()


async def test_speed_orders_otherwise_than_profit(services: Services) -> None:
    by_profit = await explain(services, ShortlistOrder(speed=0.0))
    by_speed = await explain(services, ShortlistOrder(speed=1.0))
    assert by_profit.brief.wish == "Ordered by expected profit alone."
    assert by_speed.brief.wish == "Ordered by how soon they sell alone."


async def test_an_empty_shortlist_says_so(services: Services) -> None:
    with pytest.raises(InvalidInputError, match="nothing to list"):
        await explain(services, ShortlistOrder(run_id=UUID(int=1)))


@pytest.mark.parametrize("wrong", [{"size": 7}, {"speed": 1.5}])
def test_a_shortlist_has_bounds(wrong: dict[str, Any]) -> None:
    with pytest.raises(InvalidInputError):
        ShortlistOrder(**wrong)


async def test_a_digest_counts_the_day(services: Services, rows: Rows) -> None:
    found = await explain(services, DigestOrder())
    first = found.narrative.sections[0].claims[0]
    assert first.text.startswith(f"{len(rows)} leads decided on ")
    assert check(found.narrative, found.brief, sent_only=False) == ()
    before = services.clock.now() - timedelta(days=3)
    empty = await explain(services, DigestOrder(before))
    assert empty.narrative.sections[0].claims[0].text.startswith("0 leads decided on ")


async def test_two_decisions_are_compared(services: Services, rows: Rows) -> None:
    found = await explain(services, ComparisonOrder(rows[0]["id"], rows[1]["id"]))
    assert [part.about for part in found.brief.parts] == ["a", "b", "apart"]
    assert check(found.narrative, found.brief, sent_only=False) == ()
    with pytest.raises(InvalidInputError, match="two different"):
        await explain(services, ComparisonOrder(rows[0]["id"], rows[0]["id"]))


async def test_a_row_that_was_not_decided_says_why(services: Services, rows: Rows) -> None:
    broken = {**rows[0], "error": {"code": "invalid_identifier", "message": "No product."}}
    with pytest.raises(InvalidInputError, match="No product"):
        await explain(services, WhyOrder(record=broken))
