"""Trials of the sandbox: the true rate, and units of an outsider on the shelf."""

from __future__ import annotations

import numpy as np
import pytest

from arbitragevault.adapters.keepa.wire import decode_keepa
from arbitragevault.bootstrap import sandbox_trials
from arbitragevault.sandbox.catalogue import MINUTES_PER_DAY
from arbitragevault.sandbox.marketplace import Marketplace
from arbitragevault.sandbox.sellers import Guest
from arbitragevault.sandbox.trials import RATE_DAYS, tried_products

SEED = 5
LAST = 5_750 * MINUTES_PER_DAY


@pytest.fixture(scope="module")
def marketplace() -> Marketplace:
    return Marketplace(SEED, 40)


def living(marketplace: Marketplace, count: int) -> list[str]:
    known = (a for a in marketplace.asins if marketplace.truth(a, LAST) is not None)
    return [asin for asin, _ in zip(known, range(count), strict=False)]


def test_sales_scatter_around_the_expected_rate(marketplace: Marketplace) -> None:
    ratios = []
    for asin in living(marketplace, 25):
        truth = marketplace.truth(asin, LAST)
        assert truth is not None
        assert truth.expected.shape == (truth.demand.size, 2)
        assert (truth.expected >= 0).all()
        sold = truth.sales.minute.size
        if sold > 200:
            ratios.append(sold * truth.sales.units / truth.expected.sum())
    assert len(ratios) > 5
    assert float(np.median(ratios)) == pytest.approx(1.0, abs=0.05)
    assert all(0.75 < ratio < 1.3 for ratio in ratios)


def test_units_of_a_guest_sell_after_it_comes_and_always_the_same(marketplace: Marketplace) -> None:
    arrive = LAST - 120 * MINUTES_PER_DAY
    sold = {}
    for asin in living(marketplace, 12):
        guest = Guest(arrive, LAST, condition=1, is_fba=True, units=3)
        sold[asin] = marketplace.guest_sales(asin, guest, LAST)
        assert sold[asin].size <= 3
        assert (sold[asin] > arrive).all()
        again = marketplace.guest_sales(asin, guest, LAST)
        assert again.tolist() == sold[asin].tolist()
    assert any(minutes.size for minutes in sold.values())
    assert marketplace.guest_sales("0000000000", guest, LAST).size == 0


def test_trials_are_read_from_the_wire_and_never_from_the_future() -> None:
    product = next(one for one in tried_products(SEED, range(8)) if one.trials)
    trial = product.trials[0]
    (market,) = decode_keepa(trial.answer)
    (plain,) = decode_keepa(trial.plain)
    (whole,) = decode_keepa(product.history)
    assert market.product.asin == product.asin == whole.product.asin
    assert market.observed_minute <= trial.minute < whole.observed_minute
    assert market.live_offers is not None
    assert plain.offers is None
    assert set(trial.sold) == {"new", "used"}
    market_alone = Marketplace(SEED, 8)
    truth = market_alone.truth(product.asin, trial.minute + RATE_DAYS * MINUTES_PER_DAY)
    assert truth is not None
    day = trial.minute // MINUTES_PER_DAY - truth.first_day
    expected = truth.expected[day : day + RATE_DAYS].sum(axis=1).mean()
    assert trial.units_per_day == pytest.approx(expected, rel=1e-6)


def test_the_program_reads_trials_as_markets() -> None:
    whole, trials = next(sandbox_trials(SEED, range(4)))
    assert {one.market.product.asin for one in trials} <= {whole.product.asin}
    assert all(one.units_per_month >= 0 for one in trials)
