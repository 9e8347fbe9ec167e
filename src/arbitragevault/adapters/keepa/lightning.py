"""Amazon's lightning deals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from arbitragevault.adapters.keepa import schema
from arbitragevault.adapters.keepa.client import KeepaClient
from arbitragevault.adapters.keepa.envelope import Envelope, read_envelope
from arbitragevault.adapters.keepa.wire_fields import (
    Fields,
    flag,
    items,
    not_negative,
    objects,
    positive,
    text,
)
from arbitragevault.domain.errors import InvalidInputError


class LightningState(StrEnum):
    """What can be done with a lightning deal; Keepa may add states."""

    UPCOMING = "UPCOMING"
    AVAILABLE = "AVAILABLE"
    WAITLIST = "WAITLIST"
    SOLDOUT = "SOLDOUT"
    WAITLISTFULL = "WAITLISTFULL"
    EXPIRED = "EXPIRED"
    SUPPRESSED = "SUPPRESSED"


_FILTERS: Final = frozenset(LightningState) - {LightningState.UPCOMING}


@dataclass(frozen=True, slots=True)
class LightningRequest:
    """One request for lightning deals.

    Args:
        domain: Keepa's domain id of the marketplace.
        asin: The product, for 1 token; None for all deals of four days, for 500.
        state: Only deals in this state.

    Raises:
        InvalidInputError: If Keepa would refuse it.
    """

    domain: int
    asin: str | None = None
    state: LightningState | None = None

    def __post_init__(self) -> None:
        if self.asin is not None and not self.asin.strip():
            raise InvalidInputError("asin takes an ASIN; leave it out for all lightning deals.")
        if self.state is not None and self.state not in _FILTERS:
            raise InvalidInputError(f"state takes one of {', '.join(sorted(_FILTERS))}.")

    @property
    def worst_case_tokens(self) -> int:
        """What the request costs."""
        if self.asin is None:
            return schema.LIGHTNING_DEALS.tokens
        return schema.LIGHTNING_DEAL_TOKENS_WITH_ASIN

    def params(self) -> dict[str, str]:
        """The query parameters, without the key."""
        wanted = {
            "domain": str(self.domain),
            "asin": self.asin,
            "state": None if self.state is None else self.state.value,
        }
        return {name: value for name, value in wanted.items() if value is not None}


@dataclass(frozen=True, slots=True)
class LightningDeal:
    """A lightning deal; None where nothing is known or the deal has not begun.

    Args:
        asin / title / image: As in ``Product``.
        deal_id: Amazon's id of the deal.
        seller / seller_name: Who offers it.
        state: Keepa's word for its state, also one that ``LightningState`` does not know.
        price: Price during the deal, minor units.
        regular_price: Price otherwise, minor units.
        start_minute / end_minute / updated_minute: Market minutes.
        percent_claimed: Share of its units that are taken.
        percent_off: The discount as Amazon states it.
        is_prime / is_fba / is_map: Prime eligible, fulfilled by Amazon, price hidden.
        rating: Tenths of a star.
        reviews: How many.
        variation: Value by dimension, such as colour.
    """

    asin: str
    title: str | None
    image: str | None
    deal_id: str | None
    seller: str | None
    seller_name: str | None
    state: str | None
    price: int | None
    regular_price: int | None
    start_minute: int | None
    end_minute: int | None
    updated_minute: int | None
    percent_claimed: int | None
    percent_off: int | None
    is_prime: bool | None
    is_fba: bool | None
    is_map: bool | None
    rating: int | None
    reviews: int | None
    variation: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class LightningAnswer:
    """Lightning deals, with the envelope of the answer."""

    envelope: Envelope
    deals: tuple[LightningDeal, ...]


async def lightning_deals(client: KeepaClient, request: LightningRequest) -> LightningAnswer:
    """The lightning deals.

    Raises:
        MarketDataError: As ``KeepaClient.ask`` does.
    """
    document = await client.ask(
        schema.LIGHTNING_DEALS, request.params(), worst_case=request.worst_case_tokens
    )
    return read_lightning_deals(document)


def read_lightning_deals(document: Fields) -> LightningAnswer:
    """The deals in a parsed document; one without an ASIN is none.

    Raises:
        PayloadError: If they are no list of objects.
    """
    rows = objects(document.get("lightningDeals"), "lightningDeals")
    return LightningAnswer(
        read_envelope(document), tuple(_deal(row, asin) for row in rows if (asin := _asin(row)))
    )


def _asin(told: Mapping[str, object]) -> str | None:
    return text(told.get("asin"))


def _deal(told: Mapping[str, object], asin: str) -> LightningDeal:
    get = told.get
    return LightningDeal(
        asin=asin,
        title=text(get("title")),
        image=text(get("image")),
        deal_id=text(get("dealId")),
        seller=text(get("sellerId")),
        seller_name=text(get("sellerName")),
        state=text(get("dealState")),
        price=not_negative(get("dealPrice")),
        regular_price=not_negative(get("currentPrice")),
        start_minute=positive(get("startTime")),
        end_minute=positive(get("endTime")),
        updated_minute=positive(get("lastUpdate")),
        percent_claimed=not_negative(get("percentClaimed")),
        percent_off=not_negative(get("percentOff")),
        is_prime=flag(get("isPrimeEligible")),
        is_fba=flag(get("isFulfilledByAmazon")),
        is_map=flag(get("isMAP")),
        rating=not_negative(get("rating")),
        reviews=not_negative(get("totalReviews")),
        variation={
            dimension: value
            for one in items(get("variation"))
            if isinstance(one, dict)
            and (dimension := text(one.get("dimension"))) is not None
            and (value := text(one.get("value"))) is not None
        },
    )
