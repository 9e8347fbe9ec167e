"""Decisions for people: a table that fits the terminal, and a card for a single one."""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING, Any, Final

from arbitragevault.entrypoints.cli import output

if TYPE_CHECKING:
    from rich.console import Console, JustifyMethod
    from rich.table import Table
    from rich.text import Text

Row = dict[str, Any]

_WORDS: Final = frozenset({"Run", "State", "Verdict"})
"""Columns that are read as words, not compared as figures."""

ALL_ROWS_UP_TO: Final = 40
"""A list that fits about one screen is shown whole, in input order."""
BEST_ROWS: Final = 25
UNKNOWN_ROWS: Final = 8
"""Rows that could not be judged: as many are explained below the table."""


class Digest:
    """Keeps what is worth showing of rows that stream by, however many there are.

    A short list is kept whole. Of a long one: the best purchases by expected profit, and the first
    rows that could not be judged.
    """

    def __init__(self) -> None:
        self._all: list[Row] = []
        self._best: list[tuple[float, int, Row]] = []
        self._unknown: list[Row] = []
        self._rows = 0

    def add(self, row: Row) -> None:
        """Take one row."""
        self._rows += 1
        if len(self._all) <= ALL_ROWS_UP_TO:
            self._all.append(row)
        if row["verdict"] == "unknown" and len(self._unknown) < UNKNOWN_ROWS:
            self._unknown.append(row)
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
        for row in self._unknown:
            console.print(f"Row {row['row']}: {output.plain(_because(row))}", style="blue")


def decision_table(rows: list[Row], width: int) -> Table:
    """Rows as a table with as many columns as the terminal has room for.

    Args:
        rows: Scan rows.
        width: Columns of the terminal.
    """
    currency = next((row["currency"] for row in rows if row["currency"]), "")
    figures = [column for column in _FIGURES if width >= column[2]]
    has_reason = width >= 130
    return fitted_table(
        figures=["#", "Verdict", *(name.format(currency=currency) for name, _, _ in figures)],
        texts=["Product", "Because"] if has_reason else ["Product"],
        rows=[
            (
                [
                    str(row["row"]),
                    output.verdict_text(row["verdict"]),
                    *(read(row) for _, read, _ in figures),
                ],
                [row["title"] or row["identifier"], _because(row)],
            )
            for row in rows
        ],
        width=width,
    )


def fitted_table(
    *,
    figures: list[str],
    texts: list[str],
    rows: list[tuple[list[str | Text], list[str]]],
    width: int,
) -> Table:
    """A table as wide as the terminal at most: figures are never cut, texts share what is left.

    Args:
        figures: Headers of the columns that are shown whole.
        texts: Headers of the columns that are cut where there is no room.
        rows: The figures and the texts of each row; texts may be more than have a header.
        width: Columns of the terminal.
    """
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0))
    taken = 0
    for place, header in enumerate(figures):
        needed = max(len(cell) for cell in (header, *(cells[place] for cells, _ in rows)))
        justify: JustifyMethod = "left" if header in _WORDS else "right"
        table.add_column(header, justify=justify, no_wrap=True, min_width=needed)
        taken += needed + 2
    share = max(8, (width - taken) // len(texts) - 1)
    for header in texts:
        table.add_column(header, no_wrap=True, overflow="ellipsis", max_width=share)
    for cells, words in rows:
        table.add_row(*cells, *(output.plain(word) for word in words[: len(texts)]))
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
