"""Stored leads under another policy, through the API and the command line."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import httpx2
import orjson
import pytest
from sqlalchemy import delete, func, select, update

from arbitragevault.adapters.postgres.tables import assessments, products
from arbitragevault.application.policies import policy_body, save_policy
from arbitragevault.application.redecide import Tally, redecide
from arbitragevault.application.services import Services
from arbitragevault.domain.catalog.product import Channel
from arbitragevault.domain.decision.policy import Policy
from arbitragevault.entrypoints.api.schemas.redecisions import Redecisions
from arbitragevault.sandbox.marketplace import Marketplace

if TYPE_CHECKING:
    import subprocess

Problem = Callable[[httpx2.Response], str]
Scanned = Callable[..., Awaitable[UUID]]
Run = Callable[..., "subprocess.CompletedProcess[str]"]
PATH = "/api/v1/redecisions"
OTHER = replace(Policy(), name="other", min_roi=0.05, confidence=0.6, max_sales_rank=None)
BY_MAIL = replace(OTHER, channel=Channel.FBM, fbm_shipping_cents=450)


async def rows_of(services: Services, policy: Policy) -> tuple[list[dict[str, Any]], Tally]:
    """Everything re-decided under a policy."""
    await save_policy(services, policy.name, policy_body(policy), anew=True)
    tally = Tally()
    rows = [row async for some in redecide(services, policy.name, tally) for row in some.rows()]
    return rows, tally


async def scan_under(
    client: httpx2.AsyncClient,
    services: Services,
    work: Callable[[UUID], Awaitable[None]],
    policy: Policy,
) -> Any:  # noqa: ANN401
    """The same leads scanned under a policy, by row."""
    page = (await client.get("/api/v1/decisions", params={"sort": "row"})).json()["items"]
    leads = [
        {"identifier": row["identifier"], "cost": str(row["unit_cost"] / 100)}
        for row in page
        if row["unit_cost"] is not None
    ]
    await save_policy(services, policy.name, policy_body(policy), anew=True)
    started = await client.post("/api/v1/scans", json={"leads": leads, "policy": policy.name})
    run_id = UUID(started.json()["id"])
    await work(run_id)
    query = {"run_id": str(run_id), "sort": "row"}
    return (await client.get("/api/v1/decisions", params=query)).json()["items"]


@pytest.mark.parametrize("policy", [OTHER, BY_MAIL], ids=["from assessments", "worked out anew"])
async def test_equal_to_a_scan_under_the_policy(
    client: httpx2.AsyncClient,
    services: Services,
    scanned: Scanned,
    work: Callable[[UUID], Awaitable[None]],
    policy: Policy,
) -> None:
    await scanned(8)
    rows, tally = await rows_of(services, policy)
    assert tally.leads == len(rows) == 8
    assert tally.anew == (8 if policy.channel is Channel.FBM else 0)
    wanted = {row["asin"]: row for row in await scan_under(client, services, work, policy)}
    for row in rows:
        other = wanted[row["asin"]]
        for name in (
            "verdict", "max_cost", "profit", "expected_profit", "roi", "days_to_sell", "score",
            "probability_of_profit", "probability_of_target", "probability_of_loss",
        ):  # fmt: skip
            assert row[name] == other[name], name
        told = {one["code"]: one["status"] for one in other["reasons"]}
        assert {one["code"]: one["status"] for one in row["reasons"]} == told


async def test_missing_and_stale_assessments_are_worked_out_and_kept(
    services: Services, scanned: Scanned
) -> None:
    await scanned(3)
    first, _ = await rows_of(services, OTHER)
    missing, stale, _ = first
    async with services.database.begin() as session:
        gone = assessments.c.decision_id == missing["decision_id"]
        await session.execute(delete(assessments).where(gone))
        newer = update(products).values(
            fetched_at=products.c.fetched_at + func.make_interval(0, 0, 0, 1)
        )
        await session.execute(newer.where(products.c.asin == stale["asin"]))
    again, tally = await rows_of(services, OTHER)
    key = lambda row: row["decision_id"]  # noqa: E731
    assert sorted(again, key=key) == sorted(first, key=key)
    assert tally.anew == 2
    async with services.database.begin() as session:
        assert await session.scalar(select(func.count()).select_from(assessments)) == 3


async def test_the_best_purchases_and_counts_are_answered(
    client: httpx2.AsyncClient, services: Services, scanned: Scanned, problem: Problem
) -> None:
    run_id = await scanned(6)
    await save_policy(services, "other", policy_body(OTHER), anew=True)
    response = await client.post(PATH, json={"policy": "other", "run_id": str(run_id), "limit": 3})
    found = Redecisions.model_validate_json(response.content)
    assert found.leads == sum(found.now.model_dump().values()) == 6
    assert len(found.items) == 3
    assert sum(move.leads for move in found.moves) == sum(
        row.verdict != row.verdict_before
        for row in Redecisions.model_validate_json(
            (await client.post(PATH, json={"policy": "other", "limit": 500})).content
        ).items
    )
    same = (await client.post(PATH, json={"changed": True})).json()
    assert same["items"] == same["moves"] == []
    for wanted, code in (
        ({"policy": "none"}, "invalid_policy"),
        ({"run_id": str(uuid4())}, "not_found"),
    ):
        assert problem(await client.post(PATH, json=wanted)) == code


def test_the_command_line_redecides(run: Run, market: Marketplace, tmp_path: Path) -> None:
    leads = tmp_path / "leads.csv"
    rows = [f"{asin},2.50" for asin in market.asins[:5]]
    leads.write_text("\n".join(["asin,cost", *rows]), encoding="utf-8")
    assert run("scan", str(leads), "--json").returncode == 0
    assert run("policy", "dear", "min_profit_cents=90000").returncode == 0
    lines = [
        orjson.loads(line)
        for line in run("decide", "--policy", "dear", "--json").stdout.splitlines()
    ]
    summary = lines.pop()["summary"]
    assert summary["leads"] == len(lines) == 5
    assert {line["verdict"] for line in lines} <= {"skip", "unknown"}
    assert summary["changed"] == sum(summary["before"][v] for v in ("buy", "review"))
    assert "5 leads under policy dear" in run("decide", "--policy", "dear").stdout
    assert "5 leads under policy default" in run("decide", "--changed").stdout
