"""The market in motion: sellers arrive, reprice, undercut, sell out and leave; buyers choose.

One pass over a product's events in the order of time. Each seller sees the offers that are there
at that moment, so price wars, resets and empty shelves arise from what the sellers do.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from arbitragevault.sandbox.amazon import ROWS, Spells, spells_of
from arbitragevault.sandbox.catalogue import MINUTES_PER_DAY, Entry
from arbitragevault.sandbox.exchange import GONE, NOBODY, Exchange, Quote
from arbitragevault.sandbox.kinds import rate_at_rank
from arbitragevault.sandbox.latent import Latent
from arbitragevault.sandbox.randomness import Purpose, stream
from arbitragevault.sandbox.sellers import Cast, SellerPool, cast_of

THINNING: Final = 1.6
"""Candidate buyers per buyer at the ordinary price; more come when it is cheap, up to this."""
_QUOTES: Final = 900
"""About how many times in four years the shelf is looked at for a sale."""
_HORIZON_DAYS: Final = 1_460
_USED_BELOW: Final = 0.72
"""A buyer who would take either takes used where it costs less than this share of new."""
_UNITS_PER_DAY: Final = 20.0
"""Above this demand one buyer stands for several units, bought together."""


@dataclass(frozen=True, slots=True)
class Offers:
    """Every offer of a product's life, Amazon's own spells included, and its price changes.

    Args:
        seller / condition / is_fba / shipping: [offers] as in ``Cast``.
        stock: int64 [offers] units at arrival; 0 where nobody knows (Amazon).
        change_offer: int64 [changes] which offer.
        change_start / change_end: int64 [changes] market minutes between which the price holds.
        change_price: int64 [changes] cents without shipping.
    """

    seller: NDArray[np.int64]
    condition: NDArray[np.int64]
    is_fba: NDArray[np.bool_]
    shipping: NDArray[np.int64]
    stock: NDArray[np.int64]
    change_offer: NDArray[np.int64]
    change_start: NDArray[np.int64]
    change_end: NDArray[np.int64]
    change_price: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Sales:
    """Every sale.

    Args:
        minute: int64 [sales], ascending.
        units: Units per sale.
        price / shipping: int64 [sales] cents.
        condition: int64 [sales] Keepa's condition codes.
        seller: int64 [sales] seller numbers.
        is_fba: bool [sales].
        offer: int64 [sales] offer numbers.
    """

    minute: NDArray[np.int64]
    units: int
    price: NDArray[np.int64]
    shipping: NDArray[np.int64]
    condition: NDArray[np.int64]
    seller: NDArray[np.int64]
    is_fba: NDArray[np.bool_]
    offer: NDArray[np.int64]

    def up_to(self, minute: int) -> Sales:
        """The sales up to a market minute."""
        end = int(np.searchsorted(self.minute, minute, side="right"))
        return Sales(
            self.minute[:end],
            self.units,
            *(column[:end] for column in (self.price, self.shipping, self.condition, self.seller)),
            self.is_fba[:end],
            self.offer[:end],
        )


@dataclass(frozen=True, slots=True)
class BuyBox:
    """Who held the New Buy Box.

    Args:
        minute: int64 [changes], ascending.
        offer: int64 [changes] offer numbers; -1 while it is suppressed or nobody sells.
        price: int64 [changes] cents; -1 likewise.
        shipping: int64 [changes] cents; -1 likewise.
    """

    minute: NDArray[np.int64]
    offer: NDArray[np.int64]
    price: NDArray[np.int64]
    shipping: NDArray[np.int64]

    def at(self, minutes: NDArray[np.int64]) -> BuyBox:
        """The state at each of the given moments; withheld before the first one known."""
        index = np.searchsorted(self.minute, minutes, side="right") - 1
        return BuyBox(
            minutes,
            *(
                np.append(column, NOBODY)[index]
                for column in (self.offer, self.price, self.shipping)
            ),
        )


@dataclass(frozen=True, slots=True)
class Economy:
    """What happened in a product's market up to the simulated end.

    Args:
        latent: The hidden drivers.
        offers: Every offer.
        sales: The product's own sales.
        buy_box: Who held the Buy Box.
        ranked_sales: int64 [n] market minutes of the sales that count for the sales rank; those of
            all siblings where the product is a variation. Each stands for ``sales.units`` units.
    """

    latent: Latent
    offers: Offers
    sales: Sales
    buy_box: BuyBox
    ranked_sales: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class _Buyers:
    """Candidate buyers: when they come, what they would take, how hard they are to please.

    Args:
        minute: int64 [n] market minutes, ascending.
        kind: int64 [n] takes new only (0), either (1), used only (2), or a sibling (3).
        reluctance: float64 [n] between 0 and 1.
        units: Units that one candidate buys.
        stride: The shelf is looked at for every ``stride``-th candidate.
        elasticity: How strongly buyers react to the price.
    """

    minute: NDArray[np.int64]
    kind: NDArray[np.int64]
    reluctance: NDArray[np.float64]
    units: int
    stride: int
    elasticity: float


def economy_of(entry: Entry, latent: Latent, pool: SellerPool, seed: int) -> Economy:
    """Run a product's market from its first day to the end of its latent levels."""
    end = (latent.first_day + latent.demand.size) * MINUTES_PER_DAY
    cast = cast_of(entry, latent, pool, seed)
    spells = spells_of(entry, seed)
    buyers = _buyers(entry, latent, seed)
    exchange = Exchange(latent, cast, spells)
    quotes = _play(exchange, _agenda(entry, cast, spells, buyers, end, seed), buyers)
    sales, ranked = _sales(
        cast,
        spells,
        buyers,
        quotes,
        is_shared=entry.family is not None or entry.kind.name == "e-book",
    )
    return Economy(
        latent=latent,
        offers=_offers(exchange, cast, spells, end),
        sales=sales,
        buy_box=BuyBox(*(np.array(column, dtype=np.int64) for column in exchange.box_log)),
        ranked_sales=ranked,
    )


