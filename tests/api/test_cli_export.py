"""Stored rows leave the program by the command line."""

from __future__ import annotations

import csv
import io
import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import openpyxl
import polars as pl
import pytest

from arbitragevault.application import export

Run = Callable[..., "subprocess.CompletedProcess[str]"]
LEADS = """identifier,cost,supplier,notes
0593655036,4.50,=HYPERLINK("x"),@notes
nonsense,1,Acme,
"""


def test_decisions_leads_and_products(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export, "BATCH", 1)
    (tmp_path / "leads.csv").write_text(LEADS)
    assert run("scan", "leads.csv", "--json").returncode == 0

    done = run("export", "decisions", "out.csv")
    assert (done.returncode, done.stderr) == (0, "2 decisions written to out.csv.\n")
    text = (tmp_path / "out.csv").read_text(encoding="utf-8")
    first, second = csv.DictReader(io.StringIO(text, newline=""))
    assert first["supplier"] == '\'=HYPERLINK("x")'
    assert first["notes"] == "'@notes"
    assert first["unit_cost"] == "4.50"
    assert second["verdict"] == "unknown"
    assert second["error"].startswith("invalid_identifier: ")

    done = run("export", "decisions", "--run", first["run_id"], "--format", "json")
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [line["unit_cost"] for line in lines] == [450, None]
    assert [line["row"] for line in lines] == [1, 2]

    assert run("export", "leads", "leads.xlsx", "--format", "xlsx").returncode == 0
    sheet = openpyxl.load_workbook(tmp_path / "leads.xlsx")["Export"]
    header, *rows = sheet.iter_rows(values_only=True)
    assert [dict(zip(header, row, strict=True))["unit_cost"] for row in rows] == [4.5, None]

    assert run("export", "products", "p.parquet", "--format", "parquet").returncode == 0
    products = pl.read_parquet(tmp_path / "p.parquet")
    shown = csv.DictReader(io.StringIO(run("export", "products").stdout, newline=""))
    assert [row["asin"] for row in shown] == products["asin"].to_list()


def test_a_file_that_cannot_be_written_is_named(run: Run) -> None:
    done = run("export", "decisions", "no/such/folder.csv")
    assert done.returncode == 2
    assert "no/such/folder.csv cannot be written" in done.stderr
