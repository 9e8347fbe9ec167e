"""The shortlist's choice: which decisions, in which order. Texts explain it, never make it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

Record = Mapping[str, Any]

WORTH_A_LOOK: Final = ("buy", "review")


def choose(records: Sequence[Record], *, size: int, speed: float) -> list[Record]:
    """The best decisions, buys before reviews.

    Within a verdict the order is the mean of two places, weighted by the preference: the place by
    expected profit of all units, and the place by median days to sell. Places are compared instead
    of values, because dollars and days have no common measure. Of a product only its best decision
    is chosen.

    Args:
        records: Decisions with their ids.
        size: Most picks.
        speed: 0 for profit alone, 1 for speed alone.
    """
    found: list[Record] = []
    seen: set[object] = set()
    for verdict in WORTH_A_LOOK:
        for record in _ranked([one for one in records if one["verdict"] == verdict], speed):
            key = (record.get("marketplace"), record.get("asin"))
            if key not in seen:
                seen.add(key)
                found.append(record)
    return found[:size]


def _ranked(records: Sequence[Record], speed: float) -> list[Record]:
    by_profit = _places(records, lambda one: -_profit(one))
    by_days = _places(records, _days)
    order = sorted(
        range(len(records)),
        key=lambda at: ((1 - speed) * by_profit[at] + speed * by_days[at], -int(records[at]["id"])),
    )
    return [records[at] for at in order]


def _places(records: Sequence[Record], key: Any) -> list[int]:  # noqa: ANN401
    values = sorted(key(one) for one in records)
    return [values.index(key(one)) for one in records]


def _profit(record: Record) -> float:
    """Expected profit of all units in minor units; what is not known comes last."""
    expected = record.get("expected_profit")
    return float("-inf") if expected is None else float(expected) * float(record["quantity"] or 1)


def _days(record: Record) -> float:
    days = (record.get("days_to_sell") or {}).get("p50")
    return float("inf") if days is None else float(days)


def preference_in_words(speed: float) -> str:
    """The preference as a sentence without figures."""
    if speed <= 0:
        return "Ordered by expected profit alone."
    if speed >= 1:
        return "Ordered by how soon they sell alone."
    if speed == 0.5:
        return "Ordered by profit and by how soon they sell, both alike."
    more, less = (
        ("how soon they sell", "profit") if speed > 0.5 else ("profit", "how soon they sell")
    )
    return f"Ordered mainly by {more}, but also by {less}."
