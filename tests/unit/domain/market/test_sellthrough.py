"""Sell-through: closed forms against simulation and against each other."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from arbitragevault.domain.market.demand import Demand
from arbitragevault.domain.market.sellthrough import (
    LONGEST_DAYS,
    SellThrough,
    days_until_sold,
    probability_sold,
    sell_through,
    share_sold,
)
from arbitragevault.domain.market.share import Share


def made_demand(per_day: float, cv: float) -> Demand:
    return Demand(
        mean_per_day=per_day,
        cv=cv,
        events=1,
        exposed_days=1,
        drops_per_month=None,
        curve_per_month=None,
        rank_level=None,
        monthly_sold=None,
        trust_in_drops=1,
        shared_by=1,
    )


def test_it_agrees_with_a_simulation_of_rate_share_and_sales() -> None:
    random = np.random.default_rng(3)
    share = Share(0.25, 0.5)
    sales = sell_through(made_demand(0.6, 0.4), share, 3)
    total = (1 - share.mean) / (share.mean * share.cv**2) - 1
    rates = random.gamma(0.4**-2, 0.6 * 0.4**2, 200_000)
    shares = random.beta(share.mean * total, (1 - share.mean) * total, 200_000)
    for days in (10, 30, 90):
        sold = random.poisson(rates * shares * days)
        assert sales.probability(days) == pytest.approx((sold >= 3).mean(), abs=0.02)
        assert sales.sold_share(days) == pytest.approx(np.minimum(sold, 3).mean() / 3, abs=0.02)


def test_it_is_negative_binomial() -> None:
    sales = SellThrough(mean_per_day=0.2, shape=1.7, quantity=4)
    known = stats.nbinom(1.7, 1.7 / (1.7 + 0.2 * 50))
    assert sales.probability(50) == pytest.approx(known.sf(3))
    assert sales.probability(50, 1) == pytest.approx(known.sf(0))


def test_days_invert_the_probability() -> None:
    sales = SellThrough(mean_per_day=0.2, shape=1.7, quantity=4)
    for level in (0.1, 0.5, 0.9):
        assert sales.probability(sales.days(level)) == pytest.approx(level)


def test_what_hardly_sells_takes_the_longest_time_that_is_told() -> None:
    assert SellThrough(1e-9, 0.05, 10).days(0.9) == LONGEST_DAYS
    assert SellThrough(1e-3, 1e-3, 1).days(0.999999) == LONGEST_DAYS


def test_the_share_of_a_large_quantity_is_spread_evenly() -> None:
    many = SellThrough(mean_per_day=5.0, shape=50.0, quantity=1000)
    exact = stats.nbinom(50.0, 50.0 / (50.0 + 5.0 * 90))
    counts = np.arange(1, 1001)
    assert many.sold_share(90) == pytest.approx(exact.sf(counts - 1).mean(), abs=0.005)


@given(
    rate=st.floats(0.001, 50),
    shape=st.floats(0.1, 100),
    quantity=st.integers(1, 300),
    days=st.floats(1, 300),
)
def test_more_time_helps_and_more_units_take_longer(
    rate: float, shape: float, quantity: int, days: float
) -> None:
    sales = SellThrough(rate, shape, quantity)
    more = SellThrough(rate, shape, quantity + 1)
    assert 0 <= sales.probability(days) <= sales.probability(2 * days) <= 1
    assert more.probability(days) <= sales.probability(days) + 1e-12
    assert sales.days(0.5) <= sales.days(0.9)
    assert more.days(0.5) >= sales.days(0.5) - 1e-6
    assert 0 <= sales.sold_share(days) <= 1


@given(
    st.floats(1e-6, 50),
    st.floats(0.05, 200),
    st.integers(1, 40),
    st.floats(0.01, 0.99),
    st.integers(1, 400),
)
def test_one_process_is_reckoned_as_many_are(
    mean: float, shape: float, units: int, level: float, days: int
) -> None:
    sales = SellThrough(mean, shape, units)
    many = np.array([mean]), np.array([shape]), np.array([units])
    assert sales.probability(days) == pytest.approx(
        float(np.asarray(probability_sold(*many, days))[0])
    )
    assert sales.days(level) == pytest.approx(float(np.asarray(days_until_sold(*many, level))[0]))
    assert sales.sold_share(days) == pytest.approx(float(np.asarray(share_sold(*many, days))[0]))


def test_what_never_sells_takes_the_longest() -> None:
    assert SellThrough(0.0, 2.0, 1).days(0.5) == LONGEST_DAYS
