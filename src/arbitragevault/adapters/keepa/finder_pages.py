"""All results of a finder query, page after page, also beyond the 10,000 that Keepa pages through.

Keepa gives no cursor. Beyond 10,000 results its documentation says to sort by the time at which
each product was first tracked, and to go on at the time of the last one. The answer holds ASINs
only, so the last one is looked up, which costs one token per 10,000 results.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Final

import simdjson

from arbitragevault.adapters.keepa import schema
from arbitragevault.adapters.keepa.client import KeepaClient
from arbitragevault.adapters.keepa.finder import FinderAnswer, FinderQuery, find
from arbitragevault.adapters.keepa.wire_fields import Fields, positive
from arbitragevault.domain.errors import InvalidInputError, MarketDataError, PayloadError

_SINCE: Final = "trackingSince"
_SINCE_AT_LEAST: Final = "trackingSince_gte"
_OLDEST_FIRST: Final = ((_SINCE, "asc"),)


async def pages(client: KeepaClient, query: FinderQuery) -> AsyncIterator[FinderAnswer]:
    """The pages from the query's own one on, as far as Keepa pages through: 10,000 results.

    Results are not frozen between pages: of an ASIN that moved to a later page the second
    appearance is left out.

    Raises:
        MarketDataError: As ``KeepaClient.ask`` does; pages that were given before stay good.
    """
    seen: set[str] = set()
    async for page in _window(client, query):
        yield _unseen(page, seen)


async def all_pages(client: KeepaClient, query: FinderQuery) -> AsyncIterator[FinderAnswer]:
    """Every page there is, sorted by the time at which products were first tracked.

    Raises:
        InvalidInputError: If the query has another sort, or does not begin at page 0.
        MarketDataError: As ``KeepaClient.ask`` does, and if more than 10,000 products were first
            tracked in one minute, at which there is no going on.
    """
    if query.page or query.sort not in ((), _OLDEST_FIRST):
        raise InvalidInputError(
            "All results can only be read from page 0 on, sorted by trackingSince ascending; leave "
            "sort and page out."
        )
    query = replace(query, sort=_OLDEST_FIRST)
    seen: set[str] = set()
    while True:
        last = None
        count = 0
        async for page in _window(client, query):
            count += len(page.asins)
            last = page.asins[-1] if page.asins else last
            yield _unseen(page, seen)
        if last is None or count < _window_size(query):
            return
        query = await _continued(client, query, last)


async def _window(client: KeepaClient, query: FinderQuery) -> AsyncIterator[FinderAnswer]:
    """Pages of one query until one is not full, or Keepa would give no more."""
    while True:
        page = await find(client, query)
        yield page
        if len(page.asins) < query.per_page or not query.has_next:
            return
        query = query.next_page()


def _window_size(query: FinderQuery) -> int:
    """How many results the pages of one query hold."""
    return schema.FINDER_RESULTS_MAX // query.per_page * query.per_page


def _unseen(page: FinderAnswer, seen: set[str]) -> FinderAnswer:
    fresh = tuple(dict.fromkeys(asin for asin in page.asins if asin not in seen))
    seen.update(fresh)
    return replace(page, asins=fresh)


async def _continued(client: KeepaClient, query: FinderQuery, last: str) -> FinderQuery:
    """The query for what follows after a product."""
    since = await _tracked_since(client, query.domain, last)
    before = query.filters.get(_SINCE_AT_LEAST)
    if isinstance(before, int) and since <= before:
        raise MarketDataError(
            f"More than {_window_size(query)} products were first tracked in one minute ({since}); "
            "narrow the search by another field."
        )
    return replace(query, filters={**query.filters, _SINCE_AT_LEAST: since}, insights=False)


async def _tracked_since(client: KeepaClient, domain: int, asin: str) -> int:
    """The minute at which Keepa began to track a product; stored data do, whatever their age."""
    document = await client.ask(
        schema.PRODUCT,
        {
            schema.Param.DOMAIN.value: str(domain),
            schema.Param.ASIN.value: asin,
            schema.Param.HISTORY.value: "0",
        },
        worst_case=schema.PRODUCT.tokens,
    )
    for product in document.array("products") or ():
        if isinstance(product, simdjson.Object):
            found = positive(Fields(product).get(_SINCE))
            if found is not None:
                return found
    raise PayloadError(f"Keepa does not say since when it tracks {asin}; go on from another one.")
