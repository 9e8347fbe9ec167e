"""Who sells: the marketplace's sellers, and the offers that they bring to a product."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Final

import numpy as np
from numpy.typing import NDArray

from arbitragevault.sandbox import words
from arbitragevault.sandbox.catalogue import MINUTES_PER_DAY, Entry
from arbitragevault.sandbox.exchange import Strategy
from arbitragevault.sandbox.latent import Latent, seasonal
from arbitragevault.sandbox.randomness import Indices, Purpose, normals_of, stream, uniforms

AMAZON_SELLER: Final = "ATVPDKIKX0DER"
WAREHOUSE_SELLER: Final = "A2L77EE7U53NWQ"
AMAZON: Final = -1
"""Seller number of Amazon itself."""
WAREHOUSE: Final = -2
"""Seller number of Amazon's outlet for returned goods."""
SELLERS: Final = 2_400

_ALPHABET: Final = np.array(list("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
_SHIPPING: Final = np.array([0, 0, 0, 399, 399, 399, 449, 499, 515, 599])
GRADES: Final = np.array([0.0, 1.0, 1.28, 1.12, 1.0, 0.82, 0.0, 2.1, 1.9, 1.6, 1.4])
"""float64 [11]: value by Keepa's condition code against a good used copy (1 is New)."""


@dataclass(frozen=True, slots=True)
class SellerPool:
    """Every seller of the marketplace.

    Args:
        ids: Seller ids.
        names: Shop names.
        is_professional: bool [sellers]: large stock, long presence.
        fba: float64 [sellers] share of offers that Amazon ships.
        strategy: int64 [sellers].
        diligence: float64 [sellers] price changes per day on a product of ordinary traffic.
        reputation: float64 [sellers] weight in the Buy Box.
        markup: float64 [sellers] usual price over the market's level.
        from_china: bool [sellers].
    """

    ids: tuple[str, ...]
    names: tuple[str, ...]
    is_professional: NDArray[np.bool_]
    fba: NDArray[np.float64]
    strategy: NDArray[np.int64]
    diligence: NDArray[np.float64]
    reputation: NDArray[np.float64]
    markup: NDArray[np.float64]
    from_china: NDArray[np.bool_]

    def id_of(self, number: int) -> str:
        """The seller id of a seller number, Amazon's own included."""
        if number == AMAZON:
            return AMAZON_SELLER
        return WAREHOUSE_SELLER if number == WAREHOUSE else self.ids[number]


def seller_pool(seed: int) -> SellerPool:
    """The sellers of the marketplace with this seed; the first ones sell the most."""
    draws = stream(seed, 0, Purpose.SELLERS)
    letters = _ALPHABET[draws.integers(0, 36, (SELLERS, 9))]
    marks, normals = draws.random((SELLERS, 6)), draws.standard_normal((SELLERS, 2))
    professional = marks[:, 0] < 0.55
    mix = np.where(
        professional,
        np.searchsorted([0.15, 0.45, 0.80, 0.98], marks[:, 1]),
        np.searchsorted([0.66, 0.74, 0.84, 0.92], marks[:, 1]),
    )
    speed = np.array([0.006, 0.045, 0.100, 0.060, 0.003])[mix]
    fba = np.where(marks[:, 2] < 0.55, 0.04, np.where(marks[:, 2] < 0.85, 0.55, 0.97))
    return SellerPool(
        ids=tuple("ASBX0" + "".join(row) for row in letters),
        names=tuple(
            f"{words.SHOP_FIRST[int(a * len(words.SHOP_FIRST))]} "
            f"{words.SHOP_LAST[int(b * len(words.SHOP_LAST))]}"
            for a, b in marks[:, 4:6]
        ),
        is_professional=professional,
        fba=fba,
        strategy=mix,
        diligence=speed * np.exp(0.6 * normals[:, 0]),
        reputation=0.3 + marks[:, 3],
        markup=np.exp(0.10 * normals[:, 1] + 0.04),
        from_china=marks[:, 5] > 0.97,
    )


@dataclass(frozen=True, slots=True)
class Cast:
    """All offers that ever come to a product, in the order of their arrival.

    Args:
        seller: int64 [offers] seller numbers.
        condition: int64 [offers] Keepa's condition codes.
        is_fba: bool [offers].
        strategy: int64 [offers].
        arrive / leave: int64 [offers] market minutes; an offer may sell out before it leaves.
        grade: float64 [offers] value against the reference of its side (new or used).
        markup: float64 [offers] usual price over the level.
        floor: float64 [offers] lowest price over the level at arrival.
        shipping: int64 [offers] cents.
        stock: int64 [offers] units at arrival.
        restocks: bool [offers] whether a sold-out seller comes back with new stock.
        per_day: float64 [offers] price changes per day.
        weight: float64 [offers] weight in the Buy Box.
    """

    seller: NDArray[np.int64]
    condition: NDArray[np.int64]
    is_fba: NDArray[np.bool_]
    strategy: NDArray[np.int64]
    arrive: NDArray[np.int64]
    leave: NDArray[np.int64]
    grade: NDArray[np.float64]
    markup: NDArray[np.float64]
    floor: NDArray[np.float64]
    shipping: NDArray[np.int64]
    stock: NDArray[np.int64]
    restocks: NDArray[np.bool_]
    per_day: NDArray[np.float64]
    weight: NDArray[np.float64]

    def joined(self, guest: Guest) -> Cast:
        """With one more offer, numbered last."""
        more: dict[str, object] = {
            "seller": AMAZON,  # the number is for Keepa's eyes only, and a guest is never shown
            "condition": guest.condition,
            "is_fba": guest.is_fba,
            "strategy": int(Strategy.MATCH),
            "arrive": guest.arrive,
            "leave": guest.leave,
            "grade": GRADES[guest.condition],
            "markup": 1.0,
            "floor": _GUEST_FLOOR,
            "shipping": 0,
            "stock": guest.units,
            "restocks": False,
            "per_day": _GUEST_PER_DAY,
            "weight": _USUAL_REPUTATION * (_FBA_WEIGHT if guest.is_fba else 1.0),
        }
        columns = {one.name: getattr(self, one.name) for one in fields(self)}
        return Cast(
            **{
                name: np.append(column, np.asarray(more[name], dtype=column.dtype))
                for name, column in columns.items()
            }
        )


@dataclass(frozen=True, slots=True)
class Guest:
    """A seller from outside the simulation who lists some units and matches the cheapest offer.

    Args:
        arrive / leave: Market minutes.
        condition: Keepa's condition code.
        is_fba: Amazon ships.
        units: Units in stock.
    """

    arrive: int
    leave: int
    condition: int
    is_fba: bool
    units: int


_GUEST_PER_DAY: Final = 1.0
"""A guest looks at the price once a day."""
_GUEST_FLOOR: Final = 0.3
"""Lowest price of a guest over the level at arrival."""
_FBA_WEIGHT: Final = 3.0
_USUAL_REPUTATION: Final = 0.8
_SCARCE_SHARE: Final = 0.12
"""Share of products whose new copies are hardly to be had."""


@dataclass(frozen=True, slots=True)
class _Appeal:
    """How many sellers a product draws.

    Args:
        new / used: Usual number of offers at once.
        traffic: Interest in the product, 1 at a rank of about 160,000.
        collectible: Collectors' copies come too.
    """

    new: float
    used: float
    traffic: float
    collectible: bool

    @property
    def offers(self) -> float:
        """Usual number of offers at once."""
        return self.new + self.used


def cast_of(entry: Entry, latent: Latent, pool: SellerPool, seed: int) -> Cast:
    """Everyone who comes to sell a product, up to the end of the latent levels.

    Args:
        entry: The product.
        latent: Its hidden drivers.
        pool: The marketplace's sellers.
        seed: The marketplace's seed.
    """
    appeal = _appeal(entry, seed)
    return _offers(entry, _arrivals(entry, latent, appeal, seed), appeal, pool, seed)


def appeal_of(
    marks: NDArray[np.float64], kind_offers: NDArray[np.float64], log_rank: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Usual numbers of new and used offers at once, for one product or many.

    Args:
        marks: float64 [..., 6] uniform draws.
        kind_offers: float64 [..., 2] what the kind draws, new and used.
        log_rank: float64 [...] log10 of the usual rank.

    Returns:
        [..., 2].
    """
    traffic = 10 ** (-0.16 * (log_rank - 5.2))
    spread = np.exp(0.65 * normals_of(marks[..., 4:6]))
    scarce = marks[..., 3] < _SCARCE_SHARE
    spread[..., 0] = np.where(scarce, 0.12 * spread[..., 0], spread[..., 0])
    usual: NDArray[np.float64] = kind_offers * np.expand_dims(traffic, -1) * spread
    return usual


def appeal_marks(seed: int, index: Indices) -> NDArray[np.float64]:
    """The uniform draws behind ``appeal_of``: [6], or [n, 6] for many products."""
    return uniforms(seed, index, Purpose.ARRIVALS, 6)


def _appeal(entry: Entry, seed: int) -> _Appeal:
    marks = appeal_marks(seed, entry.index)
    kind = entry.kind
    new, used = appeal_of(
        marks, np.array([kind.offers_new, kind.offers_used]), np.array(entry.log_rank)
    ).tolist()
    traffic = 10 ** (-0.16 * (entry.log_rank - 5.2))
    return _Appeal(new, used, traffic, collectible=bool(marks[2] < kind.collectible))


_STAY_DAYS: Final = (210.0, 55.0)
"""Mean stay of a professional's and of an occasional seller's offer."""
_MEAN_STAY: Final = 0.55 * _STAY_DAYS[0] + 0.45 * _STAY_DAYS[1]


def _arrivals(entry: Entry, latent: Latent, appeal: _Appeal, seed: int) -> NDArray[np.int64]:
    """Market minutes at which offers arrive: those there at the start, then as crowding says."""
    draws = stream(seed, entry.index, Purpose.OFFERS)
    opening = round(appeal.offers * (0.6 + 0.8 * draws.random()))
    day = np.arange(latent.first_day, latent.first_day + latent.demand.size)
    interest = np.exp(0.35 * seasonal(entry.kind.season, day))
    rate = appeal.offers / _MEAN_STAY * latent.crowding * interest
    expected = np.concatenate(([0.0], np.cumsum(rate)))
    gaps = draws.standard_exponential(int(expected[-1] + 8 * np.sqrt(expected[-1]) + 16)).cumsum()
    gaps = gaps[gaps < expected[-1]]
    days = np.interp(gaps, expected, np.arange(expected.size))
    later = entry.birth + (days * MINUTES_PER_DAY).astype(np.int64)
    return np.concatenate((np.full(opening, entry.birth, dtype=np.int64), later))


def _offers(
    entry: Entry,
    minutes: NDArray[np.int64],
    appeal: _Appeal,
    pool: SellerPool,
    seed: int,
) -> Cast:
    """Draw every offer's attributes from its seller and from its own row of numbers."""
    count, kind = minutes.size, entry.kind
    marks = stream(seed, entry.index, Purpose.SELLERS).random((count, 12))
    seller = (SELLERS * marks[:, 0] ** 2.0).astype(np.int64)
    condition = _conditions(appeal, marks)
    is_new = condition == 1
    professional = pool.is_professional[seller]
    stay = np.where(professional, *_STAY_DAYS) * -np.log(np.maximum(marks[:, 5], 1e-9))
    strategy = np.where(marks[:, 6] < 0.04, int(Strategy.DREAM), pool.strategy[seller])
    fba = marks[:, 3] < np.clip(pool.fba[seller] * (kind.fba if kind.fba > 1 else 1.0), 0, 0.98)
    shipping = np.where(fba, 0, _SHIPPING[(marks[:, 4] * _SHIPPING.size).astype(np.int64)])
    dream = np.where(strategy == Strategy.DREAM, 1.8 + 6 * marks[:, 7] ** 3, 1.0)
    spread = np.exp(
        (marks[:, 8] - 0.35) * np.where(is_new, np.where(professional, 0.25, 0.5), 1.25)
    )
    return Cast(
        seller=seller,
        condition=condition,
        is_fba=fba,
        strategy=strategy,
        arrive=minutes,
        leave=minutes + np.maximum(stay * MINUTES_PER_DAY, 240).astype(np.int64),
        grade=GRADES[condition],
        markup=pool.markup[seller] * spread * dream * np.where(fba, 1.06, 1.0),
        floor=0.50 + 0.42 * marks[:, 9],
        shipping=shipping,
        stock=np.where(
            professional & is_new,
            2 + (40 * marks[:, 10] ** 2).astype(np.int64),
            1 + (3 * marks[:, 10] ** 3).astype(np.int64),
        ),
        restocks=professional & (marks[:, 11] < np.where(is_new, 0.75, 0.35)),
        per_day=np.minimum(
            pool.diligence[seller] * min(appeal.traffic, 2.5) * np.where(is_new, 1.0, 1.8), 0.9
        ),
        weight=pool.reputation[seller] * np.where(fba, _FBA_WEIGHT, 1.0) * is_new,
    )


def _conditions(appeal: _Appeal, marks: NDArray[np.float64]) -> NDArray[np.int64]:
    """Keepa's condition code of every offer."""
    share_new = appeal.new / max(appeal.offers, 1e-9)
    used = 2 + np.searchsorted([0.14, 0.46, 0.83], marks[:, 2])
    condition = np.where(marks[:, 1] < share_new, 1, used)
    if appeal.collectible:
        collected = (condition > 1) & (marks[:, 10] > 0.93)
        condition = np.where(collected, 7 + (4 * marks[:, 11]).astype(np.int64), condition)
    return condition.astype(np.int64)
