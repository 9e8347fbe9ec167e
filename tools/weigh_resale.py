"""Search for weights of the resale mixture, and say what the present ones score.

    uv run python tools/weigh_resale.py ../shared/recordings [--minutes 15] [--hold-out 3]

Scored are the windows that a backtest scores, each with the prior that never saw its product. From
the present weights on, up to three at a time are changed at random; a change stays if it scores
better: a lower pinball loss beside the pooled prior alone, and no error of coverage beyond the
goals, over all windows and within thirds of rank, place and offers. What was found is printed, to
be put into ``MixtureWeights`` by hand; ``tools/learn_bids.py`` comes after. With ``--hold-out 3``
every third product is left out of the search and scored at its end, which tells what such a choice
is worth for other products.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from math import exp, floor, log10
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from arbitragevault.application.evidence import read_recordings
from arbitragevault.domain.decision.policy import Policy
from arbitragevault.domain.evidence.replay import CONDITIONS, replayed_weeks
from arbitragevault.domain.evidence.scoring import NOMINAL, below, pinball, thirds
from arbitragevault.domain.market.market import Market
from arbitragevault.domain.market.resale import pooled_prices
from arbitragevault.domain.market.resale_mixture import WEIGHTS, MixtureWeights, mixed_prices
from arbitragevault.domain.market.resale_prior import shipped_prior
from arbitragevault.domain.market.resale_state import PriceState
from arbitragevault.domain.market.windows import PastWindows, past_windows

POLICY = Policy()
GOAL = 1.6
GOAL_IN_THIRDS = 4.3
"""Largest errors of coverage that cost nothing, in points: somewhat inside the 2 and 5 wanted."""

STEP = 0.2
"""Standard deviation of the log of a change."""

KEPT = frozenset({"season"})
"""Chosen on simulated seasons: hardly any recorded product has one."""


@dataclass(frozen=True, slots=True, eq=False)
class Window:
    """What a forecast of one week rests on, and what came."""

    asin: str
    past: PastWindows
    price: float
    state: PriceState
    pooled: NDArray[np.float64]
    alone: NDArray[np.float64]
    outcome: float
    kinds: tuple[float, float, float]


def windows_of(markets: Sequence[Market], condition: str) -> Iterator[Window]:
    """Every week that a backtest scores."""
    for market in markets:
        asin = market.product.asin
        for week in replayed_weeks(market, condition, POLICY):
            found = week.forecast
            past = past_windows(
                found.reference.series,
                week.minute,
                window_days=POLICY.window_days,
                basis_change=found.reference.basis_change,
            )
            pooled = shipped_prior().for_product(asin).of(week.condition)
            yield Window(
                asin=asin,
                past=past,
                price=found.now_cents,
                state=found.state,
                pooled=pooled.scaled_moves(found.state),
                alone=pooled_prices(asin, week.condition, found, placed=False),
                outcome=week.outcome_cents,
                kinds=(week.rank, found.state.place, week.offers),
            )


@dataclass(frozen=True, slots=True)
class Verdict:
    """How good weights are on the windows of one condition; errors and losses in points."""

    loss: float
    error: float
    in_thirds: tuple[float, ...]

    @property
    def cost(self) -> float:
        """What is to be made small."""
        beyond = sum(max(0.0, one - GOAL_IN_THIRDS) for one in self.in_thirds)
        return 1.5 * self.loss + 3.0 * max(0.0, self.error - GOAL) + 2.0 * beyond

    def __str__(self) -> str:
        worst = max(self.in_thirds)
        return f"loss {self.loss:+.2f} %, error {self.error:.2f}, in thirds at most {worst:.2f}"


def judged(windows: Sequence[Window], weights: MixtureWeights) -> Verdict:
    """Forecast every window with some weights, and score them."""
    outcomes = np.array([one.outcome for one in windows])
    prices = np.array(
        [
            mixed_prices(
                one.past, POLICY.window_days, one.price, one.state, one.pooled, weights=weights
            )[0]
            for one in windows
        ]
    )
    alone = pinball(np.array([one.alone for one in windows]), outcomes).mean()
    inside = below(prices, outcomes)
    in_thirds = []
    for values in np.array([one.kinds for one in windows]).T:
        third = thirds(values)
        in_thirds += [off(inside[third == one]) for one in range(3) if (third == one).any()]
    return Verdict(
        loss=100.0 * float(pinball(prices, outcomes).mean() / alone - 1.0),
        error=off(inside),
        in_thirds=tuple(in_thirds),
    )


def off(inside: NDArray[np.float64]) -> float:
    """The largest error of coverage, in points."""
    return 100.0 * float(np.abs(inside.mean(axis=0) - NOMINAL).max())


def changed(weights: MixtureWeights, random: np.random.Generator) -> MixtureWeights:
    """Up to three weights a little larger or smaller, to three digits."""
    names = [one.name for one in fields(MixtureWeights) if one.name not in KEPT]
    new = {}
    for name in random.choice(names, random.integers(1, 4), replace=False):
        value = getattr(weights, name) * exp(random.normal(0.0, STEP))
        new[str(name)] = round(value, 2 - floor(log10(value)))
    found = replace(weights, **new)
    return replace(found, narrowing=max(found.narrowing, 1.0))


def main() -> None:
    """Search as long as asked, and print what was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("recordings", type=Path)
    parser.add_argument("--minutes", type=float, default=15.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--hold-out", type=int, default=0)
    asked = parser.parse_args()
    markets = sorted(read_recordings(asked.recordings).markets, key=lambda one: one.product.asin)
    held = set(range(asked.hold_out - 1, len(markets), asked.hold_out)) if asked.hold_out else set()
    chosen = [one for place, one in enumerate(markets) if place not in held]
    known = {name: list(windows_of(chosen, name)) for name in CONDITIONS}
    weights, random = WEIGHTS, np.random.default_rng(asked.seed)
    verdicts = {name: judged(windows, weights) for name, windows in known.items()}
    show("now", verdicts)
    end = time.monotonic() + 60.0 * asked.minutes
    while time.monotonic() < end:
        tried = changed(weights, random)
        found = {name: judged(windows, tried) for name, windows in known.items()}
        if sum(one.cost for one in found.values()) < sum(one.cost for one in verdicts.values()):
            weights, verdicts = tried, found
            show("better", verdicts)
    sys.stdout.write(f"{weights}\n")
    if held:
        left = [markets[place] for place in sorted(held)]
        for name, others in (("held out, now", WEIGHTS), ("held out, found", weights)):
            show(name, {k: judged(list(windows_of(left, k)), others) for k in CONDITIONS})


def show(label: str, verdicts: dict[str, Verdict]) -> None:
    """One line about some weights."""
    told = "; ".join(f"{name}: {verdict}" for name, verdict in verdicts.items())
    sys.stdout.write(f"{label}: {told}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
