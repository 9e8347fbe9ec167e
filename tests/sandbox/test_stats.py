"""``stats`` against its definition, and against what Keepa itself computed."""

from __future__ import annotations

import runpy
from pathlib import Path

import numpy as np
import pytest

from arbitragevault.domain.market.clock import MINUTES_PER_DAY
from arbitragevault.sandbox.marketplace import SimulatedProduct
from arbitragevault.sandbox.stats import Window, landed_series, series_stats

NOW = 8_360_000


def minute_by_minute(minutes: list[int], values: list[int], window: Window) -> tuple[int, int]:
    """The slow way: mean of the known minutes, and how many there are."""
    known: list[int] = []
    for minute in range(window.start, window.end):
        at = int(np.searchsorted(minutes, minute, side="right")) - 1
        if at >= 0 and values[at] >= 0:
            known.append(values[at])
    return (sum(known) // len(known) if known else -1), len(known)


def test_averages_and_stock_by_brute_force() -> None:
    now, csv = 10_000, {1: np.array([9_000, 500, 9_100, -1, 9_300, 900, 9_900, 700])}
    window = Window(9_050, now)
    stats = series_stats(csv, window, now=now, tracking_since=8_900, slots=36)
    mean, known = minute_by_minute([9_000, 9_100, 9_300, 9_900], [500, -1, 900, 700], window)
    assert stats["avg"][1] == mean
    share = 100 * (950 - known) / 950
    assert stats["outOfStockPercentageInInterval"][1] == int(np.ceil(share))
    assert stats["current"][1] == 700
    assert stats["atIntervalStart"][1] == 500
    assert stats["min"][1] == [9_000, 500]
    assert stats["max"][1] == [9_300, 900]
    assert stats["minInInterval"][1] == [9_050, 500]
    assert not stats["isLowest"][1]


def test_time_before_the_first_point_counts_as_out_of_stock() -> None:
    csv = {1: np.array([9_500, 800])}
    stats = series_stats(csv, Window(9_000, 10_000), now=10_000, tracking_since=9_000, slots=36)
    assert stats["outOfStockPercentageInInterval"][1] == 50
    assert stats["avg"][1] == 800


def test_missing_series() -> None:
    stats = series_stats({}, Window(0, 10), now=10, tracking_since=0, slots=36)
    assert stats["current"] == [-1] * 36
    assert stats["min"] == [None] * 36
    assert stats["isLowest"] == [False] * 36
    assert stats["salesRankDrops30"] == -1


@pytest.mark.parametrize(
    ("before", "after", "drops"),
    [(9_000, 8_999, 1), (50_000, 49_000, 0), (50_000, 48_000, 1), (500_000, 480_000, 0),
     (500_000, 470_000, 1), (500_000, 600_000, 0)],
)  # fmt: skip
def test_a_rank_drop_depends_on_the_step(before: int, after: int, drops: int) -> None:
    csv = {3: np.array([NOW - 2_000, before, NOW - 1_000, after])}
    stats = series_stats(csv, Window(0, NOW), now=NOW, tracking_since=0, slots=36)
    assert stats["salesRankDrops30"] == drops


def test_prices_without_known_shipping_are_not_lowered() -> None:
    series = landed_series({18: np.array([10, 1_000, 399, 20, 1_000, -1, 30, -1, -1])})[18]
    assert series.values.tolist() == [1_399, 1_000, -1]


def test_simulated_stats_agree_with_their_series(living: list[SimulatedProduct]) -> None:
    window = Window(NOW - 90 * MINUTES_PER_DAY, NOW)
    for product in living[:20]:
        csv = product.observed.csv
        stats = series_stats(csv, window, now=NOW, tracking_since=product.entry.birth, slots=36)
        for slot, series in landed_series(csv).items():
            known = series.values[series.values >= 0]
            assert stats["current"][slot] == series.values[-1]
            if known.size and slot != 15:
                assert stats["min"][slot][1] == known.min()
                # A price many times all others is no maximum for Keepa.
                assert stats["max"][slot][1] == known.max() or known.max() > 5 * np.median(known)
            if stats["avg"][slot] >= 0:
                assert known.min() <= stats["avg"][slot] <= known.max()
        assert stats["avg"] == stats["avg90"]


def test_a_short_price_far_above_all_others_is_left_out() -> None:
    csv = {1: np.array([1_000, 500, 5_000, 90_000, 5_010, 510])}
    stats = series_stats(csv, Window(2_000, 9_000), now=9_000, tracking_since=1_000, slots=36)
    assert stats["max"][1] == [5_010, 510]
    assert stats["avg"][1] == (500 * 3_000 + 510 * 3_990) // 6_990
    assert stats["outOfStockPercentageInInterval"][1] == 0


@pytest.mark.recorded
def test_keepas_own_figures_are_matched_as_often_as_the_reference_says(recordings: Path) -> None:
    benchmark = Path(__file__).parents[2] / "benchmarks" / "stats_recordings.py"
    found = runpy.run_path(str(benchmark))["measure"](recordings)
    rates = {name: rate["matched"] / rate["compared"] for name, rate in found["rates"].items()}
    assert rates["current"] == 1.0
    assert rates["min"] == 1.0
    assert rates["isLowest"] == 1.0
    assert rates["outOfStockPercentage"] >= 0.99
    assert rates["average"] >= 0.93
    assert rates["max"] >= 0.97
    assert rates["totalOfferCount"] == 1.0
    assert found["rates"]["average"]["compared"] >= 550
    assert found["rank_drops"]["off_by"] <= 5
    assert found["rank_drops"]["counted"] >= 3_600
