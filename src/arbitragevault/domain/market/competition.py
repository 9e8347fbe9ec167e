"""Competition: who shares the sales with us, and how much is left for us.

Our share is our weight over the weight of everyone who really competes, plus Amazon's part where it
sells, times the part of the sales that is of our class (New or Used) where both are on offer. Who
competes is taken from the best source at hand: live offers, a dearer one pulling less; else the
rotation of the Buy Box over 90 days (for New); else the offer count. The share is a Beta
distribution. Weights and spreads were learned from units that were put on the shelf of the
simulated marketplace (``docs/explanation/demand.md``).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import isnan, log
from typing import Final

from arbitragevault.domain.catalog.product import Channel, Condition
from arbitragevault.domain.market.abstention import Abstention
from arbitragevault.domain.market.clock import MINUTES_PER_DAY
from arbitragevault.domain.market.market import Market, Offer, SeriesKind
from arbitragevault.domain.market.reference import grades_from
from arbitragevault.domain.market.share import Share, ShareSigns, excess_over, share_of
from arbitragevault.domain.market.share_model import SHARE_MODEL, ShareModel

LOOK_BACK_DAYS: Final = 90
AMAZON_SELLERS: Final = {
    "US": "ATVPDKIKX0DER",
    "GB": "A3P5ROKL5A1OLE",
    "DE": "A3JWKAKR8XB7XF",
    "FR": "A1X6FK5RDHNB96",
    "JP": "AN1VRQENFRJN5",
    "CA": "A3DWYIK6Y9EEQB",
    "IT": "A11IL2PNWYJU7H",
    "ES": "A1AT7YVPFBWXBL",
    "MX": "AVDBXBAVVSXLQ",
    "BR": "A1ZZFT5FULY4LN",
}
"""Amazon's own seller ids by marketplace, as Keepa's browser extension lists them; India is missing
there, so Amazon's part is not told for it."""


@dataclass(frozen=True, slots=True)
class SellerShare:
    """One seller's part of the time that somebody held the Buy Box.

    Args:
        seller: Amazon's seller id.
        share: Part (0-1) over the last 90 days.
        is_amazon: The seller is Amazon itself.
    """

    seller: str
    share: float
    is_amazon: bool


@dataclass(frozen=True, slots=True)
class Competition:
    """Who competes, and our share.

    Args:
        share: Our part of the sales, or why it cannot be told.
        basis: ``live_offers``, ``buy_box`` or ``counts``; None without a share.
        rivals: Offers that compete (live offers), sellers that rotate (Buy Box) or offers counted;
            None without a share.
        rival_weight: Their weight beside ours; None without a share.
        own_weight: Our weight.
        class_part: Part (0-1) of the sales that is of our class, New or Used; None without a share.
        amazon_in_stock: Amazon's own offer can be bought now; None where that is not known.
        amazon_in_stock_90: Part (0-1) of the last 90 days in which it could; None where unknown.
        amazon_buy_box_90: Amazon's part of the Buy Box over 90 days; None where unknown.
        buy_box_shares: Sellers by their part of the Buy Box, largest first; None where unknown.
        offers: Counted offers now by name (``new``, ``used``, ``fba``, ``live``); None if unknown.
    """

    share: Share | Abstention
    basis: str | None
    rivals: int | None
    rival_weight: float | None
    own_weight: float
    class_part: float | None
    amazon_in_stock: bool | None
    amazon_in_stock_90: float | None
    amazon_buy_box_90: float | None
    buy_box_shares: tuple[SellerShare, ...] | None
    offers: dict[str, int | None]


def study_competition(
    market: Market,
    condition: Condition,
    channel: Channel,
    price_cents: float,
    model: ShareModel = SHARE_MODEL,
) -> Competition:
    """Tell who competes with a unit of this condition and channel at a price.

    Args:
        market: The market as known at the moment of decision.
        condition: Condition of our unit.
        channel: Who will ship it.
        price_cents: The price at which we would sell; NaN keeps every offer of the condition.
        model: The learned weights; other ones are passed while learning.
    """
    shares = None if condition.is_used else buy_box_shares(market)
    signs = share_signs(market, condition, channel, price_cents, shares)
    found = None if signs is None else share_of(signs, model)
    live = market.live_offers
    return Competition(
        share=Abstention("no_competition_data", "Neither offers nor their number are known.")
        if found is None
        else found.share,
        basis=None if signs is None else signs.basis,
        rivals=None if found is None else found.rivals,
        rival_weight=None if found is None else found.rival_weight,
        own_weight=model.channel_weight(channel),
        class_part=None if found is None else found.class_part,
        amazon_in_stock=amazon_in_stock_now(market),
        amazon_in_stock_90=amazon_in_stock_share(market),
        amazon_buy_box_90=_amazon_part(market, shares),
        buy_box_shares=shares,
        offers={
            "new": count_now(market, SeriesKind.COUNT_NEW),
            "used": count_now(market, SeriesKind.COUNT_USED),
            "fba": count_now(market, SeriesKind.COUNT_NEW_FBA),
            "live": None if live is None else len(live),
        },
    )


