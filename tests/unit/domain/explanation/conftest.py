"""Decision records of made markets, good and bad ones."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from arbitragevault.domain.decision.decide import decide
from arbitragevault.domain.decision.lead import Lead
from arbitragevault.domain.decision.record import decision_record
from arbitragevault.domain.market.market import Market
from arbitragevault.domain.money import Money

Made = Callable[..., dict[str, Any]]


@pytest.fixture(scope="session")
def made_record(made_market: Callable[..., Market]) -> Made:
    """Makes the record of a decision on a made market.

    Args of the maker:
        cost: Unit cost in cents; None for unknown. id: Id of the stored decision.
        quantity: Units. Others: as of ``made_market``.
    """

    def make(
        *,
        cost: int | None = 700,
        id: int = 1,  # noqa: A002  # as rows call it
        quantity: int = 1,
        **market: Any,  # noqa: ANN401
    ) -> dict[str, Any]:
        unit_cost = None if cost is None else Money(cost, "USD")
        found = made_market(**market)
        lead = Lead(found.product.asin, unit_cost=unit_cost, quantity=quantity)
        return {"id": id, "error": None, **decision_record(decide(lead, found))}

    return make
