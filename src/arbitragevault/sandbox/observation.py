"""What Keepa saw: irregular looks at the market, written down as its csv series.

A look may miss the prices and see the rank only, whole weeks may be missing, and only some looks
read the offers page. Values are written when they differ from the last ones written.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from arbitragevault.domain.market.market import LANDED_PRICE_CHANGE
from arbitragevault.sandbox import shelf as sh
from arbitragevault.sandbox import written as wr
from arbitragevault.sandbox.catalogue import Entry
from arbitragevault.sandbox.compiled import compiled
from arbitragevault.sandbox.economy import Economy
from arbitragevault.sandbox.fates import Fate
from arbitragevault.sandbox.kinds import topic_id
from arbitragevault.sandbox.randomness import Purpose, stream
from arbitragevault.sandbox.ranks import ranks_at
from arbitragevault.sandbox.sellers import SellerPool
from arbitragevault.sandbox.written import Flat, badges, page_of, pairs, reviews

FBA_COUNTS_SINCE: Final = 7_947_360
"""Market minute of 2026-02-10, when Keepa began to count FBA and FBM offers (slots 34, 35)."""

_PRICES_MISSED: Final = 0.06
_LONG_GAPS: Final = 0.0012
_DAY: Final = 1_440
_SHIFT: Final = 10
"""Added to seller numbers so that Amazon's own, which are negative, differ from the sentinels."""


@dataclass(frozen=True, slots=True)
class Looks:
    """When Keepa looked at a product.

    Args:
        minutes: int64 [n] every look.
        prices: int64 [m] those that saw prices and counts.
        offers: int64 [k] those that read the offers page.
    """

    minutes: NDArray[np.int64]
    prices: NDArray[np.int64]
    offers: NDArray[np.int64]

    def joined(self, prices: Sequence[int], offers: Sequence[int]) -> Looks:
        """With further looks: market minutes of all of them, and of those that read offers."""
        if not prices:
            return self
        return Looks(
            *(
                merged(known, np.array(sorted(set(more)), dtype=np.int64))
                for known, more in (
                    (self.minutes, prices),
                    (self.prices, prices),
                    (self.offers, offers),
                )
            )
        )


@compiled
def merged(known: NDArray[np.int64], more: NDArray[np.int64]) -> NDArray[np.int64]:
    """The union of two ascending columns, each of which has everything once."""
    found, size, one = np.empty(known.size + more.size, dtype=np.int64), 0, 0
    for minute in known:
        while one < more.size and more[one] <= minute:
            if more[one] < minute:
                found[size] = more[one]
                size += 1
            one += 1
        found[size] = minute
        size += 1
    for minute in more[one:]:
        found[size] = minute
        size += 1
    return found[:size].copy()


