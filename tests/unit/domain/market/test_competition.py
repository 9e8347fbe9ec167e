"""Competition: who competes, our share, Amazon's part."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pytest
from scipy import stats

from arbitragevault.domain.catalog.marketplace import MARKETPLACES
from arbitragevault.domain.catalog.product import Channel, Condition
from arbitragevault.domain.market.abstention import Abstention
from arbitragevault.domain.market.clock import MINUTES_PER_DAY
from arbitragevault.domain.market.competition import (
    Competition,
    amazon_in_stock_share,
    buy_box_shares,
    count_now,
    study_competition,
)
from arbitragevault.domain.market.market import Market, Offer, SellerHistory, SeriesKind
from arbitragevault.domain.market.series import StepSeries
from arbitragevault.domain.market.share import Share
from arbitragevault.domain.market.share_model import ClassShare, ShareModel

MakeMarket = Callable[..., Market]
MakeSeries = Callable[..., StepSeries]
AMAZON = "ATVPDKIKX0DER"
DAY = MINUTES_PER_DAY


SPREADS = {"live_offers": 0.6, "buy_box": 0.7, "counts": 0.9}
MADE = ShareModel(
    new=ClassShare(reach=0.1, own_class=(0.0, 0.0, 0.0), counted=0.5, spread=SPREADS),
    used=ClassShare(reach=0.1, own_class=(0.0, -1.0, 0.5), counted=0.5, spread=SPREADS),
    fbm_weight=0.5,
    amazon_weight=3.0,
    name="made",
)


def study(
    market: Market, condition: Condition = Condition.NEW, channel: Channel = Channel.FBA
) -> Competition:
    return study_competition(market, condition, channel, 4000, MADE)


def mean_share(found: Competition) -> float:
    assert isinstance(found.share, Share)
    return found.share.mean


def offer(
    cents: float,
    condition: Condition | None = Condition.NEW,
    channel: Channel = Channel.FBA,
    **fields: object,
) -> Offer:
    known = {"is_live": True, **fields}
    return Offer(
        offer_id=1,
        seller="A",
        condition=condition,
        condition_code=1,
        channel=channel,
        price=StepSeries.from_unordered([1], [cents]),
        shipping=StepSeries.empty(),
        last_seen=1,
        **known,  # type: ignore[arg-type]
    )


def holders(market: Market, days_ago: Sequence[float], sellers: Sequence[str | None]) -> object:
    minutes = np.array([market.observed_minute - int(d * DAY) for d in days_ago], dtype=np.int32)
    return SellerHistory(minutes, tuple(sellers))


def test_live_offers_that_compete_share_by_channel(made_market: MakeMarket) -> None:
    live = (
        offer(4000),
        offer(3900, channel=Channel.FBM),
        offer(3000, Condition.GOOD),  # Used does not compete with New
        offer(100, None),
        offer(100, is_shippable=False),
        offer(100, is_amazon=True),
        offer(100, is_live=False),
    )
    found = study(made_market(offers=live))
    assert (found.basis, found.rivals, found.rival_weight) == ("live_offers", 2, 1.5)
    assert mean_share(found) == pytest.approx(1 / 2.5)
    assert found.offers["live"] == 6
    fbm = study(made_market(offers=live), channel=Channel.FBM)
    assert mean_share(fbm) == pytest.approx(0.5 / 2.0)


def test_a_dearer_offer_pulls_less(made_market: MakeMarket) -> None:
    def weight(cents: float) -> float:
        found = study(made_market(offers=(offer(cents),)))
        assert found.rival_weight is not None
        return found.rival_weight

    assert weight(3000) == weight(4000) == 1.0
    assert weight(4400) == pytest.approx(np.exp(-1))
    assert weight(4400) > weight(5000) > weight(10**6) > 0
    far = study(made_market(offers=(offer(4400), offer(8000))))
    assert far.rivals == 1


def test_a_used_unit_competes_with_its_grade_or_better_and_with_cheaper_new(
    made_market: MakeMarket,
) -> None:
    live = (
        offer(4000, Condition.LIKE_NEW),
        offer(4000, Condition.GOOD),
        offer(4000, Condition.ACCEPTABLE),
        offer(4000, Condition.NEW),
        offer(4001, Condition.NEW),
    )
    found = study(made_market(offers=live), Condition.GOOD)
    assert found.rivals == 3
    # New is on offer too, so part of the demand goes there, the less the cheaper Used is.
    part = 1 / (1 + np.exp(-(0.5 - np.log(0.5 / 0.95))))
    assert found.class_part == pytest.approx(part, rel=0.01)
    assert mean_share(found) == pytest.approx(part / 4, rel=0.01)
    assert MADE.used.class_part(float("nan"), None) == 0.5


def test_without_a_price_every_offer_of_the_condition_competes(made_market: MakeMarket) -> None:
    market = made_market(offers=(offer(10), offer(10**6), offer(float("nan"))))
    found = study_competition(market, Condition.NEW, Channel.FBA, float("nan"))
    assert found.rivals == 2


def test_buy_box_rotation_counts_sellers_by_their_part(made_market: MakeMarket) -> None:
    market = made_market()
    history = holders(market, (200, 60, 30, 15), ("A", "B", None, "A"))
    market = made_market(buy_box_sellers=history)
    shares = buy_box_shares(market)
    assert shares is not None
    # Days within the last 90: A 30 + 15, B 30, nobody 15.
    assert [(s.seller, round(s.share, 3)) for s in shares] == [("A", 0.6), ("B", 0.4)]
    found = study(market)
    assert found.basis == "buy_box"
    assert found.rivals == 2
    assert found.rival_weight == pytest.approx(1 / (0.6**2 + 0.4**2))
    assert found.amazon_buy_box_90 == 0
    assert study(market, Condition.GOOD).basis is None


def test_amazons_measured_part_is_taken_off(made_market: MakeMarket) -> None:
    market = made_market()
    market = made_market(buy_box_sellers=holders(market, (90, 30), (AMAZON, "B")))
    found = study(market)
    assert found.amazon_buy_box_90 == pytest.approx(2 / 3)
    assert mean_share(found) == pytest.approx((1 / 3) / 2)
    only = made_market(buy_box_sellers=holders(market, (90,), (AMAZON,)))
    assert study(only).basis == "counts"
    assert mean_share(study(only)) == pytest.approx(0.02 / 3)


def test_amazons_part_is_not_told_where_its_id_is_unknown(made_market: MakeMarket) -> None:
    market = made_market()
    history = holders(market, (90, 30), ("X", "B"))
    india = made_market(buy_box_sellers=history, product={"marketplace": MARKETPLACES["IN"]})
    assert study(india).amazon_buy_box_90 is None


@pytest.mark.parametrize(("days", "sellers"), [((), ()), ((50,), (None,))])
def test_a_buy_box_that_nobody_held_tells_nothing(
    made_market: MakeMarket, days: tuple[int, ...], sellers: tuple[None, ...]
) -> None:
    market = made_market()
    assert buy_box_shares(market) is None
    assert buy_box_shares(made_market(buy_box_sellers=holders(market, days, sellers))) is None


def test_counts_serve_where_nothing_better_is_known(
    made_market: MakeMarket, made_series: MakeSeries
) -> None:
    found = study(made_market())
    assert (found.basis, found.rivals, found.rival_weight) == ("counts", 4, 2.0)
    assert mean_share(found) == pytest.approx(1 / 3)
    by_channel = {
        SeriesKind.COUNT_NEW_FBA: made_series(10, lambda _: 2.0),
        SeriesKind.COUNT_NEW_FBM: made_series(10, lambda _: 8.0),
    }
    assert study(made_market(history=by_channel)).rivals == 2
    assert study(made_market(history=by_channel), channel=Channel.FBM).rivals == 8
    used = {SeriesKind.COUNT_USED: made_series(10, lambda _: 6.0)}
    assert study(made_market(history=used), Condition.GOOD).rivals == 6


def test_amazon_in_stock_weighs_as_a_heavy_rival_for_new_only(
    made_market: MakeMarket, made_series: MakeSeries
) -> None:
    amazon = {SeriesKind.AMAZON: made_series(10, lambda _: 3900.0)}
    assert mean_share(study(made_market(history=amazon))) == pytest.approx(1 / 6)
    used = {**amazon, SeriesKind.COUNT_USED: made_series(10, lambda _: 2.0)}
    assert mean_share(study(made_market(history=used), Condition.GOOD)) == pytest.approx(
        MADE.used.class_part(np.log(0.5 / 0.95), 283155) / 2, rel=0.01
    )


def test_without_offers_and_counts_it_abstains(made_market: MakeMarket) -> None:
    found = study(made_market(history={SeriesKind.COUNT_NEW: None}))
    assert isinstance(found.share, Abstention)
    assert (found.basis, found.rivals, found.rival_weight) == (None, None, None)


def test_no_offer_is_zero_and_no_word_is_none(
    made_market: MakeMarket, made_series: MakeSeries
) -> None:
    none_now = made_series(10, lambda t: np.where(t < 5, 3.0, np.nan))
    market = made_market(history={SeriesKind.COUNT_NEW: none_now})
    assert count_now(market, SeriesKind.COUNT_NEW) == 0
    assert count_now(market, SeriesKind.COUNT_USED) is None
    before = market.as_of(market.observed_minute - 300 * DAY)
    assert count_now(before, SeriesKind.COUNT_NEW) is None


def test_amazon_presence_stays_unknown_where_nothing_says(
    made_market: MakeMarket, made_series: MakeSeries
) -> None:
    silent = made_market(history={SeriesKind.AMAZON: None})
    assert study(silent).amazon_in_stock is None
    assert amazon_in_stock_share(silent) is None
    assert study(made_market()).amazon_in_stock is False
    assert amazon_in_stock_share(made_market()) == 0
    flagged = made_market(history={SeriesKind.AMAZON: None}, amazon_available=True)
    assert study(flagged).amazon_in_stock is True
    young = {SeriesKind.AMAZON: made_series(30, lambda t: np.where(t < 15, 900.0, np.nan))}
    assert amazon_in_stock_share(made_market(history=young)) == pytest.approx(0.5)
    just_now = StepSeries.from_unordered([made_market().observed_minute], [900.0])
    assert amazon_in_stock_share(made_market(history={SeriesKind.AMAZON: just_now})) is None
    assert study(made_market(history={SeriesKind.AMAZON: just_now})).amazon_in_stock is True


def test_share_quantiles_are_those_of_the_beta_distribution() -> None:
    share = Share(0.3, 0.5)
    total = 0.7 / (0.3 * 0.25) - 1
    beta = stats.beta(0.3 * total, 0.7 * total)
    assert beta.std() / beta.mean() == pytest.approx(0.5)
    for level in (0.1, 0.5, 0.9):
        assert share.quantile(level) == pytest.approx(beta.ppf(level))
    assert Share(1.0, 0.0).quantile(0.1) == 1.0


def test_the_only_offer_sells_everything(made_market: MakeMarket) -> None:
    assert study(made_market(offers=())).share == Share(1.0, 0.0)
