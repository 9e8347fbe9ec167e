"""The template for several decisions: shortlist, digest, comparison."""

from __future__ import annotations

from collections.abc import Mapping

from arbitragevault.domain.explanation.facts import Fact
from arbitragevault.domain.explanation.narrative import Claim, Part
from arbitragevault.domain.explanation.template import (
    Known,
    opening,
    profit,
    selling_time,
    told,
)


def shortlist(facts: Mapping[str, Fact], part: Part) -> tuple[Claim, ...]:
    """One part of a shortlist: the overview, or one pick."""
    if not part.prefix:
        known = Known(facts)
        return told(
            known.claim("{0}", "list.chosen"),
            known.claim("{0}", "list.preference"),
        )
    return _pick(Known(facts, part.prefix))


def _pick(known: Known) -> tuple[Claim, ...]:
    concern = opening(known) if known.text("verdict") != "buy" else None
    return told(
        concern,
        profit(known),
        known.claim("Pay at most {0} for a unit.", "max_cost"),
        selling_time(known),
        known.claim("The chance of the policy's targets is {0}.", "probability_of_target"),
    )


def digest(facts: Mapping[str, Fact], part: Part) -> tuple[Claim, ...]:
    """One part of a digest: the day in figures, what to buy, what to look at."""
    known = Known(facts, part.prefix)
    if part.about == "day":
        return told(
            known.claim("{0}", "day.decided"),
            known.claim("{0}", "day.money"),
            known.claim("{0}", "day.obstacle"),
        )
    best = profit(known)
    pay = known.claim("Pay at most {0} for a unit.", "max_cost")
    return told(opening(known), best, pay)


def comparison(facts: Mapping[str, Fact], part: Part) -> tuple[Claim, ...]:
    """One part of a comparison: one of the two, or what sets them apart."""
    if part.about == "apart":
        known = Known(facts)
        return tuple(known.findings("apart")) or (
            Claim("Too little is known of both to set them apart.", ("a.verdict", "b.verdict")),
        )
    known = Known(facts, part.prefix)
    return told(
        opening(known),
        profit(known),
        known.claim("Pay at most {0} for a unit.", "max_cost"),
        selling_time(known),
    )
