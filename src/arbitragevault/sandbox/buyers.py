"""The buyers of one product: when they come, what they would take, and what they buy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from arbitragevault.sandbox.arriving import arrivals_by
from arbitragevault.sandbox.catalogue import MINUTES_PER_DAY, Entry
from arbitragevault.sandbox.compiled import compiled
from arbitragevault.sandbox.exchange import (
    EITHER,
    NEW_ONLY,
    NOBODY,
    SIBLING,
    THINNING,
    USED_BELOW,
    USED_ONLY,
)
from arbitragevault.sandbox.kinds import rate_at_rank
from arbitragevault.sandbox.latent import Latent
from arbitragevault.sandbox.randomness import Purpose, stream

_QUOTES: Final = 600
"""About how many times in four years the shelf is looked at for a sale."""
_HORIZON_DAYS: Final = 1_460
USED_ONLY_SHARE: Final = 0.45
"""Share of the buyers who would take a used copy that want nothing else."""
_UNITS_PER_DAY: Final = 20.0
"""Above this demand one buyer stands for several units, bought together."""


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
            minute=self.minute[:end],
            units=self.units,
            price=self.price[:end],
            shipping=self.shipping[:end],
            condition=self.condition[:end],
            seller=self.seller[:end],
            is_fba=self.is_fba[:end],
            offer=self.offer[:end],
        )


@dataclass(frozen=True, slots=True)
class Buyers:
    """Candidate buyers: when they come, what they would take, how hard they are to please.

    Args:
        minute: int64 [n] market minutes, ascending.
        kind: int64 [n] ``NEW_ONLY``, ``EITHER``, ``USED_ONLY`` or ``SIBLING``.
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


def buyers_of(entry: Entry, latent: Latent, seed: int) -> Buyers:
    """The candidates of a product; siblings share one stream of them."""
    family = entry.family
    owner = entry.index if family is None else family.leader
    usual = rate_at_rank(entry.kind.root, entry.log_rank)
    units = max(1, round(usual / _UNITS_PER_DAY))
    stride = max(1, int(usual * THINNING * _HORIZON_DAYS / units / _QUOTES))
    expected = np.zeros(latent.demand.size + 1)
    np.cumsum(latent.demand, out=expected[1:])
    days = arrivals_by(expected * (THINNING / units), stream(seed, owner, Purpose.BUYERS))
    minute = ((latent.first_day + days) * MINUTES_PER_DAY).astype(np.int64)
    kind, reluctance = chosen(
        stream(seed, owner, Purpose.BUYER_KINDS).random((minute.size, 3)),
        _CHOICES,
        entry.kind.used_buyers,
        _NO_EDGES if family is None else np.cumsum(family.shares)[:-1],
        0 if family is None else family.position,
    )
    elasticity = 0.8 + 1.8 * float(stream(seed, entry.index, Purpose.LEVELS).random())
    return Buyers(minute, kind, reluctance, units, stride, elasticity)


_CHOICES: Final = (NEW_ONLY, EITHER, USED_ONLY, SIBLING)
_NO_EDGES: Final = np.empty(0)


@compiled
def chosen(
    marks: NDArray[np.float64],
    choices: tuple[int, int, int, int],
    used: float,
    edges: NDArray[np.float64],
    position: int,
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """What each candidate would take, and how hard he is to please.

    Args:
        marks: float64 [n, 3] uniform draws: what he takes, his reluctance, which sibling he wants.
        choices: What stands for taking new only, either, used only, a sibling's only.
        used: Share of the candidates who would take a used copy.
        edges: float64 [siblings - 1] shares of the family's buyers, summed up; none without one.
        position: Which of the siblings the product is.
    """
    new_only, either, used_only, sibling = choices
    kinds, reluctance = np.empty(len(marks), dtype=np.int64), np.empty(len(marks))
    for buyer in range(len(marks)):
        mark, reluctance[buyer] = marks[buyer, 0], marks[buyer, 1]
        kinds[buyer] = new_only if mark >= used else used_only
        if USED_ONLY_SHARE * used <= mark < used:
            kinds[buyer] = either
        child = 0
        while child < edges.size and edges[child] < marks[buyer, 2]:
            child += 1
        if child != position:
            kinds[buyer] = sibling
    return kinds, reluctance


def expected_sales(
    entry: Entry, latent: Latent, buyers: Buyers, quotes: NDArray[np.float64]
) -> NDArray[np.float64]:
    """What the product's buyers take on average, given what was on offer: the true sales rate.

    The sales themselves scatter around it by chance alone. What was on offer is taken from the last
    look at the shelf.

    Args:
        entry: The product.
        latent: Its hidden drivers.
        buyers: Its candidate buyers.
        quotes: float64 [looks, 6] what was on offer at each look.

    Returns:
        float64 [days, 2] units per day, new and used; of the product alone where siblings share
        the demand.
    """
    days = latent.demand.size
    if not quotes.size:
        return np.zeros((days, 2))
    new, new_price, new_level, used, used_price, used_level = quotes.T
    most = THINNING if entry.family is None else 1.0
    takes_new, takes_used = (
        np.where(
            offer == NOBODY, 0.0, np.minimum(np.maximum(level, 1e-6) ** -buyers.elasticity, most)
        )
        for offer, level in ((new, new_level), (used, used_level))
    )
    willing = entry.kind.used_buyers
    either = (1.0 - USED_ONLY_SHARE) * willing
    by_used = _prefer_used(new, new_price, used, used_price)
    taken = np.stack(
        (
            takes_new * (1.0 - willing + either * ~by_used),
            takes_used * (USED_ONLY_SHARE * willing + either * by_used),
        ),
        axis=1,
    )
    looks = buyers.minute[:: buyers.stride]
    noon = (latent.first_day + np.arange(days)) * MINUTES_PER_DAY + MINUTES_PER_DAY // 2
    last = np.maximum(np.searchsorted(looks, noon, side="right") - 1, 0)
    family = entry.family
    own = 1.0 if family is None else family.shares[family.position]
    rates: NDArray[np.float64] = own * latent.demand[:, None] * taken[last]
    return rates


def _prefer_used(
    new: NDArray[np.float64],
    new_price: NDArray[np.float64],
    used: NDArray[np.float64],
    used_price: NDArray[np.float64],
) -> NDArray[np.bool_]:
    """Whether a buyer who would take either takes used, by quote."""
    there, cheap = used != NOBODY, used_price < USED_BELOW * new_price
    prefer: NDArray[np.bool_] = there & ((new == NOBODY) | cheap)
    return prefer
