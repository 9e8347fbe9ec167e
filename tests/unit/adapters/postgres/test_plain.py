"""Texts and JSON that PostgreSQL takes."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arbitragevault.adapters.postgres.plain import plain, to_json

awkward = st.text(st.characters(codec=None) | st.just("\0") | st.just("\ud800"), max_size=10)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (None, None),
        ("", ""),
        ("plain", "plain"),
        ("a\0b", "ab"),
        ("\u00e9\0", "\u00e9"),
        ("half \ud83d", "half ?"),
        ("whole \U0001f600", "whole \U0001f600"),
    ],
)
def test_texts_lose_only_what_cannot_be_stored(text: str | None, expected: str | None) -> None:
    assert plain(text) == expected


@given(
    st.recursive(
        awkward | st.integers(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(awkward, inner, max_size=3),
    )
)
def test_json_never_holds_what_a_jsonb_column_refuses(value: object) -> None:
    text = to_json({"value": value})
    assert "\\u0000" not in text.replace("\\\\", "")
    json.loads(text.encode())


def test_json_keeps_a_backslash_that_only_looks_like_an_escape() -> None:
    assert json.loads(to_json(["\\u0000", ("b", 1)])) == ["\\u0000", ["b", 1]]


def test_json_replaces_half_of_a_surrogate_pair() -> None:
    assert json.loads(to_json({"a\ud800": ["\ud83d"]})) == {"a?": ["?"]}
