"""Figures in sentences."""

from __future__ import annotations

import pytest

from arbitragevault.domain.market.wording import chance_in_words, days_in_words, percent


@pytest.mark.parametrize(
    ("days", "words"),
    [(0, "less than a day"), (1, "1 day"), (60, "60 days"), (3650, "3,650 days")],
)
def test_days(days: int, words: str) -> None:
    assert days_in_words(days) == words


@pytest.mark.parametrize(
    ("share", "words"), [(0.8, "80%"), (0.55, "55%"), (0.125, "12.5%"), (3, "300%"), (0, "0%")]
)
def test_a_share_is_told_as_it_was_set(share: float, words: str) -> None:
    assert percent(share) == words


@pytest.mark.parametrize(
    ("chance", "words"), [(0.7999, "79%"), (0.8, "80%"), (0.8 - 1e-10, "80%"), (1.0, "100%")]
)
def test_a_chance_below_a_limit_never_reads_as_the_limit(chance: float, words: str) -> None:
    assert chance_in_words(chance) == words
