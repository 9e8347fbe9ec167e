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
from arbitragevault.sandbox.catalogue import MINUTES_PER_DAY, Entry
from arbitragevault.sandbox.compiled import compiled
from arbitragevault.sandbox.economy import BuyBox, Economy
from arbitragevault.sandbox.kinds import topic_id
from arbitragevault.sandbox.randomness import Purpose, stream, uniforms
from arbitragevault.sandbox.ranks import ranks_at
from arbitragevault.sandbox.sellers import SellerPool
from arbitragevault.sandbox.written import NO_VALUE, Flat, begun_pairs, begun_triplets, pairs

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
                _merged(known, np.array(sorted(set(more)), dtype=np.int64))
                for known, more in (
                    (self.minutes, prices),
                    (self.prices, prices),
                    (self.offers, offers),
                )
            )
        )


def _merged(known: NDArray[np.int64], more: NDArray[np.int64]) -> NDArray[np.int64]:
    """The union of two ascending columns, of which the first is by far the longer."""
    at = np.searchsorted(known, more)
    fresh = np.append(known, NO_VALUE)[at] != more
    return np.insert(known, at[fresh], more[fresh])


@dataclass(frozen=True, slots=True)
class Observed:
    """Everything that Keepa knows of a product at some moment.

    Args:
        csv: Flat series by slot; a slot that never held anything is absent.
        ranks: Flat series by category id.
        monthly_sold: Flat series of the "bought in past month" badge.
        box_holders: Market minutes and sellers of the New Buy Box; see ``box_sellers``.
        used_box: Market minutes, offer numbers (-1 nobody) of the Used Buy Box.
        last_look / last_offers_look: Market minutes.
        pool: The marketplace's sellers.
    """

    csv: dict[int, Flat]
    ranks: dict[int, Flat]
    monthly_sold: Flat
    box_holders: tuple[NDArray[np.int64], NDArray[np.int64]]
    used_box: tuple[NDArray[np.int64], NDArray[np.int64]]
    last_look: int
    last_offers_look: int
    pool: SellerPool

    @property
    def box_sellers(self) -> tuple[NDArray[np.int64], list[str]]:
        """Market minutes and ids of the holders of the New Buy Box.

        It is "-1" while the box is withheld, "-2" while nobody sells.
        """
        minutes, holders = self.box_holders
        return minutes, [
            str(who) if who < 0 else self.pool.id_of(who - _SHIFT) for who in holders.tolist()
        ]


def looks_of(entry: Entry, seed: int, until: int) -> Looks:
    """Keepa's own looks at a product up to a minute.

    Args:
        entry: The product.
        seed: The marketplace's seed.
        until: Last market minute.
    """
    usual = 2.5 * 10 ** (0.28 * (entry.log_rank - 2.6)) * 60
    count = int((until - entry.birth) / usual * 1.6) + 64
    draws = stream(seed, entry.index, Purpose.OBSERVATIONS)
    gaps = draws.standard_exponential(count)
    marks = stream(seed, entry.index, Purpose.OBSERVATION_MARKS).random((count, 3))
    length = usual * (0.3 + 0.7 * gaps) * _moods(entry.index % 7, count.bit_length())[:count]
    reads = 0.10 + 0.25 * max(0.0, (6.0 - entry.log_rank) / 3)
    return Looks(*looked(length, marks, reads, entry.birth, until))


