"""The commands that look after a database, as a user gives them."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from arbitragevault.adapters.postgres.migrate import HEAD

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def on(run: Run, fresh_database_url: str) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Gives a command to a database that nobody else uses."""
    return lambda *words: run(*words, DATABASE_URL=fresh_database_url)


def test_an_empty_database_is_migrated_and_then_in_order(run: Run, empty_database_url: str) -> None:
    on_empty = partial(run, DATABASE_URL=empty_database_url)
    missing = {one["check"]: one for one in json.loads(on_empty("db", "check", "--json").stdout)}
    assert missing["schema"]["status"] == "failed"
    assert "db migrate" in missing["schema"]["mend"]
    done = json.loads(on_empty("db", "migrate", "--json").stdout)
    assert done == {"revision": HEAD, "migrated": True}
    assert on_empty("db", "migrate").stdout == f"The schema is already at migration {HEAD}.\n"
    found = on_empty("db", "check")
    assert found.returncode == 0, found.stdout
    assert "schema" in found.stdout
    checks = json.loads(on_empty("db", "check", "--json").stdout)
    assert {one["status"] for one in checks} == {"ok"}


def test_a_database_that_is_not_there_is_one_finding(run: Run, server_url: str) -> None:
    away = make_url(server_url).set(database="nowhere").render_as_string(hide_password=False)
    found = run("db", "check", "--json", DATABASE_URL=away)
    (only,) = json.loads(found.stdout)
    assert (found.returncode, only["check"], only["status"]) == (1, "database", "failed")
    assert "nowhere" in only["detail"]


def test_clients_are_measured_on_every_path(on: Run) -> None:
    short = ("db", "bench", "--clients", "2,3", "--seconds", "1", "--think", "0.2")
    measured = json.loads(on(*short, "--json").stdout)
    assert [(one["clients"], one["accepted"], one["errors"]) for one in measured][:2] == [
        (2, 2, 0),
        (3, 3, 0),
    ]
    assert all(one["p50_ms"] <= one["p95_ms"] <= one["p99_ms"] for one in measured)
    for wrong in ("0", "two", ""):
        refused = on("db", "bench", "--clients", wrong)
        assert refused.returncode == 2
        assert "--clients" in refused.stderr


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
