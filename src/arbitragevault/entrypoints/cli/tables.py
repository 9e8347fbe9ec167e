"""Decisions for people: a table that fits the terminal, and a card for a single one."""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING, Any, Final

from arbitragevault.entrypoints.cli import output

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

Row = dict[str, Any]

ALL_ROWS_UP_TO: Final = 40
"""A list that fits about one screen is shown whole, in input order."""
BEST_ROWS: Final = 25
ERROR_ROWS: Final = 8


class Digest:
    """Keeps what is worth showing of rows that stream by, however many there are.

    A short list is kept whole. Of a long one: the best purchases by expected profit, and the first
    rows that could not be used.
    """

    def __init__(self) -> None:
        self._all: list[Row] = []
        self._best: list[tuple[float, int, Row]] = []
        self._errors: list[Row] = []
        self._rows = 0

    def add(self, row: Row) -> None:
        """Take one row."""
        self._rows += 1
        if len(self._all) <= ALL_ROWS_UP_TO:
            self._all.append(row)
        if row["error"] is not None and len(self._errors) < ERROR_ROWS:
            self._errors.append(row)
        if row["verdict"] in {"buy", "review"}:
            rank = (row["verdict"] == "buy") * 1e12 + (row["expected_profit"] or 0)
            heapq.heappush(self._best, (rank, -row["row"], row))
            if len(self._best) > BEST_ROWS:
                heapq.heappop(self._best)

    def print(self, console: Console) -> None:
        """Show what was kept."""
        if self._rows == 1:
            print_card(console, self._all[0])
            return
        if self._rows <= ALL_ROWS_UP_TO:
            console.print(decision_table(self._all, console.width))
        else:
            best = [entry[2] for entry in sorted(self._best, reverse=True)]
            console.print(decision_table(best, console.width))
            console.print(
                f"The best {len(best)} of {self._rows} rows. All of them: --csv, --json, or "
                "`arbitragevault up`.",
                style="dim",
            )
        for row in self._errors:
            console.print(
                f"Row {row['row']}: {output.plain(row['error']['message'])}", style="blue"
            )


def decision_table(rows: list[Row], width: int) -> Table:
    """Rows as a table with as many columns as the terminal has room for.

    Figures are never cut: the product's name, and the reason where there is room for one, share
    what the figures leave.

    Args:
        rows: Scan rows.
        width: Columns of the terminal.
    """
    from rich import box
    from rich.table import Table

    currency = next((row["currency"] for row in rows if row["currency"]), "")
    figures = [column for column in _FIGURES if width >= column[2]]
    texts = [
        [str(row["row"]), row["verdict"], *(read(row) for _, read, _ in figures)] for row in rows
    ]
    headers = ["#", "Verdict", *(name.format(currency=currency) for name, _, _ in figures)]
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0))
    for place, header in enumerate(headers):
        taken = max(len(text) for text in (header, *(line[place] for line in texts)))
        table.add_column(
            header,
            justify="left" if header == "Verdict" else "right",
            no_wrap=True,
            min_width=taken,
        )
    has_reason = width >= 130
    for header in ("Product", "Because") if has_reason else ("Product",):
        table.add_column(header, no_wrap=True, overflow="ellipsis", ratio=1)
    for row, (number, verdict, *shown) in zip(rows, texts, strict=True):
        words = [row["title"] or row["identifier"], *([_because(row)] if has_reason else [])]
        table.add_row(
            number, output.verdict_text(verdict), *shown, *(output.plain(word) for word in words)
        )
    return table


def print_card(console: Console, row: Row) -> None:
    """One decision with its figures and reasons."""
    currency = row["currency"]
    console.print(output.plain(row["title"] or row["identifier"]), style="bold")
    console.print(f"{row['asin'] or row['identifier']} on {row['marketplace']}", style="dim")
    if row["error"] is not None:
        console.print(output.verdict_text("unknown"), output.plain(row["error"]["message"]))
        return
    console.print(output.verdict_text(row["verdict"]))
    grid = _grid()
    for name, figure in (
        (f"Pay at most ({currency})", output.amount(row["max_cost"], currency)),
        ("Unit cost", output.amount(row["unit_cost"], currency)),
        ("Landed cost", output.amount(row["landed_cost"], currency)),
        ("Resale price, 10 / 50 / 90 %", _interval(row["resale"], currency)),
        ("Profit, 10 / 50 / 90 %", _interval(row["profit"], currency)),
        ("ROI", output.percent(row["roi"])),
        ("Probability of profit", output.percent(row["probability_of_profit"])),
        ("Days to sell, 50 / 90 %", _days(row)),
        ("Sales rank", output.number(row["sales_rank"])),
        ("Data quality", output.percent(row["data_quality"])),
    ):
        grid.add_row(name, figure)
    console.print(grid)
    checks = _grid()
    for reason in row["reasons"] or []:
        checks.add_row(output.status_text(reason["status"]), output.plain(reason["text"]))
    for risk in row["risks"] or []:
        if risk["status"] != "ok":
            checks.add_row(output.status_text(risk["status"]), output.plain(risk["text"]))
    console.print(checks)
    for change in row["counterfactual"] or []:
        console.print(f"Would help: {output.plain(change['text'])}")


def _grid() -> Table:
    from rich.table import Table

    return Table.grid(padding=(0, 2))


def _interval(interval: dict[str, int] | None, currency: str | None) -> str:
    if interval is None:
        return output.MISSING
    return " / ".join(output.amount(interval[point], currency) for point in ("p10", "p50", "p90"))


def _days(row: Row) -> str:
    days = row["days_to_sell"] or {}
    return f"{output.number(days.get('p50'))} / {output.number(days.get('p90'))}"


def _because(row: Row) -> str:
    """The first thing that speaks against the row, or the first reason."""
    if row["error"] is not None:
        return str(row["error"]["message"])
    reasons = row["reasons"] or []
    against = [reason for reason in reasons if reason["status"] != "pass"]
    return str((against or reasons or [{"text": ""}])[0]["text"])


def _profit(row: Row) -> str:
    return output.amount((row["profit"] or {}).get("p50"), row["currency"])


_FIGURES: Final = (
    ("Cost {currency}", lambda row: output.amount(row["unit_cost"], row["currency"]), 60),
    ("Max cost", lambda row: output.amount(row["max_cost"], row["currency"]), 0),
    ("Profit", _profit, 50),
    ("ROI", lambda row: output.percent(row["roi"]), 72),
    ("P(profit)", lambda row: output.percent(row["probability_of_profit"]), 84),
    ("Days", lambda row: output.number((row["days_to_sell"] or {}).get("p50")), 94),
    ("Rank", lambda row: output.number(row["sales_rank"]), 106),
)
"""Figures of the table: header, how to read it from a row, and from which terminal width on."""
