"""The secret of an installation."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from arbitragevault.adapters.files.secret import installation_secret, key_for


def test_processes_of_an_installation_share_its_secret(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(installation_secret, [home] * 8))
    assert len(found) == 1
    assert found == {installation_secret(home)}
    assert [path.name for path in home.iterdir()] == ["secret"]
    assert stat.S_IMODE((home / "secret").stat().st_mode) == 0o600
    assert installation_secret(tmp_path / "another") not in found


def test_without_a_place_to_keep_it_each_process_has_its_own(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    one, other = (installation_secret(tmp_path / "file") for _ in range(2))
    assert len(one) == len(other) == 32
    assert one != other


def test_every_use_has_a_key_of_its_own() -> None:
    keys = {key_for(secret, use) for secret in (b"a", b"b") for use in ("cursors", "sessions")}
    assert len(keys) == 4
    assert key_for(b"a", "cursors") in keys
