"""The bytes of a lead file: paths, streams, pipes, and what is refused by sight."""

from __future__ import annotations

import io
import os
import threading
from pathlib import Path

import pytest

from arbitragevault.adapters.files import source as source_module
from arbitragevault.adapters.files.source import MAX_BYTES, open_source, refuse_foreign
from arbitragevault.domain.errors import LeadFileError

CONTENT = b"isbn\n0593655036\n"


class Unreadable(io.BytesIO):
    """A stream that knows its size but must not be read."""

    def read(self, _size: int | None = -1, /) -> bytes:
        pytest.fail("the stream was read")


class Pipe(io.BytesIO):
    """A stream that can be read only once."""

    def seekable(self) -> bool:
        return False


def test_bytes_paths_streams_and_pipes_are_read_from_the_start_each_time(tmp_path: Path) -> None:
    path = tmp_path / "leads.csv"
    path.write_bytes(CONTENT)
    stream = io.BytesIO(CONTENT)
    stream.seek(3)
    for given in (CONTENT, path, stream, Pipe(CONTENT)):
        opened = open_source(given, "leads.csv")
        assert opened.size == len(CONTENT)
        for _ in range(2):
            with opened.open() as content:
                assert content.read() == CONTENT
        opened.close()
    assert not stream.closed


def test_the_copy_of_a_pipe_is_removed(tmp_path: Path) -> None:
    fifo = tmp_path / "pipe"
    os.mkfifo(fifo)
    writer = threading.Thread(target=fifo.write_bytes, args=(CONTENT,))
    writer.start()
    opened = open_source(fifo, "pipe")
    writer.join()
    with opened.open() as content:
        assert content.read() == CONTENT
    opened.close()
    with pytest.raises(ValueError, match="closed file"), opened.open() as content:
        content.read()


@pytest.mark.parametrize("given", [b"", io.BytesIO(), Pipe()])
def test_an_empty_file(given: io.BytesIO | bytes) -> None:
    with pytest.raises(LeadFileError, match=r"^leads\.csv is empty; give a CSV or XLSX"):
        open_source(given, "leads.csv")


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "huge.csv"
    with path.open("wb") as file:
        file.truncate(2 * MAX_BYTES)
    with pytest.raises(LeadFileError, match=r"huge\.csv is larger than 100 MB; split it"):
        open_source(path, "huge.csv")
    with pytest.raises(LeadFileError, match="larger than 100 MB"):
        open_source(Unreadable(bytes(MAX_BYTES + 1)), "huge.csv")


def test_a_pipe_that_is_too_large_is_not_read_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source_module, "MAX_BYTES", 10)
    pipe = Pipe(bytes(100))
    with pytest.raises(LeadFileError, match="is larger than"):
        open_source(pipe, "pipe")
    assert pipe.tell() == 11


def test_paths_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(LeadFileError, match="cannot be read: No such file or directory"):
        open_source(tmp_path / "absent.csv", "absent.csv")
    with pytest.raises(LeadFileError, match="cannot be read: Is a directory"):
        open_source(tmp_path, "folder")
    path = tmp_path / "gone.csv"
    path.write_bytes(CONTENT)
    opened = open_source(path, "gone.csv")
    path.unlink()
    with pytest.raises(LeadFileError, match="Check the path"), opened.open():
        pass


@pytest.mark.parametrize(
    ("start", "message"),
    [
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
            "old XLS workbook or has a password; save it as XLSX",
        ),
        (b"%PDF-1.7", "is a PDF"),
        (b"\x1f\x8b\x08", "compressed with gzip; unpack it"),
        (b"\x89PNG\r\n", "is a picture"),
        (b"PAR1", "Parquet"),
        (b"<!DOCTYPE html>", "web page or XML"),
        (b"\xef\xbb\xbf\n <Table>", "web page or XML"),
        (b'<?xml version="1.0"?>', "web page or XML"),
        (b'{"leads": []}', "is JSON"),
        (b"[1]", "is JSON"),
    ],
)
def test_other_kinds_of_files(start: bytes, message: str) -> None:
    with pytest.raises(LeadFileError, match=message):
        refuse_foreign(start, "leads.csv")


def test_text_is_not_refused() -> None:
    refuse_foreign(b"isbn,cost\n", "leads.csv")
