"""Writing a text: by the model if there is one and its figures are right, else by the template."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from arbitragevault.application.model_calls import digest_of, known_answer, model_call
from arbitragevault.application.ports import Narrator
from arbitragevault.application.services import Services
from arbitragevault.application.template_narrator import TemplateNarrator
from arbitragevault.domain.errors import NarratorError
from arbitragevault.domain.explanation.answers import Draft
from arbitragevault.domain.explanation.check import Objection, check, check_claim, facts_by_id
from arbitragevault.domain.explanation.narrative import Brief, Claim, Narrative, Section

ATTEMPTS: Final = 2
"""A text with wrong figures is asked for once more, with the figures named; then the template
writes."""

_TEMPLATE: Final = TemplateNarrator()


class Author(StrEnum):
    """Who is wanted as writer: whoever can, or the template."""

    AUTO = "auto"
    TEMPLATE = "template"


@dataclass(frozen=True, slots=True)
class WhyTemplate:
    """Why the template wrote.

    Args:
        code: ``off``, ``asked``, ``figures`` or the code of an error.
        text: One sentence.
    """

    code: str
    text: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """A finished text with the facts that it rests on.

    Args:
        brief: What it was asked to be about, with every fact.
        narrative: The text.
        model: The model that wrote it; None for the template.
        why_template: Why it was not a model; None if it was.
        is_cached: The same question was answered before.
        version: Of the prompts or templates.
    """

    brief: Brief
    narrative: Narrative
    model: str | None
    why_template: WhyTemplate | None
    is_cached: bool
    version: str


@dataclass(frozen=True, slots=True)
class Claimed:
    """A checked claim of a text that is being written."""

    about: str
    claim: Claim


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """What was claimed so far does not count: the text is written anew."""

    reason: str


@dataclass(frozen=True, slots=True)
class Written:
    """The finished text."""

    explanation: Explanation


Step = Claimed | Withdrawn | Written


async def write(
    services: Services, brief: Brief, *, author: Author = Author.AUTO
) -> AsyncIterator[Step]:
    """Write a text step by step. It always ends with ``Written``.

    Only claims that passed the check are given out.

    Args:
        services: The running program.
        brief: What to write about.
        author: Who is wanted as writer.
    """
    why = no_model(services, author)
    if why is None:
        attempt = _ModelText(services, brief)
        async for step in attempt.steps():
            yield step
        if attempt.why is None:
            return
        why = attempt.why
    async for draft in _TEMPLATE.narrate(brief):
        for about, claim in draft.narrative.claims():
            yield Claimed(about, claim)
        yield Written(
            Explanation(
                brief, draft.narrative, None, why, is_cached=False, version=_TEMPLATE.version
            )
        )


def no_model(services: Services, author: Author) -> WhyTemplate | None:
    """Why no model is asked at all; None if one is."""
    if author is Author.TEMPLATE:
        return WhyTemplate("asked", "The template was asked for.")
    if services.narration.narrator is None:
        return WhyTemplate(
            "off", "No language model is set up; OPENAI_API_KEY or OPENAI_BASE_URL sets one."
        )
    return None


class _ModelText:
    """A text by the model; ``why`` tells afterwards why there is none.

    Args:
        services: The running program, with a narrator.
        brief: What to write about.
    """

    def __init__(self, services: Services, brief: Brief) -> None:
        narrator = services.narration.narrator
        if narrator is None:
            raise ValueError("a text by the model needs a narrator")
        self._services = services
        self._narrator: Narrator = narrator
        self._brief = brief
        self._digest = digest_of(narrator, brief)
        self._shown: list[tuple[str, Claim]] = []
        self.why: WhyTemplate | None = None

    async def steps(self) -> AsyncIterator[Step]:
        """The text step by step."""
        body = await known_answer(self._services, self._digest)
        if body is not None:
            narrative = narrative_of(body)
            if not check(narrative, self._brief):
                for about, claim in narrative.claims():
                    yield Claimed(about, claim)
                yield self._written(narrative, is_cached=True)
                return
        async for step in self._attempts():
            yield step

    async def _attempts(self) -> AsyncIterator[Step]:
        objections: tuple[Objection, ...] = ()
        for _ in range(ATTEMPTS):
            self._shown = []
            result = _Attempt()
            try:
                async with model_call(
                    self._services, self._narrator, self._brief, self._digest
                ) as call:
                    async for draft in self._narrator.narrate(self._brief, objections):
                        call.usage = draft.usage or call.usage
                        result.narrative = draft.narrative
                        for claimed in self._new_claims(draft, result):
                            yield claimed
                    objections = check(result.narrative, self._brief)
                    call.outcome = "objected" if objections else "accepted"
                    call.body = None if objections else body_of(result.narrative)
            except NarratorError as error:
                self.why = WhyTemplate(error.code, error.message)
            else:
                if not objections:
                    self.why = None
                    yield self._written(result.narrative, is_cached=False)
                    return
                self.why = objected(objections)
            if self._shown:
                yield Withdrawn(self.why.text)
            if self.why.code != "figures":
                return

    def _new_claims(self, draft: Draft, result: _Attempt) -> list[Claimed]:
        """The claims that the draft adds, up to the first one that does not pass."""
        parts = {part.about: part for part in self._brief.parts}
        facts = facts_by_id(self._brief, sent_only=True)
        found = []
        for about, claim in list(draft.narrative.claims())[result.seen :]:
            result.seen += 1
            part = parts.get(about)
            if part is None or check_claim(claim, part, facts):
                result.is_good = False
            if result.is_good:
                self._shown.append((about, claim))
                found.append(Claimed(about, claim))
        return found

    def _written(self, narrative: Narrative, *, is_cached: bool) -> Written:
        return Written(
            Explanation(
                self._brief,
                narrative,
                self._narrator.model,
                None,
                is_cached=is_cached,
                version=self._narrator.version,
            )
        )


@dataclass(slots=True)
class _Attempt:
    """How far an attempt is."""

    narrative: Narrative = Narrative(())
    seen: int = 0
    is_good: bool = True


def objected(objections: tuple[Objection, ...]) -> WhyTemplate:
    """Why the template wrote although a model had written."""
    more = "" if len(objections) == 1 else f" and {len(objections) - 1} more"
    return WhyTemplate(
        "figures",
        f"What the model wrote did not pass the check: {objections[0].text.rstrip('.')}{more}.",
    )


def body_of(narrative: Narrative) -> dict[str, Any]:
    """A text as JSON values."""
    return {
        "sections": [
            {
                "about": section.about,
                "claims": [
                    {"text": claim.text, "facts": list(claim.facts)} for claim in section.claims
                ],
            }
            for section in narrative.sections
        ]
    }


def narrative_of(body: Mapping[str, Any]) -> Narrative:
    """The text that ``body_of`` wrote down."""
    return Narrative(
        tuple(
            Section(
                section["about"],
                tuple(Claim(claim["text"], tuple(claim["facts"])) for claim in section["claims"]),
            )
            for section in body["sections"]
        )
    )
