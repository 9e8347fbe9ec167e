from collections.abc import Callable
from datetime import UTC, datetime

import httpx2

import arbitragevault
from arbitragevault.entrypoints.api.schemas import overview
from arbitragevault.entrypoints.api.security import SECURITY_HEADERS


async def test_health(client: httpx2.AsyncClient) -> None:
    assert (await client.get("/api/v1/health/live")).json() == {"status": "ok"}
    ready = (await client.get("/api/v1/health/ready")).json()
    reached_at = datetime.fromisoformat(ready.pop("database_reached_at"))
    assert reached_at <= datetime.now(UTC)
    assert ready == {"status": "ok", "database": "embedded", "data_source": "sandbox"}


async def test_the_status_says_that_the_data_are_the_sandbox_s(client: httpx2.AsyncClient) -> None:
    status = overview.Status.model_validate_json((await client.get("/api/v1/status")).content)
    assert status.sandbox
    assert status.data_source == "sandbox"
    assert status.version == arbitragevault.__version__
    assert status.tokens.balance is not None
    assert status.tokens.spent_today == status.active_runs == 0


async def test_tokens(client: httpx2.AsyncClient) -> None:
    tokens = overview.TokenStatus.model_validate_json((await client.get("/api/v1/tokens")).content)
    assert tokens.balance == tokens.capacity == 72_000
    assert tokens.refill_per_minute == 1_200


async def test_policies(client: httpx2.AsyncClient) -> None:
    answer = overview.PolicyList.model_validate_json((await client.get("/api/v1/policies")).content)
    (policy,) = answer.items
    assert (policy.name, policy.min_roi, policy.confidence) == ("default", 0.3, 0.8)


async def test_every_answer_carries_the_security_headers(client: httpx2.AsyncClient) -> None:
    for path in ("/api/v1/status", "/api/v1/nope", "/openapi.json", "/"):
        headers = (await client.get(path)).headers
        assert {name: headers[name] for name in SECURITY_HEADERS} == dict(SECURITY_HEADERS)
        assert headers["x-request-id"]


async def test_unknown_addresses_are_problems_even_for_browsers(
    client: httpx2.AsyncClient, problem: Callable[[httpx2.Response], str]
) -> None:
    browser = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
    for path in ("/api", "/api/", "/api/v1/nope", "/api/v2/status"):
        response = await client.get(path, headers=browser)
        assert (response.status_code, problem(response)) == (404, "not_found")
    response = await client.delete("/api/v1/status")
    assert (response.status_code, problem(response)) == (405, "method_not_allowed")


async def test_the_server_answers_under_its_own_names_only(
    client: httpx2.AsyncClient, problem: Callable[[httpx2.Response], str]
) -> None:
    response = await client.get("/api/v1/status", headers={"host": "evil.example"})
    assert (response.status_code, problem(response)) == (421, "host_not_allowed")


async def test_other_sites_cannot_change_anything(
    client: httpx2.AsyncClient, problem: Callable[[httpx2.Response], str]
) -> None:
    response = await client.post(
        "/api/v1/scans",
        json={"leads": [{"identifier": "0593655036"}]},
        headers={"origin": "https://evil.example"},
    )
    assert (response.status_code, problem(response)) == (403, "cross_origin")
    assert (await client.get("/api/v1/runs")).json() == {"items": []}


async def test_large_answers_are_compressed(client: httpx2.AsyncClient) -> None:
    response = await client.get("/openapi.json", headers={"accept-encoding": "gzip"})
    assert response.headers["content-encoding"] == "gzip"
