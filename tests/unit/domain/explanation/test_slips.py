"""Every kind of slip in every use is named, and no right figure is: the benchmark in small.

``benchmarks/explanations.py`` does the same over HTTP, with hundreds of decisions.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import pytest

from arbitragevault.adapters.openai import wire
from arbitragevault.application.form_checks import check_form
from arbitragevault.application.forms import shown_to_model
from arbitragevault.domain.explanation.answers import told
from arbitragevault.domain.explanation.briefs import (
    comparison_brief,
    digest_brief,
    shortlist_brief,
    why_brief,
)
from arbitragevault.domain.explanation.check import check
from arbitragevault.domain.explanation.narrative import Brief
from tests.standins.figures import Slip
from tests.standins.form_writers import (
    Case,
    FormSlipper,
    columns_case,
    filter_case,
    finder_case,
)
from tests.standins.openai import asked_for
from tests.standins.writers import Slipper
from tests.unit.domain.explanation.conftest import Made

Records = Sequence[dict[str, Any]]
COSTS = (None, 90, 250, 480, 700, 990, 1_400, 1_777, 2_600, 5_000)


@pytest.fixture(scope="module")
def records(made_record: Made) -> Records:
    """Ten decisions, from bargains to losses, one without a cost."""
    return [
        made_record(cost=cost, id=at, quantity=1 + at % 3, price=2_100 + 377 * at)
        for at, cost in enumerate(COSTS, start=1)
    ]


def briefs(records: Records, at: int) -> list[Brief]:
    picks = records[at:][:5] or records[:5]
    counts = Counter(str(one["verdict"]) for one in records)
    return [
        why_brief(records[at]),
        shortlist_brief(picks, considered=40 + at, size=5, speed=0.5),
        digest_brief(records, picks, counts=counts, day=f"2026-11-{10 + at}"),
        comparison_brief(records[at], records[at - 1]),
    ]


@pytest.mark.parametrize("slip", list(Slip))
def test_every_slip_in_a_text_is_named_and_no_right_figure(records: Records, slip: Slip) -> None:
    slipper = Slipper(only=slip)
    for at in range(len(records)):
        for brief in briefs(records, at):
            first = wire.narrative_of(slipper(asked_for(told(brief))).text)
            objections = check(first, brief)
            second = wire.narrative_of(slipper(asked_for(told(brief), objections)).text)
            assert check(second, brief) == ()
    assert set(slipper.tallies) == {"why", "shortlist", "digest", "comparison"}
    for tally in slipper.tallies.values():
        assert tally.missed == []
        assert tally.caught == tally.slipped == {slip: len(records)}


@pytest.mark.parametrize("slip", list(Slip))
def test_every_slip_in_a_form_is_named(records: Records, slip: Slip) -> None:
    cases: list[tuple[str, Case]] = []
    for at, record in enumerate(records):
        cases.append(("finder", finder_case(record, at)))
        cases.append(("filter", filter_case(record, at)))
        cases.append(("columns", columns_case(at)))
    slipper = FormSlipper([case for _, case in cases], only=slip)
    for use, case in cases:
        form = case.form(use)
        data = told(shown_to_model(form))
        fields, _ = wire.fields_of(slipper(asked_for(data)).text)
        objections = check_form(form, fields)
        fields, _ = wire.fields_of(slipper(asked_for(data, objections)).text)
        assert fields == case.right
        assert check_form(form, fields) == ()
    assert slipper.unanswered() == []
    for tally in slipper.tallies.values():
        assert tally.missed == []
        assert tally.caught == tally.slipped == {slip: len(records)}
