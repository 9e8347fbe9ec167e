"""The best sellers of a category or product group."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from arbitragevault.adapters.keepa import schema
from arbitragevault.adapters.keepa.client import KeepaClient
from arbitragevault.adapters.keepa.envelope import Envelope, read_envelope
from arbitragevault.adapters.keepa.sellers import BRAZIL
from arbitragevault.adapters.keepa.wire_fields import Fields, id_list, positive
from arbitragevault.domain.errors import InvalidInputError, PayloadError

RANGES: Final = (0, 30, 90, 180)
"""Days over which the rank is averaged; 0 takes the present rank."""
FIRST_YEAR: Final = 2011
"""Keepa's data begin then; how far back lists reach is for Keepa to say."""


@dataclass(frozen=True, slots=True)
class BestSellersRequest:
    """One list of best sellers.

    Args:
        domain: Keepa's domain id of the marketplace.
        category: A category id as text, or the name of a product group.
        days: Rank by the mean of so many days: 0, 30, 90 or 180. None for Keepa's default.
        month: (year, month) of a past month to rank by instead.
        variations: List all variations of a product instead of one.
        sublist: Rank by the rank in the sub-category.

    Raises:
        InvalidInputError: If Keepa would refuse it.
    """

    domain: int
    category: str
    days: int | None = None
    month: tuple[int, int] | None = None
    variations: bool = False
    sublist: bool = False

    def __post_init__(self) -> None:
        if self.domain == BRAZIL:
            raise InvalidInputError("Keepa has no best sellers of Brazil.")
        if not self.category.strip():
            raise InvalidInputError("category takes a category id or a product group.")
        if self.days is not None and self.days not in RANGES:
            raise InvalidInputError(f"range takes 0, 30, 90 or 180 days, not {self.days}.")
        if self.month is not None and not (
            self.month[0] >= FIRST_YEAR and 1 <= self.month[1] <= 12
        ):
            raise InvalidInputError(
                f"month takes a year and a month from 1 to 12, not {self.month}."
            )
        given = [self.days is not None, self.month is not None, self.sublist]
        if sum(given) > 1:
            raise InvalidInputError("range, month and sublist exclude each other; give one.")

    @property
    def worst_case_tokens(self) -> int:
        """What the request costs; nothing if the list is empty."""
        return schema.BEST_SELLERS.tokens

    def params(self) -> dict[str, str]:
        """The query parameters, without the key."""
        year, month = self.month or (None, None)
        wanted: dict[str, int | str | None] = {
            "domain": self.domain,
            "category": self.category.strip(),
            "range": self.days,
            "month": month,
            "year": year,
            "variations": 1 if self.variations else None,
            "sublist": 1 if self.sublist else None,
        }
        return {name: str(value) for name, value in wanted.items() if value is not None}


@dataclass(frozen=True, slots=True)
class BestSellers:
    """A list of best sellers.

    Args:
        envelope: Tokens, times and errors.
        asins: Best first; none if Keepa has no such list.
        category: Category id; None for a product group.
        updated_minute: Market minute at which the list was made.
    """

    envelope: Envelope
    asins: tuple[str, ...]
    category: int | None = None
    updated_minute: int | None = None


async def best_sellers(client: KeepaClient, request: BestSellersRequest) -> BestSellers:
    """The best sellers.

    Raises:
        MarketDataError: As ``KeepaClient.ask`` does.
    """
    document = await client.ask(
        schema.BEST_SELLERS, request.params(), worst_case=request.worst_case_tokens
    )
    return read_best_sellers(document)


def read_best_sellers(document: Fields) -> BestSellers:
    """The list in a parsed document, be it within ``bestSellersList`` or beside the envelope.

    Raises:
        PayloadError: If it is no list of texts.
    """
    told = document.get("bestSellersList")
    if told is not None and not isinstance(told, dict):
        raise PayloadError("bestSellersList is no object; ask Keepa again.")
    names = ("asinList", "categoryId", "lastUpdate")
    asins, category, updated = ((told or {}).get(name) or document.get(name) for name in names)
    return BestSellers(
        envelope=read_envelope(document),
        asins=id_list(asins),
        category=positive(category),
        updated_minute=positive(updated),
    )
