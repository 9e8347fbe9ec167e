"""Sellers: looking them up, finding them, and the list of the greatest."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson

from arbitragevault.adapters.keepa import schema
from arbitragevault.adapters.keepa.client import KeepaClient
from arbitragevault.adapters.keepa.envelope import Envelope, read_envelope
from arbitragevault.adapters.keepa.wire_fields import Fields, id_list
from arbitragevault.adapters.keepa.wire_sellers import decode_seller
from arbitragevault.domain.catalog.marketplace import marketplace_by_code
from arbitragevault.domain.errors import InvalidInputError, PayloadError, quoted
from arbitragevault.domain.market.sellers import Seller

BRAZIL: Final = marketplace_by_code("BR").keepa_domain
"""Keepa has neither best sellers nor top sellers of Brazil."""


@dataclass(frozen=True, slots=True)
class SellerRequest:
    """One look-up of sellers.

    Args:
        domain: Keepa's domain id of the marketplace.
        sellers: Up to 100 seller ids.
        storefront: Ask for the products too, which costs 9 tokens more and goes for one seller.

    Raises:
        InvalidInputError: If Keepa would refuse it.
    """

    domain: int
    sellers: tuple[str, ...]
    storefront: bool = False

    def __post_init__(self) -> None:
        most = schema.SELLER.items or 0
        if not 1 <= len(self.sellers) <= most:
            raise InvalidInputError(f"A look-up takes 1 to {most} sellers; ask in several.")
        if self.storefront and len(self.sellers) > 1:
            raise InvalidInputError("A storefront is given for one seller at a time.")
        for seller in self.sellers:
            if not (seller.isascii() and seller.isalnum()):
                raise InvalidInputError(
                    f"{quoted(seller)} is no seller id, such as A2L77EE7U53NWQ."
                )

    @classmethod
    def for_sellers(
        cls, sellers: Iterable[str], domain: int, *, storefront: bool = False
    ) -> list[SellerRequest]:
        """Requests for any number of sellers, in their order, each once."""
        ids = tuple(dict.fromkeys(sellers))
        size = 1 if storefront else schema.SELLER.items or 1
        return [
            cls(domain, ids[start : start + size], storefront) for start in range(0, len(ids), size)
        ]

    @property
    def worst_case_tokens(self) -> int:
        """What the request costs if every seller is found."""
        extra = schema.TOKENS_STOREFRONT if self.storefront else 0
        return len(self.sellers) * schema.SELLER.tokens + extra

    def params(self) -> dict[str, str]:
        """The query parameters, without the key."""
        found = {"domain": str(self.domain), "seller": ",".join(self.sellers)}
        return found | ({"storefront": "1"} if self.storefront else {})


@dataclass(frozen=True, slots=True)
class SellerAnswer:
    """Sellers that were found.

    Args:
        envelope: Tokens, times and errors.
        sellers: In the order in which they were asked for.
        missing: Ids about which the answer says nothing.
    """

    envelope: Envelope
    sellers: tuple[Seller, ...]
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SellerIds:
    """A list of seller ids, best first, with the envelope of the answer."""

    envelope: Envelope
    sellers: tuple[str, ...]


async def find_sellers(client: KeepaClient, request: SellerRequest) -> SellerAnswer:
    """Look sellers up.

    Raises:
        MarketDataError: As ``KeepaClient.ask`` does.
    """
    document = await client.ask(
        schema.SELLER, request.params(), worst_case=request.worst_case_tokens
    )
    return read_sellers(document, request.sellers)


def read_sellers(document: Fields, asked: Iterable[str]) -> SellerAnswer:
    """The answer in a parsed document; ids are compared without regard to case.

    Raises:
        PayloadError: If ``sellers`` is no object.
    """
    told = document.get("sellers") or {}
    if not isinstance(told, dict):
        raise PayloadError("The sellers of the answer are no object; ask Keepa again.")
    by_id = {
        seller.lower(): decode_seller(seller, fields)
        for seller, fields in told.items()
        if isinstance(fields, dict)
    }
    wanted = tuple(asked)
    return SellerAnswer(
        envelope=read_envelope(document),
        sellers=tuple(by_id[one.lower()] for one in wanted if one.lower() in by_id),
        missing=tuple(one for one in wanted if one.lower() not in by_id),
    )


async def top_sellers(client: KeepaClient, domain: int) -> SellerIds:
    """Up to 100,000 sellers with the most ratings, made daily; costs 50 tokens.

    Raises:
        InvalidInputError: If Keepa has no such list of the marketplace.
        MarketDataError: As ``KeepaClient.ask`` does.
    """
    if domain == BRAZIL:
        raise InvalidInputError("Keepa has no list of the top sellers of Brazil.")
    document = await client.ask(
        schema.TOP_SELLERS, {"domain": str(domain)}, worst_case=schema.TOP_SELLERS.tokens
    )
    return read_seller_ids(document)


async def query_sellers(
    client: KeepaClient, selection: Mapping[str, Any], domain: int, *, most: int
) -> SellerIds:
    """Find sellers by Keepa's seller query, which is of 2026-08.

    Its fields are not published with types, so the selection goes to Keepa as it is given.

    Args:
        client: The client.
        selection: Keepa's selection object.
        domain: Keepa's domain id.
        most: How many ids the answer may hold at most, which decides what is reserved.

    Raises:
        InvalidInputError: If the selection is empty or ``most`` is no positive number.
        MarketDataError: As ``KeepaClient.ask`` does.
    """
    if not selection:
        raise InvalidInputError("The selection filters nothing; give at least one field.")
    document = await client.ask(
        schema.SELLER_QUERY,
        {"domain": str(domain)},
        worst_case=seller_query_tokens(most),
        body=orjson.dumps(dict(selection)),
    )
    return read_seller_ids(document)


def seller_query_tokens(most: int) -> int:
    """What a seller query costs at worst that gives so many ids.

    Raises:
        InvalidInputError: If the number is not positive.
    """
    if most < 1:
        raise InvalidInputError(f"A seller query has to be for one seller at least, not {most}.")
    return schema.SELLER_QUERY.tokens + math.ceil(most / schema.FINDER_ASINS_PER_TOKEN)


def read_seller_ids(document: Fields) -> SellerIds:
    """The list of seller ids in a parsed document.

    Raises:
        PayloadError: If it is no list of texts.
    """
    return SellerIds(read_envelope(document), id_list(document.get("sellerIdList")))