@compiled
def looked(
    length: NDArray[np.float64], marks: NDArray[np.float64], reads: float, since: int, until: int
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


def observe(entry: Entry, economy: Economy, pool: SellerPool, seed: int, looks: Looks) -> Observed:
    """Write down what the looks saw.

    Args:
        entry: The product.
        economy: What happened.
        pool: The marketplace's sellers.
        seed: The marketplace's seed.
        looks: When Keepa looked.
    """
    reads = np.searchsorted(looks.prices, looks.offers)
    shelf = sh.shelf_at(economy.offers, looks.prices, reads, LANDED_PRICE_CHANGE)
    csv = {
        **_basic_series(entry, shelf, looks.prices),
        **_offer_series(shelf, reads, looks.offers),
        **_review_series(entry, economy, seed, looks.offers),
    }
    box = economy.buy_box.at(looks.prices)
    csv[18] = begun_triplets(looks.prices, box.price, box.shipping)
    ranks = _rank_series(entry, economy, seed, looks.minutes)
    if ranks:
        csv[3] = ranks[entry.kind.root.id]
    return Observed(
        csv={slot: series for slot, series in sorted(csv.items()) if series.size},
        ranks=ranks,
        monthly_sold=_badge(economy, looks.minutes) if ranks else np.empty(0, dtype=np.int64),
        box_holders=_box_holders(economy, box, shelf),
        used_box=_changes(looks.offers, shelf.best_used),
        last_look=int(looks.minutes[-1]),
        last_offers_look=int(looks.offers[-1]),
        pool=pool,
    )


def _basic_series(entry: Entry, shelf: sh.Shelf, at: NDArray[np.int64]) -> dict[int, Flat]:
    """Series that every look at the prices brings."""
    series = {
        0: pairs(at, shelf.sides[sh.AMAZON_SIDE]),
        1: pairs(at, shelf.sides[sh.NEW_SIDE]),
        2: pairs(at, shelf.sides[sh.USED_SIDE]),
        11: pairs(at, shelf.counts[sh.NEW]),
        12: pairs(at, shelf.counts[sh.USED]),
    }
    if entry.index % 10 < 7:
        series[4] = np.array([at[0], entry.list_price])
    collectible = shelf.counts[sh.COLLECTIBLE]
    if (collectible > 0).any():
        series[5] = pairs(at, shelf.sides[sh.COLLECTIBLE_SIDE])
        series[14] = pairs(at, collectible)
    late = np.searchsorted(at, FBA_COUNTS_SINCE)
    for slot, row in ((34, sh.FBA), (35, sh.FBM)):
        series[slot] = pairs(at[late:], shelf.counts[row, late:])
    return series


def _offer_series(
    shelf: sh.Shelf, reads: NDArray[np.int64], at: NDArray[np.int64]
) -> dict[int, Flat]:
    """Series that only a look at the offers page brings."""
    prices, shipping = shelf.prices, shelf.shipping
    series: dict[int, Flat] = {
        # Amazon ships these, so there is no shipping to add.
        10: begun_pairs(at, prices[sh.FBA_ROW]),
        9: begun_pairs(at, prices[sh.WAREHOUSE_ROW]),
    }
    rows = (7, sh.FBM_ROW), *((19 + k, sh.USED_ROW + k) for k in range(8)), (32, sh.BEST_USED_ROW)
    for slot, row in rows:
        series[slot] = begun_triplets(at, prices[row], shipping[row])
    total = np.maximum(shelf.counts[sh.ALL, reads], 0)
    fetched = np.minimum(total, 40)
    series[15] = np.stack([at, np.where(total > fetched, -fetched, fetched)], axis=1).ravel()
    return series


def _review_series(
    entry: Entry, economy: Economy, seed: int, minutes: NDArray[np.int64]
) -> dict[int, Flat]:
    """Rating and number of ratings, which follow the sales."""
    marks = uniforms(seed, entry.index, Purpose.STATUS, 3)
    sold = np.searchsorted(economy.sales.minute, minutes) * economy.sales.units
    before = int(400 * marks[0] ** 4 * 10 ** (0.5 * (5.2 - entry.log_rank)))
    ratings = before + (sold * (0.01 + 0.03 * marks[1])).astype(np.int64)
    level = 50 - int(12 * marks[2] ** 2)
    stars = np.clip(level + (np.sin(ratings / 40.0) > 0.8), 10, 50).astype(np.int64)
    known = ratings > 0
    return {
        16: pairs(minutes[known], stars[known]),
        17: pairs(minutes[known], ratings[known]),
    }


def _rank_series(
    entry: Entry, economy: Economy, seed: int, minutes: NDArray[np.int64]
) -> dict[int, Flat]:
    """Rank in the root category and in the product's own topic, by category id."""
    marks = stream(seed, entry.index, Purpose.SUBCATEGORY).random(4)
    if not economy.ranked_sales.size and entry.log_rank > 6.8:
        return {}
    root = ranks_at(entry, economy, seed, minutes)
    day = minutes // MINUTES_PER_DAY
    lost_from = economy.latent.first_day + int(40 + 1400 * marks[0])
    if marks[1] < 0.12:
        # Amazon drops a product from the ranking now and then.
        root[(day >= lost_from) & (day < lost_from + 4 + int(30 * marks[2]))] = NO_VALUE
    share = 10 ** -(1.9 + 0.9 * marks[3])
    topic = np.where(root > 0, np.maximum(1, np.rint(root * share)), NO_VALUE).astype(np.int64)
    return {
        entry.kind.root.id: pairs(minutes, root),
        topic_id(entry.kind, entry.topic): pairs(minutes, topic),
    }


_BADGES: Final = np.array(
    [50, 100, 200, 300, 400, 500, 600, 700, 800, 900, 1_000, 2_000, 3_000, 4_000, 5_000, 6_000,
     7_000, 8_000, 9_000, 10_000, 20_000, 30_000, 40_000, 50_000]
)  # fmt: skip
"""Steps of Amazon's "bought in past month" (recorded: 50, 100, 200, 300, 400; 25,000 and more)."""


def _badge(economy: Economy, minutes: NDArray[np.int64]) -> Flat:
    """The "bought in past month" badge: a lower bound of the last 30 days' units, from 50 on."""
    month = 30 * MINUTES_PER_DAY
    sold = np.searchsorted(economy.sales.minute, minutes) - np.searchsorted(
        economy.sales.minute, minutes - month
    )
    step = np.searchsorted(_BADGES, sold * economy.sales.units, side="right") - 1
    badge = np.where(step >= 0, _BADGES[np.maximum(step, 0)], NO_VALUE)
    return begun_pairs(minutes, badge)


def _box_holders(
    economy: Economy, box: BuyBox, shelf: sh.Shelf
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Holders of the New Buy Box; -1 while it is withheld, -2 while nobody sells."""
    empty = shelf.counts[sh.NEW] == sh.NOTHING
    seller = np.append(economy.offers.seller, 0)[box.offer] + _SHIFT
    return _changes(box.minute, np.where(box.offer >= 0, seller, np.where(empty, -2, -1)))


def _changes(
    minutes: NDArray[np.int64], values: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The moments at which a value changed, and what it became."""
    changed = np.append(True, values[1:] != values[:-1])
    return minutes[changed], values[changed]