def _buyers(entry: Entry, latent: Latent, seed: int) -> _Buyers:
    """The candidates of a product; siblings share one stream of them."""
    family = entry.family
    owner = entry.index if family is None else family.leader
    usual = rate_at_rank(entry.kind.root, entry.log_rank)
    units = max(1, round(usual / _UNITS_PER_DAY))
    stride = max(1, int(usual * THINNING * _HORIZON_DAYS / units / _QUOTES))
    expected = np.concatenate(([0.0], np.cumsum(latent.demand))) * (THINNING / units)
    draws = stream(seed, owner, Purpose.BUYERS)
    gaps = draws.standard_exponential(int(expected[-1] + 8 * np.sqrt(expected[-1]) + 16)).cumsum()
    gaps = gaps[gaps < expected[-1]]
    days = np.interp(gaps, expected, np.arange(expected.size))
    minute = ((latent.first_day + days) * MINUTES_PER_DAY).astype(np.int64)
    marks = stream(seed, owner, Purpose.BUYER_KINDS).random((minute.size, 3))
    used = entry.kind.used_buyers
    kind = np.where(marks[:, 0] >= used, 0, np.where(marks[:, 0] >= 0.45 * used, 1, 2))
    if family is not None:
        child = np.searchsorted(np.cumsum(family.shares)[:-1], marks[:, 2])
        kind = np.where(child == family.position, kind, 3)
    elasticity = 0.8 + 1.8 * float(stream(seed, entry.index, Purpose.LEVELS).random())
    return _Buyers(minute, kind, marks[:, 1], units, stride, elasticity)


_ARRIVE: Final = 0
_REPRICE: Final = 1
_LOOK: Final = 2
_ROTATE: Final = 3
_LEAVE: Final = 4


@dataclass(frozen=True, slots=True)
class _Agenda:
    """Everything that is due, in the order of time: [n] minutes, verbs, subjects and marks."""

    minute: list[int]
    verb: list[int]
    subject: list[int]
    mark: list[float]


