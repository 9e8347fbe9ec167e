from pathlib import Path

import httpx2
import pytest
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from arbitragevault.entrypoints.api.frontend import Frontend

HTML = {"accept": "text/html,application/xhtml+xml"}


async def api(scope: Scope, receive: Receive, send: Send) -> None:
    await PlainTextResponse("api")(scope, receive, send)


async def ask(
    folder: Path, path: str, headers: dict[str, str] | None = None, method: str = "GET"
) -> httpx2.Response:
    transport = httpx2.ASGITransport(app=Frontend(api, folder))
    async with httpx2.AsyncClient(transport=transport, base_url="http://localhost") as client:
        return await client.request(method, path, headers=headers)


@pytest.fixture
def built(tmp_path: Path) -> Path:
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text("<title>ArbitrageVault</title>")
    (tmp_path / "assets" / "index-5f3a.js").write_text("let x = 1;")
    (tmp_path / "icon.svg").write_text("<svg/>")
    return tmp_path


@pytest.mark.parametrize("path", ["/api", "/api/v1/nope", "/openapi.json"])
async def test_the_api_keeps_its_paths_even_for_browsers(built: Path, path: str) -> None:
    assert (await ask(built, path, HTML)).text == "api"


@pytest.mark.parametrize("path", ["/", "/index.html", "/products/US/0593655036", "/apiary"])
async def test_a_browser_gets_the_page_for_every_place_inside_it(built: Path, path: str) -> None:
    response = await ask(built, path, HTML)
    assert response.status_code == 200
    assert "ArbitrageVault" in response.text
    assert response.headers["cache-control"] == "no-cache"


async def test_hashed_assets_may_be_kept_for_ever(built: Path) -> None:
    response = await ask(built, "/assets/index-5f3a.js")
    assert response.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert (await ask(built, "/icon.svg")).headers["cache-control"] == "no-cache"


async def test_what_has_not_changed_is_not_sent_again(built: Path) -> None:
    etag = (await ask(built, "/", HTML)).headers["etag"]
    assert (await ask(built, "/", {**HTML, "if-none-match": etag})).status_code == 304


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/assets/index-old.js", HTML),
        ("/assets", HTML),
        ("/assets/", {}),
        ("/missing.png", {}),
        ("/..%2f..%2fetc/passwd", {}),
        ("/%00", {}),
        ("/" + "a" * 300, {}),
    ],
)
async def test_what_is_not_there_is_a_problem(
    built: Path, path: str, headers: dict[str, str]
) -> None:
    response = await ask(built, path, headers)
    assert response.status_code == 404
    assert response.json()["code"] == "not_found"


async def test_the_page_cannot_be_written_to(built: Path) -> None:
    response = await ask(built, "/index.html", method="POST")
    assert (response.status_code, response.json()["code"]) == (405, "method_not_allowed")


async def test_without_a_built_page_the_root_says_how_to_build_it(tmp_path: Path) -> None:
    response = await ask(tmp_path / "absent", "/", HTML)
    assert response.status_code == 503
    assert "npm run build" in response.text
