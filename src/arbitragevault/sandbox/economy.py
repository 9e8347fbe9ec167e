"""The market in motion: sellers arrive, reprice, undercut, sell out and leave; buyers choose.

One pass over a product's events in the order of time. Each seller sees the offers that are there
at that moment, so price wars, resets and empty shelves arise from what the sellers do.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from arbitragevault.sandbox.agenda import agenda_of
from arbitragevault.sandbox.amazon import ROWS
from arbitragevault.sandbox.buyers import Buyers, Sales, buyers_of, expected_sales
from arbitragevault.sandbox.catalogue import MINUTES_PER_DAY, Entry
from arbitragevault.sandbox.exchange import (
    COLLECTIBLE,
    GONE,
    NEW,
    NOBODY,
    THINNING,
    USED,
    bought,
    play,
)
from arbitragevault.sandbox.fates import Fate
from arbitragevault.sandbox.latent import Latent
from arbitragevault.sandbox.listing import OFFER, enter, stretches
from arbitragevault.sandbox.sellers import Guest, SellerPool, cast_of

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
class Economy:
    """What happened in a product's market up to the simulated end.

    Args:
        entry: The product.
        latent: The hidden drivers.
        offers: Every offer.
        buyers: Everybody who might have bought.
        quotes: float64 [looks, 6] what was on offer when it was looked at for buyers.
        boxes: int64 [4, changes] the New Buy Box from its market minutes on: offer, price and
            shipping in cents, -1 each while it is withheld or nobody sells.
        bought: int64 [3, sales] the buyer, the offer and its price of each of the product's sales.
        sold: int64 [sales] their market minutes, ascending.
        ranked_sales: int64 [n] market minutes of the sales that count for the sales rank; those of
            all siblings where the product is a variation. Each stands for ``buyers.units`` units.
    """

    entry: Entry
    latent: Latent
    offers: Offers
    buyers: Buyers
    quotes: NDArray[np.float64]
    boxes: NDArray[np.int64]
    bought: NDArray[np.int64]
    sold: NDArray[np.int64]
    ranked_sales: NDArray[np.int64]

    @property
    def sales(self) -> Sales:
        """The product's own sales."""
        _, offer, price = self.bought
        return Sales(
            minute=self.sold,
            units=self.buyers.units,
            price=price,
            shipping=self.offers.shipping[offer],
            condition=self.offers.condition[offer],
            seller=self.offers.seller[offer],
            is_fba=self.offers.is_fba[offer],
            offer=offer,
        )

    def box_at(self, minute: int) -> tuple[int, int, int]:
        """Offer, price and shipping of the New Buy Box at a market minute; -1 each for none."""
        place = int(np.searchsorted(self.boxes[0], minute, side="right")) - 1
        if place < 0:
            return NOBODY, NOBODY, NOBODY
        offer, price, shipping = self.boxes[1:, place].tolist()
        return offer, price, shipping

    @property
    def expected(self) -> NDArray[np.float64]:
        """float64 [days, 2] units per day that buyers take on average, new and used."""
        return expected_sales(self.entry, self.latent, self.buyers, self.quotes)


def economy_of(
    entry: Entry,
    fate: Fate,
    latent: Latent,
    pool: SellerPool,
    seed: int,
    guest: Guest | None = None,
) -> Economy:
    """Run a product's market from its first day to the end of its latent levels.

    Args:
        entry: The product.
        fate: What is drawn for it once and for all.
        latent: Its hidden drivers.
        pool: The marketplace's sellers.
        seed: The marketplace's seed.
        guest: One more seller, who comes after all others were drawn: nothing differs before.
    """
    end = (latent.first_day + latent.demand.size) * MINUTES_PER_DAY
    cast = cast_of(entry, fate, latent, pool, seed)
    if guest is not None:
        cast = cast.joined(guest)
    buyers = buyers_of(entry, latent, seed)
    events, looks = agenda_of(entry, latent, cast, buyers, end=end, seed=seed)
    offers = np.zeros(cast.seller.size, dtype=OFFER)
    enter(offers, cast, ROWS, _CAP, (NEW, USED, COLLECTIBLE))
    lot = buyers.units * buyers.stride
    journal = play(events, offers, looks, lot, buyers.elasticity)
    # Siblings share one rank, so a sale of the family may not depend on one child's price.
    is_shared = entry.family is not None
    most = 1.0 if is_shared else np.inf
    taken = bought(
        buyers.kind, buyers.reluctance, buyers.stride, journal.quotes, buyers.elasticity, most
    )
    sold = buyers.minute[taken[0]]
    return Economy(
        entry=entry,
        latent=latent,
        offers=Offers(
            cast.seller, cast.condition, cast.is_fba, cast.shipping, cast.stock,
            *stretches(journal.changes, cast.seller.size, end, GONE),
        ),
        buyers=buyers,
        quotes=journal.quotes,
        boxes=journal.boxes,
        bought=taken,
        sold=sold,
        ranked_sales=buyers.minute[buyers.reluctance * THINNING < 1.0] if is_shared else sold,
    )  # fmt: skip
