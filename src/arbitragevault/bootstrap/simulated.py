"""The simulated marketplace, asked for evidence."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Final

import httpx2

from arbitragevault.adapters.keepa.client import KeepaClient, ProductRequest
from arbitragevault.adapters.keepa.wire import decode_keepa
from arbitragevault.bootstrap.keepa import SANDBOX_KEY, SANDBOX_URL
from arbitragevault.domain.catalog.marketplace import US
from arbitragevault.domain.evidence.trials import Trial
from arbitragevault.domain.market.clock import to_datetime
from arbitragevault.domain.market.market import Market

SANDBOX_EVIDENCE_NOW: Final = 8_100_000
"""Market minute at which the sandbox is asked for evidence (2026-05-27), so that a seed always
gives the same answers and every replayed sale has a published rate card."""

_EVIDENCE_BATCH: Final = 20


def sandbox_sources(seed: int, products: int) -> Iterator[Callable[[], Sequence[Market]]]:
    """The sandbox's products, batch by batch; each batch is asked for where it is replayed.

    Args:
        seed: Seed of the simulated marketplace.
        products: Number of its products.
    """
    from arbitragevault.sandbox.marketplace import Marketplace

    asins = Marketplace(seed, products).asins
    for start in range(0, len(asins), _EVIDENCE_BATCH):
        yield partial(sandbox_markets, seed, products, asins[start : start + _EVIDENCE_BATCH])


def sandbox_markets(seed: int, products: int, asins: Sequence[str]) -> Sequence[Market]:
    """Ask the sandbox for products over its HTTP dialect and decode the answer.

    Args:
        seed: Seed of the simulated marketplace.
        products: Number of its products.
        asins: Which to ask for.
    """
    return asyncio.run(_ask_sandbox(seed, products, asins))


async def _ask_sandbox(seed: int, products: int, asins: Sequence[str]) -> Sequence[Market]:
    from arbitragevault.sandbox.server import create_sandbox, simulated

    app = create_sandbox(
        simulated(seed=seed, size=products),
        clock=lambda: to_datetime(SANDBOX_EVIDENCE_NOW).timestamp(),
    )
    transport = httpx2.ASGITransport(app=app)
    async with KeepaClient(SANDBOX_URL, SANDBOX_KEY, transport=transport) as client:
        request = ProductRequest(US.keepa_domain, asins=tuple(asins), buybox=True)
        answer = await client.products(request)
    return [one for one in answer.markets if one.history]


def sandbox_trial_sources(seed: int, products: int) -> Iterator[Callable[[], Sequence[Trial]]]:
    """Trials against the sandbox's truth, batch by batch; each is made where it is scored.

    Args:
        seed: Seed of the simulated marketplace.
        products: Number of its products.
    """
    for start in range(0, products, _EVIDENCE_BATCH):
        yield partial(_trials_of, seed, range(start, min(start + _EVIDENCE_BATCH, products)))


def _trials_of(seed: int, numbers: range) -> Sequence[Trial]:
    return [trial for _, trials in sandbox_trials(seed, numbers) for trial in trials]


def sandbox_trials(seed: int, numbers: range) -> Iterator[tuple[Market, tuple[Trial, ...]]]:
    """Products of the simulated marketplace, read from the wire, with trials against its truth.

    Args:
        seed: Seed of the marketplace.
        numbers: Products by number.

    Yields:
        The whole history of a product, and its trials.
    """
    from arbitragevault.sandbox.trials import tried_products

    for product in tried_products(seed, numbers):
        trials = tuple(
            Trial(
                market=decode_keepa(one.answer)[0],
                plain=decode_keepa(one.plain)[0],
                units_per_month=30.0 * one.units_per_day,
                sold_days=one.sold,
            )
            for one in product.trials
        )
        yield decode_keepa(product.history)[0], trials
