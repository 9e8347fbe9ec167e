"""Learned parameters ship with the record of how they were learned."""

from __future__ import annotations

import json

import pytest

from arbitragevault.domain.market import learned
from arbitragevault.domain.market.learned import digest_of, learned_text, load_learned

FILES = ("demand", "share", "risk")


@pytest.mark.parametrize("name", FILES)
def test_a_file_says_where_it_comes_from(name: str) -> None:
    how = json.loads(learned_text(name))["learned"]
    assert how["command"].startswith("uv run python benchmarks/market_learning.py")
    assert how["products"] > 100
    assert how["cases"] > how["products"]
    assert "learned" not in load_learned(name)


def test_the_order_of_parameters_does_not_matter() -> None:
    assert digest_of({"a": 1, "b": [2.5]}) == digest_of({"b": [2.5], "a": 1})
    assert digest_of({"a": 1}) != digest_of({"a": 2})


def test_parameters_changed_by_hand_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    known = json.loads(learned_text("share"))
    known["fbm_weight"] += 0.1
    monkeypatch.setattr(learned, "learned_text", lambda _: json.dumps(known))
    with pytest.raises(ValueError, match="learn them again with `uv run python"):
        load_learned("share")
