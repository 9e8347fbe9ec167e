"""Learn the pooled prior of the resale price from recordings, and score the forecast.

    uv run python benchmarks/resale_prior.py ../shared/recordings [--score]

Prints the table that ``domain/market/resale_prior.py`` holds and the base rates of crash and swarm
that ``domain/market/risk.py`` holds. With ``--score`` it also forecasts every recorded week as it
could be known then, with a prior learned from the *other* products, and prints coverage (ties count
half) and pinball loss beside the prior alone and beside the product's own yearly quantiles.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from arbitragevault.adapters.keepa.wire import decode_keepa
from arbitragevault.domain.catalog.marketplace import US
from arbitragevault.domain.catalog.product import Channel, Condition
from arbitragevault.domain.errors import PayloadError
from arbitragevault.domain.market.clock import MINUTES_PER_DAY
from arbitragevault.domain.market.market import Market, SeriesKind
from arbitragevault.domain.market.resale import ResaleForecast, forecast_resale
from arbitragevault.domain.market.resale_prior import (
    LEVELS,
    PLACE_EDGES,
    ResalePrior,
    prior_from_table,
)
from arbitragevault.domain.market.series import StepSeries
from arbitragevault.domain.market.windows import PastWindows, past_windows

TABLE_LEVELS = (0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98)
NOMINAL = np.array([0.05, 0.1, 0.2, 0.5, 0.8, 0.9])
WINDOW = (15, 75)
LONG_AGO = 20 * 365
BURN_IN_DAYS = 365
LEAST_POINTS = 30
CONDITIONS = {"new": Condition.NEW, "used": Condition.GOOD}


@dataclass
class Score:
    """Sums over scored weeks."""

    weeks: int
    below: NDArray[np.float64]
    losses: dict[str, float]


def load(folder: Path) -> list[Market]:
    """Every product with history, once; of two recordings the longer history."""
    found: dict[str, Market] = {}
    for path in sorted(folder.rglob("*.json")):
        try:
            markets = decode_keepa(path.read_bytes(), marketplace=US)
        except PayloadError:
            continue
        for market in markets:
            size = sum(map(len, market.history.values()))
            known = found.get(market.product.asin)
            if size and (known is None or size > sum(map(len, known.history.values()))):
                found[market.product.asin] = market
    return list(found.values())


def price_series(market: Market, name: str) -> StepSeries:
    """The series that the prior learns from: lowest Used; Buy Box where collected, else New."""
    kinds = [SeriesKind.USED] if name == "used" else [SeriesKind.BUY_BOX, SeriesKind.NEW]
    for kind in kinds:
        series = market.series(kind)
        if len(series) > LEAST_POINTS:
            return series
    return StepSeries.empty()


def windows(market: Market, name: str) -> PastWindows:
    """All weekly windows of a product whose outcome is known."""
    series = price_series(market, name)
    return past_windows(series, end_of(market, series), window_days=WINDOW, past_days=LONG_AGO)


def end_of(market: Market, series: StepSeries) -> int:
    """The last minute of which a series speaks; recordings that were cut end with their points."""
    cut = SeriesKind.SALES_RANK not in market.history or SeriesKind.COUNT_NEW not in market.history
    return int(series.minutes[-1]) if cut and len(series) else market.observed_minute


def table(samples: Iterable[PastWindows]) -> tuple[tuple[float, ...], ...]:
    """Quantiles of the outcome by place band, each product weighing by the root of its windows."""
    found = [sample for sample in samples if sample.outcome.size]
    rows = []
    for band in range(-1, len(PLACE_EDGES) + 1):
        values, weights = [np.empty(0)], [np.empty(0)]
        for sample in found:
            inside = np.digitize(sample.place, PLACE_EDGES) == band
            chosen = (
                sample.outcome if band < 0 else sample.outcome[inside & ~np.isnan(sample.place)]
            )
            if chosen.size:
                values.append(chosen)
                weights.append(np.full(chosen.size, chosen.size**-0.5))
        rows.append(weighted_quantiles(np.concatenate(values), np.concatenate(weights)))
    return tuple(rows)


def weighted_quantiles(
    values: NDArray[np.float64], weights: NDArray[np.float64]
) -> tuple[float, ...]:
    """Quantiles at the table's levels, rounded to three digits."""
    order = np.argsort(values, kind="stable")
    ordered = weights[order]
    middle = (np.cumsum(ordered) - 0.5 * ordered) / ordered.sum()
    quantiles = np.interp(TABLE_LEVELS, middle, values[order])
    return tuple(round(float(q), 3) + 0.0 for q in quantiles)


