"""What can be asked of Keepa about products, cut into requests of a sensible size."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from arbitragevault.adapters.keepa import schema
from arbitragevault.adapters.keepa.schema import Param
from arbitragevault.adapters.keepa.tokens import product_cost
from arbitragevault.domain.catalog.identifiers_codes import is_valid_isbn13, isbn13_to_10
from arbitragevault.domain.errors import InvalidInputError
from arbitragevault.domain.market.market import Market

TOKENS_PER_REQUEST: Final = 120
"""No request is made larger than this at worst, if it can be cut: the smallest recorded plan has a
bucket of 300, a failed request risks what it may cost, and a large reservation waits long."""


@dataclass(frozen=True, slots=True)
class ProductRequest:
    """One request to ``/product``, by ASINs or by product codes (UPC, EAN, ISBN-13).

    Args:
        domain: Keepa's domain id of the marketplace.
        asins: Up to 100 ASINs, or
        codes: up to 100 product codes, never both.
        code_limit: Most products that one code may return, each of which costs; required with
            codes, because one code has been seen to return 1,500.
        stats_days: Ask for ``stats`` over so many days; free. None for no stats.
        history: Ask for histories; free.
        days: Cut histories to the last so many days; None for all.
        offers: Ask for so many live offers (20-100), which costs 6 tokens per page of ten.
        only_live_offers: Leave past offers out of the answer.
        buybox: Ask for the Buy Box, which costs 2 tokens; contained in ``offers``.
        rating: Ask for rating and reviews, which may cost 1 token.
        stock: Ask for stock, which needs ``offers`` and may cost 2 tokens.
        update_hours: Have Keepa refresh a product whose data are older; its default is one hour,
            0 forces a refresh and -1 forbids it.
        past_variations: Ask for variations that can no longer be bought, which may cost 1 token.

    Raises:
        InvalidInputError: If Keepa would refuse the combination, or charge without a limit.
    """

    domain: int
    asins: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    code_limit: int | None = None
    stats_days: int | None = 90
    history: bool = True
    days: int | None = None
    offers: int | None = None
    only_live_offers: bool = False
    buybox: bool = False
    rating: bool = False
    stock: bool = False
    update_hours: int | None = None
    past_variations: bool = False

    def __post_init__(self) -> None:
        most = schema.PRODUCT.items or 0
        if bool(self.asins) == bool(self.codes):
            raise InvalidInputError("A product request needs either ASINs or product codes.")
        if len(self.asins) > most or len(self.codes) > most:
            raise InvalidInputError(f"One product request takes {most} ids; ask in several.")
        if self.codes and (self.code_limit is None or self.code_limit < 1):
            raise InvalidInputError("Product codes need a limit of products per code, such as 5.")
        if self.offers is not None and not schema.OFFERS_MIN <= self.offers <= schema.OFFERS_MAX:
            raise InvalidInputError(
                f"Keepa gives {schema.OFFERS_MIN} to {schema.OFFERS_MAX} offers per product, not "
                f"{self.offers}."
            )
        if self.stock and self.offers is None:
            raise InvalidInputError("Stock can only be asked for together with offers.")

    @classmethod
    def for_asins(
        cls,
        asins: Iterable[str],
        domain: int,
        *,
        most_tokens: int = TOKENS_PER_REQUEST,
        **options: Any,  # noqa: ANN401 - the other fields, checked by the constructor
    ) -> list[ProductRequest]:
        """Requests for any number of ASINs, in their order, each ASIN once.

        Args:
            asins: The ASINs; duplicates are asked for once.
            domain: Keepa's domain id.
            most_tokens: No request costs more at worst, unless a single product does.
            options: The other fields.
        """
        ids = tuple(dict.fromkeys(asins))
        if not ids:
            return []
        one = cls(domain, asins=ids[:1], **options)
        size = one.products_within(most_tokens)
        return [replace(one, asins=ids[start : start + size]) for start in range(0, len(ids), size)]

    @classmethod
    def for_codes(
        cls,
        codes: Iterable[str],
        domain: int,
        *,
        code_limit: int,
        most_tokens: int = TOKENS_PER_REQUEST,
        **options: Any,  # noqa: ANN401 - the other fields, checked by the constructor
    ) -> list[ProductRequest]:
        """Requests for any number of product codes, in their order, each code once.

        Args:
            codes: UPCs, EANs, ISBN-13s; duplicates are asked for once.
            domain: Keepa's domain id.
            code_limit: Most products that one code may return.
            most_tokens: No request costs more at worst, unless a single code does.
            options: The other fields.
        """
        ids = tuple(dict.fromkeys(codes))
        if not ids:
            return []
        one = cls(domain, codes=ids[:1], code_limit=code_limit, **options)
        size = one.products_within(most_tokens)
        return [replace(one, codes=ids[start : start + size]) for start in range(0, len(ids), size)]

    @property
    def worst_case_tokens(self) -> int:
        """What the request costs at worst."""
        return product_cost(
            len(self.asins) + len(self.codes) * (self.code_limit or 1),
            offers=self.offers,
            buybox=self.buybox,
            rating=self.rating,
            stock=self.stock,
            update_hours=self.update_hours,
            historical_variations=self.past_variations,
        )

    @property
    def least_tokens(self) -> int:
        """What a request for the first of the ids alone costs at worst."""
        return self.worst_case_tokens // (len(self.asins) + len(self.codes))

    def cut_to(self, tokens: int) -> ProductRequest | None:
        """The same request for as many of its first ids as so many tokens pay for; None if none."""
        count = tokens // self.least_tokens
        if count < 1:
            return None
        return replace(self, asins=self.asins[:count], codes=self.codes[:count])

    def after(self, asked: ProductRequest) -> ProductRequest | None:
        """The same request without its first ids, which were asked for; None if none is left."""
        count = len(asked.asins) + len(asked.codes)
        if count >= len(self.asins) + len(self.codes):
            return None
        return replace(self, asins=self.asins[count:], codes=self.codes[count:])

    def products_within(self, tokens: int) -> int:
        """How many ids like the one in this request may be asked for at once; at least one."""
        return min(max(tokens // self.worst_case_tokens, 1), schema.PRODUCT.items or 1)

    def params(self) -> dict[str, str]:
        """The query parameters, without the key."""
        wanted: dict[Param, str | int | None] = {
            Param.DOMAIN: self.domain,
            Param.ASIN: ",".join(self.asins) or None,
            Param.CODE: ",".join(self.codes) or None,
            Param.CODE_LIMIT: self.code_limit if self.codes else None,
            Param.STATS: self.stats_days,
            Param.HISTORY: None if self.history else 0,
            Param.DAYS: self.days,
            Param.OFFERS: self.offers,
            Param.ONLY_LIVE_OFFERS: 1 if self.only_live_offers and self.offers else None,
            Param.BUYBOX: 1 if self.buybox and self.offers is None else None,
            Param.RATING: 1 if self.rating else None,
            Param.STOCK: 1 if self.stock else None,
            Param.UPDATE: self.update_hours,
            Param.HISTORICAL_VARIATIONS: 1 if self.past_variations else None,
        }
        return {name.value: str(value) for name, value in wanted.items() if value is not None}


def markets_by_code(
    codes: Iterable[str], markets: Sequence[Market]
) -> Mapping[str, tuple[Market, ...]]:
    """Which of the answered products each product code means; none for an unknown code.

    Keepa does not repeat the code that it found a product by. Codes of a product may be written
    with other leading zeros, and an old book may have no code but the ISBN-10 that is its ASIN.

    Args:
        codes: The codes that were asked for.
        markets: The markets of the answer.
    """
    found: dict[str, list[Market]] = {}
    for market in markets:
        product = market.product
        written = {code.lstrip("0") for code in (*product.eans, *product.upcs)}
        for code in written | {product.asin.lstrip("0")}:
            found.setdefault(code, []).append(market)
    return {code: tuple(_meant(code, found)) for code in codes}


def _meant(code: str, found: Mapping[str, list[Market]]) -> list[Market]:
    by_code = found.get(code.lstrip("0"), [])
    if by_code or not (is_valid_isbn13(code) and code.startswith("978")):
        return by_code
    return found.get(isbn13_to_10(code).lstrip("0"), [])
