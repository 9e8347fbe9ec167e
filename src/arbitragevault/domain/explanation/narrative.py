"""A text about decisions: what is asked for, and what is answered."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from arbitragevault.domain.explanation.facts import Fact


class Use(StrEnum):
    """What a text is for."""

    WHY = "why"
    SHORTLIST = "shortlist"
    DIGEST = "digest"
    COMPARISON = "comparison"


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a text.

    Args:
        about: Its stable name.
        title: Its heading.
        verdict: Verdict of the decision that it is about; None where it is about several.
        prefix: With what the ids of the facts begin that it may rest on; "" for any.
    """

    about: str
    title: str
    verdict: str | None = None
    prefix: str = ""


@dataclass(frozen=True, slots=True)
class Brief:
    """What a text has to be written about.

    Args:
        use: What for.
        facts: Everything that it may state.
        parts: The parts that it has to have, in order.
        wish: The reader's preferences in words; "" for none.
    """

    use: Use
    facts: tuple[Fact, ...]
    parts: tuple[Part, ...]
    wish: str = ""

    def sent(self) -> tuple[Fact, ...]:
        """The facts that a model may see."""
        return tuple(fact for fact in self.facts if fact.is_sent)


@dataclass(frozen=True, slots=True)
class Claim:
    """One or two sentences, and the facts that they rest on.

    Args:
        text: Plain words.
        facts: Ids of facts.
    """

    text: str
    facts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """The claims of one part."""

    about: str
    claims: tuple[Claim, ...]


@dataclass(frozen=True, slots=True)
class Narrative:
    """A whole text."""

    sections: tuple[Section, ...]

    def claims(self) -> Iterator[tuple[str, Claim]]:
        """Every claim with the part that it stands in."""
        for section in self.sections:
            for claim in section.claims:
                yield section.about, claim
