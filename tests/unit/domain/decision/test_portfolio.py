"""Buy lists: exact on small cases, within every limit, and honest about what limits cost."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arbitragevault.domain.decision.decide import decide
from arbitragevault.domain.decision.lead import Lead
from arbitragevault.domain.decision.portfolio import (
    Candidate,
    Pool,
    PortfolioLimits,
    whole_cents,
)
from arbitragevault.domain.decision.portfolio_program import choose
from arbitragevault.domain.decision.portfolio_scenarios import Scenarios, loss_tail
from arbitragevault.domain.decision.profit_distribution import UnitProceeds
from arbitragevault.domain.errors import InvalidInputError
from arbitragevault.domain.market.market import Market
from arbitragevault.domain.market.resale_prior import LEVELS
from arbitragevault.domain.market.sellthrough import SellThrough
from arbitragevault.domain.money import Money

FEW = Scenarios(count=40)


def pool(key: str = "a", *, net: float = 2000, spread: float = 0.3, rate: float = 0.02) -> Pool:
    """A pool whose net proceeds spread evenly around ``net``."""
    nets = net * (1 + spread * (2 * LEVELS - 1))
    return Pool(key, nets, round(0.4 * net), SellThrough(rate, 2.0, 1), 180)


def candidate(key: str = "a", cost: int = 800, most: int = 5, **fields: Any) -> Candidate:  # noqa: ANN401
    """A candidate in a pool of its own, with 60 cents of handling."""
    where = fields.pop("pool", None) or pool(key)
    return Candidate(key, where, cost, cost + 60, most, **fields)


def quantities(lines: Sequence[Any]) -> dict[str, int]:
    return {line.key: line.quantity for line in lines}


@given(st.lists(st.floats(-1e6, 1e6), max_size=40))
def test_lines_add_up_to_their_list_however_it_is_cut(profits: list[float]) -> None:
    cents = whole_cents(profits)
    assert abs(sum(cents) - math.fsum(profits)) <= 0.5 + 1e-6
    assert all(abs(whole - exact) <= 1 for whole, exact in zip(cents, profits, strict=True))
    assert all(whole_cents([0.0, *profits, 0.0])[place] == 0 for place in (0, -1))


class Trial:
    """Every combination of quantities of a small case, judged unit by unit without the program."""

    def __init__(self, candidates: Sequence[Candidate], limits: PortfolioLimits) -> None:
        self.limits = limits
        self.candidates = candidates
        self.costs = np.array([one.unit_cost_cents for one in candidates])
        pools = {one.pool.key: one.pool for one in candidates}
        members = {
            key: [n for n, one in enumerate(candidates) if one.pool.key == key] for key in pools
        }
        units = {key: sum(candidates[n].most for n in members[key]) for key in pools}
        self.members = members
        self.worth = {key: self._worth(pools[key], units[key]) for key in pools}
        self.brought = {
            key: np.cumsum(
                np.vstack((np.zeros(FEW.count), FEW.proceeds(pools[key], units[key]))), 0
            )
            for key in pools
        }

    @staticmethod
    def _worth(where: Pool, units: int) -> list[float]:
        """What 0, 1, 2 ... units bring: each is sold with its chance, else liquidated."""
        total, mean = [0.0], float(np.mean(where.nets))
        left = min(where.liquidation_cents, mean)
        for unit in range(1, units + 1):
            chance = where.sales.probability(where.horizon_days, unit)
            total.append(total[-1] + chance * mean + (1 - chance) * left)
        return total

    def best(self) -> float:
        """The largest expected profit within the limits."""
        every = product(*(range(one.most + 1) for one in self.candidates))
        return max((self.expected(tried) for tried in every if self.keeps(tried)), default=0.0)

    def expected(self, tried: Sequence[int]) -> float:
        brings = sum(self.worth[key][self._units(key, tried)] for key in self.members)
        return brings - self._landed(tried)

    def keeps(self, tried: Sequence[int]) -> bool:
        limits, paid = self.limits, self.costs * tried
        if paid.sum() > limits.budget_cents:
            return False
        if any(0 < n < one.least for n, one in zip(tried, self.candidates, strict=True)):
            return False
        for label in ("product", "brand", "category"):
            most, groups = getattr(limits, f"{label}_cents"), dict[str | None, int]()
            for one, cents in zip(self.candidates, paid.tolist(), strict=True):
                name = getattr(one, label)
                groups[name] = groups.get(name, 0) + cents
            groups.pop(None, None)
            if most is not None and max(groups.values(), default=0) > most:
                return False
        if limits.loss_cents is None:
            return True
        losses = [self._landed(tried)] * FEW.count - sum(
            (self.brought[key][self._units(key, tried)] for key in self.members),
            start=np.zeros(FEW.count),
        )
        worst = np.sort(losses)[-round(limits.tail * FEW.count) :]
        return float(worst.mean()) <= limits.loss_cents + 1e-6

    def _units(self, key: str, tried: Sequence[int]) -> int:
        return sum(tried[number] for number in self.members[key])

    def _landed(self, tried: Sequence[int]) -> int:
        return sum(o.landed_cents * n for o, n in zip(self.candidates, tried, strict=True))


def random_case(seed: int) -> tuple[list[Candidate], PortfolioLimits]:
    """Two to four leads on up to three listings, and limits of which some bind."""
    draws = np.random.default_rng(seed)
    pools = [
        pool(
            name,
            net=float(draws.integers(500, 5000)),
            spread=float(draws.uniform(0.05, 0.9)),
            rate=float(np.exp(draws.uniform(-6, -2))),
        )
        for name in "xyz"
    ]
    candidates = []
    for number in range(int(draws.integers(2, 5))):
        where = pools[int(draws.integers(3))]
        candidates.append(
            candidate(
                f"lead {number}",
                int(where.nets.mean() * draws.uniform(0.2, 1.0)),
                int(draws.integers(1, 5)),
                pool=where,
                least=int(draws.choice([1, 1, 2, 3])),
                product=where.key,
                brand=[None, "one", "two"][int(draws.integers(3))],
                category=["books", "toys"][int(draws.integers(2))],
            )
        )
    whole = sum(one.unit_cost_cents * one.most for one in candidates)

    def sometimes() -> int | None:
        return round(whole * draws.uniform(0.1, 1.0)) if draws.random() < 0.3 else None

    limits = PortfolioLimits(
        round(whole * draws.uniform(0.1, 1.0)),
        product_cents=sometimes(),
        brand_cents=sometimes(),
        category_cents=sometimes(),
        loss_cents=int(draws.integers(0, 3000)) if draws.random() < 0.5 else None,
        tail=0.1,
    )
    return candidates, limits


@pytest.mark.parametrize("block", range(10))
def test_equals_trying_everything(block: int) -> None:
    """500 small random cases: no combination of quantities is better."""
    for seed in range(50 * block, 50 * (block + 1)):
        candidates, limits = random_case(seed)
        found = choose(candidates, limits, scenarios=FEW, with_costs=False)
        chosen = quantities(found.lines)
        tried = [chosen.get(one.key, 0) for one in candidates]
        trial = Trial(candidates, limits)
        assert trial.keeps(tried), seed
        assert trial.expected(tried) == pytest.approx(trial.best(), rel=1e-5, abs=1e-3), seed
        assert abs(found.expected_cents - trial.expected(tried)) <= len(candidates)


def test_one_unit_is_expected_to_make_what_its_decision_says(
    made_market: Callable[..., Market],
) -> None:
    lead = Lead("0000000001", Money(500, "USD"), quantity=4)
    study = decide(lead, made_market()).study
    assert isinstance(study.proceeds, UnitProceeds)
    assert study.sales is not None
    assert study.profit is not None
    where = Pool("a", study.proceeds.nets, study.proceeds.liquidation_cents, study.sales, 180)
    lot = float(where.worth(4).sum()) - 4 * study.profit.landed_cents
    assert study.profit.expected_cents == pytest.approx(lot / 4, abs=0.51)


def test_a_further_unit_is_never_worth_more() -> None:
    worth = pool(rate=0.01).worth(30)
    assert (np.diff(worth) <= 0).all()
    brought = FEW.proceeds(pool(spread=0.9), 10)
    assert (np.diff(brought, axis=0) <= 0).all()


def test_leads_on_one_listing_share_its_buyers() -> None:
    """Two suppliers of the same listing do not double what can be sold of it."""
    shared = pool("listing", rate=0.01)
    alone = choose([candidate("a", most=50, pool=shared)], PortfolioLimits(10**6))
    both = choose(
        [candidate("a", most=50, pool=shared), candidate("b", cost=805, most=50, pool=shared)],
        PortfolioLimits(10**6),
    )
    assert quantities(both.lines) == quantities(alone.lines)


def test_the_smallest_order_is_kept_or_nothing_is_bought() -> None:
    slow = pool(rate=0.001)
    assert quantities(choose([candidate(most=20, pool=slow)], PortfolioLimits(10**5)).lines) == {
        "a": 1
    }
    assert choose([candidate(most=20, least=10, pool=slow)], PortfolioLimits(10**5)).lines == ()
    fast = choose([candidate(most=20, least=10, pool=pool(rate=1))], PortfolioLimits(10**5))
    assert quantities(fast.lines)["a"] >= 10


def test_nothing_to_buy_is_an_empty_list() -> None:
    for candidates in ([], [candidate(cost=900)]):
        found = choose(candidates, PortfolioLimits(500))
        assert (found.lines, found.spent_cents, found.expected_cents) == ((), 0, 0)
        assert found.loss_tail_cents == 0


def test_unknown_brands_are_not_one_brand() -> None:
    leads = [candidate(key, cost=800, most=1) for key in "abc"]
    limits = PortfolioLimits(10_000, brand_cents=800)
    assert len(choose(leads, limits).lines) == 3
    same = [replace(one, brand="b") for one in leads]
    assert len(choose(same, limits).lines) == 1


def test_units_of_a_product_are_limited_over_its_conditions() -> None:
    leads = [candidate(key, most=9, product="p", pool=pool(key, rate=1)) for key in "ab"]
    found = choose(leads, PortfolioLimits(10**6, product_units=3))
    assert sum(quantities(found.lines).values()) == 3
    assert [cost.limit for cost in found.costs if cost.gain_cents] == ["product_units"]


def test_every_limit_says_what_it_costs() -> None:
    leads = [candidate(key, most=9, brand="b", pool=pool(key, rate=1)) for key in "abc"]
    limits = PortfolioLimits(8_000, brand_cents=2_400, category_cents=10**6, loss_cents=10**6)
    found = choose(leads, limits)
    costs = {cost.limit: cost for cost in found.costs}
    assert set(costs) == {"budget", "brand", "category", "loss"}
    free = choose(leads, replace(limits, brand_cents=None))
    assert costs["brand"].gain_cents == pytest.approx(
        free.expected_cents - found.expected_cents, abs=3
    )
    assert costs["brand"].gain_cents > 0
    assert costs["category"].gain_cents == costs["loss"].gain_cents == 0
    assert (costs["budget"].value, costs["budget"].instead) == (8_000, 8_800)


def test_a_cap_on_losses_makes_the_list_safer() -> None:
    leads = [
        candidate(key, cost=1500, most=4, pool=pool(key, net=2000, spread=0.95, rate=0.05))
        for key in "abcd"
    ]
    bold = choose(leads, PortfolioLimits(20_000), scenarios=FEW)
    assert bold.loss_tail_cents > 0
    half = bold.loss_tail_cents // 2
    careful = choose(leads, PortfolioLimits(20_000, loss_cents=half), scenarios=FEW)
    assert careful.loss_tail_cents <= half
    assert 0 < careful.expected_cents < bold.expected_cents
    assert next(cost for cost in careful.costs if cost.limit == "loss").gain_cents > 0


@settings(max_examples=30)
@given(order=st.permutations(range(4)), seed=st.integers(0, 400))
def test_the_order_of_leads_does_not_matter(order: list[int], seed: int) -> None:
    candidates, limits = random_case(seed)
    mixed = [candidates[place] for place in order if place < len(candidates)]
    assert choose(mixed, limits, scenarios=FEW, with_costs=False) == choose(
        candidates, limits, scenarios=FEW, with_costs=False
    )


@settings(max_examples=40)
@given(seed=st.integers(0, 400), more=st.integers(0, 5000))
def test_a_larger_budget_never_makes_less(seed: int, more: int) -> None:
    candidates, limits = random_case(seed)
    wider = replace(limits, budget_cents=limits.budget_cents + more)
    before, after = (
        choose(candidates, one, scenarios=FEW, with_costs=False) for one in (limits, wider)
    )
    assert after.expected_cents >= before.expected_cents - len(candidates)


@given(
    profits=st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=60),
    tail=st.floats(0.001, 1.0),
)
def test_the_loss_tail_lies_between_mean_and_worst(profits: list[float], tail: float) -> None:
    values = np.array(profits)
    found = loss_tail(values, tail)
    assert -values.mean() - 1e-3 <= found <= -values.min() + 1e-3


def test_scenarios_reproduce_forecast_and_sales() -> None:
    where = pool(rate=0.01)
    brought = Scenarios(count=2000).proceeds(where, 3)
    assert brought.mean(axis=1) == pytest.approx(where.worth(3), rel=0.02)
    first, second = (Scenarios(seed=seed).proceeds(where, 3) for seed in (0, 1))
    assert not np.array_equal(first, second)
    assert np.array_equal(first, Scenarios().proceeds(where, 3))


@pytest.mark.parametrize(
    "wrong",
    [{"budget_cents": -1}, {"budget_cents": 5, "tail": 0.0}, {"budget_cents": 5, "loss_cents": -2}],
)
def test_impossible_limits_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(InvalidInputError, match="must be"):
        PortfolioLimits(**wrong)
