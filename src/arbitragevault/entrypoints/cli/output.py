"""What every command prints with: JSON lines, CSV rows, amounts, words with colours."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

import typer

from arbitragevault.entrypoints.cli import exits

if TYPE_CHECKING:
    from datetime import datetime

    from rich.console import Console
    from rich.text import Text

    from arbitragevault.application.checks import Check

VERDICT_STYLES: Final = {
    "buy": "bold green",
    "review": "bold yellow",
    "skip": "red",
    "unknown": "bold blue",
}
"""Green passes, amber warns, red fails, blue cannot be judged yet; the word always stands there."""

STATUS_STYLES: Final = {
    "pass": "green",
    "ok": "green",
    "warning": "yellow",
    "fail": "red",
    "failed": "red",
    "blocker": "red",
    "unknown": "blue",
}

MISSING: Final = "—"
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


def print_json(value: object) -> None:
    """One value as one line of JSON, at once: readers of a pipe see it as soon as it is known."""
    import orjson

    line = orjson.dumps(value, default=_json_value, option=orjson.OPT_UTC_Z)
    sys.stdout.buffer.write(line + b"\n")
    sys.stdout.buffer.flush()


def print_json_lines(values: Iterable[object]) -> None:
    """Many values, each as one line of JSON."""
    import orjson

    options = orjson.OPT_UTC_Z | orjson.OPT_APPEND_NEWLINE
    sys.stdout.buffer.writelines(
        orjson.dumps(value, default=_json_value, option=options) for value in values
    )
    sys.stdout.buffer.flush()


def _json_value(value: object) -> str:
    """The database driver has a UUID type of its own, which orjson does not know."""
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(f"{type(value).__name__} is not JSON")


def console() -> Console:
    """For results, on the output stream."""
    from rich.console import Console

    return Console(highlight=False, markup=False, emoji=False)


def notes() -> Console:
    """For everything that is not the result, on the error stream."""
    from rich.console import Console

    return Console(stderr=True, highlight=False, markup=False, emoji=False)


def plain(text: object) -> str:
    """A text from outside without control characters, which a terminal would obey."""
    return _CONTROL.sub(" ", str(text))


def amount(minor: int | None, currency: str | None) -> str:
    """An amount in major units without its currency: ``1,234.50``."""
    if minor is None or currency is None:
        return MISSING
    from arbitragevault.domain.money import MINOR_UNIT_DIGITS

    digits = MINOR_UNIT_DIGITS.get(currency, 2)
    return f"{minor / 10**digits:,.{digits}f}"


def decimal_amount(minor: int | None, currency: str | None) -> str:
    """An amount for spreadsheets: no grouping, empty where unknown."""
    return "" if minor is None else amount(minor, currency).replace(",", "")


def percent(share: float | None) -> str:
    """A share as whole per cent."""
    return MISSING if share is None else f"{share * 100:.0f} %"


def number(value: float | None) -> str:
    """A figure without fraction, grouped."""
    return MISSING if value is None else f"{value:,.0f}"


def verdict_text(verdict: str) -> Text:
    """A verdict in its colour."""
    from rich.text import Text

    return Text(verdict, style=VERDICT_STYLES.get(verdict, ""))


def status_text(status: str) -> Text:
    """A status in its colour."""
    from rich.text import Text

    return Text(status, style=STATUS_STYLES.get(status, ""))


def print_checks(checks: Sequence[Check], *, json: bool) -> None:
    """What checks found, and how it is mended; leaves with an exit code if one has failed."""
    if json:
        print_json(checks)
    else:
        from rich.table import Table

        table = Table.grid(padding=(0, 2))
        for check in checks:
            table.add_row(status_text(check.status), check.check, check.detail)
            if check.mend:
                table.add_row("", "", f"-> {check.mend}")
        console().print(table)
    if any(check.status == "failed" for check in checks):
        raise typer.Exit(exits.FAILED)


def local_time(moment: datetime) -> str:
    """A moment on the user's clock."""
    return moment.astimezone().strftime("%Y-%m-%d %H:%M:%S")


def csv_line(cells: Iterable[Any]) -> str:
    """Cells as one CSV record, safe to open in a spreadsheet.

    A text that a spreadsheet would take for a formula gets an apostrophe in front; numbers stay
    numbers.
    """
    import csv
    import io

    from arbitragevault.adapters.files.cells import safe

    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\r\n").writerow([safe(cell) for cell in cells])
    return buffer.getvalue()
