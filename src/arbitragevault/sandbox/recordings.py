"""Recorded Keepa answers as a source: every value is served as it was recorded."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import msgspec
import orjson

from arbitragevault.adapters.keepa import schema
from arbitragevault.domain.catalog.identifiers_codes import is_valid_isbn10, isbn10_to_13
from arbitragevault.domain.errors import ConfigurationError
from arbitragevault.sandbox.request import ProductRequest
from arbitragevault.sandbox.source import Answered, unknown_product

_COMPLETE: Final = ("asin", "domainId", "productType", "lastUpdate", "title", "csv")
"""Fields that every answer of Keepa holds for a product; a cut-off dump lacks some of them."""


class _Envelope(msgspec.Struct):
    """An answer with its products left as the bytes they were."""

    products: list[msgspec.Raw] | None = None


@dataclass(frozen=True, slots=True)
class Recording:
    """One recorded product.

    Args:
        asin: Its ASIN.
        domain: Keepa's domain id.
        last_update: Market minute of Keepa's last update; the newest recording is served.
        codes: Product codes that find it.
        raw: The product object's bytes.
        offers: How many live offers it holds, which is what offers cost.
        has_parent: Whether it is a variation.
    """

    asin: str
    domain: int
    last_update: int
    codes: frozenset[str]
    raw: bytes
    offers: int
    has_parent: bool


class RecordedSource:
    """Serves the product objects found in a folder of any depth.

    Args:
        folder: Where ``*.json`` files lie: product objects, or answers with ``products``.

    Raises:
        ConfigurationError: If the folder does not exist or holds no complete product object.
    """

    def __init__(self, folder: Path) -> None:
        if not folder.is_dir():
            raise ConfigurationError(f"There is no folder {folder} with recorded answers.")
        self._by_asin: dict[tuple[int, str], Recording] = {}
        for found in _recordings(folder):
            known = self._by_asin.get((found.domain, found.asin))
            if known is None or known.last_update <= found.last_update:
                self._by_asin[found.domain, found.asin] = found
        if not self._by_asin:
            raise ConfigurationError(
                f"No *.json file below {folder} holds a complete Keepa product object."
            )

    @property
    def asins(self) -> tuple[str, ...]:
        """The ASIN of every recording, sorted."""
        return tuple(sorted({asin for _, asin in self._by_asin}))

    def asins_of(self, code: str, domain: int) -> tuple[str, ...]:
        """The ASINs that bear a product code."""
        return tuple(
            recording.asin
            for recording in self._by_asin.values()
            if recording.domain == domain and code in recording.codes
        )

    def products(self, asins: Sequence[str], request: ProductRequest, now: int) -> list[Answered]:
        """The newest recording of each ASIN, whatever the request asks of it."""
        return [self._product(asin, request, now) for asin in asins]

    def _product(self, asin: str, request: ProductRequest, now: int) -> Answered:
        found = self._by_asin.get((request.domain, asin))
        if found is None:
            return unknown_product(asin, request, now, schema.SLOT_COUNT_2026)
        return Answered(orjson.Fragment(found.raw), _cost(found, request))

    def truth(self, asin: str, now: int) -> dict[str, Any] | None:  # noqa: ARG002
        """None: nobody knows what was behind a recording."""
        return None


def _cost(found: Recording, request: ProductRequest) -> int:
    tokens = schema.PRODUCT.tokens
    if request.wanted.offers is not None:
        pages = -(-min(found.offers, request.wanted.offers) // schema.OFFERS_PER_PAGE)
        tokens = schema.TOKENS_PER_OFFER_PAGE * pages or schema.TOKENS_OFFERS_FRESH
    elif request.wanted.buybox:
        tokens += schema.TOKENS_BUYBOX
    if request.historical_variations and found.has_parent:
        tokens += schema.TOKENS_HISTORICAL_VARIATIONS
    return tokens


def _recordings(folder: Path) -> Iterator[Recording]:
    """Every complete product object below a folder, in the order of file names."""
    for path in sorted(folder.rglob("*.json")):
        for raw in _product_bytes(path.read_bytes()):
            found = _recording(raw)
            if found is not None:
                yield found


def _product_bytes(raw: bytes) -> list[bytes]:
    """The bytes of each product in a file: those of an answer, or the file itself."""
    try:
        envelope = msgspec.json.decode(raw, type=_Envelope)
    except msgspec.DecodeError:
        return []
    return [raw] if envelope.products is None else [bytes(one) for one in envelope.products]


def _recording(raw: bytes) -> Recording | None:
    """What identifies a product object, or None if it is incomplete."""
    facts: Any = msgspec.json.decode(raw)
    if not isinstance(facts, dict) or any(name not in facts for name in _COMPLETE):
        return None
    codes = {code for name in ("eanList", "upcList", "gtinList") for code in facts.get(name) or ()}
    asin = facts["asin"]
    if is_valid_isbn10(asin):
        codes.add(isbn10_to_13(asin))
    return Recording(
        asin=asin,
        domain=facts["domainId"],
        last_update=facts["lastUpdate"],
        codes=frozenset(codes),
        raw=raw,
        offers=len(facts.get("liveOffersOrder") or ()),
        has_parent=facts.get("parentAsin") is not None,
    )
