"""Everything of a market that is no history: catalogue facts, present values, offers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields
from functools import partial
from typing import Any, Final

import msgspec
import numpy as np

from arbitragevault.adapters.postgres.codec import (
    Blob,
    Bundles,
    Track,
    pack_tracks,
    seal,
    unpack_bundles,
    unseal,
)
from arbitragevault.adapters.postgres.histories import Key
from arbitragevault.domain.catalog.marketplace import Marketplace
from arbitragevault.domain.catalog.product import Channel, Condition, Product
from arbitragevault.domain.errors import HistoryCodecError, SeriesError
from arbitragevault.domain.market.listing import (
    EligibleOffers,
    Listing,
    RankCategoryHistory,
    UsedBoxHistory,
    Variation,
)
from arbitragevault.domain.market.market import KeepaFees, Market, Offer, SeriesKind
from arbitragevault.domain.market.offers import LateOffers
from arbitragevault.domain.market.series import SeriesRow, StepSeries

_PRICE, _SHIPPING, _STOCK, _COUPON_AMOUNT, _COUPON_PERCENT = range(5)
_ALWAYS: Final = {_PRICE: "price", _SHIPPING: "shipping"}
_SOMETIMES: Final = {
    _STOCK: "stock_history",
    _COUPON_AMOUNT: "coupon_amount",
    _COUPON_PERCENT: "coupon_percent",
}
"""Series of an offer that are stored only where they are not empty."""
_NO_SERIES: Final = StepSeries.empty()
_BEFORE_SERIES: Final = 5
"""Plain fields of an offer that come before its series."""
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


_read_offers: Final = msgspec.msgpack.Decoder(list[_PlainOffer]).decode


class _UsedBox(msgspec.Struct, array_like=True, frozen=True):
    """``UsedBoxHistory`` in columns."""

    minutes: list[int]
    sellers: tuple[str | None, ...]
    conditions: tuple[Condition | None, ...]
    channels: tuple[Channel | None, ...]

    @classmethod
    def of(cls, history: UsedBoxHistory) -> _UsedBox:
        return cls(history.minutes.tolist(), history.sellers, history.conditions, history.channels)

    def history(self) -> UsedBoxHistory:
        minutes = np.array(self.minutes, np.int32)
        return UsedBoxHistory(minutes, self.sellers, self.conditions, self.channels)


class _RankCategories(msgspec.Struct, array_like=True, frozen=True):
    """``RankCategoryHistory`` in columns."""

    minutes: list[int]
    categories: tuple[int | None, ...]

    @classmethod
    def of(cls, history: RankCategoryHistory) -> _RankCategories:
        return cls(history.minutes.tolist(), history.categories)

    def history(self) -> RankCategoryHistory:
        return RankCategoryHistory(np.array(self.minutes, np.int32), self.categories)


class _Listing(msgspec.Struct, frozen=True, omit_defaults=True):
    """``Listing``, its arrays as lists."""

    used_buy_box: _UsedBox | None = None
    rank_categories: _RankCategories | None = None
    eligible_offers: EligibleOffers | None = None
    variations: tuple[Variation, ...] = ()
    past_variations: tuple[str, ...] = ()

    @classmethod
    def of(cls, listing: Listing) -> _Listing:
        used, ranks = listing.used_buy_box, listing.rank_categories
        return cls(
            None if used is None else _UsedBox.of(used),
            None if ranks is None else _RankCategories.of(ranks),
            listing.eligible_offers,
            listing.variations,
            listing.past_variations,
        )

    def listing(self) -> Listing:
        used, ranks = self.used_buy_box, self.rank_categories
        return Listing(
            None if used is None else used.history(),
            None if ranks is None else ranks.history(),
            self.eligible_offers,
            self.variations,
            self.past_variations,
        )


class Facts(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is stored of a market beside its key, its times, its histories and its offers.

    Args:
        product: Catalogue facts that differ from their default, by name.
        empty: Keys of the series that are known to be empty.
        current / fees / amazon_available: As in ``Market``.
        stored_listing: The market's listing.
    """

    product: dict[str, Any]
    empty: list[Key] = []
    current: dict[SeriesKind, float] = {}
    fees: KeepaFees = KeepaFees()
    amazon_available: bool | None = None
    stored_listing: _Listing = _Listing()

    @property
    def listing(self) -> Listing:
        """What is known of the listing beside its series."""
        return self.stored_listing.listing()

    def product_of(self, marketplace: Marketplace, asin: str) -> Product:
        """The product with its key.

        Raises:
            HistoryCodecError: If the stored facts do not fit this program's product.
        """
        key = {"marketplace": marketplace, "asin": asin}
        try:
            return msgspec.convert(self.product | key, Product)
        except msgspec.ValidationError as error:
            raise _unfit(error) from error


