"""Histories cut into years and put together again."""

from __future__ import annotations

import struct
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from arbitragevault.adapters.postgres.codec import Track, pack_tracks
from arbitragevault.adapters.postgres.histories import (
    _CODE_OF,
    _KINDS,
    Histories,
    decode,
    encode,
)
from arbitragevault.domain.errors import HistoryCodecError
from arbitragevault.domain.market.clock import to_minute
from arbitragevault.domain.market.market import SellerHistory, SeriesKind
from arbitragevault.domain.market.series import StepSeries

GOLDEN = Path(__file__).parent / "golden"

values = st.one_of(st.integers(0, 10_000_000).map(float), st.just(float("nan")))
minutes = st.integers(0, 16 * 525_960)
"""2011 to 2026."""


@st.composite
def series(draw: st.DrawFn) -> StepSeries:
    points = draw(st.dictionaries(minutes, values, max_size=12))
    return StepSeries(
        np.array(sorted(points), dtype=np.int32), np.array([points[at] for at in sorted(points)])
    )


@st.composite
def seller_histories(draw: st.DrawFn) -> SellerHistory:
    names = st.sampled_from(["A2L77EE7U53NWQ", "ATVPDKIKX0DER", "B", None])
    points = draw(st.dictionaries(minutes, names, max_size=12))
    at = np.array(sorted(points), dtype=np.int32)
    return SellerHistory(at, tuple(points[minute] for minute in sorted(points)))


histories = st.builds(
    Histories,
    history=st.dictionaries(st.sampled_from(SeriesKind), series(), max_size=5),
    shipping=st.dictionaries(st.sampled_from(SeriesKind), series(), max_size=3),
    category_ranks=st.dictionaries(st.integers(1, 2**40), series(), max_size=3),
    buy_box_sellers=st.none() | seller_histories(),
)


@given(histories)
def test_histories_come_back_exactly(written: Histories) -> None:
    segments, empty = encode(written)
    assert decode([segment.blob.data for segment in segments], empty) == written


@given(histories)
def test_segments_tell_their_year_their_span_and_their_points(written: Histories) -> None:
    segments, _ = encode(written)
    every = [*written.history.values(), *written.shipping.values()]
    every += written.category_ranks.values()
    points = sum(len(one) for one in every)
    points += len(written.buy_box_sellers.sellers) if written.buy_box_sellers else 0
    assert sum(segment.points for segment in segments) == points
    assert [segment.year for segment in segments] == sorted({s.year for s in segments})
    for segment in segments:
        begin = to_minute(datetime(segment.year, 1, 1, tzinfo=UTC))
        end = to_minute(datetime(segment.year + 1, 1, 1, tzinfo=UTC))
        assert begin <= segment.first_minute <= segment.last_minute < end


@given(histories)
def test_the_order_of_the_mappings_does_not_change_the_bytes(written: Histories) -> None:
    turned = replace(
        written,
        history=dict(reversed(list(written.history.items()))),
        category_ranks=dict(reversed(list(written.category_ranks.items()))),
    )
    assert encode(turned) == encode(written)


@given(histories, st.integers(1, 10_000_000))
def test_a_later_year_does_not_change_earlier_segments(written: Histories, rank: int) -> None:
    later = to_minute(datetime(2028, 5, 1, tzinfo=UTC))
    old = written.history.get(SeriesKind.SALES_RANK, StepSeries.empty())
    longer = StepSeries(np.append(old.minutes, later).astype(np.int32), np.append(old.values, rank))
    who = written.buy_box_sellers or SellerHistory(np.empty(0, np.int32), ())
    newcomer = SellerHistory(
        np.append(who.minutes, later).astype(np.int32), (*who.sellers, "A000-comes-first")
    )
    extended = replace(
        written,
        history={**written.history, SeriesKind.SALES_RANK: longer},
        buy_box_sellers=newcomer,
    )
    before = {segment.year: segment.blob.digest for segment in encode(written)[0]}
    after = {segment.year: segment.blob.digest for segment in encode(extended)[0]}
    assert {year: after[year] for year in before} == before
    assert set(after) - set(before) == {2028}


def golden_histories() -> Histories:
    """What the golden files hold: two years, shared minutes, unknown values, sellers."""
    at = np.array([to_minute(datetime(2024, 12, 31, 23, 59, tzinfo=UTC)), 7_400_000], np.int32)
    new = StepSeries(at, np.array([2_499.0, float("nan")]))
    return Histories(
        history={SeriesKind.NEW: new, SeriesKind.MONTHLY_SOLD: StepSeries.empty()},
        shipping={SeriesKind.NEW: StepSeries(at, np.array([0.0, 399.0]))},
        category_ranks={283155: StepSeries(at[1:], np.array([12_345.0]))},
        buy_box_sellers=SellerHistory(at, ("ATVPDKIKX0DER", None)),
    )


def test_segments_of_the_first_version_can_be_read_for_ever() -> None:
    stored = [bytes.fromhex(line) for line in (GOLDEN / "segments_v1.hex").read_text().split()]
    segments, empty = encode(golden_histories())
    assert [segment.year for segment in segments] == [2024, 2025]
    assert decode(stored, empty) == golden_histories()


def test_the_codes_of_series_kinds_never_change() -> None:
    assert set(_KINDS) == set(SeriesKind)
    assert len(_KINDS) == len(_CODE_OF)
    frozen = {"amazon": 0, "new": 1, "sales_rank": 3, "buy_box": 18, "monthly_sold": 36}
    assert {kind: _CODE_OF[SeriesKind(kind)] for kind in frozen} == frozen


@pytest.mark.parametrize(
    "tracks",
    [
        [Track(0, 99, np.array([1], np.int32), np.array([1.0]))],  # a kind from the future
        [Track(3, 0, np.array([1], np.int32), np.array([5.0]))],  # a seller who is not listed
    ],
)
def test_a_segment_that_names_what_it_does_not_have_is_a_typed_error(tracks: list[Track]) -> None:
    with pytest.raises(HistoryCodecError, match="does not fit together"):
        decode([pack_tracks(tracks, b"\x90").data])


def test_segments_in_the_wrong_order_are_a_typed_error() -> None:
    segments, _ = encode(golden_histories())
    with pytest.raises(HistoryCodecError, match="does not fit together"):
        decode([segment.blob.data for segment in reversed(segments)])


def test_a_damaged_list_of_sellers_is_a_typed_error() -> None:
    blob = pack_tracks([], struct.pack("B", 0xC1))
    with pytest.raises(HistoryCodecError):
        decode([blob.data])
