"""Who sells: the marketplace's sellers, and the offers that they bring to a product."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from arbitragevault.sandbox import words
from arbitragevault.sandbox.arriving import arrivals
from arbitragevault.sandbox.catalogue import MINUTES_PER_DAY, Entry
from arbitragevault.sandbox.compiled import compiled
from arbitragevault.sandbox.exchange import Strategy
from arbitragevault.sandbox.latent import Latent, waves
from arbitragevault.sandbox.randomness import Indices, Purpose, normals_of, stream, uniforms

if TYPE_CHECKING:
    from arbitragevault.sandbox.fates import Fate

AMAZON_SELLER: Final = "ATVPDKIKX0DER"
WAREHOUSE_SELLER: Final = "A2L77EE7U53NWQ"
AMAZON: Final = -1
"""Seller number of Amazon itself."""
WAREHOUSE: Final = -2
"""Seller number of Amazon's outlet for returned goods."""
SELLERS: Final = 2_400
_DAY: Final = 1_440

_ALPHABET: Final = np.array(list("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
_SHIPPING: Final = np.array([0, 0, 0, 399, 399, 399, 449, 499, 515, 599])
GRADES: Final = np.array([0.0, 1.0, 1.28, 1.12, 1.0, 0.82, 0.0, 2.1, 1.9, 1.6, 1.4])
"""float64 [11]: value by Keepa's condition code against a good used copy (1 is New)."""


class Crowd(NamedTuple):
    """The columns of ``SellerPool`` that an offer takes after."""

    is_professional: NDArray[np.bool_]
    fba: NDArray[np.float64]
    strategy: NDArray[np.int64]
    diligence: NDArray[np.float64]
    reputation: NDArray[np.float64]
    markup: NDArray[np.float64]


@dataclass(frozen=True)
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

    @cached_property
    def crowd(self) -> Crowd:
        """What an offer takes after."""
        return Crowd(
            self.is_professional, self.fba, self.strategy, self.diligence, self.reputation,
            self.markup,
        )  # fmt: skip

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


class Spells(NamedTuple):
    """Stretches in which Amazon (first half) or its outlet (second half) has stock; [rows] each.

    ``seller`` is the seller's number and ``condition`` Keepa's code. ``arrive`` and ``leave`` are
    market minutes; spells that never come lie beyond any horizon. ``discount`` is the usual price
    over the level of its side, ``per_day`` price changes per day.
    """

    seller: NDArray[np.int64]
    condition: NDArray[np.int64]
    arrive: NDArray[np.int64]
    leave: NDArray[np.int64]
    discount: NDArray[np.float64]
    per_day: NDArray[np.float64]


class Cast(NamedTuple):
    """All offers that ever come to a product, [offers] each.

    Amazon's and its outlet's spells come first, then the others in the order of their arrival.

    ``seller`` is the seller's number and ``condition`` Keepa's code. ``arrive`` and ``leave`` are
    market minutes; an offer may sell out before it leaves. ``grade`` is the value against the
    reference of its side (new or used), ``markup`` the usual price over the level, ``floor`` the
    lowest price over the level at arrival, ``shipping`` cents. ``stock`` is units at arrival, 0
    where nobody knows (Amazon), and ``restocks`` whether a sold-out seller comes back with new
    ones. ``per_day`` is price changes per day, ``weight`` that in the Buy Box.
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
        columns = self._asdict()
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


_AMAZON_WEIGHT: Final = 9.0
_AMAZON_FLOOR: Final = 0.5
"""Weight in the Buy Box, and lowest price over the level at arrival."""
_GUEST_PER_DAY: Final = 1.0
"""A guest looks at the price once a day."""
_GUEST_FLOOR: Final = 0.3
"""Lowest price of a guest over the level at arrival."""
_FBA_WEIGHT: Final = 3.0
_USUAL_REPUTATION: Final = 0.8
_SCARCE_SHARE: Final = 0.12
"""Share of products whose new copies are hardly to be had."""


def cast_of(entry: Entry, fate: Fate, latent: Latent, pool: SellerPool, seed: int) -> Cast:
    """Everyone who comes to sell a product, up to the end of the latent levels.

    Args:
        entry: The product.
        fate: What is drawn for it once and for all.
        latent: Its hidden drivers.
        pool: The marketplace's sellers.
        seed: The marketplace's seed.
    """
    new, used = fate.offers
    minutes = _arrivals(entry, latent, new + used, seed)
    marks = stream(seed, entry.index, Purpose.SELLERS).random((minutes.size, 12))
    drawn = _Drawn(
        share_new=new / max(new + used, 1e-9),
        is_collectible=fate.is_collected,
        # Interest in the product, 1 at a rank of about 160,000.
        traffic=min(10 ** (-0.16 * (entry.log_rank - 5.2)), 2.5),
        fba=entry.kind.fba if entry.kind.fba > 1 else 1.0,
        match=int(Strategy.MATCH),
        dream=int(Strategy.DREAM),
    )
    return offers_drawn(minutes, marks, pool.crowd, drawn, fate.spells)


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


_STAY_DAYS: Final = (210.0, 55.0)
"""Mean stay of a professional's and of an occasional seller's offer."""
_MEAN_STAY: Final = 0.55 * _STAY_DAYS[0] + 0.45 * _STAY_DAYS[1]


def _arrivals(entry: Entry, latent: Latent, offers: float, seed: int) -> NDArray[np.int64]:
    """Market minutes at which offers arrive: those there at the start, then as crowding says."""
    draws = stream(seed, entry.index, Purpose.OFFERS)
    opening = round(offers * (0.6 + 0.8 * draws.random()))
    interest = _interest(entry.kind.season)[latent.first_day :][: latent.demand.size]
    days = arrivals(offers / _MEAN_STAY * latent.crowding * interest, draws)
    minutes = np.full(opening + days.size, entry.birth)
    minutes[opening:] += (days * MINUTES_PER_DAY).astype(np.int64)
    return minutes


@lru_cache(maxsize=64)
def _interest(season: tuple[float, ...]) -> NDArray[np.float64]:
    """Factor on the arrival of sellers by day since 2011-01-01."""
    found: NDArray[np.float64] = np.exp(0.35 * waves(season))
    return found


class _Drawn(NamedTuple):
    """What a product's offers have in common.

    ``share_new`` is the share of new copies, ``fba`` a factor on the sellers' inclination to let
    Amazon ship, ``match`` the strategy of those who match the cheapest, ``dream`` of those who ask
    far too much.
    """

    share_new: float
    is_collectible: bool
    traffic: float
    fba: float
    match: int
    dream: int


@compiled
def offers_drawn(
    minutes: NDArray[np.int64],
    marks: NDArray[np.float64],
    crowd: Crowd,
    drawn: _Drawn,
    spells: Spells,
) -> Cast:
    """The offers that arrive at some minutes, from a row of twelve uniform draws each."""
    first = spells.seller.size
    n = first + minutes.size
    cast = Cast(
        np.empty(n, np.int64), np.empty(n, np.int64), np.empty(n, np.bool_), np.empty(n, np.int64),
        np.empty(n, np.int64), np.empty(n, np.int64), np.empty(n), np.empty(n), np.empty(n),
        np.empty(n, np.int64), np.empty(n, np.int64), np.empty(n, np.bool_), np.empty(n),
        np.empty(n),
    )  # fmt: skip
    for place in range(first):
        _set_spell(cast, place, spells, drawn.match)
    for place in range(first, n):
        row = marks[place - first]
        seller = int(crowd.fba.size * (row[0] * row[0]))
        cast.seller[place], cast.condition[place] = seller, _condition(row, drawn)
        cast.strategy[place] = drawn.dream if row[6] < 0.04 else crowd.strategy[seller]
        cast.is_fba[place] = row[3] < min(max(crowd.fba[seller] * drawn.fba, 0.0), 0.98)
        cast.arrive[place] = minutes[place - first]
        _set_price(cast, place, row, crowd, drawn.dream)
        _set_presence(cast, place, row, crowd, drawn.traffic)
    return cast


@compiled
def _set_spell(cast: Cast, place: int, spells: Spells, match: int) -> None:
    """An offer of Amazon's or its outlet's, which match the cheapest."""
    cast.seller[place], cast.condition[place] = spells.seller[place], spells.condition[place]
    cast.is_fba[place], cast.strategy[place] = True, match
    cast.arrive[place], cast.leave[place] = spells.arrive[place], spells.leave[place]
    cast.grade[place], cast.markup[place] = GRADES[spells.condition[place]], spells.discount[place]
    cast.floor[place], cast.weight[place] = _AMAZON_FLOOR, _AMAZON_WEIGHT
    cast.shipping[place], cast.stock[place], cast.restocks[place] = 0, 0, False
    cast.per_day[place] = spells.per_day[place]


@compiled
def _set_price(
    cast: Cast, place: int, row: NDArray[np.float64], crowd: Crowd, dreaming: int
) -> None:
    """What an offer asks, as far as it is settled when it comes."""
    seller, is_fba = cast.seller[place], cast.is_fba[place]
    width = 1.25
    if cast.condition[place] == 1:
        width = 0.25 if crowd.is_professional[seller] else 0.5
    dream = 1.8 + 6 * row[7] ** 3.0 if cast.strategy[place] == dreaming else 1.0
    markup = crowd.markup[seller] * math.exp((row[8] - 0.35) * width) * dream
    cast.markup[place] = markup * (1.06 if is_fba else 1.0)
    cast.grade[place] = GRADES[cast.condition[place]]
    cast.floor[place] = 0.50 + 0.42 * row[9]
    cast.shipping[place] = 0 if is_fba else _SHIPPING[int(row[4] * _SHIPPING.size)]


@compiled
def _set_presence(
    cast: Cast, place: int, row: NDArray[np.float64], crowd: Crowd, traffic: float
) -> None:
    """How long an offer stays, with how much stock, and how often its price is looked at."""
    seller, is_new = cast.seller[place], cast.condition[place] == 1
    is_professional = crowd.is_professional[seller]
    days = _STAY_DAYS[0] if is_professional else _STAY_DAYS[1]
    stay = days * -math.log(max(row[5], 1e-9)) * _DAY
    cast.leave[place] = cast.arrive[place] + int(max(stay, 240.0))
    few, many = 1 + int(3 * row[10] ** 3.0), 2 + int(40 * (row[10] * row[10]))
    cast.stock[place] = many if is_professional and is_new else few
    cast.restocks[place] = is_professional and row[11] < (0.75 if is_new else 0.35)
    speed = crowd.diligence[seller] * traffic * (1.0 if is_new else 1.8)
    cast.per_day[place] = min(speed, 0.9)
    weight = crowd.reputation[seller] * (_FBA_WEIGHT if cast.is_fba[place] else 1.0)
    cast.weight[place] = weight if is_new else 0.0


@compiled
def _condition(row: NDArray[np.float64], drawn: _Drawn) -> int:
    """Keepa's condition code of an offer."""
    if row[1] < drawn.share_new:
        return 1
    if drawn.is_collectible and row[10] > 0.93:
        return 7 + int(4 * row[11])
    return 2 + int(row[2] > 0.14) + int(row[2] > 0.46) + int(row[2] > 0.83)
