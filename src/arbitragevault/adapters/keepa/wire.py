"""From the bytes of a Keepa answer to markets.

Keepa's -1 and -2, its clock, its slot numbers and its two schemas (34 slots until 2025, 36 since
2026-02) end in this module and its neighbours: ``envelope``, ``wire_fields``, ``wire_series``,
``wire_history``, ``wire_product``, ``wire_offers``, ``wire_listing``.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import simdjson

from arbitragevault.adapters.keepa import schema
from arbitragevault.adapters.keepa.envelope import Envelope, read_envelope
from arbitragevault.adapters.keepa.wire_fields import (
    Fields,
    items,
    number,
    parse_object,
    positive,
    text,
    whole,
)
from arbitragevault.adapters.keepa.wire_history import History, decode_history
from arbitragevault.adapters.keepa.wire_listing import current_coupons, decode_listing
from arbitragevault.adapters.keepa.wire_offers import (
    decode_offers,
    decode_sellers,
    live_positions,
)
from arbitragevault.adapters.keepa.wire_product import decode_fees, decode_product, product_type
from arbitragevault.adapters.keepa.wire_series import FAR_FUTURE
from arbitragevault.domain.catalog.marketplace import Marketplace, marketplace_by_keepa_domain
from arbitragevault.domain.catalog.product import ProductType
from arbitragevault.domain.errors import PayloadError, UnknownMarketplaceError
from arbitragevault.domain.market.market import Market, Offer, SeriesKind

CLOCK_SLACK_MINUTES: Final = 60
"""How far a point may lie after the product's last update before it counts as a mistake: Keepa
updates offers, ratings and prices apart from each other (recorded: offers 40 minutes later)."""


@dataclass(frozen=True, slots=True)
class RefusedProduct:
    """A product of an answer that cannot be decoded; the others are not affected."""

    asin: str | None
    error: PayloadError


@dataclass(frozen=True, slots=True)
class ProductAnswer:
    """One decoded answer to a product request.

    Args:
        envelope: Tokens, times and errors.
        markets: One per product, in the order of the answer. An unknown ASIN gives a market whose
            product is of type INVALID and of which nothing is known.
        refused: Products that cannot be decoded.
        missing: Ids that were asked for and about which the answer says nothing; filled in by the
            client, which knows what was asked.
        raw: The JSON text as it came, where the client has kept it.
    """

    envelope: Envelope
    markets: tuple[Market, ...]
    refused: tuple[RefusedProduct, ...] = ()
    missing: tuple[str, ...] = ()
    raw: bytes = field(default=b"", repr=False)

    def by_asin(self) -> Mapping[str, Market]:
        """The markets by ASIN."""
        return {market.product.asin: market for market in self.markets}


def decode_keepa(raw: bytes, *, marketplace: Marketplace | None = None) -> list[Market]:
    """The markets in one HTTP answer of Keepa, or in a bare product object.

    Args:
        raw: The JSON text, decompressed.
        marketplace: Where the products are listed, for objects that do not say it.

    Raises:
        PayloadError: If the bytes are no answer with products, or one of them cannot be decoded.
    """
    document = parse_object(raw)
    if schema.PRODUCT.payload not in document.names and not _is_product(document):
        raise PayloadError(_describe(document))
    answer = read_answer(document, marketplace=marketplace)
    if answer.refused:
        raise answer.refused[0].error
    return list(answer.markets)


def decode_answer(raw: bytes, *, marketplace: Marketplace | None = None) -> ProductAnswer:
    """An answer to a product request, envelope and products; also one without any products.

    Keepa leaves ``products`` out if none of the ids can exist.

    Args:
        raw: The JSON text, decompressed.
        marketplace: Where the products are listed, for objects that do not say it.

    Raises:
        PayloadError: If the bytes are no JSON object, or ``products`` is no list.
    """
    return read_answer(parse_object(raw), marketplace=marketplace)


def _is_product(document: Fields) -> bool:
    """True for a product object, false for other objects that have an ASIN too."""
    return "csv" in document.names or "productType" in document.names


_KINDS: Final = (
    ({"deals"}, "an answer to a deal request"),
    ({"asinList"}, "an answer to a product search"),
    ({"categories"}, "an answer to a category request"),
    ({"sellers"}, "an answer to a seller request"),
    ({"trackingNotificationCause"}, "a tracking notification"),
    ({"asin", "delta"}, "a deal object"),
    ({"current", "avg"}, "the stats of a product without the product"),
    ({"tokensLeft"}, "an answer without products, such as the token status"),
)
"""How documents that hold no product are recognised by their fields."""


def _describe(document: Fields) -> str:
    """One sentence on a JSON object that holds no product, and what to do."""
    error = read_envelope(document).error
    if error is not None:
        kind = f"an error answer ({error})"
    else:
        kind = next(
            (name for marks, name in _KINDS if marks <= document.names),
            f"an object with the fields {', '.join(sorted(document.names)[:6]) or 'none'}",
        )
    return f"This is {kind}; give an answer to a product request, or a product object."


def read_answer(document: Fields, *, marketplace: Marketplace | None = None) -> ProductAnswer:
    """The same as ``decode_answer``, from a document that has been parsed already."""
    envelope = read_envelope(document)
    markets: list[Market] = []
    refused: list[RefusedProduct] = []
    for product in _products(document):
        try:
            markets.append(_market(product, envelope.minute, marketplace))
        except PayloadError as error:
            refused.append(RefusedProduct(text(product.get("asin")), error))
    return ProductAnswer(envelope, tuple(markets), tuple(refused))


def _products(document: Fields) -> Iterator[Fields]:
    if _is_product(document):
        yield document
        return
    for product in document.array("products") or ():
        if not isinstance(product, simdjson.Object):
            raise PayloadError("A product of the answer is no object; ask Keepa again.")
        yield Fields(product)


def _market(product: Fields, retrieved: int | None, marketplace: Marketplace | None) -> Market:
    """One product with everything that was sent about it."""
    asin = text(product.get("asin"))
    if asin is None:
        raise PayloadError("A product has no ASIN; nothing can be said about it.")
    facts = decode_product(product, _marketplace(product, asin, marketplace), asin)
    stats = product.fields("stats")
    updates = (
        positive(product.get("lastUpdate")),
        positive(stats.get("lastOffersUpdate")) if stats else None,
    )
    limit = _limit((*updates, retrieved))
    history = decode_history(product, limit)
    main_rank = history.category_ranks.get(facts.rank_category or 0)
    if SeriesKind.SALES_RANK not in history.series and main_rank is not None:
        history.series[SeriesKind.SALES_RANK] = main_rank
    return Market(
        product=facts,
        observed_minute=_observed((*updates, history.newest), retrieved, asin),
        retrieved_minute=retrieved,
        history=history.series,
        shipping=history.shipping,
        category_ranks=history.category_ranks,
        offers=_offers(product, limit),
        buy_box_sellers=decode_sellers(product.get("buyBoxSellerIdHistory"), limit),
        current=_current(product, stats, history),
        fees=decode_fees(product),
        amazon_available=_amazon_available(product, stats, history),
        listing=decode_listing(product, limit),
    )


def _offers(product: Fields, limit: int) -> Sequence[Offer] | None:
    source = product.array("offers")
    if source is None:
        return None
    is_fresh = product.get("offersSuccessful") is True
    live = live_positions(product.get("liveOffersOrder"), is_fresh=is_fresh)
    return decode_offers(source, live, limit)


def _marketplace(product: Fields, asin: str, given: Marketplace | None) -> Marketplace:
    """The marketplace that the product names, or else the given one; never a guess."""
    domain = whole(product.get("domainId"))
    if domain is None:
        if given is None:
            raise PayloadError(
                f"Product {asin} does not say its marketplace (domainId); say which one it is."
            )
        return given
    try:
        return marketplace_by_keepa_domain(domain)
    except UnknownMarketplaceError as error:
        raise PayloadError(f"Product {asin}: {error.message}") from error


def _limit(instants: tuple[int | None, ...]) -> int:
    """The last minute at which something can have been observed; unlimited if nothing is known."""
    known = [instant for instant in instants if instant is not None]
    return min(max(known) + CLOCK_SLACK_MINUTES, FAR_FUTURE) if known else FAR_FUTURE


def _observed(instants: tuple[int | None, ...], retrieved: int | None, asin: str) -> int:
    """The newest of the product's updates and points; else the time of the answer."""
    known = [instant for instant in instants if instant is not None and instant <= FAR_FUTURE]
    if known:
        return max(known)
    if retrieved is None:
        raise PayloadError(f"Product {asin} has neither a date nor a history; ask Keepa again.")
    return retrieved


