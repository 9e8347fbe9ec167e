"""Recorded answers replayed."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import httpx2
import orjson
import pytest
from starlette.applications import Starlette

from arbitragevault.domain.errors import ConfigurationError
from arbitragevault.sandbox.recordings import RecordedSource
from arbitragevault.sandbox.server import create_sandbox, replayed

Connect = Callable[[Starlette], httpx2.AsyncClient]


def product(asin: str, updated: int, **more: object) -> dict[str, object]:
    return {
        "csv": None,
        "asin": asin,
        "domainId": 1,
        "productType": 0,
        "lastUpdate": updated,
        "title": f"as of {updated}",
        "eanList": None,
        "g": 98.925930,
        **more,
    }


def write(path: Path, content: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content))


async def test_objects_and_answers_at_any_depth_are_served(
    tmp_path: Path, connect: Connect
) -> None:
    write(tmp_path / "one.json", product("B0SB000001", 100, eanList=["4012345678901"]))
    write(tmp_path / "a" / "b" / "two.json", {"tokensLeft": 5, "products": [product("B1", 7)]})
    async with connect(create_sandbox(replayed(tmp_path))) as client:
        found = (await client.get("/product", params={"domain": 1, "asin": "B0SB000001"})).json()
        by_code = await client.get("/product", params={"domain": 1, "code": "4012345678901"})
    assert found["products"][0]["title"] == "as of 100"
    assert by_code.json()["products"] == found["products"]
    assert replayed(tmp_path).asins == ("B0SB000001", "B1")


async def test_the_newest_recording_wins_and_others_are_unknown(
    tmp_path: Path, connect: Connect
) -> None:
    write(tmp_path / "new.json", product("B0SB000001", 200))
    write(tmp_path / "old.json", product("B0SB000001", 100))
    async with connect(create_sandbox(replayed(tmp_path))) as client:
        query = {"domain": "1", "asin": "B0SB000001,B0SB000002"}
        answer = (await client.get("/product", params=query)).json()
    assert [p["productType"] for p in answer["products"]] == [0, 4]
    assert answer["products"][0]["lastUpdate"] == 200
    assert answer["tokensConsumed"] == 2


def test_incomplete_and_foreign_files_are_passed_over(tmp_path: Path) -> None:
    write(tmp_path / "cut.json", {"asin": "B0SB000003", "csv": []})
    write(tmp_path / "list.json", [1, 2])
    (tmp_path / "broken.json").write_text('{"asin": "B0')
    write(tmp_path / "good.json", product("B0SB000001", 1))
    assert RecordedSource(tmp_path).asins == ("B0SB000001",)


def test_a_folder_without_recordings_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="There is no folder"):
        replayed(tmp_path / "absent")
    with pytest.raises(ConfigurationError, match="complete Keepa product object"):
        replayed(tmp_path)


@pytest.mark.recorded
async def test_every_recorded_object_comes_back_byte_for_byte(
    recordings: Path, connect: Connect
) -> None:
    async with connect(create_sandbox(replayed(recordings))) as client:
        for path in sorted((recordings / "products").glob("*.json")):
            asin = path.name.split("_")[0]
            response = await client.get("/product", params={"domain": 1, "asin": asin})
            assert path.read_bytes().strip() in response.content


@pytest.mark.recorded
async def test_recorded_books_are_found_by_isbn_13(recordings: Path, connect: Connect) -> None:
    async with connect(create_sandbox(replayed(recordings))) as client:
        response = await client.get("/product", params={"domain": 1, "code": "9780593655030"})
    products = orjson.loads(response.content)["products"]
    assert [one["asin"] for one in products] == ["0593655036"]
    assert products[0]["lastUpdate"] == 7_793_516
