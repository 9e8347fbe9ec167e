"""Options that several commands share."""

from __future__ import annotations

from enum import Enum
from typing import Annotated

import typer

PolicyOption = Annotated[str, typer.Option("--policy", help="Name of the policy.")]
MarketplaceOption = Annotated[
    str, typer.Option("--marketplace", help="Where the goods will be sold, such as US.")
]
OffersOption = Annotated[
    bool,
    typer.Option(
        "--offers",
        help="Fetch live offers too, 6 tokens and more a product, where they can change a verdict.",
    ),
]
LookupOffersOption = Annotated[
    bool,
    typer.Option(
        "--offers", help="Fetch live offers too: better decisions, 6 tokens and more a product."
    ),
]
OffersForAllOption = Annotated[
    bool,
    typer.Option("--offers-for-all", help="Fetch live offers for every product, at a high price."),
]
RefreshOption = Annotated[
    bool, typer.Option("--refresh", help="Pay again even where fresh data are stored.")
]
MaxTokensOption = Annotated[
    int | None,
    typer.Option(
        "--max-tokens",
        min=0,
        help="Most Keepa tokens to spend; rows that they do not reach are answered as unknown.",
    ),
]
WaitOption = Annotated[
    bool,
    typer.Option(
        "--wait/--no-wait",
        help="Wait when the tokens run out, or leave with exit code 4; the run goes on later.",
    ),
]
JsonOption = Annotated[
    bool, typer.Option("--json", help="Print one JSON object per row, then a summary.")
]
CsvOption = Annotated[bool, typer.Option("--csv", help="Print the rows as CSV.")]


class Form(Enum):
    """In which form rows are printed."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"


def form_of(*, json: bool, csv: bool) -> Form:
    """The form that the two flags ask for.

    Raises:
        typer.BadParameter: If both are given.
    """
    if json and csv:
        raise typer.BadParameter("choose one of --json and --csv, not both.")
    return Form.JSON if json else Form.CSV if csv else Form.TABLE


class Exported(Enum):
    """What can be exported."""

    DECISIONS = "decisions"
    LEADS = "leads"
    PRODUCTS = "products"


class ExportFormat(Enum):
    """The format of an export."""

    CSV = "csv"
    XLSX = "xlsx"
    PARQUET = "parquet"
    JSON = "json"
