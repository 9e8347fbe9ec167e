"""Who runs the server, and what that user may reach."""

from __future__ import annotations

import os
import shutil
import stat
from pathlib import Path

import pytest

from arbitragevault.adapters.postgres import system_user
from arbitragevault.adapters.postgres.system_user import (
    SystemUser,
    open_ancestors,
    open_tree,
    server_user,
)
from arbitragevault.domain.errors import DatabaseError, DatabaseFolderError


def as_user(monkeypatch: pytest.MonkeyPatch, uid: int) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: uid)


def test_an_ordinary_user_runs_the_server_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = tmp_path / "data"
    as_user(monkeypatch, os.getuid() or 12_345)
    assert server_user(tmp_path, data) is None
    data.mkdir()
    as_user(monkeypatch, data.stat().st_uid or 12_345)
    if data.stat().st_uid:
        assert server_user(tmp_path, data) is None


def test_a_folder_of_somebody_else_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    as_user(monkeypatch, tmp_path.stat().st_uid + 1)
    with pytest.raises(DatabaseFolderError, match="belongs to another user"):
        server_user(tmp_path, tmp_path)


def test_root_hands_an_existing_folder_to_its_owner(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    as_user(monkeypatch, 0)
    data = tmp_path / "data"
    data.mkdir()
    if os.getuid() == 0:
        os.chown(data, 4_321, 4_322)
    found = data.stat()
    assert server_user(tmp_path, data) == SystemUser(
        f"id {found.st_uid}", found.st_uid, found.st_gid
    )


def test_without_an_account_for_the_server_the_way_out_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    as_user(monkeypatch, 0)
    monkeypatch.setattr(system_user, "_NAME", "no-such-user-on-this-machine")
    monkeypatch.setattr(shutil, "which", lambda _name: None)
    with pytest.raises(DatabaseError, match="useradd --system"):
        server_user(tmp_path, tmp_path / "data")


def test_an_account_that_cannot_be_made_is_the_same_trouble(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    as_user(monkeypatch, 0)
    monkeypatch.setattr(system_user, "_NAME", "no-such-user-on-this-machine")
    monkeypatch.setattr(shutil, "which", lambda _name: "/bin/false")
    with pytest.raises(DatabaseError, match="useradd --system"):
        server_user(tmp_path, tmp_path / "data")


def test_ancestors_can_be_passed_but_not_listed(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    (closed / "inner").mkdir(parents=True)
    closed.chmod(0o700)
    (closed / "inner").chmod(0o700)
    open_ancestors(closed / "inner")
    assert stat.S_IMODE(closed.stat().st_mode) == 0o701
    assert stat.S_IMODE((closed / "inner").stat().st_mode) == 0o700


def test_a_tree_can_be_read_and_run_but_not_written(tmp_path: Path) -> None:
    root = tmp_path / "tree"
    root.mkdir(mode=0o700)
    for name, mode in (("program", 0o700), ("library", 0o600), ("open", 0o644)):
        (root / name).touch()
        (root / name).chmod(mode)
    open_tree(root)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (root, *root.iterdir())}
    assert modes == {"tree": 0o705, "program": 0o705, "library": 0o604, "open": 0o644}


@pytest.mark.skipif(os.getuid() != 0, reason="only root may act as another user")
def test_a_program_out_of_reach_cannot_be_run(tmp_path: Path) -> None:
    nobody = SystemUser("nobody", 65_534, 65_534)
    assert nobody.can_run(Path("/bin/ls"))
    assert not nobody.can_run(Path("/bin/false"))
    hidden = tmp_path / "hidden"
    hidden.touch(mode=0o700)
    assert not nobody.can_run(hidden)
