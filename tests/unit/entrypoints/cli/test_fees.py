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


def test_a_sale_in_the_uk_with_vat(capsys: pytest.CaptureFixture[str]) -> None:
    given = ["--category", "266239", *PACKAGE, "--on", "2026-09-01", "--marketplace", "UK"]
    registered = sheet(capsys, *given, "--vat", "registered")
    assert amounts(registered) == {
        "referral": 375,
        "closing": 50,
        "fulfilment": 272,
        "fulfilment_surcharge": 4,
        "digital_services": 14,
        "vat_on_sale": 0,
    }
    assert registered["currency"] == "GBP"
    abroad = sheet(capsys, *given, "--seller-country", "uk", "--vat-rate", "5.5 %")
    assert amounts(abroad)["vat_on_fees"] == 143


def test_a_past_day_is_replayed_with_the_rules_that_changed(
    capsys: pytest.CaptureFixture[str],
) -> None:
    days = ["2025-06-01", "2026-03-01", "2026-11-01"]
    compared = [word for day in days for word in ("--compare", day)]
    answer = sheet(capsys, "--category", "books", *PACKAGE, "--on", "2024-06-01", *compared)
    assert answer["net_proceeds"] == 1407
    found = [(one["on"], one["net_proceeds"], one["changes"]) for one in answer["compared"]]
    assert found == [
        ("2025-06-01", 1407, []),
        (
            "2026-03-01",
            1402,
            [
                {
                    "code": "fulfilment",
                    "amount": [537, 542],
                    "rule": ["us_2025_nonpeak", "us_2026_nonpeak"],
                }
            ],
        ),
        (
            "2026-11-01",
            1351,
            [
                {
                    "code": "fulfilment",
                    "amount": [537, 573],
                    "rule": ["us_2025_nonpeak", "us_2026_peak"],
                },
                {
                    "code": "fulfilment_surcharge",
                    "amount": [None, 20],
                    "rule": [None, "us_fuel_2026"],
                },
            ],
        ),
    ]


def test_the_other_channel_beside_it_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = [word for word in BOOK if word != "--json"]
    given = ["--category", "books", *PACKAGE, "--compare", "fbm"]
    assert main([*arguments, *given]) == 0
    shown = capsys.readouterr().out
    assert "2026-03-01 by fbm: net proceeds" in shown
    assert "us_2026_nonpeak -> none" in shown


@pytest.mark.parametrize(
    "wrong",
    [
        ["--vat-rate", "lots"],
        ["--vat-rate", "101"],
        ["--fee-vat-rate", "-1"],
        ["--seller-country", "Germany"],
        ["--compare", "soon"],
        ["--vat", "perhaps"],
    ],
)
def test_a_wrong_tax_or_comparison_is_refused_in_one_sentence(
    capsys: pytest.CaptureFixture[str], wrong: list[str]
) -> None:
    assert main([*BOOK, "--category", "books", *PACKAGE, *wrong]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err


def test_a_refund_and_a_removal_are_told_on_request(capsys: pytest.CaptureFixture[str]) -> None:
    answer = sheet(capsys, "--category", "books", *PACKAGE, "--refund", "full", "--removal")
    assert answer["refund"]["cost"] == 542
    assert answer["refund"]["net_proceeds"] == -542
    assert answer["removal"]["amount"] == 227
    part = sheet(capsys, "--category", "books", *PACKAGE, "--refund", "5.00")
    assert part["refund"]["refunded"] == 500
    assert "removal" not in part


def test_a_refund_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    toy = [*BOOK[:-1], "--category", "toys_games", *PACKAGE, "--refund", "full", "--removal"]
    assert main([*toy, "--shipped", "1000", "--returned", "120"]) == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert "a refund of 24.99 costs — in fees" in shown
    assert "refund administration: 0.75 (us_refund_administration)" in shown
    assert "returns processing: — (unknown: the table of returns processing" in shown
    assert "removal: 2.27 (us_removal_2026)" in shown


def test_measures_that_cannot_be_right_are_marked(capsys: pytest.CaptureFixture[str]) -> None:
    light = ["--category", "books", "--weight", "3g", "--dims", "236x160x32mm"]
    assert sheet(capsys, *light)["sizing"]["status"] == "implausible"
    assert main([*BOOK[:-1], *light]) == 0
    assert "note: A book of 3 g is not believable: it is charged as given." in (
        capsys.readouterr().out
    )


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (["--returned", "3"], "Say also how many units were shipped."),
        (["--refund", "99.00"], "not between 0 and"),
        (["--refund", "some"], "some"),
    ],
)
def test_a_wrong_refund_is_refused_in_one_sentence(
    capsys: pytest.CaptureFixture[str], wrong: list[str], sentence: str
) -> None:
    assert main([*BOOK, "--category", "books", *PACKAGE, *wrong]) != 0
    assert sentence in capsys.readouterr().err
