"""Everything that is due in one product's market, in the order of time."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from arbitragevault.sandbox.amazon import Spells
from arbitragevault.sandbox.buyers import Buyers
from arbitragevault.sandbox.catalogue import MINUTES_PER_DAY, Entry
from arbitragevault.sandbox.compiled import compiled
from arbitragevault.sandbox.exchange import ARRIVE, EVENT, LEAVE, LOOK, REPRICE, ROTATE, Records
from arbitragevault.sandbox.latent import Latent
from arbitragevault.sandbox.randomness import Purpose, stream
from arbitragevault.sandbox.sellers import Cast

_PLACE_BITS: Final = 32
_DAY: Final = 1_440
_VERBS: Final = np.array([ARRIVE, REPRICE, LOOK, ROTATE, LEAVE])


class _Presence(NamedTuple):
    """When offers are there and how often their sellers look at the price: [offers] each."""

    arrive: NDArray[np.int64]
    leave: NDArray[np.int64]
    per_day: NDArray[np.float64]


class _Due(NamedTuple):
    """What is due: fields of ``EVENT``, in any order; [events] each."""

    minute: NDArray[np.int64]
    verb: NDArray[np.int64]
    subject: NDArray[np.int64]
    mark: NDArray[np.float64]


def agenda_of(
    entry: Entry,
    latent: Latent,
    cast: Cast,
    spells: Spells,
    buyers: Buyers,
    *,
    end: int,
    seed: int,
) -> Records:
    """Arrange arrivals, departures, price changes, rotations and sales that are looked at.

    Args:
        entry: The product.
        latent: Its hidden drivers.
        cast: Third-party offers.
        spells: Amazon's and its outlet's offers.
        buyers: Candidate buyers.
        end: Market minute at which everything ends.
        seed: The marketplace's seed.

    Returns:
        ``EVENT`` [events] in the order of time.
    """
    present = _Presence(
        np.concatenate((spells.arrive, cast.arrive)),
        np.concatenate((spells.leave, cast.leave)),
        np.concatenate((spells.per_day, cast.per_day)),
    )
    arrive, leave = present.arrive, present.leave
    ticks, tick_offer, tick_mark = _ticks(entry, present, end=end, seed=seed)
    looks = np.arange(0, buyers.minute.size, buyers.stride)
    traffic = min(0.6, 0.22 * 10 ** (-0.3 * (entry.log_rank - 5.2)))
    gaps = stream(seed, entry.index, Purpose.ROTATIONS).standard_exponential(
        int((end - entry.birth) / MINUTES_PER_DAY * traffic * 1.5 + 60)
    )
    turns = entry.birth + (gaps.cumsum() / traffic * MINUTES_PER_DAY).astype(np.int64)
    rows = np.arange(arrive.size)
    # One kind of event after the other, each by subject: at the same minute they keep this order.
    sizes = (arrive.size, ticks.size, looks.size, turns.size, arrive.size)
    nobody = np.zeros(turns.size, dtype=np.int64)
    due = _Due(
        np.concatenate((arrive, ticks, buyers.minute[looks], turns, leave)),
        np.repeat(_VERBS, sizes),
        np.concatenate((rows, tick_offer, buyers.kind[looks], nobody, rows)),
        np.concatenate((arrive * 0.7548776662466927 % 1.0, tick_mark, buyers.reluctance[looks],
                        nobody, np.zeros(rows.size))),
    )  # fmt: skip
    order = in_order(due.minute, end)
    events = np.recarray(order.size, dtype=EVENT)
    arrange(events, due, order, (latent.value, latent.used_value), latent.first_day)
    return events


@compiled
def arrange(
    events: Records,
    due: _Due,
    order: NDArray[np.int64],
    worth: tuple[NDArray[np.float64], NDArray[np.float64]],
    first_day: int,
) -> None:
    """Fill in events in an order, each with what a new and a good used copy are worth that day."""
    for place in range(order.size):
        event, one = events[place], order[place]
        event.minute, event.verb, event.subject = due.minute[one], due.verb[one], due.subject[one]
        event.mark = due.mark[one]
        day = due.minute[one] // _DAY - first_day
        event.value, event.used_value = worth[0][day], worth[1][day]


def in_order(values: NDArray[np.int64], limit: int) -> NDArray[np.int64]:
    """The places of the values below a limit, the least first; equal ones keep their order.

    A place is sorted together with its value, in one number, which is several times as fast as a
    stable sort of places.

    Args:
        values: int64 [n], none negative.
        limit: At most 2 ** 31.
    """
    places = np.flatnonzero(values < limit)
    numbers = values[places] << _PLACE_BITS | places
    numbers.sort()
    order: NDArray[np.int64] = numbers & ((1 << _PLACE_BITS) - 1)
    return order


def _ticks(
    entry: Entry, present: _Presence, *, end: int, seed: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """When each seller looks at the price: minutes, offers and marks.

    An offer's ticks fall at even spacing with a random phase and jitter, so that how many there are
    does not depend on the horizon.
    """
    length = (present.leave - present.arrive) / MINUTES_PER_DAY
    count = np.ceil(length * present.per_day).astype(np.int64)
    marks = stream(seed, entry.index, Purpose.TICKS).random((int(count.sum()), 2))
    return ticking(present, count, marks, end)


@compiled
def ticking(
    present: _Presence, count: NDArray[np.int64], marks: NDArray[np.float64], end: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """The ticks of all offers while they are there, from two draws for each."""
    minutes, offers = np.empty(len(marks), dtype=np.int64), np.empty(len(marks), dtype=np.int64)
    kept, size, place = np.empty(len(marks)), 0, 0
    for offer in range(count.size):
        arrive, leave = present.arrive[offer], min(present.leave[offer], end)
        for within in range(count[offer]):
            day = (within + marks[place, 0]) / present.per_day[offer]
            minute = arrive + int(day * _DAY) + 1
            if minute < leave:
                minutes[size], offers[size], kept[size] = minute, offer, marks[place, 1]
                size += 1
            place += 1
    return minutes[:size].copy(), offers[:size].copy(), kept[:size].copy()
