"""Sixty sentences, written down before the parser was, and the fields that they mean."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arbitragevault.adapters.keepa.finder import FinderQuery
from arbitragevault.adapters.keepa.finder_categories import CATEGORY_NAMES
from arbitragevault.adapters.keepa.finder_phrases import phrases_to_selection
from arbitragevault.application.form_checks import check_form
from arbitragevault.domain.explanation.answers import Form

TODAY = date(2026, 11, 27)
SENTENCES: list[tuple[str, dict[str, Any]]] = json.loads(
    (Path(__file__).parent / "finder_sentences.json").read_text(encoding="utf-8")
)


@pytest.mark.parametrize(("sentence", "expected"), SENTENCES)
def test_a_sentence_means_its_fields(sentence: str, expected: dict[str, Any]) -> None:
    found = phrases_to_selection(sentence, TODAY)
    assert found.selection == expected
    assert bool(found.understood) == bool(expected)
    if expected:
        FinderQuery.from_selection(found.selection, 1)


@pytest.mark.parametrize(("sentence", "expected"), SENTENCES)
def test_the_expected_fields_are_what_the_words_say(
    sentence: str, expected: dict[str, Any]
) -> None:
    form = Form("finder", {"words": sentence, "today": TODAY.isoformat()})
    assert check_form(form, expected) == ()


@pytest.mark.parametrize(
    ("sentence", "left"),
    [
        ("cheap shiny things for my aunt", ("cheap shiny things for my aunt",)),
        ("books my grandmother would love under $15", ("my grandmother would love",)),
        ("published since 2023-13-45", ("published since 2023-13-45",)),
        ("released in the last 999999 years", ("released in the last 999999 years",)),
        ("books under $20", ()),
    ],
)
def test_what_is_not_understood_is_said(sentence: str, left: tuple[str, ...]) -> None:
    assert phrases_to_selection(sentence, TODAY).left == left


@given(st.text(max_size=120))
def test_any_words_are_survived(words: str) -> None:
    found = phrases_to_selection(words, TODAY)
    assert all(isinstance(name, str) for name in found.selection)


def test_categories_are_roots_of_the_fee_card() -> None:
    card = Path(__file__).parents[4] / (
        "src/arbitragevault/domain/economics/fees/cards/us_categories.json"
    )
    text = card.read_text(encoding="utf-8")
    for id_, name in CATEGORY_NAMES.items():
        assert f'"root": {id_}' in text
        assert f'"name": "{name}"' in text
