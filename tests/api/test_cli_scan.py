"""The main job from the command line: real processes, real HTTP, a real database."""

import asyncio
import json
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from starlette.types import ASGIApp

from arbitragevault.adapters.postgres.engine import Database
from arbitragevault.domain.catalog.identifiers_codes import isbn10_to_13
from arbitragevault.sandbox.marketplace import Marketplace
from arbitragevault.sandbox.recordings import RecordedSource
from arbitragevault.sandbox.server import create_sandbox
from arbitragevault.sandbox.service import RequestLog
from arbitragevault.sandbox.simulated import SimulatedSource

Run = Callable[..., "subprocess.CompletedProcess[str]"]
Serve = Callable[[ASGIApp], str]
Line = dict[str, Any]
LARGEST_REQUEST = 100
"""Products that one request to Keepa may ask for."""


def lines_of(done: "subprocess.CompletedProcess[str]") -> tuple[list[Line], Line]:
    """The rows and the summary of a ``--json`` answer."""
    assert done.returncode == 0, done.stderr
    *rows, last = (json.loads(line) for line in done.stdout.splitlines())
    return rows, last["summary"]


@pytest.mark.recorded
def test_recorded_products_by_every_kind_of_identifier(
    run: Run, serve: Serve, recordings: Path, tmp_path: Path
) -> None:
    log = RequestLog()
    url = serve(create_sandbox(RecordedSource(recordings), request_log=log))
    leads = [
        (isbn10_to_13("0593655036"), "0593655036"),
        ("978-1-292-02582-7", "1292025824"),
        ("1-58980-342-6", "1589803426"),
        ("184297291x", "184297291X"),
        ("B003QXM58S", "B003QXM58S"),
        ("https://www.amazon.com/Some-Title/dp/8498388899/ref=sr_1_1?keywords=x", "8498388899"),
        ("amazon.com/gp/product/B07FZ8S74R", "B07FZ8S74R"),
        ("9780470820940", "0470820942"),
    ]
    file = tmp_path / "leads.csv"
    file.write_text("ISBN/ASIN,Cost\n" + "".join(f'"{given}",4.25\n' for given, _ in leads))
    rows, summary = lines_of(run("scan", str(file), "--json", KEEPA_BASE_URL=url))
    assert [row["row"] for row in rows] == list(range(1, 9))
    assert [row["identifier"] for row in rows] == [given for given, _ in leads]
    assert [row["asin"] for row in rows] == [asin for _, asin in leads]
    assert sorted(log.asins) == sorted(asin for _, asin in leads)
    assert summary["tokens"] == log.tokens == 8
    assert summary["rows"] == 8
    for row in rows:
        assert row["error"] is None
        assert row["unit_cost"] == 425
        assert row["reasons"]
        assert row["sandbox"] is True
        # The default policy adds 20 cents of preparation and 40 of inbound shipping.
        assert row["landed_cost"] == 485
        if row["fees"] is not None:
            lines = [line["amount"] for line in row["fees"]["lines"]]
            assert row["fees"]["total"] == sum(lines)
            assert row["fees"]["net_proceeds"] == row["fees"]["price"] - sum(lines)
    assert list(rows[0])[:5] == ["row", "identifier", "asin", "marketplace", "title"]


def resident_pages(process_id: int) -> int:
    """Memory pages that a process holds."""
    return int(Path(f"/proc/{process_id}/statm").read_text().split()[1])


@pytest.mark.timeout(400)  # ten thousand rows on a busy machine
@pytest.mark.skipif(sys.platform != "linux", reason="memory is read from /proc")
def test_a_long_file_streams_and_every_row_is_answered(
    environment: dict[str, str], market: Marketplace, tmp_path: Path
) -> None:
    """4,000 rows, 3 % of them bad, most of them products that Keepa does not know."""
    known = market.asins

    def lead(number: int) -> str:
        if number % 33 == 0:
            return "this is no product,1.00"
        asin = known[number % len(known)] if number % 10 == 0 else f"B0{number:08d}"
        return f"{asin},{number % 50}.25"

    file = tmp_path / "long.csv"
    file.write_text("ASIN,Cost\n" + "\n".join(lead(number) for number in range(1, 4_001)))
    peak = 0
    first_after: float | None = None
    rows = 0
    began = time.monotonic()
    with subprocess.Popen(  # noqa: S603
        [sys.executable, "-m", "arbitragevault", "scan", str(file), "--json"],
        stdout=subprocess.PIPE,
        env=environment,
        cwd=tmp_path,
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            answer = json.loads(line)
            if "summary" in answer:
                break
            rows += 1
            assert answer["row"] == rows
            is_bad = rows % 33 == 0
            assert (answer["error"] is not None) == is_bad
            if rows == 1:
                first_after = time.monotonic() - began
            if rows == 1_000:
                base = resident_pages(process.pid)
            if rows % 500 == 0:
                peak = max(peak, resident_pages(process.pid))
        assert process.wait() == 0
    took = time.monotonic() - began
    assert answer["summary"]["rows"] == rows == 4_000
    assert answer["summary"]["errors"] == 4_000 // 33
    assert first_after is not None
    assert first_after < took / 2
    assert peak < base * 1.25


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("empty.csv", b"", "empty"),
        ("only-header.csv", b"ASIN,Cost\n", "no row"),
        ("picture.png", b"\x89PNG\r\n\x1a\n" + bytes(500), "picture.png"),
        ("letter.txt", b"Dear Sir or Madam,\nthank you\n", "letter.txt"),
        ("broken.xlsx", b"PK\x03\x04" + bytes(800), "broken.xlsx"),
        ("wrong.csv", b"Colour:Size\nred:big\n", "wrong.csv"),
    ],
)
def test_a_broken_file_is_one_clear_line(
    run: Run, tmp_path: Path, name: str, content: bytes, words: str
) -> None:
    (tmp_path / name).write_bytes(content)
    done = run("scan", name)
    assert done.returncode == 1
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert line.startswith("arbitragevault: ")
    assert words in line


