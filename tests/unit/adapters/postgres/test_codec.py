"""The codec: exact, dense, and sure to notice damage."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import msgspec
import numpy as np
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from arbitragevault.adapters.postgres.codec import (
    Track,
    digest,
    pack_tracks,
    seal,
    unpack_tracks,
    unseal,
)
from arbitragevault.domain.errors import HistoryCodecError

GOLDEN = Path(__file__).parent / "golden"
UNKNOWN = float("nan")

minutes = st.integers(-(2**31), 2**31 - 1)
integers = st.one_of(st.integers(0, 2**32 - 2).map(float), st.just(UNKNOWN))
anything = st.one_of(integers, st.floats())


@st.composite
def tracks(draw: st.DrawFn) -> Track:
    at = sorted(draw(st.lists(minutes, unique=True, max_size=20)))
    kind = draw(st.sampled_from([integers, anything]))
    values = draw(st.lists(kind, min_size=len(at), max_size=len(at)))
    return Track(
        draw(st.integers(0, 3)),
        draw(st.integers(0, 2**40)),
        np.array(at, dtype=np.int32),
        np.array(values, dtype=np.float64),
    )


def same(one: Track, other: Track) -> bool:
    """Equal to the last bit, but for the bits inside a NaN."""
    known = ~np.isnan(one.values)
    return (
        one[:2] == other[:2]
        and np.array_equal(one.minutes, other.minutes)
        and np.array_equal(one.values, other.values, equal_nan=True)
        and np.array_equal(np.signbit(one.values[known]), np.signbit(other.values[known]))
    )


@given(st.lists(tracks(), max_size=6), st.binary(max_size=20))
def test_tracks_come_back_exactly(written: list[Track], attachment: bytes) -> None:
    read, attached = unpack_tracks(pack_tracks(written, attachment).data)
    assert attached == attachment
    assert len(read) == len(written)
    assert all(same(one, other) for one, other in zip(written, read, strict=True))


@given(st.binary(max_size=200))
def test_sealed_bytes_come_back(content: bytes) -> None:
    blob = seal(content)
    assert unseal(blob.data) == content
    assert blob.digest == digest(content)


def golden_tracks() -> list[Track]:
    """What the golden file holds: integers, unknown values, fractions, extremes, an empty one."""
    rank = np.array([0, 1, 60, 525_599], dtype=np.int32)
    return [
        Track(0, 1, rank, np.array([2_499.0, UNKNOWN, 0.0, 4_294_967_294.0])),
        Track(0, 2, rank[:0], np.empty(0)),
        Track(1, 1, rank[1:3], np.array([-1.0, 0.5])),
        Track(2, 10_000_000_001, np.array([-5, 2**31 - 1], dtype=np.int32), np.array([7.0, 8.0])),
    ]


def test_bytes_of_the_first_version_can_be_read_for_ever() -> None:
    stored = bytes.fromhex((GOLDEN / "tracks_v1.hex").read_text())
    read, attachment = unpack_tracks(stored)
    assert attachment == b"attached"
    assert len(read) == len(golden_tracks())
    assert all(same(one, other) for one, other in zip(golden_tracks(), read, strict=True))
    # The digest does not depend on the compressor: what is stored is never rewritten in vain.
    assert pack_tracks(golden_tracks(), b"attached").digest == digest(unseal(stored))


@pytest.mark.parametrize("name", ["tracks_v1", "segments_v1"])
def test_every_altered_byte_and_every_cut_is_noticed(name: str) -> None:
    for line in (GOLDEN / f"{name}.hex").read_text().split():
        stored = bytes.fromhex(line)
        unpack_tracks(stored)
        for place, byte in enumerate(stored):
            for other in {byte ^ flip for flip in (1, 2, 4, 8, 16, 32, 64, 128, 255)}:
                with pytest.raises(HistoryCodecError):
                    unpack_tracks(stored[:place] + bytes([other]) + stored[place + 1 :])
            with pytest.raises(HistoryCodecError, match="Fetch the product again"):
                unpack_tracks(stored[:place])


def test_an_unknown_version_asks_for_an_update() -> None:
    blob = pack_tracks(golden_tracks()).data
    with pytest.raises(HistoryCodecError, match="version 2, this program reads 1"):
        unpack_tracks(b"\x02" + blob[1:])


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x05\x00\x00\x00ab",
        struct.pack("<I", 1) + b"\xc1",
        *(
            struct.pack("<I", len(header)) + header + b"\0" * 8
            for header in (
                msgspec.msgpack.encode([[[0, 0, 5, 0]], 1, b""]),  # fewer points than announced
                msgspec.msgpack.encode([[], 10**6, b""]),
                msgspec.msgpack.encode([[[0, 0, 1, 1]], 0, b""]),  # a place that does not exist
            )
        ),
    ],
)
def test_well_sealed_nonsense_is_a_typed_error(content: bytes) -> None:
    with pytest.raises(HistoryCodecError):
        unpack_tracks(seal(content).data)


def test_a_sound_checksum_over_a_broken_frame_is_a_typed_error() -> None:
    frame = zstandard.ZstdCompressor().compress(b"x" * 100)[:-3]
    with pytest.raises(HistoryCodecError, match="cannot be unpacked"):
        unseal(struct.pack("<BI", 1, zlib.crc32(frame)) + frame)


def test_long_histories_take_about_two_bytes_per_point() -> None:
    rng = np.random.default_rng(1)
    at = np.cumsum(rng.integers(30, 200, 20_000)).astype(np.int32)
    rank = np.abs(np.cumsum(rng.integers(-50, 50, 20_000))).astype(np.float64)
    assert len(pack_tracks([Track(0, 3, at, rank)]).data) < 2.5 * 20_000
