"""What is known of a product's market at an instant."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from math import isnan, nan
from typing import Final, SupportsIndex, TypeVar

import numpy as np
from numpy.typing import NDArray

from arbitragevault.domain.catalog.product import Channel, Condition, Product
from arbitragevault.domain.market.clock import MINUTES_PER_DAY, to_datetime, to_minute
from arbitragevault.domain.market.listing import Listing
from arbitragevault.domain.market.offers import LateOffers
from arbitragevault.domain.market.series import StepSeries


class SeriesKind(StrEnum):
    """What a series counts.

    Prices are landed (price + shipping) minor units and NaN while nothing was on offer; counts of
    offers are NaN, not 0, while there was none; RATING is in tenths of a star (45 = 4.5 stars);
    a coupon takes an amount in minor units or a percentage off, and is NaN while there is none;
    OFFER_UPDATES is Keepa's log of offer updates, whose sign says whether there were more offers.
    """

    AMAZON = "amazon"
    NEW = "new"
    USED = "used"
    SALES_RANK = "sales_rank"
    LIST_PRICE = "list_price"
    COLLECTIBLE = "collectible"
    REFURBISHED = "refurbished"
    NEW_FBM = "new_fbm"
    LIGHTNING_DEAL = "lightning_deal"
    WAREHOUSE = "warehouse"
    NEW_FBA = "new_fba"
    COUNT_NEW = "count_new"
    COUNT_USED = "count_used"
    COUNT_REFURBISHED = "count_refurbished"
    COUNT_COLLECTIBLE = "count_collectible"
    OFFER_UPDATES = "offer_updates"
    RATING = "rating"
    COUNT_REVIEWS = "count_reviews"
    BUY_BOX = "buy_box"
    USED_LIKE_NEW = "used_like_new"
    USED_VERY_GOOD = "used_very_good"
    USED_GOOD = "used_good"
    USED_ACCEPTABLE = "used_acceptable"
    COLLECTIBLE_LIKE_NEW = "collectible_like_new"
    COLLECTIBLE_VERY_GOOD = "collectible_very_good"
    COLLECTIBLE_GOOD = "collectible_good"
    COLLECTIBLE_ACCEPTABLE = "collectible_acceptable"
    REFURBISHED_SHIPPING = "refurbished_shipping"
    EBAY_NEW = "ebay_new"
    EBAY_USED = "ebay_used"
    TRADE_IN = "trade_in"
    RENT = "rent"
    BUY_BOX_USED = "buy_box_used"
    PRIME_EXCLUSIVE = "prime_exclusive"
    COUNT_NEW_FBA = "count_new_fba"
    COUNT_NEW_FBM = "count_new_fbm"
    MONTHLY_SOLD = "monthly_sold"
    COUPON_AMOUNT = "coupon_amount"
    COUPON_PERCENT = "coupon_percent"
    SUBSCRIBE_COUPON_AMOUNT = "subscribe_coupon_amount"
    SUBSCRIBE_COUPON_PERCENT = "subscribe_coupon_percent"

    __hash__ = str.__hash__  # an enum's own is a call of Python for every look into a mapping


_Key = TypeVar("_Key")

LANDED_PRICE_CHANGE: Final = 7_966_080
"""Market minute of 2026-02-23T00:00Z, when Keepa's NEW, USED, COLLECTIBLE and REFURBISHED series
changed from listing to landed price (Keepa changelog). A step there is not a price move."""


@dataclass(frozen=True, slots=True)
class Offer:
    """One seller's offer on the listing.

    Args:
        seller: Amazon's seller id.
        condition: None where the condition is outside new and used (refurbished, collectible,
            rental, unknown).
        condition_code: Keepa's condition code, kept for what ``condition`` does not name.
        channel: Who ships it.
        price: Item price over time, minor units.
        shipping: Shipping over the same minutes; NaN where unknown or unshippable, 0 where free.
        last_seen: Market minute at which Keepa last verified the offer.
        is_live: On the listing at the market's instant; None where Keepa did not say.
        stock: Units in stock, where collected.
        stock_history: The same over time; of live offers only.
        coupon_amount / coupon_percent: Coupons over time, as in ``SeriesKind``; of live offers
            only, and empty if there never was one.
    """

    offer_id: int
    seller: str
    condition: Condition | None
    condition_code: int
    channel: Channel
    price: StepSeries
    shipping: StepSeries
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
    stock_history: StepSeries = field(default_factory=StepSeries.empty)
    coupon_amount: StepSeries = field(default_factory=StepSeries.empty)
    coupon_percent: StepSeries = field(default_factory=StepSeries.empty)

    @property
    def landed_price(self) -> float:
        """The newest price plus known shipping, minor units; NaN if there is no price."""
        prices, shippings = self.price.values, self.shipping.values
        if not prices.size:
            return nan
        price = prices.item(-1)
        shipping = shippings.item(-1) if shippings.size else 0.0
        return price if isnan(shipping) else price + shipping


@dataclass(frozen=True, slots=True, eq=False)
class SellerHistory:
    """Who held the Buy Box over time.

    Args:
        minutes: int32 [n], strictly increasing.
        sellers: [n] seller ids; None while nobody held it or Keepa did not know.
    """

    minutes: NDArray[np.int32]
    sellers: tuple[str | None, ...]

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, SellerHistory):
            return NotImplemented
        return self.sellers == other.sellers and np.array_equal(self.minutes, other.minutes)

    __hash__ = None  # type: ignore[assignment]  # arrays have no stable hash

    def up_to(self, minute: int) -> SellerHistory:
        """The history as it was known at a minute."""
        end = int(np.searchsorted(self.minutes, minute, side="right"))
        return SellerHistory(self.minutes[:end], self.sellers[:end])


@dataclass(frozen=True, slots=True)
class KeepaFees:
    """What Keepa says about fees: shown beside ours and used as calibration, never silently.

    Args:
        fulfilment_cents: ``fbaFees.pickAndPackFee``; holds for its own date and price band.
        fulfilment_minute: When Keepa last updated it.
        referral_percent: ``referralFeePercentage`` at the current price.
        closing_cents: ``variableClosingFee``.
    """

    fulfilment_cents: int | None = None
    fulfilment_minute: int | None = None
    referral_percent: float | None = None
    closing_cents: int | None = None


@dataclass(frozen=True, slots=True)
class Market:
    """A product and everything that is known of its market at ``observed_minute``.

    Args:
        product: The listing.
        observed_minute: Market minute of Keepa's last update of the product.
        retrieved_minute: Market minute at which the answer was given; None for a bare object.
        history: Series by kind; a kind that was not collected is absent. Prices are landed.
        shipping: For the kinds that Keepa sends with shipping: shipping over the same minutes.
        category_ranks: Sales rank per category id, as far as sent.
        offers: Every offer that Keepa sent, past ones included; None if none were asked for.
        buy_box_sellers: Who held the New Buy Box; None if not collected.
        current: Values in force that came without history (from ``stats.current``).
        fees: Keepa's own fee figures.
        amazon_available: Amazon's own offer can be bought now; None where Keepa does not know.
        listing: Variations, the Used Buy Box and what else is known beside the series.
    """

    product: Product
    observed_minute: int
    retrieved_minute: int | None = None
    history: Mapping[SeriesKind, StepSeries] = field(default_factory=dict)
    shipping: Mapping[SeriesKind, StepSeries] = field(default_factory=dict)
    category_ranks: Mapping[int, StepSeries] = field(default_factory=dict)
    offers: Sequence[Offer] | None = None
    buy_box_sellers: SellerHistory | None = None
    current: Mapping[SeriesKind, float] = field(default_factory=dict)
    fees: KeepaFees = KeepaFees()
    amazon_available: bool | None = None
    listing: Listing = field(default_factory=Listing)

    def series(self, kind: SeriesKind | str) -> StepSeries:
        """The series of a kind; empty where it was not collected."""
        wanted = kind if isinstance(kind, SeriesKind) else SeriesKind(kind)
        found = self.history.get(wanted)
        return StepSeries.empty() if found is None else found

    def now(self, kind: SeriesKind | str) -> float:
        """The value in force at the market's instant; NaN where unknown."""
        wanted = kind if isinstance(kind, SeriesKind) else SeriesKind(kind)
        series = self.history.get(wanted)
        if series is not None:
            return series.value_at(self.observed_minute)
        return self.current.get(wanted, nan)

    @property
    def observed_at(self) -> datetime:
        """The instant that the market describes, aware UTC."""
        return to_datetime(self.observed_minute)

    def age_days(self, minute: int) -> float:
        """Days from Keepa's last update to a minute, or to the answer if that came later."""
        seen = max(minute, self.retrieved_minute or self.observed_minute)
        return (seen - self.observed_minute) / MINUTES_PER_DAY

    @property
    def live_offers(self) -> tuple[Offer, ...] | None:
        """The offers on the listing at the market's instant; None where that is not known."""
        offers = self.offers
        if isinstance(offers, LateOffers):
            return offers.live
        if offers is None or None in [offer.is_live for offer in offers]:
            return None
        return tuple(offer for offer in offers if offer.is_live)

    def as_of(self, moment: datetime | SupportsIndex) -> Market:
        """The market as it could be known at a past moment; never shows what came later.

        Series, offers and Buy Box holders are cut, and are absent if nothing of them was known yet.
        Facts that carry no history (Keepa's fee figures, which offers are live, values without
        history) are unknown in the past. Catalogue facts are taken as constant. A moment after the
        last observation gives the market itself.

        Args:
            moment: An aware moment or a market minute.
        """
        minute = to_minute(moment) if isinstance(moment, datetime) else int(moment)
        if minute >= self.observed_minute:
            return self
        return replace(
            self,
            observed_minute=minute,
            retrieved_minute=minute,
            history=_series_up_to(self.history, minute),
            shipping=_series_up_to(self.shipping, minute),
            category_ranks=_series_up_to(self.category_ranks, minute),
            offers=_offers_up_to(self.offers, minute),
            buy_box_sellers=_holders_up_to(self.buy_box_sellers, minute),
            current={},
            fees=_fees_up_to(self.fees, minute),
            amazon_available=None,
            listing=self.listing.up_to(minute),
        )


