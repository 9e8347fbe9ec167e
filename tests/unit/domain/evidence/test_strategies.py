"""The usual rules choose as resellers' guides say."""

from __future__ import annotations

from arbitragevault.domain.evidence.strategies import Purchase, rank_by_roi, roi_and_rank

SHELF = [
    Purchase("slow", 100, 2.0, 900_000, 3),
    Purchase("good", 200, 0.5, 50_000, 10),
    Purchase("thin", 100, 0.1, 1_000, 10),
    Purchase("loss", 100, -0.2, 1_000, 10),
    Purchase("unknown", 100, None, None, 10),
    Purchase("unranked", 100, 0.9, None, 1),
]


def test_the_highest_roi_comes_first_until_the_money_is_spent() -> None:
    assert rank_by_roi(SHELF, 1_000) == {"slow": 3, "unranked": 1, "good": 3}
    assert rank_by_roi(reversed(SHELF), 1_000) == rank_by_roi(SHELF, 1_000)
    assert rank_by_roi(SHELF, 99) == {}


def test_a_rule_of_thumb_wants_roi_and_rank() -> None:
    assert roi_and_rank(SHELF, 1_000) == {"good": 5}


def test_losses_and_unknowns_are_never_bought() -> None:
    assert rank_by_roi(SHELF, 10**6).keys() == {"slow", "unranked", "good", "thin"}
