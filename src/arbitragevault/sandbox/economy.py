"""The market in motion: sellers arrive, reprice, undercut, sell out and leave; buyers choose.

One pass over a product's events in the order of time. Each seller sees the offers that are there
at that moment, so price wars, resets and empty shelves arise from what the sellers do.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from arbitragevault.sandbox.agenda import agenda_of, in_order
from arbitragevault.sandbox.amazon import ROWS, Spells, spells_of
from arbitragevault.sandbox.buyers import Buyers, Sales, buyers_of, expected_sales, sales_of
from arbitragevault.sandbox.catalogue import MINUTES_PER_DAY, Entry
from arbitragevault.sandbox.exchange import (
    COLLECTIBLE,
    GONE,
    NEW,
    NOBODY,
    OFFER,
    USED,
    Journal,
    Records,
    Strategy,
    play,
)
from arbitragevault.sandbox.latent import Latent
from arbitragevault.sandbox.sellers import GRADES, Cast, Guest, SellerPool, cast_of

_AMAZON_STOCK: Final = 1 << 40
_AMAZON_WEIGHT: Final = 9.0
_AMAZON_FLOOR: Final = 0.5
_CAP: Final = 1.5
"""How far above his usual price a seller who watches the others goes along with them."""


class Offers(NamedTuple):
    """Every offer of a product's life, Amazon's own spells included, and its price changes.

    ``seller``, ``condition``, ``is_fba`` and ``shipping`` are [offers] as in ``Cast``; ``stock`` is
    int64 [offers] units at arrival, 0 where nobody knows (Amazon). ``change_offer`` is int64
    [changes] which offer, ``change_start`` and ``change_end`` the market minutes between which the
    price holds, ``change_price`` cents without shipping.
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
        entry: The product.
        latent: The hidden drivers.
        offers: Every offer.
        sales: The product's own sales.
        buyers: Everybody who might have bought.
        quotes: float64 [looks, 6] what was on offer when it was looked at for buyers.
        buy_box: Who held the Buy Box.
        ranked_sales: int64 [n] market minutes of the sales that count for the sales rank; those of
            all siblings where the product is a variation. Each stands for ``sales.units`` units.
    """

    entry: Entry
    latent: Latent
    offers: Offers
    sales: Sales
    buyers: Buyers
    quotes: NDArray[np.float64]
    buy_box: BuyBox
    ranked_sales: NDArray[np.int64]

    @property
    def expected(self) -> NDArray[np.float64]:
        """float64 [days, 2] units per day that buyers take on average, new and used."""
        return expected_sales(self.entry, self.latent, self.buyers, self.quotes)


def economy_of(
    entry: Entry, latent: Latent, pool: SellerPool, seed: int, guest: Guest | None = None
) -> Economy:
    """Run a product's market from its first day to the end of its latent levels.

    Args:
        entry: The product.
        latent: Its hidden drivers.
        pool: The marketplace's sellers.
        seed: The marketplace's seed.
        guest: One more seller, who comes after all others were drawn: nothing differs before.
    """
    end = (latent.first_day + latent.demand.size) * MINUTES_PER_DAY
    cast = cast_of(entry, latent, pool, seed)
    if guest is not None:
        cast = cast.joined(guest)
    spells = spells_of(entry, seed)
    buyers = buyers_of(entry, latent, seed)
    journal = play(
        agenda_of(entry, latent, cast, spells, buyers, end=end, seed=seed),
        _traders(cast, spells),
        buyers.units * buyers.stride,
        buyers.elasticity,
    )
    sales, ranked = sales_of(
        cast,
        spells,
        buyers,
        journal.quotes,
        is_shared=entry.family is not None,
    )
    return Economy(
        entry=entry,
        latent=latent,
        offers=_offers(journal, cast, spells, end),
        sales=sales,
        buyers=buyers,
        quotes=journal.quotes,
        buy_box=BuyBox(*journal.boxes),
        ranked_sales=ranked,
    )


def _traders(cast: Cast, spells: Spells) -> Records:
    """Every offer as the exchange knows it: Amazon and its outlet watch the others, too."""
    condition = np.concatenate((spells.condition, cast.condition))
    offers = np.zeros(condition.size, dtype=OFFER)
    offers["side"] = np.where(condition == 1, NEW, np.where(condition < 7, USED, COLLECTIBLE))
    own, others = offers[:ROWS], offers[ROWS:]
    own["is_amazon"], own["strategy"], own["cap"] = 1, Strategy.MATCH, 1.0
    own["grade"], own["markup"] = GRADES[spells.condition], spells.discount
    own["floor"], own["weight"], own["stock"] = _AMAZON_FLOOR, _AMAZON_WEIGHT, _AMAZON_STOCK
    for name in ("strategy", "grade", "markup", "floor", "shipping", "weight", "stock"):
        others[name] = getattr(cast, name)
    others["cap"], others["refill"] = _CAP, np.where(cast.restocks, cast.stock, 0)
    return offers.view(np.recarray)


def _offers(journal: Journal, cast: Cast, spells: Spells, end: int) -> Offers:
    """Turn what was written down into stretches of constant price."""
    minute, offer, price = journal.changes
    order = in_order(offer, ROWS + cast.seller.size)
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
