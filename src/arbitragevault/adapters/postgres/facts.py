"""Everything of a market that is no history: catalogue facts, present values, offers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace
from typing import Any, Final

import msgspec

from arbitragevault.adapters.postgres.codec import (
    Blob,
    Track,
    pack_tracks,
    seal,
    unpack_tracks,
    unseal,
)
from arbitragevault.adapters.postgres.histories import Key
from arbitragevault.domain.catalog.marketplace import Marketplace
from arbitragevault.domain.catalog.product import Channel, Condition, Product
from arbitragevault.domain.errors import HistoryCodecError
from arbitragevault.domain.market.market import KeepaFees, Market, Offer, SeriesKind
from arbitragevault.domain.market.series import StepSeries

_PRICE, _SHIPPING = range(2)
_IN_COLUMNS: Final = ("marketplace", "asin")


class _PlainOffer(msgspec.Struct, array_like=True, frozen=True):
    """An offer without its series. Stored by position: append, never insert or reorder."""

    offer_id: int
    seller: str
    condition: Condition | None
    condition_code: int
    channel: Channel
    last_seen: int
    is_live: bool | None
    is_amazon: bool = False
    is_prime: bool = False
    is_shippable: bool = True
    is_warehouse: bool = False
    is_map: bool = False
    is_preorder: bool = False
    stock: int | None = None
    minimum_order: int | None = None
    comment: str | None = None


class Facts(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is stored of a market beside its key, its times, its histories and its offers.

    Args:
        product: Catalogue facts that differ from their default, by name.
        empty: Keys of the series that are known to be empty.
        current / fees / amazon_available: As in ``Market``.
    """

    product: dict[str, Any]
    empty: list[Key] = []
    current: dict[SeriesKind, float] = {}
    fees: KeepaFees = KeepaFees()
    amazon_available: bool | None = None

    def product_of(self, marketplace: Marketplace, asin: str) -> Product:
        """The product with its key.

        Raises:
            HistoryCodecError: If the stored facts do not fit this program's product.
        """
        key = {"marketplace": msgspec.to_builtins(marketplace), "asin": asin}
        try:
            product = msgspec.convert(self.product | key, Product)
        except msgspec.ValidationError as error:
            raise _unfit(error) from error
        return replace(product, marketplace=marketplace)


def encode_facts(market: Market, empty: Sequence[Key]) -> Blob:
    """The facts of a market."""
    facts = Facts(
        product=_differing(market.product),
        empty=list(empty),
        current=dict(sorted(market.current.items())),
        fees=market.fees,
        amazon_available=market.amazon_available,
    )
    return seal(msgspec.msgpack.encode(facts))


def decode_facts(data: bytes) -> Facts:
    """The inverse of ``encode_facts``.

    Raises:
        HistoryCodecError: If the bytes are truncated, altered or of an unknown version.
    """
    try:
        return msgspec.msgpack.decode(unseal(data), type=Facts)
    except msgspec.MsgspecError as error:
        raise _unfit(error) from error


def encode_offers(offers: Sequence[Offer]) -> Blob:
    """Offers with their price histories."""
    tracks = [
        Track(group, at, series.minutes, series.values)
        for at, offer in enumerate(offers)
        for group, series in ((_PRICE, offer.price), (_SHIPPING, offer.shipping))
    ]
    plain = [msgspec.convert(offer, _PlainOffer, from_attributes=True) for offer in offers]
    return pack_tracks(tracks, msgspec.msgpack.encode(plain))


def decode_offers(data: bytes) -> tuple[Offer, ...]:
    """The inverse of ``encode_offers``.

    Raises:
        HistoryCodecError: If the bytes are truncated, altered or of an unknown version.
    """
    tracks, attachment = unpack_tracks(data)
    try:
        plain = msgspec.msgpack.decode(attachment, type=list[_PlainOffer])
        series = {(t.group, t.code): StepSeries(t.minutes, t.values) for t in tracks}
        return tuple(
            Offer(
                **msgspec.structs.asdict(offer),
                price=series[_PRICE, at],
                shipping=series[_SHIPPING, at],
            )
            for at, offer in enumerate(plain)
        )
    except (msgspec.MsgspecError, ValueError, KeyError) as error:
        raise _unfit(error) from error


def _differing(product: Product) -> dict[str, Any]:
    """The fields of a product that its columns do not hold and that differ from their defaults."""
    return {
        field.name: msgspec.to_builtins(getattr(product, field.name))
        for field in fields(product)
        if field.name not in _IN_COLUMNS and getattr(product, field.name) != field.default
    }


def _unfit(error: Exception) -> HistoryCodecError:
    return HistoryCodecError(
        f"Stored market data do not fit this program ({error}). Fetch the product again."
    )
