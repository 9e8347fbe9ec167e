"""Answers are compressed, whole or in parts."""

from __future__ import annotations

import gzip
from collections.abc import AsyncIterator

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from arbitragevault.entrypoints.api.compression import Compression

PART = "a part of an answer; " * 20_000


async def whole(request: Request) -> Response:
    return PlainTextResponse(PART * int(request.query_params.get("times", "1")))


async def in_parts(_: Request) -> Response:
    async def parts() -> AsyncIterator[str]:
        for _ in range(3):
            yield PART

    return StreamingResponse(parts())


async def short(_: Request) -> Response:
    return PlainTextResponse("short")


@pytest.fixture
def app() -> Compression:
    routes = [Route("/whole", whole), Route("/parts", in_parts), Route("/short", short)]
    return Compression(Starlette(routes=routes))


@pytest.mark.parametrize(
    ("path", "text"),
    [("/whole", PART), ("/whole?times=6", PART * 6), ("/parts", PART * 3)],
    ids=["whole", "in a thread", "in parts"],
)
async def test_what_is_unpacked_is_what_was_answered(
    app: Compression, path: str, text: str
) -> None:
    async with httpx2.AsyncClient(
        transport=httpx2.ASGITransport(app=app), base_url="http://test"
    ) as client:
        async with client.stream("GET", path, headers={"accept-encoding": "gzip"}) as response:
            raw = b"".join([part async for part in response.aiter_raw()])
        assert response.headers["content-encoding"] == "gzip"
        assert gzip.decompress(raw).decode() == text
        assert len(raw) < len(text) / 50
        plain = await client.get(path, headers={"accept-encoding": "identity"})
        assert "content-encoding" not in plain.headers
        assert plain.text == text


async def test_short_answers_are_left_alone(app: Compression) -> None:
    async with httpx2.AsyncClient(
        transport=httpx2.ASGITransport(app=app), base_url="http://test"
    ) as client:
        response = await client.get("/short", headers={"accept-encoding": "gzip"})
    assert "content-encoding" not in response.headers
    assert response.text == "short"
