"""How many wrong figures the check catches, and how many right ones it refuses.

    uv run python benchmarks/explanations.py [DECISIONS] [--direct] [--texts NUMBER]

Decisions on the sandbox's products (500 by default) go through every use of the narrator, over real
HTTP to a stand-in. Each text that it writes holds one figure of each kind of slip: wrong, rounded,
translated, re-united; forms hold one of them in turn. A slip counts as caught only if the objection
names that very figure. All other figures are right ones, in many writings and languages: an
objection to one of them counts as refused. What passed and what was refused is printed, and makes
the command fail. No model takes part: this measures the check, not a model.

``--direct`` leaves out server, streaming and database: the same script answers the same requests in
this process, which takes a fifth of the time.

``--texts`` prints that many texts of the template, for people to read.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Any, Final

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

import httpx2  # noqa: E402

from arbitragevault.adapters.keepa.client import KeepaClient  # noqa: E402
from arbitragevault.adapters.keepa.requests import ProductRequest  # noqa: E402
from arbitragevault.adapters.openai import wire  # noqa: E402
from arbitragevault.application import forms  # noqa: E402
from arbitragevault.application.form_checks import check_form  # noqa: E402
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
from arbitragevault.domain.explanation import template  # noqa: E402
from arbitragevault.domain.explanation.answers import told  # noqa: E402
from arbitragevault.domain.explanation.briefs import (  # noqa: E402
    SIZES,
    comparison_brief,
    digest_brief,
    shortlist_brief,
    why_brief,
)
from arbitragevault.domain.explanation.check import check  # noqa: E402
from arbitragevault.domain.explanation.narrative import Brief  # noqa: E402
from arbitragevault.domain.explanation.selection import choose  # noqa: E402
from arbitragevault.domain.market.market import Market, SeriesKind  # noqa: E402
from arbitragevault.domain.money import Money  # noqa: E402
from arbitragevault.sandbox.server import create_sandbox, simulated  # noqa: E402
from tests.standins.figures import Slip  # noqa: E402
from tests.standins.form_writers import (  # noqa: E402
    Case,
    FormSlipper,
    columns_case,
    filter_case,
    finder_case,
)
from tests.standins.openai import (  # noqa: E402
    KEY,
    MODEL,
    Asked,
    Reply,
    StandIn,
    asked_for,
    served,
)
from tests.standins.writers import Slipper, Tally  # noqa: E402

OUTPUT: Final = ROOT / "artifacts" / "benchmarks" / "explanations.json"
COST_SHARES: Final = (0.05, 0.12, 0.2, 0.25, 0.3, 0.45, 0.7)
"""Unit costs as parts of the price now: from a bargain to a loss."""
AT_ONCE: Final = 8
WINDOW: Final = 40
"""Decisions among which a shortlist or a digest chooses."""
Record = dict[str, Any]


@dataclass
class Result:
    """What came of it all.

    Args:
        tallies: By use.
        unnamed: Answers with slips that were taken as they were.
        untold: Answers that were right and not taken.
        own: Claims of the template, and those that its own check refuses.
        kinds: Slips by kind of slip and of writing.
    """

    tallies: dict[str, Tally]
    unnamed: int
    untold: list[str]
    own: Counter[str]
    kinds: Counter[tuple[str, str]]


def main() -> None:
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    parser.add_argument("decisions", nargs="?", type=int, default=500)
    parser.add_argument("--texts", type=int, default=0, help="print texts of the template instead")
    parser.add_argument("--direct", action="store_true", help="without server and database")
    options = parser.parse_args()
    os.environ.pop("OPENAI_API_KEY", None)
    if options.texts:
        records = asyncio.run(made_decisions(max(60, options.texts)))
        print_texts(records, options.texts)
        return
    started = time.perf_counter()
    records = asyncio.run(made_decisions(options.decisions))
    decided = time.perf_counter() - started
    result = measure_directly(records) if options.direct else asyncio.run(measure(records))
    took = time.perf_counter() - started
    uses = len(result.tallies)
    print(f"{options.decisions} decisions ({decided:.0f} s to make) x {uses} uses, {took:.0f} s")
    print_result(result)
    save(result)
    sys.exit(1 if is_bad(result) else 0)


async def measure(records: Sequence[Record]) -> Result:
    """Through the narrator: over HTTP, streamed, written down in the database."""
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
            slipper = script.script = Slipper()
            untold, own = await texts(services, records)
            cases = form_cases(records)
            filler = script.script = FormSlipper([case for use in cases.values() for case in use])
            untold += await filled(services, cases)
    return _result(slipper, filler, untold, own)


def measure_directly(records: Sequence[Record]) -> Result:
    """The same requests and answers in this process."""
    slipper, own, untold = Slipper(), Counter[str](), list[str]()
    for at in range(len(records)):
        for brief in briefs(records, at):
            count_own(brief, own)
            data = told(brief)
            objections = check(wire.narrative_of(slipper(asked_for(data)).text), brief)
            if objections:
                again = wire.narrative_of(slipper(asked_for(data, objections)).text)
                untold += [f"{brief.use}: {one.text}" for one in check(again, brief)]
    cases = form_cases(records)
    filler = FormSlipper([case for use in cases.values() for case in use])
    for use, those in cases.items():
        for case in those:
            form = case.form(use)
            data = told(forms.shown_to_model(form))
            fields, _ = wire.fields_of(filler(asked_for(data)).text)
            if objections := check_form(form, fields):
                fields, _ = wire.fields_of(filler(asked_for(data, objections)).text)
                untold += [f"{use}: {one.text}" for one in check_form(form, fields)]
    return _result(slipper, filler, untold, own)


def _result(slipper: Slipper, filler: FormSlipper, untold: list[str], own: Counter[str]) -> Result:
    unnamed = slipper.unanswered() + len(filler.unanswered())
    return Result(slipper.tallies | filler.tallies, unnamed, untold, own, slipper.kinds)


def form_cases(records: Sequence[Record]) -> dict[str, list[Case]]:
    """The forms of every decision."""
    return {
        "finder": [finder_case(one, at) for at, one in enumerate(records)],
        "filter": [filter_case(one, at) for at, one in enumerate(records)],
        "columns": [columns_case(at) for at in range(len(records))],
    }


def count_own(brief: Brief, own: Counter[str]) -> None:
    """What the check says of the template's text."""
    narrative = template.write(brief)
    own["claims"] += sum(1 for _ in narrative.claims())
    own["refused"] += len(check(narrative, brief, sent_only=False))