def share_signs(
    market: Market,
    condition: Condition,
    channel: Channel,
    price_cents: float,
    shares: tuple[SellerShare, ...] | None,
) -> ShareSigns | None:
    """Read what speaks of our share from the best source at hand; None where there is none.

    Args:
        market: The market as known at the moment of decision.
        condition: Condition of our unit.
        channel: Who will ship it.
        price_cents: The price at which we would sell; NaN keeps every offer of the condition.
        shares: As ``buy_box_shares`` tells for New; None for Used.
    """
    live, counted = market.live_offers, _count(market, condition, channel)
    offers: tuple[tuple[Channel, float], ...] = ()
    rotation = (0, 0.0)
    if live is not None:
        basis = "live_offers"
        offers = tuple(_competing(live, condition, price_cents))
    elif shares is not None and any(not s.is_amazon for s in shares):
        basis, rotation = "buy_box", _rotation(shares)
    elif counted is not None:
        basis = "counts"
    else:
        return None
    root = market.product.root_category
    return ShareSigns(
        is_used=condition.is_used,
        channel=channel,
        basis=basis,
        offers=offers,
        rotation=rotation,
        counted=counted or 0,
        by_amazon=_amazon_part(market, shares),
        amazon_sells=bool(amazon_in_stock_now(market)) and not condition.is_used,
        both_classes=_other_class_on_offer(market, condition),
        price_gap=_price_gap(market),
        root=None if root is None else root.id,
    )


def amazon_in_stock_share(market: Market) -> float | None:
    """The part (0-1) of the last 90 days in which Amazon itself had the product; None if unknown.

    A series that begins later counts as known from its first point on only.
    """
    series = market.series(SeriesKind.AMAZON)
    if not len(series):
        return None
    now = market.observed_minute
    start = max(now - LOOK_BACK_DAYS * MINUTES_PER_DAY, int(series.minutes[0]))
    if start >= now:
        return None
    return 1.0 - series.share_unknown(start, now)


def buy_box_shares(market: Market) -> tuple[SellerShare, ...] | None:
    """Each seller's part of the held Buy Box over the last 90 days, largest first.

    None where the history was not collected or nobody held it.
    """
    history = market.buy_box_sellers
    if history is None or not len(history.sellers):
        return None
    now = market.observed_minute
    start = now - LOOK_BACK_DAYS * MINUTES_PER_DAY
    first = max(0, bisect_right(history.minutes.data, start) - 1)
    begins = history.minutes[first:].tolist()
    held: dict[str, int] = {}
    for seller, begin, end in zip(history.sellers[first:], begins, [*begins[1:], now], strict=True):
        lasting = end - max(begin, start)
        if seller is not None and lasting > 0:
            held[seller] = held.get(seller, 0) + lasting
    total = sum(held.values())
    if not total:
        return None
    amazon = AMAZON_SELLERS.get(market.product.marketplace.code)
    ranked = sorted(held.items(), key=lambda item: (-item[1], item[0]))
    return tuple(
        SellerShare(seller, minutes / total, seller == amazon) for seller, minutes in ranked
    )


def count_now(market: Market, kind: SeriesKind) -> int | None:
    """An offer count now; 0 where Keepa says that there is none, None where it says nothing."""
    value = market.now(kind)
    if not isnan(value):
        return int(value)
    series = market.series(kind)
    began = len(series) > 0 and int(series.minutes[0]) <= market.observed_minute
    return 0 if began else None


def _amazon_part(market: Market, shares: tuple[SellerShare, ...] | None) -> float | None:
    """Amazon's part of the Buy Box; None where holders or Amazon's seller id are not known."""
    if shares is None or market.product.marketplace.code not in AMAZON_SELLERS:
        return None
    return sum(one.share for one in shares if one.is_amazon)


def amazon_in_stock_now(market: Market) -> bool | None:
    """Amazon's own offer can be bought now; None where neither flag nor series says."""
    if market.amazon_available is not None:
        return market.amazon_available
    if not isnan(market.now(SeriesKind.AMAZON)):
        return True
    return False if len(market.series(SeriesKind.AMAZON)) else None


def _competing(
    live: Sequence[Offer], condition: Condition, price_cents: float
) -> Iterator[tuple[Channel, float]]:
    """The live offers that take sales from ours, and by which part each is dearer.

    They are of the same condition or better, or New and not dearer.
    """
    alike = grades_from(condition)
    for offer in live:
        is_alike = offer.condition in alike
        if offer.is_amazon or not offer.is_shippable:
            continue
        if is_alike or offer.condition is Condition.NEW:
            landed = offer.landed_price
            if (is_alike and not isnan(landed)) or landed <= price_cents:
                yield offer.channel, excess_over(landed, price_cents)


def _rotation(shares: tuple[SellerShare, ...]) -> tuple[int, float]:
    """How many other sellers rotate: their number, and the inverse of the sum of squared shares."""
    others = [one.share for one in shares if not one.is_amazon]
    return len(others), sum(others) ** 2 / sum(share * share for share in others)


def _count(market: Market, condition: Condition, channel: Channel) -> int | None:
    """Offers of the condition now, of the channel where Keepa counts it."""
    if condition.is_used:
        return count_now(market, SeriesKind.COUNT_USED)
    own = SeriesKind.COUNT_NEW_FBA if channel is Channel.FBA else SeriesKind.COUNT_NEW_FBM
    counted = count_now(market, own)
    return count_now(market, SeriesKind.COUNT_NEW) if counted is None else counted


def _other_class_on_offer(market: Market, condition: Condition) -> bool:
    """Units of the other class, Used for a New unit and the other way round, are on offer."""
    return bool(
        count_now(market, SeriesKind.COUNT_NEW if condition.is_used else SeriesKind.COUNT_USED)
    )


def _price_gap(market: Market) -> float:
    """Natural log of the lowest Used over the lowest New price; NaN where one is not known."""
    used, new = market.now(SeriesKind.USED), market.now(SeriesKind.NEW)
    return log(used / new) if used > 0 and new > 0 else float("nan")
