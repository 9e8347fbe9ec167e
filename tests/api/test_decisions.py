from collections.abc import Awaitable, Callable, Sequence
from typing import Any, get_args
from uuid import UUID, uuid4

import httpx2
import pytest

from arbitragevault.adapters.postgres.repositories.decision_lists import SORTS
from arbitragevault.entrypoints.api.routes.decisions import Sort
from arbitragevault.entrypoints.api.schemas.decisions import DecisionPage, DecisionRow, ScanRow
from arbitragevault.sandbox.marketplace import Marketplace

Problem = Callable[[httpx2.Response], str]
Scanned = Callable[..., Awaitable[UUID]]
Start = Callable[[Sequence[dict[str, Any]]], Awaitable[UUID]]
Work = Callable[[UUID], Awaitable[None]]
PATH = "/api/v1/decisions"


async def page(client: httpx2.AsyncClient, **query: str | int) -> DecisionPage:
    response = await client.get(PATH, params=query)
    assert response.status_code == 200, response.text
    return DecisionPage.model_validate_json(response.content)


def test_every_sort_of_the_contract_is_offered() -> None:
    assert set(get_args(Sort)) == {*SORTS, *(f"-{name}" for name in SORTS)}


async def test_rows_of_a_run_in_input_order(
    client: httpx2.AsyncClient, scanned: Scanned, market: Marketplace
) -> None:
    run_id = await scanned()
    found = await page(client, run_id=str(run_id), sort="row")
    assert [row.row for row in found.items] == list(range(1, 10))
    assert [row.asin for row in found.items[:-1]] == list(market.asins[:8])
    assert found.items[-1].error is not None
    assert found.items[-1].verdict == "unknown"
    assert all(row.sandbox for row in found.items)
    assert sum(found.counts.model_dump().values()) == 9
    assert found.next_cursor is None


async def test_the_bytes_of_a_row_are_the_declared_model(
    client: httpx2.AsyncClient, scanned: Scanned
) -> None:
    """Rows are answered as stored; nothing may be in them that the contract does not name."""
    await scanned()
    body = (await client.get(PATH)).json()
    for item in body["items"]:
        assert set(item) == set(DecisionRow.model_fields)
        DecisionRow.model_validate(item, strict=False)
    assert set(ScanRow.model_fields) < set(DecisionRow.model_fields)


async def test_a_decision_is_found_by_its_id(
    client: httpx2.AsyncClient, scanned: Scanned, problem: Problem
) -> None:
    await scanned(2)
    row = (await client.get(PATH, params={"sort": "row"})).json()["items"][0]
    whole = (await client.get(f"{PATH}/{row['id']}")).json()
    # Lists leave the evidence out: nobody reads that of 500 rows at once.
    assert whole == row | {"evidence": whole["evidence"]}
    assert whole["evidence"]
    DecisionRow.model_validate(whole)
    response = await client.get(f"{PATH}/{2**62}")
    assert (response.status_code, problem(response)) == (404, "not_found")
    for wrong in ("0", "x", str(2**63)):
        response = await client.get(f"{PATH}/{wrong}")
        assert (response.status_code, problem(response)) == (422, "invalid_request")


async def test_lists_can_be_filtered(client: httpx2.AsyncClient, scanned: Scanned) -> None:
    await scanned()
    everything = (await page(client)).items
    for verdict in ("buy", "review", "skip", "unknown"):
        expected = sorted(row.id for row in everything if row.verdict == verdict)
        found = await page(client, verdict=verdict)
        assert sorted(row.id for row in found.items) == expected
        assert sum(found.counts.model_dump().values()) == 9
    assert len((await page(client, verdict="buy,review,skip,unknown")).items) == 9
    chosen = everything[3]
    assert [row.id for row in (await page(client, q=chosen.identifier.lower())).items] == [
        chosen.id
    ]
    assert (await page(client, q="100%_sure")).items == []
    assert {row.supplier for row in (await page(client, supplier="Shop 1")).items} == {"Shop 1"}
    assert (await page(client, run_id=str(uuid4()))).items == []


@pytest.mark.parametrize("sort", get_args(Sort))
async def test_pages_cut_any_list_without_gap_or_overlap(
    client: httpx2.AsyncClient, scanned: Scanned, sort: str
) -> None:
    await scanned()
    whole = [row.id for row in (await page(client, sort=sort)).items]
    read: list[int] = []
    cursor: dict[str, str] = {}
    while True:
        part = await page(client, sort=sort, limit=2, **cursor)
        assert sum(part.counts.model_dump().values()) == 9  # later pages repeat them
        read += [row.id for row in part.items]
        if part.next_cursor is None:
            break
        cursor = {"cursor": part.next_cursor}
    assert read == whole
    assert len(set(read)) == 9


async def test_values_that_are_not_known_come_last(
    client: httpx2.AsyncClient, scanned: Scanned
) -> None:
    await scanned()
    for sort in ("max_cost", "-max_cost"):
        values = [row.max_cost for row in (await page(client, sort=sort)).items]
        known = [value for value in values if value is not None]
        assert values[: len(known)] == known == sorted(known, reverse=sort.startswith("-"))


@pytest.mark.parametrize(
    "query",
    [
        {"verdict": "perhaps"},
        {"verdict": "buy,,skip"},
        {"sort": "luck"},
        {"limit": "0"},
        {"limit": "501"},
        {"run_id": "x"},
        {"q": "x" * 201},
        {"q": "a\x00b"},
        {"supplier": "\x01"},
    ],
)
async def test_queries_that_make_no_sense_are_problems(
    client: httpx2.AsyncClient, problem: Problem, query: dict[str, str]
) -> None:
    response = await client.get(PATH, params=query)
    assert (response.status_code, problem(response)) == (422, "invalid_request")


@pytest.mark.parametrize(
    "cursor", ["x", "!!!", "bnVsbA", "MQ", "WzEsMiwzXQ", "\u00e9", "WyItZGVjaWRlZF9hdCIsIngiLDFd"]
)
async def test_a_cursor_of_another_list_is_a_problem(
    client: httpx2.AsyncClient, problem: Problem, cursor: str
) -> None:
    response = await client.get(PATH, params={"cursor": cursor})
    assert (response.status_code, problem(response)) == (422, "invalid_input")


async def test_a_cursor_belongs_to_its_sort(
    client: httpx2.AsyncClient, scanned: Scanned, problem: Problem
) -> None:
    await scanned()
    cursor = (await page(client, sort="row", limit=2)).next_cursor
    response = await client.get(PATH, params={"sort": "title", "cursor": cursor})
    assert (response.status_code, problem(response)) == (422, "invalid_input")
