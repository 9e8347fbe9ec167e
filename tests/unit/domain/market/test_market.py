"""Markets: what is known now, and what could be known in the past."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import SupportsIndex, TypeVar

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from arbitragevault.domain.catalog.marketplace import US
from arbitragevault.domain.catalog.product import Channel, Condition, Product
from arbitragevault.domain.market.clock import to_datetime, to_minute
from arbitragevault.domain.market.market import (
    LANDED_PRICE_CHANGE,
    KeepaFees,
    Market,
    Offer,
    SellerHistory,
    SeriesKind,
)
from arbitragevault.domain.market.series import StepSeries

_Key = TypeVar("_Key")

NOW = 1_000
BOOK = Product(US, "0593655036")


def series(*points: tuple[int, float]) -> StepSeries:
    return StepSeries.from_unordered([at for at, _ in points], [value for _, value in points])


def offer(number: int, price: StepSeries, **changes: object) -> Offer:
    made = Offer(
        offer_id=number,
        seller=f"SELLER{number}",
        condition=Condition.NEW,
        condition_code=1,
        channel=Channel.FBA,
        price=price,
        shipping=StepSeries(price.minutes, np.zeros(len(price))),
        last_seen=NOW,
        is_live=True,
        stock=3,
    )
    return replace(made, **changes)  # type: ignore[arg-type]  # any field, checked at run time


def market(**changes: object) -> Market:
    made = Market(
        product=BOOK,
        observed_minute=NOW,
        retrieved_minute=NOW + 5,
        history={SeriesKind.NEW: series((100, 10.0), (500, 20.0), (900, 30.0))},
        shipping={SeriesKind.BUY_BOX: series((100, 0.0), (900, 4.0))},
        category_ranks={283155: series((200, 5.0), (800, 6.0))},
        offers=(offer(1, series((100, 10.0), (900, 30.0))), offer(2, series((700, 20.0)))),
        buy_box_sellers=SellerHistory(np.array([100, 600], np.int32), ("A", None)),
        current={SeriesKind.LIST_PRICE: 50.0},
        fees=KeepaFees(300, 400, 15.0, 180),
        amazon_available=False,
    )
    return replace(made, **changes)  # type: ignore[arg-type]  # any field, checked at run time


class TestNow:
    def test_series_and_values_in_force(self) -> None:
        here = market()
        assert here.series("new").values.tolist() == [10, 20, 30]
        assert here.now(SeriesKind.NEW) == 30
        assert here.now("list_price") == 50
        assert math.isnan(here.now("used"))
        assert len(here.series("used")) == 0
        with pytest.raises(ValueError, match="not a valid SeriesKind"):
            here.series("nonsense")

    def test_a_point_after_the_observation_is_not_now(self) -> None:
        ahead = market(history={SeriesKind.LIGHTNING_DEAL: series((100, 9.0), (2_000, 1.0))})
        assert ahead.now(SeriesKind.LIGHTNING_DEAL) == 9

    def test_the_instant(self) -> None:
        assert market().observed_at == to_datetime(NOW)

    def test_live_offers(self) -> None:
        gone = offer(3, series((1, 1.0)), is_live=False)
        here = market()
        assert here.offers is not None
        mixed = market(offers=(*here.offers, gone))
        assert mixed.live_offers == tuple(here.offers)
        assert market(offers=()).live_offers == ()

    def test_live_offers_are_unknown_rather_than_none(self) -> None:
        assert market(offers=None).live_offers is None
        assert market(offers=(offer(1, series((1, 1.0)), is_live=None),)).live_offers is None

    @pytest.mark.parametrize(("shipping", "landed"), [(4.0, 24.0), (0.0, 20.0), (math.nan, 20.0)])
    def test_unknown_shipping_is_never_added(self, shipping: float, landed: float) -> None:
        price = series((1, 10.0), (2, 20.0))
        assert offer(1, price, shipping=series((1, 9.0), (2, shipping))).landed_price == landed
        assert offer(1, price, shipping=StepSeries.empty()).landed_price == 20
        assert math.isnan(offer(1, StepSeries.empty()).landed_price)

    def test_the_landed_price_change(self) -> None:
        assert to_minute(datetime(2026, 2, 23, tzinfo=UTC)) == LANDED_PRICE_CHANGE

    def test_buy_box_histories_compare_by_value(self) -> None:
        one = SellerHistory(np.array([1], np.int32), ("A",))
        assert one == SellerHistory(np.array([1], np.int32), ("A",))
        assert one != SellerHistory(np.array([1], np.int32), (None,))
        assert one != "A"
        with pytest.raises(TypeError, match="unhashable"):
            hash(one)


class TestThePast:
    def test_everything_dated_is_cut(self) -> None:
        past = market().as_of(650)
        assert past.observed_minute == past.retrieved_minute == 650
        assert past.now("new") == 20
        assert past.history == {SeriesKind.NEW: series((100, 10.0), (500, 20.0))}
        assert past.shipping == {SeriesKind.BUY_BOX: series((100, 0.0))}
        assert past.category_ranks == {283155: series((200, 5.0))}
        assert past.buy_box_sellers == SellerHistory(np.array([100, 600], np.int32), ("A", None))
        assert past.offers is not None
        assert [one.offer_id for one in past.offers] == [1]
        assert past.offers[0].price == series((100, 10.0))
        assert past.offers[0].last_seen == 650
        assert past.offers[0].stock is None
        assert past.live_offers is None

    def test_what_carries_no_history_is_unknown(self) -> None:
        past = market().as_of(NOW - 1)
        assert past.current == {}
        assert past.amazon_available is None
        assert past.fees == KeepaFees(fulfilment_cents=300, fulfilment_minute=400)
        assert market().as_of(399).fees == KeepaFees()
        assert market(fees=KeepaFees(300)).as_of(NOW - 1).fees == KeepaFees()

    def test_what_had_not_begun_is_absent(self) -> None:
        past = market().as_of(50)
        assert not any((past.history, past.shipping, past.category_ranks))
        assert past.buy_box_sellers is None
        assert past.offers == ()
        bare = market(offers=None, buy_box_sellers=None).as_of(50)
        assert bare.offers is None
        assert bare.buy_box_sellers is None

    def test_catalogue_facts_stay(self) -> None:
        assert market().as_of(50).product is BOOK

    @pytest.mark.parametrize("minute", [NOW, NOW + 1, np.int64(NOW)])
    def test_at_or_after_the_last_observation_it_is_itself(self, minute: SupportsIndex) -> None:
        here = market()
        assert here.as_of(minute) is here

    def test_moments_and_minutes_are_the_same(self) -> None:
        assert market().as_of(to_datetime(650)) == market().as_of(650)
        assert market().as_of(np.int64(650)) == market().as_of(650)

    @given(st.integers(0, NOW), st.integers(0, NOW))
    def test_looking_back_twice_is_looking_back_to_the_earlier(self, one: int, two: int) -> None:
        earlier, later = sorted((one, two))
        past = market().as_of(NOW - 1)
        assert past.as_of(later).as_of(earlier) == past.as_of(earlier)

    @given(st.integers(0, NOW - 1), st.integers(0, 3), st.floats(0, 1e6))
    def test_altering_the_future_changes_nothing(
        self, minute: int, shift: int, price: float
    ) -> None:
        """Everything dated after a minute may be different; the past cannot tell."""
        here = market()
        after = series((minute + 1 + shift, price), (minute + 900, price))
        altered = replace(
            here,
            observed_minute=NOW + shift,
            retrieved_minute=None,
            history={**_altered(here.history, minute, after), SeriesKind.USED: after},
            shipping={**_altered(here.shipping, minute, after), SeriesKind.USED: after},
            category_ranks={**_altered(here.category_ranks, minute, after), 1: after},
            offers=(
                *(
                    replace(
                        one,
                        price=_spliced(one.price, minute, after),
                        shipping=_spliced(one.shipping, minute, after),
                        last_seen=max(one.last_seen, minute + 1) + shift,
                        is_live=False,
                        stock=7,
                    )
                    for one in here.offers or ()
                ),
                offer(9, after),
            ),
            buy_box_sellers=SellerHistory(
                np.array([*here_holders(here, minute), minute + 1], np.int32),
                (*("A", None)[: len(here_holders(here, minute))], "B"),
            ),
            current={SeriesKind.USED: price},
            amazon_available=True,
            fees=replace(here.fees, referral_percent=price) if minute >= 400 else KeepaFees(1, 999),
        )
        assert altered.as_of(minute) == here.as_of(minute)


def here_holders(here: Market, minute: int) -> list[int]:
    assert here.buy_box_sellers is not None
    return [int(at) for at in here.buy_box_sellers.minutes if at <= minute]


def _spliced(own: StepSeries, minute: int, after: StepSeries) -> StepSeries:
    past = own.up_to(minute)
    return StepSeries(
        np.concatenate([past.minutes, after.minutes]), np.concatenate([past.values, after.values])
    )


def _altered(
    every: Mapping[_Key, StepSeries], minute: int, after: StepSeries
) -> dict[_Key, StepSeries]:
    return {key: _spliced(one, minute, after) for key, one in every.items()}
