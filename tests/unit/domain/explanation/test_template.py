"""The template reads well: it names what decides, and says nothing twice."""

from __future__ import annotations

from typing import Any

import pytest

from arbitragevault.domain.explanation.briefs import comparison_brief, why_brief
from arbitragevault.domain.explanation.check import check
from arbitragevault.domain.explanation.phrases import failure, listed, subject
from arbitragevault.domain.explanation.template import with_signs, write

BUY: dict[str, Any] = {
    "currency": "USD",
    "verdict": "buy",
    "quantity": 1,
    "unit_cost": 1_000,
    "max_cost": 1_140,
    "profit": {"p10": 110, "p50": 453, "p90": 900},
    "roi": 0.4,
    "probability_of_profit": 0.93,
    "days_to_sell": {"p50": 12.0, "p90": 40.0},
    "amazon": {"share_90": 0.0},
    "reasons": [{"code": "profit_target", "status": "pass", "text": "76% of 3.00 USD."}],
    "counterfactual": [],
    "risks": [],
}


def reason(code: str, status: str, text: str = "It is so.") -> dict[str, str]:
    return {"code": code, "status": status, "text": text}


def change(name: str, text: str) -> dict[str, str]:
    return {"change": name, "text": text}


def told(record: dict[str, Any], about: str) -> str:
    brief = why_brief(record)
    text = write(brief)
    assert check(text, brief, sent_only=False) == ()
    part = next(section for section in text.sections if section.about == about)
    return " ".join(claim.text for claim in part.claims)


def test_a_buy_tells_the_cost_up_to_which_it_is_one() -> None:
    assert told(BUY, "short") == (
        "Buy: it meets every criterion of the policy. Pay at most $11.40 for a unit; it is offered "
        "at $10.00. At the median a unit makes $4.53, an ROI of 40%."
    )
    why = told(BUY, "why")
    assert why.startswith("76% of $3.00. In a bad case a unit makes $1.10, in a good one $9.00;")
    assert "Amazon did not sell it in the last 90 days." in why
    assert told(BUY, "what_if") == "Above a unit cost of $11.40 it would no longer be a buy."
    assert told({**BUY, "max_cost": None}, "what_if") == "Nothing has to change for a buy."


@pytest.mark.parametrize(
    ("verdict", "reasons", "expected"),
    [
        ("skip", [], "Skip: it fails a criterion of the policy."),
        (
            "skip",
            [reason("days_to_sell", "fail"), reason("amazon_share", "fail")],
            "Skip: it sells too slowly and Amazon itself sells it too often.",
        ),
        ("review", [], "Review: it comes close to a buy, but something wants a look."),
        (
            "review",
            [reason("shared_rank", "warning")],
            "Review: it comes close to a buy, but this wants a look: the shared sales rank.",
        ),
        (
            "review",
            [reason("shared_rank", "warning"), reason("hazmat", "unknown")],
            (
                "Review: it comes close to a buy, but these want a look: the shared sales rank and "
                "the hazard class."
            ),
        ),
        ("unknown", [reason("fees", "unknown")], "Unknown: it cannot be judged without the fees."),
    ],
)
def test_a_verdict_names_what_decided_it(
    verdict: str, reasons: list[dict[str, str]], expected: str
) -> None:
    assert told({**BUY, "verdict": verdict, "reasons": reasons}, "short").startswith(expected)


def test_a_cost_that_is_too_high_and_one_that_cannot_help() -> None:
    dear = {
        **BUY,
        "verdict": "skip",
        "unit_cost": 2_000,
        "reasons": [reason("profit_target", "fail")],
    }
    assert "Skip: at the asked cost it does not reach the policy's targets." in told(dear, "short")
    assert "for a unit, but it is offered at $20.00." in told(dear, "short")
    hopeless = {**dear, "max_cost": None, "profit": {"p50": -210}}
    assert told(hopeless, "short") == (
        "Skip: at no cost does it reach the policy's targets. At the median a unit makes a loss of "
        "$2.10."
    )