def test_a_file_that_is_far_too_large_is_refused_at_once(run: Run, tmp_path: Path) -> None:
    with (tmp_path / "large.csv").open("wb") as file:
        file.write(b"ASIN,Cost\n")
        file.truncate(200 * 2**20)
    done = run("scan", "large.csv")
    assert (done.returncode, done.stdout) == (1, "")
    assert "100 MB" in done.stderr


def test_standard_input_and_csv_out(
    environment: dict[str, str], market: Marketplace, tmp_path: Path
) -> None:
    leads = f"ASIN;Cost\n{market.asins[0]};5,50\n=cmd;1\n"
    done = subprocess.run(
        [sys.executable, "-m", "arbitragevault", "scan", "-", "--csv"],
        input=leads,
        capture_output=True,
        text=True,
        env=environment,
        cwd=tmp_path,
        timeout=110,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    header, first, second = done.stdout.splitlines()
    assert header.startswith("row,identifier,asin,title,verdict")
    assert first.startswith(f"1,{market.asins[0]},")
    assert ",5.50," in first
    assert second.startswith("2,'=cmd,")
    assert "SANDBOX DATA" in done.stderr


def test_a_dry_run_spends_nothing(run: Run, market: Marketplace, tmp_path: Path) -> None:
    (tmp_path / "leads.csv").write_text(f"ASIN,Cost\n{market.asins[0]},5\nbad,1\n")
    done = run("scan", "leads.csv", "--dry-run", "--json")
    assert done.returncode == 0, done.stderr
    preview = json.loads(done.stdout)
    assert (preview["rows"], preview["bad_rows"]) == (2, 1)
    assert preview["estimate"]["tokens"] == 1
    assert [column["field"] for column in preview["columns"]] == ["identifier", "cost"]
    assert "1 not usable" in run("scan", "leads.csv", "--dry-run").stdout
    assert run("runs", "--json").stdout == ""


def test_lookup_tokens_and_runs(run: Run, market: Marketplace) -> None:
    asin = market.asins[0]
    rows, summary = lines_of(
        run("lookup", asin, "rubbish", "--cost", "4.00", "--quantity", "2", "--json")
    )
    assert [row["asin"] for row in rows] == [asin, None]
    assert (rows[0]["unit_cost"], rows[0]["quantity"]) == (400, 2)
    assert rows[1]["error"]["code"] == "invalid_identifier"
    tokens = json.loads(run("tokens", "--json").stdout)
    assert tokens["spent_today"] == summary["tokens"] == 1
    assert "not of a Keepa subscription" in run("tokens").stderr
    listed = json.loads(run("runs", "--json").stdout)
    assert (listed["id"], listed["state"]) == (summary["run_id"], "succeeded")
    assert json.loads(run("runs", summary["run_id"], "--json").stdout) == listed
    assert summary["run_id"] in run("runs").stdout
    done = run("runs", "resume", summary["run_id"])
    assert done.returncode == 0
    done = run("runs", "cancel", summary["run_id"])
    assert (done.returncode, done.stdout) == (1, "")
    assert "succeeded" in done.stderr
    unknown = run("runs", "00000000-0000-0000-0000-000000000000")
    assert unknown.returncode == 1
    assert len(unknown.stderr.splitlines()) == 1


def test_fees_of_a_stored_product_need_its_price_only(run: Run, market: Marketplace) -> None:
    asin = market.asins[0]
    assert run("lookup", asin).returncode == 0
    done = run("fees", "--asin", asin, "--price", "30", "--on", "2026-03-01", "--json")
    assert done.returncode == 0, done.stderr
    assert "referral" in [line["code"] for line in json.loads(done.stdout)["lines"]]


def test_doctor_finds_everything_in_order(run: Run) -> None:
    checks = json.loads(run("doctor", "--json").stdout)
    assert {"check", "status", "detail", "mend"} == set(checks[0])
    assert "failed" not in {check["status"] for check in checks}
    assert run("doctor").returncode == 0
    broken = run("doctor", DATABASE_URL="postgresql://nobody@127.0.0.1:1/none")
    assert broken.returncode == 1
    assert "-> " in broken.stdout


def test_without_waiting_a_dry_bucket_leaves_with_4(
    run: Run, serve: Serve, market: Marketplace, tmp_path: Path
) -> None:
    sandbox = create_sandbox(SimulatedSource(market), refill_per_minute=1, tokens=-5)
    url = serve(sandbox)
    (tmp_path / "leads.csv").write_text(f"ASIN\n{market.asins[0]}\n")
    done = run("scan", "leads.csv", "--no-wait", "--json", KEEPA_BASE_URL=url)
    assert done.returncode == 4, done.stderr
    summary = json.loads(done.stdout.splitlines()[-1])["summary"]
    assert summary["state"] == "waiting_tokens"
    assert summary["waiting_until"]
    assert f"arbitragevault runs resume {summary['run_id']}" in done.stderr
    listed = run("runs", KEEPA_BASE_URL=url, COLUMNS="120")
    assert "waits until" in listed.stdout
    cancelled = run("runs", "cancel", summary["run_id"], "--json", KEEPA_BASE_URL=url)
    assert json.loads(cancelled.stdout)["state"] == "cancelled"
    resumed = run("runs", "resume", summary["run_id"], "--no-wait", KEEPA_BASE_URL=url)
    assert resumed.returncode == 4
    assert run("runs", "resume", "7").returncode == 2


@pytest.mark.parametrize("url", ["postgresql://nobody@127.0.0.1:1/none", "nonsense"])
def test_a_database_that_cannot_be_used_leaves_with_3(run: Run, url: str) -> None:
    done = run("tokens", DATABASE_URL=url)
    assert (done.returncode, done.stdout) == (3, "")
    assert len(done.stderr.splitlines()) == 1


def scanning(environment: dict[str, str], url: str, folder: Path) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "arbitragevault", "scan", "leads.csv", "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment | {"KEEPA_BASE_URL": url},
        cwd=folder,
    )


