"""Reports of backtests are kept, and shown by command line and HTTP as what they were."""

from __future__ import annotations

import asyncio
import json
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx2
import pytest

from arbitragevault.adapters.keepa.wire import decode_keepa
from arbitragevault.application.evidence import backtest, in_turn, one_by_one
from arbitragevault.application.evidence_reports import keep_report, newest_reports
from arbitragevault.application.services import Services
from arbitragevault.domain.decision.digests import MODEL_VERSION
from arbitragevault.domain.decision.policy import Policy
from arbitragevault.domain.market.clock import MINUTES_PER_DAY, to_datetime
from arbitragevault.sandbox.marketplace import Marketplace
from arbitragevault.sandbox.server import create_sandbox
from arbitragevault.sandbox.simulated import SimulatedSource

Json = dict[str, Any]
Run = Callable[..., "subprocess.CompletedProcess[str]"]

YOUNG_DAYS = 470
"""A history little longer than what a replay needs: a year before, and the window after."""


@pytest.fixture(scope="module")
def recorded(market: Marketplace) -> bytes:
    """The sandbox's answer about a product, given when its history was young."""

    async def ask(minute: int) -> bytes:
        sandbox = create_sandbox(
            SimulatedSource(market), clock=lambda: to_datetime(minute).timestamp()
        )
        transport = httpx2.ASGITransport(app=sandbox)
        async with httpx2.AsyncClient(transport=transport, base_url="http://sandbox") as client:
            answer = await client.get(f"/product?key={'0' * 64}&domain=1&asin={market.asins[0]}")
        return answer.content

    (whole,) = decode_keepa(asyncio.run(ask(8_100_000)))
    first = min(int(one.minutes[0]) for one in whole.history.values())
    return asyncio.run(ask(first + YOUNG_DAYS * MINUTES_PER_DAY))


@pytest.fixture(scope="module")
def report(recorded: bytes) -> Json:
    sources = in_turn(one_by_one(decode_keepa(recorded)))
    return asyncio.run(backtest(sources, Policy(), source="recordings", workers=1))


def test_a_backtest_is_kept_and_shown(run: Run, tmp_path: Path, recorded: bytes) -> None:
    (tmp_path / "recordings").mkdir()
    assert "arbitragevault backtest --sandbox" in " ".join(run("evidence").stdout.split())
    assert json.loads(run("evidence", "--json").stdout) == {"items": []}
    assert "No evidence yet" in run("evidence", "--list").stdout
    asked = ("backtest", "--recordings", "recordings", "--workers", "1")
    done = run(*asked)
    assert (done.returncode, done.stdout) == (0, "")
    assert "Nothing was replayed" in done.stderr

    (tmp_path / "recordings" / "product.json").write_bytes(recorded)
    told = json.loads(run(*asked, "--json", "--no-save").stdout)
    done = run(*asked)
    assert "10 replayed decisions about 1 products" in done.stdout
    assert "Kept as evidence 1" in done.stderr

    (kept,) = json.loads(run("evidence", "--json").stdout)["items"]
    assert (kept["id"], kept["source"], kept["sandbox"]) == (1, "recordings", False)
    assert kept["is_current"]
    assert kept["report"] | {"seconds": 0} == told | {"seconds": 0}
    assert [*kept["report"]["rules"]] == [*told["rules"]]
    shown = run("evidence").stdout
    assert "Evidence 1: recordings" in shown
    assert "Max cost at 80%" in shown
    assert run("evidence", "1").stdout == shown
    (listed,) = json.loads(run("evidence", "--list", "--json").stdout)["kept"]
    assert (listed["id"], listed["windows"]) == (1, 10)
    assert "recordings" in run("evidence", "--list").stdout
    both = run("evidence", "1", "--list")
    assert (both.returncode, "leave the number or --list out" in both.stderr) == (2, True)
    missing = run("evidence", "2")
    assert (missing.returncode, "There is no evidence 2" in missing.stderr) == (1, True)

    without = run(*asked, "--json", DATABASE_URL="nonsense")
    assert without.returncode == 0
    assert json.loads(without.stdout)["data_digest"] == told["data_digest"]
    assert "The report is not kept" in without.stderr


def test_evidence_of_another_model_says_so(
    run: Run, tmp_path: Path, recorded: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "product.json").write_bytes(recorded)
    assert run("backtest", "--recordings", ".", "--workers", "1").returncode == 0
    monkeypatch.setattr("arbitragevault.application.evidence_reports.MODEL_VERSION", "next")
    assert "next decides now" in " ".join(run("evidence").stdout.split())


async def test_the_newest_of_each_source_is_answered(
    client: httpx2.AsyncClient,
    services: Services,
    report: Json,
    problem: Callable[[httpx2.Response], str],
) -> None:
    assert (await client.get("/api/v1/evidence")).json() == {"items": [], "kept": []}
    first = await keep_report(services, report)
    older = await keep_report(services, report | {"model_version": "1.0", "source": "sandbox"})
    last = await keep_report(services, report | {"data_digest": "another"})
    answer = (await client.get("/api/v1/evidence")).json()
    items, listed = answer["items"], answer["kept"]
    assert [one["id"] for one in listed] == [last, older, first]
    assert [one["source"] for one in listed] == ["recordings", "sandbox", "recordings"]
    assert {one["windows"] for one in listed} == {report["windows"]}
    assert [one["id"] for one in items] == [last, older]
    recordings, sandbox = items
    assert (recordings["is_current"], sandbox["is_current"]) == (True, False)
    assert sandbox["running_model_version"] == MODEL_VERSION
    assert sandbox["sandbox"]
    told = recordings["report"]
    assert told["windows"] == report["windows"] > 0
    assert told["data_digest"] == "another"
    # Nothing that a report tells is lost on the way through the schema.
    assert _without_nulls(told) == _without_nulls(report | {"data_digest": "another"})

    kept = (await client.get(f"/api/v1/evidence/{first}")).json()
    assert kept["report"]["data_digest"] == report["data_digest"]
    missing = await client.get("/api/v1/evidence/999999")
    assert (missing.status_code, problem(missing)) == (404, "not_found")


async def test_what_was_stored_from_the_sandbox_is_no_evidence_about_keepas_data(
    services: Services, report: Json
) -> None:
    of_keepa = replace(services, data_source="keepa")
    await keep_report(services, report | {"source": "stored"})
    assert [one.sandbox for one in await newest_reports(services)] == [True]
    assert await newest_reports(of_keepa) == []
    await keep_report(of_keepa, report | {"source": "stored"})
    assert [one.sandbox for one in await newest_reports(of_keepa)] == [False]
    assert [one.sandbox for one in await newest_reports(services)] == [True]


def _without_nulls(value: Any) -> Any:  # noqa: ANN401 - JSON
    """JSON without what is null or empty, which the schema fills in."""
    if isinstance(value, dict):
        found = {key: _without_nulls(one) for key, one in value.items()}
        return {key: one for key, one in found.items() if one not in (None, {}, [])}
    return [_without_nulls(one) for one in value] if isinstance(value, list) else value
