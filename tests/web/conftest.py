"""The built page in Debian's Chromium, against a real `arbitragevault up` with the sandbox's data.

The program is started once for all browser tests, in a data folder of its own, exactly as a new
user starts it. Screenshots go to ``artifacts/web``.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Route, sync_playwright

CHROMIUM = Path("/usr/bin/chromium")
ROOT = Path(__file__).parents[2]
BUILT_PAGE = ROOT / "src" / "arbitragevault" / "web" / "index.html"
SCREENSHOTS = ROOT / "artifacts" / "web"
START_SECONDS = 60
STOP_SECONDS = 20


@dataclass(frozen=True)
class App:
    """A running program: its address and data folder, and its API for what the page should show."""

    url: str
    home: Path

    def get(self, path: str) -> Any:  # noqa: ANN401  # JSON
        """The API's answer to a GET below ``/api/v1``."""
        answer = httpx2.get(f"{self.url}/api/v1{path}", timeout=10)
        answer.raise_for_status()
        return answer.json()

    def run(self, *words: str) -> None:
        """Run a command beside the program, on the same data."""
        command = [sys.executable, "-m", "arbitragevault", *words]
        subprocess.run(  # noqa: S603  # our own words
            command, env=_environment(self.home), cwd=self.home, check=True, capture_output=True
        )


@dataclass
class Visit:
    """One open page, and whatever went wrong on it."""

    page: Page
    app: App
    name: str
    errors: list[str] = field(default_factory=list)

    def open(self, path: str) -> None:
        """Go to a place inside the page."""
        self.page.goto(self.app.url + path)

    def screenshot(self, what: str) -> None:
        """Keep a picture for people to look at."""
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        name = re.sub(r"\W+", "-", f"{self.name}-{what}".removeprefix("test_"))
        self.page.screenshot(path=SCREENSHOTS / f"{name}.png")


OpenPage = Callable[..., Visit]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the browser's tests last: Playwright's loop stays in its worker, and admits no other."""
    items.sort(key=lambda item: item.get_closest_marker("browser") is not None)


@pytest.fixture(scope="session")
def app() -> Iterator[App]:
    """`arbitragevault up` in a fresh data folder, after the scan of its first start."""
    if not BUILT_PAGE.is_file():
        pytest.fail("The page is not built: run `uv sync` or `npm --prefix web run build`.")
    home = Path(tempfile.mkdtemp(prefix="arbitragevault-web-"))
    home.chmod(0o755)  # the database server runs as a user of its own
    port = _free_port()
    command = [sys.executable, "-m", "arbitragevault", "up", "--no-browser", "--port", str(port)]
    log = home / "up.log"
    with log.open("w") as output:
        process = subprocess.Popen(  # noqa: S603
            command,
            env=_environment(home),
            cwd=home,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        running = App(f"http://127.0.0.1:{port}", home)
        try:
            _wait_for_first_scan(running, process, log)
            yield running
        finally:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                raise
    assert process.returncode == 0, log.read_text()
    shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, headless; skips where it is not installed."""
    if not CHROMIUM.is_file():
        pytest.skip(f"no Chromium at {CHROMIUM}")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture
def visit(browser: Browser, app: App, request: pytest.FixtureRequest) -> Iterator[OpenPage]:
    """Opens pages; the test fails if one of them reports an error on its console."""
    visits: list[Visit] = []

    def open_page(width: int = 1280, height: int = 800, theme: str = "light") -> Visit:
        context = browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme="dark" if theme == "dark" else "light",
            reduced_motion="reduce",
        )
        # Pictures come from Amazon: no test may depend on that host.
        context.route("https://m.media-amazon.com/**", _refuse)
        one = Visit(context.new_page(), app, request.node.name)
        one.page.on("pageerror", lambda error: one.errors.append(str(error)))
        one.page.on("console", lambda message: _keep_error(one, message))
        visits.append(one)
        return one

    yield open_page
    for one in visits:
        one.page.context.close()
    assert [error for one in visits for error in one.errors] == []


def _environment(home: Path) -> dict[str, str]:
    """The environment of a program with its data folder there, which nothing else configures."""
    clean = {key: value for key, value in os.environ.items() if not _configures_us(key)}
    return clean | {"ARBITRAGEVAULT_HOME": str(home / "data")}


def _refuse(route: Route) -> None:
    route.abort()


def _keep_error(visit: Visit, message: ConsoleMessage) -> None:
    """An answer of the API that is an error is shown by the page, and no fault of it."""
    if message.type == "error" and not message.text.startswith("Failed to load resource"):
        visit.errors.append(message.text)


def _configures_us(name: str) -> bool:
    return name.startswith(("ARBITRAGEVAULT_", "KEEPA_", "DATABASE_", "OPENAI_", "NEON_"))


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for_first_scan(app: App, process: subprocess.Popen[bytes], log: Path) -> None:
    """Until the bundled example leads are decided."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        assert process.poll() is None, log.read_text()
        try:
            runs = app.get("/runs")["items"]
        except httpx2.TransportError:
            runs = []
        if runs and runs[-1]["state"] == "succeeded":
            return
        time.sleep(0.3)
    pytest.fail(f"The first scan was not done within {START_SECONDS} s:\n{log.read_text()}")
