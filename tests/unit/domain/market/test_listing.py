"""What is known of a listing, and what of it could be known in the past."""

from __future__ import annotations

import numpy as np

from arbitragevault.domain.catalog.marketplace import US
from arbitragevault.domain.catalog.product import Channel, Condition, Product
from arbitragevault.domain.market.listing import (
    EligibleOffers,
    Listing,
    RankCategoryHistory,
    UsedBoxHistory,
    Variation,
)
from arbitragevault.domain.market.market import Market, Offer
from arbitragevault.domain.market.series import StepSeries

MINUTES = np.array([10, 20], np.int32)
USED = UsedBoxHistory(
    MINUTES, ("A", None), (Condition.GOOD, None), (Channel.FBA, None)
)  # fmt: skip
RANKS = RankCategoryHistory(MINUTES, (283155, None))
LISTING = Listing(USED, RANKS, EligibleOffers(1), (Variation("B000000001"),), ("B000000002",))


def test_histories_are_equal_by_what_they_hold() -> None:
    assert UsedBoxHistory(MINUTES.copy(), USED.sellers, USED.conditions, USED.channels) == USED
    assert UsedBoxHistory(MINUTES, ("B", None), USED.conditions, USED.channels) != USED
    assert USED != 5
    assert RankCategoryHistory(MINUTES.copy(), (283155, None)) == RANKS
    assert RankCategoryHistory() != RANKS
    assert RANKS != 5
    assert UsedBoxHistory() == UsedBoxHistory()


def test_the_past_knows_nothing_of_what_came_later() -> None:
    past = LISTING.up_to(15)
    assert past.used_buy_box == UsedBoxHistory(
        MINUTES[:1], ("A",), (Condition.GOOD,), (Channel.FBA,)
    )
    assert past.rank_categories == RankCategoryHistory(MINUTES[:1], (283155,))
    assert past.eligible_offers is None
    assert (past.variations, past.past_variations) == (LISTING.variations, LISTING.past_variations)


def test_histories_that_had_not_begun_are_unknown() -> None:
    past = LISTING.up_to(5)
    assert (past.used_buy_box, past.rank_categories) == (None, None)
    assert Listing().up_to(5) == Listing()


def test_a_market_of_the_past_cuts_its_listing_and_the_histories_of_its_offers() -> None:
    series = StepSeries(MINUTES, np.array([1.0, 2.0]))
    offer = Offer(
        1, "A", None, 1, Channel.FBA, series, series, 20, True,
        stock=2, stock_history=series, coupon_amount=series, coupon_percent=series,
    )  # fmt: skip
    market = Market(Product(US, "B000000001"), 30, offers=(offer,), listing=LISTING)
    past = market.as_of(15)
    assert past.listing == LISTING.up_to(15)
    (cut,) = past.offers or ()
    assert cut.stock is None
    for one in (cut.stock_history, cut.coupon_amount, cut.coupon_percent):
        assert one.values.tolist() == [1.0]
