"""The number check: a text may state nothing that its facts do not hold.

What it cannot see: a figure that is right but named as something else of the same unit ("the bad
case" for the median) passes where the claim cites both facts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from arbitragevault.domain.errors import quoted
from arbitragevault.domain.explanation.facts import Fact
from arbitragevault.domain.explanation.figures import Stated, figures_in
from arbitragevault.domain.explanation.narrative import Brief, Claim, Narrative, Part
from arbitragevault.domain.explanation.plain_text import plain_text
from arbitragevault.domain.explanation.quantity import holds

MOST_CHARACTERS: Final = 600
MOST_CLAIMS: Final = 12
"""Claims that a part may have; more than anybody reads."""

_LOSES: Final = re.compile(
    r"\b(?:loss|losses|lose|loses|losing|lost|negative|minus|below zero|shortfall|in the red"
    r"|verlust|verliert|perte|p[ée]rdida|perdita)\b",
    re.IGNORECASE,
)
_FOREIGN_MATTER: Final = re.compile(
    r"https?:|www\.|mailto:|javascript:|<\s*[a-z/!]|\]\(|```|\{\{|\b[\w.+-]+@[\w-]+\.\w",
    re.IGNORECASE,
)
_VERDICT: Final = re.compile(
    r"^\W*(?P<first>buy|skip|review|unknown)\b(?=\s*[.:!,;\u2013\u2014-])"
    r"|\bverdict\W+(?:is\W+|of\W+)?(?:an?\W+)?(?P<named>buy|skip|review|unknown)\b"
    r"|\b(?:is|as|rated|remains)\s+an?\s+(?:\w+\s+)?(?P<called>buy|skip|review)\b"
    r"|\b(?:you|we)\s+should\s+(?:\w+\s+)?(?P<told>buy|skip)\b"
    r"|\b(?P<urged>buy|skip)\s+(?:it|this|now|immediately|all)\b",
    re.IGNORECASE,
)
_SUPPOSED: Final = re.compile(
    r"\b(?:would|could|if|not|no longer|until|before|towards|make it|become|becomes|instead of)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Objection:
    """Something in a text that its facts do not bear out.

    Args:
        code: ``figure``, ``fact``, ``verdict``, ``matter`` or ``shape``.
        about: The part where it stands.
        text: One sentence: what was found and what is wanted.
        found: The offending words.
    """

    code: str
    about: str
    text: str
    found: str = ""


def check(narrative: Narrative, brief: Brief, *, sent_only: bool = True) -> tuple[Objection, ...]:
    """What is wrong with a whole text; empty for a good one.

    Args:
        narrative: The text.
        brief: What it was asked to be about.
        sent_only: Only facts that a model may see count, as for a model's text.
    """
    return (*_shape(narrative, brief), *_claims(narrative, brief, sent_only=sent_only))


def check_claim(claim: Claim, part: Part, facts: Mapping[str, Fact]) -> tuple[Objection, ...]:
    """What is wrong with one claim.

    Args:
        claim: The claim.
        part: The part that it stands in.
        facts: The facts that may be cited, by id.
    """
    return (
        *_form(claim, part),
        *_citations(claim, part, facts),
        *_figures(claim, part, facts),
        *_verdict(claim, part),
    )


def facts_by_id(brief: Brief, *, sent_only: bool) -> dict[str, Fact]:
    """The facts that may be cited, by id."""
    return {fact.id: fact for fact in (brief.sent() if sent_only else brief.facts)}


def _claims(narrative: Narrative, brief: Brief, *, sent_only: bool) -> Iterator[Objection]:
    parts = {part.about: part for part in brief.parts}
    facts = facts_by_id(brief, sent_only=sent_only)
    for about, claim in narrative.claims():
        if about in parts:
            yield from check_claim(claim, parts[about], facts)


def _shape(narrative: Narrative, brief: Brief) -> Iterator[Objection]:
    wanted = [part.about for part in brief.parts]
    found = [section.about for section in narrative.sections]
    if found != wanted:
        yield Objection(
            "shape",
            "",
            f"The parts are {', '.join(found) or 'none'}; wanted, in this order: "
            f"{', '.join(wanted)}.",
        )
    for section in narrative.sections:
        if not 1 <= len(section.claims) <= MOST_CLAIMS:
            yield Objection(
                "shape",
                section.about,
                f"{section.about} has {len(section.claims)} claims; wanted: 1 to {MOST_CLAIMS}.",
            )


def _form(claim: Claim, part: Part) -> Iterator[Objection]:
    if not claim.text.strip() or len(claim.text) > MOST_CHARACTERS:
        yield Objection(
            "shape", part.about, f"A claim has 1 to {MOST_CHARACTERS} characters.", claim.text[:60]
        )
    foreign = _FOREIGN_MATTER.search(claim.text)
    if foreign is not None:
        yield Objection(
            "matter",
            part.about,
            f"{quoted(foreign[0])} does not belong into a text: no links, addresses or markup.",
            foreign[0],
        )


def _citations(claim: Claim, part: Part, facts: Mapping[str, Fact]) -> Iterator[Objection]:
    if not claim.facts:
        yield Objection("fact", part.about, f"{quoted(claim.text)} names no fact that it rests on.")
    for id_ in claim.facts:
        if id_ not in facts:
            yield Objection("fact", part.about, f"There is no fact {quoted(id_)}.", id_)
        elif not id_.startswith(part.prefix):
            yield Objection("fact", part.about, f"{quoted(id_)} is a fact of another product.", id_)


def _figures(claim: Claim, part: Part, facts: Mapping[str, Fact]) -> Iterator[Objection]:
    cited = [facts[id_] for id_ in claim.facts if id_ in facts]
    text = _without_names(plain_text(claim.text), cited)
    either_sign = _LOSES.search(text) is not None
    for stated in figures_in(text):
        if not _is_held(stated, cited, either_sign=either_sign):
            yield Objection(
                "figure",
                part.about,
                f"{quoted(stated.text)} in {quoted(claim.text)} is not held by the facts that the "
                f"claim cites ({', '.join(claim.facts) or 'none'}).",
                stated.text,
            )


def _is_held(stated: Stated, cited: list[Fact], *, either_sign: bool) -> bool:
    if any(stated.text.lower() in fact.words for fact in cited):
        return True
    return any(
        holds(held, reading, either_sign=either_sign and reading.value >= 0 and held.value < 0)
        for reading in stated.readings
        for fact in cited
        for held in fact.held
    )


def _without_names(text: str, cited: list[Fact]) -> str:
    """The text without the cited names that it quotes: their figures are not its own."""
    for fact in cited:
        if fact.is_foreign:
            name = re.escape(plain_text(fact.text))
            text = re.sub(rf"[\"“«']{name}[\"”»']", " ", text)
    return text


def _verdict(claim: Claim, part: Part) -> Iterator[Objection]:
    """A text may not contradict the verdict; what would be one under conditions is no verdict."""
    if part.verdict is None:
        return
    for match in _VERDICT.finditer(claim.text):
        said = next(word for word in match.groups() if word).lower()
        sentence = claim.text[: match.start()].rpartition(".")[2] + match[0]
        if said != part.verdict and not _SUPPOSED.search(sentence):
            yield Objection(
                "verdict",
                part.about,
                f"{quoted(match[0].strip())} contradicts the verdict, which is {part.verdict}.",
                match[0].strip(),
            )