class _Switch:
    """A script that can be exchanged while the stand-in serves."""

    def __init__(self) -> None:
        self.script: Callable[[Asked], Reply] = lambda _: Reply()

    def __call__(self, asked: Asked) -> Reply:
        return self.script(asked)


async def texts(services: Services, records: Sequence[Record]) -> tuple[list[str], Counter[str]]:
    """Every text use of every decision; answers what was right and not taken."""
    own: Counter[str] = Counter()
    untold: list[str] = []

    async def one(brief: Brief) -> None:
        count_own(brief, own)
        steps = [step async for step in write(services, brief)]
        assert isinstance(steps[-1], Written)
        why = steps[-1].explanation.why_template
        if why is not None:
            untold.append(f"{brief.use}: {why.text}")

    await at_once(one(brief) for at in range(len(records)) for brief in briefs(records, at))
    return untold, own


async def filled(services: Services, cases: Mapping[str, Sequence[Case]]) -> list[str]:
    """Every form of every decision; answers what was right and not taken."""
    untold: list[str] = []
    ways: dict[str, Callable[[Any], Awaitable[forms.FilledForm]]] = {
        "finder": lambda words: forms.finder_form(services, words),
        "filter": lambda words: forms.filter_form(services, words),
        "columns": lambda headings: forms.columns_form(services, headings, []),
    }

    async def one(use: str, case: Case) -> None:
        form = await ways[use](case.words)
        if form.model is None or dict(form.fields) != case.right:
            untold.append(f"{use}: {case.words} {dict(form.fields)} {form.why_template}")

    await at_once(one(use, case) for use, those in cases.items() for case in those)
    return untold


async def at_once(work: Iterable[Awaitable[None]]) -> None:
    """Do all of it, a few at a time; what is done later is made later."""
    waiting = iter(work)

    async def worker() -> None:
        for each in waiting:
            await each

    await asyncio.gather(*(worker() for _ in range(AT_ONCE)))


def briefs(records: Sequence[Record], at: int) -> list[Brief]:
    """Every text use on a decision: alone, and among others."""
    record, choice = records[at], random.Random(at)  # noqa: S311  # the same every time
    window = [record, *choice.sample(records, min(WINDOW, len(records)))]
    size, speed = SIZES[at % 3], (at % 11) / 10
    picks = choose(window, size=size, speed=speed)
    counts = Counter(str(one["verdict"]) for one in window)
    other = next(one for one in window[1:] if one is not record)
    day = f"2026-{1 + at % 12:02}-{1 + at % 28:02}"
    found = [
        why_brief(record),
        digest_brief(window, picks, counts=counts, day=day),
        comparison_brief(record, other),
    ]
    if picks:
        considered = len(window) + at
        found.append(shortlist_brief(picks, considered=considered, size=size, speed=speed))
    return found


