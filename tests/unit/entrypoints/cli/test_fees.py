import json
from typing import Any

import pytest

from arbitragevault.entrypoints.cli.main import main

BOOK = ["fees", "--marketplace", "US", "--price", "24.99", "--on", "2026-03-01", "--json"]
PACKAGE = ["--weight", "599g", "--dims", "236x160x32mm"]


def sheet(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    assert main([*BOOK, *arguments]) == 0
    answer: dict[str, Any] = json.loads(capsys.readouterr().out)
    return answer


def amounts(answer: dict[str, Any]) -> dict[str, int | None]:
    return {line["code"]: line["amount"] for line in answer["lines"]}


def test_a_book_sold_by_amazon(capsys: pytest.CaptureFixture[str]) -> None:
    answer = sheet(capsys, "--category", "books", *PACKAGE, "--channel", "fba")
    # 15 % of 24.99; closing fee of media; 24 oz card row of January 2026.
    assert amounts(answer) == {"referral": 375, "closing": 180, "fulfilment": 542}
    assert (answer["total"], answer["net_proceeds"]) == (1097, 1402)
    assert (answer["currency"], answer["size_tier"]) == ("USD", "large_standard")


@pytest.mark.parametrize("category", ["books", "BOOKS", "Books", "283155"])
@pytest.mark.parametrize(
    "package",
    [PACKAGE, ["--weight", "0.599 kg", "--dims", "23.6x16x3.2cm"]],
)
def test_categories_and_units_may_be_written_in_any_usual_way(
    capsys: pytest.CaptureFixture[str], category: str, package: list[str]
) -> None:
    assert sheet(capsys, "--category", category, *package)["total"] == 1097


def test_a_book_is_known_by_its_isbn(capsys: pytest.CaptureFixture[str]) -> None:
    answer = sheet(
        capsys, "--asin", "0593655036", "--category", "books", *PACKAGE, "--channel", "fbm"
    )
    assert amounts(answer)["referral"] == 375


def test_what_is_not_known_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    answer = sheet(capsys, "--category", "books", "--channel", "fba")
    line = next(line for line in answer["lines"] if line["code"] == "fulfilment")
    assert line["amount"] is None
    assert line["reason"]
    assert answer["total"] is answer["net_proceeds"] is None


def test_the_seller_s_own_terms(capsys: pytest.CaptureFixture[str]) -> None:
    answer = sheet(
        capsys,
        *("--category", "books", *PACKAGE, "--channel", "fbm", "--plan", "individual"),
        *("--fbm-shipping", "4.00", "--shipping-credit", "3.99"),
    )
    lines = amounts(answer)
    assert lines["per_item"] == 99
    assert lines["fbm_shipping"] == 400
    assert lines["referral"] == 435  # 15 % of 24.99 + 3.99
    assert answer["net_proceeds"] == 2499 + 399 - sum(cents or 0 for cents in lines.values())


def test_classes_and_tiers_can_be_given(capsys: pytest.CaptureFixture[str]) -> None:
    base = ["--category", "clothing_accessories", *PACKAGE]
    apparel = sheet(capsys, *base, "--class", "apparel")
    standard = sheet(capsys, *base, "--class", "standard")
    assert amounts(apparel)["fulfilment"] != amounts(standard)["fulfilment"]
    assert sheet(capsys, *base, "--size-tier", "large_bulky")["size_tier"] == "large_bulky"
    packed = sheet(capsys, *base, "--class", "standard", "--own-packaging")
    assert (packed["total"] or 0) < (standard["total"] or 0)
    stored = sheet(capsys, *base, "--class", "standard", "--storage-days", "60")
    assert (amounts(stored)["storage"] or 0) > 0
    placed = sheet(capsys, *base, "--class", "standard", "--placement", "minimal")
    assert "inbound_placement" in amounts(placed)


@pytest.mark.parametrize(
    "wrong",
    [
        ["--category", "nonsense"],
        ["--category", "books", "--weight", "heavy"],
        ["--category", "books", "--dims", "1x2mm"],
        ["--category", "books", "--price", "-1"],
        ["--category", "books", "--on", "someday"],
        ["--category", "books", "--marketplace", "XX"],
        ["--category", "books", "--class", "gold"],
        ["--category", "books", "--weight", "0g"],
    ],
)
def test_wrong_values_are_usage_errors(
    wrong: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*BOOK, *wrong]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err


def test_a_marketplace_without_a_rate_card_is_unknown_not_wrong(
    capsys: pytest.CaptureFixture[str],
) -> None:
    answer = sheet(capsys, "--marketplace", "BR", "--category", "books", *PACKAGE)
    assert (answer["currency"], answer["total"]) == ("BRL", None)


def test_fees_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = [word for word in BOOK if word != "--json"]
    assert main([*arguments, "--category", "books", *PACKAGE]) == 0
    shown = capsys.readouterr().out
    assert "-3.75" in shown
    assert "net proceeds" in shown
    assert "14.02" in shown
