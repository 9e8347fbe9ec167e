"""Where the rows of a run go: JSON lines, CSV, or a table for people."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Final, Protocol

from arbitragevault.entrypoints.cli import output
from arbitragevault.entrypoints.cli.options import Form

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

    from arbitragevault.application.runs import RunView

Row = dict[str, Any]

CSV_COLUMNS: Final = (
    "row",
    "identifier",
    "asin",
    "title",
    "verdict",
    "currency",
    "unit_cost",
    "max_cost",
    "profit_p10",
    "profit_p50",
    "profit_p90",
    "roi",
    "probability_of_profit",
    "days_to_sell_p50",
    "resale_p10",
    "resale_p50",
    "resale_p90",
    "sales_rank",
    "condition",
    "quantity",
    "supplier",
    "url",
    "notes",
    "error",
)


class Sink(Protocol):
    """What a run's rows are handed to, in input order."""

    def begin(self, run: RunView, *, sandbox: bool) -> None:
        """The run exists."""
        ...

    def row(self, row: Row) -> None:
        """The next row is decided."""
        ...

    def progress(self, run: RunView) -> None:
        """The run's counters may have changed."""
        ...

    def end(self, run: RunView, *, seconds: float) -> None:
        """No further row will come."""
        ...

    def close(self) -> None:
        """Give the terminal back; may be called more than once."""
        ...


def make_sink(form: Form) -> Sink:
    """The sink for a form."""
    match form:
        case Form.JSON:
            return JsonSink()
        case Form.CSV:
            return CsvSink()
        case Form.TABLE:
            return TableSink()


def summary(run: RunView, seconds: float) -> dict[str, Any]:
    """The last line of the JSON form."""
    return {
        "summary": {
            "rows": run.rows,
            "buy": run.counts.buy,
            "review": run.counts.review,
            "skip": run.counts.skip,
            "unknown": run.counts.unknown,
            "errors": run.counts.errors,
            "tokens": run.tokens.spent,
            "seconds": round(seconds, 3),
            "run_id": str(run.id),
            "state": str(run.state),
            "waiting_until": run.waiting_until,
        }
    }


class _Bar:
    """A progress bar on the error stream, only where that is a terminal."""

    def __init__(self) -> None:
        self._progress: Progress | None = None
        self._task: TaskID | None = None

    def begin(self, rows: int) -> None:
        from rich.progress import (
            BarColumn,
            MofNCompleteColumn,
            Progress,
            TextColumn,
            TimeRemainingColumn,
        )

        console = output.notes()
        if not console.is_terminal:
            return
        self._progress = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            console=console,
            transient=True,
        )
        self._task = self._progress.add_task("Deciding", total=rows)
        self._progress.start()

    def show(self, run: RunView) -> None:
        if self._progress is None or self._task is None:
            return
        words = "Deciding"
        if run.state == "waiting_tokens" and run.waiting_until is not None:
            words = f"Waiting for tokens until {output.local_time(run.waiting_until)}"
        self._progress.update(self._task, completed=run.done, total=run.rows, description=words)

    def close(self) -> None:
        if self._progress is not None:
            self._progress.stop()
            self._progress = None


class JsonSink:
    """One JSON object per row, in input order, then the summary."""

    def __init__(self) -> None:
        self._bar = _Bar()

    def begin(self, run: RunView, *, sandbox: bool) -> None:  # noqa: ARG002  # each row says it
        """The run exists."""
        if not sys.stdout.isatty():
            self._bar.begin(run.rows)

    def row(self, row: Row) -> None:
        """The next row is decided."""
        output.print_json(in_order(row))

    def progress(self, run: RunView) -> None:
        """The run's counters may have changed."""
        self._bar.show(run)

    def end(self, run: RunView, *, seconds: float) -> None:
        """No further row will come."""
        self._bar.close()
        output.print_json(summary(run, seconds))

    def close(self) -> None:
        """Give the terminal back."""
        self._bar.close()


class CsvSink:
    """A header and one record per row; amounts in major units, for spreadsheets."""

    def __init__(self) -> None:
        self._bar = _Bar()

    def begin(self, run: RunView, *, sandbox: bool) -> None:
        """The run exists."""
        if not sys.stdout.isatty():
            self._bar.begin(run.rows)
        if sandbox:
            output.notes().print("SANDBOX DATA: these are not real products.")
        self._write(CSV_COLUMNS)

    def row(self, row: Row) -> None:
        """The next row is decided."""
        self._write(csv_cells(row))

    def progress(self, run: RunView) -> None:
        """The run's counters may have changed."""
        self._bar.show(run)

    def end(self, run: RunView, *, seconds: float) -> None:
        """No further row will come."""
        self._bar.close()
        output.notes().print(closing_line(run, seconds))

    def close(self) -> None:
        """Give the terminal back."""
        self._bar.close()

    def _write(self, cells: tuple[Any, ...]) -> None:
        sys.stdout.buffer.write(output.csv_line(cells).encode())
        sys.stdout.buffer.flush()


def in_order(row: Row) -> Row:
    """A row with its keys in the order of the contract; the database keeps no order."""
    from arbitragevault.domain.decision.record import RECORD_FIELDS

    first = ("row", "identifier", *RECORD_FIELDS)
    return {key: row[key] for key in first if key in row} | row


def csv_cells(row: Row) -> tuple[Any, ...]:
    """A row's cells, in the order of ``CSV_COLUMNS``."""
    currency, error = row["currency"], row["error"]
    profit, resale = row["profit"] or {}, row["resale"] or {}
    values: Row = {
        **row,
        "unit_cost": output.decimal_amount(row["unit_cost"], currency),
        "max_cost": output.decimal_amount(row["max_cost"], currency),
        "days_to_sell_p50": (row["days_to_sell"] or {}).get("p50"),
        "error": f"{error['code']}: {error['message']}" if error else None,
    }
    for name, interval in (("profit", profit), ("resale", resale)):
        for point in ("p10", "p50", "p90"):
            values[f"{name}_{point}"] = output.decimal_amount(interval.get(point), currency)
    return tuple(values.get(column) for column in CSV_COLUMNS)


def closing_line(run: RunView, seconds: float) -> str:
    """What came of a run, in one line."""
    counts = run.counts
    errors = f", of them {counts.errors} not usable" if counts.errors else ""
    return (
        f"{run.done} of {run.rows} rows in {seconds:.1f} s for {run.tokens.spent} tokens: "
        f"{counts.buy} buy, {counts.review} review, {counts.skip} skip, "
        f"{counts.unknown} unknown{errors}. Run {run.id}"
    )


class TableSink:
    """A progress bar while it works, then a table of what is worth reading."""

    def __init__(self) -> None:
        from arbitragevault.entrypoints.cli.tables import Digest

        self._bar = _Bar()
        self._digest = Digest()
        self._is_sandbox = False

    def begin(self, run: RunView, *, sandbox: bool) -> None:
        """The run exists."""
        self._is_sandbox = sandbox
        self._bar.begin(run.rows)

    def row(self, row: Row) -> None:
        """The next row is decided."""
        self._digest.add(row)

    def progress(self, run: RunView) -> None:
        """The run's counters may have changed."""
        self._bar.show(run)

    def end(self, run: RunView, *, seconds: float) -> None:
        """No further row will come."""
        self._bar.close()
        console = output.console()
        self._digest.print(console)
        console.print(closing_line(run, seconds))
        if self._is_sandbox:
            console.print("SANDBOX DATA: these are not real products.", style="bold magenta")

    def close(self) -> None:
        """Give the terminal back."""
        self._bar.close()
