"""Everything that is due in one product's market, in the order of time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from arbitragevault.sandbox.amazon import Spells
from arbitragevault.sandbox.buyers import Buyers
from arbitragevault.sandbox.catalogue import MINUTES_PER_DAY, Entry
from arbitragevault.sandbox.exchange import ARRIVE, EVENT, LEAVE, LOOK, REPRICE, ROTATE, Records
from arbitragevault.sandbox.latent import Latent
from arbitragevault.sandbox.randomness import Purpose, stream
from arbitragevault.sandbox.sellers import Cast

_PLACE_BITS: Final = 32


@dataclass(frozen=True, slots=True)
class _Presence:
    """When offers are there and how often their sellers look at the price: [offers] each."""

    arrive: NDArray[np.int64]
    leave: NDArray[np.int64]
    per_day: NDArray[np.float64]


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
    minute = np.concatenate((arrive, ticks, buyers.minute[looks], turns, leave))
    sizes = (arrive.size, ticks.size, looks.size, turns.size, arrive.size)
    verb = np.repeat(np.array([ARRIVE, REPRICE, LOOK, ROTATE, LEAVE]), sizes)
    nobody = np.zeros(turns.size, dtype=np.int64)
    subject = np.concatenate((rows, tick_offer, buyers.kind[looks], nobody, rows))
    mark = np.concatenate((arrive * 0.7548776662466927 % 1.0, tick_mark,
                           buyers.reluctance[looks], nobody, np.zeros(rows.size)))  # fmt: skip
    order = in_order(minute, end)
    events = np.recarray(order.size, dtype=EVENT)
    for name, column in (("minute", minute), ("verb", verb), ("subject", subject), ("mark", mark)):
        events[name] = column[order]
    day = events["minute"] // MINUTES_PER_DAY - latent.first_day
    events["value"], events["used_value"] = latent.value[day], latent.used_value[day]
    return events


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
    arrive, leave = present.arrive, present.leave
    length = (leave - arrive) / MINUTES_PER_DAY
    count = np.ceil(length * present.per_day).astype(np.int64)
    offer = np.repeat(np.arange(arrive.size), count)
    within = np.arange(offer.size) - np.repeat(np.cumsum(count) - count, count)
    marks = stream(seed, entry.index, Purpose.TICKS).random((offer.size, 2))
    day = (within + marks[:, 0]) / present.per_day[offer]
    minute = arrive[offer] + (day * MINUTES_PER_DAY).astype(np.int64) + 1
    kept = (minute < leave[offer]) & (minute < end)
    return minute[kept], offer[kept], marks[kept, 1]
