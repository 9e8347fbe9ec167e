"""Everything that is due in one product's market, in the order of time."""

from __future__ import annotations

import math
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from arbitragevault.sandbox.buyers import Buyers
from arbitragevault.sandbox.catalogue import MINUTES_PER_DAY, Entry
from arbitragevault.sandbox.compiled import compiled
from arbitragevault.sandbox.exchange import ARRIVE, EVENT, LEAVE, LOOK, REPRICE, ROTATE
from arbitragevault.sandbox.latent import Latent
from arbitragevault.sandbox.listing import Records
from arbitragevault.sandbox.randomness import Purpose, stream
from arbitragevault.sandbox.sellers import Cast

_PLACE_BITS: Final = 32
_DAY: Final = 1_440
_VERBS: Final = (ARRIVE, REPRICE, ROTATE, LEAVE)
_PLACES: Final = (1 << _PLACE_BITS) - 1
_SPREAD: Final = 0.7548776662466927
"""Multiples of it are spread evenly over the fractions (the plastic ratio's inverse)."""


class _Due(NamedTuple):
    """What is due: fields of ``EVENT``, in any order; [events] each.

    ``number`` is the minute and the event's place in one number, by which they are put in order: at
    the same minute they keep the order in which they are listed.
    """

    number: NDArray[np.int64]
    verb: NDArray[np.int64]
    subject: NDArray[np.int64]
    mark: NDArray[np.float64]


def agenda_of(
    entry: Entry, latent: Latent, cast: Cast, buyers: Buyers, *, end: int, seed: int
) -> tuple[Records, int]:
    """Arrange arrivals, departures, price changes, rotations and sales that are looked at.

    Args:
        entry: The product.
        latent: Its hidden drivers.
        cast: Every offer.
        buyers: Candidate buyers.
        end: Market minute at which everything ends.
        seed: The marketplace's seed.

    Returns:
        ``EVENT`` [events] in the order of time, and how many of them are looks.
    """
    counts = tick_counts(cast.arrive, cast.leave, cast.per_day)
    marks = stream(seed, entry.index, Purpose.TICKS).random((int(counts.sum()), 2))
    traffic = min(0.6, 0.22 * 10 ** (-0.3 * (entry.log_rank - 5.2)))
    waits = stream(seed, entry.index, Purpose.ROTATIONS).standard_exponential(
        int((end - entry.birth) / MINUTES_PER_DAY * traffic * 1.5 + 60)
    )
    room = 2 * counts.size + len(marks) + waits.size + buyers.minute.size // buyers.stride + 1
    due = _Due(
        np.empty(room, dtype=np.int64), np.empty(room, dtype=np.int64),
        np.empty(room, dtype=np.int64), np.empty(room),
    )  # fmt: skip
    size = list_offers(due, (cast.arrive, cast.leave, cast.per_day), counts, marks, _VERBS[:2], end)
    size, looks = list_buyers(
        due, size, (buyers.minute, buyers.kind, buyers.reluctance), buyers.stride, LOOK, end
    )
    size = list_rest(due, size, (waits, traffic), cast.leave, _VERBS[2:], entry.birth, end)
    due.number[:size].sort()
    events = np.empty(size, dtype=EVENT)
    arrange(events, due, (latent.value, latent.used_value), latent.first_day)
    return events, looks


@compiled
def tick_counts(
    arrive: NDArray[np.int64], leave: NDArray[np.int64], per_day: NDArray[np.float64]
) -> NDArray[np.int64]:
    """How many times each seller looks at the price, if nothing ends before he leaves."""
    counts = np.empty(arrive.size, dtype=np.int64)
    for offer in range(arrive.size):
        counts[offer] = math.ceil((leave[offer] - arrive[offer]) / _DAY * per_day[offer])
    return counts


@compiled
def _list(due: _Due, size: int, minute: int, verb: int, subject: int, mark: float) -> int:
    """List one more; how many there are then."""
    due.number[size] = minute << _PLACE_BITS | size
    due.verb[size], due.subject[size], due.mark[size] = verb, subject, mark
    return size + 1


@compiled
def list_offers(
    due: _Due,
    present: tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]],
    counts: NDArray[np.int64],
    marks: NDArray[np.float64],
    verbs: tuple[int, int],
    end: int,
) -> int:
    """List arrivals, then when each seller looks at the price; how many they are.

    An offer's ticks fall at even spacing with a random phase and jitter, so that how many there are
    does not depend on the horizon.

    Args:
        due: Is filled.
        present: When offers come and go and how often per day their prices are looked at.
        counts: int64 [offers] ticks.
        marks: float64 [ticks, 2] uniform draws.
        verbs: What is due then.
        end: Market minute at which everything ends.
    """
    arrive, leave, per_day = present
    size, tick = 0, 0
    for offer in range(arrive.size):
        if arrive[offer] < end:
            mark = arrive[offer] * _SPREAD % 1.0
            size = _list(due, size, arrive[offer], verbs[0], offer, mark)
    for offer in range(arrive.size):
        until = min(leave[offer], end)
        for within in range(counts[offer]):
            day = (within + marks[tick, 0]) / per_day[offer]
            minute = arrive[offer] + int(day * _DAY) + 1
            if minute < until:
                size = _list(due, size, minute, verbs[1], offer, marks[tick, 1])
            tick += 1
    return size


@compiled
def list_buyers(
    due: _Due,
    size: int,
    buyers: tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]],
    stride: int,
    verb: int,
    end: int,
) -> tuple[int, int]:
    """Go on with the buyers who look; how many are listed then, and how many of them look.

    ``buyers`` are their minutes, what they would take and how reluctant they are.
    """
    minute, kind, reluctance = buyers
    before = size
    for buyer in range(0, minute.size, stride):
        if minute[buyer] < end:
            size = _list(due, size, minute[buyer], verb, kind[buyer], reluctance[buyer])
    return size, size - before


@compiled
def list_rest(
    due: _Due,
    size: int,
    turns: tuple[NDArray[np.float64], float],
    leave: NDArray[np.int64],
    verbs: tuple[int, int],
    birth: int,
    end: int,
) -> int:
    """Go on with the rotations of the Buy Box, and with those who leave; how many are listed then.

    ``turns`` are the waits between rotations, and how many of their sum make a day.
    """
    total = 0.0
    for wait in turns[0]:
        total += wait
        minute = birth + int(total / turns[1] * _DAY)
        if minute < end:
            size = _list(due, size, minute, verbs[0], 0, 0.0)
    for offer in range(leave.size):
        if leave[offer] < end:
            size = _list(due, size, leave[offer], verbs[1], offer, 0.0)
    return size


@compiled
def arrange(
    events: Records,
    due: _Due,
    worth: tuple[NDArray[np.float64], NDArray[np.float64]],
    first_day: int,
) -> None:
    """Fill in events in the order of their numbers, which are sorted.

    Each is told what a new and a good used copy are worth that day.
    """
    for place in range(events.size):
        minute, one = due.number[place] >> _PLACE_BITS, due.number[place] & _PLACES
        event, day = events[place], minute // _DAY - first_day
        event.minute, event.verb, event.subject = minute, due.verb[one], due.subject[one]
        event.mark, event.value, event.used_value = due.mark[one], worth[0][day], worth[1][day]
