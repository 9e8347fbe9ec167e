"""The template: the same explanations without a model, from the same facts."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from arbitragevault.domain.explanation.check import MOST_CLAIMS
from arbitragevault.domain.explanation.facts import SIGNS, Fact
from arbitragevault.domain.explanation.narrative import (
    Brief,
    Claim,
    Narrative,
    Part,
    Section,
    Use,
)
from arbitragevault.domain.explanation.phrases import failure, listed, subject
from arbitragevault.domain.market.sellthrough import LONGEST_DAYS


class Known:
    """The facts of one decision, by id; what is not known is not said.

    Args:
        facts: Facts by id.
        prefix: With what the ids of this decision begin.
    """

    def __init__(self, facts: Mapping[str, Fact], prefix: str = "") -> None:
        self._facts = facts
        self._prefix = prefix

    def has(self, *names: str) -> bool:
        """Whether all of them are known."""
        return all(self._prefix + name in self._facts for name in names)

    def text(self, name: str) -> str:
        """A fact's display form."""
        return self._facts[self._prefix + name].text

    def number(self, name: str) -> float:
        """A fact's figure."""
        value = self._facts[self._prefix + name].value
        return float(value) if isinstance(value, int | float) else 0.0

    def claim(self, words: str, *names: str) -> Claim | None:
        """A sentence with its facts filled in at ``{0}``, ``{1}`` ...; None if one is missing."""
        if not self.has(*names):
            return None
        text = words.format(*(self.text(name) for name in names))
        return Claim(text, tuple(self._prefix + name for name in names))

    def findings(self, group: str, *statuses: str) -> list[Claim]:
        """The findings of a group, such as reasons, with any of the statuses."""
        return [
            Claim(with_signs(fact.text), (fact.id,))
            for fact in self._facts.values()
            if fact.id.startswith(f"{self._prefix}{group}.")
            and (not statuses or fact.label.rpartition(", ")[2] in statuses)
        ]

    def codes(self, group: str, *statuses: str) -> list[str]:
        """What the findings of a group are called."""
        start = len(self._prefix) + len(group) + 1
        return [claim.facts[0][start:] for claim in self.findings(group, *statuses)]

    def cite(self, text: str, *names: str) -> Claim:
        """A sentence of its own with the facts that it rests on."""
        return Claim(text, tuple(self._prefix + name for name in names))


_CODED: Final = re.compile(r"(?P<sign>-?)(?P<amount>[\d,]+(?:\.\d+)?) (?P<code>USD|GBP|EUR|JPY)\b")


def with_signs(text: str) -> str:
    """Amounts as the page shows them: "$3.00" for "3.00 USD"."""
    return _CODED.sub(lambda one: f"{one['sign']}{SIGNS[one['code']]}{one['amount']}", text)


def told(*claims: Claim | None) -> tuple[Claim, ...]:
    """The claims that could be made."""
    return tuple(claim for claim in claims if claim is not None)


def write(brief: Brief) -> Narrative:
    """The text that a brief asks for."""
    from arbitragevault.domain.explanation import template_sets

    facts = {fact.id: fact for fact in brief.facts}
    writers = {
        Use.WHY: _why,
        Use.SHORTLIST: template_sets.shortlist,
        Use.DIGEST: template_sets.digest,
        Use.COMPARISON: template_sets.comparison,
    }
    writer = writers[brief.use]
    return Narrative(tuple(Section(part.about, writer(facts, part)) for part in brief.parts))


def _why(facts: Mapping[str, Fact], part: Part) -> tuple[Claim, ...]:
    known = Known(facts)
    return {"short": _short, "why": _because, "what_if": _what_if}[part.about](known)