def _series_up_to(series: Mapping[_Key, StepSeries], minute: int) -> Mapping[_Key, StepSeries]:
    """The series that had begun by a minute, with their past only."""
    cut = ((key, one.up_to(minute)) for key, one in series.items())
    return {key: past for key, past in cut if len(past)}


def _holders_up_to(holders: SellerHistory | None, minute: int) -> SellerHistory | None:
    """The Buy Box holders known by a minute; None if there were none yet."""
    past = holders.up_to(minute) if holders is not None else None
    return past if past is not None and past.sellers else None


def _fees_up_to(fees: KeepaFees, minute: int) -> KeepaFees:
    """Keepa's fulfilment figure is dated; the others hold only at the current price."""
    if fees.fulfilment_minute is None or fees.fulfilment_minute > minute:
        return KeepaFees()
    return replace(fees, referral_percent=None, closing_cents=None)


def _offers_up_to(offers: Sequence[Offer] | None, minute: int) -> tuple[Offer, ...] | None:
    """The offers that had been seen by a minute, with their past only."""
    if offers is None:
        return None
    return tuple(
        replace(
            offer,
            price=offer.price.up_to(minute),
            shipping=offer.shipping.up_to(minute),
            last_seen=min(offer.last_seen, minute),
            is_live=None,
            stock=None,
            stock_history=offer.stock_history.up_to(minute),
            coupon_amount=offer.coupon_amount.up_to(minute),
            coupon_percent=offer.coupon_percent.up_to(minute),
        )
        for offer in offers
        if len(offer.price) and offer.price.minutes[0] <= minute
    )
