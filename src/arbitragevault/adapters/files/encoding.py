"""In which encoding a text file is written."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from typing import BinaryIO, Final

from arbitragevault.domain.errors import LeadFileError

_SAMPLE: Final = 65_536
"""Bytes looked at to tell text from binary and one legacy encoding from another."""

_PIECE: Final = 1_048_576
_ESCAPED = re.compile("[\udc80-\udcff]")
_NOT_ASCII = re.compile("[^\x00-\x7f]")
_CONTROLS: Final = bytes(set(range(32)) - {9, 10, 12, 13, 26})
_LEGACY: Final = ["cp1252", "cp1250", "cp1251", "cp932", "gb18030", "mac_roman"]
"""What spreadsheets of the covered marketplaces write when it is not Unicode."""

_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


@dataclass(frozen=True, slots=True)
class Encoding:
    """How to decode a file.

    Args:
        codec: Python's codec name.
        broken: Bytes that do not fit the encoding; decoding replaces them by U+FFFD.
    """

    codec: str
    broken: int = 0


def detect_encoding(stream: BinaryIO, name: str) -> Encoding:
    """Find the encoding of a text file.

    A byte order mark decides. Otherwise the whole file is tried as UTF-8, so that one accented
    letter after a million rows is not a surprise. A file with more sound than broken UTF-8
    sequences is UTF-8 with damage; any other is in one of the legacy encodings.

    Args:
        stream: At its start; read to its end.
        name: How messages call the file.

    Raises:
        LeadFileError: If it is no text.
    """
    start = stream.read(_SAMPLE)
    for mark, codec in _MARKS:
        if start.startswith(mark):
            return Encoding(codec)
    if b"\0" in start:
        return Encoding(_utf16_without_mark(start, name))
    if len(start.translate(None, _CONTROLS)) < len(start) * 0.99:
        raise _not_text(name)
    sound, broken, sample = _try_utf8(start, stream)
    if sound >= broken:
        return Encoding("utf-8", broken)
    return Encoding(_legacy(sample))


def _try_utf8(start: bytes, stream: BinaryIO) -> tuple[int, int, bytes]:
    """Count characters beyond ASCII and undecodable bytes, and keep a piece with the latter."""
    decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
    sound = broken = 0
    sample = b""
    piece = start
    while piece:
        following = stream.read(_PIECE)
        text = decoder.decode(piece, final=not following)
        if not text.isascii():
            wrong = len(_ESCAPED.findall(text))
            broken += wrong
            sound += len(_NOT_ASCII.findall(text)) - wrong
            if wrong and not sample:
                first = next(place for place, byte in enumerate(piece) if byte > 127)
                sample = _whole_lines(piece[max(0, first - 1_000) : first + _SAMPLE])
        piece = following
    return sound, broken, sample


def _whole_lines(piece: bytes) -> bytes:
    """Cut off a last line that is incomplete, and with it half a character."""
    end = piece.rfind(b"\n")
    return piece if end < 0 else piece[: end + 1]


def _utf16_without_mark(start: bytes, name: str) -> str:
    """UTF-16 of mostly Latin text has a zero in every second byte, and no control characters."""
    pairs = len(start) // 2
    low, high = start[1::2].count(0), start[0::2].count(0)
    codec = "utf-16-le" if low > high else "utf-16-be"
    text = start[: pairs * 2].decode(codec, "replace")
    controls = sum(ord(char) < 32 and char not in "\t\n\f\r" for char in text)
    if max(low, high) < pairs * 0.4 or min(low, high) > pairs * 0.1 or controls > pairs * 0.01:
        raise _not_text(name)
    return codec


def _legacy(sample: bytes) -> str:
    """The likeliest legacy encoding of a piece of text; Windows-1252 where nothing stands out."""
    from charset_normalizer import from_bytes

    matches = from_bytes(sample, cp_isolation=_LEGACY)
    best = matches.best()
    if best is None:
        return "cp1252"
    # Western letters look alike in several code pages; among equals the commonest one counts.
    equals = [match for match in matches if match.chaos <= best.chaos]
    alike = {name for match in equals for name in match.could_be_from_charset}
    return "cp1252" if "cp1252" in alike else best.encoding


def _not_text(name: str) -> LeadFileError:
    return LeadFileError(f"{name} is neither text nor an XLSX workbook; save it as CSV or XLSX.")
