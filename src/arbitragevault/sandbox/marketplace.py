"""The simulated marketplace: products on demand, each with the truth behind what Keepa shows."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final, Generic, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from arbitragevault.sandbox.buyers import Sales
from arbitragevault.sandbox.catalogue import (
    MINUTES_PER_DAY,
    Entry,
    asin_of,
    entries_of,
    entry_of,
    family_of,
    shares_code,
)
from arbitragevault.sandbox.codes import PARENT_PREFIX, Numbering
from arbitragevault.sandbox.economy import Economy, economy_of
from arbitragevault.sandbox.fates import Fate, fates_of
from arbitragevault.sandbox.latent import Episode, Latent, latent_of
from arbitragevault.sandbox.observation import Looks, Observed, looks_of, observe
from arbitragevault.sandbox.sellers import (
    AMAZON,
    AMAZON_SELLER,
    WAREHOUSE,
    WAREHOUSE_SELLER,
    Guest,
    SellerPool,
    seller_pool,
)

DEFAULT_SEED: Final = 1
DEFAULT_PRODUCTS: Final = 5_000
_BLOCK_DAYS: Final = 28
"""Markets are simulated to the end of a block of days, so that a later question within the block
needs no new simulation."""
_KEPT_MARKETS: Final = 128
_KEPT_ENTRIES: Final = 4_096

K = TypeVar("K")
V = TypeVar("V")


class Refresh(NamedTuple):
    """A look at a product that somebody asked for.

    ``offers`` tells whether it read the offers page too.
    """

    minute: int
    offers: bool


@dataclass(frozen=True, slots=True)
class SimulatedProduct:
    """One product as it stands at a moment.

    Args:
        entry: Catalogue facts, the true package included.
        economy: What happened, partly after ``now``.
        looks: When Keepa looked, up to ``now``.
        observed: What Keepa wrote down.
        now: Market minute.
        pool: The marketplace's sellers.
    """

    entry: Entry
    economy: Economy
    looks: Looks
    observed: Observed
    now: int
    pool: SellerPool


@dataclass(frozen=True, slots=True)
class Truth:
    """What no estimator sees: the answers against which forecasts are scored.

    Args:
        entry: Catalogue facts; ``package`` is what Amazon charges by, ``kind.root`` the category.
        first_day: Day since 2011-01-01 of the first element of the daily levels.
        demand: float64 [days] units per day that buyers would take at the price level (of the whole
            variation family where there is one).
        value / used_value: float64 [days] cents a new and a good used copy are worth.
        episodes: What happened, begun before ``now``.
        expected: float64 [days, 2] units per day, new and used, that buyers took on average at what
            was on offer: the sales rate of the product itself, without the chance of single sales.
        sales: Every sale up to ``now``.
    """

    entry: Entry
    first_day: int
    demand: NDArray[np.float64]
    value: NDArray[np.float64]
    used_value: NDArray[np.float64]
    episodes: tuple[Episode, ...]
    expected: NDArray[np.float64]
    sales: Sales


class _Kept(Generic[K, V]):
    """The results that were used last, for several threads.

    Args:
        limit: How many to keep.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._results: OrderedDict[K, V] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: K, make: Callable[[], V]) -> V:
        """The result for a key, made if it is not kept."""
        with self._lock:
            if key in self._results:
                self._results.move_to_end(key)
                return self._results[key]
        return self.all([key], lambda _: [make()])[0]

    def all(self, keys: Sequence[K], make: Callable[[Sequence[K]], Sequence[V]]) -> list[V]:
        """The results for some keys; those that are not kept are made together."""
        with self._lock:
            known = {key: self._results[key] for key in keys if key in self._results}
            for key in known:
                self._results.move_to_end(key)
        missing = [key for key in dict.fromkeys(keys) if key not in known]
        if missing:
            made = dict(zip(missing, make(missing), strict=True))
            known |= made
            with self._lock:
                self._results |= made
                while len(self._results) > self._limit:
                    self._results.popitem(last=False)
        return [known[key] for key in keys]


