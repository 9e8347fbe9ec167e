"""The whole program as users start it: it answers, says what it is, and stops cleanly."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest
from starlette.types import ASGIApp

from arbitragevault.sandbox.marketplace import Marketplace
from arbitragevault.sandbox.server import create_sandbox
from arbitragevault.sandbox.simulated import SimulatedSource

Serve = Callable[[ASGIApp], str]
Run = Callable[..., "subprocess.CompletedProcess[str]"]
STOP_SECONDS = 15
"""Generous for a busy machine; without care a stop with an open stream lasts for ever."""


@contextmanager
def up(
    environment: dict[str, str], folder: Path, *arguments: str
) -> "Iterator[tuple[subprocess.Popen[str], str, str]]":
    """The running program, its address, and what else it said; killed if it is still there."""
    process = subprocess.Popen(  # noqa: S603
        [sys.executable, "-m", "arbitragevault", "up", "--port", "0", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
        cwd=folder,
    )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        found = re.fullmatch(r"ArbitrageVault is at (http://127\.0\.0\.1:\d+)\n", line)
        assert found, (line, process.communicate(timeout=5)[1])
        said = "".join(iter(process.stdout.readline, "Ctrl-C stops it.\n"))
        yield process, found[1], said
    finally:
        process.kill()
        process.communicate()


def stop(process: "subprocess.Popen[str]", how: signal.Signals) -> tuple[str, float]:
    """Ask the program to stop: what it noted until then, and how long it took."""
    began = time.monotonic()
    process.send_signal(how)
    _, noted = process.communicate(timeout=STOP_SECONDS + 10)
    return noted, time.monotonic() - began


@pytest.fixture
def home() -> Iterator[Path]:
    """A data folder outside pytest's own, which the database's system user could not enter."""
    folder = Path(tempfile.mkdtemp(prefix="arbitragevault-up-"))
    yield folder
    shutil.rmtree(folder)


def test_the_first_start_ends_on_decisions_and_leaves_nothing_behind(
    environment: dict[str, str], home: Path, tmp_path: Path
) -> None:
    alone = {k: v for k, v in environment.items() if k != "DATABASE_URL"}
    with up(alone | {"ARBITRAGEVAULT_HOME": str(home)}, tmp_path, "--no-browser") as (
        process,
        address,
        said,
    ):
        status = httpx2.get(f"{address}/api/v1/status").json()
        assert (status["sandbox"], status["database"]) == (True, "embedded")
        (run,) = httpx2.get(f"{address}/api/v1/runs").json()["items"]
        assert (run["source"], run["kind"]) == ("leads.csv", "scan")
        deadline = time.monotonic() + 60
        while httpx2.get(f"{address}/api/v1/decisions").json()["items"] == []:
            assert time.monotonic() < deadline
            time.sleep(0.2)
        page = httpx2.get(address, headers={"accept": "text/html"})
        assert page.status_code in {200, 503}
        noted, took = stop(process, signal.SIGINT)
        assert process.returncode == 0, noted
    assert "SANDBOX DATA" in said
    assert "Traceback" not in noted
    assert noted.endswith("Stopped.\n")
    assert took < STOP_SECONDS
    assert list(home.rglob("postmaster.pid")) == []


def test_open_streams_hear_of_the_stop(
    environment: dict[str, str], serve: Serve, market: Marketplace, tmp_path: Path
) -> None:
    dry = create_sandbox(SimulatedSource(market), refill_per_minute=1, tokens=-5)
    with up(environment | {"KEEPA_BASE_URL": serve(dry)}, tmp_path, "--no-browser") as (
        process,
        address,
        _,
    ):
        body = {"leads": [{"identifier": market.asins[0]}]}
        run = httpx2.post(f"{address}/api/v1/scans", json=body).json()
        names: list[str] = []
        with httpx2.stream("GET", f"{address}/api/v1/runs/{run['id']}/events") as stream:
            for line in stream.iter_lines():
                if line.startswith("event: "):
                    names.append(line.removeprefix("event: "))
                if line.startswith("data: ") and '"waiting_tokens"' in line:
                    waiting = json.loads(line.removeprefix("data: "))
                    began = time.monotonic()
                    process.send_signal(signal.SIGTERM)
        assert waiting["waiting_until"] is not None
        assert names[-1] == "bye"
        assert process.wait(STOP_SECONDS) == 0
        assert time.monotonic() - began < STOP_SECONDS


def test_a_start_that_fails_is_one_clear_line(run: Run) -> None:
    done = run("up", "--no-browser", "--port", "0", DATABASE_URL="postgresql://x@127.0.0.1:1/x")
    assert done.returncode == 3
    assert done.stdout == ""
    assert "cannot be reached" in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr


def test_up_in_this_process(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same, where the debugger and the coverage of tests can see it."""
    opened: list[str] = []
    monkeypatch.setattr("webbrowser.open", opened.append)
    monkeypatch.setenv("DISPLAY", ":0")
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    answers: list[int] = []

    def visit() -> None:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and not answers:
            try:
                answers.append(httpx2.get(f"{address}/api/v1/health/ready").status_code)
            except httpx2.TransportError:
                time.sleep(0.1)
        os.kill(os.getpid(), signal.SIGINT)

    visitor = threading.Thread(target=visit)
    visitor.start()
    done = run("up", "--port", str(port), "--verbose", ARBITRAGEVAULT_SANDBOX_PRODUCTS="20")
    visitor.join()
    assert (done.returncode, answers, opened) == (0, [200], [address])
    assert done.stdout.startswith(f"ArbitrageVault is at {address}\n")
    requests = [json.loads(line) for line in done.stderr.splitlines() if line.startswith("{")]
    assert "/api/v1/health/ready" in [line.get("path") for line in requests]


def test_the_sandbox_prints_its_address_first(environment: dict[str, str], tmp_path: Path) -> None:
    arguments = [sys.executable, "-m", "arbitragevault", "sandbox", "--products=20", "--workers=1"]
    with subprocess.Popen(  # noqa: S603
        arguments, stdout=subprocess.PIPE, text=True, env=environment, cwd=tmp_path
    ) as process:
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        tokens = httpx2.get(f"{address}/token", params={"key": "0" * 64}).json()
        process.send_signal(signal.SIGINT)
        process.wait(STOP_SECONDS)
    assert tokens["tokensLeft"] > 0
    assert tokens["refillRate"] == 1_200
