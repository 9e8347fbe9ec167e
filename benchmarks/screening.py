"""What screening and the order of refreshes save, on the simulated marketplace.

    uv run python benchmarks/screening.py [--leads 500] [--seed 1]

Screening: every lead is decided on histories (1 token), on full data (6 tokens and more), and as a
scan with offers does it: offers only where they can change the verdict. Printed: tokens, how many
verdicts are those of full data, and by which factors offers changed price and share, which is where
the bands of ``domain/decision/screening.py`` come from.

Refresh: of data that are 1 to 30 days old, the order by value of information against the oldest
first, by verdicts changed per token (1 for each product).
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import time
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2
import numpy as np

from arbitragevault.adapters.keepa.wire import decode_keepa
from arbitragevault.domain.catalog.product import Condition
from arbitragevault.domain.decision.decide import decide
from arbitragevault.domain.decision.decision import Decision, Verdict
from arbitragevault.domain.decision.lead import Lead
from arbitragevault.domain.decision.refresh import probability_of_change
from arbitragevault.domain.decision.screening import offers_can_change
from arbitragevault.domain.market.abstention import Abstention
from arbitragevault.domain.market.clock import to_datetime
from arbitragevault.domain.market.market import Market, SeriesKind
from arbitragevault.domain.money import Money
from arbitragevault.sandbox.server import create_sandbox, simulated

OUTPUT = Path(__file__).parents[1] / "artifacts" / "benchmarks" / "screening.json"
NOW = 1_795_348_800.0
SIZE = 100_000
BATCH = 50
AGES = (1, 2, 4, 8, 16, 30)
SHARES = (0.05, 0.1, 0.25, 0.5)
CONDITIONS = {
    Condition.NEW: 45,
    Condition.LIKE_NEW: 8,
    Condition.VERY_GOOD: 17,
    Condition.GOOD: 20,
    Condition.ACCEPTABLE: 10,
}
"""Percent of the leads, much as in the bundled example."""

ACTIONABLE = (Verdict.BUY, Verdict.REVIEW)


@dataclass(frozen=True)
class Seen:
    """One lead, decided both ways; tokens are what the sandbox charged."""

    lead: Lead
    full_market: Market
    by_history: Decision
    by_full: Decision
    history_tokens: float
    offers_tokens: float


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--leads", type=int, default=500)
    options.add_argument("--seed", type=int, default=1)
    chosen = options.parse_args()
    began = time.perf_counter()
    seen = asyncio.run(collect(chosen.leads, chosen.seed))
    figures = {"leads": len(seen), "seed": chosen.seed, "screening": screening(seen)}
    bands(seen)
    figures["refresh"] = refreshing(seen)
    print(f"\n{time.perf_counter() - began:.0f} s")
    OUTPUT.parent.mkdir(parents=True, exist_ok=True)
    OUTPUT.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


async def collect(count: int, seed: int) -> list[Seen]:
    """The leads: random products at 5 % to 90 % of the lowest offer of their class."""
    source = simulated(seed=seed, size=SIZE)
    dice = random.Random(seed)  # noqa: S311  # chooses leads
    asins = dice.sample(source.marketplace.asins, count)
    app = create_sandbox(source, tokens=100 * count + 10_000, clock=lambda: NOW)
    seen = []
    transport = httpx2.ASGITransport(app=app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://sandbox") as client:
        async for some in _markets(client, asins):
            seen += [_seen(dice, *one) for one in some]
    return seen


async def _markets(
    client: httpx2.AsyncClient, asins: Sequence[str]
) -> AsyncIterator[list[tuple[Market, Market, float, float]]]:
    """Each product by history and in full, with the mean tokens of its batch."""
    for start in range(0, len(asins), BATCH):
        batch = asins[start : start + BATCH]
        query = {"key": "k", "domain": "1", "asin": ",".join(batch), "stats": "90"}
        shallow, cheap = await _ask(client, query)
        deep, dear = await _ask(client, {**query, "offers": "20"})
        yield [(shallow[a], deep[a], cheap / len(batch), dear[a]) for a in batch if a in deep]


async def _ask(client: httpx2.AsyncClient, query: dict[str, str]) -> tuple[dict[str, Market], Any]:
    """Markets by ASIN and what they cost: with offers by product, counted in pages of ten."""
    answer = (await client.get("/product", params=query)).raise_for_status()
    markets = {market.product.asin: market for market in decode_keepa(answer.content)}
    charged = answer.json()["tokensConsumed"]
    if "offers" not in query:
        return markets, charged
    pages = {a: min(2, max(1, -(-len(m.live_offers or ()) // 10))) for a, m in markets.items()}
    scale = charged / sum(pages.values())  # sums to what was charged
    return markets, {asin: scale * count for asin, count in pages.items()}


def _seen(dice: random.Random, shallow: Market, deep: Market, cheap: float, dear: float) -> Seen:
    condition = dice.choices(list(CONDITIONS), list(CONDITIONS.values()))[0]
    price = shallow.now(SeriesKind.USED if condition.is_used else SeriesKind.NEW)
    price = 2_000.0 if np.isnan(price) else price
    cost = Money(round(price * dice.uniform(0.05, 0.9)), "USD")
    lead = Lead(shallow.product.asin, cost, 1, condition)
    return Seen(lead, deep, decide(lead, shallow), decide(lead, deep), cheap, dear)


def screening(seen: Sequence[Seen]) -> dict[str, float]:
    """Agreement and tokens of the screened way beside both others."""
    pays = [offers_can_change(one.by_history).worth for one in seen]
    screened = [
        one.by_full.verdict if pay else one.by_history.verdict
        for one, pay in zip(seen, pays, strict=True)
    ]
    full_tokens = sum(one.offers_tokens for one in seen)
    tokens = sum(
        one.history_tokens + (one.offers_tokens if pay else 0.0)
        for one, pay in zip(seen, pays, strict=True)
    )
    ways = {
        "histories only": (
            [s.by_history.verdict for s in seen],
            sum(s.history_tokens for s in seen),
        ),
        "screened": (screened, tokens),
        "full data": ([s.by_full.verdict for s in seen], full_tokens),
    }
    full = [one.by_full.verdict for one in seen]
    acting = [place for place, verdict in enumerate(full) if verdict in ACTIONABLE]
    print(f"{len(seen)} leads, offers for {sum(pays)}; by full data: {_count(full)}")
    print(f"{'':<16}{'same verdict':>14}{'of buy, review':>18}{'tokens':>10}{'of full':>10}")
    for name, (verdicts, spent) in ways.items():
        same = [a == b for a, b in zip(verdicts, full, strict=True)]
        acted = sum(same[place] for place in acting)
        print(
            f"{name:<16}{sum(same) / len(same):>13.2%} {f'{acted} of {len(acting)}':>17}"
            f"{spent:>10,.0f}{spent / full_tokens:>10.1%}"
        )
    changed = Counter(
        f"{a.value} for {b.value}" for a, b in zip(screened, full, strict=True) if a != b
    )
    print("screened instead of full:", dict(changed) or "no difference")
    agreement = sum(a == b for a, b in zip(screened, full, strict=True)) / len(full)
    return {"same_verdict": agreement, "tokens_ratio": tokens / full_tokens, "offers": sum(pays)}


def _count(verdicts: Sequence[Verdict]) -> str:
    return ", ".join(f"{n} {verdict.value}" for verdict, n in Counter(verdicts).most_common())


def bands(seen: Sequence[Seen]) -> None:
    """By which factors offers changed the low end of the price, and our share."""
    factors: dict[str, list[float]] = defaultdict(list)
    for one in seen:
        before, after = one.by_history.study, one.by_full.study
        if not isinstance(before.forecast, Abstention) and not isinstance(
            after.forecast, Abstention
        ):
            low = 1.0 - before.policy.confidence
            ratio = after.forecast.quantile(low) / before.forecast.quantile(low)
            factors[f"price, {one.lead.condition}"].append(ratio)
        mine, theirs = before.competition.share, after.competition.share
        if not isinstance(mine, Abstention) and not isinstance(theirs, Abstention):
            factors["share"].append(theirs.mean / mine.mean)
    heads = "".join(f"{head:>8}" for head in ("2 %", "5 %", "50 %", "95 %", "98 %"))
    print(f"\n{'full data / histories':<26}{'leads':>7}{heads}")
    for name, values in sorted(factors.items()):
        marks = np.quantile(values, (0.02, 0.05, 0.5, 0.95, 0.98))
        print(f"{name:<26}{len(values):>7}" + "".join(f"{mark:>8.2f}" for mark in marks))


def refreshing(seen: Sequence[Seen]) -> dict[str, float]:
    """Verdicts changed per token of the first refreshes, in both orders."""
    stale = [(one, AGES[place % len(AGES)]) for place, one in enumerate(seen)]
    chances, ages, changes = [], [], []
    for one, age in stale:
        now = to_datetime(one.full_market.observed_minute)
        # Both are views of the past, which know the same kinds of things.
        before = decide(one.lead, one.full_market, as_of=now - timedelta(days=age))
        after = decide(one.lead, one.full_market, as_of=now - timedelta(minutes=1))
        chances.append(probability_of_change(before, age))
        ages.append(age)
        changes.append(before.verdict != after.verdict)
    changed = np.array(changes)
    orders = {
        "value": np.argsort(-np.array(chances), kind="stable"),
        "oldest": np.argsort(-np.array(ages), kind="stable"),
    }
    print(f"\nrefresh: {changed.sum()} of {len(seen)} verdicts changed in 1 to 30 days")
    print(f"{'refreshed first':<18}{'tokens':>8}{'by value':>12}{'oldest first':>14}{'ratio':>8}")
    figures: dict[str, float] = {}
    for share in SHARES:
        count = max(1, round(share * len(seen)))
        value, oldest = (int(changed[order[:count]].sum()) for order in orders.values())
        ratio = value / oldest if oldest else float("nan")
        print(f"{share:<18.0%}{count:>8}{value:>12}{oldest:>14}{ratio:>8.2f}")
        figures |= {f"value_{share}": value, f"oldest_{share}": oldest}
    return figures


if __name__ == "__main__":
    main()
