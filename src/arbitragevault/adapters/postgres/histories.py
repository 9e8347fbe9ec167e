"""Everything of a market that is a history, cut into calendar years.

Keepa sends the whole history every time. Cut into years, a refresh rewrites the present year only.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, pairwise
from typing import Final

import msgspec
import numpy as np

from arbitragevault.adapters.postgres.codec import (
    Blob,
    Bundles,
    Track,
    pack_tracks,
    unpack_bundles,
)
from arbitragevault.domain.errors import HistoryCodecError, SeriesError
from arbitragevault.domain.market.market import Market, SellerHistory, SeriesKind
from arbitragevault.domain.market.series import SeriesRow, StepSeries

_EPOCH: Final = np.datetime64("2011-01-01T00:00", "m")
_FIRST_YEAR: Final = -2_073
_STARTS: Final = (
    (np.arange(_FIRST_YEAR + 1, 6_095) - 1_970).astype("datetime64[Y]").astype("datetime64[m]")
    - _EPOCH
).astype(np.int32)
"""The minutes at which years begin: of all that 32 bits of minutes reach, but the first."""

_HISTORY, _SHIPPING, _RANKS, _SELLERS = range(4)

_KINDS: Final = (
    SeriesKind.AMAZON,
    SeriesKind.NEW,
    SeriesKind.USED,
    SeriesKind.SALES_RANK,
    SeriesKind.LIST_PRICE,
    SeriesKind.COLLECTIBLE,
    SeriesKind.REFURBISHED,
    SeriesKind.NEW_FBM,
    SeriesKind.LIGHTNING_DEAL,
    SeriesKind.WAREHOUSE,
    SeriesKind.NEW_FBA,
    SeriesKind.COUNT_NEW,
    SeriesKind.COUNT_USED,
    SeriesKind.COUNT_REFURBISHED,
    SeriesKind.COUNT_COLLECTIBLE,
    SeriesKind.OFFER_UPDATES,
    SeriesKind.RATING,
    SeriesKind.COUNT_REVIEWS,
    SeriesKind.BUY_BOX,
    SeriesKind.USED_LIKE_NEW,
    SeriesKind.USED_VERY_GOOD,
    SeriesKind.USED_GOOD,
    SeriesKind.USED_ACCEPTABLE,
    SeriesKind.COLLECTIBLE_LIKE_NEW,
    SeriesKind.COLLECTIBLE_VERY_GOOD,
    SeriesKind.COLLECTIBLE_GOOD,
    SeriesKind.COLLECTIBLE_ACCEPTABLE,
    SeriesKind.REFURBISHED_SHIPPING,
    SeriesKind.EBAY_NEW,
    SeriesKind.EBAY_USED,
    SeriesKind.TRADE_IN,
    SeriesKind.RENT,
    SeriesKind.BUY_BOX_USED,
    SeriesKind.PRIME_EXCLUSIVE,
    SeriesKind.COUNT_NEW_FBA,
    SeriesKind.COUNT_NEW_FBM,
    SeriesKind.MONTHLY_SOLD,
    SeriesKind.COUPON_AMOUNT,
    SeriesKind.COUPON_PERCENT,
    SeriesKind.SUBSCRIBE_COUPON_AMOUNT,
    SeriesKind.SUBSCRIBE_COUPON_PERCENT,
)
"""The stored code of a kind is its place here: append, never insert or reorder."""

_CODE_OF: Final = {kind: code for code, kind in enumerate(_KINDS)}

_read_names: Final = msgspec.msgpack.Decoder(list[str]).decode

Key = tuple[int, int]
"""(group, code) of a track."""


@dataclass(frozen=True, slots=True)
class Histories:
    """Everything of a market that is a history.

    Args:
        history / shipping: Series by kind; see ``Market``.
        category_ranks: Sales rank by category id.
        buy_box_sellers: Who held the Buy Box; None if not collected.
    """

    history: Mapping[SeriesKind, StepSeries] = field(default_factory=dict)
    shipping: Mapping[SeriesKind, StepSeries] = field(default_factory=dict)
    category_ranks: Mapping[int, StepSeries] = field(default_factory=dict)
    buy_box_sellers: SellerHistory | None = None

    @classmethod
    def of(cls, market: Market) -> Histories:
        """The histories of a market."""
        return cls(market.history, market.shipping, market.category_ranks, market.buy_box_sellers)


@dataclass(frozen=True, slots=True)
class Segment:
    """One calendar year (UTC) of a product's histories.

    Args:
        year: The year.
        first_minute / last_minute: Market minutes of its first and last point.
        points: Points of all series together.
        blob: The bytes.
    """

    year: int
    first_minute: int
    last_minute: int
    points: int
    blob: Blob


def encode(histories: Histories) -> tuple[list[Segment], list[Key]]:
    """Cut histories into calendar years and encode each.

    Returns:
        Segments, oldest first, and the keys of series that are known to be empty.
    """
    sellers = histories.buy_box_sellers
    names = sorted({name for name in sellers.sellers if name is not None}) if sellers else []
    by_year: dict[int, list[Track]] = {}
    empty: list[Key] = []
    for track in _tracks(histories, names):
        if not track.minutes.size:
            empty.append((track.group, track.code))
        for year, part in _years(track):
            by_year.setdefault(year, []).append(part)
    segments = [_segment(year, tracks, names) for year, tracks in sorted(by_year.items())]
    return segments, empty


def decode(segments: Iterable[bytes], empty: Iterable[Key] = ()) -> Histories:
    """Put histories together from what ``encode`` made of them.

    Args:
        segments: The stored bytes, oldest year first.
        empty: Keys of series that are known to be empty.

    Raises:
        HistoryCodecError: If bytes are truncated, altered or of an unknown version.
    """
    return histories_of(unpack_bundles(segments), empty)


def histories_of(years: Bundles, empty: Iterable[Key]) -> Histories:
    """The same from segments that have been unpacked; their values are changed.

    Raises:
        HistoryCodecError: If the segments do not fit together.
    """
    parts: dict[Key, list[int]] = {(group, code): [] for group, code in empty}
    names: list[str] = []
    number = at = 0
    try:
        for tracks, attachment in zip(years.tracks, years.attachments, strict=True):
            for group, code, points, _ in tracks:
                if group == _SELLERS:
                    # Each segment lists its own sellers: theirs follow those of the years before.
                    years.values[at : at + points] += len(names)
                parts.setdefault((group, code), []).append(number)
                number += 1
                at += points
            names += _read_names(attachment)
        return _together(parts, years, names)
    except (SeriesError, msgspec.MsgspecError, IndexError) as error:
        raise HistoryCodecError(
            f"Stored history does not fit together ({error}). Fetch the product again."
        ) from error


def _together(
    parts: Mapping[Key, Sequence[int]], years: Bundles, names: Sequence[str]
) -> Histories:
    """Histories from the numbers of the tracks that make up each series, oldest first."""
    sizes = [points for tracks in years.tracks for _, _, points, _ in tracks]
    lengths = [sum([sizes[number] for number in some]) for some in parts.values()]
    points = np.array(sizes, np.intp)
    starts = points.cumsum() - points
    order = list(chain.from_iterable(parts.values()))
    starts, points = starts[order], points[order]
    place = np.repeat(starts - points.cumsum() + points, points)
    place += np.arange(place.size)
    series = SeriesRow.of(years.minutes.take(place), years.values.take(place), lengths)
    groups: list[dict[int, StepSeries]] = [{}, {}, {}, {}]
    for (group, code), one in zip(parts, series, strict=True):
        groups[group][code] = one
    history, shipping, ranks, sellers = groups
    holders = sellers.get(0)
    return Histories(
        history={_KINDS[code]: one for code, one in history.items()},
        shipping={_KINDS[code]: one for code, one in shipping.items()},
        category_ranks=ranks,
        buy_box_sellers=None if holders is None else _seller_history(holders, names),
    )


def _tracks(histories: Histories, names: Sequence[str]) -> list[Track]:
    """All series in the one order in which they are always written."""
    tracks = [
        *(Track(_HISTORY, _CODE_OF[k], s.minutes, s.values) for k, s in histories.history.items()),
        *(
            Track(_SHIPPING, _CODE_OF[k], s.minutes, s.values)
            for k, s in histories.shipping.items()
        ),
        *(Track(_RANKS, k, s.minutes, s.values) for k, s in histories.category_ranks.items()),
    ]
    if histories.buy_box_sellers is not None:
        place: dict[str | None, float] = {name: at for at, name in enumerate(names)}
        place[None] = np.nan
        who = histories.buy_box_sellers
        values = np.array([place[name] for name in who.sellers], dtype=np.float64)
        tracks.append(Track(_SELLERS, 0, np.asarray(who.minutes, dtype=np.int32), values))
    return sorted(tracks, key=lambda track: track[:2])


def _years(track: Track) -> Iterator[tuple[int, Track]]:
    """A track cut into calendar years."""
    minutes, values = track.minutes, track.values
    if not minutes.size:
        return
    first, last = np.searchsorted(_STARTS, minutes[[0, -1]], side="right")
    cuts = [0, *minutes.searchsorted(_STARTS[first:last]).tolist(), minutes.size]
    for year, (start, end) in enumerate(pairwise(cuts), _FIRST_YEAR + int(first)):
        if start < end:
            yield year, track._replace(minutes=minutes[start:end], values=values[start:end])


def _segment(year: int, tracks: Sequence[Track], names: Sequence[str]) -> Segment:
    tracks, used = _with_own_names(tracks, names)
    return Segment(
        year=year,
        first_minute=min(int(track.minutes[0]) for track in tracks),
        last_minute=max(int(track.minutes[-1]) for track in tracks),
        points=sum(track.minutes.size for track in tracks),
        blob=pack_tracks(tracks, msgspec.msgpack.encode(used)),
    )


def _with_own_names(
    tracks: Sequence[Track], names: Sequence[str]
) -> tuple[Sequence[Track], list[str]]:
    """A segment's tracks with their own list of sellers: another year's would change it."""
    holders = tracks[-1]
    if holders.group != _SELLERS:
        return tracks, []
    values = holders.values.copy()
    known = ~np.isnan(values)
    used, values[known] = np.unique(values[known].astype(np.int64), return_inverse=True)
    own = [names[place] for place in used]
    return [*tracks[:-1], holders._replace(values=values)], own


def _seller_history(holders: StepSeries, names: Sequence[str]) -> SellerHistory:
    or_nobody = np.array([*names, None], dtype=object)
    places = np.where(np.isnan(holders.values), len(names), holders.values).astype(np.int64)
    return SellerHistory(holders.minutes, tuple(or_nobody[places].tolist()))