_read_facts: Final = msgspec.msgpack.Decoder(Facts).decode


def encode_facts(market: Market, empty: Sequence[Key]) -> Blob:
    """The facts of a market."""
    facts = Facts(
        product=_differing(market.product),
        empty=list(empty),
        current=dict(sorted(market.current.items())),
        fees=market.fees,
        amazon_available=market.amazon_available,
        stored_listing=_Listing.of(market.listing),
    )
    return seal(msgspec.msgpack.encode(facts))


def decode_facts(data: bytes) -> Facts:
    """The inverse of ``encode_facts``.

    Raises:
        HistoryCodecError: If the bytes are truncated, altered or of an unknown version.
    """
    try:
        return _read_facts(unseal(data))
    except msgspec.MsgspecError as error:
        raise _unfit(error) from error


def encode_offers(offers: Sequence[Offer]) -> Blob:
    """Offers with their price histories."""
    tracks = [
        Track(group, at, series.minutes, series.values)
        for at, offer in enumerate(offers)
        for group, series in _series(offer)
    ]
    plain = [msgspec.convert(offer, _PlainOffer, from_attributes=True) for offer in offers]
    return pack_tracks(tracks, msgspec.msgpack.encode(plain))


def decode_offers(data: bytes) -> LateOffers:
    """The inverse of ``encode_offers``; each offer is made when somebody looks at it.

    Raises:
        HistoryCodecError: If the bytes are truncated, altered or of an unknown version.
    """
    return offers_of(unpack_bundles([data]))


def offers_of(bundle: Bundles) -> LateOffers:
    """The same from the one bundle of offers that has been unpacked.

    Raises:
        HistoryCodecError: If its parts do not fit together.
    """
    (tracks,), (attachment,) = bundle.tracks, bundle.attachments
    try:
        plain = _read_offers(attachment)
        lengths = [points for _, _, points, _ in tracks]
        # Copied, as what is decoded together with it shall not live as long as the offers.
        row = SeriesRow.of(bundle.minutes.copy(), bundle.values.copy(), lengths)
        places = _places(tracks, len(plain))
    except (msgspec.MsgspecError, SeriesError, LookupError, TypeError, ValueError) as error:
        raise _unfit(error) from error
    build = partial(_build, plain, row, places)
    states = [one.is_live for one in plain]
    live = [at for at, is_live in enumerate(states) if is_live]
    return LateOffers(
        len(plain),
        partial(build, range(len(plain))),
        None if None in states else partial(build, live),
    )


def _places(tracks: Sequence[tuple[int, int, int, int]], offers: int) -> list[list[int | None]]:
    """Which track holds each series of each offer, by group and offer; None where there is none.

    Raises:
        ValueError / IndexError: If an offer has no price or no shipping, or a track no offer.
    """
    places: list[list[int | None]] = [[None] * offers for _ in range(len(_ALWAYS | _SOMETIMES))]
    for number, (group, at, _, _) in enumerate(tracks):
        places[group][at] = number
    if any(None in places[group] for group in _ALWAYS):
        raise ValueError("an offer has no price or no shipping")
    return places


def _build(
    plain: Sequence[_PlainOffer],
    row: SeriesRow,
    places: Sequence[Sequence[int | None]],
    wanted: Iterable[int],
) -> tuple[Offer, ...]:
    """The offers at some places."""
    made = []
    for at in wanted:
        series = [_NO_SERIES if (its := some[at]) is None else row[its] for some in places]
        values = msgspec.structs.astuple(plain[at])
        first, last = values[:_BEFORE_SERIES], values[_BEFORE_SERIES:]
        made.append(Offer(*first, *series[: len(_ALWAYS)], *last, *series[len(_ALWAYS) :]))
    return tuple(made)


def _series(offer: Offer) -> Iterator[tuple[int, StepSeries]]:
    """The series of an offer by the number under which they are stored."""
    for group, name in _ALWAYS.items():
        yield group, getattr(offer, name)
    for group, name in _SOMETIMES.items():
        series = getattr(offer, name)
        if len(series):
            yield group, series


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
