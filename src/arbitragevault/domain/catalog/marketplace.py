"""The Amazon marketplaces that Keepa covers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from arbitragevault.domain.errors import UnknownMarketplaceError


@dataclass(frozen=True, slots=True)
class Marketplace:
    """One Amazon site.

    Args:
        code: Short code used in the API and the CLI (``US``).
        keepa_domain: Keepa's integer domain id.
        host: The site's host without ``www.``.
        currency: ISO 4217 code of its prices.
    """

    code: str
    keepa_domain: int
    host: str
    currency: str

    def product_url(self, asin: str) -> str:
        """The address of a product's page."""
        return f"https://www.{self.host}/dp/{asin}"


MARKETPLACES: Final[dict[str, Marketplace]] = {
    marketplace.code: marketplace
    for marketplace in (
        Marketplace("US", 1, "amazon.com", "USD"),
        Marketplace("GB", 2, "amazon.co.uk", "GBP"),
        Marketplace("DE", 3, "amazon.de", "EUR"),
        Marketplace("FR", 4, "amazon.fr", "EUR"),
        Marketplace("JP", 5, "amazon.co.jp", "JPY"),
        Marketplace("CA", 6, "amazon.ca", "CAD"),
        Marketplace("IT", 8, "amazon.it", "EUR"),
        Marketplace("ES", 9, "amazon.es", "EUR"),
        Marketplace("IN", 10, "amazon.in", "INR"),
        Marketplace("MX", 11, "amazon.com.mx", "MXN"),
        Marketplace("BR", 12, "amazon.com.br", "BRL"),
    )
}
"""By code. Source: Keepa's domain ids (keepa.com/api-docs); 7 (China) is unsupported."""

US: Final = MARKETPLACES["US"]
_BY_DOMAIN: Final = {m.keepa_domain: m for m in MARKETPLACES.values()}
_BY_HOST: Final = {m.host: m for m in MARKETPLACES.values()}


def marketplace_by_code(code: str) -> Marketplace:
    """The marketplace with this code, in any case; ``UK`` is understood as ``GB``.

    Raises:
        UnknownMarketplaceError: If there is none.
    """
    wanted = code.strip().upper()
    found = MARKETPLACES.get("GB" if wanted == "UK" else wanted)
    if found is None:
        raise UnknownMarketplaceError(
            f"{code!r} is no marketplace; choose one of {', '.join(MARKETPLACES)}."
        )
    return found


def marketplace_by_keepa_domain(domain: int) -> Marketplace:
    """The marketplace with Keepa's domain id.

    Raises:
        UnknownMarketplaceError: If Keepa has no such domain.
    """
    found = _BY_DOMAIN.get(domain)
    if found is None:
        raise UnknownMarketplaceError(f"Keepa domain {domain} is not a supported marketplace.")
    return found


def marketplace_by_host(host: str) -> Marketplace | None:
    """The marketplace behind a host such as ``www.amazon.co.uk``, or None."""
    bare = host.lower().rstrip(".")
    for prefix in ("www.", "smile.", "m."):
        bare = bare.removeprefix(prefix)
    return _BY_HOST.get(bare)
