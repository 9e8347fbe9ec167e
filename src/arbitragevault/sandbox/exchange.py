"""The shelf of one product: who is on it at what price, and what each does when it is his turn."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from arbitragevault.sandbox.amazon import ROWS, Spells
from arbitragevault.sandbox.catalogue import MINUTES_PER_DAY
from arbitragevault.sandbox.latent import Latent
from arbitragevault.sandbox.sellers import GRADES, Cast, Strategy

NEW: Final = 0
USED: Final = 1
COLLECTIBLE: Final = 2
GONE: Final = -1
NOBODY: Final = -1

_BAND: Final = 1.02
"""Offers within 2 % of the cheapest take turns in the Buy Box."""
_SUPPRESSED_ABOVE: Final = 1.9
"""The Buy Box is withheld when the cheapest offer is this far above what the product is worth."""
_AMAZON_WEIGHT: Final = 9.0
_GOLDEN: Final = 0.6180339887498949
_LEAST_PRICE: Final = 75
"""Nobody asks less than this many cents: fees would eat it."""


_ANCHORED: Final = int(Strategy.ANCHORED)
_MARKDOWN: Final = int(Strategy.MARKDOWN)
_UNDERCUT: Final = int(Strategy.UNDERCUT)
_DREAM: Final = int(Strategy.DREAM)
_WATCHERS: Final = frozenset({_UNDERCUT, int(Strategy.MATCH)})
_ROUNDERS: Final = frozenset({_MARKDOWN, _DREAM})


class Quote(NamedTuple):
    """What a buyer who came at one moment was offered.

    ``used_level`` and ``new_level`` are what the offer costs against what it is worth.
    """

    new_offer: int
    new_price: int
    new_level: float
    used_offer: int
    used_price: int
    used_level: float


class Exchange:
    """The state of a product's shelf while its events are played, and the log of what changed.

    Offer numbers: Amazon's and its outlet's spells first, then the cast in order of arrival.

    Args:
        latent: The hidden levels.
        cast: Third-party offers.
        spells: Amazon's and its outlet's offers.

    Attributes:
        log: Market minutes, offer numbers and prices in cents (``GONE`` when an offer ends).
        box_log: Market minutes, holders (``NOBODY``), prices and shipping of the Buy Box.
    """

    def __init__(self, latent: Latent, cast: Cast, spells: Spells) -> None:
        self._first_day = latent.first_day
        used = latent.used_value.tolist()
        self._levels: tuple[list[float], ...] = (latent.value.tolist(), used, used)
        condition = np.concatenate((spells.condition, cast.condition))
        side = np.where(condition == 1, NEW, np.where(condition < 7, USED, COLLECTIBLE))
        self._side: list[int] = side.tolist()
        self._grade: list[float] = np.concatenate((GRADES[spells.condition], cast.grade)).tolist()
        self._markup: list[float] = np.concatenate((spells.discount, cast.markup)).tolist()
        self._floor: list[float] = [0.5] * ROWS + cast.floor.tolist()
        self._cap = [1.0] * ROWS + [1.5] * cast.floor.size
        self._shipping: list[int] = [0] * ROWS + cast.shipping.tolist()
        self._strategy: list[int] = [int(Strategy.MATCH)] * ROWS + cast.strategy.tolist()
        self._weight: list[float] = [_AMAZON_WEIGHT] * ROWS + cast.weight.tolist()
        self._stock: list[int] = [1 << 40] * ROWS + cast.stock.tolist()
        self._refill: list[int] = [0] * ROWS + np.where(cast.restocks, cast.stock, 0).tolist()
        self._price = [0] * len(self._side)
        self._least = [0.0] * len(self._side)
        self._live: tuple[dict[int, float], ...] = ({}, {}, {})
        self._box = NOBODY
        self.log: tuple[list[int], list[int], list[int]] = ([], [], [])
        self.box_log: tuple[list[int], list[int], list[int], list[int]] = ([], [], [], [])

    def arrive(self, minute: int, offer: int, mark: float) -> None:
        """An offer appears."""
        level = self._level(minute, self._side[offer]) * self._grade[offer]
        self._least[offer] = self._floor[offer] * level
        strategy = self._strategy[offer]
        if strategy in _WATCHERS:
            landed = self._against_others(offer, strategy, level * self._markup[offer], mark)
        else:
            landed = level * self._markup[offer]
        self._put(minute, offer, landed)
        if self._side[offer] == NEW and self._box == NOBODY:
            self.rotate(minute)

    def leave(self, minute: int, offer: int) -> None:
        """An offer ends, if it has not sold out before."""
        if self._live[self._side[offer]].pop(offer, None) is None:
            return
        self._log(minute, offer, GONE)
        if offer == self._box:
            self.rotate(minute)

    def reprice(self, minute: int, offer: int, mark: float) -> None:
        """A seller looks at the shelf and may change the price."""
        side = self._side[offer]
        if offer not in self._live[side]:
            return
        strategy = self._strategy[offer]
        level = self._level(minute, side) * self._grade[offer]
        usual = level * self._markup[offer]
        if strategy == _ANCHORED:
            # A price-setting program: mostly close to its model, which changes its mind at times.
            landed = usual * (0.96 + 0.08 * mark if mark < 0.8 else 0.75 + 0.5 * mark)
        elif strategy == _MARKDOWN:
            landed = self._marked_down(offer, level, usual, mark)
        elif strategy == _DREAM:
            landed = usual if mark > 0.6 else float(self._price[offer] + self._shipping[offer])
        else:
            landed = self._against_others(offer, strategy, usual, mark)
        self._put(minute, offer, landed)
        if side == NEW:
            self._contest(minute, offer, mark)

    def rotate(self, minute: int) -> None:
        """Amazon chooses who holds the Buy Box."""
        live = self._live[NEW]
        holder = NOBODY
        if live:
            best = min(live.values())
            if best <= _SUPPRESSED_ABOVE * self._level(minute, NEW):
                band = best * _BAND
                rivals = [offer for offer, landed in live.items() if landed <= band]
                holder = self._draw(rivals, minute)
        if holder != self._box:
            self._box = holder
            self._log_box(minute)

    def quote(self, minute: int) -> Quote:
        """What a buyer who comes now is offered, new and used."""
        new, used = self._live[NEW], self._live[USED]
        first = self._box
        if first == NOBODY and new:
            first = min(new, key=new.__getitem__)
        second = min(used, key=used.__getitem__) if used else NOBODY
        return Quote(
            first,
            self._price[first] if first != NOBODY else 0,
            new[first] / self._level(minute, NEW) if first != NOBODY else 0.0,
            second,
            self._price[second] if second != NOBODY else 0,
            used[second] / self._level(minute, USED) if second != NOBODY else 0.0,
        )

    def sell(self, minute: int, offer: int, units: int) -> None:
        """Take units from a seller's stock; who has none left leaves or fetches more."""
        self._stock[offer] -= units
        if self._stock[offer] <= 0:
            if self._refill[offer]:
                self._stock[offer] = self._refill[offer]
            else:
                self.leave(minute, offer)

    def _level(self, minute: int, side: int) -> float:
        return self._levels[side][minute // MINUTES_PER_DAY - self._first_day]

    def _against_others(self, offer: int, strategy: int, usual: float, mark: float) -> float:
        """The landed price of a seller who watches the cheapest rival."""
        lowest = self._cheapest_rival(offer)
        if lowest is None:
            return usual * (1.0 if offer < ROWS else 1.08 + 0.25 * mark)
        landed = lowest * self._grade[offer]
        if strategy == _UNDERCUT:
            landed -= 1.0 if mark < 0.6 else landed * 0.07 * (mark - 0.6)
        least = self._least[offer]
        if landed < least:
            # Below his floor a seller holds it, or resets and lets the others sell out.
            return usual if mark > 0.75 and offer >= ROWS else least
        return min(landed, usual * self._cap[offer])

    def _cheapest_rival(self, offer: int) -> float | None:
        live = self._live[self._side[offer]]
        own = live.get(offer)
        if own is None:
            return min(live.values()) if live else None
        lowest = min(live.values())
        if own != lowest:
            return lowest
        return sorted(live.values())[1] if len(live) > 1 else None

    def _marked_down(self, offer: int, level: float, usual: float, mark: float) -> float:
        landed = float(self._price[offer] + self._shipping[offer])
        if landed > usual * 1.3:
            return usual
        if landed < 0.6 * level:
            return usual * 1.05 if mark > 0.85 else landed
        return landed * (0.90 + 0.09 * mark)

    def _put(self, minute: int, offer: int, landed: float) -> None:
        """Set an offer's price; slow sellers ask round prices."""
        shipping = self._shipping[offer]
        price = max(_LEAST_PRICE, int(landed) - shipping)
        if self._strategy[offer] in _ROUNDERS:
            price = price // 50 * 50 + 49
        side = self._side[offer]
        if offer in self._live[side] and price == self._price[offer]:
            return
        self._price[offer] = price
        self._live[side][offer] = (price + shipping) / self._grade[offer]
        self._log(minute, offer, price)
        if offer == self._box:
            self._log_box(minute)

    def _contest(self, minute: int, offer: int, mark: float) -> None:
        """A clearly cheaper offer, or a holder who became dear, moves the Buy Box soon."""
        live = self._live[NEW]
        if self._box == NOBODY or live[offer] < 0.98 * live[self._box]:
            if mark < 0.7:
                self.rotate(minute)
        elif offer == self._box and mark < 0.5:
            self.rotate(minute)

    def _draw(self, rivals: list[int], minute: int) -> int:
        if len(rivals) == 1:
            return rivals[0]
        weights = [self._weight[offer] for offer in rivals]
        point = (minute * _GOLDEN % 1.0) * sum(weights)
        for offer, weight in zip(rivals, weights, strict=True):
            point -= weight
            if point < 0:
                return offer
        return rivals[-1]

    def _log(self, minute: int, offer: int, price: int) -> None:
        self.log[0].append(minute)
        self.log[1].append(offer)
        self.log[2].append(price)

    def _log_box(self, minute: int) -> None:
        holder = self._box
        self.box_log[0].append(minute)
        self.box_log[1].append(holder)
        self.box_log[2].append(GONE if holder == NOBODY else self._price[holder])
        self.box_log[3].append(GONE if holder == NOBODY else self._shipping[holder])
