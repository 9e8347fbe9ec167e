"""What a narrator is asked and answers: drafts of texts, filled-in forms, and what they used."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from arbitragevault.domain.explanation.narrative import Brief, Narrative


@dataclass(frozen=True, slots=True)
class Usage:
    """What a call of a language model used, as its server counted.

    Args:
        input_tokens: Tokens read.
        output_tokens: Tokens written.
    """

    input_tokens: int
    output_tokens: int


@dataclass(frozen=True, slots=True)
class Draft:
    """A text as far as it is written.

    Args:
        narrative: Complete claims only.
        is_complete: Nothing more comes.
        usage: What the call used, once its server has told.
    """

    narrative: Narrative
    is_complete: bool = False
    usage: Usage | None = None


@dataclass(frozen=True, slots=True)
class Form:
    """A form to fill in from words: a finder query, a table filter, the columns of a file.

    Args:
        use: What for: ``finder``, ``filter`` or ``columns``.
        data: The words and what may be chosen from, as JSON values.
    """

    use: str
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Filled:
    """A filled-in form, not yet checked against what exists.

    Args:
        fields: Values by name.
        left: Words that it does not cover.
        usage: What the call used, if its server told.
    """

    fields: Mapping[str, Any]
    left: tuple[str, ...] = ()
    usage: Usage | None = None


def told(task: Brief | Form) -> dict[str, Any]:
    """Everything that a model is told about a task, as JSON values."""
    if isinstance(task, Form):
        return {"form": task.use, **task.data}
    return {
        "use": task.use.value,
        "wish": task.wish,
        "parts": [
            {"about": part.about, "verdict": part.verdict, "facts_begin_with": part.prefix}
            for part in task.parts
        ],
        "facts": [{"id": fact.id, "label": fact.label, "value": fact.text} for fact in task.sent()],
    }