@dataclass(frozen=True, slots=True)
class Observed:
    """Everything that Keepa knows of a product at some moment.

    Args:
        csv: Flat series by slot; a slot that never held anything is absent.
        ranks: Flat series by category id.
        monthly_sold: Flat series of the "bought in past month" badge.
        price_looks / offer_looks: Market minutes of the looks at prices, at the offers page.
        held: int64 [price looks] the offer that held the New Buy Box, -1 for none.
        new_offers: int64 [price looks] how many there were, -1 for none.
        best_used: int64 [offer looks] the offer in the Used Buy Box, -1 for nobody.
        sellers: int64 [offers] seller numbers.
        last_look / last_offers_look: Market minutes.
        pool: The marketplace's sellers.
    """

    csv: dict[int, Flat]
    ranks: dict[int, Flat]
    monthly_sold: Flat
    price_looks: NDArray[np.int64]
    offer_looks: NDArray[np.int64]
    held: NDArray[np.int64]
    new_offers: NDArray[np.int64]
    best_used: NDArray[np.int64]
    sellers: NDArray[np.int64]
    last_look: int
    last_offers_look: int
    pool: SellerPool

    @property
    def box_sellers(self) -> tuple[NDArray[np.int64], list[str]]:
        """Market minutes and ids of the holders of the New Buy Box.

        It is "-1" while the box is withheld, "-2" while nobody sells.
        """
        nobody = np.where(self.new_offers == sh.NOTHING, -2, -1)
        seller = np.where(self.held >= 0, self.sellers[self.held] + _SHIFT, nobody)
        minutes, holders = _changes(self.price_looks, seller)
        return minutes, [
            str(who) if who < 0 else self.pool.id_of(who - _SHIFT) for who in holders.tolist()
        ]

    @property
    def used_box(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Market minutes and offer numbers (-1 nobody) of the Used Buy Box."""
        return _changes(self.offer_looks, self.best_used)


def looks_of(entry: Entry, seed: int, until: int) -> Looks:
    """Keepa's own looks at a product up to a minute.

    Args:
        entry: The product.
        seed: The marketplace's seed.
        until: Last market minute.
    """
    usual = 2.5 * 10 ** (0.28 * (entry.log_rank - 2.6)) * 60
    count = int((until - entry.birth) / usual * 1.6) + 64
    gaps = stream(seed, entry.index, Purpose.OBSERVATIONS).standard_exponential(count)
    length = usual * (0.3 + 0.7 * gaps) * _moods(entry.index % 7, count.bit_length())[:count]
    # Long gaps come on top, so these are as many as there can be.
    count = int(length.cumsum().searchsorted(until - entry.birth)) + 2
    marks = stream(seed, entry.index, Purpose.OBSERVATION_MARKS).random((count, 3))
    reads = 0.10 + 0.25 * max(0.0, (6.0 - entry.log_rank) / 3)
    return Looks(*looked(length[:count], marks, reads, entry.birth, until))


@compiled
def looked(
    length: NDArray[np.float64],
    marks: NDArray[np.float64],
    reads: float,
    since: int,
    until: int,
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """When a product was looked at: ever, with an eye on the prices, on the offers page.

    Args:
        length: float64 [n] minutes between looks.
        marks: float64 [n, 3] uniform draws: whether a long gap follows; how long it is, or whether
            the prices are seen; whether the offers page is read.
        reads: Share of looks that read the offers page.
        since: Market minute of the first look.
        until: Market minute of the last possible one.
    """
    found = np.empty((3, length.size), dtype=np.int64)
    size, seen, read, after = 0, 0, 0, 0.0
    for place in range(length.size):
        at = since + int(after / 2) * 2
        gap = (6 + 34 * marks[place, 1]) * _DAY if marks[place, 0] < _LONG_GAPS else 0.0
        after += length[place] + gap
        if at > until:
            break
        if size and at == found[0, size - 1]:
            continue
        is_read = size == 0 or marks[place, 2] < reads
        if is_read or marks[place, 1] >= _PRICES_MISSED:
            found[1, seen] = at
            seen += 1
        if is_read:
            found[2, read] = at
            read += 1
        found[0, size] = at
        size += 1
    return found[0, :size].copy(), found[1, :seen].copy(), found[2, :read].copy()


@lru_cache(maxsize=256)
def _moods(number: int, bits: int) -> NDArray[np.float64]:
    """A product is looked at eagerly for some months and rarely in others: 2 ** bits factors."""
    moods: NDArray[np.float64] = np.exp(
        0.5 * np.sin(np.arange(1 << bits) * (0.01 + 0.02 * number / 7))
    )
    return moods


def observe(
    entry: Entry, fate: Fate, economy: Economy, pool: SellerPool, seed: int, looks: Looks
) -> Observed:
    """Write down what the looks saw.

    Args:
        entry: The product.
        fate: What is drawn for it once and for all.
        economy: What happened.
        pool: The marketplace's sellers.
        seed: The marketplace's seed.
        looks: When Keepa looked.
    """
    reads = np.searchsorted(looks.prices, looks.offers)
    shelf = sh.shelf_at(economy.offers, looks.prices, reads, LANDED_PRICE_CHANGE)
    page = page_of(_PAGE, looks.prices, looks.offers, reads, shelf, economy.boxes, FBA_COUNTS_SINCE)
    ends = page.ends.tolist()
    csv = {
        slot: page.flat[start:end]
        for slot, start, end in zip(_PAGE_SLOTS, (0, *ends), ends, strict=False)
    }
    if entry.index % 10 < 7:
        csv[4] = np.array([looks.prices[0], entry.list_price])
    csv[16], csv[17] = _review_series(entry, fate, economy, looks.offers)
    ranks = _rank_series(entry, economy, seed, looks.minutes)
    badge = np.empty(0, dtype=np.int64)
    if ranks:
        csv[3] = ranks[entry.kind.root.id]
        badge = badges(looks.minutes, economy.sold, economy.buyers.units, _BADGES)
    return Observed(
        csv={slot: csv[slot] for slot in sorted(csv) if csv[slot].size},
        ranks=ranks,
        monthly_sold=badge,
        price_looks=looks.prices,
        offer_looks=looks.offers,
        held=page.held,
        new_offers=shelf.counts[sh.NEW],
        best_used=shelf.best_used,
        sellers=economy.offers.seller,
        last_look=int(looks.minutes[-1]),
        last_offers_look=int(looks.offers[-1]),
        pool=pool,
    )


_PLAN: Final = {
    0: (wr.SIDE, sh.AMAZON_SIDE, False),
    1: (wr.SIDE, sh.NEW_SIDE, False),
    2: (wr.SIDE, sh.USED_SIDE, False),
    5: (wr.SIDE, sh.COLLECTIBLE_SIDE, True),
    7: (wr.LANDED, sh.FBM_ROW, True),
    # Amazon ships these, so there is no shipping to add.
    9: (wr.PRICE, sh.WAREHOUSE_ROW, True),
    10: (wr.PRICE, sh.FBA_ROW, True),
    11: (wr.COUNT, sh.NEW, False),
    12: (wr.COUNT, sh.USED, False),
    14: (wr.COUNT, sh.COLLECTIBLE, True),
    15: (wr.TOTAL, sh.ALL, False),
    18: (wr.BOX, 0, True),
    **{19 + grade: (wr.LANDED, sh.USED_ROW + grade, True) for grade in range(8)},
    32: (wr.LANDED, sh.BEST_USED_ROW, True),
    34: (wr.LATE_COUNT, sh.FBA, False),
    35: (wr.LATE_COUNT, sh.FBM, False),
}
"""By slot what a series of the shelf is made of, see ``written.page_of``."""
_PAGE_SLOTS: Final = tuple(_PLAN)
_PAGE: Final = np.array(list(_PLAN.values()), dtype=np.int64)


def _review_series(
    entry: Entry, fate: Fate, economy: Economy, minutes: NDArray[np.int64]
) -> tuple[Flat, Flat]:
    """Rating and number of ratings."""
    marks = fate.ratings
    before = int(400 * marks[0] ** 4 * 10 ** (0.5 * (5.2 - entry.log_rank)))
    rated, level = (before, 0.01 + 0.03 * marks[1]), 50 - int(12 * marks[2] ** 2)
    return reviews(minutes, economy.sold, economy.buyers.units, rated, level)


def _rank_series(
    entry: Entry, economy: Economy, seed: int, minutes: NDArray[np.int64]
) -> dict[int, Flat]:
    """Rank in the root category and in the product's own topic, by category id."""
    if not economy.ranked_sales.size and entry.log_rank > 6.8:
        return {}
    marks = stream(seed, entry.index, Purpose.SUBCATEGORY).random(4).tolist()
    lost = (0, 0)
    if marks[1] < 0.12:
        # Amazon drops a product from the ranking now and then.
        since = economy.latent.first_day + int(40 + 1400 * marks[0])
        lost = (since, since + 4 + int(30 * marks[2]))
    share = 10 ** -(1.9 + 0.9 * marks[3])
    ranks = ranks_at(entry, economy, seed, minutes, lost, share)
    return {
        entry.kind.root.id: pairs(minutes, ranks[0]),
        topic_id(entry.kind, entry.topic): pairs(minutes, ranks[1]),
    }


_BADGES: Final = np.array(
    [50, 100, 200, 300, 400, 500, 600, 700, 800, 900, 1_000, 2_000, 3_000, 4_000, 5_000, 6_000,
     7_000, 8_000, 9_000, 10_000, 20_000, 30_000, 40_000, 50_000]
)  # fmt: skip
"""Steps of Amazon's "bought in past month" (recorded: 50, 100, 200, 300, 400; 25,000 and more)."""


def _changes(
    minutes: NDArray[np.int64], values: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The moments at which a value changed, and what it became."""
    changed = np.append(True, values[1:] != values[:-1])
    return minutes[changed], values[changed]
