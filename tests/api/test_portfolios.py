"""Buy lists and policies through the API and the command line."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import httpx2
import orjson
import pytest

from arbitragevault.sandbox.marketplace import Marketplace

if TYPE_CHECKING:
    import subprocess

Problem = Callable[[httpx2.Response], str]
Start = Callable[..., Awaitable[UUID]]
Work = Callable[[UUID], Awaitable[None]]
Run = Callable[..., "subprocess.CompletedProcess[str]"]
PATH = "/api/v1/portfolios"
EASY = {
    "min_profit_cents": 1,
    "min_roi": 0,
    "confidence": 0.5,
    "max_days_to_sell": 700,
    "max_sales_rank": None,
    "max_amazon_share": None,
    "max_data_age_days": 10_000,
}


@pytest.fixture
async def run_id(client: httpx2.AsyncClient, start: Start, work: Work, market: Marketplace) -> UUID:
    """A finished run of cheap leads, one of them in lots of two."""
    leads: list[dict[str, Any]] = [
        {"identifier": asin, "cost": "1.50", "quantity": 3} for asin in market.asins[:16]
    ]
    leads[0] |= {"min_quantity": 2}
    stored = await client.put("/api/v1/policies/easy", json=EASY)
    assert stored.status_code == 200, stored.text
    run = await start(leads)
    await work(run)
    return run


async def choose(client: httpx2.AsyncClient, **wanted: object) -> dict[str, Any]:
    response = await client.post(PATH, json={"admit": "reviews", "policy": "easy", **wanted})
    assert response.status_code == 200, response.text
    body: dict[str, Any] = response.json()
    return body


async def test_a_budget_is_spent_on_what_makes_most(
    client: httpx2.AsyncClient, run_id: UUID
) -> None:
    found = await choose(client, budget=2_000, run_id=str(run_id))
    lines = found["lines"]
    assert lines
    assert found["sandbox"] is True
    assert found["spent"] == sum(line["quantity"] * line["unit_cost"] for line in lines) <= 2_000
    assert found["expected_profit"] == sum(line["expected_profit"] for line in lines)
    assert all(1 <= line["quantity"] <= line["most"] <= 3 for line in lines)
    assert found["expected_profit"] >= found["instead"]["expected_profit"]
    assert found["leads"] == 16
    assert {limit["limit"] for limit in found["limits"]} == {"budget"}
    # The same list without naming the run: there is no other.
    assert (await choose(client, budget=2_000))["lines"] == lines


@pytest.mark.usefixtures("run_id")
async def test_limits_are_kept(client: httpx2.AsyncClient) -> None:
    free = await choose(client, budget=100_000)
    held = await choose(client, budget=100_000, max_per_product=300, max_per_category=600)
    assert all(line["quantity"] <= 2 for line in held["lines"])
    assert held["expected_profit"] < free["expected_profit"]
    gains = {limit["limit"]: limit["gain"] for limit in held["limits"]}
    assert gains["category"] > 0
    none = await choose(client, budget=0, max_units=0, max_per_brand=0, max_loss=0)
    assert none["lines"] == []


@pytest.mark.parametrize(
    ("wanted", "status", "code"),
    [
        ({"budget": -1}, 422, "invalid_request"),
        ({"budget": 100, "policy": "none such"}, 422, "invalid_policy"),
        ({"budget": 100, "run_id": str(uuid4())}, 404, "not_found"),
        ({"budget": 100, "marketplace": "XX"}, 422, "unknown_marketplace"),
    ],
)
async def test_what_cannot_be_asked_is_a_problem(
    client: httpx2.AsyncClient,
    problem: Problem,
    wanted: dict[str, object],
    status: int,
    code: str,
) -> None:
    response = await client.post(PATH, json=wanted)
    assert (response.status_code, problem(response)) == (status, code)


async def test_a_policy_keeps_its_versions(client: httpx2.AsyncClient, problem: Problem) -> None:
    first = await client.put("/api/v1/policies/mine", json={"min_roi": 0.5})
    assert first.json()["min_roi"] == 0.5
    assert first.json()["confidence"] == 0.8
    again = await client.put("/api/v1/policies/mine", json={"costs": {"sales_tax": "0.08"}})
    assert (again.json()["min_roi"], again.json()["costs"]["sales_tax"]) == (0.3, "0.08")
    names = [one["name"] for one in (await client.get("/api/v1/policies")).json()["items"]]
    assert names == ["default", "mine"]
    refused = await client.put("/api/v1/policies/mine", json={"confidence": 0.1})
    assert (refused.status_code, problem(refused)) == (422, "invalid_policy")


def test_the_command_line_chooses_too(run: Run, market: Marketplace, tmp_path: Path) -> None:
    leads = tmp_path / "leads.csv"
    rows = [f"{asin},1.50,3" for asin in market.asins[:16]]
    leads.write_text("\n".join(["asin,cost,quantity", *rows]), encoding="utf-8")
    easy = [f"{name}={'none' if value is None else value}" for name, value in EASY.items()]
    assert run("policy", "easy", *easy).returncode == 0
    scanned = run("scan", str(leads), "--policy", "easy", "--json")
    run_id = orjson.loads(scanned.stdout.splitlines()[-1])["summary"]["run_id"]
    options = ("--admit", "reviews", "--max-loss", "50")
    found = orjson.loads(
        run("allocate", "--budget", "20", "--run", run_id, *options, "--json").stdout
    )
    assert 0 < found["spent"] <= found["budget"] == 2_000
    assert all(
        {"asin", "quantity", "unit_cost", "expected_profit"} <= set(one) for one in found["lines"]
    )
    shown = run("allocate", "--budget", "20", *options).stdout
    assert "Expected profit" in shown
    assert "Ranked by ROI instead" in shown
    assert "The limit budget costs" in shown
    assert " on 0 of " in run("allocate", "--budget", "0").stdout
    refused = run("allocate", "--budget", "much")
    assert refused.returncode == 2
    assert "much" in refused.stderr


def test_policies_on_the_command_line(run: Run) -> None:
    shown = run("policy", "mine", "max_sales_rank=none", "costs.sales_tax=0.08").stdout
    assert "max_sales_rank = none" in shown
    assert "costs.sales_tax = 0.08" in shown
    body = orjson.loads(run("policy", "mine", "channel=fbm", "--json").stdout)
    assert (body["channel"], body["max_sales_rank"]) == ("fbm", None)
    listed = run("policy").stdout.splitlines()
    assert [line.partition(":")[0] for line in listed if ": profit" in line] == ["default", "mine"]
    assert "min_roi = 0.3" in run("policy", "default").stdout


@pytest.mark.parametrize(
    "words", [["x", "nonsense"], ["x", "costs=1"], ["x", "foo=1"], ["x", "min_roi=-5"], ["none"]]
)
def test_a_policy_that_cannot_be_is_refused(run: Run, words: list[str]) -> None:
    refused = run("policy", *words)
    assert refused.returncode in {1, 2}
    assert refused.stderr
