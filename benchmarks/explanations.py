"""How many wrong figures the check catches, and how many right ones it refuses.

    uv run python benchmarks/explanations.py [DECISIONS]

Decisions on the sandbox's products (500 by default) go through every use of the narrator, over real
HTTP to a stand-in that slips one wrong figure or value into each answer and writes right ones in
many ways besides. A wrong one that passed, or an answer of right ones that was refused, is printed.
No model takes part: this measures the check, not a model.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from arbitragevault.adapters.keepa.client import KeepaClient  # noqa: E402
from arbitragevault.adapters.keepa.requests import ProductRequest  # noqa: E402
from arbitragevault.application import forms  # noqa: E402
from arbitragevault.application.narration import Written, write  # noqa: E402
from arbitragevault.application.services import Services  # noqa: E402
from arbitragevault.bootstrap import (  # noqa: E402
    SANDBOX_KEY,
    SANDBOX_URL,
    Settings,
    open_services,
)
from arbitragevault.domain.catalog.marketplace import US  # noqa: E402
from arbitragevault.domain.decision.decide import decide  # noqa: E402
from arbitragevault.domain.decision.lead import Lead  # noqa: E402
from arbitragevault.domain.decision.record import decision_record  # noqa: E402
from arbitragevault.domain.explanation.briefs import (  # noqa: E402
    comparison_brief,
    digest_brief,
    shortlist_brief,
    why_brief,
)
from arbitragevault.domain.explanation.narrative import Brief  # noqa: E402
from arbitragevault.domain.explanation.selection import choose  # noqa: E402
from arbitragevault.domain.money import Money  # noqa: E402
from arbitragevault.sandbox.server import create_sandbox, simulated  # noqa: E402
from tests.standins.form_writers import (  # noqa: E402
    FormSlipper,
    columns_case,
    filter_case,
    finder_case,
)
from tests.standins.openai import KEY, MODEL, Asked, Reply, StandIn, served  # noqa: E402
from tests.standins.writers import Slipper  # noqa: E402

OUTPUT = ROOT / "artifacts" / "benchmarks" / "explanations.json"
SHARES = (0.35, 0.55, 0.75, 0.9, 0.97, 1.05, 1.3, 2.0)
Record = dict[str, Any]


@dataclass
class Count:
    """What happened in one use."""

    answers: int = 0
    wrong: int = 0
    caught: int = 0
    right: int = 0
    refused: int = 0
    passed: list[str] = field(default_factory=list)


def main() -> None:
    number = int(sys.argv[1]) if len(sys.argv) > 1 else 500
    started = time.perf_counter()
    counts = asyncio.run(measure(number))
    print(f"{number} decisions x {len(counts)} uses, {time.perf_counter() - started:.0f} s")
    print(f"{'use':<12}{'answers':>9}{'wrong':>8}{'caught':>8}{'right':>8}{'refused':>9}")
    for use, count in counts.items():
        print(
            f"{use:<12}{count.answers:>9}{count.wrong:>8}{count.caught:>8}{count.right:>8}"
            f"{count.refused:>9}"
        )
        for line in count.passed[:5]:
            print("   ", line)
    OUTPUT.parent.mkdir(parents=True, exist_ok=True)
    OUTPUT.write_text(json.dumps({u: vars(c) for u, c in counts.items()}, indent=1) + "\n")
    missed = sum(count.wrong - count.caught + count.refused for count in counts.values())
    sys.exit(1 if missed else 0)


async def measure(number: int) -> dict[str, Count]:
    records = [record async for record in made_decisions(number)]
    script = _Switch()
    with served(StandIn(script)) as url, tempfile.TemporaryDirectory() as home:
        settings = Settings(
            ARBITRAGEVAULT_HOME=home,
            OPENAI_API_KEY=KEY,
            OPENAI_BASE_URL=url,
            OPENAI_MODEL=MODEL,
            OPENAI_TOKENS_PER_DAY=10**9,
        )
        async with open_services(settings) as services:
            counts = await texts(services, records, script)
            return counts | await filled(services, records, script)


class _Switch:
    """A script that can be exchanged while the stand-in serves."""

    def __init__(self) -> None:
        self.script: Callable[[Asked], Reply] = lambda _: Reply()

    def __call__(self, asked: Asked) -> Reply:
        return self.script(asked)


async def texts(services: Services, records: list[Record], script: _Switch) -> dict[str, Count]:
    counts: dict[str, Count] = {}
    for at, record in enumerate(records):
        for brief in briefs(records, at, record):
            count = counts.setdefault(brief.use.value, Count())
            slipper = script.script = Slipper(seed=at)
            await one_text(services, brief, slipper, count)
    return counts


def briefs(records: list[Record], at: int, record: Record) -> list[Brief]:
    """Every use on a decision: alone, and among those around it."""
    window = [records[(at + step) % len(records)] for step in range(30)]
    picks = choose(window, size=5, speed=(at % 11) / 10)
    counts = Counter(str(one["verdict"]) for one in window)
    found = [
        why_brief(record),
        digest_brief(window, picks, counts=counts, day="2026-11-27"),
        comparison_brief(record, window[1]),
    ]
    if picks:
        found.append(shortlist_brief(picks, considered=len(window), size=5, speed=(at % 11) / 10))
    return found


async def one_text(services: Services, brief: Brief, slipper: Slipper, count: Count) -> None:
    """One answer with a slip, and the next one without."""
    written = [step async for step in write(services, brief) if isinstance(step, Written)]
    explanation = written[-1].explanation
    if explanation.is_cached:
        return
    count.answers += 1
    count.wrong += len(slipper.wrong)
    count.right += len(slipper.right)
    asked_again = explanation.model is None or len(slipper.right) > _claims(explanation)
    if asked_again:
        count.caught += len(slipper.wrong)
    else:
        count.passed.append(f"passed: {slipper.wrong}")
    if explanation.model is None:
        count.refused += 1
        count.passed.append(f"refused: {explanation.why_template}")


def _claims(explanation: Any) -> int:  # noqa: ANN401
    return len(list(explanation.narrative.claims()))


async def filled(services: Services, records: list[Record], script: _Switch) -> dict[str, Count]:
    counts: dict[str, Count] = {}

    async def one(use: str, slipper: FormSlipper, work: Awaitable[forms.FilledForm]) -> None:
        count = counts.setdefault(use, Count())
        form = await work
        if form.is_cached:
            return
        count.answers += 1
        count.wrong += slipper.slips
        count.right += len(slipper.right)
        is_right = dict(form.fields) == slipper.right and form.model is not None
        count.caught += slipper.slips if is_right else 0
        if form.model is None:
            count.refused += 1
        if not is_right:
            count.passed.append(f"{form.fields} {form.why_template}")

    for at, record in enumerate(records):
        slipper = script.script = FormSlipper(seed=at)
        words, slipper.right, slipper.wrong = finder_case(record)
        unique = f"{words} number {at}" if at % 2 else words
        await one("finder", slipper, forms.finder_form(services, unique))
        slipper = script.script = FormSlipper(seed=at)
        words, slipper.right, slipper.wrong = filter_case({**record, "title": f"T{at}x"})
        await one("filter", slipper, forms.filter_form(services, words))
        slipper = script.script = FormSlipper(seed=at)
        headings, slipper.right, slipper.wrong = columns_case(at)
        await one("columns", slipper, forms.columns_form(services, headings, []))
    return counts


async def made_decisions(number: int) -> AsyncIterator[Record]:
    """Decisions on the sandbox's products at costs around their max cost."""
    source = simulated()
    asins = source.marketplace.asins[: number * 2]
    transport = _transport(source)
    found = 0
    async with KeepaClient(SANDBOX_URL, SANDBOX_KEY, transport=transport) as keepa:
        for request in ProductRequest.for_asins(asins, US.keepa_domain):
            for market in (await keepa.products(request)).markets:
                if found == number:
                    return
                found += 1
                best = decide(Lead(market.product.asin), market).study.max_cost_cents
                cents = max(50, round((best or 1_000) * SHARES[found % len(SHARES)]))
                cost = Money(cents, US.currency) if found % 25 else None
                lead = Lead(market.product.asin, unit_cost=cost, quantity=1 + found % 4)
                record: Mapping[str, Any] = decision_record(decide(lead, market))
                yield {"id": found, "error": None, **record}


def _transport(source: Any) -> Any:  # noqa: ANN401
    import httpx2

    return httpx2.ASGITransport(app=create_sandbox(source))


if __name__ == "__main__":
    os.environ.pop("OPENAI_API_KEY", None)
    main()
