"""The simulated marketplace as a source: what it remembers of the requests for its products."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from typing import Any, Final

from arbitragevault.adapters.keepa import schema
from arbitragevault.sandbox.answering import US, Outcome, Task, answer, look_at, with_look
from arbitragevault.sandbox.crew import Crew
from arbitragevault.sandbox.marketplace import Marketplace, Refresh
from arbitragevault.sandbox.request import ProductRequest
from arbitragevault.sandbox.source import Answered
from arbitragevault.sandbox.stats import landed_series
from arbitragevault.sandbox.truth import truth_object
from arbitragevault.sandbox.view import View

_REMEMBERED_PRODUCTS: Final = 200_000


class SimulatedSource:
    """Serves a marketplace.

    Keepa refreshes a product that is asked for, and remembers what it saw. So does this source, as
    long as it lives: a later answer repeats every point of an earlier one.

    Args:
        marketplace: The marketplace; it trades on amazon.com only.
        crew: Processes that make its products; None makes them in this one.
    """

    def __init__(self, marketplace: Marketplace, crew: Crew | None = None) -> None:
        self.marketplace = marketplace
        self.view = View(marketplace)
        self.crew = crew
        self._refreshes: OrderedDict[str, tuple[Refresh, ...]] = OrderedDict()
        self._stock_looks: dict[str, int] = {}
        self._lock = threading.Lock()

    def asins_of(self, code: str, domain: int) -> tuple[str, ...]:
        """The ASINs that bear a product code."""
        return self.marketplace.by_code(code) if domain == US else ()

    def products(self, asins: Sequence[str], request: ProductRequest, now: int) -> list[Answered]:
        """Products as a request wants them, at a market minute.

        Raises:
            WorkerLostError: If a process of the crew ended before it had answered.
        """
        # Of a product that is asked for twice, the second answer knows of the first one.
        if self.crew is None or len(set(asins)) < len(asins):
            if request.domain == US:
                self.marketplace.foresee(asins, now)
            return [
                self._remembered(one, answer(self.marketplace, self._task(one), request, now), now)
                for one in asins
            ]
        outcomes = self.crew.answers([self._task(one) for one in asins], request, now)
        return [
            self._remembered(asin, outcome, now)
            for asin, outcome in zip(asins, outcomes, strict=True)
        ]

    def truth(self, asin: str, now: int) -> dict[str, Any] | None:
        """What really happened to a product, as JSON; None if it is unknown, dead or unborn."""
        truth = self.marketplace.truth(asin, now)
        return None if truth is None else truth_object(truth, self.marketplace.pool)

    def figures(self, asin: str, now: int) -> tuple[int, ...] | None:
        """Look at a product and give the value of every csv slot; None as for ``truth``."""
        product = self.marketplace.product(asin, now, self._look(asin, look_at(now, offers=True)))
        if product is None:
            return None
        series = landed_series(product.observed.csv)
        slots = range(schema.SLOT_COUNT_2026)
        return tuple(int(series[s].values[-1]) if s in series else -1 for s in slots)

    def _task(self, asin: str) -> Task:
        with self._lock:
            return Task(asin, self._refreshes.get(asin, ()), self._stock_looks.get(asin))

    def _remembered(self, asin: str, outcome: Outcome, now: int) -> Answered:
        """An answer, once what follows from it is remembered."""
        if outcome.look is not None:
            self._look(asin, outcome.look)
        if outcome.known is not None:
            self.view.learn(*outcome.known)
        if outcome.saw_stock:
            with self._lock:
                self._stock_looks[asin] = now
        return outcome.answered

    def _look(self, asin: str, look: Refresh) -> tuple[Refresh, ...]:
        """Remember a look at a product."""
        with self._lock:
            after = with_look(self._refreshes.get(asin, ()), look)
            self._refreshes[asin] = after
            self._refreshes.move_to_end(asin)
            while len(self._refreshes) > _REMEMBERED_PRODUCTS:
                self._refreshes.popitem(last=False)
        return after
