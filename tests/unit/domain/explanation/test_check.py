"""Every wrong figure is caught, no right one refused."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from arbitragevault.domain.errors import ConfigurationError
from arbitragevault.domain.explanation.briefs import why_brief
from arbitragevault.domain.explanation.check import check, check_claim, facts_by_id
from arbitragevault.domain.explanation.fields import SENT, declared, facts_of
from arbitragevault.domain.explanation.narrative import Claim, Narrative, Part, Section
from arbitragevault.domain.explanation.template import write

RECORD: dict[str, Any] = {
    "currency": "USD",
    "verdict": "skip",
    "title": "Make $500 with 7 Tricks",
    "asin": "B0SBM0IQRL",
    "unit_cost": 1288,
    "quantity": 2,
    "max_cost": 1140,
    "profit": {"p10": -737, "p50": -210, "p90": 15486},
    "roi": -0.1234,
    "probability_of_profit": 0.8234,
    "probability_of_loss": 0.004,
    "days_to_sell": {"p50": 12.3, "p90": 402.0},
    "sales_rank": 361245,
    "sales_per_month": {"p50": 3.16},
    "as_of": "2026-11-27T13:34:00Z",
    "reasons": [
        {
            "code": "profit_target",
            "status": "fail",
            "text": "At 12.88 USD the chance of at least 3.00 USD profit and 30% ROI is 76%; "
            "wanted: 80%. Max cost 11.40 USD.",
        },
        {"code": "price_spike", "status": "warning", "text": "The price is 1.21 times its median."},
    ],
    "counterfactual": [],
    "risks": [],
}
PART = Part("why", "Why", "skip")
FACTS = {fact.id: fact for fact in facts_of(RECORD)}


def objections(text: str, *facts: str) -> list[str]:
    return [one.code for one in check_claim(Claim(text, facts), PART, FACTS)]


@pytest.mark.parametrize(
    ("text", "fact"),
    [
        ("Pay at most $11.40.", "max_cost"),
        ("Pay at most 11.40 USD.", "max_cost"),
        ("Zahlen Sie höchstens 11,40 $.", "max_cost"),
        ("Pay at most 1140 cents.", "max_cost"),
        ("At the median it loses $2.10.", "profit.p50"),
        ("The median is -$2.10.", "profit.p50"),
        ("The median is \u2212$2.10, a loss.", "profit.p50"),
        ("An ROI of -12%.", "roi"),
        ("A loss of 12% on the cost.", "roi"),
        ("In a good case $154.86.", "profit.p90"),
        ("In a good case about $155.", "profit.p90"),
        ("The 90th percentile is $154.86.", "profit.p90"),
        ("A chance of 82%.", "probability_of_profit"),
        ("A chance of 82.3%.", "probability_of_profit"),
        ("A chance of eighty-two percent.", "probability_of_profit"),
        ("Eine Chance von 82,3 Prozent.", "probability_of_profit"),
        ("A probability of 0.82.", "probability_of_profit"),
        ("Son ochenta y dos por ciento.", "probability_of_profit"),
        ("Sono ottantadue per cento.", "probability_of_profit"),
        ("Cela fait quatre-vingt-deux pour cent.", "probability_of_profit"),
        ("A profit came in 82 in 100 cases.", "probability_of_profit"),
        ("About $155 in a good case.", "profit.p90"),
        ("It may pay to seize it; look once a month.", "verdict"),
        ("A loss has a chance of less than 1%.", "probability_of_loss"),
        ("It sells in 12 days.", "days_to_sell.p50"),
        ("It sells in 12.3 days.", "days_to_sell.p50"),
        ("It sells within 13 days.", "days_to_sell.p50"),
        ("It sells in zwölf Tagen.", "days_to_sell.p50"),
        ("Within 57 weeks in a slow case.", "days_to_sell.p90"),
        ("Rank 361,245.", "sales_rank"),
        ("Rank 361k.", "sales_rank"),
        ("Rank 361.245 ist der Wert.", "sales_rank"),
        ("3.2 sales a month.", "sales_per_month.p50"),
        ("The price is 1.21 times its median.", "reasons.price_spike"),
        ("At least $3.00 and 30% were wanted.", "reasons.profit_target"),
        ("Decided on 27 November 2026.", "as_of"),
        ("B0SBM0IQRL is skipped.", "asin"),
        ('"Make $500 with 7 Tricks" is skipped.', "title"),
    ],
)
def test_a_right_figure_passes(text: str, fact: str) -> None:
    assert objections(text, fact) == []


@pytest.mark.parametrize(
    ("text", "fact"),
    [
        ("Pay at most $11.41.", "max_cost"),
        ("Pay at most $11.", "max_cost"),
        ("Pay at most $12.", "max_cost"),
        ("Pay at most €11.40.", "max_cost"),
        ("Pay at most 11.40.", "max_cost"),
        ("Pay at most 11.40 cents.", "max_cost"),
        ("Pay at most $11.40 a month.", "max_cost"),
        ("Pay at most $114.", "max_cost"),
        ("Pay at most $1,140.", "max_cost"),
        ("A profit of $2.10.", "profit.p50"),
        ("A loss of $2.11.", "profit.p50"),
        ("An ROI of 12%.", "roi"),
        ("A loss of $11.40.", "max_cost"),
        ("In a good case about $160.", "profit.p90"),
        ("A chance of 83%.", "probability_of_profit"),
        ("A chance of 80%.", "probability_of_profit"),
        ("Es sind einundachtzig Prozent.", "probability_of_profit"),
        ("Cela fait soixante-six pour cent.", "probability_of_profit"),
        ("It sells in 12 in 30 days.", "probability_of_profit"),
        ("About $150 in a good case.", "profit.p90"),
        ("Cela fait seize jours.", "days_to_sell.p50"),
        ("A chance of $82.", "probability_of_profit"),
        ("A chance of 0.82%.", "probability_of_profit"),
        ("A chance of 82.", "probability_of_profit"),
        ("A chance of 82 percentage points.", "probability_of_profit"),
        ("A chance of four in five.", "probability_of_profit"),
        ("It sells in 12 weeks.", "days_to_sell.p50"),
        ("It sells in 12 hours.", "days_to_sell.p50"),
        ("It sells in two weeks.", "days_to_sell.p50"),
        ("It sells in eleven days.", "days_to_sell.p50"),
        ("It sells in 12.5 days.", "days_to_sell.p50"),
        ("It sells in quince días.", "days_to_sell.p50"),
        ("Rank 361.", "sales_rank"),
        ("Rank 361,245 thousand.", "sales_rank"),
        ("Rank 0.4 million.", "sales_rank"),
        ("3.2 sales a week.", "sales_per_month.p50"),
        ("3.2 sales.", "sales_per_month.p50"),
        ("The price has doubled.", "reasons.price_spike"),
        ("The price is 1.3 times its median.", "reasons.price_spike"),
        ("At 12.88 USD.", "reasons.profit_target"),
        ("Decided on 26 November 2026.", "as_of"),
        ("B0SBM0IQRX is skipped.", "asin"),
        ("You make $500.", "title"),
        ("Hundreds of sellers.", "sales_rank"),
        ("Half of them.", "sales_rank"),
    ],
)
def test_a_wrong_figure_is_caught(text: str, fact: str) -> None:
    assert set(objections(text, fact)) == {"figure"}


def test_a_rounding_may_end_in_zeros_by_chance() -> None:
    facts = {fact.id: fact for fact in facts_of({**RECORD, "max_cost": 14_002})}
    assert check_claim(Claim("Pay about $140.", ("max_cost",)), PART, facts) == ()


def test_a_right_figure_of_another_fact_is_caught() -> None:
    assert objections("The ROI is 82%.", "roi") == ["figure"]


def test_facts_have_to_exist_and_to_be_named() -> None:
    assert objections("It is a skip.") == ["fact"]
    assert objections("It is a skip.", "verdict", "no.such.fact") == ["fact"]


@pytest.mark.parametrize(
    "text",
    [
        "Buy: it is a bargain.",
        "The verdict is buy.",
        "This is a strong buy.",
        "You should definitely buy it.",
        "Buy now.",
    ],
)
def test_a_verdict_cannot_be_talked_round(text: str) -> None:
    assert "verdict" in objections(text, "verdict")


@pytest.mark.parametrize(
    "text",
    ["Skip: the cost is too high.", "It would be a buy below the max cost.", "It is not a buy."],
)
def test_the_verdict_itself_and_conditions_may_be_said(text: str) -> None:
    assert objections(text, "verdict") == []


@pytest.mark.parametrize(
    "text",
    [
        "See https://example.org now.",
        "Write to me@example.org.",
        "<b>Skip</b> it.",
        "![x](y) is a picture.",
        "```run```",
    ],
)
def test_links_and_markup_are_refused(text: str) -> None:
    assert "matter" in objections(text, "verdict")


def test_long_and_empty_claims_are_refused() -> None:
    assert objections("x" * 601, "verdict") == ["shape"]
    assert objections(" ", "verdict") == ["shape"]


def test_parts_have_to_be_those_that_were_asked_for() -> None:
    brief = why_brief(RECORD)
    good = write(brief)
    assert check(good, brief, sent_only=False) == ()
    turned = Narrative(good.sections[::-1])
    assert [one.code for one in check(turned, brief, sent_only=False)] == ["shape"]
    empty = Narrative((*good.sections[:2], Section("what_if", ())))
    assert [one.code for one in check(empty, brief, sent_only=False)] == ["shape"]
    other = Narrative((*good.sections, Section("advert", good.sections[0].claims)))
    assert [one.code for one in check(other, brief, sent_only=False)] == ["shape"]


def test_facts_of_another_product_are_refused() -> None:
    facts = {fact.under("b").id: fact.under("b") for fact in FACTS.values()}
    found = check_claim(
        Claim("Pay at most $11.40.", ("b.max_cost",)), replace(PART, prefix="a."), facts
    )
    assert [one.code for one in found] == ["fact"]


def test_the_cost_stays_at_home_unless_declared() -> None:
    sent = [fact for fact in facts_of(RECORD) if fact.is_sent]
    assert "unit_cost" not in {fact.id for fact in sent}
    assert not any("12.88" in fact.text for fact in sent)
    brief = why_brief(RECORD)
    assert "unit_cost" not in facts_by_id(brief, sent_only=True)
    assert "unit_cost" in facts_by_id(brief, sent_only=False)
    shared = [fact for fact in facts_of(RECORD, sent=declared("unit_cost")) if fact.is_sent]
    assert any(fact.id == "unit_cost" for fact in shared)
    assert any("At 12.88 USD" in fact.text for fact in shared)


def test_the_declared_list_can_be_narrowed() -> None:
    assert declared(None) == SENT
    assert declared("-roi, unit_cost") == SENT - {"roi"} | {"unit_cost"}
    with pytest.raises(ConfigurationError, match="'supplier' is no field"):
        declared("supplier")


def test_the_template_says_nothing_that_the_record_does_not_hold(
    made_record: Callable[..., dict[str, Any]],
) -> None:
    for cost in (None, 100, 700, 1_900, 5_000):
        for quantity in (1, 6):
            brief = why_brief(made_record(cost=cost, quantity=quantity))
            assert check(write(brief), brief, sent_only=False) == ()
