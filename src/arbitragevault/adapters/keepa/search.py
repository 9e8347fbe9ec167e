"""Amazon's own product search, through Keepa."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Final

from arbitragevault.adapters.keepa import schema
from arbitragevault.adapters.keepa.client import KeepaClient
from arbitragevault.adapters.keepa.envelope import Envelope, read_envelope
from arbitragevault.adapters.keepa.wire import ProductAnswer, read_answer
from arbitragevault.adapters.keepa.wire_fields import id_list
from arbitragevault.domain.catalog.marketplace import marketplace_by_keepa_domain
from arbitragevault.domain.errors import InvalidInputError

_ASINS_ONLY: Final = schema.Endpoint(schema.SEARCH.path, "asinList", schema.SEARCH.tokens)


@dataclass(frozen=True, slots=True)
class ProductSearch:
    """One product search: up to twenty products in Amazon's order, without sponsored ones.

    Args:
        domain: Keepa's domain id of the marketplace.
        term: What one would type into Amazon's search box.
        stats_days: Ask for ``stats`` over so many days; free.
        history: Ask for histories; free.
        rating: Ask for rating and reviews, which may cost up to 5 tokens.
        update_hours: Have Keepa refresh products whose data are older; 0 forces it, which costs a
            token per product.

    Raises:
        InvalidInputError: If there is nothing to search for.
    """

    domain: int
    term: str
    stats_days: int | None = 90
    history: bool = True
    rating: bool = False
    update_hours: int | None = None

    def __post_init__(self) -> None:
        if not self.term.strip():
            raise InvalidInputError("term takes what to search for.")

    @property
    def worst_case_tokens(self) -> int:
        """What the search costs at worst."""
        rating = schema.TOKENS_SEARCH_RATING if self.rating else 0
        forced = schema.SEARCH_RESULTS if self.update_hours == 0 else 0
        return schema.SEARCH.tokens + rating + forced

    def params(self, *, asins_only: bool = False) -> dict[str, str]:
        """The query parameters, without the key."""
        wanted: dict[str, int | str | None] = {
            "domain": self.domain,
            "type": "product",
            "term": self.term.strip(),
            "asins-only": 1 if asins_only else None,
            "stats": None if asins_only else self.stats_days,
            "history": None if self.history or asins_only else 0,
            "rating": 1 if self.rating and not asins_only else None,
            "update": None if asins_only else self.update_hours,
        }
        return {name: str(value) for name, value in wanted.items() if value is not None}


@dataclass(frozen=True, slots=True)
class FoundAsins:
    """What a search found, in Amazon's order, with the envelope of the answer."""

    envelope: Envelope
    asins: tuple[str, ...]


async def search_products(client: KeepaClient, search: ProductSearch) -> ProductAnswer:
    """The products that a search finds, with their markets.

    Raises:
        MarketDataError: As ``KeepaClient.ask`` does.
        UnknownMarketplaceError: If Keepa has no such domain.
    """
    marketplace = marketplace_by_keepa_domain(search.domain)
    document = await client.ask(schema.SEARCH, search.params(), worst_case=search.worst_case_tokens)
    return await asyncio.to_thread(read_answer, document, marketplace=marketplace)


async def search_asins(client: KeepaClient, search: ProductSearch) -> FoundAsins:
    """Only the ASINs that a search finds.

    Raises:
        MarketDataError: As ``KeepaClient.ask`` does.
    """
    document = await client.ask(
        _ASINS_ONLY, search.params(asins_only=True), worst_case=schema.SEARCH.tokens
    )
    return FoundAsins(read_envelope(document), id_list(document.get("asinList")))
