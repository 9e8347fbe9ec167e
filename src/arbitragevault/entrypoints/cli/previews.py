"""A dry run for people: how the file is read, and what scanning it would cost."""

from __future__ import annotations

from typing import TYPE_CHECKING

from arbitragevault.entrypoints.cli import output

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console
    from rich.table import Table

    from arbitragevault.adapters.files.leadfile import Column
    from arbitragevault.application.scan import ScanEstimate, ScanPreview


def print_preview(console: Console, preview: ScanPreview, columns: Sequence[Column]) -> None:
    """Show the columns, the first rows and the estimate.

    Args:
        console: Where to print.
        preview: How the rows are read.
        columns: What each column was taken for.
    """
    console.print(_columns_table(columns))
    console.print(_rows_table(preview))
    console.print(
        f"{preview.rows} rows, {preview.bad_rows} not usable, {preview.duplicates} duplicates."
    )
    console.print(_estimate_line(preview.estimate))


def _columns_table(columns: Sequence[Column]) -> Table:
    table = _table("Column", "Read as", "For example")
    for column in columns:
        sample = ", ".join(output.plain(value) for value in column.sample)
        table.add_row(output.plain(column.header), column.field or "passed through", sample)
    return table


def _rows_table(preview: ScanPreview) -> Table:
    table = _table("#", "Identifier", "Kind", "ASIN", f"Cost {preview.currency}", "Remarks")
    for row in preview.preview:
        remarks = row.error.message if row.error else "; ".join(row.repairs)
        table.add_row(
            str(row.row),
            output.plain(row.identifier),
            row.kind or output.MISSING,
            row.asin or output.MISSING,
            output.amount(row.unit_cost, preview.currency),
            output.plain(remarks),
        )
    return table


def _table(*headers: str) -> Table:
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for header in headers:
        table.add_column(header, overflow="ellipsis", no_wrap=header != "Remarks")
    return table


def _estimate_line(estimate: ScanEstimate) -> str:
    """The price of the scan, in one sentence."""
    line = (
        f"{estimate.products} products: {estimate.stored} stored, {estimate.to_fetch} to fetch for "
        f"at most {estimate.tokens} tokens"
    )
    if estimate.balance is not None:
        line += f" of {estimate.balance} at hand"
    if estimate.minutes:
        line += f"; the missing ones take about {estimate.minutes:.0f} minutes"
    return line + "."
