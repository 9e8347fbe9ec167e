"""Amazon links: which product and which marketplace they point at."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from arbitragevault.domain.catalog.identifiers_codes import is_valid_asin
from arbitragevault.domain.catalog.marketplace import (
    MARKETPLACES,
    Marketplace,
    marketplace_by_host,
)
from arbitragevault.domain.errors import IdentifierError

_SHORT_HOSTS: Final = frozenset({"a.co", "amzn.to", "amzn.eu", "amzn.asia", "amzn.in"})
"""Amazon's link shorteners: the product is known to Amazon's server only."""

_DIRECT_HOST: Final = "amzn.com"
"""Amazon's short host of the US site whose path is the ASIN itself (amzn.com/B00FLIJJSA)."""

_MARKERS: Final = frozenset(
    {
        "dp",
        "product",
        "asin",
        "o",
        "d",
        "ol",
        "detail",
        "glance",
        "offer-listing",
        "product-reviews",
        "reviews",
    }
)
"""Path segments after which Amazon writes an ASIN: /dp/X, /gp/product/X, /gp/aw/d/X, /o/X,
/exec/obidos/ASIN/X, /gp/offer-listing/X, /product-reviews/X, /exec/obidos/tg/detail/-/X."""

_FILLERS: Final = frozenset({"-", "asin", "product", "aw", "d", "glance"})
"""Segments that may stand between a marker and the ASIN (/o/ASIN/X, /dp/product/X)."""

_QUERY_KEYS: Final = frozenset({"asin", "asin.1", "creativeasin", "pd_rd_i"})
_NESTED_KEYS: Final = frozenset({"url", "u", "redirecturl", "location"})
_WITH_SCHEME = re.compile(r"(?:https?:)?//\S+", re.IGNORECASE)
_HOST_FIRST = re.compile(r"(?:[a-z0-9-]+\.)+[a-z]{2,}(?::\d+)?(?:[/?#]\S*)?(?=\s|$)", re.IGNORECASE)
_ASIN_SHAPE = re.compile(r"\s*([0-9A-Za-z]{10})(?![0-9A-Za-z])")


def find_link(text: str) -> str | None:
    """The web address in a text, with or without a scheme; None if it holds none."""
    found = _WITH_SCHEME.search(text) or _HOST_FIRST.match(text)
    return found[0] if found else None


def parse_link(link: str, shown: str) -> tuple[str, Marketplace]:
    """The ASIN and the marketplace that an Amazon link points at.

    Args:
        link: The address, with or without a scheme.
        shown: How to quote it in a message.

    Raises:
        IdentifierError: If it is no Amazon link, a short link, a link to an Amazon site that Keepa
            does not cover, or a link without a product.
    """
    parts = _split(link, shown)
    host = (parts.hostname or "").rstrip(".").removeprefix("www.")
    if host == _DIRECT_HOST:
        marketplace, missing = MARKETPLACES["US"], _short_link(shown)
    elif host in _SHORT_HOSTS:
        raise _short_link(shown)
    else:
        marketplace, missing = _marketplace(host, shown), _no_product(shown)
    asin = _asin(parts, is_direct=host == _DIRECT_HOST)
    if asin is None:
        raise missing
    return asin, marketplace


def _split(link: str, shown: str) -> SplitResult:
    """Cut an address into its parts, adding the scheme that people leave out."""
    address = link if "//" in link.partition("?")[0] else "//" + link
    try:
        return urlsplit(address, scheme="https")
    except ValueError as error:
        raise IdentifierError(f"{shown} is not a valid web address; copy it again.") from error


def _marketplace(host: str, shown: str) -> Marketplace:
    """The marketplace of a host or of the site above it (sellercentral.amazon.de)."""
    labels = host.split(".")
    for start in range(len(labels) - 1):
        found = marketplace_by_host(".".join(labels[start:]))
        if found is not None:
            return found
    if "amazon" in labels[:-1] and len(labels) - labels.index("amazon") <= 3:
        raise IdentifierError(
            f"{shown} is on an Amazon site that Keepa does not cover; use one of "
            f"{', '.join(m.host for m in MARKETPLACES.values())}."
        )
    raise IdentifierError(
        f"{shown} is not a link to an Amazon product; give the ASIN, ISBN, EAN, UPC or Amazon link."
    )


def _asin(parts: SplitResult, *, is_direct: bool, depth: int = 0) -> str | None:
    """The first ASIN that the path, the query or an address inside the query names."""
    segments = [unquote(segment) for segment in parts.path.split("/") if segment]
    query = [(key.lower(), value) for key, value in parse_qsl(parts.query)]
    candidates = [
        *_after_markers(segments),
        *(value for key, value in query if key in _QUERY_KEYS),
        # Without a marker only Amazon's own ids count: ten digits may be a category.
        *(one for one in segments if one[:2].upper() == "B0" or is_direct),
    ]
    for candidate in candidates:
        shape = _ASIN_SHAPE.match(candidate)
        if shape and is_valid_asin(shape[1].upper()):
            return shape[1].upper()
    for key, value in query:
        if key in _NESTED_KEYS and depth < 2:
            inner = _asin(
                _split(value, "The address inside the link"), is_direct=False, depth=depth + 1
            )
            if inner:
                return inner
    return None


def _after_markers(segments: list[str]) -> Iterator[str]:
    """The segments that follow a marker, fillers skipped."""
    for place, segment in enumerate(segments):
        if segment.lower() in _MARKERS:
            following = iter(segments[place + 1 :])
            yield next((one for one in following if one.lower() not in _FILLERS), "")


def _short_link(shown: str) -> IdentifierError:
    return IdentifierError(
        f"{shown} is a short link, which only Amazon can resolve; open it in a browser and copy "
        "the address of the product's page."
    )


def _no_product(shown: str) -> IdentifierError:
    return IdentifierError(
        f"{shown} is an Amazon link without a product; open the product's page and copy its "
        "address, which contains /dp/ and ten characters."
    )
