"""``arbitragevault finder``."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from arbitragevault.entrypoints.cli import output
from arbitragevault.entrypoints.cli.options import MarketplaceOption

if TYPE_CHECKING:
    from arbitragevault.adapters.keepa.finder import FinderAnswer, FinderQuery


def finder(
    words: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[FIELD=VALUE]...",
            help="Filters such as current_SALES=1..100000, 'avg90_NEW>=1500' or brand=LEGO, and "
            "sort=current_SALES:asc, perPage=100, page=1. Prices are in cents.",
        ),
    ] = None,
    *,
    selection: Annotated[
        str | None, typer.Option(help="Keepa's own selection: its JSON, or a file that holds it.")
    ] = None,
    marketplace: MarketplaceOption = "US",
    insights: Annotated[
        bool, typer.Option("--insights", help="Ask for figures of all matches: 30 tokens more.")
    ] = False,
    every: Annotated[
        bool, typer.Option("--all", help="Read every page, also beyond 10,000 results.")
    ] = False,
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run", help="Print what would be asked and its price; ask nothing."),
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object per page.")] = False,
) -> None:
    """Find products by Keepa's 1,364 fields; prints one ASIN per line, ready for lookup or scan."""
    query = _query(words or [], selection, marketplace, insights=insights)
    if every and query.page == 0:
        from arbitragevault.application.finder import whole_pages

        query = whole_pages(query)
    if dry_run:
        _print_price(query, json=json, every=every)
        return
    asyncio.run(_find(query, every=every, json=json))


def _query(
    words: list[str], selection: str | None, marketplace: str, *, insights: bool
) -> FinderQuery:
    """The query that the arguments mean.

    Raises:
        typer.BadParameter: If there are both words and a selection, or neither.
        InvalidInputError: If Keepa would refuse it.
    """
    from arbitragevault.adapters.keepa.finder import FinderQuery
    from arbitragevault.adapters.keepa.finder_words import query_from_words
    from arbitragevault.domain.catalog.marketplace import marketplace_by_code

    if bool(words) == bool(selection):
        raise typer.BadParameter("give either FIELD=VALUE words or --selection.")
    domain = marketplace_by_code(marketplace).keepa_domain
    if selection is None:
        return query_from_words(words, domain, insights=insights)
    return FinderQuery.from_selection(_read(selection), domain, insights=insights)


def _read(selection: str) -> str | bytes:
    """JSON is taken as it is; anything else names a file."""
    if selection.lstrip().startswith(("{", "[")):
        return selection
    try:
        return Path(selection).read_bytes()
    except OSError as error:
        raise typer.BadParameter(
            f"--selection is neither JSON nor a file that can be read ({error.strerror})."
        ) from None


def _print_price(query: FinderQuery, *, json: bool, every: bool) -> None:
    if json:
        output.print_json(
            {"selection": query.selection(), "tokens": query.worst_case_tokens, "each_page": every}
        )
        return
    output.print_json(query.selection())
    each = " for each page, and 1 for every 10,000 results" if every else ""
    output.notes().print(f"Costs at most {query.worst_case_tokens} tokens{each}.")


async def _find(query: FinderQuery, *, every: bool, json: bool) -> None:
    from arbitragevault.application.finder import find_products
    from arbitragevault.bootstrap import open_services

    spent, total = 0, None
    async with open_services() as services:
        async for page in find_products(services, query, every=every):
            spent += page.envelope.tokens_consumed
            total = page.total if total is None else total
            _print(page, json=json)
        is_sandbox = services.is_sandbox
    source = " of the sandbox" if is_sandbox else ""
    output.notes().print(f"About {output.number(total)} products{source} match; {spent} tokens.")


def _print(page: FinderAnswer, *, json: bool) -> None:
    if not json:
        for asin in page.asins:
            typer.echo(asin)
        return
    output.print_json(
        {
            "asins": page.asins,
            "total": page.total,
            "tokens": page.envelope.tokens_consumed,
            "insights": page.insights,
        }
    )
