"""The shelf of one product: who is on it at what price, and what each does when it is his turn.

Compiled (see ``compiled``): plain functions over arrays, and nothing from other rooms.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from arbitragevault.sandbox.compiled import compiled
from arbitragevault.sandbox.listing import Record, Records, record

NEW: Final = 0
USED: Final = 1
COLLECTIBLE: Final = 2
_SIDES: Final = 3
GONE: Final = -1
NOBODY: Final = -1

ARRIVE: Final = 0
REPRICE: Final = 1
LOOK: Final = 2
ROTATE: Final = 3
LEAVE: Final = 4
"""What may be due; at the same minute the first one comes first."""

NEW_ONLY: Final = 0
EITHER: Final = 1
USED_ONLY: Final = 2
SIBLING: Final = 3
"""What a buyer would take; a sibling's buyer takes nothing here."""
THINNING: Final = 1.6
"""Candidate buyers per buyer at the ordinary price; more come when it is cheap, up to this."""
USED_BELOW: Final = 0.72
"""A buyer who would take either takes used where it costs less than this share of new."""

_BAND: Final = 1.02
"""Offers within 2 % of the cheapest take turns in the Buy Box."""
_SUPPRESSED_ABOVE: Final = 1.9
"""The Buy Box is withheld when the cheapest offer is this far above what the product is worth."""
_GOLDEN: Final = 0.6180339887498949
_UNKNOWN: Final = -1.0
_LEAST_PRICE: Final = 75
"""Nobody asks less than this many cents: fees would eat it."""


class Strategy(IntEnum):
    """How a seller sets prices."""

    MARKDOWN = 0
    ANCHORED = 1
    UNDERCUT = 2
    MATCH = 3
    DREAM = 4


_MARKDOWN: Final = int(Strategy.MARKDOWN)
_ANCHORED: Final = int(Strategy.ANCHORED)
_UNDERCUT: Final = int(Strategy.UNDERCUT)
_MATCH: Final = int(Strategy.MATCH)
_DREAM: Final = int(Strategy.DREAM)


EVENT: Final = record("minute verb subject", "mark value used_value")
"""Something due: when and what; the offer's number, or what a buyer would take; a number between 0
and 1, with a buyer how hard he is to please; cents that a new and a good used copy are worth."""


class Journal(NamedTuple):
    """What happened.

    ``quotes`` is float64 [looks, 6], what was on offer at each look: the new offer, its price and
    what it costs against what it is worth; the same of used. ``changes`` is int64 [3, changes]:
    minutes, offers and prices in cents (``GONE`` when an offer ends). ``boxes`` is int64
    [4, boxes]: minutes, holders (``NOBODY``), prices and shipping of the Buy Box.
    """

    quotes: NDArray[np.float64]
    changes: NDArray[np.int64]
    boxes: NDArray[np.int64]


def play(events: Records, offers: Records, looks: int, lot: int, elasticity: float) -> Journal:
    """Let everything happen.

    Args:
        events: ``EVENT`` [events] what is due, in the order of time.
        offers: ``OFFER`` [offers], Amazon's first, then in the order of arrival; they are used up.
        looks: How many of the events are a buyer's looks.
        lot: Units that a buyer who looks takes.
        elasticity: How strongly buyers react to the price.
    """
    journal = Journal(
        quotes=np.empty((looks, 6)),
        changes=np.empty((3, events.size), dtype=np.int64),
        boxes=np.empty((4, 2 * events.size), dtype=np.int64),
    )
    changed, boxed = run(events, offers, lot, elasticity, *journal)
    return Journal(
        journal.quotes, journal.changes[:, :changed].copy(), journal.boxes[:, :boxed].copy()
    )


@compiled
def run(
    events: Records,
    offers: Records,
    lot: int,
    elasticity: float,
    quotes: NDArray[np.float64],
    changes: NDArray[np.int64],
    boxes: NDArray[np.int64],
) -> tuple[int, int]:
    """The loop of ``play``: fills a journal, and tells how many changes and boxes there were."""
    # How many offers of each side there are, and then which, in the order in which they came.
    shelf = np.zeros((_SIDES, offers.size + 1), dtype=np.int64)
    looked, changed, boxed, holder = 0, 0, 0, NOBODY
    for event in events:
        subject, turns, gone = event.subject, event.verb == ROTATE, NOBODY
        if event.verb == LOOK:
            _look(event, offers, shelf, holder, quotes[looked])
            gone = _sold_out(event, offers, quotes[looked], lot, elasticity)
            looked += 1
        elif event.verb == LEAVE:
            gone = subject
        elif event.verb == ARRIVE or (event.verb == REPRICE and offers[subject].landed > 0.0):
            if _put(event, offers, shelf):
                _write(changes, changed, event.minute, subject, offers)
                changed += 1
                if subject == holder:
                    _write(boxes, boxed, event.minute, subject, offers)
                    boxed += 1
            turns = _contests(event, offers, holder)
        if gone != NOBODY and offers[gone].landed > 0.0:
            _leave(offers, shelf, gone)
            _write(changes, changed, event.minute, gone, offers)
            changed += 1
            turns = gone == holder
        if turns:
            chosen = _chosen(event, offers, shelf)
            if chosen != holder:
                holder = chosen
                _write(boxes, boxed, event.minute, holder, offers)
                boxed += 1
    return changed, boxed


