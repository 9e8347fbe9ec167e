"""The commands that look after a database, as a user gives them."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def on(run: Run, fresh_database_url: str) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Gives a command to a database that nobody else uses."""
    return lambda *words: run(*words, DATABASE_URL=fresh_database_url)


def test_a_branch_from_making_to_sweeping(on: Run) -> None:
    made = on("db", "branch", "create", "pr-1", "--expires", "14d")
    assert made.returncode == 0, made.stderr
    assert "pr-1" in made.stdout
    assert "DATABASE_URL=postgresql://" in made.stdout
    listed = json.loads(on("db", "branch", "list", "--json").stdout)
    assert [one["name"] for one in listed] == ["main", "pr-1"]
    assert on("db", "branch", "diff", "pr-1").stdout == "The schemas are the same.\n"
    assert on("db", "branch", "reset", "pr-1").stdout == "pr-1 is as main is now.\n"
    assert json.loads(on("db", "branch", "sweep", "--json").stdout) == {"deleted": []}
    other = json.loads(on("db", "branch", "create", "two", "--json").stdout)
    assert other["direct"] == other["pooled"]
    assert on("db", "branch", "restore", "pr-1", "--from", "two").returncode == 0
    assert on("db", "branch", "delete", "two").stdout == "Deleted two.\n"
    assert json.loads(on("db", "branch", "delete", "pr-1", "--json").stdout)["deleted"] == ["pr-1"]
    assert on("db", "branch", "sweep").stdout == "None has expired.\n"
    assert "pr-1" not in on("db", "branch", "list").stdout


def test_a_rehearsal_in_one_command(on: Run) -> None:
    told = on("db", "rehearse")
    assert told.returncode == 0, told.stderr
    assert "Nothing to migrate" in told.stdout
    done = json.loads(on("db", "rehearse", "--json").stdout)
    assert (done["steps"], done["diff"], done["is_kept"]) == ([], "", False)


def test_backup_restore_and_move(
    on: Run, run: Run, tmp_path: Path, empty_database_url: str
) -> None:
    file = tmp_path / "vault.zip"
    told = on("db", "backup", str(file))
    assert told.returncode == 0, told.stderr
    assert str(file) in told.stdout
    assert json.loads(on("db", "backup", str(file), "--json").stdout)["size"] == file.stat().st_size
    moved = on("db", "move", "--to", empty_database_url)
    assert moved.returncode == 0, moved.stderr
    assert "arrived and were compared" in moved.stdout
    back = json.loads(on("db", "move", "--from", empty_database_url, "--json").stdout)
    restored = run(
        "db", "restore", str(file), "--replace", "--json", DATABASE_URL=empty_database_url
    )
    assert json.loads(restored.stdout)["tables"] == back["tables"]


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("db", "branch", "create", "PR 1"), 2, "no name for a branch"),
        (("db", "branch", "create", "a", "--expires", "soon"), 2, "12h or 14d"),
        (("db", "branch", "delete", "main"), 1, "main branch"),
        (("db", "branch", "diff", "nobody"), 1, "no branch 'nobody'"),
        (("db", "move"), 2, "--to"),
        (("db", "move", "--to", "a", "--from", "b"), 2, "--to"),
        (("db", "restore", "nothing.zip"), 1, "no file nothing.zip"),
    ],
)
def test_what_cannot_be_is_told_in_one_line(
    on: Run, words: tuple[str, ...], code: int, says: str
) -> None:
    told = on(*words)
    assert told.returncode == code
    assert says in told.stderr
    assert "Traceback" not in told.stderr
