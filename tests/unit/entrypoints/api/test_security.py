from collections.abc import AsyncIterator

import httpx2
import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from arbitragevault.entrypoints.api.security import (
    BODY_LIMIT_BYTES,
    SECURITY_HEADERS,
    UPLOAD_LIMIT_BYTES,
    BodyLimit,
    Guard,
    body_limit_of,
    is_loopback_name,
)


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    body = await Request(scope, receive).body()
    await PlainTextResponse(str(len(body)))(scope, receive, send)


async def ask(
    app: ASGIApp,
    method: str = "GET",
    headers: dict[str, str] | None = None,
    content: bytes | AsyncIterator[bytes] = b"",
) -> httpx2.Response:
    transport = httpx2.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx2.AsyncClient(transport=transport, base_url="http://localhost:8765") as client:
        return await client.request(method, "/x", headers=headers, content=content)


@pytest.mark.parametrize(
    "name", ["localhost", "LOCALHOST", "127.0.0.1", "127.9.9.9", "[::1]", "::1", "a.localhost"]
)
def test_names_of_this_machine(name: str) -> None:
    assert is_loopback_name(name)


@pytest.mark.parametrize(
    "name",
    ["evil.example", "localhost.evil.example", "10.0.0.1", "0.0.0.0", "[::2]", ""],  # noqa: S104
)
def test_names_of_other_machines(name: str) -> None:
    assert not is_loopback_name(name)


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8765", "localhost@evil.example", "", "a b", "[::1"]
)
async def test_a_request_under_a_foreign_name_is_refused(host: str) -> None:
    response = await ask(Guard(echo), headers={"host": host})
    assert response.status_code == 421
    assert response.json()["code"] == "host_not_allowed"
    assert response.headers["x-content-type-options"] == "nosniff"


async def test_every_answer_carries_the_security_headers() -> None:
    response = await ask(Guard(echo))
    assert response.status_code == 200
    for name, value in SECURITY_HEADERS.items():
        assert response.headers[name] == value
    assert "unsafe" not in response.headers["content-security-policy"]


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "http://localhost:9999"},
        {"origin": "null"},
        {"origin": "http://[broken"},
        {"origin": "file://localhost:8765"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site", "origin": "http://localhost:8765"},
    ],
)
async def test_a_change_asked_for_by_another_site_is_refused(headers: dict[str, str]) -> None:
    response = await ask(Guard(echo), "POST", headers=headers)
    assert response.status_code == 403
    assert response.json()["code"] == "cross_origin"
    assert (await ask(Guard(echo), "GET", headers=headers)).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"origin": "http://localhost:8765"},
        {"origin": "http://LOCALHOST:8765", "sec-fetch-site": "same-origin"},
        {"sec-fetch-site": "none"},
    ],
)
async def test_a_change_by_our_own_page_or_by_a_program_is_welcome(
    headers: dict[str, str],
) -> None:
    assert (await ask(Guard(echo), "DELETE", headers=headers)).status_code == 200


async def test_a_body_that_says_it_is_too_long_is_refused_unread() -> None:
    app = BodyLimit(echo, lambda _: 10)
    assert (await ask(app, "POST", content=b"x" * 10)).text == "10"
    response = await ask(app, "POST", content=b"x" * 11)
    assert response.status_code == 413
    assert response.json()["code"] == "body_too_large"


async def test_a_body_without_a_length_is_counted_while_it_is_read() -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(3):
            yield b"x" * 5

    with pytest.raises(Exception, match="larger than"):
        await _ask_raising(BodyLimit(echo, lambda _: 10), chunks())


async def _ask_raising(app: ASGIApp, content: AsyncIterator[bytes]) -> None:
    transport = httpx2.ASGITransport(app=app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://localhost") as client:
        await client.post("/x", content=content)


def scope(path: str, content_type: str) -> Scope:
    return {"path": path, "headers": [(b"content-type", content_type.encode())]}


def test_only_the_upload_of_a_lead_file_may_be_large() -> None:
    upload = "multipart/form-data; boundary=x"
    assert body_limit_of(scope("/api/v1/scans", upload)) == UPLOAD_LIMIT_BYTES
    assert body_limit_of(scope("/api/v1/scans", "application/json")) == BODY_LIMIT_BYTES
    assert body_limit_of(scope("/api/v1/runs", upload)) == BODY_LIMIT_BYTES


async def test_what_is_no_request_passes_by() -> None:
    seen = []

    async def inner(scope: Scope, _receive: Receive, _send: Send) -> None:
        seen.append(scope["type"])

    async def nothing(*_: object) -> None: ...

    for app in (Guard(inner), BodyLimit(inner, lambda _: 1)):
        await app({"type": "lifespan"}, nothing, nothing)  # type: ignore[arg-type]
    assert seen == ["lifespan", "lifespan"]
