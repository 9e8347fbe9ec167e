"""Backtests from files and the sandbox: what is read, what is refused, what is told."""

from __future__ import annotations

import asyncio
import shutil
import sys
from datetime import datetime
from pathlib import Path

import numpy as np
import orjson
import polars as pl
import pytest

from arbitragevault.adapters.files.parquet import write_shard
from arbitragevault.application.evidence import (
    backtest,
    in_turn,
    one_by_one,
    policy_for,
    read_recordings,
)
from arbitragevault.bootstrap import sandbox_markets, sandbox_sources
from arbitragevault.domain.errors import ConfigurationError, InvalidInputError
from arbitragevault.domain.evidence.windows import window_columns
from arbitragevault.entrypoints.cli.main import main

BOOK = "products/1496849574_d1_2025-05-15_offers_stats.json"


@pytest.fixture
def folder(recordings: Path, tmp_path: Path) -> Path:
    """A recorded product twice, once cut short, below folders, and two files that are none."""
    deep = tmp_path / "a" / "b"
    deep.mkdir(parents=True)
    shutil.copy(recordings / BOOK, deep / "book.json")
    whole = orjson.loads((recordings / BOOK).read_bytes())
    del whole["domainId"]
    whole["csv"] = [one and one[:-20] for one in whole["csv"]]
    (tmp_path / "z.json").write_bytes(orjson.dumps(whole))
    (tmp_path / "text.json").write_text("no JSON", encoding="utf-8")
    (tmp_path / "empty.json").write_text('{"timestamp":1,"products":[]}', encoding="utf-8")
    return tmp_path


def test_of_two_recordings_the_longer_history_counts(folder: Path) -> None:
    found = read_recordings(folder)
    assert [market.product.asin for market in found.markets] == ["1496849574"]
    assert len(found.markets[0].series("new")) == 74
    assert set(found.bad) == {"text.json", "empty.json"}


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="no folder"):
        read_recordings(tmp_path / "none")


def test_processes_and_this_process_tell_the_same(folder: Path) -> None:
    markets = read_recordings(folder).markets
    seen: list[int] = []

    def run(workers: int) -> dict[str, object]:
        sources = in_turn(one_by_one(markets))
        told = backtest(
            sources, policy_for(60), source="recordings", workers=workers, on_progress=seen.append
        )
        return {key: value for key, value in asyncio.run(told).items() if key != "seconds"}

    alone = run(1)
    assert alone == run(2)
    assert seen == [1, 1]
    assert alone["windows"] == 79
    assert alone["window_days"] == [15, 75]


def test_the_command_prints_the_contract_and_writes_windows_for_others_to_score(
    folder: Path, tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    shards = tmp_path / "new" / "windows"
    command = ["backtest", "--recordings", str(folder), "--horizon", "20", "--workers", "1"]
    command += ["--json", "--no-save", "--parquet", str(shards)]
    assert main(command) == 0
    shown = capfdbinary.readouterr()
    told = orjson.loads(shown.out)
    assert set(told["bad_files"]) == {"text.json", "empty.json"}
    assert "text.json" in shown.err.decode()
    assert told["window_days"] == [15, 35]
    assert {"products", "windows", "forecast", "max_cost", "rules", "crash"} <= set(told)
    assert set(told["forecast"]["new"]["baselines"]["last_price"]) >= {"pinball"}

    windows = pl.read_parquet(shards / "*.parquet")
    assert windows.height == told["windows"]
    for condition, forecast in told["forecast"].items():
        rows = windows.filter(condition=condition)
        assert rows.height == forecast["windows"]
        for level, coverage in forecast["coverage"].items():
            asked = rows[f"q{round(float(level) * 100):02}"].to_numpy()
            gap = rows["outcome"].to_numpy() - asked
            below = np.mean(gap < -0.5) + np.mean(np.abs(gap) < 0.5) / 2
            assert below == pytest.approx(coverage, abs=1e-6)
    bids = windows.drop_nulls("bid_ours")
    (ours,) = told["max_cost"].values()
    assert (bids["bid_ours"] <= bids["allowed"]).mean() == pytest.approx(ours["hit_rate"], abs=1e-6)
    assert len(windows["quantiles"][0]) == 41
    assert windows["decided_at"].is_between(datetime(2015, 1, 1), datetime(2026, 1, 1)).all()  # noqa: DTZ001

    assert main(command) == 2
    assert "holds Parquet files already" in capfdbinary.readouterr().err.decode()


def test_shards_are_refused_before_the_replay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def run(shards: Path) -> None:
        sources = in_turn(one_by_one([]))
        asyncio.run(backtest(sources, policy_for(60), source="recordings", shards=shards))

    (tmp_path / "file").touch()
    with pytest.raises(InvalidInputError, match="name another folder"):
        run(tmp_path / "file")
    monkeypatch.setitem(sys.modules, "polars", None)
    with pytest.raises(ConfigurationError, match=r"arbitragevault\[parquet\], or leave --parquet"):
        run(tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_a_shard_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match=r"part-000003\.parquet cannot be written"):
        write_shard(tmp_path / "none", 3, {"minute": np.arange(2)})


def test_products_without_windows_make_no_shard() -> None:
    assert window_columns([{}]) is None


def test_the_command_wants_one_source(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["backtest"]) == 2
    assert main(["backtest", "--stored", "--sandbox"]) == 2
    assert "choose one" in capfd.readouterr().err


def test_the_sandbox_is_read_over_the_wire() -> None:
    (source,) = sandbox_sources(3, 4)
    markets = source()
    assert markets
    again = sandbox_markets(3, 4, [one.product.asin for one in markets])
    assert [one.history for one in markets] == [one.history for one in again]
    assert len({one.observed_minute for one in markets}) >= 1
