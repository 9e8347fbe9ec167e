"""What is asked of a model and what it has to answer, in the shapes that travel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any, Final, TypeVar

import orjson
from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import from_json

from arbitragevault.domain.errors import NarratorAnswerError
from arbitragevault.domain.explanation.check import Objection
from arbitragevault.domain.explanation.narrative import Claim, Narrative, Section

NARRATE: Final = "narrate.v1"
FILL: Final = "fill.v1"
_MOST_OBJECTIONS: Final = 10


Answer = TypeVar("Answer", bound=BaseModel)


class _Strict(BaseModel):
    """Structured outputs want every field required and none besides."""

    model_config = ConfigDict(extra="forbid", strict=True)


class ClaimAnswer(_Strict):
    """One claim."""

    text: str
    facts: list[str]


class SectionAnswer(_Strict):
    """One part."""

    about: str
    claims: list[ClaimAnswer]


class NarrativeAnswer(_Strict):
    """A whole text."""

    sections: list[SectionAnswer]


class FieldAnswer(_Strict):
    """One field of a form; its value is JSON as text, because strict schemas know no free value."""

    name: str
    value: str


class FormAnswer(_Strict):
    """A filled-in form."""

    fields: list[FieldAnswer]
    left: list[str]


@cache
def prompt(name: str) -> str:
    """A prompt file of this package."""
    return (files(__package__) / "prompts" / f"{name}.md").read_text(encoding="utf-8")


def schema_of(model: type[BaseModel]) -> dict[str, Any]:
    """The strict JSON schema of an answer."""
    return {"name": model.__name__, "schema": model.model_json_schema(), "strict": True}


def data_message(data: Mapping[str, Any], objections: Sequence[Objection]) -> str:
    """The user message: the data, delimited so that nothing inside can end it.

    Args:
        data: JSON values.
        objections: What was wrong with the answer before.
    """
    body = orjson.dumps(data).decode().replace("<", "\\u003c").replace(">", "\\u003e")
    message = f"<data>\n{body}\n</data>"
    if objections:
        named = "\n".join(f"- {one.text}" for one in objections[:_MOST_OBJECTIONS])
        escaped = named.replace("<", "(").replace(">", ")")
        message += (
            "\nYour answer before was thrown away. Write the whole anew without these:\n" + escaped
        )
    return message


def narrative_of(content: str) -> Narrative:
    """The text that a complete answer holds.

    Raises:
        NarratorAnswerError: If it does not fit its schema.
    """
    return _narrative(_valid(NarrativeAnswer, content))


def partial_narrative(content: str) -> Narrative | None:
    """The complete claims of an answer that is still coming; None before the first one."""
    try:
        found = from_json(content, allow_partial=True)
        sections = [dict(section) for section in found["sections"]]
        if not sections:
            return None
        # The last claim may still be growing.
        sections[-1]["claims"] = sections[-1].get("claims", [])[:-1]
        answer = NarrativeAnswer.model_validate({"sections": [s for s in sections if s["claims"]]})
    except (ValueError, KeyError, TypeError):
        return None
    return _narrative(answer)


def fields_of(content: str) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The fields and the words left of a form's answer.

    Raises:
        NarratorAnswerError: If it does not fit its schema, or a value is no JSON.
    """
    answer = _valid(FormAnswer, content)
    fields: dict[str, Any] = {}
    for one in answer.fields:
        try:
            fields[one.name] = orjson.loads(one.value)
        except orjson.JSONDecodeError:
            fields[one.name] = one.value  # a bare word is meant as a text
    return fields, tuple(answer.left)


def _narrative(answer: NarrativeAnswer) -> Narrative:
    return Narrative(
        tuple(
            Section(
                section.about,
                tuple(Claim(claim.text, tuple(claim.facts)) for claim in section.claims),
            )
            for section in answer.sections
        )
    )


def _valid(model: type[Answer], content: str) -> Answer:
    try:
        return model.model_validate_json(content)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise NarratorAnswerError(
            f"The model's answer does not have the form that was asked for ({first['type']}"
            f"{' at ' + place if place else ''}); the template is used instead."
        ) from None