def learn(markets: Iterable[Market]) -> ResalePrior:
    """A prior from some products."""
    known = list(markets)
    rows = {name: table(windows(market, name) for market in known) for name in CONDITIONS}
    return prior_from_table(rows, TABLE_LEVELS, "fold")


def score(markets: list[Market], name: str) -> Score:
    """Forecast every week of every product with a prior of the others."""
    total = Score(0, np.zeros(NOMINAL.size), {"forecast": 0.0, "prior": 0.0, "year": 0.0})
    for market in markets:
        series = price_series(market, name)
        if not len(series):
            continue
        prior = learn(other for other in markets if other is not market)
        end = end_of(market, series)
        first = int(series.minutes[0]) + BURN_IN_DAYS * MINUTES_PER_DAY
        for minute in range(first, end - WINDOW[1] * MINUTES_PER_DAY, 7 * MINUTES_PER_DAY):
            add(total, market, name, minute, prior)
    return total


def add(total: Score, market: Market, name: str, minute: int, prior: ResalePrior) -> None:
    """Score one week, if it can be forecast and its outcome is known."""
    condition = CONDITIONS[name]
    found = forecast_resale(market.as_of(minute), condition, Channel.FBA, WINDOW, prior=prior)
    if not isinstance(found, ResaleForecast):
        return
    whole = whole_series(market, found)
    outcome = whole.median(*found.window)
    year = whole.quantiles(minute - 365 * MINUTES_PER_DAY, minute, LEVELS)
    if np.isnan(outcome) or whole.share_unknown(*found.window) > 0.8 or np.isnan(year).any():
        return
    quantiles = np.interp(NOMINAL, LEVELS, found.prices)
    tie = np.abs(outcome - quantiles) < 0.5
    total.weeks += 1
    total.below += np.where(tie, 0.5, outcome < quantiles)
    place = np.nan if found.place is None else found.place
    rivals = {
        "forecast": found.prices,
        "prior": found.now_cents * np.exp(prior.ratios(condition, place)),
        "year": year,
    }
    for rival, prices in rivals.items():
        gap = np.log(outcome) - np.log(prices)
        total.losses[rival] += float(np.maximum(LEVELS * gap, (LEVELS - 1) * gap).mean())


def whole_series(market: Market, found: ResaleForecast) -> StepSeries:
    """The forecast's reference series with what came after."""
    present = [market.series(kind) for kind in found.reference.kinds]
    minutes = np.unique(np.concatenate([one.minutes for one in present]))
    return StepSeries(minutes, np.fmin.reduce([one.sample(minutes) for one in present]))


def base_rates(markets: list[Market]) -> None:
    """How often offers swarm and prices crash in recorded weeks."""
    kinds = {"new": SeriesKind.COUNT_NEW, "used": SeriesKind.COUNT_USED}
    for name, kind in kinds.items():
        swarm = [
            past_windows(market.series(kind), market.observed_minute, window_days=(30, 60))
            for market in markets
        ]
        rates = [(one.outcome > np.log(1.5)).mean() for one in swarm if one.outcome.size > 5]
        crash = [windows(market, name).outcome for market in markets]
        falls = [(one < np.log(0.7)).mean() for one in crash if one.size > 5]
        print(
            f"{name}: offers grow by half in {np.mean(rates):.1%} of weeks ({len(rates)} products),"
            f" prices fall by 30 % in {np.mean(falls):.1%} ({len(falls)} products)"
        )


def main() -> None:
    """Print the table, the base rates and, if asked, the scores."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--score", action="store_true")
    asked = parser.parse_args()
    markets = load(asked.folder)
    for name in CONDITIONS:
        samples = [windows(market, name) for market in markets]
        kept = [sample for sample in samples if sample.outcome.size]
        count = sum(sample.outcome.size for sample in kept)
        print(f"{name}: {count} windows of {len(kept)} products")
        for row in table(kept):
            print(" ".join(f"{value:6.3f}" for value in row))
    base_rates(markets)
    for name in CONDITIONS if asked.score else ():
        found = score(markets, name)
        cover = ", ".join(
            f"{level:.0%} {share:.1%}"
            for level, share in zip(NOMINAL, found.below / found.weeks, strict=True)
        )
        losses = {rival: loss / found.weeks for rival, loss in found.losses.items()}
        print(f"{name}: {found.weeks} forecasts; share of outcomes below each level: {cover}")
        for rival in ("prior", "year"):
            print(f"    pinball {losses['forecast'] / losses[rival] - 1:+.1%} against the {rival}")


if __name__ == "__main__":
    main()