class Marketplace:
    """Products by number, made when asked for, always the same for the same seed.

    Args:
        seed: Decides everything.
        size: How many products there are (variation parents not counted).
    """

    def __init__(self, seed: int = DEFAULT_SEED, size: int = DEFAULT_PRODUCTS) -> None:
        self.seed = seed
        self.size = size
        self._numbering = Numbering(seed)
        self._entries: _Kept[str, Entry | None] = _Kept(_KEPT_ENTRIES)
        self._fates: _Kept[int, Fate] = _Kept(_KEPT_MARKETS)
        self._markets: _Kept[tuple[int, int], Economy] = _Kept(_KEPT_MARKETS)
        self._own_looks: _Kept[tuple[int, int], Looks] = _Kept(_KEPT_MARKETS)

    @cached_property
    def pool(self) -> SellerPool:
        """Every seller."""
        return seller_pool(self.seed)

    @cached_property
    def seller_numbers(self) -> dict[str, int]:
        """Seller numbers by id, Amazon's own included."""
        numbers = {one: number for number, one in enumerate(self.pool.ids)}
        return numbers | {AMAZON_SELLER: AMAZON, WAREHOUSE_SELLER: WAREHOUSE}

    @cached_property
    def asins(self) -> tuple[str, ...]:
        """The ASIN of every product, dead ones included, by number."""
        return tuple(asin_of(self._numbering, index) for index in range(self.size))

    def index_of(self, asin: str) -> int | None:
        """The number of the product with an ASIN, or None."""
        index = self._numbering.index_of_asin(asin)
        if index is None or index >= self.size:
            return None
        return index if asin_of(self._numbering, index) == asin else None

    def entry(self, asin: str) -> Entry | None:
        """The catalogue facts of an ASIN, or None."""
        return self._entries.get(asin, lambda: self._entries_of([asin])[0])

    def fate(self, entry: Entry) -> Fate:
        """What is drawn for a product once and for all."""
        return self._fates.get(entry.index, lambda: fates_of([entry], self.seed)[0])

    def foresee(self, asins: Sequence[str], now: int) -> None:
        """Simulate products that are about to be asked for, one kind of work after the other.

        Args:
            asins: Their ASINs.
            now: Market minute.
        """
        found = self._entries.all(asins[:_KEPT_MARKETS], self._entries_of)
        entries = {
            one.index: one
            for one in found
            if one is not None and not one.is_dead and now >= one.birth
        }
        self._fates.all(
            list(entries), lambda missing: fates_of([entries[one] for one in missing], self.seed)
        )
        lives = [(one.index, self._days_until(one, now)) for one in entries.values()]

        def markets(missing: Sequence[tuple[int, int]]) -> list[Economy]:
            latents = [self._latent(entries[index], days) for index, days in missing]
            return [
                self._market(entries[index], latent)
                for (index, _), latent in zip(missing, latents, strict=True)
            ]

        self._markets.all(lives, markets)
        self._own_looks.all(
            [(index, now) for index in entries],
            lambda missing: [looks_of(entries[index], self.seed, now) for index, _ in missing],
        )

    def _entries_of(self, asins: Sequence[str]) -> list[Entry | None]:
        indices = [self.index_of(asin) for asin in asins]
        known = [index for index in indices if index is not None]
        entries = iter(entries_of(self._numbering, known) if known else ())
        return [None if index is None else next(entries) for index in indices]

    def family_of_parent(self, asin: str) -> tuple[Entry, ...] | None:
        """The children of a variation parent, or None if the ASIN is none."""
        if not asin.startswith(PARENT_PREFIX):
            return None
        leader = self._numbering.index_of_asin(asin)
        if leader is None or leader >= self.size:
            return None
        family = family_of(self.seed, leader)
        if family is None or family.position:
            return None
        return tuple(
            entry_of(self._numbering, index) for index in family.members if index < self.size
        )

    def parent_asin(self, entry: Entry) -> str | None:
        """The variation parent's ASIN, or None."""
        return None if entry.family is None else self._numbering.parent_asin(entry.family.leader)

    def parent_asin_of(self, leader: int) -> str:
        """The ASIN of the variation parent whose first child has a number."""
        return self._numbering.parent_asin(leader)

    def sibling_asins(self, entry: Entry) -> tuple[str, ...]:
        """The ASINs of all variations of the product's family, its own included."""
        if entry.family is None:
            return ()
        return tuple(
            asin_of(self._numbering, index) for index in entry.family.members if index < self.size
        )

    def by_code(self, code: str) -> tuple[str, ...]:
        """The ASINs that bear an ISBN-13, EAN-13 or UPC-A; most codes have one, some two."""
        index = self._numbering.index_of_code(code)
        if index is None or index >= self.size:
            return ()
        bearers = [
            number
            for number in (index, index + 1)
            if number < self.size and shares_code(self.seed, number) == (number > index)
        ]
        entries = [entry_of(self._numbering, number) for number in bearers]
        upc = code[-12:]
        return tuple(entry.asin for entry in entries if code in entry.eans or upc in entry.upcs)

    def product(
        self,
        asin: str,
        now: int,
        refreshes: Sequence[Refresh] = (),
        *,
        horizon: int | None = None,
    ) -> SimulatedProduct | None:
        """A product as Keepa knows it at a moment.

        Asked again with a later ``now`` (and at least the same refreshes), the answer continues
        this one.

        Args:
            asin: Its ASIN.
            now: Market minute.
            refreshes: Looks that somebody asked for.
            horizon: Simulate up to this minute, so that several questions share one simulation;
                None simulates no further than needed. What the answer shows does not depend on it.

        Returns:
            The product; None if the ASIN is unknown, dead, or not yet born.
        """
        entry = self.entry(asin)
        if entry is None or entry.is_dead or now < entry.birth:
            return None
        economy = self._economy(entry, now if horizon is None else max(now, horizon))
        looks = self._looks(entry, now, refreshes)
        observed = observe(entry, self.fate(entry), economy, self.pool, self.seed, looks)
        return SimulatedProduct(entry, economy, looks, observed, now, self.pool)

    def looks(self, asin: str, now: int, refreshes: Sequence[Refresh] = ()) -> Looks | None:
        """When Keepa looked at a product up to a moment; None as for ``product``."""
        entry = self.entry(asin)
        if entry is None or entry.is_dead or now < entry.birth:
            return None
        return self._looks(entry, now, refreshes)

    def truth(self, asin: str, now: int) -> Truth | None:
        """What really happened to a product up to a moment; None as for ``product``."""
        entry = self.entry(asin)
        if entry is None or entry.is_dead or now < entry.birth:
            return None
        economy = self._economy(entry, now)
        latent = economy.latent
        days = now // MINUTES_PER_DAY - latent.first_day + 1
        today = now // MINUTES_PER_DAY
        return Truth(
            entry=entry,
            first_day=latent.first_day,
            demand=latent.demand[:days],
            value=latent.value[:days],
            used_value=latent.used_value[:days],
            episodes=tuple(episode for episode in latent.episodes if episode.start <= today),
            expected=economy.expected[:days],
            sales=economy.sales.up_to(now),
        )

    def guest_sales(self, asin: str, guest: Guest, until: int) -> NDArray[np.int64]:
        """When the units of a seller from outside would have sold; the market is run again with it.

        Everybody else reacts to the guest as to any other seller. When the guest looks at its price
        is drawn anew for every block of days that holds ``until``.

        Args:
            asin: A living product's ASIN.
            guest: Who comes, when and with what.
            until: Last market minute that counts.

        Returns:
            [n] market minutes, ascending; as many as units sold.
        """
        entry = self.entry(asin)
        if entry is None or entry.is_dead:
            return np.empty(0, dtype=np.int64)
        latent = self._latent(entry, self._days_until(entry, until))
        economy = self._market(entry, latent, guest)
        sales = economy.sales.up_to(until)
        own = sales.minute[sales.offer == economy.offers.seller.size - 1]
        return np.repeat(own, sales.units)[: guest.units]

    def _looks(self, entry: Entry, now: int, refreshes: Sequence[Refresh]) -> Looks:
        prices = [refresh.minute for refresh in refreshes if refresh.minute <= now]
        offers = [refresh.minute for refresh in refreshes if refresh.offers]
        own = self._own_looks.get((entry.index, now), lambda: looks_of(entry, self.seed, now))
        return own.joined(prices, offers)

    def _economy(self, entry: Entry, now: int) -> Economy:
        """The market of a product, simulated to the end of the block of days that holds now."""
        days = self._days_until(entry, now)
        return self._markets.get(
            (entry.index, days), lambda: self._market(entry, self._latent(entry, days))
        )

    def _latent(self, entry: Entry, days: int) -> Latent:
        return latent_of(entry, self.fate(entry), self.seed, days)

    def _market(self, entry: Entry, latent: Latent, guest: Guest | None = None) -> Economy:
        return economy_of(entry, self.fate(entry), latent, self.pool, self.seed, guest)

    @staticmethod
    def _days_until(entry: Entry, now: int) -> int:
        """Days of the product's life to the end of the block of days that holds a minute."""
        block = now // MINUTES_PER_DAY // _BLOCK_DAYS + 1
        return block * _BLOCK_DAYS - entry.birth // MINUTES_PER_DAY
