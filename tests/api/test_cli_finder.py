"""``arbitragevault finder`` as a user runs it, on the sandbox."""

from __future__ import annotations

import subprocess
from collections.abc import Callable

import orjson
import pytest

Run = Callable[..., "subprocess.CompletedProcess[str]"]

pytestmark = pytest.mark.usefixtures("environment")


def test_asins_come_one_per_line(run: Run) -> None:
    done = run("finder", "current_SALES=1..5000000", "perPage=50", "sort=current_SALES")
    assert done.returncode == 0, done.stderr
    asins = done.stdout.split()
    assert 0 < len(asins) <= 50
    assert all(len(asin) == 10 for asin in asins)
    assert "of the sandbox match" in " ".join(done.stderr.split())


def test_every_page_as_json(run: Run) -> None:
    done = run("finder", "trackingSince>=2012-01-01", "--all", "--insights", "--json")
    assert done.returncode == 0, done.stderr
    pages = [orjson.loads(line) for line in done.stdout.splitlines()]
    asins = [asin for page in pages for asin in page["asins"]]
    assert len(asins) == len(set(asins)) > 50
    assert pages[0]["insights"]["summary"]["brands"]


def test_another_sort_cannot_be_read_to_its_end(run: Run) -> None:
    done = run("finder", "isSNS=no", "sort=current_SALES", "--all")
    assert done.returncode == 2
    done = run("finder", "isSNS=no", "page=1", "--all")
    assert done.returncode == 2
    assert "trackingSince" in done.stderr