async def made_decisions(number: int) -> list[Record]:
    """Decisions on the sandbox's products at costs around what they are worth."""
    return [record async for record in _decisions(number)]


async def _decisions(number: int) -> AsyncIterator[Record]:
    source = simulated()
    asins = source.marketplace.asins[: number + number // 20 + 1]
    transport: Any = httpx2.ASGITransport(app=create_sandbox(source))
    found = 0
    async with KeepaClient(SANDBOX_URL, SANDBOX_KEY, transport=transport) as keepa:
        for request in ProductRequest.for_asins(asins, US.keepa_domain):
            for market in (await keepa.products(request)).markets:
                if found == number:
                    return
                found += 1
                lead = _lead(market, found)
                yield {"id": found, "error": None, **decision_record(decide(lead, market))}


def _lead(market: Market, number: int) -> Lead:
    price = market.now(SeriesKind.NEW)
    share = COST_SHARES[number % len(COST_SHARES)]
    cents = 1_000 if price != price else max(50, round(price * share))  # noqa: PLR0124  # NaN
    cost = Money(cents, US.currency) if number % 25 else None
    return Lead(market.product.asin, unit_cost=cost, quantity=1 + number % 2)


def print_texts(records: Sequence[Record], number: int) -> None:
    """Texts of the template, of every use and verdict."""
    by_verdict: dict[str, list[Record]] = {}
    for record in records:
        by_verdict.setdefault(str(record["verdict"]), []).append(record)
    turns = zip_longest(*(by_verdict[one] for one in sorted(by_verdict)))
    singles = [why_brief(one) for turn in turns for one in turn if one][: max(1, number - 3)]
    sets = [brief for brief in briefs(records, 1) if brief.use.value != "why"]
    for place, brief in enumerate([*singles, *sets][:number], start=1):
        print(f"\n--- {place}. {brief.use} ---")
        claims = {one.about: one.claims for one in template.write(brief).sections}
        for part in brief.parts:
            print(f"{part.title}{f' ({part.verdict})' if part.prefix and part.verdict else ''}")
            print("  " + " ".join(claim.text for claim in claims[part.about]))


def print_result(result: Result) -> None:
    """Counts by use and by kind of slip, and everything that went wrong."""
    kinds = [slip.value for slip in Slip]
    print(
        f"{'use':<12}" + "".join(f"{kind:>12}" for kind in kinds) + f"{'right':>10}{'refused':>9}"
    )
    for use, tally in result.tallies.items():
        cells = [f"{tally.caught[kind]}/{tally.slipped[kind]}" for kind in kinds]
        shown = "".join(f"{cell:>12}" for cell in cells)
        print(f"{use:<12}{shown}{tally.right:>10}{tally.refused:>9}")
        for line in tally.missed[:12]:
            print("   ", line)
    print(
        f"answers taken with a slip: {result.unnamed}; right answers refused: {len(result.untold)}"
    )
    for line in result.untold[:12]:
        print("   ", line)
    print(f"claims of the template: {result.own['claims']}, refused: {result.own['refused']}")
    ways = Counter(slip for slip, _ in result.kinds)
    print("ways to slip: " + ", ".join(f"{slip} {ways[slip]}" for slip in Slip))


def save(result: Result) -> None:
    """The counts as JSON."""
    OUTPUT.parent.mkdir(parents=True, exist_ok=True)
    body = {
        "uses": {
            use: {
                "slipped": dict(tally.slipped),
                "caught": dict(tally.caught),
                "right": tally.right,
                "refused": tally.refused,
            }
            for use, tally in result.tallies.items()
        },
        "kinds": {f"{slip}: {kind}": n for (slip, kind), n in sorted(result.kinds.items())},
        "template": dict(result.own),
    }
    OUTPUT.write_text(json.dumps(body, indent=1) + "\n")


def is_bad(result: Result) -> bool:
    """Whether a wrong figure passed or a right one was refused."""
    tallies = result.tallies.values()
    missed = any(tally.caught != tally.slipped or tally.refused for tally in tallies)
    return missed or bool(result.unnamed or result.untold or result.own["refused"])


if __name__ == "__main__":
    main()