def opening(known: Known) -> Claim:
    """The verdict, and the criterion that decided it."""
    verdict = known.text("verdict")
    statuses, words = _OPENINGS.get(verdict, _OPENINGS["unknown"])
    codes = known.codes("reasons", *statuses)
    if not codes or not statuses:
        return known.cite(words, "verdict")
    more = len(codes) > 1
    if verdict == "skip":
        clauses = listed([_failure(known, code) for code in codes])
        return known.cite(f"Skip: {clauses}.", "verdict", *_ids(codes))
    names = listed([subject(code.partition(".")[0]) for code in codes])
    if verdict == "review":
        return known.cite(
            f"Review: it comes close to a buy, but {'these want' if more else 'this wants'} a "
            f"look: {names}.",
            "verdict",
            *_ids(codes),
        )
    return known.cite(f"Unknown: it cannot be judged without {names}.", "verdict", *_ids(codes))


_OPENINGS: Final[Mapping[str, tuple[tuple[str, ...], str]]] = {
    # verdict: statuses of the reasons that decided it, and what is said where there are none
    "buy": ((), "Buy: it meets every criterion of the policy."),
    "review": (
        ("fail", "unknown", "warning"),
        "Review: it comes close to a buy, but something wants a look.",
    ),
    "skip": (("fail",), "Skip: it fails a criterion of the policy."),
    "unknown": (("unknown",), "Unknown: something is missing that the decision needs."),
}


def _failure(known: Known, code: str) -> str:
    if code == "profit_target" and not known.has("max_cost"):
        return "at no cost does it reach the policy's targets"
    return failure(code.partition(".")[0])


def _ids(codes: Sequence[str], group: str = "reasons") -> tuple[str, ...]:
    return tuple(f"{group}.{code}" for code in codes)


def _short(known: Known) -> tuple[Claim, ...]:
    """The verdict and the two figures that matter most."""
    return told(opening(known), _most_to_pay(known), profit(known))


def _most_to_pay(known: Known) -> Claim | None:
    if not known.has("max_cost"):
        return None
    if known.has("unit_cost"):
        more = known.number("max_cost") >= known.number("unit_cost")
        word = "; it is" if more else ", but it is"
        return known.claim(
            f"Pay at most {{0}} for a unit{word} offered at {{1}}.", "max_cost", "unit_cost"
        )
    return known.claim("Pay at most {0} for a unit.", "max_cost")


def profit(known: Known) -> Claim | None:
    """The median profit or loss of a unit with its ROI."""
    if not known.has("profit.p50"):
        return None
    if known.number("profit.p50") < 0:
        loss = known.text("profit.p50").replace("-", "")
        return known.cite(f"At the median a unit makes a loss of {loss}.", "profit.p50")
    return known.claim("At the median a unit makes {0}, an ROI of {1}.", "profit.p50", "roi")


def _because(known: Known) -> tuple[Claim, ...]:
    """What speaks against it first, then what speaks for it."""
    against = [
        _never(known, claim) or claim
        for claim in known.findings("reasons", "fail", "unknown", "warning")
    ]
    target = [] if against else known.findings("reasons", "pass")[:1]
    return (
        *against,
        *target,
        *told(_spread(known), _time(known), _market(known), _amazon(known)),
        *known.findings("risks", "ok"),
    )[:MOST_CLAIMS]


def _spread(known: Known) -> Claim | None:
    if known.has("profit.p10", "profit.p90") and known.number("profit.p10") < 0:
        return None
    return known.claim(
        "In a bad case a unit makes {0}, in a good one {1}; the chance of a profit is {2}.",
        "profit.p10",
        "profit.p90",
        "probability_of_profit",
    )


def _time(known: Known) -> Claim | None:
    """How long it takes; a reason that tells the median already is not repeated."""
    if "days_to_sell" in known.codes("reasons", "fail"):
        if _is_never(known, "days_to_sell.p50"):
            return None
        if _is_never(known, "days_to_sell.p90"):
            text = "In a slow case it does not sell within ten years."
            return known.cite(text, "days_to_sell.p90")
        return known.claim("In a slow case that takes {0}.", "days_to_sell.p90")
    return selling_time(known)


_DAYS: Final = ("days_to_sell.p50", "days_to_sell.p90")


