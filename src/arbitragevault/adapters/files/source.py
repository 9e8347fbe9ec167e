"""The bytes of a lead file: where they are, how many, and what kind of file they make."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import IO, BinaryIO, Final, cast

from arbitragevault.domain.errors import LeadFileError

MAX_BYTES: Final = 100_000_000
"""Largest file that is read: a million rows of a hundred bytes, the most rows that are taken."""

_SPOOL_BYTES: Final = 1_000_000
_PIECE: Final = 1_048_576

_FOREIGN: Final[tuple[tuple[bytes, str], ...]] = (
    (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        "is an old XLS workbook or has a password; save it as XLSX without a password, or as CSV",
    ),
    (b"%PDF", "is a PDF; export the table as CSV or XLSX"),
    (b"\x1f\x8b", "is compressed with gzip; unpack it"),
    (b"7z\xbc\xaf\x27\x1c", "is a 7-Zip archive; unpack it"),
    (b"Rar!", "is a RAR archive; unpack it"),
    (b"\x89PNG", "is a picture; give the table as CSV or XLSX"),
    (b"\xff\xd8\xff", "is a picture; give the table as CSV or XLSX"),
    (b"PAR1", "is a Parquet file; export it as CSV or XLSX"),
    (b"SQLite format 3", "is a database; export the table as CSV or XLSX"),
)
"""First bytes of files that people upload by mistake, and what to do about each."""


@dataclass(slots=True)
class Source:
    """A file that can be read from its start as often as needed.

    Args:
        name: How messages call it.
        size: Bytes.
    """

    name: str
    size: int
    _path: Path | None = None
    _stream: IO[bytes] | None = None
    _owned: IO[bytes] | None = field(default=None, repr=False)

    @contextmanager
    def open(self) -> Iterator[BinaryIO]:
        """The bytes from the start. A stream that was handed in stays open afterwards."""
        if self._path is not None:
            with _opened(self._path, self.name) as stream:
                yield stream
        else:
            stream = cast("BinaryIO", self._stream)
            stream.seek(0)
            yield stream

    def close(self) -> None:
        """Remove the copy that was made of a stream which could not be read twice."""
        if self._owned is not None:
            self._owned.close()


def open_source(source: Path | BinaryIO | bytes, name: str) -> Source:
    """Find out how large a file is, without reading it where that can be avoided.

    Args:
        source: A path, an open binary stream (a pipe is copied to a temporary file) or the bytes.
        name: How messages call it.

    Raises:
        LeadFileError: If it does not exist, cannot be opened, is empty or larger than MAX_BYTES.
    """
    if isinstance(source, bytes):
        return _checked(Source(name, len(source), _stream=io.BytesIO(source)))
    if isinstance(source, Path):
        if source.is_file():
            return _checked(Source(name, source.stat().st_size, _path=source))
        with _opened(source, name) as stream:
            return _checked(_copied(stream, name))
    if source.seekable():
        return _checked(Source(name, source.seek(0, io.SEEK_END), _stream=source))
    return _checked(_copied(source, name))


def refuse_foreign(start: bytes, name: str) -> None:
    """Refuse kinds of files that hold no table, by their first bytes.

    Raises:
        LeadFileError: If the bytes are those of such a file.
    """
    for magic, advice in _FOREIGN:
        if start.startswith(magic):
            raise LeadFileError(f"{name} {advice}.")
    markup = start[:64].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if markup.startswith((b"<!doctype", b"<html", b"<?xml", b"<table")):
        raise LeadFileError(f"{name} is a web page or XML; save the table as CSV or XLSX.")
    if markup.startswith((b"{", b"[")):
        raise LeadFileError(f"{name} is JSON; give the table as CSV or XLSX.")


def _opened(path: Path, name: str) -> BinaryIO:
    try:
        return path.open("rb")
    except OSError as error:
        reason = error.strerror or "it cannot be opened"
        raise LeadFileError(f"{name} cannot be read: {reason}. Check the path.") from error


def _copied(stream: BinaryIO, name: str) -> Source:
    """Copy a stream that can be read only once, but never more than one byte too many."""
    copy = SpooledTemporaryFile(max_size=_SPOOL_BYTES)  # noqa: SIM115 - Source.close closes it
    size = 0
    while size <= MAX_BYTES and (piece := stream.read(min(_PIECE, MAX_BYTES + 1 - size))):
        copy.write(piece)
        size += len(piece)
    return Source(name, size, _stream=copy, _owned=copy)


def _checked(source: Source) -> Source:
    if source.size == 0:
        source.close()
        raise LeadFileError(f"{source.name} is empty; give a CSV or XLSX file with a header row.")
    if source.size > MAX_BYTES:
        source.close()
        raise LeadFileError(
            f"{source.name} is larger than {MAX_BYTES // 1_000_000} MB; split it into smaller "
            "files."
        )
    return source
