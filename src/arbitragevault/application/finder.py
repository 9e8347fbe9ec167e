"""Finding products that nobody has offered yet."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

from arbitragevault.adapters.keepa import schema
from arbitragevault.adapters.keepa.bucket import Account
from arbitragevault.adapters.keepa.finder import FinderAnswer, FinderQuery, find
from arbitragevault.adapters.keepa.finder_pages import all_pages
from arbitragevault.application.services import Services


def whole_pages(query: FinderQuery) -> FinderQuery:
    """The query with the largest pages, for reading all of them.

    A page costs ten tokens whatever it holds, so fifty results a page would cost twenty times as
    much; the largest one costs 110 tokens at worst, which the smallest bucket holds.
    """
    return replace(query, per_page=schema.FINDER_RESULTS_MAX)


async def find_products(
    services: Services, query: FinderQuery, *, every: bool = False
) -> AsyncIterator[FinderAnswer]:
    """The page that a query asks for, or every page of its results.

    Args:
        services: The running program.
        query: What to find.
        every: Read everything, in the largest pages, sorted by the time since when Keepa tracks a
            product.

    Raises:
        InvalidInputError: If everything is wanted of a query with a page or another sort.
        MarketDataError: If Keepa cannot be asked; pages that were given before stay good.
    """
    client = services.keepa.on_account(Account("finder"))
    if not every:
        yield await find(client, query)
        return
    async for page in all_pages(client, query if query.page else whole_pages(query)):
        yield page
