"""Every number that a decision shows opens: formula, inputs, source and time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any, Final

import pytest

from arbitragevault.domain.catalog.product import Condition, PackageSize, ProductType
from arbitragevault.domain.decision.decide import decide
from arbitragevault.domain.decision.lead import Lead
from arbitragevault.domain.decision.record import decision_record
from arbitragevault.domain.market.market import KeepaFees, Market, SeriesKind
from arbitragevault.domain.money import Money

MakeMarket = Callable[..., Market]

KEYS: Final = {"risks": "code", "reasons": "code", "counterfactual": "change"}
"""Lists of a record whose entries open one by one, and by what they are named."""


def numbers(record: dict[str, Any]) -> Iterator[tuple[str, float]]:
    """Every number in a record with the name of the figure that it belongs to."""
    for key, value in record.items():
        if key in KEYS:
            for entry in value:
                yield from ((f"{key}.{entry[KEYS[key]]}", leaf) for leaf in leaves(entry))
        elif key != "evidence":
            yield from ((key, leaf) for leaf in leaves(value))


def leaves(value: object) -> Iterator[float]:
    if isinstance(value, dict):
        for part in value.values():
            yield from leaves(part)
    elif isinstance(value, list):
        for part in value:
            yield from leaves(part)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield value


def markets(made_market: MakeMarket) -> list[Market]:
    steady = made_market()
    return [
        steady,
        made_market(price=700),
        made_market(days=40),
        made_market(history={SeriesKind.SALES_RANK: None}),
        made_market(history={SeriesKind.AMAZON: steady.series(SeriesKind.BUY_BOX)}),
        made_market(product={"package": PackageSize(None, None)}),
        made_market(product={"is_hazmat": True, "items_per_package": 2}),
        made_market(product={"type": ProductType.EBOOK}),
        made_market(fees=KeepaFees(455, steady.observed_minute, 0.15)),
        made_market(retrieved_minute=steady.observed_minute + 90 * 24 * 60),
    ]


@pytest.mark.parametrize("cents", [None, 100, 1_900, 3_900])
def test_every_number_opens(made_market: MakeMarket, cents: int | None) -> None:
    cost = None if cents is None else Money(cents, "USD")
    shown = 0
    for market in markets(made_market):
        for condition in (Condition.NEW, Condition.GOOD):
            lead = Lead("x", cost, 60 if cents == 100 else 1, condition, matches=("A", "B"))
            record = decision_record(decide(lead, market))
            opened = {entry["figure"]: entry for entry in record["evidence"]}
            assert len(opened) == len(record["evidence"])
            for figure, number in numbers(record):
                entry = opened[figure]
                assert entry["formula"], figure
                assert entry["inputs"], figure
                assert entry["source"], (figure, number)
                assert datetime.fromisoformat(entry["observed_at"]).tzinfo, figure
                shown += 1
            for line in (record["fees"] or {"lines": []})["lines"]:
                assert line["rule"] or line["reason"], line
    assert shown > 200


def test_observations_carry_the_time_of_their_series(made_market: MakeMarket) -> None:
    """What was seen earlier than the decision says when."""
    market = made_market(observed_minute=made_market().observed_minute + 5 * 24 * 60)
    record = decision_record(decide(Lead("x", Money(500, "USD")), market))
    opened = {entry["figure"]: entry for entry in record["evidence"]}
    for figure in ("resale", "sales_rank", "offers"):
        assert opened[figure]["observed_at"] < record["as_of"], figure
    assert opened["unit_cost"]["observed_at"] == record["as_of"]