@compiled
def _write(
    columns: NDArray[np.int64], place: int, minute: int, number: int, offers: Records
) -> None:
    """Write down what is so from now on: an offer's price, and its shipping where it has a row."""
    columns[0, place], columns[1, place] = minute, number
    there = number != NOBODY and offers[number].landed > 0.0
    columns[2, place] = offers[number].price if there else GONE
    if columns.shape[0] > 3:
        columns[3, place] = offers[number].shipping if there else GONE


@compiled
def _look(
    event: Record,
    offers: Records,
    shelf: NDArray[np.int64],
    holder: int,
    quote: NDArray[np.float64],
) -> None:
    """What a buyer who comes now is offered, new and used."""
    quote[:] = 0.0
    quote[0] = _cheapest(offers, shelf[NEW], NOBODY) if holder == NOBODY else holder
    quote[3] = _cheapest(offers, shelf[USED], NOBODY)
    if quote[0] != NOBODY:
        offer = offers[int(quote[0])]
        quote[1], quote[2] = offer.price, offer.landed / event.value
    if quote[3] != NOBODY:
        offer = offers[int(quote[3])]
        quote[4], quote[5] = offer.price, offer.landed / event.used_value


@compiled
def _sold_out(
    event: Record, offers: Records, quote: NDArray[np.float64], lot: int, elasticity: float
) -> int:
    """Let a buyer choose and buy; the offer that has nothing left then, or nobody's."""
    is_used = _takes_used(event.subject, quote)
    number, level = (int(quote[3]), quote[5]) if is_used else (int(quote[0]), quote[2])
    if event.subject == SIBLING or number == NOBODY:
        return NOBODY
    if event.mark * THINNING >= level**-elasticity:
        return NOBODY
    offer = offers[number]
    offer.stock -= lot
    if offer.stock > 0:
        return NOBODY
    offer.stock = offer.refill
    return NOBODY if offer.refill else number


@compiled
def _takes_used(kind: int, quote: NDArray[np.float64]) -> bool:
    """Whether a buyer looks at the used offer, if there is any."""
    if kind == EITHER and quote[3] != NOBODY:
        return bool(quote[0] == NOBODY or quote[4] < USED_BELOW * quote[1])
    return kind == USED_ONLY


@compiled
def bought(
    kinds: NDArray[np.int64],
    reluctance: NDArray[np.float64],
    stride: int,
    quotes: NDArray[np.float64],
    elasticity: float,
    most: float,
) -> NDArray[np.int64]:
    """What every buyer takes by what was on offer at the last look: int64 [3, sales].

    The rows are the number of the buyer, the offer and its price. However cheap it is, a price
    draws no more than ``most`` times the buyers of the ordinary one.
    """
    sales, size, before = np.empty((3, kinds.size), dtype=np.int64), 0, -1
    # The reluctance at which new and used is too dear at a look, once it is known.
    limits = np.empty(2)
    for buyer in range(kinds.size):
        look = buyer // stride
        if look != before:
            before, limits[0], limits[1] = look, _UNKNOWN, _UNKNOWN
        side = 1 if _takes_used(kinds[buyer], quotes[look]) else 0
        offer = int(quotes[look, 3 * side])
        if kinds[buyer] == SIBLING or offer == NOBODY:
            continue
        if limits[side] == _UNKNOWN:
            level = max(quotes[look, 3 * side + 2], 1e-6)
            limits[side] = min(level**-elasticity, most)
        if reluctance[buyer] * THINNING < limits[side]:
            sales[0, size], sales[1, size] = buyer, offer
            sales[2, size] = int(quotes[look, 3 * side + 1])
            size += 1
    return sales[:, :size].copy()


@compiled
def _put(event: Record, offers: Records, shelf: NDArray[np.int64]) -> bool:
    """Let a seller set his price; whether it is another one. Slow sellers ask round prices."""
    offer = offers[event.subject]
    price = max(_LEAST_PRICE, int(_asked(event, offers, shelf)) - offer.shipping)
    if offer.strategy in (_MARKDOWN, _DREAM):
        price = price // 50 * 50 + 49
    if offer.landed == 0.0:
        row = shelf[offer.side]
        row[0] += 1
        row[row[0]] = event.subject
    elif price == offer.price:
        return False
    offer.price = price
    offer.landed = (price + offer.shipping) / offer.grade
    return True


