"""Scores against values worked out by hand, and what must hold for every forecast."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from arbitragevault.domain.evidence.scoring import (
    NOMINAL,
    at_levels,
    auc,
    below,
    brier,
    pinball,
    reliability,
    standard_error,
    thirds,
)
from arbitragevault.domain.market.resale_prior import LEVELS


def forecasts(rows: int = 1) -> NDArray[np.float64]:
    """Evenly spread prices: the quantile at level q is 1000 (1 + q)."""
    return np.tile(1000.0 * (1.0 + LEVELS), (rows, 1))


def test_quantiles_at_other_levels_are_interpolated() -> None:
    assert at_levels(forecasts(), np.array([0.25, 0.5]))[0] == pytest.approx([1250, 1500])
    beyond = at_levels(forecasts(), np.array([0.0, 1.0]))[0]
    assert beyond == pytest.approx([1000 * (1 + LEVELS[0]), 1000 * (1 + LEVELS[-1])])


def test_a_tie_counts_half() -> None:
    flat = np.full((3, LEVELS.size), 1000.0)
    found = below(flat, np.array([900.0, 1000.2, 1100.0]))
    assert found.shape == (3, NOMINAL.size)
    assert [set(row) for row in found] == [{1.0}, {0.5}, {0.0}]


@given(st.integers(0, 2**32 - 1))
def test_outcomes_of_the_forecast_itself_are_covered(seed: int) -> None:
    random = np.random.default_rng(seed)
    outcomes = 1000.0 * (1.0 + random.uniform(size=4000))
    covered = below(forecasts(4000), outcomes).mean(axis=0)
    assert np.abs(covered - NOMINAL).max() < 0.05


def test_pinball_is_least_for_the_truth() -> None:
    outcomes = 1000.0 * (1.0 + (np.arange(400) + 0.5) / 400)
    right = pinball(forecasts(400), outcomes).mean()
    for wrong in (forecasts(400) * 1.1, forecasts(400) * 0.9, np.full((400, LEVELS.size), 1500.0)):
        assert pinball(wrong, outcomes).mean() > right


def test_pinball_by_hand() -> None:
    sure = np.full((1, LEVELS.size), 1000.0)
    assert pinball(sure, np.array([1000.0]))[0] == 0
    assert pinball(sure, np.array([1000.0 * np.e]))[0] == pytest.approx(0.5)
    assert pinball(sure, np.array([1000.0 / np.e]))[0] == pytest.approx(0.5)


def test_brier_and_ranking_by_hand() -> None:
    happened = np.array([True, False, False])
    assert brier(np.array([1.0, 0.0, 0.5]), happened) == pytest.approx(0.25 / 3)
    assert auc(np.array([0.9, 0.1, 0.2]), happened) == 1
    assert auc(np.array([0.1, 0.2, 0.1]), happened) == 0.25
    assert np.isnan(auc(np.array([0.1]), np.array([True])))
    assert np.isnan(auc(np.array([0.1]), np.array([False])))
    assert np.isnan(brier(np.empty(0), np.empty(0, dtype=bool)))


def test_reliability_leaves_empty_bins_out() -> None:
    found = reliability(np.array([0.05, 0.06, 1.0]), np.array([False, True, True]))
    assert found == [
        {"forecast": pytest.approx(0.055), "observed": 0.5, "windows": 2},
        {"forecast": 1.0, "observed": 1.0, "windows": 1},
    ]


def test_thirds_keep_equal_values_together() -> None:
    found = thirds(np.array([1.0, 1.0, 1.0, 2.0, 3.0, 4.0, np.nan]))
    assert found.tolist() == [0, 0, 0, 1, 2, 2, -1]
    assert thirds(np.array([np.nan])).tolist() == [-1]


def test_windows_of_one_product_are_one_draw() -> None:
    products = np.repeat([f"{one:010d}" for one in range(40)], 25)
    alike = np.repeat(np.random.default_rng(1).random(40), 25)
    by_product = alike[::25]
    expected = by_product.std(ddof=1) / np.sqrt(40)
    assert standard_error(alike, products) == pytest.approx(expected)
    assert standard_error(alike, np.arange(1000).astype(str)) < expected / 4
    assert np.isnan(standard_error(alike, np.full(1000, "0593655036")))


@given(st.lists(st.integers(1, 30), min_size=2, max_size=8), st.integers(0, 2**32 - 1))
def test_order_of_windows_and_names_of_products_do_not_matter(sizes: list[int], seed: int) -> None:
    random = np.random.default_rng(seed)
    products = np.repeat(np.arange(len(sizes)).astype(str), sizes)
    values = random.random(products.size)
    order = random.permutation(products.size)
    found = standard_error(values, products)
    assert standard_error(values[order], products[order]) == pytest.approx(found)
    assert standard_error(values, np.char.add("x", products)) == pytest.approx(found)
