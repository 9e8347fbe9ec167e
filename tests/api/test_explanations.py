"""Explanations and forms over HTTP, written by the template."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import httpx2
import pytest

from arbitragevault.entrypoints.api.schemas.explanations import (
    Explanation,
    FilledForm,
    NarratorUsage,
)
from arbitragevault.sandbox.marketplace import Marketplace
from arbitragevault.sandbox.service import RequestLog

Problem = Callable[[httpx2.Response], str]
Scanned = Callable[..., Awaitable[UUID]]
PATH = "/api/v1/explanations"


async def decisions(client: httpx2.AsyncClient) -> list[dict[str, Any]]:
    response = await client.get("/api/v1/decisions", params={"sort": "row"})
    rows: list[dict[str, Any]] = response.json()["items"]
    return [row for row in rows if not row["error"]]


async def test_a_decision_is_explained_beside_its_facts(
    client: httpx2.AsyncClient, scanned: Scanned
) -> None:
    await scanned()
    decision = (await decisions(client))[0]
    response = await client.post(PATH, json={"use": "why", "decision_id": decision["id"]})
    assert response.status_code == 200, response.text
    found = Explanation.model_validate_json(response.content)
    assert found.author == "template"
    assert found.why_template is not None
    assert found.why_template.code == "off"
    known = {fact.id for fact in found.facts}
    assert {id_ for part in found.parts for claim in part.claims for id_ in claim.facts} == known


async def test_claims_come_as_events(client: httpx2.AsyncClient, scanned: Scanned) -> None:
    await scanned()
    decision = (await decisions(client))[0]
    request = {"use": "why", "decision_id": decision["id"]}
    response = await client.post(f"{PATH}/events", json=request)
    assert response.headers["content-type"].startswith("text/event-stream")
    blocks = [block for block in response.text.split("\n\n") if "event:" in block]
    names = [block.split("event: ")[1].split("\n")[0] for block in blocks]
    assert names == [*["claim"] * (len(names) - 1), "written"]
    whole = json.loads(blocks[-1].split("data: ")[1])
    assert Explanation.model_validate(whole).use == "why"


async def test_a_product_on_given_terms_is_explained(
    client: httpx2.AsyncClient, scanned: Scanned, market: Marketplace
) -> None:
    await scanned()
    product = {"asin": market.asins[0], "cost": "1.00", "quantity": 2}
    response = await client.post(PATH, json={"use": "why", "product": product})
    assert response.status_code == 200, response.text


async def test_shortlist_digest_and_comparison(
    client: httpx2.AsyncClient, scanned: Scanned
) -> None:
    run_id = await scanned(20)
    first, second = (await decisions(client))[:2]
    for request in (
        {"use": "digest"},
        {"use": "digest", "day": "2020-01-01"},
        {"use": "comparison", "one": first["id"], "other": second["id"]},
    ):
        response = await client.post(PATH, json=request)
        assert response.status_code == 200, response.text
        found = Explanation.model_validate_json(response.content)
    assert [part.asin for part in found.parts] == [first["asin"], second["asin"], None]
    shortlist = {"use": "shortlist", "run_id": str(run_id), "size": 5, "speed": 1.0}
    response = await client.post(PATH, json=shortlist)
    if response.status_code == 200:
        picks = Explanation.model_validate_json(response.content).parts[1:]
        assert all(part.decision_id is not None for part in picks)
    else:
        assert "nothing to list" in response.json()["detail"]


@pytest.mark.parametrize(
    ("request_body", "expected"),
    [
        ({"use": "why"}, "invalid_request"),
        ({"use": "why", "decision_id": 1, "product": {"asin": "B000000000"}}, "invalid_request"),
        ({"use": "why", "decision_id": 10**12}, "not_found"),
        ({"use": "why", "product": {"asin": "B000000000"}}, "product_not_stored"),
        ({"use": "poem"}, "invalid_request"),
        ({"use": "shortlist", "size": 6}, "invalid_request"),
        ({"use": "shortlist"}, "invalid_input"),
        ({"use": "comparison", "one": 1, "other": 1}, "invalid_input"),
    ],
)
@pytest.mark.parametrize("path", [PATH, f"{PATH}/events"])
async def test_what_cannot_be_explained_is_refused(
    client: httpx2.AsyncClient,
    problem: Problem,
    request_body: dict[str, Any],
    expected: str,
    path: str,
) -> None:
    assert problem(await client.post(path, json=request_body)) == expected


async def test_words_become_a_form_that_asks_keepa_nothing(
    client: httpx2.AsyncClient, sandbox_log: RequestLog
) -> None:
    request = {"words": "books under $20 ranked below 100,000 for my aunt"}
    response = await client.post("/api/v1/forms/finder", json=request)
    form = FilledForm.model_validate_json(response.content)
    assert form.fields == {
        "rootCategory": ["283155"],
        "current_NEW_lte": 2000,
        "current_SALES_lte": 100000,
    }
    assert form.left == ["for my aunt"]
    assert form.tokens == 11
    assert not sandbox_log.entries


async def test_nothing_understood_is_an_empty_form(client: httpx2.AsyncClient) -> None:
    request = {"words": "delete everything", "author": "template"}
    response = await client.post("/api/v1/forms/finder", json=request)
    form = FilledForm.model_validate_json(response.content)
    assert (form.fields, form.left, form.tokens) == ({}, ["delete everything"], None)


async def test_filters_and_columns(client: httpx2.AsyncClient, problem: Problem) -> None:
    response = await client.post("/api/v1/forms/filter", json={"words": "buys, best ROI first"})
    assert response.json()["fields"] == {"verdicts": ["buy"], "sort": "-roi"}
    request = {"headings": ["Artikel", "Preis"], "rows": [["9780593655030", "12.50"]]}
    response = await client.post("/api/v1/forms/columns", json=request)
    assert response.json()["fields"] == {"identifier": "Artikel", "cost": "Preis"}
    assert problem(await client.post("/api/v1/forms/filter", json={"words": "  "})) == (
        "invalid_input"
    )
    assert problem(await client.post("/api/v1/forms/columns", json={"headings": [""]})) == (
        "invalid_input"
    )


async def test_usage_tells_what_may_be_sent(client: httpx2.AsyncClient) -> None:
    response = await client.get(f"{PATH}/usage")
    usage = NarratorUsage.model_validate_json(response.content)
    assert (usage.model, usage.calls, usage.tokens) == (None, 0, 0)
    assert "unit_cost" not in usage.sent


async def test_a_file_of_odd_headings_names_its_columns(client: httpx2.AsyncClient) -> None:
    table = b"Artikel/Nr.;Preis\n9780593655030;12.50\n9780134093413;3.00\n"
    response = await client.post(
        "/api/v1/scans", params={"dry_run": True}, files={"file": ("odd.csv", table, "text/csv")}
    )
    body = response.json()
    assert (response.status_code, body["code"]) == (422, "unreadable_lead_file")
    columns = {item["pointer"]: item["message"] for item in body["errors"]}
    assert columns == {
        "/columns/Artikel~1Nr.": "9780593655030 · 9780134093413",
        "/columns/Preis": "12.50 · 3.00",
    }
