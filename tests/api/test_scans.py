import io
import json
from collections.abc import AsyncIterator, Callable

import httpx2
import openpyxl
import pytest

from arbitragevault.entrypoints.api.schemas.runs import Run, ScanPreview
from arbitragevault.entrypoints.api.security import BODY_LIMIT_BYTES, UPLOAD_LIMIT_BYTES
from arbitragevault.sandbox.marketplace import Marketplace

Problem = Callable[[httpx2.Response], str]


def csv_of(market: Marketplace, count: int = 3) -> bytes:
    lines = [f"{asin},{5 + place}.00,2" for place, asin in enumerate(market.asins[:count])]
    return "\n".join(["ASIN,Cost,Qty", *lines, "rubbish,1.00,1"]).encode()


async def upload(
    client: httpx2.AsyncClient,
    content: bytes,
    name: str = "leads.csv",
    query: str = "",
    **fields: str,
) -> httpx2.Response:
    return await client.post(
        f"/api/v1/scans{query}", files={"file": (name, content, "text/csv")}, data=fields
    )


async def test_a_lead_file_becomes_a_run(client: httpx2.AsyncClient, market: Marketplace) -> None:
    response = await upload(client, csv_of(market))
    assert response.status_code == 202
    run = Run.model_validate_json(response.content)
    assert response.headers["location"] == f"/api/v1/runs/{run.id}"
    assert (run.state, run.source, run.rows, run.done) == ("queued", "leads.csv", 4, 0)
    assert (await client.get(response.headers["location"])).json() == response.json()


async def test_the_same_file_sent_again_continues_its_run(
    client: httpx2.AsyncClient, market: Marketplace
) -> None:
    first = (await upload(client, csv_of(market))).json()
    again = (await upload(client, csv_of(market), name="copy.csv")).json()
    other = (await upload(client, csv_of(market), offers="true")).json()
    assert again["id"] == first["id"]
    assert other["id"] != first["id"]


async def test_a_workbook_is_read_too(client: httpx2.AsyncClient, market: Marketplace) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (("Identifier", "Cost"), (market.asins[0], 4.5), (market.asins[1], "5.25")):
        sheet.append(row)
    content = io.BytesIO()
    book.save(content)
    response = await upload(client, content.getvalue(), name="leads.xlsx")
    assert response.status_code == 202
    assert response.json()["rows"] == 2


async def test_a_dry_run_starts_and_spends_nothing(
    client: httpx2.AsyncClient, market: Marketplace
) -> None:
    response = await upload(client, csv_of(market), query="?dry_run=true")
    assert response.status_code == 200
    preview = ScanPreview.model_validate_json(response.content)
    assert set(response.json()) == set(ScanPreview.model_fields)
    assert preview.currency == "USD"
    assert (preview.rows, preview.bad_rows, preview.duplicates) == (4, 1, 0)
    assert [column.field for column in preview.columns] == ["identifier", "cost", "quantity"]
    assert preview.columns[1].sample == ["5.00", "6.00", "7.00"]
    first, bad = preview.preview[0], preview.preview[-1]
    assert (first.asin, first.unit_cost, first.quantity) == (market.asins[0], 500, 2)
    assert bad.error is not None
    assert bad.error.code == "invalid_identifier"
    assert preview.estimate.products == preview.estimate.to_fetch == 3
    assert preview.estimate.tokens >= 3
    assert (await client.get("/api/v1/runs")).json() == {"items": []}


async def test_columns_can_be_chosen(client: httpx2.AsyncClient, market: Marketplace) -> None:
    content = f"Thing,Paid,Asked\n{market.asins[0]},1.00,2.00\n".encode()
    columns = json.dumps({"identifier": "Thing", "cost": "Asked"})
    response = await upload(client, content, query="?dry_run=true", columns=columns)
    assert response.json()["preview"][0]["unit_cost"] == 200


@pytest.mark.parametrize("columns", ["[]", "{", '{"cost": 1}', '"x"'])
async def test_columns_must_be_a_mapping(
    client: httpx2.AsyncClient, market: Marketplace, problem: Problem, columns: str
) -> None:
    response = await upload(client, csv_of(market), columns=columns)
    assert (response.status_code, problem(response)) == (422, "invalid_request")
    assert response.json()["errors"][0]["pointer"] == "/columns"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("empty.csv", b""),
        ("header.csv", b"ASIN,Cost\n"),
        ("picture.csv", b"\x89PNG\r\n\x1a\n" + bytes(200)),
        ("prose.csv", b"Dear Sir,\nplease find attached\n"),
        ("broken.xlsx", b"PK\x03\x04" + bytes(500)),
    ],
)
async def test_a_file_that_cannot_be_read_is_one_clear_problem(
    client: httpx2.AsyncClient, problem: Problem, name: str, content: bytes
) -> None:
    response = await upload(client, content, name=name)
    assert (response.status_code, problem(response)) == (422, "unreadable_lead_file")
    assert name in response.json()["detail"]
    assert (await client.get("/api/v1/runs")).json() == {"items": []}