@pytest.mark.parametrize(
    ("quantity", "days", "expected"),
    [
        (
            1,
            {"p50": 12.0, "p90": 40.0},
            "It sells in 12 days at the median, in a slow case in 40 days.",
        ),
        (2, {"p50": 12.0}, "Both units sell in 12 days at the median."),
        (5, {"p50": 12.0, "p90": 3_650.0}, "All 5 units sell in 12 days at the median."),
        (5, {"p50": 0.2, "p90": 0.9}, "All 5 units sell in less than a day, even in a slow case."),
        (1, {"p50": 3_650.0, "p90": 3_650.0}, "It is not expected to sell within ten years."),
    ],
)
def test_the_time_to_sell(quantity: int, days: dict[str, float], expected: str) -> None:
    assert expected in told({**BUY, "quantity": quantity, "days_to_sell": days}, "why")


def test_a_time_that_is_a_reason_is_told_once() -> None:
    slow = reason("days_to_sell", "fail", "It sells within 99 days; the limit is 60 days.")
    skip = {**BUY, "verdict": "skip", "reasons": [slow]}
    why = told({**skip, "days_to_sell": {"p50": 99.0, "p90": 200.0}}, "why")
    assert "99 days; the limit is 60 days." in why
    assert "In a slow case that takes 200 days." in why
    why = told({**skip, "days_to_sell": {"p50": 99.0, "p90": 3_650.0}}, "why")
    assert "In a slow case it does not sell within ten years." in why
    never = {**skip, "days_to_sell": {"p50": 3_650.0, "p90": 3_650.0}}
    never["reasons"] = [reason("days_to_sell", "fail", "It sells within 3,650 days.")]
    never["counterfactual"] = [change("max_days_to_sell", "Accept 3,650 days until it is sold.")]
    assert told(never, "why").count("ten years") == 1
    assert told(never, "what_if") == (
        "It is not expected to sell within ten years, whatever the limit."
    )


def test_changes_are_told_together_and_looks_at_their_end() -> None:
    changes = [
        change("unit_cost", "Pay at most 5.00 USD per unit."),
        change("price", "The price would have to be 39.78 USD."),
    ]
    skip = {**BUY, "verdict": "skip", "counterfactual": changes}
    assert told(skip, "what_if") == (
        "Pay at most $5.00 per unit. Or the price would have to be $39.78."
    )
    looks = [
        change("offer_swarm", "Check by hand: Offers grow."),
        change("shared_rank", "Check by hand: 5 variations share it."),
    ]
    assert told({**skip, "counterfactual": [*changes[:1], *looks]}, "what_if") == (
        "It takes more than one change: Pay at most $5.00 per unit. Look at this by hand: the "
        "growing number of offers and the shared sales rank."
    )
    assert told({**skip, "counterfactual": []}, "what_if") == (
        "No change in cost, price or quantity would make it a buy."
    )


def test_amazon_in_stock_is_told_by_its_share_once() -> None:
    some = {**BUY, "amazon": {"share_90": 0.27}}
    assert "Amazon had it in stock for 27% of the last 90 days." in told(some, "why")
    judged = {**some, "reasons": [reason("amazon_share", "warning", "Amazon sells it now.")]}
    assert told(judged, "why").count("Amazon") == 1


def test_a_difference_from_what_never_sells_is_a_least_one() -> None:
    never = {**BUY, "id": 2, "days_to_sell": {"p50": 3_650.0, "p90": 3_650.0}}
    text = write(comparison_brief({**BUY, "id": 1}, never))
    apart = " ".join(claim.text for claim in text.sections[2].claims)
    assert "A sells at least 3,638 days sooner at the median." in apart


def test_words_for_codes_and_lists() -> None:
    assert failure("brand_new_rule") == "it fails at brand new rule"
    assert subject("brand_new_rule") == "brand new rule"
    assert [listed([]), listed(["a"]), listed(["a", "b", "c"])] == ["", "a", "a, b and c"]
    assert with_signs("-2.10 USD, 5 CAD, 1,000 JPY") == "-$2.10, 5 CAD, ¥1,000"
