"""The server's programs and data folder, as far as that needs no server."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from pathlib import Path

import pytest

from arbitragevault.adapters.postgres import cluster
from arbitragevault.adapters.postgres.cluster import Address
from arbitragevault.adapters.postgres.programs import reason_in, server_programs
from arbitragevault.domain.errors import DatabaseError


@pytest.fixture(autouse=True)
def _forget_programs() -> Iterator[None]:
    server_programs.cache_clear()
    yield
    server_programs.cache_clear()


def test_the_newest_programs_of_the_wheel_are_found() -> None:
    folder, version = server_programs()
    assert version == 18
    assert {"initdb", "pg_ctl", "pg_isready"} <= {path.name for path in folder.iterdir()}


def test_without_the_wheel_the_way_out_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    with pytest.raises(DatabaseError, match="set DATABASE_URL"):
        server_programs()


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("", "no reason was given"),
        ("\n  one \n\n", "one"),
        (
            "2026-11-22 10:13:32.227 UTC [161] FATAL:  no\nstopped waiting\n",
            "FATAL:  no; stopped waiting",
        ),
        ("first\nsecond\nthird", "second; third"),
    ],
)
def test_the_reason_is_what_was_said_last(said: str, reason: str) -> None:
    assert reason_in(said) == reason


@pytest.mark.parametrize(
    ("host", "is_socket"), [("/run/postgresql", True), ("@abstract", True), ("127.0.0.1", False)]
)
def test_socket_folders_are_told_from_addresses(host: str, is_socket: bool) -> None:  # noqa: FBT001
    assert Address(host, 5432).is_socket is is_socket


def test_a_folder_without_room_for_a_socket_is_noticed(tmp_path: Path) -> None:
    long = tmp_path / ("x" * 120)
    long.mkdir()
    assert not cluster._can_bind(long)
    assert not cluster._can_bind(tmp_path / "missing")