async def test_leads_can_be_typed(client: httpx2.AsyncClient, market: Marketplace) -> None:
    leads = [
        {"identifier": market.asins[0], "cost": 12.5, "quantity": 3, "condition": "Used - Good"},
        {"identifier": market.asins[1], "cost": "$9.99", "notes": "signed\x00"},
        {"identifier": "", "cost": None},
    ]
    response = await client.post("/api/v1/scans?dry_run=true", json={"leads": leads})
    first, second, third = response.json()["preview"]
    assert (first["unit_cost"], first["quantity"], first["condition"]) == (1250, 3, "used_good")
    assert second["unit_cost"] == 999
    assert third["error"]["code"] == "invalid_identifier"
    assert response.json()["columns"] == []
    response = await client.post("/api/v1/scans", json={"leads": leads})
    assert response.status_code == 202


@pytest.mark.parametrize("cost", [1e300, "1e400", "9" * 500, -5, "-5", "twelve", 0.001])
async def test_an_impossible_cost_is_the_row_s_error_or_the_request_s(
    client: httpx2.AsyncClient, market: Marketplace, cost: float | str
) -> None:
    body = {"leads": [{"identifier": market.asins[0], "cost": cost}]}
    response = await client.post("/api/v1/scans?dry_run=true", json=body)
    assert response.status_code in {200, 422}


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/leads"),
        ({"leads": []}, "/leads"),
        ({"leads": [{"cost": 1}]}, "/leads/0/identifier"),
        ({"leads": [{"identifier": "x", "price": 1}]}, "/leads/0/price"),
        ({"leads": [{"identifier": "x"}], "offers": "perhaps"}, "/offers"),
        ([], ""),
    ],
)
async def test_a_malformed_request_names_the_place(
    client: httpx2.AsyncClient, problem: Problem, body: object, pointer: str
) -> None:
    response = await client.post("/api/v1/scans", json=body)
    assert (response.status_code, problem(response)) == (422, "invalid_request")
    assert pointer in [item["pointer"] for item in response.json()["errors"]]


@pytest.mark.parametrize(
    ("terms", "code"),
    [({"policy": "bold"}, "invalid_policy"), ({"marketplace": "XX"}, "unknown_marketplace")],
)
async def test_terms_must_exist(
    client: httpx2.AsyncClient,
    market: Marketplace,
    problem: Problem,
    terms: dict[str, str],
    code: str,
) -> None:
    body = {"leads": [{"identifier": market.asins[0]}], **terms}
    for query in ("", "?dry_run=true"):
        response = await client.post(f"/api/v1/scans{query}", json=body)
        assert (response.status_code, problem(response)) == (422, code)
    response = await upload(client, csv_of(market), **terms)
    assert (response.status_code, problem(response)) == (422, code)


async def test_bodies_that_are_no_leads(client: httpx2.AsyncClient, problem: Problem) -> None:
    path = "/api/v1/scans"
    response = await client.post(path, content=b"x", headers={"content-type": "text/plain"})
    assert (response.status_code, problem(response)) == (415, "unsupported_media_type")
    response = await client.post(path)
    assert (response.status_code, problem(response)) == (415, "unsupported_media_type")
    json_type = {"content-type": "application/json"}
    response = await client.post(path, content=b"{", headers=json_type)
    assert (response.status_code, problem(response)) == (422, "invalid_request")
    response = await client.post(path, files={"other": ("x.csv", b"ASIN\n")})
    assert (response.status_code, problem(response)) == (422, "invalid_request")
    response = await client.post(path, data={"file": "x"}, files={"a": ("x.csv", b"")})
    assert problem(response) == "invalid_request"
    broken = {"content-type": "multipart/form-data; boundary=x"}
    response = await client.post(path, content=b"--y\r\n", headers=broken)
    assert response.status_code in {400, 422}
    assert problem(response) in {"bad_request", "invalid_request"}
    response = await client.post(path, content=b"", headers={"content-type": "multipart/form-data"})
    assert (response.status_code, problem(response)) == (400, "bad_request")


async def test_bodies_that_are_too_large(client: httpx2.AsyncClient, problem: Problem) -> None:
    too_long = {"content-length": str(UPLOAD_LIMIT_BYTES + 1)}
    response = await client.post(
        "/api/v1/scans",
        content=b"--x--",
        headers={"content-type": "multipart/form-data; boundary=x", **too_long},
    )
    assert (response.status_code, problem(response)) == (413, "body_too_large")
    assert "100 MB" in response.json()["detail"]
    leads = [{"identifier": "x" * 1_900}] * (BODY_LIMIT_BYTES // 1_900)
    response = await client.post("/api/v1/scans", json={"leads": leads})
    assert (response.status_code, problem(response)) == (413, "body_too_large")

    async def endless() -> AsyncIterator[bytes]:
        for _ in range(40):
            yield b" " * (BODY_LIMIT_BYTES // 20)

    response = await client.post(
        "/api/v1/scans", content=endless(), headers={"content-type": "application/json"}
    )
    assert (response.status_code, problem(response)) == (413, "body_too_large")
