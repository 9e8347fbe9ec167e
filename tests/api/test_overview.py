from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import httpx2

import arbitragevault
from arbitragevault.adapters.postgres.engine import Database
from arbitragevault.application.overview import LOOK_AGAIN
from arbitragevault.application.services import Services
from arbitragevault.entrypoints.api.app import create_app
from arbitragevault.entrypoints.api.lifetime import serving
from arbitragevault.entrypoints.api.schemas import overview
from arbitragevault.entrypoints.api.security import SECURITY_HEADERS

BASE = "http://127.0.0.1:8765"


async def test_health(client: httpx2.AsyncClient) -> None:
    assert (await client.get("/api/v1/health/live")).json() == {"status": "ok"}
    ready = (await client.get("/api/v1/health/ready")).json()
    reached_at = datetime.fromisoformat(ready.pop("database_reached_at"))
    assert reached_at <= datetime.now(UTC)
    assert ready == {"status": "ok", "database": "embedded", "data_source": "sandbox"}


async def test_a_database_that_is_away_is_a_problem_until_it_is_back(
    services: Services, problem: Callable[[httpx2.Response], str]
) -> None:
    app = create_app()
    async with (
        Database("postgresql://somebody@127.0.0.1:1/shop", retry_seconds=0) as away,
        serving(app, replace(services, database=away)),
        httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url=BASE) as client,
    ):
        ready = await client.get("/api/v1/health/ready")
        assert (ready.status_code, ready.json()["database_reached_at"]) == (200, None)
        assert problem(await client.get("/api/v1/runs")) == "database"
        failed_at = away.reach.failed_at
        ready = await client.get("/api/v1/health/ready")
        assert (ready.status_code, problem(ready)) == (503, "database")
        assert "has not been reached since the start" in ready.json()["detail"]
        assert away.reach.failed_at == failed_at  # nobody asked it
        away.reach.failed_at = long_ago = services.clock.now() - 2 * LOOK_AGAIN
        assert (await client.get("/api/v1/health/ready")).status_code == 503
        assert away.reach.failed_at > long_ago  # tried again
        away.reach.succeeded()
        assert (await client.get("/api/v1/health/ready")).status_code == 200


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