def _current(product: Fields, stats: Fields | None, history: History) -> dict[SeriesKind, float]:
    """Values in force of the kinds that came without history; unknown ones are left out."""
    current: dict[SeriesKind, float] = {}
    values = items(stats.get("current")) if stats else []
    for slot, value in zip(schema.SLOTS, values, strict=False):
        known = number(value)
        if known is not None and known >= 0 and slot.kind not in history.series:
            current[slot.kind] = known
    sold = positive(product.get("monthlySold"))
    if sold is not None and SeriesKind.MONTHLY_SOLD not in history.series:
        current[SeriesKind.MONTHLY_SOLD] = float(sold)
    coupons = current_coupons(product.get("coupon"))
    return current | {kind: off for kind, off in coupons.items() if kind not in history.series}


_SELLS: Final[Mapping[int | None, bool]] = {
    schema.AmazonAvailability.NO_OFFER: False,
    schema.AmazonAvailability.IN_STOCK: True,
    schema.AmazonAvailability.PREORDER: True,
    schema.AmazonAvailability.BACKORDER: True,
    schema.AmazonAvailability.DELAYED: True,
}
"""Amazon takes orders in every state but "no offer" and "unknown"."""


def _amazon_available(product: Fields, stats: Fields | None, history: History) -> bool | None:
    """Whether Amazon takes orders: what Keepa says, else the Amazon series, else the Buy Box."""
    if product_type(product.get("productType")) is ProductType.INVALID:
        return None
    code = whole(product.get("availabilityAmazon"))
    if code in _SELLS:
        return _SELLS[code]
    series = history.series.get(SeriesKind.AMAZON)
    if series is not None:
        return not math.isnan(series.values[-1])
    return True if stats and stats.get("buyBoxIsAmazon") is True else None
