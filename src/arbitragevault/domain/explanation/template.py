"""The template: the same explanations without a model, from the same facts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from arbitragevault.domain.explanation.check import MOST_CLAIMS
from arbitragevault.domain.explanation.facts import Fact
from arbitragevault.domain.explanation.narrative import (
    Brief,
    Claim,
    Narrative,
    Part,
    Section,
    Use,
)


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
            Claim(fact.text, (fact.id,))
            for fact in self._facts.values()
            if fact.id.startswith(f"{self._prefix}{group}.")
            and (not statuses or fact.label.rpartition(", ")[2] in statuses)
        ]


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


OPENINGS: Final = {
    "buy": "Buy: it meets every criterion of the policy.",
    "review": "Review: it comes close to a buy, but something wants a look.",
    "skip": "Skip: it fails a criterion of the policy.",
    "unknown": "Unknown: something is missing that the decision needs.",
}


def _short(known: Known) -> tuple[Claim, ...]:
    """The verdict and the two figures that matter most."""
    verdict = known.text("verdict")
    return told(
        Claim(OPENINGS.get(verdict, OPENINGS["unknown"]), ("verdict",)),
        _most_to_pay(known),
        profit(known),
    )


def _most_to_pay(known: Known) -> Claim | None:
    if not known.has("max_cost"):
        return None
    if known.has("unit_cost"):
        more = known.number("max_cost") >= known.number("unit_cost")
        word = "and it is offered at" if more else "but it is offered at"
        return known.claim(f"Pay at most {{0}} for a unit, {word} {{1}}.", "max_cost", "unit_cost")
    return known.claim("Pay at most {0} for a unit.", "max_cost")


def profit(known: Known) -> Claim | None:
    """The median profit or loss of a unit with its ROI."""
    if not known.has("profit.p50"):
        return None
    if known.number("profit.p50") < 0:
        loss = known.text("profit.p50").replace("-", "")
        ids = known.claim("", "profit.p50")
        return ids and Claim(f"At the median a unit makes a loss of {loss}.", ids.facts)
    return known.claim("At the median a unit makes {0}, an ROI of {1}.", "profit.p50", "roi")


def _because(known: Known) -> tuple[Claim, ...]:
    """What speaks against it first, then what speaks for it."""
    against = known.findings("reasons", "fail", "unknown", "warning")
    return (
        *against,
        *told(
            _spread(known),
            _time(known),
            _market(known),
            known.claim("Amazon had it in stock for {0} of the last 90 days.", "amazon.share_90")
            if not known.has("reasons.amazon_share")
            else None,
        ),
        *known.findings("risks", "ok"),
        *([] if against else known.findings("reasons", "pass")[:1]),
    )[:MOST_CLAIMS]


def _spread(known: Known) -> Claim | None:
    if known.has("profit.p10", "profit.p90") and known.number("profit.p10") < 0:
        return None
    return known.claim(
        "From a bad to a good case a unit makes {0} to {1}; the chance of a profit is {2}.",
        "profit.p10",
        "profit.p90",
        "probability_of_profit",
    )


def _time(known: Known) -> Claim | None:
    many = known.has("quantity") and known.number("quantity") > 1
    if known.has("days_to_sell.p90"):
        what = "All {2} units sell" if many else "It sells"
        return known.claim(
            f"{what} in {{0}} at the median, in a slow case in {{1}}.",
            "days_to_sell.p50",
            "days_to_sell.p90",
            *(("quantity",) if many else ()),
        )
    return known.claim("It sells in {0} at the median.", "days_to_sell.p50")


def _market(known: Known) -> Claim | None:
    if known.has("sales_per_month.p50", "share.p50"):
        return known.claim(
            "All sellers together sell {0}; about {1} of that would be yours.",
            "sales_per_month.p50",
            "share.p50",
        )
    return known.claim("Its sales rank is {0}.", "sales_rank")


def _what_if(known: Known) -> tuple[Claim, ...]:
    changes = known.findings("changes")
    if changes:
        return tuple(changes[:MOST_CLAIMS])
    if known.text("verdict") == "buy":
        found = told(
            known.claim("Above a unit cost of {0} it would no longer be a buy.", "max_cost"),
        )
        return found or (Claim("Nothing has to change for a buy.", ("verdict",)),)
    return (Claim("No change in cost, price or quantity would make it a buy.", ("verdict",)),)