def selling_time(known: Known) -> Claim | None:
    """Days until all is sold, at the median and in a slow case."""
    if not known.has("days_to_sell.p50"):
        return None
    number = known.number("quantity") if known.has("quantity") else 1
    what = {1: "It sells", 2: "Both units sell"}.get(int(number), "All {2} units sell")
    if _is_never(known, "days_to_sell.p50"):
        return known.cite("It is not expected to sell within ten years.", "days_to_sell.p50")
    many = ("quantity",) if number > 2 else ()
    if not known.has("days_to_sell.p90") or _is_never(known, "days_to_sell.p90"):
        what = what.replace("{2}", "{1}")
        return known.claim(f"{what} in {{0}} at the median.", "days_to_sell.p50", *many)
    if known.text("days_to_sell.p50") == known.text("days_to_sell.p90"):
        slow = "even in a slow case"
        return known.claim(f"{what} in {{0}}, {slow}.", *_DAYS, *many)
    return known.claim(
        f"{what} in {{0}} at the median, in a slow case in {{1}}.",
        *_DAYS,
        *many,
    )


def _is_never(known: Known, name: str) -> bool:
    """Forecasts of days end at ten years: what reaches them says no more than that."""
    return known.has(name) and known.number(name) >= LONGEST_DAYS


def _never(known: Known, claim: Claim) -> Claim | None:
    """What to say instead of a reason or change that names ten years as a time to wait."""
    name = claim.facts[0].rpartition(".")[2]
    if name not in {"days_to_sell", "max_days_to_sell"} or not _is_never(known, "days_to_sell.p50"):
        return None
    text = "It is not expected to sell within ten years"
    return Claim(f"{text}{'' if name == 'days_to_sell' else ', whatever the limit'}.", claim.facts)


def _market(known: Known) -> Claim | None:
    if known.has("sales_per_month.p50", "share.p50"):
        return known.claim(
            "All sellers together sell {0}; about {1} of that would be yours.",
            "sales_per_month.p50",
            "share.p50",
        )
    return known.claim("Its sales rank is {0}.", "sales_rank")


def _amazon(known: Known) -> Claim | None:
    if known.has("reasons.amazon_share") or not known.has("amazon.share_90"):
        return None
    if not known.number("amazon.share_90"):
        return known.cite("Amazon did not sell it in the last 90 days.", "amazon.share_90")
    return known.claim("Amazon had it in stock for {0} of the last 90 days.", "amazon.share_90")


def _what_if(known: Known) -> tuple[Claim, ...]:
    changes = [
        _never(known, claim) or claim for claim in known.findings("changes") if not _is_look(claim)
    ]
    looks = [claim for claim in known.findings("changes") if _is_look(claim)]
    if looks:
        ids = tuple(id_ for claim in looks for id_ in claim.facts)
        names = listed([subject(id_.rpartition("changes.")[2].partition(".")[0]) for id_ in ids])
        changes.append(Claim(f"Look at this by hand: {names}.", ids))
    costs = [at for at, claim in enumerate(changes) if claim.facts[0] in _COST_CHANGES]
    if len(costs) > 1:
        text = changes[costs[1]].text
        changes[costs[1]] = replace(changes[costs[1]], text=f"Or {text[0].lower()}{text[1:]}")
    if len(changes) - len(costs[1:]) > 1:
        ids = tuple(dict.fromkeys(id_ for claim in changes for id_ in claim.facts))
        changes.insert(0, Claim("It takes more than one change:", ids))
    if changes:
        return tuple(changes[:MOST_CLAIMS])
    if known.text("verdict") == "buy":
        found = told(
            known.claim("Above a unit cost of {0} it would no longer be a buy.", "max_cost"),
        )
        return found or (known.cite("Nothing has to change for a buy.", "verdict"),)
    return (known.cite("No change in cost, price or quantity would make it a buy.", "verdict"),)


_COST_CHANGES: Final = frozenset({"changes.unit_cost", "changes.price"})
"""Either of them is enough."""


def _is_look(claim: Claim) -> bool:
    return claim.text.startswith("Check by hand: ")
