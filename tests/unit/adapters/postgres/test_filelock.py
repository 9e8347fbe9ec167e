"""File locks exclude others and are given back."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from arbitragevault.adapters.postgres.filelock import FileLock

HOLDER = """
import sys
from pathlib import Path
from arbitragevault.adapters.postgres.filelock import FileLock
assert FileLock(Path(sys.argv[1])).try_acquire()
print("held", flush=True)
sys.stdin.read()
"""


def test_a_lock_excludes_others_until_it_is_released(tmp_path: Path) -> None:
    first, second = FileLock(tmp_path / "lock"), FileLock(tmp_path / "lock")
    assert first.try_acquire()
    assert not second.try_acquire()
    assert not second.acquire(timeout_seconds=0.05)
    first.release()
    first.release()
    assert second.acquire(timeout_seconds=0.05)
    second.release()


def test_a_killed_holder_gives_the_lock_back(tmp_path: Path) -> None:
    lock = FileLock(tmp_path / "lock")
    with subprocess.Popen(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", HOLDER, str(lock.path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        assert not lock.try_acquire()
        holder.kill()
    assert lock.acquire(timeout_seconds=10)
    lock.release()


def test_a_place_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        FileLock(tmp_path / "missing" / "lock").try_acquire()