def _agenda(
    entry: Entry, cast: Cast, spells: Spells, buyers: _Buyers, end: int, seed: int
) -> _Agenda:
    """Arrange arrivals, departures, price changes, rotations and sales that are looked at."""
    arrive = np.concatenate((spells.arrive, cast.arrive))
    leave = np.concatenate((spells.leave, cast.leave))
    per_day = np.concatenate((spells.per_day, cast.per_day))
    ticks, tick_offer, tick_mark = _ticks(entry, arrive, leave, per_day, end, seed)
    looks = np.arange(0, buyers.minute.size, buyers.stride)
    traffic = min(0.6, 0.22 * 10 ** (-0.3 * (entry.log_rank - 5.2)))
    gaps = stream(seed, entry.index, Purpose.ROTATIONS).standard_exponential(
        int((end - entry.birth) / MINUTES_PER_DAY * traffic * 1.5 + 60)
    )
    turns = entry.birth + (gaps.cumsum() / traffic * MINUTES_PER_DAY).astype(np.int64)
    rows = np.arange(arrive.size)
    minute = np.concatenate((arrive, leave, ticks, buyers.minute[looks], turns))
    sizes = (arrive.size, arrive.size, ticks.size, looks.size, turns.size)
    verb = np.repeat(np.array([_ARRIVE, _LEAVE, _REPRICE, _LOOK, _ROTATE]), sizes)
    subject = np.concatenate((rows, rows, tick_offer, looks, np.zeros(turns.size, dtype=np.int64)))
    mark = np.concatenate((arrive * 0.7548776662466927 % 1.0, np.zeros(rows.size), tick_mark,
                           np.zeros(looks.size + turns.size)))  # fmt: skip
    due = np.flatnonzero(minute < end)
    order = due[np.lexsort((subject[due], verb[due], minute[due]))]
    return _Agenda(*(column[order].tolist() for column in (minute, verb, subject, mark)))