@compiled
def _asked(event: Record, offers: Records, shelf: NDArray[np.int64]) -> float:
    """The landed price that a seller wants who arrives, or looks at the shelf again."""
    offer, mark = offers[event.subject], event.mark
    level = (event.value if offer.side == NEW else event.used_value) * offer.grade
    usual = level * offer.markup
    if event.verb == ARRIVE:
        offer.least = offer.floor * level
    landed: float = usual
    if offer.strategy in (_UNDERCUT, _MATCH):
        rival = _cheapest(offers, shelf[offer.side], event.subject)
        landed = _against(offer, offers[rival].landed if rival != NOBODY else 0.0, usual, mark)
    elif event.verb == ARRIVE:
        landed = usual
    elif offer.strategy == _ANCHORED:
        # A price-setting program: mostly close to its model, which changes its mind at times.
        landed = usual * (0.96 + 0.08 * mark if mark < 0.8 else 0.75 + 0.5 * mark)
    elif offer.strategy == _MARKDOWN:
        landed = _marked_down(float(offer.price + offer.shipping), level, usual, mark)
    elif mark <= 0.6:
        landed = float(offer.price + offer.shipping)
    return landed


@compiled
def _marked_down(landed: float, level: float, usual: float, mark: float) -> float:
    """The landed price of a seller who goes down step by step, from where it is."""
    if landed > usual * 1.3:
        return usual
    if landed < 0.6 * level:
        return usual * 1.05 if mark > 0.85 else landed
    return landed * (0.90 + 0.09 * mark)


@compiled
def _against(offer: Record, lowest: float, usual: float, mark: float) -> float:
    """The landed price of a seller who watches the cheapest rival, whose price is 0 without one."""
    if lowest == 0.0:
        return usual * (1.0 if offer.is_amazon else 1.08 + 0.25 * mark)
    landed: float = lowest * offer.grade
    if offer.strategy == _UNDERCUT:
        landed -= 1.0 if mark < 0.6 else landed * 0.07 * (mark - 0.6)
    if landed < offer.least:
        # Below his floor a seller holds it, or resets and lets the others sell out.
        landed = usual if mark > 0.75 and not offer.is_amazon else offer.least
    else:
        landed = min(landed, usual * offer.cap)
    return landed


@compiled
def _contests(event: Record, offers: Records, holder: int) -> bool:
    """Whether the Buy Box moves soon.

    The first offer, a clearly cheaper one, or a holder who became dear moves it.
    """
    offer, mark = offers[event.subject], event.mark
    if offer.side != NEW:
        return False
    if event.verb == ARRIVE:
        return holder == NOBODY
    limit = 0.0
    if holder == NOBODY or offer.landed < 0.98 * offers[holder].landed:
        limit = 0.7
    elif event.subject == holder:
        limit = 0.5
    return bool(mark < limit)


@compiled
def _leave(offers: Records, shelf: NDArray[np.int64], number: int) -> None:
    """Take an offer off the shelf; those that came later move up."""
    row = shelf[offers[number].side]
    place = 1
    while row[place] != number:
        place += 1
    for later in range(place, row[0]):
        row[later] = row[later + 1]
    row[0] -= 1
    offers[number].landed = 0.0


@compiled
def _chosen(event: Record, offers: Records, shelf: NDArray[np.int64]) -> int:
    """Whom Amazon gives the Buy Box: one of the cheapest, by weight, or nobody."""
    row = shelf[NEW]
    best = _cheapest(offers, row, NOBODY)
    if best == NOBODY or offers[best].landed > _SUPPRESSED_ABOVE * event.value:
        return NOBODY
    band, total = offers[best].landed * _BAND, 0.0
    for number in row[1 : row[0] + 1]:
        if offers[number].landed <= band:
            total += offers[number].weight
    point, last = (event.minute * _GOLDEN % 1.0) * total, NOBODY
    for number in row[1 : row[0] + 1]:
        if offers[number].landed <= band:
            last = number
            point -= offers[number].weight
            if point < 0:
                break
    return last


@compiled
def _cheapest(offers: Records, row: NDArray[np.int64], besides: int) -> int:
    """The cheapest offer of a side but one; of equal ones, that which came first."""
    found, best = NOBODY, np.inf
    for number in row[1 : row[0] + 1]:
        if offers[number].landed < best and number != besides:
            found, best = number, offers[number].landed
    return found
