"""Texts and forms at the doors, with and without a model that can be reached.

Whatever the model does, the product stays whole and says who wrote, and why it was not the model.
"""

from __future__ import annotations

import json
import socket
import subprocess
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import UUID

import httpx2
import pytest

from arbitragevault.adapters.openai.narrator import ModelAccess, OpenAINarrator
from arbitragevault.application.narration_terms import NarrationTerms
from arbitragevault.application.services import Services
from arbitragevault.bootstrap import OPENAI_URL, Settings, open_services
from arbitragevault.domain.errors import NarratorUnavailableError
from arbitragevault.domain.explanation.answers import Form
from arbitragevault.entrypoints.api.app import create_app
from arbitragevault.entrypoints.api.lifetime import serving
from arbitragevault.sandbox.marketplace import Marketplace
from arbitragevault.settings import OPENAI_MODEL
from tests.api.conftest import BASE
from tests.standins.form_writers import form_reply
from tests.standins.openai import KEY, MODEL, StandIn, served

Run = Callable[..., "subprocess.CompletedProcess[str]"]
Scanned = Callable[..., Awaitable[UUID]]
NOWHERE = "http://127.0.0.1:9/v1"
FORM = {"verdicts": ["buy"], "sort": "-roi"}


@pytest.fixture(scope="module")
def stand_in() -> Iterator[tuple[StandIn, str]]:
    """A model's server that fills in one form and writes nothing else that is of use."""
    server = StandIn(lambda _: form_reply(FORM))
    with served(server) as url:
        yield server, url


def test_every_command_writes_without_a_model(
    run: Run, market: Marketplace, tmp_path: Path
) -> None:
    rows = "\n".join(f"{asin},1.50" for asin in market.asins[:12])
    (tmp_path / "leads.csv").write_text(f"asin,cost\n{rows}\n")
    assert run("scan", "leads.csv", "--json").returncode == 0
    explained = run("explain", "1")
    assert explained.returncode == 0, explained.stderr
    assert explained.stdout.startswith("In short\n")
    assert "Written by the template. No language model is set up" in explained.stderr
    compared = json.loads(run("compare", "1", "2", "--json").stdout)
    assert [part["about"] for part in compared["parts"]] == ["a", "b", "apart"]
    listed = run("shortlist", "--size", "10", "--speed", "1")
    assert listed.returncode == 0, listed.stderr
    assert "Ordered by how soon they sell alone." in listed.stdout
    assert "12 leads decided on " in " ".join(run("digest").stdout.split())
    assert "0 leads decided on 2020-01-01" in run("digest", "--day", "2020-01-01").stdout
    asked = run("ask", "buys, best ROI first, for my aunt", "--leads")
    assert json.loads(asked.stdout) == FORM
    assert "Not understood: for my aunt" in asked.stderr
    finder = json.loads(run("ask", "books under $20", "--json").stdout)
    assert finder["fields"] == {"rootCategory": ["283155"], "current_NEW_lte": 2000}
    assert finder["tokens"] == 11
    refused = run("explain", "99999")
    assert refused.returncode == 1
    assert run("shortlist", "--run", "no-run").returncode == 2


def test_every_state_of_the_model_is_told_at_the_command_line(
    run: Run, stand_in: tuple[StandIn, str]
) -> None:
    server, url = stand_in
    here = {"OPENAI_BASE_URL": url, "OPENAI_API_KEY": KEY, "OPENAI_MODEL": MODEL}
    states = {
        "Filled": here,
        "refused the key (HTTP 401)": here | {"OPENAI_API_KEY": "sk-wrong-and-secret"},
        "cannot be reached": here | {"OPENAI_BASE_URL": NOWHERE},
        "tokens a day": here | {"OPENAI_TOKENS_PER_DAY": "10"},
        "knows no such model": here | {"OPENAI_MODEL": "another"},
    }
    for told, settings in states.items():
        done = run("ask", f"buys, best ROI first {told}", "--leads", **settings)
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout) == FORM
        notes = " ".join(done.stderr.split())
        expected = f"Written by {MODEL}" if told == "Filled" else told
        assert expected in notes
        assert "sk-wrong" not in done.stdout + notes
    # Without a name of a model the default one is asked for, and with a base URL over chat.
    server.asked.clear()
    run("ask", "buys by default", "--leads", OPENAI_BASE_URL=url, OPENAI_API_KEY=KEY)
    assert [(one.protocol, one.body["model"]) for one in server.asked] == [("chat", OPENAI_MODEL)]


async def test_every_state_of_the_model_is_told_over_http(
    services: Services, scanned: Scanned, stand_in: tuple[StandIn, str]
) -> None:
    await scanned(2)
    states = {
        "narrator_rejected": Narrated(stand_in[1], key="sk-wrong-and-secret"),
        "narrator_unavailable": Narrated(NOWHERE),
        "narrator_budget": Narrated(stand_in[1], tokens=10),
        "narrator_answer": Narrated(stand_in[1]),  # a form where a text was asked for
    }
    for expected, state in states.items():
        async with state.client(services) as client:
            rows = (await client.get("/api/v1/decisions")).json()["items"]
            id_ = next(row["id"] for row in rows if not row["error"])
            body = {"use": "why", "decision_id": id_}
            response = await client.post("/api/v1/explanations", json=body)
            usage = (await client.get("/api/v1/explanations/usage")).json()
        assert response.status_code == 200
        found = response.json()
        assert (found["author"], found["model"]) == ("template", None)
        assert found["why_template"]["code"] == expected
        assert found["why_template"]["text"].endswith(".")
        assert found["parts"][0]["claims"]
        assert "sk-wrong" not in response.text
        assert (usage["model"], usage["most_per_day"]) == (MODEL, state.tokens)


@dataclass(frozen=True, slots=True)
class Narrated:
    """The API with a model in some state."""

    base_url: str
    key: str = KEY
    tokens: int = 10**6

    @asynccontextmanager
    async def client(self, services: Services) -> AsyncIterator[httpx2.AsyncClient]:
        access = ModelAccess(MODEL, self.key, self.base_url, "chat", 5.0)
        async with OpenAINarrator(access) as narrator:
            terms = NarrationTerms(narrator, tokens_per_day=self.tokens)
            app = create_app()
            transport = httpx2.ASGITransport(app=app)
            async with (
                serving(app, replace(services, narration=terms)),
                httpx2.AsyncClient(transport=transport, base_url=BASE) as client,
            ):
                yield client


async def test_openai_itself_is_asked_where_only_a_key_is_set(
    tmp_path: Path, fresh_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A proxy sees which host the request is for; nothing leaves this machine."""
    lines: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=_refusing_proxy, args=(listener, lines), daemon=True).start()
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{listener.getsockname()[1]}")
        settings = Settings(
            ARBITRAGEVAULT_HOME=str(tmp_path / "home"),
            DATABASE_URL=fresh_database_url,
            OPENAI_API_KEY=KEY,
        )
        async with open_services(settings) as services:
            narrator = services.narration.narrator
            assert narrator is not None
            assert narrator.model == OPENAI_MODEL
            with pytest.raises(NarratorUnavailableError, match="OPENAI_BASE_URL"):
                await narrator.fill(Form("filter", {"words": "buys"}))
    assert OPENAI_URL == "https://api.openai.com/v1"
    assert {line.split()[:2] == [b"CONNECT", b"api.openai.com:443"] for line in lines} == {True}


def _refusing_proxy(listener: socket.socket, lines: list[bytes]) -> None:
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        with connection:
            lines.append(connection.recv(4_096).partition(b"\r\n")[0])
            connection.sendall(b"HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n")
