"""``arbitragevault finder --dry-run``: what would be asked, and its price."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from arbitragevault.entrypoints.cli.main import main


def test_words(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["current_SALES=1..100000", "isLowest_NEW=yes", "perPage=200", "sort=current_SALES"]
    assert main(["finder", *words, "--dry-run"]) == 0
    printed = capsys.readouterr()
    assert orjson.loads(printed.out) == {
        "current_SALES_gte": 1,
        "current_SALES_lte": 100_000,
        "isLowest_NEW": True,
        "sort": [["current_SALES", "asc"]],
        "page": 0,
        "perPage": 200,
    }
    assert "at most 12 tokens" in printed.err


def test_a_selection_in_a_file_or_as_it_is(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    text = '{"current_NEW_lte": 1500}'
    file = tmp_path / "selection.json"
    file.write_text(text, encoding="utf-8")
    for selection in (text, str(file)):
        options = ["--selection", selection, "--insights", "--all", "--dry-run", "--json"]
        assert main(["finder", *options]) == 0
        told = orjson.loads(capsys.readouterr().out)
        assert told["selection"]["current_NEW_lte"] == 1_500
        assert (told["tokens"], told["each_page"]) == (141, True)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ([], "either"),
        (["isSNS=1", "--selection", "{}"], "either"),
        (["--selection", "absent.json"], "neither JSON nor a file"),
        (["--selection", "{"], "no JSON"),
        (["curent_SALES<=5"], "Did you mean current_SALES"),
        (["current_SALES<=many"], "current_SALES_lte takes a whole number"),
        (["isSNS=1", "--marketplace", "XX"], "no marketplace"),
    ],
)
def test_what_is_not_understood_is_said(
    arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["finder", *arguments, "--dry-run"]) == 2
    assert told in " ".join(capsys.readouterr().err.split())