def rows_of(process: "subprocess.Popen[str]") -> Iterator[Line]:
    assert process.stdout is not None
    for line in process.stdout:
        yield json.loads(line)


@pytest.fixture
def slow_market(serve: Serve) -> tuple[str, RequestLog, tuple[str, ...]]:
    """A sandbox over HTTP with more products than two batches: address, log, ASINs."""
    market, log = Marketplace(seed=5, size=160), RequestLog()
    url = serve(create_sandbox(SimulatedSource(market), request_log=log))
    return url, log, market.asins


async def stored_asins(database_url: str) -> set[str]:
    """The products that are stored."""
    async with Database(database_url) as database, database.begin() as session:
        return set(await session.scalars(text("SELECT asin FROM products")))


async def item_states(database_url: str) -> set[str]:
    """The states in which the items of all runs are."""
    async with Database(database_url) as database, database.begin() as session:
        return set(await session.scalars(text("SELECT state FROM run_items")))


@pytest.mark.timeout(400)  # two whole programs, one after the other
@pytest.mark.parametrize("after_rows", [1, 60])
async def test_killed_and_started_again_nothing_is_lost_and_nothing_paid_twice(
    environment: dict[str, str],
    slow_market: tuple[str, RequestLog, tuple[str, ...]],
    tmp_path: Path,
    after_rows: int,
) -> None:
    url, log, asins = slow_market
    (tmp_path / "leads.csv").write_text("ASIN,Cost\n" + "".join(f"{a},5\n" for a in asins))
    with scanning(environment, url, tmp_path) as first:
        seen = [next(rows_of(first)) for _ in range(after_rows)]
        first.kill()
        first.wait()
    asked = set(log.asins)
    stored = await stored_asins(environment["DATABASE_URL"])
    assert {row["asin"] for row in seen} <= stored <= asked < set(asins)
    with scanning(environment, url, tmp_path) as second:
        *rows, last = rows_of(second)
        assert second.wait() == 0
    assert [row["row"] for row in rows] == list(range(1, len(asins) + 1))
    assert [row["asin"] for row in rows] == list(asins)
    assert {row["run_id"] for row in (*seen, *rows)} == {last["summary"]["run_id"]}
    assert rows[:after_rows] == seen
    twice = {asin for asin, times in Counter(log.asins).items() if times > 1}
    assert not twice & stored
    # The one answer that was on its way when the process died has to be asked for again.
    assert len(twice) <= LARGEST_REQUEST


def test_ctrl_c_leaves_a_run_that_goes_on(
    environment: dict[str, str],
    slow_market: tuple[str, RequestLog, tuple[str, ...]],
    tmp_path: Path,
    run: Run,
) -> None:
    url, _, asins = slow_market
    (tmp_path / "leads.csv").write_text("ASIN,Cost\n" + "".join(f"{a},5\n" for a in asins))
    with scanning(environment, url, tmp_path) as process:
        first = next(rows_of(process))
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    hint = f"arbitragevault runs resume {first['run_id']}"
    assert hint in said
    assert "Traceback" not in said
    assert "leased" not in asyncio.run(item_states(environment["DATABASE_URL"]))
    rows, summary = lines_of(run("runs", "resume", first["run_id"], "--json", KEEPA_BASE_URL=url))
    assert [row["row"] for row in rows] == list(range(1, len(asins) + 1))
    assert summary["state"] == "succeeded"
