import csv
import io
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from rich.console import Console

from arbitragevault.application.runs import RunView
from arbitragevault.entrypoints.cli.options import Form, form_of
from arbitragevault.entrypoints.cli.sinks import CSV_COLUMNS, closing_line, make_sink
from arbitragevault.entrypoints.cli.tables import ALL_ROWS_UP_TO, Digest, decision_table

MakeRow = Callable[..., dict[str, Any]]
ERROR = {"code": "invalid_identifier", "message": "'abc' is not an ASIN."}


def printed(form: Form, rows: list[dict[str, Any]], run: RunView) -> None:
    sink = make_sink(form)
    sink.begin(run, sandbox=True)
    for row in rows:
        sink.row(row)
        sink.progress(run)
    sink.end(run, seconds=1.25)
    sink.close()


def test_only_one_form_can_be_chosen() -> None:
    assert form_of(json=True, csv=False) is Form.JSON
    assert form_of(json=False, csv=True) is Form.CSV
    assert form_of(json=False, csv=False) is Form.TABLE
    with pytest.raises(Exception, match="not both"):
        form_of(json=True, csv=True)


def test_json_is_a_line_per_row_and_a_summary(
    make_row: MakeRow, run: RunView, capsys: pytest.CaptureFixture[str]
) -> None:
    printed(Form.JSON, [make_row(1), make_row(2, verdict="unknown", error=ERROR)], run)
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line.get("row") for line in lines] == [1, 2, None]
    assert lines[1]["error"] == ERROR
    assert lines[-1]["summary"] == {
        "rows": 3,
        "buy": 1,
        "review": 0,
        "skip": 1,
        "unknown": 1,
        "errors": 1,
        "tokens": 3,
        "seconds": 1.25,
        "run_id": str(run.id),
        "state": "succeeded",
        "waiting_until": None,
    }


def test_csv_has_amounts_for_spreadsheets(
    make_row: MakeRow, run: RunView, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = make_row(2, verdict="unknown", error=ERROR, profit=None, resale=None, days_to_sell=None)
    printed(Form.CSV, [make_row(1, supplier="=cmd"), bad], run)
    captured = capsys.readouterr()
    first, second = list(csv.DictReader(io.StringIO(captured.out, newline="")))
    assert tuple(first) == CSV_COLUMNS
    assert (first["unit_cost"], first["max_cost"], first["profit_p50"]) == (
        "12.50",
        "14.90",
        "4.80",
    )
    assert first["supplier"] == "'=cmd"
    assert (second["profit_p50"], second["error"]) == (
        "",
        "invalid_identifier: 'abc' is not an ASIN.",
    )
    assert "SANDBOX DATA" in captured.err
    assert "1 buy" in captured.err


def test_a_short_list_is_shown_whole_with_its_bad_rows(
    make_row: MakeRow, run: RunView, capsys: pytest.CaptureFixture[str]
) -> None:
    printed(Form.TABLE, [make_row(1), make_row(2, verdict="unknown", error=ERROR)], run)
    shown = capsys.readouterr().out
    assert "14.90" in shown
    assert "Row 2: 'abc' is not an ASIN." in shown
    assert closing_line(run, 1.25) in " ".join(shown.split())
    assert "SANDBOX DATA" in shown


def test_a_single_decision_is_a_card(
    make_row: MakeRow, run: RunView, capsys: pytest.CaptureFixture[str]
) -> None:
    change = {"change": "unit_cost", "text": "Pay 9.00 or less.", "from": 1250, "to": 900}
    printed(Form.TABLE, [make_row(counterfactual=[change])], run)
    shown = capsys.readouterr().out
    assert "Pay at most (USD)" in shown
    assert "1.20 / 4.80 / 9.10" in shown
    assert "The price may fall." in shown
    assert "Amazon is away." not in shown
    assert "Would help: Pay 9.00 or less." in shown


def test_a_single_bad_row_says_why(
    make_row: MakeRow, run: RunView, capsys: pytest.CaptureFixture[str]
) -> None:
    printed(Form.TABLE, [make_row(verdict="unknown", title=None, asin=None, error=ERROR)], run)
    assert "unknown 'abc' is not an ASIN." in capsys.readouterr().out


def test_of_a_long_list_the_best_are_shown(make_row: MakeRow) -> None:
    digest = Digest()
    for number in range(1, 201):
        verdict = "buy" if number % 10 == 0 else "skip"
        digest.add(
            make_row(number, verdict=verdict, expected_profit=number, title=f"Book {number}")
        )
    console = Console(width=120, record=True, file=io.StringIO())
    digest.print(console)
    shown = console.export_text()
    assert shown.index("Book 200") < shown.index("Book 190")
    assert "Book 199" not in shown
    assert "The best 20 of 200 rows" in shown


def test_memory_stays_flat_however_long_the_list(make_row: MakeRow) -> None:
    digest = Digest()
    for number in range(5_000):
        digest.add(make_row(number, error=ERROR))
    kept = len(digest._all) + len(digest._best) + len(digest._unknown)
    assert kept < 2 * ALL_ROWS_UP_TO


@pytest.mark.parametrize("width", [40, 60, 80, 100, 140, 200])
def test_tables_fit_the_terminal(make_row: MakeRow, width: int) -> None:
    console = Console(width=width, record=True, file=io.StringIO())
    rows = [
        make_row(1, title="[bold]A title that is much longer than any terminal is wide " * 3),
        make_row(10_000, verdict="unknown", error=ERROR, title=None, reasons=None, profit=None),
    ]
    console.print(decision_table(rows, width))
    shown = console.export_text()
    assert max(len(line) for line in shown.splitlines()) <= width
    assert "14.90" in shown


def test_the_run_s_failures_are_counted(run: RunView) -> None:
    assert "of them 1 not usable" in closing_line(run, 2)
    clean = replace(run, counts=replace(run.counts, errors=0))
    assert "not usable" not in closing_line(clean, 2)
