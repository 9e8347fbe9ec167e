"""Trials: a simulated product at a moment, as the wire shows it, and what then happened.

For scoring estimates only. A trial puts units of an outsider on the shelf and runs the market again
with them, so that "did our unit sell?" has a true answer.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import orjson

from arbitragevault.sandbox.catalogue import MINUTES_PER_DAY
from arbitragevault.sandbox.marketplace import Marketplace, SimulatedProduct
from arbitragevault.sandbox.sellers import Guest
from arbitragevault.sandbox.stats import Window
from arbitragevault.sandbox.wire import Wanted, product_object

RATE_DAYS: Final = 60
"""Days ahead over which the true sales rate is averaged."""

TRIAL_DAYS: Final = 90
GUEST_UNITS: Final = 3
LEAST_HISTORY_DAYS: Final = 45
LIVE_OFFERS: Final = 20
"""Live offers that are asked for, as the program does."""

FIRST_DAY: Final = 5_300
DAYS_APART: Final = 120
MOMENTS: Final = 3
LAST_DAY: Final = 5_800
"""Days since 2011-01-01: three moments a product from July 2025 to July 2026, spread over the year
by product, and the end of what is known afterwards (2026-11-18)."""

_GUESTS: Final = {"new": 1, "used": 4}
"""Keepa's condition codes of the units that are put on the shelf: New, and Used in good state."""


@dataclass(frozen=True, slots=True)
class WireTrial:
    """One trial.

    Args:
        asin: The product.
        minute: Market minute of the trial.
        answer: Keepa's product object with live offers, as JSON.
        plain: The same without offers.
        units_per_day: True expected sales of the product, a mean over the next 60 days.
        sold: By class: days until each unit of ours sold; units that did not are absent.
    """

    asin: str
    minute: int
    answer: bytes
    plain: bytes
    units_per_day: float
    sold: Mapping[str, tuple[float, ...]]


@dataclass(frozen=True, slots=True)
class TriedProduct:
    """A product with its trials.

    Args:
        asin: The product.
        history: Keepa's product object long after the trials, as JSON.
        trials: Oldest first.
    """

    asin: str
    history: bytes
    trials: tuple[WireTrial, ...]


def tried_products(seed: int, numbers: range) -> Iterator[TriedProduct]:
    """Trials of the products with these numbers; dead and digital ones are left out.

    Args:
        seed: Seed of the marketplace.
        numbers: Products by number.
    """
    marketplace = Marketplace(seed, numbers.stop)
    for number in numbers:
        asin = marketplace.asins[number]
        entry = marketplace.entry(asin)
        end = LAST_DAY * MINUTES_PER_DAY
        if entry is None or entry.kind.is_digital:
            continue
        last = marketplace.product(asin, end, horizon=end)
        if last is None:
            continue
        begin = FIRST_DAY + number * 37 % DAYS_APART
        trials = (_trial(marketplace, asin, begin + k * DAYS_APART) for k in range(MOMENTS))
        yield TriedProduct(
            asin,
            _wire(marketplace, last, offers=LIVE_OFFERS),
            tuple(one for one in trials if one is not None),
        )


def _trial(marketplace: Marketplace, asin: str, day: int) -> WireTrial | None:
    """The trial of a day; None where the product is too young."""
    minute, end = day * MINUTES_PER_DAY, LAST_DAY * MINUTES_PER_DAY
    product = marketplace.product(asin, minute, horizon=end)
    if product is None:
        return None
    economy = product.economy
    first = day - economy.latent.first_day
    if first < LEAST_HISTORY_DAYS:
        return None
    rate = economy.expected[first : first + RATE_DAYS].sum(axis=1).mean()
    return WireTrial(
        asin=asin,
        minute=minute,
        answer=_wire(marketplace, product, offers=LIVE_OFFERS),
        plain=_wire(marketplace, product, offers=None),
        units_per_day=float(rate),
        sold={name: _sold(marketplace, asin, minute, code) for name, code in _GUESTS.items()},
    )


def _sold(marketplace: Marketplace, asin: str, minute: int, code: int) -> tuple[float, ...]:
    """Days until each of our units sold, shipped by Amazon and priced with the cheapest."""
    until = minute + TRIAL_DAYS * MINUTES_PER_DAY
    guest = Guest(minute, until, code, is_fba=True, units=GUEST_UNITS)
    sold = marketplace.guest_sales(asin, guest, until)
    return tuple(np.round((sold - minute) / MINUTES_PER_DAY, 3).tolist())


def _wire(marketplace: Marketplace, product: SimulatedProduct, *, offers: int | None) -> bytes:
    """Keepa's product object as JSON."""
    now = product.now
    wanted = Wanted(interval=Window(now - 90 * MINUTES_PER_DAY, now), offers=offers)
    return orjson.dumps(
        product_object(marketplace, product, wanted), option=orjson.OPT_SERIALIZE_NUMPY
    )