def _ticks(
    entry: Entry,
    arrive: NDArray[np.int64],
    leave: NDArray[np.int64],
    per_day: NDArray[np.float64],
    end: int,
    seed: int,
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """When each seller looks at the price: minutes, offers and marks.

    An offer's ticks fall at even spacing with a random phase and jitter, so that how many there are
    does not depend on the horizon.
    """
    length = (leave - arrive) / MINUTES_PER_DAY
    count = np.ceil(length * per_day).astype(np.int64)
    offer = np.repeat(np.arange(arrive.size), count)
    within = np.arange(offer.size) - np.repeat(np.cumsum(count) - count, count)
    marks = stream(seed, entry.index, Purpose.TICKS).random((offer.size, 2))
    day = (within + marks[:, 0]) / per_day[offer]
    minute = arrive[offer] + (day * MINUTES_PER_DAY).astype(np.int64) + 1
    kept = (minute < leave[offer]) & (minute < end)
    return minute[kept], offer[kept], marks[kept, 1]


def _play(exchange: Exchange, agenda: _Agenda, buyers: _Buyers) -> list[Quote]:
    """Let everything happen; returns what was on offer each time a sale was looked at."""
    quotes: list[Quote] = []
    kinds, reluctance = buyers.kind.tolist(), buyers.reluctance.tolist()
    lot = buyers.units * buyers.stride
    for minute, verb, subject, mark in zip(
        agenda.minute, agenda.verb, agenda.subject, agenda.mark, strict=True
    ):
        if verb == _REPRICE:
            exchange.reprice(minute, subject, mark)
        elif verb == _LOOK:
            quote = exchange.quote(minute)
            quotes.append(quote)
            bought = _choice(quote, kinds[subject], reluctance[subject], buyers.elasticity)
            if bought != NOBODY:
                exchange.sell(minute, bought, lot)
        elif verb == _ARRIVE:
            exchange.arrive(minute, subject, mark)
        elif verb == _LEAVE:
            exchange.leave(minute, subject)
        else:
            exchange.rotate(minute)
    return quotes


def _choice(quote: Quote, kind: int, reluctance: float, elasticity: float) -> int:
    """The offer that a candidate buys, or nobody's."""
    if kind == 3:
        return NOBODY
    is_used = kind == 2 or (kind == 1 and _prefers_used(quote))
    offer = quote.used_offer if is_used else quote.new_offer
    if offer == NOBODY:
        return NOBODY
    level = quote.used_level if is_used else quote.new_level
    return offer if reluctance * THINNING < level**-elasticity else NOBODY


def _prefers_used(quote: Quote) -> bool:
    if quote.used_offer == NOBODY:
        return False
    return quote.new_offer == NOBODY or quote.used_price < _USED_BELOW * quote.new_price


def _sales(
    cast: Cast, spells: Spells, buyers: _Buyers, quotes: list[Quote], *, is_shared: bool
) -> tuple[Sales, NDArray[np.int64]]:
    """Every candidate's choice by the quote that was last looked at."""
    table = np.array(quotes or [Quote(NOBODY, 0, 0.0, NOBODY, 0, 0.0)], dtype=np.float64)
    quote = table[np.minimum(np.arange(buyers.minute.size) // buyers.stride, len(table) - 1)]
    has_new, has_used = quote[:, 0] != NOBODY, quote[:, 3] != NOBODY
    prefers = has_used & (~has_new | (quote[:, 4] < _USED_BELOW * quote[:, 1]))
    is_used = (buyers.kind == 2) | ((buyers.kind == 1) & prefers)
    offer = np.where(is_used, quote[:, 3], quote[:, 0]).astype(np.int64)
    level = np.maximum(np.where(is_used, quote[:, 5], quote[:, 2]), 1e-6)
    limit = level**-buyers.elasticity
    if is_shared:
        # Siblings share one rank, so a sale of the family may not depend on one child's price.
        limit = np.minimum(limit, 1.0)
    pleased = (buyers.reluctance * THINNING < limit) & (buyers.kind != 3) & (offer != NOBODY)
    bought = offer[pleased]
    seller = np.concatenate((spells.seller, cast.seller))
    shipping = np.concatenate((np.zeros(ROWS, dtype=np.int64), cast.shipping))
    sales = Sales(
        minute=buyers.minute[pleased],
        units=buyers.units,
        price=np.where(is_used, quote[:, 4], quote[:, 1])[pleased].astype(np.int64),
        shipping=shipping[bought],
        condition=np.concatenate((spells.condition, cast.condition))[bought],
        seller=seller[bought],
        is_fba=np.concatenate((np.ones(ROWS, dtype=np.bool_), cast.is_fba))[bought],
        offer=bought,
    )
    ranked = buyers.minute[buyers.reluctance * THINNING < 1.0]
    return sales, ranked if is_shared else sales.minute


def _offers(exchange: Exchange, cast: Cast, spells: Spells, end: int) -> Offers:
    """Turn the log into stretches of constant price."""
    minute, offer, price = (np.array(column, dtype=np.int64) for column in exchange.log)
    order = np.lexsort((np.arange(minute.size), offer))
    minute, offer, price = minute[order], offer[order], price[order]
    until = np.append(minute[1:], end)
    until[:-1][offer[1:] != offer[:-1]] = end
    there = (price != GONE) & (until > minute)
    return Offers(
        seller=np.concatenate((spells.seller, cast.seller)),
        condition=np.concatenate((spells.condition, cast.condition)),
        is_fba=np.concatenate((np.ones(ROWS, dtype=np.bool_), cast.is_fba)),
        shipping=np.concatenate((np.zeros(ROWS, dtype=np.int64), cast.shipping)),
        stock=np.concatenate((np.zeros(ROWS, dtype=np.int64), cast.stock)),
        change_offer=offer[there],
        change_start=minute[there],
        change_end=until[there],
        change_price=price[there],
    )
